"""The queue's columns, further filters and saved views."""

import re

import pytest
from django.urls import reverse

from helpdesk.core.models import AuditEntry, User
from tests.tickets.factories import make_ticket
from tests.tickets.test_pages_desk import numbers, queue_of
from tickets import columns
from tickets.actions import view as actions
from tickets.models import RedFlag, SavedView, Ticket
from tickets.queries import views_visible_to

pytestmark = pytest.mark.django_db


def heads(answer):
    return [name for name, _label in answer.context["columns"]]


def save(client, query="scope=all&topic=fees", **typed):
    return client.post(f"{reverse('tickets:new_view')}?{query}", {"name": "费用"} | typed)


def change(client, view, query="", **typed):
    address = reverse("tickets:change_view", args=[view.pk])
    return client.post(f"{address}?{query}", {"name": view.name} | typed)


# --- Columns -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([], list(columns.USUAL)),
        (["nonsense", 7, None], list(columns.USUAL)),
        (["channel", "due"], ["number", "due", "channel"]),  # the number always, in the usual order
        (list(columns.COLUMNS), list(columns.COLUMNS)),
    ],
)
def test_shown_columns(names, found):
    assert columns.shown(names) == found


def test_columns_are_remembered_for_the_person_and_say_what_they_should(client_of, cast):
    make_ticket(
        cast,
        "investigating",
        complainant="欧阳示例",
        narrative="他们每天半夜打电话催收，威胁要上门。",
        product="循环贷",
    )
    client = client_of("agent")
    address = reverse("tickets:queue") + "?scope=mine"
    answer = client.post(reverse("tickets:set_columns"), {"column": list(columns.COLUMNS), "next": address})
    assert (answer.status_code, answer["Location"]) == (302, address)
    page = queue_of(client, scope="mine")
    assert heads(page) == list(columns.COLUMNS)
    text = page.content.decode()
    for words in ("债务催收方式和手段", "夜间催收", "欧**", "一组", "网页", "循环贷", "丙坐席", "普通"):
        assert words in text, words
    assert "欧阳示例" not in text
    assert heads(queue_of(client_of("supervisor"))) == list(columns.USUAL)
    client.post(reverse("tickets:set_columns"))
    assert heads(queue_of(client)) == list(columns.USUAL)


def test_columns_lead_back_to_the_queue_only(client_of, cast):
    answer = client_of("agent").post(reverse("tickets:set_columns"), {"next": "https://elsewhere.example/"})
    assert answer["Location"] == reverse("tickets:queue")


# --- Filters -------------------------------------------------------------------------------------
def test_further_filters(client_of, cast):
    at_night = "他们每天半夜打电话催收。"
    taken = make_ticket(cast, "assigned", narrative=at_night)
    phone = make_ticket(cast, narrative=at_night)
    Ticket.objects.filter(pk=taken.pk).update(
        due_on="2026-03-10", received_at="2026-02-28T15:59:00Z"
    )  # 23:59 of the 28th in the business zone
    Ticket.objects.filter(pk=phone.pk).update(
        due_on="2026-03-20", received_at="2026-02-28T16:00:00Z", channel="phone"
    )
    client, team = client_of("supervisor"), cast.agent.team_id

    def found(**query):
        return numbers(queue_of(client, **query))

    both = [taken.number, phone.number]
    assert found(scope="all") == both
    assert found(channel="phone") == [phone.number]
    assert found(cause="collection", business="collection") == [taken.number]
    assert found(cause="pricing") == []
    assert found(team=team) == [taken.number]
    assert found(assignee=cast.agent.pk) == [taken.number]
    assert found(assignee=cast.supervisor.pk) == []
    assert found(received_to="2026-02-28") == [taken.number]
    assert found(received_from="2026-03-01") == [phone.number]
    assert found(received_from="2026-02-28", received_to="2026-03-01") == both
    RedFlag.objects.filter(ticket=phone).update(state="dismissed")
    assert found(red_flag="any") == [taken.number]
    assert found(red_flag="RF01") == [taken.number]
    assert found(red_flag="RF13") == []
    assert found(due_from="2026-03-11") == [phone.number]
    assert found(due_to="2026-03-10") == [taken.number]
    assert found(due_from="2026-03-10", due_to="2026-03-20") == both


