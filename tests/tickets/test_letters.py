"""Letters: variables, wordings, paper, sending and its proof; and what follows from a case."""

import datetime as dt
import smtplib
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core import mail as outbox
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse

from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry, Role, User
from tests.tickets.factories import DECISION, LABELS, guest_of, last, make_resolvable, make_ticket, text_file
from tests.tickets.pages import url
from tickets import actions, letters, people, queries
from tickets.actions.receive import receive_once
from tickets.actions.wordings import write_wording
from tickets.inbox.addresses import ticket_at
from tickets.models import Alert, Approval, Decision, Delivery, LetterTemplate, Redress, Ticket
from tickets.refusals import why_refused
from tickets.tasks import send_letters
from tickets.todo import todo_of

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


class Refusing(EmailBackend):
    """A mail server that knows nobody."""

    def send_messages(self, messages):
        raise smtplib.SMTPRecipientsRefused({"jia@example.test": (550, b"5.1.1 user unknown")})


class Busy(EmailBackend):
    """A mail server that asks to come back."""

    def send_messages(self, messages):
        raise smtplib.SMTPServerDisconnected("jia@example.test: try later")


class Greylisting(EmailBackend):
    """A mail server that takes nothing at once from whom it does not know."""

    def send_messages(self, messages):
        raise smtplib.SMTPRecipientsRefused({"jia@example.test": (450, b"4.2.0 greylisted")})


LAWYER: dict[str, Any] = {
    "name": "律师",
    "contact": "lawyer@example.test",
    "relation": "lawyer",
    "answer_to": "both",
}


REFUSING, BUSY = f"{__name__}.Refusing", f"{__name__}.Busy"
WORKING = "django.core.mail.backends.locmem.EmailBackend"


def by_email(cast, **fields) -> Ticket:
    """A case whose decision has been handed to the mail."""
    ticket = make_ticket(cast, "investigating", contact="jia@example.test")
    make_resolvable(cast, ticket)
    actions.draft_decision(ticket, actor=cast.agent, **DECISION | {"sent_through": "email"} | fields)
    actions.resolve_ticket(ticket, actor=cast.agent)
    return Ticket.objects.get(pk=ticket.pk)


def missing(ticket: Ticket) -> list[str]:
    """What sending the decision still lacks, as the case is now."""
    return queries.missing_for(Ticket.objects.get(pk=ticket.pk), "resolve")


def boss(cast) -> User:
    """A second supervisor."""
    return User.objects.create_user("boss2", name="辛主管", role=Role.SUPERVISOR, team=cast.supervisor.team)


# --- Variables --------------------------------------------------------------------------------


def test_values_are_put_in_once_and_stay_text():
    values = {"number": "C-1", "product": "{{number}} {% now 'Y' %}"}
    assert letters.fill("编号 {{number}}，{{ product }}。", values) == "编号 C-1，{{number}} {% now 'Y' %}。"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{secret}}", "没有名为 secret 的变量。"),
        ("{{ticket.contact}}", "“{{”只能用来写变量，例如 {{number}}。"),
        ("{% load x %}", "“{%”只能用来写变量，例如 {{number}}。"),
        ("{{number|safe}}", "“{{”只能用来写变量，例如 {{number}}。"),
        ("{{product}}", "本案没有 product，请把它从文字里去掉。"),
    ],
)
def test_a_bad_or_empty_variable_is_an_error(text, said):
    with pytest.raises(letters.BadWording) as refused:
        letters.fill(text, {"number": "C-1", "product": ""})
    assert str(refused.value) == said


def test_every_variable_has_a_value_and_every_value_a_variable(cast):
    values = letters.values_of(make_ticket(cast), "zh-hans")
    assert set(values) == set(letters.VARIABLES)


def test_a_variable_error_is_shown_at_its_field_and_keeps_the_text(client_of, cast):
    case = make_ticket(cast, "investigating")
    answer = client_of("agent").post(url("draft_decision", case.number), DECISION | {"basis": "{{nothing}}"})
    [panel] = answer.context["panels"]["refused"]
    assert (answer.status_code, panel.form.errors) == (400, {"basis": ["没有名为 nothing 的变量。"]})
    assert panel.form["basis"].value() == "{{nothing}}"


# --- Wordings ---------------------------------------------------------------------------------


def test_every_kind_of_case_and_every_outcome_has_a_wording_in_both_languages(cast):
    from tickets.models import OUTCOMES  # noqa: PLC0415  # next to its only use

    partly = ("credit_report_dispute", "automated_decision_review")
    for kind, outcomes in OUTCOMES.items():
        case = make_ticket(cast, kind=kind)
        for outcome in outcomes:
            found = {row.language for row in letters.templates_for(case, (outcome,))}
            expected = set() if outcome == "partly_upheld" and kind in partly else {"zh-hans", "en"}
            assert (kind, outcome, found) == (kind, outcome, expected)
    for row in letters.newest():
        for name in letters.BLOCKS:
            letters.check(getattr(row, name))


def test_delivered_wordings_are_loaded_once(cast):
    count = LetterTemplate.objects.count()
    assert (letters.load_delivered(), LetterTemplate.objects.count()) == (0, count)


def test_a_wording_that_an_upgrade_changed_is_a_further_version_unless_the_desk_wrote_one(
    cast, tmp_path, monkeypatch
):
    old = LetterTemplate.objects.get(code="answered", language="zh-hans")
    words = {name: getattr(old, name) for name in ("name", *letters.BLOCKS)}
    write_wording(actor=cast.supervisor, old=old, after=1, **words)
    changed = tmp_path / "letters.toml"
    changed.write_text(
        letters.DELIVERED.read_text("utf-8").replace("主管", "负责人").replace("感谢", "谢谢"), "utf-8"
    )
    monkeypatch.setattr(letters, "DELIVERED", changed)
    assert (letters.load_delivered(), letters.load_delivered()) == (1, 0)
    newest = {(row.code, row.language): row for row in letters.newest()}
    row = newest["extension", "zh-hans"]
    assert (row.version, row.written_by, "负责人" in row.basis) == (2, None, True)
    assert newest["answered", "zh-hans"].written_by == cast.supervisor


