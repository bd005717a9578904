"""Pages of the administrator: people, one person, teams, the audit trail."""

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from helpdesk.core.actors import actor_of
from helpdesk.core.administration import actions, queries
from helpdesk.core.administration.forms import (
    AuditFilter,
    Confirmed,
    LinkForm,
    NamesForm,
    NewPersonForm,
    PasswordForm,
    PeopleFilter,
    ResetForm,
    RoleForm,
    TeamForm,
    chosen,
)
from helpdesk.core.asked import page_of
from helpdesk.core.errors import ActionError
from helpdesk.core.models import User
from helpdesk.core.permissions import is_administrator, requires
from helpdesk.core.second_factor.actions import reset_second_factor as reset

# Several forms of a person's page ask for one's own password.
NAME_IDS, NEW_IDS, RESET_IDS, LINK_IDS, SWITCH_IDS, SENIOR_IDS = (
    f"{form}_%s" for form in ("name", "new", "reset", "link", "switch", "senior")
)


@requires(is_administrator)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    form = PeopleFilter(request.GET)
    found = queries.search_people(queries.people_visible_to(actor_of(request)), **chosen(form))
    page = page_of(request, found, queries.PAGE)
    return render(request, "core/people.html", {"form": form, "page": page})


@requires(is_administrator)
@require_http_methods(["GET", "POST"])
def new_person(request: HttpRequest) -> HttpResponse:
    form = NewPersonForm(request.POST or None, actor=actor_of(request))
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.create_person(actor=actor_of(request), **form.cleaned_data)
        except ActionError as refused:
            form.add_error(None, refused.message)
            status = 409
        else:
            messages.success(request, _("已为 %(name)s 建立账号。") % {"name": person})
            return redirect("core:people")
    return render(request, "core/new_person.html", {"form": form}, status=status)


def _person(request: HttpRequest, pk: int) -> User:
    return get_object_or_404(queries.people_visible_to(actor_of(request)), pk=pk)


def _person_page(request: HttpRequest, person: User, status: int = 200, **refused: Form) -> HttpResponse:
    """With the form that was refused in the place of a fresh one."""
    actor = actor_of(request)
    trail = queries.audit_visible_to(actor)
    about = queries.search_audit(trail, verb="", who="", target=f"{person._meta.label_lower}:{person.pk}")
    fresh = {
        "form": RoleForm(initial={"role": person.role, "team": person.team}, actor=actor),
        "link": LinkForm(initial={"customer_ref": person.customer_ref}, auto_id=LINK_IDS, actor=actor),
        "switch": Confirmed(auto_id=SWITCH_IDS, actor=actor),
        "senior": Confirmed(auto_id=SENIOR_IDS, actor=actor),
        "names": NamesForm(
            initial={"name": person.name, "email": person.email}, auto_id=NAME_IDS, person=person, actor=actor
        ),
        "password": PasswordForm(auto_id=NEW_IDS, actor=actor),
        "reset": ResetForm(auto_id=RESET_IDS, actor=actor),
    }
    context = {"person": person, "entries": about[:20], **fresh, **refused}
    return render(request, "core/person.html", context, status=status)


@requires(is_administrator)
@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    return _person_page(request, _person(request, pk))


