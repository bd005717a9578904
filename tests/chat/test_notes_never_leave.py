"""One sentinel text in internal notes: no path that a visitor's token opens ever carries it."""

import asyncio
import json
import logging
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver, reverse

from chat.actions import (
    accept_conversation,
    add_note,
    convert_conversation,
    transfer_conversation,
    whisper,
)
from chat.models import Message, Note
from chat.queries import notes_of, transcript_of
from helpdesk.core import events as core_events
from helpdesk.core.errors import ActionForbidden
from tests.chat.script import at_desk, begin, desk_door, do, visitor_door
from tests.chat.test_actions import CASE
from tests.core.test_url_roles import names

SENTINEL = "内部哨兵-SENTINEL-7f3a"
# Every API address; a new one must be added below before this passes.
OPERATIONS = {
    "api-1:openapi-json",
    "api-1:api-root",
    "api-1:conversations",
    "api-1:conversation-messages",
    "api-1:conversation-read",
    "api-1:conversation-rate",
    "api-1:conversation-close",
    "api-1:conversation-edit",
    "api-1:conversation-files",
    "api-1:conversation-file",
}


def every_http_answer(conversation) -> str:
    client = Client()
    headers = {"Authorization": f"Bearer {conversation.token}"}
    base = f"/api/v1/conversations/{conversation.pk}"
    send = {"client_id": "2f1e6c1a-0000-4000-8000-000000000001", "text": "您好"}
    bodies = {"messages": send, "read": {"seq": 1}, "rate": {"score": 5}}
    answers = [client.get("/api/v1/openapi.json"), client.get(f"{base}/messages", headers=headers)]
    kept = client.post(f"{base}/files", {"file": SimpleUploadedFile("a.txt", b"a")}, headers=headers)
    answers += [kept, client.get(f"{base}/files/{kept.json()['id']}", headers=headers)]
    answers += [client.get(f"{base}/files/{uuid.uuid4()}", headers=headers)]
    answers += [client.post(f"{base}/files", headers=headers)]
    said = client.post(f"{base}/messages", send, "application/json", headers=headers)
    edit = {"seq": said.json()["seq"], "text": "您好吗"}
    answers += [said, client.post(f"{base}/edit", edit, "application/json", headers=headers)]
    bodies["close"] = {}
    for _ in range(2):  # done, and refused
        for path, data in bodies.items():
            answers.append(client.post(f"{base}/{path}", data, "application/json", headers=headers))
    form = {"id": str(conversation.pk), "token": conversation.token}
    answers.append(client.post(reverse("chat:mail_transcript"), form | {"email": "a@example.com"}))
    answers.append(client.post(reverse("chat:ask_deletion"), form))
    for kind in ("", "txt"):  # the PDF is made of the same lines: chat/transcripts.py
        answers.append(client.post(reverse("chat:transcript"), form | {"format": kind}))
    assert {a.status_code for a in answers} == {200, 201, 400, 404, 409}
    return "\n".join(f"{a.headers}{a.content.decode()}" for a in answers)


@pytest.mark.django_db(transaction=True)
async def test_no_frame_answer_or_transcript_carries_a_note(cast, caplog):
    conversation = await begin(name="王小明")
    groups: list[tuple[str, str]] = []
    real = core_events.hub.fan_out

    def overhear(group, event):
        groups.append((group, json.dumps(event, ensure_ascii=False)))
        real(group, event)

    core_events.hub.fan_out = overhear  # type: ignore[method-assign]
    try:
        with caplog.at_level(logging.DEBUG):
            async with visitor_door(conversation) as visitor, desk_door(cast.agent) as desk:
                await do(accept_conversation, conversation, actor=cast.agent)
                await do(add_note, conversation, actor=cast.agent, text=SENTINEL)
                assert (await desk.until("note"))["text"] == SENTINEL  # it is really published
                await do(at_desk, cast.supervisor)
                given = {"actor": cast.agent, "to": cast.supervisor, "note": SENTINEL}
                await do(transfer_conversation, conversation, **given)
                ticket = await do(convert_conversation, conversation, actor=cast.supervisor, **CASE)
                answers = await sync_to_async(every_http_answer)(conversation)
                await asyncio.sleep(0.2)
                frames = []
                while not visitor.socket.output_queue.empty():
                    frames.append(str(await visitor.next(skip=set())))
            async with visitor_door(conversation, after=0) as again:
                await again.texts(await Message.objects.acount())
                frames += [str(again.welcome)]
    finally:
        core_events.hub.fan_out = real  # type: ignore[method-assign]
    assert await Note.objects.filter(text=SENTINEL).acount() == 2
    assert len(frames) > 5
    everything = answers + "".join(frames) + await do(transcript_of, conversation)
    everything += await do(lambda: str([list(ticket.entries.values()), list(Message.objects.values())]))
    assert SENTINEL not in everything
    assert SENTINEL not in caplog.text
    assert {group for group, text in groups if SENTINEL in text} == {f"note.{conversation.pk}"}


def test_every_api_address_is_covered_here():
    assert {name for name in names(get_resolver().url_patterns) if name.startswith("api-")} == OPERATIONS


@pytest.mark.django_db(transaction=True)
async def test_no_visitor_socket_joins_a_staff_group():
    conversation = await begin()
    async with visitor_door(conversation):
        joined = {group for group, members in core_events.hub._groups.items() if members}
    assert joined == {f"chat.{conversation.pk}", "chat.queue"}


def test_a_whisper_is_read_by_its_two_people_only(active, cast, client_of):
    whisper(active, actor=cast.supervisor, text="WHISPER")
    assert [note.text for note in notes_of(active, cast.agent)] == ["WHISPER"]
    assert [note.text for note in notes_of(active, cast.supervisor)] == ["WHISPER"]
    assert notes_of(active, cast.other_agent) == []
    with pytest.raises(ActionForbidden):
        whisper(active, actor=cast.other_agent, text="no")
    at_desk(cast.other_agent)
    transfer_conversation(active, actor=cast.agent, to=cast.other_agent)
    page = client_of("other_agent").get(reverse("chat:conversation", args=[active.pk]))
    assert b"WHISPER" not in page.content
