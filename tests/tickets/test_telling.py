"""Whether the complainant hears of it: replies, questions, decisions; and what counts if nobody does."""

import datetime as dt
from collections.abc import Callable
from smtplib import SMTPRecipientsRefused
from typing import Any, ClassVar

import pytest
import time_machine
from django.core import mail as outbox
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse

from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionError
from helpdesk.core.models import AuditEntry, Role, User
from tests.tickets.factories import (
    DECISION,
    LABELS,
    guest_of,
    last,
    make_resolvable,
    make_ticket,
    text_file,
)
from tests.tickets.pages import url
from tickets import actions, letters, queries
from tickets.models import OUTCOMES, Delivery, Kind, Ticket
from tickets.tasks import close_expired, send_letters

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)
EMAIL = "jia@example.test"
PHONE = "13800000021"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def of_guest(cast, contact: str, state: str = "investigating", **fields) -> Ticket:
    """A case of somebody without an account."""
    return make_ticket(cast, state, actor=Guest(), contact=contact, **fields)


def say(how: str, ticket: Ticket, cast) -> None:
    if how == "reply":
        actions.reply_ticket(ticket, actor=cast.agent, text="我们查到了那笔扣款。")
    else:
        actions.await_customer(ticket, actor=cast.agent, question="请补充扣款的日期。")


def promise_of(ticket: Ticket) -> str:
    return ticket.clocks.get(purpose="contact").state


# --- Replies and questions --------------------------------------------------------------------


@pytest.mark.parametrize("how", ["reply", "await_customer"])
def test_whoever_left_an_address_is_told_by_a_link_alone_and_contacted_when_it_was_sent(cast, how):
    ticket = of_guest(cast, EMAIL)
    say(how, ticket, cast)
    assert (again(ticket).first_contact_at, promise_of(ticket)) == (None, "running")
    assert last(ticket.entries).data == {"to": "j***@example.test"}
    send_letters()
    [message] = outbox.outbox
    text = f"{message.subject}\n{message.body}"
    assert (message.to, message.attachments) == ([EMAIL], [])
    assert (f"/tickets/track/{ticket.number}/" in text, "扣款" in text) == (True, False)
    assert (again(ticket).first_contact_at, promise_of(ticket)) == (NOW, "ended")


def test_a_case_that_came_by_email_is_told_by_email(cast):
    ticket = make_ticket(cast, "investigating", actor=cast.agent, channel="email", contact=EMAIL)
    say("reply", ticket, cast)
    send_letters()
    assert [message.to for message in outbox.outbox] == [[EMAIL]]


class Refusing(EmailBackend):
    def send_messages(self, messages):
        raise OSError("no such host")


def test_a_notice_that_never_left_is_no_contact_and_comes_before_people(client_of, cast, settings, _now):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    ticket = of_guest(cast, EMAIL)
    say("reply", ticket, cast)
    for _ in range(6):
        send_letters()
        _now.shift(dt.timedelta(hours=5))
    assert (ticket.deliveries.get().state, again(ticket).first_contact_at) == ("failed", None)
    page = client_of("agent").get(url("ticket", ticket.number)).content.decode()
    assert "客户还不知道查询页上有新的内容" in page
    assert "决定还没有送出" not in page
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    actions.retry_delivery(ticket, actor=cast.agent, delivery=ticket.deliveries.get())
    send_letters()
    assert again(ticket).first_contact_at is not None


def test_a_message_that_came_back_was_no_contact(cast, _now):
    ticket = of_guest(cast, EMAIL)
    due_at = ticket.clocks.get(purpose="contact").due_at
    for _ in range(2):
        say("reply", ticket, cast)
        send_letters()
        _now.shift(dt.timedelta(minutes=5))
    second, first = ticket.deliveries.filter(letter="message")
    for row, left in ((first, second.sent_at), (second, None)):
        actions.record_bounce(ticket, actor=User.system("inbox"), delivery=row, error="Bounced: 5.1.1")
        assert again(ticket).first_contact_at == left
        assert promise_of(ticket) == ("ended" if left else "running")
    assert ticket.clocks.get(purpose="contact").due_at == due_at
    assert "首次联系客户的记录" in queries.missing_for(again(ticket), "resolve")


