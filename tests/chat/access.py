"""URL × role of the chat's pages."""

import datetime as dt
from typing import Any

from chat.actions import ask_deletion
from chat.models import CannedReply, Conversation, Message, Offer
from chat.states import State
from chat.tokens import hash_of, visitor
from helpdesk.core import clock
from tests.access import Row
from tests.chat.access_api import ACCESS_API

PK = "5f0c9a52-6f0b-4a5e-9a43-0a6c5b7d8e10"
TOKEN = "a-token-that-only-this-table-knows"
SHOWN = {"id": PK, "token": TOKEN}
ABSENT = "00000000-0000-4000-8000-000000000000"
TEXT = {"text": "您好"}
CASE: dict[str, Any] = {
    "kind": "complaint",
    "topic": "repayment",
    "narrative": "扣款两次",
    "request": "退回一次",
    "complainant": "王小明",
    "contact": "13800138021",
}


def conversation(state: str = State.ACTIVE, spam: bool = False):
    """A fresh conversation with the fixed id and token, and the agent of the cast on it."""

    def make(cast: Any) -> dict[str, Any]:
        Conversation.objects.filter(pk=PK).delete()
        Conversation.objects.create(
            pk=PK,
            token_hash=hash_of(TOKEN),
            state=state,
            assignee=None if state == State.WAITING else cast.agent,
            created_at=clock.now(),
            spam=spam,
        )
        return {"pk": PK}

    return make


def shown(state: str = State.ACTIVE):
    """The same, for addresses that find it by the secret in the form body."""

    def make(cast: Any) -> dict[str, Any]:
        conversation(state)(cast)
        return {}

    return make


def asked_for(cast: Any) -> dict[str, Any]:
    """An ended one whose visitor asked to have it deleted."""
    made: dict[str, Any] = conversation(State.CLOSED)(cast)
    row = Conversation.objects.get(pk=PK)
    ask_deletion(row, actor=visitor(row), contact="13800138021")
    return made


def absent(cast: Any) -> dict[str, Any]:
    return {"pk": ABSENT}


def offered(cast: Any) -> dict[str, Any]:
    conversation(State.WAITING)(cast)
    now = clock.now()
    offer = Offer.objects.create(
        conversation_id=PK, agent=cast.agent, made_at=now, expires_at=now + dt.timedelta(seconds=30)
    )
    return {"pk": offer.pk}


def sealed(cast: Any) -> dict[str, Any]:
    made: dict[str, Any] = conversation()(cast)
    Message.objects.create(
        conversation_id=PK,
        seq=1,
        author_kind="visitor",
        author_key="visitor",
        text="138******38",
        sealed="13800138038",
        at=clock.now(),
    )
    return made


def no_offer(cast: Any) -> dict[str, Any]:
    return {"pk": 999_999}


RECORD = {"format": "txt", "reason": "核对"}
CANNED = {"shortcut": "hi", "language": "zh-hans", "text": "您好，{{name}}"}


def readable(name: str) -> list[Row]:
    return [
        Row(name, "302 403 200 200 200 404", kwargs=conversation(), label="own"),
        Row(name, "302 403 404 404 404 404", kwargs=absent, label="absent"),
    ]


def canned(name: str, codes: str, data: dict[str, Any] | None = None) -> list[Row]:
    def make(cast: Any) -> dict[str, Any]:
        CannedReply.objects.all().delete()
        reply = CannedReply.objects.create(
            team=cast.agent.team, shortcut="bye", text="再见", changed_at=clock.now()
        )
        return {"pk": reply.pk}

    return [
        Row(name, codes, "POST", make, data or {}, "own"),
        Row(name, "302 403 404 404 403 403", "POST", no_offer, data or {}, "absent"),
        Row(name, "302 403 405 405 403 403", kwargs=no_offer),
    ]


