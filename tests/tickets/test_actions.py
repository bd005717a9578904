"""Each action on its happy path: state, audit entry, timeline, event; then what each one insists on."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile

from helpdesk.core import clock as clock_of_the_desk
from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry, Role, User
from helpdesk.core.signals import feedback_given
from helpdesk.core.uploads import CheckedFile
from tests.tickets.factories import (
    DECISION,
    FILED,
    LABELS,
    REFERRAL,
    REPRESENTED,
    guest_of,
    last,
    make_resolvable,
    make_ticket,
    text_file,
)
from tickets import actions, assigning, queries
from tickets.models import Decision, Entry, Evidence, Ticket
from tickets.models.parties import answer_addresses

NOW = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


# One row an action: the state it starts in, the call, then what it leaves behind: the audit entry
# (verb, from, to, data), the timeline (kind, public, verb, text, data), the state told to browsers.
ACTS: dict[str, Any] = {
    "classify": (
        "received",
        lambda t, c: actions.classify_ticket(t, actor=c.agent, **LABELS, product="循环贷"),
        ("ticket.classified", "agent", "received", "classified", {**LABELS, "product": "循环贷"}),
        [("step", True, "ticket.classified", "", LABELS)],
    ),
    "reclassify": (
        "investigating",
        lambda t, c: actions.reclassify_ticket(
            t, actor=c.agent, reason="原因归错。", **(LABELS | {"cause": "service"})
        ),
        (
            "ticket.reclassified",
            "agent",
            "investigating",
            "investigating",
            {**LABELS, "cause": "service", "reason": "原因归错。"},
        ),
        [("step", False, "ticket.reclassified", "原因归错。", LABELS | {"cause": "service"})],
    ),
    "decline": (
        "received",
        lambda t, c: actions.decline_ticket(t, actor=c.agent, reason="不属于本机构。"),
        ("ticket.declined", "agent", "received", "declined", {"reason": "不属于本机构。"}),
        [("step", True, "ticket.declined", "不属于本机构。", {})],
    ),
    "assign": (
        "classified",
        lambda t, c: actions.assign_ticket(
            t, actor=c.supervisor, assignee=c.agent, no_conflict=True, note="注意语气。"
        ),
        (
            "ticket.assigned",
            "supervisor",
            "classified",
            "assigned",
            {"assignee": "core.User:<agent>", "no_conflict": True, "note": "注意语气。"},
        ),
        [
            (
                "step",
                True,
                "ticket.assigned",
                "",
                {"assignee": "<agent>", "assignee_name": "丙坐席", "no_conflict": True},
            ),
            ("note", False, "ticket.assigned", "注意语气。", {}),
        ],
    ),
    "reassign": (
        "assigned",
        lambda t, c: actions.reassign_ticket(
            t, actor=c.supervisor, assignee=c.other_agent, no_conflict=True, note="换组。"
        ),
        (
            "ticket.reassigned",
            "supervisor",
            "assigned",
            "assigned",
            {"assignee": "core.User:<other_agent>", "no_conflict": True, "note": "换组。"},
        ),
        [
            (
                "step",
                False,
                "ticket.reassigned",
                "换组。",
                {"assignee": "<other_agent>", "assignee_name": "丁坐席", "no_conflict": True},
            )
        ],
    ),
    "investigate": (
        "assigned",
        lambda t, c: actions.investigate_ticket(t, actor=c.agent),
        ("ticket.investigated", "agent", "assigned", "investigating", {}),
        [("step", True, "ticket.investigated", "", {})],
    ),
    "stop_waiting": (
        "awaiting_customer",
        lambda t, c: actions.stop_waiting(t, actor=c.agent, reason="三次电话没有接通。"),
        (
            "ticket.waiting_ended",
            "agent",
            "awaiting_customer",
            "investigating",
            {"reason": "三次电话没有接通。"},
        ),
        [("step", True, "ticket.waiting_ended", "三次电话没有接通。", {})],
    ),
    "log_contact": (
        "investigating",
        lambda t, c: actions.log_contact(t, actor=c.agent, method="phone", text="已致电。"),
        (
            "ticket.contact_logged",
            "agent",
            "investigating",
            "investigating",
            {"method": "phone", "text": "已致电。"},
        ),
        [("contact", False, "ticket.contact_logged", "已致电。", {"method": "phone", "outcome": "reached"})],
    ),
    "await_customer": (
        "investigating",
        lambda t, c: actions.await_customer(t, actor=c.agent, question="哪一天？"),
        (
            "ticket.customer_awaited",
            "agent",
            "investigating",
            "awaiting_customer",
            {"question": "哪一天？"},
        ),
        [("step", True, "ticket.customer_awaited", "哪一天？", {})],
    ),
    "reply": (
        "investigating",
        lambda t, c: actions.reply_ticket(t, actor=c.agent, text="正在核实。"),
        ("ticket.replied", "agent", "investigating", "investigating", {"text": "正在核实。"}),
        [("reply", True, "ticket.replied", "正在核实。", {})],
    ),
    "note": (
        "investigating",
        lambda t, c: actions.note_ticket(t, actor=c.agent, text="录音待调。"),
        ("ticket.noted", "agent", "investigating", "investigating", {"text": "录音待调。"}),
        [("note", False, "ticket.noted", "录音待调。", {})],
    ),
    "message": (
        "investigating",
        lambda t, c: actions.add_customer_message(t, actor=c.customer, text="补充一点。"),
        (
            "ticket.customer_message",
            "customer",
            "investigating",
            "investigating",
            {"text": "补充一点。"},
        ),
        [("customer", True, "ticket.customer_message", "补充一点。", {"on_behalf": False})],
    ),
    "customer_replied": (
        "awaiting_customer",
        lambda t, c: actions.add_customer_message(t, actor=guest_of(t), text="三月一日。"),
        (
            "ticket.customer_replied",
            "visitor",
            "awaiting_customer",
            "investigating",
            {"text": "三月一日。"},
        ),
        [("customer", True, "ticket.customer_replied", "三月一日。", {"on_behalf": False})],
    ),
    "customer_replied_by_phone": (
        "awaiting_customer",
        lambda t, c: actions.add_customer_message(t, actor=c.agent, text="来电：三月一日。"),
        (
            "ticket.customer_replied",
            "agent",
            "awaiting_customer",
            "investigating",
            {"text": "来电：三月一日。"},
        ),
        [("customer", True, "ticket.customer_replied", "来电：三月一日。", {"on_behalf": True})],
    ),
    "give_feedback": (
        "resolved",
        lambda t, c: actions.give_feedback(t, actor=c.customer, score=2, resolved=False, text="太慢。"),
        (
            "ticket.feedback_given",
            "customer",
            "resolved",
            "closed",
            {"score": 2, "resolved": False, "text": "太慢。"},
        ),
        [("customer", True, "ticket.feedback_given", "太慢。", {"score": 2, "resolved": False})],
    ),
    "reopen": (
        "resolved",
        lambda t, c: actions.reopen_ticket(t, actor=c.supervisor, reason="新的录音。", method="phone"),
        (
            "ticket.reopened",
            "supervisor",
            "resolved",
            "investigating",
            {"reason": "新的录音。", "method": "phone"},
        ),
        [
            (
                "step",
                True,
                "ticket.reopened",
                "新的录音。",
                {"due_on": "2026-03-17", "on_behalf": True, "method": "phone"},
            )
        ],
    ),
    "withdraw": (
        "investigating",
        lambda t, c: actions.withdraw_ticket(t, actor=guest_of(t), reason="已经和解。"),
        ("ticket.withdrawn", "visitor", "investigating", "withdrawn", {"reason": "已经和解。"}),
        [("step", True, "ticket.withdrawn", "已经和解。", {})],
    ),
    "extend_deadline": (
        "investigating",
        lambda t, c: actions.extend_deadline(
            t, actor=c.supervisor, milestone="decision_complex", reason="调取资料。"
        ),
        (
            "ticket.deadline_extended",
            "supervisor",
            "investigating",
            "investigating",
            {"milestone": "decision_complex", "reason": "调取资料。"},
        ),
        [
            (
                "step",
                False,
                "ticket.deadline_extended",
                "调取资料。",
                {"due_on": "2026-04-01", "milestone": "decision_complex"},
            ),
            (
                "step",
                True,
                "ticket.new_date_told",
                "这件事的情况比较复杂，需要更多时间核实。",
                {"due_on": "2026-04-01"},
            ),
        ],
    ),
    "renew_tracking_code": (
        "closed",
        lambda t, c: actions.renew_tracking_code(t, actor=c.customer),
        ("ticket.code_renewed", "customer", "closed", "closed", {}),
        [("step", False, "ticket.code_renewed", "", {})],
    ),
}


def named(value, cast):
    """``<agent>`` in an expectation stands for that person's key, which a database chooses."""
    if isinstance(value, dict):
        return {name: named(item, cast) for name, item in value.items()}
    for role in ("agent", "other_agent"):
        if value == f"<{role}>":
            return cast.by_role(role).pk
        if value == f"core.User:<{role}>":
            return f"core.User:{cast.by_role(role).pk}"
    return value


