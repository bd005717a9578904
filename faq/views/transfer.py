"""Articles out as a file, and in from one: checked first, then written a few rows at a time."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from faq import imports
from faq.actions import transfer as actions
from faq.forms.article import ArticleForm, ArticlesForm, UploadForm, slug_for
from faq.models import Article, ArticleImport, ImportRow
from faq.permissions import edits_articles, reads_drafts
from faq.sheets import MAX_ROWS, SheetError, SheetRow, read_sheet, to_csv, to_xlsx
from faq.versions import articles_editable_by, filtered
from faq.views.edit import staff_of
from helpdesk.core import clock
from helpdesk.core.asked import is_partial, page_of
from helpdesk.core.errors import ActionError
from helpdesk.core.permissions import requires
from helpdesk.core.uploads import clean_name

STEP = 20  # rows written in one request
PER_PAGE = 50
KINDS = {
    "csv": (to_csv, "text/csv; charset=utf-8"),
    "xlsx": (to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
Outcome, State = ImportRow.Outcome, ArticleImport.State


@requires(reads_drafts)
@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The articles of the list with its filters, as they can be imported again."""
    if kind not in KINDS:
        raise Http404
    seen = filtered(articles_editable_by(staff_of(request)), ArticlesForm(request.GET).wanted())
    rows = list(imports.export_rows(imports.with_everything(seen)))
    person = staff_of(request)
    actions.export_articles(person, actor=person, rows=len(rows), kind=kind)
    write, content_type = KINDS[kind]
    response = HttpResponse(write(list(imports.COLUMNS), rows), content_type=content_type)
    name = f"articles-{clock.today():%Y%m%d}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@requires(edits_articles)
@require_http_methods(["GET", "HEAD", "POST"])
def import_articles(request: HttpRequest) -> HttpResponse:
    """Choose a file; it is read and compared, and nothing is written yet."""
    form = UploadForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                header, rows = read_sheet(upload.name, upload)
                return redirect("faq:import", _check(request, clean_name(upload.name), header, rows).pk)
            except SheetError as problem:
                form.add_error("file", str(problem))
    past = ArticleImport.objects.select_related("by")[:10]
    context = {"form": form, "past": past, "limit": MAX_ROWS, "columns": _columns()}
    return render(request, "faq/edit/import.html", context, status=status)


def _columns() -> list[tuple[str, str]]:
    """The headings and what they are called in the editor."""
    labels = {name: Article._meta.get_field(name) for name in ("owner", "review_by", "status")}
    form = ArticleForm()
    named = [(name, form.fields[name].label) for name in imports.COLUMNS if name in form.fields]
    rest = [(name, getattr(labels[name], "verbose_name", name)) for name in labels]
    return [("slug", _("地址")), *((name, str(label)) for name, label in [*named, *rest])]


def _check(request: HttpRequest, name: str, header: list[str], rows: list[SheetRow]) -> ArticleImport:
    if not set(header) & set(imports.COLUMNS):
        known = _("第一行没有认识的列名。认识的有：%(names)s。")
        raise SheetError(known % {"names": ", ".join(imports.COLUMNS)})
    kept = [
        ImportRow(
            number=planned.row.number,
            line=planned.row.line,
            slug=planned.slug[:120],
            values={k: v for k, v in planned.row.cells.items() if k in imports.COLUMNS},
            outcome=planned.outcome,
            changes=planned.changes,
            faults=planned.faults,
        )
        for planned in imports.plan(rows)
    ]
    ignored = [title[:60] for title in header if title not in imports.COLUMNS]
    return actions.check_import(actor=staff_of(request), name=name, ignored=ignored, rows=kept)


def import_or_404(pk: int) -> ArticleImport:
    return get_object_or_404(ArticleImport.objects.select_related("by"), pk=pk)


@requires(edits_articles)
@never_cache
@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """What the file would change or has changed, and what was refused, by line."""
    return render(request, "faq/edit/report.html", _report(request, import_or_404(pk)))


def _report(request: HttpRequest, source: ArticleImport) -> dict[str, object]:
    rows = source.rows.all()
    counts = {outcome.value: rows.filter(outcome=outcome).count() for outcome in Outcome}
    shown = request.GET.get("show", "")
    page = rows.filter(outcome=shown) if shown in Outcome.values else rows
    writable = rows.filter(outcome__in=(Outcome.CREATE, Outcome.UPDATE))
    return {
        "source": source,
        "tabs": [("", _("全部"), rows.count()), *((o.value, o.label, counts[o.value]) for o in Outcome)],
        "shown": shown,
        "page": page_of(request, page.select_related("version"), PER_PAGE),
        "writable": writable.count(),
        "worked": writable.filter(worked=True).count(),
        "refused": counts[Outcome.REFUSED],
    }


@requires(edits_articles)
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    actions.start_import(import_or_404(pk), actor=staff_of(request))
    return redirect("faq:import", pk)


@requires(edits_articles)
@require_POST
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the next rows. The page asks again until there are none; without scripts, a button does.

    An import whose page was closed waits: opened again, it goes on where it was.
    """
    source = import_or_404(pk)
    if source.state == State.RUNNING:
        wanted = (Outcome.CREATE, Outcome.UPDATE)
        waiting = list(source.rows.filter(worked=False, outcome__in=wanted).select_related("source")[:STEP])
        coming = set(source.rows.exclude(slug="").values_list("slug", flat=True)) if waiting else set()
        for row in waiting:
            _write(request, row, coming)
        if not waiting:
            actions.finish_import(source, actor=staff_of(request))
    if not is_partial(request):
        return redirect("faq:import", pk)
    response = render(request, "faq/edit/_progress.html", _report(request, import_or_404(pk)))
    if source.state != State.RUNNING or not waiting:
        response["HX-Redirect"] = reverse("faq:import", args=[pk])
    return response


def _write(request: HttpRequest, row: ImportRow, coming: set[str]) -> None:
    """Compared once more with what is there now: since the file was checked somebody may have written."""
    planned = imports.plan([SheetRow(row.number, row.line, row.values)], coming)[0]
    actor = staff_of(request)
    faults = planned.faults
    if planned.text is not None:
        slug = planned.slug or slug_for(planned.text.question)
        try:
            actions.write_row(row, actor=actor, slug=slug, text=planned.text, schedule=planned.schedule)
            return
        except ActionError as problem:
            faults = [problem.message]
    actions.refuse_row(row, actor=actor, faults=faults)


@requires(edits_articles)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    source = actions.undo_import(import_or_404(pk), actor=staff_of(request))
    kept = source.rows.filter(version__state__in=("published", "superseded", "review")).count()
    done = _("导入已撤销，写出的草稿都已放弃。")
    if kept:
        done = ngettext(
            "导入已撤销；有 %(count)d 份草稿已经发布或送审，没有动。",
            "导入已撤销；有 %(count)d 份草稿已经发布或送审，没有动。",
            kept,
        ) % {"count": kept}
    messages.success(request, done)
    return redirect("faq:import", pk)
