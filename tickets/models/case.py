"""Cases: the ticket and its state machine, its timeline, evidence and decision."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import RETURN_VALUE, FSMModelMixin, transition

from helpdesk.core.fields import EncryptedTextField, StateField
from helpdesk.core.models import Team, Topic
from tickets.search import SearchRow  # noqa: F401  # a model of this app, in a module of its own
from tickets.states import OPEN, State

if TYPE_CHECKING:
    from tickets.models.clock import Clock


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


WRITTEN_HERE = (Channel.WEB, Channel.CHAT)  # by the customer, as the product knows


class Severity(models.TextChoices):
    ORDINARY = "ordinary", _("普通")
    COMPLEX = "complex", _("复杂")
    MAJOR = "major", _("重大")


class TicketQuerySet(models.QuerySet["Ticket"]):
    def open(self) -> "TicketQuerySet":
        return self.filter(unfinished=True)


class Ticket(FSMModelMixin, models.Model):
    """One case. ``state`` changes only through the transitions below, called by an action."""

    KNOWN_BY = "number"

    number = models.CharField(max_length=20, unique=True)  # C-2026-000123
    kind = models.CharField(_("类型"), max_length=30, choices=Kind.choices, default=Kind.COMPLAINT)
    state = StateField(_("状态"), default=State.RECEIVED, choices=State.choices)
    channel = models.CharField(_("渠道"), max_length=20, choices=Channel.choices)
    topic = models.CharField(_("主题"), max_length=20, choices=Topic.choices, default=Topic.OTHER)
    # Who
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        db_index=False,  # found by ticket_by_customer
    )
    complainant = EncryptedTextField(_("姓名"))
    contact = EncryptedTextField(_("手机或邮箱"))
    tracking_hash = models.CharField(max_length=64)  # SHA-256 of the tracking code, which is shown once
    language = models.CharField(max_length=10, default="zh-hans")  # in which the customer filed; for letters
    # Whether ``state`` is an open one, kept by the database for its indexes; code asks ``is_open``.
    unfinished = models.GeneratedField(
        expression=models.Q(state__in=list(OPEN)),  # type: ignore[arg-type]  # the stubs know no Q here
        output_field=models.BooleanField(),
        db_persist=True,
    )
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
    review_of = models.ForeignKey(  # found by ticket_by_review_of
        "self", models.PROTECT, null=True, blank=True, related_name="reviews", db_index=False
    )
    # What the clock of the case says (tickets/models/clock.py), here to be sorted by: local dates in the
    # business zone. Undetermined: not before ``due_on``, or not known to which working day it may roll.
    # Stopped: the clock stands still, or ended so; ``due_on`` is then the earliest that was possible.
    received_at = models.DateTimeField()
    due_on = models.DateField(_("截止日"))
    due_rule = models.CharField(max_length=60)  # "<pack>@<version>:<milestone>", see tickets/deadlines
    due_undetermined = models.BooleanField(default=False)
    due_stopped = models.BooleanField(default=False)
    first_contact_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    # The plain code, only on the instance that file_ticket returns; the database has its hash.
    tracking_code = ""
    # Whether its reader has yet to look at what the customer wrote, only on an instance that a page loaded.
    has_words = False
    # What was done to the words it was filed with ("secret", "masked"), only on that instance, too.
    screened: tuple[str, ...] = ()
    # What belongs to the case, only on an instance that tickets.whole has loaded, for a page.
    whole: "Whole | None" = None

    objects: ClassVar[TicketQuerySet] = TicketQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("due_on", "id")
        indexes = (
            *(  # without the many that have none, which would make SQLite think that an index is no use
                models.Index(
                    fields=[name], name=f"ticket_by_{name}", condition=models.Q(**{f"{name}__isnull": False})
                )
                for name in ("customer", "review_of")
            ),
            *(
                models.Index(fields=[*first, "due_on", "id"], name=f"ticket_{name}")
                for name, first in {
                    "due": [],
                    "by_state": ["state"],
                    "by_assignee": ["assignee"],
                    "by_team": ["team"],
                }.items()
            ),
            *(
                models.Index(
                    fields=[*first, "due_on", "id"],
                    name=f"ticket_open_{name}",
                    condition=models.Q(unfinished=True),
                )
                for name, first in {
                    "by_topic": ["topic"],
                    "by_severity": ["severity"],
                    "by_channel": ["channel"],
                    "by_business": ["business"],
                    "by_cause": ["cause"],
                }.items()
            ),
            *(  # with what is often asked for beside it at the end, to be counted in the index: overdue cases
                models.Index(
                    fields=[*first, "due_on", "id", "due_stopped"],
                    name=f"ticket_open_{name}",
                    condition=models.Q(unfinished=True),
                )
                for name, first in {"due": [], "by_assignee": ["assignee"]}.items()
            ),
            models.Index(
                fields=["kind", "due_on", "id", "severity"],
                name="ticket_open_by_kind",
                condition=models.Q(unfinished=True),
            ),
            models.Index(  # and whose it is: a team's cases are counted without one's own
                fields=["team", "due_on", "id", "assignee", "due_stopped"],
                name="ticket_open_by_team",
                condition=models.Q(unfinished=True),
            ),
            # The order of a search, newest first.
            models.Index(
                fields=["team", "id", "assignee"],
                name="ticket_open_new_by_team",
                condition=models.Q(unfinished=True),
            ),
            models.Index(
                fields=["assignee", "id"],
                name="ticket_open_new_by_own",
                condition=models.Q(unfinished=True),
            ),
            models.Index(
                fields=["received_at"], name="ticket_open_received", condition=models.Q(unfinished=True)
            ),
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
    def main_clock(self) -> "Clock":
        """The clock by which the case must be decided; one query."""
        clock: Clock = next(clock for clock in self.clocks.all() if clock.is_main)
        clock.ticket = self  # whoever moves it writes what it says here
        return clock

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

    @transition(  # the work goes on where it is
        field=state, source=[State.ASSIGNED, State.INVESTIGATING, State.AWAITING_CUSTOMER], target=None
    )
    def reassign(self) -> None: ...

    @transition(field=state, source=State.ASSIGNED, target=State.CLASSIFIED)
    def hand_back(self) -> None: ...

    @transition(field=state, source=State.ASSIGNED, target=State.INVESTIGATING)
    def investigate(self) -> None: ...

    @transition(field=state, source=State.INVESTIGATING, target=State.AWAITING_CUSTOMER)
    def await_customer(self) -> None: ...

    @transition(field=state, source=State.AWAITING_CUSTOMER, target=State.INVESTIGATING)
    def customer_replied(self) -> None: ...

    @transition(field=state, source=State.AWAITING_CUSTOMER, target=State.INVESTIGATING)
    def stop_waiting(self) -> None: ...

    @transition(field=state, source=State.INVESTIGATING, target=State.RESOLVED)
    def resolve(self) -> None: ...

    @transition(field=state, source=State.RESOLVED, target=State.CLOSED)
    def give_feedback(self) -> None: ...

    @transition(field=state, source=State.RESOLVED, target=State.CLOSED)
    def close_without_feedback(self) -> None: ...

    @transition(field=state, source=[State.RESOLVED, State.CLOSED], target=State.INVESTIGATING)
    def reopen(self) -> None: ...

    @transition(field=state, source=list(OPEN), target=State.WITHDRAWN)
    def withdraw(self) -> None: ...

    @transition(field=state, source=list(OPEN), target=State.MERGED)
    def merge(self) -> None: ...

    @transition(field=state, source=State.MERGED, target=RETURN_VALUE(*OPEN))
    def unmerge(self, before: State) -> State:
        """Back to the state it was merged in."""
        return before


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


class Outcome(models.TextChoices):
    UPHELD = "upheld", _("诉求成立")
    PARTLY_UPHELD = "partly_upheld", _("诉求部分成立")
    NOT_UPHELD = "not_upheld", _("诉求不成立")
    GRANTED = "granted", _("同意申请")
    REFUSED = "refused", _("不同意申请")
    ANSWERED = "answered", _("已答复")


JUDGED = (Outcome.UPHELD, Outcome.PARTLY_UPHELD, Outcome.NOT_UPHELD)
OUTCOMES: dict[str, tuple[Outcome, ...]] = {
    Kind.COMPLAINT: JUDGED,
    Kind.CREDIT_REPORT_DISPUTE: JUDGED,
    Kind.AUTOMATED_DECISION_REVIEW: JUDGED,
    Kind.HARDSHIP_REQUEST: (Outcome.GRANTED, Outcome.REFUSED),
    Kind.PRIVACY_REQUEST: (Outcome.GRANTED, Outcome.REFUSED),
    Kind.ENQUIRY: (Outcome.ANSWERED,),
    Kind.SUGGESTION: (Outcome.ANSWERED,),
}


class SentThrough(models.TextChoices):
    """How a letter reaches the complainant; each leaves a proof of sending."""

    PORTAL = "portal", _("查询页")
    EMAIL = "email", _("电子邮件")
    POST = "post", _("邮寄")
    COUNTER = "counter", _("柜面交付")
    PHONE = "phone", _("电话宣读")


class Decision(models.Model):
    """The decision letter's blocks. A reopened case gets a further one; the newest counts.

    A draft's blocks may hold variables (tickets/letters.py); sending puts their values in their place.
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="decisions")
    outcome = models.CharField(_("结论"), max_length=20, choices=Outcome.choices, blank=True)
    language = models.CharField(_("信函语言"), max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    facts = models.TextField(_("查明的事实"))
    basis = models.TextField(_("依据"))
    reasons = models.TextField(_("理由与结论"))
    remedies = models.TextField(_("您还可以怎么做"))
    root_cause = models.CharField(_("根本原因"), max_length=200)
    sent_through = models.CharField(_("送达方式"), max_length=20, choices=SentThrough.choices)
    whole = models.BooleanField(_("邮件附全文"), default=False)  # the customer wants it in the e-mail itself
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)  # set when the ticket is resolved
    drafted_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.drafted_at:%F}"


