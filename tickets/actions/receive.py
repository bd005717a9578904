"""A letter that came by e-mail becomes a case, or part of the case that it provably belongs to."""

import datetime as dt
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import creation
from helpdesk.core.actors import Actor, Guest, grant_name
from helpdesk.core.mail import send
from helpdesk.core.models import Topic
from helpdesk.core.permissions import is_system
from helpdesk.core.screen import told_in_words
from helpdesk.core.throttle import count
from tickets import letters, search
from tickets.actions.base import LONGEST_AGO, NOTE, enter
from tickets.actions.deliver import record_bounce
from tickets.actions.intake import file_ticket
from tickets.actions.supplement import supplement_ticket
from tickets.inbox.addresses import reply_address, ticket_at
from tickets.inbox.parse import Ignored, Letter, Refused, bounce_of, key_of, parse
from tickets.models import Channel, Delivery, InboundMail, Kind, Ticket
from tickets.models.link import merged_into
from tickets.models.parties import answer_addresses
from tickets.permissions import VERBS

Outcome = InboundMail.Outcome
ANSWERS_A_DAY = 5  # to one sender; more of them only feed a loop
DAY = 24 * 60 * 60


def receive_once(raw: bytes, *, actor: Actor, delivered_at: dt.datetime | None = None) -> InboundMail:
    """What became of this letter, however often it is delivered. ``delivered_at``: as the mailbox says."""
    key = key_of(raw)
    if known := InboundMail.objects.filter(key=key).first():
        return known
    try:
        return receive_mail(actor=actor, raw=raw, delivered_at=delivered_at)
    except IntegrityError:  # another process was faster
        return InboundMail.objects.get(key=key)


@creation("mail.received", allowed=is_system)
def receive_mail(*, actor: Actor, raw: bytes, delivered_at: dt.datetime | None = None) -> InboundMail:
    if delivery := _given_back(raw, actor):
        return _record(key_of(raw), Outcome.APPENDED, reason="bounce", ticket=delivery.ticket)
    try:
        letter = parse(raw)
    except Ignored as why:
        return _record(key_of(raw), Outcome.IGNORED, reason=str(why))
    except Refused as why:
        return _record(key_of(raw), Outcome.REFUSED, reason=str(why))
    ticket = _belongs_to(letter)
    if ticket is not None and ticket.state in VERBS["message"].states:
        _append(ticket, letter, actor)
        return _record(letter.key, Outcome.APPENDED, ticket=ticket)
    made = _file(letter, actor, delivered_at)
    if ticket is not None:
        text = _("来信答复的是已结束的 %(number)s。") % {"number": ticket.number}
        enter(made, "ticket.mail_noted", actor, kind=NOTE, text=text)
    return _record(letter.key, Outcome.FILED, ticket=made)


def _given_back(raw: bytes, actor: Actor) -> Delivery | None:
    """The e-mail of ours that a mail server gives back with this letter. Whom it went to gives nothing back:
    what they write is kept as a letter."""
    bounce = bounce_of(raw)
    if bounce is None or not bounce.message_ids:
        return None
    sent = Delivery.objects.filter(reference__in=bounce.message_ids, state=Delivery.State.SENT)
    delivery = sent.select_related("ticket").first()
    if delivery and {one.lower() for one in answer_addresses(delivery.ticket)} & set(bounce.senders):
        return None
    if delivery:
        error = f"Bounced: {bounce.status}"
        record_bounce(delivery.ticket, actor=actor, delivery=delivery, error=error, refused=bounce.recipients)
    return delivery


def _record(key: str, outcome: str, *, reason: str = "", ticket: Ticket | None = None) -> InboundMail:
    return InboundMail.objects.create(key=key, outcome=outcome, reason=reason, ticket=ticket, at=clock.now())


def _belongs_to(letter: Letter) -> Ticket | None:
    """Proven twice: it came to the signed address of the case, and from the address of its customer."""
    for address in letter.recipients:
        ticket = ticket_at(address)
        if ticket is None:
            continue
        who = getattr(ticket, "representation", None)
        known = {search.secret_token(ticket.contact), *([search.secret_token(who.contact)] if who else [])}
        if search.secret_token(letter.sender) in known:
            return merged_into(ticket) or ticket
    return None


def _append(ticket: Ticket, letter: Letter, actor: Actor) -> None:
    party = Guest(frozenset({grant_name("ticket", ticket.grant_key)}))
    text = letter.text or letter.subject or _("（没有正文）")
    supplement_ticket(ticket, actor=party, text=text, files=letter.files)
    _tell_problems(ticket, letter, actor)


def _file(letter: Letter, actor: Actor, delivered_at: dt.datetime | None) -> Ticket:
    """As a complaint until somebody classifies it: the strictest of the clocks, counting from the delivery.

    What the mailbox says is held between a year ago and now: no letter is lost for a wrong date.
    """
    if delivered_at is not None:
        delivered_at = min(max(delivered_at, clock.now() - LONGEST_AGO), clock.now())
    narrative = "\n\n".join(part for part in (letter.subject, letter.text) if part) or _("（没有正文）")
    ticket = file_ticket(
        actor=actor,
        kind=Kind.COMPLAINT,
        channel=Channel.EMAIL,
        topic=Topic.OTHER,
        complainant=letter.name or letter.sender.partition("@")[0][:60],
        contact=letter.sender,
        narrative=narrative,
        request=_("（见来信）"),
        files=letter.files,
        received_at=delivered_at,
    )
    _tell_problems(ticket, letter, actor)
    if count(f"mail-answer:{search.secret_token(letter.sender)}", DAY) <= ANSWERS_A_DAY:
        answer = _answer(ticket, letter)
        transaction.on_commit(partial(send, answer), robust=True)
    return ticket


def _tell_problems(ticket: Ticket, letter: Letter, actor: Actor) -> None:
    if letter.problems:
        enter(ticket, "ticket.mail_noted", actor, kind=NOTE, text="\n".join(letter.problems))


def _answer(ticket: Ticket, letter: Letter) -> EmailMessage:
    """Number, code and date at once. Marked so that no machine answers it."""
    words: dict[str, Any] = {
        "number": ticket.number,
        "code": ticket.tracking_code,
        "due": letters.due_words(ticket),
    }
    body = _(
        "我们收到了您的来信。\n\n受理编号：%(number)s\n查询码：%(code)s\n答复期限：%(due)s\n\n"
        "在帮助中心的“查询进度”输入编号和查询码，可以看到进度、补充材料。我们不会向您索要查询码。\n"
        "直接回复这封邮件，内容会补充到这件事里。"
    )
    lines = [body % words]
    if letter.problems:
        lines.append(_("以下附件没有保存：") + "\n" + "\n".join(letter.problems))
    headers = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", "X-Helpdesk": "answer"}
    lines += told_in_words(ticket.screened)
    if letter.message_id:
        headers["In-Reply-To"] = letter.message_id
    back = reply_address(ticket)
    return EmailMessage(
        subject=_("我们收到了您的来信 %(number)s") % words,
        body="\n\n".join(lines),
        from_email=settings.MAIL_ADDRESS or settings.DEFAULT_FROM_EMAIL,
        to=[letter.sender],
        reply_to=[back] if back else None,
        headers=headers,
    )
