"""Reading conversations."""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from chat.corrections import Words, edits_of, is_edit, is_event
from chat.lines import file_names
from chat.models import QUEUE_SHOWN, Conversation, ConversationQuerySet, Message, Note, Offer, PreChat
from chat.sql import stored
from chat.states import OfferState, State
from chat.tokens import GRANT, LONGEST, hash_of, opens
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.keyset import CappedCount
from helpdesk.core.models import WORKERS, Presence, Role, User
from helpdesk.core.staffing.actions import READS
from helpdesk.core.staffing.queries import on_duty
from tickets.models import Ticket
from tickets.permissions import can_read_notes, conflict_with
from tickets.queries import tickets_visible_to

PAGE = 200  # messages in one answer
UNREAD_SHOWN = 99  # messages of one conversation
# What a hello is answered from; the rest is read where it is asked for.
SHOWN = (
    *("id", "token_hash", "state", "team_id", "last_seq", "score", "visitor_read", "agent_read"),
    *("waiting_since", "topic", "language", "urgent", "queued_at", "visitor_at", "assignee_id", "ticket_id"),
)
OF_OTHERS = ("assignee__name", "assignee__username", "ticket__number")


def pre_chat() -> PreChat:
    """What is asked before a chat; without a row the defaults, unsaved."""
    return PreChat.objects.first() or PreChat(pk=1)


def conversations_visible_to(actor: Actor) -> ConversationQuerySet:
    """Visitors: theirs. Agents: their own, and what waits for their team or is offered to them. Supervisors
    and analysts: all."""
    everything = Conversation.objects.with_people()
    if not isinstance(actor, User):
        prefix = f"{GRANT}:"
        return everything.filter(pk__in=[g[len(prefix) :] for g in actor.grants if g.startswith(prefix)])
    if actor.role == Role.CUSTOMER:
        return everything.filter(customer=actor)
    if actor.role == Role.AGENT:
        offered = Q(pk__in=Offer.objects.filter(agent=actor, state=OfferState.OPEN).values("conversation"))
        return everything.filter(
            Q(assignee=actor) | (Q(state=State.WAITING) & (_for_team_of(actor) | offered))
        )
    if actor.role in (Role.SUPERVISOR, Role.ANALYST):
        return everything
    return everything.none()


def _for_team_of(agent: User) -> Q:
    return Q(team=None) | Q(team_id=agent.team_id) if agent.team_id else Q(team=None)


def visible_to(reader: User, pk: uuid.UUID) -> Conversation | None:
    """One of theirs to open: not what became a case that they keep off, unless they are talking in it."""
    own = conversations_visible_to(reader).filter(pk=pk).first()
    if own is None or own.ticket is None or reader.pk in (own.assignee_id, own.customer_id):
        return own
    return None if conflict_with(reader, own.ticket) else own


def record_for(reader: User, pk: uuid.UUID) -> Conversation | None:
    """One to read: what the reader has at the desk, and what became a case that they may read whole."""
    if (own := visible_to(reader, pk)) is not None:
        return own
    of_cases = Conversation.objects.with_people().filter(ticket__in=tickets_visible_to(reader))
    found = of_cases.filter(pk=pk).first()
    return found if found and can_read_notes(reader, found.ticket) else None


def waiting_for(user: User) -> ConversationQuerySet:
    """The queue as this agent or supervisor may serve it, longest waiting first."""
    return conversations_visible_to(user).waiting()


def own_conversations(user: User) -> ConversationQuerySet:
    """What this agent is talking in now; those with an unanswered visitor first, longest waiting first."""
    own = Conversation.objects.with_people().filter(assignee=user)
    return own.open().order_by("waiting_since", "created_at", "id")


def with_unread(rows: ConversationQuerySet) -> ConversationQuerySet:
    """Each with ``unread``: how much of what its visitor said its agent has not read."""
    return rows.annotate(unread=CappedCount(_unread(), most=UNREAD_SHOWN))


def _unread() -> QuerySet[Message]:
    said = Message.objects.filter(conversation=OuterRef("pk"), author_kind=Message.Author.VISITOR)
    return said.filter(seq__gt=OuterRef("agent_read"))


def unread_count(user: User) -> int:
    """Own conversations with something unread, and what this person is being asked; two queries."""
    return own_conversations(user).filter(Exists(_unread())).count() + offers_to(user).count()


