import pytest
from django.core.management import CommandError, call_command

from faq import content_files
from faq.models import Article
from helpdesk.core.models import Topic

ARTICLE = """
[[article]]
slug = "{slug}"
question = "问题{slug}？"
variants = ["{slug}怎么办", "关于{slug}"]
summary = "摘要"
answer = '''
答案
'''
source = "演示说明"
keywords = ["词"]
status = "published"
related = {related}
{more}
"""


@pytest.fixture
def folder(tmp_path):
    def write(*articles, topic="repayment", name="file.toml"):
        text = "".join(
            ARTICLE.format(slug=slug, related=related, more=more) for slug, related, more in articles
        )
        (tmp_path / name).write_text(f'topic = "{topic}"\n{text}', "utf-8")
        return tmp_path

    return write


def load(folder):
    return content_files.load(content_files.read(folder))


def counts(outcome):
    return outcome.created, outcome.updated, outcome.unchanged, outcome.refused


@pytest.mark.django_db
def test_load_is_idempotent_and_keeps_votes(folder):
    made = folder(("a", ["b"], ""), ("b", [], ""))
    assert counts(load(made)) == (2, 0, 0, [])
    Article.objects.filter(slug="a").update(helpful=7)
    before = Article.objects.get(slug="a").updated_at
    assert counts(load(made)) == (0, 0, 2, [])
    article = Article.objects.get(slug="a")
    assert (article.helpful, article.updated_at, article.answer) == (7, before, "答案")
    assert [other.slug for other in article.related.all()] == ["b"]
    assert sorted(v.text for v in article.variants.all()) == ["a怎么办", "关于a"]


@pytest.mark.django_db
def test_load_updates_what_changed(folder):
    load(folder(("a", [], ""), ("b", [], "")))
    made = folder(("a", [], ""), ("b", [], ""))
    path = made / "file.toml"
    path.write_text(path.read_text("utf-8").replace("关于b", "有关b"), "utf-8")
    assert counts(load(made)) == (0, 1, 1, [])
    assert sorted(v.text for v in Article.objects.get(slug="b").variants.all()) == ["b怎么办", "有关b"]


@pytest.mark.django_db
@pytest.mark.parametrize("grade", ["M", "V3"])
def test_a_published_article_on_an_unverified_rule_is_refused_by_name(folder, grade):
    outcome = load(folder(("a", [], f'basis = "某规则"\nbasis_grade = "{grade}"'), ("b", [], "")))
    assert counts(outcome)[:3] == (1, 0, 0)
    assert outcome.refused == ["file.toml: a: rests on an unverified rule and so must stay a draft"]
    assert list(Article.objects.values_list("slug", flat=True)) == ["b"]


@pytest.mark.django_db
def test_an_unknown_topic_is_refused(folder):
    assert load(folder(("a", [], ""), topic="weather")).refused == ["file.toml: a: unknown topic 'weather'"]


@pytest.mark.django_db
def test_an_unknown_calculator_is_refused_and_a_known_one_kept(folder):
    outcome = load(folder(("a", [], 'calculator = "cost"'), ("b", [], 'calculator = "lottery"')))
    assert outcome.refused == ["file.toml: b: unknown calculator 'lottery'"]
    assert Article.objects.get().calculator == "cost"


def test_a_broken_file_is_named(folder):
    made = folder(("a", [], ""))
    (made / "broken.toml").write_text("topic = ", "utf-8")
    with pytest.raises(CommandError, match=r"broken\.toml"):
        call_command("load_faq", "--dir", str(made))


@pytest.mark.django_db
def test_our_own_articles_load_without_a_refusal(capsys):
    call_command("load_faq")
    out = capsys.readouterr()
    assert "0 refused" in out.out
    assert out.err == ""
    published = Article.objects.published()
    assert set(published.values_list("topic", flat=True)) == set(Topic.values) - {"other"}
    assert published.filter(basis_grade__in=["M", "V3"]).count() == 0
