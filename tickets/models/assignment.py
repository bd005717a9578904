"""Who holds a case and why: a team's rule, every assignment with its reasons, who is involved, hand-overs."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMModelMixin, transition

from helpdesk.core.fields import StateField
from helpdesk.core.models import Team
from tickets.models.case import AppendOnly, Ticket

STAFF = settings.AUTH_USER_MODEL


class TeamRule(models.Model):
    """How a team's cases find their people. A team without a row takes no case by rule."""

    class Method(models.TextChoices):
        LEAST = "least_loaded", _("手上最少的人")
        ROUND = "round_robin", _("轮流")

    team = models.OneToOneField(Team, models.CASCADE, related_name="case_rule")
    method = models.CharField(_("分派方式"), max_length=20, choices=Method.choices, default=Method.LEAST)
    automatic = models.BooleanField(_("自动分派"), default=False)
    topics = models.JSONField(_("接哪些主题"), default=list)  # Topic values; empty: any
    last = models.ForeignKey(STAFF, models.SET_NULL, null=True, related_name="+")  # whose turn it was

    class Meta:
        ordering = ("team__name",)

    def __str__(self) -> str:
        return f"{self.team}: {self.method}"


class Assignment(AppendOnly):
    """One time a case was given to somebody, with everybody who was considered and why not the others."""

    class How(models.TextChoices):
        RULE = "rule", pgettext_lazy("assignment", "按规则分派")
        GIVEN = "given", pgettext_lazy("assignment", "由主管指定")
        TAKEN = "taken", pgettext_lazy("assignment", "自己领取")
        HANDED_OVER = "handed_over", pgettext_lazy("assignment", "接手")
        GIVEN_BACK = "given_back", pgettext_lazy("assignment", "撤销接手，交还")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="assignments")
    assignee = models.ForeignKey(STAFF, models.PROTECT, related_name="+")
    how = models.CharField(max_length=20, choices=How.choices)
    method = models.CharField(max_length=20, choices=TeamRule.Method.choices, blank=True)  # of a rule
    considered = models.JSONField(
        default=list
    )  # [{"user", "name", "load", "why_not": [code, …]}], best first
    by = models.ForeignKey(STAFF, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.ticket_id} → {self.assignee}"


class Involved(models.Model):
    """Somebody of the house whom a case is about, or who declared that they cannot judge it."""

    class Part(models.TextChoices):
        NAMED = "named", _("投诉涉及的人")
        COLLECTOR = "collector", _("这笔账的催收员")
        RECUSED = "recused", _("自行回避")
        CLEARED = "cleared", _("已核实与此人无关")  # what the text says does not count any more

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="involved")
    user = models.ForeignKey(STAFF, models.PROTECT, related_name="+")
    part = models.CharField(_("关系"), max_length=10, choices=Part.choices)
    by = models.ForeignKey(STAFF, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["ticket", "user", "part"], name="involved_once"),)

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.user} {self.part}"


class HeededName(models.Model):
    """The name by which what customers have said until now was searched for somebody of the desk. Who has no
    row, or goes by another name since, may be meant by earlier words."""

    user = models.OneToOneField(STAFF, models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.name


class Handover(FSMModelMixin, models.Model):
    """A case that falls due before its handler is back, offered to the team."""

    class State(models.TextChoices):
        OFFERED = "offered", _("等待接手")
        TAKEN = "taken", _("已接手")
        UNDONE = "undone", _("已交还")
        ENDED = "ended", _("不再需要")  # the handler came back, or the case went on otherwise

    class Reason(models.TextChoices):
        LEAVE = "leave", _("休假")
        OFF = "off", _("下班")
        GONE = "gone", _("已不在职")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="handovers")
    holder = models.ForeignKey(STAFF, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    back_on = models.DateField(null=True)  # None: not planned
    story = models.TextField()  # for whoever takes it
    state = StateField(default=State.OFFERED, choices=State.choices)
    offered_at = models.DateTimeField()
    taker = models.ForeignKey(STAFF, models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=["ticket"], condition=models.Q(state="offered"), name="handover_offered"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(state="offered"), name="handover_offered_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.holder} {self.state}"

    @transition(field=state, source=State.OFFERED, target=State.TAKEN)
    def take(self) -> None: ...

    @transition(field=state, source=State.TAKEN, target=State.UNDONE)
    def undo(self) -> None: ...

    @transition(field=state, source=State.OFFERED, target=State.ENDED)
    def end(self) -> None: ...
