"""The embeddable widget: one script line on any site, which frames our own page."""

import json
from functools import cache
from pathlib import Path
from typing import cast

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from chat.views.visitor import room_context
from helpdesk.core.context_processors import THEMES
from helpdesk.core.permissions import public

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
    framed = csp_replace({"frame-ancestors": settings.WIDGET_ORIGINS})(_frame)
    return cast(HttpResponse, framed(request))


@never_cache
@xframe_options_exempt
def _frame(request: HttpRequest) -> HttpResponse:
    code = request.GET.get("lang", "")
    theme = request.GET.get("theme", "")
    with translation.override(code if code in dict(settings.LANGUAGES) else translation.get_language()):
        context = room_context(request, None) | {"frame": True}
        if theme in THEMES:
            context["theme"] = theme
        return render(request, "chat/frame.html", context)


@public
@require_safe
def embed(request: HttpRequest) -> HttpResponse:
    """How to put the chat on a site, with the widget itself on the page."""
    address = request.build_absolute_uri(reverse("chat:widget"))
    return render(request, "chat/embed.html", {"address": address, "origins": settings.WIDGET_ORIGINS})
