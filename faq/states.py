"""The states of an article, and those of a version of its text."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(models.TextChoices):
    """Of an article: whether customers read it."""

    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    WITHDRAWN = "withdrawn", pgettext_lazy("article", "已下线")


class VersionState(models.TextChoices):
    """Of one text of an article: at most one is being worked on, at most one is published."""

    DRAFT = "draft", _("草稿")
    REVIEW = "review", pgettext_lazy("article", "待审核")
    PUBLISHED = "published", _("已发布")
    SUPERSEDED = "superseded", pgettext_lazy("article", "已被替换")
    DISCARDED = "discarded", pgettext_lazy("article", "已放弃")


OPEN = (VersionState.DRAFT, VersionState.REVIEW)
