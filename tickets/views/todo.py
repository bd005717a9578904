"""The page of what waits for the reader."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from helpdesk.core import clock
from helpdesk.core.asked import is_partial
from helpdesk.core.errors import ActionError
from helpdesk.core.models import User
from helpdesk.core.permissions import requires, works_cases
from tickets.actions import complete_correction
from tickets.actions.once import act_once, done_before
from tickets.forms.letters import OwnCorrectionForm
from tickets.models import CorrectiveAction
from tickets.permissions import is_owner
from tickets.todo import todo_of
from tickets.views.desk import staff_of
from tickets.views.posting import posting_key


@requires(works_cases)
@never_cache
@require_safe
def todo(request: HttpRequest) -> HttpResponse:
    """Refetches itself when a case changes; ``?part=count`` is the line that the queue shows."""
    context = _parts(staff_of(request))
    if is_partial(request):
        part = "_todo_count" if request.GET.get("part") == "count" else "_todo"
        return render(request, f"tickets/desk/{part}.html", context)
    return render(request, "tickets/desk/todo.html", context)


def _parts(user: User, refused: tuple[CorrectiveAction, OwnCorrectionForm] | None = None) -> dict[str, Any]:
    """``refused`` is a correction with its form and all that was typed in it."""
    found = todo_of(user)
    forms = {row.pk: _form(row) for row in found.corrections if is_owner(user, row)}
    if refused:
        forms[refused[0].pk] = refused[1]
    corrections = [(row, forms.get(row.pk)) for row in found.corrections]
    return {"todo": found, "corrections": corrections, "today": clock.today()}


def _form(correction: CorrectiveAction, posted: QueryDict | None = None) -> OwnCorrectionForm:
    return OwnCorrectionForm(posted, auto_id=f"done_{correction.pk}_%s")


@requires(works_cases)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def complete_own_correction(request: HttpRequest, pk: int) -> HttpResponse:
    """The owner of a correction says what they did, also where the case is not theirs to see."""
    user = staff_of(request)
    if request.method != "POST":
        return redirect("tickets:todo")
    row = get_object_or_404(CorrectiveAction.objects.select_related("ticket"), pk=pk, owner=user)
    key, form = posting_key(request), _form(row, request.POST)
    if not done_before(key):
        if not form.is_valid():
            return render(request, "tickets/desk/todo.html", _parts(user, (row, form)), status=400)
        typed = form.cleaned_data
        try:
            act_once(
                key, row.ticket, lambda: complete_correction(row.ticket, actor=user, correction=row, **typed)
            )
        except ActionError as problem:
            messages.error(request, str(problem))
            return render(request, "tickets/desk/todo.html", _parts(user, (row, form)), status=409)
    messages.success(request, _("整改已完成。"))
    return redirect("tickets:todo")
