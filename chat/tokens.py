"""The visitor's secret: 192 random bits, kept only as a hash, good for one conversation."""

import hashlib
import hmac
import secrets

from chat.models import Conversation
from helpdesk.core.actors import Guest, grant_name

GRANT = "conversation"
COOKIE = "chat_token"
LONGEST = 200


def new_token() -> str:
    return secrets.token_urlsafe(24)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def opens(token: str, conversation: Conversation) -> bool:
    return hmac.compare_digest(hash_of(token), conversation.token_hash)


def visitor(conversation: Conversation) -> Guest:
    """Who has shown the token of this conversation."""
    return Guest(frozenset({grant_name(GRANT, conversation.pk)}))


def stranger() -> Guest:
    """A visitor who has shown nothing yet."""
    return Guest()
