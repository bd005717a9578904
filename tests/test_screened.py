"""A case keeps no secret of its customer, and shows no identifier: whatever the way it came."""

import csv
import io
import uuid
import zipfile
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from chat.actions import (
    accept_conversation,
    convert_conversation,
    leave_message,
    rate_conversation,
    start_conversation,
)
from chat.models import Conversation, Message
from chat.tokens import visitor
from faq.actions import vote_article
from faq.models import ArticleVote, SearchLog
from helpdesk.core.actors import Guest
from helpdesk.core.audit.verify import faults
from helpdesk.core.models import SealedValues, User
from helpdesk.core.passwords import GONE
from quality.models import Feedback
from tests.faq.factories import make_article
from tests.tickets.factories import FILED, guest_of, last, make_resolvable, make_ticket
from tests.tickets.pages import file_case, send, token_of, url
from tests.tickets.test_mail import SENDER, letter, receive
from tickets import actions, kinds, search
from tickets.actions.reveal import reveal_contact
from tickets.actions.supplement import supplement_ticket
from tickets.duplicates import Matter, likely_duplicates
from tickets.models import KindDetails, SealedText, Ticket
from tickets.queries import timeline_of
from tickets.queue import QueueFilter, queue_page

pytestmark = pytest.mark.django_db
SECRETS = ("Abc12345", "验证码482913", "CVV 739")
DATA = ("11010519491231002X", "6222021234567890128", "13800138021", "建国路88号")
TOLD = (
    "我的身份证11010519491231002X，银行卡6222021234567890128，电话13800138021，住建国路88号院3号楼。"
    "登录密码是Abc12345，短信验证码482913，CVV 739。客服不给退款，请核查。"
)
SHOWN = (
    "我的身份证1101************2X，银行卡***************0128，电话138******21，住***。"
    f"登录密码是{GONE}，短信验证码{GONE}，CVV {GONE}。客服不给退款，请核查。"
)
WHOLE = (
    "我的身份证11010519491231002X，银行卡6222021234567890128，电话13800138021，住建国路88号院3号楼。"
    f"登录密码是{GONE}，短信验证码{GONE}，CVV {GONE}。客服不给退款，请核查。"
)
CODE = "7K2M-0QRS-9XTV-Y5ZZ-ABCD-EFGH-J1K8"
SECRET_TOLD, MASKED_TOLD = "密码、验证码、安全码或查询码已被去掉", "原文加密保存"


def everything() -> str:
    """All rows of all tables, as the database holds them."""
    found = []
    with connection.cursor() as cursor:
        for table in {model._meta.db_table for model in apps.get_models(include_auto_created=True)}:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # names of our own tables
            found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found).lower()


def leaks() -> list[str]:
    """What of it stands somewhere in plain, and what secret stands even behind a key."""
    plain = everything()
    locked = [row.texts for row in SealedValues.objects.all()]
    locked += [row.text for row in SealedText.objects.all()]
    return [word for word in (*SECRETS, *DATA) if word.lower() in plain] + [
        f"{word} (locked)" for word in SECRETS if word in "\n".join(locked)
    ]


# --- Filing, by every way ---------------------------------------------------------------------------
def by_web(**_: Any) -> None:
    file_case(Client(), narrative=TOLD, request=TOLD, product="密码Abc12345")


def by_staff(client_of: Any, **_: Any) -> None:
    client = client_of("agent")
    fields = {"channel": "phone", "received_at": "", "narrative": TOLD, "request": TOLD}
    token = token_of(client, "tickets:log")
    fields |= {"kind": "complaint", "topic": "overdue", "name": "甲客户", "contact": "13800000021"}
    answer = client.post(reverse("tickets:log"), fields | {"token": token, "party": "self"})
    assert answer.status_code == 302, answer.content.decode()


def by_mail(**_: Any) -> None:
    receive(letter(TOLD, Subject="密码是Abc12345"))


def by_file(tmp_path: Any, cast: Any, **_: Any) -> None:
    names = ("reference", "kind", "channel", "topic", "complainant", "contact", "narrative", "request")
    path, out = tmp_path / "cases.csv", io.StringIO()
    csv.writer(out).writerows(
        [names, ("1", "complaint", "phone", "overdue", "甲客户", "13800000021", TOLD, TOLD)]
    )
    path.write_text(out.getvalue())
    call_command("import_cases", path, by=cast.agent.username, stdout=io.StringIO())


