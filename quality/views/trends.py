"""The quality room: trends, the rows behind each number, and what is searched."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from faq import analytics
from helpdesk.core import clock
from helpdesk.core.actors import signed_in
from helpdesk.core.asked import page_of
from helpdesk.core.models import User
from helpdesk.core.permissions import requires
from helpdesk.core.small import FEWEST
from quality import charts, present, queries, search_chart
from quality.figures import ENOUGH
from quality.forms import CasesForm, SearchesForm, TrendsForm
from quality.models import TrendAlert
from quality.permissions import plans_improvements, reads_quality
from quality.questions import BotQuestions, bot_questions, questions_visible_to
from quality.searches import Searches, search_figures
from quality.series import Dimension, Measure
from quality.weekly import scope_of

PAGE = 50


@require_safe
@requires(reads_quality)
def trends(request: HttpRequest) -> HttpResponse:
    """What is getting worse, in one look; every number leads to the rows behind it."""
    form = TrendsForm(request.GET)
    context: dict[str, Any] = {"form": form, "fewest": FEWEST, "enough": ENOUGH}
    if not form.is_valid():
        return render(request, "quality/trends.html", context, status=400)
    rows = queries.feedback_visible_to(reader_of(request))
    found = queries.trends(rows, form.scope, form.cleaned_data["weeks"], today=clock.today())
    reader = reader_of(request)
    alerts = list(queries.open_alerts(queries.alerts_visible_to(reader)))
    context |= {
        "scope": form.scope,
        "trends": found,
        "chart": charts.draw(found.weeks, marks_of(alerts, form.scope)),
        "alerts": alerts,
        "plans": plans_improvements(reader),
    }
    return render(request, "quality/trends.html", context)


def marks_of(alerts: list[TrendAlert], scope: queries.Scope) -> list[charts.Mark]:
    """Where the lines of the chart that these filters show began to be worse."""
    shown = [alert for alert in alerts if alert.measure != Measure.OVERDUE]
    own = [alert for alert in shown if not scope.door and scope_of(alert.series) == scope]
    alike = [alert for alert in own if alert.dimension not in (Dimension.CAUSE, Dimension.PRODUCT)]
    return [charts.Mark(alert.since, str(Measure(alert.measure).label), "alert") for alert in alike]


@require_safe
@requires(reads_quality)
def cases(request: HttpRequest) -> HttpResponse:
    """The answers, or the cases that came in, behind a number of the trends page."""
    form = CasesForm(request.GET)
    if not form.is_valid():
        return render(request, "quality/cases.html", {"form": form}, status=400)
    reader = reader_of(request)
    since, until = form.days
    context = {"form": form, "scope": form.scope, "since": since, "until": until, "volume": form.volume}
    if form.volume:
        page = page_of(request, queries.volume_in(form.scope, form.days), PAGE)
        page.object_list = present.arrivals(reader, page.object_list)
    else:
        rows = queries.answers_in(
            queries.feedback_visible_to(reader), form.scope, form.days, form.scores
        ).select_related("ticket", "article")
        page = page_of(request, rows, PAGE)
        page.object_list = present.answers(reader, page.object_list)
    return render(request, "quality/cases.html", {**context, "page": page})


@require_safe
@requires(reads_quality)
def searches(request: HttpRequest) -> HttpResponse:
    """What customers search in the help centre, what they open, and what is missing there."""
    form = SearchesForm(request.GET)
    if not form.is_valid():
        return render(request, "quality/searches.html", {"form": form}, status=400)
    found = _searches(request, form)
    context = {
        "form": form,
        "found": found,
        "bot": _bot_questions(request, form, found),
        "chart": None if found.empty else search_chart.draw(found.weeks),
        "fewest": FEWEST,
        "days": settings.SEARCH_LOG_DAYS,
    }
    return render(request, "quality/searches.html", context)


def _searches(request: HttpRequest, form: SearchesForm) -> Searches:
    log = analytics.searches_visible_to(reader_of(request))
    weeks, topic = form.cleaned_data["weeks"], form.cleaned_data["topic"]
    return search_figures(log, weeks, topic, today=clock.today())


def _bot_questions(request: HttpRequest, form: SearchesForm, found: Searches) -> BotQuestions:
    topic = form.cleaned_data["topic"]
    rows = questions_visible_to(reader_of(request))
    rows = rows.none() if topic == analytics.NO_TOPIC else rows
    return bot_questions(rows, (found.since, found.until), topic)


def reader_of(request: HttpRequest) -> User:
    """The signed-in person; ``requires`` has let nobody else through."""
    user = signed_in(request)
    assert user is not None  # noqa: S101  # for the type checker
    return user
