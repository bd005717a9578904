import uuid

import pytest
from django.dispatch import receiver

from faq.actions import vote_article
from faq.models import Article, ArticleVote, Status
from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionForbidden
from helpdesk.core.models import AuditEntry
from helpdesk.core.signals import feedback_given
from tests.faq.factories import make_article

pytestmark = pytest.mark.django_db
ME, YOU = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
def told():
    heard = []

    @receiver(feedback_given, sender=Article)
    def hear(**news):
        heard.append({k: news[k] for k in ("about", "score", "resolved", "text", "replaces")})

    yield heard
    feedback_given.disconnect(hear, sender=Article)


def counts(article):
    article.refresh_from_db()
    return article.helpful, article.not_helpful


def test_vote_article_counts_and_tells(told):
    article = make_article()
    before = article.updated_at
    vote_article(article, actor=Guest(), voter=ME, helpful=True)
    vote_article(article, actor=Guest(), voter=YOU, helpful=False, reason="太长了，我是13812345678")
    assert counts(article) == (1, 1)
    assert article.updated_at == before
    assert told == [
        {"about": article, "score": 5, "resolved": True, "text": "", "replaces": None},
        {
            "about": article,
            "score": 1,
            "resolved": False,
            "text": "太长了，我是138******78",
            "replaces": None,
        },
    ]
    assert list(ArticleVote.objects.values_list("reason", flat=True).order_by("pk")) == ["", told[1]["text"]]
    assert AuditEntry.objects.count() == 0


def test_vote_article_twice_is_one_vote_that_may_change(told):
    article = make_article()
    first = vote_article(article, actor=Guest(), voter=ME, helpful=True)
    vote_article(article, actor=Guest(), voter=ME, helpful=True)
    assert (counts(article), len(told)) == ((1, 0), 1)
    vote_article(article, actor=Guest(), voter=ME, helpful=False)
    assert (counts(article), len(told)) == ((0, 1), 2)
    assert told[1]["replaces"] == first.at
    vote_article(article, actor=Guest(), voter=ME, helpful=False, reason="没说到点上")
    assert (counts(article), len(told)) == ((0, 1), 3)
    assert ArticleVote.objects.get().reason == "没说到点上"


def test_vote_article_on_a_draft_is_forbidden(told):
    article = make_article(status=Status.DRAFT)
    with pytest.raises(ActionForbidden):
        vote_article(article, actor=Guest(), voter=ME, helpful=True)
    assert (counts(article), told, ArticleVote.objects.count()) == ((0, 0), [], 0)


def test_vote_article_and_who_listens_succeed_or_fail_together():
    def fail(**_):
        raise RuntimeError("the listener failed")

    article = make_article()
    feedback_given.connect(fail, sender=Article)
    try:
        with pytest.raises(RuntimeError):
            vote_article(article, actor=Guest(), voter=ME, helpful=True)
    finally:
        feedback_given.disconnect(fail, sender=Article)
    assert (counts(article), ArticleVote.objects.count()) == ((0, 0), 0)
