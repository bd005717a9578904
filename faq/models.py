"""Knowledge-base articles, the other ways customers ask them, and the search log."""

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from helpdesk.core.models import Topic


class Status(models.TextChoices):
    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")


class Grade(models.TextChoices):
    """How well a rule's source was verified; M and V3 are never shown to a customer as law."""

    V1 = "V1", _("原文已核对")
    V2 = "V2", _("可靠的二手来源")
    V3 = "V3", _("较弱的二手来源")
    M = "M", _("未核实")


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


class Article(models.Model):
    """One answer to one question."""

    slug = models.SlugField(max_length=60, unique=True)
    topic = models.CharField(_("主题"), max_length=20, choices=Topic.choices, db_index=True)
    question = models.CharField(_("问题"), max_length=120)
    summary = models.CharField(_("摘要"), max_length=200)
    answer = models.TextField(_("答案"), help_text=_("Markdown"))
    source = models.CharField(_("来源"), max_length=200)
    basis = models.CharField(_("涉及的规则（仅内部）"), max_length=200, blank=True)
    basis_grade = models.CharField(_("核实等级"), max_length=2, choices=Grade.choices, blank=True)
    keywords = models.JSONField(_("关键词"), default=list)
    status = models.CharField(_("状态"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    calculator = models.CharField(_("计算器"), max_length=10, choices=Calculator.choices, blank=True)
    related = models.ManyToManyField("self", blank=True, symmetrical=False, verbose_name=_("相关问题"))
    helpful = models.PositiveIntegerField(default=0)
    not_helpful = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[ArticleQuerySet] = ArticleQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("topic", "id")

    def __str__(self) -> str:
        return self.question

    def get_absolute_url(self) -> str:
        return reverse("faq:article", args=[self.slug])


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
    """A search, with personal data masked before it is stored."""

    at = models.DateTimeField(db_index=True)
    query = models.CharField(max_length=200)
    language = models.CharField(max_length=10)
    results = models.PositiveSmallIntegerField()
    top = models.ForeignKey(Article, models.SET_NULL, null=True, related_name="+")
    confidence = models.FloatField(default=0)
    clicked = models.ForeignKey(Article, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.query
