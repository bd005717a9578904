"""What the desk does by itself. Each task is level-triggered: it acts on what is due now."""

import datetime as dt
import logging
import smtplib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from helpdesk.core import calendar, clock
from helpdesk.core.errors import ActionError
from helpdesk.core.jobs import job
from helpdesk.core.masking import mask_text
from helpdesk.core.models import WORKERS, User
from tickets import held, learning, mail, people
from tickets.actions import (
    assign_by_rule,
    claim_delivery,
    close_without_feedback,
    end_handover,
    escalate_flags,
    escalate_ticket,
    offer_handover,
    record_failure,
    record_sent,
    train_model,
)
from tickets.actions.involve import heed_name
from tickets.assigning import Away, automatic_cases, away_now, rule_for
from tickets.inbox.fetch import fetch_all
from tickets.models import Clock, Delivery, Handover, HeededName, RedFlag, Ticket
from tickets.queries import FEEDBACK_DAYS
from tickets.states import State

log = logging.getLogger(__name__)
ONE_DAY = dt.timedelta(days=1)
HANDLED = (State.ASSIGNED, State.INVESTIGATING, State.AWAITING_CUSTOMER)
BATCH = 500  # a run that finds more leaves the rest to the next one


@dataclass(frozen=True)
class Swept:
    done: int
    failed: int


@job(minutes=30)
def close_expired() -> Swept:
    """Close resolved cases whose feedback window is over."""
    # Decided before this day began: its last day for an answer was yesterday or earlier.
    first_still_open = clock.today() - dt.timedelta(days=FEEDBACK_DAYS)
    over = Q(resolved_at__lt=clock.end_of_day(first_still_open - ONE_DAY))
    due = Ticket.objects.filter(over, state=State.RESOLVED)
    return _each(due.order_by("resolved_at"), close_without_feedback, "closed")


@job(minutes=5)
def escalate_due() -> Swept:
    """Tell people of every step that a running clock has reached."""
    _recount_published()
    reached = Clock.objects.filter(state=Clock.State.RUNNING, next_step_at__lte=clock.now())
    some = list(reached.order_by("next_step_at").values_list("ticket", flat=True)[:BATCH])
    return _each(Ticket.objects.filter(pk__in=some).order_by("pk"), escalate_ticket, "escalated")


@job(minutes=1)
def escalate_flags_due() -> Swept:
    """Tell people again of red flags that nobody has answered in time."""
    due = RedFlag.objects.filter(next_step_at__lte=clock.now()).order_by("next_step_at")
    some = list(due.values_list("ticket", flat=True)[:BATCH])
    return _each(Ticket.objects.filter(pk__in=some).order_by("pk"), escalate_flags, "told of again")


def _recount_published() -> None:
    """Clocks that waited for a year's calendar are looked at again when somebody has imported it."""
    waiting = Clock.objects.filter(state=Clock.State.RUNNING).exclude(undetermined="")
    for why in waiting.values_list("undetermined", flat=True).order_by("undetermined").distinct():
        if calendar.is_published(why):
            waiting.filter(undetermined=why).update(next_step_at=clock.now())


@job(minutes=5)
def assign_waiting() -> Swept:
    """Give the classified cases of teams with an automatic rule to their people, most urgent first. Each team
    has a batch of its own: where nobody is free, no other team waits for it."""
    waiting = Ticket.objects.filter(state=State.CLASSIFIED, review_of__isnull=True).order_by("due_on", "pk")
    swept = [_each(waiting.filter(theirs), _assign, "assigned") for theirs in automatic_cases()]
    return Swept(sum(one.done for one in swept), sum(one.failed for one in swept))


def _assign(ticket: Ticket, *, actor: User) -> None:
    rule = rule_for(Ticket.objects.get(pk=ticket.pk))
    if rule is None or not rule.automatic:
        raise ActionError("no automatic rule")
    assign_by_rule(ticket, actor=actor)


@job(minutes=10)
def hand_over_due() -> Swept:
    """Offer what falls due before its handler is back; end the offers that nobody needs any more."""
    now = clock.now()
    held = Ticket.objects.filter(state__in=HANDLED, assignee__isnull=False)
    away = away_now(User.objects.filter(pk__in=held.values("assignee")), now)
    wanted: dict[int, Away] = {}
    for person, gone in away.items():
        until = Q() if gone.back_on is None else Q(due_stopped=False, due_on__lte=gone.back_on)
        for pk in held.filter(until, assignee=person).values_list("pk", flat=True)[:BATCH]:
            wanted[pk] = gone
    offered = Handover.objects.filter(state=Handover.State.OFFERED)
    open_now = set(offered.values_list("ticket", flat=True))
    ended = _each(Ticket.objects.filter(pk__in=open_now - set(wanted)), end_handover, "back with its handler")
    fresh = Ticket.objects.filter(pk__in=set(wanted) - open_now).order_by("due_on", "pk")
    done = _each(fresh, lambda t, actor: offer_handover(t, actor=actor, away=wanted[t.pk]), "offered")
    return Swept(done.done + ended.done, done.failed + ended.failed)


