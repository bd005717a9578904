"""Acts on several cases: preview, act, progress, undo, file."""

import csv
import datetime as dt
import io

import pytest
import time_machine
from django.urls import reverse

from helpdesk.core.models import AuditEntry, User
from tests.tickets.factories import make_ticket
from tickets import actions
from tickets.actions import bulk
from tickets.actions.deliver import record_sent
from tickets.models import BulkAct, BulkRow, Entry, Ticket
from tickets.views import bulk as views

pytestmark = pytest.mark.django_db
BULK = reverse("tickets:bulk")


def ask(client, verb, cases, step="", **fields):
    numbers = [case.number for case in cases]
    return client.post(BULK, {"verb": verb, "case": numbers, "step": step, "query": "?scope=all"} | fields)


@pytest.mark.parametrize("role", ["agent", "supervisor"])
def test_a_case_without_a_classification_is_not_assigned_and_that_is_the_reason(role, client_of, cast):
    fields = {"assignee": f"{cast.agent.pk}", "no_conflict": "on", "note": ""}
    page = ask(client_of(role), "assign", [make_ticket(cast)], "preview", **fields)
    assert [row.why for row, _change in page.context["rows"]] == ["还没有分类，请先分类再分派。"]


def outcomes(rows):
    return [(row.outcome, row.why) for row in rows]


def state_of(case):
    fresh = Ticket.objects.get(pk=case.pk)
    return fresh.assignee, fresh.severity, fresh.topic


@pytest.fixture
def cases(cast):
    """To be given, in a hand, too far, against the interest of other_agent, over."""
    return [
        make_ticket(cast, "classified"),
        make_ticket(cast, "assigned"),
        make_ticket(cast, "resolved"),
        make_ticket(cast, "classified", narrative="丁坐席多次辱骂我。"),
        make_ticket(cast, "withdrawn"),
    ]


def assigning(cast):
    return {"assignee": cast.other_agent.pk, "no_conflict": "on", "note": ""}


REFUSED = "当前状态下不能执行此操作，可能已有人先处理。"
WHY = ["", "", REFUSED, "存在利益冲突，不能分派：投诉内容提到了此人。", REFUSED]


def test_a_preview_says_for_each_case_and_changes_nothing(client_of, cast, cases, staff_ear):
    before = (AuditEntry.objects.count(), Entry.objects.count(), [state_of(case) for case in cases])
    staff_ear.events()
    answer = ask(client_of("supervisor"), "assign", cases, "preview", **assigning(cast))
    assert answer.status_code == 200
    rows = {row.ticket_id: (row, change) for row, change in answer.context["rows"]}
    assert [rows[case.pk][0].why for case in cases] == WHY
    assert [rows[case.pk][1] for case in cases] == ["未分派 → 丁坐席", "丙坐席 → 丁坐席", "", "", ""]
    assert answer.context["possible"] == 2
    assert (AuditEntry.objects.count(), Entry.objects.count(), [state_of(c) for c in cases]) == before
    assert (BulkAct.objects.count(), staff_ear.events()) == (0, [])


def test_an_act_does_what_the_preview_said(client_of, cast, cases):
    answer = ask(client_of("supervisor"), "assign", cases, "apply", **assigning(cast))
    act = BulkAct.objects.get()
    assert answer["Location"] == reverse("tickets:bulk_act", args=[act.pk])
    assert (act.state, act.by) == ("done", cast.supervisor)
    rows = {row.ticket_id: row for row in act.rows.all()}
    assert [rows[case.pk].why for case in cases] == WHY
    assert [state_of(case)[0] for case in cases] == [
        cast.other_agent,
        cast.other_agent,
        cast.agent,
        None,
        None,
    ]
    assert AuditEntry.objects.filter(verb="ticket.assigned", target_id=f"{cases[0].pk}").count() == 1
    page = client_of("supervisor").get(answer["Location"]).content.decode()
    assert "已完成 2 件，共 5 件。" in page
    assert client_of("agent").get(answer["Location"]).status_code == 404


