"""What the editors have in hand: texts in work, review-by dates, searches without an answer."""

import dataclasses
import datetime as dt
import uuid

from faq.actions import draft_article, log_search, schedule_article, submit_article
from faq.models import Article
from faq.queries import search_articles
from faq.versions import mark_of, text_in_work
from helpdesk.core import clock
from helpdesk.core.actors import Guest
from helpdesk.demo.telling import Desk, Story, dice_for

REWRITTEN, PROPOSED = "repayment-methods", "overdue-consequences"
REVIEWS = {"early-repayment": -3, "penalty-interest": 5, "repayment-methods": 60}  # days from today
SEARCHES = {
    "这个月能少还点吗": 11,
    "钱还多了咋整": 8,
    "想把钱一把还完": 7,
    "催收老打电话烦死了": 6,
    "利息有点高啊": 5,
}


def article_story(desk: Desk) -> Story:
    """Dates are set, a better text is written and submitted, and an agent proposes a way of asking."""
    analyst, agent = desk.staff["analyst"], desk.staff["agent"]
    yield desk.ago(days=3)
    for slug, days in REVIEWS.items():
        day = clock.local_date(desk.now) + dt.timedelta(days=days)
        schedule_article(Article.objects.get(slug=slug), actor=analyst, owner=analyst, review_by=day)
    yield desk.ago(days=2)
    article = Article.objects.get(slug=REWRITTEN)
    text = text_in_work(article)
    better = text.summary.replace("写在借款合同和还款计划里", "在借款合同和 App 的还款计划里都能查到")
    text = dataclasses.replace(text, summary=better, variants=(*text.variants, "还款方式在哪看"))
    draft_article(article, actor=analyst, text=text, mark=mark_of(article), note="说明在哪里查")
    yield desk.ago(days=1)
    submit_article(article, actor=analyst)
    yield desk.ago(hours=5)
    proposed = Article.objects.get(slug=PROPOSED)
    text = text_in_work(proposed)
    text = dataclasses.replace(text, variants=(*text.variants, "逾期会通知家里人吗"))
    draft_article(proposed, actor=agent, text=text, mark=mark_of(proposed), note="客户常这样问")


def search_in_vain(desk: Desk) -> None:
    """Each time by somebody else."""
    dice = dice_for("search in vain")
    for place, (query, times) in enumerate(SEARCHES.items()):
        hits = search_articles(query)
        for time in range(times):
            with clock.at(desk.ago(days=1 + 2 * time, hours=place)):
                who = uuid.UUID(int=dice.getrandbits(128), version=4)
                log_search(actor=Guest(), query=query, language="zh-hans", hits=hits[:3], visitor=who)
