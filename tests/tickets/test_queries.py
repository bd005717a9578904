"""Who sees which cases and what of them; the queue."""

import datetime as dt

import pytest
import time_machine

from helpdesk.core import clock
from helpdesk.core.actors import Guest
from helpdesk.core.models import Role, User
from tests.tickets.factories import DECISION, guest_of, make_resolvable, make_ticket, text_file
from tickets import actions, people, queries
from tickets.models import Entry, Ticket

SECRET = "内部哨兵-7f3a"


@pytest.fixture
def mixed(cast):
    """One case each: nobody's, the agent's, another agent's, a team mate's, a guest's, a review."""
    other = {"actor": cast.other_customer}
    made = {"open": make_ticket(cast), "first": make_ticket(cast, "assigned")}
    made["second"] = make_ticket(cast, "classified", **other)
    actions.assign_ticket(made["second"], actor=cast.supervisor, assignee=cast.other_agent, no_conflict=True)
    made["mate"] = make_ticket(cast, "assigned", **other)
    actions.reassign_ticket(made["mate"], actor=cast.supervisor, assignee=cast.supervisor, no_conflict=True)
    made["guest"] = make_ticket(cast, actor=Guest())
    resolved = make_ticket(cast, "resolved")
    made["resolved"] = resolved
    made["review"] = actions.request_review(resolved, actor=cast.customer, reason="不同意。")
    return made


SEES = {
    "customer": "open first resolved review",
    "other_customer": "second mate",
    "agent": "open first mate guest resolved",
    "other_agent": "open second guest",
    "supervisor": "open first second mate guest resolved review",
    "analyst": "open first second mate guest resolved review",
    "administrator": "open first second mate guest resolved review",
}


@pytest.mark.django_db
@pytest.mark.parametrize("role", SEES)
def test_tickets_visible_to(role, mixed, cast):
    seen = set(queries.tickets_visible_to(cast.by_role(role)))
    assert seen == {mixed[name] for name in SEES[role].split()}


@pytest.mark.django_db
def test_a_guest_sees_what_was_shown(mixed):
    assert list(queries.tickets_visible_to(guest_of(mixed["guest"]))) == [mixed["guest"]]
    assert list(queries.tickets_visible_to(Guest())) == []
    odd = Guest(frozenset({"ticket:", "ticket:x", "conversation:1", f"xticket:{mixed['guest'].pk}"}))
    assert list(queries.tickets_visible_to(odd)) == []


@pytest.mark.django_db
def test_an_agent_without_a_team_sees_what_has_none(mixed, cast):
    cast.agent.team = None
    cast.agent.save()
    seen = set(queries.tickets_visible_to(User.objects.get(pk=cast.agent.pk)))
    assert seen == {mixed[name] for name in ("open", "first", "guest", "resolved")}


# --- The timeline -----------------------------------------------------------------------------


@pytest.fixture
def noted(cast):
    """A case with the sentinel in every internal place."""
    ticket = make_ticket(cast, "classified")
    give = {"actor": cast.supervisor, "no_conflict": True, "note": SECRET}
    actions.assign_ticket(ticket, assignee=cast.agent, **give)
    actions.reassign_ticket(ticket, assignee=cast.supervisor, **give)
    actions.reassign_ticket(ticket, assignee=cast.agent, **give)
    actions.investigate_ticket(ticket, actor=cast.agent)
    actions.note_ticket(ticket, actor=cast.agent, text=SECRET)
    actions.log_contact(ticket, actor=cast.agent, method=SECRET, text=SECRET)
    actions.add_evidence(ticket, actor=cast.agent, file=text_file(SECRET, name=f"{SECRET}.txt"), public=False)
    actions.draft_decision(ticket, actor=cast.agent, **DECISION | {"facts": SECRET})
    actions.extend_deadline(ticket, actor=cast.supervisor, milestone="decision_complex", reason=SECRET)
    actions.reply_ticket(ticket, actor=cast.agent, text="正在核实。")
    return Ticket.objects.get(pk=ticket.pk)


