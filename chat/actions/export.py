"""Taking conversations out of the house, with the reason on record."""

from chat.actions.base import check_text
from chat.models import Export
from chat.permissions import may_export
from helpdesk.core import clock
from helpdesk.core.actions import creation
from helpdesk.core.models import User

MOST_EXPORTED = 500  # conversations in one file


@creation("conversations.exported", allowed=may_export)
def export_conversations(*, actor: User, reason: str, count: int, wanted: dict[str, str]) -> Export:
    """The record that what ``wanted`` found is taken out; the file may be made after it."""
    return Export.objects.create(
        by=actor, at=clock.now(), reason=check_text(reason), wanted=wanted, count=count
    )