def test_a_message_that_came_back_takes_no_earlier_contact_away(cast, _now):
    ticket = of_guest(cast, EMAIL)
    actions.log_contact(ticket, actor=cast.agent, method="phone", text="已说明情况。")
    _now.shift(dt.timedelta(minutes=5))
    say("reply", ticket, cast)
    send_letters()
    row = ticket.deliveries.get()
    actions.record_bounce(ticket, actor=User.system("inbox"), delivery=row, error="Bounced: 5.1.1")
    assert (again(ticket).first_contact_at, promise_of(ticket)) == (NOW, "ended")


@pytest.mark.parametrize("how", ["reply", "await_customer"])
@pytest.mark.parametrize("channel", ["phone", "counter", "web"])
def test_whoever_left_a_telephone_number_alone_has_to_be_called(client_of, cast, how, channel):
    actor = Guest() if channel == "web" else cast.agent
    ticket = make_ticket(cast, "investigating", actor=actor, channel=channel, contact=PHONE)
    client = client_of("agent")
    form = client.get(url("ticket", ticket.number), {"do": how}, headers={"HX-Request": "true"})
    assert "请打电话告诉客户" in form.content.decode()
    typed = {"text": "查到了。", "question": "哪天？"}
    answer = client.post(url(how, ticket.number), typed, follow=True)
    assert "请打电话告诉客户" in answer.content.decode()
    assert "没有通知到客户" in answer.content.decode()  # and so it stands on the timeline
    ticket = again(ticket)
    assert (ticket.first_contact_at, promise_of(ticket)) == (None, "running")
    assert (ticket.deliveries.count(), outbox.outbox) == (0, [])
    assert "首次联系客户的记录" in queries.missing_for(ticket, "resolve")
    own = client_of("customer").get(url("tracked", ticket.number))
    assert "没有通知到客户" not in own.content.decode()


def test_whoever_has_an_account_finds_it_there(client_of, cast):
    ticket = make_ticket(cast, "investigating")
    client = client_of("agent")
    form = client.get(url("ticket", ticket.number), {"do": "reply"}, headers={"HX-Request": "true"})
    assert "请打电话告诉客户" not in form.content.decode()
    say("reply", ticket, cast)
    assert (again(ticket).first_contact_at, ticket.deliveries.count()) == (NOW, 0)


def test_the_reminder_is_no_letter_on_the_customers_page(client, cast):
    ticket = of_guest(cast, EMAIL)
    say("reply", ticket, cast)
    send_letters()
    client.post(reverse("tickets:track"), {"number": ticket.number, "code": ticket.tracking_code})
    page = client.get(url("tracked", ticket.number))
    assert (page.status_code, page.context["papers"]) == (200, [])


def test_whom_no_notice_reaches_is_told_before_the_case_is_declined(client_of, cast):
    ticket = of_guest(cast, PHONE, "received")
    client = client_of("agent")
    lacks = "告诉客户本人的联系记录：客户没有邮箱也没有账号，收不到通知"
    for outcome in (None, "no_answer"):
        if outcome:
            actions.log_contact(ticket, actor=cast.agent, method="phone", text="打过。", outcome=outcome)
        answer = client.post(url("decline", ticket.number), {"reason": "不属于本公司的业务。"})
        assert (answer.status_code, lacks in answer.content.decode()) == (409, True)
        assert (again(ticket).state, ticket.deliveries.count()) == ("received", 0)
    actions.log_contact(ticket, actor=cast.agent, method="phone", text="已说明理由。")
    actions.decline_ticket(ticket, actor=cast.agent, reason="不属于本公司的业务。")
    actions.decline_ticket(of_guest(cast, EMAIL, "received"), actor=cast.agent, reason="不属于本公司的业务。")


