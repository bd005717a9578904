"""Letters: the wording they start from, and every sending with its proof."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMModelMixin, transition

from helpdesk.core.fields import StateField
from tickets.models.case import AppendOnly, Decision, Evidence, Kind, Outcome, SentThrough, Ticket

# Notices: letters without a decision.
DECLINED, EXTENSION, STOPPED, NEW_DATE = "declined", "extension", "stopped", "new_date"
NOTICES = (
    (DECLINED, _("不予受理通知")),
    (EXTENSION, _("延长期限通知")),
    (STOPPED, _("暂停计时通知")),
    (NEW_DATE, _("期限变更通知")),
)
MESSAGE = "message"  # no letter: that there is something new on the page of the case


class LetterTemplate(AppendOnly):
    """One version of a wording; the newest of a code and language counts. ``kind`` "" fits every kind."""

    code = models.SlugField(max_length=60)
    language = models.CharField(_("语言"), max_length=10, choices=settings.LANGUAGES)
    version = models.PositiveSmallIntegerField()
    name = models.CharField(_("名称"), max_length=60)
    kind = models.CharField(_("类型"), max_length=30, choices=Kind.choices, blank=True)
    purpose = models.CharField(_("用途"), max_length=20, choices=(*Outcome.choices, *NOTICES))
    for_review = models.BooleanField(_("用于核查"), default=False)
    facts = models.TextField(_("查明的事实"))
    basis = models.TextField(_("依据"))
    reasons = models.TextField(_("理由与结论"))
    remedies = models.TextField(_("您还可以怎么做"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )  # null: came with the product
    written_at = models.DateTimeField()

    class Meta:
        ordering = ("code", "language", "-version")
        constraints = (
            models.UniqueConstraint(fields=["code", "language", "version"], name="letter_version_once"),
        )

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Delivery(FSMModelMixin, models.Model):
    """One sending of one letter to the complainant, and what proves it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待发送")
        SENT = "sent", _("已发出")
        OPENED = "opened", _("已打开")
        FAILED = "failed", _("未能送达")
        CANCELLED = "cancelled", _("已取消")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="deliveries")
    # What this sending gives; the e-mail that tells of a decision given on the tracking page has none.
    decision = models.ForeignKey(Decision, models.CASCADE, null=True, related_name="deliveries")
    letter = models.CharField(
        max_length=20, choices=(("decision", _("决定书")), *NOTICES, (MESSAGE, _("新消息的提醒")))
    )
    channel = models.CharField(_("送达方式"), max_length=20, choices=SentThrough.choices)
    state = StateField(default=State.WAITING, choices=State.choices)
    to = models.CharField(max_length=120)  # masked
    document = models.ForeignKey(Evidence, models.PROTECT, null=True, related_name="+")
    sha256 = models.CharField(max_length=64)  # of the PDF that was sent, or that the notice leads to
    language = models.CharField(max_length=10)
    whole = models.BooleanField(
        default=False
    )  # the e-mail carries the PDF, because the customer asked for it
    # Proof: a Message-ID that the mail server accepted, a parcel number, a recording; a receipt as a file.
    reference = models.CharField(_("凭证编号"), max_length=120, blank=True)
    receipt = models.ForeignKey(Evidence, models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)  # portal: first shown to the holder of the code
    # E-mail: since when the mail server has it without an answer; attempts so far, the last error, and when
    # the next attempt may be.
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    next_try_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Delivery"]]

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=["next_try_at"], name="delivery_waiting", condition=models.Q(state="waiting")
            ),
            models.Index(fields=["ticket"], name="delivery_failed", condition=models.Q(state="failed")),
            models.Index(fields=["reference"], name="delivery_reference"),  # of an e-mail that came back
        )

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.letter} {self.channel} {self.state}"

    @property
    def is_under_way(self) -> bool:
        """A decision that may be out already: nobody knows until the mail server's answer is written down."""
        is_claimed = self.state == Delivery.State.WAITING and self.claimed_at is not None
        return is_claimed and self.decision_id is not None

    @transition(field=state, source=State.WAITING, target=State.SENT)
    def send(self) -> None: ...

    @transition(field=state, source=State.SENT, target=State.OPENED)
    def open(self) -> None: ...

    @transition(field=state, source=[State.WAITING, State.SENT], target=State.FAILED)
    def fail(self) -> None: ...

    @transition(field=state, source=State.FAILED, target=State.WAITING)
    def retry(self) -> None: ...

    @transition(field=state, source=[State.WAITING, State.FAILED], target=State.CANCELLED)
    def cancel(self) -> None: ...
