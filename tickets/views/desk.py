"""The pages of staff: a case logged on somebody's behalf, and one case with all its verbs."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.forms import CheckboxInput
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from helpdesk.core.actors import signed_in
from helpdesk.core.asked import is_partial, number_in
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.memo import remembered
from helpdesk.core.models import User
from helpdesk.core.permissions import is_staff, requires, works_cases
from helpdesk.core.pool import in_background
from tickets import letters, whole
from tickets.actions.account import link_account as tie_account
from tickets.actions.alerts import read_words
from tickets.actions.once import act_once, done_before, file_once
from tickets.actions.reveal import reveal_contact
from tickets.checklist import checklist
from tickets.deadlines import explain_deadline
from tickets.duplicates import Matter, likely_duplicates
from tickets.forms.desk import BY_HAND, CaseForm, ExportForm, RevealForm
from tickets.forms.fields import too_large
from tickets.forms.log import LogForm
from tickets.held import hold, with_held
from tickets.models import OUTCOMES, Alert, Clock, Kind, LetterTemplate, Party, Ticket
from tickets.people import supervisors_for
from tickets.permissions import conflict_with, exports, works_on
from tickets.queries import (
    accounts_with,
    decisions_of,
    draft_of,
    files_of,
    missing_for,
    next_steps,
    originals_of,
    tickets_visible_to,
    timeline_of,
)
from tickets.views.assigning import assignment_parts
from tickets.views.background import background_of, duplicates_part
from tickets.views.codes import hand_over, handed_over
from tickets.views.drafts import accept, accepted
from tickets.views.filing import (
    chooser,
    filing_token,
    is_known,
    just_chosen,
    rearm,
    rechosen,
    submission_key,
    was_filed,
)
from tickets.views.panels import ids_of, panels_of
from tickets.views.posting import posting_key
from tickets.views.present import labels_of, lines_of, original_lines, steps_of
from tickets.views.suggested import suggestion_parts
from tickets.views.verbs import Verb
from tickets.views.work import work_parts

KEYS_OFF = "keys_off"  # in the session of whoever has turned single keys off


def staff_of(request: HttpRequest) -> User:
    return cast(User, signed_in(request))  # the guards let nobody else in


# --- On somebody's behalf ----------------------------------------------------------------------
@requires(works_cases)
@require_http_methods(["GET", "HEAD", "POST"])
def log(request: HttpRequest) -> HttpResponse:
    """A case that came by phone, e-mail, counter, social media or a regulator."""
    if request.method != "POST":
        asked = {name: request.GET[name] for name in ("kind", "party", "channel") if name in request.GET}
        return _log_page(request, LogForm(initial=asked | {"token": filing_token(request)}))
    form = LogForm(request.POST, with_held(request))
    if chosen := just_chosen(request, "kind", "party", "channel"):
        form.is_valid()
        held = hold(request, form)
        return _log_page(request, LogForm(initial=rechosen(request, chosen)), held=held)
    if form.is_valid():
        if is_known(request, form):
            return _log(request, form)
        form.add_error(None, _("这个页面放得太久了。您写的都还在，请再提交一次。"))
    rearm(request, form)
    return _log_page(request, form, status=413 if too_large(form) else 400, held=hold(request, form))


@requires(works_cases)
@never_cache
@require_safe
def log_due(request: HttpRequest) -> HttpResponse:
    """What is due when, by the dates in the form so far."""
    form = LogForm(request.GET)
    form.is_valid()
    return render(request, "tickets/desk/_log_due.html", {"form": form})


def _log_page(request: HttpRequest, form: LogForm, *, status: int = 200, **more: Any) -> HttpResponse:
    rows = chooser(
        {"channel": form.by, "kind": form.for_kind, "party": form.for_whom},
        channel=(_("渠道"), [(c.value, c.label) for c in BY_HAND]),
        kind=(_("类型"), Kind.choices),
        party=(_("为谁提交"), Party.choices),
    )
    return render(request, "tickets/desk/log.html", {"form": form, "chooser": rows} | more, status=status)


def _log(request: HttpRequest, form: LogForm) -> HttpResponse:
    key, user, typed = submission_key(form), staff_of(request), form.cleaned_data
    people, customer, likely = form.people(), form.customer, []
    if not typed["anew"] and not was_filed(key):
        matter = Matter(
            typed["narrative"], typed["topic"], people["contact"], customer.pk if customer else None
        )
        likely = likely_duplicates(matter, tickets_visible_to(user))
    if likely:
        form.fields["anew"].widget = CheckboxInput()
        form.order_fields(["anew", *form.fields])
    if form.accounts and not typed["account"]:
        form.ask_whose()
    if likely or not typed["account"]:
        rearm(request, form)
        whose = not typed["account"]
        return _log_page(request, form, status=409, likely=likely, whose=whose, held=hold(request, form))
    fields = form.story() | people | form.asked() | form.referral()
    fields |= {"received_at": typed["received_at"], "customer": customer}
    ticket, first = file_once(key=key, actor=user, channel=typed["channel"], **fields)
    if not first:
        return redirect("tickets:ticket", ticket.number)
    filing_token(request, renew=True)
    accept(request, "ticket-log")
    return hand_over("tickets:logged", ticket, ticket.tracking_code)


@requires(works_cases)
@never_cache
@require_safe
def logged(request: HttpRequest) -> HttpResponse:
    """Number and code to read out, for ten minutes; also of a review, which its taker may not see."""
    number, code = handed_over(request)
    seen = tickets_visible_to(staff_of(request))
    ticket = Ticket.objects.filter(Q(pk__in=seen) | Q(review_of__in=seen), number=number).first()
    if ticket is None:
        return redirect("tickets:queue")
    can_open = seen.filter(pk=ticket.pk).exists()
    regulator = ticket.clocks.filter(purpose=Clock.Purpose.REGULATOR).first()
    context = {"ticket": ticket, "code": code, "can_open": can_open, "accepted": accepted(request)}
    return render(request, "tickets/desk/logged.html", context | {"regulator": regulator})


# --- One case --------------------------------------------------------------------------------
def case_or_404(request: HttpRequest, number: str) -> Ticket:
    reader = staff_of(request)
    beside = ("team", "review_of", "plan_request", "details", "representation", "referral")
    words = Alert.objects.filter(ticket=OuterRef("pk"), user=reader, kind=Alert.Kind.MESSAGE, read_at=None)
    seen = tickets_visible_to(reader).select_related(*beside)
    seen = seen.annotate(has_words=Exists(words))  # type: ignore[no-redef]  # the class says what else it is
    return whole.load(get_object_or_404(seen, number=number), reader)


@requires(is_staff)
@never_cache
@require_safe
@remembered()
def ticket(request: HttpRequest, number: str) -> HttpResponse:
    """Everything the desk knows about a case, and everything that can be done to it now."""
    case = case_or_404(request, number)
    if not is_partial(request):
        return case_page(request, case)
    if chosen := request.GET.get("do", ""):
        return _panel(request, case, chosen)
    part = request.GET.get("part")
    name = part if part in ("history", "duplicates", "account") else "live"
    return render(request, f"tickets/desk/_{name}.html", _part(case, staff_of(request), name))


def _part(case: Ticket, user: User, name: str) -> dict[str, Any]:
    if name == "account":
        return account_part(case, user)
    return duplicates_part(case, user) if name == "duplicates" else live_parts(case, user)


def _panel(request: HttpRequest, case: Ticket, chosen: str) -> HttpResponse:
    """The form of one verb, for somebody who opens it."""
    user = staff_of(request)
    groups = panels_of(case, user, next_steps(case, user), chosen=chosen)
    panel = next((one for group in groups.values() for one in group if one.is_open), None)
    context = {"ticket": case, "panel": panel, **_wording_parts(request, case, chosen)}
    return render(request, "tickets/desk/_panel_form.html", context)


def _wording_parts(request: HttpRequest, case: Ticket, chosen: str) -> dict[str, Any]:
    """The wordings to start a draft from, where its form is open."""
    wording = wording_of(request)
    is_open = wording is not None or chosen == "draft_decision"
    fitting = letters.templates_for(case, tuple(OUTCOMES[case.kind])) if is_open else ()
    return {"wordings": fitting, "wording": wording}


def wording_of(request: HttpRequest) -> LetterTemplate | None:
    """The wording that somebody chose to start a draft from."""
    key = number_in(request.GET.get("wording", ""))
    return LetterTemplate.objects.filter(pk=key).first() if key else None


def live_parts(case: Ticket, user: User) -> dict[str, Any]:
    """What refetches itself when a colleague or the customer does something; never a form."""
    lines = lines_of(timeline_of(case, user), of=case, desk=True)
    return {"ticket": case, "desk": True, "steps": steps_of(case), "lines": lines}


@remembered()
def case_page(  # what may differ after a refusal, each by name
    request: HttpRequest,
    case: Ticket,
    *,
    status: int = 200,
    problem: ActionError | None = None,
    refused: tuple[Verb, CaseForm] | None = None,
    revealed: bool = False,
    reveal_form: CaseForm | None = None,
    export_form: CaseForm | None = None,
) -> HttpResponse:
    """``refused`` is the verb that did not work, with its form and all that was typed in it."""
    user, chosen = staff_of(request), request.GET.get("do", "")
    if why := conflict_with(user, case):
        return _kept_away(request, case, why, problem, refused)
    if case.has_words:
        in_background(read_words, case, actor=user)  # a page waits for no other write
    wordings = _wording_parts(request, case, chosen)
    steps = next_steps(case, user)
    deciding = "resolve" in steps or "draft_decision" in steps
    missing = missing_for(case, "resolve") if deciding else []
    draft = draft_of(case) if deciding or case.is_open else None
    todo = checklist(case, steps, missing, has_draft=draft is not None)
    if missing:  # what a decision still waits for is a list, not a button that would be refused
        steps = [step for step in steps if step != "resolve"]
    context: dict[str, Any] = live_parts(case, user) | {
        "problem": problem,
        "keys": KEYS_OFF not in request.session,
        "panels": panels_of(case, user, steps, refused=refused, wording=wordings["wording"], chosen=chosen),
        "missing": missing,
        "checklist": todo,
        "deadline": explain_deadline(case),
        "files": files_of(case, user),
        "sent": [
            (row, [r for r in case.redress.all() if r.decision_id == row.pk])
            for row in case.decisions.all()
            if row.sent_at
        ],
        "labels": labels_of(case),
        "draft": draft,
        "draft_letter": letters.as_read(case, draft) if draft else None,
        **wordings,
        "proposed": letters.open_redress(case),
        "waiting": [row for row in case.approvals.all() if row.state == row.State.REQUESTED],
        "answered": [row for row in case.approvals.all() if row.answered_at],
        "undelivered": [row for row in case.deliveries.all() if row.state == row.State.FAILED],
        "reviews": case.reviews.all(),
        **background_of(case, user),
        **(duplicates_part(case, user) if request.GET.get("part") == "duplicates" else {}),
        **(account_part(case, user) if request.GET.get("part") == "account" else {}),
        "may_link_account": case.customer_id is None and works_on(user, case),
        "can_reveal": works_on(user, case),
        "can_export": exports(user, case),
        "export_form": export_form or ExportForm(ticket=case, user=user, auto_id="export_%s"),
        "reveal_form": reveal_form or RevealForm(ticket=case, user=user, auto_id="reveal_%s"),
        "revealed": revealed,
        "originals": original_lines(originals_of(case)) if revealed else [],
        "accepted": accepted(request),
        **suggestion_parts(case, user),
        **assignment_parts(case, steps),
        **work_parts(case),
    }
    return render(request, "tickets/desk/ticket.html", context, status=status)


def _kept_away(
    request: HttpRequest,
    case: Ticket,
    why: str,
    problem: ActionError | None,
    refused: tuple[Verb, CaseForm] | None,
) -> HttpResponse:
    """Instead of the page of a case that is about its reader: the reason, and what they may do, which is to
    give it back. What they had typed before it was known is not lost."""
    user = staff_of(request)
    panels = panels_of(case, user, next_steps(case, user), refused=refused, chosen=request.GET.get("do", ""))
    other = problem if problem and problem.message != why else None
    context = {"ticket": case, "why": why, "problem": other, "panels": panels, "steps": steps_of(case)}
    context["able"] = supervisors_for(case)
    status = 409 if problem else 403
    return render(request, "tickets/desk/kept_away.html", context, status=status)


def doing(verb: Verb) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """The view of one verb. Opened by its address (after signing in), it shows the case."""

    @requires(works_cases)
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: HttpRequest, number: str) -> HttpResponseBase:
        if request.method != "POST":
            return redirect("tickets:ticket", number)
        key = posting_key(request)
        if before := done_before(key):
            return _done_again(request, verb, before)
        return _do(request, verb, case_or_404(request, number), key)

    view.__name__ = verb.name
    return view


def _do(request: HttpRequest, verb: Verb, case: Ticket, key: str) -> HttpResponse:
    user, number = staff_of(request), case.number
    form = verb.form(request.POST, request.FILES, ticket=case, user=user, auto_id=ids_of(verb))
    if not form.is_valid():
        status = 413 if too_large(form) else 400
        return case_page(request, case, status=status, refused=(verb, form))
    try:
        result, first = act_once(key, case, lambda: verb.act(case, user, form.cleaned_data))
    except ActionError as problem:
        case = case_or_404(request, number)
        form.refused(case)
        return case_page(request, case, status=409, problem=problem, refused=(verb, form))
    except ActionForbidden:
        no = ActionError(str(_("您的账号不能对这件工单做这一步。")))
        return case_page(request, case, status=403, problem=no, refused=(verb, form))
    if not first:
        return _done_again(request, verb, cast(Ticket, result))
    accept(request, f"{number}-{verb.name}")
    messages.success(request, str(verb.done))
    if form.caution:
        messages.warning(request, str(form.caution))
    return _after(case, result)


def _done_again(request: HttpRequest, verb: Verb, case: Ticket) -> HttpResponse:
    """The same form once more, answered as the first time. A secret code is not kept to be shown again."""
    messages.success(request, str(verb.done))
    return redirect("tickets:ticket", case.number)


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
    """Name, contact and words in full, on this one answer, with the reason on record."""
    if request.method != "POST":
        return redirect("tickets:ticket", number)
    case, user = case_or_404(request, number), staff_of(request)
    form = RevealForm(request.POST, ticket=case, user=user, auto_id="reveal_%s")
    if not form.is_valid():
        return case_page(request, case, status=400, reveal_form=form)
    try:
        reveal_contact(case, actor=user, reason=form.cleaned_data["reason"])
    except ActionError as problem:
        return case_page(request, case, status=409, problem=problem, reveal_form=form)
    return case_page(request, case_or_404(request, number), revealed=True)


def account_part(case: Ticket, user: User) -> dict[str, Any]:
    """Whose the case may be, by its contact."""
    may_link = case.customer_id is None and works_on(user, case)
    return {"ticket": case, "accounts": accounts_with(case.contact) if may_link else []}


@requires(works_cases)
@require_http_methods(["GET", "HEAD", "POST"])
def link_account(request: HttpRequest, number: str) -> HttpResponse:
    """Tie a case to the account of its customer, whom somebody has recognised by the masked name."""
    if request.method != "POST":
        return redirect("tickets:ticket", number)
    case, chosen = case_or_404(request, number), number_in(request.POST.get("account", ""))
    try:
        tie_account(case, actor=staff_of(request), account=chosen)
    except ActionError as problem:
        return case_page(request, case_or_404(request, number), status=409, problem=problem)
    messages.success(request, _("已关联客户账号，客户在“我的工单”里能看到这件事。"))
    return redirect("tickets:ticket", number)


@requires(is_staff)
@never_cache
@require_safe
def letter(request: HttpRequest, number: str) -> HttpResponse:
    """The newest sent decision, or else the draft, to print or proof-read."""
    case = case_or_404(request, number)
    decision = get_object_or_404(decisions_of(case, staff_of(request))[:1])
    redress = case.redress.filter(decision=decision) if decision.sent_at else letters.open_redress(case)
    shown = decision if decision.sent_at else letters.as_read(case, decision)
    context = {"ticket": case, "decision": shown, "redress": redress, "back": case.get_absolute_url()}
    return render(request, "tickets/letter.html", context)
