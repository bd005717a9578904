"""The pages of staff: the queue, a case logged on somebody's behalf, and one case with all its verbs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from helpdesk.core.actors import signed_in
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import User
from helpdesk.core.permissions import is_staff, requires, works_cases
from tickets.actions.once import file_once
from tickets.actions.reveal import reveal_contact
from tickets.deadlines import explain_deadline
from tickets.forms.desk import SCOPES, CaseForm, LogForm, QueueForm, RevealForm
from tickets.forms.fields import too_large
from tickets.models import Decision, Ticket
from tickets.permissions import works_on
from tickets.queries import (
    decisions_of,
    draft_of,
    evidence_of,
    missing_for,
    next_steps,
    queue,
    queue_counts,
    tickets_visible_to,
    timeline_of,
)
from tickets.views.codes import hand_over, handed_over
from tickets.views.drafts import accept, accepted
from tickets.views.filing import filing_token, is_known, rearm, submission_key
from tickets.views.present import labels_of, lines_of, steps_of
from tickets.views.verbs import VERBS, Verb

PER_PAGE = 30


def staff_of(request: HttpRequest) -> User:
    return cast(User, signed_in(request))  # the guards let nobody else in


# --- Queue -----------------------------------------------------------------------------------
@requires(is_staff)
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """The queue: most urgent first, filtered by what the address says."""
    user = staff_of(request)
    form = QueueForm(request.GET)
    wanted = form.wanted()
    page = Paginator(queue(user, wanted), PER_PAGE).get_page(request.GET.get("page"))
    counts = queue_counts(user)
    tabs = [(name, label, counts[name]) for name, label in SCOPES]
    context = {"form": form, "wanted": wanted, "page": page, "tabs": tabs, "counts": counts, "desk": True}
    template = "tickets/desk/_queue.html" if is_partial(request) else "tickets/desk/queue.html"
    return render(request, template, context)


def is_partial(request: HttpRequest) -> bool:
    """A part of the page that refetches itself, not a person who navigates."""
    return bool(getattr(request, "htmx", False))


# --- On somebody's behalf ----------------------------------------------------------------------
@requires(works_cases)
@require_http_methods(["GET", "HEAD", "POST"])
def log(request: HttpRequest) -> HttpResponse:
    """A case that came by phone, e-mail, counter, social media or a regulator."""
    if request.method != "POST":
        form = LogForm(initial={"token": filing_token(request)})
        return render(request, "tickets/desk/log.html", {"form": form})
    form = LogForm(request.POST, request.FILES)
    if form.is_valid():
        if is_known(request, form):
            return _log(request, form)
        form.add_error(None, _("这个页面放得太久了。您写的都还在，请再提交一次。"))
    rearm(request, form)
    return render(request, "tickets/desk/log.html", {"form": form}, status=413 if too_large(form) else 400)


def _log(request: HttpRequest, form: LogForm) -> HttpResponse:
    key = submission_key(form)
    typed = {**form.cleaned_data}
    del typed["token"]
    fields = {"complainant": typed.pop("name"), "files": typed.pop("attachments")}
    ticket, first = file_once(key=key, actor=staff_of(request), **fields, **typed)
    if not first:
        return redirect("tickets:ticket", ticket.number)
    filing_token(request, renew=True)
    accept(request, "ticket-log")
    return hand_over("tickets:logged", ticket, ticket.tracking_code)


@requires(works_cases)
@never_cache
@require_safe
def logged(request: HttpRequest) -> HttpResponse:
    """Number and code to read out, for ten minutes."""
    number, code = handed_over(request)
    ticket = tickets_visible_to(staff_of(request)).filter(number=number).first()
    if ticket is None:
        return redirect("tickets:queue")
    context = {"ticket": ticket, "code": code, "accepted": accepted(request)}
    return render(request, "tickets/desk/logged.html", context)


# --- One case --------------------------------------------------------------------------------
@dataclass(frozen=True)
class Panel:
    """A verb as the page offers it; open when it is the next thing, or when it was just refused."""

    verb: Verb
    form: CaseForm
    url: str
    is_open: bool
    is_possible: bool = True  # a refused one may not be any more


def case_or_404(request: HttpRequest, number: str) -> Ticket:
    seen = tickets_visible_to(staff_of(request)).select_related("assignee", "team", "review_of")
    return get_object_or_404(seen, number=number)


@requires(is_staff)
@never_cache
@require_safe
def ticket(request: HttpRequest, number: str) -> HttpResponse:
    """Everything the desk knows about a case, and everything that can be done to it now."""
    case = case_or_404(request, number)
    if is_partial(request):
        part = "_history" if request.GET.get("part") == "history" else "_live"
        return render(request, f"tickets/desk/{part}.html", live_parts(case, staff_of(request)))
    return case_page(request, case)


def live_parts(case: Ticket, user: User) -> dict[str, Any]:
    """What refetches itself when a colleague or the customer does something; never a form."""
    lines = lines_of(timeline_of(case, user), desk=True)
    return {"ticket": case, "desk": True, "steps": steps_of(case), "lines": lines}


def case_page(  # what may differ after a refusal, each by name
    request: HttpRequest,
    case: Ticket,
    *,
    status: int = 200,
    problem: ActionError | None = None,
    refused: tuple[Verb, CaseForm] | None = None,
    revealed: bool = False,
    reveal_form: CaseForm | None = None,
) -> HttpResponse:
    """``refused`` is the verb that did not work, with its form and all that was typed in it."""
    user = staff_of(request)
    steps = next_steps(case, user)
    decisions = decisions_of(case, user)
    deciding = "resolve" in steps or "draft_decision" in steps
    missing = missing_for(case, "resolve") if deciding else []
    draft = draft_of(case) if deciding or "approve_decision" in steps else None
    steps = [step for step in steps if _has_come(step, case, user, draft, missing)]
    context: dict[str, Any] = live_parts(case, user) | {
        "problem": problem,
        "panels": _panels(case, user, steps, refused),
        "missing": missing,
        "deadline": explain_deadline(case),
        "files": evidence_of(case, user),
        "sent": [decision for decision in decisions if decision.sent_at],
        "labels": labels_of(case),
        "draft": draft,
        "reviews": case.reviews.all(),
        "can_reveal": works_on(user, case),
        "reveal_form": reveal_form or RevealForm(ticket=case, user=user, auto_id="reveal_%s"),
        "revealed": revealed,
        "accepted": accepted(request),
    }
    return render(request, "tickets/desk/ticket.html", context, status=status)


def _has_come(step: str, case: Ticket, user: User, draft: Decision | None, missing: list[str]) -> bool:
    """What a decision still waits for is shown as a list, not as a button that would be refused."""
    if step == "resolve":
        return not missing
    if step == "approve_decision":
        return bool(draft and not draft.approved_at and user not in (draft.drafted_by, case.assignee))
    return True


def _panels(
    case: Ticket, user: User, steps: list[str], refused: tuple[Verb, CaseForm] | None
) -> dict[str, list[Panel]]:
    """Verbs by group. A refused one comes first, possible or not any more: what was typed is in it."""
    groups: dict[str, list[Panel]] = {"refused": [], "next": [], "talk": [], "more": [], "evidence": []}
    for verb in VERBS:
        url = reverse(f"tickets:{verb.name}", args=[case.number])
        if refused and refused[0] is verb:
            groups["refused"].append(Panel(verb, refused[1], url, True, verb.permission in steps))
        elif verb.permission in steps:
            form = verb.form(ticket=case, user=user, auto_id=_ids(verb))
            is_next = verb.group == "next" and verb.name != "draft_decision"
            is_first = not any(panel.is_open for panel in groups["next"])
            groups[verb.group].append(Panel(verb, form, url, is_open=is_next and is_first and not refused))
    groups["next"].sort(key=lambda panel: not panel.is_open)
    return groups


def _ids(verb: Verb) -> str:
    return f"{verb.name}_%s"


def doing(verb: Verb) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """The view of one verb. Opened by its address (after signing in), it shows the case."""

    @requires(works_cases)
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: HttpRequest, number: str) -> HttpResponseBase:
        if request.method != "POST":
            return redirect("tickets:ticket", number)
        case, user = case_or_404(request, number), staff_of(request)
        form = verb.form(request.POST, request.FILES, ticket=case, user=user, auto_id=_ids(verb))
        if not form.is_valid():
            status = 413 if too_large(form) else 400
            return case_page(request, case, status=status, refused=(verb, form))
        try:
            result = verb.act(case, user, form.cleaned_data)
        except ActionError as problem:
            return case_page(
                request, case_or_404(request, number), status=409, problem=problem, refused=(verb, form)
            )
        except ActionForbidden:
            no = ActionError(str(_("您的账号不能对这件工单做这一步。")))
            return case_page(request, case, status=403, problem=no, refused=(verb, form))
        accept(request, f"{number}-{verb.name}")
        messages.success(request, str(verb.done))
        return _after(case, result)

    view.__name__ = verb.name
    return view


def _after(case: Ticket, result: object) -> HttpResponse:
    """Back to the case; where a secret code was made, first to the page that shows it."""
    if isinstance(result, str):
        return hand_over("tickets:logged", case, result)
    if isinstance(result, Ticket) and result.tracking_code:
        return hand_over("tickets:logged", result, result.tracking_code)
    return redirect("tickets:ticket", case.number)


@requires(works_cases)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reveal(request: HttpRequest, number: str) -> HttpResponse:
    """Name and contact in full, on this one answer, with the reason on record."""
    if request.method != "POST":
        return redirect("tickets:ticket", number)
    case, user = case_or_404(request, number), staff_of(request)
    form = RevealForm(request.POST, ticket=case, user=user, auto_id="reveal_%s")
    if not form.is_valid():
        return case_page(request, case, status=400, reveal_form=form)
    reveal_contact(case, actor=user, reason=form.cleaned_data["reason"])
    return case_page(request, case, revealed=True)


@requires(is_staff)
@never_cache
@require_safe
def letter(request: HttpRequest, number: str) -> HttpResponse:
    """The newest sent decision, or else the draft, to print or proof-read."""
    case = case_or_404(request, number)
    decision = get_object_or_404(decisions_of(case, staff_of(request))[:1])
    context = {"ticket": case, "decision": decision, "back": case.get_absolute_url()}
    return render(request, "tickets/letter.html", context)
