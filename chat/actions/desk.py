"""What agents do with a conversation: take it, hand it on, note, make a case of it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from chat import events, queries
from chat.actions.base import check_text, happened
from chat.actions.files import sent_files
from chat.actions.routing import count_as_asked, end_offers, idle_from_now, wake_router
from chat.actions.talk import end_now
from chat.errors import ChatError
from chat.models import Conversation, Message, Note
from chat.permissions import may_accept, may_convert, may_hand_on, may_note, may_reveal, may_whisper
from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.models import Presence, Staffing, Team, User
from helpdesk.core.passwords import without_secrets
from helpdesk.core.permissions import works_cases
from helpdesk.core.staffing.actions import READS, seen
from helpdesk.core.staffing.queries import at_desk
from tickets.actions import file_ticket
from tickets.models import Channel, Ticket


@action("conversation.accepted", allowed=may_accept)
def accept_conversation(conversation: Conversation, *, actor: User) -> Conversation:
    """Take it from the queue. Of several agents at once one wins; the others get 409."""
    conversation.accept()
    if Staffing.objects.filter(user=actor, presence=Presence.OFF, presence_at__isnull=False).exists():
        refusal = _("您现在是离岗状态，请先切换到在岗。")  # it would go back at once
        raise ChatError("conflict", refusal, state=conversation.state)
    conversation.assignee = actor
    conversation.accepted_at = conversation.accepted_at or clock.now()
    happened(conversation, Message.Event.JOINED, name=str(actor))
    conversation.save()
    end_offers(conversation, actor)
    idle_from_now(actor.pk)
    seen(actor, READS)
    events.conversation_moved(conversation)
    return conversation


@action("conversation.released", allowed=may_hand_on)
def release_conversation(conversation: Conversation, *, actor: User) -> Conversation:
    """Back into the queue, in its old place."""
    conversation.release()
    _put_back(conversation)
    happened(conversation, Message.Event.RELEASED)
    conversation.save()
    wake_router()
    events.conversation_moved(conversation)
    return conversation


def _put_back(conversation: Conversation) -> None:
    """Out of the hands of whoever has it; the caller saves."""
    if conversation.assignee is not None:
        count_as_asked(conversation, conversation.assignee)
        idle_from_now(conversation.assignee.pk)
    conversation.assignee = None


@action("conversation.transferred", allowed=may_hand_on)
def transfer_conversation(
    conversation: Conversation, *, actor: User, to: User | Team, note: str = ""
) -> Conversation:
    """To a colleague at once, or into a team's queue; the note stays inside the desk."""
    if isinstance(to, User):
        _to_colleague(conversation, to)
    else:
        conversation.release()
        _put_back(conversation)
        conversation.team = to
        happened(conversation, Message.Event.TRANSFERRED, team=to.name)
    conversation.save()
    wake_router()
    if note:
        _keep_note(conversation, actor, note)
    events.conversation_moved(conversation)
    return conversation


def _to_colleague(conversation: Conversation, colleague: User) -> None:
    conversation.transfer()
    if not (works_cases(colleague) and colleague.is_active):
        raise ChatError("conflict", _("这位同事不能接待访客。"), state=conversation.state)
    if colleague.pk == conversation.assignee_id:
        raise ChatError("conflict", _("对话已经在这位同事手里。"), state=conversation.state)
    if not at_desk(clock.now()).filter(user=colleague).exists():  # the visitor would wait for nobody
        refusal = _("%(name)s现在不在岗，对话没有转出。请转给在岗的同事，或转给团队排队。")
        raise ChatError("conflict", refusal % {"name": colleague}, state=conversation.state)
    idle_from_now(conversation.assignee_id, colleague.pk)
    conversation.assignee = colleague
    happened(conversation, Message.Event.TRANSFERRED, name=str(colleague))


@action("conversation.message_revealed", allowed=may_reveal)
def reveal_message(conversation: Conversation, *, actor: User, seq: int, reason: str) -> str:
    """One message as it was typed, once, with the reason on record; what was never stored cannot be shown."""
    sealed: str = conversation.messages.get(seq=seq).sealed
    looked = _("查看了第 %(seq)s 条消息的原文，原因：%(reason)s") % {"seq": seq, "reason": check_text(reason)}
    _keep_note(conversation, actor, looked)
    return sealed


@action("conversation.marked_spam", allowed=may_hand_on)
def mark_spam(conversation: Conversation, *, actor: User) -> Conversation:
    """Nobody who wants help: it ends, and counts in no figure of the desk."""
    if conversation.spam:
        raise ChatError("conflict", _("这个对话已经标为垃圾信息。"), state=conversation.state)
    conversation.spam = True
    if conversation.is_open:
        end_now(conversation, by=Message.Author.AGENT)
    conversation.save()
    end_offers(conversation, None)
    wake_router()
    events.conversation_moved(conversation)
    return conversation


@action("conversation.unmarked_spam", allowed=may_hand_on)
def unmark_spam(conversation: Conversation, *, actor: User) -> Conversation:
    """It was somebody after all: open again, in the hands of whoever says so."""
    if not conversation.spam:
        raise ChatError("conflict", _("这个对话没有标为垃圾信息。"), state=conversation.state)
    conversation.spam = False
    if not conversation.is_open:
        conversation.reopen()
        conversation.closed_at, conversation.assignee = None, actor
        idle_from_now(actor.pk)
        happened(conversation, Message.Event.REOPENED)
    conversation.save()
    events.conversation_moved(conversation)
    return conversation


@action("conversation.noted", allowed=may_note)
def add_note(conversation: Conversation, *, actor: User, text: str) -> Note:
    """An internal note; it is published to desks only."""
    return _keep_note(conversation, actor, text)


@action("conversation.whispered", allowed=may_whisper)
def whisper(conversation: Conversation, *, actor: User, text: str) -> Note:
    """A word to the one who is talking, which only the two of them read."""
    if conversation.assignee is None:
        raise ChatError("conflict", _("现在没有人在接待。"), state=conversation.state)
    return _keep_note(conversation, actor, text, to=conversation.assignee)


def _keep_note(conversation: Conversation, author: User, text: str, to: User | None = None) -> Note:
    text = without_secrets(check_text(text))
    note = Note.objects.create(conversation=conversation, author=author, to=to, text=text, at=clock.now())
    events.note_added(note)
    return note


@action("conversation.converted", allowed=may_convert)
def convert_conversation(  # noqa: PLR0913  # the fields of the form, each by name
    conversation: Conversation,
    *,
    actor: User,
    kind: str,
    topic: str,
    complainant: str,
    contact: str,
    narrative: str,
    request: str,
    details: Mapping[str, Any] | None = None,
) -> Ticket:
    """File a case out of it, with what both sides said (never the notes); once.

    ``details`` are the fields of its kind (tickets/kinds.py).
    """
    if conversation.ticket is not None:
        raise ChatError("conflict", _("这次对话已经登记过工单。"), state=conversation.state)
    ticket = file_ticket(
        actor=actor,
        kind=kind,
        channel=Channel.CHAT,
        topic=topic,
        complainant=complainant,
        contact=contact,
        narrative=narrative,
        request=request,
        details=details,
        customer=conversation.customer,
        transcript=queries.transcript_of(conversation),
        searched=conversation.searched,
        files=sent_files(conversation),
    )
    conversation.ticket = ticket
    happened(conversation, Message.Event.TICKET, number=ticket.number)
    conversation.save()
    events.state_changed(conversation)
    events.row_changed(conversation)
    return ticket
