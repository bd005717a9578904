"""From a file to drafts and back: nothing before the check, every refusal by its row, all undone."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from faq import actions
from faq.imports import COLUMNS, export_rows, with_everything
from faq.models import Article, ArticleImport, ArticleText, ArticleVersion, ImportRow
from faq.sheets import read_sheet
from faq.versions import mark_of, text_in_work
from helpdesk.core.models import AuditEntry
from tests.faq.factories import make_article, make_articles

pytestmark = pytest.mark.django_db
NEW = "fresh,repayment,怎样开具结清证明？,还清后可以在线开具。,登录后点结清证明。,演示说明"
HEAD = "slug,topic,question,summary,answer,source"


def upload(client, text, name="articles.csv"):
    data = text.encode() if isinstance(text, str) else text
    return client.post("/knowledge/import/", {"file": SimpleUploadedFile(name, data)})


def checked(client, text, name="articles.csv"):
    response = upload(client, text, name)
    assert response.status_code == 302, response.context["form"].errors
    return ArticleImport.objects.get(pk=response["Location"].split("/")[-2])


def report(source):
    return [(row.number, row.outcome, row.changes, row.faults) for row in source.rows.all()]


def write_all(client, source):
    client.post(f"/knowledge/import/{source.pk}/start/")
    for _ in range(20):
        client.post(f"/knowledge/import/{source.pk}/step/")
        source.refresh_from_db()
        if source.state != "running":
            return source
    raise AssertionError("the import never ended")


def test_a_check_shows_what_would_change_and_writes_nothing(client_of):
    make_article("early", "可以提前还款吗？")
    text = f"{HEAD}\n{NEW}\nearly,overdue,可以提前还款吗？,换了摘要。,登录后点**提前还款**。,演示说明\n"
    source = checked(client_of("analyst"), text)
    assert report(source) == [
        (2, "create", [], []),
        (3, "update", ["topic", "summary"], []),
    ]
    assert (Article.objects.count(), ArticleVersion.objects.count()) == (1, 0)


def test_an_import_writes_drafts_and_customers_see_no_change(client_of):
    early = make_article("early", "可以提前还款吗？", ("旧的",))
    client = client_of("analyst")
    text = 'slug,answer,variants\nearly,换了答案,"一\n二"\n'
    source = write_all(client, checked(client, text))
    early.refresh_from_db()
    assert (source.state, early.answer) == ("done", "登录后点**提前还款**。")
    work = text_in_work(early)
    assert (work.answer, work.variants, work.question) == ("换了答案", ("一", "二"), early.question)
    assert early.versions.open().get().note == "从文件“articles.csv”第 2 行导入"


def test_refused_rows_are_reported_by_number_and_the_others_are_written(client_of, cast):
    busy = make_article("busy", "有人在写的问题？", ())
    actions.draft_article(busy, actor=cast.analyst, text=text_in_work(busy), mark=mark_of(busy))
    rows = [
        NEW,
        NEW,  # the same address again
        "bad slug!,repayment,问题一二三？,摘要,答案,来源",
        "x1,weather,问题一二三？,摘要,答案,来源",
        "x2,repayment,,摘要,答案,来源",
        "busy,repayment,有人在写的问题？,摘要,答案,来源",
    ]
    client = client_of("analyst")
    source = checked(client, HEAD + "\n" + "\n".join(rows) + "\n")
    assert [(number, faults) for number, outcome, _c, faults in report(source) if outcome == "refused"] == [
        (3, ["文件里前面的一行已经写了这个地址。"]),
        (4, ["地址只能用字母、数字和连字符。"]),
        (5, ["主题：选择一个有效的选项。 weather 不在可用的选项中。"]),
        (6, ["问题：这个字段是必填项。"]),
        (7, ["这篇文章有正在编写的草稿，请先发布或放弃它。"]),
    ]
    write_all(client, source)
    assert set(Article.objects.values_list("slug", flat=True)) == {"busy", "fresh"}
    page = client.get(f"/knowledge/import/{source.pk}/?show=refused").content.decode()
    assert "地址只能用字母、数字和连字符。" in page


def test_a_row_that_cannot_be_written_any_more_is_refused_then(client_of, cast):
    article = make_article("early")
    client = client_of("analyst")
    source = checked(client, "slug,answer\nearly,从文件来\n")
    actions.draft_article(article, actor=cast.supervisor, text=text_in_work(article), mark=mark_of(article))
    write_all(client, source)
    assert report(source) == [(2, "refused", ["answer"], ["这篇文章有正在编写的草稿，请先发布或放弃它。"])]
    assert text_in_work(article).answer == article.answer


def test_an_import_can_be_undone(client_of, cast):
    early = make_article("early", owner=cast.agent)
    client = client_of("analyst")
    text = (
        f"{HEAD},owner\n{NEW},analyst\n" + "early,repayment,可以提前还款吗？,新摘要,新答案,演示说明,analyst\n"
    )
    source = write_all(client, checked(client, text))
    early.refresh_from_db()
    assert (early.owner, Article.objects.get(slug="fresh").owner) == (cast.analyst, cast.analyst)
    client.post(f"/knowledge/import/{source.pk}/undo/")
    early.refresh_from_db()
    source.refresh_from_db()
    assert (early.owner, source.state, early.versions.open().count()) == (cast.agent, "undone", 0)
    assert Article.objects.get(slug="fresh").status == "withdrawn"
    assert client.post(f"/knowledge/import/{source.pk}/undo/").status_code == 409


def test_an_export_imported_again_changes_nothing(client_of):
    first = make_article("a", "=可以提前还款吗？", ("想一次还清", "另一种"), keywords=["一", "二"])
    first.related.add(make_article("b", "怎么投诉？", (), answer="- 一\n- 二\n\n| a |\n|---|\n| 1 |"))
    client = client_of("supervisor")
    for kind in ("csv", "xlsx"):
        response = client.get(f"/knowledge/export/{kind}/")
        source = checked(client, response.content, f"a.{kind}")
        assert [row[1:] for row in report(source)] == [("same", [], []), ("same", [], [])]
    assert AuditEntry.objects.filter(verb="articles.exported").count() == 2


def test_articles_of_one_file_may_name_each_other(client_of):
    text = f"{HEAD},related\n{NEW},second\nsecond,repayment,第二个新问题？,摘要,答案,来源,fresh\n"
    client = client_of("analyst")
    source = write_all(client, checked(client, text))
    assert source.rows.filter(outcome="refused").count() == 0
    assert ArticleText.of(ArticleVersion.objects.get(article__slug="fresh")).related == ("second",)


def test_export_has_the_filters_of_the_list_and_one_row_an_article(client_of):
    make_article("a", "可以提前还款吗？")
    make_article("b", "怎么投诉？", (), topic="complaints")
    data = client_of("agent").get("/knowledge/export/csv/?topic=complaints").content
    header, rows = read_sheet("a.csv", io.BytesIO(data))
    assert (tuple(header), [row.cells["slug"] for row in rows]) == (COLUMNS, ["b"])


@pytest.mark.parametrize("count", [1, 3])
def test_export_costs_the_same_for_one_article_and_for_three(count, django_assert_num_queries):
    make_articles(count)
    with django_assert_num_queries(3):
        assert len(list(export_rows(with_everything(Article.objects.all())))) == count


def test_a_file_that_cannot_be_read_says_why_beside_the_field(client_of):
    response = upload(client_of("analyst"), b"PK\x03\x04 nonsense", "a.xlsx")
    assert response.status_code == 400
    assert response.context["form"].errors == {"file": ["这个 XLSX 文件打不开，可能已损坏。"]}
    response = upload(client_of("analyst"), "天气,心情\n晴,好\n")
    assert response.status_code == 400
    assert "第一行没有认识的列名" in response.content.decode()
    assert ArticleImport.objects.count() == 0


def test_progress_goes_on_by_itself_and_ends_on_the_report(client_of):
    client = client_of("analyst")
    rows = "".join(f"n{n},repayment,第{n}个新问题？,摘要,答案,来源\n" for n in range(25))
    source = checked(client, f"{HEAD}\n{rows}")
    client.post(f"/knowledge/import/{source.pk}/start/")
    step = f"/knowledge/import/{source.pk}/step/"
    first = client.post(step, HTTP_HX_REQUEST="true")
    assert 'max="25" value="20"' in first.content.decode()
    assert f'hx-post="{step}"' in first.content.decode()
    assert ImportRow.objects.filter(worked=True).count() == 20
    client.post(step, HTTP_HX_REQUEST="true")
    last = client.post(step, HTTP_HX_REQUEST="true")
    assert last["HX-Redirect"] == f"/knowledge/import/{source.pk}/"
    source.refresh_from_db()
    assert (source.state, Article.objects.count()) == ("done", 25)
