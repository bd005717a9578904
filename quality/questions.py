"""What the bot could not answer in the chat: alike questions together, as the searches page shows them."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import QuerySet

from faq import analytics
from faq.models import Article
from helpdesk.core.actors import Actor
from quality.models import UnansweredQuestion
from quality.permissions import reads_quality
from quality.queries import Days

MOST = 500  # questions that are compared, the newest
GROUPS = 20


@dataclass
class Asked:
    """One question in the words of most of those who asked it."""

    text: str
    times: int
    others: list[str]
    rare: int  # further spellings, each of too few people to be shown
    chats: list[UUID] = field(default_factory=list)  # newest first
    nearest: Article | None = None


@dataclass(frozen=True)
class BotQuestions:
    """``answered`` groups are not shown: by now an article answers them surely."""

    groups: list[Asked]
    answered: int
    hidden: int  # groups of too few people, and those after the first ones

    @property
    def empty(self) -> bool:
        return not (self.groups or self.answered or self.hidden)


def questions_visible_to(actor: Actor) -> QuerySet[UnansweredQuestion]:
    """Those who watch quality see all of them; nobody else sees any."""
    rows = UnansweredQuestion.objects.all()
    return rows if reads_quality(actor) else rows.none()


def bot_questions(rows: QuerySet[UnansweredQuestion], days: Days, topic: str = "") -> BotQuestions:
    """Of some days, the most asked first; two queries, whatever the number."""
    found = rows.filter(on__range=days, conversation__spam=False)
    if topic:
        found = found.filter(topic=topic)
    chats: dict[str, list[UUID]] = {}
    people: dict[str, set[object]] = {}
    fields = ("text", "conversation_id", "conversation__customer_id")
    for text, chat, customer in found.values_list(*fields)[:MOST]:
        chats.setdefault(text, []).append(chat)
        people.setdefault(text, set()).add(customer or chat)  # who is not signed in is as many as their chats
    counted = sorted(((text, len(asked)) for text, asked in chats.items()), key=lambda item: -item[1])
    alike = analytics.alike_together([(text, number, 0) for text, number in counted])
    asked = [(group, _together(chats, [group.text, *group.others])) for group in alike]
    groups = [
        Asked(group.text, group.searches, group.others, group.rare, of_group)
        for group, of_group in asked
        if analytics.told_by_enough(group, people)
    ]
    near, sure = analytics.nearest([group.text for group in groups])
    for group in groups:
        group.nearest = near.get(group.text)
    waiting = [group for group in groups if group.text not in sure]
    hidden = len(alike) - len(groups) + max(0, len(waiting) - GROUPS)
    return BotQuestions(waiting[:GROUPS], len(groups) - len(waiting), hidden)


def _together(chats: dict[str, list[UUID]], texts: list[str]) -> list[UUID]:
    return list(dict.fromkeys(chat for text in texts for chat in chats[text]))
