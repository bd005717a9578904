"""The visitor's chat: one page for scripts and for browsers without them.

Without JavaScript the token lives in an HttpOnly cookie; scripts keep theirs in this origin's storage.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from chat import actions, events, tokens
from chat.actions import (
    answer_pending,
    close_conversation,
    post_message,
    rate_conversation,
    set_language,
    start_conversation,
    visitor_here,
    wants_sign,
)
from chat.corrections import text_of_visitor
from chat.forms import LeaveMessageForm, MessageForm, RateForm, StartForm
from chat.lines import lines_of
from chat.models import Conversation, Message, PreChat
from chat.pace import pace_of
from chat.queries import (
    conversation_by_token,
    conversation_opened_by,
    ended_by_itself,
    messages_after,
    pre_chat,
    queue_position,
)
from chat.states import State
from chat.throttle import allow_start
from chat.views.present import script_texts, state_text
from faq.queries import search_articles
from faq.visits import contact_made, searched_before
from helpdesk.core import clock
from helpdesk.core.actors import actor_of, add_grant, signed_in
from helpdesk.core.errors import ActionError
from helpdesk.core.middleware import YEAR
from helpdesk.core.models import Role, Topic
from helpdesk.core.permissions import public
from tickets.throttle import TOO_MANY_CASES, allow_filing
from tickets.views.codes import hand_over
from tickets.views.public import FILED_KEY

COOKIE_SECONDS = 30 * 24 * 3600
FOUND = 302  # the status of a redirect
SHOWN = 500  # messages on a page without scripts; the transcript has all
VISITOR = Message.Author.VISITOR


# --- Whose conversation ------------------------------------------------------------------------
def held(request: HttpRequest) -> Conversation | None:
    """The conversation whose secret this request shows: in the form body, else in the cookie."""
    given, token = request.POST.get("id", ""), request.POST.get("token", "")
    if not token:
        return conversation_by_token(request.COOKIES.get(tokens.COOKIE, ""))
    try:
        return conversation_opened_by(UUID(given), token)
    except ValueError:
        return None


def shown_secret(request: HttpRequest, conversation: Conversation) -> dict[str, Any] | None:
    """What the form showed, for the forms of the page that answers it; None where the cookie does it."""
    token = request.POST.get("token")
    return {"id": conversation.pk, "token": token} if token else None


def held_or_404(request: HttpRequest) -> Conversation:
    conversation = held(request)
    if conversation is None:
        raise Http404
    return conversation


def in_its_language(
    view: Callable[[HttpRequest, Conversation], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A view of the conversation whose secret is shown, in its language, and so is the page it leads to.

    A form of a frame on another site brings no language of its own.
    """

    @wraps(view)
    def shown(request: HttpRequest) -> HttpResponse:
        conversation = held_or_404(request)
        language = conversation.language
        with translation.override(language):
            response = view(request, conversation)
        response.headers["Content-Language"] = language
        if response.status_code == FOUND and get_language() != language:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, samesite="Lax")
        return response

    return shown


# --- The page ----------------------------------------------------------------------------------
@public
@never_cache
@require_safe
def visitor(request: HttpRequest) -> HttpResponse:
    """The full-page chat: before, during and after a conversation."""
    conversation = held(request)
    if conversation and (language := get_language()) and language != conversation.language:
        conversation = set_language(conversation, actor=tokens.visitor(conversation), language=language)
    if conversation:
        events.visitor_shown(conversation)
    if conversation and wants_sign(conversation, clock.now()):
        visitor_here(conversation.pk)
    if conversation and conversation.state == State.BOT and conversation.waiting_since:
        answer_pending(conversation.pk)  # without scripts this page is where the answer appears
        conversation.refresh_from_db()
    return render(request, "chat/visitor.html", room_context(request, conversation))