def counted(value):
    """What people write stands in the trail by its length only."""
    return value if not isinstance(value, str) or value.isascii() else f"<{len(value)} characters>"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ACTS)
def test_action(name, cast, staff_ear, django_capture_on_commit_callbacks):
    state, call, audited, timeline = ACTS[name]
    ticket = make_ticket(cast, state)
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    entered = set(ticket.entries.values_list("pk", flat=True))
    staff_ear.events()
    with django_capture_on_commit_callbacks(execute=True):
        call(ticket, cast)

    ticket = again(ticket)
    verb, label, source, target, data = audited
    entry = AuditEntry.objects.exclude(pk__in=before).get(verb=verb)
    assert (entry.verb, entry.actor_label, entry.from_state, entry.to_state, entry.data) == (
        verb,
        label,
        source,
        target,
        {name: counted(value) for name, value in named(data, cast).items()},
    )
    assert (entry.target_type, entry.target_id, ticket.state) == ("tickets.ticket", f"{ticket.pk}", target)
    lines = ticket.entries.exclude(pk__in=entered)
    assert [(e.kind, e.public, e.verb, e.text, e.data) for e in lines] == [
        (kind, public, line, text, named(data, cast)) for kind, public, line, text, data in timeline
    ]
    assert {(e["type"], e["kind"], e["id"], e["state"]) for e in staff_ear.events()} == {
        ("changed", "ticket", f"{ticket.pk}", target)
    }