def conversation_of(cast: Any) -> Conversation:
    return accept_conversation(start_conversation(actor=Guest(), topic="other"), actor=cast.agent)


def by_chat(cast: Any, **_: Any) -> None:
    conversation = conversation_of(cast)
    case: dict[str, Any] = {
        "kind": "complaint",
        "topic": "other",
        "complainant": "甲客户",
        "contact": "13800000021",
    }
    convert_conversation(conversation, actor=cast.agent, narrative=TOLD, request=TOLD, **case)


def by_message_left(**_: Any) -> None:
    conversation = start_conversation(actor=Guest(), topic="other")
    leave_message(conversation, actor=visitor(conversation), contact="13800000021", text=TOLD)
    assert Message.objects.filter(conversation=conversation, text=Message.Event.SECRET).count() == 1


@pytest.mark.parametrize("file", [by_web, by_staff, by_mail, by_file, by_chat, by_message_left])
def test_whatever_way_a_case_comes_it_keeps_no_secret_and_shows_no_data(
    file, client_of, cast, tmp_path, settings
):
    settings.MAIL_ADDRESS = "support@lender.example"
    file(client_of=client_of, cast=cast, tmp_path=tmp_path)
    case = Ticket.objects.get()
    assert case.narrative.endswith(SHOWN)
    assert leaks() == []
    assert WHOLE in case.sealed_texts.get(part="narrative").text
    assert case.entries.get(verb="ticket.filed").data["screened"] == ["secret", "masked"]
    assert list(faults(f"tickets.ticket:{case.pk}")) == []


def test_what_was_done_is_told_to_whoever_wrote_it(client, settings, django_capture_on_commit_callbacks):
    settings.MAIL_ADDRESS = "support@lender.example"
    answer = send(client, narrative=TOLD)
    received = client.get(answer["Location"]).content.decode()
    assert (SECRET_TOLD in received, MASKED_TOLD in received) == (True, True)
    page = client.get(url("tracked", Ticket.objects.get().number)).content.decode()
    assert (SECRET_TOLD in page, MASKED_TOLD in page, SHOWN in page) == (True, True, True)
    with django_capture_on_commit_callbacks(execute=True):
        receive(letter("密码是Abc12345"))
    (answer,) = mail.outbox
    assert (SECRET_TOLD in answer.body, MASKED_TOLD in answer.body, answer.to) == (True, False, [SENDER])


def test_who_wrote_nothing_of_the_kind_is_told_nothing(client):
    answer = send(client)
    page = client.get(answer["Location"]).content.decode()
    assert (SECRET_TOLD in page, MASKED_TOLD in page) == (False, False)
    assert "screened" not in Ticket.objects.get().entries.get(verb="ticket.filed").data
    assert not SealedText.objects.exists()


def test_fields_of_a_kind_are_screened_and_a_review_takes_them_along_as_typed(cast):
    details = {"record": "卡号6222021234567890128", "reported_on": "2026-01-02", "truth": TOLD}
    case = make_ticket(cast, "investigating", kind="credit_report_dispute", details=details, request=TOLD)
    for step in kinds.steps_of(case):
        actions.complete_step(case, actor=cast.agent, step=step.code, text="已办。")
    make_resolvable(cast, case)
    case = actions.resolve_ticket(case, actor=cast.agent)
    kept = KindDetails.objects.get(ticket=case).data
    assert kept == {"record": "卡号***************0128", "reported_on": "2026-01-02", "truth": SHOWN}
    review = actions.request_review(case, actor=cast.customer, reason=TOLD)
    assert (review.narrative, review.request, KindDetails.objects.get(ticket=review).data) == (
        SHOWN,
        SHOWN,
        kept,
    )
    sealed = dict(review.sealed_texts.values_list("part", "text"))
    assert sealed == {
        "narrative": WHOLE,
        "request": WHOLE,
        "record": "卡号6222021234567890128",
        "truth": WHOLE,
    }
    assert leaks() == []


