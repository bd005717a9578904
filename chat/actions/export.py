"""Taking conversations out of the house, with the reason on record."""

from chat.actions.base import check_text
from chat.models import Conversation, Export
from chat.permissions import may_export, reads_records
from helpdesk.core import clock
from helpdesk.core.actions import action, creation
from helpdesk.core.models import User

MOST_EXPORTED = 500  # conversations in one file


@creation("conversations.exported", allowed=may_export)
def export_conversations(*, actor: User, reason: str, count: int, wanted: dict[str, str]) -> Export:
    """The record that what ``wanted`` found is taken out; the file may be made after it."""
    return Export.objects.create(
        by=actor, at=clock.now(), reason=check_text(reason), wanted=wanted, count=count
    )


@action("conversation.exported", allowed=reads_records)
def export_conversation(conversation: Conversation, *, actor: User, reason: str, format: str) -> Export:
    """The same of one, by whoever may read it."""
    return Export.objects.create(
        by=actor,
        at=clock.now(),
        reason=check_text(reason),
        wanted={"conversation": str(conversation.pk)},
        count=1,
    )
