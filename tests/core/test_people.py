"""Administrators make accounts, change roles, switch accounts off and on again; never their own."""

import io
import re
import sys

import pytest
from django.core.management import CommandError, call_command

from helpdesk.core.actors import Guest
from helpdesk.core.administration import actions
from helpdesk.core.administration.forms import CONFIRMATIONS
from helpdesk.core.administration.queries import people_visible_to
from helpdesk.core.contacts import contact_token
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry, Role, Team, User
from tests.conftest import PASSWORD
from tests.tickets.factories import make_ticket

pytestmark = pytest.mark.django_db
NEW = {
    "username": "xin",
    "name": "辛新人",
    "email": "xin@example.test",
    "role": "agent",
    "team": "",
    "password": "a long enough one",
    "own_password": PASSWORD,
}


def _as(**fields) -> dict[str, object]:
    """A form that its administrator has confirmed."""
    return {**fields, "own_password": PASSWORD}


@pytest.fixture
def admin(client_of):
    return client_of("administrator")


def verbs() -> list[str]:
    return list(AuditEntry.objects.values_list("verb", flat=True))


def test_create_person_who_can_sign_in(admin, client, teams):
    response = admin.post("/people/new/", NEW | {"team": teams[1].pk})
    assert response.status_code == 302
    made = User.objects.get(username="xin")
    assert (made.name, made.role, made.team, made.is_active) == ("辛新人", "agent", teams[1], True)
    assert client.login(username="xin", password="a long enough one")


def test_the_trail_of_a_new_account_has_neither_name_nor_password(admin):
    admin.post("/people/new/", NEW)
    entry = AuditEntry.objects.get(verb="person.created")
    assert entry.data == {
        "username": "xin",
        "name": "***",
        "email": "***",
        "role": "agent",
        "team": None,
        "password": "***",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "AGENT"),
        ("username", "system:x"),
        ("username", ""),
        ("email", "Agent@example.test"),
        ("email", "no"),
        ("role", "system"),
        ("role", "king"),
        ("team", "99999"),
        ("password", "short"),
        ("own_password", ""),
        ("own_password", "not the administrator's"),
        ("password", "1234567890"),
        ("name", "长" * 61),
    ],
)
def test_what_a_new_account_may_not_be(admin, cast, field, value):
    before = User.objects.count()
    response = admin.post("/people/new/", NEW | {field: value})
    assert list(response.context["form"].errors) == [field]
    assert "辛新人" in response.content.decode() or field == "name"
    assert NEW["password"] not in response.content.decode()
    assert User.objects.count() == before


def test_a_name_taken_at_the_last_moment_is_a_conflict(cast):
    with pytest.raises(ActionError, match="已经有人使用"):
        actions.create_person(
            actor=cast.administrator,
            username="agent",
            name="x",
            email="x@example.test",
            role="agent",
            team=None,
            password="long enough 1",
        )


def test_change_role_and_team(admin, cast, teams):
    response = admin.post(f"/people/{cast.agent.pk}/role/", _as(role="supervisor", team=teams[1].pk))
    assert response.status_code == 302
    cast.agent.refresh_from_db()
    assert (cast.agent.role, cast.agent.team) == (Role.SUPERVISOR, teams[1])
    assert verbs() == ["person.role_changed"]


def test_nobody_changes_their_own_role(admin, cast):
    response = admin.post(f"/people/{cast.administrator.pk}/role/", _as(role="agent"))
    assert response.status_code == 409
    assert "不能改变自己的角色" in response.content.decode()
    cast.administrator.refresh_from_db()
    assert cast.administrator.role == Role.ADMINISTRATOR
    assert verbs() == []


def test_one_may_change_one_s_own_team(admin, cast, teams):
    url = f"/people/{cast.administrator.pk}/role/"
    assert admin.post(url, _as(role="administrator", team=teams[0].pk)).status_code == 302
    cast.administrator.refresh_from_db()
    assert cast.administrator.team == teams[0]


