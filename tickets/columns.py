"""The columns that a queue can show. What each shows is in tickets/cells.py."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.core import clock
from helpdesk.core.fields import opened
from helpdesk.core.masking import mask_name
from helpdesk.core.models import Topic
from tickets.models import Channel, Kind, Severity, Ticket
from tickets.states import OPEN, State
from tickets.taxonomy import BUSINESS, CAUSE

COLUMNS: dict[str, str | Promise] = {
    "number": _("编号"),
    "due": _("期限"),
    "state": _("状态"),
    "severity": _("严重程度"),
    "subject": _("事由"),
    "kind": _("类型"),
    "topic": _("主题"),
    "business": _("业务类别"),
    "cause": _("投诉原因"),
    "red_flags": _("红旗"),
    "customer": _("客户"),
    "assignee": _("处理人"),
    "team": pgettext_lazy("column", "团队"),
    "channel": _("渠道"),
    "received": _("收到"),
    "product": _("产品"),
}
USUAL = ("number", "due", "state", "severity", "subject", "customer", "assignee")
ALWAYS = "number"  # the way into the case


def shown(names: Iterable[object]) -> list[str]:
    """The columns of these names in their usual order; unknown ones are left out, none means the usual."""
    wanted = {name for name in names if isinstance(name, str)} & set(COLUMNS)
    wanted = wanted or set(USUAL)
    return [name for name in COLUMNS if name in wanted or name == ALWAYS]


class QueueRow(NamedTuple):
    """What a queue can show of a case and no more, as the database has it. Equal rows look alike."""

    id: int
    number: str
    state: str
    kind: str
    topic: str
    channel: str
    business: str
    cause: str
    severity: str
    product: str
    narrative: str
    received_at: dt.datetime
    due_on: dt.date
    due_undetermined: bool
    due_stopped: bool
    sealed: str  # the complainant, encrypted: opened only for a row that is drawn
    has_words: bool  # of the customer, at which nobody of those who were told has looked
    team: str
    assignee: str
    red_flags: tuple[tuple[str, str], ...]  # code and level of each that nobody has dismissed

    @property
    def pk(self) -> int:
        return self.id

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def complainant(self) -> str:
        return opened(self.sealed)

    def closed_up(self) -> "QueueRow":
        """For whoever must keep off the case: that it is there, and nothing of what it says."""
        return self._replace(narrative=str(_("您须回避，看不到它的内容。")), red_flags=())


Case = Ticket | QueueRow

# Labels straight from their choices: ``get_…_display`` makes a dictionary of all of them, cell by cell.
_TEXTS: dict[str, Callable[[Case], object]] = {
    "number": lambda case: case.number,
    "due": lambda case: _("已暂停") if case.is_open and case.due_stopped else case.due_on,
    "state": lambda case: State(case.state).label,
    "severity": lambda case: Severity(case.severity).label if case.severity else "",
    "subject": lambda case: f"{Kind(case.kind).label} · {Topic(case.topic).label}",
    "kind": lambda case: Kind(case.kind).label,
    "topic": lambda case: Topic(case.topic).label,
    "business": lambda case: dict(BUSINESS).get(case.business, ""),
    "cause": lambda case: dict(CAUSE).get(case.cause, ""),
    "customer": lambda case: mask_name(case.complainant),
    "assignee": lambda case: case.assignee or "",
    "team": lambda case: case.team or "",
    "channel": lambda case: Channel(case.channel).label,
    "received": lambda case: case.received_at.astimezone(clock.business_zone()).strftime("%Y-%m-%d %H:%M"),
    "product": lambda case: case.product,
}


def text_of(case: Case, column: str) -> str:
    """What a file shows in a column; red flags, which are several rows of their own, are not in it."""
    return str(_TEXTS[column](case))
