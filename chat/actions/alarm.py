"""The gravest red flags reach a supervisor at once, whoever was talking when they were raised."""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django_q.tasks import async_task

from chat import events, queries
from chat.models import Conversation, Mailing
from helpdesk.core import clock
from tickets.redflags import RedFlag


def tell_supervisors(conversation: Conversation, flags: Sequence[RedFlag]) -> None:
    """On their desks now; P0 by e-mail too (chat.tasks.mail_alarms), a letter each."""
    people = queries.supervisors_of(conversation)
    events.flagged(conversation, people)
    if any(flag.level == "P0" for flag in flags):
        now, language = clock.now(), settings.LANGUAGE_CODE
        Mailing.objects.bulk_create(
            Mailing(
                conversation=conversation,
                alarm=True,
                address=person.email,
                language=language,
                at=now,
                next_try_at=now,
            )
            for person in people
            if person.email
        )
        transaction.on_commit(lambda: async_task("chat.tasks.mail_alarms"), robust=True)
