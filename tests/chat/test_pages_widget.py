"""The widget: its size, who may frame it, and how much script any chat page asks for."""

import gzip
import html
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from chat.actions import start_conversation
from helpdesk.core.actors import Guest

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
    assert len(gzip.compress(response.content)) < LIMIT
    assert "Set-Cookie" not in response.headers


@pytest.mark.django_db
def test_widget_script_carries_its_texts_in_every_language_and_no_inline_style(client):
    script = client.get(reverse("chat:widget")).content.decode()
    assert [f'"{code}": {{' in script for code in ("zh-hans", "zh-hant", "en")] == [True] * 3
    assert re.findall(r"innerHTML|\.style\b|<style|cssText|eval\(", script) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("origins", "policy"),
    [
        (["*"], "frame-ancestors *"),
        (
            ["https://a.example", "https://b.example"],
            "frame-ancestors 'self' https://a.example https://b.example",
        ),
    ],
)
def test_frame_may_be_framed_where_the_settings_say(client, settings, origins, policy):
    settings.WIDGET_ORIGINS = origins
    response = client.get(reverse("chat:frame"))
    assert ancestors(response) == policy
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
    page = client.get(reverse("chat:frame"), asked).content.decode()
    assert re.findall(r'<html lang="([\w-]+)" data-theme="(\w+)"', page) == [(language, theme)]


def code(client, **chosen) -> str:
    page = client.get(reverse("chat:embed"), chosen).content.decode()
    return html.unescape(re.findall(r'<code id="embed-code">(.*?)</code>', page)[0])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("chosen", "attributes"),
    [
        ({}, ""),
        ({"theme": "", "lang": "", "position": "", "accent": "#24478F", "label": ""}, ""),
        (
            {"theme": "dark", "lang": "en", "position": "left", "accent": "#0f7b4d", "label": "Ask"},
            ' data-theme="dark" data-lang="en" data-position="left" data-accent="#0f7b4d" data-label="Ask"',
        ),
        ({"label": "\"><script>'&"}, ' data-label="&quot;&gt;&lt;script&gt;&#x27;&amp;"'),
        ({"theme": "neon", "lang": "xx", "position": "top", "accent": "red;}", "label": "字" * 31}, ""),
    ],
)
def test_embed_shows_the_line_of_the_settings_and_only_of_valid_ones(client, chosen, attributes):
    line = f'<script src="http://testserver/chat/widget.js"{attributes} async></script>'
    assert code(client, **chosen) == line


@pytest.mark.django_db
def test_embed_says_what_it_did_not_understand_and_keeps_it(client):
    page = client.get(reverse("chat:embed"), {"accent": "red", "label": "Ask"}).content.decode()
    assert "请写成 #24478f 这样的颜色。" in page
    assert 'value="red"' in page
    assert 'value="Ask"' in page


@pytest.mark.django_db
def test_the_preview_is_framed_by_our_own_pages_only(client):
    response = client.get(reverse("chat:preview"), {"position": "left", "theme": "neon"})
    assert ancestors(response) == "frame-ancestors 'self'"
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    scripts = re.findall(r"<script[^>]*>", response.content.decode())
    assert scripts == ['<script src="/chat/widget.js" data-position="left" defer>']


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "sheets"),
    [
        ("0F7B4D", ["/chat/accent/0f7b4d.css"]),
        ("0f7b4", []),
        ("0f7b4d0", []),
        ("0f7b4d\n", []),
        ('"><b>', []),
    ],
)
def test_frame_wears_an_accent_that_is_a_colour(client, asked, sheets):
    page = client.get(reverse("chat:frame"), {"accent": asked}).content.decode()
    assert re.findall(r'href="(/chat/accent/[^"]*)"', page) == sheets


@pytest.mark.django_db
def test_the_accent_is_a_stylesheet_of_tokens_that_anybody_may_keep(client):
    response = client.get(reverse("chat:accent", args=["0f7b4d"]))
    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=86400"
    style = response.content.decode()
    assert re.findall(r"--([\w-]+):", style) == ["accent", "accent-strong", "accent-soft"]
    assert style.count("from #0f7b4d") == 6


@pytest.mark.django_db
@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_no_other_site_seats_anybody_in_a_conversation(client, origin):
    conversation = start_conversation(actor=Guest())
    shown = {"id": str(conversation.pk), "token": conversation.token}
    headers = {"origin": origin} if origin else {}
    response = client.post(reverse("chat:resume"), shown, headers=headers)
    assert response.status_code == 403
    assert "chat_token" not in response.cookies


@pytest.mark.django_db
def test_a_frame_without_storage_goes_on_in_the_full_page(client):
    conversation = start_conversation(actor=Guest())
    shown = {"id": str(conversation.pk), "token": conversation.token}
    response = client.post(reverse("chat:resume"), shown, headers={"origin": "http://testserver"})
    assert response.headers["Location"] == "/chat/#chat-compose"
    cookie = response.cookies["chat_token"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == (conversation.token, True, "Lax")
    assert f'data-conversation="{conversation.pk}"' in client.get(reverse("chat:visitor")).content.decode()
    wrong = client.post(
        reverse("chat:resume"), shown | {"token": "x"}, headers={"origin": "http://testserver"}
    )
    assert wrong.status_code == 404


def script_weight(page: str) -> int:
    """Bytes of script, compressed, that a page asks for; data blocks are no script."""
    found = re.findall(r'<script[^>]*\ssrc="/static/([^"]+)"', page)
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
def test_the_widget_before_and_after_it_opens_stays_under_60_kb(client):
    before = len(gzip.compress(client.get(reverse("chat:widget")).content))
    after = script_weight(client.get(reverse("chat:frame")).content.decode())
    assert before + after < PAGE_LIMIT


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["chat:visitor", "chat:frame", "chat:desk", "chat:embed", "chat:preview"])
def test_no_chat_page_has_anything_inline(client_of, name):
    client = client_of("agent" if name == "chat:desk" else "anonymous")
    page = client.get(reverse(name)).content.decode()
    inline = re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*(?:src=|application/json))", page)
    assert inline == []