def test_filters_are_chips_that_can_be_taken_away(client_of, cast):
    query = {"scope": "mine", "topic": "fees", "overdue": "on", "due_to": "2026-03-10", "page": "x"}
    text = queue_of(client_of("agent"), **query).content.decode()
    left = "scope=mine&amp;topic=fees&amp;overdue=on"
    assert f'<a class="chip" href="{reverse("tickets:queue")}?{left}">到期，到：2026-03-10' in text
    assert f'<a class="chip" href="{reverse("tickets:queue")}?scope=mine">清除条件' in text


def test_a_filter_that_has_gone_is_left_out_and_said(client_of, cast):
    ticket = make_ticket(cast)
    cast.other_agent.is_active = False
    cast.other_agent.save()
    answer = queue_of(
        client_of("agent"), assignee=cast.other_agent.pk, received_from="31/12", team="x", topic="fee s"
    )
    assert numbers(answer) == [ticket.number]
    assert "有的条件已经失效，没有采用：关于、团队、处理人、收到，从" in answer.content.decode()


# --- Saved views ---------------------------------------------------------------------------------
def test_a_view_is_saved_with_its_filters_and_opened_with_its_count(client_of, cast):
    found = make_ticket(cast, topic="fees")
    make_ticket(cast)
    client = client_of("agent")
    answer = save(client, "scope=all&topic=fees&assignee=999999&page=2026-01-01_3&text=")
    view = SavedView.objects.get()
    assert (view.owner, view.team, view.name) == (cast.agent, None, "费用")
    assert view.filters == {"scope": "all", "topic": "fees"}
    assert answer["Location"] == f"{reverse('tickets:queue')}?scope=all&topic=fees&view={view.pk}"
    page = client.get(answer["Location"])
    assert numbers(page) == [found.number]
    assert [(v.name, str(count), other) for v, _url, count, other in page.context["views"]] == [
        ("费用", "1", False)
    ]
    assert AuditEntry.objects.filter(verb="queue_view.saved").count() == 1


def test_a_view_keeps_its_columns(client_of, cast):
    client = client_of("agent")
    client.post(reverse("tickets:set_columns"), {"column": ["due", "channel"]})
    view_address = save(client)["Location"]
    client.post(reverse("tickets:set_columns"))
    assert heads(client.get(view_address)) == ["number", "due", "channel"]
    assert heads(queue_of(client, scope="all")) == list(columns.USUAL)


@pytest.mark.parametrize("name", ["", " ", "字" * 41])
def test_a_view_needs_a_name(name, client_of, cast):
    answer = save(client_of("agent"), name=name, shared="on")
    assert (answer.status_code, SavedView.objects.count()) == (400, 0)
    assert answer.context["form"]["shared"].value() is True


def test_names_are_taken_once_and_views_have_a_limit(client_of, cast):
    client = client_of("agent")
    save(client)
    again = save(client)
    assert (again.status_code, SavedView.objects.count()) == (400, 1)
    assert "您已经有一个叫这个名称的视图。" in again.content.decode()
    assert save(client_of("supervisor")).status_code == 302
    for n in range(actions.MOST_VIEWS - 1):
        assert save(client, name=f"{n}").status_code == 302
    assert save(client, name="多一个").status_code == 400


def test_shared_views_are_the_teams(client_of, cast):
    save(client_of("agent"), shared="on")
    save(client_of("agent"), name="自己的")
    view = SavedView.objects.get(name="费用")
    assert view.team == cast.agent.team

    def seen(person):
        return [v.name for v in views_visible_to(person)]

    assert seen(cast.agent) == ["自己的", "费用"] or seen(cast.agent) == ["费用", "自己的"]
    assert seen(cast.supervisor) == ["费用"]  # of the same team
    assert seen(cast.other_agent) == []
    colleague = User.objects.create_user("colleague", name="同组", role="agent", team=cast.agent.team)
    assert seen(colleague) == ["费用"]


def test_a_colleague_begins_with_a_shared_view_but_does_not_change_it(client_of, client, cast):
    save(client_of("agent"), shared="on")
    view = SavedView.objects.get()
    colleague = User.objects.create_user("colleague", name="同组", role="agent", team=cast.agent.team)
    client.force_login(colleague)
    assert change(client, view, name="别的", default="on").status_code == 302
    view.refresh_from_db()
    assert view.name == "费用"
    start = client.get(reverse("tickets:queue"))
    assert (start.status_code, start["Location"].endswith(f"view={view.pk}")) == (302, True)
    assert client.get(reverse("tickets:queue"), {"scope": "all"}).status_code == 200
    assert client.post(reverse("tickets:delete_view", args=[view.pk])).status_code == 403
    assert change(client, view).status_code == 302  # no longer the default
    assert client.get(reverse("tickets:queue")).status_code == 200


