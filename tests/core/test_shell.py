"""The frame around every page: preferences, language, landing, navigation, signing in and out."""

import re

import pytest
import time_machine
from django.urls import reverse

from helpdesk.core.models import AuditEntry
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


# --- Preferences -----------------------------------------------------------------------------------


def test_theme_and_density_are_remembered(client):
    response = client.post(
        "/preferences/", {"theme": "dark", "density": "compact", "next": "/accounts/login/?x=1"}
    )
    assert response["Location"] == "/accounts/login/?x=1"
    page = client.get("/accounts/login/").content.decode()
    assert '<html lang="zh-Hans" data-theme="dark" data-density="compact">' in page


def test_nonsense_is_not_remembered(client):
    response = client.post("/preferences/", {"theme": "<script>", "density": "x"})
    assert dict(response.cookies) == {}
    client.cookies["theme"] = '"><script>'
    assert 'data-theme="auto"' in client.get("/accounts/login/").content.decode()


@pytest.mark.parametrize("url", ["/preferences/", "/i18n/setlang/"])
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "https:evil.example",
    ],
)
def test_nobody_is_sent_to_another_site(client, url, target):
    response = client.post(url, {"next": target, "theme": "dark", "language": "en"})
    assert response["Location"] == "/"


# --- Language --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "lang"), [("zh-hans", "zh-Hans"), ("zh-hant", "zh-Hant"), ("en", "en")])
def test_language_switch_without_script(client, code, lang):
    response = client.post("/i18n/setlang/", {"language": code, "next": "/accounts/login/"})
    assert response["Location"] == "/accounts/login/"
    page = client.get("/accounts/login/").content.decode()
    assert f'<html lang="{lang}"' in page
    pressed = re.findall(r'name="language" value="([^"]+)"[^>]*aria-pressed="true"', page)
    assert pressed == [code]


def test_the_switch_comes_back_to_this_page_with_its_query(client):
    page = client.get("/accounts/login/?next=/people/").content.decode()
    assert '<input type="hidden" name="next" value="/accounts/login/?next=/people/">' in page


def test_after_a_refused_form_the_switch_comes_back_to_the_form(client_of, cast):
    admin = client_of("administrator")
    url = f"/people/{cast.administrator.pk}/"
    page = admin.post(f"{url}role/", {"role": "agent"}, headers={"referer": f"http://testserver{url}"})
    assert f'name="next" value="{url}"' in page.content.decode()


# --- Landing and navigation ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "room"),
    [
        ("customer", "tickets:mine"),
        ("agent", "tickets:queue"),
        ("supervisor", "tickets:queue"),
        ("analyst", "quality:trends"),
        ("administrator", "core:people"),
    ],
)
def test_everyone_lands_in_their_room(client_of, role, room):
    assert client_of(role).get("/landing/")["Location"] == reverse(room)


VISITOR = ["chat:visitor", "tickets:new", "tickets:track"]


@pytest.mark.parametrize(
    ("role", "places"),
    [
        ("anonymous", ["faq:home", *VISITOR]),
        ("customer", ["faq:home", "tickets:loans", *VISITOR, "tickets:mine"]),
        (
            "agent",
            [
                "tickets:queue",
                "tickets:todo",
                "tickets:alerts",
                "chat:desk",
                "chat:history",
                "tickets:log",
                "quality:improvements",
                "quality:reviews",
                "faq:home",
                "faq:articles",
            ],
        ),
        (
            "supervisor",
            [
                "tickets:queue",
                "tickets:todo",
                "tickets:alerts",
                "chat:desk",
                "chat:history",
                "tickets:log",
                "tickets:learning",
                "quality:trends",
                "faq:home",
                "core:roster",
                "faq:articles",
                "tickets:wordings",
                "chat:pre_chat",
            ],
        ),
        ("analyst", ["chat:history", "tickets:learning", "quality:trends", "faq:home", "faq:articles"]),
        (
            "administrator",
            [
                "tickets:learning",
                "faq:home",
                "faq:articles",
                "tickets:wordings",
                "core:people",
                "chat:pre_chat",
                "tickets:packs",
                "core:audit",
            ],
        ),
    ],
)
def test_navigation_offers_what_the_role_may_open(client_of, role, places):
    response = client_of(role).get("/design-system/")
    offered = [link.url for link in response.context["navigation"]()]
    assert offered == [reverse(place) for place in places]


def test_the_current_page_is_marked(client_of, cast):
    admin = client_of("administrator")
    assert '<a href="/people/" aria-current="page">' in admin.get("/people/").content.decode()
    assert '<a href="/people/" aria-current="true">' in admin.get("/people/new/").content.decode()


# --- Signing in ------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["agent", "agent@example.test"])
def test_sign_in_by_name_or_address(client, cast, login):
    response = client.post("/accounts/login/", {"login": login, "password": PASSWORD})
    assert response["Location"] == "/landing/"


def test_sign_in_goes_on_to_the_page_asked_for(client, cast):
    data = {"login": "administrator", "password": PASSWORD, "next": "/audit/"}
    assert client.post("/accounts/login/", data)["Location"] == "/audit/"
    away = data | {"next": "https://evil.example/"}
    client.post("/accounts/logout/")
    assert client.post("/accounts/login/", away)["Location"] == "/landing/"


def errors(client, login):
    response = client.post("/accounts/login/", {"login": login, "password": "wrong wrong"})
    assert response.status_code == 200
    return response.context["form"].errors, response.content.decode()


def test_wrong_password_says_so_and_not_whether_the_name_exists(client, cast):
    known, page = errors(client, "agent")
    unknown, _ = errors(client, "nobody")
    assert known == unknown
    assert 'value="agent"' in page
    assert "wrong wrong" not in page


def test_guessing_one_account_is_stopped_even_with_the_right_password(client, cast):
    for _ in range(5):
        errors(client, "agent")
    right = client.post("/accounts/login/", {"login": "agent", "password": PASSWORD})
    assert right.status_code == 200
    assert right.context["form"].errors.as_data()["__all__"][0].code == "too_many_login_attempts"


def test_guessing_many_accounts_gets_a_page_that_says_so(client, cast):
    with time_machine.travel(
        "2026-11-22T04:00:00Z", tick=False
    ):  # within one minute, however slow the machine
        codes = [
            client.post("/accounts/login/", {"login": f"a{n}", "password": "wrong wrong"}).status_code
            for n in range(31)
        ]
        page = client.post("/accounts/login/", {"login": "agent", "password": PASSWORD}).content.decode()
    assert codes == [200] * 30 + [429]
    assert "短时间内尝试的次数太多了" in page


def test_the_demonstration_lists_its_accounts_and_nothing_else_does(client, settings):
    settings.DEMO = True
    assert "helpdesk-demo" in client.get("/accounts/login/").content.decode()
    settings.DEMO = False
    assert "helpdesk-demo" not in client.get("/accounts/login/").content.decode()


def test_signing_out_takes_a_post(client_of):
    client = client_of("agent")
    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/accounts/password/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/accounts/password/").status_code == 302


def test_changing_the_password_leaves_a_trace_without_it(client_of, cast, client):
    data = {"oldpassword": PASSWORD, "password1": "another long one", "password2": "another long one"}
    assert client_of("agent").post("/accounts/password/", data).status_code == 302
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.data) == ("person.password_changed", cast.agent, {})
    assert client.login(username="agent", password="another long one")


def test_nobody_signs_up_by_themselves(client):
    assert client.get("/accounts/signup/").status_code == 404
