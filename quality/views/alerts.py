"""Alerts: the list, one page each, dismissing and recalling; and the page of any series."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.core import clock
from helpdesk.core.asked import page_of
from helpdesk.core.errors import ActionError
from helpdesk.core.permissions import requires
from quality import actions, queries
from quality.forms import AlertsForm, DismissForm, SeriesCasesForm, SeriesForm
from quality.models import TrendAlert
from quality.permissions import answers_alerts, reads_quality
from quality.views.trends import PAGE, reader_of
from quality.watched import cases_behind, chart_of, examples


@require_safe
@requires(reads_quality)
def trend_alerts(request: HttpRequest) -> HttpResponse:
    """All of them, the newest first; and the way to every series that is watched."""
    form = AlertsForm(request.GET)
    if not form.is_valid():
        return render(request, "quality/alerts/list.html", {"form": form}, status=400)
    alerts = queries.alerts_visible_to(reader_of(request))
    if state := form.cleaned_data["state"]:
        alerts = alerts.filter(state=state)
    context = {"form": form, "page": page_of(request, alerts, PAGE), "choose": SeriesForm()}
    return render(request, "quality/alerts/list.html", context)


def alert_page(
    request: HttpRequest,
    alert: TrendAlert,
    *,
    status: int = 200,
    form: forms.Form | None = None,
    problem: ActionError | None = None,
) -> HttpResponse:
    reader = reader_of(request)
    days = (alert.since, min(alert.until, clock.today()))
    context: dict[str, Any] = {
        "alert": alert,
        "series": alert.series,
        "shift": alert.shift,
        "chart": chart_of(alert.series, alert=alert),
        "improvements": alert.improvements.running().select_related("owner"),
        "answers_alerts": answers_alerts(reader),
        "dismiss": form or DismissForm(),
        "problem": problem,
        "days": days,
        **examples(reader, alert.series, days),
    }
    return render(request, "quality/alerts/page.html", context, status=status)


def alert_or_404(request: HttpRequest, pk: int) -> TrendAlert:
    rows = queries.alerts_visible_to(reader_of(request)).select_related("dismissed_by")
    return get_object_or_404(rows, pk=pk)


@require_safe
@requires(reads_quality)
def trend_alert(request: HttpRequest, pk: int) -> HttpResponse:
    """What changed, by how much, since when, on a chart, with the cases that show it best."""
    return alert_page(request, alert_or_404(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(answers_alerts)
def dismiss_trend_alert(request: HttpRequest, pk: int) -> HttpResponse:
    alert = alert_or_404(request, pk)
    if request.method != "POST":
        return redirect(alert)
    form = DismissForm(request.POST)
    if not form.is_valid():
        return alert_page(request, alert, status=400, form=form)
    try:
        actions.dismiss_trend_alert(alert, actor=reader_of(request), **form.cleaned_data)
    except ActionError as problem:
        return alert_page(request, alert_or_404(request, pk), status=409, form=form, problem=problem)
    undo = reverse("quality:recall_trend_alert", args=[pk])
    messages.success(request, _("已忽略；这个指标再有变化时才会再提醒。"), extra_tags=undo)
    return redirect(alert)


@require_POST
@requires(answers_alerts)
def recall_trend_alert(request: HttpRequest, pk: int) -> HttpResponse:
    alert = alert_or_404(request, pk)
    try:
        actions.recall_trend_alert(alert, actor=reader_of(request))
    except ActionError as problem:
        return alert_page(request, alert_or_404(request, pk), status=409, problem=problem)
    messages.success(request, _("提醒已恢复。"))
    return redirect(alert)


@require_safe
@requires(reads_quality)
def series(request: HttpRequest) -> HttpResponse:
    """Any series that is watched: its weeks, its limits, its alerts and what was done about it."""
    form = SeriesForm(request.GET)
    if not form.is_valid():
        if "series" not in request.GET:
            raise Http404
        return render(request, "quality/alerts/series.html", {"form": form}, status=400)
    found = form.cleaned_data["series"]
    reader = reader_of(request)
    done = queries.improvements_visible_to(reader).filter(**found.columns)
    context = {
        "form": form,
        "series": found,
        "chart": chart_of(found),
        "alerts": queries.alerts_visible_to(reader).filter(**found.columns),
        "improvements": done.select_related("owner"),
        "answers_alerts": answers_alerts(reader),
    }
    return render(request, "quality/alerts/series.html", context)


@require_safe
@requires(reads_quality)
def series_cases(request: HttpRequest) -> HttpResponse:
    """The cases behind a number of a series that counts cases alone; the way here is a link."""
    form = SeriesCasesForm(request.GET)
    if not form.is_valid():
        raise Http404
    found, since, until, late = (form.cleaned_data[name] for name in ("series", "since", "until", "late"))
    rows = cases_behind(reader_of(request), found, (since, until), late=late)
    context = {"series": found, "since": since, "until": until, "late": late}
    return render(request, "quality/series/cases.html", {**context, "page": page_of(request, rows, PAGE)})
