"""How often a tracking code may be guessed."""

from helpdesk.core.throttle import count
from tickets.numbers import normalise_number

PERIOD = 15 * 60  # seconds
PER_ADDRESS = 20  # guesses in a period, whatever the numbers
PER_NUMBER = 20  # guesses in a period, from wherever


def allow_guess(number: object, address: str) -> bool:
    """Count one attempt to open ``number``; False when it must be refused (answer 429, try no code).

    Call it once for each POST of the track form, before ``ticket_by_code``. ``address`` is what
    ``helpdesk.core.throttle.address_of`` says. Parallel attempts count too.
    """
    by_address = count(f"track-address:{address}", PERIOD)
    by_number = count(f"track-number:{normalise_number(number)}", PERIOD)
    return by_address <= PER_ADDRESS and by_number <= PER_NUMBER
