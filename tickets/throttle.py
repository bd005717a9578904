"""How often a tracking code may be guessed, and how many cases one address may file."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from helpdesk.core.throttle import address_of, count
from tickets.numbers import normalise_number

PERIOD = 15 * 60  # seconds
PER_ADDRESS = 20  # guesses in a period, whatever the numbers
PER_NUMBER = 20  # guesses in a period, from wherever
FILING_PERIOD = 10 * 60  # seconds
TOO_MANY_CASES = _("这个网络地址提交得太频繁。您写的都还在，请 10 分钟后再提交。")


def allow_guess(number: object, address: str) -> bool:
    """Count one wrong code for ``number``; False when no more are answered as such (answer 429).

    A right code is no guess and always passes: it has 140 random bits, and whoever guesses at the numbers
    of others must not shut them out. ``address`` is what ``helpdesk.core.throttle.address_of`` says.
    Parallel attempts count too.
    """
    by_address = count(f"track-address:{address}", PERIOD)
    by_number = count(f"track-number:{normalise_number(number)}", PERIOD)
    return by_address <= PER_ADDRESS and by_number <= PER_NUMBER


def allow_filing(request: HttpRequest) -> bool:
    """Count one case that a visitor or customer files."""
    return bool(count(f"case-filed:{address_of(request)}", FILING_PERIOD) <= settings.CASES_PER_ADDRESS)
