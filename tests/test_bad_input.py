"""Every address, given everything that should not be sent: a clear refusal each time, never a 500.

The addresses come from the URL × role table (tests/core/test_url_roles.py fails when one is missing
there). Each request runs in a savepoint of its own, so that one that succeeds spoils nothing for the next.
The two tables of all addresses take minutes, and are marked ``deep``.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

import helpdesk.urls  # noqa: F401  # whose views bring every form with them
from helpdesk.asgi import application
from helpdesk.core.forms import TextArea
from tests.access import Row
from tests.chat.access import SHOWN, TOKEN, conversation
from tests.chat.test_frames import BAD as BAD_FRAMES
from tests.core.test_url_roles import ACCESS
from tests.tickets.access import own
from tests.tickets.pages import token_of
from tickets.permissions import VERBS as STEPS
from tickets.views.tracked import FORMS
from tickets.views.verbs import VERBS

pytestmark = pytest.mark.django_db

LONG = "长" * 20_000
UTF8_SURROGATE = "%ED%A0%80"
# What stands in every field of a form that would accept it; what is not here is left out.
VALID: dict[str, Any] = {
    "kind": "complaint",
    "topic": "overdue",
    "channel": "phone",
    "method": "phone",
    "sent_through": "portal",
    "business": "collection",
    "cause": "collection",
    "severity": "ordinary",
    "root_cause": "staff_conduct",
    "role": "agent",
    "helpful": "no",
    "resolved": "no",
    "score": "2",
    "outcome": "upheld",
    "amount": "1",
    "contact": "13800000021",
    "email": "new@example.test",
    "username": "newcomer",
    "password": "a password of my own",
    "no_conflict": "on",
    "milestone": "decision_complex",
    **SHOWN,
}
ODD_TEXTS = {
    "nothing": "",
    "20,000 characters": LONG,
    "NUL": "前\0后",
    "emoji and controls": "👨‍👩‍👧‍👦🇨🇳" * 20 + "\x01\x1b[31m\u202e\ufeff\u2028\U000e0001",
}
ODD_VALUES = {
    "a number past 64 bits": str(2**63),
    "a negative number": "-1",
    "not a number": "NaN",
    "the last day": "9999-12-31",
    "an array": ["unknown' OR 1=1 --", "b", "0"],
}
MORE_VALUES = ODD_VALUES | {
    "5,000 digits": "9" * 5_000,
    "infinity": "1e999999",
    "the first day": "0001-01-01",
    "other digits": "٣",
    "NUL": "\0",
}
CSRF_EXEMPT = {
    *("chat:my_ticket", "chat:leave_message", "chat:transcript", "chat:mail_transcript", "chat:ask_deletion"),
    "api-1:conversations",
}
NOTHING_WRITTEN = {
    "core:add_leave",
    "faq:import_articles",
    "tickets:tracked_evidence",
    "tickets:add_evidence",
    "tickets:propose_redress",
    "tickets:cancel_redress",
    "tickets:retry_delivery",
    "tickets:involve",
    "tickets:set_team_rule",
    "api-1:conversation-files",
}  # dates, files and choices only
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
BODIES = [
    (FORM, b"\xff\xfe%zz&&==;%00=%00&a[b]=c"),
    (FORM, b"&".join(b"f%d=x" % n for n in range(1_100))),
    (FORM, b"text=" + b"x" * (2 * 1024 * 1024 + 1)),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=", b"--\r\n"),
    ("multipart/form-data; boundary=" + "x" * 300, b"--x--"),
    (MULTIPART, b""),
    (MULTIPART, b"--x\r\nContent-Disposition: form-data; name=text\r\n\r\ncut off"),
    (MULTIPART, b"--x\r\nContent-Disposition: form-data\r\n\r\nno name\r\n--x--\r\n"),
    (
        MULTIPART,
        b"--x\r\nContent-Disposition: form-data; name=file; filename=a.png\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n@@@\r\n--x--\r\n",
    ),
    (
        MULTIPART,
        b"--x\r\nContent-Disposition: form-data; name=\"\xed\xa0\x80\"; filename*=utf-8''%ED%A0%80\r\n"
        b"\r\n\xed\xa0\x80\r\n--x--\r\n",
    ),
    ("", b"nothing said"),
    ("text/html;;;=", b"<b>"),
    ("application/json", b""),
]
UPLOADS = [
    SimpleUploadedFile("empty.txt", b""),
    SimpleUploadedFile("no extension", b"x"),
    SimpleUploadedFile("\u202egnp.exe", b"MZ"),
    SimpleUploadedFile("a" * 300 + ".txt", b"x"),
    SimpleUploadedFile("x.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 50),
    SimpleUploadedFile("x.pdf", b"%PDF-1.7"),
    SimpleUploadedFile("nul.txt", b"a\0b"),
    SimpleUploadedFile("\x00.txt", b"x"),
]
HEADERS = [
    ("Accept-Language", "zh-Hant-" * 500 + ",*;q=9e9,\x00,;;q=,en-\u00ff"),
    ("Accept", "application/json, \x00"),
    ("Accept", "application/json;q=x" * 200),
    ("Referer", "http://[::1"),
    ("Referer", "https://\u2100.example/?" + "x" * 50_000),
    ("Origin", "http://[::1"),
    ("X-CSRFToken", "\u00ff" * 64),
    ("X-Forwarded-For", "x" * 10_000 + ",,\u00ff"),
    ("X-Forwarded-Proto", "https, http"),
    ("HX-Request", "true"),
    ("HX-Current-URL", "http://[::1"),
    ("HX-Current-URL-URI-AutoEncoded", "maybe"),
    ("Authorization", "Bearer \u00ff\x00"),
    ("If-Modified-Since", "yesterday"),
    ("Range", "bytes=9-1"),
]
COOKIES = (
    "sessionid",
    "csrftoken",
    "messages",
    "django_language",
    "theme",
    "density",
    "chat_token",
    "tracking_code",
)
COOKIE_VALUES = (
    "",
    "\0" * 40,
    "a" * 32 + "\0",
    "\u00ff" * 40,
    "x" * 4_000,
    "a:b:c",
    "C-2026-000001 x:y:z",
    "../../etc",
)
PATHS = (
    "//evil.example/%2e%2e",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/static/%2e%2e/%2e%2e/settings.py",
    "/static/core/../../settings.py",
    "/faq/%ED%A0%80/",
    "/faq/" + "x" * 5_000 + "/",
    "/faq/%00/",
    "/topics/%F0%9F%99%82/",
    "/tickets/C-2026-" + "9" * 400 + "/",
    "/tickets/c-2026-000001/",
    "/tickets/C-٢٠٢٦-٠٠٠٠٠١/",
    "/tickets/C-2026-000001%0a/",
    "/tickets/C-2026-000001/evidence/99999999999999999999999999/",
    "/tickets/C-2026-000001/evidence/" + "9" * 5_000 + "/",
    "/people/99999999999999999999999999/",
    "/people/-1/",
    "/chat/desk/00000000-0000-0000-0000-00000000000g/",
    "/api/v1/conversations/%00/messages",
    "/api/v1/nothing",
    "/favicon.ico/",
)


def form_classes(base: type[forms.BaseForm] = forms.BaseForm) -> Iterator[type[forms.Form]]:
    for kind in base.__subclasses__():
        yield from form_classes(kind)
        if kind.__module__.split(".")[0] in {"helpdesk", "tickets", "chat", "quality", "faq"}:
            yield kind  # type: ignore[misc]  # a subclass of BaseForm


FIELDS = {name: field for kind in form_classes() for name, field in kind.base_fields.items()}
TEXTS = [name for name, field in FIELDS.items() if type(field) in {forms.CharField, TextArea}]
# Read by views without a form.
MORE = ("next", "page", "s", "question", "again", "lang", "theme", "density", "language", "part", "pane")
NAMES = sorted({*FIELDS, *MORE, "to", "id", "token", "login", "after", "limit", "open", "mode"})


@dataclass(frozen=True)
class Address:
    """One row of the table, and the member of the cast who gets furthest there."""

    row: Row
    role: str

    def __str__(self) -> str:
        return f"{self.row} as {self.role}"

    def path(self, cast: Any) -> str:
        return reverse(self.row.name, kwargs=self.row.kwargs(cast) if self.row.kwargs else {})


def furthest(row: Row) -> str:
    """Who is answered rather than refused; supervisors and customers before others."""
    expected = row.expected()
    order = ("supervisor", "customer", "administrator", "analyst", "agent", "anonymous")
    ranked = {200: 0, 400: 1, 409: 1, 302: 2}
    signed_in = {role: expected[role] for role in order if role != "anonymous" or expected[role] != 302}
    return min(signed_in, key=lambda role: (ranked.get(signed_in[role], 9), order.index(role)))


def in_time(name: str) -> Row | None:
    """A verb in the state in which it goes through, which the table of roles does not need."""
    verb = next((v for v in VERBS if f"tickets:{v.name}" == name), None)
    step = verb.permission if verb else FORMS.get(name.removeprefix("tickets:tracked_"), ("",))[0]
    if step not in STEPS:
        return None
    kwargs = own(str(STEPS[step].states[0]))
    codes = "302 403 302 302 403 403" if verb else "404 302 403 403 403 403"
    return Row(name, codes, method="POST", kwargs=kwargs, label="in time")


def addresses(method: str) -> list[Address]:
    rows: dict[str, Row | None] = {}
    for row in ACCESS:
        if row.method == method and row.expected()["anonymous"] != 405:
            rows.setdefault(row.name, in_time(row.name) if method == "POST" and in_time(row.name) else row)
    return [Address(row, furthest(row)) for row in rows.values() if row]


POSTS = addresses("POST")
# The rest lead elsewhere or refuse without looking at a parameter.
GETS = [address for address in addresses("GET") if address.row.expected()[address.role] == 200]


@pytest.fixture
def surfer(client_of):
    def make(role: str) -> Client:
        client: Client = client_of(role)
        client.raise_request_exception = False
        client.cookies["chat_token"] = TOKEN
        return client

    return make


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def surprising(record: logging.LogRecord) -> bool:
    """Django tells of a refusal with the exception that it was; anything else is ours."""
    refusal = record.name.startswith(("django.request", "django.security"))
    if refusal and getattr(record, "status_code", 500) < 500:
        return False
    return record.exc_info is not None or record.levelno >= logging.ERROR


class Judge:
    """Sends, undoes, and remembers what went wrong."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.caplog = caplog
        self.faults: list[str] = []

    def send(self, what: str, request: Any) -> Any:
        self.caplog.clear()
        with undone():
            response = request()
            body = b"".join(response) if response.streaming else response.content
        if response.status_code >= 500:
            self.faults.append(f"{what}: {response.status_code}")
        if not body and response.status_code >= 400 and response.request["REQUEST_METHOD"] != "HEAD":
            self.faults.append(f"{what}: {response.status_code} without a word")
        traces = [r.getMessage() for r in self.caplog.records if surprising(r)]
        self.faults += [f"{what}: logged {trace}" for trace in traces]
        return response


