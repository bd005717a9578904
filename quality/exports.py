"""Tables as CSV: for a spreadsheet (UTF-8 with BOM), and with nothing in them that it would run."""

import csv
import io
import re
from collections.abc import AsyncIterator, Iterable

from django.db.models import QuerySet
from django.utils import translation
from django.utils.encoding import force_str
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from helpdesk.core.masking import mask_text
from helpdesk.core.pool import run_sync
from quality.figures import FEWEST, Tally, Trends
from quality.models import Feedback

BOM = "\ufeff"
BLOCK = 1000
# What a spreadsheet takes for a formula, also full-width and behind blanks, controls or zero-width marks.
_FORMULA = re.compile(r"[\s\x00-\x1f\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠−]|[\t\r\n]")
Cell = str | int | float | None


def neutral(cell: Cell) -> Cell:
    """Text that a spreadsheet would take for a formula gets an apostrophe; numbers stay numbers."""
    if isinstance(cell, str) and _FORMULA.match(cell):
        return f"'{cell}"
    return cell


def line(cells: Iterable[Cell]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([neutral(cell) for cell in cells])
    return out.getvalue()


def share(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def weeks_header() -> list[Cell]:
    return [
        _("周"),
        _("起始日"),
        _("截止日"),
        _("主题"),
        _("来件量"),
        _("评价数"),
        _("满意度（4–5 分占比）"),
        _("95% 区间下限"),
        _("95% 区间上限"),
        _("平均分"),
        pgettext("remark", "说明"),
    ]


def weeks_rows(trends: Trends) -> list[list[Cell]]:
    """One row a week and topic, oldest week first."""
    return [
        [week.label, f"{week.monday}", f"{week.until}", force_str(row.topic.label), *_figures(week.tally)]
        for index in range(len(trends.weeks))
        for row in sorted(trends.topics, key=lambda row: row.topic.value)
        for week in [row.weeks[index]]
    ]


def _figures(tally: Tally) -> list[Cell]:
    counts: list[Cell] = [tally.volume, tally.answers]
    if not tally.answers:
        return [*counts, None, None, None, None, _("没有评价")]
    if tally.too_few:
        return [*counts, None, None, None, None, _("评价少于 %d 个，不显示比例") % FEWEST]
    low, high = tally.interval or (None, None)
    return [*counts, share(tally.csat), share(low), share(high), share(tally.mean), ""]


def feedback_header() -> list[Cell]:
    return [
        _("时间"),
        _("来源"),
        _("关于"),
        _("主题"),
        _("渠道"),
        _("团队"),
        _("评分"),
        _("问题是否解决"),
        _("意见（个人信息已遮盖）"),
    ]


def feedback_row(row: Feedback) -> list[Cell]:
    resolved = {True: _("是"), False: _("否"), None: ""}
    return [
        f"{localtime(row.given_at):%Y-%m-%d %H:%M}",
        force_str(row.get_door_display()),
        about(row),
        force_str(row.get_topic_display()),
        force_str(row.channel_label),
        row.team.name if row.team else "",
        row.score,
        resolved[row.resolved],
        mask_text(row.text),
    ]


def about(row: Feedback) -> str:
    """The number of the case, the question of the article, or the chat's id."""
    if row.ticket:
        return row.ticket.number
    return row.article.question if row.article else str(row.conversation_id)


def weeks_file(rows: list[list[Cell]]) -> str:
    return BOM + "".join(line(cells) for cells in [weeks_header(), *rows])


async def feedback_file(rows: QuerySet[Feedback]) -> AsyncIterator[str]:
    """Read and sent in blocks, so that a million rows need no more memory than a thousand.

    Oldest first. Each block is made in a thread: the loop that sends it also carries everybody's chat.
    """
    language = translation.get_language()
    yield BOM + line(feedback_header())
    last = 0
    while block := await run_sync(_block, rows, last, language):
        last, text = block
        yield text


def _block(rows: QuerySet[Feedback], after: int, language: str | None) -> tuple[int, str] | None:
    found = rows.filter(pk__gt=after).order_by("pk").select_related("team", "ticket", "article")[:BLOCK]
    with translation.override(language):
        lines = [(row.pk, line(feedback_row(row))) for row in found]
    return (lines[-1][0], "".join(text for _pk, text in lines)) if lines else None
