"""Six weeks of quality reviews: samples, scores by one or two people, some that differ, three appeals."""

import datetime as dt
from random import Random

from django.db.models import QuerySet

from helpdesk.core import clock
from helpdesk.core.models import User
from helpdesk.demo.telling import Desk, Story, dice_for
from quality import actions
from quality.models import Review
from quality.permissions import decides_appeal, scores_review
from quality.scorecard import Answer
from quality.states import ReviewState

WEEKS = 6
OPENS, PACE = dt.time(9, 40), dt.timedelta(minutes=25)
REVIEWERS = ("analyst", "supervisor", "supervisor2")
LEFT_OPEN = {2: 2, 1: 6}  # weeks ago → how many nobody has scored yet
SLIPS = {
    "contact": "客户等了很久才有人回，中间没有说要等多久。",
    "cause": "没有问清为什么扣款失败，只让客户再试一次。",
    "answer": "客户问了两件事，只答了一件。",
    "clear": "没有写明金额和下一次扣款的日期。",
    "tone": "有一句“您自己看合同”，不够耐心。",
    "record": "记录太短，接手的人要重新问一遍。",
}
CRITICAL = {
    "identity": "没有核对身份就说了账户余额。",
    "pressure": "说了“今天不还就上门”，这是施压。",
}


def review_story(desk: Desk) -> Story:
    """Each Monday the week before is drawn, and scored one after the other."""
    dice, critical = dice_for("reviews"), iter(CRITICAL)
    today = clock.local_date(desk.now)
    for ago in range(WEEKS, 0, -1):
        monday = today - dt.timedelta(days=today.weekday(), weeks=ago)
        drawn = dt.datetime.combine(monday + dt.timedelta(days=7), OPENS, tzinfo=clock.business_zone())
        yield drawn
        sample = actions.draw_sample(
            actor=desk.staff["analyst"], week=monday, per_agent=2, percent_twice=30, seed=f"{monday:%G-W%V}"
        )
        rows = list(sample.reviews.order_by("-twice", "pk"))
        bad = next(critical, "") if ago in (4, 3) else ""
        for place, row in enumerate(rows[: len(rows) - LEFT_OPEN.get(ago, 0)]):
            yield drawn + (place + 1) * PACE
            _score(desk, row, dice, bad if place == len(rows) - 1 else "")
        if ago == 1:
            _draft(desk, rows[-1])
        if ago == 2:
            yield drawn + dt.timedelta(days=1)
            _appeal(sample.reviews.filter(state=ReviewState.DONE, score__gt=0, score__lt=1))


def appeal_story(desk: Desk) -> Story:
    """Of the two critical failures one is taken back and one stands."""
    for code, wait in (("identity", 19), ("pressure", 12)):
        yield desk.ago(days=wait)
        for row in Review.objects.filter(failed=True, appeal=None, **{f"answers__{code}": Answer.NO})[:1]:
            actions.appeal_review(row, actor=row.agent, reason="当时已经按要求处理，请再看一遍记录。")
            decider = next(user for user in _reviewers(desk, row) if decides_appeal(user, row))
            granted = code == "identity"
            answers = row.answers | ({code: Answer.YES} if granted else {})
            reason = "记录开头已核对过证件后四位，改判。" if granted else "记录里确有这句话，维持原评。"
            actions.decide_appeal(row, actor=decider, answers=answers, reason=reason)


def _appeal(done: QuerySet[Review]) -> None:
    """One that nobody has decided yet."""
    for row in done.order_by("score", "pk")[:1]:
        actions.appeal_review(row, actor=row.agent, reason="金额和日期在上一条消息里已经写了，请合起来看。")


def _reviewers(desk: Desk, row: Review) -> list[User]:
    """Those who may score it, whoever's turn it is first."""
    turn = row.pk % len(REVIEWERS)
    people = [desk.staff[name] for name in REVIEWERS[turn:] + REVIEWERS[:turn]]
    return [user for user in people if scores_review(user, row)]


def _score(desk: Desk, row: Review, dice: Random, bad: str) -> None:
    answers = _answers(row, dice, bad)
    people = _reviewers(desk, row)
    for nth, reviewer in enumerate(people[: 2 if row.twice else 1]):
        seen = answers | (_second_look(answers, dice) if nth else {})
        slips = [(SLIPS | CRITICAL)[code] for code, answer in seen.items() if answer == Answer.NO]
        actions.score_review(row, actor=reviewer, answers=seen, comment="".join(slips) or "处理得好。")
    row.refresh_from_db()
    if row.state == ReviewState.DIFFERING:
        reason = "一起重看了记录，以第一次评分为准。"
        actions.settle_review(row, actor=people[-1], answers=answers, reason=reason)


def _answers(row: Review, dice: Random, bad: str) -> dict[str, str]:
    """The repayment team explains too little: what customers of it have been unhappy about."""
    weak = row.agent.username == "agent4"
    chance = {"clear": 0.5, "cause": 0.4} if weak else {"contact": 0.15, "record": 0.15}
    given = {
        item.code: Answer.NO if dice.random() < chance.get(item.code, 0.04) else Answer.YES
        for item in row.items
    }
    given |= {
        "identity": Answer.YES,
        "red_flags": Answer.YES,
        "pressure": dice.choice((Answer.YES, Answer.NA)),
    }
    return {code: str(Answer.NO if code == bad else answer) for code, answer in given.items()}


def _second_look(answers: dict[str, str], dice: Random) -> dict[str, str]:
    """Where the second reviewer sees it otherwise: an item here and there."""
    other = {Answer.YES: Answer.NO, Answer.NO: Answer.YES}
    return {
        code: str(other[Answer(answer)])
        for code, answer in answers.items()
        if code in SLIPS and dice.random() < 0.06
    }


def _draft(desk: Desk, row: Review) -> None:
    for reviewer in _reviewers(desk, row)[:1]:
        answers = {"identity": str(Answer.YES), "contact": str(Answer.YES)}
        actions.draft_scoring(row, actor=reviewer, answers=answers, comment="先看到这里。")