def test_the_notice_of_another_date_names_new_facts_as_a_basis(cast):
    rows = LetterTemplate.objects.filter(code="new_date")
    assert all(("新的事实" in row.basis) or ("new facts" in row.basis) for row in rows)


def test_an_edit_is_a_further_version_and_the_faster_one_wins(client_of, cast):
    client, address = client_of("supervisor"), reverse("tickets:wording", args=["answered", "zh-hans"])
    words = {"name": "答复", **{name: f"{name} {{{{number}}}}" for name in letters.BLOCKS}}
    assert client.post(address, words | {"after": 1}).status_code == 302
    late = client.post(address, words | {"after": 1, "facts": "我的改动"})
    assert (late.status_code, "我的改动" in late.content.decode()) == (409, True)
    versions = LetterTemplate.objects.filter(code="answered", language="zh-hans")
    assert list(versions.order_by("version").values_list("version", "written_by")) == [
        (1, None),
        (2, cast.supervisor.pk),
    ]
    bad = client.post(address, words | {"after": 2, "reasons": "{{no}}"})
    assert (bad.status_code, bad.context["form"].errors) == (400, {"reasons": ["没有名为 no 的变量。"]})
    assert last(AuditEntry.objects).verb == "letter.written"


def test_only_supervisors_and_administrators_write_wordings(cast):
    old = LetterTemplate.objects.get(code="answered", language="en")
    words = dict.fromkeys(("name", *letters.BLOCKS), "x")
    with pytest.raises(ActionForbidden):
        write_wording(actor=cast.agent, old=old, after=1, **words)
    with pytest.raises(TypeError):
        old.save()


def test_choosing_a_wording_fills_the_draft(client_of, cast):
    case = make_ticket(cast, "investigating")
    chosen = LetterTemplate.objects.get(code="complaint_not_upheld", language="zh-hans")
    page = client_of("agent").get(url("ticket", case.number), {"wording": chosen.pk})
    [panel] = [p for p in page.context["panels"]["next"] if p.verb.name == "draft_decision"]
    assert (panel.is_open, panel.form["reasons"].value()) == (True, chosen.reasons)
    assert panel.form["outcome"].value() == "not_upheld"
    for nonsense in ("x", "9" * 30, ""):
        assert client_of("agent").get(url("ticket", case.number), {"wording": nonsense}).status_code == 200


def test_what_a_wording_leaves_to_the_writer_blocks_sending(cast):
    ticket = make_ticket(cast, "investigating")
    make_resolvable(cast, ticket)
    actions.draft_decision(ticket, actor=cast.agent, **DECISION | {"basis": "依据〔写明条款〕"})
    assert missing(ticket) == ["依据：〔〕里的内容还没有写"]


def test_the_preview_shows_the_letter_as_the_customer_reads_it(client_of, cast):
    case = make_ticket(cast, "investigating")
    client, typed = client_of("agent"), DECISION | {"facts": "编号 {{number}}", "basis": "{{no}}"}
    page = client.post(url("preview_letter", case.number), typed).content.decode()
    part = client.post(url("preview_letter", case.number), typed, headers={"HX-Request": "true"})
    for text in (page, part.content.decode()):
        assert (f"编号 {case.number}" in text, "没有名为 no 的变量。" in text) == (True, True)
    assert ("<html" in page, "<html" in part.content.decode()) == (True, False)
    assert Decision.objects.count() == 0


# --- On paper ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_the_pdf_is_kept_by_its_hash_and_is_the_same_every_time(cast, language):
    ticket = make_ticket(cast, "investigating")
    make_resolvable(cast, ticket)
    actions.propose_redress(ticket, actor=cast.agent, kind="refund", amount=Decimal("20.50"), due_on=TODAY)
    actions.draft_decision(ticket, actor=cast.agent, **DECISION | {"language": language})
    actions.resolve_ticket(ticket, actor=cast.agent)
    [delivery] = ticket.deliveries.all()
    document = delivery.document
    assert document
    with document.file.open("rb") as stored:
        data = stored.read()
    decision = last(ticket.decisions)
    assert data.startswith(b"%PDF-1.7")
    blocks = {name: getattr(decision, name) for name in letters.BLOCKS}
    ticket = Ticket.objects.get(pk=ticket.pk)
    again = letters.print_letter(
        ticket, blocks, language, letter="decision", redress=list(ticket.redress.all()), outcome="upheld"
    )
    assert data == again
    assert delivery.sha256 == document.sha256 == last(AuditEntry.objects).data["sha256"]
    assert document.public is True


def test_variables_get_their_values_when_the_letter_is_sent(cast, _now):
    ticket = make_ticket(cast, "investigating")
    make_resolvable(cast, ticket)
    text = "{{received_on}} 收到，{{decision_on}} 决定，{{review_until}} 前可申请核查。"
    actions.draft_decision(ticket, actor=cast.agent, **DECISION | {"remedies": text})
    _now.shift(dt.timedelta(days=2))
    actions.resolve_ticket(ticket, actor=cast.agent)
    sent = last(ticket.decisions).remedies
    assert sent == "2026年3月2日 收到，2026年3月4日 决定，2026年4月3日 前可申请核查。"
    assert queries.review_until(Ticket.objects.get(pk=ticket.pk)) == dt.date(2026, 4, 3)


# --- Sending ----------------------------------------------------------------------------------