# --- Filing -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_file_ticket(cast, staff_ear, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        ticket = actions.file_ticket(actor=Guest(), **FILED, product="循环贷")
    stored = again(ticket)
    assert (stored.number, stored.state, stored.customer, stored.team, stored.assignee) == (
        "C-2026-000001",
        "received",
        None,
        None,
        None,
    )
    assert {name: getattr(stored, name) for name in FILED} == FILED
    assert (stored.received_at, f"{stored.due_on}") == (NOW, "2026-03-17")
    assert [(e.kind, e.public, e.verb, e.author, e.data) for e in stored.entries.all()] == [
        ("step", True, "ticket.filed", None, {"due_on": "2026-03-17"})
    ]
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.actor_label, entry.to_state) == (
        "ticket.filed",
        None,
        "visitor",
        "received",
    )
    assert staff_ear.events() == [
        {"type": "changed", "kind": "ticket", "id": f"{ticket.pk}", "state": "received"}
    ]


@pytest.mark.django_db
def test_file_ticket_keeps_name_and_contact_out_of_the_trail(cast):
    actions.file_ticket(actor=Guest(), **FILED)
    data = AuditEntry.objects.get().data
    assert (data["complainant"], data["contact"]) == ("***", "***")


@pytest.mark.django_db
def test_file_ticket_belongs_to_the_customer_who_files(cast):
    mine = actions.file_ticket(actor=cast.customer, **FILED, customer=cast.other_customer)
    nobodys = actions.file_ticket(actor=Guest(), **FILED, customer=cast.customer)
    on_behalf = actions.file_ticket(actor=cast.agent, **FILED, customer=cast.customer)
    assert [mine.customer, nobodys.customer, on_behalf.customer] == [cast.customer, None, cast.customer]
    with pytest.raises(ActionError):
        actions.file_ticket(actor=cast.agent, **FILED, customer=cast.analyst)


