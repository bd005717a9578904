"""Cases: the ticket and its state machine, its timeline, evidence, decision and deadlines."""

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from helpdesk.core.fields import EncryptedTextField
from helpdesk.core.models import Team, Topic
from tickets.states import OPEN, State


class Kind(models.TextChoices):
    COMPLAINT = "complaint", _("投诉")
    ENQUIRY = "enquiry", _("咨询")
    SUGGESTION = "suggestion", _("建议")
    PRIVACY_REQUEST = "privacy_request", _("个人信息请求")
    CREDIT_REPORT_DISPUTE = "credit_report_dispute", _("征信异议")
    HARDSHIP_REQUEST = "hardship_request", _("调整还款计划")
    AUTOMATED_DECISION_REVIEW = "automated_decision_review", _("自动化决定复核")


class Channel(models.TextChoices):
    WEB = "web", _("网页")
    CHAT = "chat", _("在线客服")
    PHONE = "phone", _("电话")
    EMAIL = "email", _("电子邮件")
    COUNTER = "counter", _("柜面")
    SOCIAL = "social", _("社交媒体")
    REGULATOR = "regulator", _("监管转办")


class Severity(models.TextChoices):
    ORDINARY = "ordinary", _("普通")
    COMPLEX = "complex", _("复杂")
    MAJOR = "major", _("重大")


class TicketQuerySet(models.QuerySet["Ticket"]):
    def open(self) -> "TicketQuerySet":
        return self.filter(state__in=OPEN)


class Ticket(FSMModelMixin, models.Model):
    """One case. ``state`` changes only through the transitions below, called by an action."""

    number = models.CharField(max_length=20, unique=True)  # C-2026-000123
    kind = models.CharField(_("类型"), max_length=30, choices=Kind.choices, default=Kind.COMPLAINT)
    state = FSMField(_("状态"), default=State.RECEIVED, choices=State.choices, protected=True)
    channel = models.CharField(_("渠道"), max_length=20, choices=Channel.choices)
    topic = models.CharField(_("主题"), max_length=20, choices=Topic.choices, default=Topic.OTHER)
    # Who
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="tickets"
    )
    complainant = EncryptedTextField(_("姓名"))
    contact = EncryptedTextField(_("手机或邮箱"))
    tracking_hash = models.CharField(max_length=64)  # SHA-256 of the tracking code, which is shown once
    # What
    narrative = models.TextField(_("发生了什么"))
    request = models.TextField(_("希望怎样解决"))
    # Classification (labels: tickets/taxonomy.py)
    business = models.CharField(_("业务类别"), max_length=40, blank=True)
    cause = models.CharField(_("投诉原因"), max_length=60, blank=True)
    severity = models.CharField(_("严重程度"), max_length=10, choices=Severity.choices, blank=True)
    product = models.CharField(_("产品"), max_length=60, blank=True)
    # Assignment
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="tickets")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="assigned_tickets"
    )
    # Review (核查) of another case
    review_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="reviews")
    # Clock: local dates in the business zone; the instant is derived (helpdesk.core.clock.end_of_day)
    received_at = models.DateTimeField()
    due_on = models.DateField(_("截止日"), db_index=True)
    due_rule = models.CharField(max_length=60)  # "<pack>@<version>:<milestone>", see tickets/deadlines.py
    first_contact_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    # The plain code, only on the instance that file_ticket returns; the database has its hash.
    tracking_code = ""

    objects: ClassVar[TicketQuerySet] = TicketQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("due_on", "id")
        indexes = (
            models.Index(fields=["state", "due_on", "id"]),
            models.Index(fields=["assignee", "state", "due_on"]),
            models.Index(fields=["team", "state", "due_on"]),
        )

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("tickets:ticket", args=[self.number])

    @property
    def grant_key(self) -> str:
        """What a guest's grant names: the case and its present tracking code, so that a new code ends it."""
        return f"{self.pk}:{self.tracking_hash}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    # The table of transitions: empty bodies; gates are in tickets/actions, which call these.
    @transition(field=state, source=State.RECEIVED, target=State.CLASSIFIED)
    def classify(self) -> None: ...

    @transition(field=state, source=State.RECEIVED, target=State.DECLINED)
    def decline(self) -> None: ...

    @transition(field=state, source=State.CLASSIFIED, target=State.ASSIGNED)
    def assign(self) -> None: ...

    @transition(field=state, source=State.ASSIGNED, target=State.ASSIGNED)
    def reassign(self) -> None: ...

    @transition(field=state, source=State.ASSIGNED, target=State.INVESTIGATING)
    def investigate(self) -> None: ...

    @transition(field=state, source=State.INVESTIGATING, target=State.AWAITING_CUSTOMER)
    def await_customer(self) -> None: ...

    @transition(field=state, source=State.AWAITING_CUSTOMER, target=State.INVESTIGATING)
    def customer_replied(self) -> None: ...

    @transition(field=state, source=State.INVESTIGATING, target=State.RESOLVED)
    def resolve(self) -> None: ...

    @transition(field=state, source=State.RESOLVED, target=State.CLOSED)
    def give_feedback(self) -> None: ...

    @transition(field=state, source=State.RESOLVED, target=State.CLOSED)
    def close_without_feedback(self) -> None: ...

    @transition(field=state, source=State.RESOLVED, target=State.INVESTIGATING)
    def reopen(self) -> None: ...

    @transition(field=state, source=list(OPEN), target=State.WITHDRAWN)
    def withdraw(self) -> None: ...


