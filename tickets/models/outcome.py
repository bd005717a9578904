"""What a case leads to besides words: money, a correction inside the house, and second pairs of eyes."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMModelMixin, transition

from helpdesk.core.fields import StateField
from tickets.models.case import Decision, Ticket


class Redress(models.Model):
    """An amount that the customer gets. It counts from its proposal on, and belongs to the next decision."""

    class Kind(models.TextChoices):
        REFUND = "refund", _("退还")
        WAIVER = "waiver", _("减免")
        COMPENSATION = "compensation", _("赔偿")
        GOODWILL = "goodwill", _("关怀")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="redress")
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="redress_rows")
    kind = models.CharField(_("种类"), max_length=20, choices=Kind.choices)
    amount = models.DecimalField(_("金额（元）"), max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3, default="CNY")
    due_on = models.DateField(_("应付日期"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)
    paid_on = models.DateField(_("支付日期"), null=True)
    paid_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reference = models.CharField(_("支付凭证号"), max_length=60, blank=True)

    class Meta:
        ordering = ("id",)
        verbose_name_plural = "redress"
        constraints = (
            models.CheckConstraint(name="redress_is_positive", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(
                name="redress_paid_or_cancelled",
                condition=models.Q(paid_on__isnull=True) | models.Q(cancelled_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.kind} {self.amount} {self.currency}"


class Approval(FSMModelMixin, models.Model):
    """Four eyes: requested by one person, granted or refused by another."""

    class Kind(models.TextChoices):
        MAJOR = "major", _("重大投诉的决定书")
        REDRESS = "redress", _("超过限额的补偿")
        EXTENSION = "extension", _("延长期限")

    class State(models.TextChoices):
        REQUESTED = "requested", _("等待审批")
        GRANTED = "granted", _("已批准")
        REFUSED = "refused", _("未批准")
        SUPERSEDED = "superseded", _("已被新的代替")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="approvals")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    state = StateField(default=State.REQUESTED, choices=State.choices)
    decision = models.ForeignKey(Decision, models.CASCADE, null=True, related_name="approvals")  # major
    content = models.CharField(max_length=64, blank=True)  # major: letters.content_hash when asked
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)  # redress: the sum asked for
    milestone = models.CharField(max_length=40, blank=True)  # extension: of the running rule pack
    reason = models.TextField(blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["ticket", "kind"],
                name="one_open_approval_of_a_kind",
                condition=models.Q(state="requested"),
            ),
            models.CheckConstraint(
                name="never_approved_by_the_requester",
                condition=~models.Q(requested_by=models.F("answered_by")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.kind} {self.state}"

    def is_about(self, decision: Decision, content: str) -> bool:
        """Whether it was asked for this draft, saying this. Of what was asked before 0023 nothing is kept."""
        return self.decision_id == decision.pk and self.content in ("", content)

    @transition(field=state, source=State.REQUESTED, target=State.GRANTED)
    def grant(self) -> None: ...

    @transition(field=state, source=State.REQUESTED, target=State.REFUSED)
    def refuse(self) -> None: ...

    @transition(field=state, source=[State.REQUESTED, State.GRANTED], target=State.SUPERSEDED)
    def supersede(self) -> None: ...


class CorrectiveAction(models.Model):
    """What the house changes because of a case, with whom and by when; or why nothing needs to change."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="corrections")
    what = models.TextField(_("改什么"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="corrections",
        verbose_name=_("负责人"),
    )
    due_on = models.DateField(_("完成期限"), null=True)
    none_because = models.TextField(_("不需要整改的理由"), blank=True)
    done_on = models.DateField(null=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                name="correction_or_reason_for_none",
                condition=models.Q(none_because="", owner__isnull=False, due_on__isnull=False)
                & ~models.Q(what="")
                | models.Q(what="", owner__isnull=True, due_on__isnull=True) & ~models.Q(none_because=""),
            ),
        )
        indexes = (
            models.Index(
                fields=["due_on"],
                name="correction_open",
                condition=models.Q(done_on__isnull=True, due_on__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.due_on or 'none needed'}"

    @property
    def is_open(self) -> bool:
        return self.due_on is not None and self.done_on is None
