"""Offers: to whom, never two at once, answered, declined, timed out; and nobody is left with who has gone."""

import datetime as dt
import uuid
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from chat import events, queries
from chat.actions import (
    accept_conversation,
    close_conversation,
    decline_offer,
    end_left,
    go_on,
    mark_spam,
    offer_conversation,
    post_message,
    release_conversation,
    route,
    start_conversation,
    transfer_conversation,
)
from chat.actions.routing import ASK_AGAIN, LOOKS_AT, OFFERED, router
from chat.events import state_fields
from chat.models import Conversation, Message, Offer
from chat.pace import HANDLING, Pace, anybody_for, error_of_estimates, measure, places
from chat.states import OfferState, State
from chat.tokens import visitor
from chat.views.present import state_text
from helpdesk.core import clock
from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import Presence, Role, Staffing, Topic, User
from helpdesk.core.signals import page_open
from helpdesk.core.staffing.actions import seen, set_presence, set_staffing

SECOND = dt.timedelta(seconds=1)


def on_duty(*people, capacity=3, skills=(), languages=()):
    boss = User.objects.get(role=Role.SUPERVISOR)
    for person in people:
        set_staffing(person, actor=boss, skills=skills, languages=languages, capacity=capacity)
        set_presence(person, actor=person, presence=Presence.ON)
        seen(person, dt.timedelta(hours=1))


def open_offers() -> list[tuple[str, User]]:
    found = Offer.objects.filter(state=OfferState.OPEN).order_by("conversation__queued_at")
    return [(offer.conversation.name, offer.agent) for offer in found.select_related("agent", "conversation")]


def asks(name: str, **fields) -> Conversation:
    return start_conversation(actor=Guest(), name=name, **fields)


# --- To whom ------------------------------------------------------------------------------------------


def test_the_queue_is_offered_in_order_to_whoever_is_on_duty(cast):
    on_duty(cast.agent, cast.other_agent, capacity=1)
    for name in "甲乙丙":
        asks(name)
    assert route() == 2
    assert [name for name, _agent in open_offers()] == ["甲", "乙"]
    assert {agent for _name, agent in open_offers()} == {cast.agent, cast.other_agent}
    assert route() == 0  # both are full, and asked


@pytest.mark.parametrize("presence", [Presence.PAUSE, Presence.OFF])
def test_who_is_not_on_duty_is_not_asked(cast, presence):
    on_duty(cast.agent)
    set_presence(cast.agent, actor=cast.agent, presence=presence)
    asks("甲")
    assert route() == 0


def test_a_desk_that_shows_no_sign_of_life_is_not_asked(cast):
    on_duty(cast.agent)
    seen(cast.agent, -SECOND, at_most=True)
    asks("甲")
    assert route() == 0


def test_skills_languages_and_teams(cast, teams):
    on_duty(cast.agent, skills=["fees"], languages=["zh-hans", "en"])
    on_duty(cast.other_agent, skills=["repayment"])
    asks("费用", topic="fees", language="en")
    asks("繁体", topic="fees", language="zh-hant")
    asks("还款", topic="repayment", language="zh-hant")
    route()
    assert open_offers() == [("费用", cast.agent), ("还款", cast.other_agent)]


@pytest.mark.parametrize("kind", ["language", "skill", "team"])
def test_what_fits_nobody_stands_in_nobodys_way(cast, teams, kind):
    on_duty(cast.agent, skills=["repayment"], languages=["zh-hans"])
    other = {"language": {"language": "en"}, "skill": {"topic": "fees"}, "team": {}}[kind]
    for _ in range(LOOKS_AT):
        asks("别的", **{"topic": "repayment", **other})
    if kind == "team":
        Conversation.objects.update(team=teams[1])
    asks("甲", topic="repayment")
    assert route() == 1
    assert open_offers() == [("甲", cast.agent)]


def test_the_urgent_are_offered_to_whoever_is_there(cast):
    on_duty(cast.agent, skills=["repayment"], languages=["zh-hans"], capacity=1)
    accept_conversation(asks("忙"), actor=cast.agent)
    urgent = asks("急", topic="fees", language="en")
    assert route() == 0
    Conversation.objects.filter(pk=urgent.pk).update(urgent=True)
    assert route() == 1


