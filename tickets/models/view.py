"""How people look at the queue: what each has set for themselves, and the views they have saved."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.core.models import Team


class SavedView(models.Model):
    """Filters and columns under a name: the owner's alone, or shared with a team.

    ``filters`` are the fields of the queue's form as an address writes them, so that a filter that has
    gone since (a colleague who left, a topic of yesterday) is left out as it is in an address.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="queue_views")
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="queue_views")
    name = models.CharField(_("名称"), max_length=40)
    filters = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    deleted_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["SavedView"]] = models.Manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="queue_view_name_once",
                condition=models.Q(deleted_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return self.name


class QueueSettings(models.Model):
    """What one person has set for the queue, on every device."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="queue_settings"
    )
    columns = models.JSONField(default=list)  # names of tickets/columns.py; empty: the usual ones
    default_view = models.ForeignKey(SavedView, models.SET_NULL, null=True, related_name="+")
    keys = models.BooleanField(_("键盘快捷键"), default=True)

    objects: ClassVar[models.Manager["QueueSettings"]] = models.Manager()

    def __str__(self) -> str:
        return str(self.user_id)
