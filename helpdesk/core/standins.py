"""What a statement is written with that is written once: other values take their places whenever it runs.

No key is negative, and nothing falls due on the first day of all, so that each is known again in the SQL.
"""

import datetime as dt

from helpdesk.core.models import Role, User

SOMEBODY, THEIR_TEAM, ANY_ROW = -1, -2, -3
SOME_DAY = dt.date.min


def somebody(role: Role, *, has_team: bool) -> User:
    """Anybody of a role, in a team or in none."""
    return User(pk=SOMEBODY, role=role, team_id=THEIR_TEAM if has_team else None)
