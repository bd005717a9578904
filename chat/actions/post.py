"""Speaking: the messages of many conversations in one transaction, each under the rules of one.

``post_message`` is a batch of one, so that every edge follows the same rules in the same code.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils.translation import gettext as _

from chat import events, sql
from chat.actions import bot, flags
from chat.actions.base import Speaker, speaker, spoken
from chat.actions.files import described, unsent_of
from chat.errors import ChatError
from chat.models import Attachment, Conversation, Message
from chat.permissions import is_assignee, may_post
from chat.states import State
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError, ActionForbidden

VERB = "conversation.message_posted"  # not audited: the messages are the record


def nothing() -> None:
    """There is nothing to do meanwhile."""


@dataclass(frozen=True, eq=False)
class Draft:
    """A message that somebody wants stored."""

    conversation: uuid.UUID
    actor: Actor
    client_id: uuid.UUID
    text: str
    attachments: tuple[uuid.UUID, ...] = ()  # files kept before, of the same side


# What the rules and the counts of what is unread ask about.
READ = ("state", "customer_id", "assignee_id", "last_seq", "waiting_since", "agent_read")
REFUSALS = (ActionError, ActionForbidden, ObjectDoesNotExist)
Stored = tuple[Message, bool]  # and whether it is new
Outcome = Stored | Exception  # a refusal concerns its draft alone


def post_message(
    conversation: Conversation,
    *,
    actor: Actor,
    client_id: uuid.UUID,
    text: str,
    attachments: Sequence[uuid.UUID] = (),
) -> tuple[Message, bool]:
    """Store a message once, with the next number; a repeated ``client_id`` answers the stored one."""
    (outcome,) = post_messages([Draft(conversation.pk, actor, client_id, text, tuple(attachments))])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def post_messages(
    drafts: Sequence[Draft], meanwhile: Callable[[], None] = nothing, changed: set[uuid.UUID] | None = None
) -> list[Outcome]:
    """Store what may be stored, in the order given, in one transaction; what was refused says why.

    An error of the database raises, and then nothing has been written. ``meanwhile`` is called where the
    longest wait for the database begins, if it comes to that. Whoever gives ``changed`` tells of the rows of
    the lists that it names afterwards (``events.tell_rows``); otherwise they are told of at the commit.
    """
    with sql.transaction():
        batch = Batch(drafts)
        outcomes = [batch.outcome(draft) for draft in drafts]
        batch.save(meanwhile)
        if batch.changed:
            tell = partial(events.tell_rows if changed is None else changed.update, batch.changed)
            transaction.on_commit(tell, robust=True)
    return outcomes


class Batch:
    """Rows locked in the order of their ids, so that two processes never wait for each other."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        conversations, client_ids = {d.conversation for d in drafts}, {d.client_id for d in drafts}
        locking = sql.locking(Conversation, conversations, READ)
        locked, repeats = sql.run(locking, sql.finding(Message, "client_id", client_ids))
        self._rows = sql.rows(Conversation, READ, locked)
        self._stored = _stored([pk for (pk,) in repeats]) if repeats else {}
        files = [pk for draft in drafts for pk in draft.attachments]
        self._files = unsent_of(files) if files else {}
        self._sent: list[Attachment] = []
        self._new: list[Message] = []
        self._spoken: dict[uuid.UUID, Conversation] = {}
        self.changed: set[uuid.UUID] = set()

    def outcome(self, draft: Draft) -> Outcome:
        try:
            return self._post(draft)
        except REFUSALS as refused:
            return refused

    def _post(self, draft: Draft) -> Stored:
        conversation = self._rows.get(draft.conversation)
        if conversation is None:
            raise Conversation.DoesNotExist
        if not may_post(draft.actor, conversation):
            raise ActionForbidden(VERB)
        who = speaker(draft.actor)
        key = (conversation.pk, who.key, draft.client_id)
        if (before := self._stored.get(key)) is not None:
            return before, False
        message = self._stored[key] = self._speak(conversation, who, draft)
        return message, True

    def _speak(self, conversation: Conversation, who: Speaker, draft: Draft) -> Message:
        if who.kind == Message.Author.AGENT and not is_assignee(draft.actor, conversation):
            raise ActionForbidden(VERB)
        if conversation.state == State.CLOSED:
            raise ChatError("closed", _("对话已结束，这条消息没有保存。"), state=conversation.state)
        files = [self._file(pk, conversation, who) for pk in draft.attachments]
        message, told = spoken(conversation, who, draft.text, draft.client_id, silent=bool(files))
        if files:
            message.data = {"attachments": [described(file) for file in files]}
            self._sent += files
            for file in files:
                file.seq = message.seq
        waited = conversation.waiting_since
        if who.kind == Message.Author.AGENT:
            conversation.waiting_since = None
        elif waited is None:
            conversation.waiting_since = message.at
        if conversation.waiting_since != waited:
            self.changed.add(conversation.pk)
        elif conversation.agent_read == message.seq - 1:  # read, not answered, and now another
            events.unread_changed(conversation)
        self._new += [message, *told]
        self._spoken[conversation.pk] = conversation
        return message

    def _file(self, pk: uuid.UUID, conversation: Conversation, who: Speaker) -> Attachment:
        """A file of this side and conversation that no message carries; absent and foreign are one answer."""
        file = self._files.get(pk)
        if file is None or (file.conversation_id, file.author_key) != (conversation.pk, who.key) or file.seq:
            raise ChatError("no_such_file", _("这个文件不在了，请重新选择。"), status=400)
        return file

    def save(self, meanwhile: Callable[[], None]) -> None:
        """One statement for all messages, and the new numbers of their conversations."""
        if not self._new:
            return
        events.messages_posted(self._new)
        for file in self._sent:
            file.save(update_fields=["seq"])
        spoken = list(self._spoken.values())
        changes = sql.inserting(self._new), sql.updating(spoken, "last_seq", "waiting_since")
        sql.run(*changes, meanwhile=meanwhile, last=True)
        for conversation in self._spoken.values():
            if conversation.state == State.BOT:
                bot.wake(conversation)
        if to_people := [(one.conversation_id, one.text) for one in self._new if self._is_to_people(one)]:
            flags.look_soon(to_people)

    def _is_to_people(self, message: Message) -> bool:
        """The visitor's words that no bot reads."""
        spoken_by_visitor = message.author_kind == Message.Author.VISITOR
        return spoken_by_visitor and self._rows[message.conversation_id].state != State.BOT


def _stored(pks: list[str]) -> dict[tuple[uuid.UUID, str, uuid.UUID], Message]:
    """Messages that are there already: by conversation, author and client_id."""
    found = Message.objects.select_related("author").filter(pk__in=pks)
    return {(m.conversation_id, m.author_key, m.client_id): m for m in found if m.client_id is not None}