def test_whoever_is_offered_an_urgent_one_of_another_team_can_take_it(cast, teams, client_of):
    on_duty(cast.agent)
    urgent = asks("急")
    Conversation.objects.filter(pk=urgent.pk).update(urgent=True, team=teams[1])
    client = client_of("agent")
    assert client.get(reverse("chat:conversation", args=[urgent.pk])).status_code == 404
    route()
    assert open_offers() == [("急", cast.agent)]
    assert client.get(reverse("chat:conversation", args=[urgent.pk])).context["accepts"]
    assert client.post(reverse("chat:accept", args=[urgent.pk])).status_code == 302
    assert Conversation.objects.get(pk=urgent.pk).assignee == cast.agent


def test_a_team_queue_is_offered_to_its_team(cast, teams):
    on_duty(cast.agent, cast.other_agent)
    mine = accept_conversation(asks("甲"), actor=cast.agent)
    transfer_conversation(mine, actor=cast.agent, to=teams[1])
    route()
    assert open_offers() == [("甲", cast.other_agent)]


def test_longest_idle_first_and_the_last_agent_before_that(cast):
    on_duty(cast.agent, cast.other_agent)
    close_conversation(
        accept_conversation(asks("甲", customer=cast.customer), actor=cast.agent), actor=cast.agent
    )
    asks("乙")
    route()
    assert open_offers() == [("乙", cast.other_agent)]
    asks("丙", customer=cast.customer)
    route()
    assert open_offers() == [("乙", cast.other_agent), ("丙", cast.agent)]


def test_whoever_talked_before_is_asked_first_when_it_waits_again(cast):
    """Also of a visitor whom nobody knows; but not whoever gave it away."""
    on_duty(cast.agent, cast.other_agent)
    mine = accept_conversation(asks("甲"), actor=cast.agent)
    post_message(mine, actor=cast.agent, client_id=uuid.uuid4(), text="您好")
    with clock.at(clock.now() + dt.timedelta(minutes=31)):
        end_left()
        on_duty(cast.agent, cast.other_agent)
        go_on(mine, actor=visitor(mine))
        route()
        assert open_offers() == [("甲", cast.agent)]
        decline_offer(Offer.objects.get(state=OfferState.OPEN), actor=cast.agent)
        assert queries.last_agent(mine) is None


def test_the_urgent_go_first_and_to_a_supervisor_whatever_the_capacity(cast):
    on_duty(cast.agent, cast.supervisor, capacity=1)
    accept_conversation(asks("忙"), actor=cast.supervisor)
    asks("甲")
    urgent = asks("急")
    Conversation.objects.filter(pk=urgent.pk).update(urgent=True)
    route()
    assert sorted(open_offers(), key=str) == sorted([("急", cast.supervisor), ("甲", cast.agent)], key=str)
    assert [c.name for c in Conversation.objects.waiting()] == ["急", "甲"]


@pytest.mark.parametrize("how", ["close", "spam", "release", "transfer", "hand to a team"])
def test_who_ended_or_gave_away_a_chat_is_not_the_longest_idle(cast, teams, how):
    on_duty(cast.agent, cast.other_agent, capacity=9)
    mine = accept_conversation(asks("甲"), actor=cast.agent)
    accept_conversation(asks("乙"), actor=cast.other_agent)  # later
    verbs = {
        "close": partial(close_conversation, mine, actor=visitor(mine)),
        "spam": partial(mark_spam, mine, actor=cast.agent),
        "release": partial(release_conversation, mine, actor=cast.agent),
        "transfer": partial(transfer_conversation, mine, actor=cast.agent, to=cast.supervisor),
        "hand to a team": partial(transfer_conversation, mine, actor=cast.agent, to=teams[1]),
    }
    on_duty(cast.supervisor)
    verbs[how]()
    asks("丙")
    route()
    assert ("丙", cast.other_agent) in open_offers()


# --- Answers --------------------------------------------------------------------------------------------


@pytest.fixture
def offer(cast) -> Offer:
    on_duty(cast.agent)
    asks("甲")
    route()
    return Offer.objects.get()


def test_accepting_ends_the_offer_and_fills_a_place(cast, offer):
    accept_conversation(offer.conversation, actor=cast.agent)
    offer = Offer.objects.get()
    assert (offer.state, offer.ended_at is not None) == (OfferState.ACCEPTED, True)
    assert queries.load_of(cast.agent) == 1
    assert Staffing.objects.get(user=cast.agent).busy_at is not None


