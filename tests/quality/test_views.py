"""The quality pages: the chart says what its table says, and every number leads to its rows."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from django.forms import ChoiceField
from django.http import QueryDict
from django.urls import reverse
from django.utils import translation

from helpdesk.core import clock
from quality.forms.filters import CasesForm
from tests.quality.rows import case, chat, local, vote, votes
from tests.tickets.factories import make_ticket

pytestmark = pytest.mark.django_db
NOW = local("2026-11-22")
SVG = "{http://www.w3.org/2000/svg}"
TRENDS, CASES = "/quality/", "/quality/cases/"


@pytest.fixture
def desk(cast):
    """Two topics over three weeks, with a gap between, and something in the period before."""
    votes("2026-11-02", [5, 5, 4, 1, 5])
    votes("2026-11-17", [5, 1, 1, 2, 4])
    votes("2026-11-18", [5, 5], "fees")
    votes("2026-09-01", [5, 5, 5, 5, 5])
    case(cast, "2026-11-03")
    case(cast, "2026-11-18", "fees")
    case(cast, "2026-09-02", "fees")
    chat("2026-11-18")


def get(client, path: str, **params) -> str:
    with clock.at(NOW):
        response = client.get(path, params)
    assert response.status_code == 200
    return str(response.content.decode())


def part(page: str, pattern: str) -> str:
    """The piece of a page that a pattern finds; there must be one."""
    found = re.search(pattern, page, re.S)
    assert found is not None
    return found[0]


class Links(HTMLParser):
    """Links to the rows behind a number, with the number; and the cells of each table."""

    def __init__(self):
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._href = ""
        self._text = ""

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self._href, self._text = dict(attrs).get("href") or "", ""

    def handle_data(self, data):
        self._text += data

    def handle_endtag(self, tag):
        if tag == "a" and self._href.startswith(CASES):
            self.found.append((self._href, self._text))
            self._href = ""


def links(page: str) -> list[tuple[str, str]]:
    parser = Links()
    parser.feed(page)
    return parser.found


def count_at(client, url: str) -> int:
    with clock.at(NOW):
        response = client.get(url)
    assert response.status_code == 200
    page = response.context["page"]
    return int(page.paginator.count)


def test_every_number_leads_to_as_many_rows(desk, client_of):
    client = client_of("analyst")
    told = {
        url: int(part(text.strip(), r"\d+$"))
        for url, text in links(get(client, TRENDS))
        if not text.strip().endswith("%") and "看不满意的评价" not in text
    }
    assert len(told) > 100
    assert {url: count_at(client, url) for url in told} == told


def test_every_share_leads_to_its_satisfied_answers(desk, client_of):
    client = client_of("analyst")
    shares = {url: text for url, text in links(get(client, TRENDS)) if text.endswith("%")}
    assert len(shares) == 7  # headline, a topic now and before, two weeks, two cells
    for url, text in shares.items():
        satisfied = count_at(client, url)
        answers = count_at(client, url.replace("&score=high", ""))
        assert f"{satisfied / answers * 100:.1f}%" == text


def svg_of(page: str) -> ElementTree.Element:
    drawn = part(page, r"<svg class=\"chart\".*?</svg>")
    return ElementTree.fromstring(drawn)  # noqa: S314  # our own


def test_chart_is_well_formed_with_one_title_and_no_style(desk, client_of):
    page = get(client_of("analyst"), TRENDS)
    chart = svg_of(page)
    assert [child.text for child in chart.findall(f"{SVG}title")] == [
        "每周满意度与来件量，2026-09-28 至 2026-11-22"
    ]
    assert len(chart.findall(f"{SVG}desc")) == 1
    assert (chart.get("role"), chart.get("aria-labelledby")) == ("img", "chart-title chart-desc")
    assert "style=" not in page
    assert "<script>" not in page


def test_chart_says_what_its_table_says(desk, client_of):
    page = get(client_of("analyst"), TRENDS)
    drawn = [
        (slot.get("data-volume"), slot.get("data-answers"), slot.get("data-csat"))
        for slot in svg_of(page).iter(f"{SVG}g")
        if slot.get("data-week")
    ]
    table = part(page, r"weeks-table.*?</table>")
    written = []
    for row in re.findall(r"<tr>\s*<th scope=\"row\".*?</tr>", table, re.S):
        numbers = re.findall(r"<a href=[^>]*>([^<]+)</a>", row)
        written.append((numbers[0], numbers[1], numbers[2] if len(numbers) > 2 else ""))
    assert drawn == written[::-1]
    assert drawn[-3:] == [("1", "5", "80.0%"), ("0", "0", ""), ("2", "7", "57.1%")]


def test_chart_breaks_at_the_gap(desk, client_of):
    chart = svg_of(get(client_of("analyst"), TRENDS))
    assert [len((line.get("points") or "").split()) for line in chart.iter(f"{SVG}polyline")] == [1, 1]
    assert len(list(chart.iter(f"{SVG}circle"))) == 2


def test_small_cells_show_no_share(desk, client_of):
    page = get(client_of("analyst"), TRENDS, topic="fees")
    heat = part(page, r"<table class=\"heat\".*?</table>")
    assert heat.count("样本少") == 1
    assert "%" not in heat


def test_a_clear_fall_is_named_and_an_unclear_one_is_not(client_of):
    votes("2026-09-01", [5] * 30)
    votes("2026-11-17", [1] * 30)
    votes("2026-09-01", [5] * 9, "fees")
    votes("2026-11-17", [1] * 9, "fees")
    page = get(client_of("analyst"), TRENDS)
    assert re.findall(r"<strong>(.*?)</strong>的满意度变化", page) == ["还款"]
    assert "−100.0 个百分点" in page
    assert re.findall(r"<th scope=\"row\" data-label=\"主题\"><strong>(.*?)</strong>", page)[:2] == [
        "还款",
        "费用利率",
    ]


def test_without_anything_the_page_says_what_will_come(client_of):
    page = get(client_of("analyst"), TRENDS)
    assert "这段时间没有来件，也没有评价" in page
    assert '<svg class="chart"' not in page
    assert reverse("quality:export") not in page


def test_cases_without_feedback_are_not_zero_satisfaction(cast, client_of):
    case(cast, "2026-11-18")
    page = get(client_of("analyst"), TRENDS)
    assert "没有评价" in page
    assert "0.0%" not in page


def test_unknown_filters_are_said_beside_the_field(client_of):
    response = client_of("analyst").get(TRENDS, {"weeks": "9", "topic": "repayment"})
    assert response.status_code == 400
    assert response.context["form"].errors.keys() == {"weeks"}
    assert str(response.context["form"]["weeks"].errors[0]) in response.content.decode()


@pytest.mark.parametrize("rows", [3, 30])
def test_trends_query_count(cast, client_of, django_assert_num_queries, rows):
    for n in range(rows):
        vote(f"2026-11-{n % 20 + 1:02}", n % 5 + 1, ["fees", "overdue"][n % 2])
        chat(f"2026-11-{n % 20 + 1:02}", name=f"{n}")
    client = client_of("analyst")
    with django_assert_num_queries(6):
        get(client, TRENDS, weeks="52")


@pytest.mark.parametrize("rows", [3, 30])
@pytest.mark.parametrize(("what", "queries"), [("", 6), ("volume", 6)])
def test_cases_query_count(cast, client_of, django_assert_num_queries, rows, what, queries):
    for n in range(rows):
        day = f"2026-11-{n % 20 + 1:02}"
        with clock.at(local(day)):
            ticket = make_ticket(cast)
            conversation = chat(day, name=f"{n}", time=f"10:{n:02}")
        vote(day, 2, door="ticket", conversation=None, ticket=ticket)
        vote(day, 2, conversation=conversation)
        vote(day, 2)
    client = client_of("supervisor")
    with django_assert_num_queries(queries):
        get(client, CASES, what=what)


@pytest.mark.parametrize("what", ["", "volume"])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Los_Angeles"])
def test_the_first_and_the_last_day_of_the_calendar_are_days(cast, client_of, settings, what, zone):
    settings.TIME_ZONE = zone
    case(cast, "2026-11-18")
    page = get(client_of("analyst"), CASES, what=what, since="0001-01-01", until="9999-12-31")
    assert "0001-01-01" in page
    assert ("共 1 条" in page) == bool(what)


def test_rows_show_what_was_said_masked(cast, client_of):
    ticket = case(cast, "2026-11-18")
    vote(
        "2026-11-19",
        1,
        door="ticket",
        conversation=None,
        ticket=ticket,
        text="打 13812345678 没人接",
        resolved=False,
    )
    page = get(client_of("analyst"), CASES)
    assert "打 138******78 没人接" in page
    assert "13812345678" not in page
    assert f'<a href="{reverse("tickets:ticket", args=[ticket.number])}">{ticket.number}' in page
    assert "2026-11-19 12:00" in page
    assert "共 1 条，最近的在前。" in page


@pytest.mark.parametrize(
    ("role", "pages"),
    [("supervisor", ["conversation"]), ("analyst", ["record"]), ("administrator", [])],
)
def test_a_chat_is_linked_for_those_who_may_open_it(client_of, role, pages):
    conversation = chat("2026-11-18")
    vote("2026-11-19", 1, conversation=conversation, channel="chat")
    client = client_of(role)
    urls = {page: reverse(f"chat:{page}", args=[conversation.pk]) for page in ("conversation", "record")}
    for shown in (get(client, CASES), get(client, CASES, what="volume")):
        assert [page for page, url in urls.items() if f'href="{url}"' in shown] == pages
    assert all(client.get(urls[page]).status_code == 200 for page in pages)


@pytest.mark.parametrize(
    ("score", "count"), [("", 5), ("low", 3), ("high", 2), ("1", 1), ("2", 1), ("3", 1), ("4", 1), ("5", 1)]
)
def test_rows_by_score(client_of, score, count):
    votes("2026-11-18", [1, 2, 3, 4, 5])
    client = client_of("analyst")
    assert count_at(client, f"{CASES}?score={score}") == count


def test_rows_come_in_pages_newest_first(client_of):
    for n in range(51):
        vote("2026-11-18", n % 5 + 1, time=f"12:{n:02}")
    client = client_of("analyst")
    page = get(client, CASES)
    assert re.findall(r"2026-11-18 (\d\d:\d\d)", page)[:2] == ["12:50", "12:49"]
    assert len(re.findall(r"2026-11-18 \d\d:\d\d", page)) == 50
    assert re.findall(r"2026-11-18 (\d\d:\d\d)", get(client, CASES, page="2")) == ["12:00"]


def test_no_rows_says_so(client_of):
    page = get(client_of("analyst"), CASES)
    assert "没有符合条件的记录" in page


def test_a_period_that_ends_before_it_begins_is_refused(client_of):
    response = client_of("analyst").get(CASES, {"since": "2026-11-02", "until": "2026-11-01"})
    assert response.status_code == 400
    assert response.context["form"].errors == {"until": ["截止日早于起始日。"]}


def test_scores_to_choose_are_in_the_readers_language():
    with translation.override("en"):
        field = CasesForm(QueryDict()).fields["score"]
        assert isinstance(field, ChoiceField)
        labels = [str(label) for _value, label in field.choices]
    assert not [label for label in labels if "分" in label]
