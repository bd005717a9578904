"""Kinds with fields, steps, clocks and wording of their own."""

import datetime as dt
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.urls import reverse

from helpdesk.core.errors import ActionError
from tests.tickets.factories import LABELS, make_resolvable, make_ticket
from tests.tickets.pages import FORM, send, url
from tickets import actions, deadlines, kinds, queries
from tickets.classification import suggest
from tickets.classification.kept import shipped_model
from tickets.forms.desk import ClassifyForm
from tickets.forms.filing import kind_fields
from tickets.forms.letters import DecisionForm
from tickets.forms.log import LogForm
from tickets.forms.ties import DetailsForm
from tickets.models import Kind, Ticket
from tickets.tasks import escalate_due

pytestmark = pytest.mark.django_db
DETAILS = {
    "privacy_request": {"right": "access", "scope": "通话录音"},
    "credit_report_dispute": {
        "record": "2025 年 3 月逾期",
        "reported_on": "2026-01-05",
        "truth": "已按期还款",
    },
    "hardship_request": {"wish": "lower", "cause": "income", "payable": "800"},
    "automated_decision_review": {"decision": "refused", "decided_on": ""},
}
STEPS = {
    "access": ["identity_checked", "data_provided"],
    "copy": ["identity_checked", "data_provided"],
    "correct": ["identity_checked", "data_corrected"],
    "delete": ["identity_checked", "retention_told", "data_deleted"],
    "withdraw_consent": ["identity_checked", "consent_withdrawn"],
    "close_account": ["identity_checked", "retention_told", "data_deleted"],
}


@pytest.mark.parametrize("kind", DETAILS)
def test_each_kind_asks_for_its_own_fields_and_no_others(client, kind):
    form = client.get(reverse("tickets:new"), {"kind": kind}).context["form"]
    others = {name for other in DETAILS if other != kind for name in DETAILS[other]}
    assert set(form.fields) >= set(DETAILS[kind])
    assert others & set(form.fields) == set()
    assert send(client, kind=kind, **DETAILS[kind]).status_code == 302
    case = Ticket.objects.get()
    assert (case.kind, case.details.data) == (kind, DETAILS[kind])
    assert next(value for _label, value in kinds.shown(case)) in (
        "查阅个人信息",
        "2025 年 3 月逾期",
        "每期少还一些",
        "借款申请没有通过",
    )


@pytest.mark.parametrize("kind", DETAILS)
def test_what_a_kind_needs_is_asked_beside_the_field(client, kind):
    answer = send(client, kind=kind)
    assert (answer.status_code, Ticket.objects.count()) == (400, 0)
    assert set(answer.context["form"].errors) <= set(DETAILS[kind])


@pytest.mark.parametrize(
    ("kind", "rule", "days"),
    [
        ("privacy_request", "cn_pipl_dsr@1:respond", 15),
        ("credit_report_dispute", "cn_credit_dispute@1:written_reply", 20),
        ("hardship_request", "desk_service_level@1:reply", 15),
        ("automated_decision_review", "desk_service_level@1:reply", 15),
    ],
)
def test_each_kind_has_its_clock(cast, kind, rule, days):
    case = make_ticket(cast, kind=kind, details=DETAILS[kind])
    assert (case.due_rule, deadlines.lookup(case.due_rule)[1].n) == (rule, days)


def test_what_does_not_fit_is_refused_whoever_asks(cast):
    for details in ({"right": "everything"}, {}):
        with pytest.raises(ActionError, match="请检查"):
            make_ticket(cast, kind="privacy_request", details=details)
    with pytest.raises(ActionError, match="请检查"):
        make_ticket(
            cast, kind="automated_decision_review", details={"decision": "refused", "decided_on": "x"}
        )


@pytest.mark.parametrize("right", STEPS)
def test_a_privacy_request_has_the_steps_of_its_right(cast, right):
    case = make_ticket(cast, kind="privacy_request", details={"right": right, "scope": ""})
    assert [step.code for step in kinds.steps_of(case)] == STEPS[right]


def test_a_complaint_has_no_steps(cast):
    case = make_ticket(cast, "investigating")
    assert kinds.steps_of(case) == []
    with pytest.raises(ActionError, match="没有这个步骤"):
        actions.complete_step(case, actor=cast.agent, step="identity_checked", text="已核验。")


def at_work(cast, kind):
    case = make_ticket(cast, "investigating", kind=kind, details=DETAILS[kind])
    make_resolvable(cast, case)
    return case


