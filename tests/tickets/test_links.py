"""Merging, taking apart, splitting, linking: nothing is lost, and everything can be told."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionError
from helpdesk.core.models import AuditEntry
from tests.tickets.factories import FILED, REFERRAL, REPRESENTED, guest_of, make_ticket, text_file
from tests.tickets.pages import FORM, file_case, token_of, url
from tickets import actions, deadlines, queries
from tickets.actions.base import end_beside
from tickets.duplicates import duplicates_of, likeness
from tickets.models import Clock, Ticket, TicketLink
from tickets.models.parties import answer_addresses
from tickets.queue import QueueFilter, queue_page
from tickets.states import State
from tickets.views.present import lines_of

pytestmark = pytest.mark.django_db
MONDAY = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)
LATER = "扣款失败后又被收了一次违约金，客服说会退，到现在没有退。"


def on(day: int) -> time_machine.travel:
    return time_machine.travel(MONDAY + dt.timedelta(days=day), tick=False)


def pair(cast, **later):
    """Two cases of one customer, three days apart; the later one is merged by the tests."""
    with on(0):
        first = make_ticket(cast)
    with on(3):
        second = make_ticket(cast, **({"narrative": LATER, "topic": "fees"} | later))
    return first, second


def merge(ticket, into, actor):
    actions.merge_ticket(ticket, actor=actor, into=into, same_person=True, reason="同一笔扣款。")
    ticket.refresh_from_db()
    into.refresh_from_db()


def test_a_merged_case_goes_on_in_the_other_with_both_timelines_and_files(cast):
    first, second = pair(cast)
    with on(3):
        file = actions.add_evidence(second, actor=cast.customer, file=text_file("流水"))
        actions.add_customer_message(second, actor=cast.customer, text="补充：流水已上传。")
        merge(second, first, cast.agent)
    assert second.state == State.MERGED
    assert [entry.ticket.number for entry in queries.timeline_of(first, cast.customer)] == [
        first.number,
        second.number,
        second.number,
        second.number,
        second.number,
        first.number,
    ]
    assert list(queries.evidence_of(first, cast.customer)) == [file]
    told = [line.text for line in lines_of(queries.timeline_of(first, cast.customer), of=first)]
    assert LATER in told
    assert [tie.kind for tie in queries.ties_of(first, cast.agent)] == ["duplicate_of"]
    assert list(AuditEntry.objects.filter(verb="ticket.merged").values_list("target_id", flat=True)) == [
        f"{second.pk}"
    ]


def test_internal_notes_of_a_merged_case_stay_internal(cast):
    first, second = pair(cast)
    with on(3):
        actions.note_ticket(second, actor=cast.agent, text="仅内部知道的事")
        merge(second, first, cast.agent)
    told = [entry.text for entry in queries.timeline_of(first, cast.customer)]
    assert "仅内部知道的事" not in told
    assert "仅内部知道的事" in [entry.text for entry in queries.timeline_of(first, cast.agent)]


def test_the_earliest_receipt_counts(cast):
    first, second = pair(cast)
    with on(3):
        merge(first, second, cast.agent)
    assert f"{deadlines.started_on(second)} {second.due_on}" == "2026-03-02 2026-03-17"
    assert first.main_clock.state == Clock.State.ENDED


def test_a_later_receipt_changes_nothing(cast):
    first, second = pair(cast)
    due_on = first.due_on
    with on(3):
        merge(second, first, cast.agent)
    assert first.due_on == due_on


def test_what_a_regulator_set_runs_on_at_the_survivor(cast):
    referral = {"authority": "某地监管局", "number": "(2026)12号", "due_on": dt.date(2026, 3, 20)}
    with on(0):
        first = make_ticket(cast)
        second = make_ticket(
            cast, actor=cast.agent, customer=cast.customer, channel="regulator", referral=referral
        )
        merge(second, first, cast.agent)
    [carried] = first.clocks.filter(purpose="regulator")
    assert (carried.subject, carried.due_on, carried.state) == ("(2026)12号", dt.date(2026, 3, 20), "running")
    assert set(second.clocks.values_list("state", flat=True)) == {"ended"}


def test_within_a_day_a_merge_can_be_undone(cast):
    first, second = pair(cast)
    before = (first.due_on, second.due_on)
    with on(3):
        actions.classify_ticket(
            first,
            actor=cast.agent,
            kind="complaint",
            business="collection",
            cause="collection",
            severity="ordinary",
        )
        merge(first, second, cast.agent)
    with on(4):
        actions.unmerge_ticket(first, actor=cast.agent)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.due_on, second.due_on) == (State.CLASSIFIED, *before)
    assert {entry.ticket_id for entry in queries.timeline_of(second, cast.agent)} == {second.pk}
    assert set(first.clocks.values_list("state", flat=True)) == {"running"}


def test_stops_outlast_a_merge_and_its_undoing(cast):
    def rest(ticket, since, until):
        with on(since):
            actions.stop_deadline(ticket, actor=cast.supervisor, stop="mediation", reason="进入调解。")
        with on(until):
            actions.resume_deadline(ticket, actor=cast.supervisor, reason="调解结束。")

    first, second = pair(cast)
    promised = first.clocks.get(purpose="contact").due_at
    rest(first, 4, 12)
    rest(second, 10, 20)
    with on(21):
        merge(first, second, cast.agent)
        assert f"{second.due_on}" == "2026-03-27"  # 15 days from 2026-03-02, and the ten that it stood still
    with on(22):
        actions.unmerge_ticket(first, actor=cast.agent)
    due = {f"{Ticket.objects.get(pk=ticket.pk).due_on}" for ticket in (first, second)}
    assert due == {"2026-03-25", "2026-03-30"}
    assert first.clocks.get(purpose="contact").due_at == promised


def test_a_restart_after_a_merge_outlasts_its_undoing(cast):
    first, second = pair(cast)
    with on(4):
        merge(first, second, cast.agent)
        actions.add_customer_message(second, actor=cast.customer, text="我找到了录音。")
        day = dt.date(2026, 3, 6)
        actions.restart_deadline(second, actor=cast.supervisor, received_on=day, reason="新录音。")
        actions.unmerge_ticket(first, actor=cast.agent)
    assert f"{Ticket.objects.get(pk=second.pk).due_on}" == "2026-03-21"


def test_after_a_day_it_cannot(cast):
    first, second = pair(cast)
    with on(3):
        merge(second, first, cast.agent)
    with on(5), pytest.raises(ActionError, match="24 小时"):
        actions.unmerge_ticket(second, actor=cast.agent)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"same_person": False}, "同一件事"),
        ({"into": "closed"}, "还在处理"),
        ({"into": "self"}, "另一件"),
        ({"into": "stranger"}, "客户账号不同"),
    ],
)
def test_refused_merges_write_nothing(cast, change, why):
    first, second = pair(cast)
    into = {
        "closed": lambda: make_ticket(cast, "closed"),
        "self": lambda: second,
        "stranger": lambda: make_ticket(cast, actor=cast.other_customer),
    }.get(change.get("into", ""), lambda: first)()
    with on(3), pytest.raises(ActionError, match=why):
        actions.merge_ticket(
            second, actor=cast.supervisor, into=into, same_person=change.get("same_person", True)
        )
    second.refresh_from_db()
    assert (second.state, TicketLink.objects.count()) == (State.RECEIVED, 0)


@pytest.mark.parametrize(
    ("kind", "into", "merges"),
    [
        ("privacy_request", "complaint", False),
        ("complaint", "enquiry", False),
        ("complaint", "privacy_request", False),
        ("enquiry", "complaint", True),
        ("suggestion", "hardship_request", True),
        ("privacy_request", "privacy_request", True),
    ],
)
def test_what_has_a_clock_and_steps_of_its_own_does_not_end_in_a_case_without(cast, kind, into, merges):
    first, second = pair(cast)
    Ticket.objects.filter(pk=second.pk).update(kind=kind)
    Ticket.objects.filter(pk=first.pk).update(kind=into)
    if merges:
        merge(second, first, cast.supervisor)
        assert second.state == "merged"
        return
    with pytest.raises(ActionError, match="有自己的期限和步骤"):
        merge(second, first, cast.supervisor)


def test_a_case_into_which_others_went_is_not_merged_away(cast):
    first, second = pair(cast)
    with on(3):
        merge(second, first, cast.agent)
        third = make_ticket(cast)
        with pytest.raises(ActionError, match="反过来"):
            actions.merge_ticket(first, actor=cast.agent, into=third, same_person=True)
        with pytest.raises(ActionError, match="已经并入"):
            actions.merge_ticket(third, actor=cast.agent, into=second, same_person=True)


def test_the_code_of_a_merged_case_leads_to_the_survivor(client, cast):
    number, code = file_case(client)
    client.cookies.clear()
    other, _code = file_case(client, anew="on")
    merged, survivor = Ticket.objects.get(number=number), Ticket.objects.get(number=other)
    merge(merged, survivor, cast.agent)
    client.cookies.clear()
    asked = client.post(reverse("tickets:track"), {"number": number, "code": code}, follow=True)
    assert asked.redirect_chain == [
        (url("tracked", number), 302),
        (url("tracked", other), 302),
    ]
    assert (asked.status_code, asked.context["ticket"]) == (200, survivor)


def test_that_door_closes_when_the_merge_is_undone(cast):
    first, second = make_ticket(cast, actor=Guest()), make_ticket(cast, actor=Guest(), narrative=LATER)
    holder = guest_of(second)
    merge(second, first, cast.agent)
    assert set(queries.tickets_visible_to(holder)) == {first, second}
    actions.unmerge_ticket(second, actor=cast.agent)
    assert set(queries.tickets_visible_to(holder)) == {second}
    assert queries.timeline_of(first, holder) == []


def test_merged_cases_are_left_out_of_the_queue_but_found_by_number(cast):
    first, second = pair(cast)
    with on(3):
        merge(second, first, cast.agent)

    def found(**wanted):
        return [row.number for row in queue_page(cast.supervisor, QueueFilter(**wanted)).rows]

    assert found() == found(state="any") == [first.number]
    assert found(state="merged") == [second.number]
    assert found(state="any", text=second.number) == [second.number]


def test_a_split_part_has_number_clock_and_copies_of_its_own(cast):
    with on(0):
        whole = make_ticket(cast)
        kept = actions.add_evidence(whole, actor=cast.customer, file=text_file("一"))
        taken = actions.add_evidence(whole, actor=cast.customer, file=text_file("二", "two.txt"))
    with on(3):
        part = actions.split_ticket(
            whole,
            actor=cast.agent,
            kind="privacy_request",
            topic="privacy",
            narrative="另外要求删除通讯录。",
            request="请删除。",
            evidence=[taken.pk, 10**9],
            reason="两件事。",
        )
    part.refresh_from_db()
    assert (part.customer, part.kind, f"{deadlines.started_on(part)}") == (
        cast.customer,
        "privacy_request",
        "2026-03-02",
    )
    assert [file.sha256 for file in part.evidence.all()] == [taken.sha256]
    assert set(whole.evidence.all()) == {kept, taken}
    assert [(tie.kind, tie.is_from_here) for tie in queries.ties_of(part, cast.agent)] == [
        ("split_from", True)
    ]
    assert [(tie.kind, tie.is_from_here) for tie in queries.ties_of(whole, cast.agent)] == [
        ("split_from", False)
    ]


def test_what_is_overdue_does_not_end_in_a_case_that_is_due_later(cast):
    with on(0):
        first = make_ticket(cast)
    with on(16):
        second = make_ticket(cast, "classified", severity="complex", narrative=LATER)
        with pytest.raises(ActionError, match="逾期"):
            merge(first, second, cast.agent)
        merge(second, first, cast.agent)
    assert f"{first.due_on}" == "2026-03-17"


def split(whole, cast, **changes):
    words = {"narrative": "另外要求说明费用。", "request": "请说明。"}
    fields = {"kind": "complaint", "topic": "fees", "actor": cast.agent} | words | changes
    return Ticket.objects.get(pk=actions.split_ticket(whole, **fields).pk)


def test_a_split_part_keeps_the_receipt_the_people_and_the_regulator_of_the_whole(cast):
    with on(0):
        mandate = text_file("授权书", "mandate.txt")
        whole = make_ticket(
            cast,
            actor=cast.agent,
            channel="regulator",
            referral=REFERRAL | {"due_on": dt.date(2026, 3, 20)},
            represented_by=REPRESENTED | {"authorisation": mandate},
            group=[{"name": f"人{n}", "contact": f"1380000005{n}", "speaks": n == 0} for n in range(2)],
        )
        Ticket.objects.filter(pk=whole.pk).update(language="en")
        whole = Ticket.objects.get(pk=whole.pk)
    with on(5):
        part = split(whole, cast, evidence=[whole.representation.authorisation_id])
    assert (part.received_at, part.language) == (MONDAY, "en")
    assert f"{part.due_on}" == "2026-03-17"
    assert [event.kind for event in part.main_clock.events.all()] == ["started"]
    assert answer_addresses(part) == ["lawyer@example.com"]
    assert part.representation.authorisation.ticket == part
    assert [(m.name, m.contact, m.speaks) for m in part.group_members.all()] == [
        ("人0", "13800000050", True),
        ("人1", "13800000051", False),
    ]
    assert (part.referral.number, part.referral.authority) == ("(2026)12号", "某地监管局")
    [carried] = part.clocks.filter(purpose="regulator")
    assert (carried.subject, f"{carried.due_on}") == ("(2026)12号", "2026-03-20")
    contact = part.clocks.get(purpose="contact")  # a promise of its own
    assert contact.due_on == dt.date(2026, 3, 10)


def test_what_a_regulator_was_answered_is_not_asked_again_of_a_part(cast):
    with on(0):
        whole = make_ticket(cast, actor=cast.agent, channel="regulator", referral=REFERRAL)
        end_beside(whole.clocks.get(purpose="regulator"), cast.agent, "已答复")
        part = split(whole, cast)
        other = split(make_ticket(cast, actor=cast.agent, channel="regulator"), cast)
    assert part.referral.number == "(2026)12号"
    assert not part.clocks.filter(purpose="regulator").exists()
    assert not other.clocks.filter(purpose="regulator").exists()  # without a letter there is no such clock


def test_a_part_of_what_came_more_than_a_year_ago(cast):
    with on(0):
        whole = make_ticket(cast)
    with on(400):
        assert split(whole, cast).received_at == MONDAY


def test_a_relation_is_told_on_both_sides_once_and_can_be_taken_back(cast):
    first, second = pair(cast)
    actions.link_ticket(first, actor=cast.agent, other=second, reason="同一个门店。")
    with pytest.raises(ActionError, match="已经关联"):
        actions.link_ticket(second, actor=cast.agent, other=first)
    assert [tie.other for tie in queries.ties_of(second, cast.agent)] == [first]
    assert "ticket.linked" not in {entry.verb for entry in queries.timeline_of(first, cast.customer)}
    actions.unlink_ticket(second, actor=cast.agent, other=first)
    assert queries.ties_of(first, cast.agent) == queries.ties_of(second, cast.agent) == []
    with pytest.raises(ActionError, match="没有关联"):
        actions.unlink_ticket(second, actor=cast.agent, other=first)


# --- Duplicates -------------------------------------------------------------------------------


def test_likely_duplicates_say_why(cast):
    with on(0):
        case = make_ticket(cast)
        same = make_ticket(
            cast,
            actor=Guest(),
            contact="138-0000-0021",
            narrative=FILED["narrative"] + "昨天又催了一次。",
        )
        make_ticket(cast, actor=Guest(), contact="13800000021", narrative="想问提前还款怎么算利息。")
        make_ticket(cast, actor=cast.other_customer, contact="13900000000")
        [found] = duplicates_of(case, queries.tickets_visible_to(cast.supervisor))
    assert (found.ticket, found.reasons[:2]) == (same, ("同一个联系方式", "主题相同"))


def test_what_ended_long_ago_or_is_tied_already_is_not_offered(cast):
    with on(0):
        old = make_ticket(cast, "closed")
    with on(60):
        case = make_ticket(cast)
        assert [one.ticket for one in duplicates_of(case, Ticket.objects.all())] == [old]
        actions.link_ticket(case, actor=cast.supervisor, other=old)
        assert duplicates_of(case, Ticket.objects.all()) == []
    with on(200):
        assert [one.ticket for one in duplicates_of(make_ticket(cast), Ticket.objects.all())] == [case]


def test_texts_of_a_few_common_words_are_not_alike():
    assert likeness("请退款", "请退款，另外我的征信被错误上报，麻烦更正并书面说明原因。") < 0.35
    assert likeness("", "请退款") == 0


# --- Pages ------------------------------------------------------------------------------------


def test_the_desk_page_offers_merges_and_undoes(client_of, cast):
    first = make_ticket(cast)
    second = make_ticket(cast, narrative=FILED["narrative"] + "请尽快处理。")
    agent = client_of("agent")
    page = agent.get(url("ticket", second.number)).content.decode()
    assert (f'hx-get="{url("ticket", second.number)}?part=duplicates"' in page, first.number in page) == (
        True,
        False,
    )
    for headers in ({}, {"hx-request": "true"}):
        answer = agent.get(url("ticket", second.number), {"part": "duplicates"}, headers=headers)
        assert [one.ticket for one in answer.context["duplicates"]] == [first]
        assert (first.number in answer.content.decode(), "<html" in answer.content.decode()) == (
            True,
            not headers,
        )
    shown = agent.post(url("merge", second.number), {"other": first.number})
    assert (shown.status_code, Ticket.objects.filter(state="merged").count()) == (400, 0)
    page = shown.content.decode()
    assert "甲**" in page
    assert "138******21" in page
    assert first.narrative[:20] in page
    absent = agent.post(url("merge", second.number), {"other": "C-2026-999999", "same_person": "on"})
    assert (absent.status_code, Ticket.objects.filter(state="merged").count()) == (400, 0)
    assert (
        agent.post(
            url("merge", second.number), {"other": first.number, "shown": first.number, "same_person": "on"}
        ).status_code
        == 302
    )
    merged = agent.get(url("ticket", second.number))
    assert merged.context["can_unmerge"]
    assert second.number in agent.get(url("ticket", first.number)).content.decode()
    agent.post(url("unmerge", second.number))
    assert Ticket.objects.get(pk=second.pk).state == "received"


def test_a_split_from_the_page_ends_at_the_page_that_shows_the_code(client_of, cast):
    whole = make_ticket(cast)
    file = actions.add_evidence(whole, actor=cast.customer, file=text_file())
    typed = {"kind": "enquiry", "topic": "fees", "narrative": "另问费用。", "request": "请说明。"}
    answer = client_of("agent").post(url("split", whole.number), typed | {"evidence": [file.pk]})
    assert answer.headers["Location"] == reverse("tickets:logged")
    assert Ticket.objects.exclude(pk=whole.pk).get().evidence.count() == 1


def test_the_same_story_again_is_asked_about_before_it_is_filed(client):
    number, _code = file_case(client)
    typed = {name: value for name, value in FORM.items() if name not in ("name", "contact")}
    typed |= {"token": token_of(client), "request": "请处理。"}
    asked = client.post(reverse("tickets:new"), typed)
    assert (asked.status_code, [one.ticket.number for one in asked.context["likely"]]) == (409, [number])
    assert typed["narrative"] in asked.content.decode()
    token = asked.context["form"]["token"].value()
    filed = client.post(reverse("tickets:new"), typed | {"anew": "on", "token": token})
    assert (filed.status_code, Ticket.objects.count()) == (302, 2)


def test_what_others_filed_is_never_offered_to_a_visitor(client, cast):
    make_ticket(cast, actor=Guest())
    file_case(client)
    assert Ticket.objects.count() == 2


# --- Two people -----------------------------------------------------------------------------------
def strangers(cast):
    """Two guests with different contacts; the later one's case is merged by the tests."""
    with on(0):
        first = make_ticket(cast, actor=Guest(), complainant="甲某", contact="13800000051")
    with on(3):
        second = make_ticket(cast, actor=Guest(), complainant="乙某", contact="13800000052", narrative=LATER)
    return first, second