# --- Decisions on the tracking page -------------------------------------------------------------


def decide(ticket: Ticket, cast, **fields) -> Ticket:
    make_resolvable(cast, ticket)
    actions.draft_decision(ticket, actor=cast.agent, **DECISION | fields)
    actions.resolve_ticket(ticket, actor=cast.agent)
    return again(ticket)


def test_a_decision_on_the_page_is_told_by_email_with_the_way_to_the_survey(client, cast):
    ticket = of_guest(cast, EMAIL)
    assert decide(ticket, cast).state == "resolved"
    send_letters()
    [message] = outbox.outbox
    assert (message.to, message.attachments) == ([EMAIL], [])
    assert DECISION["reasons"] not in message.body
    assert "可以在同一个网页评价这次处理" in message.body
    sent = list(ticket.deliveries.order_by("pk").values_list("channel", "letter", "state"))
    assert sent == [("portal", "decision", "sent"), ("email", "decision", "sent")]
    client.post(reverse("tickets:track"), {"number": ticket.number, "code": ticket.tracking_code})
    assert "feedback-form" in client.get(url("tracked", ticket.number)).content.decode()


def test_a_notice_of_a_given_decision_that_failed_can_be_sent_again(cast, settings, _now):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    ticket = decide(of_guest(cast, EMAIL), cast)
    for _ in range(6):
        send_letters()
        _now.shift(dt.timedelta(hours=5))
    notice = ticket.deliveries.get(channel="email")
    assert queries.failed_deliveries(again(ticket)) == [notice]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    actions.retry_delivery(ticket, actor=cast.agent, delivery=notice)
    send_letters()
    assert (again(ticket).state, len(outbox.outbox)) == ("resolved", 1)


@pytest.mark.parametrize("channel", ["phone", "counter"])
def test_the_page_is_no_way_to_somebody_who_is_not_told_of_it(client_of, cast, channel, _now):
    ticket = make_ticket(cast, "investigating", actor=cast.agent, channel=channel, contact=PHONE)
    make_resolvable(cast, ticket)  # its draft says portal, from when that was possible
    assert "查询页以外的送达方式：客户没有邮箱也没有账号，收不到通知" in queries.missing_for(
        again(ticket), "resolve"
    )
    with pytest.raises(ActionError):
        actions.resolve_ticket(ticket, actor=cast.agent)
    client = client_of("agent")
    page = client.get(url("ticket", ticket.number), {"do": "draft_decision"}).content.decode()
    assert ('value="portal"' in page, 'value="phone"' in page) == (False, True)
    assert "不能选查询页：客户没有留邮箱" in page
    refused = client.post(url("draft_decision", ticket.number), DECISION)
    [panel] = refused.context["panels"]["refused"]
    assert (refused.status_code, list(panel.form.errors)) == (400, ["sent_through"])
    _now.shift(dt.timedelta(days=20))
    close_expired()
    assert again(ticket).state == "investigating"
    actions.draft_decision(ticket, actor=cast.agent, **DECISION | {"sent_through": "phone"})
    actions.resolve_ticket(ticket, actor=cast.agent, reference="LY-1")
    assert again(ticket).state == "resolved"


def test_with_an_account_the_page_is_the_first_choice(client_of, cast):
    ticket = make_ticket(cast, "investigating")
    page = client_of("agent").get(url("ticket", ticket.number), {"do": "draft_decision"}).content.decode()
    assert 'value="portal" selected' in page


# --- Waiting for the customer -------------------------------------------------------------------


