"""Filing a case, finding it again, and its page for the customer."""

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.urls import reverse

from faq.models import SearchLog
from helpdesk.core import clock
from tests.tickets.factories import make_ticket, text_file
from tests.tickets.pages import FORM, blob, file_case, picture, send, shown_code, token_of, url
from tickets import actions
from tickets.models import Evidence, Ticket

pytestmark = pytest.mark.django_db
SENTINEL = "内部哨兵 QX-7731"
HOSTILE = ["", "字" * 20_000, "a\0b", "   "]


# --- Filing ----------------------------------------------------------------------------------
def test_visitor_files_and_sees_number_and_code(client):
    number, code = file_case(client)
    case = Ticket.objects.get()
    assert (case.number, case.contact, case.complainant, case.channel) == (
        number,
        "13800000021",
        "甲客户",
        "web",
    )
    other = Client()
    answer = other.post(reverse("tickets:track"), {"number": number.lower(), "code": f" {code} "})
    assert answer["Location"] == url("tracked", number)
    assert other.get(answer["Location"]).status_code == 200


def test_filing_is_limited_for_one_address_and_loses_nothing(client, settings):
    settings.CASES_PER_ADDRESS = 2
    told = {"narrative": "第三件事"}
    codes = [send(Client(), narrative=f"第 {n} 件事").status_code for n in range(2)]
    answer = send(client, **told, attachments=picture())
    assert ([*codes, answer.status_code], Ticket.objects.count()) == ([302, 302, 429], 2)
    page = answer.content.decode()
    assert "请 10 分钟后再提交" in page
    assert ("第三件事" in page, "截图.png" in page) == (True, True)
    settings.CASES_PER_ADDRESS = 9  # the same page, later: what was attached is still there
    again = told | {"token": answer.context["form"]["token"].value(), "held": answer.context["held"].token}
    assert client.post(reverse("tickets:new"), FORM | again).status_code == 302
    assert Evidence.objects.count() == 1


def test_the_same_page_sent_again_is_no_further_case(client, settings):
    settings.CASES_PER_ADDRESS = 1
    sent = FORM | {"token": token_of(client)}
    assert [client.post(reverse("tickets:new"), sent).status_code for _n in range(3)] == [302] * 3
    assert Ticket.objects.count() == 1


def test_what_was_searched_before_is_for_the_desk_alone(client, client_of):
    client.get(reverse("faq:search"), {"q": "扣了两次款"})
    client.get(reverse("faq:search"), {"q": SENTINEL})
    number, _code = file_case(client)
    entry = Ticket.objects.get().entries.get(verb="ticket.searched")
    assert (entry.text, entry.public) == (f"{SENTINEL}\n扣了两次款", False)
    assert all(SearchLog.objects.values_list("contacted_at", flat=True))
    assert SENTINEL not in client.get(url("tracked", number)).content.decode()
    assert SENTINEL in client_of("supervisor").get(url("ticket", number)).content.decode()


def test_code_is_shown_for_ten_minutes_and_never_in_an_address(client):
    answer = send(client)
    assert answer["Location"] == reverse("tickets:received")
    cookie = answer.cookies["tracking_code"]
    assert (cookie["httponly"], cookie["path"], cookie["max-age"]) == (True, "/tickets/received/", 600)
    _number, code = shown_code(client.get(answer["Location"]).content.decode())
    assert code not in str(dict(client.session))
    with time_machine.travel(clock.now() + dt.timedelta(seconds=601)):
        assert code not in client.get(answer["Location"]).content.decode()


def test_signed_in_customer_is_not_asked_who(client_of, cast):
    client = client_of("customer")
    page = client.get(reverse("tickets:new")).content.decode()
    assert ('name="name"' in page, 'name="contact"' in page) == (False, False)
    data = {name: value for name, value in FORM.items() if name not in ("name", "contact")}
    client.post(reverse("tickets:new"), data | {"token": token_of(client)})
    case = Ticket.objects.get()
    assert (case.customer, case.complainant, case.contact) == (
        cast.customer,
        "甲客户",
        "customer@example.test",
    )


