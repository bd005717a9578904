"""Files in a conversation: kept first, sent with a message, seen by both sides, evidence of the case."""

import uuid
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from chat.actions import (
    answer_pending,
    close_conversation,
    convert_conversation,
    edit_message,
    keep_file,
    leave_message,
    mark_spam,
    post_message,
    start_conversation,
    unmark_spam,
)
from chat.actions.files import MOST_FILES, MOST_UNSENT
from chat.errors import ChatError
from chat.models import Attachment, Conversation, Message, Note
from chat.states import State
from chat.tokens import visitor
from helpdesk.core import clock
from helpdesk.core.actors import Guest
from helpdesk.core.models import AuditEntry
from helpdesk.core.uploads import check_upload
from tests.chat.script import begin, do, visitor_door
from tests.chat.test_actions import CASE
from tickets.actions.involve import may_be_meant
from tickets.models import Ticket
from tickets.queries import was_heard_on
from tickets.redflags import find


def picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 4), "red").save(out, "PNG")
    return out.getvalue()


def checked(name: str = "账单.png", data: bytes | None = None):
    return check_upload(SimpleUploadedFile(name, picture() if data is None else data))


def headers(conversation):
    return {"Authorization": f"Bearer {conversation.token}"}


def upload(conversation, name: str, data: bytes):
    address = f"/api/v1/conversations/{conversation.pk}/files"
    return Client().post(address, {"file": SimpleUploadedFile(name, data)}, headers=headers(conversation))


def send(conversation, actor, files, text=""):
    return post_message(conversation, actor=actor, client_id=uuid.uuid4(), text=text, attachments=files)[0]


def test_a_visitor_sends_a_picture_and_the_agent_opens_it(active, client_of):
    kept = upload(active, "账单.png", picture())
    assert kept.status_code == 201
    facts = kept.json()
    assert {k: facts[k] for k in ("name", "content_type")} == {
        "name": "账单.png",
        "content_type": "image/png",
    }
    body = {"client_id": str(uuid.uuid4()), "text": "", "attachments": [facts["id"]]}
    address = f"/api/v1/conversations/{active.pk}/messages"
    sent = Client().post(address, body, "application/json", headers=headers(active))
    assert (sent.status_code, sent.json()["text"], sent.json()["attachments"]) == (201, "", [facts])
    assert "data" not in sent.json()
    again = Client().post(address, body, "application/json", headers=headers(active))
    assert (again.status_code, again.json()) == (200, sent.json())
    file = client_of("agent").get(f"/api/v1/conversations/{active.pk}/files/{facts['id']}")
    assert (file.status_code, file["Content-Type"]) == (200, "image/png")
    assert file["Content-Disposition"].startswith("attachment")
    assert file["Content-Security-Policy"] == "sandbox; default-src 'none'"
    page = client_of("agent").get(reverse("chat:conversation", args=[active.pk])).content.decode()
    assert f"/files/{facts['id']}" in page


@pytest.mark.parametrize(
    ("name", "data", "status", "code"),
    [
        ("a.png", b"", 400, "file_empty"),
        ("a.png", b"not a picture", 400, "file_type"),
        ("a.exe", b"MZ", 400, "file_type"),
    ],
)
def test_what_cannot_be_kept_says_why(active, name, data, status, code):
    answer = upload(active, name, data)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"]["field"] == "file"
    assert Attachment.objects.count() == 0


def test_one_byte_too_many(active, settings):
    settings.UPLOAD_MAX_BYTES = 10
    answer = upload(active, "a.txt", b"a" * 11)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")


def test_nobody_sends_what_is_not_theirs(active, waiting, cast):
    theirs = keep_file(active, actor=visitor(active), file=checked())
    with pytest.raises(ChatError) as refused:
        send(active, cast.agent, [theirs.pk])
    assert refused.value.code == "no_such_file"
    sent = send(active, visitor(active), [theirs.pk])
    assert sent.data["attachments"][0]["id"] == str(theirs.pk)
    with pytest.raises(ChatError):  # once
        send(active, visitor(active), [theirs.pk])


