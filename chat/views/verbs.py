"""One POST per verb of a conversation; a refusal shows the workspace as it is now, with the reason."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from chat import actions
from chat.actions import (
    accept_conversation,
    add_note,
    close_conversation,
    convert_conversation,
    decline_offer,
    mark_spam,
    release_conversation,
    reveal_message,
    transfer_conversation,
    unmark_spam,
)
from chat.corrections import text_of_visitor
from chat.forms import CloseForm, ConvertForm, NoteForm, RevealForm, TransferForm, convert_initial
from chat.lines import lines_of
from chat.models import Conversation, Message, Offer
from chat.queries import conversations_visible_to, messages_after
from chat.views.desk import AGENT, desk_page, found_or_404, gone, me, visible
from helpdesk.core.errors import ActionError
from helpdesk.core.models import Presence
from helpdesk.core.permissions import requires, works_cases
from helpdesk.core.staffing.actions import READS, on_a_page, set_presence
from tickets.models import Kind
from tickets.views.filing import chooser, just_chosen


def _refused(request: HttpRequest, pk: UUID, error: ActionError, **typed: Any) -> HttpResponse:
    """409: the workspace as it is now, with what was typed."""
    messages.error(request, error.message)
    return desk_page(request, visible(request, pk), status=409, **typed)


def _done(request: HttpRequest, pk: UUID, said: str, undo: str = "") -> HttpResponse:
    """Back to the conversation if it is still this person's, else to the lists."""
    if said:
        messages.success(request, said, extra_tags=undo)
    there = visible(request, pk)
    return redirect("chat:conversation", pk) if there and there.is_open else redirect("chat:desk")


def _act(
    request: HttpRequest, pk: UUID, action: Callable[..., Any], said: str = "", undo: str = ""
) -> HttpResponse:
    """A verb that needs nothing but the conversation."""
    conversation = visible(request, pk)
    if conversation is None:
        return gone(request)
    try:
        action(conversation, actor=me(request))
    except ActionError as error:
        return _refused(request, pk, error)
    return _done(request, pk, said, undo)


