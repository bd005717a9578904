"""What the sockets are told, as the frames of docs/chat-protocol.md, encoded once for all of them.

Three streams. ``chat.<id>`` is what both sides see. ``note.<id>`` carries internal notes and only desk
consumers join it. ``desk`` and ``desk.user.<pk>`` carry rows of the agents' lists.
"""

import datetime as dt
import json
import uuid
from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction

from chat import pace
from chat.models import Conversation, Message, Note, Offer
from chat.states import State
from helpdesk.core.events import announce, hints_group, publish, publish_all, publish_change
from helpdesk.core.masking import mask_name
from helpdesk.core.models import User

Frame = dict[str, Any]
QUEUE = "chat.queue"  # places in the queue, to every waiting visitor
DESK = "desk"  # rows of the waiting list, to every desk


def chat_group(pk: uuid.UUID) -> str:
    return f"chat.{pk}"


def note_group(pk: uuid.UUID) -> str:
    return f"note.{pk}"


def user_group(pk: int) -> str:
    return f"desk.user.{pk}"


def instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def without_nothing(frame: Frame) -> Frame:
    return {name: value for name, value in frame.items() if value is not None}


# --- Frames -----------------------------------------------------------------------------------


def message_frame(message: Message) -> Frame:
    from_agent = message.author_kind == Message.Author.AGENT
    data = message.data
    if "attachments" in data:
        data = {name: value for name, value in data.items() if name != "attachments"}
    return without_nothing(
        {
            "type": "message",
            "conversation": str(message.conversation_id),
            "seq": message.seq,
            "id": str(message.id),
            "client_id": str(message.client_id) if message.client_id else None,
            "author": message.author_kind,
            "name": str(message.author) if from_agent else None,
            "kind": message.kind,
            "text": message.text,
            "data": data or None,
            "attachments": message.data.get("attachments"),
            "at": instant(message.at),
        }
    )


def ack_frame(message: Message) -> Frame:
    return {
        "type": "ack",
        "conversation": str(message.conversation_id),
        "client_id": str(message.client_id),
        "seq": message.seq,
        "at": instant(message.at),
    }


def state_fields(conversation: Conversation, queue_position: int | None = None) -> Frame:
    return without_nothing(
        {
            "conversation": str(conversation.pk),
            "state": conversation.state,
            "queue_position": queue_position,
            "wait_estimate": pace.pace_of(conversation).wait(queue_position) if queue_position else None,
            "urgent": True if conversation.urgent and conversation.state == State.WAITING else None,
            "agent": str(conversation.assignee) if conversation.assignee else None,
            "score": conversation.score,
            "ticket": conversation.ticket.number if conversation.ticket else None,
            "visitor_read": conversation.visitor_read,
            "agent_read": conversation.agent_read,
        }
    )


def welcome_fields(conversation: Conversation, you: str, queue_position: int | None) -> Frame:
    fields = {"protocol": 1, "seq": conversation.last_seq, "you": you}
    return {**fields, **state_fields(conversation, queue_position)}


def row_frame(conversation: Conversation) -> Frame:
    """One row of an agent's lists; the visitor's name is masked there."""
    return without_nothing(
        {
            "type": "conversation",
            **state_fields(conversation),
            "name": mask_name(conversation.name),
            "topic": conversation.topic,
            "language": conversation.language,
            "team": conversation.team.name if conversation.team else None,
            "seq": conversation.last_seq,
            "created_at": instant(conversation.created_at),
            "waiting_since": instant(conversation.waiting_since) if conversation.waiting_since else None,
        }
    )


def note_frame(note: Note) -> Frame:
    return {
        "type": "note",
        "conversation": str(note.conversation_id),
        "id": note.pk,
        "author": str(note.author),
        "text": note.text,
        "at": instant(note.at),
        **({"by": "bot"} if note.by_bot else {}),
        **({"whisper": True} if note.to_id else {}),
    }


# --- Publishing, once the transaction has committed -----------------------------------------------


def message_posted(message: Message) -> None:
    messages_posted([message])


def messages_posted(messages: Iterable[Message]) -> None:
    publish_all([_posted(message) for message in messages])


def _posted(message: Message) -> tuple[str, Frame]:
    pk = message.conversation_id
    event = {
        "type": "message",
        "conversation": str(pk),
        "seq": message.seq,
        "json": encode(message_frame(message)),
    }
    return chat_group(pk), event


def state_changed(conversation: Conversation) -> None:
    """To both sides; places in the queue follow by themselves."""
    frame = {"type": "state", **state_fields(conversation)}
    event = {"type": "state", "conversation": str(conversation.pk), "frame": frame}
    publish(chat_group(conversation.pk), event)


