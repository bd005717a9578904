"""A year of rated chats, with the same story in it as the cases: what satisfaction is reckoned from."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator

from chat.models import Conversation, Message
from chat.states import State
from helpdesk.core import clock
from helpdesk.core.models import Topic, User
from helpdesk.demo.chat_stories import AGENTS
from helpdesk.demo.content import ChatText, chats
from helpdesk.demo.telling import Desk, dice_for
from helpdesk.demo.votes import GOLDEN, WEIGHTS
from quality.models import Door, Feedback
from tickets.models import Channel

RATED = 2400
PACE = dt.timedelta(seconds=25)  # from line to line


def rate_chats(desk: Desk) -> int:
    """In bulk, as many each week: told step by step they would take minutes."""
    dice = dice_for("ratings")
    texts = defaultdict(list)
    for text in chats():
        texts[text.topic].append(text)
    topics = [topic for topic in WEIGHTS if texts[topic]]
    asked: Counter[Topic] = Counter()
    rated: list[Conversation] = []
    said: list[Message] = []
    for n in range(RATED):
        at = _instant(desk, n, dice.random())
        topic = dice.choices(topics, [WEIGHTS[topic] for topic in topics])[0]
        asked[topic] += 1
        lot = (asked[topic] * GOLDEN + 0.3 * dice.random()) % 1  # evenly spread, as the votes are
        score = dice.choice((4, 5, 5) if lot < desk.satisfaction(topic, at) else (1, 1, 2, 2, 3))
        text = dice.choice(texts[topic])
        rated.append(_chat(n, text, desk.staff[dice.choice(AGENTS)], at, score))
        said += _said(rated[-1], text)
    Conversation.objects.bulk_create(rated, batch_size=500)
    Message.objects.bulk_create(said, batch_size=500)
    Feedback.objects.bulk_create(map(_answer, rated), batch_size=500)
    return len(rated)


def _chat(n: int, text: ChatText, agent: User, at: dt.datetime, score: int) -> Conversation:
    lines = len(text.lines)
    return Conversation(
        token_hash=f"demonstration {n}",
        state=State.CLOSED,
        topic=text.topic,
        wrap_up=text.topic,
        team=agent.team,
        assignee=agent,
        created_at=at,
        queued_at=at,
        accepted_at=at + PACE,
        closed_at=at + PACE * (lines + 1),
        last_seq=lines,
        visitor_read=lines,
        agent_read=lines,
        score=score,
    )


def _said(chat: Conversation, text: ChatText) -> Iterator[Message]:
    for seq, line in enumerate(text.lines, 1):
        who, _, words = line.partition(" ")
        agent = chat.assignee if who == "a" else None
        yield Message(
            conversation=chat,
            seq=seq,
            author_kind=Message.Author.AGENT if agent else Message.Author.VISITOR,
            author=agent,
            author_key=f"user:{agent.pk}" if agent else "visitor",
            text=words,
            at=chat.created_at + PACE * seq,
        )


def _answer(chat: Conversation) -> Feedback:
    at = chat.closed_at or chat.created_at
    return Feedback(
        door=Door.CHAT,
        conversation=chat,
        score=chat.score or 0,
        topic=chat.topic,
        channel=Channel.CHAT,
        team=chat.team,
        agent=chat.assignee,
        given_at=at,
        given_on=clock.local_date(at),
    )


def _instant(desk: Desk, n: int, part: float) -> dt.datetime:
    """The n-th of the year, by day rather than by night and over a while ago."""
    day = clock.local_date(desk.ago(days=1 + 363 * (n + part) / RATED))
    minutes = int(10 * 60 + part * 9 * 60)
    at = dt.datetime.combine(day, dt.time(), tzinfo=clock.business_zone())
    return at + dt.timedelta(minutes=minutes)
