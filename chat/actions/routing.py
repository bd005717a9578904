"""Who gets the next chat. One run of ``route`` makes the desk what it should be, from the database alone.

Any process may run it at any time: an offer is made under the lock of the conversation and of the person's
staffing row, and a constraint allows one open offer for a conversation. Events only make a run come sooner.
"""

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterator

from django.db import transaction
from django.utils.translation import gettext as _

from chat import events, queries
from chat.actions.base import happened
from chat.errors import ChatError
from chat.hands import Hand, hands, may_be_offered
from chat.models import Conversation, Message, Offer
from chat.permissions import is_offered
from chat.states import OfferState, State
from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.errors import ActionError
from helpdesk.core.models import Role, Staffing, User
from helpdesk.core.permissions import is_system
from helpdesk.core.pool import in_background

log = logging.getLogger(__name__)
OFFERED = dt.timedelta(seconds=30)  # how long an offer stands
ASK_AGAIN = dt.timedelta(minutes=2)  # before somebody is asked about the same conversation again
LOOKS_AT = 50  # waiting conversations in one run
EVERY = 2.0  # seconds between two runs that nothing but time asked for, and between two looks at the paces


def router() -> User:
    return User.system("router")


# --- When it runs ---------------------------------------------------------------------------------

_last_run = 0.0
_paces_at = float("-inf")  # when this process last looked whether the waiting must be told something new
_queued = threading.Event()


def wake_router() -> None:
    """Something changed: run soon after the commit."""
    transaction.on_commit(_run_soon, robust=True)


def duty_changed() -> None:
    """Somebody came or left, or takes other chats: after the commit nobody who left is asked any more, and
    the next run looks at the paces."""
    transaction.on_commit(_heed_duty, robust=True)


def _heed_duty() -> None:
    global _paces_at  # noqa: PLW0603  # a pace, not a truth
    _paces_at = float("-inf")
    _withdraw(clock.now())
    _run_soon()


def nudge_router() -> None:
    """Time has passed: called often, from any thread, and cheap when it ran a moment ago."""
    if time.monotonic() - _last_run >= EVERY:
        _run_soon()


def _run_soon() -> None:
    if not _queued.is_set():
        _queued.set()
        in_background(route)


def route() -> int:
    """End what is over, give back what is stuck, offer what waits, tell the queue. The number of changes."""
    global _last_run  # noqa: PLW0603  # a pace, not a truth
    _queued.clear()
    _last_run = time.monotonic()
    now = clock.now()
    changes = _withdraw(now) + _expire(now) + _give_back(now) + _offer(now)
    _tell_paces()
    return changes


def _tell_paces() -> None:
    """People come and go without a chat that moves: the waiting read what that makes of their wait."""
    global _paces_at  # noqa: PLW0603  # a pace, not a truth
    if time.monotonic() - _paces_at >= EVERY:
        _paces_at = time.monotonic()
        events.announce_new_paces()


def _withdraw(now: dt.datetime) -> int:
    return sum(_done(withdraw_offer, offer) for offer in queries.offers_to_absent(now)[:LOOKS_AT])


def _expire(now: dt.datetime) -> int:
    return sum(
        _done(expire_offer, offer)
        for offer in Offer.objects.filter(state=OfferState.OPEN, expires_at__lte=now)[:LOOKS_AT]
    )


def _give_back(now: dt.datetime) -> int:
    return sum(_done(return_to_queue, conversation) for conversation in queries.abandoned(now)[:LOOKS_AT])


def _offer(now: dt.datetime) -> int:
    if not queries.without_offer().exists() or not (there := hands(now)):
        return 0
    waiting = list(queries.without_offer().filter(may_be_offered(there))[:LOOKS_AT])
    made = 0
    for conversation in waiting:
        for hand in who_fits(conversation, there, now):
            if _done(offer_conversation, conversation, to=hand.user):
                hand.asked += 1
                made += 1
                break
    return made


def _done(verb: Callable[..., object], row: Conversation | Offer, **fields: User) -> bool:
    try:
        verb(row, actor=router(), **fields)
    except ActionError:  # somebody was first
        return False
    return True