def test_an_upload_is_an_answer(client_of, cast):
    ticket = make_ticket(cast, "awaiting_customer")
    actions.add_evidence(ticket, actor=cast.agent, file=text_file("自己的"))
    assert again(ticket).state == "awaiting_customer"
    actions.add_evidence(ticket, actor=cast.customer, file=text_file("扣款截图"))
    assert again(ticket).state == "investigating"
    assert [entry.verb for entry in ticket.entries.order_by("pk")][-2:] == [
        "ticket.evidence_added",
        "ticket.customer_replied",
    ]
    written = last(AuditEntry.objects)
    assert (written.verb, written.from_state, written.to_state) == (
        "ticket.evidence_added",
        "awaiting_customer",
        "investigating",
    )


def test_what_the_desk_had_for_itself_is_an_answer_too_when_the_customer_hands_it_in(cast):
    ticket = make_ticket(cast, "awaiting_customer")
    actions.add_evidence(ticket, actor=cast.agent, file=text_file(), public=False)
    actions.add_evidence(ticket, actor=cast.customer, file=text_file())
    assert again(ticket).state == "investigating"


def test_work_goes_on_without_an_answer_and_the_clock_never_stood(client_of, cast):
    ticket = make_ticket(cast, "awaiting_customer")
    events = ticket.main_clock.events.count()
    client = client_of("agent")
    assert 'href="#stop_waiting"' in client.get(url("ticket", ticket.number)).content.decode()
    assert client.post(url("stop_waiting", ticket.number), {"reason": " "}).status_code == 400
    assert (
        client.post(url("stop_waiting", ticket.number), {"reason": "三次电话没有接通。"}).status_code == 302
    )
    now = again(ticket)
    assert (now.state, now.due_on, now.main_clock.events.count()) == ("investigating", ticket.due_on, events)
    entry, audit = last(ticket.entries), last(AuditEntry.objects.filter(verb__startswith="ticket."))
    assert (entry.verb, entry.text, entry.public) == ("ticket.waiting_ended", "三次电话没有接通。", True)
    assert (audit.verb, audit.from_state, audit.to_state) == (
        "ticket.waiting_ended",
        "awaiting_customer",
        "investigating",
    )
    assert "不再等补充，继续调查" in client_of("customer").get(url("tracked", ticket.number)).content.decode()


# --- Letters: to whom, and whether they are the last word ----------------------------------------


def represented(cast, answer_to: str, contact: str = PHONE) -> Ticket:
    lawyer: dict[str, Any] = {
        "name": "律师",
        "contact": "lawyer@example.test",
        "relation": "lawyer",
        "answer_to": answer_to,
        "authorisation": text_file("委托书", "auth.txt"),
    }
    return make_ticket(
        cast, "investigating", actor=cast.agent, channel="phone", contact=contact, represented_by=lawyer
    )


def test_an_answer_to_the_representative_goes_by_email_to_their_address(client_of, cast):
    ticket = represented(cast, "representative")
    typed = DECISION | {"sent_through": "email"}
    assert client_of("agent").post(url("draft_decision", ticket.number), typed).status_code == 302
    make_resolvable(cast, ticket)
    actions.draft_decision(ticket, actor=cast.agent, **typed)
    actions.resolve_ticket(ticket, actor=cast.agent)
    send_letters()
    assert [message.to for message in outbox.outbox] == [["lawyer@example.test"]]
    assert again(ticket).state == "resolved"


class KnowsOne(EmailBackend):
    """A mail server that does not know the customer."""

    def send_messages(self, messages):
        if messages[0].to == [EMAIL]:
            raise SMTPRecipientsRefused({EMAIL: (550, b"5.1.1 user unknown")})
        return super().send_messages(messages)


