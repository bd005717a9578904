"""One act on several cases at once: what was asked for, and for every case what came of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMModelMixin, transition

from helpdesk.core.fields import StateField
from tickets.models.case import Ticket


class BulkAct(FSMModelMixin, models.Model):
    """Worked off case by case through the ordinary actions, so that it can stop and go on anywhere."""

    class Verb(models.TextChoices):
        ASSIGN = "assign", _("分派或改派")
        SEVERITY = "severity", _("改严重程度")
        TOPIC = "topic", _("改主题")
        LINK = "link", _("关联到一件")
        NOTE = "note", _("加内部备注")
        EXPORT = "export", _("导出 CSV")

    class State(models.TextChoices):
        RUNNING = "running", _("进行中")
        DONE = "done", _("已完成")
        UNDOING = "undoing", _("撤销中")
        UNDONE = "undone", _("已撤销")

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    verb = models.CharField(max_length=10, choices=Verb.choices)
    fields = models.JSONField(default=dict)  # as the form of the verb gave them
    state = StateField(default=State.RUNNING, choices=State.choices)
    at = models.DateTimeField()

    objects: ClassVar[models.Manager["BulkAct"]] = models.Manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.verb} {self.at:%F}"

    @transition(field=state, source=State.RUNNING, target=State.DONE)
    def finish(self) -> None: ...

    @transition(field=state, source=State.DONE, target=State.UNDOING)
    def undo(self) -> None: ...

    @transition(field=state, source=State.UNDOING, target=State.UNDONE)
    def finish_undo(self) -> None: ...


class BulkRow(models.Model):
    """One case of an act. ``before`` and ``after`` are what ``tickets.bulk.snapshot`` says of it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("等待")
        DONE = "done", _("已完成")
        REFUSED = "refused", _("没有做")
        UNDONE = "undone", _("已撤销")
        KEPT = "kept", _("没有撤销")

    act = models.ForeignKey(BulkAct, models.CASCADE, related_name="rows")
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    why = models.CharField(max_length=300, blank=True)  # refused or kept, in words
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    objects: ClassVar[models.Manager["BulkRow"]] = models.Manager()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["act", "ticket"], name="bulk_row_once"),)

    def __str__(self) -> str:
        return f"{self.act_id}: {self.ticket_id} {self.outcome}"