def test_form_starts_from_question_and_topic(client):
    page = client.get(reverse("tickets:new"), {"topic": "fees", "question": "<b>多扣了钱</b>"})
    assert page.context["form"].initial["topic"] == "fees"
    assert "&lt;b&gt;多扣了钱&lt;/b&gt;" in page.content.decode()
    assert client.get(reverse("tickets:new"), {"topic": "nonsense", "kind": "x"}).status_code == 200


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["narrative", "request", "name", "contact"])
def test_bad_text_is_refused_beside_the_field_and_kept(client, name, text):
    answer = send(client, **{name: text})
    assert answer.status_code == 400
    form = answer.context["form"]
    assert list(form.errors) == [name]
    others = {key: form[key].value() for key in FORM if key != name}
    assert others == {key: value for key, value in FORM.items() if key != name}
    assert form[name].value() == text
    assert Ticket.objects.count() == 0


@pytest.mark.parametrize(
    "text", ["😀👨‍👩‍👧‍👦 emoji", "<script>alert(1)</script>", "\u202e右到左", "长" * 5000]
)
def test_odd_text_is_stored_as_typed_and_shown_as_text(client, text):
    number, _code = file_case(client, narrative=text)
    assert Ticket.objects.get().narrative == text
    page = client.get(url("tracked", number))
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("１３８ ００００００２１", "13800000021"),
        ("+86 138-0000-0021", "13800000021"),
        ("010-12345678", "01012345678"),
        ("+1 (415) 555-0100", "+14155550100"),
        ("A.Name@Example.test", "A.Name@Example.test"),
    ],
)
def test_contact_is_understood(client, typed, kept):
    file_case(client, contact=typed)
    assert Ticket.objects.get().contact == kept


@pytest.mark.parametrize("typed", ["12345", "1380000002", "a@b", "@", "不知道", "١٣٨٠٠٠٠٠٠٢١x"])
def test_contact_that_cannot_reach_anyone_is_refused(client, typed):
    assert list(send(client, contact=typed).context["form"].errors) == ["contact"]


def test_files_arrive_once_each_and_hashed(client):
    file_case(client, attachments=[picture("a.png"), picture("b.png"), blob(10, "c.txt")])
    assert sorted(Evidence.objects.values_list("name", flat=True)) == ["b.png", "c.txt"]


@pytest.mark.parametrize(
    ("files", "status", "words"),
    [
        ([blob(0)], 400, "是空文件"),
        ([blob(26 * 1024 * 1024)], 413, "超过 25 MB"),
        ([blob(3, "a.exe")], 400, "类型不支持"),
        ([blob(3, "a.png")], 400, "类型不支持"),
        ([blob(n + 1, f"{n}.txt") for n in range(6)], 400, "最多 5 个"),
    ],
)
def test_bad_files_are_named_and_nothing_is_kept(client, files, status, words):
    answer = send(client, attachments=files)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert FORM["narrative"] in answer.content.decode()
    assert (Ticket.objects.count(), Evidence.objects.count()) == (0, 0)
    for file in files:
        file.seek(0)


def test_extra_fields_are_ignored(client):
    file_case(
        client, state="closed", severity="major", channel="regulator", assignee="1", number="C-1-000001"
    )
    case = Ticket.objects.get()
    assert (case.state, case.severity, case.channel, case.assignee) == ("received", "", "web", None)


def test_same_submission_twice_makes_one_case(client):
    data = FORM | {"token": token_of(client)}
    for _again in range(3):
        assert client.post(reverse("tickets:new"), data).url == reverse("tickets:received")
    assert Ticket.objects.count() == 1
    assert len(shown_code(client.get(reverse("tickets:received")).content.decode())) == 2


def test_other_content_or_a_new_form_is_another_case(client):
    data = FORM | {"token": token_of(client)}
    client.post(reverse("tickets:new"), data)
    client.post(reverse("tickets:new"), data | {"narrative": "另一件事"})
    client.post(reverse("tickets:new"), FORM | {"token": token_of(client), "anew": "on"})
    assert Ticket.objects.count() == 3