@pytest.mark.parametrize("kind", DETAILS)
def test_a_case_is_not_resolved_while_a_step_is_missing(cast, kind):
    case = at_work(cast, kind)
    steps = kinds.steps_of(case)
    for step in steps:
        with pytest.raises(ActionError) as refused:
            actions.resolve_ticket(case, actor=cast.agent)
        assert str(step.label) in refused.value.missing
        assert queries.missing_for(Ticket.objects.get(pk=case.pk), "resolve") == refused.value.missing
        text = "审批系统，负责人赵某" if step.code == kinds.OWNER else "已办理。"
        actions.complete_step(case, actor=cast.agent, step=step.code, text=text)
    actions.resolve_ticket(case, actor=cast.agent)
    assert case.kind_steps.count() == len(steps)


def test_the_owner_of_a_system_does_not_review_it(cast):
    case = at_work(cast, "automated_decision_review")
    with pytest.raises(ActionError, match="先记录"):
        actions.complete_step(case, actor=cast.agent, step="human_reviewed", text="已复核。")
    actions.complete_step(case, actor=cast.agent, step=kinds.OWNER, text=f"审批系统，负责人{cast.agent.name}")
    with pytest.raises(ActionError, match="不能复核自己"):
        actions.complete_step(case, actor=cast.agent, step="human_reviewed", text="已复核。")
    actions.complete_step(case, actor=cast.supervisor, step="human_reviewed", text="已复核。")
    assert [row.by for row in case.kind_steps.filter(code="human_reviewed")] == [cast.supervisor]


def test_a_review_by_whoever_turns_out_to_own_the_system_does_not_count(client_of, cast):
    case = at_work(cast, "automated_decision_review")
    actions.complete_step(case, actor=cast.agent, step=kinds.OWNER, text="审批系统，负责人赵某")
    actions.complete_step(case, actor=cast.agent, step="human_reviewed", text="已复核。")
    assert [step.code for step in queries.undone_steps(case)] == ["explanation_given"]
    owner = f"审批系统，负责人{cast.agent.name}"
    actions.complete_step(case, actor=cast.supervisor, step=kinds.OWNER, text=owner)
    assert [step.code for step in queries.undone_steps(case)] == ["human_reviewed", "explanation_given"]
    assert "此前的复核不算数" in case.entries.get(verb="ticket.step_voided").text
    page = client_of("supervisor").get(url("ticket", case.number))
    assert [bool(row["done"]) for row in page.context["kind_steps"]] == [True, False, False]
    actions.complete_step(case, actor=cast.supervisor, step="human_reviewed", text="已复核。")
    assert [step.code for step in queries.undone_steps(case)] == ["explanation_given"]


def test_a_reclassified_case_follows_its_new_kind(cast):
    case = make_ticket(cast, kind="privacy_request", details=DETAILS["privacy_request"])
    case.kind = Kind.HARDSHIP_REQUEST
    assert [step.code for step in kinds.steps_of(case)] == ["terms_recorded"]
    assert kinds.shown(case) == []


def test_the_desk_page_lists_the_steps_and_records_one(client_of, cast):
    case = make_ticket(cast, "investigating", kind="hardship_request", details=DETAILS["hardship_request"])
    agent = client_of("agent")
    page = agent.get(url("ticket", case.number))
    assert [(row["step"].code, row["done"]) for row in page.context["kind_steps"]] == [
        ("terms_recorded", None)
    ]
    assert "记录批准或拒绝的条件" in page.context["missing"]
    typed = {"step": "terms_recorded", "text": "同意：每期 800 元，展期 12 个月。"}
    assert agent.post(url("complete_step", case.number), typed).status_code == 302
    page = agent.get(url("ticket", case.number))
    assert page.context["kind_steps"][0]["done"].text == "同意：每期 800 元，展期 12 个月。"
    assert "记录批准或拒绝的条件" not in page.context["missing"]
    assert agent.post(url("complete_step", case.number), {"step": "nonsense", "text": "x"}).status_code == 400


def test_the_letter_of_a_kind_begins_with_its_own_remedies(cast):
    case = make_ticket(cast, "investigating", kind="credit_report_dispute")
    form = DecisionForm(ticket=case, user=cast.agent)
    assert "征信机构" in str(form["remedies"].value())


def test_every_kind_beyond_a_complaint_has_fields_steps_and_wording():
    own = set(Kind) - {Kind.COMPLAINT, Kind.ENQUIRY, Kind.SUGGESTION}
    assert own == set(kinds.DETAILS) == set(kinds.STEPS) == set(kinds.REMEDIES)


