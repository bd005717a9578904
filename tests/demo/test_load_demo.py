"""The demonstration: complete, plainly invented, in order, and loaded once."""

import datetime as dt
import io
from collections import Counter
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.test import override_settings

from chat.canned import ready_for
from chat.models import Conversation, Message
from chat.states import State as ChatState
from faq.models import Article
from helpdesk.core import clock
from helpdesk.core.models import AuditEntry, Role, User
from helpdesk.demo.content import cases
from helpdesk.demo.people import PASSWORD
from quality import queries
from quality.agreement import Said
from quality.figures import Verdict
from quality.models import Appeal, Feedback, ImprovementAction, Review, TrendAlert
from quality.queries import Scope
from quality.reviewed import reviewed
from tickets.models import Approval, Delivery, Entry, Evidence, Ticket
from tickets.states import OPEN, State

pytestmark = [pytest.mark.django_db, pytest.mark.deep]
MOMENT = dt.datetime(2026, 11, 26, 9, 45, tzinfo=dt.UTC)
QUICK = "django.contrib.auth.hashers.MD5PasswordHasher"  # the one of every test
SIGN_INS = {
    "customer": Role.CUSTOMER,
    "agent": Role.AGENT,
    "agent2": Role.AGENT,
    "supervisor": Role.SUPERVISOR,
    "analyst": Role.ANALYST,
    "administrator": Role.ADMINISTRATOR,
}


def load() -> str:
    out = io.StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup, django_db_blocker, tmp_path_factory):
    """Loaded once for this module, around the transaction of each test; at one moment: chance hangs on it."""
    with (
        clock.at(MOMENT),
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"), PASSWORD_HASHERS=[QUICK]),
        transaction.atomic(),
    ):
        yield load()
        transaction.set_rollback(True)


def everything() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def test_loading_again_changes_nothing():
    before = everything()
    assert load() == "演示数据已经在，没有改动。\n"
    assert everything() == before


def test_it_says_what_it_did(demo):
    counts = [Ticket.objects.count(), Conversation.objects.count(), Feedback.objects.count()]
    assert "{} 件工单、{} 次聊天、{} 个评价".format(*counts) in demo
    assert counts[0] > 100
    assert counts[1] > 60
    assert counts[2] > 1500


def test_cases_and_chats_are_in_every_state():
    assert set(Ticket.objects.values_list("state", flat=True)) == set(State)
    assert set(Conversation.objects.values_list("state", flat=True)) == set(ChatState)


def test_some_cases_are_overdue_and_some_nearly():
    today = clock.today()
    late = Ticket.objects.filter(state__in=OPEN, due_on__lt=today)
    soon = Ticket.objects.filter(state__in=OPEN, due_on__range=(today, today + dt.timedelta(days=3)))
    assert late.count() >= 3
    assert soon.count() >= 2
    assert min(late.values_list("due_on", flat=True)) > today - dt.timedelta(days=15)


def test_the_customer_has_something_at_every_turn():
    own = Ticket.objects.filter(customer__username="customer").values_list("state", flat=True)
    assert {State.INVESTIGATING, State.AWAITING_CUSTOMER, State.RESOLVED, State.CLOSED} <= set(own)


def test_chats_go_on_right_now():
    now = clock.now()
    assert Conversation.objects.waiting().count() == 3
    for conversation in Conversation.objects.open():
        assert now - conversation.created_at < dt.timedelta(hours=1)


def test_nothing_happened_in_the_future():
    now = clock.now()
    latest = [
        Entry.objects.latest("at").at,
        Message.objects.latest("at").at,
        AuditEntry.objects.latest("at").at,
        Feedback.objects.latest("given_at").given_at,
    ]
    assert [at for at in latest if at > now] == []


def test_it_was_told_in_order_of_time():
    told = list(AuditEntry.objects.order_by("id").values_list("at", flat=True))
    assert told == sorted(told)
    numbers = list(Ticket.objects.order_by("received_at", "pk").values_list("number", flat=True))
    assert numbers == sorted(numbers)
    for ticket in Ticket.objects.all():
        entries = list(ticket.entries.order_by("id").values_list("at", flat=True))
        assert entries == sorted(entries)
        assert ticket.updated_at == entries[-1]


def test_every_case_was_walked_through_the_real_actions():
    filed = set(AuditEntry.objects.filter(verb="ticket.filed").values_list("target_id", flat=True))
    converted = set(Conversation.objects.exclude(ticket=None).values_list("ticket_id", flat=True))
    reviews = set(Ticket.objects.exclude(review_of=None).values_list("pk", flat=True))
    assert converted
    assert reviews
    assert {int(pk) for pk in filed} == set(Ticket.objects.values_list("pk", flat=True))
    told = Counter(Entry.objects.filter(kind=Entry.Kind.STEP).values_list("verb", flat=True))
    steps = (
        "classified",
        "assigned",
        "investigated",
        "resolved",
        "reopened",
        "withdrawn",
        "declined",
        "closed",
    )
    assert [step for step in steps if not told[f"ticket.{step}"]] == []
    assert told["ticket.deadline_extended"] == 1


