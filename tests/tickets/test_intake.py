"""Receiving: when it came, whose it is, and nothing that was typed or chosen is lost on the way."""

import datetime as dt
import os
import re

import pytest
import time_machine
from django.urls import reverse

from helpdesk.core.contacts import contact_token
from helpdesk.core.errors import ActionError
from helpdesk.core.models import AuditEntry, User
from tests.tickets.factories import FILED, guest_of, make_ticket
from tests.tickets.pages import FORM, picture, send, token_of, url
from tests.tickets.test_mail import letter
from tickets import actions, deadlines, held, letters, queries
from tickets.actions.base import LONGEST_AGO
from tickets.inbox.fetch import fetch_all
from tickets.models import Contact, Evidence, Kind, Referral, Ticket
from tickets.queries import accounts_with
from tickets.queue import QueueFilter, queue_page
from tickets.views.present import lines_of

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 9, 3, 0, tzinfo=dt.UTC)  # a Monday, 11:00 in Shanghai
THURSDAY = dt.datetime(2026, 3, 5, 6, 30, tzinfo=dt.UTC)
LOG = FORM | {"channel": "counter", "contact": "13900000077"}


@pytest.fixture
def today():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def log(client, **changes):
    token = token_of(client, "tickets:log")
    return client.post(reverse("tickets:log"), LOG | {"token": token} | changes)


# --- When it came --------------------------------------------------------------------------------
def test_clocks_count_from_receipt_and_the_trail_says_who_said_so(client_of, cast, today):
    assert log(client_of("agent"), received_at="2026-03-05T14:30").status_code == 302
    case = Ticket.objects.get()
    assert case.received_at == THURSDAY
    assert (deadlines.started_on(case), case.due_on) == (dt.date(2026, 3, 5), dt.date(2026, 3, 20))
    promise = case.clocks.get(purpose="contact")
    assert deadlines.standing_of(promise).started_at == THURSDAY
    entry = AuditEntry.objects.get(verb="ticket.filed")
    assert (entry.actor, "2026-03-05 14:30:00+08:00" in entry.body) == (cast.agent, True)
    [told] = [
        one for one in lines_of(queries.timeline_of(case, cast.agent), desk=True) if "收到于" in one.detail
    ]
    assert "2026-03-05 14:30" in told.detail


def test_without_a_date_it_came_now(client_of, today):
    assert log(client_of("agent")).status_code == 302
    assert Ticket.objects.get().received_at == NOW


@pytest.mark.parametrize(
    ("said", "why"),
    [("2026-03-09T11:01", "现在或以前"), ("2025-03-01T09:00", "一年前"), ("nonsense", "")],
)
def test_a_receipt_in_the_future_or_long_ago_is_refused_and_all_is_kept(client_of, today, said, why):
    answer = log(client_of("agent"), received_at=said)
    assert answer.status_code in (400, 409)
    assert why in answer.content.decode()
    assert answer.context["form"]["narrative"].value() == LOG["narrative"]
    assert not Ticket.objects.exists()


def test_a_customer_does_not_say_when_it_came(cast, today):
    assert make_ticket(cast, received_at=THURSDAY).received_at == NOW


def log_letter(client, **said):
    letter = {"channel": "regulator", "authority": "某监管局", "referral_number": "(2026)12号"}
    token = token_of(client, "tickets:log", channel="regulator")
    return client.post(reverse("tickets:log"), LOG | letter | said | {"token": token})


def test_the_date_of_a_regulators_letter_is_kept_and_its_own_date_is_when_its_clock_ends(client_of, today):
    said = {
        "channel": "regulator",
        "authority": "某监管局",
        "referral_number": "(2026)12号",
        "referral_dated_on": "2026-03-03",
        "referral_due_on": "2026-03-20",
        "received_at": "2026-03-05T14:30",
    }
    client = client_of("agent")
    token = token_of(client, "tickets:log", channel="regulator")
    assert client.post(reverse("tickets:log"), LOG | said | {"token": token}).status_code == 302
    assert Referral.objects.get().dated_on == dt.date(2026, 3, 3)
    case = Ticket.objects.get()
    standing = deadlines.standing_of(case.clocks.get(purpose="regulator"))
    # From the receipt of the letter, as every clock; not from the day on which somebody typed it in.
    assert (standing.started_on, standing.n) == (dt.date(2026, 3, 5), 15)
    assert standing.due_on == dt.date(2026, 3, 20)
    assert "2026-03-20" in client.get(reverse("tickets:logged")).content.decode()
    assert "2026-03-03" in client.get(url("ticket", case.number)).content.decode()


