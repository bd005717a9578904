"""What waits for a person today, as it stands above the queue.

One statement, written by hand: it runs in no time, and Django would take longer to write its four parts
than all the rest of the page's queries need. A list has at most ``MOST`` rows. SQLite takes CROSS JOIN as
the order in which to look; the states written out are those of partial indexes.
"""

from typing import NamedTuple

from django.db import connection
from django.utils.functional import Promise

from helpdesk.core import clock
from helpdesk.core.models import Role, User
from tickets.models import Clock, Handover, RedFlag

MOST = 20
PARTS = {
    # P0 flags that wait for this supervisor
    "urgent": """
        SELECT ticket.number, CAST(NULL AS date) AS day, '' AS who, '' AS why, flag.id AS nth
        FROM tickets_redflag AS flag JOIN tickets_ticket AS ticket ON ticket.id = flag.ticket_id
        WHERE flag.owner_id = %(user)s AND flag.state = %(open_flag)s AND %(everywhere)s
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
    """``day`` is an ISO date, or "" for none; ``who`` and ``why`` are the offer's holder and reason, or the
    partner."""

    number: str
    day: str
    who: str
    why: str | Promise


def today_of(user: User) -> dict[str, list[Waiting]]:
    """One query; a list for each of ``PARTS``."""
    found: dict[str, list[Waiting]] = {part: [] for part in PARTS}
    if user.role not in (Role.AGENT, Role.SUPERVISOR):
        return found
    values = {
        "user": user.pk,
        "team": user.team_id,
        "everywhere": user.role == Role.SUPERVISOR,
        "today": clock.today().isoformat(),
        "open_flag": RedFlag.State.OPEN.value,
        "running": Clock.State.RUNNING.value,
    }
    names = list(PARTS)
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, values)
        for part, number, day, who, why, _nth in cursor.fetchall():
            reason = Handover.Reason(why).label if why else ""
            found[names[part]].append(Waiting(number, str(day or ""), who, reason))
    return found