def test_on_the_portal_it_is_sent_at_once_and_the_first_opening_is_proof(client_of, cast, _now):
    ticket = make_ticket(cast, "resolved")
    delivery = ticket.deliveries.get()
    assert (delivery.channel, delivery.state, delivery.sent_at, delivery.opened_at) == (
        "portal",
        "sent",
        NOW,
        None,
    )
    client_of("agent").get(url("ticket", ticket.number))
    client_of("other_customer").get(url("tracked", ticket.number))
    assert ticket.deliveries.get().state == "sent"
    _now.shift(60)
    for _ in range(2):
        client_of("customer").get(url("tracked", ticket.number))
        _now.shift(60)
    delivery = ticket.deliveries.get()
    assert (delivery.state, delivery.opened_at) == ("opened", NOW + dt.timedelta(seconds=60))
    assert AuditEntry.objects.filter(verb="ticket.letter_opened").count() == 1
    with pytest.raises(ActionForbidden):
        actions.record_opening(ticket, actor=cast.agent, delivery=delivery)


def test_by_email_the_case_is_resolved_when_the_server_has_accepted_it(client_of, cast):
    ticket = by_email(cast)
    decision = last(ticket.decisions)
    assert (ticket.state, decision.sent_at, ticket.deliveries.get().state) == (
        "investigating",
        None,
        "waiting",
    )
    page = client_of("customer").get(url("tracked", ticket.number)).content.decode()
    assert DECISION["reasons"] not in page
    with pytest.raises(ActionError):
        actions.resolve_ticket(ticket, actor=cast.agent)  # it is on its way already
    assert last(AuditEntry.objects).verb == "ticket.decision_queued"

    assert send_letters() == send_letters().__class__(1, 0)
    ticket = Ticket.objects.get(pk=ticket.pk)
    email, portal = ticket.deliveries.order_by("pk")
    assert (ticket.state, last(ticket.decisions).sent_at) == ("resolved", NOW)
    assert ticket.main_clock.state == "ended"
    assert (email.state, email.to, email.sent_at, email.reference) == (
        "sent",
        "j***@example.test",
        NOW,
        outbox.outbox[0].extra_headers["Message-ID"],
    )
    assert (portal.channel, portal.state) == ("portal", "sent")
    assert len(outbox.outbox) == 1  # a second run sends nothing
    assert DECISION["reasons"] in client_of("customer").get(url("tracked", ticket.number)).content.decode()


def test_the_email_holds_a_link_and_nothing_of_the_case(cast):
    ticket = by_email(cast)
    send_letters()
    [message] = outbox.outbox
    text = f"{message.subject}\n{message.body}"
    assert (message.to, message.attachments) == (["jia@example.test"], [])
    assert f"http://localhost:8000/tickets/track/{ticket.number}/\n" in text
    words = (*(DECISION[name] for name in letters.BLOCKS), ticket.complainant, ticket.tracking_hash)
    assert [word for word in words if word in text] == []


def test_an_answer_to_the_email_comes_back_to_the_case_where_the_desk_reads_mail(cast, settings):
    settings.MAIL_ADDRESS = "support@lender.example"
    ticket = by_email(cast)
    send_letters()
    [message] = outbox.outbox
    assert ticket_at(*message.reply_to) == ticket
    assert ("直接回复" in message.body, "请不要回复" in message.body) == (True, False)


def test_without_a_mailbox_the_email_asks_not_to_be_answered(cast, settings):
    settings.MAIL_ADDRESS = ""
    by_email(cast)
    send_letters()
    [message] = outbox.outbox
    assert (message.reply_to, "请不要回复" in message.body) == ([], True)


def test_the_whole_letter_travels_only_where_the_customer_asked_for_it(cast):
    ticket = by_email(cast, whole=True)
    send_letters()
    [(name, data, kind)] = outbox.outbox[0].attachments
    assert (name, data[:5], kind) == (f"decision-{ticket.number}.pdf", b"%PDF-", "application/pdf")


