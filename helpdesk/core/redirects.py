"""Where a form may send the browser next."""

from django.utils.http import url_has_allowed_host_and_scheme


def leads_here(address: str) -> bool:
    """True for a path of this very site, whatever else the sender of ``next`` would like."""
    return address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
