"""What the desk asks before a chat."""

from chat.models import PreChat
from chat.permissions import may_set_pre_chat
from helpdesk.core.actions import creation
from helpdesk.core.actors import Actor


@creation("pre_chat.set", allowed=may_set_pre_chat)
def set_pre_chat(*, actor: Actor, name: str, topic: bool, consent: str) -> PreChat:
    """The one row, made or changed. Conversations keep the words that were agreed to in them."""
    asked, _made = PreChat.objects.update_or_create(
        pk=1, defaults={"name": name, "topic": topic, "consent": consent}
    )
    return asked
