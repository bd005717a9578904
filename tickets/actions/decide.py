"""The decision: drafted, approved by a second person where it must be, and sent."""

from django.utils.translation import gettext as _

from helpdesk.core import audit, clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.uploads import CheckedFile
from tickets import letters, queries
from tickets.actions.ask import check_letter
from tickets.actions.base import enter, need_state, staff_of
from tickets.actions.deliver import conclude, keep_letter, post
from tickets.actions.files import keep_files
from tickets.models import Approval, Decision, Delivery, SentThrough, Ticket
from tickets.models.parties import answer_addresses
from tickets.permissions import VERBS


@action("ticket.decision_drafted", allowed=VERBS["draft_decision"].allowed)
def draft_decision(  # noqa: PLR0913  # the fields of the form, each by name
    ticket: Ticket,
    *,
    actor: Actor,
    outcome: str,
    facts: str,
    basis: str,
    reasons: str,
    remedies: str,
    root_cause: str,
    sent_through: str,
    language: str = "",
    whole: bool = False,
    after: int | None = None,
) -> Decision:
    """A further draft; the newest counts, and an approval of an older one does not carry over.

    ``after`` is the draft that the writer had before their eyes, 0 where there was none.
    """
    need_state(ticket, "draft_decision")
    newest = queries.draft_of(ticket)
    if after is not None and after != (newest.pk if newest else 0):
        raise ActionError(
            _("这份草稿在您打开之后又存过新的一版。请对照后再保存，您写的都还在。"), state=ticket.state
        )
    decision = Decision.objects.create(
        ticket=ticket,
        outcome=outcome,
        language=language or ticket.language,
        facts=facts,
        basis=basis,
        reasons=reasons,
        remedies=remedies,
        root_cause=root_cause,
        sent_through=sent_through,
        whole=whole,
        drafted_by=staff_of(actor),
        drafted_at=clock.now(),
    )
    enter(ticket, "ticket.decision_drafted", actor, data={"decision": decision.pk})
    check_letter(ticket, actor)
    return decision


@action("ticket.resolved", allowed=VERBS["resolve"].allowed, audited=False)
def resolve_ticket(
    ticket: Ticket, *, actor: Actor, reference: str = "", receipt: CheckedFile | None = None
) -> Ticket:
    """Send the newest draft; 409 with what is missing.

    A case is resolved by a letter that was sent. By e-mail that is when the mail server has accepted it
    (``record_sent``): until then the case stays where it is and its clock runs. By hand it takes what
    proves the sending: ``reference``, and for post and counter a ``receipt``. A decision on the tracking
    page is told by e-mail where there is an address.
    """
    need_state(ticket, "resolve")
    decision = queries.draft_of(ticket)
    missing = queries.missing_for(ticket, "resolve")
    if decision:
        missing += queries.missing_proof(decision, reference, receipt is not None)
    if missing or decision is None:
        raise ActionError(_("还不能作出决定，缺少以下内容。"), state=ticket.state, missing=missing)
    before, by_mail = ticket.state, decision.sent_through == SentThrough.EMAIL
    blocks = _fix(ticket, decision)
    document = keep_letter(
        ticket,
        blocks,
        actor,
        letter="decision",
        language=decision.language,
        redress=letters.open_redress(ticket),
        outcome=decision.outcome,
    )
    sent = {
        "decision": decision,
        "letter": "decision",
        "language": decision.language,
        "whole": decision.whole,
    }
    sent["reference"] = reference
    if receipt:
        sent["receipt"] = keep_files(ticket, [receipt], actor, public=False)[0]
    delivery = post(ticket, document, actor, decision.sent_through, **sent)
    verb = "ticket.decision_queued" if by_mail else "ticket.resolved"
    if by_mail:
        enter(ticket, verb, actor, data={"to": delivery.to, "decision": decision.pk})
    else:
        if decision.sent_through != SentThrough.PORTAL:
            post(ticket, document, actor, SentThrough.PORTAL, **sent | {"reference": "", "receipt": None})
        elif answer_addresses(ticket):  # whoever has an account only finds it there
            post(ticket, document, actor, SentThrough.EMAIL, **sent | {"reference": "", "decision": None})
        conclude(ticket, decision, document, actor)
    data = {"channel": decision.sent_through, "sha256": document.sha256, "delivery": delivery.pk}
    audit.record(verb, actor=actor, target=ticket, before=before, after=ticket.state, data=data)
    return ticket


def _fix(ticket: Ticket, decision: Decision) -> dict[str, str]:
    """Put the values of today in the place of the variables: what is sent never changes again."""
    for old in ticket.deliveries.filter(letter="decision", state=Delivery.State.FAILED):
        old.cancel()
        old.save()
    values = letters.values_of(ticket, decision.language)
    for name in letters.BLOCKS:
        setattr(decision, name, letters.fill(getattr(decision, name), values))
    decision.save()
    # It says what was approved, now with the day: an e-mail that fails does not ask for approval again.
    granted = ticket.approvals.filter(decision=decision, state=Approval.State.GRANTED)
    granted.update(content=letters.content_hash(ticket, decision))
    return {name: getattr(decision, name) for name in letters.BLOCKS}
