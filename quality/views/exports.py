"""Tables that leave the desk as CSV files: first a page that asks why, then the file."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from faq import analytics
from helpdesk.core import clock
from helpdesk.core.permissions import requires
from quality import exports, queries
from quality.actions import export_feedback, export_improvements, export_reviews, export_searches_table
from quality.forms import CasesForm, ExportForm, ImprovementsForm, ResultsForm, SearchesForm, TrendsForm
from quality.models import Export
from quality.permissions import reads_improvements, reads_quality
from quality.reviewed import reviewed
from quality.searches import search_figures
from quality.views.trends import reader_of

CSV = "text/csv; charset=utf-8"
FEEDBACK = (Export.Table.WEEKS, Export.Table.FEEDBACK)
SEARCHES = (Export.Table.SEARCHES, Export.Table.QUESTIONS)


def given(request: HttpRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def table_of(request: HttpRequest, known: tuple[Export.Table, ...]) -> Export.Table:
    """The table that was asked for, else the first."""
    asked = given(request).get("table") or known[0]
    if asked not in known:
        raise Http404
    return Export.Table(asked)


def reason_for(
    request: HttpRequest, table: Export.Table, filters: forms.Form, page: str
) -> str | HttpResponse:
    """Why, as it was written; or the page that asks for it, which leads back to ``page``."""
    form = ExportForm(request.POST if request.method == "POST" else None)
    if filters.is_valid() and form.is_valid():
        return str(form.cleaned_data["reason"])
    chosen = {field.name: value for field in filters if (value := field.value())}
    context = {
        "form": form,
        "table": table,
        "filters": filters,
        "back": f"{reverse(page)}?{urlencode(chosen)}",
    }
    status = 400 if form.errors or filters.errors else 200
    return render(request, "quality/export.html", context, status=status)


def as_file(response: HttpResponseBase, table: str) -> HttpResponseBase:
    response["Content-Disposition"] = f'attachment; filename="helpdesk-{table}-{clock.today()}.csv"'
    return response


def csv_of(table: Export.Table, header: list[Any], rows: list[list[Any]]) -> HttpResponseBase:
    return as_file(HttpResponse(exports.as_file(header, rows), content_type=CSV), table)


def _kept(filters: forms.Form) -> dict[str, str]:
    """The filters as they go on record."""
    return {name: str(value) for name, value in filters.cleaned_data.items() if value}


@require_http_methods(["GET", "HEAD", "POST"])
@requires(reads_quality)
def export(request: HttpRequest) -> HttpResponseBase:
    """The weeks of the trends page, or the answers behind a number, with the same filters."""
    table = table_of(request, FEEDBACK)
    weeks = table == Export.Table.WEEKS
    form = TrendsForm(given(request)) if weeks else CasesForm(given(request))
    reason = reason_for(request, table, form, "quality:trends" if weeks else "quality:cases")
    if isinstance(reason, HttpResponse):
        return reason
    reader = reader_of(request)
    rows = queries.feedback_visible_to(reader)
    record: dict[str, Any] = {"actor": reader, "table": table, "filters": _kept(form), "reason": reason}
    if isinstance(form, TrendsForm):
        found = queries.trends(rows, form.scope, form.cleaned_data["weeks"], today=clock.today())
        lines = exports.weeks_rows(found)
        export_feedback(**record, rows=len(lines))
        return csv_of(table, exports.weeks_header(), lines)
    answers = queries.answers_in(rows, form.scope, form.days, form.scores)
    export_feedback(**record, rows=answers.count())
    return as_file(StreamingHttpResponse(exports.feedback_file(answers), content_type=CSV), table)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(reads_quality)
def export_searches(request: HttpRequest) -> HttpResponseBase:
    """A table of the searches page."""
    table, form = table_of(request, SEARCHES), SearchesForm(given(request))
    reason = reason_for(request, table, form, "quality:searches")
    if isinstance(reason, HttpResponse):
        return reason
    log = analytics.searches_visible_to(reader_of(request))
    found = search_figures(log, form.cleaned_data["weeks"], form.cleaned_data["topic"], today=clock.today())
    if table == Export.Table.QUESTIONS:
        header, rows = exports.questions_header(), exports.questions_rows(found)
    else:
        header, rows = exports.searches_header(), exports.searches_rows(found)
    export_searches_table(
        actor=reader_of(request), table=table, filters=_kept(form), rows=len(rows), reason=reason
    )
    return csv_of(table, header, rows)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(reads_improvements)
def export_improvements_list(request: HttpRequest) -> HttpResponseBase:
    """The list of improvements with the same filters."""
    reader, table = reader_of(request), Export.Table.IMPROVEMENTS
    form = ImprovementsForm(given(request), queries.improvements_visible_to(reader))
    reason = reason_for(request, table, form, "quality:improvements")
    if isinstance(reason, HttpResponse):
        return reason
    rows = [exports.improvement_row(row) for row in form.found().select_related("owner")]
    export_improvements(actor=reader, filters=_kept(form), rows=len(rows), reason=reason)
    return csv_of(table, exports.improvements_header(), rows)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(reads_quality)
def export_review_results(request: HttpRequest) -> HttpResponseBase:
    """The tables of the reviews' results with the same filters."""
    reader, table = reader_of(request), Export.Table.REVIEWS
    form = ResultsForm(given(request))
    reason = reason_for(request, table, form, "quality:review_results")
    if isinstance(reason, HttpResponse):
        return reason
    rows = exports.reviews_rows(reviewed(form.found(queries.reviews_visible_to(reader))))
    export_reviews(actor=reader, filters=_kept(form), rows=len(rows), reason=reason)
    return csv_of(table, exports.reviews_header(), rows)
