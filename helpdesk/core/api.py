"""The REST API's manners: strict JSON in, one form of error out, no redirect to a sign-in page."""

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser
from ninja.types import DictStrAny

from helpdesk.core.errors import ActionError
from helpdesk.core.permissions import public
from helpdesk.core.strict_json import InputError, decode, read_object


class StrictParser(Parser):
    def parse_body(self, request: HttpRequest) -> DictStrAny:
        return read_object(decode(request.body))


class JsonAPI(NinjaAPI):
    """Every operation says itself who may call it; the sign-in middleware would answer with a page."""

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        urls = super()._get_urls()
        for pattern in urls:
            if isinstance(pattern, URLPattern):
                pattern.callback = _public(pattern.callback)
        return urls

    def set_default_exception_handlers(self) -> None:
        super().set_default_exception_handlers()
        for kind in (InputError, ActionError, PermissionDenied, Http404, HttpError, ValidationError):
            self.add_exception_handler(kind, self._refuse)
        self.add_exception_handler(RequestDataTooBig, self._refuse)

    def _refuse(self, request: HttpRequest, error: Any) -> HttpResponse:
        body = describe(error)
        return self.create_response(request, {"error": body}, status=body["status"])


def _public(view: Any) -> Any:
    """Also for the partials among Ninja's own views, which take no attributes from a decorator."""

    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = view(request, *args, **kwargs)
        return response

    opened.csrf_exempt = getattr(view, "csrf_exempt", False)  # type: ignore[attr-defined]
    return public(opened)


def describe(error: Any) -> dict[str, Any]:  # noqa: PLR0911  # one line a kind
    """Status, code and detail of a refusal."""
    if isinstance(error, HttpError) and isinstance(error.__cause__, InputError):
        error = error.__cause__
    if isinstance(error, InputError):
        return _body(error.status, error.code, error.detail, **error.about)
    if isinstance(error, ActionError):
        code, status = getattr(error, "code", "conflict"), getattr(error, "status", 409)
        return _body(status, code, error.message, state=error.state, missing=error.missing)
    if isinstance(error, PermissionDenied):
        return _body(403, "forbidden", "you may not do this")
    if isinstance(error, Http404):
        return _body(404, "not_found", "there is nothing here for you")
    if isinstance(error, RequestDataTooBig):
        return _body(413, "too_large", "the body is too large")
    if isinstance(error, ValidationError):
        first = error.errors[0]
        code = "missing_field" if first["type"] == "missing" else "bad_field"
        return _body(400, code, str(first["msg"]), field=str(first["loc"][-1]))
    return _body(error.status_code, "bad_request", str(error))


def _body(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    return {"status": status, "code": code, "detail": detail, **{k: v for k, v in more.items() if v}}