@pytest.fixture
def judge(caplog):
    judge = Judge(caplog)
    yield judge
    assert judge.faults == []


def bodies(fields: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "emoji everywhere", dict.fromkeys(NAMES, ODD_TEXTS["emoji and controls"])
    for what, text in ODD_TEXTS.items():
        yield what, fields | dict.fromkeys(TEXTS, text) | SHOWN
    for what, value in ODD_VALUES.items():
        yield what, fields | {name: value for name in NAMES if name not in TEXTS}


@pytest.mark.deep
@pytest.mark.parametrize("address", POSTS, ids=str)
def test_forms(address: Address, cast, surfer, judge):
    """Without a CSRF token refused before the view, but for what a secret in the body proves."""
    client = surfer(address.role)
    conversation()(cast)
    path = address.path(cast)
    fields = VALID | address.row.data | {"assignee": str(cast.agent.pk)}
    if address.row.name in {"tickets:new", "tickets:log"}:
        fields["token"] = token_of(client, address.row.name)
    for what, body in bodies(fields):
        response = judge.send(what, lambda body=body: client.post(path, body))
        if (
            what == "20,000 characters"
            and response.status_code == 400
            and address.row.name not in NOTHING_WRITTEN
        ):
            assert LONG in response.content.decode()  # what was typed is still there
    lone = "&".join(f"{name}={UTF8_SURROGATE}" for name in NAMES)
    judge.send("a lone surrogate", lambda: client.post(path, lone, content_type=FORM))
    judge.send("no form", lambda: client.post(path, "{", content_type="application/json"))
    client.handler.enforce_csrf_checks = True
    response = judge.send("without the CSRF token", lambda: client.post(path, VALID))
    assert (response.status_code == 403) is (address.row.name not in CSRF_EXEMPT)


# How a body is read does not depend on the view: a page, a form of the widget's frame, the API.
@pytest.mark.parametrize("name", ["tickets:new", "chat:transcript", "api-1:conversations"])
def test_bodies_that_are_no_forms(name, cast, surfer, judge):
    address = next(address for address in POSTS if address.row.name == name)
    client = surfer(address.role)
    conversation()(cast)
    path = address.path(cast)
    for content_type, body in BODIES:
        what = f"{content_type} {body[:40]!r}"
        judge.send(what, lambda t=content_type, b=body: client.generic("POST", path, b, content_type=t))
    for text, _code in BAD_FRAMES.values() if name.startswith("api") else []:
        body = text.encode("utf-8", "surrogatepass")
        judge.send(text[:40], lambda b=body: client.generic("POST", path, b, "application/json"))


@pytest.mark.parametrize(
    ("name", "field"), [("tickets:new", "attachments"), ("tickets:add_evidence", "file")]
)
def test_bad_files(name, field, cast, surfer, judge):
    address = next(address for address in POSTS if address.row.name == name)
    client, path = surfer(address.role), address.path(cast)
    for upload in UPLOADS:
        judge.send(repr(upload.name), lambda u=upload: client.post(path, VALID | {field: u}))


@pytest.mark.deep
@pytest.mark.parametrize("address", GETS, ids=str)
def test_addresses(address: Address, cast, surfer, judge):
    client = surfer(address.role)
    path = address.path(cast)
    for what, value in (ODD_TEXTS | ODD_VALUES | {"100 KB": "x" * 100_000}).items():
        if value is not LONG:
            judge.send(what, lambda value=value: client.get(path, dict.fromkeys(NAMES, value)))
    lone = "&".join(f"{name}={UTF8_SURROGATE}" for name in NAMES)
    judge.send("a lone surrogate", lambda: client.get(f"{path}?{lone}"))
    for method in ("PUT", "OPTIONS", "PROPFIND", "HEAD"):
        judge.send(method, lambda method=method: client.generic(method, path, b"{}", "application/json"))


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("faq:article", ["s"]),
        ("faq:search", ["q"]),
        ("tickets:queue", ["page", "text"]),
        ("quality:cases", ["since", "until", "page"]),
        ("core:audit", ["before", "target"]),
        ("api-1:conversation-messages", ["after", "limit"]),
    ],
)
def test_one_odd_parameter(name, parameters, cast, surfer, judge):
    """Alone, so that no other is refused before it."""
    address = next(address for address in GETS if address.row.name == name)
    client, path = surfer(address.role), address.path(cast)
    for parameter in parameters:
        for what, value in MORE_VALUES.items():
            query = {parameter: value}
            judge.send(f"{parameter}: {what}", lambda query=query: client.get(path, query))


