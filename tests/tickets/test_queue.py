"""The queue: what it shows, in pages by key, and what it is found by."""

import datetime as dt
import re

import pytest
import time_machine
from django.db import connection

from helpdesk.core.keyset import read_cursor
from helpdesk.core.models import Role, User
from tests.tickets.factories import make_ticket
from tickets import actions
from tickets.models import Ticket
from tickets.queries import tickets_visible_to
from tickets.queue import TABS, QueueFilter, branches, queue_counts, queue_page
from tickets.search import SearchRow, Whole, few


@pytest.fixture
def desk(cast):
    """Six cases received on different days; the third of March is today."""
    made = {}
    with time_machine.travel(dt.datetime(2026, 3, 3, 4, tzinfo=dt.UTC), tick=False) as traveller:

        def on(day: str, name: str, state: str = "received", **fields) -> None:
            traveller.move_to(dt.datetime.fromisoformat(f"{day}T04:00:00+00:00"))
            made[name] = make_ticket(cast, state, **fields)

        on("2026-02-20", "late", "assigned", narrative="额度 100% 被冻结")
        on("2026-02-10", "overdue", topic="fees")
        on("2026-03-01", "fresh", kind="enquiry", request="请说明利率")
        on("2026-02-21", "major", "investigating", severity="major")
        on("2026-02-15", "done", "resolved")
        on("2026-02-16", "waiting", "awaiting_customer")
        traveller.move_to(dt.datetime(2026, 3, 3, 4, tzinfo=dt.UTC))
        yield made


def found_by(actor, wanted):
    return [row.number for row in queue_page(actor, wanted).rows]


QUEUES = [
    (QueueFilter(), "overdue waiting late fresh major"),
    (QueueFilter(state="any"), "overdue done waiting late fresh major"),
    (QueueFilter(state="resolved"), "done"),
    (QueueFilter(scope="mine"), "waiting late major"),
    (QueueFilter(scope="team"), "waiting late major"),
    (QueueFilter(scope="unassigned"), "overdue fresh"),
    (QueueFilter(scope="nonsense"), ""),
    (QueueFilter(state="nonsense"), ""),
    (QueueFilter(topic="fees"), "overdue"),
    (QueueFilter(kind="enquiry"), "fresh"),
    (QueueFilter(severity="major"), "major"),
    (QueueFilter(overdue=True), "overdue"),
    (QueueFilter(overdue=True, state="any"), "overdue"),
    (QueueFilter(text="利率"), "fresh"),
    (QueueFilter(text="100%"), "late"),
    (QueueFilter(text="%"), ""),
    (QueueFilter(text="\0"), "overdue waiting late fresh major"),
    (QueueFilter(text="没有这样的字"), ""),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("wanted", "names"), QUEUES)
def test_queue(wanted, names, desk, cast):
    assert found_by(cast.agent, wanted) == [desk[name].number for name in names.split()]


@pytest.mark.django_db
def test_queue_finds_a_number(desk, cast):
    wanted = QueueFilter(text=desk["late"].number.lower())
    assert found_by(cast.agent, wanted) == [desk["late"].number]


def shown(counts):
    return {name: count.number for name, count in counts.items()}


@pytest.mark.django_db
def test_queue_counts(desk, cast, django_assert_num_queries):
    with django_assert_num_queries(1):
        counts = shown(queue_counts(cast.agent))
    assert counts == {
        "all": 5,
        "mine": 3,
        "team": 3,
        "unassigned": 2,
        "overdue": 1,
    }
    assert shown(queue_counts(cast.other_agent)) | {"all": 2, "team": 0} == {
        "all": 2,
        "mine": 0,
        "team": 0,
        "unassigned": 2,
        "overdue": 1,
    }


@pytest.mark.django_db
def test_a_long_queue_is_not_counted_to_the_end_and_what_words_find_even_less(
    desk, cast, client_of, monkeypatch
):
    monkeypatch.setattr("tickets.queue.FOUND_COUNTED", 1)
    found = queue_counts(cast.supervisor, QueueFilter(text="利率"))["found"]
    assert (str(found), found.is_more) == ("1", False)
    words = {"text": desk["late"].narrative[:2], "state": "any"}
    make_ticket(cast, narrative=f"{words['text']}也是")
    found = queue_counts(cast.supervisor, QueueFilter(**words))["found"]
    assert (str(found), found.is_more) == ("1+", True)
    assert "超过 1 件" in client_of("supervisor").get("/tickets/queue/", words).content.decode()
    assert str(queue_counts(cast.supervisor, QueueFilter())["found"]) == "6"


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [3, 30])
def test_a_queue_page_costs_one_query(rows, cast, django_assert_num_queries):
    for _ in range(rows):
        make_ticket(cast, "assigned") if rows == 3 else make_ticket(cast)
    with django_assert_num_queries(1):
        page = [(t.number, t.assignee, t.team, t.complainant) for t in queue_page(cast.agent).rows]
    assert len(page) == rows


