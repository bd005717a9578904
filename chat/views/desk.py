"""The agents' workspace: lists on the left, the conversation, what is known about it on the right."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from csp.constants import SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from chat.actions import add_note, mark_read, post_message, whisper
from chat.actions.reply import is_matter
from chat.canned import ready_for
from chat.corrections import is_event, words_of_visitor
from chat.forms import MessageForm, TransferForm
from chat.lines import lines_of
from chat.models import Conversation, Message
from chat.permissions import (
    is_assignee,
    may_accept,
    may_hand_on,
    may_note,
    may_reveal,
    may_set_wrap_up,
    may_whisper,
)
from chat.queries import (
    conversations_visible_to,
    messages_after,
    notes_of,
    offers_to,
    own_conversations,
    unread_count,
    visible_to,
    waiting_for,
    watched_by,
    with_unread,
)
from chat.states import State
from chat.views.present import script_texts
from faq.queries import Hit, search_articles
from helpdesk.core import clock
from helpdesk.core.actors import signed_in
from helpdesk.core.errors import ActionError
from helpdesk.core.models import Presence, Role, Staffing, Topic, User
from helpdesk.core.permissions import requires, works_cases
from helpdesk.core.staffing.actions import READS, seen
from tickets.alerts import COUNTED
from tickets.queries import tickets_visible_to

AGENT = Message.Author.AGENT
LISTED = 100  # rows of each list
ENDED = 5  # of the conversations just ended, which may still become a case
LOOKED_AT = 3  # latest visitor messages for which an answer is sought
LATE, VERY_LATE = 2, 5  # minutes without an answer
KEPT = dt.timedelta(minutes=1)  # a sign of life is good enough for so long
PAST = 5  # earlier chats and cases of the customer
PANES = ("conversation", "details")


@dataclass(frozen=True)
class Row:
    """One conversation in a list."""

    conversation: Conversation
    unread: int
    since: dt.datetime | None
    minutes: int
    tone: str

    @classmethod
    def of(cls, conversation: Conversation, now: dt.datetime) -> "Row":
        waits = conversation.state == State.WAITING
        since = conversation.queued_at if waits else conversation.waiting_since
        minutes = int((now - since).total_seconds() // 60) if since else 0
        tone = "neutral" if minutes < LATE else "warn" if minutes < VERY_LATE else "bad"
        return cls(conversation, getattr(conversation, "unread", 0), since, minutes, tone)

    def urgency(self) -> tuple[bool, bool, dt.datetime]:
        """The urgent first, then who is longest without an answer; those that are answered after them."""
        return not self.conversation.urgent, self.since is None, self.since or self.conversation.created_at


def me(request: HttpRequest) -> User:
    """The signed-in member of staff; ``requires`` has seen to it."""
    return cast(User, signed_in(request))


def lists_context(user: User) -> dict[str, Any]:
    now = clock.now()
    waiting = waiting_for(user)
    ended = conversations_visible_to(user).filter(assignee=user, state=State.CLOSED).order_by("-closed_at")
    mine = with_unread(own_conversations(user))[:LISTED]
    own = sorted((Row.of(one, now) for one in mine), key=Row.urgency)
    offers = list(offers_to(user))
    return {
        "offers": offers,
        "load": len(own) + len(offers),
        "staffing": Staffing.objects.filter(user=user).first(),
        "presences": Presence,
        "ended": ended[:ENDED],
        "own": own,
        "waiting": [Row.of(one, now) for one in waiting[:LISTED]],
        "waiting_count": waiting.count(),
        "watched": watched_by(user)[:LISTED] if user.role == Role.SUPERVISOR else [],
    }


def visible(request: HttpRequest, pk: UUID) -> Conversation | None:
    return visible_to(me(request), pk)


def found_or_404(request: HttpRequest, pk: UUID) -> Conversation:
    if (found := visible(request, pk)) is None:
        raise Http404
    return found


def gone(request: HttpRequest, *, unsent: str = "") -> HttpResponse:
    """404 as the workspace: absent, never theirs, or just taken by somebody else look the same."""
    messages.error(request, _("这个对话已不在您这里，可能已有人先接入或转走。列表已更新。"))
    return desk_page(request, status=404, unsent=unsent)


def desk_page(
    request: HttpRequest, conversation: Conversation | None = None, *, status: int = 200, **typed: Any
) -> HttpResponse:
    """The workspace, with or without an open conversation; ``typed`` is shown again."""
    user = me(request)
    seen(user, READS)
    context = lists_context(user) | {"texts": script_texts(mine=AGENT)}
    if conversation:
        context |= conversation_context(request, conversation)
    context |= typed
    context["address"] = (
        reverse("chat:conversation", args=[conversation.pk]) if conversation else reverse("chat:desk")
    )
    pane = request.GET.get("pane", "")
    context["pane"] = (pane if pane in PANES else PANES[0]) if conversation else "list"
    response = render(request, "chat/desk.html", context, status=status)
    if request.method == "POST":  # refused: the address of a verb cannot be opened again
        response["HX-Push-Url"] = context["address"]
    return response


def conversation_context(request: HttpRequest, conversation: Conversation) -> dict[str, Any]:
    user = me(request)
    found = messages_after(conversation.pk, 0, conversation.last_seq)
    writes = conversation.state == State.ACTIVE and is_assignee(user, conversation)
    return {
        "conversation": conversation,
        "language": dict(settings.LANGUAGES).get(conversation.language, conversation.language),
        "lines": lines_of(found, mine=AGENT),
        "notes": notes_of(conversation, user),
        "whispers": conversation.state == State.ACTIVE and may_whisper(user, conversation),
        "answers": answers_to(found),
        "writes": writes,
        "notes_allowed": may_note(user, conversation),
        "accepts": conversation.state == State.WAITING and may_accept(user, conversation),
        "sealed": sealed_of(found) if may_reveal(user, conversation) else [],
        "hands_on": conversation.is_open and may_hand_on(user, conversation),
        "wraps_up": not conversation.is_open and may_set_wrap_up(user, conversation),
        "converts": conversation.ticket_id is None and may_hand_on(user, conversation),
        **past_of(conversation, user),
        "message_form": MessageForm(),
        "transfer_form": TransferForm(me=user),
        "topics": Topic.choices,
        "canned": ready_for(conversation, user) if writes else [],
        "spam_undone": conversation.spam and may_hand_on(user, conversation),
    }


def sealed_of(found: list[Message]) -> list[dict[str, Any]]:
    """The messages with something behind asterisks; a correction with the text that it gave."""
    return [
        {"seq": one.seq, "edited": is_event(one), "text": one.data["text"] if is_event(one) else one.text}
        for one in found
        if one.sealed
    ]


def past_of(conversation: Conversation, user: User) -> dict[str, Any]:
    """What this customer came with before, as far as the reader may see it."""
    customer = conversation.customer_id
    if customer is None:
        return {"earlier": [], "cases": []}
    chats = conversations_visible_to(user).filter(customer=customer).exclude(pk=conversation.pk)
    cases = tickets_visible_to(user).filter(customer=customer)
    return {"earlier": chats.order_by("-created_at")[:PAST], "cases": cases.order_by("-id")[:PAST]}


def answers_to(said: list[Message]) -> list[Hit]:
    """Articles for what the visitor said last, but for thanks and the wish for a person."""
    texts = [one.text[:200] for one in words_of_visitor(said) if is_matter(one.text)]
    for text in texts[: -LOOKED_AT - 1 : -1]:
        if found := search_articles(text, limit=3):
            return found
    return []


# --- Pages -------------------------------------------------------------------------------------
@requires(works_cases)
@never_cache
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    return desk_page(request)


@requires(works_cases)
@never_cache
@require_safe
def conversation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One conversation, which for an agent is their own or one that waits for their team."""
    return desk_page(request, found_or_404(request, pk))


