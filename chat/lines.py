"""A conversation as lines to read: each message, corrected where it was corrected, and events in words."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.corrections import Words, edits_of, is_edit, is_event
from chat.models import Message

# Event codes (docs/chat-protocol.md) in words; ``_team`` where a team takes the place of a person.
EVENTS = {
    "joined": gettext_lazy("%(name)s 已接入对话"),
    "transferred": gettext_lazy("对话已转给 %(name)s"),
    "transferred_team": gettext_lazy("对话已转给%(team)s，正在排队"),
    "released": gettext_lazy("对话回到排队，下一位客服会接着处理"),
    "closed": gettext_lazy("对话已结束"),
    "ticket": gettext_lazy("已建立工单 %(number)s"),
    "secret": gettext_lazy(
        "为了您的安全，消息里的密码、验证码、安全码或查询码已被去掉，没有保存。我们不会向您索要这些。"
    ),
    "queued": gettext_lazy("已转人工，请稍候"),
    "edited": gettext_lazy("修改了一条消息"),
    "reopened": gettext_lazy("对话重新打开"),
    "left": gettext_lazy("离开时间较长，系统结束了这次对话，说过的话都还在"),
}
AUTHORS = {
    Message.Author.VISITOR: gettext_lazy("访客"),
    Message.Author.AGENT: gettext_lazy("客服"),
    Message.Author.BOT: gettext_lazy("智能助手"),
    Message.Author.SYSTEM: gettext_lazy("系统"),
}


@dataclass(frozen=True)
class Line:
    """One message as a page shows it."""

    seq: int
    author: str
    who: str
    mine: bool
    kind: str
    text: str
    at: dt.datetime
    sources: list[dict[str, str]]
    choices: list[str]
    options: list[str]  # of the bot's question: what the visitor may have meant
    sealed: bool
    leave_message: bool
    files: list[dict[str, Any]]
    file_names: list[str]
    edited: bool
    original: str  # before it was edited; for staff
    silent: bool  # nothing to read here: what it says shows elsewhere


def lines_of(messages: Iterable[Message], *, mine: str) -> list[Line]:
    """``mine`` is the author kind of the reader's own side. An edit shows at the message that it corrects."""
    messages = list(messages)
    edits = edits_of(messages)
    return [
        Line(
            seq=message.seq,
            author=message.author_kind,
            who=_who(message, mine),
            mine=message.author_kind == mine,
            kind=message.kind,
            text=_text(message, edits),
            at=message.at,
            sources=message.data.get("sources", []),
            choices=message.data.get("choices", []),
            options=options_of(message),
            sealed=bool(message.sealed),
            leave_message=bool(message.data.get("leave_message")),
            files=[
                {**file, "url": file_url(message.conversation_id, file["id"])}
                for file in message.data.get("attachments", [])
            ],
            file_names=file_names(message),
            edited=message.seq in edits,
            original=message.text,
            silent=is_edit(message),
        )
        for message in messages
    ]


def _text(message: Message, edits: dict[int, Words]) -> str:
    if is_event(message):
        return event_text(message)
    return edits[message.seq].text if message.seq in edits else message.text


def options_of(message: Message) -> list[str]:
    """What the bot asked to choose from, without the way to people that it always offers."""
    choices: list[str] = message.data.get("choices", [])
    return choices[:-1] if message.data.get("kind") == "question" else []


def file_names(message: Message) -> list[str]:
    """The files that came with a message, each as a line of text."""
    return [_("［文件］%(name)s") % {"name": file["name"]} for file in message.data.get("attachments", [])]


def file_url(conversation: UUID, file: str) -> str:
    return f"/api/v1/conversations/{conversation}/files/{file}"


def _who(message: Message, mine: str) -> str:
    if message.author_kind == mine == Message.Author.VISITOR:
        return _("您")
    if message.author is not None and message.author_kind != Message.Author.BOT:
        return str(message.author)
    return str(AUTHORS[Message.Author(message.author_kind)])


def event_text(message: Message) -> str:
    data: dict[str, Any] = message.data
    code = f"{message.text}_team" if data.get("team") else message.text
    return str(EVENTS[code]) % data if code in EVENTS else message.text