@pytest.mark.parametrize("role", ["anonymous", "agent"])
@pytest.mark.parametrize("path", ["/", "/tickets/new/", "/nowhere/"])
def test_headers_and_cookies(path, role, surfer, judge):
    for name, value in HEADERS:
        client = surfer(role)
        header = {name: value}
        judge.send(f"{name}: {value[:40]!r}", lambda c=client, h=header: c.get(path, headers=h))
        judge.send(f"POST {name}: {value[:40]!r}", lambda c=client, h=header: c.post(path, headers=h))
    for value in COOKIE_VALUES:
        for names in [["sessionid"], [name for name in COOKIES if name != "sessionid"]]:
            client = surfer(role)
            for name in names:
                client.cookies[name] = value
            judge.send(f"{names[0]}={value[:40]!r}", lambda c=client: c.get(path))
            judge.send(f"POST with {names[0]}={value[:40]!r}", lambda c=client: c.post(path))


def test_paths(surfer, judge):
    client = surfer("administrator")
    for path in PATHS:
        response = judge.send(path, lambda path=path: client.generic("GET", path))
        assert response.status_code in (301, 302, 400, 403, 404), path


@pytest.mark.django_db(transaction=True)
async def test_no_encoding_but_our_own_is_read(caplog):
    """The server's own way in, because Django reads the address before any middleware."""
    transport = httpx.ASGITransport(app=application)
    got = {}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for encoding in ("utf-8", "unicode_escape", "utf-7", "utf-16", "hex", "idna", "undefined"):
            headers = {"content-type": f"text/plain; charset={encoding}"}
            response = await client.get("/search/?q=%5Cud800", headers=headers)
            got[encoding] = response.status_code, "\\ud800" in response.text
    assert set(got.values()) == {(200, True)}, got
    assert caplog.records == []
