"""Bringing the search up to date: what is said is found within the minute, and never waits for it."""

from uuid import UUID

from django.db import transaction

from chat import search
from chat.models import Conversation, Message
from chat.search import Indexed

BATCH = 200


def index_conversations(limit: int = BATCH) -> int:
    """Level-triggered: whatever is behind now, newest first; the number brought up to date."""
    pks = list(
        Conversation.objects.filter(search.behind())
        .order_by("-created_at")
        .values_list("pk", flat=True)[:limit]
    )
    for pk in pks:
        index_again(pk)
    return len(pks)


@transaction.atomic
def index_again(pk: UUID) -> None:
    conversation = Conversation.objects.get(pk=pk)
    indexed, _new = Indexed.objects.select_for_update().get_or_create(conversation=conversation)
    said = list(
        Message.objects.filter(conversation=conversation, seq__lte=conversation.last_seq)
        .order_by("-seq")
        .values_list("kind", "text", "data")[: search.MESSAGES]
    )
    texts = [text for kind, text, _data in said if kind == Message.Kind.TEXT]
    texts += [data["text"] for _kind, text, data in said if text == Message.Event.EDITED and "text" in data]
    texts += [file["name"] for _kind, _text, data in said for file in data.get("attachments", ())]
    ticket = conversation.ticket
    if ticket is not None:
        texts.append(ticket.number)  # whole, and by each of its parts
    search.store(indexed, texts, [conversation.name])
    indexed.seq = conversation.last_seq
    indexed.save(update_fields=["seq"])
