"""The sample: the same from the same seed, fair to both kinds of work, and whole where there is little."""

import random
from collections import Counter

import pytest

from quality.sampling import Work, allotted, drawn, in_order, scored_twice


def week(agents: int = 3, cases: int = 12, chats: int = 30) -> list[Work]:
    return [Work(a, "ticket", f"C-{a}-{n}") for a in range(agents) for n in range(cases)] + [
        Work(a, "chat", f"{a}-{n}") for a in range(agents) for n in range(chats)
    ]


def test_the_same_week_and_seed_give_the_same_sample_in_whatever_order_it_is_read():
    work = week()
    shuffled = random.Random(1).sample(work, len(work))  # no secret
    assert drawn(work, 5, "a") == drawn(shuffled, 5, "a")
    assert scored_twice(drawn(work, 5, "a"), 20, "a") == scored_twice(drawn(shuffled, 5, "a"), 20, "a")
    assert set(drawn(work, 5, "a")) != set(drawn(work, 5, "b"))


def test_what_others_did_moves_nobody_elses_sample():
    own = [one for one in drawn(week(), 5, "a") if one.agent == 0]
    assert own == drawn(week(agents=1), 5, "a")


@pytest.mark.parametrize(
    ("cases", "chats", "places", "got"),
    [
        (10, 10, 4, {"ticket": 2, "chat": 2}),
        (1, 99, 4, {"ticket": 1, "chat": 3}),  # the small kind is not lost
        (30, 10, 4, {"ticket": 3, "chat": 1}),
        (3, 9, 1, {"ticket": 0, "chat": 1}),
        (1, 2, 5, {"ticket": 1, "chat": 2}),  # less than asked for: all
        (0, 6, 3, {"ticket": 0, "chat": 3}),
        (0, 0, 3, {"ticket": 0, "chat": 0}),
    ],
)
def test_places_are_divided_over_cases_and_chats(cases, chats, places, got):
    assert allotted({"ticket": cases, "chat": chats}, places) == got


def test_everybody_gets_as_many_and_whoever_has_less_gives_all():
    work = [*week(agents=2), Work(7, "chat", "only")]
    found = drawn(work, 4, "s")
    assert Counter(one.agent for one in found) == {0: 4, 1: 4, 7: 1}
    assert len(set(found)) == len(found)
    for agent in (0, 1):
        assert {one.stratum for one in found if one.agent == agent} == {"ticket", "chat"}


def test_every_piece_has_the_same_chance():
    """Of 20 chats 5 are drawn: over 2,000 seeds each is about 500 times among them (within 5 σ)."""
    work = [Work(1, "chat", str(n)) for n in range(20)]
    often = Counter(one.key for seed in range(2_000) for one in drawn(work, 5, str(seed)))
    spread = (2_000 * 0.25 * 0.75) ** 0.5
    assert len(often) == 20
    assert max(abs(count - 500) for count in often.values()) < 5 * spread


@pytest.mark.parametrize(("percent", "many"), [(0, 0), (1, 1), (20, 2), (21, 3), (100, 10)])
def test_the_share_scored_twice_is_rounded_up(percent, many):
    assert len(scored_twice(in_order(week(1, 0, 10), "s"), percent, "s")) == many
