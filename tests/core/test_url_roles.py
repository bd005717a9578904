"""URL × method × role, complete: an address that no table lists fails here."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access import ROLES, Row
from tests.chat.access import ACCESS as CHAT
from tests.core.access import ACCESS as CORE
from tests.faq.access import ACCESS as FAQ
from tests.quality.access import ACCESS as QUALITY
from tests.tickets.access import ACCESS as TICKETS

ACCESS = [*CORE, *FAQ, *TICKETS, *CHAT, *QUALITY]


def names(patterns, namespace=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from names(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"


def test_every_address_is_in_the_table():
    assert set(names(get_resolver().url_patterns)) - {row.name for row in ACCESS} == set()


@pytest.mark.deep
@pytest.mark.django_db
@pytest.mark.parametrize("row", ACCESS, ids=str)
def test_role_gets_expected_code(row: Row, cast, client_of):
    got = {}
    for role in ROLES:
        kwargs = row.kwargs(cast) if row.kwargs else {}
        client = client_of(role)
        response = (
            client.generic(row.method, reverse(row.name, kwargs=kwargs))
            if row.method not in {"GET", "POST"}
            else getattr(client, row.method.lower())(reverse(row.name, kwargs=kwargs), row.data)
        )
        got[role] = response.status_code
    assert got == row.expected()
