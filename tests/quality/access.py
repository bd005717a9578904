import datetime as dt

from helpdesk.core import clock
from quality import actions
from quality.models import Review, ReviewSample, TrendAlert
from quality.scorecard import SHIPPED
from tests.access import Row
from tests.quality.rows import alert, answered, planned, sampled

READERS = "302 403 403 200 200 200"
ACCESS: list[Row] = [
    Row("quality:trends", READERS),
    Row("quality:trends", "302 403 403 400 400 400", data={"topic": "nothing"}, label="unknown topic"),
    Row("quality:trends", "302 405 405 405 405 405", method="POST"),
    Row("quality:cases", READERS),
    Row("quality:cases", READERS, data={"what": "volume"}, label="volume"),
    Row("quality:cases", "302 403 403 400 400 400", data={"since": "2026-13-01"}, label="no date"),
    Row("quality:searches", READERS),
    Row("quality:searches", "302 403 403 400 400 400", data={"weeks": "7"}, label="unknown period"),
    Row("quality:export_searches", READERS),
    Row("quality:export_searches", READERS, data={"table": "questions"}, label="questions"),
    Row("quality:export_searches", "302 403 403 404 404 404", data={"table": "weeks"}, label="other table"),
    Row("quality:export_searches", READERS, "POST", data={"reason": "补写答案"}),
    Row("quality:export_searches", "302 403 403 400 400 400", "POST", label="no reason"),
    Row("quality:export", READERS),
    Row("quality:export", READERS, data={"table": "feedback"}, label="feedback"),
    Row("quality:export", "302 403 403 404 404 404", data={"table": "people"}, label="unknown table"),
    Row("quality:export", READERS, "POST", data={"reason": "质检会"}),
    Row("quality:export", "302 403 403 400 400 400", "POST", label="no reason"),
]


def improvement(cast):
    return {"pk": planned(cast).pk}


def under_way(cast):
    return {"pk": actions.start_improvement(planned(cast), actor=cast.agent).pk}


def done(cast):
    on = clock.today() - dt.timedelta(weeks=6)
    made = actions.complete_improvement(planned(cast), actor=cast.agent, effective_on=on, note="上线")
    return {"pk": made.pk}


def an_alert(cast):
    TrendAlert.objects.all().delete()
    return {"pk": alert().pk}


def dismissed(cast):
    TrendAlert.objects.all().delete()
    return {"pk": actions.dismiss_trend_alert(alert(), actor=cast.analyst, reason="节日").pk}


def absent(cast):
    return {"pk": 1_000_000}


