"""One complaint from the web form to the survey, through the pages alone."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.tickets.factories import DECISION
from tests.tickets.pages import FORM, file_case, picture, url
from tickets.models import Approval, Ticket

pytestmark = pytest.mark.django_db


def state() -> str:
    return str(Ticket.objects.get().state)


def does(client: Client, verb: str, number: str, **data) -> str:
    """Do a verb as a person: it leads back to the page, which says so. The state it ends in."""
    answer = client.post(url(verb, number), data, follow=True)
    assert answer.redirect_chain[-1][1] == 302, answer.content.decode()
    assert answer.status_code == 200
    return state()


def test_a_complaint_from_filing_to_closing(client_of, cast):
    browser = Client()
    number, code = file_case(browser, attachments=[picture()], contact="li@example.com")
    agent, supervisor, customer = client_of("agent"), client_of("supervisor"), Client()
    assert customer.post(reverse("tickets:track"), {"number": number, "code": code}).status_code == 302

    labels = {"kind": "complaint", "business": "collection", "cause": "collection", "severity": "major"}
    assert does(agent, "classify", number, **labels) == "classified"
    give = {"assignee": cast.agent.pk, "no_conflict": "on", "note": "请先听录音"}
    assert does(supervisor, "assign", number, **give) == "assigned"
    assert does(agent, "investigate", number) == "investigating"
    assert does(agent, "log_contact", number, method="phone", text="已致电") == "investigating"
    assert does(agent, "await_customer", number, question="请补充通话时间") == "awaiting_customer"
    page = customer.get(url("tracked", number)).content.decode()
    assert ("等您补充" in page, "请补充通话时间" in page) == (True, True)
    assert does(customer, "tracked_message", number, text="上周三下午") == "investigating"
    assert does(agent, "reply", number, text="收到，谢谢") == "investigating"
    assert does(agent, "draft_decision", number, **DECISION) == "investigating"
    assert agent.post(url("resolve", number)).status_code == 409  # a major case needs a second pair of eyes
    assert does(agent, "record_correction", number, none_because="个别情况。") == "investigating"
    asked = Approval.objects.get(ticket__number=number).pk
    assert does(supervisor, "grant_approval", number, approval=asked) == "investigating"
    assert does(agent, "resolve", number) == "resolved"

    page = customer.get(url("tracked", number)).content.decode()
    blocks = [DECISION[name] for name in ("facts", "basis", "reasons", "remedies")]
    assert [block for block in blocks if block not in page] == []
    printed = customer.get(url("tracked_letter", number)).content.decode()
    assert [block for block in blocks if block not in printed] == []
    feedback = {"score": "5", "resolved": "yes", "text": "谢谢"}
    assert does(customer, "tracked_feedback", number, **feedback) == "closed"

    timeline = [line.heading for line in customer.get(url("tracked", number)).context["lines"]]
    assert timeline == [
        "收到",
        "添加材料",
        "完成分类",
        "答复期限变了",
        "交给处理人员",
        "开始调查",
        "请补充情况",
        "补充了情况",
        "答复",
        "作出决定",
        "评价，结束",
    ]
    assert FORM["narrative"] in customer.get(url("tracked", number)).content.decode()


def test_a_complaint_that_is_reopened_by_new_facts(client_of, cast):
    customer = Client()
    number, _code = file_case(customer, contact="li@example.com")
    agent = client_of("agent")
    labels = {"kind": "complaint", "business": "loan", "cause": "pricing", "severity": "ordinary"}
    does(agent, "classify", number, **labels)
    does(agent, "assign", number, assignee=cast.agent.pk, no_conflict="on")
    does(agent, "investigate", number)
    does(agent, "log_contact", number, method="phone", text="已致电")
    does(agent, "draft_decision", number, **DECISION)
    does(agent, "record_correction", number, none_because="个别情况。")
    assert does(agent, "resolve", number) == "resolved"
    assert does(customer, "tracked_reopen", number, reason="找到了扣款短信") == "investigating"
    page = customer.get(url("tracked", number))
    assert (page.context["decision"], "feedback" in page.context["form"]) == (None, False)


def test_a_draft_is_dropped_only_after_it_was_accepted(client_of, cast):
    customer = Client()
    number, _code = file_case(customer)
    mark = f'data-draft-accepted="{number}-message"'
    refused = customer.post(url("tracked_message", number), {"text": " "})
    assert mark not in refused.content.decode()
    done = customer.post(url("tracked_message", number), {"text": "补充"}, follow=True)
    assert mark in done.content.decode()
    assert mark not in customer.get(url("tracked", number)).content.decode()
