import json
import uuid

import pytest
from django.test import Client

from chat.actions import accept_conversation, close_conversation, start_conversation
from chat.models import Conversation, Message
from chat.tokens import hash_of, visitor
from helpdesk.core.actors import Guest

ID = "2f1e6c1a-0000-4000-8000-000000000001"
START = "/api/v1/conversations"
VERBS = {
    "GET messages": None,
    "POST messages": {"client_id": ID, "text": "您好"},
    "POST read": {"seq": 1},
    "POST rate": {"score": 5},
    "POST close": {},
}


def ask(client, conversation_id, what, data=None, **headers):
    method, _, path = what.partition(" ")
    url = f"{START}/{conversation_id}/{path}"
    if method == "GET":
        return client.get(url, data, headers=headers)
    body = data if isinstance(data, str | bytes) else json.dumps(data)
    return client.post(url, body, "application/json", headers=headers)


def bearer(conversation):
    return {"Authorization": f"Bearer {conversation.token}"}


@pytest.fixture
def browser():
    """Nobody's browser, with CSRF checks on, as in life."""
    return Client(enforce_csrf_checks=True)


# --- Starting -------------------------------------------------------------------------------------------


def test_start_answers_id_and_token(db, browser):
    body = {"language": "en", "topic": "repayment", "name": "王小明"}
    response = browser.post(START, body, "application/json")
    assert response.status_code == 201
    answer = response.json()
    assert set(answer) == {"id", "token"}
    stored = Conversation.objects.get()
    assert (str(stored.pk), stored.token_hash) == (answer["id"], hash_of(answer["token"]))
    assert (stored.language, stored.topic, stored.name, stored.customer) == (
        "en",
        "repayment",
        "王小明",
        None,
    )
    assert not response.cookies


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_every_field_of_start_may_be_absent(db, browser, body):
    assert browser.generic("POST", START, body, "application/json").status_code == 201


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ('{"language":"de"}', "bad_field", "language"),
        ('{"language":null}', "bad_field", "language"),
        ('{"topic":"x"}', "bad_field", "topic"),
        ('{"topic":["repayment"]}', "bad_field", "topic"),
        ('{"name":1}', "bad_field", "name"),
        (json.dumps({"name": "甲" * 61}), "bad_field", "name"),
        ('{"name":"\\u0000"}', "bad_text", None),
        ('{"name":"\\udfff"}', "bad_text", None),
        ("[]", "not_object", None),
        ("x", "bad_json", None),
        ('{"name":"a","name":"b"}', "duplicate_key", None),
    ],
)
def test_start_refuses(db, browser, body, code, field):
    response = browser.post(START, body, "application/json")
    error = response.json()["error"]
    assert (response.status_code, error["code"], error.get("field")) == (400, code, field)
    assert not Conversation.objects.exists()


def test_start_is_limited_by_address_whatever_the_header_says(db, browser, settings):
    settings.CHAT_STARTS_PER_MINUTE = 3
    codes = [
        browser.post(START, {}, "application/json", headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code
        for n in range(5)
    ]
    assert codes == [201, 201, 201, 429, 429]


def test_a_signed_in_customer_needs_the_csrf_token_to_be_known(cast):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.customer)
    browser.post(START, {}, "application/json")
    browser.cookies["csrftoken"] = "a" * 32
    browser.post(START, {}, "application/json", headers={"X-CSRFToken": "a" * 32})
    assert set(Conversation.objects.values_list("customer", flat=True)) == {None, cast.customer.pk}


# --- Messages --------------------------------------------------------------------------------------------


def test_post_then_repeat(waiting, browser):
    first = ask(browser, waiting.pk, "POST messages", {"client_id": ID, "text": "您好"}, **bearer(waiting))
    again = ask(browser, waiting.pk, "POST messages", {"client_id": ID, "text": "别的"}, **bearer(waiting))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    message = first.json()
    assert (message["type"], message["seq"], message["client_id"]) == ("message", 1, ID)
    assert (message["author"], message["kind"], message["text"]) == ("visitor", "text", "您好")