def test_what_came_another_way_gets_the_fields_of_its_kind_and_the_steps_of_its_right(client_of, cast):
    case = make_ticket(cast, "investigating", kind="privacy_request")
    assert len(kinds.steps_of(case)) == 6
    agent = client_of("agent")
    page = agent.get(case.get_absolute_url(), {"do": "record_details"})
    assert "客户的请求" in page.content.decode()
    assert agent.post(url("record_details", case.number), {"right": "all"}).status_code == 400
    assert agent.post(url("record_details", case.number), {"right": "access"}).status_code == 302
    case = Ticket.objects.get(pk=case.pk)
    assert [step.code for step in kinds.steps_of(case)] == STEPS["access"]
    assert "record_details" not in queries.next_steps(case, cast.agent)
    with pytest.raises(ActionError, match="已经记下"):
        actions.record_details(case, actor=cast.agent, right="copy", scope="")


@pytest.mark.parametrize("kind", sorted(kinds.DETAILS))
def test_staff_are_asked_for_the_fields_in_words_for_staff(kind, cast):
    case = make_ticket(cast, "investigating", kind=kind)
    taken_down = DetailsForm(ticket=case, user=cast.agent)
    logged = LogForm({"kind": kind})
    for form in (taken_down, logged):
        own = {name: form.fields[name] for name in kind_fields(kind)}
        words = "".join(f"{field.label}{field.help_text}" for field in own.values())
        words += "".join(str(label) for field in own.values() for _v, label in getattr(field, "choices", ()))
        assert [sign for sign in ("您", "我") if sign in words] == []


def test_fields_of_a_former_kind_give_way_to_those_of_the_present_one(cast):
    case = make_ticket(cast, "investigating", kind="privacy_request", details=DETAILS["privacy_request"])
    Ticket.objects.filter(pk=case.pk).update(kind=Kind.CREDIT_REPORT_DISPUTE)
    case = Ticket.objects.get(pk=case.pk)
    actions.record_details(case, actor=cast.agent, record="9 月记为逾期", reported_on=None, truth="")
    assert [value for _label, value in kinds.shown(Ticket.objects.get(pk=case.pk))] == ["9 月记为逾期"]


ALSO_DISPUTED = "催收打到单位。而且早就结清了，征信报告里还显示未结清。"
RECEIVED = dt.datetime(2026, 9, 17, 2, tzinfo=dt.UTC)


def of_matters(case) -> list[tuple[str, str, str]]:
    rows = case.clocks.filter(purpose="matter")
    return [(row.rule, f"{row.due_on}", row.state) for row in rows]


def test_a_matter_of_another_kind_has_a_clock_and_steps_within_the_case(client_of, cast):
    with time_machine.travel(RECEIVED, tick=False):
        case = make_ticket(cast, "investigating", narrative=ALSO_DISPUTED)
        agent = client_of("agent")
        assert "为“征信异议”单独计时" in agent.get(case.get_absolute_url()).content.decode()
        form = agent.get(case.get_absolute_url(), {"do": "open_matter"}).context["panels"]["more"]
        assert [p.form["kind"].value() for p in form if p.is_open] == ["credit_report_dispute"]
        asked: dict[str, Any] = {"kind": "credit_report_dispute"}
        assert agent.post(url("open_matter", case.number), asked).status_code == 302
        assert of_matters(case) == [("cn_credit_dispute@1:written_reply", "2026-10-07", "running")]
        page = agent.get(case.get_absolute_url()).content.decode()
        assert ("为“征信异议”单独计时" in page, "单独计时的事项 · 征信异议" in page) == (False, True)
        with pytest.raises(ActionError, match="已经按这一类"):
            actions.open_matter(case, actor=cast.agent, **asked)
        read = client_of("customer").get(url("tracked", case.number))
        assert read.context["lines"][-1].detail == "征信异议 · 期限 2026-10-07"
        assert "单独计时的事项 · 征信异议" in read.content.decode()
        make_resolvable(cast, case)
        steps = kinds.STEPS[Kind.CREDIT_REPORT_DISPUTE]
        assert queries.missing_for(Ticket.objects.get(pk=case.pk), "resolve") == [str(s.label) for s in steps]
        for step in steps:
            actions.complete_step(case, actor=cast.agent, step=step.code, text="已办。")
        actions.resolve_ticket(case, actor=cast.agent)
        assert of_matters(case)[0][2] == "ended"
        assert "更正通知" in agent.get(case.get_absolute_url()).content.decode()


