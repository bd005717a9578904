"""Finding conversations, who may, taking them out, and how long they stay."""

import csv
import datetime as dt
import io
import json
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from chat.actions import (
    accept_conversation,
    add_note,
    close_conversation,
    convert_conversation,
    edit_message,
    index_conversations,
    keep_file,
    mark_spam,
    post_message,
    start_conversation,
    unmark_spam,
)
from chat.actions.retention import delete_old, due_counts
from chat.history import Wanted, found
from chat.models import Conversation, Export, Message
from chat.search import Indexed, SearchRow
from chat.tokens import visitor
from helpdesk.core import clock
from helpdesk.core.actors import Guest
from helpdesk.core.models import AuditEntry, Presence
from helpdesk.core.staffing.actions import set_presence
from helpdesk.core.uploads import check_upload
from tests.chat.test_actions import CASE


def say(conversation, text, actor=None):
    actor = actor or visitor(conversation)
    return post_message(conversation, actor=actor, client_id=uuid.uuid4(), text=text)[0]


def talked(agent, *texts, name="王小明", **fields):
    conversation = start_conversation(actor=Guest(), name=name, **fields)
    for text in texts:
        say(conversation, text)
    accept_conversation(conversation, actor=agent)
    return Conversation.objects.get(pk=conversation.pk)


def ids(user, **wanted):
    return [row.pk for row in found(user, Wanted(**wanted))]


def test_chinese_words_are_found_after_the_next_run_of_the_job(cast):
    loan = talked(cast.agent, "我想提前还款")
    talked(cast.agent, "忘记密码怎么办")
    assert ids(cast.agent, text="提前还款") == []
    assert index_conversations() == 2
    assert index_conversations() == 0
    assert ids(cast.agent, text="提前还款") == [loan.pk]
    assert ids(cast.agent, text="提前還款") == [loan.pk]
    assert ids(cast.agent, text="王小明 密码") == []
    assert len(ids(cast.agent, text="王小明")) == 2
    say(loan, "违约金是多少", cast.agent)
    assert ids(cast.agent, text="违约金") == []
    assert index_conversations() == 1
    assert ids(cast.agent, text="违约金 提前") == [loan.pk]


def test_what_was_corrected_is_found_by_both_and_notes_by_nothing(cast):
    conversation = talked(cast.agent)
    said = say(conversation, "利率很高", cast.agent)
    edit_message(conversation, actor=cast.agent, seq=said.seq, text="费用很低")
    add_note(conversation, actor=cast.agent, text="疑似中介")
    index_conversations()
    assert ids(cast.agent, text="费用") == ids(cast.agent, text="利率") == [conversation.pk]
    assert ids(cast.supervisor, text="中介") == []


def test_the_case_is_found_by_its_whole_number_and_by_its_last_part(cast):
    conversation = talked(cast.agent, "扣款两次")
    number = convert_conversation(conversation, actor=cast.agent, **CASE).number
    index_conversations()
    last = number.rsplit("-", 1)[1]
    for text in (number, number.lower(), last, last.lstrip("0")):
        assert ids(cast.agent, text=text) == [conversation.pk]
    assert ids(cast.agent, text=number[:-1] + "9") == []


@pytest.mark.parametrize("text", ["13800138021", "+86 138-0013-8021", "甲客户@EXAMPLE.test"])
def test_a_conversation_is_found_by_the_contact_of_its_customer_or_case(cast, text):
    cast.customer.phone, cast.customer.email = "+86 138 0013 8021", "甲客户@example.test"
    cast.customer.save()
    theirs = talked(cast.agent, "还款", customer=cast.customer)
    case = talked(cast.agent, "扣款两次")
    contact = "甲客户@example.test" if "@" in text else CASE["contact"]
    convert_conversation(case, actor=cast.agent, **CASE | {"contact": contact})
    talked(cast.agent, "还款")
    index_conversations()
    assert set(ids(cast.agent, text=text)) == {theirs.pk, case.pk}
    assert ids(cast.other_agent, text=text) == ids(cast.agent, text=text[:-1]) == []


def test_who_may_find_what(cast):
    conversation = talked(cast.agent, "还款")
    index_conversations()
    assert ids(cast.supervisor, text="还款") == ids(cast.analyst, text="还款") == [conversation.pk]
    for stranger in (cast.other_agent, cast.customer, cast.administrator):
        assert ids(stranger, text="还款") == []


def test_each_found_one_says_what_was_found_in_it_or_how_it_began(cast, client_of):
    told = talked(
        cast.agent, "您好", "我上个月在贵司借了一笔钱，十二号被扣款两次，请问为什么会这样，" + "很急" * 20
    )
    other = talked(cast.agent, "怎么提前还款", "手机13800138021")
    index_conversations()
    shown = dict(client_of("agent").get(reverse("chat:history"), {"text": "扣款"}).context["rows"])
    assert shown[told].startswith("…贵司借了一笔钱，十二号被扣款两次")
    assert shown[told].endswith("…")
    shown = dict(client_of("agent").get(reverse("chat:history")).context["rows"])
    assert shown == {told: "您好", other: "怎么提前还款"}


