"""Load the demonstration: an invented lender's desk with a year behind it and work in front of it."""

import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Max, OuterRef, Subquery
from django.utils.translation import gettext as _

from chat.models import Conversation
from helpdesk.core import clock
from helpdesk.demo import case_stories, chat_stories, intake_stories
from helpdesk.demo.article_stories import article_story, search_in_vain
from helpdesk.demo.people import demonstration_people, open_desk, taken_names
from helpdesk.demo.quality_stories import improvement_stories, watch_story
from helpdesk.demo.ratings import rate_chats
from helpdesk.demo.review_stories import appeal_story, review_story
from helpdesk.demo.searches import write_searches
from helpdesk.demo.telling import tell
from helpdesk.demo.votes import cast_votes
from quality.models import Feedback
from tickets.classification import shipped_model
from tickets.models import Entry, Ticket


class Command(BaseCommand):
    help = (
        "Load the demonstration data (once): invented customers, cases in every state, chats, a year of "
        "feedback in which satisfaction with repayment has been falling for seven weeks, and overdue "
        "recovered nine weeks ago."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demonstration is never loaded in production (HELPDESK_MODE=production).")
        if demonstration_people():
            self.stdout.write(_("演示数据已经在，没有改动。"))
            return
        if taken := taken_names():
            raise CommandError(f"These sign-ins exist and are not the demonstration's: {', '.join(taken)}")
        started = time.monotonic()
        call_command("load_faq", stdout=self.stdout)
        shipped_model()  # before the transaction: it may take seconds to make
        load()
        self.stdout.write(
            _(
                "演示数据已装入：%(tickets)d 件工单、%(chats)d 次聊天、%(feedback)d 个评价，"
                "用时 %(seconds).1f 秒。"
            )
            % {
                "tickets": Ticket.objects.count(),
                "chats": Conversation.objects.count(),
                "feedback": Feedback.objects.count(),
                "seconds": time.monotonic() - started,
            }
        )


@transaction.atomic
def load() -> None:
    """All of it or nothing: a half-told past is worse than none."""
    desk = open_desk(clock.now())
    cast_votes(desk)
    rate_chats(desk)
    search_in_vain(desk)
    write_searches(desk)
    stories = [case_stories.case_story(desk, plan) for plan in case_stories.plans(desk)]
    stories += intake_stories.intake_stories(desk)
    stories += [chat_stories.chat_story(desk, plan) for plan in chat_stories.plans(desk)]
    stories += [article_story(desk), chat_stories.canned_story(desk), case_stories.rule_story(desk)]
    stories += [watch_story(desk), *improvement_stories(desk), review_story(desk), appeal_story(desk)]
    tell(stories, desk.now)
    last = Entry.objects.filter(ticket=OuterRef("pk")).order_by().values("ticket").annotate(at=Max("at"))
    Ticket.objects.update(updated_at=Subquery(last.values("at")))
