"""The rows of the queue and what a column shows of a case, as HTML.

A page has hundreds of cells; in Python one costs a tenth of what a template does. Texts are escaped by
``format_html``, as a template would.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from heroicons.templatetags.heroicons import heroicon_micro

from helpdesk.core import clock
from helpdesk.core.masking import mask_text
from tickets import redflags
from tickets.columns import text_of
from tickets.models import Severity, Ticket
from tickets.states import State

TONES = {
    State.AWAITING_CUSTOMER: "warn",
    State.RESOLVED: "ok",
    State.CLOSED: "ok",
    State.DECLINED: "neutral",
    State.WITHDRAWN: "neutral",
}
LONGEST = 60  # characters of a narrative
NOTHING = format_html("{}", "")
CHECKED = format_html(" {}", "checked")


@cache
def _icon(name: str) -> SafeString:
    return format_html("{}", heroicon_micro(name, aria_hidden="true"))


def badge(tone: str, text: object, icon: str = "") -> SafeString:
    drawn = _icon(icon) if icon else NOTHING
    return format_html('<span class="badge" data-tone="{}">{}{}</span>', tone, drawn, text)


def state(case: Ticket, *, desk: bool = True) -> SafeString:
    """The state as a badge: a word, with a tone."""
    asks = case.state == State.AWAITING_CUSTOMER and not desk
    return badge(TONES.get(case.state, "info"), _("等您补充") if asks else State(case.state).label)


def severity(case: Ticket) -> SafeString:
    """The severity as a badge, where it is out of the ordinary."""
    if case.severity == Severity.MAJOR:
        return badge("bad", Severity.MAJOR.label, "exclamation-triangle")
    return badge("warn", Severity.COMPLEX.label) if case.severity == Severity.COMPLEX else NOTHING


def due(case: Ticket) -> SafeString:
    """A due date: the date first, the remaining time second."""
    day, open_ = f"{case.due_on:%Y-%m-%d}", case.is_open
    left = (case.due_on - clock.today()).days
    tone = ("bad" if left < 0 else "warn" if left <= 3 else "ok") if open_ else "neutral"
    parts = (
        _unknown() if open_ and case.due_undetermined else NOTHING,
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


def _number(case: Ticket) -> SafeString:
    return format_html(
        '<a class="nowrap" id="open-{pk}" href="{href}">{number}</a><span class="presence muted small"'
        ' data-presence="ticket:{pk}" data-words="{words}" hidden></span>',
        pk=case.pk,
        href=reverse("tickets:ticket", args=[case.number]),
        number=case.number,
        words=_("0 正在看"),
    )


def _subject(case: Ticket) -> SafeString:
    said = mask_text(case.narrative)
    excerpt = said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"
    return format_html('{}<span class="muted small excerpt">{}</span>', text_of(case, "subject"), excerpt)


def _flags(case: Ticket) -> SafeString:
    tones = ((f, "bad" if f.level == "P0" else "warn") for f in case.red_flags.all())
    badges = [(badge(tone, str(redflags.NAMES.get(flag.code, flag.code))),) for flag, tone in tones]
    return (
        format_html('<span class="row">{}</span>', format_html_join("", "{}", badges)) if badges else NOTHING
    )


def _received(case: Ticket) -> SafeString:
    return format_html(
        '<time class="nowrap" datetime="{}">{}</time>',
        case.received_at.isoformat(),
        text_of(case, "received"),
    )


def _whole(name: object) -> SafeString:
    """A short name, which no narrow column may break."""
    return format_html('<span class="nowrap">{}</span>', name)


def _assignee(case: Ticket) -> SafeString:
    if case.assignee:
        return _whole(case.assignee)
    return format_html('<span class="muted">{}</span>', _("未分派"))


CELLS: dict[str, Callable[[Ticket], SafeString]] = {
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


def rows(
    cases: Iterable[Ticket], columns: Sequence[tuple[str, object]], *, picking: bool, picked: bool
) -> SafeString:
    """The rows of the queue; with a box to tick where the reader may act on several at once."""
    starts = [(name, format_html('<td data-label="{}">', label)) for name, label in columns]
    return format_html_join(
        "\n",
        '<tr id="case-{}" data-case="{}">{}{}</tr>',
        (
            (
                case.pk,
                case.pk,
                _pick(case, picked) if picking else NOTHING,
                format_html_join("", "{}{}</td>", ((start, cell(case, name)) for name, start in starts)),
            )
            for case in cases
        ),
    )


def _pick(case: Ticket, picked: bool) -> SafeString:
    return format_html(
        '<td class="pick"><input type="checkbox" name="case" value="{number}" form="bulk" id="pick-{pk}"'
        ' aria-label="{label}" autocomplete="off"{checked}></td>',
        pk=case.pk,
        number=case.number,
        label=_("勾选 %(number)s") % {"number": case.number},
        checked=CHECKED if picked else NOTHING,
    )


def cell(case: Ticket, column: str) -> SafeString:
    """Empty where a case has nothing to show, which the stylesheet can tell."""
    drawn = CELLS.get(column)
    return drawn(case) if drawn else format_html("{}", text_of(case, column))
