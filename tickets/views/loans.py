"""A customer's own loans, as the ledger has them at this moment, and the request for another plan.

A page asks the ledger while it is already on the screen (htmx); without scripts the browser asks for the
whole page (``?now``). These views are synchronous: Django gives every request a thread of its own, so that
one who waits for the ledger holds up nobody; the database connection is given back meanwhile.
"""

from typing import Any, cast

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from faq.visits import contact_made, searched_before
from helpdesk.core.actors import signed_in
from helpdesk.core.asked import is_partial
from helpdesk.core.ledger import (
    LedgerError,
    LedgerUnavailable,
    Loan,
    Statement,
    UnknownCustomer,
    ledger,
)
from helpdesk.core.models import User
from helpdesk.core.permissions import is_customer, requires
from tickets.actions.once import file_once
from tickets.actions.plan import request_plan
from tickets.forms.fields import too_large
from tickets.forms.plan import PlanForm
from tickets.models import PlanRequest
from tickets.queries import open_plan_requests
from tickets.views.codes import hand_over
from tickets.views.drafts import accept
from tickets.views.filing import filing_token, is_known, rearm, submission_key
from tickets.views.loan_pages import LoanPage, figures_of
from tickets.views.public import FILED_KEY

SEEN_KEY = "loans_seen"


class NotLinked(LedgerError):  # noqa: N818
    """This account belongs to no customer of the ledger."""


class NotConnected(LedgerError):  # noqa: N818
    """This desk has no ledger."""


def customer_of(request: HttpRequest) -> User:
    return cast(User, signed_in(request))  # the guards let nobody else in


def ask(request: HttpRequest) -> Statement:
    """The statement of whoever is signed in; the session remembers which loans are theirs."""
    user = customer_of(request)
    source = ledger()
    if source is None:
        raise NotConnected
    if not user.customer_ref:
        raise NotLinked
    if not connection.in_atomic_block:
        connection.close()  # others may have it while this one waits
    statement = source.statement_of(user.customer_ref)
    request.session[SEEN_KEY] = {
        "customer_ref": user.customer_ref,
        "loans": {loan.reference: figures_of(loan, statement) for loan in statement.loans},
    }
    return statement


def seen(request: HttpRequest, reference: str) -> dict[str, str] | None:
    """What this session last read about an own loan; for knowing whose it is, never for showing sums."""
    last = request.session.get(SEEN_KEY, {})
    if last.get("customer_ref") != customer_of(request).customer_ref:
        return None
    found: dict[str, str] | None = last["loans"].get(reference)
    return found


def shows_now(request: HttpRequest) -> bool:
    return is_partial(request) or "now" in request.GET


def respond(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The part alone for htmx; else the page around it, or around its outline while the ledger is asked."""
    if is_partial(request):
        return render(request, f"tickets/loans/_{name}.html", context, status=status)
    return render(
        request,
        f"tickets/loans/{name}.html",
        context | {"part": f"tickets/loans/_{name}.html"},
        status=status,
    )


def trouble(error: LedgerError) -> tuple[str, int]:
    """Which words, and which status: 503 says that asking again may help."""
    if isinstance(error, NotLinked):
        return "not_linked", 200
    if isinstance(error, UnknownCustomer):
        return "unknown", 200
    if isinstance(error, NotConnected):
        return "not_connected", 200
    return ("down" if isinstance(error, LedgerUnavailable) else "fault"), 503


@requires(is_customer)
@never_cache
@require_safe
def loans(request: HttpRequest) -> HttpResponse:
    """All loans: what is due next, what is overdue."""
    if not shows_now(request):
        return respond(request, "list", {"waiting": True})
    try:
        statement = ask(request)
    except LedgerError as error:
        name, status = trouble(error)
        return respond(request, "list", {"trouble": name}, status)
    pages = [LoanPage(loan, statement) for loan in statement.loans]
    return respond(request, "list", {"statement": statement, "loans": pages})


@requires(is_customer)
@never_cache
@require_safe
def loan(request: HttpRequest, reference: str) -> HttpResponse:
    """One loan: bills and schedule. A loan that is not known to be one's own is asked for at once."""
    context: dict[str, Any] = {"reference": reference}
    if seen(request, reference) and not shows_now(request):
        return respond(request, "loan", context | {"waiting": True})
    try:
        statement = ask(request)
    except LedgerError as error:
        name, status = trouble(error)
        return respond(request, "loan", context | {"trouble": name}, status)
    page = LoanPage(own(statement, reference), statement)
    context |= {"statement": statement, "page": page, "asked": asked_before(request, reference)}
    return respond(request, "loan", context)


def own(statement: Statement, reference: str) -> Loan:
    """Somebody else's loan and none at all are the same 404."""
    found = statement.loan(reference)
    if found is None:
        raise Http404
    return found


def asked_before(request: HttpRequest, reference: str) -> PlanRequest | None:
    return open_plan_requests(customer_of(request), reference).first()


# --- Another plan ----------------------------------------------------------------------------
@requires(is_customer)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_plan(request: HttpRequest, reference: str) -> HttpResponse:
    """The request for another plan. Once a loan has been seen, it needs no ledger."""
    figures = seen(request, reference)
    if figures is None:
        try:
            statement = ask(request)
        except LedgerError as error:
            return _without_ledger(request, reference, error)
        figures = figures_of(own(statement, reference), statement)
    if request.method != "POST":
        form = PlanForm(initial={"token": filing_token(request)}, user=customer_of(request))
        return _plan_page(request, reference, form, figures)
    form = PlanForm(request.POST, request.FILES, user=customer_of(request))
    if form.is_valid():
        if is_known(request, form):
            return _file(request, reference, form, figures)
        form.add_error(None, _("这个页面放得太久了。您写的都还在，请再提交一次。"))
    rearm(request, form)
    return _plan_page(request, reference, form, figures, 413 if too_large(form) else 400)


def _plan_page(
    request: HttpRequest, reference: str, form: PlanForm, figures: dict[str, str], status: int = 200
) -> HttpResponse:
    context = {
        "reference": reference,
        "form": form,
        "product": figures["product"],
        "asked": asked_before(request, reference),
    }
    return render(request, "tickets/loans/plan.html", context, status=status)


def _without_ledger(request: HttpRequest, reference: str, error: LedgerError) -> HttpResponse:
    """Nothing typed is lost: the form comes back with it, and says why it could not be sent."""
    name, status = trouble(error)
    context: dict[str, Any] = {"reference": reference, "trouble": name}
    if request.method == "POST":
        form = PlanForm(request.POST, request.FILES, user=customer_of(request))
        rearm(request, form)
        context["form"] = form
    return render(request, "tickets/loans/plan.html", context, status=status)


def _file(request: HttpRequest, reference: str, form: PlanForm, figures: dict[str, str]) -> HttpResponse:
    ticket, first = file_once(
        key=submission_key(form, f"plan {reference}"),
        actor=customer_of(request),
        filing=request_plan,
        loan=reference,
        product=f"{figures['product'][:19]} {reference}",
        figures=figures,
        searched=searched_before(request),
        **form.asked(),
        **form.filed(),
    )
    request.session[FILED_KEY] = ticket.number
    if not first:
        return redirect("tickets:received")
    contact_made(request)
    filing_token(request, renew=True)
    accept(request, f"plan-{reference}")
    return hand_over("tickets:received", ticket, ticket.tracking_code)
