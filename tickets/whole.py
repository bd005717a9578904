"""A case with everything that belongs to it, in two queries: for pages that show all of it."""

from functools import cache

from helpdesk.core.models import Role, User
from helpdesk.core.standins import ANY_ROW, SOMEBODY, THEIR_TEAM, somebody
from helpdesk.core.together import Together, keep, tie, tie_people, written
from tickets.models import Clock, ClockEvent, Entry, Evidence, Involved, PartnerTask, Ticket, TicketLink
from tickets.models.case import Whole
from tickets.models.link import merges_into
from tickets.queries import tickets_visible_to

# Reverse relations of a case, read as if they had been prefetched.
BELONGS = (
    *("approvals", "redress", "corrections", "deliveries", "partner_tasks", "handovers", "decisions"),
    *("entries", "evidence", "clocks", "contacts", "involved", "assignments", "red_flags", "kind_steps"),
    *("group_members", "links", "links_here", "reviews", "conversations", "conversations_to_delete"),
)


def load(case: Ticket, reader: User) -> Ticket:
    """The same case; from now on its relations and ``case.whole`` ask nobody. Actions read it anew.

    ``reader`` sees only those of the linked cases that they may.
    """
    statement = _written(Role(reader.role), reader.team_id is not None)
    found = statement.rows({ANY_ROW: case.pk, SOMEBODY: reader.pk, THEIR_TEAM: reader.team_id})
    tie_people([case, *(row for rows in found.values() for row in rows)])
    for name in BELONGS:
        tie(found[name], _back(name), {case.pk: case})
        keep(case, **{name: found[name]})
    tie(found["deliveries"], "decision", {one.pk: one for one in found["decisions"]})
    _tie_clocks(found["clocks"], found["events"], found["partner_tasks"])
    merged_cases = {one.pk: one for one in found["merged"]}
    tie([*found["merged_entries"], *found["merged_evidence"]], "ticket", merged_cases)
    for one in found["merged"]:
        keep(one, involved=[row for row in found["merged_involved"] if row.ticket_id == one.pk])
    entries, evidence = found["entries"], found["evidence"]
    if merged_cases:
        entries = sorted([*entries, *found["merged_entries"]], key=lambda entry: (entry.at, entry.pk))
        evidence = sorted([*evidence, *found["merged_evidence"]], key=lambda file: file.pk)
    tied = {one.pk: one for one in (*found["tied_to"], *found["tied_from"])}
    case.whole = Whole(entries, evidence, tied, found["merged"])
    return case


@cache
def _written(role: Role, has_team: bool) -> Together:
    """For any case, to a reader of this role."""
    case = Ticket(pk=ANY_ROW)
    visible = tickets_visible_to(somebody(role, has_team=has_team))
    current = TicketLink.objects.filter(ended_at__isnull=True)
    merged = merges_into(case).values("ticket")
    return written(
        **{name: getattr(case, name).all() for name in BELONGS},
        events=ClockEvent.objects.filter(clock__ticket=case),
        merged=Ticket.objects.filter(pk__in=merged),
        merged_entries=Entry.objects.filter(ticket__in=merged),
        merged_involved=Involved.objects.filter(ticket__in=merged),
        merged_evidence=Evidence.objects.filter(ticket__in=merged),
        tied_to=visible.filter(pk__in=current.filter(ticket=case).values("other")),
        tied_from=visible.filter(pk__in=current.filter(other=case).values("ticket")),
    )


def _back(relation: str) -> str:
    """The name of the foreign key behind a reverse relation."""
    return Ticket._meta.get_field(relation).remote_field.name  # type: ignore[union-attr]  # all are reverse


def _tie_clocks(clocks: list[Clock], events: list[ClockEvent], tasks: list[PartnerTask]) -> None:
    tie(tasks, "clock", {clock.pk: clock for clock in clocks})
    for clock in clocks:
        keep(clock, events=[event for event in events if event.clock_id == clock.pk])
