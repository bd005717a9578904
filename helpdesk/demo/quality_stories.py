"""What the quality team made of the year: alerts as they were raised, and actions with what came of them."""

import datetime as dt
from typing import Any

from helpdesk.core import clock
from helpdesk.demo.telling import Desk, Story
from quality import actions
from quality.models import ImprovementAction, TrendAlert
from quality.models.improvement import Kind
from quality.series import Dimension, Measure, Series
from quality.tasks import watch_series
from tickets.models import CorrectiveAction

NIGHT = dt.time(2, 10)
WATCHED = 16  # weeks in which the nightly job ran
WEEK = dt.timedelta(weeks=1)


def watch_story(desk: Desk) -> Story:
    """The nightly job, once a week, on Mondays: nothing changes in between."""
    today = clock.local_date(desk.now)
    monday = today - dt.timedelta(days=today.weekday()) - WATCHED * WEEK
    for week in range(WATCHED + 1):
        yield dt.datetime.combine(monday + week * WEEK, NIGHT, tzinfo=clock.business_zone())
        watch_series()


def improvement_stories(desk: Desk) -> list[Story]:
    return [
        _worked(desk),
        _cannot_tell(desk),
        _late(desk),
        _dropped(desk),
        _from_alert(desk),
    ]


def _csat(topic: str) -> Series:
    return Series(Measure.CSAT, Dimension.TOPIC, topic)


def _plan(desk: Desk, *, owner: str, days: int, **fields: Any) -> ImprovementAction:
    due_on = clock.today() + dt.timedelta(days=days)
    fields = {"description": "", **fields}
    return actions.plan_improvement(
        actor=desk.staff["analyst"], owner=desk.staff[owner], due_on=due_on, **fields
    )


def _worked(desk: Desk) -> Story:
    """Satisfaction with overdue matters was low all year, until this took effect nine weeks ago."""
    yield desk.ago(weeks=13)
    plan = _plan(
        desk,
        owner="supervisor",
        days=30,
        title="逾期来电先谈还款方案，再说催收",
        description="改外呼和在线话术：先听原因，给出延期和分期两个方案，再说明后果。",
        kind=Kind.PROCESS,
        series=_csat("overdue"),
    )
    yield desk.ago(weeks=12)
    actions.start_improvement(plan, actor=desk.staff["supervisor"])
    yield desk.ago(weeks=9)
    actions.complete_improvement(
        plan,
        actor=desk.staff["supervisor"],
        effective_on=clock.today(),
        note="新话术上线，全组培训两次，抽听三十通。",
    )
    yield desk.ago(weeks=2)
    actions.judge_improvement(plan, actor=desk.staff["analyst"], comment="满意度明显回升，话术保留。")


def _cannot_tell(desk: Desk) -> Story:
    yield desk.ago(weeks=12, days=2)
    plan = _plan(
        desk,
        owner="agent3",
        days=21,
        title="费用文章里加上逐期试算的例子",
        kind=Kind.ANSWER,
        series=_csat("fees"),
    )
    yield desk.ago(weeks=10)
    actions.complete_improvement(
        plan, actor=desk.staff["agent3"], effective_on=clock.today(), note="三篇文章都加了例子。"
    )
    yield desk.ago(weeks=1)
    actions.judge_improvement(
        plan, actor=desk.staff["analyst"], comment="评价还不够多，说不准有没有用；再看一个季度。"
    )


def _late(desk: Desk) -> Story:
    yield desk.ago(weeks=6)
    plan = _plan(
        desk,
        owner="supervisor2",
        days=35,
        title="结清证明改为网上自助开具",
        kind=Kind.PRODUCT,
        series=Series(Measure.VOLUME, Dimension.TOPIC, "application"),
    )
    yield desk.ago(weeks=5)
    actions.start_improvement(plan, actor=desk.staff["supervisor2"])


def _dropped(desk: Desk) -> Story:
    yield desk.ago(weeks=8)
    plan = _plan(
        desk,
        owner="supervisor",
        days=40,
        title="周末也开电话回访",
        kind=Kind.PROCESS,
        series=Series(Measure.OVERDUE),
    )
    yield desk.ago(weeks=7)
    actions.drop_improvement(plan, actor=desk.staff["supervisor"], reason="人手不够，先看聊天分流的效果。")


def _from_alert(desk: Desk) -> Story:
    """The newest alert leads to an action, which also takes up what single cases had to correct."""
    yield desk.ago(days=2)
    alert = TrendAlert.objects.filter(measure=Measure.CSAT, value="repayment").order_by("-pk")[0]
    plan = _plan(
        desk,
        owner="agent",
        days=20,
        title="扣款失败当天说明原因和下一步",
        description="扣款失败后两小时内发短信：原因、余额要求、下次扣款时间和不影响征信的截止日。",
        kind=Kind.PROCESS,
        series=alert.series,
        alert=alert,
    )
    for correction in CorrectiveAction.objects.filter(none_because="", ticket__topic="repayment")[:2]:
        actions.take_up_correction(plan, actor=desk.staff["analyst"], correction=correction)
    yield desk.ago(days=1)
    actions.start_improvement(plan, actor=desk.staff["agent"])
