"""The signed address that an answer comes back to.

``support+123.<token>@lender.example``: the key of the case and 136 bits of a keyed hash of it. Nobody can
make one for another case; and a letter is the customer's only if it is from their address too.
"""

import base64
import hmac
import re

from django.conf import settings
from django.utils.crypto import salted_hmac

from tickets.models import Ticket

_TAGGED = re.compile(r"\+([0-9]{1,18})\.([a-z2-7]{28})$")


def reply_address(ticket: Ticket) -> str:
    """ "" where the desk has no address of its own."""
    name, _at, domain = settings.MAIL_ADDRESS.partition("@")
    return f"{name}+{ticket.pk}.{_token(ticket)}@{domain}" if domain else ""


def ticket_at(address: str) -> Ticket | None:
    """The case whose reply address this is; None for any other address."""
    name, _at, domain = address.lower().partition("@")
    own, _own_at, own_domain = settings.MAIL_ADDRESS.lower().partition("@")
    tag = _TAGGED.search(name)
    if not own_domain or domain != own_domain or tag is None or name[: tag.start()] != own:
        return None
    ticket = Ticket.objects.filter(pk=int(tag[1])).first()
    return ticket if ticket and hmac.compare_digest(_token(ticket), tag[2]) else None


def is_ours(address: str) -> bool:
    """Whether a letter would come from the desk itself: a loop."""
    name, _at, domain = address.lower().partition("@")
    own = {settings.MAIL_ADDRESS.lower(), settings.DEFAULT_FROM_EMAIL.lower()}
    return f"{name.partition('+')[0]}@{domain}" in own


def _token(ticket: Ticket) -> str:
    digest = salted_hmac("tickets.inbox", f"{ticket.pk}:{ticket.number}", algorithm="sha256").digest()
    return base64.b32encode(digest[:17]).decode("ascii").rstrip("=").lower()