def test_a_busy_server_is_tried_again_later_and_later(cast, settings, _now):
    settings.EMAIL_BACKEND = BUSY
    ticket = by_email(cast)
    waits = []
    for _ in range(20):
        send_letters()
        row = ticket.deliveries.get()
        if row.state == "failed":
            break
        assert row.next_try_at
        waits.append((row.next_try_at - dt.datetime.now(dt.UTC)) // dt.timedelta(minutes=1))
        send_letters()  # not due: nothing happens
        assert ticket.deliveries.get().attempts == row.attempts
        _now.move_to(row.next_try_at)
    assert (waits, row.attempts, row.next_try_at) == ([1, 5, 15, 60, 240], 6, None)
    assert row.error == "SMTPServerDisconnected: j***@example.test: try later"


def test_a_refusal_for_now_is_tried_again(cast, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Greylisting"
    ticket = by_email(cast)
    send_letters()
    row = ticket.deliveries.get()
    assert (row.state, row.next_try_at) == ("waiting", NOW + dt.timedelta(minutes=1))


# What mail servers say later: of which kind their letter is, who signs it, what it says, and whether that is
# the end.
SAID_LATER = {
    "report": (
        "multipart/report; report-type=delivery-status; boundary=b",
        "mx@example.test",
        "failed",
        True,
    ),
    "plain": ("text/plain", "MAILER-DAEMON@example.test", "", True),
    "delayed": (
        "multipart/report; report-type=delivery-status; boundary=b",
        "postmaster@a.test",
        "delayed",
        False,
    ),
    "read": (
        "multipart/report; report-type=disposition-notification; boundary=b",
        "jia@example.test",
        "",
        False,
    ),
    "person": ("text/plain", "jia@example.test", "", False),
    "quoting": ("text/plain", "friend@example.test", "failed", False),
    "customer": (
        "multipart/report; report-type=delivery-status; boundary=b",
        "Jia@example.test",
        "failed",
        False,
    ),
}


@pytest.mark.parametrize("kind", SAID_LATER)
def test_what_comes_back_later_is_before_people_and_can_be_sent_again(client_of, cast, kind):
    content, sender, said, is_back = SAID_LATER[kind]
    ticket = by_email(cast)
    send_letters()
    row = ticket.deliveries.get(channel="email")
    action = f"Action: {said}\r\nStatus: 5.1.1\r\n" if said else ""
    raw = (
        f"From: {sender}\r\nSubject: Undelivered\r\nContent-Type: {content}\r\n\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\n{action}\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {row.reference}\r\n--b--\r\n"
    )
    received = receive_once(raw.encode(), actor=User.system("inbox"))
    row.refresh_from_db()
    assert (row.state, received.ticket == ticket) == (("failed", True) if is_back else ("sent", False))
    assert Ticket.objects.get(pk=ticket.pk).state == "resolved"
    assert [alert.user for alert in ticket.alerts.filter(kind="delivery")] == [cast.agent] * is_back
    if kind != "report":
        return
    page = client_of("agent").get(url("ticket", ticket.number)).content.decode()
    assert ("没有送达 j***@example.test：收件地址不存在" in page, "决定还没有送出" in page) == (True, False)
    client_of("agent").post(url("retry_delivery", ticket.number), {"delivery": row.pk})
    send_letters()
    row.refresh_from_db()
    assert (row.state, len(outbox.outbox), ticket.deliveries.count()) == ("sent", 2, 2)


def test_what_comes_back_from_one_of_two_leaves_the_other_told(cast):
    ticket = make_ticket(
        cast,
        "investigating",
        contact="jia@example.test",
        represented_by=LAWYER | {"authorisation": text_file("委托书", "auth.txt")},
    )
    actions.reply_ticket(ticket, actor=cast.agent, text="我们查到了。")
    send_letters()
    row = ticket.deliveries.get(letter="message")
    raw = (
        "From: mx@example.test\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        "Final-Recipient: rfc822; lawyer@example.test\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n"
        "Original-Recipient: rfc822;Jia@example.test\r\nFinal-Recipient: rfc822; x@other.test\r\n"
        f"Action: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\n\r\nMessage-ID: {row.reference}\r\n--b--\r\n"
    )
    receive_once(raw.encode(), actor=User.system("inbox"))
    states = dict(ticket.deliveries.values_list("to", "state"))
    assert states == {"l***@example.test": "sent", "j***@example.test": "failed"}
    assert Ticket.objects.get(pk=ticket.pk).first_contact_at is not None


def test_a_decision_that_is_given_needs_nothing_to_be_sent_again(client_of, cast):
    ticket = make_ticket(cast, "investigating", contact="jia@example.test", severity="major")
    make_resolvable(cast, ticket)
    actions.propose_redress(ticket, actor=cast.agent, kind="refund", amount=Decimal(900), due_on=TODAY)
    draft = actions.draft_decision(ticket, actor=cast.agent, **DECISION | {"sent_through": "email"})
    asked = draft.approvals.get(state="requested")
    actions.grant_approval(ticket, actor=cast.supervisor, approval=asked)
    actions.resolve_ticket(ticket, actor=cast.agent)
    send_letters()
    row = ticket.deliveries.get(channel="email", letter="decision")
    actions.record_bounce(ticket, actor=User.system("mail"), delivery=row, error="Bounced: 5.1.1")
    actions.reopen_ticket(ticket, actor=cast.customer, reason="新的录音。")
    page = client_of("agent").get(url("ticket", ticket.number)).content.decode()
    assert ("没有送达 j***@example.test" in page, "决定还没有送出" in page) == (True, False)
    actions.retry_delivery(ticket, actor=cast.agent, delivery=row)
    send_letters()
    row.refresh_from_db()
    assert row.state == "sent"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("SMTPRecipientsRefused: {'j***@example.test': (550, b'5.1.1 user unknown')}", "收件地址不存在"),
        ("SMTPDataError: (552, b'5.2.2 over quota')", "收件邮箱已满"),
        ("SMTPDataError: (550, b'no such luck, 10.5.1.1 said')", "对方的邮件服务器拒收"),
        ("SMTPServerDisconnected: try later", "连不上邮件服务器"),
        ("NoAddress: ", "这件工单没有可以发邮件的地址"),
        ("ValueError: 12345 550123", "邮件没有发出"),
    ],
)
def test_why_an_e_mail_did_not_arrive_is_told_in_words(error, words):
    assert why_refused(error) == words


def test_what_did_not_arrive_is_told_in_words_with_ways_on(client_of, cast, settings):
    settings.EMAIL_BACKEND = REFUSING
    ticket = by_email(cast)
    send_letters()
    todo, case = (
        client_of("agent").get(page).content.decode()
        for page in ("/tickets/todo/", ticket.get_absolute_url())
    )
    for page in (todo, case):
        assert "收件地址不存在" in page
    assert "SMTPRecipientsRefused" not in todo
    assert case.count("SMTPRecipientsRefused") == 1  # the server's own words, with the proofs
    assert "未能送达的信函" in todo
    assert f"{ticket.get_absolute_url()}?do=retry_delivery#retry_delivery" in todo
    panels = client_of("agent").get(f"{ticket.get_absolute_url()}?do=retry_delivery").context["panels"]
    assert [panel.verb.name for panel in panels["next"] if panel.is_open] == ["retry_delivery"]


def test_a_refused_address_is_before_people_at_once_and_the_decision_provably_unsent(
    client_of, cast, settings
):
    settings.EMAIL_BACKEND = REFUSING
    ticket = by_email(cast)
    send_letters()
    row = ticket.deliveries.get()
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert (row.state, row.attempts, ticket.state) == ("failed", 1, "investigating")
    assert last(ticket.decisions).sent_at is None
    assert ticket.main_clock.state == "running"
    assert AuditEntry.objects.filter(verb="ticket.resolved").count() == 0
    client = client_of("agent")
    assert (
        "没有送达 j***@example.test：收件地址不存在"
        in client.get(url("ticket", ticket.number)).content.decode()
    )
    assert [d.pk for d in todo_of(cast.agent).undelivered] == [row.pk]
    assert (
        "1 封信函未能送达"
        in client.get(
            reverse("tickets:todo"), {"part": "count"}, headers={"HX-Request": "true"}
        ).content.decode()
    )
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    client.post(url("retry_delivery", ticket.number), {"delivery": row.pk})
    send_letters()
    assert Ticket.objects.get(pk=ticket.pk).state == "resolved"


