"""Two guards around every view: text that no database can store, and refusals that people can read."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from helpdesk.core.errors import ActionError

GetResponse = Callable[[HttpRequest], HttpResponse]


class RefuseNul:
    """400 for NUL in the path or the query: PostgreSQL cannot store it and no one types it.

    Forms refuse it field by field (ProhibitNullCharactersValidator), keeping what was typed.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or any("\0" in v for vs in request.GET.lists() for v in vs[1]):
            return error_page(request, 400, _("地址里有无法识别的字符。"))
        return self.get_response(request)


class ActionErrors:
    """An ActionError that no view handled becomes 409 with the reason; other errors pass through."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, ActionError):
            return None
        return error_page(request, 409, error.message, missing=error.missing, state=error.state)


def error_page(
    request: HttpRequest, status: int, message: str, *, missing: list[str] | None = None, state: str = ""
) -> HttpResponse:
    """What happened, what was kept and what to do, as a page or, for a script, as JSON."""
    if "application/json" in request.headers.get("Accept", ""):
        body = {"error": {"status": status, "detail": message, "missing": missing or [], "state": state}}
        return JsonResponse(body, status=status)
    context = {"status": status, "message": message, "missing": missing or []}
    return render(request, "core/error.html", context, status=status)
