"""The page of one case for its party, and what can be done on it. Staff do the same things at the desk."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.core.actors import Actor, Guest, actor_of, add_grant
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.permissions import is_staff, public
from tickets import kinds
from tickets.actions import (
    add_customer_message,
    add_evidence,
    give_feedback,
    record_opening,
    renew_tracking_code,
    reopen_ticket,
    request_review,
    withdraw_ticket,
)
from tickets.forms.fields import too_large
from tickets.forms.public import (
    EvidenceForm,
    FeedbackForm,
    MessageForm,
    ReopenForm,
    ReviewForm,
    TrackForm,
    WithdrawForm,
)
from tickets.models import Clock, Delivery, SentThrough, Ticket
from tickets.models.link import merged_into
from tickets.queries import (
    decisions_of,
    evidence_of,
    feedback_until,
    next_steps,
    review_until,
    timeline_of,
)
from tickets.states import State
from tickets.views.codes import hand_over
from tickets.views.drafts import accept, accepted
from tickets.views.present import lines_of, steps_of
from tickets.views.public import FILED_KEY, RENEWED_KEY, find_case

# The forms of the page: the verb that must be possible, and what is typed.
FORMS: dict[str, tuple[str, type[forms.Form]]] = {
    "message": ("message", MessageForm),
    "evidence": ("evidence", EvidenceForm),
    "feedback": ("give_feedback", FeedbackForm),
    "review": ("request_review", ReviewForm),
    "reopen": ("reopen", ReopenForm),
}
Act = Callable[[Ticket, Actor, dict[str, Any]], object]


def case_or_404(request: HttpRequest, number: str) -> tuple[Ticket, Actor]:
    found = find_case(request, number)
    if found:
        return found
    if is_staff(actor_of(request)):
        raise ActionForbidden  # whether or not there is such a case
    raise Http404


@public
@never_cache
@require_safe
def tracked(request: HttpRequest, number: str) -> HttpResponse:
    """Everything a party may know about a case. Strangers are asked for its code, as if it were absent."""
    found = find_case(request, number)
    if found and (survivor := merged_into(found[0])):
        text = _("%(number)s 已并入这一件，全部记录都在这里。") % {"number": number}
        messages.info(request, text)
        return redirect("tickets:tracked", survivor.number)
    if found:
        note_opening(*found)
        return case_page(request, *found)
    if is_staff(actor_of(request)):
        return redirect("tickets:ticket", number)
    context = {"form": TrackForm(initial={"number": number}), "unknown": True}
    return render(request, "tickets/track.html", context, status=404)


def note_opening(ticket: Ticket, actor: Actor) -> None:
    """The letters on this page are now before the eyes of the holder of the code: proof, once."""
    for delivery in ticket.deliveries.filter(channel=SentThrough.PORTAL, state=Delivery.State.SENT):
        try:
            record_opening(ticket, actor=actor, delivery=delivery)
        except ActionError:  # the same page in another window was faster
            continue


def case_page(
    request: HttpRequest,
    ticket: Ticket,
    actor: Actor,
    *,
    status: int = 200,
    problem: ActionError | None = None,
    bound: dict[str, forms.Form] | None = None,
) -> HttpResponse:
    """The page; ``bound`` holds the form that was just refused, with everything typed."""
    steps = next_steps(ticket, actor)
    shown = {name: form(auto_id=f"{name}_%s") for name, (verb, form) in FORMS.items() if verb in steps}
    entries = timeline_of(ticket, actor)
    own = [entry for entry in entries if entry.ticket_id == ticket.pk]
    said = {entry.verb: entry.text for entry in own}  # the last of each
    decided = ticket.state in (State.RESOLVED, State.CLOSED)
    context: dict[str, Any] = {
        "ticket": ticket,
        "problem": problem,
        "steps": steps_of(ticket),
        "lines": lines_of(entries, of=ticket),
        "asked": kinds.shown(ticket),
        "matters": ticket.clocks.filter(purpose=Clock.Purpose.MATTER).exclude(state=Clock.State.ENDED),
        "files": evidence_of(ticket, actor).filter(public=True),
        "decision": decisions_of(ticket, actor).filter(sent_at__isnull=False).first() if decided else None,
        "papers": papers_of(ticket),
        "question": said.get("ticket.customer_awaited", "")
        if ticket.state == State.AWAITING_CUSTOMER
        else "",
        "refusal": said.get("ticket.declined", ""),
        "reviews": ticket.reviews.order_by("pk"),
        "feedback_until": feedback_until(ticket) if decided else None,
        "review_until": review_until(ticket) if decided else None,
        "can_withdraw": "withdraw" in steps,
        "can_renew": "renew_tracking_code" in steps,
        "accepted": accepted(request),
        "form": shown | (bound or {}),
        "refused": next(iter(bound), "") if bound else "",
    }
    if context["decision"]:
        context["redress"] = ticket.redress.filter(decision=context["decision"])
    return render(request, "tickets/tracked.html", context, status=status)


def papers_of(ticket: Ticket) -> list[Delivery]:
    """The letters that were sent, newest first, each once."""
    sent = ticket.deliveries.filter(
        state__in=(Delivery.State.SENT, Delivery.State.OPENED), document__isnull=False
    )
    newest = {row.document_id: row for row in reversed(sent.select_related("document"))}
    return sorted(newest.values(), key=lambda row: -row.pk)


def posting(name: str, act: Act, done: Promise) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """The view of one form on the page. Opened by its address (after signing in), it shows the page."""

    @public
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: HttpRequest, number: str) -> HttpResponseBase:
        if request.method != "POST":
            return redirect("tickets:tracked", number)
        ticket, actor = case_or_404(request, number)
        form = FORMS[name][1](request.POST, request.FILES, auto_id=f"{name}_%s")
        if not form.is_valid():
            status = 413 if too_large(form) else 400
            return case_page(request, ticket, actor, status=status, bound={name: form})
        try:
            result = act(ticket, actor, form.cleaned_data)
        except ActionError as problem:
            ticket.refresh_from_db()
            return case_page(request, ticket, actor, status=409, problem=problem, bound={name: form})
        accept(request, f"{number}-{name}")
        messages.success(request, str(done))
        if isinstance(result, HttpResponse):
            return result
        return redirect("tickets:tracked", number)

    return view


message = posting(
    "message", lambda t, actor, typed: add_customer_message(t, actor=actor, text=typed["text"]), _("已发送。")
)
evidence = posting(
    "evidence", lambda t, actor, typed: add_evidence(t, actor=actor, file=typed["file"]), _("已收到材料。")
)
feedback = posting(
    "feedback", lambda t, actor, typed: give_feedback(t, actor=actor, **typed), _("谢谢您的评价。")
)
reopen = posting(
    "reopen",
    lambda t, actor, typed: reopen_ticket(t, actor=actor, reason=typed["reason"]),
    _("已收到新的情况，重新开始调查。"),
)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, number: str) -> HttpResponseBase:
    """Ask for the decision to be reviewed; the review is a case with its own number and code."""

    def ask(ticket: Ticket, actor: Actor, typed: dict[str, Any]) -> HttpResponse:
        made = request_review(ticket, actor=actor, reason=typed["reason"])
        add_grant(request, "ticket", made.grant_key)
        request.session[FILED_KEY] = made.number
        return hand_over("tickets:received", made, made.tracking_code)

    return posting("review", ask, _("已收到核查申请。"))(request, number)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """What withdrawing means, and then the withdrawal."""
    ticket, actor = case_or_404(request, number)
    form, status, problem = WithdrawForm(request.POST if request.method == "POST" else None), 200, None
    if request.method != "POST" and "withdraw" not in next_steps(ticket, actor):
        return redirect("tickets:tracked", number)
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                withdraw_ticket(ticket, actor=actor, reason=form.cleaned_data["reason"])
            except ActionError as refused:
                ticket.refresh_from_db()
                problem, status = refused, 409
            else:
                accept(request, f"{number}-withdraw")
                messages.success(request, _("已撤回。"))
                return redirect("tickets:tracked", number)
    context = {"ticket": ticket, "form": form, "problem": problem}
    return render(request, "tickets/withdraw.html", context, status=status)


@public
@require_POST
def code(request: HttpRequest, number: str) -> HttpResponse:
    """A new tracking code; the old one stops working."""
    ticket, actor = case_or_404(request, number)
    new_code = renew_tracking_code(ticket, actor=actor)
    if isinstance(actor, Guest):
        ticket.refresh_from_db()
        add_grant(request, "ticket", ticket.grant_key)
    request.session[FILED_KEY] = request.session[RENEWED_KEY] = ticket.number
    return hand_over("tickets:received", ticket, new_code)


@public
@never_cache
@require_safe
def letter(request: HttpRequest, number: str) -> HttpResponse:
    """The decision alone, to print."""
    ticket, actor = case_or_404(request, number)
    decision = get_object_or_404(decisions_of(ticket, actor).filter(sent_at__isnull=False)[:1])
    redress = ticket.redress.filter(decision=decision)
    back = reverse("tickets:tracked", args=[number])
    context = {"ticket": ticket, "decision": decision, "redress": redress, "back": back}
    return render(request, "tickets/letter.html", context)
