"""What came too late for a form of its own: words and files for a case that exists."""

from collections.abc import Iterable, Sequence

from django.db import transaction

from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.models import User
from helpdesk.core.permissions import is_system
from helpdesk.core.uploads import CheckedFile
from tickets.actions.alerts import tell_of_words
from tickets.actions.base import CONTACT, enter, heard
from tickets.actions.files import add_evidence, keep_files
from tickets.actions.flags import raise_flags
from tickets.actions.involve import heed_names
from tickets.actions.work import add_customer_message
from tickets.models import Channel, Ticket


def supplement_ticket(
    ticket: Ticket, *, actor: Actor, text: str, files: Sequence[CheckedFile] = ()
) -> Ticket:
    """All of it or nothing; a file of theirs that the case already has is not kept twice."""
    with transaction.atomic():
        add_customer_message(ticket, actor=actor, text=text)
        known = set(ticket.evidence.filter(public=True).values_list("sha256", flat=True))
        for file in {file.sha256: file for file in files if file.sha256 not in known}.values():
            add_evidence(ticket, actor=actor, file=file)
    return ticket


@action("ticket.transcript", allowed=is_system)
def add_transcript(
    ticket: Ticket,
    *,
    actor: User,
    text: str,
    said: str | None = None,
    files: Sequence[CheckedFile] = (),
    met: Iterable[User] = (),
    known_to: User | None = None,
) -> Ticket:
    """What was said and sent in a chat after it had become this case, whatever the case has come to.

    ``said`` are the customer's own words, whole, which raise flags and name people like all others of theirs:
    "" where they only sent files, None where nothing came from them. ``met`` are the agents who spoke with
    them; ``known_to`` has heard them in the chat.
    """
    data = {"method": Channel.CHAT, "met": sorted(person.pk for person in met)}
    data |= {} if said is None else {"said": heard(said).text}
    enter(ticket, "ticket.transcript", actor, kind=CONTACT, text=text, data=data)
    known = set(ticket.evidence.values_list("sha256", flat=True))
    keep_files(ticket, [file for file in files if file.sha256 not in known], actor, public=True)
    if said is not None:
        heed_names(ticket, said)
        raise_flags(ticket, said)
        tell_of_words(ticket, known_to)
    return ticket
