"""What the pages of both sides show of a conversation: its lines, and the texts that the scripts say."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.models import Conversation, Message

# Event codes (docs/chat-protocol.md) in words; ``_team`` where a team takes the place of a person.
EVENTS = {
    "joined": gettext_lazy("%(name)s 已接入对话"),
    "transferred": gettext_lazy("对话已转给 %(name)s"),
    "transferred_team": gettext_lazy("对话已转给%(team)s，正在排队"),
    "released": gettext_lazy("对话回到排队，下一位客服会接着处理"),
    "closed": gettext_lazy("对话已结束"),
    "ticket": gettext_lazy("已建立工单 %(number)s"),
}
AUTHORS = {
    Message.Author.VISITOR: gettext_lazy("访客"),
    Message.Author.AGENT: gettext_lazy("客服"),
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


def lines_of(messages: Iterable[Message], *, mine: str) -> list[Line]:
    """``mine`` is the author kind of the reader's own side."""
    return [
        Line(
            seq=message.seq,
            author=message.author_kind,
            who=_who(message, mine),
            mine=message.author_kind == mine,
            kind=message.kind,
            text=event_text(message) if message.kind == Message.Kind.EVENT else message.text,
            at=message.at,
        )
        for message in messages
    ]


def _who(message: Message, mine: str) -> str:
    if message.author_kind == mine == Message.Author.VISITOR:
        return _("您")
    if message.author is not None:
        return str(message.author)
    return str(AUTHORS[Message.Author(message.author_kind)])


def event_text(message: Message) -> str:
    data: dict[str, Any] = message.data
    code = f"{message.text}_team" if data.get("team") else message.text
    return str(EVENTS[code]) % data if code in EVENTS else message.text


def state_text(conversation: Conversation | None, position: int | None = None) -> str:
    """The state of a conversation in the words that its visitor reads."""
    if conversation is None:
        return ""
    if position:
        return position_text() % {"position": position}
    if conversation.state == "active" and conversation.assignee:
        return served_text() % {"name": conversation.assignee}
    return states()[conversation.state]


def states() -> dict[str, str]:
    return {
        "waiting": _("正在排队，客服接入后会在这里回复您。"),
        "active": _("客服正在为您服务"),
        "closed": _("对话已结束"),
    }


def position_text() -> str:
    return _("您排在第 %(position)s 位。可以先把问题写下来，客服接入后会在这里回复您。")


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
        "waited": _("已等 %(minutes)s 分"),
        "justnow": _("刚刚"),
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
        "too_fast": _("太快了，请稍等片刻再试"),
        "unavailable": _("系统暂时无法保存，请稍后再试"),
        "already_rated": _("您已经评价过了。"),
        "noscore": _("请先选择一个分数。"),
    }
