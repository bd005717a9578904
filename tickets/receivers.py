"""What the house tells the cases."""

from typing import Any

from django.dispatch import receiver

from helpdesk.core.rotation import each
from helpdesk.core.signals import keys_rotated
from tickets import search
from tickets.models import Ticket


@receiver(keys_rotated, dispatch_uid="tickets.keys")
def rehash_cases(**_: Any) -> int:
    """Names and contacts of every case are found under the first key alone."""
    rows = Ticket.objects.select_related("representation").prefetch_related("group_members")
    return each(rows, lambda ticket: search.rehash(ticket.pk, _secrets(ticket)))


def _secrets(ticket: Ticket) -> list[str]:
    who = getattr(ticket, "representation", None)
    texts = [who.name, who.contact] if who else []
    for member in ticket.group_members.all():
        texts += [member.name, member.contact]
    return [ticket.complainant, ticket.contact, *texts]
