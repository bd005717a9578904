"""Who can be given a case: everybody who was considered, and in words why the others were left out."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from helpdesk.core import calendar, clock
from helpdesk.core.hours import Hours, Spans, spans
from helpdesk.core.models import Leave, Role, Shift, Team, Topic, User
from helpdesk.core.staffing.queries import CALENDAR, days, opens_at
from helpdesk.core.together import together
from tickets import people
from tickets.models import TeamRule, Ticket

REASONS: dict[str, Promise] = {
    **people.CONFLICTS,
    "full": _("手上的案件已达上限"),
    "off_duty": _("不在班次内"),
    "on_leave": _("休假中"),
    "skill": _("这个主题不在擅长之列"),
    "role": _("规则只分派给客服"),
    "team": _("不在这个团队"),
}
# What no supervisor can set aside; the rest only keeps the rule from choosing somebody.
BLOCKS = {*people.CONFLICTS, "full"}


@dataclass(frozen=True)
class Considered:
    user: User
    load: int
    why_not: tuple[str, ...]  # codes of REASONS

    @property
    def is_blocked(self) -> bool:
        return any(code in BLOCKS for code in self.why_not)

    @property
    def reasons(self) -> list[Promise]:
        return [REASONS[code] for code in self.why_not]

    def kept(self) -> dict[str, object]:
        return {
            "user": self.user.pk,
            "name": self.user.name,
            "load": self.load,
            "why_not": list(self.why_not),
        }


# --- Duty -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Away:
    """Why somebody does not work now, and the first local day on which they do (None: not planned)."""

    reason: str  # of Handover.Reason
    back_on: dt.date | None


def away_now(people: Iterable[User], now: dt.datetime) -> dict[int, Away]:
    """Who of these is not at work, by key. Whoever has no shifts is only away on leave; two queries."""
    people = list(people)
    today = clock.local_date(now)
    weeks: dict[int, dict[int, Spans]] = defaultdict(dict)
    rows = together(
        shifts=Shift.objects.filter(user__in=people),
        leaves=Leave.objects.filter(user__in=people, last__gte=today),
    )
    for shift in rows["shifts"]:
        weeks[shift.user_id][shift.weekday] = spans(shift.spans)
    leaves: dict[int, list[Leave]] = defaultdict(list)
    for leave in rows["leaves"]:
        leaves[leave.user_id].append(leave)
    cn = calendar.load(CALENDAR)
    found: dict[int, Away] = {}
    for person in people:
        off = {day for leave in leaves[person.pk] for day in days(leave.first, leave.last, today)}
        if not person.is_active:
            found[person.pk] = Away("gone", None)
        elif not weeks[person.pk]:
            if today in off:
                found[person.pk] = Away("leave", _after(today, off))
        else:
            hours = Hours(clock.business_zone(), weeks[person.pk], cn, exceptions=dict.fromkeys(off, ()))
            opening = opens_at(hours, now)
            if opening != now:
                reason = "leave" if today in off else "off"
                found[person.pk] = Away(reason, clock.local_date(opening) if opening else None)
    return found


def _after(day: dt.date, off: set[dt.date]) -> dt.date:
    while day in off:
        day += dt.timedelta(days=1)
    return day


# --- Considering ------------------------------------------------------------------------------
def considered(ticket: Ticket, team: Team | None = None) -> list[Considered]:
    """Everybody of the desk, the least loaded first. With ``team``, as its rule sees them."""
    members = people.desk_members()
    conflicts = people.conflicts_of(ticket)
    away = away_now((member.user for member in members), clock.now())
    cap = people.load_cap()
    found = []
    for member in members:
        user, why = member.user, []
        if team and user.team_id != team.pk:
            why.append("team")
        if team and user.role != Role.AGENT:
            why.append("role")
        if conflict := conflicts.code_of(user):
            why.append(conflict)
        if member.load >= cap:
            why.append("full")
        if user.pk in away:
            why.append("on_leave" if away[user.pk].reason == "leave" else "off_duty")
        skills = skills_of(user)
        if skills and ticket.topic not in skills:
            why.append("skill")
        found.append(Considered(user, member.load, tuple(why)))
    return found


def skills_of(user: User) -> Sequence[str]:
    """The topics that this person handles; empty: any."""
    return user.staffing.skills if hasattr(user, "staffing") else ()


def rule_for(ticket: Ticket) -> TeamRule | None:
    """The rule of the team that has the case; else of the first team that takes its topic, the special
    ones before those that take any."""
    rules = TeamRule.objects.select_related("team")
    if ticket.team_id:
        return rules.filter(team=ticket.team_id).first()
    return _taking(ticket.topic, rules)


def _taking(topic: str, rules: Iterable[TeamRule]) -> TeamRule | None:
    fitting = [rule for rule in rules if not rule.topics or topic in rule.topics]
    return min(fitting, key=lambda rule: (not rule.topics, rule.team.name), default=None)


def automatic_cases() -> list[Q]:
    """The cases of each team with an automatic rule, as ``rule_for`` finds it: those that the team has, and
    those of no team that it takes."""
    rules = list(TeamRule.objects.select_related("team"))
    taking = {topic: _taking(topic, rules) for topic in Topic.values}
    return [
        Q(team=rule.team_id) | Q(team=None, topic__in=[topic for topic, one in taking.items() if one == rule])
        for rule in rules
        if rule.automatic
    ]


def choose(rule: TeamRule, everybody: list[Considered]) -> Considered | None:
    """Whom the rule gives the case; None if nobody is free for it."""
    free = [one for one in everybody if not one.why_not]
    if rule.method == TeamRule.Method.ROUND:
        free.sort(key=lambda one: (one.user.name, one.user.pk))
        last = (rule.last.name, rule.last.pk) if rule.last else ("", 0)
        free.sort(key=lambda one: (one.user.name, one.user.pk) <= last)  # those after the last one first
    return free[0] if free else None
