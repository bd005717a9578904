"""Writes of the quality room."""

from quality.actions.alert import (
    dismiss_trend_alert,
    ease_trend_alert,
    raise_trend_alert,
    recall_trend_alert,
)
from quality.actions.export import export_feedback, export_improvements, export_searches_table
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

__all__ = [
    "complete_improvement",
    "dismiss_trend_alert",
    "drop_improvement",
    "ease_trend_alert",
    "edit_improvement",
    "export_feedback",
    "export_improvements",
    "export_searches_table",
    "judge_improvement",
    "plan_improvement",
    "plan_once",
    "raise_trend_alert",
    "recall_trend_alert",
    "release_correction",
    "start_improvement",
    "step_back_improvement",
    "take_up_correction",
]
