"""The queue with its filters, columns and saved views."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.core.asked import is_partial
from helpdesk.core.errors import ActionError
from helpdesk.core.keyset import read_cursor
from helpdesk.core.models import User
from helpdesk.core.permissions import is_staff, requires, works_cases
from helpdesk.core.redirects import leads_here
from tickets.actions import view as actions
from tickets.columns import COLUMNS, shown
from tickets.forms.queue import SCOPES, ChangeViewForm, QueueForm, ViewForm, can_hold_cases, queue_form
from tickets.models import BulkAct, QueueSettings, SavedView
from tickets.permissions import changes_view
from tickets.queries import views_visible_to
from tickets.queue import queue_counts, queue_page
from tickets.today import today_of
from tickets.views.desk import KEYS_OFF, staff_of

MOST_SHOWN = 40  # own views come first; each costs a count


@requires(is_staff)
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """The queue: most urgent first (a search: newest first), filtered by what the address says.

    The bare address leads to the view with which a person wants to begin.
    """
    user = staff_of(request)
    settings = QueueSettings.objects.filter(user=user).first() or QueueSettings(user=user)
    remember_keys(request, on=settings.keys)
    views = list(views_visible_to(user)[:MOST_SHOWN])
    if not request.GET and not is_partial(request):
        for view in views:
            if view.pk == settings.default_view_id:
                return redirect(address_of(view))
    people = can_hold_cases()
    form = queue_form(request.GET, people)
    wanted = form.wanted()
    current = next((view for view in views if str(view.pk) == request.GET.get("view")), None)
    columns = shown(current.columns if current and current.columns else settings.columns)
    cursor = read_cursor(request.GET.get("page", ""))
    page = queue_page(user, wanted, cursor, red_flags="red_flags" in columns)
    filters = {view.pk: queue_form(view.filters, people).wanted() for view in views}
    counts = queue_counts(user, wanted if page.found is None else None, filters)
    if page.found is not None:
        counts["found"] = page.found
    today = today_of(user, [row.pk for row in page.rows])
    rows = [row.closed_up() if row.pk in today.kept_off else row for row in page.rows]
    context = {
        "form": form,
        "wanted": wanted,
        "page": replace(page, rows=rows),
        "counts": counts,
        "desk": True,
        "tabs": [(name, label, counts[name]) for name, label in SCOPES],
        "views": [(view, address_of(view), counts[f"view_{view.pk}"], view.owner != user) for view in views],
        "view": current,
        "may_change": current is not None and changes_view(user, current),
        "columns": [(name, COLUMNS[name]) for name in columns],
        "all_columns": [(name, label, name in columns) for name, label in COLUMNS.items()],
        "settings": settings,
        "acts": BulkAct.Verb.choices if works_cases(user) else (),
        **today.lists,
    }
    template = "tickets/desk/_queue.html" if is_partial(request) else "tickets/desk/queue.html"
    return render(request, template, context)


def address_of(view: SavedView) -> str:
    """The queue as a view shows it. The filters are in the address, so that it says all by itself."""
    query = QueryDict(mutable=True)
    query.update({name: str(value) for name, value in view.filters.items()} | {"view": str(view.pk)})
    return f"{reverse('tickets:queue')}?{query.urlencode()}"


def back_to_queue(request: HttpRequest) -> HttpResponse:
    """Or to the case that somebody came from."""
    back, queue = request.POST.get("next", ""), reverse("tickets:queue")
    return redirect(back if back.startswith(queue.removesuffix("queue/")) and leads_here(back) else queue)


def remember_keys(request: HttpRequest, *, on: bool) -> None:
    """For the page of a case, which asks for no settings; the queue, where work begins, brings it in line."""
    if on == (KEYS_OFF in request.session):
        if on:
            del request.session[KEYS_OFF]
        else:
            request.session[KEYS_OFF] = True


@requires(is_staff)
@require_POST
def set_columns(request: HttpRequest) -> HttpResponse:
    """Columns and keys, remembered for the person."""
    user = staff_of(request)
    actions.set_columns(user, actor=user, columns=request.POST.getlist("column"))
    return back_to_queue(request)


@requires(is_staff)
@require_POST
def set_keys(request: HttpRequest) -> HttpResponse:
    """Single keys on or off, for this person."""
    user = staff_of(request)
    on = request.POST.get("keys") == "on"
    actions.set_keys(user, actor=user, keys=on)
    remember_keys(request, on=on)
    return back_to_queue(request)


# --- Saved views -----------------------------------------------------------------------------------
def _now(request: HttpRequest) -> tuple[QueueForm, list[str]]:
    """The filters and columns of the queue that the person came from; they are in this page's address."""
    settings = QueueSettings.objects.filter(user=staff_of(request)).first()
    return queue_form(request.GET, can_hold_cases()), shown(settings.columns if settings else ())


