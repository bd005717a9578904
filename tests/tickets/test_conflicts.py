"""Whoever a case is about can do nothing to it, whatever their rank and whenever it became known."""

import pytest
from django.urls import reverse

from helpdesk.core import clock
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry, Role, User
from tests.tickets.factories import DECISION, LABELS, make_resolvable, make_ticket, text_file
from tests.tickets.pages import url
from tests.tickets.test_state_table import CALLS
from tickets import actions, people, queries
from tickets.actions.export import export_dossier
from tickets.actions.reveal import reveal_contact
from tickets.assigning import Away
from tickets.models import Alert, Involved, RedFlag, Ticket
from tickets.permissions import VERBS
from tickets.todo import todo_of

pytestmark = pytest.mark.django_db

# What nobody of staff does, what the house's rule does, and what whoever must not handle a case still may.
OTHERS = {"give_feedback", "close_without_feedback", "assign_by_rule", "hand_back"}


@pytest.fixture
def second(cast) -> User:
    """A supervisor whom nothing is known against."""
    return User.objects.create_user("second", name="辛主管", role=Role.SUPERVISOR, team=cast.supervisor.team)


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


# --- Every verb -------------------------------------------------------------------------------
@pytest.mark.parametrize("verb", sorted(VERBS.keys() - OTHERS))
@pytest.mark.parametrize("role", ["agent", "supervisor"])
def test_whoever_is_named_does_nothing_to_the_case(role, verb, cast, second):
    """Whatever the verb and the state; where it is somebody else's verb anyway, it stays that."""
    case = make_ticket(cast, narrative=f"{getattr(cast, role).name}在电话里骂人。")
    Ticket.objects.filter(pk=case.pk).update(assignee=cast.agent, team=cast.agent.team)
    make_ticket(cast, narrative="另一件。")
    with pytest.raises((ActionError, ActionForbidden)) as refused:
        CALLS[verb](again(case), getattr(cast, role), cast)
    theirs = VERBS[verb].allowed(getattr(cast, role), again(make_ticket_held_by(cast)))
    assert ("利益冲突" in str(refused.value)) == theirs
    assert verb not in queries.next_steps(again(case), getattr(cast, role))


def make_ticket_held_by(cast) -> Ticket:
    """A case like it, which names nobody."""
    plain = make_ticket(cast, narrative="电话里骂人。")
    Ticket.objects.filter(pk=plain.pk).update(assignee=cast.agent, team=cast.agent.team)
    return plain


@pytest.mark.parametrize("how", ["text", "row", "manager", "later_manager", "merged"])
def test_the_block_holds_however_and_whenever_it_became_known(how, cast, second):
    case = make_ticket(cast, narrative=f"{cast.other_agent.name}骂人。" if "manager" in how else "有人骂人。")
    assert VERBS["classify"].allowed(cast.supervisor, case)
    if how == "text":
        Ticket.objects.filter(pk=case.pk).update(request=f"请处理{cast.supervisor.name}。")
    elif how == "row":
        actions.involve_person(case, actor=second, person=cast.supervisor, part="named")
    elif how == "merged":
        other = make_ticket(cast, narrative=f"{cast.supervisor.name}骂人。")
        actions.merge_ticket(other, actor=second, into=case, same_person=True)
    else:
        cast.other_agent.manager = cast.supervisor
        cast.other_agent.save()
    with pytest.raises(ActionError, match="存在利益冲突，戊主管不能处理"):
        actions.reply_ticket(again(case), actor=cast.supervisor, text="您好。")
    actions.reply_ticket(again(case), actor=second, text="您好。")


