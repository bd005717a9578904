"""What visitors may do about the record of their conversation: have it sent, and have it deleted."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from chat.actions.cases import file_case
from chat.errors import ChatError
from chat.models import Conversation, Mailing
from chat.permissions import is_visitor
from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from tickets.kinds import Right
from tickets.models import Kind, Ticket


@action("conversation.transcript_asked", allowed=is_visitor)
def mail_transcript(conversation: Conversation, *, actor: Actor, email: str) -> Mailing:
    """Send it there, in the background (chat.tasks.mail_transcripts)."""
    now, language = clock.now(), conversation.language
    mailing = Mailing.objects.create(
        conversation=conversation, address=email, language=language, at=now, next_try_at=now
    )
    transaction.on_commit(lambda: async_task("chat.tasks.mail_transcripts"), robust=True)
    return mailing


@action("conversation.deletion_asked", allowed=is_visitor)
def ask_deletion(conversation: Conversation, *, actor: Actor, contact: str, text: str = "") -> Ticket:
    """A privacy request about this conversation, once; people decide what must be kept and delete the rest.

    The case names the conversation and holds nothing of what was said in it.
    """
    if conversation.deletion is not None:
        already = _("这次对话已经申请过删除，编号 %(number)s。")
        raise ChatError(
            "conflict", already % {"number": conversation.deletion.number}, state=conversation.state
        )
    about = {
        "reference": conversation.pk,
        "at": timezone.localtime(conversation.created_at).strftime("%F %R"),
    }
    with translation.override(settings.LANGUAGE_CODE):  # for the desk, not in the visitor's language
        narrative = _("申请删除 %(at)s 开始的在线对话，对话编号 %(reference)s。") % about
        request, scope = _("请删除这次对话的记录。"), _("在线对话 %(reference)s") % about
    ticket = file_case(
        conversation,
        actor=actor,
        kind=Kind.PRIVACY_REQUEST,
        contact=contact,
        narrative="\n".join(filter(None, [narrative, text])),
        request=request,
        details={"right": Right.DELETE, "scope": scope},
    )
    conversation.deletion = ticket
    conversation.save(update_fields=["deletion"])
    return ticket