def test_after_a_failed_email_another_way_may_be_taken(cast, settings):
    settings.EMAIL_BACKEND = REFUSING
    ticket = by_email(cast)
    send_letters()
    actions.draft_decision(ticket, actor=cast.agent, **DECISION)
    actions.resolve_ticket(ticket, actor=cast.agent)
    states = list(ticket.deliveries.order_by("pk").values_list("channel", "state"))
    assert states == [("email", "cancelled"), ("portal", "sent"), ("email", "waiting")]


def test_an_email_whose_decision_no_longer_holds_is_not_sent(cast):
    ticket = by_email(cast)
    actions.withdraw_ticket(ticket, actor=cast.customer, reason="")
    send_letters()
    assert (ticket.deliveries.get().state, outbox.outbox) == ("cancelled", [])


def test_a_decision_that_needs_an_approval_by_now_does_not_leave(client_of, cast, settings):
    settings.EMAIL_BACKEND = BUSY
    ticket = by_email(cast)
    send_letters()
    settings.EMAIL_BACKEND = WORKING
    labels = LABELS | {"severity": "major"}
    actions.reclassify_ticket(ticket, actor=cast.supervisor, reason="升级。", **labels)
    send_letters()
    row = ticket.deliveries.get(letter="decision")
    assert (row.state, Ticket.objects.get(pk=ticket.pk).state) == ("cancelled", "investigating")
    assert "批准之后请重新提交决定" in client_of("agent").get(reverse("tickets:alerts")).content.decode()
    asked = ticket.approvals.get(kind="major", state="requested")
    actions.grant_approval(ticket, actor=boss(cast), approval=asked)
    actions.resolve_ticket(ticket, actor=cast.agent)
    send_letters()
    assert Ticket.objects.get(pk=ticket.pk).state == "resolved"


@pytest.mark.parametrize("is_given_up", [False, True])
def test_what_was_printed_before_the_approval_does_not_leave_after_it(cast, settings, is_given_up, _now):
    settings.EMAIL_BACKEND = REFUSING if is_given_up else BUSY
    ticket = make_ticket(cast, "investigating", contact="jia@example.test", severity="major")
    make_resolvable(cast, ticket)
    draft = actions.draft_decision(ticket, actor=cast.agent, **DECISION | {"sent_through": "email"})
    actions.grant_approval(ticket, actor=cast.supervisor, approval=draft.approvals.get())
    actions.resolve_ticket(ticket, actor=cast.agent)
    send_letters()
    settings.EMAIL_BACKEND = WORKING
    _now.shift(dt.timedelta(minutes=1))
    actions.correct_contact(ticket, actor=cast.agent, reason="写错了。", complainant="另一个名字")
    asked = ticket.approvals.get(state="requested")
    actions.grant_approval(ticket, actor=cast.supervisor, approval=asked)
    row = ticket.deliveries.get(letter="decision")
    if is_given_up:
        with pytest.raises(ActionError) as refused:
            actions.retry_delivery(ticket, actor=cast.agent, delivery=row)
        assert refused.value.missing == ["批准之后重新提交：这封信是在批准之前印好的"]
    send_letters()
    row.refresh_from_db()
    assert row.state == ("failed" if is_given_up else "cancelled")
    assert last(ticket.decisions).sent_at is None


def test_nobody_but_the_system_says_that_an_email_was_sent(cast):
    ticket = by_email(cast)
    row = ticket.deliveries.get()
    for actor in (cast.agent, cast.supervisor, cast.administrator, cast.customer, guest_of(ticket)):
        with pytest.raises(ActionForbidden):
            actions.record_sent(ticket, actor=actor, delivery=row, reference="x")


def test_an_email_needs_an_address(client_of, cast):
    case = make_ticket(cast, "investigating")  # left a phone number
    answer = client_of("agent").post(url("draft_decision", case.number), DECISION | {"sent_through": "email"})
    assert answer.context["panels"]["refused"][0].form.errors == {
        "sent_through": ["收信人没有留邮箱，请换一种送达方式。"]
    }


def test_a_letter_that_people_hand_over_needs_its_proof(client_of, cast):
    ticket = make_ticket(cast, "investigating")
    make_resolvable(cast, ticket)
    actions.draft_decision(ticket, actor=cast.agent, **DECISION | {"sent_through": "post"})
    with pytest.raises(ActionError) as refused:
        actions.resolve_ticket(ticket, actor=cast.agent)
    assert refused.value.missing == [
        "送达凭证的编号（邮件单号、签收单号或录音编号）",
        "送达凭证的照片或扫描件",
    ]
    proof: dict[str, Any] = {"reference": "EMS-1", "receipt": text_file("寄出", "receipt.txt")}
    assert actions.resolve_ticket(ticket, actor=cast.agent, **proof).state == "resolved"
    post = ticket.deliveries.get(channel="post")
    assert post.receipt
    assert (post.state, post.reference, post.receipt.name) == ("sent", "EMS-1", "receipt.txt")
    page = client_of("customer").get(url("tracked", ticket.number)).content.decode()
    assert ("receipt.txt" in page, f"decision-{ticket.number}.pdf" in page) == (False, True)


def test_the_letter_is_in_the_language_that_the_customer_filed_in(cast, client):
    from django.utils import translation  # noqa: PLC0415  # next to its only use

    with translation.override("en"):
        ticket = make_ticket(cast)
    assert (ticket.language, make_ticket(cast).language) == ("en", "zh-hans")
    assert make_ticket(cast, actor=cast.agent, channel="phone").language == "zh-hans"