def test_neither_flags_nor_contact_nor_dossier_are_theirs(cast):
    case = make_ticket(cast, narrative=f"{cast.supervisor.name}威胁我，活不下去了。")
    flag = RedFlag.objects.filter(ticket=case).earliest("pk")
    for act in (
        lambda: actions.review_flag(case, actor=cast.supervisor, flag=flag.code, verdict="dismissed"),
        lambda: reveal_contact(case, actor=cast.supervisor, reason="回电"),
        lambda: export_dossier(case, actor=cast.supervisor, reason="监管"),
    ):
        with pytest.raises(ActionError, match="投诉内容提到了此人"):
            act()
    flag.refresh_from_db()
    assert flag.state == "open"


def test_a_case_is_not_tied_to_one_that_is_about_the_actor(cast):
    case, about = make_ticket(cast), make_ticket(cast, narrative=f"{cast.supervisor.name}骂人。")
    for act in (
        lambda: actions.link_ticket(case, actor=cast.supervisor, other=about),
        lambda: actions.merge_ticket(case, actor=cast.supervisor, into=about, same_person=True),
    ):
        with pytest.raises(ActionError, match="利益冲突"):
            act()


def test_a_named_supervisor_approves_nothing(cast, second):
    case = make_ticket(cast, "investigating")
    Ticket.objects.filter(pk=case.pk).update(narrative=f"{cast.supervisor.name}不接电话。")
    asked = actions.request_extension(
        case, actor=cast.agent, milestone="decision_complex", reason="需要调取资料。"
    )
    for answer in (
        lambda: actions.grant_approval(case, actor=cast.supervisor, approval=asked),
        lambda: actions.refuse_approval(case, actor=cast.supervisor, approval=asked, reason="不必。"),
    ):
        with pytest.raises(ActionError, match="请由没有利益冲突的主管处理或改派"):
            answer()
    actions.grant_approval(case, actor=second, approval=asked)


# --- After the assignment ---------------------------------------------------------------------
def test_registering_the_handler_stops_them_at_once_and_a_supervisor_is_told(cast, second, client_of):
    case = make_ticket(cast, "investigating")
    make_resolvable(cast, case)
    actions.involve_person(case, actor=cast.supervisor, person=cast.agent, part="named")
    agent, supervisor = client_of("agent"), client_of("supervisor")
    typed = DECISION | {"facts": "写到一半的事实"}
    refused = agent.post(url("draft_decision", case.number), typed)
    assert (refused.status_code, "写到一半的事实" in refused.content.decode()) == (409, True)
    assert "丙坐席不能处理这件工单" in refused.content.decode()
    with pytest.raises(ActionError, match="改派"):
        actions.resolve_ticket(case, actor=cast.agent)
    told = Alert.objects.filter(ticket=case, kind="conflict")
    assert {alert.user for alert in told} == {cast.supervisor, second}
    assert "处理人员有利益冲突" in supervisor.get(reverse("tickets:alerts")).content.decode()
    page = supervisor.get(case.get_absolute_url()).content.decode()
    assert "丙坐席有利益冲突，不能再处理这件工单" in page
    actions.reassign_ticket(case, actor=cast.supervisor, assignee=second, no_conflict=True)
    page = supervisor.get(case.get_absolute_url()).content.decode()
    assert "不能再处理这件工单" not in page


def test_a_merge_that_names_the_handler_tells_a_supervisor(cast):
    case = make_ticket(cast, "investigating")
    other = make_ticket(cast, narrative=f"{cast.agent.name}骂人。")
    actions.merge_ticket(other, actor=cast.supervisor, into=case, same_person=True)
    assert Alert.objects.get(kind="conflict").ticket == case