def who_fits(conversation: Conversation, hands: list[Hand], now: dt.datetime) -> Iterator[Hand]:
    """Whom to ask, best first: the last agent of this customer, then who has been idle longest."""
    asked = set(queries.asked_since(conversation, now - ASK_AGAIN))
    last = queries.last_agent(conversation)
    fit = [hand for hand in hands if hand.user.pk not in asked and hand.fits(conversation)]
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    yield from sorted(
        fit,
        key=lambda hand: (
            conversation.urgent and hand.user.role != Role.SUPERVISOR,
            hand.user.pk != last,
            hand.busy_at or never,
            hand.user.pk,
        ),
    )


# --- Verbs ------------------------------------------------------------------------------------------


@action("conversation.offered", allowed=is_system, audited=False)  # the offers are the record
def offer_conversation(conversation: Conversation, *, actor: User, to: User) -> Offer:
    """Ask one person; 409 if somebody is asked already or this person has no room."""
    staffing = Staffing.objects.select_for_update().get(user=to)
    if conversation.state != State.WAITING or conversation.offers.filter(state=OfferState.OPEN).exists():
        raise ChatError("conflict", _("这个对话已经有人在处理。"), state=conversation.state)
    if not conversation.urgent and queries.load_of(to) >= staffing.capacity:
        raise ChatError("conflict", _("这位同事已经满额。"), state=conversation.state)
    now = clock.now()
    offer = Offer.objects.create(conversation=conversation, agent=to, made_at=now, expires_at=now + OFFERED)
    events.offer_changed(offer)
    return offer


@action("offer.declined", allowed=is_offered)
def decline_offer(offer: Offer, *, actor: User) -> Offer:
    """Not now: the next one is asked."""
    offer.decline()
    _end(offer)
    wake_router()
    return offer


@action("offer.expired", allowed=is_system, audited=False)
def expire_offer(offer: Offer, *, actor: User) -> Offer:
    if offer.expires_at > clock.now():
        raise ChatError("conflict", _("这个请求还没有到期。"), state=offer.state)
    offer.expire()
    _end(offer)
    return offer


def end_offers(conversation: Conversation, taker: User | None) -> None:
    """In the transaction that takes or ends the conversation: nobody is asked about it any more."""
    for offer in conversation.offers.select_for_update().filter(state=OfferState.OPEN):
        if taker is not None and offer.agent_id == taker.pk:
            offer.accept()
        else:
            offer.withdraw()
        _end(offer)


def _end(offer: Offer) -> None:
    offer.ended_at = clock.now()
    offer.save()
    events.offer_changed(offer)


@action("offer.withdrawn", allowed=is_system, audited=False)
def withdraw_offer(offer: Offer, *, actor: User) -> Offer:
    """Whoever is asked is not on duty any more."""
    offer.withdraw()
    _end(offer)
    return offer


def count_as_asked(conversation: Conversation, agent: User) -> None:
    """Whoever puts it back is not asked about it again at once."""
    now = clock.now()
    Offer.objects.create(
        conversation=conversation,
        agent=agent,
        state=OfferState.DECLINED,
        made_at=now,
        expires_at=now,
        ended_at=now,
    )


def idle_from_now(*people: int | None) -> None:
    """They took, ended or gave away a chat: whoever did that longest ago is asked first."""
    for pk in sorted(pk for pk in people if pk is not None):  # in one order for everybody
        Staffing.objects.filter(user=pk).update(busy_at=clock.now())


@action("conversation.returned", allowed=is_system)
def return_to_queue(conversation: Conversation, *, actor: User) -> Conversation:
    """Whoever had it has left: back into the queue, in its old place."""
    if not queries.abandoned(clock.now()).filter(pk=conversation.pk).exists():
        raise ChatError("conflict", _("接待的同事还在。"), state=conversation.state)
    conversation.release()
    conversation.assignee = None
    happened(conversation, Message.Event.RELEASED)
    conversation.save()
    events.conversation_moved(conversation)
    return conversation
