"""Conversations, their messages in one gap-free order, and notes that no customer can reach."""

import uuid
from collections import Counter
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from chat.states import State
from helpdesk.core.models import Team, Topic
from tickets.models import Ticket

QUEUE_SHOWN = 1_000  # waiting visitors who are told their place


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def open(self) -> "ConversationQuerySet":
        return self.exclude(state=State.CLOSED)

    def waiting(self) -> "ConversationQuerySet":
        """The queue: longest waiting first."""
        return self.filter(state=State.WAITING).order_by("created_at", "id")

    def queue_positions(self) -> dict[uuid.UUID, int]:
        """Place of each waiting conversation among those of its team, from 1."""
        places: Counter[int | None] = Counter()
        positions = {}
        for pk, team in self.waiting().values_list("pk", "team_id")[:QUEUE_SHOWN]:
            places[team] += 1
            positions[pk] = places[team]
        return positions


class Conversation(FSMModelMixin, models.Model):
    """One chat. ``last_seq`` is the number of its newest message; the row is locked while one is added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = FSMField(_("状态"), default=State.WAITING, choices=State.choices, protected=True)
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
    last_seq = models.PositiveIntegerField(default=0)
    visitor_read = models.PositiveIntegerField(default=0)  # seq that the visitor has seen
    agent_read = models.PositiveIntegerField(default=0)
    score = models.PositiveSmallIntegerField(null=True, blank=True)  # the visitor's rating, 1 to 5
    created_at = models.DateTimeField(db_index=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    waiting_since = models.DateTimeField(null=True, blank=True)  # oldest visitor message without an answer

    objects: ClassVar[ConversationQuerySet] = ConversationQuerySet.as_manager()  # type: ignore[assignment]
    token: str = ""  # plain, only on the instance that started the conversation

    class Meta:
        ordering = ("created_at", "id")
        indexes = (models.Index(fields=["state", "created_at"]), models.Index(fields=["assignee", "state"]))

    def __str__(self) -> str:
        return f"{self.name or _('访客')} {self.created_at:%F %H:%M}"

    @property
    def is_open(self) -> bool:
        return bool(self.state != State.CLOSED)

    @transition(field=state, source=State.WAITING, target=State.ACTIVE)
    def accept(self) -> None: ...

    @transition(field=state, source=State.ACTIVE, target=State.WAITING)
    def release(self) -> None: ...

    @transition(field=state, source=State.ACTIVE, target=State.ACTIVE)
    def transfer(self) -> None: ...

    @transition(field=state, source=[State.WAITING, State.ACTIVE], target=State.CLOSED)
    def close(self) -> None: ...


class Message(models.Model):
    """One message; ``seq`` counts from 1 without gaps inside its conversation."""

    class Author(models.TextChoices):
        VISITOR = "visitor", _("访客")
        AGENT = "agent", _("客服")
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

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    seq = models.PositiveIntegerField()
    client_id = models.UUIDField(null=True, blank=True)  # chosen by the sender; makes a retry harmless
    author_kind = models.CharField(max_length=10, choices=Author.choices)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    author_key = models.CharField(max_length=40)  # "visitor", "user:7", "system": who client_id belongs to
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TEXT)
    text = models.TextField()
    data = models.JSONField(default=dict)  # of an event: who joined, the case number
    at = models.DateTimeField()

    class Meta:
        ordering = ("conversation_id", "seq")
        constraints = (
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_seq_once"),
            models.UniqueConstraint(
                fields=["conversation", "author_key", "client_id"], name="message_client_id_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.conversation_id}#{self.seq}"


class Note(models.Model):
    """An internal note: another table, another stream, no path to a customer."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.at:%F}"