def _row(conversation: Conversation) -> Frame:
    return {
        "type": "row",
        "conversation": str(conversation.pk),
        "seq": conversation.last_seq,
        "open": conversation.is_open,
        "waiting": conversation.state == State.WAITING,
        "assignee": conversation.assignee_id,
        "team": conversation.team_id,
        "frame": row_frame(conversation),
    }


def row_changed(conversation: Conversation) -> None:
    """Something in its row is new: to its agent, or to all desks while it waits."""
    publish(_readers(conversation), _row(conversation))


def tell_rows(pks: Collection[uuid.UUID]) -> None:
    """The same after the commit, for rows as they are now; one query."""
    for conversation in Conversation.objects.with_people().filter(pk__in=pks):
        announce(_readers(conversation), _row(conversation))
        if agent := conversation.assignee_id:
            announce(hints_group(agent), _counts_anew(agent))


def _counts_anew(person: int) -> Frame:
    """Pages of staff say how many chats and offers wait at the desk."""
    return {"type": "changed", "kind": "chat", "id": str(person), "state": ""}


def unread_changed(conversation: Conversation) -> None:
    if agent := conversation.assignee_id:
        publish(hints_group(agent), _counts_anew(agent))


def _readers(conversation: Conversation) -> str:
    agent = conversation.assignee_id
    return user_group(agent) if agent else DESK


def conversation_moved(conversation: Conversation) -> None:
    """It changed hands or state: both sides, all desks, staff pages and the queue are told."""
    state_changed(conversation)
    publish(DESK, _row(conversation))
    unread_changed(conversation)
    publish_change("conversation", conversation.pk, conversation.state)
    transaction.on_commit(announce_queue, robust=True)


def announce_queue() -> None:
    """Tell the waiting visitors their places, as they are after the commit."""
    _tell_queue(pace.places())


def announce_new_paces() -> None:
    """The same, measured now, if it is not what this process told last."""
    places = pace.places(anew=True)
    if places != _told:
        _tell_queue(places)


_told: pace.Places = {}


def _tell_queue(places: pace.Places) -> None:
    global _told  # noqa: PLW0603  # saves telling twice; whoever hears knows what is new
    _told = places
    positions = {str(pk): place for pk, (place, _wait) in places.items()}
    waits = {str(pk): wait for pk, (_place, wait) in places.items()}
    announce(QUEUE, {"type": "queue", "positions": positions, "waits": waits})


def read_marked(conversation: Conversation, who: str, seq: int) -> None:
    frame = {"type": "read", "conversation": str(conversation.pk), "who": who, "seq": seq}
    event = {**frame, "json": encode(frame)}
    publish(chat_group(conversation.pk), event)
    if who == Message.Author.AGENT:
        unread_changed(conversation)


def note_added(note: Note) -> None:
    event = {
        "type": "note",
        "conversation": str(note.conversation_id),
        "to": note.to_id,
        "json": encode(note_frame(note)),
    }
    publish(note_group(note.conversation_id), event)


def flagged(conversation: Conversation, people: Iterable[User]) -> None:
    """To the desks of these people: something grave was said."""
    frame = {"type": "flagged", "conversation": str(conversation.pk), "name": mask_name(conversation.name)}
    for person in people:
        publish(user_group(person.pk), {"type": "flagged", "frame": frame})


def offer_changed(offer: Offer) -> None:
    """To the desks of the one who is asked."""
    conversation = offer.conversation
    frame = without_nothing(
        {
            "type": "offer",
            "offer": offer.pk,
            "conversation": str(conversation.pk),
            "state": offer.state,
            "expires_at": instant(offer.expires_at),
            "name": mask_name(conversation.name),
            "topic": conversation.topic,
            "language": conversation.language,
            "urgent": conversation.urgent or None,
        }
    )
    event = {"type": "offer", "conversation": str(conversation.pk), "frame": frame}
    publish(user_group(offer.agent_id), event)
    publish(hints_group(offer.agent_id), _counts_anew(offer.agent_id))


# --- Passing on, never stored ---------------------------------------------------------------------


def passing(kind: str, pk: uuid.UUID, who: str, on: bool, **more: bool) -> None:
    """``typing`` or ``presence`` of one side, to the other."""
    frame = {"type": kind, "conversation": str(pk), "who": who, "on": on}
    announce(chat_group(pk), {**frame, "json": encode(frame), **more})


def visitor_shown(conversation: Conversation) -> None:
    """A page or a poll over HTTP: there is no socket that could say so."""
    if conversation.state == State.ACTIVE:
        passing("presence", conversation.pk, Message.Author.VISITOR, on=True, ask=False)
