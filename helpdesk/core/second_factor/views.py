"""Pages of the second factor: asked for at sign-in, set up there or later, and one's own page about it."""

from collections.abc import Callable
from functools import wraps

from allauth.account.stages import LoginStageController
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.core.actors import signed_in
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.fields import opened, sealed
from helpdesk.core.models import User
from helpdesk.core.permissions import public
from helpdesk.core.second_factor import actions
from helpdesk.core.second_factor.codes import counter_of, in_groups, picture_of
from helpdesk.core.second_factor.forms import CodeForm, ConfirmedCodeForm
from helpdesk.core.second_factor.queries import second_factor_of
from helpdesk.core.second_factor.rules import lacks_second_factor, needs_second_factor
from helpdesk.core.second_factor.stages import CodeStage, SetUpStage, Stage

PENDING = "pending_second_factor"  # in the session: for whom a secret was made, and the secret, encrypted
EITHER = _lazy("验证器应用里的 6 位数字，或一个没用过的恢复码。")
CODES_IDS, REMOVE_IDS = "codes_%s", "remove_%s"  # two forms of one page


def at(
    kind: type[Stage],
) -> Callable[[Callable[[HttpRequest, Stage], HttpResponse]], Callable[..., HttpResponse]]:
    """A page in the middle of a sign-in. Who is not there, or no longer, begins with the password."""

    def decorate(view: Callable[[HttpRequest, Stage], HttpResponse]) -> Callable[..., HttpResponse]:
        @public
        @never_cache
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def staged(request: HttpRequest) -> HttpResponse:
            if signed_in(request):
                return redirect("core:landing")
            stage: Stage | None = LoginStageController.enter(request, kind.key)
            if stage and stage.holds() and "leave" not in request.POST:
                return view(request, stage)
            if stage:
                stage.abort()
            if "code" in request.POST:
                messages.warning(request, _("登录等得太久，或者账号有了变化，请重新输入密码。"))
            return redirect("account_login")

        return staged

    return decorate


@at(CodeStage)
def second_factor(request: HttpRequest, stage: Stage) -> HttpResponse:
    """The code after the password."""
    form, status, person = CodeForm(request.POST or None, help_text=EITHER), 200, stage.login.user
    form.fields["code"].widget.attrs["autofocus"] = not form.is_bound  # then the error has it
    if form.is_bound and form.is_valid():
        try:
            stage.login.user = actions.use_second_factor(person, actor=person, **form.cleaned_data)
        except ActionError as refused:
            form.add_error("code", refused.message)
            status = 409
        else:
            answer: HttpResponse = stage.exit()
            return answer
    context = {"form": form, "username": person.username}
    return render(request, "core/second_factor/code.html", context, status=status)


@at(SetUpStage)
def first_second_factor(request: HttpRequest, stage: Stage) -> HttpResponse:
    """Set up in the middle of the sign-in, by who must have one. The password was typed just now."""

    def sign_in(person: User) -> str:
        stage.login.user = person
        return str(stage.exit()["Location"])

    form = CodeForm(request.POST or None, help_text=_("验证器应用现在显示的 6 位数字。"))
    return _set_up(request, stage.login.user, form, sign_in)


@require_http_methods(["GET", "HEAD", "POST"])
def set_up_second_factor(request: HttpRequest) -> HttpResponse:
    """The same for who is signed in."""

    def stay(person: User) -> str:
        update_session_auth_hash(request, person)
        return reverse("core:security")

    person = _oneself(request)
    if person.second_factor_since:
        return redirect("core:security")
    help_text = _("验证器应用现在显示的 6 位数字。")
    form = ConfirmedCodeForm(request.POST or None, actor=person, help_text=help_text)
    return _set_up(request, person, form, stay)


def _set_up(request: HttpRequest, person: User, form: Form, go_on: Callable[[User], str]) -> HttpResponse:
    """The answer to the right code shows the recovery codes; no address does, so they are seen once."""
    secret, status = _pending_secret(request, person), 200
    if form.is_bound and form.is_valid():
        counter = counter_of(secret, form.cleaned_data["code"])
        try:
            if counter is None:
                raise ActionError(_("验证码不对。请看看手机的时间是否准确，再输入最新的 6 位数字。"))
            changed, codes = actions.set_up_second_factor(
                person, actor=person, secret=secret, counter=counter
            )
        except ActionError as refused:
            form.add_error("code", refused.message)
            status = 409
        else:
            request.session.pop(PENDING)
            return _codes_page(request, codes, go_on(changed))
    address = get_adapter().build_totp_url(person, secret)
    context = {
        "form": form,
        "secret": in_groups(secret),
        "address": address,
        "picture": picture_of(address),
        "person": person,
        "required": needs_second_factor(person),
    }
    return render(request, "core/second_factor/set_up.html", context, status=status)


def _pending_secret(request: HttpRequest, person: User) -> str:
    """One secret until it is set up: what was scanned stays right, whatever was mistyped after it."""
    pk, secret = request.session.get(PENDING) or (None, "")
    if pk != person.pk:
        secret = sealed(generate_totp_secret())
        request.session[PENDING] = [person.pk, secret]
    return opened(secret)


def _codes_page(request: HttpRequest, codes: list[str], onward: str) -> HttpResponse:
    said = {"codes": [in_groups(code) for code in codes], "onward": onward}
    return render(request, "core/second_factor/codes.html", said)


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    return _security_page(request, _oneself(request))


@require_POST
def make_recovery_codes(request: HttpRequest) -> HttpResponse:
    person = _holder(request)
    form = ConfirmedCodeForm(request.POST, actor=person, auto_id=CODES_IDS, help_text=EITHER)
    status = 400
    if form.is_valid():
        try:
            codes = actions.make_recovery_codes(person, actor=person, **form.cleaned_data)
        except ActionError as refused:
            form.add_error("code", refused.message)
            status = 409
        else:
            return _codes_page(request, codes, reverse("core:security"))
    return _security_page(request, person, status, codes_form=form)


@require_POST
def remove_second_factor(request: HttpRequest) -> HttpResponse:
    person = _holder(request)
    form = ConfirmedCodeForm(request.POST, actor=person, auto_id=REMOVE_IDS, help_text=EITHER)
    if not form.is_valid():
        return _security_page(request, person, 400, remove_form=form)
    try:
        changed = actions.remove_second_factor(person, actor=person, **form.cleaned_data)
    except ActionError as refused:
        form.add_error("code", refused.message)
        return _security_page(request, person, 409, remove_form=form)
    if lacks_second_factor(changed):
        logout(request)
        messages.success(request, _("已解除双重验证。请重新登录，并设置新的。"))
    else:
        update_session_auth_hash(request, changed)
        messages.success(request, _("已解除双重验证。"))
    return redirect("core:security")


def _security_page(request: HttpRequest, person: User, status: int = 200, **refused: Form) -> HttpResponse:
    """With the form that was refused in the place of a fresh one."""
    context = {
        "factor": second_factor_of(person),
        "required": needs_second_factor(person),
        "codes_form": ConfirmedCodeForm(actor=person, auto_id=CODES_IDS, help_text=EITHER),
        "remove_form": ConfirmedCodeForm(actor=person, auto_id=REMOVE_IDS, help_text=EITHER),
        **refused,
    }
    return render(request, "core/second_factor/security.html", context, status=status)


def _oneself(request: HttpRequest) -> User:
    person = signed_in(request)
    if person is None:
        raise ActionForbidden
    return person


def _holder(request: HttpRequest) -> User:
    person = _oneself(request)
    if person.second_factor_since is None:
        raise ActionError(_("这个账号没有设置双重验证。"))
    return person
