"""A year of searches in the help centre: what was found, what is missing, and who asked a person as well."""

import datetime as dt
import uuid
from collections.abc import Hashable
from random import Random

from faq.live import live_index
from faq.models import Article, SearchLog
from faq.search import Match
from helpdesk.core import clock
from helpdesk.demo.telling import Desk, dice_for, instants
from helpdesk.demo.votes import TROUBLED

SEARCHES = 2_400
LIKELY = 0.2  # what the search page shows
# What no article answers: the list of answers to write is made of these.
MISSING = (
    (9, ("可以用信用卡还款吗", "信用卡能还款不", "能用信用卡还吗", "用信用卡还贷款可以吗")),
    (7, ("怎么开结清证明", "结清证明在哪下载", "开具结清证明", "要结清证明怎么弄")),
    (5, ("账单日能改吗", "怎么改账单日", "想换一个账单日", "账单日可以修改吗")),
    (4, ("app闪退", "app打不开闪退", "应用一打开就闪退")),
    (3, ("有没有微信小程序", "微信小程序在哪里", "小程序入口")),
    (2, ("外国人可以借吗", "护照能申请吗")),
    (1, ("今天天气怎么样", "你们公司在哪里上班", "怎么炒股", "帮我写一首诗")),
)
WRITTEN = 0.86  # of the searches are about something that an article answers


def write_searches(desk: Desk) -> int:
    """In bulk, through the real engine: a search has no steps to walk, only an outcome."""
    dice = dice_for("searches")
    asked = _ways_to_ask(dice)
    articles: dict[Hashable, Article] = dict(Article.objects.published().in_bulk().items())
    index = live_index.get()
    found: dict[str, list[Match]] = {}
    rows = []
    for at in sorted(instants(desk, dice, SEARCHES, lately=1.4)):
        query = _question(dice, asked, desk.now - at)
        if query not in found:
            found[query] = [match for match in index.search(query, 5) if match.confidence >= LIKELY]
        rows.append(_search(desk, dice, query, at, found[query], articles))
    SearchLog.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _ways_to_ask(dice: Random) -> list[tuple[str, bool]]:
    """Every way in which the articles are asked, with whether it is about this year's trouble."""
    ways = [
        (text, article.slug in TROUBLED)
        for article in Article.objects.published().prefetch_related("variants").order_by("slug")
        for text in (article.question.rstrip("？?"), *(variant.text for variant in article.variants.all()))
    ]
    dice.shuffle(ways)
    return ways


def _question(dice: Random, ways: list[tuple[str, bool]], age: dt.timedelta) -> str:
    if dice.random() >= WRITTEN:
        group = dice.choices([texts for _, texts in MISSING], [weight for weight, _ in MISSING])[0]
        return dice.choice(group)
    # Some questions are asked far more often than others, lately those about the trouble.
    text, troubled = ways[int(len(ways) * dice.random() ** 1.8)]
    if age < dt.timedelta(weeks=7) and not troubled and dice.random() < 0.18:
        text = dice.choice([text for text, troubled in ways if troubled])
    return text


def _search(  # what one search hangs on
    desk: Desk,
    dice: Random,
    query: str,
    at: dt.datetime,
    matches: list[Match],
    articles: dict[Hashable, Article],
) -> SearchLog:
    """Who finds no clear answer opens less, and asks a person more often."""
    top = articles[matches[0].entry_id] if matches else None
    confidence = matches[0].confidence if matches else 0.0
    row = SearchLog(
        at=at,
        on=clock.local_date(at),
        visitor=uuid.UUID(int=dice.getrandbits(128), version=4),
        first_at=at - dt.timedelta(seconds=0 if dice.random() < 0.7 else dice.randint(20, 400)),
        query=query,
        language=dice.choices(("zh-hans", "zh-hant", "en"), (90, 8, 2))[0],
        suggested=bool(matches) and dice.random() < 0.3,
        results=len(matches),
        shown=[match.entry_id for match in matches],
        top=top,
        topic=top.topic if top else "",
        confidence=confidence,
    )
    if matches and (row.suggested or dice.random() < 0.35 + 0.5 * confidence):
        place = min(int(dice.expovariate(1.6)), len(matches) - 1)
        row.clicked = articles[matches[place].entry_id]
        row.position = place + 1
        seconds = int((at - row.first_at).total_seconds() + dice.lognormvariate(2.6, 0.7))
        row.opened_after = seconds
        if dice.random() < 0.22:
            row.helpful = dice.random() < desk.satisfaction(row.clicked.topic, at)
            row.helped_after = seconds + dice.randint(15, 180) if row.helpful else None
    asks = 0.05 if row.helpful else 0.1 if row.clicked else 0.24
    if dice.random() < asks + (0.25 if row.helpful is False else 0):
        contact = at + dt.timedelta(minutes=dice.lognormvariate(2.5, 1.2))
        row.contacted_at = contact if contact <= desk.now else None
    return row
