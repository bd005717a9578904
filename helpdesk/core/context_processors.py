"""What the shell around every page needs."""

from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from helpdesk.core.navigation import links_for, rail_for

THEMES = ("auto", "light", "dark")
DENSITIES = ("comfortable", "compact")
SHORT = {"zh-hans": "简", "zh-hant": "繁", "en": "EN"}  # each language in its own script, never translated


def looks(request: HttpRequest) -> dict[str, str]:
    """Colour scheme and density as this browser chose them."""
    theme = request.COOKIES.get("theme", "")
    density = request.COOKIES.get("density", "")
    return {
        "theme": theme if theme in THEMES else "auto",
        "density": density if density in DENSITIES else "comfortable",
    }


def page_to_return_to(request: HttpRequest) -> str:
    """This page; for the answer to a refused POST the form's page, since only that can be opened again."""
    if request.method in {"GET", "HEAD"}:
        return _without_language(request)
    try:
        referer = urlsplit(request.headers.get("Referer", ""))
    except ValueError:  # half an IPv6 address, for example
        return "/"
    return (referer.path or "/") + (f"?{referer.query}" if referer.query else "")


def _without_language(request: HttpRequest) -> str:
    """``?lang=`` in the address would overrule the language that is chosen there."""
    if "lang" not in request.GET:
        return request.get_full_path()
    query = request.GET.copy()
    del query["lang"]
    return request.path + (f"?{query.urlencode()}" if query else "")


def shell(request: HttpRequest) -> dict[str, Any]:
    """How the page looks, where it is, and whether this is the demonstration."""
    return {
        **looks(request),
        "demo": settings.DEMO,
        "here": page_to_return_to(request),
        "languages_offered": [(code, name, SHORT.get(code, code)) for code, name in settings.LANGUAGES],
        "navigation": partial(links_for, request),
        "rail": partial(rail_for, request),
    }
