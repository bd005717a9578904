"""The seam between consumers and the storing of messages.

One message is one transaction in a thread of the consumers' writers. A writer that commits several
waiting messages at once takes this function's place: its callers only await the stored message.
"""

import uuid

from django.db import InterfaceError, OperationalError

from chat.actions import post_message
from chat.models import Conversation, Message
from helpdesk.core.actors import Actor
from helpdesk.core.pool import run_write


async def store(
    conversation: Conversation, *, actor: Actor, client_id: uuid.UUID, text: str
) -> tuple[Message, bool]:
    """Returns after the commit. The ``client_id`` makes the second try harmless."""
    try:
        return await run_write(post_message, conversation, actor=actor, client_id=client_id, text=text)
    except (OperationalError, InterfaceError):  # the database went away, perhaps after the commit
        return await run_write(post_message, conversation, actor=actor, client_id=client_id, text=text)
