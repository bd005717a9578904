"""How long conversations are kept (docs/chat-history.md): ended ones, and never one that became a case.

Those whose visitor asked for it are deleted before that, by people.
"""

import datetime as dt

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from chat import queries
from chat.actions.base import check_text
from chat.errors import ChatError
from chat.models import Attachment, Conversation, ConversationQuerySet
from chat.permissions import may_delete
from chat.search import Indexed, SearchRow
from chat.states import State
from helpdesk.core import audit, clock
from helpdesk.core.actions import action
from helpdesk.core.events import publish_change
from helpdesk.core.models import Topic, User
from helpdesk.core.permissions import is_system
from tickets.actions import note_ticket
from tickets.models import Ticket

BATCH = 200
UNSENT = dt.timedelta(days=1)  # a file that no message took
_CLASSES = {
    "spam": Q(spam=True),
    "complaint": Q(spam=False) & (Q(topic=Topic.COMPLAINTS) | Q(wrap_up=Topic.COMPLAINTS) | ~Q(flags=[])),
}
_CLASSES["enquiry"] = ~_CLASSES["spam"] & ~_CLASSES["complaint"]


def due(kind: str, now: dt.datetime) -> ConversationQuerySet:
    """Conversations of a class (``spam``, ``enquiry``, ``complaint``) that were kept their days."""
    days = settings.CHAT_KEPT_DAYS[kind]
    ended = Conversation.objects.filter(state=State.CLOSED, ticket=None)
    if days <= 0:
        return ended.none()
    return ended.filter(_CLASSES[kind], closed_at__lt=now - dt.timedelta(days=days)).order_by("closed_at")


def due_counts() -> dict[str, int]:
    """What a run would delete now: the dry run."""
    now = clock.now()
    return {kind: due(kind, now).count() for kind in settings.CHAT_KEPT_DAYS}


def delete_old() -> int:
    """At most ``BATCH`` of each class in one run; the rest in the next. The number deleted."""
    janitor, now, deleted = User.system("retention"), clock.now(), 0
    for kind in settings.CHAT_KEPT_DAYS:
        for conversation in due(kind, now)[:BATCH]:
            try:
                delete_conversation(conversation, actor=janitor, kind=kind)
            except ChatError:  # it became a case meanwhile
                continue
            deleted += 1
    _forget_unsent(now)
    return deleted


@action("conversation.deleted", allowed=is_system)
def delete_conversation(conversation: Conversation, *, actor: User, kind: str) -> None:
    """It was kept its days; the audit trail keeps that it was deleted, and by which class."""
    if not due(kind, clock.now()).filter(pk=conversation.pk).exists():
        raise ChatError("conflict", _("这个对话还不能删除。"), state=conversation.state)
    _delete(conversation)


@action("conversation.deleted_on_request", allowed=may_delete)
def delete_on_request(conversation: Conversation, *, actor: User, reason: str) -> Ticket:
    """Its visitor asked for it, and nothing has to be kept. The request's case says that it was done."""
    request = conversation.deletion
    if request is None or queries.why_kept(conversation):
        raise ChatError("conflict", queries.why_kept(conversation), state=conversation.state)
    check_text(reason)
    with translation.override(settings.LANGUAGE_CODE):
        done = _("已按申请删除在线对话 %(reference)s，原因：%(reason)s")
    note_ticket(request, actor=actor, text=done % {"reference": conversation.pk, "reason": reason})
    _delete(conversation)
    publish_change("conversation", conversation.pk, "deleted")
    return request


def _delete(conversation: Conversation) -> None:
    """With messages, notes, files and the texts that its audit trail sealed; the trail itself holds."""
    paths = list(conversation.attachments.values_list("file", flat=True))
    SearchRow.objects.filter(indexed__conversation=conversation.pk).delete()
    Indexed.objects.filter(conversation=conversation.pk).delete()
    Conversation.objects.filter(pk=conversation.pk).delete()
    audit.forget(conversation)
    transaction.on_commit(lambda: _delete_files(paths), robust=True)


def _forget_unsent(now: dt.datetime) -> None:
    old = list(Attachment.objects.filter(seq=None, at__lt=now - UNSENT)[:BATCH])
    for kept in old:
        if Attachment.objects.filter(pk=kept.pk, seq=None).delete()[0]:
            _delete_files([str(kept.file)])


def _delete_files(paths: list[str]) -> None:
    for path in paths:
        default_storage.delete(path)
