"""The rows of the queue and what a column shows of a case, as HTML.

A page has hundreds of cells; in Python one costs a tenth of what a template does. Texts are escaped by
``format_html``, as a template would. A row depends on nothing but the arguments of ``_row``, so that one
which has been drawn is not drawn again: most of a queue is what it was a minute ago.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.masking import mask_text
from helpdesk.core.templatetags.ui import heroicon_micro
from tickets import redflags
from tickets.columns import COLUMNS, Case, QueueRow, text_of
from tickets.models import Clock, Severity
from tickets.states import State

TONES = {
    State.AWAITING_CUSTOMER: "warn",
    State.RESOLVED: "ok",
    State.CLOSED: "ok",
    State.DECLINED: "neutral",
    State.WITHDRAWN: "neutral",
}
LONGEST = 60  # characters of a narrative
ROWS_KEPT = 2_000  # a few kilobytes each
NOTHING = format_html("{}", "")
CHECKED = format_html(" {}", "checked")


def badge(tone: str, text: object, icon: str = "") -> SafeString:
    drawn = heroicon_micro(icon, aria_hidden="true") if icon else NOTHING
    return format_html('<span class="badge" data-tone="{}">{}{}</span>', tone, drawn, text)


def state(case: Case, *, desk: bool = True) -> SafeString:
    """The state as a badge: a word, with a tone."""
    asks = case.state == State.AWAITING_CUSTOMER and not desk
    return badge(TONES.get(State(case.state), "info"), _("等您补充") if asks else State(case.state).label)


def severity(case: Case) -> SafeString:
    """The severity as a badge, where it is out of the ordinary."""
    if case.severity == Severity.MAJOR:
        return badge("bad", Severity.MAJOR.label, "exclamation-triangle")
    return badge("warn", Severity.COMPLEX.label) if case.severity == Severity.COMPLEX else NOTHING


def due(case: Case) -> SafeString:
    """A due date: the date first, the remaining time second. While the clock is stopped there is none."""
    return _due(case.due_on, case.is_open, case.due_stopped, case.due_undetermined)


def due_of(running: Clock) -> SafeString:
    """The same of one clock of a case."""
    is_open, is_stopped = running.state != running.State.ENDED, running.state == running.State.STOPPED
    return _due(running.due_on, is_open, is_stopped, bool(running.undetermined))


def _due(due_on: dt.date | None, open_: bool, stopped: bool, undetermined: bool) -> SafeString:
    if open_ and stopped:
        return badge("neutral", _("已暂停"), "pause")
    if due_on is None:
        return format_html('<span class="due" data-tone="warn">{}</span>', _unknown())
    day = f"{due_on:%Y-%m-%d}"
    left = (due_on - clock.today()).days
    tone = ("bad" if left < 0 else "warn" if left <= 3 else "ok") if open_ else "neutral"
    parts = (
        _unknown() if open_ and undetermined else NOTHING,
        format_html('<time datetime="{}">{}</time>', day, day),
        format_html(" <span>{}</span>", _left(left)) if open_ else NOTHING,
    )
    return format_html('<span class="due" data-tone="{}">{}{}{}</span>', tone, *parts)


def _unknown() -> SafeString:
    why, text = _("那一年的放假安排还没有公布"), pgettext("deadline", "未定")
    return format_html('<span title="{}">{}</span> ', why, text)


def _left(days: int) -> str:
    if days < 0:
        return ngettext("逾期 %(overdue)s 天", "逾期 %(overdue)s 天", -days) % {"overdue": -days}
    if days == 0:
        return _("今天到期")
    return ngettext("还有 %(days)s 天", "还有 %(days)s 天", days) % {"days": days}


def _number(case: QueueRow) -> SafeString:
    return format_html(
        '<a class="nowrap" id="open-{pk}" href="{href}">{number}</a>{mark}<span class="presence muted small"'
        ' data-presence="ticket:{pk}" data-words="{words}" hidden></span>',
        pk=case.pk,
        href=reverse("tickets:ticket", args=[case.number]),
        number=case.number,
        mark=format_html(" {}", badge("info", _("客户新消息"))) if case.has_words else NOTHING,
        words=_("0 正在看"),
    )


def _subject(case: QueueRow) -> SafeString:
    said = mask_text(case.narrative)
    excerpt = said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"
    return format_html('{}<span class="muted small excerpt">{}</span>', text_of(case, "subject"), excerpt)


def _flags(case: QueueRow) -> SafeString:
    tones = ((code, "bad" if level == "P0" else "warn") for code, level in case.red_flags)
    badges = [(badge(tone, str(redflags.NAMES.get(code, code))),) for code, tone in tones]
    return (
        format_html('<span class="row">{}</span>', format_html_join("", "{}", badges)) if badges else NOTHING
    )


def _received(case: QueueRow) -> SafeString:
    return format_html(
        '<time class="nowrap" datetime="{}">{}</time>',
        case.received_at.isoformat(),
        text_of(case, "received"),
    )


def _whole(name: object) -> SafeString:
    """A short name, which no narrow column may break."""
    return format_html('<span class="nowrap">{}</span>', name)


def _assignee(case: QueueRow) -> SafeString:
    if case.assignee:
        return _whole(case.assignee)
    return format_html('<span class="muted">{}</span>', _("未分派"))


CELLS: dict[str, Callable[[QueueRow], SafeString]] = {
    "number": _number,
    "due": due,
    "state": state,
    "severity": lambda case: severity(case) or format_html("{}", text_of(case, "severity")),
    "subject": _subject,
    "red_flags": _flags,
    "customer": lambda case: _whole(text_of(case, "customer")),
    "assignee": _assignee,
    "received": _received,
}


def rows(cases: Iterable[QueueRow], columns: Sequence[str], *, picking: bool, picked: bool) -> SafeString:
    """The rows of the queue; with a box to tick where the reader may act on several at once."""
    names, language, today = tuple(columns), get_language(), clock.today()
    drawn = ((_row(case, names, picking, picked, language, today),) for case in cases)
    return format_html_join("\n", "{}", drawn)


@lru_cache(ROWS_KEPT)
def _row(
    case: QueueRow,
    columns: tuple[str, ...],
    picking: bool,
    picked: bool,
    language: str | None,  # with which it is called, like ``today``: named here because a row depends on them
    today: dt.date,
) -> SafeString:
    cells = ((COLUMNS[name], cell(case, name)) for name in columns)
    return format_html(
        '<tr id="case-{}" data-case="{}">{}{}</tr>',
        case.pk,
        case.pk,
        _pick(case, picked) if picking else NOTHING,
        format_html_join("", '<td data-label="{}">{}</td>', cells),
    )


def _pick(case: QueueRow, picked: bool) -> SafeString:
    return format_html(
        '<td class="pick"><input type="checkbox" name="case" value="{number}" form="bulk" id="pick-{pk}"'
        ' aria-label="{label}" autocomplete="off"{checked}></td>',
        pk=case.pk,
        number=case.number,
        label=_("勾选 %(number)s") % {"number": case.number},
        checked=CHECKED if picked else NOTHING,
    )


def cell(case: QueueRow, column: str) -> SafeString:
    """Empty where a case has nothing to show, which the stylesheet can tell."""
    drawn = CELLS.get(column)
    return drawn(case) if drawn else format_html("{}", text_of(case, column))
