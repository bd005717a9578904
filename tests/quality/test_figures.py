"""What may be read from two tallies."""

import datetime as dt

import pytest

from helpdesk.core.models import Topic
from quality.figures import Change, Tally, TopicRow, Verdict, Week, by_fall


def tally(satisfied, answers):
    return Tally(answers=answers, satisfied=satisfied, points=answers * 3)


@pytest.mark.parametrize(
    ("now", "before", "verdict"),
    [
        ((40, 100), (70, 100), Verdict.WORSE),
        ((70, 100), (40, 100), Verdict.BETTER),
        ((68, 100), (70, 100), Verdict.UNCLEAR),
        ((0, 9), (100, 100), Verdict.UNCLEAR),  # clear by its interval, but fewer than ten answers
        ((0, 10), (100, 100), Verdict.WORSE),
        ((0, 0), (70, 100), Verdict.NONE),
        ((70, 100), (0, 0), Verdict.NONE),
    ],
)
def test_verdict_needs_an_interval_without_zero_and_ten_answers(now, before, verdict):
    assert Change(tally(*now), tally(*before)).verdict == verdict


def test_a_tally_without_answers_is_a_gap():
    empty = Tally(volume=5)
    assert (empty.csat, empty.interval, empty.mean) == (None, None, None)


def test_sure_falls_come_first_the_deepest_on_top():
    def row(topic, now, before):
        return TopicRow(topic, [], Change(tally(*now), tally(*before)))

    rows = [
        row(Topic.OTHER, (0, 0), (0, 0)),
        row(Topic.FEES, (90, 100), (40, 100)),
        row(Topic.PRIVACY, (0, 5), (5, 5)),
        row(Topic.SECURITY, (0, 1), (2, 2)),
        row(Topic.OVERDUE, (50, 100), (80, 100)),
        row(Topic.REPAYMENT, (30, 100), (80, 100)),
    ]
    assert [row.topic for row in sorted(rows, key=by_fall)] == [
        Topic.REPAYMENT,
        Topic.OVERDUE,
        Topic.PRIVACY,
        Topic.FEES,
        Topic.SECURITY,
        Topic.OTHER,
    ]


@pytest.mark.parametrize(
    ("monday", "label"),
    [
        (dt.date(2024, 12, 30), "2025-W01"),
        (dt.date(2026, 12, 28), "2026-W53"),
        (dt.date(2027, 1, 4), "2027-W01"),
    ],
)
def test_week_carries_the_iso_year(monday, label):
    assert Week(monday, monday + dt.timedelta(days=6)).label == label
