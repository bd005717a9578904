"""What the pages of both sides say of a conversation: its state, and the texts that the scripts show."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from chat.actions.files import MOST_FILES
from chat.lines import AUTHORS, EVENTS
from chat.models import Conversation, Message

SOON = 60  # seconds of waiting that are told as "within a minute"


def waiting_text(position: int, wait: int | None, *, urgent: bool = False) -> str:
    """Place and estimate; with nobody there who may take it there is no estimate to give."""
    if wait is None and urgent:
        return position_urgent_text() % {"position": position}
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
        return waiting_text(position, wait, urgent=conversation.urgent)
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
    return _("您排在第 %(position)s 位，现在没有同事在岗，有人上岗会在这里回复您。可以继续等，也可以留言。")


def position_wait_text() -> str:
    return _("您排在第 %(position)s 位，预计等待约 %(minutes)s 分钟。可以先把问题写下来。")


def position_soon_text() -> str:
    return _("您排在第 %(position)s 位，预计一分钟内有人接入。可以先把问题写下来。")


def position_urgent_text() -> str:
    return _("您排在第 %(position)s 位：紧急，优先接入。同事都在忙或不在岗，一有人接入就在这里回复您。")


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
        "most_files": MOST_FILES,
        "too_many": _("一次最多 %(most)s 个文件，没有附上：%(names)s。可以分几次发。"),
        "held_many": _("一次最多 %(most)s 个文件，现在有 %(count)s 个。消息还没有发送。"),
        "held_note": _("备注和悄悄话不能带文件，这些文件没有附上。改为“回复访客”就能发送它们。"),
        "nofile": _("打不开这个文件，请再试一次。"),
        "waited": _("已等 %(minutes)s 分"),
        "offered": _("派给您一个新的对话"),
        "said": _("发来了新消息"),
        "flagged": _("一个对话出现紧急警示"),
        "came": _("一个对话转给了您"),
        "noted": _("一个对话有新的备注"),
        "marks": {"came": _("刚转来"), "noted": _("新备注")},
        "justnow": _("刚刚"),
        "countdown": _("还有 %(seconds)s 秒。"),
        "position_wait": position_wait_text(),
        "position_soon": position_soon_text(),
        "position_urgent": position_urgent_text(),
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