def test_of_two_who_get_the_answer_each_gets_an_email_and_one_may_be_refused(cast, settings):
    settings.EMAIL_BACKEND = f"{__name__}.KnowsOne"
    ticket = represented(cast, "both", contact=EMAIL)
    make_resolvable(cast, ticket)
    actions.draft_decision(ticket, actor=cast.agent, **DECISION | {"sent_through": "email"})
    actions.resolve_ticket(ticket, actor=cast.agent)
    send_letters()
    assert [message.to for message in outbox.outbox] == [["lawyer@example.test"]]
    rows = {row.to: row for row in ticket.deliveries.filter(channel="email")}
    assert {to: row.state for to, row in rows.items()} == {
        "l***@example.test": "sent",
        "j***@example.test": "failed",
    }
    assert again(ticket).state == "resolved"  # the decision is out
    assert [alert.user for alert in ticket.alerts.filter(kind="delivery")] == [cast.agent]
    right = "yi@example.test"
    actions.correct_contact(ticket, actor=cast.agent, contact=right, reason="听写有误。")
    actions.retry_delivery(ticket, actor=cast.agent, delivery=rows["j***@example.test"])
    send_letters()
    assert [message.to for message in outbox.outbox] == [["lawyer@example.test"], [right]]


def test_an_answer_to_the_customer_does_not_go_to_the_address_of_the_representative(client_of, cast):
    ticket = represented(cast, "customer")
    typed = DECISION | {"sent_through": "email"}
    answer = client_of("agent").post(url("draft_decision", ticket.number), typed)
    assert answer.context["panels"]["refused"][0].form.errors == {
        "sent_through": ["收信人没有留邮箱，请换一种送达方式。"]
    }


def reviewed(cast) -> tuple[Ticket, User]:
    """The review of a decided case, in the hands of a second supervisor."""
    higher = User.objects.create_user("boss2", name="辛主管", role=Role.SUPERVISOR, team=cast.supervisor.team)
    review = actions.request_review(make_ticket(cast, "resolved"), actor=cast.customer, reason="不同意。")
    actions.classify_ticket(review, actor=higher, **LABELS)
    actions.assign_ticket(review, actor=higher, assignee=higher, no_conflict=True)
    actions.investigate_ticket(review, actor=higher)
    actions.reply_ticket(review, actor=higher, text="正在核查。")
    actions.record_correction(review, actor=higher, none_because="原决定无误。")
    return again(review), higher


def test_the_answer_to_a_review_is_the_last_one_in_the_letter_on_the_page_and_for_the_action(client_of, cast):
    review, higher = reviewed(cast)
    actions.draft_decision(review, actor=higher, **DECISION | {"remedies": "{{review_until}} 前可申请核查。"})
    assert "您还可以怎么做：本案没有 review_until，请把它从文字里去掉。" in queries.missing_for(
        again(review), "resolve"
    )
    actions.draft_decision(review, actor=higher, **DECISION | {"remedies": "这是我们内部的最终答复。"})
    actions.resolve_ticket(review, actor=higher)
    for actor in (cast.customer, higher):
        with pytest.raises(ActionError) as refused:
            actions.request_review(review, actor=actor, reason="仍不同意。", method="phone")
        assert "最终答复" in refused.value.message
        assert "request_review" not in queries.next_steps(again(review), actor)
    page = client_of("customer").get(url("tracked", review.number))
    assert ("review" in page.context["form"], "申请核查" in page.content.decode()) == (False, False)


@pytest.mark.parametrize("kind", ["complaint", "hardship_request", "privacy_request", "enquiry"])
def test_every_decision_of_a_review_has_a_wording_that_offers_no_other_review(cast, kind):
    original = make_ticket(cast, kind=kind)
    review = make_ticket(cast, kind=kind)
    review.review_of = original
    for outcome in OUTCOMES[Kind(kind)]:
        found = letters.templates_for(review, (outcome,))
        assert {row.language for row in found} == {"zh-hans", "en"}
        assert [row for row in found if "review_until" in row.remedies] == []
    assert letters.notice(review, "extension", "zh-hans", "理由")


