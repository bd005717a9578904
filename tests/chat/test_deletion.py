"""Deleted because its visitor asked for it: by a supervisor, with a reason, and nothing of it is left."""

import uuid
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from chat.actions import (
    add_note,
    ask_deletion,
    close_conversation,
    convert_conversation,
    delete_on_request,
    index_conversations,
    keep_file,
    post_message,
)
from chat.models import Attachment, Conversation, Message, Note
from chat.search import Indexed, SearchRow
from chat.tokens import visitor
from helpdesk.core.audit import verify
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry, SealedValues
from helpdesk.core.uploads import check_upload
from tests.chat.test_actions import CASE
from tickets.models import Ticket

PRIVATE = "很私密的话，手机 13800138021"


def chain(conversation) -> str:
    return f"chat.conversation:{conversation.pk}"


@pytest.fixture
def asked(active, cast) -> Conversation:
    """Ended, with all that a conversation may hold, and a request to delete it."""
    kept = keep_file(active, actor=visitor(active), file=check_upload(SimpleUploadedFile("a.txt", b"a")))
    once = uuid.uuid4()
    post_message(active, actor=visitor(active), client_id=once, text=PRIVATE, attachments=[kept.pk])
    add_note(active, actor=cast.agent, text="他很着急")
    close_conversation(active, actor=visitor(active))
    ask_deletion(active, actor=visitor(active), contact="13800138021")
    index_conversations()
    return Conversation.objects.get()


def test_everything_goes_and_the_trail_holds(asked, cast, django_capture_on_commit_callbacks):
    path = Path(Attachment.objects.get().file.path)
    assert Message.objects.exclude(sealed="").exists()
    assert SealedValues.objects.filter(entry__chain=chain(asked)).count() > 1
    with django_capture_on_commit_callbacks(execute=True):
        request = delete_on_request(asked, actor=cast.supervisor, reason="已核实本人")
    for model in (Conversation, Message, Note, Attachment, Indexed, SearchRow):
        assert not model.objects.exists(), model
    assert not path.exists()
    trail = AuditEntry.objects.filter(chain=chain(asked))
    assert [row.verb for row in trail.order_by("n")][-1] == "conversation.deleted_on_request"
    (left,) = SealedValues.objects.filter(entry__chain=chain(asked))
    assert "已核实本人" in left.texts
    assert list(verify.faults(chain(asked))) == []
    told = Ticket.objects.get(pk=request.pk).entries.get(verb="ticket.noted").text
    assert ("已核实本人" in told, str(asked.pk) in told, PRIVATE in told) == (True, True, False)


def test_it_is_refused_without_a_request_while_it_goes_on_and_while_a_case_needs_it(active, cast):
    def refused() -> str:
        with pytest.raises(ActionError) as error:
            delete_on_request(active, actor=cast.supervisor, reason="想删")
        assert Conversation.objects.filter(pk=active.pk).exists()
        return error.value.message

    assert "没有申请" in refused()
    ask_deletion(active, actor=visitor(active), contact="13800138021")
    assert "还没有结束" in refused()
    ticket = convert_conversation(active, actor=cast.agent, **CASE)
    close_conversation(active, actor=cast.agent)
    assert f"工单 {ticket.number} 以这次对话为依据" in refused()


def test_nobody_else_does_it(asked, cast):
    for actor in (cast.agent, cast.analyst, cast.administrator, visitor(asked)):
        with pytest.raises(ActionForbidden):
            delete_on_request(asked, actor=actor, reason="想删")  # type: ignore[arg-type]
    with pytest.raises(ActionError):
        delete_on_request(asked, actor=cast.supervisor, reason="  ")


def test_from_the_request_or_the_record_to_the_page_that_asks_once_more(asked, client_of):
    boss = client_of("supervisor")
    record, page = (reverse(f"chat:{name}", args=[asked.pk]) for name in ("record", "delete"))
    case = reverse("tickets:ticket", args=[Ticket.objects.get().number])
    assert f'href="{record}"' in boss.get(case).content.decode()
    shown = boss.get(record).content.decode()
    assert (f'href="{page}"' in shown, f'href="{case}"' in shown) == (True, True)
    assert page not in client_of("analyst").get(record).content.decode()
    assert "不能恢复" in boss.get(page).content.decode()
    assert boss.post(page, {}).status_code == 400
    done = boss.post(page, {"reason": "已核实本人"})
    assert (done.status_code, done.url) == (302, case)
    assert "已按申请删除在线对话" in boss.get(case).content.decode()
    assert boss.get(page).status_code == boss.get(record).status_code == 404


def test_the_page_says_why_not(active, cast, client_of):
    ask_deletion(active, actor=visitor(active), contact="13800138021")
    page = client_of("supervisor").get(reverse("chat:delete", args=[active.pk])).content.decode()
    assert ("对话还没有结束" in page, '<form class="form"' in page) == (True, False)