def test_somebody_else_taking_it_from_the_list_withdraws_the_offer(cast, offer):
    accept_conversation(offer.conversation, actor=cast.supervisor)
    assert Offer.objects.get().state == OfferState.WITHDRAWN


def test_a_visitor_who_leaves_withdraws_the_offer(offer):
    close_conversation(offer.conversation, actor=visitor(offer.conversation))
    assert Offer.objects.get().state == OfferState.WITHDRAWN


def test_declining_asks_the_next_and_not_the_same_at_once(cast, offer):
    decline_offer(offer, actor=cast.agent)
    assert route() == 0
    on_duty(cast.other_agent)
    assert route() == 1
    assert open_offers() == [("甲", cast.other_agent)]


@pytest.mark.parametrize("to", ["queue", "team"])
def test_who_puts_a_chat_back_is_not_offered_it_at_once(cast, teams, to):
    on_duty(cast.agent, cast.other_agent)
    User.objects.filter(pk=cast.other_agent.pk).update(team=teams[0])
    accept_conversation(asks("乙"), actor=cast.other_agent)
    mine = accept_conversation(asks("甲"), actor=cast.agent)
    Staffing.objects.filter(user=cast.agent).update(busy_at=None)  # idle longest
    if to == "queue":
        release_conversation(mine, actor=cast.agent)
    else:
        transfer_conversation(mine, actor=cast.agent, to=teams[0])
    route()
    assert open_offers() == [("甲", cast.other_agent)]


def test_who_is_alone_gets_it_back_after_a_while(cast):
    on_duty(cast.agent)
    release_conversation(accept_conversation(asks("甲"), actor=cast.agent), actor=cast.agent)
    assert route() == 0
    with clock.at(clock.now() + ASK_AGAIN + SECOND):
        assert route() == 1


@pytest.mark.parametrize("how", ["off duty", "pause", "signed out"])
def test_who_leaves_is_asked_no_more_at_once(cast, offer, client_of, how, django_capture_on_commit_callbacks):
    """And whoever is there is asked in the next run."""
    on_duty(cast.other_agent)
    with django_capture_on_commit_callbacks(execute=True):
        if how == "signed out":
            client_of("agent").post(reverse("account_logout"))
        else:
            presence = Presence.OFF if how == "off duty" else Presence.PAUSE
            set_presence(cast.agent, actor=cast.agent, presence=presence)
    assert Offer.objects.get().state == OfferState.WITHDRAWN
    route()
    assert open_offers() == [("甲", cast.other_agent)]


def test_a_desk_that_falls_silent_is_asked_no_more(cast, offer):
    seen(cast.agent, -SECOND, at_most=True)
    assert (route(), Offer.objects.get().state) == (1, OfferState.WITHDRAWN)


def test_only_who_is_asked_may_decline(cast, offer):
    for person in (cast.other_agent, cast.supervisor):
        with pytest.raises(ActionForbidden):
            decline_offer(offer, actor=person)
    decline_offer(offer, actor=cast.agent)
    with pytest.raises(ActionError):
        decline_offer(offer, actor=cast.agent)


def test_after_thirty_seconds_the_next_is_asked(cast, offer):
    on_duty(cast.other_agent)
    with clock.at(offer.expires_at - SECOND):
        assert route() == 0
    with clock.at(offer.expires_at):
        assert route() == 2  # one ended, one made
    assert (offer.expires_at - offer.made_at, open_offers()) == (OFFERED, [("甲", cast.other_agent)])


def test_whoever_is_alone_is_asked_again_after_a_while(cast, offer):
    with clock.at(offer.made_at + ASK_AGAIN):
        route()
    with clock.at(offer.made_at + ASK_AGAIN + SECOND):
        route()
    assert open_offers() == [("甲", cast.agent)]


# --- Never two ------------------------------------------------------------------------------------------


def test_the_database_itself_refuses_a_second_open_offer(cast, offer):
    with pytest.raises(IntegrityError), transaction.atomic():
        Offer.objects.create(
            conversation=offer.conversation,
            agent=cast.other_agent,
            made_at=offer.made_at,
            expires_at=offer.expires_at,
        )


