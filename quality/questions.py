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
    chats: list[UUID] = field(default_factory=list)  # newest first
    nearest: Article | None = None


@dataclass(frozen=True)
class BotQuestions:
    """``answered`` groups are not shown: by now an article answers them surely."""

    groups: list[Asked]
    answered: int
    hidden: int  # groups after the first ones

    @property
    def empty(self) -> bool:
        return not (self.groups or self.answered)


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
    for text, chat in found.values_list("text", "conversation_id")[:MOST]:
        chats.setdefault(text, []).append(chat)
    counted = sorted(((text, len(asked)) for text, asked in chats.items()), key=lambda item: -item[1])
    groups = [
        Asked(group.text, group.searches, group.others, _together(chats, [group.text, *group.others]))
        for group in analytics.alike_together([(text, number, 0) for text, number in counted])
    ]
    near, sure = analytics.nearest([group.text for group in groups])
    for group in groups:
        group.nearest = near.get(group.text)
    waiting = [group for group in groups if group.text not in sure]
    return BotQuestions(waiting[:GROUPS], len(groups) - len(waiting), max(0, len(waiting) - GROUPS))


def _together(chats: dict[str, list[UUID]], texts: list[str]) -> list[UUID]:
    return list(dict.fromkeys(chat for text in texts for chat in chats[text]))
