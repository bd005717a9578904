"""Acts on several cases: choose, say what, see what would happen, do it, and take it back."""

import csv
import time
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.core import clock
from helpdesk.core.asked import is_partial
from helpdesk.core.cells import neutral
from helpdesk.core.errors import ActionError
from helpdesk.core.models import Topic, User
from helpdesk.core.permissions import requires, works_cases
from tickets.actions import bulk as actions
from tickets.columns import COLUMNS, text_of
from tickets.forms.bulk import FORMS
from tickets.models import BulkAct, BulkRow, Severity, Ticket
from tickets.queries import tickets_visible_to
from tickets.views.desk import staff_of

AT_ONCE = 0.8  # seconds of work in one request; the page asks for the rest
LEFT = {BulkAct.State.RUNNING: BulkRow.Outcome.WAITING, BulkAct.State.UNDOING: BulkRow.Outcome.DONE}


@requires(works_cases)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: HttpRequest) -> HttpResponse:
    """First the form of the verb, then what would happen (``step=preview``), then the act (``apply``)."""
    if request.method != "POST":
        return redirect("tickets:queue")
    user, verb = staff_of(request), request.POST.get("verb", "")
    cases = _chosen(request, user)
    if verb not in BulkAct.Verb.values or not 0 < len(cases) <= actions.MOST:
        said = _("请先勾选工单，一次最多 %(most)d 件，再选要做什么。") % {"most": actions.MOST}
        messages.warning(request, said)
        return redirect(_queue(request))
    if verb == BulkAct.Verb.EXPORT:
        return _export(user, cases)
    step = request.POST.get("step", "")
    form = FORMS[verb](request.POST if step else None, user=user)
    context: dict[str, Any] = {
        "verb": BulkAct.Verb(verb),
        "cases": cases,
        "form": form,
        "back": _queue(request),
        "undoable": verb in actions.UNDOABLE,
    }
    if not step or not form.is_valid():
        return render(request, "tickets/desk/bulk.html", context, status=400 if step else 200)
    if step == "apply":
        act = actions.start_bulk(actor=user, verb=verb, fields=form.cleaned_data, tickets=cases)
        _work(act, user)
        return redirect("tickets:bulk_act", act.pk)
    context["rows"] = _told(actions.rehearse(user, verb, form.cleaned_data, cases))
    context["possible"] = sum(row.outcome == BulkRow.Outcome.DONE for row, _change in context["rows"])
    return render(request, "tickets/desk/bulk.html", context)


def _chosen(request: HttpRequest, user: User) -> list[Ticket]:
    """The cases of the form that this person sees, most urgent first."""
    numbers = request.POST.getlist("case")[: 2 * actions.MOST]
    return list(tickets_visible_to(user).filter(number__in=numbers).select_related("assignee", "team"))


def _queue(request: HttpRequest) -> str:
    """The queue as it was, by the query that came along."""
    query = request.POST.get("query", "")
    return f"{reverse('tickets:queue')}?{query.removeprefix('?')}"


def _told(rows: list[BulkRow]) -> list[tuple[BulkRow, str]]:
    """Every row with its change in words."""
    keys = {side[key] for row in rows for side in (row.before, row.after) for key in ("assignee",) if side}
    names = {person.pk: str(person) for person in User.objects.filter(pk__in=keys - {None})}
    return [(row, _change(row, names)) for row in rows]


def _change(row: BulkRow, names: dict[int, str]) -> str:
    if not row.after:
        return ""
    labels: dict[str, Callable[[Any], str]] = {
        "assignee": lambda pk: names.get(pk) or _("未分派"),
        "severity": lambda code: str(dict(Severity.choices).get(code, code)),
        "topic": lambda code: str(dict(Topic.choices).get(code, code)),
        "due_on": lambda day: _("期限 %(day)s") % {"day": day},
    }
    changes = [
        f"{label(row.before[name])} → {label(row.after[name])}"
        for name, label in labels.items()
        if row.before[name] != row.after[name]
    ]
    return "；".join(changes)


def _export(user: User, cases: list[Ticket]) -> HttpResponse:
    """Every column, names masked as on the page; who took which cases is on record."""
    actions.start_bulk(actor=user, verb=BulkAct.Verb.EXPORT, fields={}, tickets=cases)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="helpdesk-cases-{clock.today()}.csv"'
    sheet = csv.writer(response)
    names = [name for name in COLUMNS if name != "red_flags"]
    sheet.writerow([str(COLUMNS[name]) for name in names])
    for case in cases:
        sheet.writerow([neutral(text_of(case, name)) for name in names])
    return response


def _work(act: BulkAct, user: User) -> None:
    """Case by case for a moment; finished when none is left."""
    until = time.monotonic() + AT_ONCE
    left = LEFT.get(BulkAct.State(act.state))
    if left is None:
        return
    for row in act.rows.filter(outcome=left).select_related("act"):
        actions.work_row(row, actor=user)
        if time.monotonic() > until:
            break
    if not act.rows.filter(outcome=left).exists():
        actions.finish_bulk(act, actor=user)


def act_or_404(request: HttpRequest, pk: int) -> BulkAct:
    return get_object_or_404(BulkAct, pk=pk, by=staff_of(request))


@requires(works_cases)
@never_cache
@require_safe
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """What came of an act, case by case; while it runs, how far it is."""
    return render(request, "tickets/desk/bulk_act.html", _report(act_or_404(request, pk), staff_of(request)))


def _report(act: BulkAct, user: User) -> dict[str, Any]:
    seen = tickets_visible_to(user)
    rows = _told(list(act.rows.filter(ticket__in=seen).select_related("ticket")))
    left = LEFT.get(BulkAct.State(act.state))
    waiting = act.rows.filter(outcome=left).count() if left else 0
    total = act.rows.count()
    return {
        "act": act,
        "rows": rows,
        "total": total,
        "worked": total - waiting,
        "is_working": left is not None,
        "done": sum(row.outcome == BulkRow.Outcome.DONE for row, _change in rows),
        "may_undo": actions.may_undo(act),
    }


@requires(works_cases)
@require_POST
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """The next cases. The page asks again until there are none; without scripts, a button does."""
    act, user = act_or_404(request, pk), staff_of(request)
    _work(act, user)
    if not is_partial(request):
        return redirect("tickets:bulk_act", pk)
    report = _report(act_or_404(request, pk), user)
    response = render(request, "tickets/desk/_bulk_progress.html", report)
    if not report["is_working"]:
        response["HX-Redirect"] = reverse("tickets:bulk_act", args=[pk])
    return response


@requires(works_cases)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what can be taken back."""
    act, user = act_or_404(request, pk), staff_of(request)
    try:
        act = actions.undo_bulk(act, actor=user)
    except ActionError as refused:
        messages.error(request, refused.message)
    else:
        _work(act, user)
    return redirect("tickets:bulk_act", pk)