def room_context(request: HttpRequest, conversation: Conversation | None, **forms: Any) -> dict[str, Any]:
    """All that chat/_room.html shows."""
    question = request.GET.get("question", "")[:5000]
    topic = request.GET.get("topic", "")
    topic = topic if topic in Topic.values else Topic.OTHER
    view = "start" if conversation is None else "ended" if conversation.state == State.CLOSED else "room"
    position = queue_position(conversation) if conversation else None
    wait = pace_of(conversation).wait(position) if conversation and position else None
    said = messages_after(conversation.pk, 0, SHOWN) if conversation else []
    lines = lines_of(said, mine=VISITOR)
    asked = pre_chat() if view == "start" else PreChat()  # whoever is in a conversation is asked nothing
    context = {
        "conversation": conversation,
        "view": view,
        "goes_on": view == "ended" and conversation is not None and ended_by_itself(conversation) is not None,
        "api": "/api/v1/conversations",
        "lines": lines,
        "choices": lines[-1].choices if lines and view == "room" else [],
        "state_text": state_text(conversation, position, wait),
        "rated": bool(conversation and conversation.score),
        "answers": search_articles(question, limit=3) if question and view == "start" else [],
        "texts": script_texts(mine=VISITOR),
        "complaint_url": _complaint_url(conversation.topic if conversation else topic, question),
        "start_form": StartForm(
            initial={"question": question, "topic": topic, "name": _name(request)}, asked=asked
        ),
        "leaves": view == "room"
        and (any(line.leave_message for line in lines) or bool(position and wait is None)),
        "leave_form": LeaveMessageForm(initial={"text": text_of_visitor(said)}),
        "message_form": MessageForm(initial={"text": question if conversation else ""}),
        "rate_form": RateForm(),
    }
    return context | forms


def _name(request: HttpRequest) -> str:
    user = signed_in(request)
    return user.name if user and user.role == Role.CUSTOMER else ""


def _complaint_url(topic: str, question: str) -> str:
    known = {"topic": topic, "question": question}
    return f"{reverse('tickets:new')}?{urlencode({name: text for name, text in known.items() if text})}"


def _again(
    request: HttpRequest, conversation: Conversation | None, status: int, **forms: Any
) -> HttpResponse:
    """The same page with what was typed and why it was not accepted."""
    return render(request, "chat/visitor.html", room_context(request, conversation, **forms), status=status)


# --- Without JavaScript ------------------------------------------------------------------------
@public
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """A conversation and its first message; the cookie holds its token."""
    form = StartForm(request.POST, asked=pre_chat())
    if not form.is_valid():
        return _again(request, None, 400, start_form=form)
    if not allow_start(request):
        form.add_error(None, _("您这里刚刚开始了太多对话，请过一分钟再试。"))
        return _again(request, None, 429, start_form=form)
    typed = form.cleaned_data
    user = signed_in(request)
    conversation = start_conversation(
        actor=actor_of(request),
        language=get_language() or "zh-hans",
        topic=typed.get("topic", Topic.OTHER),
        name=typed.get("name", ""),
        consent=typed.get("consent", False),
        customer=user if user and user.role == Role.CUSTOMER else None,
        bot=True,
        searched=searched_before(request),
    )
    contact_made(request)
    guest = tokens.visitor(conversation)
    post_message(conversation, actor=guest, client_id=uuid4(), text=typed["question"])
    return _into_the_room(conversation.token)


def _into_the_room(token: str) -> HttpResponse:
    response = redirect(f"{reverse('chat:visitor')}#chat-compose")
    response.set_cookie(
        tokens.COOKIE,
        token,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )
    return response


@public
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """One message of the visitor."""
    conversation = held_or_404(request)
    form = MessageForm(request.POST, files=request.FILES)
    status = 400
    if form.is_valid():
        try:
            guest = tokens.visitor(conversation)
            files = form.keep(conversation, actor=guest)
            text = form.cleaned_data["text"]
            post_message(conversation, actor=guest, client_id=form.once, text=text, attachments=files)
        except ActionError as error:
            form.add_error("text", error.message)
            status = getattr(error, "status", 409)
        else:
            return redirect(f"{reverse('chat:visitor')}#chat-compose")
    conversation.refresh_from_db()
    return _again(request, conversation, status, message_form=form)


@public
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    conversation = held_or_404(request)
    with suppress(ActionError):  # it has ended already: the same page
        close_conversation(conversation, actor=tokens.visitor(conversation))
    return redirect("chat:visitor")