def test_whom_it_is_about_does_not_see_the_case_but_may_give_it_back(cast, client_of):
    case = make_ticket(cast, "assigned", narrative="在电话里骂人，合同少了一页。")
    actions.note_ticket(case, actor=cast.supervisor, text="同事的证词")
    actions.involve_person(case, actor=cast.supervisor, person=cast.agent, part="named")
    agent = client_of("agent")
    page = agent.get(case.get_absolute_url())
    words = page.content.decode()
    assert (page.status_code, "同事的证词" in words, "合同少了一页" in words) == (403, False, False)
    assert "请由没有利益冲突的主管处理或改派" in words
    assert "没有利益冲突的主管：戊主管" in words
    assert [panel.verb.name for panels in page.context["panels"].values() for panel in panels] == [
        "hand_back"
    ]
    hidden = agent.get(case.get_absolute_url(), {"part": "history"}, headers={"hx-request": "true"})
    assert "同事的证词" not in hidden.content.decode()
    assert agent.get(url("clocks", case.number)).status_code == 302
    assert agent.post(url("preview_letter", case.number), DECISION).status_code == 403
    revealed = agent.post(url("reveal_contact", case.number), {"reason": "回电"})
    assert (revealed.status_code, "13800000021" in revealed.content.decode()) == (409, False)
    given_back = agent.post(url("hand_back", case.number), {"reason": "投诉的是我。", "conflict": "on"})
    assert given_back.status_code == 302
    assert (again(case).state, again(case).assignee) == ("classified", None)


def test_a_hand_over_is_not_undone_to_somebody_with_a_conflict(cast, second):
    case = make_ticket(cast, "investigating")
    actions.offer_handover(case, actor=User.system("case-sweep"), away=Away("leave", None))
    actions.take_over(case, actor=second, no_conflict=True)
    actions.involve_person(case, actor=second, person=cast.agent, part="named")
    with pytest.raises(ActionError, match="存在利益冲突，不能分派"):
        actions.undo_handover(case, actor=second)


# --- A review is held at a higher unit ----------------------------------------------------------
def test_neither_the_team_that_decided_nor_whom_the_original_named_reviews_it(cast, second):
    colleague = User.objects.create_user("colleague", name="癸坐席", role=Role.AGENT, team=cast.agent.team)
    other = User.objects.create_user("other", name="子坐席", role=Role.AGENT, team=cast.other_agent.team)
    case = make_ticket(cast, "resolved", narrative=f"{cast.other_agent.name}骂人。")
    review = actions.request_review(case, actor=cast.customer, reason="不同意。")
    actions.classify_ticket(review, actor=second, **LABELS)
    for person, why in (
        (colleague, "原决定是此人所在的团队作出的"),
        (cast.agent, "此人参与了原决定"),
        (cast.other_agent, "投诉内容提到了此人"),
    ):
        with pytest.raises(ActionError, match=why):
            actions.assign_ticket(review, actor=second, assignee=person, no_conflict=True)
    actions.assign_ticket(review, actor=second, assignee=other, no_conflict=True)


def test_whoever_handles_a_review_reads_what_it_reviews_and_does_nothing_to_it(cast, second, client_of):
    case = make_ticket(cast, "resolved")
    file = actions.add_evidence(case, actor=cast.agent, file=text_file("旧的录音"), public=False)
    agent = client_of("other_agent")
    assert agent.get(case.get_absolute_url()).status_code == 404
    review = actions.request_review(case, actor=cast.customer, reason="不同意。")
    actions.classify_ticket(review, actor=second, **LABELS)
    actions.assign_ticket(review, actor=second, assignee=cast.other_agent, no_conflict=True)
    page = agent.get(case.get_absolute_url())
    assert (page.status_code, page.context["panels"]) == (200, {name: [] for name in page.context["panels"]})
    assert agent.get(reverse("tickets:evidence", args=[case.number, file.pk])).status_code == 200
    with pytest.raises(ActionForbidden):
        actions.note_ticket(case, actor=cast.other_agent, text="一句话。")
    last = Ticket.objects.get(pk=make_ticket(cast).pk)  # a review of the review
    Ticket.objects.filter(pk=last.pk).update(review_of=review, assignee=cast.other_agent)
    Ticket.objects.filter(pk=review.pk).update(assignee=None)
    assert agent.get(case.get_absolute_url()).status_code == 200
    Ticket.objects.filter(pk=last.pk).update(assignee=second)
    assert agent.get(case.get_absolute_url()).status_code == 404