def test_before_it_is_sent_only_its_own_side_has_it(active, client_of):
    kept = keep_file(active, actor=visitor(active), file=checked())
    address = f"/api/v1/conversations/{active.pk}/files/{kept.pk}"
    assert client_of("agent").get(address).status_code == 404
    assert Client().get(address, headers=headers(active)).status_code == 200
    send(active, visitor(active), [kept.pk])
    assert client_of("agent").get(address).status_code == 200
    assert client_of("other_agent").get(address).status_code == 404


def test_unsent_files_do_not_pile_up(active):
    for n in range(MOST_UNSENT):
        keep_file(active, actor=visitor(active), file=checked(f"{n}.txt", b"a"))
    with pytest.raises(ChatError) as refused:
        keep_file(active, actor=visitor(active), file=checked())
    assert refused.value.status == 429


def test_a_case_gets_the_files_as_evidence_each_once(active, cast):
    for name in ("a.png", "b.png"):  # the same picture
        send(active, visitor(active), [keep_file(active, actor=visitor(active), file=checked(name)).pk])
    send(active, cast.agent, [keep_file(active, actor=cast.agent, file=checked("c.txt", b"c")).pk])
    keep_file(active, actor=cast.agent, file=checked("unsent.txt", b"d"))
    ticket = convert_conversation(active, actor=cast.agent, **CASE)
    assert [file.name for file in ticket.evidence.all()] == ["a.png", "c.txt"]
    assert all(Path(file.file.path).exists() for file in ticket.evidence.all())


def test_what_comes_after_the_case_goes_into_it_when_the_chat_ends(active, cast):
    guest, text = visitor(active), "扣了三次"
    said = send(active, guest, [], text=text)
    send(active, guest, [keep_file(active, actor=guest, file=checked()).pk])
    ticket = convert_conversation(active, actor=cast.agent, **CASE)
    edit_message(active, actor=guest, seq=said.seq, text="扣了两次")
    send(active, cast.agent, [], text="还有别的吗")
    again = [checked(), checked("流水.txt", b"a")]  # the first is in the case already
    kept = [keep_file(active, actor=guest, file=one).pk for one in again]
    send(active, guest, kept, text="丁坐席骗我，我要去银保监会投诉，电话 13800138021")
    assert ticket.entries.filter(verb="ticket.transcript").count() == 1
    close_conversation(active, actor=guest)
    first, added = ticket.entries.filter(verb="ticket.transcript").order_by("pk")
    assert [line.split("] ", 1)[-1] for line in added.text.split("\n")] == [
        "访客：（已修改）扣了两次",
        "客服 丙坐席：还有别的吗",
        "访客：丁坐席骗我，我要去银保监会投诉，电话 138******21",
        "［文件］账单.png",
        "［文件］流水.txt",
    ]
    assert text in first.text
    assert [file.name for file in ticket.evidence.order_by("pk")] == ["账单.png", "流水.txt"]
    assert all(file.public for file in ticket.evidence.all())
    assert AuditEntry.objects.filter(verb="ticket.transcript", target_id=ticket.pk).count() == 1
    assert [one.user for one in ticket.involved.all()] == [cast.other_agent]
    assert [flag.code for flag in ticket.red_flags.all()] == [flag.code for flag in find("银保监会")]
    assert ticket.alerts.filter(kind="message", user=cast.supervisor).exists()


def test_a_file_that_cannot_be_read_keeps_nobody_from_ending_the_chat(active, cast):
    ticket = convert_conversation(active, actor=cast.agent, **CASE)
    files = [checked("没了.txt", b"a"), checked("流水.txt", b"b")]
    kept = [keep_file(active, actor=visitor(active), file=one) for one in files]
    send(active, visitor(active), [one.pk for one in kept], text="都在这里")
    Path(kept[0].file.path).unlink()
    close_conversation(active, actor=visitor(active))
    assert Conversation.objects.get(pk=active.pk).state == State.CLOSED
    assert [file.name for file in ticket.evidence.all()] == ["流水.txt"]