def test_agents_do_not_merge_the_cases_of_two_people_and_supervisors_only_knowingly(cast):
    first, second = strangers(cast)
    fields = {"into": first, "same_person": True}
    with pytest.raises(ActionError, match="联系方式不同，可能是不同的人"):
        actions.merge_ticket(second, actor=cast.agent, knows_difference=True, **fields)
    with pytest.raises(ActionError, match="请勾选"):
        actions.merge_ticket(second, actor=cast.supervisor, **fields)
    assert not TicketLink.objects.exists()
    actions.merge_ticket(second, actor=cast.supervisor, knows_difference=True, **fields)
    entry = AuditEntry.objects.get(verb="ticket.merged")
    assert '"knows_difference":true' in entry.body


def test_one_contact_however_it_is_written_is_one_person(cast):
    first = make_ticket(cast, actor=Guest(), contact="13800000051")
    second = make_ticket(cast, actor=Guest(), contact="+86 138-0000-0051", narrative=LATER)
    merge(second, first, cast.agent)
    assert second.state == State.MERGED


def test_after_a_merge_of_two_people_each_reads_only_their_own(client, client_of, cast):
    first, second = strangers(cast)
    file = actions.add_evidence(first, actor=guest_of(first), file=text_file("甲的流水", "甲.txt"))
    actions.reply_ticket(first, actor=cast.supervisor, text="给甲的答复。")
    actions.merge_ticket(
        second, actor=cast.supervisor, into=first, same_person=True, knows_difference=True, reason="一起查。"
    )
    mine = client.post(
        reverse("tickets:track"), {"number": second.number, "code": second.tracking_code}, follow=True
    ).content.decode()
    assert LATER in mine
    for secret in (first.narrative, "给甲的答复。", "甲.txt", first.number):
        assert secret not in mine
    assert client.get(url("tracked", first.number)).status_code == 404
    assert client.get(url("evidence", first.number, pk=file.pk)).status_code == 404
    assert list(queries.tickets_visible_to(guest_of(second))) == [second]
    other = Guest(frozenset({f"ticket:{first.grant_key}"}))
    told = [line.text for line in lines_of(queries.timeline_of(first, other), of=first)]
    assert LATER not in told
    assert second.number not in f"{[entry.data for entry in queries.timeline_of(first, other)]}"
    desk = client_of("supervisor").get(url("ticket", first.number)).content.decode()
    assert LATER in desk


