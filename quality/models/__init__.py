"""Feedback, what alerts say of it, what was done about it, and reviews of the desk's own work."""

from quality.models.alert import TrendAlert
from quality.models.feedback import Door, Export, Feedback, UnansweredQuestion
from quality.models.improvement import ImprovementAction, TakenUp
from quality.models.review import Appeal, Review, ReviewSample, Scorecard, Scoring

__all__ = [
    "Appeal",
    "Door",
    "Export",
    "Feedback",
    "ImprovementAction",
    "Review",
    "ReviewSample",
    "Scorecard",
    "Scoring",
    "TakenUp",
    "TrendAlert",
    "UnansweredQuestion",
]
