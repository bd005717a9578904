"""Writes of the quality room."""

from quality.actions.alert import (
    dismiss_trend_alert,
    ease_trend_alert,
    raise_trend_alert,
    recall_trend_alert,
)
from quality.actions.export import (
    export_feedback,
    export_improvements,
    export_reviews,
    export_searches_table,
)
from quality.actions.improve import (
    complete_improvement,
    drop_improvement,
    edit_improvement,
    judge_improvement,
    plan_improvement,
    plan_once,
    release_correction,
    start_improvement,
    step_back_improvement,
    take_up_correction,
)
from quality.actions.review import (
    appeal_review,
    decide_appeal,
    draft_scoring,
    draw_sample,
    edit_scorecard,
    score_review,
    settle_review,
)

__all__ = [
    "appeal_review",
    "complete_improvement",
    "decide_appeal",
    "dismiss_trend_alert",
    "draft_scoring",
    "draw_sample",
    "drop_improvement",
    "ease_trend_alert",
    "edit_improvement",
    "edit_scorecard",
    "export_feedback",
    "export_improvements",
    "export_reviews",
    "export_searches_table",
    "judge_improvement",
    "plan_improvement",
    "plan_once",
    "raise_trend_alert",
    "recall_trend_alert",
    "release_correction",
    "score_review",
    "settle_review",
    "start_improvement",
    "step_back_improvement",
    "take_up_correction",
]
