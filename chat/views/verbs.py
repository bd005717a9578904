"""One POST per verb of a conversation; a refusal shows the workspace as it is now, with the reason."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from chat.actions import (
    accept_conversation,
    add_note,
    close_conversation,
    convert_conversation,
    release_conversation,
    transfer_conversation,
)
from chat.forms import ConvertForm, NoteForm, TransferForm, convert_initial
from chat.models import Conversation, Message
from chat.queries import conversations_visible_to, messages_after
from chat.views.desk import AGENT, desk_page, gone, me, visible
from chat.views.present import lines_of
from helpdesk.core.errors import ActionError
from helpdesk.core.permissions import requires, works_cases


def _refused(request: HttpRequest, pk: UUID, error: ActionError, **typed: Any) -> HttpResponse:
    """409: the workspace as it is now, with what was typed."""
    messages.error(request, error.message)
    return desk_page(request, visible(request, pk), status=409, **typed)


def _done(request: HttpRequest, pk: UUID, said: str) -> HttpResponse:
    """Back to the conversation if it is still this person's, else to the lists."""
    if said:
        messages.success(request, said)
    there = visible(request, pk)
    return redirect("chat:conversation", pk) if there and there.is_open else redirect("chat:desk")


def _act(request: HttpRequest, pk: UUID, action: Callable[..., Any], said: str = "") -> HttpResponse:
    """A verb that needs nothing but the conversation."""
    conversation = visible(request, pk)
    if conversation is None:
        return gone(request)
    try:
        action(conversation, actor=me(request))
    except ActionError as error:
        return _refused(request, pk, error)
    return _done(request, pk, said)


@requires(works_cases)
@require_POST
def accept(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a waiting conversation; the second of two is told."""
    return _act(request, pk, accept_conversation)


@requires(works_cases)
@require_POST
def release(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _act(request, pk, release_conversation, _("已放回队列。"))


@requires(works_cases)
@require_POST
def close(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _act(request, pk, close_conversation, _("对话已结束。"))


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
@require_http_methods(["GET", "HEAD", "POST"])
def convert(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The conversation becomes a case; what is known is filled in."""
    conversation = get_object_or_404(conversations_visible_to(me(request)), pk=pk)
    said = messages_after(pk, 0, conversation.last_seq)
    if request.method != "POST":
        form = ConvertForm(initial=convert_initial(conversation, _visitor_text(said)))
        return _convert_page(request, conversation, form, said, 200)
    form = ConvertForm(request.POST)
    status = 400
    if form.is_valid():
        try:
            ticket = convert_conversation(conversation, actor=me(request), **form.cleaned_data)
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
    request: HttpRequest, conversation: Conversation, form: ConvertForm, said: list[Message], status: int
) -> HttpResponse:
    context = {"conversation": conversation, "form": form, "lines": lines_of(said, mine=AGENT)}
    return render(request, "chat/convert.html", context, status=status)


def _visitor_text(said: list[Message]) -> str:
    texts = (one.text for one in said if one.author_kind == Message.Author.VISITOR)
    return "\n".join(texts)[:5000]
