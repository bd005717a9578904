"""Cases that were filed before words were screened: read once more, and kept as they would be kept today."""

from helpdesk.core import audit
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.passwords import without_secrets
from helpdesk.core.permissions import is_system
from helpdesk.core.screen import Screened, screen
from tickets import numbers, search
from tickets.actions.base import CUSTOMER, heard, seal
from tickets.models import ClockEvent, Entry, KindDetails, Ticket

THEIRS = ("ticket.reopened", "ticket.withdrawn")  # steps whose words are the customer's


@action("ticket.screened", allowed=is_system, audited=False)
def screen_ticket(ticket: Ticket, *, actor: Actor) -> bool:
    """Whether there was something to take out or to mask, which then goes on record.

    The audit trail stays as it was: it is encrypted, and erased by its own rules.
    """
    changed = [*_sealed(ticket), *_fields(ticket), *_details(ticket), *_entries(ticket)]
    if not any(changed):
        return False
    ticket.save()
    for flag in ticket.red_flags.all():
        flag.words = [screen(word, mask=True).text for word in flag.words]
        flag.save()
    for event in ClockEvent.objects.filter(clock__ticket=ticket).exclude(reason=""):
        ClockEvent.objects.filter(pk=event.pk).update(reason=screen(event.reason, mask=True).text)
    _index_anew(ticket)
    audit.record("ticket.screened", actor=actor, target=ticket, data={"texts": sum(changed)})
    return True


def _differs(
    ticket: Ticket, before: str, said: Screened, *, part: str = "", entry: Entry | None = None
) -> bool:
    if said.text == before:
        return False
    seal(ticket, said, part=part, entry=entry)
    return True


def _sealed(ticket: Ticket) -> list[bool]:
    """Masked and sealed before: what is a secret by now is taken out behind the lock, too."""
    changed = []
    for row in ticket.sealed_texts.all():
        before, row.text = row.text, without_secrets(row.text)
        row.save()
        changed.append(row.text != before)
    return changed


def _fields(ticket: Ticket) -> list[bool]:
    changed = []
    for part in ("narrative", "request", "product"):
        before = getattr(ticket, part)
        said = heard(before)
        setattr(ticket, part, said.text[: Ticket._meta.get_field(part).max_length])  # type: ignore[union-attr]
        changed.append(_differs(ticket, before, said, part=part))
    return changed


def _details(ticket: Ticket) -> list[bool]:
    row = KindDetails.objects.filter(ticket=ticket).first()
    if row is None:
        return []
    said = {part: heard(text) for part, text in row.data.items()}
    changed = [_differs(ticket, row.data[part], words, part=part) for part, words in said.items()]
    row.data = {part: words.text for part, words in said.items()}
    row.save()
    return changed


def _entries(ticket: Ticket) -> list[bool]:
    changed = []
    for entry in ticket.entries.exclude(text=""):
        said = screen(entry.text, mask=entry.kind == CUSTOMER or entry.verb in THEIRS)
        Entry.objects.filter(pk=entry.pk).exclude(text=said.text).update(text=said.text)
        changed.append(_differs(ticket, entry.text, said, entry=entry))
    return changed


def _index_anew(ticket: Ticket) -> None:
    """What the case is found by, from what it says now."""
    secrets = [ticket.complainant, ticket.contact]
    for member in ticket.group_members.all():
        secrets += [member.name, member.contact]
    if who := getattr(ticket, "representation", None):
        secrets += [who.name, who.contact]
    texts = [numbers.serial(ticket.number), ticket.narrative, ticket.request, ticket.product]
    texts += ticket.entries.exclude(text="").values_list("text", flat=True)
    if letter := getattr(ticket, "referral", None):
        texts += [letter.authority, letter.number]
    search.replace(ticket.pk, texts, secrets)
