"""Where visitors and customers begin: file a case, keep its number and code, find it again."""

from dataclasses import asdict
from functools import partial
from typing import Any

from django.contrib import messages
from django.forms import CheckboxInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from faq.visits import contact_made, searched_before
from helpdesk.core.actors import Actor, actor_of, add_grant, guest, signed_in
from helpdesk.core.asked import page_of
from helpdesk.core.errors import ActionError
from helpdesk.core.forms import MAX_TEXT
from helpdesk.core.models import Topic
from helpdesk.core.permissions import is_customer, is_staff, public, requires
from helpdesk.core.screen import told_in_words
from helpdesk.core.throttle import address_of
from tickets.actions.once import file_once
from tickets.actions.supplement import supplement_ticket
from tickets.duplicates import Likely, Matter, likely_duplicates
from tickets.forms.fields import too_large
from tickets.forms.public import FilingForm, TrackForm
from tickets.held import hold, with_held
from tickets.kinds import details_of
from tickets.models import Channel, Kind, Party, Ticket
from tickets.permissions import is_party
from tickets.queries import screened_at_filing, ticket_by_code, tickets_visible_to
from tickets.states import OPEN
from tickets.throttle import TOO_MANY_CASES, allow_filing, allow_guess
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

FILED_KEY = "filed"  # whose number and code the received page shows
RENEWED_KEY = "renewed"  # that case, if it has only a new code
FORM_FIELDS = ("kind", "topic", "narrative", "request", "product")
PER_PAGE = 20


def find_case(request: HttpRequest, number: str) -> tuple[Ticket, Actor] | None:
    """The case and as whom its party sees it: by account, or as a guest who showed its code here.

    Staff meet cases at the desk; here they find only a case of their own.
    """
    user = signed_in(request)
    actors: list[Actor] = [user] if user else []
    if user is None or not is_staff(user):
        actors.append(guest(request))
    for actor in actors:
        ticket = (
            tickets_visible_to(actor)
            .filter(number=number)
            .select_related("review_of", "plan_request", "details", "representation")
            .first()
        )
        if ticket and is_party(actor, ticket):
            return ticket, actor
    return None


@public
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form of a new case."""
    if is_staff(actor_of(request)):
        return redirect("tickets:log")
    if request.method == "POST":
        chosen = just_chosen(request, "kind", "party")
        return _rechoose(request, chosen) if chosen else _submit(request)
    found = find_case(request, request.GET.get("again", ""))
    again = found[0] if found else None
    initial = _prefill(request, again) | {"token": filing_token(request)}
    form = FilingForm(initial=initial, user=signed_in(request), known=known_of(request))
    return _new_page(request, form, again=again)


def _rechoose(request: HttpRequest, chosen: dict[str, str]) -> HttpResponse:
    """The same form for another kind or party, with everything typed so far."""
    user, known = signed_in(request), known_of(request)
    before = FilingForm(request.POST, with_held(request), user=user, known=known)
    before.is_valid()
    form = FilingForm(initial=rechosen(request, chosen), user=user, known=known)
    return _new_page(request, form, held=hold(request, before))


def _new_page(request: HttpRequest, form: FilingForm, *, status: int = 200, **more: Any) -> HttpResponse:
    rows = chooser(
        {"kind": form.for_kind, "party": form.for_whom},
        kind=(_("要办的事"), Kind.choices),
        party=(_("为谁提交"), Party.choices),
    )
    return render(request, "tickets/new.html", {"form": form, "chooser": rows} | more, status=status)


def known_of(request: HttpRequest) -> dict[str, str]:
    """Name and contact of a visitor whose latest case is open in this browser: not asked for again."""
    visitor = guest(request)
    typed = "name" in request.POST or "someone" in request.GET
    if typed or signed_in(request) or not visitor.grants:
        return {}
    latest = tickets_visible_to(visitor).select_related("representation").order_by("-id").first()
    if latest is None:
        return {}
    who = getattr(latest, "representation", None)
    return {
        "name": who.name if who else latest.complainant,
        "contact": who.contact if who else latest.contact,
    }


def _prefill(request: HttpRequest, again: Ticket | None) -> dict[str, Any]:
    """What is known already: an earlier case, or the question and topic that the visitor came from."""
    asked: dict[str, Any] = {"narrative": request.GET.get("question", "")[:MAX_TEXT]}
    if again:
        asked = {name: getattr(again, name) for name in FORM_FIELDS}
        if details := details_of(again):
            asked |= asdict(details)
    for name, choices in (("topic", Topic), ("kind", Kind), ("party", Party)):
        if request.GET.get(name) in choices.values:
            asked[name] = request.GET[name]
    return asked


def _submit(request: HttpRequest) -> HttpResponse:
    form = FilingForm(request.POST, with_held(request), user=signed_in(request), known=known_of(request))
    if form.is_valid():
        if is_known(request, form):
            if into := request.POST.get("into", ""):
                return _supplement(request, form, into)
            likely = (
                [] if form.cleaned_data["anew"] or was_filed(submission_key(form)) else alike(request, form)
            )
            return _ask(request, form, likely) if likely else _file(request, form)
        form.add_error(None, _("这个页面放得太久了。您写的都还在，请再提交一次。"))
    return _back(request, form, 413 if too_large(form) else 400)


def _back(request: HttpRequest, form: FilingForm, status: int) -> HttpResponse:
    """The form with its errors and everything that was typed and attached."""
    rearm(request, form)
    return _new_page(request, form, status=status, held=hold(request, form))


def alike(request: HttpRequest, form: FilingForm) -> list[Likely]:
    """The filer's own open cases that tell the same story: to go on there, or to say that this is another."""
    typed, who = form.cleaned_data, form.filer()
    user = signed_in(request)
    matter = Matter(typed["narrative"], typed["topic"], who["contact"], user.pk if user else None)
    visible = tickets_visible_to(user or guest(request))
    return likely_duplicates(matter, visible.filter(state__in=OPEN))