@pytest.mark.django_db(transaction=True)
def test_twenty_routers_at_once_make_one_offer(cast, at_once):
    on_duty(cast.agent, cast.other_agent)
    waiting = asks("甲")
    router()
    results = at_once([route] * 20)
    assert sum(results) == 1
    assert Offer.objects.filter(conversation=waiting).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_twenty_accepts_of_an_offer_one_wins(cast, at_once):
    on_duty(cast.agent)
    waiting = asks("甲")
    route()
    colleagues = [User.objects.create_user(f"a{n}", name=f"a{n}", role=Role.AGENT) for n in range(10)]
    people = [cast.agent] * 10 + colleagues
    results = at_once([partial(accept_conversation, waiting, actor=person) for person in people])
    assert sorted(type(result).__name__ for result in results) == ["ActionError"] * 19 + ["Conversation"]
    taken = Conversation.objects.get()
    wanted = OfferState.ACCEPTED if taken.assignee == cast.agent else OfferState.WITHDRAWN
    assert [one.state for one in Offer.objects.all()] == [wanted]


@pytest.mark.django_db(transaction=True)
def test_of_twenty_offers_to_a_person_with_one_place_one_is_made(cast, at_once):
    on_duty(cast.agent, capacity=1)
    waiting = [asks(str(n)) for n in range(20)]
    actor = router()
    results = at_once([partial(offer_conversation, one, actor=actor, to=cast.agent) for one in waiting])
    assert sum(isinstance(result, Offer) for result in results) == 1


# --- Nobody is left with who has gone ---------------------------------------------------------------------


@pytest.mark.parametrize("how", ["off duty", "signed out", "desk gone", "deactivated", "another role"])
def test_what_somebody_leaves_goes_back_to_its_place(cast, client_of, how):
    on_duty(cast.agent)
    mine = accept_conversation(asks("先来"), actor=cast.agent)
    asks("后来")
    assert queries.abandoned(clock.now()).count() == 0
    if how == "off duty":
        set_presence(cast.agent, actor=cast.agent, presence=Presence.OFF)
    elif how == "signed out":
        client_of("agent").post(reverse("account_logout"))
    elif how == "desk gone":
        seen(cast.agent, -SECOND, at_most=True)
    elif how == "deactivated":
        User.objects.filter(pk=cast.agent.pk).update(is_active=False)
    else:
        User.objects.filter(pk=cast.agent.pk).update(role=Role.ANALYST)
    assert route() == 1
    back = Conversation.objects.get(pk=mine.pk)
    assert (back.state, back.assignee, queries.queue_position(back)) == (State.WAITING, None, 1)
    assert Message.objects.filter(conversation=mine).latest("seq").text == "released"
    assert route() == 0


def shown_for(person, field="page_until") -> dt.timedelta:
    until: dt.datetime = getattr(Staffing.objects.get(user=person), field)
    return until - clock.now()


def test_an_open_page_of_staff_keeps_what_is_in_hand(cast):
    """The case form in place of the desk, for as long as it takes; but nobody is asked there."""
    on_duty(cast.agent, cast.other_agent)
    mine = accept_conversation(asks("甲"), actor=cast.agent)
    for person in (cast.agent, cast.other_agent):
        seen(person, -SECOND, at_most=True)
        page_open.send(User, user=person)
    assert shown_for(cast.agent) > 50 * SECOND
    assert Staffing.objects.get(user=cast.other_agent).page_until is None
    later = asks("乙")
    assert (route(), anybody_for(later)) == (0, False)
    with pytest.raises(ActionError):
        transfer_conversation(mine, actor=cast.supervisor, to=cast.agent)
    with clock.at(clock.now() + 61 * SECOND):
        assert route() == 1


@pytest.mark.parametrize("name", ["convert", "record", "loans", "canned"])
def test_without_a_socket_each_page_beside_the_desk_is_a_sign_of_life(cast, active, client_of, name):
    on_duty(cast.agent)
    seen(cast.agent, -SECOND, at_most=True)
    client_of("agent").get(reverse(f"chat:{name}", args=[] if name == "canned" else [active.pk]))
    assert shown_for(cast.agent) > 290 * SECOND
    assert (route(), anybody_for(active)) == (0, False)


def test_without_a_socket_the_lists_of_the_desk_are_a_sign_of_it(cast, client_of):
    on_duty(cast.agent)
    seen(cast.agent, SECOND, at_most=True)
    client_of("agent").get(reverse("chat:lists"))
    assert shown_for(cast.agent, "here_until") > 290 * SECOND


