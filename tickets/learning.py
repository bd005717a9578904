"""What the desk's choices teach the suggestions: the model in use, the corrections, how often they agree."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncMonth

from helpdesk.core import clock
from tickets import redflags
from tickets.classification import FIELDS, Suggestion, kept, suggest
from tickets.classification.evaluation import evaluate
from tickets.classification.examples import Example, shipped, split
from tickets.classification.model import Model, load, train, version_of
from tickets.models import Judgement, RedFlag, Ticket, TrainedModel

MOST = 1000  # the newest corrected cases count; training takes memory by their number
MONTHS = 12


def current_model() -> Model:
    """The newest trained model, or the shipped one; kept in memory by version. May take seconds."""
    return ready_model() or kept.shipped_model()


def ready_model(*, start: bool = False) -> Model | None:
    """The same, or None while the shipped one has yet to be made (``start``: a thread makes it)."""
    newest = TrainedModel.objects.values_list("pk", flat=True).first()
    return _loaded(newest) if newest else kept.ready_model(start=start)


def version_in_use() -> str:
    newest = TrainedModel.objects.values_list("version", flat=True).first()
    return newest or kept.version()


@lru_cache(maxsize=2)
def _loaded(pk: int) -> Model:
    return load(bytes(TrainedModel.objects.values_list("weights", flat=True).get(pk=pk)))


def suggest_for(ticket: Ticket, *, start: bool = False) -> Suggestion | None:
    """None while no model is ready (nobody waits for one), of what is not Chinese, and of a review."""
    model = ready_model(start=start)
    if model is None or ticket.review_of_id or redflags.is_foreign(ticket.narrative):
        return None
    return suggest(ticket.narrative, model)


def flags_in(text: str) -> Sequence[redflags.RedFlag]:
    """The flags to raise; while no model is ready, whatever the patterns find: too many rather than none."""
    model = ready_model()
    return suggest(text, model).flags if model else redflags.find(text)


# --- Learning ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Learned:
    model: Model
    examples: int
    corrected: int
    figures: dict[str, float | int | None]


def learn() -> Learned:
    """A model of the shipped examples and the corrected cases. Takes seconds; writes nothing.

    Its figures are of a twin that has not seen the examples kept apart.
    """
    own = corrected_cases()
    part, apart = split(shipped())
    twin = train([*part, *own])
    figures = evaluate(apart, lambda text: suggest(text, twin))
    return Learned(train([*shipped(), *own]), len(shipped()), len(own), figures)


def version_now() -> str:
    """What a model trained now would be called."""
    return version_of([*shipped(), *corrected_cases()])


def corrected_cases() -> list[Example]:
    """Cases where a person chose otherwise than suggested, or judged a flag, with their final labels."""
    told = Q(pk__in=corrections().values("ticket"))
    told |= Q(pk__in=RedFlag.objects.filter(state=RedFlag.State.DISMISSED).values("ticket"))
    cases = Ticket.objects.filter(told).exclude(business="").order_by("-pk")[:MOST]
    confirmed: dict[int, set[str]] = {}
    flags = RedFlag.objects.filter(state=RedFlag.State.CONFIRMED, ticket__in=[case.pk for case in cases])
    for pk, code in flags.values_list("ticket", "code"):
        confirmed.setdefault(pk, set()).add(code)
    return [
        Example(
            case.narrative,
            case.kind,
            case.business,
            case.cause,
            frozenset(confirmed.get(case.pk, ())),
            case.severity,
        )
        for case in cases
    ]


def corrections() -> QuerySet[Judgement]:
    return Judgement.objects.exclude(chosen=F("suggested"))


# --- Agreement --------------------------------------------------------------------------------
@dataclass(frozen=True)
class Agreement:
    """How often people chose what was suggested, in one month and field."""

    month: dt.date
    field: str
    agreed: int
    total: int

    @property
    def percent(self) -> int:
        return round(100 * self.agreed / self.total)


def agreement() -> list[Agreement]:
    """By month (newest first) and field, for a year; red flags count as agreed where confirmed."""
    zone = clock.business_zone()
    since = clock.now() - dt.timedelta(days=31 * MONTHS)
    judged = (
        Judgement.objects.filter(at__gte=since)
        .annotate(month=TruncMonth("at", tzinfo=zone))
        .values("month", "field")
        .annotate(total=Count("pk"), agreed=Count("pk", filter=Q(chosen=F("suggested"))))
        .order_by()
    )
    flagged = (
        RedFlag.objects.filter(reviewed_at__gte=since)
        .annotate(month=TruncMonth("reviewed_at", tzinfo=zone))
        .values("month")
        .annotate(total=Count("pk"), agreed=Count("pk", filter=Q(state=RedFlag.State.CONFIRMED)))
        .order_by()
    )
    rows = [Agreement(r["month"].date(), r["field"], r["agreed"], r["total"]) for r in judged]
    rows += [Agreement(r["month"].date(), "flags", r["agreed"], r["total"]) for r in flagged]
    order = [*FIELDS, "flags"]
    return sorted(rows, key=lambda row: (-row.month.toordinal(), order.index(row.field)))