def test_declining_sends_a_notice(cast):
    ticket = make_ticket(cast, "declined", contact="jia@example.test")
    assert list(ticket.deliveries.order_by("pk").values_list("letter", "channel", "state")) == [
        ("declined", "portal", "sent"),
        ("declined", "email", "waiting"),
    ]
    send_letters()
    assert [message.to for message in outbox.outbox] == [["jia@example.test"]]
    assert Ticket.objects.get(pk=ticket.pk).state == "declined"


# --- Approvals --------------------------------------------------------------------------------


def test_an_extension_is_asked_for_by_one_and_granted_by_another_after_its_notice(cast, _now):
    ticket = make_ticket(cast, "investigating", severity="complex")
    _now.shift(dt.timedelta(days=20))
    due_on = ticket.due_on
    asked = actions.request_extension(
        ticket, actor=cast.agent, milestone="decision_exceptional", reason="等待第三方录音。"
    )
    assert Ticket.objects.get(pk=ticket.pk).due_on == due_on
    with pytest.raises(ActionForbidden):
        actions.grant_approval(ticket, actor=cast.agent, approval=asked)
    actions.grant_approval(ticket, actor=cast.supervisor, approval=asked, answer="同意。")
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert ticket.due_on == due_on + dt.timedelta(days=30)
    event = last(ticket.main_clock.events)
    assert (event.notice_sent_on, event.approved_by) == (dt.date(2026, 3, 22), cast.supervisor)
    notice = ticket.deliveries.exclude(letter="new_date").get()
    assert (notice.letter, notice.channel, notice.state) == ("extension", "portal", "sent")


def test_a_refusal_needs_a_reason_and_changes_nothing(cast):
    ticket = make_ticket(cast, "investigating")
    asked = actions.request_extension(ticket, actor=cast.agent, milestone="decision_complex", reason="复杂。")
    with pytest.raises(ActionError):
        actions.refuse_approval(ticket, actor=cast.supervisor, approval=asked, reason=" ")
    actions.refuse_approval(ticket, actor=cast.supervisor, approval=asked, reason="不复杂。")
    row = Approval.objects.get(pk=asked.pk)
    assert (row.state, row.answer, row.answered_by) == ("refused", "不复杂。", cast.supervisor)
    assert Ticket.objects.get(pk=ticket.pk).due_on == ticket.due_on


def test_redress_above_the_limit_needs_a_second_person_however_it_is_split(cast):
    ticket = make_ticket(cast, "investigating")
    make_resolvable(cast, ticket)
    pay = {"actor": cast.agent, "kind": "refund", "due_on": TODAY}
    first = actions.propose_redress(ticket, amount=Decimal("1000.00"), **pay)
    assert missing(ticket) == []
    actions.propose_redress(ticket, amount=Decimal("0.01"), **pay)
    assert missing(ticket) == ["另一位主管的审批（补偿超过 1,000.00 元）"]
    asked = ticket.approvals.get()
    assert (asked.state, asked.amount) == ("requested", Decimal("1000.01"))
    actions.grant_approval(ticket, actor=cast.supervisor, approval=asked)
    assert missing(ticket) == []
    actions.propose_redress(ticket, amount=Decimal("5"), **pay)  # more than was approved
    assert missing(ticket) == ["另一位主管的审批（补偿超过 1,000.00 元）"]
    actions.cancel_redress(ticket, actor=cast.agent, redress=first)
    assert missing(ticket) == []
    states = list(ticket.approvals.order_by("pk").values_list("state", flat=True))
    assert states == ["superseded", "superseded"]


@pytest.mark.parametrize("amount", [Decimal(900), Decimal(5000)])
def test_money_after_a_reopening_counts_with_what_was_given(cast, amount):
    ticket = make_ticket(cast, "investigating")
    make_resolvable(cast, ticket)
    pay = {"actor": cast.agent, "kind": "refund", "due_on": TODAY}
    actions.propose_redress(ticket, amount=amount, **pay)
    for asked in ticket.approvals.all():
        actions.grant_approval(ticket, actor=cast.supervisor, approval=asked)
    actions.resolve_ticket(ticket, actor=cast.agent)
    actions.reopen_ticket(ticket, actor=cast.customer, reason="新的录音。")
    actions.draft_decision(ticket, actor=cast.agent, **DECISION)
    assert missing(ticket) == []  # what was given has been agreed to
    actions.propose_redress(ticket, amount=amount, **pay)
    assert missing(ticket) == ["另一位主管的审批（补偿超过 1,000.00 元）"]
    asked = ticket.approvals.get(state="requested")
    assert asked.amount == 2 * amount
    actions.grant_approval(ticket, actor=cast.supervisor, approval=asked)
    assert missing(ticket) == []


def test_a_wider_approval_ends_with_the_reopening(cast):
    ticket = make_ticket(cast, "investigating")
    make_resolvable(cast, ticket)
    pay = {"actor": cast.agent, "kind": "refund", "due_on": TODAY, "amount": Decimal(5000)}
    actions.propose_redress(ticket, **pay)
    row = actions.propose_redress(ticket, **pay)
    actions.grant_approval(ticket, actor=cast.supervisor, approval=ticket.approvals.get(state="requested"))
    actions.cancel_redress(ticket, actor=cast.agent, redress=row)
    actions.resolve_ticket(ticket, actor=cast.agent)
    actions.reopen_ticket(ticket, actor=cast.customer, reason="新的录音。")
    actions.propose_redress(ticket, **pay)
    assert ticket.approvals.get(state="requested").amount == Decimal(10000)


def test_what_nobody_answered_ends_with_the_decision(cast):
    ticket = make_ticket(cast, "investigating")
    asked = actions.request_extension(ticket, actor=cast.agent, milestone="decision_complex", reason="复杂。")
    make_resolvable(cast, ticket)
    actions.resolve_ticket(ticket, actor=cast.agent)
    actions.reopen_ticket(ticket, actor=cast.customer, reason="新的录音。")
    with pytest.raises(ActionError, match="已经有了结果"):
        actions.grant_approval(ticket, actor=cast.supervisor, approval=asked)