@pytest.mark.django_db
def test_file_ticket_takes_the_channel_from_staff_only(cast):
    fields = FILED | {"channel": "regulator"}
    assert actions.file_ticket(actor=Guest(), **fields).channel == "web"
    assert actions.file_ticket(actor=cast.customer, **FILED | {"channel": "chat"}).channel == "chat"
    assert actions.file_ticket(actor=cast.agent, **fields).channel == "regulator"


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["analyst", "administrator"])
def test_file_ticket_is_not_for(role, cast):
    with pytest.raises(ActionForbidden):
        actions.file_ticket(actor=cast.by_role(role), **FILED)
    assert (Ticket.objects.count(), AuditEntry.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_file_ticket_with_files_and_transcript(cast):
    files = [text_file("一"), text_file("二"), text_file("一", name="copy.txt")]
    ticket = actions.file_ticket(
        actor=cast.agent, **FILED | {"channel": "chat"}, transcript="客户：你好", files=files
    )
    kept = list(ticket.evidence.all())
    assert [e.sha256 for e in kept] == [files[0].sha256, files[1].sha256]
    assert [Path(e.file.path).read_text() for e in kept] == ["一", "二"]
    assert all(e.name not in str(e.file.name) for e in kept)
    transcript = ticket.entries.get(verb="ticket.transcript")
    assert (transcript.kind, transcript.public, transcript.text) == ("contact", False, "客户：你好")
    assert again(ticket).first_contact_at is None


# --- Evidence ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_add_evidence(cast):
    ticket = make_ticket(cast)
    evidence = actions.add_evidence(ticket, actor=cast.agent, file=text_file(), public=False)
    assert (evidence.public, evidence.sha256, evidence.uploaded_by) == (
        False,
        text_file().sha256,
        cast.agent,
    )
    line = last(ticket.entries)
    assert (line.public, line.data["sha256"]) == (False, evidence.sha256)
    assert last(AuditEntry.objects).verb == "ticket.evidence_added"
    with pytest.raises(ActionError):
        actions.add_evidence(ticket, actor=cast.supervisor, file=text_file())
    handed_in = actions.add_evidence(ticket, actor=cast.customer, file=text_file())
    assert (handed_in.pk, handed_in.public) == (evidence.pk, True)
    with pytest.raises(ActionError):
        actions.add_evidence(ticket, actor=cast.customer, file=text_file())
    assert Evidence.objects.count() == 1


@pytest.mark.django_db
def test_the_complainants_own_file_is_always_theirs_to_see(cast):
    ticket = make_ticket(cast)
    evidence = actions.add_evidence(ticket, actor=cast.customer, file=text_file(), public=False)
    assert list(queries.evidence_of(ticket, cast.customer)) == [evidence]


class BrokenDisk(ContentFile):  # type: ignore[type-arg]  # generic for the checker only
    """A file whose bytes cannot be written."""

    def chunks(self, chunk_size=None):
        raise OSError("no space left on device")


@pytest.mark.django_db
def test_a_failed_filing_leaves_no_file(cast, settings):
    broken = CheckedFile(BrokenDisk(b"x"), "b.txt", "text/plain", "0" * 64, 1)
    with pytest.raises(OSError, match="no space"):
        actions.file_ticket(actor=cast.customer, **FILED, files=[text_file(), broken])
    assert (Ticket.objects.count(), Evidence.objects.count()) == (0, 0)
    media = Path(settings.MEDIA_ROOT)
    assert [path for path in media.rglob("*") if path.is_file()] == []


# --- Assignment -------------------------------------------------------------------------------


def give(ticket, cast, assignee, *, no_conflict=True):
    return actions.assign_ticket(ticket, actor=cast.supervisor, assignee=assignee, no_conflict=no_conflict)


@pytest.mark.django_db
def test_assign_ticket_moves_it_to_the_team_of_the_assignee(cast):
    ticket = give(make_ticket(cast, "classified"), cast, cast.other_agent)
    assert (ticket.assignee, ticket.team) == (cast.other_agent, cast.other_agent.team)


@pytest.mark.django_db
def test_an_agent_takes_a_case_but_gives_none_away(cast):
    ticket = make_ticket(cast, "classified")
    with pytest.raises(ActionForbidden):
        actions.assign_ticket(ticket, actor=cast.agent, assignee=cast.other_agent, no_conflict=True)
    ticket = actions.assign_ticket(ticket, actor=cast.agent, assignee=cast.agent, no_conflict=True)
    assert ticket.assignee == cast.agent


@pytest.mark.django_db
def test_assign_ticket_needs_the_declaration(cast):
    ticket = make_ticket(cast, "classified")
    with pytest.raises(ActionError):
        give(ticket, cast, cast.agent, no_conflict=False)
    assert again(ticket).assignee is None


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["customer", "analyst", "administrator"])
def test_assign_ticket_only_to_the_desk(role, cast):
    with pytest.raises(ActionError):
        give(make_ticket(cast, "classified"), cast, cast.by_role(role))


@pytest.mark.django_db
def test_assign_ticket_not_to_someone_who_has_left(cast):
    cast.agent.is_active = False
    cast.agent.save()
    with pytest.raises(ActionError):
        give(make_ticket(cast, "classified"), cast, cast.agent)


def free_for(ticket: Ticket) -> list[User]:
    """Those to whom a case may be given, the least loaded first."""
    return [one.user for one in assigning.considered(ticket) if not one.is_blocked]


@pytest.mark.django_db
def test_assign_ticket_up_to_the_load_cap(cast, settings):
    settings.TICKETS_PER_AGENT = 2
    give(make_ticket(cast, "classified"), cast, cast.agent)
    make_ticket(cast, "resolved")  # no longer open: it does not count
    give(make_ticket(cast, "classified"), cast, cast.agent)
    third = make_ticket(cast, "classified")
    with pytest.raises(ActionError):
        give(third, cast, cast.agent)
    assert free_for(third) == [cast.other_agent, cast.supervisor]


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["narrative", "request"])
def test_assign_ticket_not_to_someone_named_in_the_complaint(field, cast):
    ticket = make_ticket(cast, "classified", **{field: "丙坐席态度恶劣。"})
    with pytest.raises(ActionError):
        give(ticket, cast, cast.agent)
    assert cast.agent not in free_for(ticket)


@pytest.mark.django_db
def test_assign_ticket_not_to_the_complainant(cast):
    ticket = make_ticket(cast, "received", actor=cast.agent, customer=cast.agent)
    with pytest.raises(ActionForbidden):
        actions.classify_ticket(ticket, actor=cast.agent, **LABELS)
    actions.classify_ticket(ticket, actor=cast.supervisor, **LABELS)
    with pytest.raises(ActionError):
        give(ticket, cast, cast.agent)


