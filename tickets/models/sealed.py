"""What is behind the asterisks of a case."""

from typing import ClassVar

from django.db import models

from helpdesk.core.fields import EncryptedTextField
from tickets.models.case import Entry, Ticket


class SealedText(models.Model):
    """Words as the customer typed them, where what everybody reads is masked (helpdesk/core/screen.py).

    ``part`` is the field of the case, or of its kind, that shows them masked; ``entry`` the line of the
    timeline. Never indexed or exported; shown with a reason on record (``ticket.contact_revealed``).
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="sealed_texts")
    entry = models.ForeignKey(Entry, models.CASCADE, null=True, related_name="+")
    part = models.CharField(max_length=20, blank=True)
    text = EncryptedTextField()

    objects: ClassVar[models.Manager["SealedText"]] = models.Manager()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.part or self.entry_id}"
