"""A case as a dossier."""

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from helpdesk.core.errors import ActionError
from helpdesk.core.permissions import is_administrator, is_supervisor, requires
from tickets.actions.export import export_dossier
from tickets.forms.desk import ExportForm
from tickets.views import dossier
from tickets.views.desk import case_or_404, case_page, staff_of


@requires(is_supervisor | is_administrator)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest, number: str) -> HttpResponseBase:
    """The archive, after the reason is on record."""
    if request.method != "POST":
        return redirect("tickets:ticket", number)
    case, user = case_or_404(request, number), staff_of(request)
    form = ExportForm(request.POST, ticket=case, user=user, auto_id="export_%s")
    if not form.is_valid():
        return case_page(request, case, status=400, export_form=form)
    try:
        export_dossier(case, actor=user, reason=form.cleaned_data["reason"])
    except ActionError as problem:
        return case_page(request, case, status=409, problem=problem, export_form=form)
    archive = dossier.build(case_or_404(request, number), user)
    return FileResponse(archive, as_attachment=True, filename=f"{number}.zip", content_type="application/zip")