@requires(is_staff)
@require_http_methods(["GET", "HEAD", "POST"])
def new_view(request: HttpRequest) -> HttpResponse:
    """Save what the queue shows now."""
    user, (filters, columns) = staff_of(request), _now(request)
    form = ViewForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            view = actions.save_view(
                actor=user,
                name=typed["name"],
                filters=filters.chosen(),
                columns=columns,
                shared=typed.get("shared", False),
            )
        except ActionError as problem:
            form.add_error("name", str(problem))
        else:
            if typed["default"]:
                actions.set_default_view(user, actor=user, view=view)
            messages.success(request, _("视图已保存。"))
            return redirect(address_of(view))
    return _view_page(request, form, {"filters": filters})


@requires(is_staff)
@require_http_methods(["GET", "HEAD", "POST"])
def change_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name, another audience, or the filters that the queue has now."""
    user, view = staff_of(request), view_or_404(request, pk)
    filters, columns = _now(request)
    settings = QueueSettings.objects.filter(user=user).first()
    is_default = settings is not None and settings.default_view_id == view.pk
    known = {"name": view.name, "shared": view.team_id is not None, "default": is_default}
    form = ChangeViewForm(request.POST if request.method == "POST" else None, user=view.owner, initial=known)
    may_change = changes_view(user, view)
    form.keep_only(others=not may_change, filters=bool(filters.chosen()))
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            if may_change:
                taken = {"filters": filters.chosen(), "columns": columns} if typed.get("take_over") else {}
                change = {"name": typed["name"], "shared": typed.get("shared", False), **taken}
                view = actions.change_view(view, actor=user, **change)
        except ActionError as problem:
            form.add_error("name", str(problem))
        else:
            if typed["default"] != is_default:
                actions.set_default_view(user, actor=user, view=view if typed["default"] else None)
            messages.success(request, _("视图已保存。"))
            return redirect(address_of(view))
    return _view_page(request, form, {"filters": filters, "view": view, "may_change": may_change})


def _view_page(request: HttpRequest, form: ViewForm, context: dict[str, Any]) -> HttpResponse:
    status = 400 if form.is_bound else 200
    return render(request, "tickets/desk/view.html", context | {"form": form}, status=status)


def view_or_404(request: HttpRequest, pk: int) -> SavedView:
    return get_object_or_404(views_visible_to(staff_of(request)), pk=pk)


@requires(is_staff)
@require_POST
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    view = view_or_404(request, pk)
    actions.delete_view(view, actor=staff_of(request))
    undo = reverse("tickets:restore_view", args=[pk])
    messages.success(request, _("视图“%(name)s”已删除。") % {"name": view.name}, extra_tags=undo)
    return redirect(f"{reverse('tickets:queue')}?scope=all")


@requires(is_staff)
@require_POST
def restore_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo: only who could delete it, and to others it does not exist."""
    user: User = staff_of(request)
    view = get_object_or_404(SavedView.objects.select_related("owner"), pk=pk)
    if not changes_view(user, view):
        return redirect("tickets:queue")
    try:
        view = actions.restore_view(view, actor=user)
    except ActionError as problem:
        messages.error(request, str(problem))
        return redirect("tickets:queue")
    return redirect(address_of(view))
