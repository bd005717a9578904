"""Conversations, their messages in one gap-free order, and notes that no customer can reach."""

import uuid
from collections import Counter
from collections.abc import Iterable
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMModelMixin, transition

from chat.search import Indexed, SearchRow  # noqa: F401  # models of this app, in a module of their own
from chat.states import Handover, OfferState, State
from helpdesk.core import clock
from helpdesk.core.fields import EncryptedTextField, StateField
from helpdesk.core.models import Role, Team, Topic
from tickets.models import Ticket

QUEUE_SHOWN = 1_000  # waiting visitors who are told their place


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def open(self) -> "ConversationQuerySet":
        return self.exclude(state=State.CLOSED)

    def with_people(self) -> "ConversationQuerySet":
        """With what a row of the lists shows."""
        return self.select_related("assignee", "team", "ticket")

    def waiting(self) -> "ConversationQuerySet":
        """The queue: the urgent first, then who has stood in it longest."""
        return self.filter(state=State.WAITING).order_by("-urgent", "queued_at", "id")

    def ahead_of(self, conversation: "Conversation") -> "ConversationQuerySet":
        """Those of the queue that stand before this one, of all teams and in no order."""
        before = models.Q(queued_at__lt=conversation.queued_at)
        before |= models.Q(queued_at=conversation.queued_at, id__lt=conversation.pk)
        before &= models.Q(urgent=conversation.urgent)
        if not conversation.urgent:
            before |= models.Q(urgent=True)
        return self.filter(before, state=State.WAITING).order_by()

    def unanswered_by_bot(self) -> "ConversationQuerySet":
        """Something was said to the bot, and it has not answered yet."""
        return self.filter(state=State.BOT, waiting_since__isnull=False)

    def queue_positions(self) -> dict[uuid.UUID, int]:
        """Place of each waiting conversation among those of its team, from 1."""
        return places_among(self.waiting().values_list("pk", "team_id")[:QUEUE_SHOWN])


def places_among(queue: Iterable[tuple[uuid.UUID, int | None]]) -> dict[uuid.UUID, int]:
    """The same of conversations and teams in the order of the queue."""
    places: Counter[int | None] = Counter()
    positions = {}
    for pk, team in queue:
        places[team] += 1
        positions[pk] = places[team]
    return positions