@pytest.mark.parametrize(
    ("role", "text", "name"),
    [
        ("visitor", "找到录音了", ""),
        ("visitor", "", "录音.txt"),
        ("agent", "再见", ""),
        ("agent", "", "函.txt"),
    ],
)
def test_only_what_the_visitor_says_or_sends_counts_as_theirs(active, cast, role, text, name):
    ticket = convert_conversation(active, actor=cast.agent, **CASE)
    assert not was_heard_on(ticket, clock.today())
    actor = visitor(active) if role == "visitor" else cast.agent
    files = [keep_file(active, actor=actor, file=checked(name, b"a")).pk] if name else []
    send(active, actor, files, text=text)
    close_conversation(active, actor=cast.agent)
    is_told = ticket.alerts.filter(kind="message").exists()
    assert (was_heard_on(ticket, clock.today()), is_told) == (role == "visitor", role == "visitor")


def test_an_agent_of_the_chat_who_is_named_later_in_it_is_asked_about(active, cast):
    ticket = convert_conversation(active, actor=cast.agent, **CASE)
    Conversation.objects.update(assignee=cast.other_agent)
    active.refresh_from_db()
    send(active, cast.other_agent, [], text="您好")
    send(active, visitor(active), [], text="谢谢丁坐席，您真好")
    Conversation.objects.update(assignee=cast.agent)
    active.refresh_from_db()
    close_conversation(active, actor=cast.agent)
    assert not ticket.involved.exists()
    assert [alert.detail for alert in ticket.alerts.filter(kind="conflict")] == ["丁坐席"]
    assert not may_be_meant(ticket, cast.other_agent)


def test_each_end_adds_only_what_is_new(active, cast):
    ticket = convert_conversation(active, actor=cast.agent, **CASE)
    texts = ticket.entries.filter(verb="ticket.transcript").order_by("pk")
    for said in ("一", ""):  # the second time nobody says anything
        if said:
            send(active, visitor(active), [], text=said)
        mark_spam(active, actor=cast.agent)
        unmark_spam(active, actor=cast.agent)
    send(active, visitor(active), [], text="二")
    close_conversation(active, actor=cast.agent)
    assert [[one in entry.text for one in "一二"] for entry in texts[1:]] == [[True, False], [False, True]]


def test_whoever_may_read_the_case_may_read_the_chat_and_its_files(active, cast, client_of):
    kept = keep_file(active, actor=visitor(active), file=checked())
    send(active, visitor(active), [kept.pk])
    record = reverse("chat:record", args=[active.pk])
    pages = [record, f"/api/v1/conversations/{active.pk}/files/{kept.pk}"]
    colleague = client_of("other_agent")
    assert [colleague.get(page).status_code for page in pages] == [404, 404]
    ticket = convert_conversation(active, actor=cast.agent, **CASE)
    assert record in colleague.get(ticket.get_absolute_url()).content.decode()
    for role in ("other_agent", "administrator"):
        assert [client_of(role).get(page).status_code for page in pages] == [200, 200]
    assert colleague.get(reverse("chat:conversation", args=[active.pk])).status_code == 404
    Ticket.objects.update(narrative="丁坐席骗我")
    assert [colleague.get(page).status_code for page in pages] == [404, 404]


@pytest.mark.parametrize("by", ["visitor", "agent"])
def test_more_files_than_one_message_takes_are_refused_with_the_text_kept(active, client_of, by):
    files = [SimpleUploadedFile(f"{n}.txt", b"a") for n in range(MOST_FILES + 1)]
    address = reverse("chat:send_as_agent", args=[active.pk]) if by == "agent" else reverse("chat:send")
    shown = {} if by == "agent" else {"id": active.pk, "token": active.token}
    page = client_of(by if by == "agent" else "anonymous").post(
        address, {"text": "看这些", "file": files, **shown}
    )
    assert page.status_code == 400
    assert [said in page.content.decode() for said in ("一次最多 5 个文件", "看这些")] == [True, True]
    assert not Attachment.objects.exists()