# --- At the customer's word -----------------------------------------------------------------------
def test_the_handler_records_a_withdrawal_with_how_the_customer_said_it(cast, client_of):
    case = make_ticket(cast, "investigating")
    today = clock.today()
    with pytest.raises(ActionError, match="怎样说的"):
        actions.withdraw_ticket(case, actor=cast.agent, reason="已和解。")
    agent = client_of("agent")
    typed = {"reason": "已和解。", "said_on": f"{today}"}
    assert agent.post(url("withdraw", case.number), typed).status_code == 400
    assert agent.post(url("withdraw", case.number), typed | {"method": "phone"}).status_code == 302
    entry = case.entries.get(verb="ticket.withdrawn")
    assert (entry.author, entry.data["on_behalf"], entry.data["method"]) == (cast.agent, True, "phone")
    page = agent.get(case.get_absolute_url()).content.decode()
    assert "电话 · 按客户的话记录" in page
    with pytest.raises(ActionForbidden):
        actions.reopen_ticket(make_ticket(cast, "resolved"), actor=cast.other_agent, reason="新的事实。")


def test_the_handler_takes_down_a_review_and_reads_out_its_code(cast, client_of):
    case = make_ticket(cast, "resolved")
    agent = client_of("agent")
    answer = agent.post(url("request_review", case.number), {"reason": "不同意。", "method": "counter"})
    review = Ticket.objects.get(review_of=case)
    page = agent.get(answer.url)
    assert (review.number in page.content.decode(), review.get_absolute_url() in page.content.decode()) == (
        True,
        False,
    )
    assert case.entries.get(verb="ticket.review_requested").data["method"] == "counter"
    assert people.conflict_of(review, cast.agent) == "此人参与了原决定。"
    assert agent.get(review.get_absolute_url()).status_code == 404


# --- In the customer's later words -------------------------------------------------------------------
def write(case: Ticket, cast, text: str) -> None:
    actions.add_customer_message(again(case), actor=cast.customer, text=text)


def test_whom_a_later_message_names_keeps_off_and_so_does_their_manager(cast, second):
    cast.other_agent.manager = cast.supervisor
    cast.other_agent.save()
    case = make_ticket(cast, "classified")
    write(case, cast, "想起来了，骂我的人叫丁坐席。")
    for person, why in ((cast.other_agent, "投诉内容提到了此人"), (cast.supervisor, "上级")):
        with pytest.raises(ActionError, match=why):
            actions.assign_ticket(case, actor=second, assignee=person, no_conflict=True)
    entry = case.entries.get(verb="ticket.person_involved")
    assert (entry.public, entry.data["person"]) == (False, "丁坐席")


def test_the_facts_of_a_reopening_and_the_fields_of_a_kind_count_as_well(cast):
    case = make_ticket(cast, "resolved")
    actions.reopen_ticket(case, actor=cast.customer, reason="新的录音：丁坐席承认了。")
    assert people.conflict_of(again(case), cast.other_agent) == "投诉内容提到了此人。"
    details = {"right": "access", "scope": "丁坐席给我打的电话的录音"}
    asked = make_ticket(cast, kind="privacy_request", details=details)
    assert people.conflict_of(again(asked), cast.other_agent) == "投诉内容提到了此人。"


def test_what_staff_write_names_nobody(cast):
    case = make_ticket(cast, "investigating")
    actions.note_ticket(case, actor=cast.agent, text="问过丁坐席。")
    actions.reply_ticket(case, actor=cast.agent, text="丁坐席会给您回电。")
    actions.log_contact(case, actor=cast.agent, method="phone", text="客户提到丁坐席。")
    assert people.conflict_of(again(case), cast.other_agent) == ""


