"""Rule packs: which period times a case. They are rows of the database; a changed rule is a further version.

The delivered ones are the files of ``tickets/rules/``, loaded by every ``migrate``. An administrator's change
is a new row as well: cases are explained by the rule that they ran under.
"""

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from helpdesk.core import calendar, clock, hours
from helpdesk.core.actors import Actor
from helpdesk.core.calendar import Calendar
from helpdesk.core.hours import Hours
from helpdesk.core.memo import is_remembered, once
from helpdesk.core.permissions import is_administrator, is_senior
from tickets.models import Kind, RulePack, Severity, Ticket, Unit

RULES = Path(__file__).parent.parent / "rules"
GRADES = ("V1", "V2", "V3", "M", "internal")
SHOWN_AS_LAW = ("V1", "V2")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
REVIEW = "review"
MOST_DAYS = 3_650  # of any period
LONGEST_RULE = 60  # characters of "<pack>@<version>:<milestone>", as events store it


class BadPack(ValueError):  # noqa: N818
    """A text that is no rule pack; the message is for people."""


@dataclass(frozen=True)
class Milestone:
    """A period. ``n`` calendar days, working days, months or business hours, as ``unit`` says."""

    code: str
    n: int
    grade: str
    unit: str = Unit.CALENDAR
    name: str = ""
    after: str = ""  # the milestone that this one may replace
    needs_notice: bool = False

    @property
    def is_law(self) -> bool:
        """Graded well enough to be shown to a customer as a rule of law."""
        return self.grade in SHOWN_AS_LAW

    @property
    def unit_label(self) -> str:
        return str(Unit(self.unit).label)


@dataclass(frozen=True)
class Reason:
    """Why a clock may stop, start again or end."""

    code: str
    name: str
    grade: str


@dataclass(frozen=True)
class Pack:
    code: str
    version: int
    name: str
    source: str
    effective_from: dt.date
    effective_to: dt.date | None
    kinds: tuple[str, ...]
    calendar_name: str
    by_severity: Mapping[str, str]
    milestones: Mapping[str, Milestone]
    stops: Mapping[str, Reason]
    restarts: Mapping[str, Reason]
    review_window_days: int
    review_window_grade: str
    weekly: Mapping[int, hours.Spans] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}@{self.version}"

    @property
    def id(self) -> str:
        return self.code

    @property
    def kind_labels(self) -> list[str]:
        return [str(Kind(kind).label) for kind in self.kinds]

    @property
    def grades(self) -> list[str]:
        """All that occur, the best known first."""
        found = {part.grade for part in self.milestones.values()}
        found |= {part.grade for part in (*self.stops.values(), *self.restarts.values())}
        return [grade for grade in GRADES if grade in found]

    def rule(self, code: str) -> str:
        return f"{self.code}@{self.version}:{code}"

    def calendar(self) -> Calendar:
        """One query."""
        return calendar.load(self.calendar_name)

    def hours(self, known: Calendar) -> Hours | None:
        return Hours(self.zone, self.weekly, known) if self.weekly else None

    @property
    def zone(self) -> ZoneInfo:
        return clock.business_zone()


# --- Reading a text ---------------------------------------------------------------------------


