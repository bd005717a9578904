"""The work on articles: versions and their review, reminders, merges, imports, and what was dismissed."""

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMModelMixin, transition

from faq.models.article import UNVERIFIED, Article, Calculator, Grade
from faq.states import OPEN, VersionState
from helpdesk.core.fields import StateField
from helpdesk.core.models import Topic

MAX_ANSWER = 20_000  # characters
MAX_VARIANTS, MAX_KEYWORDS, MAX_RELATED = 60, 20, 12


@dataclass(frozen=True)
class ArticleText:
    """Everything about an article that an editor writes and a reviewer approves."""

    topic: str
    question: str
    summary: str
    answer: str
    source: str
    basis: str = ""
    basis_grade: str = ""
    calculator: str = ""
    keywords: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    related: tuple[str, ...] = ()  # slugs

    @property
    def states_a_rule(self) -> bool:
        return bool(self.basis or self.basis_grade)

    @property
    def is_unverified(self) -> bool:
        return self.basis_grade in UNVERIFIED

    @classmethod
    def of(cls, row: "Article | ArticleVersion") -> "ArticleText":
        """The text of a version, or the one that customers read."""
        values = {field.name: getattr(row, field.name) for field in fields(cls)}
        if isinstance(row, Article):
            values["variants"] = [v.text for v in sorted(row.variants.all(), key=lambda v: v.pk)]
            values["related"] = sorted(other.slug for other in row.related.all())
        for name in ("keywords", "variants", "related"):
            values[name] = tuple(values[name])
        return cls(**values)

    def columns(self) -> dict[str, Any]:
        """By name, as the columns of ArticleVersion hold them."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


class VersionQuerySet(models.QuerySet["ArticleVersion"]):
    def open(self) -> "VersionQuerySet":
        return self.filter(state__in=OPEN)


class ArticleVersion(FSMModelMixin, models.Model):
    """One text of an article: the draft in work, the one that customers read, or one of the past.

    ``state`` changes only through the transitions below, called by an action.
    """

    article = models.ForeignKey(Article, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    state = StateField(_("状态"), max_length=12, choices=VersionState.choices, default=VersionState.DRAFT)
    revision = models.PositiveIntegerField(default=1)  # one more with every save: who saved first wins
    # The text: the fields of ArticleText
    topic = models.CharField(_("主题"), max_length=20, choices=Topic.choices)
    question = models.CharField(_("问题"), max_length=120)
    summary = models.CharField(_("摘要"), max_length=200)
    answer = models.TextField(_("答案"))
    source = models.CharField(_("来源"), max_length=200)
    basis = models.CharField(_("涉及的规则（仅内部）"), max_length=200, blank=True)
    basis_grade = models.CharField(_("核实等级"), max_length=2, choices=Grade.choices, blank=True)
    calculator = models.CharField(_("计算器"), max_length=10, choices=Calculator.choices, blank=True)
    keywords = models.JSONField(_("关键词"), default=list)
    variants = models.JSONField(_("其他问法"), default=list)
    related = models.JSONField(_("相关问题"), default=list)
    # Who
    note = models.CharField(_("改了什么"), max_length=200, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    writers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")  # all who saved it
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    refusal = models.TextField(_("退回的理由"), blank=True)
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    objects: ClassVar[VersionQuerySet] = VersionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=["article", "number"], name="version_number_once"),
            models.UniqueConstraint(
                fields=["article"], condition=models.Q(state__in=["draft", "review"]), name="one_open_version"
            ),
        )

    def __str__(self) -> str:
        return f"{self.article_id} v{self.number}"

    @property
    def text(self) -> ArticleText:
        return ArticleText.of(self)

    @transition(field=state, source=VersionState.DRAFT, target=VersionState.REVIEW)
    def submit(self) -> None: ...

    @transition(field=state, source=VersionState.REVIEW, target=VersionState.DRAFT)
    def send_back(self) -> None: ...

    @transition(field=state, source=VersionState.REVIEW, target=VersionState.PUBLISHED)
    def publish(self) -> None: ...

    @transition(field=state, source=VersionState.PUBLISHED, target=VersionState.SUPERSEDED)
    def supersede(self) -> None: ...

    @transition(field=state, source=list(OPEN), target=VersionState.DISCARDED)
    def discard(self) -> None: ...

    @transition(field=state, source=VersionState.DISCARDED, target=VersionState.DRAFT)
    def take_up(self) -> None: ...


class ReviewReminder(models.Model):
    """That somebody was reminded of a review-by date: once for each article and date."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="reminders")
    due = models.DateField()
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["article", "due"], name="reminded_once"),)

    def __str__(self) -> str:
        return f"{self.article_id}: {self.due:%F}"


class ArticleMerge(models.Model):
    """One article taken into another. ``moved`` names the rows that went, so that it can be undone."""

    source = models.ForeignKey(Article, models.CASCADE, related_name="merges_away")
    target = models.ForeignKey(Article, models.CASCADE, related_name="merges_in")
    moved = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.source_id} → {self.target_id}"

    @property
    def state(self) -> str:
        return "undone" if self.undone_at else "merged"


class DismissedVariant(models.Model):
    """A searched text that an editor does not want as a way to ask for an article."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="dismissed_variants")
    text = models.CharField(max_length=120)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["article", "text"], name="dismissed_once"),)

    def __str__(self) -> str:
        return self.text


class DistinctArticles(models.Model):
    """Two articles that look alike to the engine and are not: the one with the lower key comes first."""

    first = models.ForeignKey(Article, models.CASCADE, related_name="+")
    second = models.ForeignKey(Article, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["first", "second"], name="distinct_once"),)

    def __str__(self) -> str:
        return f"{self.first_id} ≠ {self.second_id}"


class ArticleImport(FSMModelMixin, models.Model):
    """A file of articles: checked first, then written row by row as drafts; it can be undone."""

    class State(models.TextChoices):
        CHECKED = "checked", pgettext_lazy("import", "已检查，还没有写入")
        RUNNING = "running", pgettext_lazy("import", "正在写入")
        DONE = "done", pgettext_lazy("import", "已写入")
        UNDONE = "undone", pgettext_lazy("import", "已撤销")

    state = StateField(_("状态"), max_length=10, choices=State.choices, default=State.CHECKED)
    name = models.CharField(max_length=120)
    ignored = models.JSONField(default=list)  # headings that no field has
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name

    @transition(field=state, source=State.CHECKED, target=State.RUNNING)
    def start(self) -> None: ...

    @transition(field=state, source=State.RUNNING, target=State.DONE)
    def finish(self) -> None: ...

    @transition(field=state, source=[State.RUNNING, State.DONE], target=State.UNDONE)
    def undo(self) -> None: ...


class ImportRow(models.Model):
    """One row of an imported file: what it says, what it would do, and, once written, what it did."""

    class Outcome(models.TextChoices):
        CREATE = "create", _("新文章")
        UPDATE = "update", _("修改")
        SAME = "same", _("没有变化")
        REFUSED = "refused", _("不能写入")

    source = models.ForeignKey(ArticleImport, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()  # of the row in the sheet, the headings being row 1
    line = models.PositiveIntegerField()  # of the text file; the same as number in a workbook
    slug = models.CharField(max_length=120, blank=True)
    values = models.JSONField(default=dict)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    changes = models.JSONField(default=list)  # names of the fields that differ
    faults = models.JSONField(default=list)
    worked = models.BooleanField(default=False)
    before = models.JSONField(default=dict)  # owner and review-by date that it replaced
    version = models.ForeignKey(ArticleVersion, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.source_id}: {self.number}"