def test_every_answer_is_one_row():
    assert Feedback.objects.filter(door="ticket").count() == (
        AuditEntry.objects.filter(verb="ticket.feedback_given").count()
    )
    assert Feedback.objects.filter(door="chat").count() == Conversation.objects.exclude(score=None).count()
    votes = Counter(Feedback.objects.filter(door="article").values_list("article", "score"))
    for article in Article.objects.all():
        assert (article.helpful, article.not_helpful) == (votes[article.pk, 5], votes[article.pk, 1])


@pytest.mark.parametrize("weeks", [8, 13])
def test_the_year_has_the_story_that_is_told_of_it(weeks):
    found = queries.trends(Feedback.objects.all(), Scope(), weeks, today=clock.today())
    verdicts = {row.topic.value: row.change.verdict for row in found.topics}
    assert verdicts["repayment"] == Verdict.WORSE
    assert verdicts["overdue"] == Verdict.BETTER
    assert [row.topic.value for row in found.worse] == ["repayment"]


def test_alerts_tell_the_story_and_actions_had_their_effect():
    fall = TrendAlert.objects.get(measure="csat", dimension="topic", value="repayment")
    weeks = (clock.today() - fall.since).days / 7
    assert 4 <= weeks <= 9
    assert (fall.shift.level_before > 0.75, fall.shift.level_after < 0.65) == (True, True)
    assert {row.value for row in TrendAlert.objects.filter(measure="csat", dimension="topic")} == {
        "repayment"
    }
    effects = dict(ImprovementAction.objects.filter(state="judged").values_list("effect", "value"))
    assert effects == {"better": "overdue", "unclear": "fees"}
    assert set(ImprovementAction.objects.values_list("state", flat=True)) >= {
        "judged",
        "under_way",
        "dropped",
    }
    assert ImprovementAction.objects.overdue().count() == 1
    running = fall.improvements.get()
    assert (running.state, running.taken_up.count()) == ("under_way", 2)


def test_reviews_were_scored_settled_and_appealed():
    found = reviewed(Review.objects.all())
    assert 35 <= found.everything.drawn <= 80
    assert set(Review.objects.values_list("state", flat=True)) == {"open", "done"}
    assert found.everything.agreement.said == Said.KAPPA
    assert Review.objects.exclude(settled_by=None).exists()
    appeals = dict(Appeal.objects.values_list("granted", "review__failed"))
    assert appeals == {True: False, False: True, None: False}  # of two critical failures one was taken back
    explains_least = min(found.agents, key=lambda row: row.tally.mean or 1)
    assert explains_least.only["agent"] == User.objects.get(username="agent4").pk


def test_people_and_what_they_write_are_plainly_invented():
    invented = [
        ticket.pk
        for ticket in Ticket.objects.all()
        if "演示" in ticket.complainant
        and (ticket.contact.startswith("1380000") or ticket.contact.endswith("@demo.invalid"))
    ]
    assert len(invented) == Ticket.objects.count()
    assert {user.email.partition("@")[2] for user in User.objects.exclude(role=Role.SYSTEM)} == {
        "demo.invalid"
    }
    assert len({text.narrative for text in cases()}) >= 25


def test_the_announced_sign_ins_work():
    found = {user.username: user for user in User.objects.filter(username__in=SIGN_INS)}
    assert {name: user.role for name, user in found.items()} == SIGN_INS
    assert {user.check_password(PASSWORD) for user in found.values()} == {True}


def test_pictures_can_be_opened():
    pictures = Evidence.objects.exclude(content_type="application/pdf")
    assert len(pictures) >= 5
    assert {file.content_type for file in pictures} == {"image/png"}


def test_letters_were_sent_and_what_waits_is_shown():
    assert Delivery.objects.filter(letter="decision", channel="portal").exclude(document=None).count() > 50
    refused = Delivery.objects.get(state=Delivery.State.FAILED)
    assert (refused.ticket.state, refused.channel) == ("investigating", "email")
    asked = Approval.objects.get(kind=Approval.Kind.REDRESS, state=Approval.State.REQUESTED)
    assert (asked.ticket.state, asked.amount) == ("investigating", Decimal(1580))


@override_settings(PRODUCTION=True)
def test_production_never_loads_it():
    with pytest.raises(CommandError, match="never loaded in production"):
        load()


def test_the_agent_of_the_demonstration_has_something_in_every_step():
    own = set(Ticket.objects.filter(assignee__username="agent").values_list("state", flat=True))
    assert own >= {State.ASSIGNED, State.INVESTIGATING, State.AWAITING_CUSTOMER, State.RESOLVED, State.CLOSED}


def test_an_agent_finds_words_to_use_again():
    agent = User.objects.get(username="agent")
    conversation = Conversation.objects.filter(state=ChatState.ACTIVE, assignee=agent)[0]
    ready = {one.shortcut: one for one in ready_for(conversation, agent)}
    assert str(agent) in ready["您好"].text
    assert ready["转工单"].missing == "工单号"