@pytest.mark.parametrize("typed", ["", "somebody else's", "\0"])
def test_a_role_is_given_by_nobody_who_only_found_the_browser_open(admin, cast, typed):
    fields = {"role": "administrator", "own_password": typed}
    page = admin.post(f"/people/{cast.agent.pk}/role/", fields)
    assert list(page.context["form"].errors) == ["own_password"]
    assert '<option value="administrator" selected>' in page.content.decode()
    cast.agent.refresh_from_db()
    assert (cast.agent.role, verbs()) == (Role.AGENT, [])


def test_the_own_password_is_not_guessed_for_long(admin, cast):
    url = f"/people/{cast.agent.pk}/role/"
    for _guess in range(CONFIRMATIONS):
        admin.post(url, {"role": "supervisor", "own_password": "a guess"})
    page = admin.post(url, _as(role="supervisor"))
    assert "尝试的次数太多了" in page.content.decode()
    cast.agent.refresh_from_db()
    assert cast.agent.role == Role.AGENT


def test_a_wrong_name_or_address_is_put_right(admin, cast):
    page = admin.get(f"/people/{cast.agent.pk}/").content.decode()
    assert 'value="丙坐席"' in page and 'value="agent@example.test"' in page
    typed = _as(name="丙新姓", email="Agent@example.test")
    assert admin.post(f"/people/{cast.agent.pk}/name/", typed).status_code == 302
    person = User.objects.get(pk=cast.agent.pk)
    assert (person.name, person.email, person.email_token) == (
        "丙新姓",
        "Agent@example.test",
        contact_token("agent@example.test"),
    )
    assert AuditEntry.objects.get(verb="person.renamed").data == {"name": "***", "email": "***"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("email", "supervisor@EXAMPLE.test"), ("email", "no"), ("own_password", "a guess")],
)
def test_a_name_that_is_refused(admin, cast, field, value):
    typed = _as(name="丙新姓", email="new@example.test") | {field: value}
    page = admin.post(f"/people/{cast.agent.pk}/name/", typed)
    assert list(page.context["names"].errors) == [field]
    assert f'href="#name_{field}"' in page.content.decode()
    assert verbs() == []


def test_a_customer_is_not_renamed_and_not_shown(admin, cast):
    page = admin.get(f"/people/{cast.customer.pk}/").content.decode()
    assert cast.customer.email not in page
    assert f"/people/{cast.customer.pk}/name/" not in page


def test_a_forgotten_password_gets_a_successor(admin, cast, client_of, client):
    theirs = client_of("agent")
    url = f"/people/{cast.agent.pk}/password/"
    page = admin.post(url, _as(password="a long enough one"), follow=True).content.decode()
    assert "丙坐席 的新密码已生效" in page
    assert theirs.get("/accounts/password/")["Location"].startswith("/accounts/login/")
    assert not client.login(username="agent", password=PASSWORD)
    assert client.login(username="agent", password="a long enough one")
    assert AuditEntry.objects.get(verb="person.password_set").data == {"password": "***"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("password", "short"), ("password", ""), ("own_password", "no"), ("own_password", "")],
)
def test_a_successor_that_is_refused(admin, cast, field, value):
    typed = _as(password="a long enough one") | {field: value}
    page = admin.post(f"/people/{cast.agent.pk}/password/", typed)
    assert list(page.context["password"].errors) == [field]
    assert f'href="#new_{field}"' in page.content.decode()
    assert verbs() == []


def test_one_s_own_password_is_changed_where_the_old_one_is_asked(admin, cast):
    url = f"/people/{cast.administrator.pk}/"
    assert f"{url}password/" not in admin.get(url).content.decode()
    assert admin.post(f"{url}password/", _as(password="a long enough one")).status_code == 409


def test_the_first_administrator_comes_from_the_command_line(monkeypatch, client, db):
    monkeypatch.setattr(sys, "stdin", io.StringIO("a long enough one\n"))
    call_command("create_administrator", "first", name="甲", email="first@example.test", stdout=io.StringIO())
    assert User.objects.get(username="first").role == Role.ADMINISTRATOR
    assert client.login(username="first", password="a long enough one")
    assert client.get("/people/").status_code == 200
    entry = AuditEntry.objects.get(verb="person.created")
    assert (entry.actor_label, entry.data["role"]) == ("system:setup", "administrator")


