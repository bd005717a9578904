"""What a kind of case asks for besides the story, and which of its mandatory steps are done."""

from django.conf import settings
from django.db import models

from tickets.models.case import AppendOnly, Ticket


class KindDetails(models.Model):
    """The fields of a case's kind, as a dataclass of tickets/kinds.py reads and checks them."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, related_name="details")
    kind = models.CharField(max_length=30)  # whose fields these are; a case may be reclassified
    data = models.JSONField()

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.kind}"


class KindStep(AppendOnly):
    """A mandatory step of a kind that was done; a second row of the same step corrects the first."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="kind_steps")
    code = models.CharField(max_length=30)
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.code}"