def test_a_form_of_another_session_is_asked_to_be_sent_again(client):
    answer = client.post(reverse("tickets:new"), FORM | {"token": token_of(Client())})
    assert (answer.status_code, Ticket.objects.count()) == (400, 0)
    again = {name: answer.context["form"][name].value() for name in [*FORM, "token"]}
    assert client.post(reverse("tickets:new"), again).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_twenty_tabs_at_once_make_one_case():
    first = Client()
    data = FORM | {"token": token_of(first)}
    tabs = []
    for _tab in range(20):
        tab = Client()
        tab.cookies = first.cookies
        tabs.append(tab)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda tab: post_and_close(tab, data), tabs))
    assert set(answers) == {302}
    assert Ticket.objects.count() == 1


def post_and_close(tab, data):
    try:
        return tab.post(reverse("tickets:new"), data).status_code
    finally:
        connections.close_all()


# --- Finding ---------------------------------------------------------------------------------
def test_unknown_number_and_wrong_code_answer_the_same(client, cast):
    case = make_ticket(cast)
    code = make_ticket(cast).tracking_code
    answers = [
        client.post(reverse("tickets:track"), {"number": number, "code": code})
        for number in (case.number, "C-2026-999999")
    ]
    assert [answer.status_code for answer in answers] == [400, 400]
    pages = [
        strip_csrf(answer.content.decode()).replace(number, "")
        for answer, number in zip(answers, (case.number, "C-2026-999999"), strict=True)
    ]
    assert pages[0] == pages[1]


def strip_csrf(page: str) -> str:
    page = re.sub(r'nonce="[^"]+"', "", page)
    return re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]+"', "", page)


@pytest.mark.parametrize(
    ("number", "code"), [("", ""), ("a\0", "b"), ("C-2026-000001", "\0"), ("字" * 20_000, "x" * 20_000)]
)
def test_track_survives_anything(client, number, code):
    assert client.post(reverse("tickets:track"), {"number": number, "code": code}).status_code == 400


def test_guesses_are_limited_and_shut_nobody_out(client, cast):
    """Whoever guesses at the numbers of others must not keep their owners away."""
    case = make_ticket(cast)
    guess = {"number": case.number, "code": "0000-0000-0000-0000-0000-0000-0000"}
    codes = [
        client.post(reverse("tickets:track"), guess, headers={"x-forwarded-for": f"10.0.0.{n}"}).status_code
        for n in range(21)
    ]
    assert codes == [400] * 20 + [429]
    assert client.post(reverse("tickets:track"), guess | {"number": "C-2026-999999"}).status_code == 429
    right = {"number": case.number, "code": case.tracking_code}
    assert client.post(reverse("tickets:track"), right).status_code == 302


def test_stranger_and_absent_get_the_same_page(client, cast):
    case = make_ticket(cast)
    pages = []
    for number in (case.number, "C-2026-999999"):
        answer = client.get(url("tracked", number))
        assert answer.status_code == 404
        pages.append(strip_csrf(answer.content.decode()).replace(number, ""))
    assert pages[0] == pages[1]


def test_renewed_code_replaces_the_old_one(client):
    number, old = file_case(client)
    assert client.post(url("tracked_code", number)).url == reverse("tickets:received")
    _number, new = shown_code(client.get(reverse("tickets:received")).content.decode())
    codes = [
        Client().post(reverse("tickets:track"), {"number": number, "code": code}).status_code
        for code in (old, new)
    ]
    assert codes == [400, 302]


def test_mine_lists_own_cases_newest_first(client_of, cast, django_assert_num_queries):
    client = client_of("customer")
    assert "还没有工单" in client.get(reverse("tickets:mine")).content.decode()
    own = [make_ticket(cast).number for _n in range(3)]
    make_ticket(cast, actor=cast.other_customer)
    client.get(reverse("tickets:mine"))
    with django_assert_num_queries(4):
        page = client.get(reverse("tickets:mine"))
    assert [case.number for case in page.context["page"]] == own[::-1]
    own += [make_ticket(cast).number for _n in range(15)]
    with django_assert_num_queries(4):
        client.get(reverse("tickets:mine"))


# --- The page --------------------------------------------------------------------------------
STATES = [
    "received",
    "classified",
    "assigned",
    "investigating",
    "awaiting_customer",
    "resolved",
    "closed",
    "declined",
    "withdrawn",
]