def test_the_lists_are_fetched_often_and_say_so_once_a_minute(cast, client_of):
    on_duty(cast.agent)
    seen(cast.agent, SECOND, at_most=True)
    client, start = client_of("agent"), clock.now()
    said = []
    for seconds in (0, 20, 59, 61, 80):
        with clock.at(start + seconds * SECOND):
            client.get(reverse("chat:lists"))
            said.append(Staffing.objects.get(user=cast.agent).here_until)
    assert said[0] == said[1] == said[2] != said[3] == said[4]


def test_a_pause_keeps_what_is_in_hand(cast):
    on_duty(cast.agent)
    accept_conversation(asks("甲"), actor=cast.agent)
    set_presence(cast.agent, actor=cast.agent, presence=Presence.PAUSE)
    assert route() == 0


def test_who_never_went_on_duty_keeps_what_was_taken_by_hand(active):
    assert route() == 0


@pytest.mark.parametrize("seen_before", [None, -SECOND])
def test_nothing_is_handed_to_a_desk_where_nobody_is(cast, active, seen_before):
    on_duty(cast.other_agent)
    until = None if seen_before is None else clock.now() + seen_before
    Staffing.objects.filter(user=cast.other_agent).update(here_until=until)
    with pytest.raises(ActionError, match="丁坐席现在不在岗"):
        transfer_conversation(active, actor=cast.agent, to=cast.other_agent)
    Staffing.objects.all().delete()  # never opened the desk
    with pytest.raises(ActionError):
        transfer_conversation(active, actor=cast.agent, to=cast.other_agent)
    on_duty(cast.other_agent)
    set_presence(cast.other_agent, actor=cast.other_agent, presence=Presence.PAUSE)
    moved = transfer_conversation(active, actor=cast.agent, to=cast.other_agent)
    assert moved.assignee == cast.other_agent


def test_what_waits_for_somebody_who_never_came_goes_back(cast, active):
    Conversation.objects.filter(pk=active.pk).update(waiting_since=clock.now())
    assert route() == 0
    with clock.at(clock.now() + dt.timedelta(minutes=6)):
        assert route() == 1
    assert Conversation.objects.get(pk=active.pk).state == State.WAITING


def test_who_is_off_can_neither_take_nor_be_given_a_chat(cast, active):
    on_duty(cast.other_agent)
    set_presence(cast.other_agent, actor=cast.other_agent, presence=Presence.OFF)
    with pytest.raises(ActionError):
        accept_conversation(asks("甲"), actor=cast.other_agent)
    with pytest.raises(ActionError):
        transfer_conversation(active, actor=cast.agent, to=cast.other_agent)


# --- The wait ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pace", "place", "seconds"),
    [
        (Pace(0, 0, 480), 1, None),
        (Pace(3, 2, 480), 2, 15),
        (Pace(3, 0, 480), 1, 175),
        (Pace(3, 1, 480), 4, 495),
    ],
)
def test_the_estimate(pace, place, seconds):
    assert pace.wait(place) == seconds


def test_the_pace_comes_from_who_is_there_and_what_chats_took(cast):
    assert measure(Conversation()) == Pace(0, 0, 480)
    on_duty(cast.agent, capacity=2)
    start = clock.now()
    taken = accept_conversation(asks("甲"), actor=cast.agent)
    with clock.at(start + dt.timedelta(seconds=100)):
        close_conversation(taken, actor=cast.agent)
    accept_conversation(asks("乙"), actor=cast.agent)
    pace = measure(Conversation())
    assert (pace.slots, pace.free, round(pace.handling)) == (2, 1, 100)


def test_spam_makes_no_figure(cast):
    on_duty(cast.agent)
    spam = asks("甲")
    Conversation.objects.filter(pk=spam.pk).update(wait_estimate=60)
    accept_conversation(spam, actor=cast.agent)
    with clock.at(clock.now() + dt.timedelta(seconds=2)):
        mark_spam(spam, actor=cast.agent)
    assert measure(Conversation()).handling == HANDLING
    assert error_of_estimates(spam.queued_at) is None


