"""What the knowledge base does by itself. Each task is level-triggered: it acts on what is due now."""

import logging
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _

from faq import actions
from faq.actions.remind import release_reminder, remind_owner
from faq.models import ReviewReminder
from faq.versions import reminders_due
from helpdesk.core.errors import ActionError
from helpdesk.core.jobs import job
from helpdesk.core.models import User

log = logging.getLogger(__name__)
DAY = 24 * 60  # minutes
BATCH = 500  # a run that finds more leaves the rest to the next one


@dataclass(frozen=True)
class Reminded:
    done: int
    failed: int


@job(minutes=DAY)
def remind_review_by() -> Reminded:
    """Remind once for each article and date: on the editors' page, and the owner by e-mail.

    The reminder is claimed before the mail is sent, so that two workers never send it twice; a mail that
    cannot be handed over gives the claim back.
    """
    actor = User.system("review-reminders")
    done = failed = 0
    for article in reminders_due()[:BATCH]:
        try:
            reminder = remind_owner(article, actor=actor)
        except ActionError:  # another worker has it
            continue
        try:
            _send(reminder)
            done += 1
        except OSError as error:  # smtplib's errors among them
            log.error("no reminder of article %s: %s", article.pk, type(error).__name__)
            release_reminder(reminder, actor=actor)
            failed += 1
    return Reminded(done, failed)


def _send(reminder: ReviewReminder) -> None:
    """Without an owner who can be reached, or this site's address, it stands on the editors' page alone."""
    owner, article = reminder.to, reminder.article
    if owner is None or not owner.is_active or not owner.email or not settings.PUBLIC_URL:
        return
    send_mail(
        _("请复核文章：%(question)s") % {"question": " ".join(article.question.split())},
        _(
            "您负责的文章“%(question)s”要在 %(due)s 之前复核。\n"
            "请核对内容是否仍然正确：要改就写一份新草稿，不用改就换一个复核日期。\n\n"
            "登录后在“文章编辑”里打开：%(address)s"
        )
        % {
            "question": article.question,
            "due": f"{reminder.due:%Y-%m-%d}",
            "address": settings.PUBLIC_URL + article.get_editing_url(),
        },
        None,
        [owner.email],
    )


@job(minutes=DAY)
def forget_searches() -> int:
    """Keep the search log no longer than ``SEARCH_LOG_DAYS``."""
    return actions.forget_searches(actor=User.system("search-log"))