def test_naming_whoever_works_on_the_case_asks_a_supervisor_once_and_stops_nobody(cast, client_of):
    case = make_ticket(cast, "investigating")
    for text in ("请丙坐席回电。", "丙坐席还没有回电。"):
        write(case, cast, text)
    assert people.conflict_of(again(case), cast.agent) == ""
    assert [alert.user for alert in Alert.objects.filter(kind="conflict")] == [cast.supervisor]
    page = client_of("supervisor").get(reverse("tickets:alerts")).content.decode()
    assert "客户后来的话提到了丙坐席" in page
    assert case.entries.filter(verb="ticket.person_mentioned", public=False).count() == 1


def test_an_urgent_flag_of_the_message_that_names_a_supervisor_goes_to_another(cast, second):
    case = make_ticket(cast, "classified")
    write(case, cast, "戊主管威胁我，我不想活了。")
    assert RedFlag.objects.filter(ticket=case, level="P0").earliest("pk").owner == second


# --- Taken back -----------------------------------------------------------------------------------------
def test_what_was_recorded_wrongly_is_taken_back_with_a_reason_in_the_trail(cast, second, client_of):
    case = make_ticket(cast, "investigating")
    actions.involve_person(case, actor=second, person=cast.agent, part="named")
    supervisor = client_of("supervisor")
    page = supervisor.get(case.get_absolute_url(), {"do": "clear_person"})
    assert "为什么与此人无关" in page.content.decode()
    typed = {"person": cast.agent.pk, "reason": ""}
    assert supervisor.post(url("clear_person", case.number), typed).status_code == 400
    typed["reason"] = "记错了人。"
    assert supervisor.post(url("clear_person", case.number), typed).status_code == 302
    assert people.conflict_of(again(case), cast.agent) == ""
    actions.reply_ticket(case, actor=cast.agent, text="您好。")
    entry = AuditEntry.objects.get(verb="ticket.person_cleared")
    assert (entry.actor, "记错了人" in entry.body) == (cast.supervisor, False)
    told = supervisor.get(case.get_absolute_url()).content.decode()
    assert "收回“涉及的人”" in told
    assert "记错了人。" in told
    with pytest.raises(ActionError, match="可能已有人先更正"):
        actions.clear_person(case, actor=second, person=cast.agent, reason="再来一次。")


def test_nobody_takes_it_back_for_themselves_nor_their_manager_nor_an_agent(cast, second):
    cast.supervisor.manager = second
    cast.supervisor.save()
    case = make_ticket(cast)
    actions.involve_person(case, actor=cast.other_agent, person=cast.supervisor, part="collector")
    for actor in (cast.supervisor, second):
        with pytest.raises(ActionError, match="存在利益冲突"):
            actions.clear_person(case, actor=actor, person=cast.supervisor, reason="不是。")
    with pytest.raises(ActionForbidden):
        actions.clear_person(case, actor=cast.other_agent, person=cast.supervisor, reason="不是。")


def test_a_name_in_the_text_that_is_somebody_elses_is_set_right_until_it_is_named_again(cast, second):
    case = make_ticket(cast, narrative="我的朋友丁坐席员介绍我来借款。")
    other = make_ticket(cast, narrative="丁坐席员的事。")
    actions.merge_ticket(other, actor=second, into=case, same_person=True)
    actions.clear_person(case, actor=second, person=cast.other_agent, reason="说的是客户的朋友。")
    assert people.conflict_of(again(case), cast.other_agent) == ""
    write(case, cast, "丁坐席又骂我。")
    assert people.conflict_of(again(case), cast.other_agent) == "投诉内容提到了此人。"


def test_a_review_goes_by_what_was_set_right_in_the_original(cast, second):
    case = make_ticket(cast, "resolved", narrative="丁坐席骂人。")
    review = actions.request_review(case, actor=cast.customer, reason="不同意。")
    assert people.conflict_of(review, cast.other_agent) == "投诉内容提到了此人。"
    actions.clear_person(case, actor=second, person=cast.other_agent, reason="同名，说的是别人。")
    assert people.conflict_of(review, cast.other_agent) == ""