@pytest.mark.parametrize("password", ["short", ""])
def test_the_first_administrator_needs_a_good_password(monkeypatch, db, password):
    monkeypatch.setattr(sys, "stdin", io.StringIO(password))
    with pytest.raises(CommandError, match="password"):
        call_command("create_administrator", "first", name="甲", email="first@example.test")
    assert not User.objects.filter(username="first").exists()


def test_deactivating_signs_the_person_out_at_once(admin, cast, client_of, client):
    theirs = client_of("agent")
    assert theirs.get("/accounts/password/").status_code == 200
    response = admin.post(f"/people/{cast.agent.pk}/deactivate/", follow=True)
    assert "已停用 丙坐席 的账号" in response.content.decode()
    assert theirs.get("/accounts/password/")["Location"].startswith("/accounts/login/")
    assert not client.login(username="agent", password=PASSWORD)


def test_deactivation_can_be_undone_from_its_page(admin, cast):
    page = admin.post(f"/people/{cast.agent.pk}/deactivate/", follow=True).content.decode()
    undo = f"/people/{cast.agent.pk}/reactivate/"
    assert page.count(f'action="{undo}"') == 1  # no button without a password
    assert admin.post(undo, _as()).status_code == 302
    cast.agent.refresh_from_db()
    assert cast.agent.is_active
    assert verbs() == ["person.deactivated", "person.reactivated"]


def test_senior_is_set_by_an_administrator_and_ends_with_the_role(admin, cast):
    person = cast.supervisor
    person.senior = False
    person.save()
    page = admin.post(f"/people/{person.pk}/senior/", _as(), follow=True).content.decode()
    assert f'action="/people/{person.pk}/not-senior/"' in page
    assert User.objects.get(pk=person.pk).senior
    assert (verbs(), AuditEntry.objects.get().data) == (["person.senior_set"], {"senior": True})
    with pytest.raises(ActionError):
        actions.set_senior(person, actor=cast.administrator, senior=True)
    with pytest.raises(ActionForbidden):
        actions.set_senior(person, actor=person, senior=False)
    actions.change_role(person, actor=cast.administrator, role="agent", team=None)
    assert not User.objects.get(pk=person.pk).senior


@pytest.mark.parametrize("own", [{}, {"own_password": "wrong"}])
def test_what_gives_power_asks_for_ones_own_password(admin, cast, own):
    User.objects.filter(pk=cast.other_agent.pk).update(is_active=False)
    User.objects.filter(pk=cast.supervisor.pk).update(senior=False)
    for address in (
        f"{cast.other_agent.pk}/reactivate",
        f"{cast.supervisor.pk}/senior",
        f"{cast.customer.pk}/link",
    ):
        answer = admin.post(f"/people/{address}/", {"customer_ref": "DEMO-0009"} | own)
        assert (answer.status_code, "您自己的密码" in answer.content.decode()) == (400, True)
    assert 'value="DEMO-0009"' in answer.content.decode()
    assert verbs() == []


def test_nobody_deactivates_themselves(admin, cast):
    response = admin.post(f"/people/{cast.administrator.pk}/deactivate/")
    assert response.status_code == 409
    assert "不能停用自己的账号" in response.content.decode()
    cast.administrator.refresh_from_db()
    assert cast.administrator.is_active


@pytest.mark.parametrize("verb", ["deactivate", "reactivate"])
def test_the_second_time_is_a_conflict(admin, cast, verb):
    User.objects.filter(pk=cast.agent.pk).update(is_active=verb == "reactivate")
    assert admin.post(f"/people/{cast.agent.pk}/{verb}/", _as()).status_code == 409
    assert verbs() == []


def test_the_last_administrator_stays(cast):
    retired = User.objects.create_user("second", name="second", role=Role.ADMINISTRATOR, is_active=False)
    with pytest.raises(ActionError, match="至少要有一位在用的管理员"):
        actions.deactivate_person(cast.administrator, actor=retired)
    with pytest.raises(ActionError, match="至少要有一位在用的管理员"):
        actions.change_role(cast.administrator, actor=retired, role="agent", team=None)


