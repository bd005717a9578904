"""The states of an improvement action, of an alert and of a review."""

from django.db import models
from django.utils.translation import pgettext_lazy


class ImprovementState(models.TextChoices):
    PLANNED = "planned", pgettext_lazy("improvement", "计划中")
    UNDER_WAY = "under_way", pgettext_lazy("improvement", "进行中")
    DONE = "done", pgettext_lazy("improvement", "已完成")
    JUDGED = "judged", pgettext_lazy("improvement", "已评估")
    DROPPED = "dropped", pgettext_lazy("improvement", "已放弃")


class AlertState(models.TextChoices):
    OPEN = "open", pgettext_lazy("alert", "待处理")
    DISMISSED = "dismissed", pgettext_lazy("alert", "已忽略")
    EASED = "eased", pgettext_lazy("alert", "已回落")


class ReviewState(models.TextChoices):
    OPEN = "open", pgettext_lazy("review", "待评分")
    DIFFERING = "differing", pgettext_lazy("review", "两人不一致")
    DONE = "done", pgettext_lazy("review", "已完成")


TO_DO = (ImprovementState.PLANNED, ImprovementState.UNDER_WAY)  # what can be overdue