def test_changing_a_view(client_of, cast):
    client = client_of("agent")
    save(client)
    view = SavedView.objects.get()
    answer = change(client, view, "scope=mine&kind=enquiry", name="咨询", shared="on", take_over="on")
    view.refresh_from_db()
    assert (view.name, view.team, view.filters) == (
        "咨询",
        cast.agent.team,
        {"scope": "mine", "kind": "enquiry"},
    )
    assert answer.status_code == 302
    change(client, view, "scope=all&kind=complaint", name="咨询")
    view.refresh_from_db()
    assert (view.team, view.filters) == (None, {"scope": "mine", "kind": "enquiry"})


def test_a_deleted_view_comes_back(client_of, cast):
    client = client_of("agent")
    save(client, default="on")
    view = SavedView.objects.get()
    said = client.post(reverse("tickets:delete_view", args=[view.pk]), follow=True)
    undo = [message.extra_tags for message in said.context["messages"]][-1]
    assert undo == reverse("tickets:restore_view", args=[view.pk])
    assert said.context["views"] == []
    assert client.get(reverse("tickets:queue")).status_code == 200  # and no default any more
    save(client)  # the name is free meanwhile
    taken = client.post(reverse("tickets:restore_view", args=[view.pk]), follow=True)
    assert "您已经有一个叫这个名称的视图。" in taken.content.decode()
    client.post(reverse("tickets:delete_view", args=[SavedView.objects.latest("pk").pk]))
    client.post(reverse("tickets:restore_view", args=[view.pk]))
    assert [v.pk for v in views_visible_to(cast.agent)] == [view.pk]
    assert client.get(reverse("tickets:queue")).status_code == 302


def test_a_view_whose_filters_have_gone_still_opens(client_of, cast):
    ticket = make_ticket(cast)
    view = SavedView.objects.create(
        owner=cast.agent,
        name="旧",
        filters={"topic": "gone", "nonsense": ["x"], "team": {}},
        columns=["gone"],
    )
    client = client_of("agent")
    page = client.get(reverse("tickets:queue"), {"topic": "gone", "view": view.pk})
    assert numbers(page) == [ticket.number]
    assert "没有采用：关于" in page.content.decode()
    assert client.get(reverse("tickets:change_view", args=[view.pk])).status_code == 200


def test_a_queue_costs_the_same_with_20_views(client_of, cast, django_assert_num_queries):
    """An agent's page with a search: session, person, settings, views, people, search, rows,
    flags, counts, what is for today, and which rows to close up."""
    for n in range(20):
        query = {"scope": "all", "topic": "fees", "text": "单位" if n % 2 else "", "cause": "pricing"}
        SavedView.objects.create(owner=cast.agent, name=f"{n}", filters=query)
    client = client_of("agent")
    client.post(reverse("tickets:set_columns"), {"column": list(columns.COLUMNS)})
    queue_of(client, scope="all")
    for _more in range(2):
        make_ticket(cast)
        with django_assert_num_queries(11):
            answer = queue_of(client, text="单位", due_from="2020-01-01")
    assert (len(numbers(answer)), len(answer.context["views"])) == (2, 20)
    SavedView.objects.all().delete()
    with django_assert_num_queries(11):
        queue_of(client, text="单位")


def test_the_whole_page_is_ticked_without_scripts(client_of, cast):
    """A box for each case, for those who may act on several; all ticked where the address asks for it."""
    cases = [make_ticket(cast, narrative="<b>粗</b>") for _ in range(2)]
    for query, ticked in ({}, 0), ({"pick": "page"}, 2), ({"pick": "other"}, 0):
        page = client_of("agent").get(reverse("tickets:queue"), {"scope": "all", **query}).content.decode()
        boxes = re.findall(r'<input type="checkbox" name="case" value="([^"]+)"[^>]*?( checked)?>', page)
        assert {number for number, _ in boxes} == {case.number for case in cases}
        assert sum(bool(is_ticked) for _, is_ticked in boxes) == ticked
        assert "&lt;b&gt;粗" in page
    page = client_of("analyst").get(reverse("tickets:queue"), {"scope": "all"}).content.decode()
    assert all(case.number in page for case in cases)
    assert 'name="case"' not in page
