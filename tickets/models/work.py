"""The work of an investigation: what partners were asked, and every attempt to reach the customer."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMModelMixin, transition

from helpdesk.core.fields import StateField
from tickets.models.case import Channel, Ticket
from tickets.models.clock import Clock

STAFF = settings.AUTH_USER_MODEL


class PartnerTask(FSMModelMixin, models.Model):
    """What a partner (a collection firm, a bank, an insurer) has to find out, with its own clock."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("partner task", "等待回复")
        ANSWERED = "answered", pgettext_lazy("partner task", "已回复")
        CANCELLED = "cancelled", pgettext_lazy("partner task", "已取消")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="partner_tasks")
    clock = models.OneToOneField(Clock, models.PROTECT, related_name="partner_task")
    partner = models.CharField(_("合作机构"), max_length=60)
    what = models.TextField(_("请对方做什么"))
    state = StateField(default=State.OPEN, choices=State.choices)
    answer = models.TextField(blank=True)
    asked_by = models.ForeignKey(STAFF, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    closed_by = models.ForeignKey(STAFF, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=["ticket"], condition=models.Q(state="open"), name="partner_task_open"),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.partner} {self.state}"

    @transition(field=state, source=State.OPEN, target=State.ANSWERED)
    def answered(self) -> None: ...

    @transition(field=state, source=State.OPEN, target=State.CANCELLED)
    def cancel(self) -> None: ...


class Contact(models.Model):
    """One attempt to reach the customer by staff, how it ended, and when the next one is due."""

    class Outcome(models.TextChoices):
        REACHED = "reached", _("联系到了")
        NO_ANSWER = "no_answer", _("无人接听")
        WRONG_NUMBER = "wrong_number", _("号码不对")
        DECLINED = "declined", _("客户不愿谈")
        MESSAGE = "message", _("留了言")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="contacts")
    method = models.CharField(max_length=20, choices=Channel.choices)
    outcome = models.CharField(_("结果"), max_length=20, choices=Outcome.choices)
    next_on = models.DateField(_("下次联系"), null=True)
    followed_up = models.BooleanField(default=False)  # a later contact was logged
    by = models.ForeignKey(STAFF, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(
                fields=["next_on"],
                condition=models.Q(next_on__isnull=False, followed_up=False),
                name="contact_next",
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.method} {self.outcome}"