def test_undo_gives_back_what_nobody_has_touched_since(client_of, cast):
    given, touched, new = (
        make_ticket(cast, "assigned"),
        make_ticket(cast, "assigned"),
        make_ticket(cast, "classified"),
    )
    client = client_of("supervisor")
    ask(client, "assign", [given, touched, new], "apply", **assigning(cast))
    actions.note_ticket(touched, actor=cast.supervisor, text="已经联系过。")
    act = BulkAct.objects.get()
    client.post(reverse("tickets:undo_bulk", args=[act.pk]))
    act.refresh_from_db()
    rows = {row.ticket_id: row for row in act.rows.all()}
    assert act.state == "undone"
    assert outcomes(rows[case.pk] for case in (given, touched, new)) == [
        ("undone", ""),
        ("kept", "之后已有人处理过这件工单。"),
        ("kept", "这件原来没有处理人，分派不能收回；可以改派。"),
    ]
    assert [state_of(case)[0] for case in (given, touched, new)] == [
        cast.agent,
        cast.other_agent,
        cast.other_agent,
    ]


@pytest.mark.parametrize(
    ("verb", "fields", "at", "value"),
    [
        ("severity", {"severity": "major", "reason": "涉及多名客户"}, 1, "major"),
        ("topic", {"topic": "fees"}, 2, "fees"),
    ],
)
def test_labels_change_and_come_back(verb, fields, at, value, client_of, cast):
    case = make_ticket(cast, "assigned")
    before, client = state_of(case), client_of("supervisor")
    ask(client, verb, [case], "apply", **fields)
    assert state_of(case)[at] == value
    again = ask(client, verb, [case], "preview", **fields).context["rows"]
    assert outcomes(row for row, _change in again)[0][0] == "refused"
    client.post(reverse("tickets:undo_bulk", args=[BulkAct.objects.get().pk]))
    assert state_of(case) == before
    assert BulkRow.objects.get().outcome == "undone"


def test_another_date_is_told_and_its_notice_stands_in_the_way_of_no_undo(client_of, cast, settings):
    case = make_ticket(cast, "assigned", contact="jia@example.test")
    client = client_of("supervisor")
    fields = {"severity": "complex", "reason": "涉及多人。", "told": "要等第三方的录音。"}
    ask(client, "severity", [case], "preview", **fields)
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []
    ask(client, "severity", [case], "apply", **fields)
    told = case.entries.get(verb="ticket.new_date_told")
    assert (told.public, told.text) == (True, "要等第三方的录音。")
    letter = case.deliveries.get(channel="email")
    record_sent(case, actor=User.system("mail"), delivery=letter, reference="250 ok")
    client.post(reverse("tickets:undo_bulk", args=[BulkAct.objects.get().pk]))
    assert state_of(case)[1] == "ordinary"
    assert case.entries.filter(verb="ticket.new_date_told").count() == 2  # back to the first date


def test_cases_are_linked_to_one_and_unlinked(client_of, cast):
    one, other, main = (make_ticket(cast) for _n in range(3))
    client = client_of("supervisor")
    assert ask(client, "link", [one], "preview", other="C-2020-000001", reason="").status_code == 400
    ask(client, "link", [one, other], "apply", other=main.number.lower(), reason="")
    act = BulkAct.objects.get()
    assert outcomes(act.rows.all()) == [("done", ""), ("done", "")]
    client.post(reverse("tickets:undo_bulk", args=[act.pk]))
    assert outcomes(act.rows.all()) == [("undone", ""), ("undone", "")]
    assert Entry.objects.filter(verb="ticket.unlinked", ticket=one).count() == 1


def test_an_agent_may_take_cases_but_not_give_them(client_of, cast):
    case, foreign = make_ticket(cast, "classified"), make_ticket(cast, "assigned")
    client = client_of("other_agent")
    given = {"assignee": cast.agent.pk, "no_conflict": "on"}
    assert ask(client, "assign", [case], "preview", **given).status_code == 400
    answer = ask(client, "assign", [case, foreign], "preview", **assigning(cast))
    assert [row.ticket for row, _change in answer.context["rows"]] == [case]  # the other is not theirs to see
    rows = bulk.rehearse(cast.other_agent, "assign", {"assignee": cast.agent.pk, "note": ""}, [case])
    assert outcomes(rows) == [("refused", "您的账号不能对这件工单做这一步。")]