# --- Pages by key --------------------------------------------------------------------------------
def walk(actor, wanted, size):
    """Every page from the first to the last, and back again."""
    forth, cursor = [], ""
    while True:
        page = queue_page(actor, wanted, read_cursor(cursor), size)
        forth.append([ticket.pk for ticket in page.rows])
        if not page.next:
            break
        cursor = page.next
    back = [forth[-1]]
    while page.previous:
        page = queue_page(actor, wanted, read_cursor(page.previous), size)
        back.append([ticket.pk for ticket in page.rows])
    return forth, back[::-1]


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["agent", "supervisor"])
@pytest.mark.parametrize("size", [1, 2, 5, 6, 30])
@pytest.mark.parametrize(("text", "few"), [("", 1000), ("单位", 1000), ("单位", 1)])
def test_pages_show_every_case_once_in_order_both_ways(text, few, size, role, desk, cast, monkeypatch):
    monkeypatch.setattr("tickets.search.FEW", few)  # more than that is read along the index of words
    wanted = QueueFilter(state="any", text=text)  # one a request: it remembers what its words found
    whole = [ticket.pk for ticket in queue_page(cast.by_role(role), wanted, size=100).rows]
    assert wanted.is_common == (few == 1)
    if text:
        assert whole == sorted(whole, reverse=True)
    forth, back = walk(cast.by_role(role), wanted, size)
    assert forth == [whole[n : n + size] for n in range(0, len(whole), size)]
    assert back == forth


@pytest.mark.django_db
def test_a_case_that_arrives_meanwhile_shifts_nothing(desk, cast):
    wanted = QueueFilter(state="any")
    first = queue_page(cast.agent, wanted, size=2)
    second = [ticket.pk for ticket in queue_page(cast.agent, wanted, read_cursor(first.next), 2).rows]
    with time_machine.travel(dt.datetime(2026, 1, 3, 4, tzinfo=dt.UTC), tick=False):
        make_ticket(cast)
    assert [t.pk for t in queue_page(cast.agent, wanted, read_cursor(first.next), 2).rows] == second


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "x", "2026-13-01_4", "4_2026-01-01", "1_2_3", "²", "9" * 40, "before_"])
def test_a_cursor_that_is_none_starts_from_the_beginning(text, desk, cast):
    assert queue_page(cast.agent, None, read_cursor(text)) == queue_page(cast.agent)


@pytest.mark.django_db
def test_branches_are_what_an_actor_may_see_each_case_once(desk, cast):
    make_ticket(cast, actor=cast.other_customer)
    own = make_ticket(cast, "assigned")
    actions.reassign_ticket(own, actor=cast.supervisor, assignee=cast.supervisor, no_conflict=True)
    teamless = User.objects.create_user("teamless", name="无组", role=Role.AGENT)
    for actor in [cast.by_role(role) for role in ("customer", "agent", "other_agent", "analyst")] + [
        teamless
    ]:
        seen = [
            pk
            for branch in branches(actor)
            for pk in Ticket.objects.filter(branch).values_list("pk", flat=True)
        ]
        assert sorted(seen) == sorted(tickets_visible_to(actor).values_list("pk", flat=True))


@pytest.mark.django_db
def test_every_tab_counts_what_it_lists_for_everybody(desk, cast):
    """The statement is written once for a role, and asked with each reader's own values."""
    own = make_ticket(cast, "assigned")
    actions.reassign_ticket(own, actor=cast.supervisor, assignee=cast.supervisor, no_conflict=True)
    teamless = User.objects.create_user("teamless", name="无组", role=Role.AGENT)
    readers = [cast.by_role(role) for role in ("agent", "other_agent", "supervisor", "analyst")]
    for day in range(2):
        with time_machine.travel(dt.datetime(2026, 3, 3 + 20 * day, 4, tzinfo=dt.UTC), tick=False):
            for reader in [*readers, teamless]:
                listed = {
                    name: len(queue_page(reader, tab, size=100).rows)
                    for name, tab in {**TABS, "found": QueueFilter(topic="fees")}.items()
                }
                counts = queue_counts(reader, QueueFilter(topic="fees"))
                assert shown(counts) == listed, (reader, day)


