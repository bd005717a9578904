"""The embeddable widget: one script line on any site, which frames our own page."""

import json
from functools import cache
from pathlib import Path
from typing import cast

from csp.constants import SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.clickjacking import xframe_options_exempt, xframe_options_sameorigin
from django.views.decorators.http import require_safe

from chat.forms import ACCENT, EmbedForm
from chat.views.visitor import room_context
from helpdesk.core.context_processors import THEMES
from helpdesk.core.permissions import public

ACCENT_TOKENS = (  # name, lightness and chroma in the light and in the dark scheme
    ("accent", "min(l, 0.48) c", "max(l, 0.79) min(c, 0.1)"),
    ("accent-strong", "min(l, 0.4) c", "max(l, 0.86) min(c, 0.08)"),
    ("accent-soft", "0.945 min(c, 0.03)", "0.3 min(c, 0.05)"),
)
SOURCE = Path(__file__).resolve().parent.parent / "static" / "chat" / "widget.js"


@cache
def script() -> str:
    """The widget's source with its texts in every language and the frame's path."""
    texts = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            texts[code] = {
                "tag": translation.to_locale(code).replace("_", "-"),
                "open": _("在线客服"),
                "close": _("收起"),
                "title": _("在线客服对话窗口"),
                "unread": _("%s 条新消息"),
            }
    source = SOURCE.read_text(encoding="utf-8")
    arguments = ", ".join(json.dumps(part, ensure_ascii=True) for part in (texts, reverse("chat:frame")))
    return f"(function (texts, frame) {{\n{source}}})({arguments});\n"


@public
@cache_control(public=True, max_age=3600)
@require_safe
def widget(request: HttpRequest) -> HttpResponse:
    """``/chat/widget.js``"""
    response = HttpResponse(script(), content_type="text/javascript; charset=utf-8")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@public
@require_safe
def frame(request: HttpRequest) -> HttpResponse:
    """The chat in compact chrome, for sites named in WIDGET_ORIGINS. No cookie of ours is expected here."""
    framed = csp_replace({"frame-ancestors": _ancestors()})(_frame)
    return cast(HttpResponse, framed(request))


def _ancestors() -> list[str]:
    """The named sites, and our own for the preview."""
    named: list[str] = settings.WIDGET_ORIGINS
    return named if "*" in named else [SELF, *named]


@never_cache
@xframe_options_exempt
def _frame(request: HttpRequest) -> HttpResponse:
    code = request.GET.get("lang", "")
    theme = request.GET.get("theme", "")
    with translation.override(code if code in dict(settings.LANGUAGES) else translation.get_language()):
        context = room_context(request, None) | {"frame": True}
        if theme in THEMES:
            context["theme"] = theme
        if ACCENT.fullmatch("#" + request.GET.get("accent", "")):
            context["accent"] = request.GET["accent"].lower()
        return render(request, "chat/frame.html", context)


@public
@cache_control(public=True, max_age=86_400)
@require_safe
def accent(request: HttpRequest, colour: str) -> HttpResponse:
    """A site's accent as our tokens: its hue, as dark or as light as reading needs (4.5:1) in each scheme."""
    style = ":root {\n" + "".join(
        f"  --{name}: light-dark(oklch(from #{colour} {light} h), oklch(from #{colour} {dark} h));\n"
        for name, light, dark in ACCENT_TOKENS
    )
    return HttpResponse(style + "}\n", content_type="text/css; charset=utf-8")


@public
@require_safe
def embed(request: HttpRequest) -> HttpResponse:
    """How to put the chat on a site: the line for the chosen settings, and what it looks like."""
    form = EmbedForm(request.GET or None)
    chosen = form.chosen()
    context = {
        "form": form,
        "code": line_of(request, chosen),
        "site": request.build_absolute_uri("/").rstrip("/"),
        "preview": f"{reverse('chat:preview')}?{urlencode(chosen)}",
        "origins": settings.WIDGET_ORIGINS,
    }
    return render(request, "chat/embed.html", context)


def line_of(request: HttpRequest, chosen: dict[str, str]) -> str:
    """The one line of HTML, as text."""
    address = request.build_absolute_uri(reverse("chat:widget"))
    attributes = format_html_join("", ' data-{}="{}"', chosen.items())
    return str.__str__(format_html('<script src="{}"{} async></script>', address, attributes))


@public
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})
@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    """An empty site with the widget on it as the form chose, for the frame on the embedding page."""
    return render(request, "chat/preview.html", {"chosen": EmbedForm(request.GET or None).chosen()})