# --- What was merged into the original reaches its review ---------------------------------------------------
def reviewed(cast, order: str, **fields) -> tuple[Ticket, Ticket]:
    """A review, and the case that names or involves, merged into its original: before it was decided, or
    after the review had begun and new facts had reopened the original."""
    original = make_ticket(cast, "investigating" if order == "merged first" else "resolved")
    about = make_ticket(cast, **fields)

    def merge() -> None:
        actions.merge_ticket(again(about), actor=cast.supervisor, into=again(original), same_person=True)

    if order == "merged first":
        merge()
        make_resolvable(cast, again(original))
        actions.resolve_ticket(again(original), actor=cast.agent)
    review = actions.request_review(again(original), actor=cast.customer, reason="不同意。")
    if order == "review first":
        actions.reopen_ticket(again(original), actor=cast.customer, reason="新的录音。")
        merge()
    return again(review), again(about)


@pytest.mark.parametrize("how", ["text", "row", "manager", "recused", "complainant"])
@pytest.mark.parametrize("order", ["merged first", "review first"])
def test_whom_a_case_merged_into_the_original_is_about_does_not_review_it(cast, second, order, how):
    person = User.objects.create_user("third", name="壬主管", role=Role.SUPERVISOR)
    named = User.objects.create_user("named", name="庚催收", role=Role.AGENT, manager=person)
    review, about = reviewed(cast, order, narrative=f"{person.name}骂人。" if how == "text" else "有人骂人。")
    if how == "complainant":
        Ticket.objects.filter(pk=about.pk).update(customer=person)
    elif how != "text":
        accused, part = (named, "collector") if how == "manager" else (person, how)
        part = {"row": "named"}.get(part, part)
        Involved.objects.create(ticket=about, user=accused, part=part, by=second, at=clock.now())
    assert VERBS["classify"].allowed(second, review)
    with pytest.raises(ActionError, match="存在利益冲突，壬主管不能处理"):
        actions.classify_ticket(review, actor=person, **LABELS)
    actions.classify_ticket(review, actor=second, **LABELS)
    with pytest.raises(ActionError, match="存在利益冲突，不能分派"):
        actions.assign_ticket(review, actor=second, assignee=person, no_conflict=True)


def test_what_was_set_right_or_undone_at_the_original_counts_for_what_was_merged_into_it(cast, second):
    third = User.objects.create_user("third", name="壬主管", role=Role.SUPERVISOR)
    review, about = reviewed(cast, "review first", narrative=f"{third.name}骂人。")
    original = Ticket.objects.get(reviews=review)
    assert people.conflict_of(review, third) == "投诉内容提到了此人。"
    assert people.conflict_of(review, cast.agent) == "此人参与了原决定。"
    actions.clear_person(again(original), actor=second, person=third, reason="说的是别人。")
    assert people.conflict_of(review, third) == ""
    actions.involve_person(again(original), actor=second, person=third, part="collector")
    assert people.conflict_of(review, third) == "此人是这笔账的催收员。"
    Involved.objects.all().delete()
    assert people.conflict_of(review, third) == "投诉内容提到了此人。"
    actions.unmerge_ticket(about, actor=second)
    assert people.conflict_of(review, third) == ""


def test_whoever_only_worked_on_what_was_merged_decided_nothing(cast, second):
    original, dup = make_ticket(cast, "investigating"), make_ticket(cast, "classified")
    actions.assign_ticket(dup, actor=second, assignee=cast.other_agent, no_conflict=True)
    actions.merge_ticket(again(dup), actor=second, into=original, same_person=True)
    make_resolvable(cast, again(original))
    actions.resolve_ticket(again(original), actor=cast.agent)
    review = actions.request_review(again(original), actor=cast.customer, reason="不同意。")
    assert people.conflict_of(review, cast.other_agent) == ""