def test_system_users_are_out_of_reach(admin, cast):
    system = User.system("sweep")
    assert people_visible_to(cast.administrator).filter(pk=system.pk).count() == 0
    assert admin.get(f"/people/{system.pk}/").status_code == 404
    with pytest.raises(ActionForbidden):
        actions.reactivate_person(system, actor=cast.administrator)


@pytest.mark.parametrize("role", ["customer", "agent", "supervisor", "analyst", "visitor"])
def test_only_administrators_may(cast, role):
    actor = Guest() if role == "visitor" else cast.by_role(role)
    person = cast.other_agent
    for attempt in (
        lambda: actions.change_role(person, actor=actor, role="administrator", team=None),
        lambda: actions.deactivate_person(person, actor=actor),
        lambda: actions.reactivate_person(person, actor=actor),
        lambda: actions.rename_person(person, actor=actor, name="x", email="x@example.test"),
        lambda: actions.set_password(person, actor=actor, password="a long enough one"),
        lambda: actions.create_team(actor=actor, name="x"),
        lambda: actions.create_person(
            actor=actor, username="x", name="x", email="", role="agent", team=None, password="x"
        ),
    ):
        with pytest.raises(ActionForbidden):
            attempt()
    assert list(people_visible_to(actor)) == []


def test_create_team_once(admin, teams):
    assert admin.post("/people/teams/", {"name": "质检组"}).status_code == 302
    again = admin.post("/people/teams/", {"name": "质检组"})
    assert again.status_code == 409
    assert "已经有一个叫“质检组”的团队" in again.content.decode()
    assert Team.objects.filter(name="质检组").count() == 1


def usernames(response) -> list[str]:
    return [person.username for person in response.context["page"]]


def test_the_list_is_searched_and_filtered(admin, cast):
    everyone = usernames(admin.get("/people/"))
    assert everyone == sorted(User.objects.values_list("username", flat=True))
    assert usernames(admin.get("/people/?q=丙坐")) == ["agent"]
    assert usernames(admin.get("/people/?q=AGENT")) == ["agent", "other_agent"]
    assert usernames(admin.get("/people/?role=analyst")) == ["analyst"]
    assert usernames(admin.get("/people/?state=inactive")) == []
    assert usernames(admin.get("/people/?role=nonsense")) == everyone
    assert "没有符合条件的人" in admin.get("/people/?q=nobody").content.decode()


def test_customers_are_masked_on_the_list_and_on_their_page(admin, cast):
    for path in ("/people/", f"/people/{cast.customer.pk}/"):
        page = admin.get(path).content.decode()
        assert "甲**" in page
        assert "甲客户" not in page
        assert "customer@example.test" not in page.replace("other_customer@example.test", "")


def test_the_list_costs_the_same_for_few_and_for_many(admin, cast, teams, django_assert_num_queries):
    with django_assert_num_queries(4):
        admin.get("/people/")
    for n in range(30):
        User.objects.create_user(f"p{n}", name="x", role=Role.AGENT, team=teams[0])
    with django_assert_num_queries(4):
        admin.get("/people/")


# --- The audit page --------------------------------------------------------------------------------


@pytest.fixture
def busy(cast):
    for n in range(60):
        actions.create_team(actor=cast.administrator, name=f"t{n}")
    actions.deactivate_person(cast.agent, actor=cast.administrator)


def test_audit_page_goes_back_in_time_without_gaps(admin, busy):
    first = admin.get("/audit/")
    ids = [entry.pk for entry in first.context["entries"]]
    second = admin.get(f"/audit/?before={first.context['older']}")
    ids += [entry.pk for entry in second.context["entries"]]
    assert ids == sorted(AuditEntry.objects.values_list("pk", flat=True), reverse=True)
    assert (first.context["total"], second.context["older"]) == (61, None)


