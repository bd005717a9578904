"""Reminding somebody that an article must be looked at again."""

from faq.models import Article, ReviewReminder
from faq.permissions import reminds
from faq.versions import needs_reminder
from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError


@action("article.reminded", allowed=reminds)
def remind_owner(article: Article, *, actor: Actor) -> ReviewReminder:
    """Claim the one reminder of this article and date; the caller sends it. 409: it is somebody else's."""
    if article.review_by is None or not needs_reminder(article):
        raise ActionError("already reminded, or no longer due", state=article.state)
    return ReviewReminder.objects.create(
        article=article, due=article.review_by, to=article.owner, at=clock.now()
    )


@action("article.reminder_failed", allowed=reminds)
def release_reminder(reminder: ReviewReminder, *, actor: Actor) -> None:
    """The mail could not be handed over: the next run tries again."""
    reminder.delete()
