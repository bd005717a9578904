"""The page of what waits for the reader."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from helpdesk.core import clock
from helpdesk.core.permissions import requires, works_cases
from tickets.todo import todo_of
from tickets.views.desk import is_partial, staff_of


@requires(works_cases)
@never_cache
@require_safe
def todo(request: HttpRequest) -> HttpResponse:
    """Refetches itself when a case changes; ``?part=count`` is the line that the queue shows."""
    context = {"todo": todo_of(staff_of(request)), "today": clock.today()}
    if is_partial(request):
        part = "_todo_count" if request.GET.get("part") == "count" else "_todo"
        return render(request, f"tickets/desk/{part}.html", context)
    return render(request, "tickets/desk/todo.html", context)
