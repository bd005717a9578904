"""Tables as CSV: for a spreadsheet (UTF-8 with BOM), and with nothing in them that it would run."""

import csv
import io
from collections.abc import AsyncIterator, Iterable

from django.db.models import QuerySet
from django.utils import translation
from django.utils.encoding import force_str
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from faq.analytics import Counts
from helpdesk.core.cells import Cell, neutral
from helpdesk.core.masking import mask_text
from helpdesk.core.pool import run_sync
from helpdesk.core.small import FEWEST
from quality.agreement import Said
from quality.figures import Tally, Trends
from quality.models import Feedback, ImprovementAction
from quality.reviewed import Reviewed
from quality.reviewed import Tally as ReviewTally
from quality.searches import Searches

BOM = "\ufeff"
BLOCK = 1000


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


def as_file(header: list[Cell], rows: list[list[Cell]]) -> str:
    return BOM + "".join(line(cells) for cells in [header, *rows])


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


# --- Searches -------------------------------------------------------------------------------------
def searches_header() -> list[Cell]:
    return [
        _("周"),
        _("起始日"),
        _("截止日"),
        _("主题"),
        _("搜索次数"),
        _("没有结果"),
        _("没有明确答案"),
        _("点开"),
        _("点开率"),
        _("平均位次"),
        _("满 24 小时的搜索"),
        _("没有再找人"),
        pgettext("remark", "说明"),
    ]


def searches_rows(found: Searches) -> list[list[Cell]]:
    """One row a week and topic, oldest week first; shares only where the numbers are not few."""
    return [
        [week.label, f"{week.monday}", f"{week.until}", row.label, *_outcome(week.counts)]
        for index in range(len(found.weeks))
        for row in sorted(found.topics, key=lambda row: row.code)
        for week in [row.weeks[index]]
    ]


def _outcome(counts: Counts) -> list[Cell]:
    if counts.few:
        remark = _("搜索少于 %d 次，不显示其他数字") % FEWEST if counts.searches else _("没有搜索")
        return [counts.searches, None, None, None, None, None, None, None, remark]
    return [
        counts.searches,
        counts.nothing,
        counts.unsure,
        counts.opened,
        share(counts.click_through),
        share(counts.position),
        counts.settled,
        share(counts.deflection),
        "",
    ]


def questions_header() -> list[Cell]:
    return [_("客户怎么问"), _("次数"), _("人数"), _("没有结果"), _("其他写法"), _("最接近的文章")]


def questions_rows(found: Searches) -> list[list[Cell]]:
    return [
        [
            group.text,
            group.searches,
            group.people,
            group.nothing,
            "\n".join(group.others),
            group.nearest.question if group.nearest else "",
        ]
        for group in found.to_write.groups
    ]


# --- Improvements ---------------------------------------------------------------------------------
def improvements_header() -> list[Cell]:
    return [
        _("做什么"),
        _("种类"),
        _("状态"),
        _("负责人"),
        _("完成期限"),
        _("已超过期限"),
        _("要改善的指标"),
        _("生效日"),
        _("评估"),
        _("结论"),
    ]


def improvement_row(row: ImprovementAction) -> list[Cell]:
    return [
        row.title,
        force_str(row.get_kind_display()),
        force_str(row.get_state_display()),
        row.owner.name,
        f"{row.due_on}",
        _("是") if row.is_overdue else "",
        row.series.label,
        f"{row.effective_on}" if row.effective_on else "",
        force_str(row.get_effect_display()),
        mask_text(row.conclusion),
    ]


# --- Reviews --------------------------------------------------------------------------------------
def reviews_header() -> list[Cell]:
    return [
        _("分组"),
        _("名称"),
        _("抽取"),
        _("完成"),
        _("平均得分"),
        _("关键项没做到"),
        _("申诉"),
        _("改判"),
        _("两人都评过"),
        _("两人相同的项目占比"),
        _("Cohen κ"),
        _("95% 区间下限"),
        _("95% 区间上限"),
        pgettext("remark", "说明"),
    ]


def reviews_rows(found: Reviewed) -> list[list[Cell]]:
    """Everything, then each week, team and agent; means and κ only where the numbers are not few."""
    groups = [(_("周"), found.weeks), (_("团队"), found.teams), (_("客服"), found.agents)]
    return [
        [_("合计"), "", *_reviews(found.everything)],
        *([group, row.label, *_reviews(row.tally)] for group, rows in groups for row in rows),
    ]


def _reviews(tally: ReviewTally) -> list[Cell]:
    both = tally.agreement
    low, high = both.interval or (None, None)
    few = tally.done < FEWEST or both.said == Said.FEW
    return [
        tally.drawn,
        tally.done,
        share(tally.mean),
        tally.failed,
        tally.appeals,
        tally.granted,
        both.reviews,
        share(both.agreed),
        share(both.kappa),
        share(low),
        share(high),
        _("少于 %d 件，不显示平均和 κ") % FEWEST if few else "",
    ]