def test_a_regulators_day_that_has_passed_is_recorded_and_its_clock_is_over(client_of, today):
    said = {"received_at": "2026-02-10T09:00", "referral_due_on": "2026-02-27"}
    assert log_letter(client_of("agent"), **said).status_code == 302
    assert Ticket.objects.get().clocks.get(purpose="regulator").due_on == dt.date(2026, 2, 27)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"referral_dated_on": "2026-03-06"}, "不能晚于收到的日期"),
        ({"referral_dated_on": "2025-03-01"}, "早一年以上"),
        ({"referral_dated_on": "2026-03-10"}, "今天或以前"),
        ({"referral_due_on": "2026-03-05"}, "应在收到的日期之后"),
        ({"referral_due_on": "2027-03-20"}, "晚一年以上"),
    ],
)
def test_dates_of_a_letter_that_cannot_be_are_refused_at_their_field(client_of, today, wrong, why):
    answer = log_letter(client_of("agent"), **{"received_at": "2026-03-05T14:30"} | wrong)
    assert answer.status_code == 400
    assert why in str(answer.context["form"].errors[next(iter(wrong))])
    assert "日期改对后，这里显示期限" in answer.content.decode()
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({}, ["2026-03-24", "2026-03-24"]),
        ({"received_at": "2026-03-05T14:30"}, ["2026-03-20", "2026-03-20"]),
        ({"received_at": "2026-03-05T14:30", "referral_due_on": "2026-03-12"}, ["2026-03-20", "2026-03-12"]),
        ({"channel": "phone", "received_at": "2026-03-05T14:30"}, ["2026-03-20"]),
        ({"channel": "phone", "received_at": "2026-03-12T14:30"}, []),
    ],
)
def test_the_form_shows_when_it_will_be_due(client_of, today, said, shown):
    answer = client_of("agent").get(reverse("tickets:log_due"), {"channel": "regulator"} | said)
    assert re.findall(r'class="num">([0-9-]+)', answer.content.decode()) == shown


@pytest.mark.parametrize(
    ("delivered", "received"),
    [
        (THURSDAY, THURSDAY),
        (NOW + dt.timedelta(days=2), NOW),
        (NOW - dt.timedelta(days=900), NOW - LONGEST_AGO),
    ],
)
def test_a_letter_is_received_when_the_mailbox_took_it_in(settings, tmp_path, today, delivered, received):
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    file = tmp_path / "new" / "1.letter"
    file.write_bytes(letter(Date="Mon, 1 Dec 2025 09:00:00 +0800"))
    os.utime(file, (delivered.timestamp(), delivered.timestamp()))
    settings.MAIL_INBOX = f"maildir:{tmp_path}"
    assert fetch_all() == {"filed": 1}
    assert Ticket.objects.get().received_at == received


def test_a_contact_is_logged_for_when_it_took_place(client_of, cast, today):
    case = make_ticket(cast, "investigating")
    today.shift(dt.timedelta(days=2))
    agent = client_of("agent")
    said = {"method": "phone", "text": "核实了金额。", "at": "2026-03-09T15:00"}
    assert agent.post(url("log_contact", case.number), said).status_code == 302
    case.refresh_from_db()
    took_place = dt.datetime(2026, 3, 9, 7, 0, tzinfo=dt.UTC)
    assert (case.first_contact_at, Contact.objects.get().at) == (took_place, took_place)
    standing = deadlines.standing_of(case.clocks.get(purpose="contact"))
    assert standing.ended_on == dt.date(2026, 3, 9)
    assert "联系于 2026-03-09 15:00" in agent.get(url("ticket", case.number)).content.decode()


@pytest.mark.parametrize(("days", "why"), [(1, "晚于现在"), (-1, "早于收到")])
def test_a_contact_is_neither_in_the_future_nor_before_the_case(cast, today, days, why):
    case = make_ticket(cast, "investigating")
    with pytest.raises(ActionError, match=why):
        actions.log_contact(
            case, actor=cast.agent, method="phone", text="已联系。", at=NOW + dt.timedelta(days=days)
        )


# --- Whose it is -----------------------------------------------------------------------------------
@pytest.fixture
def caller(cast):
    cast.customer.phone = "139 0000 0077"
    cast.customer.save()
    return cast.customer


def test_an_account_is_found_by_its_whole_phone_or_address_however_written(cast, caller):
    assert accounts_with("+86 139-0000-0077") == [caller]
    assert accounts_with("Customer@Example.test") == [caller]
    assert accounts_with("1390000007") == accounts_with("") == []
    assert accounts_with(cast.agent.email) == []  # no customer
    [again] = User.objects.bulk_create([User(username="x", name="某", phone="13700000001")])
    assert again.phone_token == contact_token("13700000001") != ""


