"""The case that a conversation becomes, and what is said after that."""

from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from chat import queries
from chat.actions.files import sent_files
from chat.corrections import is_edit, is_event
from chat.models import Conversation, Message
from helpdesk.core.actors import Actor
from helpdesk.core.models import User
from tickets.actions import file_ticket
from tickets.actions.supplement import add_transcript
from tickets.models import Channel, Ticket
from tickets.models.link import merged_into


def file_case(conversation: Conversation, *, actor: Actor, **fields: Any) -> Ticket:
    """``file_ticket`` with what is known of the visitor. What the desk reads of it is in the desk's language;
    the case is answered in that of the conversation."""
    with translation.override(settings.LANGUAGE_CODE):
        complainant = conversation.name or _("访客")
    with translation.override(conversation.language):
        return file_ticket(
            actor=actor,
            channel=Channel.CHAT,
            topic=conversation.topic,
            complainant=complainant,
            customer=conversation.customer,
            **fields,
        )


def add_to_case(conversation: Conversation) -> None:
    """As it ends: what was said, corrected and sent since it became a case, or since it ended before, goes
    into that case."""
    if conversation.ticket is None:
        return
    marks = (Message.Event.TICKET, Message.Event.CLOSED)
    events = conversation.messages.filter(kind=Message.Kind.EVENT, text__in=marks)
    last = events.order_by("-seq").values_list("seq", flat=True).first() or 0
    new = list(conversation.messages.filter(seq__gt=last).order_by("seq"))
    if all(is_event(one) and not is_edit(one) for one in new):
        return
    theirs = [one for one in new if _by_visitor(one)]
    add_transcript(
        merged_into(conversation.ticket) or conversation.ticket,
        actor=User.system("chat"),
        text=queries.transcript_of(conversation, last),
        said="\n".join(map(_whole, theirs)) if theirs else None,
        files=sent_files(conversation, last, skip_unreadable=True),  # nobody is kept from ending it
        met=_met(conversation),
        known_to=conversation.assignee,
    )


def _by_visitor(message: Message) -> bool:
    by = message.data["by"] if is_edit(message) else message.author_kind
    return bool(by == Message.Author.VISITOR)


def _met(conversation: Conversation) -> set[User]:
    """Who spoke with the visitor as an agent, or held the conversation when it ended."""
    spoke = conversation.messages.filter(author_kind=Message.Author.AGENT).order_by().values("author")
    return set(User.objects.filter(Q(pk__in=spoke) | Q(pk=conversation.assignee_id)))


def _whole(message: Message) -> str:
    """As it was typed, without secrets."""
    return str(message.sealed or (message.data["text"] if is_edit(message) else message.text))
