"""Feedback from every door, one row each, on one scale."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models import Conversation
from faq.models import Article
from helpdesk.core.models import Team, Topic
from tickets.models import Channel, Ticket


class Door(models.TextChoices):
    TICKET = "ticket", _("工单回访")
    CHAT = "chat", _("聊天评价")
    ARTICLE = "article", _("文章评价")


class Feedback(models.Model):
    """One answer of one customer about exactly one ticket, conversation or article.

    Never edited; a changed vote about an article replaces the row of the earlier one, and a vote takes its
    row along when its article is merged into another.

    ``score`` is 1 to 5; an article's "helpful" counts 5 and "not helpful" 1.
    """

    door = models.CharField(_("来源"), max_length=10, choices=Door.choices)
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, related_name="feedback")
    conversation = models.ForeignKey(Conversation, models.CASCADE, null=True, related_name="feedback")
    article = models.ForeignKey(Article, models.CASCADE, null=True, related_name="feedback")
    score = models.PositiveSmallIntegerField(_("满意度"))
    resolved = models.BooleanField(_("问题是否解决"), null=True)
    text = models.TextField(_("意见"), blank=True)
    topic = models.CharField(_("主题"), max_length=20, choices=Topic.choices)
    channel = models.CharField(_("渠道"), max_length=20)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, related_name="+")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    given_at = models.DateTimeField(db_index=True)
    given_on = models.DateField()  # the day in the business zone, for weekly sums

    class Meta:
        ordering = ("-given_at", "-id")
        indexes = (models.Index(fields=["topic", "given_on"]), models.Index(fields=["given_on"]))
        constraints = (
            models.CheckConstraint(
                name="feedback_about_one_thing",
                condition=(
                    models.Q(ticket__isnull=False, conversation__isnull=True, article__isnull=True)
                    | models.Q(ticket__isnull=True, conversation__isnull=False, article__isnull=True)
                    | models.Q(ticket__isnull=True, conversation__isnull=True, article__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="feedback_score_1_to_5", condition=models.Q(score__gte=1, score__lte=5)
            ),
        )

    def __str__(self) -> str:
        return f"{self.door} {self.score}"

    @property
    def channel_label(self) -> str:
        return str(Channel(self.channel).label)


class UnansweredQuestion(models.Model):
    """What a visitor asked and the bot could not answer; masked, as the conversation is."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="unanswered")
    text = models.CharField(_("问题"), max_length=200)
    topic = models.CharField(_("主题"), max_length=20, choices=Topic.choices)
    at = models.DateTimeField()
    on = models.DateField()  # the day in the business zone

    class Meta:
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=["on", "topic"], name="unanswered_on_topic"),)

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.on:%F}"


class Export(models.Model):
    """One table that left the desk as a file: which, why, with what filters, how many rows, by whom."""

    class Table(models.TextChoices):
        WEEKS = "weeks", _("每周每主题汇总")
        FEEDBACK = "feedback", _("评价明细")
        SEARCHES = "searches", _("每周每主题搜索")
        QUESTIONS = "questions", _("待写的答案")
        IMPROVEMENTS = "improvements", _("改进措施")
        REVIEWS = "reviews", _("质检结果")

    table = models.CharField(max_length=20, choices=Table.choices)
    filters = models.JSONField(default=dict)
    rows = models.PositiveIntegerField()
    reason = models.CharField(max_length=200, default="")  # empty in what is older than the question
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.table} {self.made_at:%F %H:%M}"