class PlanRequest(models.Model):
    """What a ``hardship_request`` asks for, field by field: another plan for one loan of the ledger."""

    class Wish(models.TextChoices):
        LOWER = "lower", _("每期少还一些")
        LATER = "later", _("换一个还款日")
        DEFERRAL = "deferral", _("暂停一段时间再还")
        OTHER = "other", _("别的办法")

    class Cause(models.TextChoices):
        INCOME = "income", _("收入减少或失业")
        ILLNESS = "illness", _("生病或受伤")
        FAMILY = "family", _("家庭变故")
        DISASTER = "disaster", _("自然灾害或意外")
        OTHER = "other", pgettext_lazy("cause", "其他")

    ticket = models.OneToOneField(Ticket, models.CASCADE, related_name="plan_request")
    loan = models.CharField(_("借款编号"), max_length=40)  # its reference in the ledger
    wish = models.CharField(_("希望"), max_length=10, choices=Wish.choices)
    cause = models.CharField(_("原因"), max_length=10, choices=Cause.choices)
    payable = models.DecimalField(_("每月能还（元）"), max_digits=12, decimal_places=2, null=True)
    pay_on = models.DateField(_("希望从哪天还"), null=True)
    months = models.PositiveSmallIntegerField(_("希望暂停几个月"), null=True)
    # What the ledger said when the customer last looked, with its own ``as_of``: never shown as current.
    figures = models.JSONField(default=dict)

    class Meta:
        indexes = (models.Index(fields=["loan", "ticket"]),)

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.loan} {self.wish}"

    @property
    def read_at(self) -> dt.datetime:
        """The instant to which ``figures`` belong."""
        return dt.datetime.fromisoformat(self.figures["as_of"])