@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})
@requires(works_cases)
@never_cache
@require_safe
def beside(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The same without the frame of the site, for the second conversation beside the open one."""
    conversation = found_or_404(request, pk)
    return desk_page(request, conversation, layout="chat/beside.html")


@requires(works_cases)
@never_cache
@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """The left column alone, for its refreshes; ``open`` marks the current row."""
    user = me(request)
    context = lists_context(user) | {"open": request.GET.get("open", "")}
    staffing, wanted = context["staffing"], clock.now() + READS - KEPT
    if staffing and (staffing.here_until is None or staffing.here_until < wanted):
        seen(user, READS)  # without a socket this is all that says so
    return render(request, "chat/_lists.html", context)


@requires(works_cases)
@never_cache
@require_safe
def unread(request: HttpRequest) -> HttpResponse:
    """The number beside the entry of the navigation; nothing when there is none."""
    number = unread_count(me(request))
    return render(request, "tickets/desk/_unread.html", {"number": number, "counted": COUNTED})


@requires(works_cases)
@never_cache
@require_safe
def suggestions(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Articles for the last visitor message of this conversation."""
    conversation = found_or_404(request, pk)
    found = messages_after(conversation.pk, 0, conversation.last_seq)
    return render(request, "chat/_suggestions.html", {"answers": answers_to(found)})


@requires(works_cases)
@require_POST
def send(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The composer without scripts: a message to the visitor, or with ``mode=note`` an internal note."""
    conversation = visible(request, pk)
    if conversation is None:
        return gone(request, unsent=request.POST.get("text", ""))
    note = request.POST.get("mode") in ("note", "whisper")
    form = MessageForm(request.POST, files=request.FILES)
    status = 400
    if note and request.FILES:
        form.add_error("text", _("备注和悄悄话不能带文件。请去掉文件，或改为回复访客。"))
    if form.is_valid():
        text = form.cleaned_data["text"]
        try:
            if request.POST.get("mode") == "whisper":
                whisper(conversation, actor=me(request), text=text)
            elif note:
                add_note(conversation, actor=me(request), text=text)
            else:
                files = form.keep(conversation, actor=me(request))
                said, _new = post_message(
                    conversation, actor=me(request), client_id=form.once, text=text, attachments=files
                )
                mark_read(conversation, actor=me(request), seq=said.seq)  # whoever answers has read
        except ActionError as error:
            form.add_error("text", error.message)
            status = getattr(error, "status", 409)
        else:
            if note:
                messages.success(request, _("备注已记下，访客看不到。"))
            return redirect(f"{reverse('chat:conversation', args=[pk])}#chat-compose")
    return desk_page(request, visible(request, pk), status=status, message_form=form, note=note)