def test_the_page_of_what_waits_for_me(client_of, cast, django_assert_num_queries):
    supervisor, other = client_of("supervisor"), boss(cast)

    def ask():
        ticket = make_ticket(cast, "investigating")
        actions.request_extension(ticket, actor=cast.agent, milestone="decision_complex", reason="复杂。")
        return ticket

    first = ask()
    supervisor.get(reverse("tickets:todo"))
    with django_assert_num_queries(8):
        assert first.number in supervisor.get(reverse("tickets:todo")).content.decode()
    ask(), ask()
    with django_assert_num_queries(8):
        supervisor.get(reverse("tickets:todo"))
    assert [len(todo_of(user).approvals) for user in (cast.supervisor, other, cast.agent)] == [3, 3, 0]
    assert len(todo_of(cast.agent).asked) == 3
    actions.withdraw_ticket(first, actor=cast.customer, reason="")
    assert len(todo_of(cast.supervisor).approvals) == 2


# --- Money and corrections --------------------------------------------------------------------


def test_redress_is_decided_shown_and_paid(client_of, cast):
    ticket = make_ticket(cast, "investigating")
    make_resolvable(cast, ticket)
    row = actions.propose_redress(
        ticket, actor=cast.agent, kind="compensation", amount=Decimal("88.50"), due_on=TODAY
    )
    with pytest.raises(ActionError):  # nothing is paid before it is decided
        actions.pay_redress(ticket, actor=cast.agent, redress=row, paid_on=TODAY, reference="P1")
    actions.resolve_ticket(ticket, actor=cast.agent)
    assert "88.50 元" in client_of("customer").get(url("tracked", ticket.number)).content.decode()
    assert [r.pk for r in todo_of(cast.supervisor).unpaid] == [row.pk]
    client_of("agent").post(
        url("pay_redress", ticket.number), {"redress": row.pk, "paid_on": f"{TODAY}", "reference": "P1"}
    )
    row = Redress.objects.get(pk=row.pk)
    assert (row.paid_on, row.paid_by, row.reference) == (TODAY, cast.agent, "P1")
    with pytest.raises(ActionError):
        actions.pay_redress(ticket, actor=cast.agent, redress=row, paid_on=TODAY, reference="P2")


@pytest.mark.parametrize("fields", [{"amount": Decimal(0)}, {"due_on": TODAY - dt.timedelta(days=1)}])
def test_redress_must_be_an_amount_on_a_day_to_come(cast, fields):
    ticket = make_ticket(cast, "investigating")
    usual = {"kind": "refund", "amount": Decimal(1), "due_on": TODAY}
    with pytest.raises(ActionError):
        actions.propose_redress(ticket, actor=cast.agent, **usual | fields)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"what": "改模板"},
        {"what": "改模板", "owner": True},
        {"what": "改模板", "owner": True, "due_on": TODAY, "none_because": "个别"},
        {"none_because": "个别", "due_on": TODAY},
        {"what": " ", "owner": True, "due_on": TODAY},
    ],
)
def test_a_correction_is_a_plan_or_a_reason_for_none(cast, fields):
    ticket = make_ticket(cast, "investigating")
    fields |= {"owner": cast.supervisor} if "owner" in fields else {}
    with pytest.raises(ActionError):
        actions.record_correction(ticket, actor=cast.agent, **fields)


def test_a_planned_correction_is_followed_to_its_end(cast):
    ticket = make_ticket(cast, "closed")
    row = actions.record_correction(
        ticket, actor=cast.supervisor, what="改短信模板", owner=cast.other_agent, due_on=TODAY
    )
    assert [r.pk for r in todo_of(cast.other_agent).corrections] == [row.pk]
    actions.complete_correction(ticket, actor=cast.supervisor, correction=row, note="已上线。")
    assert todo_of(cast.other_agent).corrections == []
    with pytest.raises(ActionError):
        actions.complete_correction(ticket, actor=cast.supervisor, correction=row, note="再一次。")


def test_the_owner_completes_a_correction_without_seeing_the_case(client_of, cast, _now):
    ticket = make_ticket(cast, "investigating", narrative="合同少了一页，号码 13800000021。")
    plan = {"actor": cast.agent, "due_on": TODAY}
    row = actions.record_correction(ticket, what="改短信模板", owner=cast.other_agent, **plan)
    others = actions.record_correction(ticket, what="培训", owner=cast.supervisor, **plan)
    owner, page = client_of("other_agent"), reverse("tickets:todo")
    text = owner.get(page).content.decode()
    assert ("改短信模板" in text, "培训" in text, "少了一页" in text) == (True, False, False)
    assert url("ticket", ticket.number) not in text  # it would be a 404
    address = reverse("tickets:complete_own_correction", args=[row.pk])
    refused = owner.post(address, {"note": " "})
    assert (refused.status_code, "这个字段是必填项" in refused.content.decode()) == (400, True)
    typed = {"note": "模板已上线。", "once": "mark"}
    assert [owner.post(address, typed).status_code for _time in range(2)] == [302, 302]
    row.refresh_from_db()
    assert (row.done_on, todo_of(cast.other_agent).corrections) == (TODAY, [])
    assert ticket.entries.filter(verb="ticket.correction_completed", author=cast.other_agent).count() == 1
    assert AuditEntry.objects.filter(verb="ticket.correction_completed", actor=cast.other_agent).count() == 1
    assert owner.post(address, {"note": "再一次。"}).status_code == 409
    someone = reverse("tickets:complete_own_correction", args=[others.pk])
    assert owner.post(someone, typed).status_code == 404
    assert owner.get(ticket.get_absolute_url()).status_code == 404