@pytest.mark.django_db
def test_reassign_ticket_needs_another_person_without_conflict(cast):
    ticket = make_ticket(cast, "assigned")
    again_the_same = {"actor": cast.supervisor, "assignee": cast.agent, "no_conflict": True}
    with pytest.raises(ActionError):
        actions.reassign_ticket(ticket, **again_the_same)
    with pytest.raises(ActionError):
        actions.reassign_ticket(ticket, actor=cast.supervisor, assignee=cast.other_agent, no_conflict=False)


# --- First contact, texts ---------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["log_contact", "reply", "await_customer"])
def test_first_contact_is_the_first(how, cast, clock):
    ticket = make_ticket(cast, "investigating")
    assert ticket.first_contact_at is None
    if how == "log_contact":
        actions.log_contact(ticket, actor=cast.agent, method="phone", text="已致电。")
    elif how == "reply":
        actions.reply_ticket(ticket, actor=cast.agent, text="您好。")
    else:
        actions.await_customer(ticket, actor=cast.agent, question="哪一天？")
    clock.shift(DAY)
    actions.reply_ticket(ticket, actor=cast.agent, text="您好。")
    assert again(ticket).first_contact_at == NOW


@pytest.mark.django_db
def test_a_note_or_the_customers_words_are_no_first_contact(cast):
    ticket = make_ticket(cast, "investigating")
    actions.note_ticket(ticket, actor=cast.agent, text="内部。")
    actions.add_customer_message(ticket, actor=cast.customer, text="在吗？")
    assert again(ticket).first_contact_at is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "call",
    [
        lambda t, c: actions.reply_ticket(t, actor=c.agent, text=" \n"),
        lambda t, c: actions.note_ticket(t, actor=c.agent, text=""),
        lambda t, c: actions.log_contact(t, actor=c.agent, method="phone", text=""),
        lambda t, c: actions.await_customer(t, actor=c.agent, question=""),
        lambda t, c: actions.add_customer_message(t, actor=c.customer, text=""),
        lambda t, c: actions.reclassify_ticket(t, actor=c.agent, reason="", **LABELS),
    ],
)
def test_words_are_needed(call, cast):
    ticket = make_ticket(cast, "investigating")
    lines = ticket.entries.count()
    with pytest.raises(ActionError):
        call(ticket, cast)
    assert ticket.entries.count() == lines


@pytest.mark.django_db
def test_decline_ticket_needs_the_reason_that_the_customer_reads(cast):
    ticket = make_ticket(cast)
    with pytest.raises(ActionError) as refused:
        actions.decline_ticket(ticket, actor=cast.agent, reason=" ")
    assert refused.value.state == "received"
    actions.decline_ticket(ticket, actor=cast.agent, reason="不属于本机构业务。")
    assert queries.timeline_of(ticket, cast.customer)[-1].text == "不属于本机构业务。"
    assert again(ticket).closed_at == NOW


# --- The decision -----------------------------------------------------------------------------


@pytest.mark.django_db
def test_resolve_ticket_sends_the_newest_draft(cast, staff_ear, django_capture_on_commit_callbacks):
    ticket = make_ticket(cast, "investigating")
    make_resolvable(cast, ticket)
    newest = actions.draft_decision(ticket, actor=cast.agent, **DECISION)
    assert list(queries.decisions_of(ticket, cast.customer)) == []
    with django_capture_on_commit_callbacks(execute=True):
        ticket = actions.resolve_ticket(ticket, actor=cast.agent)
    assert (ticket.state, ticket.resolved_at) == ("resolved", NOW)
    assert [d.pk for d in queries.decisions_of(ticket, cast.customer)] == [newest.pk]
    assert Decision.objects.get(pk=newest.pk).sent_at == NOW
    audit = last(AuditEntry.objects)
    assert (audit.verb, audit.from_state, audit.to_state) == (
        "ticket.resolved",
        "investigating",
        "resolved",
    )
    line = last(ticket.entries)
    assert (line.verb, line.public, line.data) == ("ticket.resolved", True, {"decision": newest.pk})
    assert {e["state"] for e in staff_ear.events()} == {"resolved"}


@pytest.mark.django_db
def test_resolve_ticket_lists_everything_missing(cast):
    ticket = make_ticket(cast, "investigating", severity="major", contact=" ")
    with pytest.raises(ActionError) as refused:
        actions.resolve_ticket(ticket, actor=cast.agent)
    assert refused.value.missing == [
        "首次联系客户的记录",
        "客户的联系方式",
        "整改措施，或不需要整改的理由",
        "处理决定草稿",
    ]
    blank = {"facts": "", "basis": " ", "reasons": "\n", "remedies": "", "root_cause": "", "outcome": ""}
    actions.draft_decision(ticket, actor=cast.agent, **DECISION | blank)
    with pytest.raises(ActionError) as refused:
        actions.resolve_ticket(ticket, actor=cast.agent)
    assert refused.value.state == "investigating"
    assert refused.value.missing == [
        "首次联系客户的记录",
        "客户的联系方式",
        "整改措施，或不需要整改的理由",
        "结论",
        "根本原因",
        "查明的事实",
        "依据",
        "理由与结论",
        "您还可以怎么做",
        "另一位主管的审批（重大投诉）",
    ]
    assert again(ticket).state == "investigating"