def verb(
    name: str, data: dict[str, Any] | None = None, state: str = State.ACTIVE, *, marked: bool = False
) -> list[Row]:
    fields = data or {}
    return [
        Row(name, "302 403 302 302 403 403", "POST", conversation(state, marked), fields, "own"),
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
    *secret("chat:leave_message", "302", {"text": "请回电", "contact": "13800138021"}),
    *secret("chat:my_ticket", "409"),  # no case yet
    *secret("chat:transcript", "200"),
    *secret("chat:mail_transcript", "400", {"email": "wang"}),
    *secret("chat:ask_deletion", "302", {"contact": "13800138021"}),
    Row("chat:go_on", "403", "POST", shown(), SHOWN, "from no page of ours"),
    Row("chat:go_on", "405"),
    Row("chat:leave", "302", "POST"),
    Row("chat:leave", "405"),
    Row("chat:answers", "200"),
    Row("chat:frame", "200"),
    Row("chat:widget", "200"),
    Row("chat:accent", "200", kwargs=lambda cast: {"colour": "0f7b4d"}),
    Row("chat:preview", "200"),
    Row("chat:resume", "403", "POST", shown(), SHOWN, "from no page of ours"),
    Row("chat:resume", "405"),
    Row("chat:pre_chat", "302 403 403 200 403 200"),
    Row("chat:pre_chat", "302 403 403 302 403 302", "POST", data={"name": "required", "topic": "on"}),
    Row("chat:pre_chat", "302 403 403 400 403 400", "POST", data={"name": "perhaps"}, label="bad"),
    Row("chat:embed", "200"),
    Row("chat:desk", "302 403 200 200 403 403"),
    Row("chat:lists", "302 403 200 200 403 403"),
    Row("chat:unread", "302 403 200 200 403 403"),
    Row("chat:conversation", "302 403 200 200 403 403", kwargs=conversation(), label="own"),
    Row("chat:conversation", "302 403 404 404 403 403", kwargs=absent, label="absent"),
    Row("chat:beside", "302 403 200 200 403 403", kwargs=conversation(), label="own"),
    Row("chat:beside", "302 403 404 404 403 403", kwargs=absent, label="absent"),
    Row("chat:canned", "302 403 200 200 403 403"),
    Row("chat:canned", "302 403 302 302 403 403", "POST", data=CANNED),
    Row("chat:canned", "302 403 400 400 403 403", "POST", label="empty"),
    *canned("chat:change_canned", "302 403 302 302 403 403", CANNED),
    *canned("chat:withdraw_canned", "302 403 302 302 403 403"),
    *canned("chat:put_back_canned", "302 403 302 302 403 403"),
    Row("chat:history", "302 403 200 200 200 403"),
    Row("chat:export", "302 403 403 200 200 403", "POST", data={"format": "csv", "reason": "核对"}),
    Row("chat:export", "302 403 403 400 400 403", "POST", label="no reason"),
    Row("chat:export", "302 403 403 405 405 403"),
    Row("chat:everyone", "302 403 403 200 403 403"),
    *readable("chat:record"),
    Row("chat:export_record", "302 403 200 200 200 404", "POST", conversation(), RECORD, "own"),
    Row("chat:export_record", "302 403 400 400 400 404", "POST", conversation(), label="no reason"),
    Row("chat:export_record", "302 403 404 404 404 404", "POST", absent, RECORD, "absent"),
    Row("chat:export_record", "302 403 405 405 405 405", kwargs=conversation()),
    Row("chat:loans", "302 403 200 200 403 403", kwargs=conversation(), label="own"),
    Row("chat:loans", "302 403 404 404 403 403", kwargs=absent, label="absent"),
    *verb("chat:set_wrap_up", {"wrap_up": "fees"}, State.CLOSED),
    Row("chat:set_wrap_up", "302 403 400 400 403 403", "POST", conversation(State.CLOSED), label="nothing"),
    Row("chat:delete", "302 403 403 200 403 403", kwargs=asked_for, label="own"),
    Row("chat:delete", "302 403 403 404 403 403", kwargs=absent, label="absent"),
    Row("chat:delete", "302 403 403 302 403 403", "POST", asked_for, {"reason": "已核实本人"}, "own"),
    Row("chat:delete", "302 403 403 400 403 403", "POST", asked_for, label="no reason"),
    Row("chat:delete", "302 403 403 409 403 403", "POST", conversation(), {"reason": "想删"}, "not asked"),
    Row("chat:delete", "302 403 403 404 403 403", "POST", absent, {"reason": "已核实本人"}, "absent"),
    *verb("chat:spam"),
    *verb("chat:not_spam", state=State.CLOSED, marked=True),
    Row("chat:suggestions", "302 403 200 200 403 403", kwargs=conversation(), label="own"),
    Row("chat:suggestions", "302 403 404 404 403 403", kwargs=absent, label="absent"),
    # A supervisor sees every conversation, and speaks only in their own.
    Row("chat:send_as_agent", "302 403 302 403 403 403", "POST", conversation(), TEXT, "own"),
    Row("chat:send_as_agent", "302 403 404 404 403 403", "POST", absent, TEXT, "absent"),
    Row("chat:send_as_agent", "302 403 405 405 403 403", kwargs=absent),
    Row("chat:presence", "302 403 302 302 403 403", "POST", data={"presence": "on"}),
    Row("chat:presence", "302 403 400 400 403 403", "POST", label="nothing chosen"),
    Row("chat:presence", "302 403 405 405 403 403"),
    Row("chat:decline", "302 403 302 404 403 403", "POST", offered, label="the agent's"),
    Row("chat:decline", "302 403 404 404 403 403", "POST", no_offer, label="absent"),
    Row("chat:decline", "302 403 405 405 403 403", kwargs=no_offer),
    *verb("chat:accept", state=State.WAITING),
    Row("chat:reveal", "302 403 200 200 403 403", "POST", sealed, {"seq": "1", "reason": "核对"}, "own"),
    Row("chat:reveal", "302 403 400 400 403 403", "POST", sealed, {"seq": "1"}, "no reason"),
    Row(
        "chat:reveal", "302 403 404 404 403 403", "POST", sealed, {"seq": "9", "reason": "核对"}, "no message"
    ),
    Row("chat:reveal", "302 403 404 404 403 403", "POST", absent, label="absent"),
    Row("chat:reveal", "302 403 405 405 403 403", kwargs=absent),
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