PLAN = {"title": "改短信", "kind": "process", "series": "csat:topic:repayment", "due_on": "2099-01-01"}
PAIR = {"correction": "1000000", "improvement": "1000000"}
LATE = {"series": "overdue:all:", "since": "2026-11-02", "until": "2026-11-08", "late": "on"}
WORKS = "302 403 302 302 302 403"  # the agent owns it
PLANS = "302 403 403 302 302 403"
OPENED = "302 403 302 302 302 302"
OPENED_BY_PLANNERS = "302 403 403 302 302 403"
READS = "302 403 200 200 200 200"
ABSENT = "302 403 404 404 404 404"
ABSENT_TO_PLANNERS = "302 403 403 404 404 403"
ACCESS += [
    Row("quality:series", "302 403 403 404 404 404", label="none chosen"),
    Row("quality:series", READERS, data={"series": "csat:topic:repayment"}),
    Row("quality:series", "302 403 403 400 400 400", data={"series": "csat:cause:pricing"}, label="no such"),
    Row("quality:series_cases", READERS, data=LATE),
    Row(
        "quality:series_cases",
        "302 403 403 404 404 404",
        data=LATE | {"series": "csat:all:"},
        label="no",
    ),
    Row("quality:trend_alerts", READERS),
    Row("quality:trend_alerts", "302 403 403 400 400 400", data={"state": "nothing"}, label="unknown state"),
    Row("quality:trend_alert", READERS, kwargs=an_alert, label="own"),
    Row("quality:trend_alert", "302 403 403 404 404 404", kwargs=absent, label="absent"),
    Row(
        "quality:dismiss_trend_alert",
        PLANS,
        method="POST",
        kwargs=an_alert,
        data={"reason": "节日"},
        label="own",
    ),
    Row("quality:dismiss_trend_alert", ABSENT_TO_PLANNERS, method="POST", kwargs=absent, label="absent"),
    Row("quality:dismiss_trend_alert", OPENED_BY_PLANNERS, kwargs=an_alert),
    Row("quality:recall_trend_alert", PLANS, method="POST", kwargs=dismissed, label="own"),
    Row("quality:recall_trend_alert", ABSENT_TO_PLANNERS, method="POST", kwargs=absent, label="absent"),
    Row("quality:improvements", READS),
    Row("quality:improvements", "302 403 400 400 400 400", data={"state": "nothing"}, label="unknown state"),
    Row("quality:export_improvements", READS),
    Row("quality:export_improvements", READS, "POST", data={"reason": "复盘"}),
    Row("quality:export_improvements", "302 403 400 400 400 400", "POST", label="no reason"),
    Row("quality:plan_improvement", "302 403 403 200 200 403"),
    Row("quality:plan_improvement", ABSENT_TO_PLANNERS, data={"alert": "1000000"}, label="absent alert"),
    Row("quality:plan_improvement", "302 403 403 400 400 403", method="POST", data=PLAN, label="no owner"),
    Row("quality:improvement", READS, kwargs=improvement, label="own"),
    Row("quality:improvement", ABSENT, kwargs=absent, label="absent"),
    Row("quality:edit_improvement", "302 403 403 200 200 403", kwargs=improvement, label="own"),
    Row("quality:edit_improvement", ABSENT_TO_PLANNERS, kwargs=absent, label="absent"),
    Row("quality:start_improvement", WORKS, method="POST", kwargs=improvement, label="own"),
    Row("quality:start_improvement", ABSENT, method="POST", kwargs=absent, label="absent"),
    Row("quality:start_improvement", OPENED, kwargs=improvement),
    Row(
        "quality:complete_improvement",
        WORKS,
        method="POST",
        kwargs=under_way,
        data={"effective_on": "2026-01-05", "note": "上线"},
        label="own",
    ),
    Row("quality:complete_improvement", ABSENT, method="POST", kwargs=absent, label="absent"),
    Row("quality:complete_improvement", OPENED, kwargs=under_way),
    Row(
        "quality:judge_improvement",
        PLANS,
        method="POST",
        kwargs=done,
        data={"comment": "保留"},
        label="own",
    ),
    Row("quality:judge_improvement", ABSENT_TO_PLANNERS, method="POST", kwargs=absent, label="absent"),
    Row("quality:judge_improvement", OPENED_BY_PLANNERS, kwargs=done),
    Row(
        "quality:drop_improvement",
        PLANS,
        method="POST",
        kwargs=improvement,
        data={"reason": "不做"},
        label="own",
    ),
    Row("quality:drop_improvement", ABSENT_TO_PLANNERS, method="POST", kwargs=absent, label="absent"),
    Row("quality:drop_improvement", OPENED_BY_PLANNERS, kwargs=improvement),
    Row("quality:step_back_improvement", WORKS, method="POST", kwargs=under_way, label="own"),
    Row("quality:step_back_improvement", ABSENT, method="POST", kwargs=absent, label="absent"),
    Row("quality:step_back_improvement", OPENED, kwargs=under_way),
    Row("quality:corrections", "302 403 403 200 200 403"),
    Row("quality:corrections", "302 403 403 400 400 403", data={"shown": "nothing"}, label="unknown"),
    Row("quality:take_up_correction", ABSENT_TO_PLANNERS, method="POST", data=PAIR, label="absent"),
    Row("quality:release_correction", ABSENT_TO_PLANNERS, method="POST", data=PAIR, label="absent"),
]