def test_fields_recorded_again_leave_one_original(cast):
    case = make_ticket(cast, kind="complaint")
    Ticket.objects.filter(pk=case.pk).update(kind="privacy_request")
    case.refresh_from_db()
    actions.record_details(case, actor=cast.agent, right="access", scope=f"{DATA[2]} 密码是Abc12345")
    assert case.sealed_texts.get().text == f"{DATA[2]} 密码是{GONE}"
    assert leaks() == []


# --- What is said later -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("state", "say"),
    [
        ("investigating", lambda case, actor: actions.add_customer_message(case, actor=actor, text=TOLD)),
        ("investigating", lambda case, actor: supplement_ticket(case, actor=actor, text=TOLD)),
        ("investigating", lambda case, actor: actions.withdraw_ticket(case, actor=actor, reason=TOLD)),
        ("resolved", lambda case, actor: actions.reopen_ticket(case, actor=actor, reason=TOLD)),
        (
            "resolved",
            lambda case, actor: actions.give_feedback(case, actor=actor, score=1, resolved=False, text=TOLD),
        ),
    ],
)
def test_what_a_customer_says_later_is_screened(state, say, cast):
    case = make_ticket(cast, state, actor=Guest(), contact="li@example.com")
    guest = guest_of(case)
    say(case, guest)
    entry = last(case.entries.filter(text__contains="我的身份证"))
    assert (entry.text, entry.data["screened"]) == (SHOWN, ["secret", "masked"])
    assert SealedText.objects.get(entry=entry).text == WHOLE
    assert leaks() == []
    assert next(one for one in timeline_of(case, guest) if one.pk == entry.pk).data["screened"]
    assert set(Feedback.objects.values_list("text", flat=True)) <= {SHOWN}


@pytest.mark.parametrize(
    "say",
    [
        lambda case, actor, text: actions.note_ticket(case, actor=actor, text=text),
        lambda case, actor, text: actions.reply_ticket(case, actor=actor, text=text),
        lambda case, actor, text: actions.log_contact(case, actor=actor, method="phone", text=text),
        lambda case, actor, text: actions.await_customer(case, actor=actor, question=text),
        lambda case, actor, text: actions.ask_partner(case, actor=actor, partner="某公司", what=text),
        lambda case, actor, text: reveal_contact(case, actor=actor, reason=text),
    ],
)
def test_what_staff_write_can_be_read_but_no_secret_in_it(say, cast):
    case = make_ticket(cast, "investigating")
    say(case, cast.agent, "客户报了密码是Abc12345，电话13800138021")
    entry = last(case.entries.filter(text__contains="客户报了"))
    assert entry.text == f"客户报了密码是{GONE}，电话13800138021"
    assert [word for word in leaks() if "Abc12345" in word] == []


# --- Found, compared, understood ----------------------------------------------------------------------
def test_a_case_is_found_by_its_words_and_not_by_what_is_masked(cast):
    case = make_ticket(cast, narrative=TOLD)

    def finds(words: str) -> bool:
        wanted = QueueFilter(state="any", text=words)
        return [row.number for row in queue_page(cast.supervisor, wanted).rows] == [case.number]

    assert finds("客服不给退款")
    assert finds(FILED["contact"])
    assert [word for word in ("Abc12345", "482913", *DATA[:3]) if finds(word)] == []


def test_the_same_story_is_still_known_and_its_signs_are_still_seen(cast):
    story = f"{TOLD}我不想活了，从建国路88号跳下去。"
    case = make_ticket(cast, narrative=story)
    (found,) = likely_duplicates(Matter(story, "overdue", FILED["contact"]), Ticket.objects.all())
    assert (found.ticket, found.likeness) == (case, 1.0)
    assert "RF13" in set(case.red_flags.values_list("code", flat=True))
    words = [word for flag in case.red_flags.all() for word in flag.words]
    assert [word for word in DATA if word in "".join(words)] == []


def test_whom_only_the_masked_words_name_keeps_off_the_case(cast):
    User.objects.filter(pk=cast.agent.pk).update(name="马建国")
    case = make_ticket(cast, narrative="我投诉马建国路88号院的上门催收。")
    assert case.narrative == "我投***的上门催收。"
    assert [row.user for row in case.involved.all()] == [cast.agent]


