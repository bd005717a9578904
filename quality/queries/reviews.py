"""Reviews: who sees which, what a week has to draw from, and the scorecard of today."""

import datetime as dt

from django.db.models import Q, QuerySet

from chat.models import Conversation
from chat.states import State as ChatState
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.models import WORKERS, User
from quality.models import Review, ReviewSample, Scorecard, Scoring
from quality.permissions import reads_quality, reads_reviews, reads_words
from quality.sampling import Work
from quality.states import ReviewState
from tickets.models import Decision


def samples_visible_to(actor: Actor) -> QuerySet[ReviewSample]:
    samples = ReviewSample.objects.select_related("scorecard", "drawn_by")
    return samples if reads_quality(actor) else samples.none()


def reviews_visible_to(actor: Actor) -> QuerySet[Review]:
    """Those who watch quality see all; of one's own work everybody sees what is done, never before."""
    own = Q(agent=actor.pk)
    reviews = Review.objects.filter(~own | Q(state=ReviewState.DONE))
    if reads_quality(actor):
        return reviews
    return reviews.filter(own) if reads_reviews(actor) else reviews.none()


def scorings_visible_to(actor: Actor, review: Review) -> QuerySet[Scoring]:
    """While it is open each reviewer sees their own alone, so that the second does not know the first.

    Afterwards all that were handed in: see ``reads_words``.
    """
    scorings = review.scorings.select_related("reviewer")
    if review.state == ReviewState.OPEN:
        return scorings.filter(reviewer=actor.pk)
    return scorings.filter(handed_in_at__isnull=False) if reads_words(actor, review) else scorings.none()


def current_scorecard() -> Scorecard:
    """The newest version; without a row the product's, unsaved."""
    return Scorecard.objects.order_by("version").last() or Scorecard.shipped()


def work_of(week: dt.date) -> list[Work]:
    """What was decided and what ended in the week that begins on that Monday, and by whom.

    A case is the work of whoever drafted the decision that was sent, whoever holds it now. Spam, and chats
    whose visitor asked to have them deleted, are nobody's.
    """
    first, after = clock.start_of_day(week), clock.start_of_day(week + dt.timedelta(days=7))
    decided = Decision.objects.filter(
        sent_at__gte=first, sent_at__lt=after, drafted_by__role__in=WORKERS, drafted_by__is_active=True
    )
    ended = Conversation.objects.filter(
        state=ChatState.CLOSED,
        closed_at__gte=first,
        closed_at__lt=after,
        assignee__role__in=WORKERS,
        assignee__is_active=True,
        spam=False,
        deletion=None,
    )
    cases = decided.values_list("drafted_by", "ticket__number").order_by().distinct()
    chats = ended.values_list("assignee", "pk").order_by()
    return [Work(agent, "ticket", number) for agent, number in cases] + [
        Work(agent, "chat", str(pk)) for agent, pk in chats if agent is not None
    ]


def people_reviewed(reviews: QuerySet[Review]) -> QuerySet[User]:
    return User.objects.filter(pk__in=reviews.order_by().values("agent")).order_by("name", "pk")
