"""URL × role of the chat's pages."""

from typing import Any

from chat.models import Conversation
from chat.states import State
from chat.tokens import hash_of
from helpdesk.core import clock
from tests.access import Row
from tests.chat.access_api import ACCESS_API

PK = "5f0c9a52-6f0b-4a5e-9a43-0a6c5b7d8e10"
TOKEN = "a-token-that-only-this-table-knows"
SHOWN = {"id": PK, "token": TOKEN}
ABSENT = "00000000-0000-4000-8000-000000000000"
TEXT = {"text": "您好"}
CASE = {
    "kind": "complaint",
    "topic": "repayment",
    "narrative": "扣款两次",
    "request": "退回一次",
    "complainant": "王小明",
    "contact": "13800138021",
}


def conversation(state: str = State.ACTIVE):
    """A fresh conversation with the fixed id and token, and the agent of the cast on it."""

    def make(cast: Any) -> dict[str, Any]:
        Conversation.objects.filter(pk=PK).delete()
        Conversation.objects.create(
            pk=PK,
            token_hash=hash_of(TOKEN),
            state=state,
            assignee=None if state == State.WAITING else cast.agent,
            created_at=clock.now(),
        )
        return {"pk": PK}

    return make


def shown(state: str = State.ACTIVE):
    """The same, for addresses that find it by the secret in the form body."""

    def make(cast: Any) -> dict[str, Any]:
        conversation(state)(cast)
        return {}

    return make


def absent(cast: Any) -> dict[str, Any]:
    return {"pk": ABSENT}


def verb(name: str, data: dict[str, Any] | None = None, state: str = State.ACTIVE) -> list[Row]:
    fields = data or {}
    return [
        Row(name, "302 403 302 302 403 403", "POST", conversation(state), fields, "own"),
        Row(name, "302 403 404 404 403 403", "POST", absent, fields, "absent"),
        Row(name, "302 403 405 405 403 403", "GET", absent),
    ]


def secret(name: str, own: str, data: dict[str, Any] | None = None, state: str = State.ACTIVE) -> list[Row]:
    fields = data or {}
    return [
        Row(name, own, "POST", shown(state), {**SHOWN, **fields}, "own"),
        Row(name, "404", "POST", shown(state), {"id": PK, "token": "wrong", **fields}, "wrong token"),
        Row(name, "404", "POST", shown(state), {"id": ABSENT, "token": TOKEN, **fields}, "absent"),
        Row(name, "404", "POST", None, fields, "no credentials"),
        Row(name, "405", "GET"),
    ]


PAGES = [
    Row("chat:visitor", "200"),
    Row("chat:visitor", "405", "POST"),
    Row("chat:start", "302", "POST", data={"question": "怎么还款？", "topic": "repayment"}),
    Row("chat:start", "400", "POST", label="empty"),
    Row("chat:start", "405"),
    *secret("chat:send", "302", TEXT),
    *secret("chat:end", "302"),
    *secret("chat:rate", "302", {"score": "5"}, State.CLOSED),
    *secret("chat:my_ticket", "409"),  # no case yet
    *secret("chat:transcript", "200"),
    Row("chat:leave", "302", "POST"),
    Row("chat:leave", "405"),
    Row("chat:answers", "200"),
    Row("chat:frame", "200"),
    Row("chat:widget", "200"),
    Row("chat:embed", "200"),
    Row("chat:desk", "302 403 200 200 403 403"),
    Row("chat:lists", "302 403 200 200 403 403"),
    Row("chat:conversation", "302 403 200 200 403 403", kwargs=conversation(), label="own"),
    Row("chat:conversation", "302 403 404 404 403 403", kwargs=absent, label="absent"),
    Row("chat:suggestions", "302 403 200 200 403 403", kwargs=conversation(), label="own"),
    Row("chat:suggestions", "302 403 404 404 403 403", kwargs=absent, label="absent"),
    # A supervisor sees every conversation, and speaks only in their own.
    Row("chat:send_as_agent", "302 403 302 403 403 403", "POST", conversation(), TEXT, "own"),
    Row("chat:send_as_agent", "302 403 404 404 403 403", "POST", absent, TEXT, "absent"),
    Row("chat:send_as_agent", "302 403 405 405 403 403", kwargs=absent),
    *verb("chat:accept", state=State.WAITING),
    *verb("chat:release"),
    *verb("chat:close"),
    *verb("chat:note", TEXT),
    Row("chat:transfer", "302 403 400 400 403 403", "POST", conversation(), label="own, nothing chosen"),
    Row("chat:transfer", "302 403 404 404 403 403", "POST", absent, label="absent"),
    Row("chat:transfer", "302 403 405 405 403 403", kwargs=absent),
    Row("chat:convert", "302 403 200 200 403 403", kwargs=conversation(), label="own"),
    Row("chat:convert", "302 403 404 404 403 403", kwargs=absent, label="absent"),
    Row("chat:convert", "302 403 302 302 403 403", "POST", conversation(), CASE, "own"),
    Row("chat:convert", "302 403 404 404 403 403", "POST", absent, CASE, "absent"),
]
ACCESS = [*PAGES, *ACCESS_API]
