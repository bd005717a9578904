"""How long conversations are kept (docs/chat-history.md): ended ones, and never one that became a case."""

import datetime as dt

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from chat.errors import ChatError
from chat.models import Attachment, Conversation, ConversationQuerySet
from chat.search import Indexed, SearchRow
from chat.states import State
from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.models import Topic, User
from helpdesk.core.permissions import is_system

BATCH = 200
UNSENT = dt.timedelta(days=1)  # a file that no message took
_CLASSES = {
    "spam": Q(spam=True),
    "complaint": Q(spam=False) & (Q(topic=Topic.COMPLAINTS) | Q(wrap_up=Topic.COMPLAINTS) | Q(urgent=True)),
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
    """With messages, notes and files; the audit trail keeps that it was deleted, and by which class."""
    if not due(kind, clock.now()).filter(pk=conversation.pk).exists():
        raise ChatError("conflict", _("这个对话还不能删除。"), state=conversation.state)
    paths = list(conversation.attachments.values_list("file", flat=True))
    SearchRow.objects.filter(indexed__conversation=conversation.pk).delete()
    Indexed.objects.filter(conversation=conversation.pk).delete()
    Conversation.objects.filter(pk=conversation.pk).delete()
    transaction.on_commit(lambda: _delete_files(paths), robust=True)


def _forget_unsent(now: dt.datetime) -> None:
    old = list(Attachment.objects.filter(seq=None, at__lt=now - UNSENT)[:BATCH])
    for kept in old:
        if Attachment.objects.filter(pk=kept.pk, seq=None).delete()[0]:
            _delete_files([str(kept.file)])


def _delete_files(paths: list[str]) -> None:
    for path in paths:
        default_storage.delete(path)