def test_post_repeated_after_close_is_200_and_a_new_one_409(waiting, browser):
    ask(browser, waiting.pk, "POST messages", {"client_id": ID, "text": "您好"}, **bearer(waiting))
    close_conversation(waiting, actor=visitor(waiting))
    again = ask(browser, waiting.pk, "POST messages", {"client_id": ID, "text": "您好"}, **bearer(waiting))
    new = {"client_id": str(uuid.uuid4()), "text": "您好"}
    late = ask(browser, waiting.pk, "POST messages", new, **bearer(waiting))
    assert (again.status_code, late.status_code) == (200, 409)
    error = late.json()["error"]
    assert (error["code"], error["state"]) == ("closed", "closed")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": "a"}, 400, "missing_field"),
        ({"client_id": ID}, 400, "missing_field"),
        ({"client_id": "x", "text": "a"}, 400, "bad_field"),
        ({"client_id": ID, "text": 1}, 400, "bad_field"),
        ({"client_id": ID, "text": ""}, 400, "text_empty"),
        ({"client_id": ID, "text": "　"}, 400, "text_empty"),
        ({"client_id": ID, "text": "甲" * 5001}, 400, "text_too_long"),
        ({"client_id": ID, "text": "a\0"}, 400, "bad_text"),
        ({"client_id": ID, "text": "a", "attachments": [1]}, 400, "bad_field"),
        ('{"client_id":"x","text":"\\ud800"}', 400, "bad_text"),
        ({"client_id": ID, "text": "a" * 70_000}, 413, "too_large"),
        ("a" * 3_000_000, 413, "too_large"),
        (b"\xff\xfe", 400, "bad_json"),
        ("", 400, "missing_field"),
    ],
)
def test_post_refuses(waiting, browser, body, status, code):
    response = ask(browser, waiting.pk, "POST messages", body, **bearer(waiting))
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert not Message.objects.exists()


def test_get_pages_through(waiting, browser):
    for n in range(5):
        body = {"client_id": str(uuid.uuid4()), "text": str(n)}
        ask(browser, waiting.pk, "POST messages", body, **bearer(waiting))
    pages = []
    for after in (0, 2, 4, 5, 99):
        page = ask(
            browser, waiting.pk, "GET messages", {"after": after, "limit": 2}, **bearer(waiting)
        ).json()
        pages.append(([m["seq"] for m in page["messages"]], page["more"], page["seq"]))
    assert pages == [([1, 2], True, 5), ([3, 4], True, 5), ([5], False, 5), ([], False, 5), ([], False, 5)]
    assert (page["you"], page["state"], page["queue_position"]) == ("visitor", "waiting", 1)


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "after=2147483648", "limit=0", "limit=201", "after="]
)
def test_get_refuses(waiting, browser, query):
    response = browser.get(f"{START}/{waiting.pk}/messages?{query}", headers=bearer(waiting))
    assert (response.status_code, response.json()["error"]["code"]) == (400, "bad_field")


def test_get_costs_the_same_at_3_and_at_30(active, browser, cast, django_assert_num_queries):
    ask(browser, active.pk, "GET messages", **bearer(active))  # keeps that the visitor is there
    for count in (3, 27):
        for _ in range(count):
            body = {"client_id": str(uuid.uuid4()), "text": "a"}
            ask(browser, active.pk, "POST messages", body, **bearer(active))
        with django_assert_num_queries(3):  # the token, the messages, the state
            ask(browser, active.pk, "GET messages", **bearer(active))


def test_read_rate_close(active, browser):
    def post(what, data):
        return ask(browser, active.pk, f"POST {what}", data, **bearer(active))

    assert post("read", {"seq": 1}).json() == {"seq": 1}
    assert post("read", {"seq": 0}).json() == {"seq": 1}
    assert post("rate", {"score": 4, "text": "谢谢"}).json()["score"] == 4
    assert post("rate", {"score": 4}).json()["error"]["code"] == "already_rated"
    assert post("close", {}).json()["state"] == "closed"
    assert post("close", {}).json()["error"]["code"] == "conflict"


# --- Who -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", VERBS)
def test_foreign_absent_and_impossible_are_one_404(active, cast, client_of, what):
    other = start_conversation(actor=Guest())
    answers = {
        (response.status_code, response.content, response.headers["Content-Type"])
        for pk, token in [
            (active.pk, other.token),
            (active.pk, "x"),
            (active.pk, ""),
            (uuid.uuid4(), active.token),
            ("nonsense", active.token),
        ]
        for response in [ask(Client(), pk, what, VERBS[what], Authorization=f"Bearer {token}")]
    }
    for role, pk in [("other_agent", active.pk), ("customer", active.pk), ("agent", uuid.uuid4())]:
        client = Client()
        client.force_login(getattr(cast, role))
        response = ask(client, pk, what, VERBS[what])
        answers.add((response.status_code, response.content, response.headers["Content-Type"]))
    assert len(answers) == 1
    assert {status for status, _, _ in answers} == {404}