class NumberSeries(models.Model):
    """The last case number given in a year; the row is locked while the next one is taken."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class AppendOnly(models.Model):
    """Rows that are written once: what happened is never edited."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(f"{self._meta.object_name} rows are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"{self._meta.object_name} rows are never deleted")


class DeadlineEvent(AppendOnly):
    """What happened to a case's clock. ``Ticket.due_on`` is computed from these (tickets/deadlines.py)."""

    class Kind(models.TextChoices):
        STARTED = "started", _("开始计时")
        RECLASSIFIED = "reclassified", _("按分类调整")
        EXTENDED = "extended", _("批准延长")
        RESTARTED = "restarted", _("重新计时")
        ENDED = "ended", _("停止计时")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="deadline_events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    rule = models.CharField(max_length=60)  # "<pack>@<version>:<milestone>"
    days = models.PositiveSmallIntegerField()  # as the rule said on that day
    on = models.DateField()  # local: the day the clock starts from, or the day the change took effect
    zone = models.CharField(max_length=40)  # of that local day
    reason = models.TextField(blank=True)
    notice_sent_on = models.DateField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.kind} {self.on:%F}"


class Entry(AppendOnly):
    """One line of a case's timeline, written by the action that it reports. Append-only."""

    class Kind(models.TextChoices):
        STEP = "step", _("进展")  # a transition; ``verb`` says which
        REPLY = "reply", _("答复")  # from staff to the customer
        CUSTOMER = "customer", _("客户")  # from the customer
        NOTE = "note", _("内部备注")  # never leaves the desk
        CONTACT = "contact", _("联系记录")  # a call or visit logged by staff; never leaves the desk

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    public = models.BooleanField(default=False)
    verb = models.CharField(max_length=60)  # the audit verb, e.g. ticket.resolved
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                name="notes_are_internal",
                condition=~models.Q(kind__in=["note", "contact"], public=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.at:%F}"


def evidence_path(evidence: "Evidence", filename: str) -> str:
    return f"evidence/{evidence.ticket_id}/{filename}"


class Evidence(models.Model):
    """A file of a case, identified by the SHA-256 of its stored bytes."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="evidence")
    file = models.FileField(upload_to=evidence_path, max_length=200)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    public = models.BooleanField(default=True)  # the customer sees it
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["ticket", "sha256"], name="evidence_once"),)

    def __str__(self) -> str:
        return self.name


class Decision(models.Model):
    """The decision letter's blocks. A reopened case gets a further one; the newest counts."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="decisions")
    facts = models.TextField(_("查明的事实"))
    basis = models.TextField(_("依据"))
    reasons = models.TextField(_("理由与结论"))
    remedies = models.TextField(_("您还可以怎么做"))
    root_cause = models.CharField(_("根本原因"), max_length=200)
    redress = models.DecimalField(_("补偿金额（元）"), max_digits=12, decimal_places=2, default=0)
    sent_through = models.CharField(_("送达方式"), max_length=20, choices=Channel.choices)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)  # set when the ticket is resolved
    drafted_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.drafted_at:%F}"


class Submission(models.Model):
    """A filing form that arrived: ``key`` hashes its one-time mark and content, so that it counts once."""

    key = models.CharField(max_length=64, unique=True)
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, related_name="+")

    def __str__(self) -> str:
        return self.key[:12]