class Conversation(FSMModelMixin, models.Model):
    """One chat. ``last_seq`` is the number of its newest message; the row is locked while one is added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = StateField(_("状态"), default=State.WAITING, choices=State.choices)
    token_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of the visitor's token
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="conversations"
    )
    name = models.CharField(_("称呼"), max_length=60, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    topic = models.CharField(_("主题"), max_length=20, choices=Topic.choices, default=Topic.OTHER)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="conversations")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="assigned_conversations"
    )
    ticket = models.ForeignKey(Ticket, models.PROTECT, null=True, blank=True, related_name="conversations")
    searched = models.JSONField(default=list, blank=True)  # in the help centre before, newest first, masked
    consent = models.CharField(_("同意事项"), max_length=300, blank=True)  # the words agreed to at the start
    last_seq = models.PositiveIntegerField(default=0)
    flags = models.JSONField(default=list, blank=True)  # codes of the red flags that people were told of
    flags_seq = models.PositiveIntegerField(default=0)  # up to where they have been looked for
    visitor_at = models.DateTimeField(null=True, blank=True)  # last sign of the visitor's page, roughly
    deletion = models.ForeignKey(  # the visitor asked to have all this deleted
        Ticket, models.PROTECT, null=True, blank=True, related_name="conversations_to_delete"
    )
    visitor_read = models.PositiveIntegerField(default=0)  # seq that the visitor has seen
    agent_read = models.PositiveIntegerField(default=0)
    score = models.PositiveSmallIntegerField(null=True, blank=True)  # the visitor's rating, 1 to 5
    created_at = models.DateTimeField(db_index=True)
    queued_at = models.DateTimeField(default=clock.now)  # its place in the queue, kept when it returns
    urgent = models.BooleanField(_("紧急"), default=False)  # before all others in the queue
    handover = models.CharField(_("转人工原因"), max_length=12, choices=Handover.choices, blank=True)
    wait_estimate = models.PositiveIntegerField(null=True, blank=True)  # seconds, as told on queueing
    accepted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)  # oldest visitor message without an answer
    wrap_up = models.CharField(_("结束时的主题"), max_length=20, choices=Topic.choices, blank=True)
    spam = models.BooleanField(_("垃圾信息"), default=False)

    objects: ClassVar[ConversationQuerySet] = ConversationQuerySet.as_manager()  # type: ignore[assignment]
    token: str = ""  # plain, only on the instance that started the conversation

    class Meta:
        ordering = ("created_at", "id")
        indexes = (
            models.Index(fields=["state", "created_at"]),
            models.Index(fields=["state", "queued_at"]),
            models.Index(fields=["assignee", "state"]),
            models.Index(
                fields=["closed_at"], name="conversation_ended", condition=models.Q(closed_at__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"{self.name or _('访客')} {self.created_at:%F %H:%M}"

    @property
    def is_open(self) -> bool:
        return bool(self.state != State.CLOSED)

    @transition(field=state, source=State.BOT, target=State.WAITING)
    def hand_over(self) -> None: ...

    @transition(field=state, source=State.WAITING, target=State.ACTIVE)
    def accept(self) -> None: ...

    @transition(field=state, source=State.ACTIVE, target=State.WAITING)
    def release(self) -> None:
        """However long the visitor was silent while people had it: from now on the queue counts."""
        self.visitor_at = clock.now()

    @transition(field=state, source=State.ACTIVE, target=State.ACTIVE)
    def transfer(self) -> None: ...

    @transition(field=state, source=[State.BOT, State.WAITING, State.ACTIVE], target=State.CLOSED)
    def close(self) -> None: ...

    @transition(field=state, source=State.CLOSED, target=State.ACTIVE)
    def reopen(self) -> None: ...

    @transition(field=state, source=State.CLOSED, target=State.BOT)
    def go_on_with_bot(self) -> None: ...

    @transition(field=state, source=State.CLOSED, target=State.WAITING)
    def go_on_waiting(self) -> None: ...


class PreChat(models.Model):
    """What the desk asks before a chat begins: one row, or none for what is the default."""

    class Asked(models.TextChoices):
        OFF = "off", _("不问")
        OPTIONAL = "optional", _("选填")
        REQUIRED = "required", _("必填")

    name = models.CharField(_("称呼"), max_length=10, choices=Asked.choices, default=Asked.OPTIONAL)
    topic = models.BooleanField(_("问主题"), default=True)
    consent = models.CharField(_("同意事项"), max_length=300, blank=True)  # empty: nothing to agree to

    def __str__(self) -> str:
        return str(_("访前问题"))


class Message(models.Model):
    """One message; ``seq`` counts from 1 without gaps inside its conversation."""

    class Author(models.TextChoices):
        VISITOR = "visitor", _("访客")
        AGENT = "agent", _("客服")
        BOT = "bot", _("智能助手")
        SYSTEM = "system", _("系统")

    class Kind(models.TextChoices):
        TEXT = "text", _("文字")
        EVENT = "event", _("事件")  # ``text`` is its code: an Event

    class Event(models.TextChoices):
        JOINED = "joined", _("客服已接入")
        TRANSFERRED = "transferred", _("已转接")
        RELEASED = "released", _("重新排队")
        CLOSED = "closed", _("对话已结束")
        TICKET = "ticket", _("已登记为工单")
        SECRET = "secret", _("密码或验证码没有保存")
        QUEUED = "queued", _("已转人工，开始排队")
        EDITED = "edited", _("修改了一条消息")  # data: seq of the message, and its text now
        REOPENED = "reopened", _("对话重新打开")
        LEFT = "left", _("访客离开已久，对话自动结束")  # data: the state that it was in

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(  # found by message_seq_once
        Conversation, models.CASCADE, related_name="messages", db_index=False
    )
    seq = models.PositiveIntegerField()
    client_id = models.UUIDField(null=True, blank=True)  # chosen by the sender; makes a retry harmless
    author_kind = models.CharField(max_length=10, choices=Author.choices)
    author = models.ForeignKey(  # nothing is looked up by it, and people are never deleted
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    author_key = models.CharField(max_length=40)  # "visitor", "user:7", "system": who client_id belongs to
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TEXT)
    text = models.TextField()  # as everybody reads it: personal data of the visitor is masked
    sealed = EncryptedTextField(blank=True, default="")  # as typed, where that differs (core/screen.py)
    data = models.JSONField(
        default=dict
    )  # of an event: who joined, the case number; of the bot: sources, choices
    at = models.DateTimeField()

    class Meta:
        ordering = ("conversation_id", "seq")
        constraints = (
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_seq_once"),
            models.UniqueConstraint(
                fields=["client_id", "conversation", "author_key"], name="message_client_id_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.conversation_id}#{self.seq}"


def attachment_path(attachment: "Attachment", filename: str) -> str:
    return f"chat/{attachment.conversation_id}/{filename}"


class Attachment(models.Model):
    """A checked file of one side: first kept, then sent with a message, whose ``data`` names it too."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="attachments")
    seq = models.PositiveIntegerField(null=True, blank=True)  # of the message that carries it; None: not sent
    author_key = models.CharField(max_length=40)  # who may send it
    file = models.FileField(upload_to=attachment_path, max_length=200)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return self.name