def test_filters(cast):
    one = talked(cast.agent, "a", topic="fees")
    two = talked(cast.supervisor, "b", topic="repayment")
    close_conversation(two, actor=cast.supervisor, wrap_up="fees")
    Conversation.objects.filter(pk=one.pk).update(score=5)
    today = clock.today()
    boss = cast.supervisor
    assert set(ids(boss, topic="fees")) == {one.pk, two.pk}
    assert ids(boss, topic="repayment") == []
    assert ids(boss, score=5) == [one.pk]
    assert ids(boss, agent=cast.supervisor.pk) == [two.pk]
    assert ids(boss, state="closed") == [two.pk]
    assert len(ids(boss, since=today, until=today)) == 2
    assert ids(boss, until=today - dt.timedelta(days=1)) == []
    assert ids(boss, since=today + dt.timedelta(days=1)) == []


def test_spam_is_put_aside_and_comes_back(cast, client_of):
    conversation = talked(cast.agent, "加微信")
    mark_spam(conversation, actor=cast.agent)
    assert ids(cast.agent) == []
    assert ids(cast.agent, state="spam") == [conversation.pk]
    unmark_spam(conversation, actor=cast.agent)
    conversation.refresh_from_db()
    assert (conversation.state, conversation.assignee) == ("active", cast.agent)
    assert [m.text for m in Message.objects.order_by("seq")][-2:] == ["closed", "reopened"]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_costs_the_same_for_any_number(cast, client_of, django_assert_num_queries, rows):
    for _ in range(rows):
        talked(cast.agent, "还款")
    index_conversations()
    client = client_of("agent")
    client.get(reverse("chat:history"))
    with django_assert_num_queries(9):
        page = client.get(reverse("chat:history"), {"text": "还款"})
    assert page.content.decode().count("/record/") == rows


def test_the_second_page_goes_on_where_the_first_ended(cast, client_of):
    for _ in range(31):
        start_conversation(actor=Guest())
    client = client_of("supervisor")
    first = client.get(reverse("chat:history"))
    second = client.get(reverse("chat:history"), {"page": first.context["next"]})
    seen = [row.pk for page in (first, second) for row, _line in page.context["rows"]]
    assert (len(seen), len(set(seen))) == (31, 31)
    assert client.get(reverse("chat:history"), {"page": "x'"}).status_code == 200
    assert client.get(reverse("chat:history"), {"since": "nonsense"}).status_code == 400


def test_an_export_as_a_table_names_files_and_sources(cast, client_of):
    conversation = talked(cast.agent)
    kept = keep_file(
        conversation,
        actor=visitor(conversation),
        file=check_upload(SimpleUploadedFile("合同.txt", b"a")),
    )
    post_message(
        conversation, actor=visitor(conversation), client_id=uuid.uuid4(), text="", attachments=[kept.pk]
    )
    said = say(conversation, "答复", cast.agent)
    source = {"title": "提前还款", "url": "/help/a/"}
    Message.objects.filter(pk=said.pk).update(data={"sources": [source]})
    fields = {"format": "csv", "reason": "监管检查"}
    content = client_of("supervisor").post(reverse("chat:export"), fields).content.decode("utf-8-sig")
    texts = [row["text"] for row in csv.DictReader(io.StringIO(content))]
    assert texts[1:] == ["［文件］合同.txt", f"答复\n［来源］提前还款 {settings.PUBLIC_URL}/help/a/"]


def test_an_export_runs_nothing_and_is_on_record(cast, client_of):
    conversation = talked(cast.agent, '=HYPERLINK("http://x")')
    fields = {"format": "csv", "reason": "监管检查"}
    answer = client_of("supervisor").post(reverse("chat:export"), fields)
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["text"][:3] for row in rows] == ["'=H", "丙坐席"]
    assert {row["name"] for row in rows} == {"王**"}
    assert AuditEntry.objects.filter(verb="conversations.exported").count() == 1
    record = Export.objects.get()
    assert (record.by, record.reason, record.count) == (cast.supervisor, "监管检查", 1)
    assert "监管检查" in client_of("analyst").get(reverse("chat:history")).content.decode()
    client_of("analyst").post(reverse("chat:export"), fields | {"text": "13800138021"})
    assert Export.objects.latest("id").wanted == {"text": "138******21"}
    answer = client_of("analyst").post(reverse("chat:export"), fields | {"format": "json"})
    (whole,) = json.loads(answer.content)
    assert (whole["id"], len(whole["messages"])) == (str(conversation.pk), 2)


def test_a_transcript_on_paper(cast, client_of):
    conversation = talked(cast.agent, "我想提前还款")
    add_note(conversation, actor=cast.agent, text="SENTINEL")
    client, address = client_of("agent"), reverse("chat:export_record", args=[conversation.pk])
    assert client.post(address, {"format": "pdf", "reason": "法务调取"}).content[:5] == b"%PDF-"
    text = client.post(address, {"format": "txt", "reason": "法务调取"}).content.decode()
    assert "访客：我想提前还款" in text
    assert "SENTINEL" not in text