def test_a_review_merged_into_a_review_brings_its_original_along(cast, second):
    first, other = make_ticket(cast, "resolved"), make_ticket(cast, narrative="丁坐席骂人。")
    Ticket.objects.filter(pk=other.pk).update(state="resolved")
    reviews = [make_ticket(cast) for _case in (first, other)]
    for review, original in zip(reviews, (first, other), strict=True):
        Ticket.objects.filter(pk=review.pk).update(review_of=original)
    assert people.conflict_of(again(reviews[0]), cast.other_agent) == ""
    actions.merge_ticket(again(reviews[1]), actor=second, into=again(reviews[0]), same_person=True)
    assert people.conflict_of(again(reviews[0]), cast.other_agent) == "投诉内容提到了此人。"


@pytest.mark.parametrize("how", ["merge", "message"])
def test_a_supervisor_is_told_when_the_original_comes_to_name_whoever_holds_the_review(cast, second, how):
    third = User.objects.create_user("third", name="壬主管", role=Role.SUPERVISOR)
    original = make_ticket(cast, "resolved")
    review = actions.request_review(original, actor=cast.customer, reason="不同意。")
    actions.classify_ticket(review, actor=second, **LABELS)
    actions.assign_ticket(review, actor=second, assignee=third, no_conflict=True)
    if how == "message":
        write(original, cast, "壬主管也骂过我。")
    else:
        actions.reopen_ticket(again(original), actor=cast.customer, reason="新的录音。")
        about = make_ticket(cast, narrative="壬主管骂人。")
        actions.merge_ticket(about, actor=second, into=again(original), same_person=True)
    told = Alert.objects.filter(kind="conflict")
    assert {(alert.ticket, alert.user) for alert in told} == {(review, cast.supervisor), (review, second)}
    with pytest.raises(ActionError, match="存在利益冲突，壬主管不能处理"):
        actions.reply_ticket(again(review), actor=third, text="您好。")


def test_a_recusal_stays(cast, second):
    case = make_ticket(cast, "assigned")
    actions.hand_back(case, actor=cast.agent, reason="亲戚。", conflict=True)
    with pytest.raises(ActionError):
        actions.clear_person(case, actor=second, person=cast.agent, reason="不算。")
    assert people.conflict_of(again(case), cast.agent) == "此人已自行回避。"


# --- What shows several cases ------------------------------------------------------------------------------
def test_the_queue_and_what_waits_say_nothing_of_it(cast, second, client_of):
    case = make_ticket(cast, "investigating", narrative="催收威胁我。")
    asked = actions.request_extension(
        case, actor=cast.agent, milestone="decision_complex", reason="录音有人提供。"
    )
    for owner, what in ((cast.supervisor, "改自己的事"), (cast.agent, "改别人的事")):
        actions.record_correction(case, actor=cast.agent, what=what, owner=owner, due_on=clock.today())
    supervisor = client_of("supervisor")
    supervisor.post(reverse("tickets:set_columns"), {"column": ["subject", "red_flags"]})
    pages = ("tickets:queue", "tickets:todo")
    told = ("催收威胁我", "威胁、恐吓", "录音有人提供", "改别人的事", "改自己的事")

    def shown() -> list[str]:
        found = "".join(supervisor.get(reverse(page)).content.decode() for page in pages)
        table = found[found.index("<tbody>") :]
        assert f"case-{case.pk}" in table  # the row stays
        return [words for words in told if words in table]

    assert shown() == list(told)
    actions.involve_person(case, actor=second, person=cast.supervisor, part="named")
    assert shown() == ["改自己的事"]
    assert todo_of(second).approvals == [asked]


def test_a_case_is_not_shown_to_be_merged_into(cast, client_of):
    case, about = make_ticket(cast), make_ticket(cast, narrative="戊主管在电话里骂人。")
    for typed in ({}, {"shown": about.number, "same_person": "on"}):
        answer = client_of("supervisor").post(url("merge", case.number), {"other": about.number, **typed})
        assert (answer.status_code, "在电话里骂人" in answer.content.decode()) == (400, False)
        assert "存在利益冲突，戊主管不能处理" in answer.content.decode()
    assert again(case).state == "received"


