"""The HTTP side of the chat (docs/chat-protocol.md): the same rules and fields as the sockets."""

import uuid
from typing import Annotated, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from ninja.utils import check_csrf

from chat import events, queries, tokens
from chat.actions import (
    close_conversation,
    edit_message,
    keep_file,
    mark_read,
    post_message,
    rate_conversation,
    start_conversation,
    visitor_here,
    wants_sign,
)
from chat.actions.base import speaker
from chat.actions.files import described as file_fields
from chat.frames import (
    EDIT,
    MAX_FILES,
    MAX_SEQ,
    RATE,
    READ,
    SEND,
    START,
    Frame,
    Spec,
    as_uuid,
    fields_of,
)
from chat.models import Conversation, Message
from chat.throttle import allow_start
from faq.visits import contact_made, searched_before
from helpdesk.core import clock
from helpdesk.core.actors import Actor, actor_of, signed_in
from helpdesk.core.errors import ActionForbidden
from helpdesk.core.models import Topic
from helpdesk.core.strict_json import InputError, decode, read_object
from helpdesk.core.uploads import as_download, check_upload

router = Router()
# What helpdesk.core.uploads refuses, as this protocol says it.
REFUSED_FILES = {
    "empty": ("file_empty", 400),
    "too_large": ("file_too_large", 413),
    "type": ("file_type", 400),
}


class Started(Schema):
    id: uuid.UUID
    token: str


def described(**properties: dict[str, Any]) -> dict[str, Any]:
    """A request body for openapi.json; the bodies are read by the reader of the frames."""
    required = [name for name, about in properties.items() if not about.pop("optional", False)]
    schema = {"type": "object", "properties": properties, "required": required}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


TEXT = {"type": "string", "minLength": 1, "maxLength": 5000}
SEQ = {"type": "integer", "minimum": 0, "maximum": MAX_SEQ}


def body(request: HttpRequest, spec: Spec) -> Frame:
    return fields_of(read_object(decode(request.body or b"{}")), spec)


def reach(request: HttpRequest, pk: str, *, record: bool = False) -> tuple[Conversation, Actor]:
    """The conversation and who asks. Absent and foreign are one 404; 401 only without credentials.

    ``record``: also for staff who have it not at the desk, but may read its record.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    found: Conversation | None = None
    actor: Actor = actor_of(request)
    if scheme.lower() == "bearer":
        found = queries.conversation_opened_by(as_uuid(pk), token.strip())
        actor = tokens.visitor(found) if found else actor
    else:
        if scheme.lower() not in ("", "cookie"):
            raise InputError("no_credentials", "Bearer, Cookie, or a session", status=401)
        _check_csrf(request)
        if not scheme and (user := signed_in(request)):
            found = (queries.record_for if record else queries.visible_to)(user, as_uuid(pk))
        if found is None and (found := _by_cookie(request, pk)):
            actor = tokens.visitor(found)
    if found is None:
        raise Http404
    return found, actor


def _by_cookie(request: HttpRequest, pk: str) -> Conversation | None:
    token = request.COOKIES.get(tokens.COOKIE, "")
    if not token and not signed_in(request):
        raise InputError("no_credentials", "a token or a session is needed", status=401)
    return queries.conversation_opened_by(as_uuid(pk), token)


def _check_csrf(request: HttpRequest) -> None:
    if request.method not in ("GET", "HEAD") and check_csrf(request):
        raise ActionForbidden("csrf")


def current(conversation: Conversation) -> Conversation:
    return Conversation.objects.select_related("assignee", "ticket").get(pk=conversation.pk)


def state_of(conversation: Conversation) -> Frame:
    fresh = current(conversation)
    return events.state_fields(fresh, queries.queue_position(fresh))


@router.post(
    "",
    url_name="conversations",
    response={201: Started},
    openapi_extra=described(
        language={"type": "string", "enum": [code for code, _ in settings.LANGUAGES], "optional": True},
        topic={"type": "string", "enum": list(Topic.values), "optional": True},
        name={"type": "string", "maxLength": 60, "optional": True},
        bot={"type": "boolean", "optional": True},
        consent={"type": "boolean", "optional": True},
    ),
)
def start(request: HttpRequest) -> Status[Started]:
    """Start a conversation; the token is shown this once."""
    if not allow_start(request):
        raise InputError("too_fast", "too many conversations from here; try again in a minute", status=429)
    # Somebody signed in is the customer only if the request is theirs: a foreign page cannot send the token.
    actor = actor_of(request) if signed_in(request) and not check_csrf(request) else tokens.stranger()
    searched = searched_before(request)
    conversation = start_conversation(actor=actor, searched=searched, **body(request, START))
    contact_made(request)
    return Status(201, Started(id=conversation.pk, token=conversation.token))


@router.get("/{pk}/messages", url_name="conversation-messages", response=dict[str, Any])
def read_messages(
    request: HttpRequest,
    pk: str,
    after: Annotated[int, Query(ge=0, le=MAX_SEQ)] = 0,
    limit: Annotated[int, Query(ge=1, le=queries.PAGE)] = queries.PAGE,
) -> Frame:
    """Messages after a number, in order, and the conversation's state."""
    conversation, actor = reach(request, pk)
    if speaker(actor).kind == Message.Author.VISITOR:
        events.visitor_shown(conversation)
        if wants_sign(conversation, clock.now()):
            visitor_here(conversation.pk)
    found = queries.messages_after(conversation.pk, after, limit + 1)
    fresh = current(conversation)
    return {
        **events.welcome_fields(fresh, speaker(actor).kind, queries.queue_position(fresh)),
        "messages": [events.message_frame(message) for message in found[:limit]],
        "more": len(found) > limit,
    }


