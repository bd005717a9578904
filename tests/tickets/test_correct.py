"""Putting right who a case is about and how they are reached."""

import pytest
from django.core import mail
from django.urls import reverse

from helpdesk.core.errors import ActionError
from helpdesk.core.models import AuditEntry, SealedValues
from tests.tickets.factories import (
    REFERRAL,
    REPRESENTED,
    guest_of,
    last,
    make_resolvable,
    make_ticket,
    text_file,
)
from tests.tickets.pages import picture, url
from tickets import actions, queries
from tickets.models import Approval, Delivery, Ticket
from tickets.models.parties import answer_addresses
from tickets.queue import QueueFilter, queue_page
from tickets.tasks import send_letters
from tickets.views.present import lines_of

pytestmark = pytest.mark.django_db
WRONG, RIGHT = "wang@exampel.com", "wang@example.com"


def again(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def found(cast, text):
    return [row.number for row in queue_page(cast.supervisor, QueueFilter(text=text, state="any")).rows]


def mandate(**changes):
    return (
        REPRESENTED | {"authorisation": text_file("授权书", "mandate.txt"), "reason": "请了律师。"} | changes
    )


def test_a_mistyped_address_is_put_right_everywhere(cast, settings, django_capture_on_commit_callbacks):
    settings.PUBLIC_URL = "https://desk.example.test"
    ticket = make_ticket(cast, "assigned", actor=cast.agent, channel="phone", contact=WRONG)
    row = Delivery(ticket=ticket, letter="extension", channel="email", to="w***@exampel.com", by=cast.agent)
    row.created_at = row.next_try_at = ticket.received_at
    row.save()
    with pytest.raises(ActionError):
        actions.correct_contact(ticket, actor=cast.agent, contact=RIGHT, reason=" ")
    actions.correct_contact(ticket, actor=cast.agent, contact=RIGHT, reason="听写有误。")
    assert (again(ticket).contact, again(ticket).complainant) == (RIGHT, ticket.complainant)
    assert (found(cast, RIGHT), found(cast, WRONG)) == ([ticket.number], [])
    assert ticket.number in found(cast, "甲客户")
    row.refresh_from_db()
    assert row.to == "w***@example.com"
    send_letters()
    assert [message.to for message in mail.outbox] == [[RIGHT]]
    with pytest.raises(ActionError, match="没有改动"):
        actions.correct_contact(ticket, actor=cast.agent, contact=RIGHT, reason="再来一次。")


def test_the_trail_keeps_what_it_was_and_shows_neither(cast):
    ticket = make_ticket(cast, actor=cast.agent, channel="phone", contact=WRONG)
    change = {"contact": RIGHT, "complainant": "王某人", "channel": "email"}
    actions.correct_contact(ticket, actor=cast.agent, reason="听写有误。", **change)
    entry = AuditEntry.objects.get(verb="ticket.contact_corrected")
    for said in (WRONG, RIGHT, "王某人", "甲客户", "听写有误"):
        assert said not in entry.body
    sealed = SealedValues.objects.get(entry=entry).texts
    assert all(said in sealed for said in (WRONG, RIGHT, "甲客户"))
    line = last(ticket.entries.filter(verb="ticket.contact_corrected"))
    assert line.data == {"was": {"complainant": "甲**", "contact": "w***@exampel.com", "channel": "phone"}}
    (shown,) = lines_of([line], desk=True)
    assert (shown.heading, shown.detail) == ("更正了联系信息", "原为 甲**、w***@exampel.com、电话")
    assert line.pk not in [e.pk for e in queries.timeline_of(again(ticket), guest_of(ticket))]


def test_a_channel_is_put_right_where_people_said_it(cast):
    by_phone = make_ticket(cast, actor=cast.agent, channel="phone")
    for channel in ("web", "chat", "regulator", "pigeon"):
        with pytest.raises(ActionError):
            actions.correct_contact(by_phone, actor=cast.agent, channel=channel, reason="选错了。")
    actions.correct_contact(by_phone, actor=cast.agent, channel="counter", reason="选错了。")
    assert again(by_phone).channel == "counter"
    with pytest.raises(ActionError):
        actions.correct_contact(make_ticket(cast), actor=cast.agent, channel="phone", reason="选错了。")
    letter = make_ticket(cast, actor=cast.agent, channel="email", referral=REFERRAL)
    actions.correct_contact(letter, actor=cast.agent, channel="regulator", reason="选错了。")
    assert again(letter).channel == "regulator"


def test_a_lawyer_engaged_later_gets_the_letters(cast):
    ticket = make_ticket(cast, "investigating", contact=WRONG)
    with pytest.raises(ActionError, match="授权书"):
        actions.record_representation(ticket, actor=cast.agent, **mandate(authorisation=None))
    actions.record_representation(ticket, actor=cast.agent, **mandate())
    case = again(ticket)
    assert answer_addresses(case) == ["lawyer@example.com"]
    assert (case.representation.name, case.representation.authorisation.name) == ("代理人", "mandate.txt")
    assert found(cast, "lawyer@example.com") == [ticket.number]
    body = AuditEntry.objects.get(verb="ticket.representation_recorded").body
    assert "lawyer@example.com" not in body
    assert case.representation.authorisation.sha256 in body


def test_of_a_known_representative_what_is_left_empty_stays(cast):
    ticket = make_ticket(cast, represented_by=REPRESENTED | {"authorisation": text_file("授权书")})
    change = {"actor": cast.agent, "reason": "邮箱写错了。"}
    actions.record_representation(ticket, **change, contact="office@example.com", answer_to="both")
    who = again(ticket).representation
    assert (who.name, who.contact, who.relation, who.answer_to) == (
        "代理人",
        "office@example.com",
        "lawyer",
        "both",
    )
    assert (found(cast, "office@example.com"), found(cast, "lawyer@example.com")) == ([ticket.number], [])
    line = last(ticket.entries.filter(verb="ticket.representation_recorded"))
    assert line.data == {"was": {"contact": "l***@example.com", "answer_to": "representative"}}
    with pytest.raises(ActionError, match="没有改动"):
        actions.record_representation(again(ticket), **change, answer_to="both")


def test_a_letter_that_names_somebody_else_is_approved_anew(cast):
    ticket = make_ticket(cast, "investigating", severity="major")
    make_resolvable(cast, ticket)
    draft = ticket.decisions.get()
    actions.draft_decision(
        ticket,
        actor=cast.agent,
        **{
            name: getattr(draft, name)
            for name in ("basis", "reasons", "remedies", "root_cause", "outcome", "sent_through")
        }
        | {"facts": "{complainant}您好：经查属实。"},
    )
    actions.grant_approval(ticket, actor=cast.supervisor, approval=last(ticket.approvals))
    actions.correct_contact(ticket, actor=cast.agent, complainant="乙某", reason="听写有误。")
    assert [a.state for a in ticket.approvals.order_by("-pk")[:2]] == [
        Approval.State.REQUESTED,
        Approval.State.SUPERSEDED,
    ]


def test_the_panels_show_nothing_unmasked_and_work(client_of, cast):
    ticket = make_ticket(cast, "assigned", actor=cast.supervisor, channel="phone", contact=WRONG)
    agent = client_of("agent")
    page = agent.get(ticket.get_absolute_url(), {"do": "correct_contact"}).content.decode()
    assert WRONG not in page
    typed = {"contact": RIGHT, "channel": "email", "reason": "听写有误。"}
    assert agent.post(url("correct_contact", ticket.number), typed).status_code == 302
    assert (again(ticket).contact, again(ticket).channel) == (RIGHT, "email")
    typed = REPRESENTED | {"reason": "请了律师。"}
    bare = agent.post(url("record_representation", ticket.number), typed)
    assert (bare.status_code, list(bare.context["panels"]["refused"][0].form.errors)) == (
        400,
        ["authorisation"],
    )
    whole = agent.post(
        url("record_representation", ticket.number), typed | {"authorisation": picture("授权.png")}
    )
    assert whole.status_code == 302
    change = {"answer_to": "customer", "reason": "客户要自己收。"}
    assert agent.post(url("record_representation", ticket.number), change).status_code == 302
    assert answer_addresses(again(ticket)) == [RIGHT]
    stranger = client_of("analyst").post(reverse("tickets:correct_contact", args=[ticket.number]), typed)
    assert stranger.status_code == 403
