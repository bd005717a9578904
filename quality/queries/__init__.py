"""Reading the quality room's rows."""

from quality.queries.alerts import alerts_visible_to, open_alerts
from quality.queries.improvements import (
    corrections_visible_to,
    improvements_visible_to,
    people_who_own,
    planned_by,
    root_cause_of,
)
from quality.queries.reviews import (
    current_scorecard,
    people_reviewed,
    reviews_visible_to,
    samples_visible_to,
    scorings_visible_to,
    work_of,
)
from quality.queries.trends import (
    DAY,
    SERVED,
    WEEK,
    Days,
    Scope,
    answers_in,
    conversations_in,
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
    "current_scorecard",
    "feedback_visible_to",
    "gravity",
    "improvements_visible_to",
    "monday_of",
    "open_alerts",
    "people_reviewed",
    "people_who_own",
    "period",
    "planned_by",
    "reviews_visible_to",
    "root_cause_of",
    "samples_visible_to",
    "scorings_visible_to",
    "tickets_in",
    "trends",
    "volume_in",
    "work_of",
]