@router.post(
    "/{pk}/messages",
    url_name="conversation-messages",
    response={200: dict[str, Any], 201: dict[str, Any]},
    openapi_extra=described(
        client_id={"type": "string", "format": "uuid"},
        text=TEXT,
        attachments={
            "type": "array",
            "maxItems": MAX_FILES,
            "items": {"type": "string", "format": "uuid"},
            "optional": True,
        },
    ),
)
def post(request: HttpRequest, pk: str) -> Status[Frame]:
    """Post a message; repeated with the same ``client_id`` it answers the stored one with 200."""
    conversation, actor = reach(request, pk)
    sent = body(request, SEND)
    message, created = post_message(conversation, actor=actor, **sent)
    return Status(201 if created else 200, events.message_frame(message))


@router.post(
    "/{pk}/edit",
    url_name="conversation-edit",
    response=dict[str, Any],
    openapi_extra=described(seq=SEQ, text=TEXT),
)
def edit(request: HttpRequest, pk: str) -> Frame:
    """Correct an own message within a minute; the event that says so."""
    conversation, actor = reach(request, pk)
    return events.message_frame(edit_message(conversation, actor=actor, **body(request, EDIT)))


UPLOAD = {
    "type": "object",
    "properties": {"file": {"type": "string", "format": "binary"}},
    "required": ["file"],
}


@router.post(
    "/{pk}/files",
    url_name="conversation-files",
    response={201: dict[str, Any]},
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": UPLOAD}}}},
)
def upload(request: HttpRequest, pk: str) -> Status[Frame]:
    """Keep one file (field ``file``), to be sent with a message by its ``id``."""
    conversation, actor = reach(request, pk)
    given = request.FILES.get("file")
    if given is None:
        raise InputError("missing_field", "file is missing", field="file")
    try:
        checked = check_upload(given)
    except ValidationError as refused:
        code, status = REFUSED_FILES[str(refused.code)]
        raise InputError(code, refused.messages[0], field="file", status=status) from refused
    return Status(201, file_fields(keep_file(conversation, actor=actor, file=checked)))


@router.get("/{pk}/files/{file}", url_name="conversation-file", response=None)
def download(request: HttpRequest, pk: str, file: str) -> HttpResponse:
    """One file that was sent; before that only its own side has it."""
    conversation, actor = reach(request, pk, record=True)
    kept = conversation.attachments.filter(pk=as_uuid(file)).first()
    if kept is None or (kept.seq is None and kept.author_key != speaker(actor).key):
        raise Http404
    with kept.file.open("rb") as stored:
        return as_download(stored.read(), kept.name, kept.content_type)


@router.post(
    "/{pk}/read",
    url_name="conversation-read",
    response=dict[str, Any],
    openapi_extra=described(seq=SEQ),
)
def read(request: HttpRequest, pk: str) -> Frame:
    """Everything up to a number has been seen."""
    conversation, actor = reach(request, pk)
    return {"seq": mark_read(conversation, actor=actor, **body(request, READ))}


@router.post(
    "/{pk}/rate",
    url_name="conversation-rate",
    response=dict[str, Any],
    openapi_extra=described(
        score={"type": "integer", "minimum": 1, "maximum": 5}, text={**TEXT, "optional": True}
    ),
)
def rate(request: HttpRequest, pk: str) -> Frame:
    """Judge the conversation, once."""
    conversation, actor = reach(request, pk)
    rate_conversation(conversation, actor=actor, **body(request, RATE))
    return state_of(conversation)


@router.post("/{pk}/close", url_name="conversation-close", response=dict[str, Any])
def close(request: HttpRequest, pk: str) -> Frame:
    """End the conversation."""
    conversation, actor = reach(request, pk)
    close_conversation(conversation, actor=actor)
    return state_of(conversation)
