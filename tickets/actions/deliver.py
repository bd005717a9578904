"""Letters on their way: printed, kept by their hash, sent, and proven."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from helpdesk.core import audit, clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.masking import mask_contact
from helpdesk.core.permissions import is_system
from helpdesk.core.uploads import CheckedFile
from tickets import letters, queries
from tickets.actions.alerts import alert, tell_of_review
from tickets.actions.ask import end_requests
from tickets.actions.base import (
    CONTACT_CLOCK,
    ENDED,
    contacted,
    end_clock,
    enter,
    need_state,
    run_on,
    staff_of,
)
from tickets.actions.files import keep_files
from tickets.actions.untold import heed_notice
from tickets.models import Alert, Decision, Delivery, Evidence, Redress, SentThrough, Ticket
from tickets.models.letter import MESSAGE
from tickets.models.parties import answer_addresses
from tickets.permissions import VERBS, is_party
from tickets.states import OPEN, State

Progress = Delivery.State
BACK_OFF = (1, 5, 15, 60, 240)  # minutes after each failed attempt; one more failure is final


def keep_letter(
    ticket: Ticket,
    blocks: dict[str, str],
    actor: Actor,
    *,
    letter: str,
    language: str,
    redress: list[Redress] | None = None,
    outcome: str = "",
) -> Evidence:
    """Print a letter and keep it with the case's files: its SHA-256 is what was sent."""
    data = letters.print_letter(
        ticket, blocks, language, letter=letter, redress=redress or [], outcome=outcome
    )
    sha256 = hashlib.sha256(data).hexdigest()
    if kept := ticket.evidence.filter(sha256=sha256).first():
        return kept
    name = f"{letter}-{ticket.number}.pdf"
    file = CheckedFile(ContentFile(data), name, "application/pdf", sha256, len(data))
    return keep_files(ticket, [file], actor, public=False, told=False)[0]


def post(ticket: Ticket, document: Evidence | None, actor: Actor, channel: str, **fields: Any) -> Delivery:
    """A row for one sending. By e-mail it waits for the mail server; every other way it has happened."""
    by_mail = channel == SentThrough.EMAIL
    delivery = Delivery(
        ticket=ticket,
        channel=channel,
        to=_masked(answer_addresses(ticket)) if by_mail else "",
        document=document,
        sha256=document.sha256 if document else "",
        by=staff_of(actor),
        created_at=clock.now(),
        next_try_at=clock.now() if by_mail else None,
        **fields,
    )
    if by_mail:
        transaction.on_commit(lambda: async_task("tickets.tasks.send_letters"))
    else:
        delivery.send()
        delivery.sent_at = clock.now()
    delivery.save()
    return delivery


def send_notice(ticket: Ticket, letter: str, reason: str, actor: Actor) -> Evidence:
    """A letter without a decision: on the tracking page at once, and by e-mail where there is an address."""
    language = ticket.language
    try:
        blocks = letters.notice(ticket, letter, language, reason)
    except letters.BadWording as error:
        raise ActionError(str(error), state=ticket.state) from error
    document = keep_letter(ticket, blocks, actor, letter=letter, language=language)
    publish(document)
    audit.record(
        "ticket.notice_sent", actor=actor, target=ticket, data={"letter": letter, "sha256": document.sha256}
    )
    post(ticket, document, actor, SentThrough.PORTAL, letter=letter, language=language)
    if answer_addresses(ticket):
        post(ticket, document, actor, SentThrough.EMAIL, letter=letter, language=language)
    return document


def publish(document: Evidence) -> None:
    """From now on the customer can open it."""
    document.public = True
    document.save(update_fields=["public"])


def conclude(ticket: Ticket, decision: Decision, document: Evidence, actor: Actor) -> None:
    """The letter has been sent: the case is resolved, its money fixed, and its clocks end."""
    ticket.resolve()
    decision.sent_at = ticket.resolved_at = clock.now()
    decision.save()
    publish(document)
    ticket.redress.filter(decision=None, cancelled_at=None).update(decision=decision)
    end_requests(ticket)
    end_clock(ticket, actor, "resolved")
    ticket.save()
    enter(ticket, "ticket.resolved", actor, public=True, data={"decision": decision.pk})
    tell_of_review(ticket)


# --- What the mail server said ----------------------------------------------------------------


def current(ticket: Ticket, delivery: Delivery) -> Delivery:
    """The row as it is now, under the ticket's lock."""
    return ticket.deliveries.select_related("decision", "document").get(pk=delivery.pk)