def test_the_clock_of_a_matter_tells_people_that_it_runs_short(cast):
    with time_machine.travel(RECEIVED, tick=False) as clock:
        case = make_ticket(cast, "investigating", severity="complex")
        day = dt.date(2026, 9, 18)
        clock.shift(dt.timedelta(days=2))
        for wrong in (day - dt.timedelta(days=2), day + dt.timedelta(days=2)):
            with pytest.raises(ActionError, match="提出的日期"):
                actions.open_matter(case, actor=cast.agent, kind="credit_report_dispute", received_on=wrong)
        actions.open_matter(case, actor=cast.agent, kind="credit_report_dispute", received_on=day)
        assert of_matters(case)[0][1] == "2026-10-08"
        clock.shift(dt.timedelta(days=15))
        escalate_due()
    told = [e.data for e in case.entries.filter(verb="ticket.escalated") if e.data["clock"] == "matter"]
    assert told == [
        {"step": "75", "due_on": "2026-10-08", "clock": "matter", "matter": "credit_report_dispute"}
    ]


def test_a_matter_goes_on_where_its_case_goes(cast):
    """Into the survivor of a merge; into the part that is split off for it; into the case's own clock."""
    matter: dict[str, Any] = {"actor": cast.agent, "kind": "privacy_request"}
    with time_machine.travel(RECEIVED, tick=False):
        case, other = make_ticket(cast, "classified"), make_ticket(cast, "classified")
        actions.open_matter(case, **matter)
        due_on = of_matters(case)[0][1]
        actions.merge_ticket(case, actor=cast.supervisor, into=other, same_person=True)
        assert [row[1:] for row in of_matters(case) + of_matters(other)] == [
            (due_on, "ended"),
            (due_on, "running"),
        ]
        actions.unmerge_ticket(case, actor=cast.supervisor)
        assert [row[2] for row in of_matters(case) + of_matters(other)] == ["running", "ended"]
        told: dict[str, Any] = {"topic": "privacy", "narrative": "请删除我的资料。", "request": "删除。"}
        actions.split_ticket(case, **matter, **told)
        actions.open_matter(other, **matter)
        labels = LABELS | {"kind": "privacy_request"}
        actions.reclassify_ticket(other, actor=cast.supervisor, reason="只要删除。", **labels)
        assert {row[2] for row in of_matters(case) + of_matters(other)} == {"ended"}


DISPUTE = "上面的这一笔不对，我从来没有借过。"


def test_classification_begins_with_the_kind_that_the_customer_chose(client_of, cast):
    assert suggest(DISPUTE, shipped_model())["kind"].value == "complaint"
    case = make_ticket(cast, kind="credit_report_dispute", narrative=DISPUTE)
    with patch("tickets.learning.ready_model", lambda **_how: shipped_model()):
        assert ClassifyForm(ticket=case, user=cast.agent)["kind"].value() == "credit_report_dispute"
        enquiry = make_ticket(cast, kind="enquiry", narrative=DISPUTE)
        assert ClassifyForm(ticket=enquiry, user=cast.agent)["kind"].value() == "complaint"
        with patch("tickets.views.suggested.ready_model", lambda **_how: shipped_model()):
            page = client_of("agent").get(case.get_absolute_url()).content.decode()
    assert "提交时选的类型是“征信异议”，与建议不同" in page


@pytest.mark.parametrize(
    ("kind", "fields", "topic", "asked"),
    [
        ("privacy_request", {"right": "delete", "scope": "通话录音"}, "privacy", "删除：通话录音"),
        ("privacy_request", {"right": "access"}, "privacy", "查阅个人信息"),
        ("hardship_request", {"wish": "lower", "cause": "income"}, "repayment", "每期少还一些"),
    ],
)
def test_what_the_fields_of_a_kind_say_is_not_asked_again(client, kind, fields, topic, asked):
    page = client.get(reverse("tickets:new"), {"kind": kind})
    assert page.context["form"]["topic"].value() == topic
    assert send(client, **FORM | {"kind": kind, "request": "", "product": ""} | fields).status_code == 302
    assert Ticket.objects.get().request == asked


def test_a_complaint_still_says_what_is_asked_for(client):
    assert send(client, request="").status_code == 400


def test_what_was_chosen_already_is_not_changed_by_the_kind(client):
    page = client.get(reverse("tickets:new"), {"kind": "privacy_request", "topic": "fees"})
    assert page.context["form"]["topic"].value() == "fees"
