"""Reading the quality room's rows."""

from quality.queries.alerts import alerts_visible_to, open_alerts
from quality.queries.improvements import (
    corrections_visible_to,
    history_of,
    improvements_visible_to,
    people_who_own,
    planned_by,
    root_cause_of,
)
from quality.queries.trends import (
    DAY,
    SERVED,
    WEEK,
    Days,
    Scope,
    answers_in,
    conversations_in,
    feedback_in,
    feedback_visible_to,
    gravity,
    monday_of,
    period,
    tickets_in,
    trends,
    volume_in,
)

__all__ = [
    "DAY",
    "SERVED",
    "WEEK",
    "Days",
    "Scope",
    "alerts_visible_to",
    "answers_in",
    "conversations_in",
    "corrections_visible_to",
    "feedback_in",
    "feedback_visible_to",
    "gravity",
    "history_of",
    "improvements_visible_to",
    "monday_of",
    "open_alerts",
    "people_who_own",
    "period",
    "planned_by",
    "root_cause_of",
    "tickets_in",
    "trends",
    "volume_in",
]
