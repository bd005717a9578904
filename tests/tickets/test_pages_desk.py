"""The queue, cases logged on somebody's behalf, and the case page with its verbs."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from helpdesk.core.models import AuditEntry
from tests.tickets.factories import DECISION, make_resolvable, make_ticket
from tests.tickets.pages import FORM, blob, picture, shown_code, token_of, url
from tickets import actions
from tickets.models import Evidence, Ticket
from tickets.views.verbs import VERBS

pytestmark = pytest.mark.django_db
LONG = "字" * 20_000
LOG = FORM | {"channel": "phone"}


def queue_of(client, **query):
    return client.get(reverse("tickets:queue"), query)


def numbers(answer):
    return [case.number for case in answer.context["page"].rows]


# --- Queue -----------------------------------------------------------------------------------
def test_queue_is_sorted_by_due_date_and_masks_the_complainant(client_of, cast):
    late = make_ticket(cast, complainant="欧阳示例", contact="13911112222")
    soon = make_ticket(cast)
    Ticket.objects.filter(pk=soon.pk).update(due_on="2020-01-01")
    answer = queue_of(client_of("agent"))
    assert numbers(answer) == [soon.number, late.number]
    text = answer.content.decode()
    assert ("欧**" in text, "欧阳示例" in text, "13911112222" in text) == (True, False, False)
    assert "2 件，期限最近的在前" in text


def test_queue_filters(client_of, cast):
    taken = make_ticket(cast, "assigned", topic="fees", severity="major")
    fresh = make_ticket(cast, narrative="重复扣款 998 元")
    ended = make_ticket(cast, "withdrawn")
    Ticket.objects.filter(pk=fresh.pk).update(due_on="2020-01-01")
    client = client_of("agent")

    def found(**query):
        return sorted(numbers(queue_of(client, **query)))

    assert found() == [taken.number, fresh.number]
    assert found(scope="mine") == [taken.number]
    assert found(scope="team") == [taken.number]
    assert found(scope="unassigned") == [fresh.number]
    assert found(state="any") == [taken.number, fresh.number, ended.number]
    assert found(state="withdrawn") == [ended.number]
    assert found(topic="fees") == [taken.number]
    assert found(kind="enquiry") == []
    assert found(severity="major") == [taken.number]
    assert found(overdue="on") == [fresh.number]
    assert found(text="998 元") == [fresh.number]
    assert found(text=taken.number.lower()) == [taken.number]
    assert found(scope="nonsense", state="x", topic="y", page="-3") == [taken.number, fresh.number]
    assert numbers(queue_of(client_of("other_agent"))) == [fresh.number]


def test_queue_says_when_it_is_empty_and_why(client_of, cast):
    client = client_of("agent")
    assert "这里没有未结束的工单" in queue_of(client).content.decode()
    make_ticket(cast)
    assert "没有符合这些条件的工单" in queue_of(client, text="没有这句话").content.decode()


def test_queue_costs_the_same_at_3_and_at_300_cases(client_of, cast, django_assert_num_queries):
    client = client_of("supervisor")
    for _n in range(3):
        make_ticket(cast, "assigned")
    queue_of(client)
    with django_assert_num_queries(9):
        queue_of(client)
    proto = Ticket.objects.first()
    Ticket.objects.bulk_create(
        Ticket(
            **{
                field.attname: getattr(proto, field.attname)
                for field in Ticket._meta.concrete_fields
                if field.attname not in ("id", "number", "state")
            }
            | {"number": f"C-2025-{n:06d}"}
        )
        for n in range(297)
    )
    with django_assert_num_queries(9):
        answer = queue_of(client)
    assert len(numbers(answer)) == 30
    first = answer.context["page"]
    second = queue_of(client, page=first.next, topic="overdue")
    assert not set(numbers(second)) & set(numbers(answer))
    assert numbers(queue_of(client, page=second.context["page"].previous)) == numbers(answer)
    assert second.content.decode().count("topic=overdue&amp;page=") + second.content.decode().count(
        f"page={second.context['page'].next}&amp;topic=overdue"
    )


def test_queue_refetches_only_its_rows(client_of, cast):
    make_ticket(cast)
    page = client_of("agent").get(reverse("tickets:queue"), headers={"hx-request": "true"})
    text = page.content.decode()
    assert ("<html" in text, 'data-live="ticket"' in text) == (False, True)


# --- On somebody's behalf ----------------------------------------------------------------------
def test_agent_logs_a_call_and_reads_out_number_and_code(client_of):
    client = client_of("agent")
    token = token_of(client, "tickets:log")
    answer = client.post(reverse("tickets:log"), LOG | {"token": token})
    assert answer.url == reverse("tickets:logged")
    number, code = shown_code(client.get(answer.url).content.decode())
    case = Ticket.objects.get(number=number)
    assert (case.channel, case.customer, case.complainant) == ("phone", None, "甲客户")
    customer = Client()
    assert customer.post(reverse("tickets:track"), {"number": number, "code": code}).status_code == 302
    again = client.post(reverse("tickets:log"), LOG | {"token": token})
    assert (again.url, Ticket.objects.count()) == (url("ticket", number), 1)


@pytest.mark.parametrize("text", ["", LONG, "a\0"])
def test_log_keeps_what_was_typed(client_of, text):
    client = client_of("agent")
    answer = client.post(
        reverse("tickets:log"), LOG | {"token": token_of(client, "tickets:log"), "narrative": text}
    )
    assert (answer.status_code, Ticket.objects.count()) == (400, 0)
    assert answer.context["form"]["request"].value() == FORM["request"]


# --- The case --------------------------------------------------------------------------------
def test_case_page_masks_until_a_reason_is_given(client_of, cast):
    case = make_ticket(cast, complainant="欧阳示例", contact="13911112222")
    client = client_of("agent")
    page = client.get(url("ticket", case.number)).content.decode()
    assert ("139******22" in page, "13911112222" in page, "欧阳示例" in page) == (True, False, False)
    refused = client.post(url("reveal_contact", case.number), {"reason": " "})
    assert (refused.status_code, "13911112222" in refused.content.decode()) == (400, False)
    shown = client.post(url("reveal_contact", case.number), {"reason": "回拨核实"})
    assert ("13911112222" in shown.content.decode(), "欧阳示例" in shown.content.decode()) == (True, True)
    entry = AuditEntry.objects.get(verb="ticket.contact_revealed")
    line = case.entries.get(verb="ticket.contact_revealed")
    assert (entry.actor, line.author, line.text) == (cast.agent, cast.agent, "回拨核实")
    assert "13911112222" not in client.get(url("ticket", case.number)).content.decode()
    party = client_of("customer").get(url("tracked", case.number)).content.decode()
    assert "查看了联系方式" not in party


def test_verbs_offered_are_those_that_are_possible(client_of, cast):
    def offered(role, state, **fields):
        answer = client_of(role).get(url("ticket", make_ticket(cast, state, **fields).number))
        panels = answer.context["panels"].values()
        return {panel.verb.name for group in panels for panel in group}

    talk = {"reply", "note", "log_contact", "message", "add_evidence", "merge", "split", "link"}
    above = {"withdraw", "extend_deadline", "stop_deadline", "restart_deadline", "renew_tracking_code"}
    people = {"correct_contact", "record_representation"}
    always = people | {"involve", "change_topic"}
    own = always | {"ask_partner", "withdraw", "open_matter"}
    assert offered("agent", "received") == talk | always | {"classify", "decline"}
    assert offered("supervisor", "received") == talk | above | always | {"classify", "decline"}
    assert offered("agent", "classified") == talk | always | {"assign", "open_matter"}
    taken = {"investigate", "reclassify", "request_extension", "hand_back"}
    assert offered("agent", "assigned") == talk | own | taken
    at_work = own | {"draft_decision", "propose_redress", "record_correction", "reclassify"}
    assert offered("agent", "investigating") == talk | at_work | {"await_customer", "request_extension"}
    assert offered("supervisor", "investigating") == talk | at_work | above | {"await_customer", "reassign"}
    over = {"note", "reopen", "request_review", "renew_tracking_code", "record_correction", "link"}
    assert offered("supervisor", "closed") == over | people
    assert offered("analyst", "investigating") == set()


def test_agent_takes_and_supervisor_gives(client_of, cast):
    case = make_ticket(cast, "classified", narrative=f"{cast.other_agent.name}态度恶劣")
    page = client_of("agent").get(url("ticket", case.number))
    [panel] = [panel for panel in page.context["panels"]["next"] if panel.verb.name == "assign"]
    assert [value for value, _label in panel.form.fields["assignee"].choices] == ["", str(cast.agent.pk)]
    client = client_of("supervisor")
    page = client.get(url("ticket", case.number))
    [panel] = page.context["panels"]["next"]
    able = {value for value, _label in panel.form.fields["assignee"].choices}
    assert able == {"", str(cast.agent.pk), str(cast.supervisor.pk)}
    undeclared = client.post(url("assign", case.number), {"assignee": cast.agent.pk})
    assert (undeclared.status_code, list(undeclared.context["panels"]["refused"][0].form.errors)) == (
        400,
        ["no_conflict"],
    )
    client.post(url("assign", case.number), {"assignee": cast.agent.pk, "no_conflict": "on"})
    case = Ticket.objects.get(pk=case.pk)
    assert (case.state, case.assignee) == ("assigned", cast.agent)


def test_what_is_missing_is_a_list_before_it_is_an_error(client_of, cast):
    case = make_ticket(cast, "investigating")
    client = client_of("agent")
    page = client.get(url("ticket", case.number))
    assert page.context["missing"] == ["首次联系客户的记录", "整改措施，或不需要整改的理由", "处理决定草稿"]
    refused = client.post(url("resolve", case.number))
    assert (refused.status_code, refused.context["problem"].missing) == (409, page.context["missing"])
    client.post(url("draft_decision", case.number), DECISION | {"basis": ""})
    client.post(url("log_contact", case.number), {"method": "phone", "text": "已联系"})
    client.post(url("record_correction", case.number), {"none_because": "个别情况。"})
    assert client.get(url("ticket", case.number)).context["missing"] == ["依据"]


def test_the_decision_is_offered_step_by_step(client_of, cast):
    case = make_ticket(cast, "investigating", severity="major")
    agent, supervisor = client_of("agent"), client_of("supervisor")

    def steps(client):
        panels = client.get(url("ticket", case.number)).context["panels"]["next"]
        return [(panel.verb.name, panel.is_open) for panel in panels]

    leisure = [("draft_decision", False), ("propose_redress", False), ("record_correction", False)]
    assert (steps(agent), steps(supervisor)) == (leisure, leisure)
    agent.post(url("draft_decision", case.number), DECISION)
    agent.post(url("log_contact", case.number), {"method": "phone", "text": "已联系"})
    agent.post(url("record_correction", case.number), {"none_because": "个别情况。"})
    assert steps(agent) == leisure
    assert steps(supervisor) == [("grant_approval", True), *leisure]
    [asked] = case.approvals.all()
    supervisor.post(url("grant_approval", case.number), {"approval": asked.pk})
    assert steps(agent) == [("resolve", True), *leisure]


def test_a_case_says_whom_it_waits_for(client_of, cast):
    case = make_ticket(cast, "assigned")
    page = client_of("analyst").get(url("ticket", case.number)).content.decode()
    assert f"等{case.assignee}开始调查。" in page


def test_draft_is_offered_again(client_of, cast):
    case = make_ticket(cast, "investigating")
    client = client_of("agent")
    client.post(url("draft_decision", case.number), DECISION | {"facts": "半截草稿", "outcome": "not_upheld"})
    page = client.get(url("ticket", case.number)).content.decode()
    assert ("半截草稿" in page, "<textarea" in page) == (True, False)  # the form comes when it is opened
    link = f"{url('ticket', case.number)}?do=draft_decision"
    assert (f'hx-get="{link}"' in page, f'href="{link}#draft_decision"' in page) == (True, True)
    for headers in ({}, {"hx-request": "true"}):
        opened = client.get(link, headers=headers).content.decode()
        assert ("<html" in opened) == (not headers)
        assert '<option value="not_upheld" selected>' in opened


def test_a_step_that_went_away_meanwhile_is_not_opened(client_of, cast):
    case = make_ticket(cast, "classified")
    link = url("ticket", case.number)
    part = client_of("agent").get(link, {"do": "decline"}, headers={"hx-request": "true"})
    assert ("<form" in part.content.decode(), "这一步现在不能做。" in part.content.decode()) == (False, True)
    page = client_of("agent").get(link, {"do": "decline"})
    assert (page.status_code, page.context["panels"]["more"][0].is_open) == (200, False)


WORDS = {
    "reply": "text",
    "note": "text",
    "log_contact": "text",
    "message": "text",
    "decline": "reason",
    "draft_decision": "facts",
}


@pytest.mark.parametrize("text", [LONG, "a\0b"])
@pytest.mark.parametrize("verb", WORDS)
def test_bad_words_are_kept_in_the_form(client_of, cast, verb, text):
    case = make_ticket(cast, "investigating")
    answer = client_of("agent").post(url(verb, case.number), {WORDS[verb]: text, "method": "phone"})
    assert answer.status_code == 400
    [panel] = answer.context["panels"]["refused"]
    assert (panel.verb.name, panel.is_open) == (verb, True)
    assert panel.form[WORDS[verb]].value() == text


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_no_verb_falls_over_on_nonsense(client_of, cast, verb):
    names = (
        "text",
        "reason",
        "assignee",
        "kind",
        "redress",
        "approval",
        "milestone",
        "due_on",
        "amount",
        "file",
    )
    client = client_of("supervisor")
    for state in ("received", "investigating"):
        case = make_ticket(cast, state)
        for data in (dict.fromkeys(names, "\0😀" * 50), {}):
            assert client.post(url(verb, case.number), data).status_code in (302, 400, 403, 409)
    for method in ("put", "delete", "patch"):
        assert getattr(client, method)(url(verb, case.number)).status_code == 405


def test_refusal_by_role_keeps_the_text(client_of, cast):
    case = make_ticket(cast, "investigating")
    actions.reclassify_ticket(
        case,
        actor=cast.supervisor,
        kind="complaint",
        business="loan",
        cause="service",
        severity="ordinary",
        reason="更正",
    )
    typed = {"stop": "external_appraisal", "reason": "委托外部鉴定", "notice_sent_on": "2026-03-02"}
    answer = client_of("agent").post(url("stop_deadline", case.number), typed)
    assert (answer.status_code, "委托外部鉴定" in answer.content.decode()) == (403, True)


def test_second_of_two_is_told_and_keeps_the_text(client_of, cast):
    case = make_ticket(cast)
    labels = {"kind": "complaint", "business": "loan", "cause": "service", "severity": "complex"}
    first, second = client_of("agent"), client_of("supervisor")
    assert first.post(url("classify", case.number), labels).status_code == 302
    answer = second.post(url("classify", case.number), labels | {"product": "我写的产品"})
    assert (answer.status_code, answer.context["ticket"].state) == (409, "classified")
    text = answer.content.decode()
    assert ("已分类" in text, "我写的产品" in text) == (True, True)


@pytest.mark.django_db(transaction=True)
def test_two_resolve_at_once_and_one_gets_409(cast, client_of):
    case = make_ticket(cast, "investigating")
    make_resolvable(cast, case)
    clients = [client_of("agent"), client_of("agent")]
    start = Barrier(2)

    def resolve(client):
        start.wait()
        try:
            return client.post(url("resolve", case.number)).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        codes = sorted(pool.map(resolve, clients))
    assert codes == [302, 409]
    assert Ticket.objects.get(pk=case.pk).decisions.filter(sent_at__isnull=False).count() == 1


def test_staff_evidence_is_internal_unless_said_otherwise(client_of, cast):
    case = make_ticket(cast)
    client, party = client_of("agent"), client_of("customer")
    client.post(url("add_evidence", case.number), {"file": picture("内部.png")})
    client.post(url("add_evidence", case.number), {"file": blob(5, "公开.txt"), "public": "on"})
    codes = {
        file.name: party.get(url("evidence", case.number, pk=file.pk)).status_code
        for file in Evidence.objects.all()
    }
    assert codes == {"内部.png": 404, "公开.txt": 200}
    assert client.post(url("add_evidence", case.number), {"file": blob(26 * 1024 * 1024)}).status_code == 413
    page = client.get(url("ticket", case.number)).content.decode()
    assert all(file.sha256 in page for file in Evidence.objects.all())


def test_renewed_code_is_read_out_once(client_of, cast):
    case = make_ticket(cast)
    client = client_of("supervisor")
    answer = client.post(url("renew_tracking_code", case.number))
    number, code = shown_code(client.get(answer.url).content.decode())
    assert number == case.number
    codes = [
        Client().post(reverse("tickets:track"), {"number": number, "code": c}).status_code
        for c in (case.tracking_code, code)
    ]
    assert codes == [400, 302]


def test_due_date_is_explained(client_of, cast):
    page = client_of("agent").get(url("ticket", make_ticket(cast).number)).content.decode()
    assert ("为什么是这天" in page, "cn_nfra_2020_3@1:decision_simple" in page) == (True, True)


@pytest.mark.parametrize("part", ["", "history"])
def test_parts_refetch_without_any_form(client_of, cast, part):
    case = make_ticket(cast)
    answer = client_of("agent").get(
        url("ticket", case.number), {"part": part}, headers={"hx-request": "true"}
    )
    text = answer.content.decode()
    assert ("<form" in text, "<html" in text, 'data-live="ticket"' in text) == (False, False, True)


def test_a_step_that_is_gone_keeps_the_words_and_drops_the_button(client_of, cast):
    case = make_ticket(cast, "classified")
    answer = client_of("agent").post(url("decline", case.number), {"reason": "不属于本公司"})
    [panel] = answer.context["panels"]["refused"]
    assert (answer.status_code, panel.is_possible, panel.form["reason"].value()) == (
        409,
        False,
        "不属于本公司",
    )
    assert "这一步现在不能做。" in answer.content.decode()


def test_an_agent_who_can_only_take_a_case_is_already_chosen(client_of, cast):
    page = client_of("agent").get(url("ticket", make_ticket(cast, "classified").number))
    [panel] = page.context["panels"]["next"]
    assert panel.form["assignee"].value() == str(cast.agent.pk)
