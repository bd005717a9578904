"""What the pages of both sides show of a conversation: its lines, and the texts that the scripts say."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.models import Conversation, Message

SOON = 60  # seconds of waiting that are told as "within a minute"
# Event codes (docs/chat-protocol.md) in words; ``_team`` where a team takes the place of a person.
EVENTS = {
    "joined": gettext_lazy("%(name)s 已接入对话"),
    "transferred": gettext_lazy("对话已转给 %(name)s"),
    "transferred_team": gettext_lazy("对话已转给%(team)s，正在排队"),
    "released": gettext_lazy("对话回到排队，下一位客服会接着处理"),
    "closed": gettext_lazy("对话已结束"),
    "ticket": gettext_lazy("已建立工单 %(number)s"),
    "secret": gettext_lazy(
        "为了您的安全，消息里的密码、验证码或安全码已被去掉，没有保存。我们不会向您索要这些。"
    ),
    "queued": gettext_lazy("已转人工，请稍候"),
    "edited": gettext_lazy("修改了一条消息"),
    "reopened": gettext_lazy("对话重新打开"),
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
    sealed: bool
    leave_message: bool
    files: list[dict[str, Any]]
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
            text=event_text(message) if is_event(message) else edits.get(message.seq, message.text),
            at=message.at,
            sources=message.data.get("sources", []),
            choices=message.data.get("choices", []),
            sealed=bool(message.sealed),
            leave_message=bool(message.data.get("leave_message")),
            files=[
                {**file, "url": file_url(message.conversation_id, file["id"])}
                for file in message.data.get("attachments", [])
            ],
            edited=message.seq in edits,
            original=message.text,
            silent=is_event(message) and message.text == Message.Event.EDITED,
        )
        for message in messages
    ]


def is_event(message: Message) -> bool:
    return message.kind == Message.Kind.EVENT


def edits_of(messages: Iterable[Message]) -> dict[int, str]:
    """Number of a message → its text now; the later edit counts."""
    edited = [one for one in messages if is_event(one) and one.text == Message.Event.EDITED]
    return {one.data["seq"]: one.data["text"] for one in edited}


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


def waiting_text(position: int, wait: int | None) -> str:
    """Place and estimate; without anybody on duty there is no estimate to give."""
    if wait is None:
        return position_text() % {"position": position}
    if wait <= SOON:
        return position_soon_text() % {"position": position}
    return position_wait_text() % {"position": position, "minutes": round(wait / 60)}


def state_text(
    conversation: Conversation | None, position: int | None = None, wait: int | None = None
) -> str:
    """The state of a conversation in the words that its visitor reads."""
    if conversation is None:
        return ""
    if position:
        return waiting_text(position, wait)
    if conversation.state == "active" and conversation.assignee:
        return served_text() % {"name": conversation.assignee}
    return states()[conversation.state]


def states() -> dict[str, str]:
    return {
        "bot": _("智能助手正在为您服务，随时可以转人工。"),
        "waiting": _("正在排队，客服接入后会在这里回复您。"),
        "active": _("客服正在为您服务"),
        "closed": _("对话已结束"),
    }


def position_text() -> str:
    return _("您排在第 %(position)s 位。可以先把问题写下来，客服接入后会在这里回复您。")


def position_wait_text() -> str:
    return _("您排在第 %(position)s 位，预计等待约 %(minutes)s 分钟。可以先把问题写下来。")


def position_soon_text() -> str:
    return _("您排在第 %(position)s 位，预计一分钟内有人接入。可以先把问题写下来。")


def served_text() -> str:
    return _("%(name)s 正在为您服务")


def script_texts(*, mine: str) -> dict[str, Any]:
    """Every text that a chat script may show, for ``json_script``."""
    authors = {kind.value: str(label) for kind, label in AUTHORS.items()}
    if mine == Message.Author.VISITOR:
        authors[mine] = _("您")
    return {
        "zone": settings.TIME_ZONE,
        "sending": _("正在发送…"),
        "sent": _("已送达"),
        "failed": _("未发送"),
        "read": _("已读"),
        "edited": _("已修改"),
        "uploading": _("正在上传…"),
        "uploaded": _("已上传"),
        "held_failed": _("没有传上去：%(names)s。消息还没有发送。"),
        "held_uploading": _("文件还在上传，传完就自动发送。"),
        "held_note": _("备注和悄悄话不能带文件，这些文件没有附上。改为“回复访客”就能发送它们。"),
        "nofile": _("打不开这个文件，请再试一次。"),
        "waited": _("已等 %(minutes)s 分"),
        "offered": _("派给您一个新的对话"),
        "justnow": _("刚刚"),
        "countdown": _("还有 %(seconds)s 秒。"),
        "position_wait": position_wait_text(),
        "position_soon": position_soon_text(),
        "states": states(),
        "position": position_text(),
        "served": served_text(),
        "events": {code: str(text) for code, text in EVENTS.items()},
        "authors": authors,
        "offline": _("连不上服务器。您写的都还在，请稍后再试。"),
        "notended": _("没有结束成功，请再试一次。"),
        "gone": _("原来的对话已无法打开，您可以开始新的对话。"),
        "link": _link_texts(),
        "errors": _error_texts(),
    }


def _link_texts() -> dict[str, str]:
    return {
        "connecting": _("正在连接…"),
        "live": _("已连接"),
        "polling": _("网络受限，正用备用方式收发，消息会稍慢。"),
        "offline": _("连接已断开，正在重连。您写的内容都还在。"),
        "refused": _("连接已被关闭，请重新登录或刷新页面。"),
    }


def _error_texts() -> dict[str, str]:
    return {
        "text_too_long": _("超过 5000 字，请分几条发送"),
        "text_empty": _("消息是空的"),
        "bad_text": _("含有无法保存的字符"),
        "too_large": _("内容太长，请分几条发送"),
        "bad_field": _("无法保存这条消息"),
        "closed": _("对话已结束，没有保存"),
        "forbidden": _("这个对话已不由您负责"),
        "not_found": _("这个对话已不由您负责"),
        "conflict": _("可能已有人先处理，请刷新后再看"),
        "too_late": _("发出一分钟以后不能再修改"),
        "file_empty": _("是空文件，没有保存"),
        "file_too_large": _("超过 25 MB，没有保存"),
        "file_type": _("类型不支持或与内容不符。可以发 PNG、JPEG、WebP、PDF 或 TXT"),
        "no_such_file": _("文件不在了，请重新选择"),
        "too_fast": _("太快了，请稍等片刻再试"),
        "unavailable": _("系统暂时无法保存，请稍后再试"),
        "already_rated": _("您已经评价过了。"),
        "consent_needed": _("请先勾选同意，再开始对话。"),
        "missing": _("请填写：%(label)s"),
        "noscore": _("请先选择一个分数。"),
    }