@public
@require_POST
def rate(request: HttpRequest) -> HttpResponse:
    """The visitor's rating of the ended conversation."""
    conversation = held_or_404(request)
    form = RateForm(request.POST)
    status = 400
    if form.is_valid():
        score, text = form.cleaned_data["score"], form.cleaned_data["text"]
        try:
            rate_conversation(conversation, actor=tokens.visitor(conversation), score=score, text=text)
        except ActionError as error:
            form.add_error(None, error.message)
            status = getattr(error, "status", 409)
        else:
            return redirect("chat:visitor")
    conversation.refresh_from_db()
    return _again(request, conversation, status, rate_form=form)


@public
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget the conversation in this browser; what was not sent any more begins the next one."""
    if unsent := request.POST.get("text", ""):
        form = StartForm(initial={"question": unsent, "topic": Topic.OTHER}, asked=pre_chat())
        response = _again(request, None, 200, start_form=form)
    else:
        response = redirect("chat:visitor")
    response.delete_cookie(tokens.COOKIE, samesite="Lax")
    return response


# --- With the token in the form body -----------------------------------------------------------
# Exempt from CSRF: a frame on another site has no CSRF cookie. The token in the body is the proof, and a
# forged request that leans on the Lax cookie carries none and would only show visitors their own pages.
def _our_origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


@csrf_exempt
@public
@never_cache
@require_POST
@in_its_language
def my_ticket(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """From the chat to the case that it became, without typing the tracking code."""
    ticket = conversation.ticket
    if ticket is None:
        raise ActionError(_("这次对话还没有建立工单。"))
    request.session.cycle_key()
    add_grant(request, "ticket", ticket.grant_key)
    return redirect("tickets:tracked", ticket.number)


@csrf_exempt
@public
@never_cache
@require_POST
@in_its_language
def resume(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """From a frame that may store nothing to the full page."""
    _from_a_page_of_ours(request)
    return _into_the_room(request.POST.get("token") or request.COOKIES.get(tokens.COOKIE, ""))


def _from_a_page_of_ours(request: HttpRequest) -> None:
    """Another site must not seat somebody in a conversation that it can read."""
    if request.headers.get("Origin") != _our_origin(request):
        raise PermissionDenied


@csrf_exempt
@public
@never_cache
@require_POST
@in_its_language
def go_on(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """Back to a conversation that ended by itself while its visitor was away, with all that was said."""
    _from_a_page_of_ours(request)
    try:
        actions.go_on(conversation, actor=tokens.visitor(conversation))
    except ActionError as error:
        conversation.refresh_from_db()
        return _again(request, conversation, 409, refused=error.message)
    return _into_the_room(request.POST.get("token") or request.COOKIES.get(tokens.COOKIE, ""))


@csrf_exempt
@public
@never_cache
@require_POST
@in_its_language
def leave_message(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """Outside hours: what is left becomes a case; the next page shows its number and its tracking code."""
    form = LeaveMessageForm(request.POST)
    status = 400
    if form.is_valid() and not allow_filing(request):
        form.add_error(None, TOO_MANY_CASES)
        status = 429
    if form.is_valid():
        typed = form.cleaned_data
        text = typed["text"] or text_of_visitor(messages_after(conversation.pk, 0, SHOWN))
        try:
            ticket = actions.leave_message(
                conversation, actor=tokens.visitor(conversation), contact=typed["contact"], text=text
            )
        except ActionError as error:
            form.add_error(None, error.message)
            status = getattr(error, "status", 409)
        else:
            request.session.cycle_key()
            add_grant(request, "ticket", ticket.grant_key)
            request.session[FILED_KEY] = ticket.number
            return hand_over("tickets:received", ticket, ticket.tracking_code)
    conversation.refresh_from_db()
    if request.headers.get("Origin", _our_origin(request)) != _our_origin(request):
        raise PermissionDenied  # the page below goes on with the conversation; see resume
    shown = shown_secret(request, conversation)
    return _again(request, conversation, status, leave_form=form, leaves=True, shown=shown)


@public
@require_safe
def answers(request: HttpRequest) -> HttpResponse:
    """Articles that may answer the question before anybody waits for a person."""
    question = request.GET.get("q", "").strip()[:200]
    found = search_articles(question, limit=3) if question else []
    return render(request, "chat/_answers.html", {"answers": found})
