"""When somebody has to be told that a clock runs short."""

import datetime as dt

from helpdesk.core import clock as time
from tickets.deadlines.counting import Standing
from tickets.models import Escalation, Unit

Step = Escalation.Step


def steps_of(standing: Standing) -> list[tuple[dt.datetime, str]]:
    """The instants of a running clock's steps, in order; none while it is stopped or its date unknown.

    75 and 90 % are of the time from the end of the day of the start to the end of the due date, so a stop
    moves them with the date. A date falls due when its day begins and is overdue when it has ended; an hour
    is overdue when it is reached.
    """
    if not standing.is_running or standing.due_on is None:
        return []
    if standing.unit == Unit.HOURS and standing.due_at:
        begin, end = standing.started_at, standing.due_at
        last = [(end, str(Step.OVERDUE))]
    else:
        begin = time.end_of_day(standing.started_on)
        end = time.end_of_day(standing.due_on)
        last = [
            (time.end_of_day(standing.due_on - dt.timedelta(days=1)), str(Step.DUE)),
            (end, str(Step.OVERDUE)),
        ]
    length = end - begin
    early = [
        (begin + length * 3 / 4, str(Step.THREE_QUARTERS)),
        (begin + length * 9 / 10, str(Step.NINE_TENTHS)),
    ]
    return sorted(early + last)
