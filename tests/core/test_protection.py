"""What every answer carries, and what leads nowhere: policies, copies, redirects, fixed sessions, the log."""

import logging

import pytest
from django.test import Client
from django.urls import reverse

from helpdesk.core.logs import RefusalsInOneLine
from tests.access import ROLES
from tests.conftest import PASSWORD
from tests.core.test_url_roles import ACCESS
from tests.tickets.access import ABSENT, file_of
from tests.tickets.factories import make_ticket
from tests.tickets.pages import file_case, shown_code, url
from tests.tickets.test_pages_public import strip_csrf

pytestmark = pytest.mark.django_db
PAGES = {row.name: row for row in reversed(ACCESS) if row.method == "GET"}.values()
FRAMED = {"chat:frame", "chat:preview", "chat:beside"}  # the second by our own pages only
SHARED = {"chat:widget", "chat:accent"}  # the same for everyone
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "https://testserver@evil.example/",
    "\thttps://evil.example",
    "landing",
    "http://[::1",
]


def policy(response) -> dict[str, str]:
    parts = [part.split(" ", 1) for part in response["Content-Security-Policy"].split("; ")]
    return {name: rest[0] if rest else "" for name, *rest in parts}


@pytest.mark.deep
@pytest.mark.parametrize("role", ROLES)
def test_every_page_has_its_policies_and_stays_in_no_cache(cast, client_of, role):
    client = client_of(role)
    faults = []
    for row in PAGES:
        path = reverse(row.name, kwargs=row.kwargs(cast) if row.kwargs else {})
        response = client.get(path, row.data)
        allowed = policy(response)
        if allowed["default-src"] != "'none'" or "unsafe" in str(allowed):
            faults.append(f"{row.name}: {allowed}")
        if (
            row.name not in FRAMED
            and response.status_code == 200
            and response.get("X-Frame-Options") != "DENY"
        ):
            faults.append(f"{row.name} can be framed")
        kept = response.get("Cache-Control", "")
        if role != "anonymous" and row.name not in SHARED and "no-store" not in kept:
            faults.append(f"{row.name} may be kept: {kept!r}")
    assert faults == []


def test_a_case_opened_by_its_code_stays_in_no_cache(client):
    assert "Cache-Control" not in client.get("/").headers
    file_case(client)
    assert client.get("/")["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere/", 404),
        ("GET", "/search/?q=%00", 400),
        ("GET", "/people/", 403),
        ("GET", "/preferences/", 405),
        ("POST", "/people/teams/", 403),  # without a CSRF token
        ("POST", "/api/v1/conversations/x/messages", 403),  # JSON, also without a token
        ("GET", "/tickets/mine/", 403),
    ],
)
def test_every_refusal_has_its_policies_and_its_words(cast, method, path, status):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.agent)
    response = client.generic(method, path)
    assert response.status_code == status
    assert (policy(response)["default-src"], response["X-Frame-Options"]) == ("'none'", "DENY")
    assert response.content


def test_a_wrong_method_is_told_and_names_the_right_one(client):
    response = client.get("/preferences/")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "<h1>不能这样打开</h1>" in response.content.decode()
    assert client.head("/preferences/").status_code == 405


# --- Redirects ---------------------------------------------------------------------------------
@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_form_leads_elsewhere(client, cast, target):
    preferences = client.post("/preferences/", {"theme": "dark", "next": target})
    assert (preferences.status_code, preferences.url) == (302, "/")
    language = client.post("/i18n/setlang/", {"language": "en", "next": target})
    assert language.url in {"/", "landing"}
    fields = {"login": "agent", "password": PASSWORD, "next": target}
    signed_in = client.post("/accounts/login/", fields)
    assert signed_in.status_code == 302
    assert signed_in.url == "/landing/"
    signed_out = client.post("/accounts/logout/", {"next": target})
    assert signed_out.url == "/"


# --- Sessions ----------------------------------------------------------------------------------
def planted(client: Client) -> str:
    """A session that somebody else knows, because they put its cookie into this browser."""
    client.post("/faq/nothing/vote/")
    client.get("/search/?q=还款")
    return client.cookies["sessionid"].value


def test_signing_in_leaves_a_planted_session(client, cast):
    before = planted(client)
    client.post("/accounts/login/", {"login": "agent", "password": PASSWORD})
    other = Client()
    other.cookies["sessionid"] = before
    assert client.cookies["sessionid"].value != before
    assert other.get("/landing/")["Location"].startswith("/accounts/login/")


def test_showing_a_code_leaves_a_planted_session(client, cast):
    case = make_ticket(cast)
    before = planted(client)
    shown = {"number": case.number, "code": case.tracking_code}
    assert client.post("/tickets/track/", shown).status_code == 302
    other = Client()
    other.cookies["sessionid"] = before
    assert client.get(url("tracked", case.number)).status_code == 200
    assert other.get(url("tracked", case.number)).status_code == 404


def test_a_new_code_ends_what_the_old_one_opened(client):
    number, code = file_case(client)
    other = Client()
    other.post("/tickets/track/", {"number": number, "code": code})
    assert other.get(url("tracked", number)).status_code == 200
    client.post(url("tracked_code", number))
    assert other.get(url("tracked", number)).status_code == 404
    assert client.get(url("tracked", number)).status_code == 200
    _number, new = shown_code(client.get("/tickets/received/").content.decode())
    other.post("/tickets/track/", {"number": number, "code": new})
    assert other.get(url("tracked", number)).status_code == 200


def test_the_desk_renewing_a_code_ends_it_too(client, client_of):
    number, _code = file_case(client)
    client_of("supervisor").post(url("renew_tracking_code", number))
    assert client.get(url("tracked", number)).status_code == 404


def test_a_session_key_with_nul_is_an_unknown_one(client):
    client.cookies["sessionid"] = "a" * 31 + "\0"
    assert client.get("/tickets/mine/").status_code == 302


# --- Foreign is absent -------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["anonymous", "customer"])
def test_a_foreign_file_and_none_answer_the_same(cast, client_of, role):
    client = client_of(role)
    foreign = file_of("other_customer")(cast)
    paths = [reverse("tickets:evidence", kwargs=k) for k in (foreign, {"number": ABSENT, "pk": 1})]
    answers = [client.get(path) for path in paths]
    pages = [
        strip_csrf(answer.content.decode()).replace(path, "")
        for answer, path in zip(answers, paths, strict=True)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert pages[0] == pages[1]


def test_the_log_tells_a_refusal_in_one_line_and_a_fault_in_full():
    refused = logging.makeLogRecord({"status_code": 403, "exc_info": (ValueError, ValueError(), None)})
    fault = logging.makeLogRecord({"exc_info": (ValueError, ValueError(), None)})
    told = [RefusalsInOneLine().filter(record) for record in (refused, fault)]
    assert (told, refused.exc_info, bool(fault.exc_info)) == ([True, True], None, True)