@pytest.mark.parametrize("why", [{}, {"reason": " "}, {"reason": "核对", "format": "exe"}])
def test_a_transcript_leaves_with_a_reason_on_record(cast, client_of, why):
    conversation = talked(cast.agent, "我想提前还款")
    client, address = client_of("agent"), reverse("chat:export_record", args=[conversation.pk])
    refused = client.post(address, {"format": "txt"} | why)
    assert (refused.status_code, Export.objects.count()) == (400, 0)
    assert client.post(address, {"format": "txt", "reason": "核对"}).status_code == 200
    entry = AuditEntry.objects.get(verb="conversation.exported")
    assert (entry.actor, entry.target_id) == (cast.agent, str(conversation.pk))
    made = Export.objects.get()
    assert (made.by, made.reason, made.wanted) == (cast.agent, "核对", {"conversation": str(conversation.pk)})


def ended(cast, days, **fields):
    conversation = talked(cast.agent, "再见")
    close_conversation(conversation, actor=cast.agent)
    then = clock.now() - dt.timedelta(days=days)
    Conversation.objects.filter(pk=conversation.pk).update(closed_at=then, **fields)
    return conversation


def test_what_was_kept_its_days_goes_with_all_that_belongs_to_it(cast, settings):
    settings.CHAT_KEPT_DAYS = {"spam": 30, "enquiry": 100, "complaint": 1000}
    conversation = talked(cast.agent)
    kept = keep_file(conversation, actor=cast.agent, file=check_upload(SimpleUploadedFile("a.txt", b"a")))
    path = Path(kept.file.path)
    post_message(conversation, actor=cast.agent, client_id=uuid.uuid4(), text="", attachments=[kept.pk])
    close_conversation(conversation, actor=cast.agent)
    old = clock.now() - dt.timedelta(days=101)
    Conversation.objects.filter(pk=conversation.pk).update(closed_at=old)
    flagged = ended(cast, 101, flags=["RF16"])
    stays = [ended(cast, 99), ended(cast, 101, topic="complaints"), ended(cast, 29, spam=True), flagged]
    goes = ended(cast, 31, spam=True)
    index_conversations()
    assert due_counts() == {"spam": 1, "enquiry": 1, "complaint": 0}
    out = io.StringIO()
    call_command("forget_chats", "--dry-run", stdout=out)
    assert "enquiry: 1 due after 100 days" in out.getvalue()
    assert Conversation.objects.count() == 6
    assert delete_old() == 2
    assert set(Conversation.objects.values_list("pk", flat=True)) == {one.pk for one in stays}
    assert (Indexed.objects.count(), SearchRow.objects.count()) == (4, 4)
    deleted = AuditEntry.objects.filter(verb="conversation.deleted")
    assert deleted.count() == 2
    assert str(goes.pk) in str(deleted.values_list("chain", flat=True))
    assert path.exists()  # until the transaction of the test commits


def test_a_conversation_of_a_case_stays_with_the_case(cast, settings):
    settings.CHAT_KEPT_DAYS = {"spam": 30, "enquiry": 100, "complaint": 1000}
    conversation = talked(cast.agent, "投诉")
    convert_conversation(conversation, actor=cast.agent, **CASE)
    close_conversation(conversation, actor=cast.agent)
    old = clock.now() - dt.timedelta(days=5000)
    Conversation.objects.filter(pk=conversation.pk).update(closed_at=old)
    assert due_counts() == {"spam": 0, "enquiry": 0, "complaint": 0}
    assert delete_old() == 0


def test_supervisors_read_how_far_off_the_estimates_are(cast, client_of):
    conversation = talked(cast.agent, "一")
    client = client_of("supervisor")
    assert "等待预估" not in client.get(reverse("chat:everyone")).content.decode()
    cache.clear()
    row = Conversation.objects.get(pk=conversation.pk)
    later = row.queued_at + dt.timedelta(minutes=5)
    Conversation.objects.filter(pk=row.pk).update(wait_estimate=60, accepted_at=later)
    page = client.get(reverse("chat:everyone")).content.decode()
    assert "近 7 天告诉过 1 位访客，与实际平均相差 4.0 分钟" in page


def test_all_open_conversations_for_a_supervisor(cast, client_of, django_assert_num_queries):
    set_presence(cast.agent, actor=cast.agent, presence=Presence.ON)
    talked(cast.agent, "一")
    client = client_of("supervisor")
    assert "丙坐席 1 / 3" in client.get(reverse("chat:everyone")).content.decode()
    with django_assert_num_queries(6):
        page = client.get(reverse("chat:everyone"))
    talked(cast.other_agent, "二")
    with django_assert_num_queries(6):
        page = client.get(reverse("chat:everyone"))
    assert [row.conversation.assignee for row in page.context["rows"]] == [cast.agent, cast.other_agent]
