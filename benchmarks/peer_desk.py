"""A peer's desk in its own environment: filled with the cases of a file, then asked page by page.

    python peer_desk.py django-helpdesk|escalated-django FOLDER ARTICLES

Runs without anything of ours. FOLDER holds ``cases.jsonl``; the database is made in it. Each line of standard
input names a page of ``PAGES``; the answer is its milliseconds and queries.
"""

import datetime as dt
import json
import re
import sys
import time
import types
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.urls import include, path

PEER, FOLDER, ARTICLES = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
WORD = "征信记录"
LINES = 10  # of a case's history
DJANGO = ["auth", "contenttypes", "sessions", "messages", "staticfiles", "sites", "humanize", "admin"]
APPS = {
    "django-helpdesk": ["rest_framework", "helpdesk"],
    "escalated-django": ["inertia", "escalated"],
}
LAYOUT = "<!doctype html><title>desk</title>{% block inertia %}{% endblock %}"


def configure() -> None:
    (FOLDER / "layout.html").write_text(LAYOUT)
    app = "helpdesk" if PEER == "django-helpdesk" else "escalated"
    middle = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ]
    if app == "escalated":
        middle.append("inertia.middleware.InertiaMiddleware")
    context = [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]
    settings.configure(
        SECRET_KEY="benchmark",  # noqa: S106  # of a database that is thrown away
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
        ROOT_URLCONF="peer_urls",
        STATIC_URL="/static/",
        SITE_ID=1,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[*(f"django.contrib.{name}" for name in DJANGO), *APPS[PEER]],
        MIDDLEWARE=middle,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "desk.sqlite3"}},
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [FOLDER],
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": context},
            }
        ],
        HELPDESK_TEAMS_MODE_ENABLED=False,
        INERTIA_LAYOUT="layout.html",
        ESCALATED={"MODE": "self_hosted"},
    )
    django.setup()
    urls = types.ModuleType("peer_urls")
    urls.urlpatterns = [path("desk/", include(f"{app}.urls"))]  # type: ignore[attr-defined]
    sys.modules["peer_urls"] = urls


def cases() -> list[dict[str, str]]:
    return [json.loads(line) for line in (FOLDER / "cases.jsonl").read_text("utf-8").splitlines()]


def people(names: set[str]) -> dict[str, Any]:
    from django.contrib.auth.models import User  # noqa: PLC0415

    User.objects.bulk_create(User(username=name, is_staff=True) for name in sorted(names))
    User.objects.create(username="chief", is_staff=True, is_superuser=True)
    return {user.username: user for user in User.objects.all()}


def fill_helpdesk() -> None:
    from helpdesk.models import FollowUp, KBCategory, KBItem, Queue, Ticket  # noqa: PLC0415

    found = cases()
    staff = people({case["assignee"] for case in found})
    queue = Queue.objects.create(title="投诉", slug="complaints")
    tickets = Ticket.objects.bulk_create(
        Ticket(
            title=case["narrative"][:80],
            queue=queue,
            created=dt.datetime.fromisoformat(case["received_at"]),
            description=case["narrative"],
            status=Ticket.OPEN_STATUS if case["open"] else Ticket.CLOSED_STATUS,
            priority=3,
            assigned_to=staff[case["assignee"]],
            secret_key="x",  # noqa: S106
            due_date=dt.datetime.fromisoformat(case["received_at"]) + dt.timedelta(days=15),
        )
        for case in found
    )
    lines = (FollowUp(ticket=ticket, title="备注", public=True) for ticket in tickets for _n in range(LINES))
    FollowUp.objects.bulk_create(lines, batch_size=5_000)
    now = dt.datetime.now(dt.UTC)
    shelf = KBCategory.objects.create(name="帮助", title="帮助", slug="help", description="")
    KBItem.objects.bulk_create(
        KBItem(category=shelf, title=f"问题 {n}", question=f"问题 {n}", answer="答案。", last_updated=now)
        for n in range(ARTICLES)
    )


def fill_escalated() -> None:
    from django.contrib.contenttypes.models import ContentType  # noqa: PLC0415
    from escalated.models import Article, Department, Reply, Ticket  # noqa: PLC0415

    found = cases()
    staff = people({case["assignee"] for case in found})
    team = Department.objects.create(name="投诉", slug="complaints")
    team.agents.set(staff.values())
    chief = staff["chief"]
    kind = ContentType.objects.get_for_model(type(chief))
    tickets = Ticket.objects.bulk_create(
        Ticket(
            requester_content_type=kind,
            requester_object_id=str(chief.pk),
            assigned_to=staff[case["assignee"]],
            department=team,
            subject=case["narrative"][:80],
            description=case["narrative"],
            status="open" if case["open"] else "closed",
            reference=case["number"],
        )
        for case in found
    )
    lines = (Reply(ticket=ticket, author=chief, body="备注") for ticket in tickets for _n in range(LINES))
    Reply.objects.bulk_create(lines, batch_size=5_000)
    Article.objects.bulk_create(
        Article(title=f"问题 {n}", slug=f"q-{n}", body="答案。", status="published") for n in range(ARTICLES)
    )


def get(client: Any, address: str) -> str:
    answer = client.get(address, headers=HEADERS)
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code}")
    return str(answer.content.decode())


HEADERS = {"x-inertia": "true", "x-inertia-version": "1.0"} if PEER == "escalated-django" else {}
PAGES = {
    "django-helpdesk": {
        "list": "/desk/tickets/",
        "search": f"/desk/tickets/?q={WORD}",
        "ticket": "/desk/tickets/{last}/",
    },
    "escalated-django": {
        "list": "/desk/agent/tickets/?status=open",
        "search": f"/desk/agent/tickets/?search={WORD}",
        "ticket": "/desk/agent/tickets/{last}/",
    },
}[PEER]


def page(client: Any, name: str, last: int) -> None:
    """One page as a browser shows it: django-helpdesk's list fetches its rows in a second request."""
    text = get(client, PAGES[name].replace("{last}", str(last)))
    if PEER == "django-helpdesk" and name != "ticket":
        rows = re.search(r"/desk/datatables_ticket_list/[^\"']+", text)
        if rows is None:
            raise SystemExit("no rows to fetch")
        get(client, f"{rows[0]}?draw=1&start=0&length=25&order[0][column]=0&order[0][dir]=asc&search[value]=")


def main() -> None:
    configure()
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection, transaction  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        (fill_helpdesk if PEER == "django-helpdesk" else fill_escalated)()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    last = len(cases()) - 1
    client = Client()
    client.force_login(User.objects.get(username="chief"))
    print(json.dumps({"ready": True}), flush=True)
    queries: dict[str, int] = {}
    for name in map(str.strip, sys.stdin):
        if name not in queries:  # counted once, because counting takes time
            with CaptureQueriesContext(connection) as captured:
                page(client, name, last)
            queries[name] = len(captured)
        started = time.perf_counter()
        page(client, name, last)
        taken = time.perf_counter() - started
        print(json.dumps({"ms": taken * 1000, "queries": queries[name]}), flush=True)


if __name__ == "__main__":
    main()
