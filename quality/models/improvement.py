"""What the house does so that a figure gets better, and whether it did."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import RETURN_VALUE, FSMModelMixin, transition

from helpdesk.core import clock
from helpdesk.core.fields import StateField
from quality.effect import Effect
from quality.models.alert import TrendAlert
from quality.series import Dimension, Measure, Series
from quality.states import TO_DO, ImprovementState
from tickets.models import CorrectiveAction, Ticket


class Kind(models.TextChoices):
    PROCESS = "process", _("流程调整")
    PRODUCT = "product", _("产品调整")
    ANSWER = "answer", _("新增或修改答案")


class ImprovementQuerySet(models.QuerySet["ImprovementAction"]):
    def overdue(self) -> "ImprovementQuerySet":
        return self.filter(state__in=TO_DO, due_on__lt=clock.today())

    def running(self) -> "ImprovementQuerySet":
        return self.exclude(state=ImprovementState.DROPPED)


class ImprovementAction(FSMModelMixin, models.Model):
    """A change in the house: what, by whom, by when, and the series that it should move.

    ``state`` changes only through the transitions below, called by an action.
    """

    title = models.CharField(_("做什么"), max_length=120)
    description = models.TextField(_("怎么做"), blank=True)
    kind = models.CharField(_("种类"), max_length=10, choices=Kind.choices)
    state = StateField(_("状态"), max_length=10, choices=ImprovementState.choices, default="planned")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="improvements", verbose_name=_("负责人")
    )
    due_on = models.DateField(_("完成期限"))
    revision = models.PositiveIntegerField(default=1)  # one more with every edit: who saved first wins
    # The series that it should move
    measure = models.CharField(_("要改善的指标"), max_length=10, choices=Measure.choices)
    dimension = models.CharField(max_length=10, choices=Dimension.choices)
    value = models.CharField(max_length=60, blank=True)
    # Where it comes from: an alert, a case (the root cause of its decision), or the figures themselves
    alert = models.ForeignKey(TrendAlert, models.PROTECT, null=True, related_name="improvements")
    ticket = models.ForeignKey(Ticket, models.PROTECT, null=True, related_name="improvements")
    # What became of it
    effective_on = models.DateField(_("生效日"), null=True)
    done_note = models.TextField(_("做了什么"), blank=True)
    effect = models.CharField(max_length=10, choices=Effect.choices, blank=True)
    judged_on = models.DateField(null=True)
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    conclusion = models.TextField(_("结论"), blank=True)
    figures = models.JSONField(default=dict)  # of the comparison as it was judged
    dropped_because = models.TextField(_("放弃的理由"), blank=True)
    dropped_from = models.CharField(max_length=10, blank=True)
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    planned_at = models.DateTimeField()
    submission = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001  # many have none

    objects: ClassVar[ImprovementQuerySet] = ImprovementQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("due_on", "id")
        indexes = (
            models.Index(fields=["state", "due_on", "id"], name="improvement_by_state"),
            models.Index(fields=["measure", "effective_on"], name="improvement_by_effect"),
        )
        constraints = (
            models.CheckConstraint(
                name="improvement_done_takes_effect",
                condition=models.Q(effective_on__isnull=False)
                | ~models.Q(state__in=[ImprovementState.DONE, ImprovementState.JUDGED]),
            ),
            models.CheckConstraint(
                name="improvement_dropped_with_reason",
                condition=~models.Q(state=ImprovementState.DROPPED) | ~models.Q(dropped_because=""),
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("quality:improvement", args=[self.pk])

    @property
    def series(self) -> Series:
        return Series(self.measure, self.dimension, self.value)

    @property
    def is_overdue(self) -> bool:
        return self.state in TO_DO and self.due_on < clock.today()

    @transition(field=state, source=ImprovementState.PLANNED, target=ImprovementState.UNDER_WAY)
    def start(self) -> None: ...

    @transition(field=state, source=list(TO_DO), target=ImprovementState.DONE)
    def complete(self) -> None: ...

    @transition(field=state, source=ImprovementState.DONE, target=ImprovementState.JUDGED)
    def judge(self) -> None: ...

    @transition(field=state, source=list(TO_DO), target=ImprovementState.DROPPED)
    def drop(self) -> None: ...

    @transition(
        field=state,
        source=[
            ImprovementState.UNDER_WAY,
            ImprovementState.DONE,
            ImprovementState.JUDGED,
            ImprovementState.DROPPED,
        ],
        target=RETURN_VALUE(*ImprovementState),
    )
    def step_back(self) -> ImprovementState:
        """To the state before the last step."""
        before = {
            ImprovementState.UNDER_WAY: ImprovementState.PLANNED,
            ImprovementState.DONE: ImprovementState.UNDER_WAY,
            ImprovementState.JUDGED: ImprovementState.DONE,
        }
        return before.get(ImprovementState(self.state)) or ImprovementState(self.dropped_from)


class TakenUp(models.Model):
    """A corrective action of a case that became part of an improvement: of one at most."""

    improvement = models.ForeignKey(ImprovementAction, models.CASCADE, related_name="taken_up")
    correction = models.OneToOneField(CorrectiveAction, models.CASCADE, related_name="taken_up")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.correction_id} → {self.improvement_id}"
