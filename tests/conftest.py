"""The fixed cast: a customer, another customer, two agents of different teams, and the rest of the house."""

from dataclasses import dataclass

import pytest
import redis
from asgiref.sync import SyncToAsync
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.utils import translation

from helpdesk.core.catalogues import compile_stale
from helpdesk.core.models import Role, Team, User

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
def _source_language():
    """A request leaves its language behind in the thread; what is called next is no part of it."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def teams(db) -> tuple[Team, Team]:
    return Team.objects.create(name="投诉一组"), Team.objects.create(name="客服二组")


@pytest.fixture
def cast(teams: tuple[Team, Team]) -> Cast:
    first, second = teams

    def person(username: str, name: str, role: Role, team: Team | None = None) -> User:
        return User.objects.create_user(
            username, f"{username}@example.test", PASSWORD, name=name, role=role, team=team
        )

    return Cast(
        customer=person("customer", "甲客户", Role.CUSTOMER),
        other_customer=person("other_customer", "乙客户", Role.CUSTOMER),
        agent=person("agent", "丙坐席", Role.AGENT, first),
        other_agent=person("other_agent", "丁坐席", Role.AGENT, second),
        supervisor=person("supervisor", "戊主管", Role.SUPERVISOR, first),
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


def pytest_configure() -> None:
    compile_stale()