def everything(ticket, actor):
    """All that the reading functions give to an actor, as one text."""
    lines = [f"{e.verb} {e.kind} {e.text} {e.data}" for e in queries.timeline_of(ticket, actor)]
    files = [e.name for e in queries.evidence_of(ticket, actor)]
    letters = [d.facts for d in queries.decisions_of(ticket, actor)]
    return "\n".join([*lines, *files, *letters])


@pytest.mark.django_db
def test_what_is_internal_never_reaches_the_complainant(noted, cast):
    for actor in (cast.customer, guest_of(noted)):
        assert SECRET not in everything(noted, actor)
    assert everything(noted, cast.agent).count(SECRET) >= 8


@pytest.mark.django_db
def test_timeline_of_the_complainant(noted, cast):
    seen = queries.timeline_of(noted, cast.customer)
    assert [(e.verb, e.text, e.data) for e in seen] == [
        ("ticket.filed", "", {"due_on": f"{clock.local_date(noted.received_at) + dt.timedelta(days=15)}"}),
        ("ticket.classified", "", {}),
        ("ticket.assigned", "", {}),
        ("ticket.investigated", "", {}),
        (
            "ticket.new_date_told",
            "这件事的情况比较复杂，需要更多时间核实。",
            {"due_on": f"{clock.local_date(noted.received_at) + dt.timedelta(days=30)}"},
        ),
        ("ticket.replied", "正在核实。", {}),
    ]
    assert [e.pk for e in queries.timeline_of(noted, guest_of(noted))] == [e.pk for e in seen]


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["agent", "supervisor", "analyst", "administrator"])
def test_timeline_of_the_desk_is_whole(role, noted, cast):
    seen = queries.timeline_of(noted, cast.by_role(role))
    assert [e.pk for e in seen] == list(Entry.objects.values_list("pk", flat=True).order_by("pk"))


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["other_customer", "other_agent"])
def test_a_stranger_reads_nothing(role, noted, cast):
    assert everything(noted, cast.by_role(role)) == ""


@pytest.mark.django_db
def test_staff_who_complain_read_what_customers_read(cast):
    ticket = make_ticket(cast, actor=cast.agent, customer=cast.agent)
    actions.note_ticket(ticket, actor=cast.supervisor, text=SECRET)
    assert ticket in queries.tickets_visible_to(cast.agent)
    assert SECRET not in everything(ticket, cast.agent)


@pytest.mark.django_db
def test_reading_a_case_costs_the_same_however_long_it_is(noted, cast, django_assert_num_queries):
    for _ in range(2):
        for read, cost in ((queries.timeline_of, 5), (queries.evidence_of, 5), (queries.decisions_of, 4)):
            with django_assert_num_queries(cost):
                [getattr(row, "author", None) for row in read(noted, cast.agent)]
        for number in range(30):
            actions.note_ticket(noted, actor=cast.agent, text=f"第 {number} 条。")


@pytest.mark.django_db
def test_the_last_days_for_feedback_and_review(cast):
    with time_machine.travel(dt.datetime(2026, 3, 2, 16, tzinfo=dt.UTC), tick=False):
        ticket = make_ticket(cast, "resolved")  # the 3rd in the business zone
    assert (f"{queries.feedback_until(ticket)}", f"{queries.review_until(ticket)}") == (
        "2026-03-10",
        "2026-04-02",
    )


@pytest.mark.django_db
def test_missing_for_only_concerns_resolve(cast):
    ticket = make_ticket(cast, "investigating")
    assert queries.missing_for(ticket, "reply") == []
    assert queries.missing_for(ticket, "resolve") == [
        "首次联系客户的记录",
        "整改措施，或不需要整改的理由",
        "处理决定草稿",
    ]
    make_resolvable(cast, ticket)
    assert queries.missing_for(Ticket.objects.get(pk=ticket.pk), "resolve") == []


@pytest.mark.django_db
def test_desk_members_are_the_least_loaded_first(cast, django_assert_num_queries):
    make_ticket(cast, "assigned")
    make_ticket(cast, "closed")
    User.objects.create_user("gone", name="已离职", role=Role.AGENT, is_active=False)
    with django_assert_num_queries(1):
        members = [(m.user.username, m.load) for m in people.desk_members()]
    assert members == [("other_agent", 0), ("supervisor", 0), ("agent", 1)]