def test_a_merge_of_two_people_gives_nobody_an_account(cast):
    with on(0):
        first = make_ticket(cast, actor=Guest(), contact="13800000051")
        second = make_ticket(cast, narrative=LATER)
        actions.merge_ticket(
            second, actor=cast.supervisor, into=first, same_person=True, knows_difference=True
        )
    first.refresh_from_db()
    assert first.customer is None
    assert not queries.tickets_visible_to(cast.customer).filter(pk=first.pk).exists()
    with on(0):
        actions.unmerge_ticket(second, actor=cast.supervisor)
    assert list(queries.tickets_visible_to(cast.customer)) == [second]


def test_whoever_acts_for_a_person_does_not_reach_what_that_person_filed(cast):
    with on(0):
        first = make_ticket(cast, actor=Guest())
        who = {"name": "代理人", "contact": "13900000000", "relation": "lawyer", "answer_to": "both"}
        acting = who | {"authorisation": text_file("授权", "auth.txt")}
        second = make_ticket(cast, actor=Guest(), represented_by=acting, narrative=LATER)
        with pytest.raises(ActionError, match="代理人不同"):
            actions.merge_ticket(second, actor=cast.agent, into=first, same_person=True)


def test_a_supervisor_names_the_difference_on_the_page(client_of, cast):
    first, second = strangers(cast)
    agent, supervisor = client_of("agent"), client_of("supervisor")
    said = {"other": first.number, "shown": first.number, "same_person": "on"}
    assert agent.post(url("merge", second.number), said).status_code == 409
    shown = supervisor.post(url("merge", second.number), {"other": first.number}).content.decode()
    assert "联系方式不同" in shown
    assert 'name="knows_difference"' in shown
    assert supervisor.post(url("merge", second.number), said).status_code == 409
    assert supervisor.post(url("merge", second.number), said | {"knows_difference": "on"}).status_code == 302