def conversation_by_token(token: str) -> Conversation | None:
    """The one conversation that a token opens."""
    if not token or len(token) > LONGEST:
        return None
    return Conversation.objects.select_related("assignee", "ticket").filter(token_hash=hash_of(token)).first()


def conversations_opened_by(asked: Sequence[tuple[uuid.UUID, str]]) -> list[Conversation | None]:
    """Each conversation, if the token is its own; absent and foreign are the same None.

    One query, and rows are taken as values: after a restart thousands are read in a few seconds.
    """
    opened = Conversation.objects.filter(pk__in={pk for pk, _token in asked}).order_by()
    found = {values[0]: _row(values) for values in opened.values_list(*SHOWN, *OF_OTHERS)}
    return [_opened(found.get(pk), token) for pk, token in asked]


def _row(values: tuple[Any, ...]) -> Conversation:
    *own, name, username, number = values
    row = dict(zip(SHOWN, own, strict=True))
    agent, ticket = row["assignee_id"], row["ticket_id"]
    return stored(
        Conversation,
        row,
        assignee=stored(User, {"id": agent, "name": name, "username": username}) if agent else None,
        ticket=stored(Ticket, {"id": ticket, "number": number}) if ticket else None,
    )


def conversation_opened_by(pk: uuid.UUID, token: str) -> Conversation | None:
    return conversations_opened_by([(pk, token)])[0]


def _opened(conversation: Conversation | None, token: str) -> Conversation | None:
    if conversation is None or not token or len(token) > LONGEST or not opens(token, conversation):
        return None
    return conversation


def messages_after(pk: uuid.UUID, seq: int, limit: int = PAGE) -> list[Message]:
    """The next messages after ``seq``, in order."""
    found = Message.objects.select_related("author").filter(conversation_id=pk, seq__gt=seq)
    return list(found.order_by("seq")[:limit])


def flags_of(pk: uuid.UUID) -> list[str]:
    """Codes of the red flags that people were told of."""
    return list(Conversation.objects.filter(pk=pk).values_list("flags", flat=True).first() or ())


def supervisors_of(conversation: Conversation) -> list[User]:
    """Those of its team, or all of them."""
    everybody = User.objects.filter(role=Role.SUPERVISOR, is_active=True).order_by("pk")
    own = list(everybody.filter(team=conversation.team_id)) if conversation.team_id else []
    return own or list(everybody)


def watched_by(supervisor: User) -> ConversationQuerySet:
    """Urgent ones that somebody else is talking in: a supervisor looks on."""
    rows = Conversation.objects.with_people().filter(state=State.ACTIVE, urgent=True)
    return rows.exclude(assignee=supervisor).order_by("waiting_since", "created_at", "id")


def notes_of(conversation: Conversation, reader: User) -> list[Note]:
    """Internal notes, with the whispers from and to the reader; only staff edges may call this."""
    theirs = Q(to=None) | Q(to=reader) | Q(author=reader)
    return list(conversation.notes.filter(theirs).select_related("author"))


def ended_by_itself(conversation: Conversation) -> Message | None:
    """The event that says so, if that is how it ended: its visitor may go on with it."""
    if conversation.state != State.CLOSED:
        return None
    last = conversation.messages.filter(seq__gte=conversation.last_seq - 1).order_by("seq").first()
    left = last is not None and is_event(last) and last.text == Message.Event.LEFT
    return last if left else None


def why_kept(conversation: Conversation) -> str:
    """What stands against deleting it now, although it is not due by age; nothing is an empty text."""
    if conversation.deletion is None:
        return _("访客没有申请删除这次对话。")
    if conversation.is_open:
        return _("对话还没有结束，请先结束再删除。")
    if conversation.ticket is not None and conversation.ticket != conversation.deletion:
        return _("工单 %(number)s 以这次对话为依据，不能删除。") % {"number": conversation.ticket.number}
    return ""


def queue_position(conversation: Conversation) -> int | None:
    """1 is next; None when it does not wait (or stands too far back to be told)."""
    if conversation.state != State.WAITING:
        return None
    ahead = Conversation.objects.ahead_of(conversation).values("pk", "team_id")[:QUEUE_SHOWN]
    counted = ahead.aggregate(all=Count("pk"), own=Count("pk", filter=Q(team=conversation.team_id)))
    return counted["own"] + 1 if counted["all"] < QUEUE_SHOWN else None


