"""What the house tells the chat."""

from typing import Any

from django.dispatch import receiver

from chat.actions import duty_changed
from chat.actions.index import index_again
from chat.models import Conversation
from chat.search import SearchRow
from chat.states import State
from faq.search.tokens import secret_token, secret_tokens
from helpdesk.core.models import User
from helpdesk.core.rotation import each
from helpdesk.core.signals import keys_rotated, page_open, presence_changed
from helpdesk.core.staffing.actions import on_a_page


@receiver(presence_changed, dispatch_uid="chat.presence")
def who_is_there_changed(**_: Any) -> None:
    """Somebody may take a chat now, or has left some."""
    duty_changed()


@receiver(page_open, dispatch_uid="chat.page_open")
def whoever_talks_is_there(*, user: User, **_: Any) -> None:
    """A case or a record in place of the desk: the chats in hand stay there."""
    if Conversation.objects.filter(assignee=user, state=State.ACTIVE).exists():
        on_a_page(user)


@receiver(keys_rotated, dispatch_uid="chat.keys")
def rehash_conversations(**_: Any) -> int:
    """The names of visitors are found under the first key alone."""
    return each(Conversation.objects.exclude(name=""), _rehash)


def _rehash(conversation: Conversation) -> bool:
    row = SearchRow.objects.filter(indexed__conversation=conversation).first()
    stale = {*secret_tokens(conversation.name)} - {secret_token(conversation.name)}
    if row is None or not stale & {*row.tokens.split()}:
        return False
    index_again(conversation.pk)
    return True
