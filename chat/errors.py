"""Refusals of the chat that have a code of their own (docs/chat-protocol.md)."""

from helpdesk.core.errors import ActionError


class ChatError(ActionError):
    """The rule said no; ``code`` tells programs which, ``status`` is the HTTP answer."""

    def __init__(self, code: str, message: str, *, status: int = 409, state: str = "") -> None:
        super().__init__(message, state=state)
        self.code, self.status = code, status
