"""A conversation to keep: as lines of text and on paper. Notes are another table and never in it."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from chat.lines import Line, lines_of
from chat.models import Conversation, Message
from chat.queries import messages_after
from helpdesk.core import clock, pdf


def read(conversation: Conversation, mine: str) -> list[Line]:
    """All that both sides said, corrected where it was corrected."""
    found = lines_of(messages_after(conversation.pk, 0, conversation.last_seq), mine=mine)
    return [line for line in found if not line.silent]


def file_name(conversation: Conversation, ending: str) -> str:
    return f"chat-{conversation.created_at.astimezone(clock.business_zone()):%Y%m%d-%H%M}.{ending}"


def heading(conversation: Conversation) -> str:
    return _("对话记录 %(at)s") % {"at": _at(conversation.created_at)}


def as_text(conversation: Conversation, mine: str) -> str:
    lines = [heading(conversation), *_about(conversation), ""]
    lines += [
        f"[{_at(line.at, seconds=True)}] {_said_by(line)}{body(line)}" for line in read(conversation, mine)
    ]
    return "\n".join(lines) + "\n"


def as_pdf(conversation: Conversation, mine: str) -> bytes:
    shown = {
        "title": heading(conversation),
        "reference": str(conversation.ticket or ""),
        "footer": _("导出时间 %(at)s") % {"at": _at(clock.now())},
        "about": _about(conversation),
        "lines": [
            {"who": _said_by(line), "at": _at(line.at, seconds=True), "text": body(line)}
            for line in read(conversation, mine)
        ],
        "none": _("还没有消息。"),
    }
    return pdf.render("chat/transcript.typ", shown)


def _about(conversation: Conversation) -> list[str]:
    about = [_("状态：%(state)s") % {"state": conversation.get_state_display()}]
    if conversation.ticket:
        about.append(_("工单：%(number)s") % {"number": conversation.ticket.number})
    return about


def _said_by(line: Line) -> str:
    mark = _("（已修改）") if line.edited else ""
    return f"{line.who}{mark}：" if line.kind != Message.Kind.EVENT else "— "


def body(line: Line) -> str:
    """The words, and what came with them: files, the bot's sources, what its question offered."""
    more = [*line.file_names]
    source = _("［来源］%(title)s %(url)s")
    more += [source % {**one, "url": settings.PUBLIC_URL + one["url"]} for one in line.sources]
    if line.options:
        more.append(_("［选项］") + " / ".join(line.options))
    return "\n".join(filter(None, [line.text, *more]))


def _at(at: Any, *, seconds: bool = False) -> str:
    return f"{at.astimezone(clock.business_zone()):{'%Y-%m-%d %H:%M:%S' if seconds else '%Y-%m-%d %H:%M'}}"