@requires(works_cases)
@require_POST
def accept(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a waiting conversation; the second of two is told."""
    return _act(request, pk, accept_conversation)


@requires(works_cases)
@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """An offer, passed on to the next one."""
    offer = get_object_or_404(Offer.objects.filter(agent=me(request)), pk=pk)
    try:
        decline_offer(offer, actor=me(request))
    except ActionError as error:
        messages.error(request, error.message)
        return desk_page(request, status=409)
    return redirect("chat:desk")


@requires(works_cases)
@require_POST
def presence(request: HttpRequest) -> HttpResponse:
    """On duty, pausing or off, as the person says."""
    wanted = request.POST.get("presence", "")
    if wanted not in Presence.values:
        messages.error(request, _("请选择在岗、小休或离岗。"))
        return desk_page(request, status=400)
    staffing = set_presence(me(request), actor=me(request), presence=wanted)
    messages.success(
        request, _("您现在的状态：%(presence)s。") % {"presence": staffing.get_presence_display()}
    )
    return redirect("chat:desk")


@requires(works_cases)
@require_POST
def release(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _act(request, pk, release_conversation, _("已放回队列。"))


@requires(works_cases)
@require_POST
def close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The end, with the topic that it was about if the agent says so."""
    wrap_up = request.POST.get("wrap_up", "")
    if wrap_up and not CloseForm(request.POST).is_valid():
        messages.error(request, _("请从列表里选择主题。"))
        return desk_page(request, visible(request, pk), status=400)
    return _act(request, pk, partial(close_conversation, wrap_up=wrap_up), _("对话已结束。"))


@requires(works_cases)
@require_POST
def set_wrap_up(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What an ended conversation was about."""
    conversation, form = visible(request, pk), CloseForm(request.POST)
    if conversation is None:
        return gone(request)
    if not form.is_valid():
        messages.error(request, _("请从列表里选择主题。"))
        return desk_page(request, conversation, status=400)
    try:
        actions.set_wrap_up(conversation, actor=me(request), **form.cleaned_data)
    except ActionError as error:
        return _refused(request, pk, error)
    messages.success(request, _("主题已记下。"))
    return redirect("chat:conversation", pk)


@requires(works_cases)
@require_POST
def spam(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ended as spam; the notice offers to undo it."""
    undo = reverse("chat:not_spam", args=[pk])
    return _act(request, pk, mark_spam, _("已标为垃圾信息，对话已结束。"), undo)


@requires(works_cases)
@require_POST
def not_spam(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _act(request, pk, unmark_spam, _("不是垃圾信息，对话已重新打开。"))


@requires(works_cases)
@require_POST
def transfer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """To another agent or to a team's queue, with a note for whoever takes over."""
    conversation = visible(request, pk)
    if conversation is None:
        return gone(request, unsent=request.POST.get("note", ""))
    form = TransferForm(request.POST, me=me(request))
    if not form.is_valid():
        return desk_page(request, conversation, status=400, transfer_form=form)
    try:
        transfer_conversation(
            conversation, actor=me(request), to=form.receiver, note=form.cleaned_data["note"]
        )
    except ActionError as error:
        return _refused(request, pk, error, transfer_form=form)
    return _done(request, pk, _("已转给%(to)s。") % {"to": form.receiver})


@requires(works_cases)
@require_POST
def note(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An internal note."""
    conversation = visible(request, pk)
    if conversation is None:
        return gone(request, unsent=request.POST.get("text", ""))
    form = NoteForm(request.POST)
    if not form.is_valid():
        return desk_page(request, conversation, status=400, message_form=form, note=True)
    add_note(conversation, actor=me(request), text=form.cleaned_data["text"])
    return _done(request, pk, _("备注已记下，访客看不到。"))


@requires(works_cases)
@never_cache
@require_POST
def reveal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What one message says behind the asterisks, on this answer only."""
    conversation = found_or_404(request, pk)
    form = RevealForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请写明查看原因。"))
        return desk_page(request, conversation, status=400, reveal_form=form)
    seq = form.cleaned_data["seq"]
    get_object_or_404(conversation.messages, seq=seq)
    text = reveal_message(conversation, actor=me(request), seq=seq, reason=form.cleaned_data["reason"])
    return desk_page(request, conversation, revealed={"seq": seq, "text": text})


@requires(works_cases)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def convert(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The conversation becomes a case; what is known is filled in."""
    on_a_page(me(request), READS)
    conversation = get_object_or_404(conversations_visible_to(me(request)), pk=pk)
    said = messages_after(pk, 0, conversation.last_seq)
    if request.method != "POST" and conversation.ticket:
        return _convert_page(request, conversation, None, said, 200)
    if request.method != "POST":
        chosen = {"kind": request.GET.get("kind", "")}
        form = ConvertForm(initial=convert_initial(conversation, text_of_visitor(said)) | chosen)
        return _convert_page(request, conversation, form, said, 200)
    if chosen := just_chosen(request, "kind"):
        form = ConvertForm(initial=request.POST.dict() | chosen)
        return _convert_page(request, conversation, form, said, 200)
    form = ConvertForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            ticket = convert_conversation(conversation, actor=me(request), **form.story())
        except ActionError as error:
            form.add_error(None, error.message)
            status = 409
        else:
            messages.success(
                request, _("已建立工单 %(number)s，对话记录已附上。") % {"number": ticket.number}
            )
            return redirect("chat:conversation", pk)
    return _convert_page(request, conversation, form, said, status)


def _convert_page(
    request: HttpRequest,
    conversation: Conversation,
    form: ConvertForm | None,
    said: list[Message],
    status: int,
) -> HttpResponse:
    """The form beside what was said; without one, the case that is there already."""
    rows = chooser({"kind": form.for_kind}, kind=(_("类型"), Kind.choices)) if form else []
    lines = lines_of(said, mine=AGENT)
    context = {"conversation": conversation, "form": form, "lines": lines, "chooser": rows}
    return render(request, "chat/convert.html", context, status=status)