@pytest.mark.django_db
def test_a_row_is_drawn_anew_when_what_it_shows_changes(desk, cast, client_of):
    client, number = client_of("supervisor"), desk["late"].number

    def row(**cookies: str) -> str:
        client.cookies.load(cookies)
        page = str(client.get("/tickets/queue/", {"text": number}).content.decode())
        return page[page.index("<tr id=") : page.index("</tbody>")]

    first = row()
    assert row() == first
    assert "还有" in first
    assert "days left" in row(django_language="en")
    assert row(django_language="zh-hans") == first
    Ticket.objects.filter(pk=desk["late"].pk).update(severity="major")
    assert "重大" in row()
    before = row()
    with time_machine.travel(dt.datetime(2026, 3, 4, 4, tzinfo=dt.UTC), tick=False):
        assert row() != before  # a day less


# --- Search --------------------------------------------------------------------------------------
FOUND = [
    ("还款", True),
    ("还", True),
    ("還款", True),  # Traditional
    ("提前还款 812", True),  # both words
    ("８１２", True),  # full width
    ("apple pay", True),
    ("appl", True),  # a Latin word by its start
    ("ap", False),  # but not by so short a one
    ("81", False),  # a number only whole
    ("pple", False),
    ("还利息", False),  # 还 and 利息 are there, 还利 is not
    ("还款 没有这个", False),
    ("' OR 1=1 --", False),
    ('"', False),
    ("🙂", False),
    ("(((", False),
    ("NEAR", False),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "found"), FOUND)
def test_search(text, found, cast):
    ticket = make_ticket(cast, narrative="提前还款被收了 812.50 元利息，用的是 Apple Pay。")
    make_ticket(cast)
    wanted = QueueFilter(text=text)
    assert found_by(cast.supervisor, wanted) == ([ticket.number] if found else [])


@pytest.mark.django_db
def test_a_case_is_found_by_its_number_name_and_contact_and_by_what_was_said_later(cast):
    ticket = make_ticket(cast, "investigating", complainant="欧阳测试", contact="139 0000 0088")
    make_ticket(cast)
    actions.reply_ticket(ticket, actor=cast.agent, text="已安排退回重复划扣的款项。")
    digits = ticket.number.rsplit("-", 1)[1]
    for text in (
        ticket.number,
        ticket.number.lower(),
        digits.lstrip("0"),
        "欧阳测试",
        "13900000088",
        "重复划扣",
    ):
        assert found_by(cast.supervisor, QueueFilter(text=text))[-1:] == [ticket.number], text
    for text in ("欧阳", "1390000008"):
        assert found_by(cast.supervisor, QueueFilter(text=text)) == [], text


@pytest.mark.django_db
def test_a_number_is_found_however_it_is_written_also_as_it_was_stored_before(cast, monkeypatch):
    new = make_ticket(cast, contact="+86 139-0000-0088")
    with monkeypatch.context() as before:
        before.setattr(
            "faq.search.tokens._HOME", re.compile("(?!)")
        )  # +86 once stayed where a space followed
        old = make_ticket(cast, contact="+86 139-0000-0088")
    for text in ("13900000088", "139 0000 0088", "+8613900000088", "+86 139-0000-0088", "86 13900000088"):
        assert found_by(cast.supervisor, QueueFilter(text=text)) == [old.number, new.number], text
        assert set(few(Whole(text)) or []) == {old.pk, new.pk}, text


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's index has the newest at its end")
def test_what_turns_up_often_among_the_newest_cases_is_read_along_the_list(desk, cast, monkeypatch):
    def wanted() -> QueueFilter:
        """One a request: it remembers what its words found."""
        return QueueFilter(text="单位", state="any")

    listed = found_by(cast.agent, wanted())
    assert (len(listed) > 2, wanted().is_common) == (True, False)
    monkeypatch.setattr("tickets.search.OFTEN", len(listed))
    assert wanted().is_common
    assert found_by(cast.agent, wanted()) == listed
    monkeypatch.setattr("tickets.search.OFTEN", len(listed) + 1)
    assert not wanted().is_common
    monkeypatch.setattr("tickets.search.FEW", len(listed) - 1)
    assert wanted().is_common


@pytest.mark.django_db
def test_the_index_holds_no_name_and_no_contact(cast):
    ticket = make_ticket(cast, complainant="欧阳测试", contact="13900000088")
    tokens = SearchRow.objects.get(pk=ticket.pk).tokens
    assert "13900000088" not in tokens
    assert "".join(f"{ord(character):04x}" for character in "欧阳") not in tokens


@pytest.mark.django_db
def test_newest_first_when_searching(desk, cast):
    found = queue_page(cast.supervisor, QueueFilter(text="单位", state="any")).rows
    assert [ticket.pk for ticket in found] == sorted((ticket.pk for ticket in found), reverse=True)


@pytest.mark.django_db
def test_an_agent_searches_what_an_agent_sees(cast):
    hidden = make_ticket(cast, "assigned", narrative="独一无二的字样")
    assert found_by(cast.agent, QueueFilter(text="独一无二")) == [hidden.number]
    assert found_by(cast.other_agent, QueueFilter(text="独一无二")) == []
