"""Every write that a reader of the knowledge base causes."""

import uuid

from django.db.models import F

from faq.actions.search import judge_search
from faq.models import Article, ArticleVote
from faq.permissions import is_public
from faq.queries import latest_search_that_opened
from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.screen import screen
from helpdesk.core.signals import feedback_given


@action("article.voted", allowed=is_public, audited=False)
def vote_article(
    article: Article, *, actor: Actor, voter: uuid.UUID, helpful: bool, reason: str = ""
) -> ArticleVote:
    """Count one answer of this session; a second one replaces the first. The vote is its own record."""
    now, reason = clock.now(), screen(reason, mask=True).text
    before = ArticleVote.objects.filter(article=article, voter=voter).first()
    if before and (before.helpful, before.reason) == (helpful, reason):
        return before
    vote, _ = ArticleVote.objects.update_or_create(
        article=article, voter=voter, defaults={"helpful": helpful, "reason": reason, "at": now}
    )
    _count(article, before, helpful=helpful)
    if search := latest_search_that_opened(article, voter):
        judge_search(search, actor=actor, helpful=helpful)
    feedback_given.send(
        Article,
        about=article,
        score=5 if helpful else 1,
        resolved=helpful,
        text=reason,
        at=now,
        replaces=before.at if before else None,
    )
    return vote


def _count(article: Article, before: ArticleVote | None, *, helpful: bool) -> None:
    """By update, not save: a vote is no edit, and must not make the index be built again."""
    gained = {True: int(helpful), False: int(not helpful)}
    if before:
        gained[before.helpful] -= 1
    Article.objects.filter(pk=article.pk).update(
        helpful=F("helpful") + gained[True], not_helpful=F("not_helpful") + gained[False]
    )
