"""The fixed cast: a customer, another customer, two agents of different teams, and the rest of the house."""

import os
from dataclasses import dataclass
from importlib import import_module

import pytest
import redis
from asgiref.sync import SyncToAsync
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections, transaction
from django.test import Client, TransactionTestCase
from django.utils import translation

from faq.live import live_index
from helpdesk.core.audit import triggers
from helpdesk.core.catalogues import compile_stale
from helpdesk.core.models import Role, Team, User
from tickets import learning
from tickets.classification.examples import shipped
from tickets.deadlines.packs import load_delivered as load_packs
from tickets.letters import load_delivered as load_letters

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Cast:
    customer: User
    other_customer: User
    agent: User
    other_agent: User  # of another team
    supervisor: User
    analyst: User
    administrator: User

    def by_role(self, role: str) -> User | None:
        """The user of a role name; ``anonymous`` has none."""
        return None if role == "anonymous" else getattr(self, role)


@pytest.fixture(scope="session", autouse=True)
def _async_threads_connection_closed(django_db_setup):
    """``sync_to_async`` keeps a thread with its own connection; a database in use cannot be dropped."""
    yield
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@pytest.fixture(autouse=True)
def _clean_cache():
    """Of this process: ``cache.clear()`` would empty the Redis of all."""
    if not settings.REDIS_URL:
        cache.clear()
        return
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        for key in client.scan_iter(f"{settings.REDIS_PREFIX}:*", count=1000):
            client.delete(key)


@pytest.fixture(autouse=True)
def _few_examples(request, monkeypatch):
    """Learning from all examples takes ten seconds: where it is not the matter, a tenth of them will do."""
    if request.node.path.parent.name != "tickets":
        monkeypatch.setattr(learning, "shipped", lambda: shipped()[::10])


@pytest.fixture(autouse=True)
def _source_language():
    """A request leaves its language behind in the thread; what is called next is no part of it."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _fresh_index():
    """What an earlier test published was rolled back, which no signal tells the index of this process."""
    live_index.edited()


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.ANCHOR_DIR = tmp_path / "anchors"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def teams(db) -> tuple[Team, Team]:
    return Team.objects.create(name="投诉一组"), Team.objects.create(name="客服二组")


@pytest.fixture
def cast(teams: tuple[Team, Team]) -> Cast:
    first, second = teams

    def person(
        username: str, name: str, role: Role, team: Team | None = None, *, senior: bool = False
    ) -> User:
        return User.objects.create_user(
            username, f"{username}@example.test", PASSWORD, name=name, role=role, team=team, senior=senior
        )

    return Cast(
        customer=person("customer", "甲客户", Role.CUSTOMER),
        other_customer=person("other_customer", "乙客户", Role.CUSTOMER),
        agent=person("agent", "丙坐席", Role.AGENT, first),
        other_agent=person("other_agent", "丁坐席", Role.AGENT, second),
        supervisor=person("supervisor", "戊主管", Role.SUPERVISOR, first, senior=True),
        analyst=person("analyst", "己质检", Role.ANALYST),
        administrator=person("administrator", "庚管理", Role.ADMINISTRATOR),
    )


@pytest.fixture
def client_of(cast: Cast):
    """``client_of("agent")``: a browser signed in as that member of the cast (``anonymous``: nobody)."""

    def make(role: str = "anonymous") -> Client:
        client = Client(enforce_csrf_checks=False)
        user = cast.by_role(role)
        if user:
            client.force_login(user)
        return client

    return make


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than processors, for what waits for a server or for time to pass; deep tests compute."""
    return (os.cpu_count() or 1) + int(config.option.markexpr != "deep")


def pytest_configure() -> None:
    compile_stale()
    TransactionTestCase._fixture_teardown = _empty_as_the_owner  # type: ignore[attr-defined]


_synonyms = import_module("faq.migrations.0006_synonym")
_OF_MIGRATIONS = {"django_content_type", "auth_permission"}


def _empty_as_the_owner(case: TransactionTestCase) -> None:
    """A test with real transactions empties every table afterwards, which the trail refuses to anyone but the
    owner of the database, who drops its triggers first. What a migrate put in is put back, for any test may
    come next.

    Only tables with rows are emptied, by DELETE: on PostgreSQL Django's flush takes 0.8 s, this 0.05."""
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
    tables -= _OF_MIGRATIONS
    triggers.remove(connection)
    with transaction.atomic(), connection.cursor() as cursor:  # foreign keys are looked at when it commits
        with_rows = " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})"  # noqa: S608
            for table in tables
        )
        cursor.execute(with_rows)
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608
    triggers.install(connection)
    _synonyms.seed(apps, None)
    load_packs()
    load_letters()