def test_audit_page_filters(admin, cast, busy):
    def found(query):
        return [entry.verb for entry in admin.get(f"/audit/?{query}").context["entries"]]

    assert found("verb=person.deactivated") == ["person.deactivated"]
    assert found("verb=停用账号") == ["person.deactivated"]
    page = admin.get("/audit/?verb=停用账号").content.decode()
    assert ">停用账号</a> <small" in page
    assert "<code>person.deactivated</code>" in page
    about = admin.get(f"/people/{cast.agent.pk}/").content.decode()
    assert '<p title="person.deactivated">停用账号' in about
    assert found(f"target=core.user:{cast.agent.pk}") == ["person.deactivated"]
    assert found("target=core.user") == ["person.deactivated"]
    assert found("who=agent") == []
    assert len(found("who=administrator")) == 50
    assert len(found("before=nonsense")) == 50
    assert "没有符合条件的记录" in admin.get("/audit/?verb=no").content.decode()


def test_the_audit_page_knows_cases_by_their_numbers(admin, cast, django_assert_num_queries):
    ticket, other = make_ticket(cast), make_ticket(cast)
    for target in (ticket.number, ticket.number.lower(), f"tickets.ticket:{ticket.pk}"):
        entries = admin.get("/audit/", {"target": target}).context["entries"]
        assert {entry.target for entry in entries} == {f"tickets.ticket:{ticket.pk}"}, target
    page = admin.get("/audit/", {"target": "tickets.ticket"}).content.decode()
    assert f">{ticket.number}</a>" in page
    assert f">{other.number}</a>" in page
    with django_assert_num_queries(5):  # one for all numbers
        admin.get("/audit/", {"target": "tickets.ticket"})
    assert "没有符合条件的记录" in admin.get("/audit/", {"target": "C-2020-000001"}).content.decode()


def test_a_long_trail_is_not_counted_to_its_end(admin, busy, monkeypatch):
    monkeypatch.setattr("helpdesk.core.administration.queries.COUNTED", 10)
    assert "超过 10 条" in admin.get("/audit/").content.decode()


def test_the_audit_page_costs_the_same_for_few_and_for_many(admin, cast, django_assert_num_queries):
    actions.create_team(actor=cast.administrator, name="one")
    with django_assert_num_queries(4):
        admin.get("/audit/")
    for n in range(30):
        actions.create_team(actor=cast.administrator, name=f"t{n}")
    with django_assert_num_queries(4):
        admin.get("/audit/")


# --- Who a customer is in the loan ledger --------------------------------------------------------
def link(admin, person, ref):
    return admin.post(f"/people/{person.pk}/link/", _as(customer_ref=ref))


def test_link_customer_and_unlink(admin, cast):
    assert link(admin, cast.customer, " DEMO-0001 ").status_code == 302
    cast.customer.refresh_from_db()
    assert cast.customer.customer_ref == "DEMO-0001"
    assert 'value="DEMO-0001"' in admin.get(f"/people/{cast.customer.pk}/").content.decode()
    assert link(admin, cast.customer, "").status_code == 302
    cast.customer.refresh_from_db()
    assert cast.customer.customer_ref == ""
    assert verbs() == ["person.linked", "person.linked"]


def test_link_customer_once_only(admin, cast):
    link(admin, cast.customer, "DEMO-0001")
    response = link(admin, cast.other_customer, "DEMO-0001")
    assert response.status_code == 409
    assert response.context["link"].errors == {"customer_ref": ["这个客户号已经关联了另一个账号。"]}
    assert 'value="DEMO-0001"' in response.content.decode()
    cast.other_customer.refresh_from_db()
    assert cast.other_customer.customer_ref == ""


@pytest.mark.parametrize("ref", ["a/b", "甲", "x" * 65, "13800000021", "11010519491231002X", "a@b.example"])
def test_link_customer_by_an_opaque_reference_only(admin, cast, ref):
    response = link(admin, cast.customer, ref)
    assert response.status_code == 400
    assert list(response.context["link"].errors) == ["customer_ref"]
    cast.customer.refresh_from_db()
    assert cast.customer.customer_ref == ""


def test_link_customer_is_for_customers(cast):
    with pytest.raises(ActionForbidden):
        actions.link_customer(cast.agent, actor=cast.administrator, customer_ref="DEMO-0001")


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/"])
def test_the_forms_of_an_account_are_in_our_words(client_of, client, path):
    page = (client if "login" in path else client_of("agent")).get(path).content.decode()
    assert re.search("目前的密码|用户名或邮箱", page)
    assert "placeholder" not in page