@lru_cache(maxsize=256)
def parse(text: str, version: int = 1) -> Pack:
    """The pack of a TOML text. Raises BadPack with what is wrong and where."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadPack(_("这段文字不是 TOML：%(error)s") % {"error": error}) from error
    try:
        return _pack(raw, version)
    except KeyError as error:
        raise BadPack(_("缺少 %(name)s。") % {"name": error.args[0]}) from error
    except (TypeError, AttributeError, ValueError) as error:
        raise (
            error
            if isinstance(error, BadPack)
            else BadPack(_("内容的形式不对：%(error)s") % {"error": error})
        ) from error


def _pack(raw: dict[str, Any], version: int) -> Pack:
    milestones = {code: _milestone(code, body) for code, body in raw["milestones"].items()}
    pack = Pack(
        code=_word(raw["id"]),
        version=version,
        name=str(raw["name"]),
        source=str(raw["source"]),
        effective_from=_day(raw["effective_from"]),
        effective_to=_day(raw["effective_to"]) if "effective_to" in raw else None,
        kinds=tuple(raw.get("kinds", ())),
        calendar_name=str(raw.get("calendar", "CN")),
        by_severity=dict(raw.get("by_severity", {})),
        milestones=milestones,
        stops={code: _reason(code, body) for code, body in raw.get("stops", {}).items()},
        restarts={code: _reason(code, body) for code, body in raw.get("restarts", {}).items()},
        review_window_days=int(raw.get("review_window_days", 0)),
        review_window_grade=str(raw.get("review_window_grade", "internal")),
        weekly={DAYS.index(day): hours.spans(text) for day, text in raw.get("hours", {}).items()},
    )
    _agree(pack)
    return pack


def _agree(pack: Pack) -> None:
    """Everything that is named is there, and fits where it is stored."""
    if pack.review_window_grade not in GRADES or not 0 <= pack.review_window_days <= MOST_DAYS:
        raise BadPack(_("review_window_days 应当是 0 到 3650，review_window_grade 是一个等级。"))
    if pack.effective_to and pack.effective_to < pack.effective_from:
        raise BadPack(_("effective_to 早于 effective_from。"))
    if too_long := [code for code in pack.milestones if len(pack.rule(code)) > LONGEST_RULE]:
        raise BadPack(_("代号太长：%(names)s。") % {"names": ", ".join(too_long)})
    for kind in pack.kinds:
        if kind not in Kind.values:
            raise BadPack(_("没有“%(name)s”这种工单类型。") % {"name": kind})
    wanted = {*Severity.values, REVIEW} if pack.kinds else set()
    if missing := sorted(wanted - set(pack.by_severity)):
        raise BadPack(_("by_severity 缺少：%(names)s。") % {"names": ", ".join(missing)})
    named = {*pack.by_severity.values(), *(m.after for m in pack.milestones.values() if m.after)}
    if unknown := sorted(named - set(pack.milestones)):
        raise BadPack(_("milestones 里没有：%(names)s。") % {"names": ", ".join(unknown)})
    if not pack.weekly and any(m.unit == Unit.HOURS for m in pack.milestones.values()):
        raise BadPack(_("按营业小时计算需要 [hours]。"))


def _milestone(code: str, body: dict[str, Any]) -> Milestone:
    milestone = Milestone(_word(code), **body)
    if milestone.unit not in Unit.values or milestone.grade not in GRADES:
        raise BadPack(_("%(code)s：unit 或 grade 不认识。") % {"code": code})
    if not isinstance(milestone.n, int) or not 0 < milestone.n <= MOST_DAYS:
        raise BadPack(_("%(code)s：n 应当是 1 到 3650 的整数。") % {"code": code})
    return milestone


def _reason(code: str, body: dict[str, Any]) -> Reason:
    reason = Reason(_word(code), **body)
    if reason.grade not in GRADES:
        raise BadPack(_("%(code)s：unit 或 grade 不认识。") % {"code": code})
    return reason


def _word(text: Any) -> str:
    if not isinstance(text, str) or not text.isascii() or not text.isidentifier() or len(text) > 30:
        raise BadPack(_("“%(text)s”只能用小写字母、数字和下划线，最多 30 个字符。") % {"text": text})
    return text


def _day(value: Any) -> dt.date:
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise BadPack(_("日期要写成 2027-01-01，不加引号。"))
    return value


# --- Reading the database ---------------------------------------------------------------------


def load_delivered() -> list[str]:
    """Put the delivered packs that are not there yet into the database; their names."""
    added = []
    for path in sorted(RULES.glob("*.toml")):
        text = path.read_text("utf-8")
        code = parse(text).code
        versions = RulePack.objects.filter(code=code).order_by("version")
        if versions.filter(text=text).exists():
            continue
        newest = versions.last()
        version = newest.version + 1 if newest else 1
        RulePack.objects.create(code=code, version=version, text=text, note="delivered", at=clock.now())
        added.append(f"{code}@{version}")
    return added


def packs_visible_to(actor: Actor) -> QuerySet[RulePack]:
    """Packs are an administrator's to read and write; what they mean for a case is shown with the case."""
    rows = RulePack.objects.order_by("code", "version")
    return rows if is_administrator(actor) else rows.none()


