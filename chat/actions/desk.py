"""What agents do with a conversation: take it, hand it on, note, make a case of it."""

from django.utils.translation import gettext as _

from chat import events, queries
from chat.actions.base import check_text, happened
from chat.errors import ChatError
from chat.models import Conversation, Message, Note
from chat.permissions import may_accept, may_convert, may_hand_on, may_note
from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.models import Team, User
from helpdesk.core.permissions import works_cases
from tickets.actions import file_ticket
from tickets.models import Channel, Ticket


@action("conversation.accepted", allowed=may_accept)
def accept_conversation(conversation: Conversation, *, actor: User) -> Conversation:
    """Take it from the queue. Of several agents at once one wins; the others get 409."""
    conversation.accept()
    conversation.assignee = actor
    conversation.accepted_at = conversation.accepted_at or clock.now()
    happened(conversation, Message.Event.JOINED, name=str(actor))
    conversation.save()
    events.conversation_moved(conversation)
    return conversation


@action("conversation.released", allowed=may_hand_on)
def release_conversation(conversation: Conversation, *, actor: User) -> Conversation:
    """Back into the queue, in its old place."""
    conversation.release()
    conversation.assignee = None
    happened(conversation, Message.Event.RELEASED)
    conversation.save()
    events.conversation_moved(conversation)
    return conversation


@action("conversation.transferred", allowed=may_hand_on)
def transfer_conversation(
    conversation: Conversation, *, actor: User, to: User | Team, note: str = ""
) -> Conversation:
    """To a colleague at once, or into a team's queue; the note stays inside the desk."""
    if isinstance(to, User):
        _to_colleague(conversation, to)
    else:
        conversation.release()
        conversation.assignee, conversation.team = None, to
        happened(conversation, Message.Event.TRANSFERRED, team=to.name)
    conversation.save()
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
    conversation.assignee = colleague
    happened(conversation, Message.Event.TRANSFERRED, name=str(colleague))


@action("conversation.noted", allowed=may_note)
def add_note(conversation: Conversation, *, actor: User, text: str) -> Note:
    """An internal note; it is published to desks only."""
    return _keep_note(conversation, actor, text)


def _keep_note(conversation: Conversation, author: User, text: str) -> Note:
    note = Note.objects.create(
        conversation=conversation, author=author, text=check_text(text), at=clock.now()
    )
    events.note_added(note)
    return note


@action("conversation.converted", allowed=may_convert)
def convert_conversation(
    conversation: Conversation,
    *,
    actor: User,
    kind: str,
    topic: str,
    complainant: str,
    contact: str,
    narrative: str,
    request: str,
) -> Ticket:
    """File a case out of it, with what both sides said (never the notes); once."""
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
        customer=conversation.customer,
        transcript=queries.transcript_of(conversation),
    )
    conversation.ticket = ticket
    happened(conversation, Message.Event.TICKET, number=ticket.number)
    conversation.save()
    events.state_changed(conversation)
    events.row_changed(conversation)
    return ticket
