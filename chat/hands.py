"""Who is on duty, what they can take, and what they have in hand."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from chat.models import Conversation, Offer
from chat.states import OfferState, State
from helpdesk.core.models import Role, User
from helpdesk.core.staffing.queries import on_duty


@dataclass
class Hand:
    """Somebody on duty, and how much they have in hand or are being asked about."""

    user: User
    capacity: int
    skills: list[str]
    languages: list[str]
    busy_at: dt.datetime | None
    held: int
    asked: int

    @property
    def load(self) -> int:
        return self.held + self.asked

    @property
    def room(self) -> int:
        return max(0, self.capacity - self.load)

    def serves(self, conversation: Conversation) -> bool:
        """Team, skill and language, whatever is in hand. Supervisors are asked about the urgent only."""
        if self.user.role == Role.SUPERVISOR or conversation.urgent:
            return conversation.urgent
        return (
            conversation.team_id in (None, self.user.team_id)
            and (not self.skills or conversation.topic in self.skills)
            and (not self.languages or conversation.language in self.languages)
        )

    def ordinary(self) -> Q:
        """The same for the database, of those that are not urgent."""
        able = Q(team=None) | Q(team=self.user.team_id) if self.user.team_id else Q(team=None)
        able &= Q(topic__in=self.skills) if self.skills else Q()
        return able & Q(language__in=self.languages) if self.languages else able

    def fits(self, conversation: Conversation) -> bool:
        """Room too, unless it is urgent."""
        return self.serves(conversation) and (conversation.urgent or self.room > 0)


def hands(now: dt.datetime) -> list[Hand]:
    """Everybody on duty with their load: three queries, however many there are."""
    here = list(on_duty(now))
    users = [one.user_id for one in here]
    held = Counter(
        Conversation.objects.filter(state=State.ACTIVE, assignee__in=users)
        .order_by()
        .values_list("assignee_id", flat=True)
    )
    offers = Offer.objects.filter(state=OfferState.OPEN, agent__in=users)
    asked = Counter(offers.values_list("agent_id", flat=True))
    return [
        Hand(
            one.user,
            one.capacity,
            one.skills,
            one.languages,
            one.busy_at,
            held[one.user_id],
            asked[one.user_id],
        )
        for one in here
    ]


def may_be_offered(there: Sequence[Hand]) -> Q:
    """The conversations that fit somebody: the urgent, and what those with room serve.

    Whatever fits nobody stands in nobody's way.
    """
    fits = Q(urgent=True)
    able = [hand for hand in there if hand.room and hand.user.role != Role.SUPERVISOR]
    for ordinary in dict.fromkeys(hand.ordinary() for hand in able):
        fits |= ordinary
    return fits