@pytest.mark.django_db
def test_resolve_ticket_of_a_major_case_needs_another_persons_approval(cast):
    ticket = make_ticket(cast, "investigating", severity="major")
    actions.log_contact(ticket, actor=cast.agent, method="phone", text="已致电。")
    actions.record_correction(ticket, actor=cast.agent, none_because="个别情况。")
    draft = actions.draft_decision(ticket, actor=cast.agent, **DECISION)
    with pytest.raises(ActionError) as refused:
        actions.resolve_ticket(ticket, actor=cast.agent)
    assert refused.value.missing == ["另一位主管的审批（重大投诉）"]
    actions.grant_approval(ticket, actor=cast.supervisor, approval=draft.approvals.get())
    approved = Decision.objects.get(pk=draft.pk)
    assert (approved.approved_by, approved.approved_at) == (cast.supervisor, NOW)
    assert last(ticket.entries).public is False
    assert actions.resolve_ticket(ticket, actor=cast.agent).state == "resolved"


@pytest.mark.django_db
def test_an_approval_does_not_carry_over_to_a_later_draft(cast):
    ticket = make_ticket(cast, "investigating", severity="major")
    make_resolvable(cast, ticket)
    actions.draft_decision(ticket, actor=cast.agent, **DECISION | {"facts": "改过的事实。"})
    with pytest.raises(ActionError):
        actions.resolve_ticket(ticket, actor=cast.agent)


@pytest.mark.django_db
def test_grant_approval_not_of_ones_own_request(cast):
    ticket = make_ticket(cast, "investigating", severity="major")
    own = actions.draft_decision(ticket, actor=cast.supervisor, **DECISION).approvals.get()
    with pytest.raises(ActionError):
        actions.grant_approval(ticket, actor=cast.supervisor, approval=own)
    asked = actions.draft_decision(ticket, actor=cast.agent, **DECISION).approvals.get()
    with pytest.raises(ActionError):
        actions.grant_approval(ticket, actor=cast.supervisor, approval=own)  # superseded by a later draft
    actions.grant_approval(ticket, actor=cast.supervisor, approval=asked)
    with pytest.raises(ActionError):
        actions.grant_approval(ticket, actor=cast.supervisor, approval=asked)  # already


@pytest.mark.django_db
def test_a_reopened_case_needs_a_further_decision(cast):
    ticket = make_ticket(cast, "resolved")
    actions.reopen_ticket(ticket, actor=cast.customer, reason="新的录音。")
    assert again(ticket).resolved_at is None
    with pytest.raises(ActionError) as refused:
        actions.resolve_ticket(ticket, actor=cast.agent)
    assert refused.value.missing == ["处理决定草稿"]
    actions.draft_decision(ticket, actor=cast.agent, **DECISION)
    actions.resolve_ticket(ticket, actor=cast.agent)
    assert queries.decisions_of(ticket, cast.customer).count() == 2


# --- Feedback, withdrawal, review -------------------------------------------------------------


@pytest.fixture
def told():
    """What the feedback signal says."""
    heard = []

    def hear(sender, signal, **news):
        heard.append((sender, news))

    feedback_given.connect(hear)
    yield heard
    feedback_given.disconnect(hear)


@pytest.mark.django_db
def test_give_feedback_is_told_once(cast, told):
    ticket = make_ticket(cast, "resolved")
    actions.give_feedback(ticket, actor=cast.customer, score=4, resolved=None, text="还行。")
    with pytest.raises(ActionError):
        actions.give_feedback(ticket, actor=guest_of(ticket), score=1, resolved=False, text="")
    assert told == [(Ticket, {"about": ticket, "score": 4, "resolved": None, "text": "还行。", "at": NOW})]
    assert again(ticket).closed_at == NOW


@pytest.mark.django_db
@pytest.mark.parametrize("score", [0, 6, -1])
def test_give_feedback_from_1_to_5(score, cast, told):
    ticket = make_ticket(cast, "resolved")
    with pytest.raises(ActionError):
        actions.give_feedback(ticket, actor=cast.customer, score=score, resolved=True, text="")
    assert (told, again(ticket).state) == ([], "resolved")