@pytest.mark.parametrize("state", STATES)
def test_internal_words_reach_no_customer_page(client_of, cast, state):
    case = make_ticket(cast, state, severity="major")
    actions.note_ticket(case, actor=cast.supervisor, text=SENTINEL)
    if state in ("investigating", "awaiting_customer"):
        actions.log_contact(case, actor=cast.agent, method="phone", text=SENTINEL)
        actions.draft_decision(
            case,
            actor=cast.agent,
            facts=SENTINEL,
            basis=SENTINEL,
            reasons=SENTINEL,
            remedies=SENTINEL,
            root_cause="process",
            outcome="upheld",
            sent_through="portal",
        )
        file = text_file(SENTINEL, f"{SENTINEL}.txt")
        actions.add_evidence(case, actor=cast.agent, file=file, public=False)
    client = client_of("customer")
    names = ("丙坐席", "戊主管", SENTINEL)
    for page in (
        client.get(url("tracked", case.number)),
        client.get(url("tracked_letter", case.number)),
        client.get(url("tracked_withdraw", case.number), follow=True),
        client.post(url("tracked_message", case.number), {}),
        client.get(reverse("tickets:mine")),
        client.get(reverse("tickets:new"), {"again": case.number}),
    ):
        text = page.content.decode()
        assert [name for name in names if name in text] == []


def test_doors_open_and_close_with_the_state(client_of, cast):
    client = client_of("customer")
    open_doors = {}
    for state in STATES:
        context = client.get(url("tracked", make_ticket(cast, state).number)).context
        doors = sorted(context["form"]) + [name for name in ("can_withdraw",) if context[name]]
        open_doors[state] = " ".join(doors)
    at_work = "evidence message can_withdraw"
    assert open_doors == {
        "received": at_work,
        "classified": at_work,
        "assigned": at_work,
        "investigating": at_work,
        "awaiting_customer": at_work,
        "resolved": "evidence feedback message reopen review",
        "closed": "reopen review",
        "declined": "",
        "withdrawn": "",
    }


def test_steps_say_where_the_case_is(client_of, cast):
    client = client_of("customer")
    seen = {}
    for state in STATES:
        steps = client.get(url("tracked", make_ticket(cast, state).number)).context["steps"]
        seen[state] = "".join({"done": "✓", "current": "●", "todo": "○"}[step.state] for step in steps)
    assert seen == {
        "received": "●○○○○",
        "classified": "✓●○○○",
        "assigned": "✓●○○○",
        "investigating": "✓✓●○○",
        "awaiting_customer": "✓✓●○○",
        "resolved": "✓✓✓●○",
        "closed": "✓✓✓✓✓",
        "declined": "✓○○○○",
        "withdrawn": "✓○○○○",
    }


def test_a_declined_case_says_why_and_what_can_be_done(client_of, cast):
    case = make_ticket(cast)
    actions.decline_ticket(case, actor=cast.agent, reason="不属于本公司的业务。")
    page = client_of("customer").get(url("tracked", case.number)).content.decode()
    next_step = page[page.index('id="next"') : page.index("</section>", page.index('id="next"'))]
    assert ("不属于本公司的业务。" in next_step, f"?again={case.number}" in next_step) == (True, True)
    assert 'class="steps"' not in page  # steps that will never come are not promised


def test_a_question_is_answered_where_it_is_asked(client_of, cast):
    case = make_ticket(cast, "awaiting_customer")
    page = client_of("customer").get(url("tracked", case.number)).content.decode()
    assert page.count('id="message-form"') == 1
    assert page.index('id="message-form"') < page.index('id="timeline"')


def test_a_case_opened_from_the_list_stays_under_it(client_of, cast):
    page = client_of("customer").get(url("tracked", make_ticket(cast).number)).content.decode()
    assert f'<a href="{reverse("tickets:mine")}" aria-current="true">' in page


def test_withdrawal_says_what_it_means_and_offers_to_file_again(client):
    number, _code = file_case(client)
    assert "撤回意味着" in client.get(url("tracked_withdraw", number)).content.decode()
    client.post(url("tracked_withdraw", number), {"reason": ""})
    assert Ticket.objects.get().state == "withdrawn"
    again = client.get(reverse("tickets:new"), {"again": number})
    assert again.context["form"].initial["narrative"] == FORM["narrative"]
    late = client.post(url("tracked_withdraw", number), {"reason": "晚了"})
    assert (late.status_code, "晚了" in late.content.decode()) == (409, True)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["message", "review", "reopen"])
