"""Fetching what waits in the mailbox, each letter by itself."""

import logging
from collections import Counter

from django.conf import settings

from helpdesk.core.models import User
from tickets.actions.receive import receive_once
from tickets.inbox.sources import open_source
from tickets.models import InboundMail

log = logging.getLogger(__name__)
BATCH = 200  # letters of one run; the rest waits for the next


def fetch_all() -> Counter[str]:
    """How many letters ended how; ``failed`` ones stay where they are. Raises BadSource."""
    done: Counter[str] = Counter()
    source = open_source(settings.MAIL_INBOX)
    actor = User.system("inbox")
    try:
        for n, letter in enumerate(source.waiting()):
            if n == BATCH:
                break
            try:
                outcome: str = InboundMail.Outcome.REFUSED
                if letter.raw is not None:
                    outcome = receive_once(letter.raw, actor=actor, delivered_at=letter.delivered_at).outcome
                source.done(letter, flagged=outcome == InboundMail.Outcome.REFUSED)
                done[outcome] += 1
            except Exception as error:  # the next letters must not suffer; this one is read again
                log.error("a letter was not received: %s", type(error).__name__)
                done["failed"] += 1
    finally:
        source.close()
    return done
