"""How often one address may vote, and how many of its searches are remembered."""

from django.conf import settings
from django.http import HttpRequest

from helpdesk.core.throttle import address_of, count

PERIOD = 10 * 60  # seconds


def allow_vote(request: HttpRequest) -> bool:
    """Count one vote."""
    return bool(count(f"article-vote:{address_of(request)}", PERIOD) <= settings.VOTES_PER_ADDRESS)


def allow_search_log(request: HttpRequest) -> bool:
    """Count one search that would be remembered."""
    return bool(count(f"search-log:{address_of(request)}", PERIOD) <= settings.SEARCHES_PER_ADDRESS)