@pytest.mark.django_db
def test_give_feedback_within_the_window(cast, clock):
    ticket = make_ticket(cast, "resolved")
    clock.shift(DAY * 8)
    with pytest.raises(ActionError):
        actions.give_feedback(ticket, actor=cast.customer, score=5, resolved=True, text="")
    clock.shift(-DAY)
    actions.give_feedback(ticket, actor=cast.customer, score=5, resolved=True, text="")
    assert again(ticket).state == "closed"


@pytest.mark.django_db
def test_close_without_feedback_only_after_the_window(cast, clock):
    ticket = make_ticket(cast, "resolved")
    clock.shift(DAY * 7)
    with pytest.raises(ActionError):
        actions.close_without_feedback(ticket, actor=User.system("case-sweep"))
    clock.shift(DAY)
    actions.close_without_feedback(ticket, actor=User.system("case-sweep"))
    assert again(ticket).closed_at == NOW + DAY * 8


@pytest.mark.django_db
def test_request_review(cast, clock):
    original = make_ticket(cast, "closed")
    clock.shift(DAY * 30)
    review = actions.request_review(original, actor=guest_of(original), reason="赔偿过低。")
    stored = again(review)
    assert (stored.review_of, stored.customer, stored.state, stored.narrative) == (
        original,
        None,
        "received",
        "赔偿过低。",
    )
    assert (stored.complainant, stored.contact, stored.request) == (
        original.complainant,
        original.contact,
        original.request,
    )
    assert queries.ticket_by_code(review.number, review.tracking_code) == review
    line = last(original.entries)
    assert (line.verb, line.public, line.data) == (
        "ticket.review_requested",
        True,
        {"review": review.number},
    )
    assert [e.verb for e in AuditEntry.objects.order_by("-pk")[:2]] == [
        "ticket.review_requested",
        "ticket.filed",
    ]


@pytest.mark.django_db
def test_request_review_within_the_window_and_once(cast, clock):
    original = make_ticket(cast, "resolved")
    clock.shift(DAY * 31)
    with pytest.raises(ActionError):
        actions.request_review(original, actor=cast.customer, reason="不同意。")
    clock.shift(-DAY)
    actions.request_review(original, actor=cast.customer, reason="不同意。")
    with pytest.raises(ActionError):
        actions.request_review(original, actor=cast.customer, reason="还是不同意。")
    assert original.reviews.count() == 1


@pytest.mark.django_db
def test_a_review_came_as_it_was_asked_for_and_the_same_people_stand_behind_it(cast, clock):
    behind = {
        "represented_by": REPRESENTED | {"authorisation": text_file("授权书", "mandate.txt")},
        "group": [{"name": f"人{n}", "contact": "", "speaks": n == 0} for n in range(2)],
    }
    letter = {"channel": "regulator", "referral": REFERRAL}
    original = make_ticket(cast, "resolved", actor=cast.agent, customer=cast.customer, **letter, **behind)
    review = again(actions.request_review(original, actor=cast.agent, reason="不同意。", method="phone"))
    assert review.channel == "phone"
    assert set(review.clocks.values_list("purpose", flat=True)) == {"case", "contact"}
    assert answer_addresses(review) == ["lawyer@example.com"]
    assert review.representation.authorisation.ticket == review
    assert [member.name for member in review.group_members.all()] == ["人0", "人1"]
    clock.shift(DAY)
    actions.reopen_ticket(original, actor=cast.customer, reason="新的录音。")
    make_resolvable(cast, original)
    actions.resolve_ticket(original, actor=cast.agent)
    own = actions.request_review(original, actor=cast.customer, reason="不同意。")
    assert own.channel == "web"


@pytest.mark.django_db
def test_a_review_asked_for_on_the_last_evening_counts_from_then_though_it_is_typed_later(cast, clock):
    original = make_ticket(cast, "closed")
    clock.shift(DAY * 31)
    asks = {"actor": cast.agent, "reason": "不同意。", "method": "phone"}
    assert "request_review" in queries.next_steps(again(original), cast.agent)
    assert "request_review" not in queries.next_steps(again(original), cast.customer)
    said = clock_of_the_desk.local_date(NOW) + DAY * 30
    for day in (None, said + DAY, said + DAY * 2, said - DAY * 31):
        with pytest.raises(ActionError):
            actions.request_review(original, **asks, said_on=day)
    review = again(actions.request_review(original, **asks, said_on=said))
    assert clock_of_the_desk.local_date(review.received_at) == said
    assert review.due_on == said + DAY * 30
    line = last(original.entries.filter(verb="ticket.review_requested"))
    assert (line.data["said_on"], line.at) == (f"{said}", NOW + DAY * 31)
    assert f"{said}" in AuditEntry.objects.get(verb="ticket.review_requested").body
    with pytest.raises(ActionError, match="已经申请过"):
        actions.request_review(original, **asks, said_on=said)