@pytest.mark.parametrize("what", VERBS)
def test_401_only_without_any_credentials(active, what):
    body = ask(Client(), active.pk, what, VERBS[what])
    assert (body.status_code, body.json()["error"]["code"]) == (401, "no_credentials")
    basic = ask(Client(), active.pk, what, VERBS[what], Authorization="Basic eDp4")
    assert (basic.status_code, basic.json()["error"]["code"]) == (401, "no_credentials")
    assert ask(Client(), active.pk, what, VERBS[what], Authorization="Cookie").status_code == 401


@pytest.mark.parametrize("what", [verb for verb in VERBS if verb.startswith("POST")])
def test_cookie_and_session_need_the_csrf_token_and_bearer_does_not(active, cast, what):
    visitor_browser, agent = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    visitor_browser.cookies["chat_token"] = active.token
    agent.force_login(cast.agent)
    for client in (visitor_browser, agent):
        response = ask(client, active.pk, what, VERBS[what])
        assert (response.status_code, response.json()["error"]["code"]) == (403, "forbidden")
    assert Message.objects.count() == 1  # joined
    visitor_browser.cookies["csrftoken"] = "a" * 32
    headers = {"X-CSRFToken": "a" * 32}
    assert ask(visitor_browser, active.pk, what, VERBS[what], **headers).status_code in (200, 201)
    fresh = start_conversation(actor=Guest())
    client = Client(enforce_csrf_checks=True)
    assert ask(client, fresh.pk, what, VERBS[what], **bearer(fresh)).status_code in (200, 201)


def test_a_token_in_the_address_is_not_accepted(active):
    response = Client().get(f"{START}/{active.pk}/messages?token={active.token}")
    assert response.status_code == 401


def test_the_agents_session_speaks_as_the_agent(active, cast, client_of):
    posted = ask(client_of("agent"), active.pk, "POST messages", {"client_id": ID, "text": "您好"})
    assert (posted.status_code, posted.json()["author"], posted.json()["name"]) == (201, "agent", "丙坐席")
    page = ask(client_of("agent"), active.pk, "GET messages").json()
    assert (page["you"], len(page["messages"])) == ("agent", 2)


def test_an_agent_who_is_also_a_visitor_here_says_which(active, cast, client_of):
    client = client_of("agent")
    client.cookies["chat_token"] = active.token
    as_agent = ask(client, active.pk, "POST messages", {"client_id": ID, "text": "甲"})
    as_visitor = ask(
        client, active.pk, "POST messages", {"client_id": ID, "text": "乙"}, Authorization="Cookie"
    )
    assert (as_agent.json()["author"], as_visitor.json()["author"]) == ("agent", "visitor")


def test_a_supervisor_may_read_and_not_speak(active, cast, client_of):
    client = client_of("supervisor")
    assert ask(client, active.pk, "GET messages").status_code == 200
    assert ask(client, active.pk, "POST messages", VERBS["POST messages"]).status_code == 403


def test_accepting_elsewhere_is_seen_here(waiting, cast, browser):
    accept_conversation(waiting, actor=cast.agent)
    page = ask(browser, waiting.pk, "GET messages", **bearer(waiting)).json()
    assert (page["state"], page["agent"], page["messages"][0]["text"]) == ("active", "丙坐席", "joined")


def test_openapi_describes_every_operation_and_no_page_loads_scripts(browser):
    paths = browser.get("/api/v1/openapi.json").json()["paths"]
    assert {(path, method) for path, methods in paths.items() for method in methods} == {
        (START, "post"),
        (START + "/{pk}/messages", "get"),
        (START + "/{pk}/messages", "post"),
        (START + "/{pk}/edit", "post"),
        (START + "/{pk}/files", "post"),
        (START + "/{pk}/files/{file}", "get"),
        (START + "/{pk}/read", "post"),
        (START + "/{pk}/rate", "post"),
        (START + "/{pk}/close", "post"),
    }
    assert browser.get("/api/v1/docs").status_code == 404