# --- Revealed ------------------------------------------------------------------------------------------
def test_originals_are_shown_once_with_the_reason_on_record(client_of, cast):
    case = make_ticket(cast, "investigating", narrative=TOLD)
    actions.add_customer_message(case, actor=cast.customer, text=f"补充：{DATA[0]}")
    client = client_of("agent")
    before = client.get(url("ticket", case.number)).content.decode()
    assert [word for word in (*SECRETS, *DATA) if word in before] == []
    shown = client.post(url("reveal_contact", case.number), {"reason": "核对身份"}).content.decode()
    assert (WHOLE in shown, f"补充：{DATA[0]}" in shown, SECRETS[0] in shown) == (True, True, False)
    line = case.entries.get(verb="ticket.contact_revealed")
    assert (line.author, line.text, line.data) == (cast.agent, "核对身份", {"originals": 2})
    after = client.get(url("ticket", case.number)).content.decode()
    assert ([word for word in DATA if word in after], "看了遮盖前的原文 2 段" in after) == ([], True)
    party = client_of("customer").get(url("tracked", case.number)).content.decode()
    assert "看了遮盖前的原文" not in party


def test_a_dossier_holds_what_everybody_reads(client_of, cast):
    case = make_ticket(cast, "investigating", narrative=TOLD)
    answer = client_of("supervisor").post(f"/tickets/{case.number}/dossier/", {"reason": "监管调阅"})
    raw = b"".join(answer.streaming_content)
    read = zipfile.ZipFile(io.BytesIO(raw)).read("dossier.json").decode()
    assert (SHOWN in read, [word for word in (*SECRETS, *DATA) if word in read]) == (True, [])


# --- Before all this --------------------------------------------------------------------------------------
def test_old_cases_are_screened_by_a_command_once(cast):
    case = make_ticket(
        cast, "investigating", kind="privacy_request", details={"right": "access", "scope": "全部"}
    )
    actions.add_customer_message(case, actor=cast.customer, text="补充。")
    actions.note_ticket(case, actor=cast.agent, text="备注。")
    Ticket.objects.filter(pk=case.pk).update(narrative=TOLD)
    KindDetails.objects.filter(ticket=case).update(data={"right": "access", "scope": TOLD})
    case.entries.filter(text="补充。").update(text=TOLD)
    case.entries.filter(text="备注。").update(text="密码是Abc12345，电话是13900139000")
    search.add(case.pk, [TOLD])
    SealedText.objects.create(ticket=case, part="request", text=f"{DATA[2]} {CODE}")  # of before it was known
    assert len(leaks()) == len((*SECRETS, *DATA))
    out = io.StringIO()
    call_command("screen_cases", stdout=out)
    call_command("screen_cases", stdout=out)
    assert out.getvalue().splitlines() == ["1 of 1 cases changed", "0 of 1 cases changed"]
    assert leaks() == []
    case.refresh_from_db()
    assert (case.narrative, KindDetails.objects.get(ticket=case).data["scope"]) == (SHOWN, SHOWN)
    assert case.entries.get(text__contains="139").text == f"密码是{GONE}，电话是13900139000"
    sealed = [(row.part, row.entry and row.entry.kind, row.text) for row in case.sealed_texts.all()]
    assert sealed == [
        ("request", None, f"{DATA[2]} {GONE}"),
        ("narrative", None, WHOLE),
        ("scope", None, WHOLE),
        ("", "customer", WHOLE),
    ]
    found = set(search.SearchRow.objects.get(pk=case.pk).tokens.split())
    assert (search.secret_token(FILED["contact"]) in found, "wabc12345" in found) == (True, False)


# --- Beside the cases -----------------------------------------------------------------------------------
def test_ratings_votes_and_searches_are_screened(cast, client):
    conversation = conversation_of(cast)
    rate_conversation(conversation, actor=visitor(conversation), score=1, text=TOLD)
    assert Feedback.objects.get().text == SHOWN
    assert last(Message.objects.filter(conversation=conversation)).text == Message.Event.SECRET
    vote_article(make_article(), actor=Guest(), voter=uuid.UUID(int=1), helpful=False, reason=TOLD)
    assert ArticleVote.objects.get().reason == SHOWN
    client.get(reverse("faq:search"), {"q": "我的密码是Abc12345登录不了"})
    assert SearchLog.objects.get().query == "我的密码是***登录不了"
    assert leaks() == []
