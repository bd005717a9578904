"""CSV files: nothing in them runs, nothing personal leaves, who took them is on record."""

import asyncio
import csv
import io

import pytest
from django.urls import reverse

from helpdesk.core import clock
from helpdesk.core.cells import neutral
from helpdesk.core.errors import ActionError
from helpdesk.core.models import AuditEntry
from quality import exports
from quality.actions import export_improvements
from quality.models import Export
from tests.quality.rows import article, local, vote, votes
from tests.tickets.factories import make_ticket
from tickets import actions

NOW = local("2026-11-22")
WHY = {"reason": "月度质检会"}


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM",
        " =1",
        "\t=1",
        "\r=1",
        "\n1",
        "\u200b=1",
        "\ufeff=1",
        "\u3000＝1",
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["扣款失败", "1=1", "", "a-b", 5, -5, 0.25, None])
def test_other_cells_stay_as_they_are(cell):
    assert neutral(cell) == cell


def table(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def download(client, **filters) -> list[list[str]]:
    """As the server sends it: block by block, each read in another thread."""
    response = client.post(reverse("quality:export"), WHY | filters)
    assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")

    async def blocks() -> bytes:
        return b"".join([block async for block in response.streaming_content])

    return table(asyncio.run(blocks()))


@pytest.mark.django_db
def test_weeks_are_the_pages_numbers(client_of):
    votes("2026-11-17", [5, 4, 1, 5, 5])
    votes("2026-11-18", [2], "fees")
    with clock.at(NOW):
        response = client_of("analyst").post(reverse("quality:export"), WHY | {"topic": "repayment"})
    head, *rows = table(response.content)
    assert head[:6] == ["周", "起始日", "截止日", "主题", "来件量", "评价数"]
    assert rows[-1] == [
        "2026-W47",
        "2026-11-16",
        "2026-11-22",
        "还款",
        "0",
        "5",
        "0.8",
        "0.3755",
        "0.9638",
        "4.0",
        "",
    ]
    assert len(rows) == 8
    assert rows[0][5:] == ["0", "", "", "", "", "没有评价"]


@pytest.mark.django_db
def test_small_groups_show_their_count_only(client_of):
    votes("2026-11-17", [5, 1, 5, 5])
    with clock.at(NOW):
        response = client_of("analyst").post(reverse("quality:export"), WHY | {"topic": "repayment"})
    assert table(response.content)[-1][5:] == ["4", "", "", "", "", "评价少于 5 个，不显示比例"]


@pytest.mark.django_db(transaction=True)
def test_feedback_is_masked_and_neutral(cast, client_of):
    with clock.at(local("2026-11-20")):
        ticket = make_ticket(cast, "resolved", topic="fees")
        said = "＝请打 13812345678，谢谢"
        actions.give_feedback(ticket, actor=cast.customer, score=1, resolved=False, text=said)
    vote("2026-11-21", 5, door="article", conversation=None, article=article(), channel="web")
    days = {"table": "feedback", "since": "2026-11-16", "until": "2026-11-22"}
    rows = download(client_of("analyst"), **days)
    rows += download(client_of("analyst"), **days, door="article")[1:]
    assert rows[1:] == [
        [
            "2026-11-20 12:00",
            "工单回访",
            ticket.number,
            "费用利率",
            "网页",
            "投诉一组",
            "1",
            "否",
            "'＝请打 138******78，谢谢",
        ],
        ["2026-11-21 12:00", "文章评价", "扣款失败怎么办？", "还款", "网页", "", "5", "", ""],
    ]


@pytest.mark.django_db(transaction=True)
def test_long_files_come_in_blocks_and_are_complete(client_of, monkeypatch):
    monkeypatch.setattr(exports, "BLOCK", 4)
    votes("2026-11-17", [1, 2, 3, 4, 5] * 2)
    wanted = {"table": "feedback", "since": "2026-11-16", "until": "2026-11-22", "score": "low"}
    rows = download(client_of("analyst"), **wanted)
    assert [row[6] for row in rows[1:]] == ["1", "2", "3"] * 2


@pytest.mark.django_db
@pytest.mark.parametrize(("wanted", "rows"), [("weeks", 64), ("feedback", 3)])
def test_an_export_is_on_record(client_of, cast, wanted, rows):
    votes("2026-11-17", [5, 4, 1])
    with clock.at(NOW):
        asked = {"table": wanted, "channel": "chat"}
        client_of("supervisor").post(reverse("quality:export"), WHY | asked)
    made = Export.objects.get()
    assert (made.table, made.rows, made.made_by, made.made_at) == (wanted, rows, cast.supervisor, NOW)
    assert (made.filters["channel"], made.reason) == ("chat", "月度质检会")
    entry = AuditEntry.objects.get(verb="feedback.exported")
    assert (entry.actor, entry.target_id, entry.data["rows"]) == (cast.supervisor, str(made.pk), rows)


@pytest.mark.django_db
def test_nothing_is_recorded_for_those_who_may_not(client_of):
    assert client_of("agent").post(reverse("quality:export"), WHY).status_code == 403
    assert Export.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["export", "export_searches", "export_improvements"])
@pytest.mark.parametrize("why", [{}, {"reason": "  "}, {"reason": "长" * 201}])
def test_nothing_leaves_without_a_reason_and_the_filters_stay(client_of, name, why):
    client, address = client_of("analyst"), reverse(f"quality:{name}")
    filters = {"state": "late"} if name == "export_improvements" else {"topic": "fees"}
    asked = client.get(address, filters | why)
    assert (asked.status_code, asked["Content-Type"]) == (200, "text/html; charset=utf-8")
    refused = client.post(address, filters | why)
    assert (refused.status_code, refused["Content-Type"]) == (400, "text/html; charset=utf-8")
    field, value = next(iter(filters.items()))
    assert f'<input type="hidden" name="{field}" value="{value}"' in refused.content.decode()
    assert refused.context["back"].endswith(f"?{field}={value}")
    assert Export.objects.count() == 0
    assert client.post(address, filters | WHY)["Content-Type"] == "text/csv; charset=utf-8"
    entry = AuditEntry.objects.get(target_type="quality.export")
    assert (Export.objects.get().reason, entry.data["reason"]) == ("月度质检会", "<5 characters>")


@pytest.mark.django_db
def test_the_actions_want_a_reason_too(cast):
    with pytest.raises(ActionError):
        export_improvements(actor=cast.analyst, filters={}, rows=1, reason=" ")
