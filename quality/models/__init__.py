"""Feedback, what alerts say of it, and what was done about it."""

from quality.models.alert import TrendAlert
from quality.models.feedback import Door, Export, Feedback, UnansweredQuestion
from quality.models.improvement import ImprovementAction, TakenUp

__all__ = [
    "Door",
    "Export",
    "Feedback",
    "ImprovementAction",
    "TakenUp",
    "TrendAlert",
    "UnansweredQuestion",
]
