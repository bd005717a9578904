"""What waits for a person today, as it stands above the queue.

One statement, written by hand: it runs in no time, and Django would take longer to write its parts than
all the rest of the page's queries need. One more tells which of these cases, and of those on the page of the
queue, this person must keep off, and a third where some are reviews. A list has at most ``MOST`` rows. SQLite
takes CROSS JOIN as the order in which to look; the states written out are those of partial indexes.
"""

from collections.abc import Collection
from itertools import groupby
from typing import NamedTuple

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.models import WORKERS, Role, User
from tickets import people, redflags
from tickets.models import Clock, Handover

MOST = 20
FLAGS = ("urgent", "own_flags", "team_flags")
PARTS = {
    # P0 flags that nobody has answered, for every supervisor; with whom they were given to
    "urgent": """
        SELECT ticket.number, CAST(NULL AS date) AS day,
            COALESCE(NULLIF(owner.name, ''), owner.username, '') AS who, flag.code AS why, ticket.id AS nth
        FROM tickets_redflag AS flag CROSS JOIN tickets_ticket AS ticket
            LEFT JOIN core_user AS owner ON owner.id = flag.owner_id
        WHERE ticket.id = flag.ticket_id AND flag.state = 'open' AND flag.level = 'P0' AND %(everywhere)s
    """,
    # Of one's own open cases: P1 flags, and P0 for whom these are not listed above
    "own_flags": """
        SELECT ticket.number, CAST(NULL AS date) AS day, '' AS who, flag.code AS why, ticket.id AS nth
        FROM tickets_ticket AS ticket CROSS JOIN tickets_redflag AS flag
        WHERE flag.ticket_id = ticket.id AND flag.state = 'open'
            AND (flag.level = 'P1' OR flag.level = 'P0' AND NOT %(everywhere)s)
            AND ticket.assignee_id = %(user)s AND ticket.unfinished
    """,
    # P1 flags of the supervisor's team, and of cases of a team that has no supervisor
    "team_flags": """
        SELECT ticket.number, CAST(NULL AS date) AS day, '' AS who, flag.code AS why, ticket.id AS nth
        FROM tickets_redflag AS flag CROSS JOIN tickets_ticket AS ticket
        WHERE ticket.id = flag.ticket_id AND flag.state = 'open' AND flag.level = 'P1' AND %(everywhere)s
            AND (ticket.team_id = %(team)s OR NOT EXISTS (
                SELECT 1 FROM core_user AS near
                WHERE near.team_id = ticket.team_id AND near.role = 'supervisor' AND near.is_active))
    """,
    # Cases that wait for somebody of this person's team (a supervisor: of any); none of one's own complaints
    "offers": """
        SELECT ticket.number, CASE WHEN ticket.due_stopped THEN NULL ELSE ticket.due_on END AS day,
            COALESCE(NULLIF(holder.name, ''), holder.username) AS who, offer.reason AS why, offer.id AS nth
        FROM tickets_handover AS offer CROSS JOIN tickets_ticket AS ticket CROSS JOIN core_user AS holder
        WHERE ticket.id = offer.ticket_id AND holder.id = offer.holder_id AND offer.state = 'offered'
            AND offer.holder_id <> %(user)s AND ticket.unfinished
            AND (ticket.customer_id IS NULL OR ticket.customer_id <> %(user)s)
            AND (%(everywhere)s OR ticket.assignee_id = %(user)s OR ticket.team_id = %(team)s
                OR (ticket.team_id IS NULL AND ticket.review_of_id IS NULL))
    """,
    # Of one's own open cases: whom to call by today
    "calls": """
        SELECT ticket.number, contact.next_on AS day, '' AS who, '' AS why, contact.id AS nth
        FROM tickets_contact AS contact JOIN tickets_ticket AS ticket ON ticket.id = contact.ticket_id
        WHERE NOT contact.followed_up AND contact.next_on <= %(today)s
            AND ticket.assignee_id = %(user)s AND ticket.unfinished
    """,
    # And what partners owe by today
    "late_tasks": """
        SELECT ticket.number, clock.due_on AS day, task.partner AS who, '' AS why, task.id AS nth
        FROM tickets_partnertask AS task CROSS JOIN tickets_clock AS clock CROSS JOIN tickets_ticket AS ticket
        WHERE clock.id = task.clock_id AND ticket.id = task.ticket_id AND task.state = 'open'
            AND clock.state = %(running)s AND clock.due_on <= %(today)s
            AND ticket.assignee_id = %(user)s
    """,
}
_FIRST = "SELECT * FROM (SELECT {n} AS part, w.* FROM ({part}) AS w ORDER BY day, nth LIMIT {most}) AS p{n}"
STATEMENT = (
    " UNION ALL ".join(_FIRST.format(n=n, part=part, most=MOST) for n, part in enumerate(PARTS.values()))
    + " ORDER BY part, day, nth"
)


class Waiting(NamedTuple):
    """``day`` is an ISO date or ""; ``who`` and ``why`` are the offer's holder and reason, the partner, or
    whom the flags of a case were given to and what they are."""

    number: str
    day: str
    who: str
    why: str | Promise


class Today(NamedTuple):
    lists: dict[str, list[Waiting]]  # for each of PARTS, and the flags of both kinds for today as ``flags``
    kept_off: set[int]  # the cases among those that were shown or flagged that this person must keep off


def today_of(user: User, shown: Collection[int] = ()) -> Today:
    """One line a case where it is of flags; three queries at most. ``shown`` are the cases of the page."""
    found: dict[str, list[Waiting]] = {part: [] for part in (*PARTS, "flags")}
    if user.role not in WORKERS:
        return Today(found, people.kept_off(user, shown))
    values = {
        "user": user.pk,
        "team": user.team_id,
        "everywhere": user.role == Role.SUPERVISOR,
        "today": clock.today().isoformat(),
        "running": Clock.State.RUNNING.value,
    }
    names = list(PARTS)
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, values)
        rows = cursor.fetchall()
    flagged = {nth for part, *_row, nth in rows if names[part] in FLAGS}
    kept_off = people.kept_off(user, flagged.union(shown))
    for (part, number, nth), same in groupby(rows, key=lambda row: (names[row[0]], row[1], row[-1])):
        if part not in FLAGS:
            found[part] += [_waiting(number, day, who, why) for _part, _number, day, who, why, _nth in same]
        elif nth not in kept_off:
            flags = list(same)
            kinds = sorted(str(redflags.NAMES.get(why, why)) for *_row, why, _nth in flags)
            found[part].append(Waiting(number, "", flags[0][3], _("、").join(kinds)))
    found["flags"] = list(dict.fromkeys([*found["own_flags"], *found["team_flags"]]))
    return Today(found, kept_off)


def _waiting(number: str, day: object, who: str, why: str) -> Waiting:
    return Waiting(number, str(day or ""), who, Handover.Reason(why).label if why else "")
