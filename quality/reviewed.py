"""What the reviews of some weeks come to: by week, team and agent, with how far two reviewers agree."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import QuerySet

from helpdesk.core.small import FEWEST
from quality.agreement import Agreement, Pair, agreement
from quality.models import Review, Scoring
from quality.states import ReviewState


class Facts(NamedTuple):
    """One review."""

    pk: int
    week: dt.date
    agent: int
    agent_name: str
    team: int | None
    team_name: str | None
    state: str
    score: float | None
    failed: bool
    appealed: int | None
    granted: bool | None


FIELDS = (
    *("pk", "sample__week", "agent", "agent__name", "team", "team__name", "state", "score", "failed"),
    *("appeal__pk", "appeal__granted"),
)


@dataclass
class Tally:
    drawn: int = 0
    done: int = 0
    points: float = 0
    failed: int = 0
    appeals: int = 0
    granted: int = 0
    pairs: list[list[Pair]] = field(default_factory=list)  # one list a review that two people scored

    def add(self, one: Facts, pairs: list[Pair] | None) -> None:
        self.drawn += 1
        self.appeals += one.appealed is not None
        self.granted += bool(one.granted)
        if one.state == ReviewState.DONE:
            self.done += 1
            self.points += one.score or 0
            self.failed += one.failed
        if pairs:
            self.pairs.append(pairs)

    @property
    def mean(self) -> float | None:
        return self.points / self.done if self.done >= FEWEST else None

    @property
    def agreement(self) -> Agreement:
        return agreement(self.pairs)


@dataclass(frozen=True)
class Row:
    """One line of a table; ``only`` is the filter that finds its reviews."""

    label: str
    only: dict[str, Any]
    tally: Tally


@dataclass(frozen=True)
class Reviewed:
    everything: Tally
    weeks: list[Row]  # the newest first
    teams: list[Row]
    agents: list[Row]


def reviewed(reviews: QuerySet[Review]) -> Reviewed:
    """Two queries, however many reviews."""
    found = [Facts(*row) for row in reviews.order_by("pk").values_list(*FIELDS)]
    pairs = _pairs(reviews)
    everything = Tally()
    for one in found:
        everything.add(one, pairs.get(one.pk))
    return Reviewed(
        everything,
        weeks=_rows(found, pairs, lambda r: (f"{r.week}", {"since": f"{r.week}", "until": f"{r.week}"}))[
            ::-1
        ],
        teams=_rows(found, pairs, lambda r: (r.team_name or "", {"team": r.team or "none"})),
        agents=_rows(found, pairs, lambda r: (r.agent_name, {"agent": r.agent})),
    )


def _rows(
    found: list[Facts], pairs: dict[int, list[Pair]], of: Callable[[Facts], tuple[str, dict[str, Any]]]
) -> list[Row]:
    rows: dict[tuple[str, str], Row] = {}
    for one in found:
        label, only = of(one)
        row = rows.setdefault((label, str(only)), Row(label, only, Tally()))
        row.tally.add(one, pairs.get(one.pk))
    return [rows[key] for key in sorted(rows)]


def _pairs(reviews: QuerySet[Review]) -> dict[int, list[Pair]]:
    """What both reviewers answered, item by item, before anything was settled."""
    twice = reviews.filter(twice=True).exclude(state=ReviewState.OPEN)
    handed_in = Scoring.objects.filter(handed_in_at__isnull=False, review__in=twice.order_by().values("pk"))
    answers: dict[int, list[dict[str, str]]] = {}
    for review, given in handed_in.order_by("handed_in_at", "pk").values_list("review", "answers"):
        answers.setdefault(review, []).append(given)
    return {
        pk: [
            (first, second[code]) for code, first in both[0].items() for second in both[1:2] if code in second
        ]
        for pk, both in answers.items()
        if len(both) > 1
    }