def queue_places(conversations: Sequence[Conversation]) -> dict[uuid.UUID, int]:
    """The place of each that waits; at most one query."""
    waiting = [one for one in conversations if one.state == State.WAITING]
    if len(waiting) > 1:
        return Conversation.objects.queue_positions()
    places = {one.pk: queue_position(one) for one in waiting}
    return {pk: place for pk, place in places.items() if place is not None}


def transcript_of(conversation: Conversation, after: int = 0) -> str:
    """What both sides said as it reads now, one line each and in the desk's words, without notes: they are
    another table. Only what was said or corrected later than ``after``.

    What was said before a correction stays in the record of the conversation.
    """
    with translation.override(settings.LANGUAGE_CODE):
        return "\n".join(_transcript_lines(conversation, after))


def _transcript_lines(conversation: Conversation, after: int) -> Iterator[str]:
    messages = list(conversation.messages.select_related("author").order_by("seq"))
    edits = edits_of(messages)
    for message in messages:
        edit = edits.get(message.seq)
        if not is_edit(message) and (edit or message).seq > after:
            at = timezone.localtime(message.at).strftime("%Y-%m-%d %H:%M:%S")
            said = [_said(message, edit), *file_names(message)]
            yield f"[{at}] {_speaker(message)}" + "\n".join(filter(None, said))


def _speaker(message: Message) -> str:
    label = str(Message.Author(message.author_kind).label)
    named = message.author and message.author_kind != Message.Author.BOT
    return f"{label} {message.author}：" if named else f"{label}："


def _said(message: Message, edit: Words | None) -> str:
    if is_event(message):
        return f"（{Message.Event(message.text).label}）"
    return _("（已修改）") + edit.text if edit else message.text


# --- Routing ------------------------------------------------------------------------------------


def load_of(user: User) -> int:
    """Conversations in hand and offers that stand."""
    active = Conversation.objects.filter(state=State.ACTIVE, assignee=user).count()
    return active + Offer.objects.filter(state=OfferState.OPEN, agent=user).count()


def without_offer() -> ConversationQuerySet:
    """The queue without those about whom somebody is being asked."""
    asked = Offer.objects.filter(conversation=OuterRef("pk"), state=OfferState.OPEN)
    return Conversation.objects.waiting().filter(~Exists(asked))


def offers_to_absent(now: dt.datetime) -> QuerySet[Offer]:
    """Questions to people who are not on duty any more."""
    return Offer.objects.filter(state=OfferState.OPEN).exclude(agent__in=on_duty(now).values("user"))


def asked_since(conversation: Conversation, since: dt.datetime) -> list[int]:
    """Who was asked about it lately."""
    return list(conversation.offers.filter(made_at__gt=since).values_list("agent_id", flat=True))


def last_agent(conversation: Conversation) -> int | None:
    """Who talked in this conversation last and has not given it away, or else with this customer."""
    gave_away = conversation.offers.filter(state=OfferState.DECLINED).values("agent")
    said = conversation.messages.filter(author_kind=Message.Author.AGENT).exclude(author__in=gave_away)
    if (own := said.order_by("-seq").values_list("author_id", flat=True).first()) is not None:
        return own
    if conversation.customer_id is None:
        return None
    before = Conversation.objects.filter(customer=conversation.customer_id, assignee__isnull=False)
    return before.order_by("-accepted_at").values_list("assignee_id", flat=True).first()


def abandoned(now: dt.datetime) -> ConversationQuerySet:
    """In the hands of somebody who has left: signed out or off duty, all pages gone, or no more of the staff.

    Whoever took it by hand without ever going on duty keeps it while the visitor is answered.
    """
    left = Q(assignee__staffing__presence=Presence.OFF, assignee__staffing__presence_at__isnull=False)
    gone = Q(assignee__staffing__here_until__lte=now)
    never = Q(assignee__staffing__here_until=None, waiting_since__lte=now - READS)
    no_page = Q(assignee__staffing__page_until=None) | Q(assignee__staffing__page_until__lte=now)
    former = Q(assignee__is_active=False) | ~Q(assignee__role__in=WORKERS)
    return Conversation.objects.filter(
        left | ((gone | never) & no_page) | former, state=State.ACTIVE, assignee__isnull=False
    )


def offers_to(user: User) -> QuerySet[Offer]:
    """What this person is being asked now, oldest first."""
    open_ones = Offer.objects.filter(agent=user, state=OfferState.OPEN, expires_at__gt=clock.now())
    return open_ones.select_related("conversation", "conversation__team").order_by("made_at")
