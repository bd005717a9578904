"""Letters that came by e-mail."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.case import Ticket


class InboundMail(models.Model):
    """A letter that was dealt with: ``key`` hashes its Message-ID, so that it counts once."""

    class Outcome(models.TextChoices):
        FILED = "filed", _("已立案")
        APPENDED = "appended", _("已补充到工单")
        IGNORED = "ignored", _("自动邮件，未处理")
        REFUSED = "refused", _("无法处理")

    key = models.CharField(max_length=64, unique=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.CharField(max_length=30, blank=True)  # a code of tickets/inbox/parse.py
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, related_name="letters_in")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key[:12]} {self.outcome}"
