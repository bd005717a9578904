"""Feedback and cases on chosen days, for the tests of the quality room."""

import datetime as dt
import uuid
from typing import Any

from chat.models import Conversation
from faq.models import Article, Status
from helpdesk.core import clock
from helpdesk.core.models import User
from quality.actions import draw_sample, plan_improvement, raise_trend_alert
from quality.models import Feedback, ImprovementAction, Review, TrendAlert
from quality.series import Series
from quality.shift import Shift, Tally
from tests.tickets.factories import FILED, make_ticket
from tickets.actions import file_ticket
from tickets.models import Ticket


def local(day: str, time: str = "12:00") -> dt.datetime:
    """An instant by the business clock."""
    return dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=clock.business_zone())


def article(topic: str = "repayment") -> Article:
    made, _ = Article.objects.get_or_create(
        slug=f"about-{topic}",
        defaults={
            "topic": topic,
            "question": "扣款失败怎么办？",
            "summary": "先看余额。",
            "answer": "先看余额。",
            "source": "测试",
            "status": Status.PUBLISHED,
        },
    )
    return made


def old_chat(topic: str = "repayment") -> Conversation:
    """One that is in no period of a test."""
    made, _ = Conversation.objects.get_or_create(
        token_hash=f"old {topic}", defaults={"topic": topic, "created_at": local("2020-01-01")}
    )
    return made


def vote(day: str, score: int, topic: str = "repayment", *, time: str = "12:00", **fields) -> Feedback:
    """An answer about a chat of ``topic``, which itself is long ago."""
    at = local(day, time)
    values = {
        "door": "chat",
        "conversation": old_chat(topic),
        "topic": topic,
        "channel": "chat",
        "score": score,
        "given_at": at,
        "given_on": clock.local_date(at),
    }
    return Feedback.objects.create(**values | fields)


def votes(day: str, scores: list[int], topic: str = "repayment") -> None:
    for score in scores:
        vote(day, score, topic)


def case(cast, day: str, topic: str = "repayment", *, time: str = "12:00", **fields) -> Ticket:
    """A ticket received then."""
    with clock.at(local(day, time)):
        return file_ticket(**FILED | {"actor": cast.customer, "topic": topic} | fields)


def chat(day: str, topic: str = "repayment", *, time: str = "12:00", **fields) -> Conversation:
    at = local(day, time)
    return Conversation.objects.create(
        topic=topic, created_at=at, token_hash=f"{at}{topic}{fields}"[:64], **fields
    )


CSAT = Series("csat", "topic", "repayment")


def alert(since: str = "2026-10-19", series: Series = CSAT) -> TrendAlert:
    """Satisfaction fell from 80 % to 50 %."""
    monday = dt.date.fromisoformat(since)
    shift = Shift(Tally(80, 100), Tally(20, 40), 20, 4, True, 0.0001, 1.0)
    until = monday + dt.timedelta(days=27)
    watch = User.system("trend-watch")
    return raise_trend_alert(actor=watch, series=series, since=monday, until=until, shift=shift)


def planned(cast, **fields: Any) -> ImprovementAction:
    values = {
        "actor": cast.analyst,
        "title": "扣款失败当天说明原因",
        "description": "",
        "kind": "process",
        "owner": cast.agent,
        "due_on": clock.today() + dt.timedelta(days=20),
        "series": CSAT,
    }
    return plan_improvement(**values | fields)


def ended(agent: User, day: str, *, time: str = "12:00", **fields: Any) -> Conversation:
    """A chat of this agent that ended then."""
    at = local(day, time)
    fields = {"state": "closed", "assignee": agent, "accepted_at": at, "closed_at": at} | fields
    key = {"token_hash": uuid.uuid4().hex}
    return Conversation.objects.create(created_at=at - dt.timedelta(minutes=20), **key, **fields)


def decided(cast, day: str, **fields: Any) -> Ticket:
    """A case that ``cast.agent`` decided then."""
    with clock.at(local(day)):
        return make_ticket(cast, "resolved", **fields)


WEEK_DRAWN = dt.date(2026, 11, 9)  # the Monday of the reviews below; it is drawn a week later


def sampled(cast, *, chats: int = 1, twice: bool = False, **fields: Any) -> list[Review]:
    """The reviews of a week in which ``cast.agent`` ended some chats."""
    for n in range(chats):
        ended(cast.agent, "2026-11-10", time=f"{n % 10 + 10}:{n // 10:02}")
    values = {"actor": cast.analyst, "week": WEEK_DRAWN, "per_agent": 20, "seed": "seed"}
    with clock.at(local("2026-11-16")):
        sample = draw_sample(**values | {"percent_twice": 100 if twice else 0} | fields)
    return list(sample.reviews.order_by("pk"))


def answered(review: Review, **fields: str) -> dict[str, str]:
    """Everything done, but for ``fields``."""
    return {item.code: "yes" for item in review.items} | fields
