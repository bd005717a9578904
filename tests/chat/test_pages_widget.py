"""The widget: its size, who may frame it, and how much script any chat page asks for."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

LIMIT = 20 * 1024
PAGE_LIMIT = 60 * 1024


def ancestors(response) -> str:
    policy = str(response.headers["Content-Security-Policy"])
    return next(part.strip() for part in policy.split(";") if "frame-ancestors" in part)


@pytest.mark.django_db
def test_widget_script_is_small_and_open_to_every_site(client):
    response = client.get(reverse("chat:widget"))
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert len(response.content) < LIMIT
    assert "Set-Cookie" not in response.headers


@pytest.mark.django_db
def test_widget_script_carries_its_texts_in_every_language_and_no_inline_style(client):
    script = client.get(reverse("chat:widget")).content.decode()
    assert [f'"{code}": {{' in script for code in ("zh-hans", "zh-hant", "en")] == [True] * 3
    assert re.findall(r"innerHTML|\.style\b|<style|cssText|eval\(", script) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("origins", "policy"),
    [(["*"], "frame-ancestors *"), (["https://a.example", "https://b.example"], None)],
)
def test_frame_may_be_framed_where_the_settings_say(client, settings, origins, policy):
    settings.WIDGET_ORIGINS = origins
    response = client.get(reverse("chat:frame"))
    assert ancestors(response) == (policy or "frame-ancestors https://a.example https://b.example")
    assert "X-Frame-Options" not in response.headers


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["chat:visitor", "chat:embed"])
def test_other_pages_are_framed_nowhere(client, name):
    response = client.get(reverse(name))
    assert ancestors(response) == "frame-ancestors 'none'"
    assert response.headers["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "language", "theme"),
    [
        ({"lang": "en", "theme": "dark"}, "en", "dark"),
        ({"lang": "zh-hant", "theme": "light"}, "zh-Hant", "light"),
        ({"lang": "<script>", "theme": "\"'><b>"}, "zh-Hans", "auto"),
        ({}, "zh-Hans", "auto"),
    ],
)
def test_frame_speaks_the_language_and_wears_the_theme_it_is_asked_for(client, asked, language, theme):
    html = client.get(reverse("chat:frame"), asked).content.decode()
    assert re.findall(r'<html lang="([\w-]+)" data-theme="(\w+)"', html) == [(language, theme)]


@pytest.mark.django_db
def test_embed_shows_the_line_to_copy(client):
    html = client.get(reverse("chat:embed")).content.decode()
    assert '&lt;script src="http://testserver/chat/widget.js" async&gt;&lt;/script&gt;' in html


def script_weight(html: str) -> int:
    """Bytes of script, compressed, that a page asks for; data blocks are no script."""
    found = re.findall(r'<script[^>]*\ssrc="/static/([^"]+)"', html)
    assert found
    return sum(len(gzip.compress(open_static(path))) for path in found)


def open_static(path: str) -> bytes:
    found = finders.find(path)
    assert found
    return Path(found).read_bytes()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["chat:visitor", "chat:frame", "chat:desk"])
def test_no_chat_page_needs_more_than_60_kb_of_script(client_of, name):
    client = client_of("agent" if name == "chat:desk" else "anonymous")
    assert script_weight(client.get(reverse(name)).content.decode()) < PAGE_LIMIT


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["chat:visitor", "chat:frame", "chat:desk", "chat:embed"])
def test_no_chat_page_has_anything_inline(client_of, name):
    client = client_of("agent" if name == "chat:desk" else "anonymous")
    html = client.get(reverse(name)).content.decode()
    inline = re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*(?:src=|application/json))", html)
    assert inline == []