@requires(is_administrator)
@require_POST
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Which customer of the loan ledger this account belongs to."""
    found = _person(request, pk)
    form = LinkForm(request.POST, auto_id=LINK_IDS, actor=actor_of(request))
    if not form.is_valid():
        return _person_page(request, found, 400, link=form)
    try:
        actions.link_customer(found, actor=actor_of(request), **form.cleaned_data)
    except ActionError as refused:
        form.add_error("customer_ref", refused.message)
        return _person_page(request, found, 409, link=form)
    messages.success(request, _("已保存与借款系统的关联。"))
    return redirect("core:person", pk)


@requires(is_administrator)
@require_POST
def change_role(request: HttpRequest, pk: int) -> HttpResponse:
    found = _person(request, pk)
    form = RoleForm(request.POST, actor=actor_of(request))
    if not form.is_valid():
        return _person_page(request, found, form=form)
    try:
        changed = actions.change_role(found, actor=actor_of(request), **form.cleaned_data)
    except ActionError as refused:
        form.add_error(None, refused.message)
        return _person_page(request, found, 409, form=form)
    said = {"name": changed, "role": changed.get_role_display(), "team": changed.team or _("没有团队")}
    messages.success(request, _("%(name)s 现在是%(role)s，团队：%(team)s。") % said)
    return redirect("core:person", pk=pk)


@requires(is_administrator)
@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    found, actor = _person(request, pk), actor_of(request)
    form = NamesForm(request.POST, auto_id=NAME_IDS, person=found, actor=actor)
    if not form.is_valid():
        return _person_page(request, found, names=form)
    changed = actions.rename_person(found, actor=actor, **form.cleaned_data)
    messages.success(request, _("已保存 %(name)s 的姓名和邮箱。") % {"name": changed})
    return redirect("core:person", pk=pk)


@requires(is_administrator)
@require_POST
def set_password(request: HttpRequest, pk: int) -> HttpResponse:
    found = _person(request, pk)
    form = PasswordForm(request.POST, auto_id=NEW_IDS, actor=actor_of(request))
    if not form.is_valid():
        return _person_page(request, found, password=form)
    changed = actions.set_password(found, actor=actor_of(request), **form.cleaned_data)
    messages.success(request, _("%(name)s 的新密码已生效，原来的登录都已退出。") % {"name": changed})
    return redirect("core:person", pk=pk)


@requires(is_administrator)
@require_POST
def reset_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    found = _person(request, pk)
    form = ResetForm(request.POST, auto_id=RESET_IDS, actor=actor_of(request))
    if not form.is_valid():
        return _person_page(request, found, 400, reset=form)
    try:
        changed = reset(found, actor=actor_of(request), **form.cleaned_data)
    except ActionError as refused:
        form.add_error(None, refused.message)
        return _person_page(request, found, 409, reset=form)
    messages.success(request, _("已解除 %(name)s 的双重验证，原来的登录都已退出。") % {"name": changed})
    return redirect("core:person", pk=pk)


@requires(is_administrator)
@require_POST
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for no password, as it takes power away and may be urgent."""
    changed = actions.deactivate_person(_person(request, pk), actor=actor_of(request))
    messages.success(request, _("已停用 %(name)s 的账号，并已让其退出登录。") % {"name": changed})
    return redirect("core:person", pk=pk)


@requires(is_administrator)
@require_POST
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    found, actor = _person(request, pk), actor_of(request)
    form = Confirmed(request.POST, auto_id=SWITCH_IDS, actor=actor)
    if not form.is_valid():
        return _person_page(request, found, 400, switch=form)
    changed = actions.reactivate_person(found, actor=actor)
    undo = reverse("core:deactivate_person", args=[pk])
    messages.success(request, _("%(name)s 的账号又可以使用了。") % {"name": changed}, extra_tags=undo)
    return redirect("core:person", pk=pk)


@requires(is_administrator)
@require_POST
def set_senior(request: HttpRequest, pk: int, senior: bool) -> HttpResponse:
    """Two addresses that undo each other."""
    found, actor = _person(request, pk), actor_of(request)
    form = Confirmed(request.POST, auto_id=SENIOR_IDS, actor=actor)
    if not form.is_valid():
        return _person_page(request, found, 400, senior=form)
    changed = actions.set_senior(found, actor=actor, senior=senior)
    done = _("%(name)s 现在是高级主管。") if senior else _("%(name)s 不再是高级主管。")
    messages.success(request, done % {"name": changed})
    return redirect("core:person", pk=pk)


@requires(is_administrator)
@require_http_methods(["GET", "POST"])
def teams(request: HttpRequest) -> HttpResponse:
    form = TeamForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            team = actions.create_team(actor=actor_of(request), **form.cleaned_data)
        except ActionError as refused:
            form.add_error("name", refused.message)
            status = 409
        else:
            messages.success(request, _("已建立团队“%(name)s”。") % {"name": team})
            return redirect("core:teams")
    context = {"form": form, "teams": queries.teams_visible_to(actor_of(request))}
    return render(request, "core/teams.html", context, status=status)


@requires(is_administrator)
@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """Newest first. ``?before=<id>`` goes on from the last entry of a page: no page is counted off."""
    form = AuditFilter(request.GET)
    filters = chosen(form)
    before = filters.pop("before")
    found = queries.search_audit(queries.audit_visible_to(actor_of(request)), **filters)
    total = found[: queries.COUNTED + 1].count()
    window = found.filter(id__lt=before) if before else found
    entries = list(window[: queries.PAGE + 1])
    queries.name_targets(entries)
    context = {
        "form": form,
        "entries": entries[: queries.PAGE],
        "total": min(total, queries.COUNTED),
        "uncounted": total > queries.COUNTED,
        "before": before,
        "older": entries[queries.PAGE - 1].pk if len(entries) > queries.PAGE else None,
        "filtered": any(filters.values()),
    }
    return render(request, "core/audit.html", context)
