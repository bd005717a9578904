"""Quality reviews: a week's sample, how each of its cases and chats was scored, and the agent's appeal."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMModelMixin, transition

from chat.models import Conversation
from helpdesk.core import clock
from helpdesk.core.fields import StateField
from helpdesk.core.models import Team
from quality.scorecard import SHIPPED, Answers, Item, Result, result_of
from quality.states import ReviewState
from tickets.models import Ticket

STAFF = settings.AUTH_USER_MODEL
APPEAL_DAYS = 10  # calendar days after a review is done, in which its agent may appeal


class Scorecard(models.Model):
    """One version, never changed: reviews keep theirs. See quality/scorecard.py.

    Without a row the first version is the one that comes with the product.
    """

    version = models.PositiveSmallIntegerField(unique=True)
    rows = models.JSONField(default=list)  # the fields of each Item, in order
    made_by = models.ForeignKey(STAFF, models.PROTECT, null=True, related_name="+")  # None: the product
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("version",)

    def __str__(self) -> str:
        return f"v{self.version}"

    @property
    def items(self) -> list[Item]:
        return [Item(**row) for row in self.rows]

    @classmethod
    def shipped(cls) -> "Scorecard":
        """Unsaved."""
        return cls(version=1, rows=[vars(item) for item in SHIPPED], made_at=clock.now())


class ReviewSample(models.Model):
    """What was drawn of one week, how, and of how much. Once, so nobody can draw until it fits."""

    week = models.DateField(unique=True)  # its Monday
    seed = models.CharField(_("随机种子"), max_length=40)
    per_agent = models.PositiveSmallIntegerField(_("每人几件"))
    percent_twice = models.PositiveSmallIntegerField(_("两人评分的比例（%）"))
    scorecard = models.ForeignKey(Scorecard, models.PROTECT, related_name="samples")
    had = models.JSONField(default=list)  # [{"agent", "ticket", "chat"}]: how much there was of whom
    drawn_by = models.ForeignKey(STAFF, models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()

    class Meta:
        ordering = ("-week",)

    def __str__(self) -> str:
        return f"{self.week:%F}"

    def get_absolute_url(self) -> str:
        return reverse("quality:review_sample", args=[self.pk])

    @property
    def until(self) -> dt.date:
        return self.week + dt.timedelta(days=6)


class Review(FSMModelMixin, models.Model):
    """One case or chat of a sample. What counts (``answers`` and what they come to) comes when it is done."""

    sample = models.ForeignKey(ReviewSample, models.CASCADE, related_name="reviews")
    agent = models.ForeignKey(STAFF, models.PROTECT, related_name="reviews")
    team = models.ForeignKey(Team, models.SET_NULL, null=True, related_name="+")  # as it was when drawn
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, related_name="quality_reviews")
    conversation = models.ForeignKey(Conversation, models.CASCADE, null=True, related_name="quality_reviews")
    twice = models.BooleanField(default=False)  # a second reviewer scores it, too
    state = StateField(_("状态"), max_length=10, choices=ReviewState.choices, default=ReviewState.OPEN)
    answers = models.JSONField(default=dict)
    score = models.FloatField(null=True)  # 0 to 1
    failed = models.BooleanField(default=False)  # a critical item was not done
    settled_by = models.ForeignKey(STAFF, models.PROTECT, null=True, related_name="+")
    settled_because = models.TextField(_("为什么这样定"), blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-sample__week", "agent__name", "id")
        indexes = (models.Index(fields=["agent", "state"], name="review_by_agent"),)
        constraints = (
            models.CheckConstraint(
                name="review_of_one_thing",
                condition=models.Q(ticket__isnull=False, conversation__isnull=True)
                | models.Q(ticket__isnull=True, conversation__isnull=False),
            ),
            models.UniqueConstraint(fields=["sample", "agent", "ticket"], name="review_once_a_case"),
            models.UniqueConstraint(fields=["sample", "agent", "conversation"], name="review_once_a_chat"),
            models.CheckConstraint(
                name="review_done_with_result",
                condition=~models.Q(state=ReviewState.DONE)
                | models.Q(score__isnull=False, done_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return str(self.ticket.number if self.ticket else self.conversation)

    def get_absolute_url(self) -> str:
        return reverse("quality:review", args=[self.pk])

    @property
    def items(self) -> list[Item]:
        return self.sample.scorecard.items

    @property
    def result(self) -> Result:
        return result_of(self.items, self.answers)

    @property
    def appeal_until(self) -> dt.date | None:
        """The last day on which its agent may appeal."""
        return clock.local_date(self.done_at) + dt.timedelta(days=APPEAL_DAYS) if self.done_at else None

    def count(self, answers: Answers) -> None:
        """Take these answers for what counts."""
        result = result_of(self.items, answers)
        self.answers, self.score, self.failed = dict(answers), result.score, bool(result.failed)

    @transition(field=state, source=ReviewState.OPEN, target=ReviewState.DIFFERING)
    def differ(self) -> None: ...

    @transition(field=state, source=[ReviewState.OPEN, ReviewState.DIFFERING], target=ReviewState.DONE)
    def finish(self) -> None:
        self.done_at = clock.now()


class Scoring(models.Model):
    """What one reviewer made of it: a draft until it is handed in, never changed afterwards."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="scorings")
    reviewer = models.ForeignKey(STAFF, models.PROTECT, related_name="+")
    answers = models.JSONField(default=dict)
    comment = models.TextField(_("评语"), blank=True)
    handed_in_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("handed_in_at", "id")
        constraints = (
            models.UniqueConstraint(fields=["review", "reviewer"], name="scoring_once_a_reviewer"),
        )

    def __str__(self) -> str:
        return f"{self.review_id} {self.reviewer_id}"

    @property
    def result(self) -> Result:
        return result_of(self.review.items, self.answers)


class Appeal(models.Model):
    """The agent's one objection to a review, and what somebody else decided about it."""

    review = models.OneToOneField(Review, models.CASCADE, related_name="appeal")
    reason = models.TextField(_("申诉理由"))
    made_at = models.DateTimeField()
    before = models.JSONField(default=dict)  # the answers that it is against
    score_before = models.FloatField()
    granted = models.BooleanField(null=True)  # None: not decided yet
    answer = models.TextField(_("决定的理由"), blank=True)
    decided_by = models.ForeignKey(STAFF, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("made_at", "id")
        constraints = (
            models.CheckConstraint(
                name="appeal_decided_with_reason",
                condition=models.Q(granted__isnull=True)
                | (models.Q(decided_by__isnull=False, decided_at__isnull=False) & ~models.Q(answer="")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.review_id} {self.made_at:%F}"
