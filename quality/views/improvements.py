"""Improvements: the list, planning, one page each with its steps, and what cases had to correct."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.core import audit, clock
from helpdesk.core.asked import page_of
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.permissions import Rule, requires
from quality import actions, queries
from quality.compared import comparison_of, confounders_of
from quality.forms import (
    CompleteForm,
    CorrectionForm,
    CorrectionsForm,
    DropForm,
    ImprovementForm,
    ImprovementsForm,
    JudgeForm,
    SourceForm,
)
from quality.models import ImprovementAction
from quality.permissions import plans_improvements, reads_improvements, reads_quality, works_improvement
from quality.shift import ENOUGH
from quality.states import TO_DO, ImprovementState
from quality.views.trends import PAGE, reader_of
from quality.watched import chart_of
from tickets.queries import tickets_visible_to
from tickets.views.posting import posting_key

View = Callable[..., HttpResponseBase]
Done = tuple[str, str]  # what the message says, and the address that undoes it


def improvement_or_404(request: HttpRequest, pk: int) -> ImprovementAction:
    rows = queries.improvements_visible_to(reader_of(request))
    return get_object_or_404(
        rows.select_related("owner", "alert", "ticket", "planned_by", "judged_by"), pk=pk
    )


@require_safe
@requires(reads_improvements)
def improvements(request: HttpRequest) -> HttpResponse:
    """What is being done, the next due first; what is late is marked."""
    reader = reader_of(request)
    rows = queries.improvements_visible_to(reader)
    form = ImprovementsForm(request.GET, rows)
    context: dict[str, Any] = {
        "form": form,
        "plans": plans_improvements(reader),
        "reads_quality": reads_quality(reader),
    }
    if not form.is_valid():
        return render(request, "quality/improvements/list.html", context, status=400)
    page = page_of(request, form.found().select_related("owner"), PAGE)
    return render(request, "quality/improvements/list.html", context | {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(plans_improvements)
def plan_improvement(request: HttpRequest) -> HttpResponse:
    """A new one: from an alert, a case, what a case had to correct, a series, or from nothing."""
    reader = reader_of(request)
    posted = request.method == "POST"
    key = posting_key(request) if posted else ""
    if before := queries.planned_by(key):  # the same form once more
        return redirect(before)
    source = SourceForm(request.POST if posted else request.GET, reader)
    if not source.is_valid() and not posted:
        raise Http404
    given = source.cleaned_data
    form = ImprovementForm(request.POST if posted else None, initial={} if posted else source.start())
    for name in set(source.errors) - {"series"} if posted else ():  # the form itself looks at its series
        told = _("这项措施的来源没有找到，或已经并入另一项。可以不带来源再提交。")
        form.add_error("ticket" if name == "ticket" else None, told)
    if not (posted and form.is_valid()):
        context = {"form": form, "source": given}
        status = 400 if posted else 200
        return render(request, "quality/improvements/plan.html", context, status=status)
    fields = {name: value for name, value in form.cleaned_data.items() if name not in ("revision", "ticket")}
    correction = given.get("correction")
    ticket = given.get("ticket") or (correction.ticket if correction else None)
    made = actions.plan_once(
        actor=reader,
        submission=key,
        correction=correction,
        alert=given.get("alert"),
        ticket=ticket,
        **fields,
    )
    messages.success(request, _("已记下这项改进措施。"))
    return redirect(made)


def improvement_page(
    request: HttpRequest,
    improvement: ImprovementAction,
    *,
    status: int = 200,
    forms: dict[str, Any] | None = None,
    problem: ActionError | None = None,
) -> HttpResponse:
    """Its plan, what came of it, the next steps and its history."""
    reader = reader_of(request)
    plans, works = plans_improvements(reader), works_improvement(reader, improvement)
    state, given = improvement.state, forms or {}
    offered: dict[str, Any] = {}
    if works and state in TO_DO:
        offered["complete"] = CompleteForm(initial={"effective_on": clock.today()})
    if plans and state == ImprovementState.DONE:
        offered["judge"] = JudgeForm()
    if plans and state in TO_DO:
        offered["drop"] = DropForm()
    back = state != ImprovementState.PLANNED and works
    owners = state in (ImprovementState.UNDER_WAY, ImprovementState.DONE)
    context: dict[str, Any] = {
        "improvement": improvement,
        "forms": offered | {name: form for name, form in given.items() if name in offered},
        "can_start": works and state == ImprovementState.PLANNED,
        "can_step_back": back and (plans or owners),
        "can_edit": plans and state not in (ImprovementState.JUDGED, ImprovementState.DROPPED),
        "plans": plans,
        "reads_quality": reads_quality(reader),
        "problem": problem,
        "history": audit.history_of(improvement),
        "taken_up": improvement.taken_up.select_related("correction__ticket", "correction__owner"),
        "root_cause": queries.root_cause_of(improvement.ticket) if improvement.ticket else "",
        "chart": chart_of(improvement.series, around=improvement.effective_on),
        "series": improvement.series,
        "enough": ENOUGH,
    }
    if improvement.ticket:
        seen = tickets_visible_to(reader).filter(pk=improvement.ticket.pk)
        context["ticket_url"] = improvement.ticket.get_absolute_url() if seen.exists() else ""
    if improvement.effective_on:
        compared = comparison_of(improvement.series, improvement.effective_on)
        context |= {"compared": compared, "confounders": confounders_of(improvement, compared)}
    return render(request, "quality/improvements/page.html", context, status=status)


@require_safe
@requires(reads_improvements)
def improvement(request: HttpRequest, pk: int) -> HttpResponse:
    return improvement_page(request, improvement_or_404(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(plans_improvements)
def edit_improvement(request: HttpRequest, pk: int) -> HttpResponse:
    row = improvement_or_404(request, pk)
    names = ("title", "description", "kind", "due_on", "revision")
    known = {name: getattr(row, name) for name in names} | {"owner": row.owner_id, "series": row.series.code}
    form = ImprovementForm(request.POST if request.method == "POST" else None, of=row, initial=known)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            fields = form.cleaned_data | {"revision": form.cleaned_data["revision"] or 0}
            try:
                actions.edit_improvement(row, actor=reader_of(request), **fields)
            except ActionError as problem:
                form.add_error(None, problem.message)
                status = 409
            else:
                messages.success(request, _("已保存。"))
                return redirect(row)
    context = {"form": form, "improvement": row}
    return render(request, "quality/improvements/plan.html", context, status=status)


# --- Steps -------------------------------------------------------------------------------------
def step(allowed: Rule) -> Callable[[Callable[[HttpRequest, ImprovementAction], Done | HttpResponse]], View]:
    """A verb on one improvement: a refusal is its page with the reason (403, 409)."""

    def decorate(act: Callable[[HttpRequest, ImprovementAction], Done | HttpResponse]) -> View:
        @require_http_methods(["GET", "HEAD", "POST"])
        @requires(allowed)
        def view(request: HttpRequest, pk: int) -> HttpResponseBase:
            row = improvement_or_404(request, pk)
            if request.method != "POST":  # opened by its address, after signing in
                return redirect(row)
            try:
                result = act(request, row)
            except ActionError as problem:
                fresh = improvement_or_404(request, pk)
                return improvement_page(request, fresh, status=409, problem=problem)
            except ActionForbidden:
                no = ActionError(_("您的账号不能对这项措施做这一步。"))
                return improvement_page(request, row, status=403, problem=no)
            if isinstance(result, HttpResponse):
                return result
            message, undo = result
            messages.success(request, message, extra_tags=undo)
            return redirect(row)

        view.__name__ = act.__name__
        return view

    return decorate


def undo_of(row: ImprovementAction) -> str:
    return reverse("quality:step_back_improvement", args=[row.pk])


@step(reads_improvements)
def start_improvement(request: HttpRequest, row: ImprovementAction) -> Done:
    actions.start_improvement(row, actor=reader_of(request))
    return _("已开始。"), undo_of(row)


@step(reads_improvements)
def complete_improvement(request: HttpRequest, row: ImprovementAction) -> Done | HttpResponse:
    form = CompleteForm(request.POST)
    if not form.is_valid():
        return improvement_page(request, row, status=400, forms={"complete": form})
    actions.complete_improvement(row, actor=reader_of(request), **form.cleaned_data)
    return _("已完成。生效满四周后可以评估。"), undo_of(row)


@step(plans_improvements)
def judge_improvement(request: HttpRequest, row: ImprovementAction) -> Done | HttpResponse:
    form = JudgeForm(request.POST)
    if not form.is_valid():
        return improvement_page(request, row, status=400, forms={"judge": form})
    judged = actions.judge_improvement(row, actor=reader_of(request), **form.cleaned_data)
    return _("已评估：%(effect)s。") % {"effect": judged.get_effect_display()}, undo_of(row)


@step(plans_improvements)
def drop_improvement(request: HttpRequest, row: ImprovementAction) -> Done | HttpResponse:
    form = DropForm(request.POST)
    if not form.is_valid():
        return improvement_page(request, row, status=400, forms={"drop": form})
    actions.drop_improvement(row, actor=reader_of(request), **form.cleaned_data)
    return _("已放弃。"), undo_of(row)


@step(reads_improvements)
def step_back_improvement(request: HttpRequest, row: ImprovementAction) -> Done:
    fresh = actions.step_back_improvement(row, actor=reader_of(request))
    return _("已退回到“%(state)s”。") % {"state": fresh.get_state_display()}, ""


# --- Corrective actions of cases ---------------------------------------------------------------
@require_safe
@requires(plans_improvements)
def corrections(request: HttpRequest) -> HttpResponse:
    """What cases had to correct: alone in its case, or part of an improvement."""
    form = CorrectionsForm(request.GET)
    if not form.is_valid():
        return render(request, "quality/improvements/corrections.html", {"form": form}, status=400)
    return corrections_page(request, form)


def corrections_page(request: HttpRequest, form: CorrectionsForm) -> HttpResponse:
    rows = queries.corrections_visible_to(reader_of(request))
    shown = form.cleaned_data["shown"]
    if shown != "all":
        rows = rows.filter(taken_up__isnull=shown != "taken")
    running = queries.improvements_visible_to(reader_of(request)).running()
    choices = running.exclude(state=ImprovementState.JUDGED).only("pk", "title")
    context = {"form": form, "page": page_of(request, rows, PAGE), "choices": list(choices)}
    return render(request, "quality/improvements/corrections.html", context)


def _pair(request: HttpRequest) -> tuple[ImprovementAction, Any]:
    form = CorrectionForm(request.POST if "correction" in request.POST else request.GET)
    if not form.is_valid():
        raise Http404
    reader = reader_of(request)
    given = form.cleaned_data
    row = get_object_or_404(queries.improvements_visible_to(reader), pk=given["improvement"])
    return row, get_object_or_404(queries.corrections_visible_to(reader), pk=given["correction"])


@require_POST
@requires(plans_improvements)
def take_up_correction(request: HttpRequest) -> HttpResponse:
    row, correction = _pair(request)
    actions.take_up_correction(row, actor=reader_of(request), correction=correction)
    undo = f"{reverse('quality:release_correction')}?improvement={row.pk}&correction={correction.pk}"
    messages.success(request, _("已并入“%(title)s”。") % {"title": row.title}, extra_tags=undo)
    return redirect("quality:corrections")


@require_POST
@requires(plans_improvements)
def release_correction(request: HttpRequest) -> HttpResponse:
    row, correction = _pair(request)
    actions.release_correction(row, actor=reader_of(request), correction=correction)
    messages.success(request, _("这项整改又单独列出。"))
    return redirect(row)