def test_the_pace_counts_who_may_get_this_chat(cast, teams):
    on_duty(cast.supervisor, capacity=9)
    english = Conversation(topic="fees", language="en")
    assert measure(english).wait(1) is None  # supervisors are asked about the urgent only
    assert not anybody_for(english)
    on_duty(cast.agent, skills=["repayment"], capacity=2)
    on_duty(cast.other_agent, languages=["zh-hans"], capacity=3)
    assert measure(english).slots == 0
    assert measure(Conversation(topic="fees")).slots == 3
    assert measure(Conversation(topic="repayment", language="en")).slots == 2
    assert measure(Conversation(topic="repayment", team=teams[0])).slots == 2
    urgent = Conversation(topic="fees", language="en", urgent=True)
    assert (measure(urgent).slots, measure(urgent).wait(40)) == (14, 15)
    assert anybody_for(urgent)


def test_the_urgent_are_told_no_number_once_one_of_them_has_waited_longer(cast):
    on_duty(cast.agent)
    first = asks("甲")
    Conversation.objects.filter(pk=first.pk).update(urgent=True)
    first.refresh_from_db()
    calm = Conversation(topic="fees")
    assert (measure(first).wait(1), state_fields(first)["urgent"]) == (15, True)
    with clock.at(first.queued_at + dt.timedelta(seconds=61)):
        on_duty(cast.agent)
        assert measure(first).wait(1) is None
        assert measure(Conversation(urgent=True)).wait(2) is None
        assert measure(calm).wait(2) is not None
    assert "紧急，优先接入" in state_text(first, 1, None)
    assert "没有同事在岗" in state_text(calm, 1, None)


def test_a_question_to_somebody_takes_no_free_place_from_the_estimate(cast):
    on_duty(cast.agent, capacity=1)
    asks("甲")
    before = places(anew=True)
    assert (route(), places(anew=True)) == (1, before)


def test_the_estimate_told_on_queueing_is_kept(cast):
    on_duty(cast.agent, capacity=1)
    kept = [Conversation.objects.get(pk=asks(name).pk).wait_estimate for name in "甲乙"]
    assert kept == [15, 495]
    assert asks("问", bot=True).wait_estimate is None
    with clock.at(clock.now() + dt.timedelta(minutes=40)):
        assert end_left() == 2
        set_presence(cast.agent, actor=cast.agent, presence=Presence.ON)
        back = Conversation.objects.get(name="乙")
        assert go_on(back, actor=visitor(back)).wait_estimate == 15


def test_one_look_at_the_paces_in_a_while_unless_somebody_came_or_left(
    cast, monkeypatch, django_capture_on_commit_callbacks
):
    looks = []
    monkeypatch.setattr(events, "announce_new_paces", lambda: looks.append(1))
    monkeypatch.setattr("chat.actions.routing._paces_at", float("-inf"))
    for _ in range(3):
        route()
    assert len(looks) == 1
    with django_capture_on_commit_callbacks(execute=True):
        on_duty(cast.agent)
    for _ in range(3):
        route()
    assert len(looks) == 2


def test_the_places_are_told_with_the_pace_of_their_kind(cast):
    on_duty(cast.agent, skills=["repayment"], capacity=1)
    able, other = asks("甲", topic="repayment"), asks("乙", topic="fees")
    assert places() == {able.pk: (1, 15), other.pk: (2, None)}


@pytest.mark.parametrize("count", [1, 8])
def test_all_places_cost_the_same(cast, count, django_assert_num_queries):
    on_duty(cast.agent)
    for topic in list(Topic.values)[:count]:
        asks("甲", topic=topic)
    with django_assert_num_queries(5):
        places(anew=True)


def test_what_was_told_is_compared_with_what_happened(db, cast):
    waiting = asks("甲")
    Conversation.objects.filter(pk=waiting.pk).update(wait_estimate=60)
    with clock.at(waiting.queued_at + dt.timedelta(seconds=100)):
        accept_conversation(waiting, actor=cast.agent)
    assert error_of_estimates(waiting.queued_at) == (1, 40.0)
    assert error_of_estimates(waiting.queued_at + SECOND) is None


# --- Pages --------------------------------------------------------------------------------------------------


def test_the_desk_shows_the_offer_the_presence_and_the_load(cast, offer, client_of):
    page = str(client_of("agent").get(reverse("chat:desk")).content, "utf-8")
    assert f'data-offer="{offer.pk}"' in page
    assert 'value="on" aria-pressed="true"' in page
    assert "接待 1 / 3" in page
    declined = client_of("agent").post(reverse("chat:decline", args=[offer.pk]))
    assert (declined.status_code, open_offers()) == (302, [])