@action("ticket.delivery_attempted", allowed=is_system, audited=False)
def claim_delivery(ticket: Ticket, *, actor: Actor, delivery: Delivery) -> Delivery | None:
    """Take a waiting e-mail for one attempt, so that two workers never send it at once.

    None: it is not due any more, or what it announces no longer holds, or needs an approval by now.
    """
    fresh = current(ticket, delivery)
    now = clock.now()
    if fresh.state != Progress.WAITING or fresh.next_try_at is None or fresh.next_try_at > now:
        return None
    holds = fresh.decision is None or _still_true(ticket, fresh)
    lacks = _unapproved(ticket, fresh) if holds else []
    if lacks or not holds:
        fresh.cancel()
        fresh.save()
        enter(ticket, "ticket.delivery_cancelled", actor, text="\n".join(lacks))
        if lacks:
            alert(
                ticket, {fresh.by, ticket.assignee or fresh.by}, Alert.Kind.DELIVERY, detail=Alert.UNAPPROVED
            )
        return None
    fresh.next_try_at = now + dt.timedelta(minutes=BACK_OFF[min(fresh.attempts, len(BACK_OFF) - 1)])
    fresh.attempts += 1
    fresh.claimed_at = now
    fresh.save()
    return fresh


def _still_true(ticket: Ticket, delivery: Delivery) -> bool:
    """What was given stays given; of drafts only the newest is sent."""
    if delivery.decision and delivery.decision.sent_at:
        return True
    newest = ticket.decisions.first()
    return ticket.state == State.INVESTIGATING and newest is not None and newest == delivery.decision


def _unapproved(ticket: Ticket, delivery: Delivery) -> list[str]:
    """What a printed decision lacks: an approval that it did not need when it was submitted, or one of what
    the paper says. An approval given since is of other words. One that was given lacks nothing: its money is
    no proposal any more."""
    decision = delivery.decision
    if decision is None or decision.sent_at:
        return []
    lacks = list(queries.unapproved(ticket, decision))
    if not lacks and decision.approved_at and decision.approved_at > delivery.created_at:
        lacks = [_("批准之后重新提交：这封信是在批准之前印好的")]
    return lacks


@action("ticket.delivery_sent", allowed=is_system)
def record_sent(
    ticket: Ticket,
    *,
    actor: Actor,
    delivery: Delivery,
    reference: str,
    to: Sequence[str] = (),
    refused: Sequence[str] = (),
) -> Delivery:
    """The mail server accepted it. A decision is now sent, so the case is resolved; whoever was only to be
    told of a message has been contacted.

    Where it was accepted for some (``to``) and not for others (``refused``), these get a row of their own,
    which is returned and waits: a decision that one of them has got is out.
    """
    fresh = current(ticket, delivery)
    if fresh.state != Progress.WAITING:
        raise ActionError(_("这封邮件不在等待发送。"), state=ticket.state)
    fresh.send()
    left = fresh
    if refused:
        tries = {"whole": fresh.whole, "attempts": fresh.attempts, "next_try_at": fresh.next_try_at}
        left = _another(fresh, channel=SentThrough.EMAIL, to=_masked(refused), **tries)
        left.save()
        fresh.to = _masked(to)
    fresh.sent_at, fresh.reference, fresh.error = clock.now(), reference, ""
    fresh.next_try_at = fresh.claimed_at = None
    fresh.save()
    enter(ticket, "ticket.delivery_sent", actor, data={"to": fresh.to, "reference": reference})
    if fresh.decision and fresh.document and not fresh.decision.sent_at and _still_true(ticket, fresh):
        conclude(ticket, fresh.decision, fresh.document, actor)
        # The page that the notice leads to: who opens it there proves more than a mail server can.
        page = _another(fresh, channel=SentThrough.PORTAL, decision=fresh.decision, sent_at=clock.now())
        page.send()
        page.save()
    if fresh.letter == MESSAGE:
        contacted(ticket, actor)
    heed_notice(ticket, fresh, actor)
    return left


def _another(sent: Delivery, **fields: Any) -> Delivery:
    """The same letter another way."""
    names = ("ticket", "letter", "document", "sha256", "language", "by")
    return Delivery(created_at=clock.now(), **{name: getattr(sent, name) for name in names}, **fields)


def _masked(addresses: Sequence[str]) -> str:
    return ", ".join(map(mask_contact, addresses))


@action("ticket.delivery_failed", allowed=is_system)
def record_failure(
    ticket: Ticket, *, actor: Actor, delivery: Delivery, error: str, final: bool = False
) -> Delivery:
    """Not sent: tried again later, or given up and put before people."""
    fresh = current(ticket, delivery)
    if fresh.state != Progress.WAITING:
        raise ActionError(_("这封邮件不在等待发送。"), state=ticket.state)
    fresh.error, fresh.claimed_at = error[:200], None
    if final or fresh.attempts > len(BACK_OFF):
        fresh.next_try_at = None
        _give_up(ticket, fresh, "ticket.delivery_failed", actor)
    fresh.save()
    if fresh.state == Progress.FAILED:
        heed_notice(ticket, fresh, actor)
    return fresh