def test_a_case_by_phone_is_linked_to_the_callers_account(client_of, caller):
    agent = client_of("agent")
    asked = log(agent, channel="phone", name="")
    page = asked.content.decode()
    assert (asked.status_code, Ticket.objects.count()) == (409, 0)
    assert "甲** · 139******77" in page
    assert caller.name not in page
    assert asked.context["form"]["account"].value() == f"{caller.pk}"
    assert log(agent, channel="phone", name="", account=f"{caller.pk}").status_code == 302
    case = Ticket.objects.get()
    assert (case.customer, case.complainant) == (caller, "甲客户")
    assert case.number in client_of("customer").get(reverse("tickets:mine")).content.decode()


def test_whoever_is_not_the_holder_of_the_account_is_not_linked(client_of, caller):
    assert log(client_of("agent"), account="none").status_code == 302
    assert Ticket.objects.get().customer is None


def test_only_an_account_that_the_contact_leads_to_can_be_linked(client_of, cast, caller):
    answer = log(client_of("agent"), account=f"{cast.other_customer.pk}")
    assert (answer.status_code, Ticket.objects.count()) == (409, 0)


def test_without_an_account_the_name_is_asked_for(client_of):
    answer = log(client_of("agent"), name="")
    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["name"])
    name = answer.context["form"]["name"]
    assert "optional" not in name.as_field_group()
    assert "找不到账号时要填" in name.as_field_group()


def test_a_case_that_is_there_can_be_linked_to_the_account_of_its_contact(client_of, cast, caller):
    case = make_ticket(cast, actor=cast.agent, contact="13900000077")
    agent = client_of("agent")
    page = agent.get(url("ticket", case.number), {"part": "account"}).content.decode()
    assert "甲**" in page
    stranger = agent.post(url("link_account", case.number), {"account": f"{cast.other_customer.pk}"})
    assert stranger.status_code == 409
    assert agent.post(url("link_account", case.number), {"account": f"{caller.pk}"}).status_code == 302
    case.refresh_from_db()
    assert case.customer == caller
    assert AuditEntry.objects.filter(verb="ticket.account_linked", actor=cast.agent).exists()
    again = agent.post(url("link_account", case.number), {"account": f"{caller.pk}"})
    assert again.status_code == 409


# --- The same matter -------------------------------------------------------------------------------
def test_what_is_added_to_an_earlier_case_comes_whole_with_its_files(client):
    send(client)
    first = Ticket.objects.get()
    asked = send(client, request="请退回三十元。", product="分期", attachments=[picture("截图.png")])
    page = asked.content.decode()
    assert (asked.status_code, "截图.png" in page) == (409, True)
    again = FORM | {
        "token": asked.context["form"]["token"].value(),
        "request": "请退回三十元。",
        "product": "分期",
        "held": asked.context["held"].token,
        "into": first.number,
    }
    for _twice in range(2):
        answer = client.post(reverse("tickets:new"), again)
        assert (answer.status_code, answer.url) == (302, url("tracked", first.number))
    [said] = first.entries.filter(kind="customer")
    assert said.text == f"{FORM['narrative']}\n\n希望怎样解决：请退回三十元。\n\n产品或借款：分期"
    assert [file.name for file in Evidence.objects.filter(ticket=first)] == ["截图.png"]
    assert Ticket.objects.count() == 1


def test_a_strangers_case_takes_nothing(client, cast):
    other = make_ticket(cast, actor=cast.other_customer)
    answer = send(client, into=other.number)
    assert (answer.status_code, other.entries.filter(kind="customer").exists()) == (302, False)
    assert client.get(answer.url).status_code == 404


def test_files_of_a_refused_form_wait_for_the_next_and_only_in_that_browser(client, client_of):
    refused = send(client, request="", attachments=[picture("截图.png")])
    assert (refused.status_code, "截图.png" in refused.content.decode()) == (400, True)
    token = refused.context["held"].token
    send(client_of(), held=token, contact="13800000099")
    assert not Evidence.objects.exists()
    assert send(client, held=token, anew="on").status_code == 302
    assert [file.name for file in Evidence.objects.all()] == ["截图.png"]


def test_files_that_nobody_sent_again_go_after_a_day(client, settings):
    send(client, request="", attachments=[picture()])
    assert held.forget_old() == 0
    [file] = (settings.MEDIA_ROOT / held.FOLDER).iterdir()
    old = dt.datetime.now(dt.UTC).timestamp() - 2 * 24 * 3600
    os.utime(file, (old, old))
    assert held.forget_old() == 1