# --- Reviews -----------------------------------------------------------------------------------
def drawn(cast) -> Review:
    """One that waits for a score; of ``cast.agent``, and anew for every role."""
    ReviewSample.objects.all().delete()
    (row,) = sampled(cast)
    return row


def a_review(cast):
    return {"pk": drawn(cast).pk}


def a_sample(cast):
    return {"pk": drawn(cast).sample_id}


def scored(cast):
    row = drawn(cast)
    by = cast.supervisor
    return {"pk": actions.score_review(row, actor=by, answers=answered(row), comment="好").pk}


def appealed(cast):
    found = scored(cast)
    actions.appeal_review(Review.objects.get(**found), actor=cast.agent, reason="不同意")
    return found


ITEMS = {f"item_{item.code}": "yes" for item in SHIPPED}
WORDS = {"reason": "看过记录", "comment": "好"}
ACCESS += [
    Row("quality:reviews", READS),
    Row("quality:reviews", "302 403 400 400 400 400", data={"shown": "nothing"}, label="unknown"),
    Row("quality:draw_sample", "302 403 403 200 200 403"),
    Row("quality:draw_sample", "302 403 403 400 400 403", method="POST", label="nothing chosen"),
    Row("quality:review_sample", READERS, kwargs=a_sample, label="own"),
    Row("quality:review_sample", "302 403 403 404 404 404", kwargs=absent, label="absent"),
    Row("quality:review_results", READERS),
    Row("quality:review_results", "302 403 403 400 400 400", data={"weeks": "7"}, label="unknown period"),
    Row("quality:export_reviews", READERS),
    Row("quality:export_reviews", READERS, "POST", data={"reason": "质检会"}),
    Row("quality:export_reviews", "302 403 403 400 400 400", "POST", label="no reason"),
    Row("quality:scorecard", READERS),
    Row("quality:edit_scorecard", "302 403 403 403 200 200"),
    Row("quality:edit_scorecard", "302 403 403 403 400 400", method="POST", label="nothing"),
    Row("quality:review", "302 403 404 200 200 200", kwargs=a_review, label="not done"),
    Row("quality:review", READS, kwargs=scored, label="own"),
    Row("quality:review", ABSENT, kwargs=absent, label="absent"),
    Row(
        "quality:score_review",
        "302 403 403 302 302 403",
        method="POST",
        kwargs=a_review,
        data=ITEMS | WORDS,
        label="own",
    ),
    Row("quality:score_review", "302 403 403 404 404 404", method="POST", kwargs=absent, label="absent"),
    Row("quality:score_review", "302 403 403 302 302 302", kwargs=a_review),
    Row(
        "quality:settle_review",
        "302 403 403 409 409 403",
        method="POST",
        kwargs=a_review,
        data=ITEMS | WORDS,
        label="own",
    ),
    Row("quality:settle_review", "302 403 403 404 404 404", method="POST", kwargs=absent, label="absent"),
    Row("quality:settle_review", "302 403 403 302 302 302", kwargs=a_review),
    Row(
        "quality:appeal_review",
        "302 403 302 403 403 403",
        method="POST",
        kwargs=scored,
        data=WORDS,
        label="own",
    ),
    Row("quality:appeal_review", ABSENT, method="POST", kwargs=absent, label="absent"),
    Row("quality:appeal_review", "302 403 302 302 302 302", kwargs=scored),
    Row(
        "quality:decide_appeal",
        "302 403 403 409 302 302",  # the supervisor has scored it
        method="POST",
        kwargs=appealed,
        data=ITEMS | WORDS,
        label="own",
    ),
    Row("quality:decide_appeal", "302 403 403 404 404 404", method="POST", kwargs=absent, label="absent"),
    Row("quality:decide_appeal", "302 403 403 302 302 302", kwargs=appealed),
]
