"""Visitors who have gone: their chats end by themselves, and go on when they come back.

How long a visitor may be away is CHAT_ENDS_AFTER in the settings. Their page says now and then that they are
there (``visitor_here``), and whatever they write says it too. So does what people say
to them or note. Urgent ones are left to people.
"""

import datetime as dt
import logging
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from chat import events, queries
from chat.actions.base import estimate_wait, happened
from chat.actions.routing import end_offers, wake_router
from chat.actions.talk import end_now
from chat.errors import ChatError
from chat.models import Conversation, ConversationQuerySet, Message, Note
from chat.permissions import is_visitor
from chat.states import State
from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.models import Role, User
from helpdesk.core.permissions import is_system

log = logging.getLogger(__name__)
BATCH = 200
SIGN = dt.timedelta(minutes=5)  # between two signs of life that are kept
LISTENS = (State.BOT, State.WAITING, State.ACTIVE)  # where it matters whether the visitor is there


def wants_sign(conversation: Conversation, now: dt.datetime) -> bool:
    """It is time to keep that its visitor is there."""
    known = conversation.visitor_at
    return conversation.state in LISTENS and (known is None or now - known >= SIGN)


def visitor_here(pk: UUID) -> None:
    """A sign of life. Not an action: nothing is decided here, and it comes every few minutes."""
    Conversation.objects.filter(pk=pk, state__in=LISTENS).update(visitor_at=clock.now())


def gone(state: str, now: dt.datetime) -> ConversationQuerySet:
    """Conversations in this state whose visitor has been gone, and where nobody but the bot has said or noted
    anything, for as long as the settings say."""
    minutes = settings.CHAT_ENDS_AFTER[state]
    if minutes <= 0:
        return Conversation.objects.none()
    since = now - dt.timedelta(minutes=minutes)
    unseen = Q(visitor_at=None) | Q(visitor_at__lt=since)
    said = Message.objects.filter(
        ~Q(author_kind=Message.Author.BOT), conversation=OuterRef("pk"), at__gte=since
    )
    rows = Conversation.objects.filter(unseen, state=state, urgent=False, created_at__lt=since)
    noted = Note.objects.filter(~Q(author__role=Role.SYSTEM), conversation=OuterRef("pk"), at__gte=since)
    return rows.filter(~Exists(said), ~Exists(noted)).order_by("created_at")


def end_left() -> int:
    """At most ``BATCH`` of each state in one run; the number ended."""
    ended, now = 0, clock.now()
    for state in settings.CHAT_ENDS_AFTER:
        for conversation in gone(state, now)[:BATCH]:
            try:
                end_conversation(conversation, actor=User.system("chat-sweep"))
            except ChatError:  # somebody came first
                continue
            except Exception as error:  # the next ones must not suffer
                log.error("conversation %s was not ended: %s", conversation.pk, type(error).__name__)
                continue
            ended += 1
    return ended


@action("conversation.ended_by_itself", allowed=is_system)
def end_conversation(conversation: Conversation, *, actor: User) -> Conversation:
    """Its visitor has gone; both sides read that, and the visitor may go on with it later."""
    state = conversation.state
    if state not in LISTENS or not gone(state, clock.now()).filter(pk=conversation.pk).exists():
        raise ChatError("conflict", _("访客还在，或者对话已经结束。"), state=state)
    happened(conversation, Message.Event.LEFT, state=state)
    end_now(conversation, by=Message.Author.SYSTEM)
    conversation.save()
    end_offers(conversation, None)
    wake_router()
    events.conversation_moved(conversation)
    return conversation


@action("conversation.gone_on_with", allowed=is_visitor)
def go_on(conversation: Conversation, *, actor: Actor) -> Conversation:
    """The visitor is back: the same conversation, with all that was said, at the end of the queue."""
    left = queries.ended_by_itself(conversation)
    if left is None:
        raise ChatError("conflict", _("这次对话不能接着进行，请开始新的对话。"), state=conversation.state)
    if left.data["state"] == State.BOT:
        conversation.go_on_with_bot()
    else:
        conversation.go_on_waiting()
        conversation.waiting_since = clock.now()
    conversation.closed_at, conversation.queued_at, conversation.assignee = None, clock.now(), None
    conversation.accepted_at, conversation.visitor_at = None, clock.now()
    estimate_wait(conversation)
    happened(conversation, Message.Event.REOPENED)
    conversation.save()
    wake_router()
    events.conversation_moved(conversation)
    return conversation
