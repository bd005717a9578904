"""How a due date came about, for every clock of a case; and what it would be if."""

from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.memo import remembered
from helpdesk.core.models import User
from helpdesk.core.permissions import is_staff, requires, works_cases
from tickets import whole
from tickets.actions.once import act_once, done_before
from tickets.deadlines import Explanation, explain_clock
from tickets.deadlines.explain import Day
from tickets.forms.clocks import WhatIfForm
from tickets.forms.desk import CaseForm
from tickets.models import Clock, Ticket
from tickets.permissions import conflict_with
from tickets.queries import CLOCK_VERBS, clock_steps, tickets_visible_to
from tickets.views.desk import staff_of
from tickets.views.posting import posting_key
from tickets.views.verbs import VERBS, Verb

# The calendar package names holidays in English; an administrator's file in whatever words it uses.
HOLIDAYS = {
    "New Year's Day": _("元旦"),
    "Spring Festival": _("春节"),
    "Tomb-sweeping Day": _("清明"),
    "Labour Day": _("劳动节"),
    "Dragon Boat Festival": _("端午"),
    "National Day": _("国庆"),
    "Mid-autumn Festival": _("中秋"),
    "Anti-Fascist 70th Day": _("纪念日"),
}


@requires(is_staff)
@never_cache
@require_safe
def clocks(request: HttpRequest, number: str) -> HttpResponse:
    """Every clock of a case with its events, rule, the arithmetic day by day, and what can be done to it."""
    case = _case(request, number)
    if conflict_with(staff_of(request), case):
        return redirect("tickets:ticket", number)
    return clocks_page(request, case)


def _case(request: HttpRequest, number: str) -> Ticket:
    seen = tickets_visible_to(staff_of(request))
    return whole.load(get_object_or_404(seen, number=number), staff_of(request))


@dataclass(frozen=True)
class Move:
    """A verb about one clock, as the page offers it."""

    verb: Verb
    form: CaseForm
    url: str
    is_open: bool = False  # it was refused, and holds what was typed
    is_possible: bool = True


@remembered()
def clocks_page(
    request: HttpRequest,
    case: Ticket,
    *,
    status: int = 200,
    problem: ActionError | None = None,
    refused: tuple[Clock, Verb, CaseForm] | None = None,
) -> HttpResponse:
    parts = []
    for clock in case.clocks.all():
        explanation, known = explain_clock(clock)
        moves = _moves(case, clock, staff_of(request), explanation, refused)
        parts.append((explanation, named(explanation.days(known)), moves))
    context = {"ticket": case, "parts": parts, "problem": problem}
    return render(request, "tickets/desk/clocks.html", context, status=status)


def _moves(
    case: Ticket,
    clock: Clock,
    user: User,
    explanation: Explanation,
    refused: tuple[Clock, Verb, CaseForm] | None,
) -> list[Move]:
    steps = clock_steps(case, user, explanation)
    moves = []
    for verb in (verb for verb in VERBS if verb.name in CLOCK_VERBS):
        url = reverse("tickets:move_clock", args=[case.number, clock.pk, verb.name])
        if refused and refused[0] == clock and refused[1] is verb:
            moves.append(Move(verb, refused[2], url, True, verb.name in steps))
        elif verb.name in steps:
            moves.append(Move(verb, _form(verb, case, clock, user), url))
    return moves


def _form(verb: Verb, case: Ticket, clock: Clock, user: User, *data: object) -> CaseForm:
    return verb.form(*data, ticket=case, user=user, clock=clock, auto_id=f"clock{clock.pk}_{verb.name}_%s")


@requires(works_cases)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def move_clock(request: HttpRequest, number: str, pk: int, name: str) -> HttpResponse:
    """One verb about one clock of a case. Opened by its address, it shows the clocks."""
    if request.method != "POST":
        return redirect("tickets:clocks", number)
    case, user = _case(request, number), staff_of(request)
    clock = get_object_or_404(case.clocks, pk=pk)
    verb, key = next(verb for verb in VERBS if verb.name == name), posting_key(request)
    if done_before(key):
        messages.success(request, str(verb.done))
        return redirect("tickets:clocks", number)
    form = _form(verb, case, clock, user, request.POST)
    refused = (clock, verb, form)
    if not form.is_valid():
        return clocks_page(request, case, status=400, refused=refused)
    try:
        act_once(key, case, lambda: verb.act(case, user, form.cleaned_data | {"clock": clock}))
    except ActionError as problem:
        return clocks_page(request, _case(request, number), status=409, problem=problem, refused=refused)
    except ActionForbidden:
        no = ActionError(str(_("您的账号不能对这件工单做这一步。")))
        return clocks_page(request, case, status=403, problem=no, refused=refused)
    messages.success(request, str(verb.done))
    return redirect("tickets:clocks", number)


def named(days: list[Day]) -> list[Day]:
    """The days with their holidays in the language of the page."""
    return [replace(day, name=str(HOLIDAYS.get(day.name, day.name))) for day in days]


@requires(is_staff)
@require_safe
def what_if(request: HttpRequest) -> HttpResponse:
    """Received on that day, stopped, extended …: the dates. The address holds it all; nothing is stored."""
    form = WhatIfForm(request.GET or None)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        known = form.chosen()[0].calendar()
        explanation = form.answer(known)
        context |= {"explanation": explanation, "days": named(explanation.days(known))}
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "tickets/desk/what_if.html", context, status=status)