def test_a_further_decision_can_be_reviewed_although_the_first_one_was(client_of, cast, _now):
    ticket = make_ticket(cast, "resolved")
    first = actions.request_review(ticket, actor=cast.customer, reason="不同意。")
    client = client_of("customer")
    page = client.get(url("tracked", ticket.number))
    assert ("review" in page.context["form"], first.number in page.content.decode()) == (False, True)
    _now.shift(dt.timedelta(days=1))
    actions.reopen_ticket(ticket, actor=cast.customer, reason="新的录音。")
    decide(again(ticket), cast)
    page = client.get(url("tracked", ticket.number))
    assert ("review" in page.context["form"], first.number in page.content.decode()) == (True, True)
    assert "request_review" in queries.next_steps(again(ticket), cast.supervisor)
    assert client.post(url("tracked_review", ticket.number), {"reason": "还是不同意。"}).status_code == 302
    page = client.get(url("tracked", ticket.number))
    assert ("review" in page.context["form"], ticket.reviews.count()) == (False, 2)
    assert "request_review" not in queries.next_steps(again(ticket), cast.supervisor)


# --- While the mail server has the decision -------------------------------------------------------


def queued(cast) -> Ticket:
    """A case whose decision waits for the mail server."""
    ticket = of_guest(cast, EMAIL)
    make_resolvable(cast, ticket)
    actions.draft_decision(ticket, actor=cast.agent, **DECISION | {"sent_through": "email"})
    return again(actions.resolve_ticket(ticket, actor=cast.agent))


MEANWHILE: dict[str, Any] = {
    "await_customer": lambda t, c: actions.await_customer(t, actor=c.agent, question="哪天？"),
    "draft_decision": lambda t, c: actions.draft_decision(t, actor=c.agent, **DECISION),
    "withdraw": lambda t, c: actions.withdraw_ticket(t, actor=guest_of(t), reason=""),
    "merge": lambda t, c: actions.merge_ticket(
        t, actor=c.supervisor, into=of_guest(c, EMAIL, "received", narrative="别的事。"), same_person=True
    ),
}


class Interrupted(EmailBackend):
    """A mail server during whose talk something else happens."""

    meanwhile: ClassVar[Callable[[], None]]

    def send_messages(self, messages):
        Interrupted.meanwhile()
        return super().send_messages(messages)


@pytest.mark.parametrize("verb", MEANWHILE)
def test_what_is_tried_while_the_letter_is_handed_over_is_refused_and_the_case_decided(
    client_of, cast, monkeypatch, settings, verb
):
    ticket, said = queued(cast), []

    def meanwhile() -> None:
        page = client_of("agent").get(url("ticket", ticket.number)).content.decode()
        assert "决定书正在发给客户" in page
        actor = guest_of(ticket) if verb == "withdraw" else cast.agent
        assert verb not in queries.next_steps(again(ticket), actor)
        with pytest.raises(ActionError) as refused:
            MEANWHILE[verb](ticket, cast)
        said.append(refused.value.message)

    monkeypatch.setattr(Interrupted, "meanwhile", meanwhile, raising=False)
    settings.EMAIL_BACKEND = f"{__name__}.Interrupted"
    send_letters()
    assert said == ["决定书正在发给客户，这时不能改动。等邮件服务器回应以后再看，通常不到一分钟。"]
    assert (again(ticket).state, len(outbox.outbox)) == ("resolved", 1)
    assert Delivery.objects.get(ticket=ticket, channel="email").state == "sent"


@pytest.mark.parametrize("verb", MEANWHILE)
def test_before_it_is_handed_over_and_after_a_failure_everything_is_possible(cast, settings, verb):
    ticket = queued(cast)
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    send_letters()
    assert ticket.deliveries.get().state == "waiting"
    MEANWHILE[verb](ticket, cast)


def test_a_worker_that_died_leaves_the_case_locked_until_the_next_attempt(cast, _now):
    ticket = queued(cast)
    row = ticket.deliveries.get()
    actions.claim_delivery(ticket, actor=User.system("mail"), delivery=row)
    _now.shift(dt.timedelta(minutes=2))
    with pytest.raises(ActionError):
        MEANWHILE["draft_decision"](ticket, cast)
    send_letters()
    assert (again(ticket).state, len(outbox.outbox)) == ("resolved", 1)
