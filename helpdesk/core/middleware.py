"""Around every view: text that cannot be stored, an address's language, refusals without words, copies."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from helpdesk.core.actors import session_grants, signed_in
from helpdesk.core.errors import ActionError

GetResponse = Callable[[HttpRequest], HttpResponse]
YEAR = 365 * 24 * 3600


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


class LanguageInAddress:
    """``?lang=`` names the language of an address, for search engines and for links that are passed on.

    The browser keeps it, so that the next page is in the same language.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        code = request.GET.get("lang", "")
        if code not in dict(settings.LANGUAGES):
            return self.get_response(request)
        translation.activate(code)
        request.LANGUAGE_CODE = code
        response = self.get_response(request)
        response.headers["Content-Language"] = code
        if request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) != code:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, code, max_age=YEAR, samesite="Lax")
        return response


class KeepNoCopies:
    """What one person sees stays in no cache, neither a proxy's nor that of a browser left behind."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control") and (signed_in(request) or session_grants(request)):
            response["Cache-Control"] = "private, no-store"
        return response


class ActionErrors:
    """Refusals without words get some: an ActionError that no view handled (409), a wrong method (405).

    Other errors pass through.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        page = error_page(request, 405, _("这个地址不能直接打开，要从页面上的按钮进入。"))
        page["Allow"] = response["Allow"]
        return page

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, ActionError):
            return None
        return error_page(request, 409, error.message, missing=error.missing, state=error.state)


class SignInRequired(LoginRequiredMiddleware):
    """A part of a page says that its reader is signed out; the sign-in page would stand in its place."""

    def handle_no_permission(  # type: ignore[override]  # the stubs know redirects only
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponse:
        if "HX-Request" not in request.headers:
            return super().handle_no_permission(request, view_func)
        if request.method == "GET":  # mostly the page by itself, and nobody has done anything
            here = urlsplit(request.headers.get("HX-Current-URL", ""))
            query = urlencode({"next": here._replace(scheme="", netloc="", fragment="").geturl()})
            again = f"{resolve_url(settings.LOGIN_URL)}?{query}"
            return error_page(request, 401, _("您已退出登录，本页不再更新。"), sign_in=again)
        return error_page(request, 401, _("登录已过期，这一步没有做。请重新登录，刷新本页后再试。"))


HEADINGS = {
    400: _lazy("请求无法识别"),
    403: _lazy("没有权限"),
    404: _lazy("找不到页面"),
    405: _lazy("不能这样打开"),
    409: _lazy("现在不能执行此操作"),
    413: _lazy("内容太大"),
    429: _lazy("操作太频繁"),
    500: _lazy("系统出错了"),
}
ADVICE = {
    400: _lazy("没有保存任何内容。请返回上一页重新操作。"),
    403: _lazy("如果您认为应该可以，请换一个账号登录，或联系管理员。"),
    404: _lazy("请检查地址；如果是从链接过来的，内容可能已经移动。"),
    405: _lazy("没有保存任何内容。请返回上一页重新操作。"),
    409: _lazy("没有保存任何改动。请返回上一页刷新，看看现在的状态。"),
    413: _lazy("没有保存任何内容。请减小文件或分几次提交。"),
    429: _lazy("没有保存任何内容。过几分钟再试即可。"),
    500: _lazy("请稍后再试。刚才的操作如果没有看到成功提示，就没有保存。"),
}


def error_page(
    request: HttpRequest,
    status: int,
    message: str,
    *,
    missing: list[str] | None = None,
    state: str = "",
    sign_in: str = "",
) -> HttpResponse:
    """What happened, what was kept and what to do: as JSON, as a fragment for htmx, or as a page."""
    if "application/json" in request.headers.get("Accept", ""):
        body = {"error": {"status": status, "detail": message, "missing": missing or [], "state": state}}
        return JsonResponse(body, status=status)
    context = {
        "status": status,
        "message": message,
        "missing": missing or [],
        "heading": HEADINGS.get(status, HEADINGS[500]),
        "advice": ADVICE.get(status, ""),
        "sign_in": sign_in,
    }
    if "HX-Request" in request.headers:
        fragment = render(request, "core/_error_toast.html", context, status=status)
        fragment["HX-Retarget"], fragment["HX-Reselect"] = "#toasts", ".notice"
        fragment["HX-Push-Url"] = "false"  # the address of a refused form cannot be opened
        again = status == 401  # what asks every now and then says it once
        fragment["HX-Reswap"] = "innerHTML" if again else "beforeend show:top"
        return fragment
    return render(request, "core/error.html", context, status=status)
