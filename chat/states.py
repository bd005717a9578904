"""The states of a conversation, and why the bot gave one to people."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    BOT = "bot", _("智能助手接待中")
    WAITING = "waiting", _("排队中")
    ACTIVE = "active", _("对话中")
    CLOSED = "closed", _("已结束")


class Handover(models.TextChoices):
    ASKED = "asked", _("访客要找人工")
    RED_FLAG = "red_flag", _("出现风险信号")
    ANGRY = "angry", _("访客情绪激动")
    DISPUTE = "dispute", _("涉及法律或债务争议")
    UNANSWERED = "unanswered", _("智能助手没有答上")


class OfferState(models.TextChoices):
    OPEN = "open", _("等待答复")
    ACCEPTED = "accepted", _("已接受")
    DECLINED = "declined", _("已婉拒")
    EXPIRED = "expired", _("超时未答")
    WITHDRAWN = "withdrawn", _("已撤回")
