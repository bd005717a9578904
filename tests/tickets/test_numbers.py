"""Case numbers and tracking codes."""

import datetime as dt
import math
import time

import pytest
import time_machine
from django.db import transaction

from helpdesk.core.models import AuditEntry
from tests.tickets.factories import make_ticket
from tickets import actions, numbers, throttle
from tickets.models import NumberSeries, Ticket
from tickets.queries import ticket_by_code


@pytest.mark.django_db
def test_numbers_count_up_in_the_year_of_the_business_zone(cast):
    with time_machine.travel(dt.datetime(2026, 12, 31, 15, 59, tzinfo=dt.UTC), tick=False) as clock:
        first, second = make_ticket(cast).number, make_ticket(cast).number
        clock.shift(dt.timedelta(minutes=1))  # midnight in Shanghai
        third = make_ticket(cast).number
    assert [first, second, third] == ["C-2026-000001", "C-2026-000002", "C-2027-000001"]


@pytest.mark.django_db
def test_a_rollback_gives_the_number_back(cast):
    make_ticket(cast)
    with transaction.atomic():
        make_ticket(cast)
        transaction.set_rollback(True)
    number = make_ticket(cast).number
    assert number.endswith("-000002")
    assert NumberSeries.objects.get().last == 2


def test_a_code_has_at_least_128_random_bits():
    assert len(set(numbers.ALPHABET)) == 32
    assert numbers.CODE_LENGTH * math.log2(32) == 140
    codes = {numbers.new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert {len(code.replace("-", "")) for code in codes} == {28}
    assert set("".join(codes)) == {*numbers.ALPHABET, "-"}


@pytest.mark.parametrize(
    "typed",
    [
        "ABCD-EFGH-JKMN-PQRS-TVWX-YZ01-2345",
        "abcdefghjkmnpqrstvwxyz012345",
        " abcd efgh jkmn pqrs tvwx yzoi 2345 ",  # O and I are read as 0 and 1
        "ＡＢＣＤ－ＥＦＧＨ－ＪＫＭＮ－ＰＱＲＳ－ＴＶＷＸ－ＹＺ０１－２３４５",
    ],
)
def test_a_code_may_be_typed_in_many_ways(typed):
    assert numbers.normalise_code(typed) == "ABCDEFGHJKMNPQRSTVWXYZ012345"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("C-2026-000123", "C-2026-000123"),
        ("c2026000123", "C-2026-000123"),
        ("Ｃ－２０２６－０００１２３", "C-2026-000123"),
        ("2026-123", "C-2026-000123"),
        ("C-2026-1234567", "C-2026-1234567"),
        ("", ""),
        ("\0", ""),
        ("X-2026-1", ""),
        (["C-2026-000123"], ""),
        (None, ""),
    ],
)
def test_a_number_may_be_typed_in_many_ways(typed, number):
    assert numbers.normalise_number(typed) == number


@pytest.mark.django_db
def test_ticket_by_code_opens_with_both(cast):
    ticket = make_ticket(cast)
    assert ticket_by_code(ticket.number, ticket.tracking_code) == ticket
    stored = Ticket.objects.get(pk=ticket.pk)
    assert stored.tracking_code == ""
    assert ticket.tracking_code not in stored.tracking_hash
    assert len(stored.tracking_hash) == 64


@pytest.mark.django_db
@pytest.mark.parametrize(
    "code", ["", None, [], ["x"], {}, 0, "\0", "x" * 20_000, "\ud800", "0000-0000-0000-0000-0000-0000-0000"]
)
def test_ticket_by_code_refuses_the_same_way(code, cast, django_assert_num_queries):
    number = make_ticket(cast).number
    for asked in (number, "C-2026-999999", "", None, ["a"], "\0", "\ud800"):
        with django_assert_num_queries(1):
            assert ticket_by_code(asked, code) is None


def test_the_empty_code_matches_nothing():
    assert not numbers.code_matches("", numbers.hash_code(""))


@pytest.mark.django_db
def test_the_code_of_another_case_does_not_open_it(cast):
    first, second = make_ticket(cast), make_ticket(cast)
    assert ticket_by_code(first.number, second.tracking_code) is None


@pytest.mark.django_db
def test_renew_tracking_code_ends_the_old_one(cast):
    ticket = make_ticket(cast)
    code = actions.renew_tracking_code(ticket, actor=cast.customer)
    assert ticket_by_code(ticket.number, ticket.tracking_code) is None
    assert ticket_by_code(ticket.number, code) == ticket
    trail = "".join(f"{entry.verb} {entry.data}" for entry in AuditEntry.objects.all())
    assert code not in trail
    assert ticket.tracking_code not in trail


def test_guesses_are_bounded_for_an_address_whatever_the_numbers():
    allowed = [throttle.allow_guess(f"C-2026-{n:06d}", "192.0.2.1") for n in range(30)]
    assert allowed == [True] * throttle.PER_ADDRESS + [False] * 10
    assert throttle.allow_guess("C-2026-000001", "192.0.2.2")


def test_guesses_are_bounded_for_a_number_wherever_they_come_from():
    allowed = [throttle.allow_guess("c-2026-1", f"192.0.2.{n}") for n in range(30)]
    assert allowed == [True] * throttle.PER_NUMBER + [False] * 10
    assert not throttle.allow_guess("C-2026-000001", "198.51.100.1")
    assert throttle.allow_guess("C-2026-000002", "198.51.100.1")


def test_guesses_are_allowed_again_after_the_period(monkeypatch):
    monkeypatch.setattr(throttle, "PERIOD", 1)
    for _ in range(throttle.PER_ADDRESS + 1):
        last = throttle.allow_guess("C-2026-000001", "192.0.2.1")
    assert last is False
    time.sleep(1.2)  # the cache has a clock of its own
    assert throttle.allow_guess("C-2026-000001", "192.0.2.1")


@pytest.mark.parametrize("odd", [None, ["x"], "\0", "\ud800", "x" * 10_000])
def test_odd_numbers_are_counted_too(odd):
    assert throttle.allow_guess(odd, "192.0.2.1") is True
