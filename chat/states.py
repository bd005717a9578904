"""The states of a conversation."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    WAITING = "waiting", _("排队中")
    ACTIVE = "active", _("对话中")
    CLOSED = "closed", _("已结束")