def _ask(request: HttpRequest, form: FilingForm, likely: list[Likely]) -> HttpResponse:
    """Nothing is filed yet: is it the same matter?"""
    form.fields["anew"].widget = CheckboxInput()
    form.order_fields(["anew", *form.fields])
    rearm(request, form)
    return _new_page(request, form, status=409, likely=likely, held=hold(request, form))


def _supplement(request: HttpRequest, form: FilingForm, number: str) -> HttpResponse:
    """The same matter: what was written goes to the case that there is, once."""
    found = find_case(request, number)
    if found is None:
        return redirect("tickets:tracked", number)
    ticket, actor = found
    told = {"text": form.told(), "files": form.cleaned_data["attachments"]}
    try:
        file_once(
            key=submission_key(form, about=number),
            actor=actor,
            filing=partial(supplement_ticket, ticket),
            **told,
        )
    except ActionError as problem:
        form.add_error(None, str(problem))
        return _back(request, form, 409)
    filing_token(request, renew=True)
    accept(request, "ticket-new")
    messages.success(request, _("已补充到这一件，附件也在。") if told["files"] else _("已补充到这一件。"))
    return redirect("tickets:tracked", ticket.number)


def _file(request: HttpRequest, form: FilingForm) -> HttpResponse:
    key = submission_key(form)
    if not was_filed(key) and not allow_filing(request):
        form.add_error(None, TOO_MANY_CASES)
        return _back(request, form, 429)
    ticket, first = file_once(
        key=key,
        actor=actor_of(request),
        channel=Channel.WEB,
        customer=form.user,
        searched=searched_before(request),
        **form.story(),
        **form.people(),
        **form.asked(),
    )
    if form.user is None:
        add_grant(request, "ticket", ticket.grant_key)
    request.session[FILED_KEY] = ticket.number
    if not first:
        return redirect("tickets:received")
    contact_made(request)
    filing_token(request, renew=True)
    return hand_over("tickets:received", ticket, ticket.tracking_code)


@public
@never_cache
@require_safe
def received(request: HttpRequest) -> HttpResponse:
    """Number, tracking code for ten minutes, dates, and what happens next."""
    found = find_case(request, request.session.get(FILED_KEY, ""))
    if found is None:
        return redirect("tickets:track")
    ticket = found[0]
    number, code = handed_over(request)
    context = {
        "ticket": ticket,
        "code": code if number == ticket.number else "",
        "screened": told_in_words(screened_at_filing(ticket)),
        "fresh": request.session.get(RENEWED_KEY) != ticket.number,
        "accepted": accepted(request) or "ticket-new",
    }
    return render(request, "tickets/received.html", context)


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Number and tracking code open a case for this browser."""
    if request.method != "POST":
        return render(request, "tickets/track.html", {"form": TrackForm()})
    form, status = TrackForm(request.POST), 400
    if form.is_valid():
        number, code = form.cleaned_data["number"], form.cleaned_data["code"]
        if ticket := ticket_by_code(number, code):
            request.session.cycle_key()
            add_grant(request, "ticket", ticket.grant_key)
            return redirect("tickets:tracked", ticket.number)
        if allow_guess(number, address_of(request)):
            form.add_error(None, _("编号或查询码不对，请核对后再试。"))
        else:
            form.add_error(None, _("编号或查询码不对，试的次数也太多了。请核对后再试。"))
            status = 429
    return render(request, "tickets/track.html", {"form": form}, status=status)


@requires(is_customer)
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """A signed-in customer's cases."""
    cases = tickets_visible_to(actor_of(request)).order_by("-received_at", "-id")
    page = page_of(request, cases, PER_PAGE)
    return render(request, "tickets/mine.html", {"page": page})
