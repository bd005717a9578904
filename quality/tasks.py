"""What the quality room does by itself. Each task is level-triggered: it acts on what is so now."""

import logging
from dataclasses import dataclass

from helpdesk.core import clock
from helpdesk.core.errors import ActionError
from helpdesk.core.jobs import job
from helpdesk.core.models import User
from quality.actions import ease_trend_alert, raise_trend_alert
from quality.watching import changes

log = logging.getLogger(__name__)
DAY = 24 * 60  # minutes


@dataclass(frozen=True)
class Watched:
    raised: int
    eased: int


@job(minutes=DAY)
def watch_series() -> Watched:
    """Raise an alert for each series that changed for the worse, and end those whose series came back."""
    actor = User.system("trend-watch")
    found, over = changes(clock.today())
    raised = eased = 0
    for alert, since in over:
        try:
            ease_trend_alert(alert, actor=actor, since=since)
            eased += 1
        except ActionError:  # another worker was first
            continue
    for one in found:
        try:
            raise_trend_alert(
                actor=actor, series=one.series, since=one.since, until=one.until, shift=one.shift
            )
            raised += 1
        except ActionError:
            continue
    log.info("trends: %d alerts raised, %d eased", raised, eased)
    return Watched(raised, eased)
