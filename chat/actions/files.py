"""Files of a conversation: checked and kept first, then sent with a message (docs/chat-protocol.md)."""

import logging
import uuid
from collections.abc import Iterable
from typing import Any

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from chat.actions.base import speaker
from chat.errors import ChatError
from chat.models import Attachment, Conversation
from chat.permissions import may_attach
from chat.states import State
from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.uploads import CheckedFile

log = logging.getLogger(__name__)
MOST_FILES = 5  # of one message
MOST_UNSENT = 20  # kept and never sent, of one side; the job forgets them after a day


@action("conversation.file_kept", allowed=may_attach, audited=False)  # the message is the record
def keep_file(conversation: Conversation, *, actor: Actor, file: CheckedFile) -> Attachment:
    """A checked file, which the same side may send with a message; nobody else sees it before."""
    if conversation.state == State.CLOSED:
        raise ChatError("closed", _("对话已结束，这个文件没有保存。"), state=conversation.state)
    key = speaker(actor).key
    unsent = conversation.attachments.filter(seq=None, author_key=key)
    if unsent.count() >= MOST_UNSENT:
        raise ChatError("too_fast", _("还没有发送的文件太多，请先发送。"), status=429)
    kept = Attachment(
        conversation=conversation,
        author_key=key,
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        at=clock.now(),
    )
    kept.file.save(file.storage_name, file.content, save=False)
    try:
        kept.save(force_insert=True)
    except Exception:
        kept.file.delete(save=False)
        raise
    return kept


def unsent_of(pks: Iterable[uuid.UUID]) -> dict[uuid.UUID, Attachment]:
    """Files that no message carries yet; the conversation's lock keeps two messages from taking one."""
    return {kept.pk: kept for kept in Attachment.objects.filter(pk__in=set(pks), seq=None)}


def described(kept: Attachment) -> dict[str, Any]:
    """As frames and pages name it."""
    return {"id": str(kept.pk), "name": kept.name, "content_type": kept.content_type, "size": kept.size}


def sent_files(
    conversation: Conversation, after: int = 0, *, skip_unreadable: bool = False
) -> list[CheckedFile]:
    """What both sides sent, with a message later than ``after``, each content once, for the case that the
    conversation becomes. OSError when one cannot be read, unless those are to be skipped and logged."""
    found: dict[str, Attachment] = {}
    for kept in conversation.attachments.filter(seq__gt=after):
        found.setdefault(kept.sha256, kept)
    files = (_readable(kept) if skip_unreadable else _again(kept) for kept in found.values())
    return [file for file in files if file is not None]


def _readable(kept: Attachment) -> CheckedFile | None:
    try:
        return _again(kept)
    except OSError as error:
        log.error("file %s was not put into the case: %s", kept.pk, type(error).__name__)
        return None


def _again(kept: Attachment) -> CheckedFile:
    with kept.file.open("rb") as stored:
        content = ContentFile(stored.read())
    return CheckedFile(content, kept.name, kept.content_type, kept.sha256, kept.size)