class CannedReply(models.Model):
    """Words that agents use again, found by typing ``/`` and the shortcut."""

    team = models.ForeignKey(  # None: for everybody
        Team, models.CASCADE, null=True, blank=True, related_name="canned_replies", verbose_name=_("团队")
    )
    shortcut = models.CharField(_("简称"), max_length=30)
    language = models.CharField(_("语言"), max_length=10, default="zh-hans", choices=settings.LANGUAGES)
    text = models.TextField(_("内容"))
    withdrawn = models.BooleanField(default=False)  # not offered any more; may be put back
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("shortcut", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["team", "shortcut", "language"],
                condition=models.Q(withdrawn=False),
                name="canned_reply_once",
            ),
            models.UniqueConstraint(
                fields=["shortcut", "language"],
                condition=models.Q(withdrawn=False, team=None),
                name="shared_canned_reply_once",
            ),
        )

    def __str__(self) -> str:
        return f"/{self.shortcut}"


class Export(models.Model):
    """Conversations that somebody took out of the house, and why."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    wanted = models.JSONField(default=dict)  # the filters
    count = models.PositiveIntegerField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.by} {self.at:%F}"


class Mailing(models.Model):
    """A letter, kept until it has left: the transcript a visitor wants, or an alarm to a supervisor."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="mailings")
    alarm = models.BooleanField(default=False)
    address = EncryptedTextField()
    language = models.CharField(max_length=10)
    at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.at:%F}"


class Note(models.Model):
    """An internal note: another table, another stream, no path to a customer."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    to = models.ForeignKey(  # a whisper: only this person and its author read it
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.at:%F}"

    @property
    def by_bot(self) -> bool:
        return self.author.role == Role.SYSTEM

    @property
    def signed(self) -> str:
        """Who wrote it, in the reader's language."""
        return str(Message.Author.BOT.label if self.by_bot else self.author)


class Offer(FSMModelMixin, models.Model):
    """One person is asked to take one conversation; at most one open for a conversation."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="offers")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="offers")
    state = StateField(_("状态"), default=OfferState.OPEN, choices=OfferState.choices)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=["agent", "state"]),)
        constraints = (
            models.UniqueConstraint(
                fields=["conversation"], condition=models.Q(state="open"), name="offer_open_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.conversation_id} → {self.agent}"

    @transition(field=state, source=OfferState.OPEN, target=OfferState.ACCEPTED)
    def accept(self) -> None: ...

    @transition(field=state, source=OfferState.OPEN, target=OfferState.DECLINED)
    def decline(self) -> None: ...

    @transition(field=state, source=OfferState.OPEN, target=OfferState.EXPIRED)
    def expire(self) -> None: ...

    @transition(field=state, source=OfferState.OPEN, target=OfferState.WITHDRAWN)
    def withdraw(self) -> None: ...
