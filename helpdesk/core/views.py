"""Pages that belong to no single room: landing after sign-in, preferences, the design system, errors."""

import datetime as dt

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import i18n
from django.views.decorators.http import require_POST

from helpdesk.core import clock
from helpdesk.core.actors import signed_in
from helpdesk.core.context_processors import DENSITIES, THEMES, looks
from helpdesk.core.forms import SampleForm
from helpdesk.core.middleware import ADVICE, HEADINGS, error_page
from helpdesk.core.models import Role
from helpdesk.core.permissions import public
from helpdesk.core.redirects import leads_here

LANDING = {
    Role.AGENT: "tickets:queue",
    Role.SUPERVISOR: "tickets:queue",
    Role.ANALYST: "quality:trends",
    Role.ADMINISTRATOR: "core:people",
}
YEAR = 365 * 24 * 3600
TOKENS = (
    *("ground", "surface", "sunken", "line", "edge", "ink", "ink-soft", "accent", "accent-soft"),
    *("ok", "ok-soft", "warn", "warn-soft", "bad", "bad-soft", "note", "note-soft"),
)


def landing(request: HttpRequest) -> HttpResponse:
    """Where a person's work begins."""
    user = signed_in(request)
    role = Role(user.role) if user else Role.CUSTOMER
    return redirect(LANDING.get(role, "tickets:mine"))


@public
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Remember colour scheme and density in this browser, and go back to the page it came from."""
    back = request.POST.get("next", "/")
    response = HttpResponseRedirect(back if leads_here(back) else "/")
    for name, choices in (("theme", THEMES), ("density", DENSITIES)):
        if request.POST.get(name) in choices:
            response.set_cookie(name, request.POST[name], max_age=YEAR, samesite="Lax")
    return response


@public
def design_system(request: HttpRequest) -> HttpResponse:
    """All components, live, in every state."""
    refused = SampleForm({"name": "", "text": _("太短"), "kind": "", "agree": ""})
    context = {
        "tokens": TOKENS,
        "sizes": ("xs", "s", "m", "l", "xl", "2xl"),
        "days": [clock.today() + dt.timedelta(days=days) for days in (-2, 0, 3, 9)],
        "form": SampleForm(),
        "refused": refused,
    }
    return render(request, "core/design_system.html", context)


set_language = public(i18n.set_language)


@public
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent | TooManyFieldsSent):
        return error_page(request, 413, _("一次提交的内容超过了上限。"))
    return error_page(request, 400, _("请求里有无法识别的内容。"))


@public
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403, _("您的账号没有做这件事的权限。"))


@public
def not_found(request: HttpRequest, exception: Http404) -> HttpResponse:
    return error_page(request, 404, _("没有这个页面，或者您无权查看。"))


@public
def too_many(request: HttpRequest) -> HttpResponse:
    return error_page(request, 429, _("短时间内尝试的次数太多了。"))


@public
def server_error(request: HttpRequest) -> HttpResponse:
    """Without the request's user, session or messages: the database may be what failed."""
    context = {
        **looks(request),
        "frame": "bare.html",
        "status": 500,
        "heading": HEADINGS[500],
        "message": _("发生了意外的错误，我们已经记录下来。"),
        "advice": ADVICE[500],
    }
    return HttpResponse(render_to_string("core/error.html", context), status=500)


@public
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(request, 403, _("页面已过期，请返回上一页刷新后再提交；您填写的内容还在上一页。"))