# --- Choosing after typing -------------------------------------------------------------------------
@pytest.mark.parametrize(("role", "page"), [("anonymous", "tickets:new"), ("agent", "tickets:log")])
def test_another_kind_is_chosen_without_losing_what_was_typed(client_of, role, page):
    client = client_of(role)
    typed = LOG | {"token": token_of(client, page), "topic": "fees", "attachments": [picture("截图.png")]}
    answer = client.post(reverse(page), typed | {"choose_kind": "credit_report_dispute"})
    form = answer.context["form"]
    assert (answer.status_code, form.for_kind, form.errors) == (200, Kind.CREDIT_REPORT_DISPUTE, {})
    for name in ("narrative", "request", "topic", "name", "contact"):
        assert form[name].value() == typed[name], name
    assert answer.context["held"].names == ("截图.png",)
    assert not Ticket.objects.exists()
    shown = answer.content.decode()
    assert 'name="choose_party"' in shown
    assert 'id="filing"' in shown


# --- Finding, reopening, wordings ------------------------------------------------------------------
@pytest.mark.parametrize("state", ["closed", "declined", "merged"])
@pytest.mark.parametrize("wanted", ["open", "any", "received"])
def test_a_whole_number_finds_its_case_whatever_the_state_filter(cast, state, wanted):
    case = make_ticket(cast, state)
    found = queue_page(cast.supervisor, QueueFilter(text=case.number.lower(), state=wanted)).rows
    assert [row.number for row in found] == [case.number]


def test_an_answer_to_the_survey_does_not_end_the_days_in_which_new_facts_may_come(client, cast, today):
    case = make_ticket(cast, "resolved", actor=cast.agent, contact="li@example.com")
    party = guest_of(case)
    actions.give_feedback(case, actor=party, score=2, resolved=False, text="")
    today.shift(dt.timedelta(days=queries.FEEDBACK_DAYS))
    client.post(reverse("tickets:track"), {"number": case.number, "code": case.tracking_code})
    assert "reopen" in client.get(url("tracked", case.number)).context["form"]
    assert client.post(url("tracked_reopen", case.number), {"reason": "找到了录音。"}).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.closed_at, case.resolved_at) == ("investigating", None, None)
    assert client.post(url("tracked_message", case.number), {"text": "录音在这里。"}).status_code == 302


def test_after_those_days_an_ended_case_stays_ended(cast, today):
    case = make_ticket(cast, "closed")
    today.shift(dt.timedelta(days=queries.FEEDBACK_DAYS + 1))
    assert "reopen" not in queries.next_steps(Ticket.objects.get(pk=case.pk), cast.customer)
    with pytest.raises(ActionError, match="期限已过"):
        actions.reopen_ticket(case, actor=cast.customer, reason="找到了录音。")


@pytest.mark.parametrize(
    ("language", "first"), [("zh-hans", "zh-hans"), ("zh-hant", "zh-hans"), ("en", "en")]
)
def test_wordings_in_the_language_of_the_case_come_first(cast, language, first):
    case = make_ticket(cast, "investigating")
    case.language = language
    found = [row.language for row in letters.templates_for(case, ("upheld", "not_upheld"))]
    assert found[0] == first
    assert found == sorted(found, key=lambda one: one != first)


def test_the_desks_own_rule_is_called_that(client_of, cast):
    case = make_ticket(cast, kind="enquiry")
    agent = client_of("agent")
    for page in (url("clocks", case.number), url("ticket", case.number)):
        text = agent.get(page).content.decode()
        assert "是本单位自己的规定，不是法律" in text
        assert "没有核实过原文" not in text
    law = agent.get(url("clocks", make_ticket(cast, narrative=FILED["narrative"] * 2).number))
    assert "核实等级" in law.content.decode()


# --- Keys ---------------------------------------------------------------------------------------------
def test_keys_that_are_turned_off_are_off_on_the_page_of_a_case_too(client_of, cast):
    case, agent = make_ticket(cast), client_of("agent")
    assert 'data-keys="on"' in agent.get(url("ticket", case.number)).content.decode()
    back = agent.post(reverse("tickets:set_keys"), {"next": url("ticket", case.number)})
    assert back.url == url("ticket", case.number)
    assert 'data-keys="off"' in agent.get(url("ticket", case.number)).content.decode()
    elsewhere = client_of("agent")  # another device learns it from the queue
    elsewhere.get(reverse("tickets:queue"))
    assert 'data-keys="off"' in elsewhere.get(url("ticket", case.number)).content.decode()
