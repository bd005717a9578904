"""Cases that belong together."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.case import Ticket


class TicketLink(models.Model):
    """``ticket`` is, towards ``other``, what ``kind`` says. Ended links stay: they are history."""

    class Kind(models.TextChoices):
        DUPLICATE_OF = "duplicate_of", _("并入")
        SPLIT_FROM = "split_from", _("拆分自")
        RELATED = "related", _("相关")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="links")
    other = models.ForeignKey(Ticket, models.CASCADE, related_name="links_here")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    reason = models.TextField(blank=True)
    before = models.JSONField(default=dict)  # what a merge changed, so that it can be undone
    # Merged although nothing proves one person: worked on as one, but each side reads only its own.
    apart = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["ticket"],
                condition=models.Q(kind="duplicate_of", ended_at__isnull=True),
                name="merged_into_one",
            ),
            models.UniqueConstraint(
                fields=["ticket", "other", "kind"],
                condition=models.Q(ended_at__isnull=True),
                name="linked_once",
            ),
            models.CheckConstraint(condition=~models.Q(ticket=models.F("other")), name="linked_to_another"),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.other_id}"

    @property
    def audit_chain(self) -> str:
        return f"tickets.ticket:{self.ticket_id}"


MERGE = models.Q(kind=TicketLink.Kind.DUPLICATE_OF, ended_at__isnull=True)


def merged_into(ticket: Ticket) -> Ticket | None:
    """The case that a merged one of the same person goes on in: their door leads there."""
    link = TicketLink.objects.filter(MERGE, ticket=ticket, apart=False).select_related("other").first()
    return link.other if link else None


def merged_here(ticket: Ticket) -> list[int]:
    """The keys of the cases of the same person that go on in this one."""
    return list(merges_into(ticket).filter(apart=False).values_list("ticket_id", flat=True))


def merges_into(ticket: Ticket) -> models.QuerySet[TicketLink]:
    """All of them, as the desk sees them."""
    return TicketLink.objects.filter(MERGE, other=ticket)
