"""The clocks of a case: rule packs, clocks, their events, and who was told when time ran short."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.case import AppendOnly, Ticket
from tickets.models.case import Kind as CaseKind


class Unit(models.TextChoices):
    CALENDAR = "cal", _("自然日")
    WORKING = "wd", _("工作日")
    MONTHS = "months", _("个月")
    HOURS = "hours", _("营业小时")


class RulePack(AppendOnly):
    """One version of a rule pack, as TOML (see tickets/deadlines/packs.py). A change is a further row."""

    code = models.CharField(max_length=30)
    version = models.PositiveIntegerField()
    text = models.TextField()
    note = models.CharField(_("修改说明"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("code", "version")
        constraints = (models.UniqueConstraint(fields=["code", "version"], name="pack_version"),)

    def __str__(self) -> str:
        return f"{self.code}@{self.version}"

    @property
    def audit_chain(self) -> str:
        return f"tickets.rulepack:{self.code}"


class Clock(models.Model):
    """One period that runs on a case. Its columns repeat what its events say, to be searched by."""

    class Purpose(models.TextChoices):
        CASE = "case", _("处理时限")
        CONTACT = "contact", _("首次联系")
        REGULATOR = "regulator", _("监管转办")
        PARTNER = "partner", _("合作机构协查")
        MATTER = "matter", _("单独计时的事项")  # of another kind than the case

    class State(models.TextChoices):
        RUNNING = "running", _("计时中")
        STOPPED = "stopped", _("已暂停")
        ENDED = "ended", _("已结束")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="clocks")
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    subject = models.CharField(
        max_length=60, blank=True
    )  # a regulator's number, a partner's task, the kind of a matter
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    rule = models.CharField(max_length=60)  # "<pack>@<version>:<milestone>"
    due_on = models.DateField(null=True)  # None where the calendar of that year is not published
    due_at = models.DateTimeField(null=True)  # only of business hours
    latest_on = models.DateField(null=True)
    undetermined = models.CharField(max_length=100, blank=True)  # why a date is not known
    next_step_at = models.DateTimeField(null=True)  # when somebody has to be told next

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=["next_step_at"], condition=models.Q(state="running"), name="clock_next"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(purpose="case"), name="clock_one_of_the_case"
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.purpose} {self.rule}"

    @property
    def audit_chain(self) -> str:
        return f"tickets.ticket:{self.ticket_id}"

    @property
    def is_of_matter(self) -> bool:
        return self.purpose == self.Purpose.MATTER

    @property
    def name(self) -> str:
        """What it is for; of a matter its kind as well."""
        label = str(self.Purpose(self.purpose).label)
        return f"{label} · {CaseKind(self.subject).label}" if self.is_of_matter else label

    @property
    def is_main(self) -> bool:
        """By which the case must be decided."""
        return self.purpose == self.Purpose.CASE


class ClockEvent(AppendOnly):
    """What happened to a clock; its due date is computed from these (tickets/deadlines)."""

    class Kind(models.TextChoices):
        STARTED = "started", _("开始计时")
        RECLASSIFIED = "reclassified", _("按分类调整")
        EXTENDED = "extended", _("批准延长")
        STOPPED = "stopped", _("暂停计时")
        RESUMED = "resumed", _("恢复计时")
        RESTARTED = "restarted", _("重新计时")
        ENDED = "ended", _("计时结束")
        RECEIVED = "received", _("改从这天起算")  # by a merge, or back again; what else happened stays

    UNTOLD = "untold"  # it takes back an extension or a stop whose notice did not arrive

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    rule = models.CharField(max_length=60)  # "<pack>@<version>:<milestone>"
    n = models.PositiveSmallIntegerField()  # with its unit: as the rule said on that day
    unit = models.CharField(max_length=10, choices=Unit.choices, default=Unit.CALENDAR)
    on = models.DateField()  # local: the day the clock starts from, or the day the change took effect
    zone = models.CharField(max_length=40)  # of that local day
    calendar_version = models.CharField(max_length=200, blank=True)  # as it was known then
    reason_code = models.CharField(
        max_length=30, blank=True
    )  # of a stop or restart, as the pack names it; UNTOLD
    reason = models.TextField(blank=True)
    notice_sent_on = models.DateField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.clock_id}: {self.kind} {self.on:%F}"


class Escalation(AppendOnly):
    """A step of a due date that was reached. The row is unique: whatever restarts, it is told once."""

    class Step(models.TextChoices):
        THREE_QUARTERS = "75", _("期限已过四分之三")
        NINE_TENTHS = "90", _("期限已过九成")
        DUE = "due", _("今天到期")
        OVERDUE = "overdue", _("已超期")
        UNDETERMINED = "undetermined", _("期限无法确定")

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="escalations")
    step = models.CharField(max_length=12, choices=Step.choices)
    for_day = models.DateField()  # the due date that it belongs to
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["clock", "step", "for_day"], name="escalated_once"),)

    def __str__(self) -> str:
        return f"{self.clock_id}: {self.step} {self.for_day:%F}"


class Alert(models.Model):
    """That somebody was told of something about a case: a step of a clock, a red flag, a failed letter, a
    conflict of interest of whoever handles it, new words of the customer, the end of its review."""

    class Kind(models.TextChoices):
        ESCALATION = "escalation", _("期限")
        RED_FLAG = "red_flag", _("紧急警示")
        DELIVERY = "delivery", _("没有发出的信件")
        CONFLICT = "conflict", _("利益冲突")
        MESSAGE = "message", _("客户新消息")
        REVIEW = "review", _("核查的决定")

    # Details of DELIVERY: a decision was held back; a notice did not arrive in time and moved the clock.
    UNAPPROVED, UNTOLD = "unapproved", "untold"

    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.ESCALATION)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="alerts")
    escalation = models.ForeignKey(Escalation, models.CASCADE, null=True, related_name="alerts")
    detail = models.CharField(max_length=60, blank=True)  # codes of the red flags, a name, or one of these
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="alerts")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["user", "read_at", "-id"], name="alert_unread"),)
        constraints = (models.UniqueConstraint(fields=["escalation", "user"], name="alerted_once"),)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.kind} {self.ticket_id}"
