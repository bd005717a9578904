"""Who may do what in the quality room.

Supervisors, analysts and administrators read it. Supervisors and analysts plan improvements and answer
alerts; whoever owns an improvement, agents among them, sees it and brings it under way. They also draw and
score reviews, but never of work in which they had a hand or a conflict of interest; whoever was reviewed
sees it when it is done, and may appeal.
"""

from typing import Any

from django.utils.translation import gettext as _

from helpdesk.core.actors import Actor
from helpdesk.core.memo import once
from helpdesk.core.models import Role, User
from helpdesk.core.permissions import (
    Rule,
    has_role,
    is_administrator,
    is_agent,
    is_analyst,
    is_supervisor,
    is_system,
    rule,
)
from quality.models import ImprovementAction, Review
from tickets.permissions import conflict_with

reads_quality = has_role(Role.SUPERVISOR, Role.ANALYST, Role.ADMINISTRATOR)
reads_improvements = reads_quality | is_agent  # agents: those that they own
plans_improvements = is_supervisor | is_analyst
answers_alerts = is_supervisor | is_analyst
watches_series = is_system


@rule
def owns_improvement(actor: Actor, row: Any) -> bool:
    return isinstance(row, ImprovementAction) and row.owner_id == actor.pk


works_improvement = plans_improvements | owns_improvement


# --- Reviews ---------------------------------------------------------------------------------------
reads_reviews = reads_quality | is_agent  # agents: their own, when they are done
draws_samples = is_supervisor | is_analyst
edits_scorecard = is_analyst | is_administrator


@rule
def is_reviewed(actor: Actor, review: Review) -> bool:
    return review.agent_id == actor.pk


@once
def _conflict(actor: Actor, review: Review) -> str:
    return conflict_with(actor, review.ticket) if review.ticket else ""


@once
def why_not_impartial(actor: Actor, review: Review) -> str:
    """Why this person must keep off the review, as they are told; "" when nothing is known."""
    if not isinstance(actor, User):
        return ""
    if review.agent_id == actor.pk:
        return _("这是您本人的工作，须由别人评。")
    if _had_a_hand(actor, review):
        return _("您自己参与过这件事，须由别人评。")
    return _conflict(actor, review)


def _had_a_hand(user: User, review: Review) -> bool:
    """Held, decided or approved the case; was the customer of the chat, or spoke in it."""
    ticket, chat = review.ticket, review.conversation
    if ticket is not None:
        decided = ticket.decisions.filter(drafted_by=user) | ticket.decisions.filter(approved_by=user)
        held = ticket.assignments.filter(assignee=user)
        return held.exists() or decided.exists() or ticket.approvals.filter(answered_by=user).exists()
    return chat is not None and (chat.customer_id == user.pk or chat.messages.filter(author=user).exists())


def _scored_it(actor: Actor, review: Review) -> bool:
    own = review.scorings.filter(reviewer=actor.pk, handed_in_at__isnull=False)
    return review.settled_by_id == actor.pk or own.exists()


def _why_not_another(actor: Actor, review: Review) -> str:
    return _("申诉须由没有评过这件的人决定。") if _scored_it(actor, review) else ""


is_impartial = Rule("is_impartial", lambda a, r: not why_not_impartial(a, r), why_not_impartial)
is_another = Rule("is_another", lambda a, r: not _scored_it(a, r), _why_not_another)
scores_review = (is_supervisor | is_analyst) & is_impartial
decides_appeal = (is_supervisor | is_analyst | is_administrator) & is_impartial & is_another
# What reviewers write may repeat what the notes of a case say.
reads_words = is_reviewed | Rule("no conflict", lambda a, r: not _conflict(a, r))