@pytest.mark.django_db
def test_a_reopening_counts_from_the_day_on_which_the_new_facts_came(cast, clock):
    ticket = make_ticket(cast, "closed")
    decided = clock_of_the_desk.local_date(NOW)
    clock.shift(DAY * 8)  # the days of the survey are over, the words were said within them
    facts = {"actor": cast.agent, "reason": "新的录音。", "method": "phone"}
    for day in (None, decided - DAY, decided + DAY * 8, decided + DAY * 9):
        with pytest.raises(ActionError):
            actions.reopen_ticket(ticket, **facts, said_on=day)
    actions.reopen_ticket(ticket, **facts, said_on=decided + DAY * 7)
    restart = last(again(ticket).main_clock.events)
    assert (restart.kind, restart.on, restart.at) == ("restarted", decided + DAY * 7, NOW + DAY * 8)
    assert again(ticket).due_on == decided + DAY * 22
    assert last(ticket.entries.filter(verb="ticket.reopened")).data["said_on"] == f"{decided + DAY * 7}"


@pytest.mark.django_db
def test_a_customer_says_it_now_whatever_day_is_named(cast, clock):
    original = make_ticket(cast, "resolved")
    clock.shift(DAY * 31)
    with pytest.raises(ActionError):
        actions.request_review(original, actor=cast.customer, reason="不同意。", said_on=NOW.date())


@pytest.mark.django_db
def test_filing_a_review_directly_asks_for_the_same(cast):
    original = make_ticket(cast, "resolved")
    with pytest.raises(ActionForbidden):
        actions.file_ticket(actor=cast.other_customer, **FILED, review_of=original)
    with pytest.raises(ActionError):
        actions.file_ticket(actor=cast.customer, **FILED, review_of=make_ticket(cast))


@pytest.mark.django_db
def test_a_review_belongs_to_the_higher_unit(cast):
    original = make_ticket(cast, "resolved")
    review = actions.request_review(original, actor=cast.customer, reason="不同意。")
    assert review not in queries.tickets_visible_to(cast.agent)
    assert review not in queries.tickets_visible_to(cast.other_agent)
    with pytest.raises(ActionForbidden):
        actions.classify_ticket(review, actor=cast.agent, **LABELS)
    actions.classify_ticket(review, actor=cast.supervisor, **LABELS)
    with pytest.raises(ActionError):  # decided the original
        give(review, cast, cast.agent)
    give(review, cast, cast.other_agent)
    assert review in queries.tickets_visible_to(cast.other_agent)


@pytest.mark.django_db
def test_who_approved_the_original_does_not_review_it(cast):
    original = make_ticket(cast, "resolved", severity="major")
    second = User.objects.create_user("second", name="辛主管", role=Role.SUPERVISOR)
    review = actions.request_review(original, actor=cast.customer, reason="不同意。")
    with pytest.raises(ActionError, match="参与了原决定"):
        actions.classify_ticket(review, actor=cast.supervisor, **LABELS)
    actions.classify_ticket(review, actor=second, **LABELS)
    with pytest.raises(ActionError, match="参与了原决定"):
        actions.assign_ticket(review, actor=second, assignee=cast.supervisor, no_conflict=True)
    assert free_for(review) == [cast.other_agent, second]


@pytest.mark.django_db
def test_who_answered_a_request_in_the_original_does_not_review_it(cast):
    original = make_ticket(cast, "investigating", severity="ordinary")
    second = User.objects.create_user("second", name="辛主管", role=Role.SUPERVISOR)
    asked = actions.request_extension(
        original, actor=cast.agent, milestone="decision_complex", reason="等通道日志。"
    )
    actions.refuse_approval(original, actor=second, approval=asked, reason="不必延长。")
    make_resolvable(cast, original)
    actions.resolve_ticket(original, actor=cast.agent)
    review = actions.request_review(original, actor=cast.customer, reason="不同意。")
    assert second not in free_for(review)
    assert cast.supervisor in free_for(review)


@pytest.mark.django_db
def test_who_decided_the_first_case_does_not_review_its_review(cast):
    first = make_ticket(cast, "resolved")
    second = actions.request_review(first, actor=cast.customer, reason="不同意。")
    actions.classify_ticket(second, actor=cast.supervisor, **LABELS)
    give(second, cast, cast.other_agent)
    actions.investigate_ticket(second, actor=cast.other_agent)
    actions.reply_ticket(second, actor=cast.other_agent, text="正在复核。")
    actions.draft_decision(second, actor=cast.other_agent, **DECISION)
    actions.record_correction(second, actor=cast.other_agent, none_because="原决定无误。")
    actions.resolve_ticket(second, actor=cast.other_agent)
    third = make_ticket(cast)
    third.review_of = second  # from when that of a review could still be asked for
    third.save()
    assert free_for(third) == [cast.supervisor]


@pytest.mark.django_db
def test_entries_are_never_changed(cast):
    entry = make_ticket(cast).entries.get()
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()
    assert Entry.objects.count() == 1
