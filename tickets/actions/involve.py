"""Whom of the house a case is about: recorded by people, read in the customer's later words, taken back."""

from django.db.models import Q
from django.utils.translation import gettext as _

from helpdesk.core import audit, clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.models import User
from helpdesk.core.permissions import is_system
from tickets import people
from tickets.actions.alerts import alert, tell_of_conflict
from tickets.actions.base import CONTACT, NOTE, REPLY, enter, need_state, need_text, staff_of
from tickets.models import Alert, Involved, Ticket
from tickets.naming import Told
from tickets.permissions import VERBS

Part = Involved.Part


@action("ticket.person_involved", allowed=VERBS["involve"].allowed)
def involve_person(ticket: Ticket, *, actor: Actor, person: User, part: str) -> Ticket:
    """Note whom of the house the case is about, so that neither they nor their manager judges it."""
    need_state(ticket, "involve")
    if part not in people.ACCUSED:
        raise ActionError(_("请选择此人与案件的关系。"), state=ticket.state)
    involve(ticket, person, part, actor)
    enter(ticket, "ticket.person_involved", actor, kind=NOTE, data={"person": person.name, "part": part})
    return ticket


def involve(ticket: Ticket, person: User, part: str, actor: Actor) -> None:
    """From now on that person can do nothing more to the case; if it is in their hands, or in those of their
    manager, supervisors are told to give it to somebody else."""
    made = {"by": staff_of(actor), "at": clock.now()}
    _row, is_new = Involved.objects.get_or_create(ticket=ticket, user=person, part=part, defaults=made)
    if not is_new:
        raise ActionError(_("已经这样登记过。"), state=ticket.state)
    tell_of_conflict(ticket)


def take_along(part: Ticket, whole: Ticket, actor: Actor) -> None:
    """Whoever must keep off a case keeps off what is split from it, also whom only the text of the whole
    names; who was cleared stays so."""
    rows = [row for one in people.story_of(whole) for row in one.involved.all()]
    recorded = {row.user_id for row in rows if row.part in people.ACCUSED}
    copies = [Involved(user_id=row.user_id, part=row.part, by_id=row.by_id, at=row.at) for row in rows]
    copies += [
        Involved(user=person, part=Part.NAMED, by=staff_of(actor), at=clock.now())
        for person in people.accused_of(whole)
        if person.pk not in recorded
    ]
    for copy in copies:
        copy.ticket = part
    Involved.objects.bulk_create(copies, ignore_conflicts=True)  # two cases of the story may say the same


@action("ticket.person_cleared", allowed=VERBS["clear_person"].allowed)
def clear_person(ticket: Ticket, *, actor: Actor, person: User, reason: str) -> Ticket:
    """Take back that the case is about this person: it was recorded wrongly, or its text names somebody else.

    Words that name the person later count anew. A recusal stays: it is that person's own declaration.
    """
    need_state(ticket, "clear_person")
    reason = need_text(reason, ticket)
    if person not in people.accused_of(ticket):
        raise ActionError(_("没有把此人登记为涉及的人，可能已有人先更正。"), state=ticket.state)
    story = people.story_of(ticket)
    Involved.objects.filter(ticket__in=story, user=person, part__in=people.ACCUSED).delete()
    made = {"by": staff_of(actor), "at": clock.now()}
    Involved.objects.get_or_create(ticket=ticket, user=person, part=Part.CLEARED, defaults=made)
    data = {"person": person.name, "part": Part.CLEARED.value}
    enter(ticket, "ticket.person_cleared", actor, kind=NOTE, text=reason, data=data)
    return ticket


def heed_names(ticket: Ticket, *texts: str) -> None:
    """Whom the customer's later words name keeps off the case like whom the first ones named.

    The customer may know by name whoever works on the case, and mean no harm by it: then a supervisor is
    asked, once, and decides.
    """
    told = Told(*texts)
    named = [member.user for member in people.desk_members() if told.names(member.user.name)]
    accused = people.accused_of(ticket) if named else []
    for person in named:
        if person not in accused:
            _heed(ticket, person)


def _heed(ticket: Ticket, person: User) -> bool:
    """Whether that person now keeps off the case."""
    if _works_on(ticket, person):
        _ask_about(ticket, person)
        return False
    by = User.system("names")
    involve(ticket, person, Part.NAMED, by)
    data = {"person": person.name, "part": Part.NAMED.value}
    enter(ticket, "ticket.person_involved", by, kind=NOTE, data=data)
    return True


@action("ticket.person_involved", allowed=is_system, audited=False)
def heed_name(ticket: Ticket, *, actor: Actor, person: User) -> Ticket:
    """The same for somebody who came to the desk, or by that name, after the customer had said it. Whom the
    first words name keeps off by itself; if they hold the case, supervisors hear it now."""
    if people.is_named_later(ticket, person) and person not in people.accused_of(ticket):
        if _heed(ticket, person):
            data = {"person": person.pk, "part": Part.NAMED.value}
            audit.record("ticket.person_involved", actor=actor, target=ticket, data=data)
    else:
        tell_of_conflict(ticket, once=True)
    return ticket


def may_be_meant(ticket: Ticket, person: User) -> bool:
    """Whether later words name somebody who has nothing to do with the case yet, and nobody has heeded it."""
    return people.is_named_later(ticket, person) and not _works_on(ticket, person)


def _works_on(ticket: Ticket, person: User) -> bool:
    """Whether the customer met this person as one of those who handle the case."""
    spoke = Q(author=person, kind__in=(REPLY, CONTACT)) | Q(author=person, verb="ticket.customer_awaited")
    held = ticket.assignee_id == person.pk or ticket.assignments.filter(assignee=person).exists()
    return held or ticket.entries.filter(spoke).exists() or _spoke_in_chat(ticket, person)


def _spoke_in_chat(ticket: Ticket, person: User) -> bool:
    rows = ticket.entries.filter(verb="ticket.transcript", data__has_key="met").values_list("data", flat=True)
    return any(person.pk in data["met"] for data in rows)


def _ask_about(ticket: Ticket, person: User) -> None:
    if ticket.alerts.filter(kind=Alert.Kind.CONFLICT, detail=person.name).exists():
        return
    able = [one for one in people.supervisors_for(ticket) if one != person]
    near = [one for one in able if one.team_id == ticket.team_id]
    alert(ticket, near or able, Alert.Kind.CONFLICT, detail=person.name)
    by, data = User.system("names"), {"person": person.name}
    enter(ticket, "ticket.person_mentioned", by, kind=NOTE, data=data)
