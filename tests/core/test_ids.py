"""Ids that sort by time."""

import uuid

import time_machine

from helpdesk.core.ids import new_id


def test_an_id_is_of_version_7_and_later_ones_come_after():
    made = []
    for second in range(50):
        with time_machine.travel(1_800_000_000 + second, tick=False):
            made.append(new_id())
    assert made == sorted(made)
    assert {(one.version, one.variant) for one in made} == {(7, uuid.RFC_4122)}
    assert made[0].int >> 80 == 1_800_000_000_000


def test_ids_of_one_moment_differ():
    with time_machine.travel(1_800_000_000, tick=False):
        assert len({new_id() for _ in range(10_000)}) == 10_000
