"""Red flags in what a visitor says to people. The bot looks for them itself, before it answers.

Nobody waits for it: what was just stored is read after its commit, without a query, and with pauses: under
load the chat goes first, or reading would take half of it (docs/performance.md). A job of another process
reads it again (``look_again``), from ``flags_seq`` on: what a crash or a rush left over is found within the
minute. People are told of each kind of flag once a conversation; ``flags`` are the codes they know.
"""

import datetime as dt
import logging
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import sleep, thread_time

from django.db import transaction
from django.db.models import F
from django.utils import translation

from chat import events, queries
from chat.actions.alarm import tell_supervisors
from chat.actions.base import append, speaker
from chat.actions.bot import bot, with_way_out
from chat.actions.reply import AT_ONCE, flags_of, for_flags_in_queue
from chat.actions.routing import end_offers, wake_router
from chat.corrections import is_edit
from chat.models import Conversation, ConversationQuerySet, Message, Note
from chat.states import State
from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.models import Role, User
from helpdesk.core.permissions import is_system
from helpdesk.core.pool import in_own_time
from helpdesk.core.staffing.queries import on_duty
from tickets.redflags import LEVELS, RedFlag, find

log = logging.getLogger(__name__)
WITH_PEOPLE = (State.WAITING, State.ACTIVE)
LATELY = dt.timedelta(days=1)  # since which what has ended is read to its end
BATCH = 200
PAUSE = 20  # times the processor's time that a reading took: its share stays under a twentieth
BREATH = 0.0001  # seconds, a score of times in a reading: whoever waits for the interpreter gets it then
MOST_UNREAD = 10_000  # texts that wait here; the job reads what came on top
Said = tuple[uuid.UUID, str]  # the conversation, and what its visitor said


_unread: deque[Said] = deque()


def look_soon(said: Sequence[Said]) -> None:
    """In the transaction that stores it."""
    transaction.on_commit(partial(_hand_in, said), robust=True)


def _hand_in(said: Sequence[Said]) -> None:
    is_idle = not _unread
    _unread.extend(said[: MOST_UNREAD - len(_unread)])
    if is_idle:
        in_own_time(_read_on)


def _read_on() -> None:
    while _unread:
        began = thread_time()
        look(*_unread.popleft(), breathe=partial(sleep, BREATH))
        if _unread:
            sleep(PAUSE * (thread_time() - began))


def look(pk: uuid.UUID, text: str, breathe: Callable[[], object] | None = None) -> bool:
    """Raise what is in the text; False if that failed, and then the sweep comes back to it."""
    try:
        found = {flag.code: flag.words for flag in find(text, breathe)}
        if found and not set(found) <= set(queries.flags_of(pk)):
            raise_flags(Conversation(pk=pk), actor=bot(), found=found)
    except Exception as error:  # the next ones must not suffer
        log.error("flags of conversation %s were not raised: %s", pk, type(error).__name__)
        return False
    return True


def look_again() -> int:
    """Level-triggered: whatever was said to people, or before the end, and not looked at here; the number of
    conversations that were read on. ``flags_seq`` stays before what failed."""
    behind = Conversation.objects.filter(last_seq__gt=F("flags_seq")).order_by()
    ended = behind.filter(closed_at__gte=clock.now() - LATELY)
    return sum(_read_on_from(rows) for rows in (behind.filter(state__in=WITH_PEOPLE), ended))


def _read_on_from(rows: ConversationQuerySet) -> int:
    return sum(_read_from(pk, seq) for pk, seq in list(rows.values_list("pk", "flags_seq")[:BATCH]))


def _read_from(pk: uuid.UUID, seq: int) -> bool:
    reached, failed = seq, False
    for message in queries.messages_after(pk, seq):
        text = _said_by_visitor(message)
        failed |= bool(text) and not look(pk, text)
        reached = reached if failed else message.seq
    if reached > seq:
        Conversation.objects.filter(pk=pk).update(flags_seq=reached)
    return reached > seq


def _said_by_visitor(message: Message) -> str:
    if is_edit(message):
        return str(message.data["text"]) if message.data["by"] == Message.Author.VISITOR else ""
    return message.text if message.author_kind == Message.Author.VISITOR else ""


@action("conversation.flagged", allowed=is_system)
def raise_flags(
    conversation: Conversation, *, actor: User, found: Mapping[str, Sequence[str]]
) -> list[RedFlag]:
    """Tell people what they do not know yet: a note. P0 and P1 go first in the queue, and reach a supervisor
    in any state.

    ``found`` are the words of each flag by its code.
    """
    new = [RedFlag(code, LEVELS[code], tuple(words)) for code, words in found.items()]
    new = [flag for flag in new if flag.code not in conversation.flags]
    if not new or conversation.state == State.BOT:  # there the bot finds it and hands over
        return []
    conversation.flags = [*conversation.flags, *(flag.code for flag in new)]
    at_once = [flag for flag in new if flag.level in AT_ONCE]
    goes_first = bool(at_once) and conversation.is_open
    conversation.urgent |= goes_first
    if goes_first and conversation.state == State.WAITING:
        _to_the_front(conversation, actor, at_once)
    conversation.save()
    with translation.override("zh-hans"):  # the desk's own language
        note = Note.objects.create(
            conversation=conversation, author=bot(), text=flags_of(new), at=clock.now()
        )
    events.note_added(note)
    if goes_first:
        wake_router()
        events.conversation_moved(conversation)
    if at_once:  # also when it has ended: that makes nobody safe
        tell_supervisors(conversation, at_once)
    return new


def _to_the_front(conversation: Conversation, actor: User, flags: Sequence[RedFlag]) -> None:
    """As when the bot hands over: the visitor reads what to do, and a supervisor is asked first."""
    with translation.override(conversation.language):
        said = with_way_out(for_flags_in_queue(flags), conversation)
    append(conversation, speaker(actor), said.text, data=said.data)
    if on_duty(clock.now()).filter(user__role=Role.SUPERVISOR).exists():
        end_offers(conversation, None)