# --- A part of a case -------------------------------------------------------------------------------------
def split(case: Ticket, actor: User, **fields) -> Ticket:
    words = {"narrative": "另外要求说明费用。", "request": "请说明。"}
    return again(
        actions.split_ticket(again(case), actor=actor, kind="complaint", topic="fees", **words | fields)
    )


@pytest.mark.parametrize("how", ["collector", "recused", "text", "merged"])
def test_whoever_keeps_off_a_case_keeps_off_what_is_split_from_it(cast, second, how, client_of):
    named = f"{cast.other_agent.name}骂人。"
    case = make_ticket(cast, narrative=named if how == "text" else "有人骂人。")
    if how == "merged":
        about = make_ticket(cast, narrative=named)
        actions.merge_ticket(about, actor=second, into=case, same_person=True)
    elif how != "text":
        Involved.objects.create(ticket=case, user=cast.other_agent, part=how, by=second, at=clock.now())
    part = split(case, second)
    assert (
        people.conflict_of(part, cast.other_agent) == people.conflict_of(again(case), cast.other_agent) != ""
    )
    assert client_of("other_agent").get(part.get_absolute_url()).status_code == 403


def test_who_was_cleared_stays_so_in_a_part_and_its_urgent_flag_goes_to_another(cast, second):
    case = make_ticket(cast, narrative="丁坐席员介绍我来的，戊主管骂人。")
    actions.clear_person(case, actor=second, person=cast.other_agent, reason="说的是客户的朋友。")
    part = split(case, second, narrative="丁坐席员说的费用不对，我不想活了。")
    assert people.conflict_of(part, cast.other_agent) == ""
    assert RedFlag.objects.filter(ticket=part, level="P0").earliest("pk").owner == second


def test_a_review_is_not_split(cast, second):
    review = actions.request_review(make_ticket(cast, "resolved"), actor=cast.customer, reason="不同意。")
    survivor = make_ticket(cast, narrative="同一件。")
    assert "split" in queries.next_steps(again(survivor), second)
    actions.merge_ticket(review, actor=second, into=survivor, same_person=True)
    review = actions.request_review(make_ticket(cast, "resolved"), actor=cast.customer, reason="不同意。")
    for case in (review, survivor):
        assert "split" not in queries.next_steps(again(case), second)
        with pytest.raises(ActionError, match="请登记为新的一件"):
            split(case, second)


# --- However a name is written ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "text", "kept_off"),
    [
        ("张伟", "張偉罵人。", True),
        ("張偉", "张伟骂人。", True),
        ("Li Wei", "LI　WEI shouted at me", True),
        ("Li", "the police said so", False),
        ("Li", "是Li说的", True),
        ("Li", "是ＬＩ说的", True),
        ("Will", "I will complain", False),
        ("will", "It was WILL", True),
        ("Bill Ho", "it was bill ho", True),
    ],
)
def test_a_name_is_found_in_whatever_script_and_letters(cast, second, name, text, kept_off):
    person = User.objects.create_user("third", name=name, role=Role.SUPERVISOR)
    case, earlier = make_ticket(cast, narrative=text), make_ticket(cast, "resolved", narrative=text)
    later = make_ticket(cast, "classified")
    write(later, cast, text)
    review = actions.request_review(earlier, actor=cast.customer, reason="不同意。")
    for one in (case, again(later), again(review)):
        assert (people.conflict_of(one, person) == "投诉内容提到了此人。") == kept_off
        assert people.kept_off(person, [one.pk]) == ({one.pk} if kept_off else set())
    asked = make_ticket(cast, kind="privacy_request", details={"right": "access", "scope": text})
    Involved.objects.all().delete()
    for one in (later, asked):
        assert people.is_named_later(again(one), person) == kept_off
    if kept_off:
        assert {later.pk, asked.pk} <= {*people.cases_that_name(person)}