def test_without_scripts_a_file_goes_with_the_form(active, client_of):
    data = {"text": "", "file": SimpleUploadedFile("合同.txt", "合同".encode())}
    answer = client_of("agent").post(reverse("chat:send_as_agent", args=[active.pk]), data)
    assert answer.status_code == 302
    assert Message.objects.latest("seq").data["attachments"][0]["name"] == "合同.txt"
    bad = {"text": "看这个", "file": SimpleUploadedFile("a.exe", b"MZ")}
    page = client_of("agent").post(reverse("chat:send_as_agent", args=[active.pk]), bad)
    assert page.status_code == 400
    assert "看这个" in page.content.decode()
    assert "类型不支持" in page.content.decode()


def test_a_supervisor_whom_the_case_is_about_does_not_read_the_chat_that_they_do_not_hold(
    active, cast, client_of
):
    kept = keep_file(active, actor=visitor(active), file=checked())
    send(active, visitor(active), [kept.pk])
    convert_conversation(active, actor=cast.agent, **CASE)
    pages = [reverse(f"chat:{name}", args=[active.pk]) for name in ("record", "conversation", "beside")]
    pages.append(f"/api/v1/conversations/{active.pk}/files/{kept.pk}")
    boss = client_of("supervisor")
    assert [boss.get(page).status_code for page in pages] == [200] * 4
    Ticket.objects.update(narrative=f"{cast.supervisor.name}、{cast.agent.name}骗我")
    assert [boss.get(page).status_code for page in pages] == [404] * 4
    export = reverse("chat:export_record", args=[active.pk])
    assert boss.post(export, {"format": "txt", "reason": "核对"}).status_code == 404
    assert [client_of("agent").get(page).status_code for page in pages] == [200] * 4


@pytest.mark.django_db(transaction=True)
async def test_attachments_travel_in_frames():
    conversation = await begin()
    kept = await do(keep_file, conversation, actor=visitor(conversation), file=checked())
    async with visitor_door(conversation) as door:
        client_id = await door.send("", attachments=[str(kept.pk)])
        assert (await door.until("ack"))["client_id"] == client_id
        async with visitor_door(conversation) as again:
            frame = await again.until("message")
    assert frame["attachments"] == [
        {"id": str(kept.pk), "name": "账单.png", "content_type": "image/png", "size": kept.size}
    ]


def test_what_was_sent_before_a_message_is_left_is_in_the_case(waiting):
    kept = keep_file(waiting, actor=visitor(waiting), file=checked("合同.png"))
    send(waiting, visitor(waiting), [kept.pk], text="见图")
    silent = keep_file(waiting, actor=visitor(waiting), file=checked("说明.txt", b"a"))
    send(waiting, visitor(waiting), [silent.pk])
    Conversation.objects.update(searched=["提前还款"])
    ticket = leave_message(waiting, actor=visitor(waiting), contact="13800138021", text="请回电")
    assert sorted(one.name for one in ticket.evidence.all()) == ["合同.png", "说明.txt"]
    transcript = ticket.entries.get(verb="ticket.transcript").text
    assert "访客：见图\n［文件］合同.png" in transcript
    assert "访客：［文件］说明.txt" in transcript
    assert ticket.entries.get(verb="ticket.searched").text == "提前还款"


@pytest.mark.django_db
def test_the_story_for_whoever_takes_over_names_them():
    chat = start_conversation(actor=Guest(), bot=True)
    kept = keep_file(chat, actor=visitor(chat), file=checked("合同.png"))
    send(chat, visitor(chat), [kept.pk], text="转人工")
    answer_pending(chat.pk)
    assert "访客：转人工\n［文件］合同.png" in Note.objects.get().text
