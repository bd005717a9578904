"""The roster: who can take what, who works when, who is on leave. For supervisors."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from helpdesk.core import clock
from helpdesk.core.actors import actor_of
from helpdesk.core.errors import ActionError
from helpdesk.core.models import User
from helpdesk.core.permissions import is_supervisor, requires
from helpdesk.core.staffing import actions, queries
from helpdesk.core.staffing.forms import LeaveForm, ShiftsForm, StaffingForm


@requires(is_supervisor)
@require_safe
def roster(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    plan = queries.duty(now)
    context = {
        "people": queries.roster_visible_to(actor_of(request)),
        "today": clock.today(),
        "there": set(queries.at_desk(now).values_list("user_id", flat=True)),
        "open": plan.is_open(now),
        "planned": bool(plan.hours),
        "next_opening": plan.next_opening(now),
    }
    return render(request, "core/roster.html", context)


def _person(request: HttpRequest, pk: int) -> User:
    return get_object_or_404(queries.roster_visible_to(actor_of(request)), pk=pk)


def _page(
    request: HttpRequest,
    person: User,
    status: int = 200,
    *,
    staffing: StaffingForm | None = None,
    shifts: ShiftsForm | None = None,
    leave: LeaveForm | None = None,
) -> HttpResponse:
    context = {
        "person": person,
        "staffing_form": staffing or StaffingForm.of(person),
        "shifts_form": shifts or ShiftsForm.of(person),
        "leave_form": leave or LeaveForm(),
    }
    return render(request, "core/roster_person.html", context, status=status)


@requires(is_supervisor)
@require_safe
def roster_person(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _person(request, pk))


@requires(is_supervisor)
@require_POST
def set_staffing(request: HttpRequest, pk: int) -> HttpResponse:
    person, form = _person(request, pk), StaffingForm(request.POST)
    if not form.is_valid():
        return _page(request, person, 400, staffing=form)
    try:
        actions.set_staffing(person, actor=actor_of(request), **form.cleaned_data)
    except ActionError as problem:
        form.add_error("manager", str(problem))
        return _page(request, person, 400, staffing=form)
    messages.success(request, _("已保存 %(name)s 的接待设置。") % {"name": person})
    return redirect("core:roster_person", pk)


@requires(is_supervisor)
@require_POST
def set_shifts(request: HttpRequest, pk: int) -> HttpResponse:
    person, form = _person(request, pk), ShiftsForm(request.POST)
    if not form.is_valid():
        return _page(request, person, 400, shifts=form)
    actions.set_shifts(person, actor=actor_of(request), shifts=form.shifts)
    messages.success(request, _("已保存 %(name)s 的班次。") % {"name": person})
    return redirect("core:roster_person", pk)


@requires(is_supervisor)
@require_POST
def add_leave(request: HttpRequest, pk: int) -> HttpResponse:
    person, form = _person(request, pk), LeaveForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            actions.add_leave(person, actor=actor_of(request), **form.cleaned_data)
        except ActionError as refused:
            form.add_error(None, refused.message)
            status = 409
        else:
            messages.success(request, _("已登记 %(name)s 的休假。") % {"name": person})
            return redirect("core:roster_person", pk)
    return _page(request, person, status, leave=form)


@requires(is_supervisor)
@require_POST
def cancel_leave(request: HttpRequest, pk: int) -> HttpResponse:
    leave = get_object_or_404(queries.leaves_visible_to(actor_of(request)), pk=pk)
    person = actions.cancel_leave(leave, actor=actor_of(request))
    messages.success(request, _("已取消这段休假。"))
    return redirect("core:roster_person", person.pk)
