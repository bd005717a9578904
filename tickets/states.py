"""The states of a case, and which of them are open."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    RECEIVED = "received", _("已收到")
    CLASSIFIED = "classified", _("已分类")
    ASSIGNED = "assigned", _("已分派")
    INVESTIGATING = "investigating", _("调查中")
    AWAITING_CUSTOMER = "awaiting_customer", _("等待客户补充")
    RESOLVED = "resolved", _("已作出决定")
    CLOSED = "closed", _("已结束")
    DECLINED = "declined", _("不予受理")
    WITHDRAWN = "withdrawn", _("已撤回")
    MERGED = "merged", _("已并入另一件")


OPEN = (State.RECEIVED, State.CLASSIFIED, State.ASSIGNED, State.INVESTIGATING, State.AWAITING_CUSTOMER)
ENDED = (State.CLOSED, State.DECLINED, State.WITHDRAWN, State.MERGED)