@job(minutes=1)
def heed_new_names() -> Swept:
    """Look through what customers wrote before somebody of the desk was known, or known by that name."""
    desk = User.objects.filter(is_active=True, role__in=WORKERS).exclude(name="")
    HeededName.objects.exclude(user__in=desk).delete()  # who comes back is looked for again
    heeded = HeededName.objects.filter(user=OuterRef("pk"), name=OuterRef("name"))
    done = failed = 0
    for person in desk.exclude(Exists(heeded)):
        keys = people.cases_that_name(person)
        heed = partial(heed_name, person=person)
        swept = _each(Ticket.objects.filter(pk__in=keys).order_by("pk"), heed, "heeded", most=len(keys))
        done, failed = done + swept.done, failed + swept.failed
        if not swept.failed:
            HeededName.objects.update_or_create(user=person, defaults={"name": person.name})
    return Swept(done, failed)


def _each(tickets: QuerySet[Ticket], act: Callable[..., object], done_to: str, *, most: int = 0) -> Swept:
    """One bad row does not stop the others."""
    actor = User.system("case-sweep")
    done = failed = 0
    # Keys alone: a row that cannot even be read must fail by itself, inside the try.
    for ticket in tickets.only("pk")[: most or BATCH]:
        try:
            act(ticket, actor=actor)
            done += 1
        except ActionError:  # somebody was first
            continue
        except Exception as error:  # the next rows must not suffer; the count tells
            log.error("case %s was not %s: %s", ticket.pk, done_to, type(error).__name__)
            failed += 1
    return Swept(done, failed)


@job(minutes=24 * 60)
def learn_from_corrections() -> str:
    """Train again where people have corrected since; returns the version that suggests now."""
    learning.current_model()  # makes the file of the shipped one where it is missing
    if learning.version_now() == learning.version_in_use():
        return learning.version_in_use()
    return train_model(actor=User.system("learning")).version


@job(minutes=1)
def send_letters() -> Swept:
    """Send what waits and is due: each e-mail is claimed first, so that no two workers send it at once.

    A worker that dies between sending and recording leaves the row waiting: it goes out again with the
    same Message-ID, after the back-off.
    """
    actor = User.system("mail")
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, next_try_at__lte=clock.now())
    done = failed = 0
    for row in waiting.order_by("next_try_at").select_related("ticket")[:BATCH]:
        delivery = claim_delivery(row.ticket, actor=actor, delivery=row)
        if delivery is None:
            continue
        sent, refused = _mail(delivery)
        if sent:
            delivery = record_sent(
                row.ticket,
                actor=actor,
                delivery=delivery,
                reference=mail.message_id(delivery),
                to=sent,
                refused=list(refused),
            )
            done += 1
        if refused:
            said = mask_text("; ".join(f"{type(error).__name__}: {error}" for error in refused.values()))
            final = all(map(_is_final, refused.values()))
            record_failure(row.ticket, actor=actor, delivery=delivery, error=said, final=final)
            failed += 1
    return Swept(done, failed)


def _mail(delivery: Delivery) -> tuple[list[str], dict[str, Exception]]:
    """Hand it to the server for one address after the other: who has got it, and what went wrong for whom,
    whatever it is: the next letters must not suffer."""
    sent: list[str] = []
    refused: dict[str, Exception] = {}
    try:
        addresses = mail.addresses_of(delivery)
    except mail.NoAddress as error:
        return [], {"": error}
    for address in addresses:
        try:
            mail.compose(delivery, address).send()
        except Exception as error:
            refused[address] = error
        else:
            sent.append(address)
    return sent, refused


def _is_final(error: Exception) -> bool:
    """Whether another try is of no use; a server that does not know the sender yet refuses for now (4xx)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _said in error.recipients.values())
    return isinstance(error, mail.NoAddress)


@job(minutes=2)
def fetch_mail() -> Counter[str]:
    """Receive the letters that wait; nothing to do where there is no mailbox."""
    return fetch_all() if settings.MAIL_INBOX else Counter()


@job(minutes=60)
def forget_held_files() -> Swept:
    """Files of forms that nobody sent again."""
    return Swept(held.forget_old(), 0)
