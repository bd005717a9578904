"""A year of "was this helpful?" on the FAQ, with the same story in it as the cases."""

import datetime as dt
from collections import Counter, defaultdict
from random import Random

from faq.models import Article
from helpdesk.core import clock
from helpdesk.core.models import Topic
from helpdesk.demo.telling import Desk, dice_for, instants
from quality.models import Door, Feedback
from tickets.models import Channel

VOTES = 1500
GOLDEN = 0.618034
WEIGHTS = {
    Topic.REPAYMENT: 34,
    Topic.OVERDUE: 24,
    Topic.PRIVACY: 9,
    Topic.APPLICATION: 11,
    Topic.FEES: 10,
    Topic.SECURITY: 7,
    Topic.COMPLAINTS: 5,
}
# Where the trouble is: while satisfaction with repayment falls, people read these.
TROUBLED = ("auto-debit-failed", "duplicate-deduction", "change-repayment-card")


def cast_votes(desk: Desk) -> int:
    """In bulk: a vote is one anonymous click, it has no steps to walk."""
    dice = dice_for("votes")
    articles = defaultdict(list)
    for article in Article.objects.published().order_by("slug"):
        articles[article.topic].append(article)
    topics = [topic for topic in WEIGHTS if articles[topic]]
    asked: Counter[Topic] = Counter()
    rows = []
    for at in sorted(instants(desk, dice, VOTES, lately=1.3)):
        topic = dice.choices(topics, [WEIGHTS[topic] for topic in topics])[0]
        asked[topic] += 1
        # Evenly spread rather than thrown: a steady topic shall look steady at 1,500 votes.
        lot = (asked[topic] * GOLDEN + 0.3 * dice.random()) % 1
        rows.append(_vote(desk, _article(dice, articles[topic], desk.now - at), at, lot))
    Feedback.objects.bulk_create(rows, batch_size=500)
    _count(rows)
    return len(rows)


def _article(dice: Random, choice: list[Article], age: dt.timedelta) -> Article:
    troubled = age < dt.timedelta(weeks=7)
    return dice.choices(choice, [8 if troubled and a.slug in TROUBLED else 2 for a in choice])[0]


def _vote(desk: Desk, article: Article, at: dt.datetime, lot: float) -> Feedback:
    helpful = lot < desk.satisfaction(article.topic, at)
    return Feedback(
        door=Door.ARTICLE,
        article=article,
        score=5 if helpful else 1,
        topic=article.topic,
        channel=Channel.WEB,
        given_at=at,
        given_on=clock.local_date(at),
    )


def _count(rows: list[Feedback]) -> None:
    """The articles' own counters, as their voting action keeps them."""
    votes = Counter((row.article_id, row.score == 5) for row in rows)
    articles = list(Article.objects.filter(pk__in={pk for pk, _ in votes}))
    for article in articles:
        article.helpful += votes[article.pk, True]
        article.not_helpful += votes[article.pk, False]
    Article.objects.bulk_update(articles, ["helpful", "not_helpful"])
