"""Letters at the desk: the wordings and their versions, and a draft as the customer will read it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from helpdesk.core.asked import is_partial, number_in
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.permissions import is_administrator, is_supervisor, requires, works_cases
from tickets import letters
from tickets.actions.wordings import write_wording
from tickets.forms.letters import DecisionForm, WordingForm
from tickets.models import Decision, LetterTemplate
from tickets.permissions import conflict_with
from tickets.views.desk import case_or_404, staff_of

NAMES = ("name", *letters.BLOCKS)


@requires(works_cases)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, number: str) -> HttpResponseBase:
    """The draft in the form, as a letter. With htmx only the letter, without JavaScript a page."""
    if request.method != "POST":
        return redirect("tickets:ticket", number)
    case, user = case_or_404(request, number), staff_of(request)
    if conflict_with(user, case):
        raise ActionForbidden
    form = DecisionForm(request.POST, ticket=case, user=user, auto_id="draft_decision_%s")
    form.is_valid()
    typed = {name: request.POST.get(name, "") for name in letters.BLOCKS}
    language = form.cleaned_data.get("language") or case.language
    draft = Decision(ticket=case, outcome=form.cleaned_data.get("outcome", ""), language=language, **typed)
    context = {
        "ticket": case,
        "decision": letters.as_read(case, draft),
        "redress": letters.open_redress(case),
        "form": form,
        "faults": [(form[name].label, form.errors[name]) for name in letters.BLOCKS if name in form.errors],
    }
    template = "tickets/desk/_preview.html" if is_partial(request) else "tickets/desk/preview.html"
    return render(request, template, context)


@requires(is_supervisor | is_administrator)
@require_safe
def wordings(request: HttpRequest) -> HttpResponse:
    """The wordings in force."""
    return render(request, "tickets/desk/wordings.html", {"wordings": letters.newest()})


@requires(is_supervisor | is_administrator)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def wording(request: HttpRequest, code: str, language: str) -> HttpResponseBase:
    """One wording: its newest version in a form that makes the next one, and all earlier ones."""
    versions = list(
        LetterTemplate.objects.filter(code=code, language=language)
        .select_related("written_by")
        .order_by("-version")
    )
    if not versions:
        raise Http404
    newest, status, problem = versions[0], 200, None
    form = WordingForm(request.POST or None, initial={name: getattr(newest, name) for name in NAMES})
    if request.method == "POST":
        form = WordingForm(request.POST)
        status = 400
        if form.is_valid():
            try:
                write_wording(
                    actor=staff_of(request),
                    after=number_in(request.POST.get("after", "")),
                    old=newest,
                    **form.cleaned_data,
                )
            except ActionError as refused:
                problem, status = refused, 409
            else:
                messages.success(request, _("已保存为新的版本。"))
                return redirect("tickets:wording", code, language)
    context = {
        "wording": newest,
        "versions": versions,
        "form": form,
        "problem": problem,
        "variables": letters.VARIABLES,
    }
    return render(request, "tickets/desk/wording.html", context, status=status)
