"""What the house does by itself."""

import datetime as dt

from helpdesk.core.audit import anchors
from helpdesk.core.jobs import job


@job(minutes=60)
def anchor_hourly() -> int:
    """Sign the heads of the chains that moved; the number of heads."""
    return anchors.write(reach=dt.timedelta(hours=2))


@job(minutes=24 * 60)
def anchor_daily() -> int:
    """The same with a reach that finds what any transaction of two days committed late."""
    return anchors.write(reach=dt.timedelta(hours=49))
