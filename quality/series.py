"""Series of weekly figures: what an alert watches and what an improvement should move."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from helpdesk.core.models import Topic
from tickets.models import Channel
from tickets.taxonomy import CAUSE


class Measure(models.TextChoices):
    VOLUME = "volume", gettext_lazy("来件量")
    CSAT = "csat", gettext_lazy("满意度")
    OVERDUE = "overdue", gettext_lazy("逾期率")


class Dimension(models.TextChoices):
    ALL = "all", pgettext_lazy("series", "全部")
    TOPIC = "topic", gettext_lazy("主题")
    CAUSE = "cause", gettext_lazy("投诉原因")
    CHANNEL = "channel", gettext_lazy("渠道")
    PRODUCT = "product", gettext_lazy("产品")


# What there is of each; of products, those that cases name.
WATCHED = {
    Measure.VOLUME: (Dimension.ALL, Dimension.TOPIC, Dimension.CAUSE, Dimension.CHANNEL, Dimension.PRODUCT),
    Measure.CSAT: (Dimension.ALL, Dimension.TOPIC, Dimension.CHANNEL),
    Measure.OVERDUE: (Dimension.ALL, Dimension.TOPIC),
}
OF_CASES = (Dimension.CAUSE, Dimension.PRODUCT)  # of these a chat has none
FIXED: dict[Dimension, dict[str, str | Promise]] = {
    Dimension.ALL: {"": pgettext_lazy("series", "全部")},
    Dimension.TOPIC: dict(Topic.choices),
    Dimension.CAUSE: dict(CAUSE),
    Dimension.CHANNEL: dict(Channel.choices),
}


@dataclass(frozen=True, order=True)
class Series:
    """One figure over time: a measure of everything, or of one topic, cause, channel or product."""

    measure: str
    dimension: str = Dimension.ALL
    value: str = ""

    @property
    def code(self) -> str:
        return f"{self.measure}:{self.dimension}:{self.value}"

    @property
    def columns(self) -> dict[str, str]:
        """As the rows that are about it hold it."""
        return {"measure": self.measure, "dimension": self.dimension, "value": self.value}

    @property
    def of(self) -> str:
        """What it is about, without the measure."""
        known = FIXED.get(Dimension(self.dimension), {})
        return str(known.get(self.value, self.value))

    @property
    def label(self) -> str:
        measure = Measure(self.measure).label
        if self.dimension == Dimension.ALL:
            return _("全部%(measure)s") % {"measure": measure}
        named = {"measure": measure, "of": self.of, "dimension": Dimension(self.dimension).label}
        return _("%(dimension)s“%(of)s”的%(measure)s") % named

    @property
    def is_share(self) -> bool:
        return self.measure != Measure.VOLUME

    @property
    def better_up(self) -> bool:
        return self.measure == Measure.CSAT

    @property
    def whole(self) -> "Series":
        """The same of everything: what it is compared with."""
        return Series(self.measure)

    def overlaps(self, other: "Series") -> bool:
        """Whether what moves one can move the other: unless they are two values of one dimension."""
        return self.dimension != other.dimension or self.value == other.value


def series_of(code: str) -> Series | None:
    """The series of a code; None where there is none."""
    parts = code.split(":", 2)
    if len(parts) != 3:
        return None
    measure, dimension, value = parts
    if measure not in Measure.values or dimension not in Dimension.values:
        return None
    if Dimension(dimension) not in WATCHED[Measure(measure)]:
        return None
    known = FIXED.get(Dimension(dimension))
    longest = 60  # characters of a product's name
    fits = value in known if known is not None else 0 < len(value) <= longest and value.isprintable()
    return Series(measure, dimension, value) if fits else None


def all_series(products: list[str]) -> Iterator[Series]:
    for measure, dimensions in WATCHED.items():
        for dimension in dimensions:
            values = FIXED.get(dimension)
            for value in products if values is None else values:
                yield Series(measure, dimension, value)


def grouped(products: list[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """All of them as the choices of a form, by measure."""
    found: dict[str, list[tuple[str, str]]] = {}
    for series in all_series(products):
        found.setdefault(str(Measure(series.measure).label), []).append((series.code, series.label))
    return list(found.items())
