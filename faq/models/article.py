"""Knowledge-base articles, the other ways customers ask them, and the search log."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMModelMixin, transition

from faq.states import Status
from helpdesk.core.fields import StateField
from helpdesk.core.models import Topic


class Grade(models.TextChoices):
    """How well a rule's source was verified; M and V3 are never shown to a customer as law."""

    V1 = "V1", _("原文已核对")
    V2 = "V2", _("可靠的二手来源")
    V3 = "V3", _("较弱的二手来源")
    M = "M", _("未核实")


UNVERIFIED = (Grade.V3, Grade.M)  # an article that rests on such a rule stays a draft


class Calculator(models.TextChoices):
    """What the calculator page works out: its tabs, and the one an article leads to."""

    SCHEDULE = "schedule", _("分期还款")
    EARLY = "early", _("提前还款")
    DAILY = "daily", _("随借随还")
    PENALTY = "penalty", _("逾期罚息")
    COST = "cost", _("综合成本")


class ArticleQuerySet(models.QuerySet["Article"]):
    def published(self) -> "ArticleQuerySet":
        return self.filter(status=Status.PUBLISHED)


class Article(FSMModelMixin, models.Model):
    """One answer to one question, as customers read it. Its texts in work and in the past: ArticleVersion.

    ``status`` changes only through the transitions below, called by an action.
    """

    slug = models.SlugField(max_length=60, unique=True)
    topic = models.CharField(_("主题"), max_length=20, choices=Topic.choices, db_index=True)
    question = models.CharField(_("问题"), max_length=120)
    summary = models.CharField(_("摘要"), max_length=200)
    answer = models.TextField(_("答案"), help_text=_("Markdown"))
    source = models.CharField(_("来源"), max_length=200)
    basis = models.CharField(_("涉及的规则（仅内部）"), max_length=200, blank=True)
    basis_grade = models.CharField(_("核实等级"), max_length=2, choices=Grade.choices, blank=True)
    keywords = models.JSONField(_("关键词"), default=list)
    status = StateField(_("状态"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    calculator = models.CharField(_("计算器"), max_length=10, choices=Calculator.choices, blank=True)
    related = models.ManyToManyField("self", blank=True, symmetrical=False, verbose_name=_("相关问题"))
    helpful = models.PositiveIntegerField(default=0)
    not_helpful = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)
    # Editing
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="owned_articles",
        verbose_name=_("负责人"),
    )
    review_by = models.DateField(_("复核日期"), null=True, blank=True, db_index=True)
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged_from"
    )
    edited_here = models.BooleanField(default=False)  # then the shipped file no longer overwrites it

    objects: ClassVar[ArticleQuerySet] = ArticleQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("topic", "id")

    def __str__(self) -> str:
        return self.question

    def get_absolute_url(self) -> str:
        return reverse("faq:article", args=[self.slug])

    def get_editing_url(self) -> str:
        return reverse("faq:edit_article", args=[self.slug])

    @property
    def state(self) -> str:
        """As editors see it, and as the audit trail records it: of the version in work, else the status."""
        working = self.versions.open().values_list("state", flat=True).first() if self.pk else None
        return str(working or self.status)

    # The table of transitions: empty bodies; gates are in faq/actions, which call these.
    @transition(field=status, source="*", target=Status.PUBLISHED)
    def publish(self) -> None: ...

    @transition(field=status, source=[Status.DRAFT, Status.PUBLISHED], target=Status.WITHDRAWN)
    def withdraw(self) -> None: ...

    @transition(field=status, source=Status.WITHDRAWN, target=Status.PUBLISHED)
    def restore(self) -> None: ...

    @transition(field=status, source=[Status.WITHDRAWN, Status.PUBLISHED], target=Status.DRAFT)
    def return_to_draft(self) -> None: ...


class Variant(models.Model):
    """Another way customers ask an article's question."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="variants")
    text = models.CharField(max_length=120)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["article", "text"], name="variant_once"),)

    def __str__(self) -> str:
        return self.text


class ArticleVote(models.Model):
    """Whether an article helped somebody: one answer a browser session, which they may change."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="votes")
    voter = models.UUIDField()  # made for the session; it says nothing about who it is
    helpful = models.BooleanField()
    reason = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["article", "voter"], name="vote_once"),)

    def __str__(self) -> str:
        return f"{self.article_id}: {'+' if self.helpful else '-'}"


class SearchLog(models.Model):
    """A search, with personal data masked before it is stored, and what came of it.

    ``visitor`` is a random id of the browser session: it joins what one visitor did, and says nothing
    about who it was. Rows older than ``SEARCH_LOG_DAYS`` are deleted. Definitions: docs/analytics.md.
    """

    at = models.DateTimeField(db_index=True)
    on = models.DateField()  # the day in the business zone, for weekly sums
    visitor = models.UUIDField(null=True)
    first_at = models.DateTimeField()  # when this visitor's run of searches began
    query = models.CharField(max_length=200)
    language = models.CharField(max_length=10)
    suggested = models.BooleanField(default=False)  # an answer chosen while typing; the search never ended
    results = models.PositiveSmallIntegerField()
    shown = models.JSONField(default=list)  # keys of the articles shown, surest first
    top = models.ForeignKey(Article, models.SET_NULL, null=True, related_name="+")
    topic = models.CharField(max_length=20, choices=Topic.choices, blank=True)  # of the first result
    confidence = models.FloatField(default=0)
    clicked = models.ForeignKey(Article, models.SET_NULL, null=True, related_name="+")
    position = models.PositiveSmallIntegerField(null=True)  # of the clicked article among those shown, from 1
    opened_after = models.PositiveIntegerField(null=True)  # seconds from ``first_at``
    helped_after = models.PositiveIntegerField(null=True)
    helpful = models.BooleanField(null=True)  # the vote on the article that was opened
    contacted_at = models.DateTimeField(null=True)  # chat or case of the same visitor within a day

    class Meta:
        indexes = (models.Index(fields=["on", "topic"]), models.Index(fields=["visitor", "at"]))

    def __str__(self) -> str:
        return self.query