@action("ticket.delivery_bounced", allowed=is_system)
def record_bounce(
    ticket: Ticket, *, actor: Actor, delivery: Delivery, error: str, refused: Sequence[str] = ()
) -> Delivery:
    """A mail server had accepted it, and says later that it did not arrive. What it decided stays decided;
    that the customer does not know is put before people, and a message is no contact any more.

    Where it came back for some of its recipients alone (``refused``), these get a row of their own, which is
    returned.
    """
    fresh = current(ticket, delivery)
    if fresh.state != Progress.SENT:
        raise ActionError(_("已经记录过。"), state=ticket.state)
    gone = {mask_contact(one).lower() for one in refused}
    lost = [one for one in fresh.to.split(", ") if one.lower() in gone]
    left = [one for one in fresh.to.split(", ") if one not in lost]
    if lost and left:
        fresh.to = ", ".join(left)
        fresh.save()
        fresh = _another(fresh, channel=SentThrough.EMAIL, to=", ".join(lost), whole=fresh.whole)
    fresh.error = error[:200]
    _give_up(ticket, fresh, "ticket.delivery_bounced", actor)
    fresh.save()
    if fresh.letter == MESSAGE:
        _recount_contact(ticket, fresh, actor)
    heed_notice(ticket, fresh, actor)
    return fresh


def _recount_contact(ticket: Ticket, lost: Delivery, actor: Actor) -> None:
    """Of a message that came back nobody heard. Without an earlier contact the first one is what staff logged
    or another message proves, and the clock that promises it runs until that day, or on."""
    first, lost_at = ticket.first_contact_at, lost.sent_at
    if first is None or lost_at is None or first < lost_at:
        return
    spoke = ticket.contacts.filter(outcome__in=queries.SPOKE).values_list("at", flat=True)
    told = ticket.deliveries.filter(letter=MESSAGE, state=Progress.SENT).values_list("sent_at", flat=True)
    ticket.first_contact_at = None
    ticket.save()
    if ticket.state in OPEN:
        for promise in ticket.clocks.filter(purpose=CONTACT_CLOCK, state=ENDED):
            run_on(promise, actor, _("提醒新消息的邮件被退回，不算联系到客户。"))
    if at := min(filter(None, (*spoke, *told)), default=None):
        contacted(ticket, actor, at)


def _give_up(ticket: Ticket, fresh: Delivery, verb: str, actor: Actor) -> None:
    fresh.fail()
    enter(ticket, verb, actor, data={"to": fresh.to, "error": fresh.error})
    alert(ticket, {fresh.by, ticket.assignee or fresh.by}, Alert.Kind.DELIVERY)


@action("ticket.delivery_retried", allowed=VERBS["retry_delivery"].allowed)
def retry_delivery(ticket: Ticket, *, actor: Actor, delivery: Delivery) -> Delivery:
    """Try a failed e-mail again from the first attempt on."""
    need_state(ticket, "retry_delivery")
    fresh = current(ticket, delivery)
    if fresh.state != Progress.FAILED:
        raise ActionError(_("这封邮件没有失败。"), state=ticket.state)
    if fresh.decision and not _still_true(ticket, fresh):
        raise ActionError(_("决定书后来改过，请重新提交决定。"), state=ticket.state)
    if lacks := _unapproved(ticket, fresh):
        raise ActionError(
            _("这封信不能再发，缺少以下内容。请重新提交决定。"), state=ticket.state, missing=lacks
        )
    fresh.retry()
    fresh.attempts, fresh.error, fresh.next_try_at = 0, "", clock.now()
    fresh.save()
    transaction.on_commit(lambda: async_task("tickets.tasks.send_letters"))
    enter(ticket, "ticket.delivery_retried", actor, data={"to": fresh.to})
    return fresh


@action("ticket.letter_opened", allowed=is_party)
def record_opening(ticket: Ticket, *, actor: Actor, delivery: Delivery) -> Delivery:
    """The holder of the tracking code has the letter before their eyes; only the first time counts."""
    fresh = current(ticket, delivery)
    if fresh.state != Progress.SENT or fresh.channel != SentThrough.PORTAL:
        raise ActionError(_("已经记录过。"), state=ticket.state)
    fresh.open()
    fresh.opened_at = clock.now()
    fresh.save()
    enter(ticket, "ticket.letter_opened", actor, data={"letter": fresh.letter})
    return fresh
