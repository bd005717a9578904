"""Stories happen in order of time, each step at its own instant, and never ahead of now."""

import datetime as dt
import threading

from helpdesk.core import clock
from helpdesk.demo.telling import dice_for, in_hours, tell

NOON = dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def story(name: str, heard: list[tuple[str, int, dt.datetime]], *hours: int):
    for hour in hours:
        yield NOON + hour * HOUR
        heard.append((name, hour, clock.now()))


def test_steps_of_all_stories_happen_in_order_of_time():
    heard: list[tuple[str, int, dt.datetime]] = []
    tell([story("a", heard, 0, 3, 4), story("b", heard, 1, 2, 6)], now=NOON + 5 * HOUR)
    assert heard == [
        ("a", 0, NOON),
        ("b", 1, NOON + HOUR),
        ("b", 2, NOON + 2 * HOUR),
        ("a", 3, NOON + 3 * HOUR),
        ("a", 4, NOON + 4 * HOUR),
    ]


def test_a_step_never_happens_before_the_one_it_follows():
    heard: list[tuple[str, int, dt.datetime]] = []
    tell([story("a", heard, 3, 1)], now=NOON + 5 * HOUR)
    assert [at for _, _, at in heard] == [NOON + 3 * HOUR, NOON + 3 * HOUR]


def test_the_clock_goes_on_afterwards_and_elsewhere():
    elsewhere: list[dt.datetime] = []
    with clock.at(NOON):
        assert (clock.now(), f"{clock.today()}") == (NOON, "2026-11-20")
        with clock.at(NOON + HOUR):
            assert clock.now() == NOON + HOUR
        assert clock.now() == NOON
        thread = threading.Thread(target=lambda: elsewhere.append(clock.now()))
        thread.start()
        thread.join()
    assert elsewhere[0] != NOON
    assert clock.now() - elsewhere[0] < HOUR


def test_chance_is_the_same_every_time():
    assert dice_for("x").random() == dice_for("x").random()
    assert dice_for("x").random() != dice_for("y").random()


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=clock.business_zone())


def test_what_falls_into_the_night_waits_for_the_morning():
    assert in_hours(local("2026-11-20T12:00")) == local("2026-11-20T12:00")
    assert in_hours(local("2026-11-20T23:10")) == local("2026-11-21T08:50")
    assert in_hours(local("2026-11-21T02:05")) == local("2026-11-21T08:40")
