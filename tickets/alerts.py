"""Reading alerts: those of one person, newest first, and the years that nobody has published."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import QuerySet

from helpdesk.core.calendar import UNDETERMINED
from helpdesk.core.models import User
from tickets.models import Alert, Clock

PAGE = 50
COUNTED = 99  # more unread ones are not counted to the end


@dataclass(frozen=True)
class OpenYear:
    """A year without a calendar, and how many running clocks wait for it (at most COUNTED + 1 in all)."""

    calendar: str
    year: int
    clocks: int


def alerts_visible_to(user: User) -> QuerySet[Alert]:
    """A person's own, newest first."""
    rows = Alert.objects.filter(user=user, ticket__isnull=False).order_by("-id")
    return rows.select_related("ticket", "escalation__clock")


def unread_count(user: User) -> int:
    """At most COUNTED + 1; one query on the index of unread ones."""
    return Alert.objects.filter(user=user, ticket__isnull=False, read_at=None)[: COUNTED + 1].count()


def open_years() -> list[OpenYear]:
    """One query over the clocks that wait for a calendar."""
    waiting = Clock.objects.filter(state=Clock.State.RUNNING).exclude(undetermined="")
    found = Counter(waiting.order_by().values_list("undetermined", flat=True)[: COUNTED + 1])
    years = ((UNDETERMINED.fullmatch(why), number) for why, number in found.items())
    return sorted(
        (OpenYear(match[1], int(match[2]), number) for match, number in years if match),
        key=lambda one: (one.year, one.calendar),
    )