def test_bad_words_on_the_page_are_kept(client_of, cast, name, text):
    case = make_ticket(cast, "resolved")
    field = "text" if name == "message" else "reason"
    answer = client_of("customer").post(url(f"tracked_{name}", case.number), {field: text})
    assert answer.status_code == 400
    assert answer.context["form"][name][field].value() == text


def test_message_after_the_end_is_refused_and_kept(client_of, cast):
    case = make_ticket(cast, "closed")
    answer = client_of("customer").post(url("tracked_message", case.number), {"text": "还有一件事"})
    assert answer.status_code == 409
    assert answer.context["form"]["message"]["text"].value() == "还有一件事"
    assert "还有一件事" in answer.content.decode()


def test_survey_is_answered_once(client_of, cast):
    case = make_ticket(cast, "resolved")
    client = client_of("customer")
    data = {"score": "2", "resolved": "no", "text": "太慢"}
    assert client.post(url("tracked_feedback", case.number), data | {"score": "9"}).status_code == 400
    assert client.post(url("tracked_feedback", case.number), data).status_code == 302
    assert client.post(url("tracked_feedback", case.number), data).status_code == 409
    entry = Ticket.objects.get(pk=case.pk).entries.get(verb="ticket.feedback_given")
    assert (entry.data, entry.text) == ({"score": 2, "resolved": False}, "太慢")


def test_survey_and_review_end_with_their_windows(client_of, cast):
    case = make_ticket(cast, "resolved")
    assert case.resolved_at
    client = client_of("customer")
    offered = {}
    for days in (7, 8, 30, 31):
        with time_machine.travel(case.resolved_at + dt.timedelta(days=days)):
            form = client_of("customer").get(url("tracked", case.number)).context["form"]
            offered[days] = sorted(set(form) & {"feedback", "review"})
    assert offered == {7: ["feedback", "review"], 8: ["review"], 30: ["review"], 31: []}
    assert client.get(url("tracked", case.number)).status_code == 200


def test_review_is_a_case_of_its_own(client):
    number, _code = file_case(client)
    case = Ticket.objects.get()
    Ticket.objects.filter(pk=case.pk).update(state="resolved", resolved_at=case.received_at)
    answer = client.post(url("tracked_review", number), {"reason": "没有看录音"})
    review_number, code = shown_code(client.get(answer.url).content.decode())
    review = Ticket.objects.get(number=review_number)
    assert (review.review_of, review.narrative) == (case, "没有看录音")
    assert client.get(url("tracked", review_number)).status_code == 200
    found = Client().post(reverse("tickets:track"), {"number": review_number, "code": code})
    assert found.status_code == 302
    assert "review" not in client.get(url("tracked", number)).context["form"]


def test_evidence_downloads_as_an_attachment_that_cannot_run(client_of, cast):
    case = make_ticket(cast)
    client = client_of("customer")
    client.post(url("tracked_evidence", case.number), {"file": picture("我的 截图.png")})
    file = Evidence.objects.get()
    answer = client.get(url("evidence", case.number, pk=file.pk))
    headers = ("Content-Type", "X-Content-Type-Options", "Content-Security-Policy", "Content-Disposition")
    assert [answer[name] for name in headers] == [
        "image/png",
        "nosniff",
        "sandbox; default-src 'none'",
        "attachment; filename*=utf-8''%E6%88%91%E7%9A%84%20%E6%88%AA%E5%9B%BE.png",
    ]
    assert client_of("other_customer").get(url("evidence", case.number, pk=file.pk)).status_code == 404
    again = client.post(url("tracked_evidence", case.number), {"file": picture("同一张.png")})
    assert (again.status_code, Evidence.objects.count()) == (409, 1)


@pytest.mark.parametrize(("file", "status"), [(None, 400), (0, 400), (26 * 1024 * 1024, 413)])
def test_bad_evidence_is_refused(client_of, cast, file, status):
    case = make_ticket(cast)
    data = {} if file is None else {"file": blob(file)}
    assert client_of("customer").post(url("tracked_evidence", case.number), data).status_code == status
    assert Evidence.objects.count() == 0
