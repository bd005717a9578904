"""How many conversations one address may start, and how many e-mails it may have sent."""

from django.conf import settings
from django.http import HttpRequest

from chat.models import Conversation
from helpdesk.core.throttle import address_of, count

PERIOD = 60  # seconds
DAY = 24 * 60 * 60
MAILS_A_CONVERSATION, MAILS_TO_ONE, MAILS_FROM_ONE = 3, 5, 20  # a day


def allow_start(request: HttpRequest) -> bool:
    """Count one start."""
    return bool(count(f"chat-start:{address_of(request)}", PERIOD) <= settings.CHAT_STARTS_PER_MINUTE)


def allow_mail(request: HttpRequest, conversation: Conversation, address: str) -> bool:
    """Count one transcript: of this conversation, to this mailbox, from this address."""
    counted = (
        count(f"chat-mail:{conversation.pk}", DAY) <= MAILS_A_CONVERSATION,
        count(f"chat-mail-to:{address.casefold()}", DAY) <= MAILS_TO_ONE,
        count(f"chat-mail-from:{address_of(request)}", DAY) <= MAILS_FROM_ONE,
    )
    return all(counted)