class Submission(models.Model):
    """A form that arrived: ``key`` hashes its one-time mark and content, so that it counts once.

    ``ticket`` is the case that it made, or else the one that it was about.
    """

    key = models.CharField(max_length=64, unique=True)
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, related_name="+")

    def __str__(self) -> str:
        return self.key[:12]


class RedFlag(FSMModelMixin, models.Model):
    """A sign in what the customer wrote (tickets/redflags); a person confirms or dismisses each."""

    class State(models.TextChoices):
        OPEN = "open", _("待确认")
        CONFIRMED = "confirmed", _("已确认")
        DISMISSED = "dismissed", _("已排除")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="red_flags")
    code = models.CharField(max_length=4)
    level = models.CharField(max_length=2)  # as it was when raised
    words = models.JSONField(default=list)  # what caused it, as written
    state = StateField(default=State.OPEN, choices=State.choices)
    owner = models.ForeignKey(  # P0: the supervisor who must look at once
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    raised_at = models.DateTimeField()  # the last time, where it was raised again
    next_step_at = models.DateTimeField(null=True)  # when people are told again, unless it is answered
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("level", "code")
        constraints = (models.UniqueConstraint(fields=["ticket", "code"], name="red_flag_once"),)
        indexes = (
            models.Index(fields=["owner", "state"]),
            models.Index(fields=["code", "ticket"], name="red_flag_by_code"),
            models.Index(fields=["level", "ticket"], name="red_flag_open", condition=models.Q(state="open")),
            models.Index(
                fields=["next_step_at"],
                name="red_flag_next_step",
                condition=models.Q(next_step_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.code}"

    @transition(field=state, source=State.OPEN, target=State.CONFIRMED)
    def confirm(self) -> None: ...

    @transition(field=state, source=State.OPEN, target=State.DISMISSED)
    def dismiss(self) -> None: ...

    @transition(field=state, source=[State.CONFIRMED, State.DISMISSED], target=State.OPEN)
    def raise_again(self) -> None: ...


class Judgement(AppendOnly):
    """What was suggested for one field of a case, and what a person chose. Corrections are learned from."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="judgements")
    field = models.CharField(max_length=10)  # of classification.FIELDS
    suggested = models.CharField(max_length=40)
    confidence = models.FloatField()  # 0 to 1
    chosen = models.CharField(max_length=40)
    version = models.CharField(max_length=20)  # of the model that suggested it
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.field} {self.suggested} → {self.chosen}"


class TrainedModel(AppendOnly):
    """A model that learned from the examples and the corrections; the newest one suggests."""

    version = models.CharField(max_length=20)
    examples = models.PositiveIntegerField()
    corrected = models.PositiveIntegerField()  # cases whose corrections it learned from
    figures = models.JSONField()  # classification.evaluation, on the examples kept apart
    weights = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.version


@dataclass(frozen=True)
class Whole:
    """What a case that was loaded whole has beside its relations."""

    entries: list[Entry]  # with those of the cases that were merged into it, oldest first
    evidence: list[Evidence]  # likewise
    tied: dict[int, Ticket]  # the linked cases that the reader may see
    merged: list[Ticket]  # the cases that were merged into it, with whom they involve