def test_what_was_typed_stays_and_nothing_chosen_is_said(client_of, cast):
    case = make_ticket(cast, "assigned")
    client = client_of("supervisor")
    answer = ask(client, "severity", [case], "apply", severity="", reason="写了一半")
    assert (answer.status_code, answer.context["form"]["reason"].value()) == (400, "写了一半")
    assert answer.context["cases"] == [case]
    for verb, chosen in (("note", []), ("nonsense", [case])):
        answer = ask(client, verb, chosen)
        assert answer["Location"] == reverse("tickets:queue") + "?scope=all"
    assert BulkAct.objects.count() == 0


def test_a_long_act_goes_on_where_it_stopped(client_of, cast, monkeypatch):
    cases = [make_ticket(cast) for _n in range(3)]
    monkeypatch.setattr(views, "AT_ONCE", 0)
    client = client_of("supervisor")
    answer = ask(client, "note", cases, "apply", text="已核对。")
    act = BulkAct.objects.get()
    page = client.get(answer["Location"]).content.decode()
    assert (act.state, 'value="1"' in page, 'max="3"' in page) == ("running", True, True)
    step = reverse("tickets:step_bulk", args=[act.pk])
    part = client.post(step, headers={"hx-request": "true"})
    assert (part.status_code, "HX-Redirect" in part) == (200, False)
    part = client.post(step, headers={"hx-request": "true"})
    assert part["HX-Redirect"] == answer["Location"]
    client.post(step)
    assert Entry.objects.filter(verb="ticket.noted").count() == 3  # each case once
    client.post(reverse("tickets:undo_bulk", args=[act.pk]))
    act.refresh_from_db()
    assert act.state == "done"  # notes stay


def test_undo_ends_after_ten_minutes(client_of, cast):
    case = make_ticket(cast, "assigned")
    client = client_of("supervisor")
    ask(client, "topic", [case], "apply", topic="fees")
    act = BulkAct.objects.get()
    with time_machine.travel(act.at + bulk.UNDO_FOR + dt.timedelta(seconds=1), tick=False):
        client.force_login(cast.supervisor)
        client.post(reverse("tickets:undo_bulk", args=[act.pk]))
    assert state_of(case)[2] == "fees"
    assert bulk.may_undo(act)


def test_the_file_masks_names_and_is_on_record(client_of, cast):
    case = make_ticket(cast, "assigned", complainant="欧阳示例", product="=1+1")
    answer = ask(client_of("agent"), "export", [case])
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    told = dict(zip(head, row, strict=True))
    assert (told["编号"], told["客户"], told["处理人"], told["产品"]) == (
        case.number,
        "欧**",
        "丙坐席",
        "'=1+1",
    )
    assert (BulkAct.objects.get().verb, BulkAct.objects.get().state) == ("export", "done")
    assert AuditEntry.objects.filter(verb="bulk_act.started").count() == 1


def test_keys_can_be_turned_off(client_of, cast):
    client = client_of("agent")
    assert 'data-keys="on"' in client.get(reverse("tickets:queue")).content.decode()
    client.post(reverse("tickets:set_keys"))
    assert 'data-keys="off"' in client.get(reverse("tickets:queue")).content.decode()
    client.post(reverse("tickets:set_keys"), {"keys": "on"})
    assert 'data-keys="on"' in client.get(reverse("tickets:queue")).content.decode()


def test_a_page_can_be_picked_without_scripts(client_of, cast):
    case = make_ticket(cast)
    page = client_of("agent").get(reverse("tickets:queue"), {"scope": "all", "pick": "page"}).content.decode()
    assert f'value="{case.number}" form="bulk" id="pick-{case.pk}"' in page
    assert page.count(" checked></td>") == 1
    assert 'name="case"' not in client_of("analyst").get(reverse("tickets:queue")).content.decode()
