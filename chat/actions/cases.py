"""The cases that visitors make of a conversation."""

from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from chat.models import Conversation
from helpdesk.core.actors import Actor
from tickets.actions import file_ticket
from tickets.models import Channel, Ticket


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