@once
def packs() -> tuple[Pack, ...]:
    """Every version of every pack; one query."""
    return tuple(parse(row.text, row.version) for row in RulePack.objects.order_by("code", "version"))


def pack_for(kind: str, on: dt.date) -> Pack:
    """The pack that times a kind of case on a day; one query. Raises LookupError if none does."""
    return choose(in_force(packs(), on), kind, on)


def choose(candidates: Iterable[Pack], kind: str, on: dt.date) -> Pack:
    fitting = [pack for pack in candidates if kind in pack.kinds]
    if not fitting:
        raise LookupError(f"no rule pack times {kind} on {on}")
    return max(fitting, key=lambda pack: (pack.effective_from, pack.version))


def in_force(known: Iterable[Pack], on: dt.date) -> list[Pack]:
    """Of each pack the newest version that has begun by a day, unless it has ended: what it says, its older
    versions say no longer."""
    begun: dict[str, Pack] = {}
    for pack in sorted(known, key=lambda pack: pack.version):
        if pack.effective_from <= on:
            begun[pack.code] = pack
    return [pack for pack in begun.values() if not pack.effective_to or on <= pack.effective_to]


def pack_in_force(code: str, on: dt.date) -> Pack | None:
    """One pack as it is in force on a day; one query."""
    rows = RulePack.objects.filter(code=code)
    return next(iter(in_force([parse(row.text, row.version) for row in rows], on)), None)


def newest(code: str) -> Pack:
    """The newest version of one pack; one query."""
    row = RulePack.objects.filter(code=code).order_by("-version")[:1].get()
    return parse(row.text, row.version)


def lookup(rule: str) -> tuple[Pack, Milestone]:
    """The pack and milestone that a rule such as ``cn_nfra_2020_3@1:decision_simple`` means; one query."""
    name, _, code = rule.partition(":")
    pack = _version(*name.split("@"))
    return pack, pack.milestones[code]


def _version(code: str, version: str) -> Pack:
    if is_remembered():  # a page looks several up
        return next(pack for pack in packs() if (pack.code, pack.version) == (code, int(version)))
    row = RulePack.objects.get(code=code, version=int(version))
    return parse(row.text, row.version)


def milestone_for(ticket: Ticket, on: dt.date) -> tuple[Pack, Milestone]:
    """What times this case by its kind and severity; before classification, as an ordinary one."""
    pack = pack_for(ticket.kind, on)
    if ticket.due_rule.startswith(f"{pack.code}@"):
        pack = lookup(ticket.due_rule)[0]  # a running case keeps the version that it started under
    return pack, _milestone_by(pack, ticket)


def rule_of_matter(ticket: Ticket, kind: str, on: dt.date) -> tuple[Pack, Milestone]:
    """What times a matter of another kind within this case, from a day on."""
    pack = pack_for(kind, on)
    return pack, _milestone_by(pack, ticket)


def _milestone_by(pack: Pack, ticket: Ticket) -> Milestone:
    key = REVIEW if ticket.review_of_id else ticket.severity or Severity.ORDINARY
    return pack.milestones[pack.by_severity[key]]


def extensions(rule: str, actor: Actor) -> list[Milestone]:
    """What this person may extend a running rule to: an exceptional period only as a senior supervisor."""
    return following(*lookup(rule), actor)


def further(rule: str) -> list[Milestone]:
    """What a running rule can be extended to, whoever may approve it."""
    pack, current = lookup(rule)
    return [milestone for milestone in pack.milestones.values() if milestone.after == current.code]


def following(pack: Pack, current: Milestone, actor: Actor) -> list[Milestone]:
    found = [milestone for milestone in pack.milestones.values() if milestone.after == current.code]
    return [milestone for milestone in found if not milestone.needs_notice or is_senior(actor)]
