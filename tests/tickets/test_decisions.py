"""Two people and one decision: drafts that meet, approvals of what is read, forms that are sent twice."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from helpdesk.core import pdf
from helpdesk.core.errors import ActionError
from helpdesk.core.models import Role, User
from tests.tickets.factories import DECISION, LABELS, last, make_resolvable, make_ticket, text_file
from tests.tickets.pages import url
from tests.tickets.test_races import at_once
from tickets import actions, queries
from tickets.models import Approval, Decision, Ticket
from tickets.todo import todo_of

NOW = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
REFUND: dict[str, Any] = {"kind": "refund", "amount": Decimal("20.50"), "due_on": TODAY}
MAJOR = "另一位主管的审批（重大投诉）"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def missing(ticket: Ticket) -> list[str]:
    return queries.missing_for(again(ticket), "resolve")


# --- Two drafts -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_draft_written_over_another_one_is_refused_shown_and_then_saved_knowingly(client_of, cast):
    case = make_ticket(cast, "investigating")
    agent, supervisor = client_of("agent"), client_of("supervisor")
    address, form = url("draft_decision", case.number), f"{url('ticket', case.number)}?do=draft_decision"
    opened = re.search(r'name="after" value="(\d+)"', agent.get(form).content.decode())
    assert opened
    first = DECISION | {"after": opened[1], "facts": "主管先存的事实。"}
    assert supervisor.post(address, first).status_code == 302

    late = agent.post(address, DECISION | {"after": opened[1], "facts": "坐席后写的事实。"})
    page = late.content.decode()
    assert (late.status_code, "又存过新的一版" in page) == (409, True)
    assert ("主管先存的事实。" in page, "刚保存的草稿" in page) == (True, True)
    [panel] = late.context["panels"]["refused"]
    assert panel.form["facts"].value() == "坐席后写的事实。"
    newest = last(Decision.objects)
    assert (newest.facts, panel.form["after"].value()) == ("主管先存的事实。", str(newest.pk))

    knowing = {"after": panel.form["after"].value(), "facts": "坐席后写的事实。"}
    assert agent.post(address, DECISION | knowing).status_code == 302
    assert [d.facts for d in Decision.objects.order_by("pk")] == ["主管先存的事实。", "坐席后写的事实。"]


@pytest.mark.django_db
def test_a_form_that_knows_of_no_draft_does_not_overwrite_one(client_of, cast):
    case = make_ticket(cast, "investigating")
    client, address = client_of("agent"), url("draft_decision", case.number)
    assert client.post(address, DECISION).status_code == 302
    assert client.post(address, DECISION | {"facts": "旧表单"}).status_code == 409
    assert Decision.objects.count() == 1


@pytest.mark.django_db
def test_the_preview_without_scripts_keeps_the_draft_it_started_from(client_of, cast):
    case = make_ticket(cast, "investigating")
    draft = actions.draft_decision(case, actor=cast.agent, **DECISION)
    page = client_of("agent").post(url("preview_letter", case.number), DECISION | {"after": draft.pk})
    assert f'name="after" value="{draft.pk}"' in page.content.decode()


# --- What was approved ------------------------------------------------------------------------


def approved(cast, **fields) -> Ticket:
    """A major case whose letter is approved and may be sent."""
    ticket = make_ticket(cast, "investigating", severity="major")
    make_resolvable(cast, ticket)
    if fields:
        asked = actions.draft_decision(ticket, actor=cast.agent, **DECISION | fields).approvals.get()
        actions.grant_approval(ticket, actor=cast.supervisor, approval=asked)
    assert missing(ticket) == []
    return again(ticket)


def extend(ticket, cast):
    asked = actions.request_extension(
        ticket, actor=cast.agent, milestone="decision_exceptional", reason="复杂。"
    )
    actions.grant_approval(ticket, actor=cast.supervisor, approval=asked)


CHANGES = {
    "redress": lambda t, c: actions.propose_redress(t, actor=c.agent, **REFUND),
    "draft": lambda t, c: actions.draft_decision(t, actor=c.agent, **DECISION | {"facts": "改了。"}),
    "kind": lambda t, c: actions.reclassify_ticket(
        t, actor=c.agent, reason="更正。", **LABELS | {"severity": "major", "kind": "credit_report_dispute"}
    ),
    "product": lambda t, c: actions.reclassify_ticket(
        t, actor=c.agent, reason="更正。", product="另一个产品", **LABELS | {"severity": "major"}
    ),
    "due date": extend,
}


@pytest.mark.django_db
@pytest.mark.parametrize("change", CHANGES)
def test_an_approval_is_void_when_what_was_approved_changes(cast, change):
    used = {"remedies": "{{product}} {{due_on}} {{review_until}}"}
    ticket = make_ticket(cast, "investigating", severity="major", product="消费贷")
    make_resolvable(cast, ticket)
    asked = actions.draft_decision(ticket, actor=cast.agent, **DECISION | used).approvals.get()
    actions.grant_approval(ticket, actor=cast.supervisor, approval=asked)
    assert missing(ticket) == []
    CHANGES[change](again(ticket), cast)
    assert MAJOR in missing(ticket)
    assert Approval.objects.get(pk=asked.pk).state == "superseded"
    assert last(ticket.entries.filter(verb="ticket.approval_voided")).data == {"approval": "major"}
    with pytest.raises(ActionError):
        actions.resolve_ticket(ticket, actor=cast.agent)
    anew = ticket.approvals.get(kind="major", state="requested")
    if anew.requested_by != cast.supervisor:  # who granted the extension changed the letter
        actions.grant_approval(ticket, actor=cast.supervisor, approval=anew)
        assert MAJOR not in missing(ticket)


@pytest.mark.django_db
def test_taking_money_out_of_an_approved_letter_asks_again(cast):
    ticket = make_ticket(cast, "investigating", severity="major")
    row = actions.propose_redress(ticket, actor=cast.agent, **REFUND)
    make_resolvable(cast, ticket)
    assert missing(ticket) == []
    actions.cancel_redress(ticket, actor=cast.agent, redress=row)
    assert missing(ticket) == [MAJOR]


@pytest.mark.django_db
def test_what_the_letter_does_not_say_leaves_the_approval(cast, _now):
    ticket = approved(cast, remedies="{{decision_on}} {{review_until}}")
    labels = LABELS | {"severity": "major", "business": "fees"}
    actions.reclassify_ticket(ticket, actor=cast.agent, reason="更正。", **labels)
    actions.note_ticket(ticket, actor=cast.agent, text="备注。")
    extend(ticket, cast)  # the letter does not name the due date
    _now.shift(dt.timedelta(days=3))  # the day itself is put in when it is sent
    assert missing(ticket) == []
    assert actions.resolve_ticket(ticket, actor=cast.agent).state == "resolved"


@pytest.mark.django_db
def test_a_change_that_no_action_told_of_is_found_before_sending(cast):
    ticket = approved(cast)
    ticket.complainant = "另一个名字"
    ticket.save()
    assert missing(ticket) == ["另一位主管的审批：批准之后信函的内容变了，请重新保存草稿"]
    asked = actions.draft_decision(ticket, actor=cast.agent, **DECISION).approvals.get()
    ticket.complainant = "又一个名字"
    ticket.save()
    with pytest.raises(ActionError, match="提请审批之后变了"):
        actions.grant_approval(ticket, actor=cast.supervisor, approval=asked)


@pytest.mark.django_db
def test_a_case_that_becomes_major_with_a_draft_asks_for_approval(cast):
    ticket = make_ticket(cast, "investigating")
    make_resolvable(cast, ticket)
    actions.reclassify_ticket(ticket, actor=cast.agent, reason="升级。", **LABELS | {"severity": "major"})
    assert missing(ticket) == [MAJOR]
    assert ticket.approvals.get().state == "requested"


@pytest.mark.django_db
def test_a_major_case_is_lowered_only_by_a_supervisor_who_does_not_handle_it(client_of, cast):
    case = make_ticket(cast, "investigating", severity="major")
    lower = LABELS | {"severity": "complex", "reason": "影响的人不多。"}
    answer = client_of("agent").post(url("reclassify", case.number), lower)
    page = answer.content.decode()
    assert (answer.status_code, "须由承办人以外的主管更正" in page, lower["reason"] in page) == (
        409,
        True,
        True,
    )
    assert again(case).severity == "major"
    assert actions.reclassify_ticket(case, actor=cast.supervisor, **lower).severity == "complex"


@pytest.mark.django_db
def test_who_wrote_the_draft_or_proposed_the_money_is_no_second_person(cast):
    ticket = make_ticket(cast, "investigating", severity="major")
    actions.draft_decision(ticket, actor=cast.supervisor, **DECISION)
    actions.propose_redress(ticket, actor=cast.supervisor, **REFUND | {"amount": Decimal("1500")})
    actions.propose_redress(ticket, actor=cast.agent, **REFUND)  # asks anew, in the name of the handler
    waiting = list(ticket.approvals.filter(state="requested", requested_by=cast.agent))
    assert {asked.kind for asked in waiting} == {"major", "redress"}
    for asked in waiting:
        with pytest.raises(ActionError, match="审批人不能是"):
            actions.grant_approval(ticket, actor=cast.supervisor, approval=asked)
    other = User.objects.create_user("boss2", name="辛主管", role=Role.SUPERVISOR, team=cast.supervisor.team)
    for user, number in ((cast.supervisor, 0), (other, 2)):
        assert len(queries.waiting_for(user, again(ticket))) == len(todo_of(user).approvals) == number
    for asked in waiting:
        actions.grant_approval(ticket, actor=other, approval=asked)


@pytest.mark.django_db
def test_money_does_not_change_under_a_letter_on_its_way_nor_a_failed_one_leave_unchanged(cast):
    ticket = make_ticket(cast, "investigating", contact="jia@example.test")
    make_resolvable(cast, ticket)
    actions.draft_decision(ticket, actor=cast.agent, **DECISION | {"sent_through": "email"})
    actions.resolve_ticket(ticket, actor=cast.agent)
    with pytest.raises(ActionError, match="正在发送"):
        actions.propose_redress(ticket, actor=cast.agent, **REFUND)
    row = ticket.deliveries.get()
    row.fail()
    row.save()
    actions.propose_redress(ticket, actor=cast.agent, **REFUND)
    assert ticket.deliveries.get().state == "cancelled"


@pytest.mark.django_db
def test_an_approved_letter_that_failed_may_be_sent_again_without_asking(cast):
    ticket = make_ticket(cast, "investigating", severity="major", contact="jia@example.test")
    make_resolvable(cast, ticket)
    words = {"sent_through": "email", "remedies": "{{decision_on}} 起三十日内。"}
    asked = actions.draft_decision(ticket, actor=cast.agent, **DECISION | words).approvals.get()
    actions.grant_approval(ticket, actor=cast.supervisor, approval=asked)
    actions.resolve_ticket(ticket, actor=cast.agent)
    row = ticket.deliveries.get(letter="decision")
    row.fail()
    row.save()
    assert missing(ticket) == []


@pytest.mark.django_db
def test_a_major_decision_is_read_before_it_is_approved(client_of, cast):
    case = make_ticket(cast, "investigating", severity="major")
    actions.draft_decision(case, actor=cast.agent, **DECISION)
    client = client_of("supervisor")
    todo = client.get(reverse("tickets:todo")).content.decode()
    read = f"{url('ticket', case.number)}?do=grant_approval"
    assert (url("grant_approval", case.number) in todo, read in todo) == (False, True)
    page = client.get(read).content.decode()
    assert page.index(DECISION["reasons"]) < page.index(url("grant_approval", case.number))
    other = make_ticket(cast, "investigating")
    actions.request_extension(other, actor=cast.agent, milestone="decision_complex", reason="复杂。")
    assert url("grant_approval", other.number) in client.get(reverse("tickets:todo")).content.decode()


# --- On paper, and money ----------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "said"), [("zh-hans", "诉求成立"), ("zh-hant", "訴求成立")])
def test_the_paper_states_the_outcome(cast, monkeypatch, language, said):
    printed: list[dict[str, Any]] = []
    render = pdf.render

    def keep(name: str, data: dict[str, Any]) -> bytes:
        printed.append(data)
        return render(name, data)

    monkeypatch.setattr(pdf, "render", keep)
    ticket = make_ticket(cast, "investigating")
    make_resolvable(cast, ticket)
    actions.draft_decision(ticket, actor=cast.agent, **DECISION | {"language": language})
    actions.resolve_ticket(ticket, actor=cast.agent)
    assert said in [value for _label, value in printed[0]["facts"]]


@pytest.mark.django_db
def test_money_has_one_form_everywhere(client_of, cast):
    ticket = make_ticket(cast, "investigating", severity="major")
    actions.propose_redress(ticket, actor=cast.agent, **REFUND | {"amount": Decimal("1580")})
    words = {"reasons": "退还 {{redress}}。"}
    actions.draft_decision(ticket, actor=cast.agent, **DECISION | words)
    client, form = client_of("supervisor"), "?do=cancel_redress"
    for page in (url("ticket", ticket.number), url("ticket", ticket.number) + form, reverse("tickets:todo")):
        text = client.get(page).content.decode()
        assert "1,580.00 元" in text, page
        for other in ("1580.00", "1580 元", "人民币"):
            assert other not in text, (page, other)
    assert [row.amount for row in todo_of(cast.supervisor).approvals if row.amount] == [Decimal("1580.00")]


# --- Corrections and partners -----------------------------------------------------------------


@pytest.mark.django_db
def test_a_correction_is_not_due_in_the_past(client_of, cast):
    case = make_ticket(cast, "investigating")
    typed = {"what": "改短信模板", "owner": cast.supervisor.pk, "due_on": "2026-03-01"}
    answer = client_of("agent").post(url("record_correction", case.number), typed)
    page = answer.content.decode()
    assert (answer.status_code, "整改的完成期限不能早于今天。" in page) == (409, True)
    assert "改短信模板" in page
    assert case.corrections.count() == 0
    assert (
        client_of("agent")
        .post(url("record_correction", case.number), typed | {"due_on": "2026-03-02"})
        .status_code
        == 302
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("chosen", "due_on", "n", "unit"),
    [
        ("", "2026-03-09", 5, "wd"),
        ("2026-03-09", "2026-03-09", 5, "wd"),  # as offered
        ("2026-03-04", "2026-03-04", 2, "cal"),
        ("2026-03-02", "2026-03-02", 0, "cal"),
        ("2026-05-02", "2026-05-02", 61, "cal"),
    ],
)
def test_the_due_date_of_a_partner_can_be_chosen(client_of, cast, chosen, due_on, n, unit):
    case = make_ticket(cast, "investigating")
    client = client_of("agent")
    form = client.get(f"{url('ticket', case.number)}?do=ask_partner").content.decode()
    assert 'name="due_on" value="2026-03-09"' in form
    typed = {"partner": "某催收公司", "what": "请给录音。", "due_on": chosen}
    assert client.post(url("ask_partner", case.number), typed).status_code == 302
    running = case.partner_tasks.get().clock
    started = running.events.get()
    assert (f"{running.due_on}", started.n, started.unit) == (due_on, n, unit)
    assert client.get(url("clocks", case.number)).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(("day", "status"), [("2026-03-01", 400), ("9999-12-31", 409)])
def test_a_partner_is_not_given_an_impossible_date(client_of, cast, day, status):
    case = make_ticket(cast, "investigating")
    typed = {"partner": "某催收公司", "what": "请给录音。", "due_on": day}
    answer = client_of("agent").post(url("ask_partner", case.number), typed)
    assert (answer.status_code, "请给录音。" in answer.content.decode()) == (status, True)
    assert case.partner_tasks.count() == 0


# --- The same form twice ----------------------------------------------------------------------

FORMS: dict[str, dict[str, Any]] = {
    "reply": {"text": "正在核实。"},
    "note": {"text": "内部情况。"},
    "log_contact": {"method": "phone", "text": "已联系。"},
    "propose_redress": {"kind": "refund", "amount": "20.50", "due_on": "2026-03-02"},
    "ask_partner": {"partner": "某催收公司", "what": "请给录音。", "due_on": ""},
    "draft_decision": DECISION | {"after": "0"},
    "record_correction": {"none_because": "个别情况。"},
}


def mark_of(client: Client, number: str, verb: str) -> str:
    page = client.get(f"{url('ticket', number)}?do={verb}", headers={"hx-request": "true"})
    found = re.search(r'name="once" value="([^"]+)"', page.content.decode())
    assert found
    return found[1]


@pytest.mark.django_db
@pytest.mark.parametrize("verb", FORMS)
def test_a_form_sent_twice_is_done_once_and_answered_as_before(client_of, cast, verb):
    case = make_ticket(cast, "investigating")
    client, address = client_of("agent"), url(verb, case.number)
    typed = FORMS[verb] | {"once": mark_of(client, case.number, verb)}
    first = client.post(address, typed)
    entries = case.entries.count()
    second = client.post(address, typed)
    assert (first.status_code, second.status_code, second["Location"]) == (302, 302, first["Location"])
    assert case.entries.count() == entries
    anew = FORMS[verb] | {"once": mark_of(client, case.number, verb)}
    if verb not in ("draft_decision",):
        assert client.post(address, anew).status_code == 302
        assert case.entries.count() > entries  # said again on purpose


@pytest.mark.django_db
def test_other_words_from_the_same_page_are_another_act(client_of, cast):
    """Back, a changed text, sent: nothing of it may be lost."""
    case = make_ticket(cast, "investigating")
    client = client_of("agent")
    mark = mark_of(client, case.number, "note")
    for text in ("第一条", "第二条"):
        client.post(url("note", case.number), {"text": text, "once": mark})
    assert [entry.text for entry in case.entries.filter(verb="ticket.noted")] == ["第一条", "第二条"]


@pytest.mark.django_db
def test_a_file_sent_twice_is_kept_once_and_another_one_too(client_of, cast):
    case = make_ticket(cast, "investigating")
    client, address = client_of("agent"), url("add_evidence", case.number)
    for text in ("一", "一", "二"):
        file = text_file(text).content
        file.name = "a.txt"
        assert client.post(address, {"file": file, "once": "m"}).status_code == 302
    assert case.evidence.count() == 2


@pytest.mark.django_db
def test_what_was_refused_may_be_sent_again(client_of, cast):
    case = make_ticket(cast, "investigating")
    client, typed = client_of("agent"), {"once": "mark"}
    assert client.post(url("resolve", case.number), typed).status_code == 409
    make_resolvable(cast, case)
    assert client.post(url("resolve", case.number), typed).status_code == 302
    assert client.post(url("resolve", case.number), typed).status_code == 302  # as the first time
    assert again(case).state == "resolved"


@pytest.mark.django_db
def test_every_form_on_the_pages_of_a_case_has_its_mark(client_of, cast):
    case = make_ticket(cast, "investigating", severity="major")
    actions.propose_redress(case, actor=cast.agent, **REFUND)
    actions.draft_decision(case, actor=cast.agent, **DECISION)
    actions.link_ticket(case, actor=cast.agent, other=make_ticket(cast))
    client, marked = client_of("supervisor"), 0
    elsewhere = [url(name, case.number) for name in ("reveal_contact", "dossier")]  # they record every time
    pages = [url("ticket", case.number) + f"?do={verb}" for verb in ("reply", "merge", "grant_approval")]
    for page in (*pages, url("clocks", case.number), reverse("tickets:todo")):
        forms = re.findall(r'<form[^>]*method="post".*?</form>', client.get(page).content.decode(), re.DOTALL)
        for form in forms:
            action = re.search(r'action="([^"]+)"', form)
            if action and f"/{case.number}/" in action[1] and action[1] not in elsewhere:
                assert 'name="once"' in form, form[:200]
                marked += 1
    assert marked > 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["note", "propose_redress", "log_contact", "ask_partner"])
def test_eight_equal_forms_at_once_act_once(client_of, cast, verb):
    case = make_ticket(cast, "investigating")
    clients = [client_of("agent") for _ in range(8)]
    typed = FORMS[verb] | {"once": "mark"}
    before = case.entries.count()

    def send(client):
        def call():
            try:
                return client.post(url(verb, case.number), typed).status_code
            finally:
                connection.close()

        return call

    assert at_once([send(client) for client in clients]) == [302] * 8
    assert case.entries.count() == before + 1