def test_an_owner_completes_their_own_corrections_only(client_of, cast):
    ticket = make_ticket(cast, "investigating")
    plan = {"actor": cast.agent, "due_on": TODAY}
    own = actions.record_correction(ticket, what="改短信模板", owner=cast.other_agent, **plan)
    others = actions.record_correction(ticket, what="培训", owner=cast.supervisor, **plan)
    with pytest.raises(ActionError):
        actions.complete_correction(ticket, actor=cast.other_agent, correction=others, note="已培训。")
    actions.involve_person(ticket, actor=cast.supervisor, person=cast.other_agent, part="named")
    actions.withdraw_ticket(ticket, actor=cast.customer, reason="和解")  # it is still to be done
    actions.complete_correction(ticket, actor=cast.other_agent, correction=own, note="已上线。")
    with pytest.raises(ActionError):  # nothing of theirs is left
        actions.complete_correction(ticket, actor=cast.other_agent, correction=own, note="再一次。")
    with pytest.raises(ActionForbidden):
        actions.complete_correction(ticket, actor=cast.analyst, correction=others, note="已培训。")
    actions.complete_correction(ticket, actor=cast.supervisor, correction=others, note="已培训。")


def test_a_colleague_of_the_team_is_offered_what_is_theirs(client_of, cast):
    near = User.objects.create_user("near", name="癸坐席", role=Role.AGENT, team=cast.agent.team)
    ticket = make_ticket(cast, "investigating")
    for owner in (near, cast.agent):
        actions.record_correction(ticket, actor=cast.agent, what=f"{owner}的事", owner=owner, due_on=TODAY)
    offered = {}
    for user in (near, cast.agent):
        client = Client()
        client.force_login(user)
        page = client.get(f"{ticket.get_absolute_url()}?do=complete_correction")
        panels = [p for group in page.context["panels"].values() for p in group]
        form = next(p.form for p in panels if p.verb.name == "complete_correction")
        offered[user.name] = [row.owner.name for row in form.rows()]
    assert offered == {"癸坐席": ["癸坐席"], "丙坐席": ["癸坐席", "丙坐席"]}


# --- Afterwards -------------------------------------------------------------------------------


def test_a_withdrawal_ends_the_clock_on_the_day_it_was_said(cast, _now):
    ticket = make_ticket(cast, "investigating")
    _now.shift(dt.timedelta(days=3))
    for day in (dt.date(2026, 3, 1), dt.date(2026, 3, 6)):
        with pytest.raises(ActionError):
            actions.withdraw_ticket(ticket, actor=cast.supervisor, reason="和解", method="phone", said_on=day)
    actions.withdraw_ticket(
        ticket, actor=cast.supervisor, reason="和解", method="phone", said_on=dt.date(2026, 3, 4)
    )
    assert last(ticket.main_clock.events).on == dt.date(2026, 3, 4)


def test_whoever_approved_a_decision_does_not_review_it_and_reviews_have_their_wording(client_of, cast):
    ticket = make_ticket(cast, "investigating")
    make_resolvable(cast, ticket)
    actions.propose_redress(ticket, actor=cast.agent, kind="refund", amount=Decimal(2000), due_on=TODAY)
    actions.grant_approval(ticket, actor=cast.supervisor, approval=ticket.approvals.get())
    actions.resolve_ticket(ticket, actor=cast.agent)
    review = actions.request_review(ticket, actor=cast.customer, reason="不同意。")
    assert people.conflict_of(review, cast.supervisor) == "此人参与了原决定。"
    higher = boss(cast)
    assert people.conflict_of(review, higher) == ""
    actions.classify_ticket(review, actor=higher, **LABELS)
    first = letters.templates_for(review, ("upheld", "partly_upheld", "not_upheld"))[0]
    assert (first.code, first.for_review) == ("review_upheld", True)
    page = client_of("customer").get(url("tracked", ticket.number)).content.decode()
    assert (f"编号 {review.number}" in page, url("tracked", review.number) in page) == (True, True)
    assert [d.for_review for d in letters.templates_for(ticket, ("upheld",))] == [False, False]


def test_whoever_holds_a_case_hears_that_its_review_was_decided_and_no_more(client_of, cast):
    ticket, higher = make_ticket(cast, "resolved"), boss(cast)
    review = actions.request_review(ticket, actor=cast.customer, reason="不同意。")
    actions.classify_ticket(review, actor=higher, **LABELS)
    actions.assign_ticket(review, actor=higher, assignee=higher, no_conflict=True)
    actions.investigate_ticket(review, actor=higher)
    actions.log_contact(review, actor=higher, method="phone", text="已致电核实情况。")
    actions.draft_decision(review, actor=higher, **DECISION | {"outcome": "not_upheld"})
    actions.record_correction(review, actor=higher, none_because="个别情况。")
    assert not Alert.objects.filter(kind="review").exists()
    actions.resolve_ticket(review, actor=higher)
    [alert] = Alert.objects.filter(kind="review")
    assert (alert.user, alert.ticket, alert.detail) == (cast.agent, ticket, "")
    page = client_of("agent").get(reverse("tickets:alerts")).content.decode()
    assert ("这件工单的核查已作出决定" in page, review.number in page) == (True, False)


def test_a_reopened_case_gets_a_letter_and_money_of_its_own(cast):
    ticket = make_ticket(cast, "investigating")
    make_resolvable(cast, ticket)
    pay = {"actor": cast.agent, "kind": "refund", "due_on": TODAY}
    actions.propose_redress(ticket, amount=Decimal(800), **pay)
    actions.resolve_ticket(ticket, actor=cast.agent)
    actions.reopen_ticket(ticket, actor=cast.customer, reason="新的录音。")
    assert missing(ticket) == ["处理决定草稿"]
    actions.propose_redress(ticket, amount=Decimal(50), **pay)
    actions.draft_decision(ticket, actor=cast.agent, **DECISION | {"reasons": "补充认定。"})
    actions.resolve_ticket(ticket, actor=cast.agent)
    amounts = [
        [row.amount for row in decision.redress_rows.all()] for decision in ticket.decisions.order_by("pk")
    ]
    assert amounts == [[Decimal(800)], [Decimal(50)]]
    assert Delivery.objects.filter(ticket=ticket, letter="decision").count() == 2
