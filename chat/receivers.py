"""What the house tells the chat."""

from typing import Any

from django.dispatch import receiver

from chat.actions import duty_changed
from helpdesk.core.signals import presence_changed


@receiver(presence_changed, dispatch_uid="chat.presence")
def who_is_there_changed(**_: Any) -> None:
    """Somebody may take a chat now, or has left some."""
    duty_changed()
