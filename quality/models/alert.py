"""A series that changed for the worse, said once."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMModelMixin, transition

from helpdesk.core.fields import StateField
from quality.series import Dimension, Measure, Series
from quality.shift import Shift, Tally
from quality.states import AlertState


class TrendAlert(FSMModelMixin, models.Model):
    """A change of level of one series: what it was and is, since when, and what was made of it.

    The series is looked at afresh from ``since`` on (from ``eased_since``, once it has eased), so that the
    same change is never told twice. ``state`` changes only through the transitions below.
    """

    measure = models.CharField(max_length=10, choices=Measure.choices)
    dimension = models.CharField(max_length=10, choices=Dimension.choices)
    value = models.CharField(max_length=60, blank=True)
    state = StateField(_("状态"), max_length=10, choices=AlertState.choices, default=AlertState.OPEN)
    since = models.DateField()  # the Monday of the first week on the new level
    until = models.DateField()  # the last day that was known when it was raised
    hits_before = models.PositiveIntegerField()
    n_before = models.PositiveIntegerField()
    weeks_before = models.PositiveSmallIntegerField()
    hits_after = models.PositiveIntegerField()
    n_after = models.PositiveIntegerField()
    weeks_after = models.PositiveSmallIntegerField()
    chance = models.FloatField()  # of such a change in a quiet series
    noise = models.FloatField()
    raised_at = models.DateTimeField()
    eased_since = models.DateField(null=True)
    reason = models.TextField(_("为什么忽略"), blank=True)
    dismissed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    dismissed_at = models.DateTimeField(null=True)

    # The newest improvement on it that was not dropped, only on an instance that alerts_visible_to found.
    improvement_id: int | None = None

    class Meta:
        ordering = ("-raised_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["measure", "dimension", "value", "since"], name="trend_alert_once_a_change"
            ),
            models.CheckConstraint(
                name="trend_alert_dismissed_with_reason",
                condition=~models.Q(state=AlertState.DISMISSED) | ~models.Q(reason=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.series.code} {self.since:%F}"

    def get_absolute_url(self) -> str:
        return reverse("quality:trend_alert", args=[self.pk])

    @property
    def series(self) -> Series:
        return Series(self.measure, self.dimension, self.value)

    @property
    def shift(self) -> Shift:
        """The change, as it was when the alert was raised."""
        return Shift(
            before=Tally(self.hits_before, self.n_before),
            after=Tally(self.hits_after, self.n_after),
            weeks_before=self.weeks_before,
            weeks_after=self.weeks_after,
            is_share=self.series.is_share,
            chance=self.chance,
            noise=self.noise,
        )

    @property
    def days_before(self) -> tuple[dt.date, dt.date]:
        """The weeks that it is compared with, both days included."""
        return self.since - self.weeks_before * dt.timedelta(weeks=1), self.since - dt.timedelta(days=1)

    @property
    def days_after(self) -> tuple[dt.date, dt.date]:
        return self.since, self.since + self.weeks_after * dt.timedelta(weeks=1) - dt.timedelta(days=1)

    @transition(field=state, source=AlertState.OPEN, target=AlertState.DISMISSED)
    def dismiss(self) -> None: ...

    @transition(field=state, source=AlertState.DISMISSED, target=AlertState.OPEN)
    def recall(self) -> None: ...

    @transition(field=state, source=[AlertState.OPEN, AlertState.DISMISSED], target=AlertState.EASED)
    def ease(self) -> None: ...
