"""One clock: worked dates, what moves a due date and what never does."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from helpdesk.core import pdf
from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import User
from tests.tickets.factories import LABELS, guest_of, last, make_resolvable, make_ticket, text_file
from tests.tickets.pages import file_case
from tests.tickets.test_letters import LAWYER, REFUSING
from tickets import actions, deadlines, queries
from tickets.models import ClockEvent, Severity, Ticket
from tickets.tasks import send_letters
from tickets.views.present import lines_of

# Received on; due after 15, 30, 60 days, each with the next working day of the published calendar
# (None: nobody has published that year); 20 days of the credit-report rule.
WORKED = [
    ("2026-11-22", "2026-12-07 2026-12-07", "2026-12-22 2026-12-22", "2027-01-21 None", "2026-12-12"),
    ("2026-09-17", "2026-10-02 2026-10-08", "2026-10-17 2026-10-19", "2026-11-16 2026-11-16", "2026-10-07"),
    ("2026-02-01", "2026-02-16 2026-02-24", "2026-03-03 2026-03-03", "2026-04-02 2026-04-02", "2026-02-21"),
    ("2026-09-24", "2026-10-09 2026-10-09", "2026-10-24 2026-10-26", "2026-11-23 2026-11-23", "2026-10-14"),
    ("2026-02-12", "2026-02-27 2026-02-27", "2026-03-14 2026-03-16", "2026-04-13 2026-04-13", "2026-03-04"),
    ("2026-01-30", "2026-02-14 2026-02-14", "2026-03-01 2026-03-02", "2026-03-31 2026-03-31", "2026-02-19"),
    ("2026-12-20", "2027-01-04 None", "2027-01-19 None", "2027-02-18 None", "2027-01-09"),
]
BY_CODE = ("decision_simple", "decision_complex", "decision_exceptional")
DAY = dt.timedelta(days=1)


def at(day: str, hour: int = 10) -> dt.datetime:
    """An hour of a day in the business zone (UTC+8)."""
    return dt.datetime.fromisoformat(day).replace(hour=hour, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def days(text: str) -> list[dt.date | None]:
    return [None if part == "None" else dt.date.fromisoformat(part) for part in text.split()]


@pytest.mark.django_db
@pytest.mark.parametrize("row", WORKED, ids=lambda row: row[0])
def test_worked_dates(row):
    received = dt.date.fromisoformat(row[0])
    pack = deadlines.pack_for("complaint", received)
    for code, expected in zip(BY_CODE, row[1:4], strict=True):
        standing = started(pack, pack.milestones[code], received)
        assert [standing.due_on, standing.latest_on] == days(expected)
    dispute = deadlines.pack_for("credit_report_dispute", received)
    assert [started(dispute, dispute.milestones["written_reply"], received).due_on] == days(row[4])


def started(pack, milestone, on):
    """Where a clock stands that has only started."""
    fact = deadlines.Fact("started", pack.rule(milestone.code), milestone.n, milestone.unit, on, at(f"{on}"))
    return deadlines.derive([fact], pack.calendar())


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["complaint", "enquiry", "suggestion", "privacy_request"])
def test_every_severity_has_a_milestone(kind):
    pack = deadlines.pack_for(kind, dt.date(2026, 1, 1))
    assert set(pack.by_severity) == {*Severity.values, "review"}
    assert set(pack.by_severity.values()) <= set(pack.milestones)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("severity", "rule", "due"),
    [
        ("ordinary", "cn_nfra_2020_3@1:decision_simple", "2026-10-02"),
        ("complex", "cn_nfra_2020_3@1:decision_complex", "2026-10-17"),
        ("major", "cn_nfra_2020_3@1:decision_complex", "2026-10-17"),
    ],
)
def test_severity_chooses_the_rule(severity, rule, due, cast):
    with time_machine.travel(at("2026-09-17"), tick=False):
        ticket = make_ticket(cast, "classified", severity=severity)
    assert (ticket.due_rule, f"{ticket.due_on}") == (rule, due)


@pytest.mark.django_db
def test_the_day_of_receipt_is_that_of_the_business_zone(cast):
    with time_machine.travel(at("2026-09-17", hour=1), tick=False):  # still the 16th in UTC
        ticket = make_ticket(cast)
    assert f"{ticket.due_on}" == "2026-10-02"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "rule", "due", "law"),
    [
        ("credit_report_dispute", "cn_credit_dispute@1:written_reply", "2026-10-07", True),
        ("privacy_request", "cn_pipl_dsr@1:respond", "2026-10-14", False),
        ("hardship_request", "desk_service_level@1:reply", "2026-10-02", False),
    ],
)
def test_a_kind_chooses_its_pack(kind, rule, due, law, cast):
    with time_machine.travel(at("2026-09-17"), tick=False):
        ticket = make_ticket(cast, kind=kind)
    explained = deadlines.explain_deadline(ticket)
    assert (ticket.due_rule, f"{ticket.due_on}", explained.shown_as_law) == (rule, due, law)


@pytest.mark.django_db
def test_explain_deadline(cast, django_assert_num_queries):
    with time_machine.travel(at("2026-09-17"), tick=False):
        ticket = make_ticket(cast)
    with django_assert_num_queries(4):
        explained = deadlines.explain_deadline(ticket)
    assert (explained.rule, explained.name, explained.source, explained.grade, explained.shown_as_law) == (
        "cn_nfra_2020_3@1:decision_simple",
        "银行业保险业消费投诉处理管理办法",
        "中国银保监会令 2020 年第 3 号",
        "V2",
        True,
    )
    assert (f"{explained.started_on}", f"{explained.first_day}") == ("2026-09-17", "2026-09-18")
    assert (f"{explained.due_on}", f"{explained.latest_on}") == ("2026-10-02", "2026-10-08")
    assert (explained.undetermined, explained.ended_on) == (False, None)
    assert explained.calendar_version.startswith("chinesecalendar ")
    assert [(e.kind, f"{e.on}", e.n, e.unit, e.zone, e.calendar_version) for e in explained.events] == [
        ("started", "2026-09-17", 15, "cal", "Asia/Shanghai", explained.calendar_version)
    ]


@pytest.mark.django_db
def test_an_unpublished_year_is_said_to_be_unknown(cast):
    with time_machine.travel(at("2026-12-20"), tick=False):
        explained = deadlines.explain_deadline(make_ticket(cast))
    assert (f"{explained.due_on}", explained.latest_on, explained.undetermined) == ("2027-01-04", None, True)


@pytest.mark.django_db
def test_waiting_for_the_customer_does_not_stop_the_clock(cast):
    with time_machine.travel(at("2026-09-17"), tick=False):
        ticket = make_ticket(cast, "awaiting_customer")
    assert f"{ticket.due_on}" == "2026-10-02"
    assert [e.kind for e in ticket.main_clock.events.all()] == ["started"]


@pytest.mark.django_db
def test_reclassify_moves_the_date_with_its_reason(cast):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating")
        clock.move_to(at("2026-09-20"))
        labels = LABELS | {"severity": "major"}
        ticket = actions.reclassify_ticket(ticket, actor=cast.agent, reason="涉及多人。", **labels)
    assert f"{ticket.due_on}" == "2026-10-17"
    assert [(e.kind, f"{e.on}", e.n, e.reason, e.by) for e in ticket.main_clock.events.all()] == [
        ("started", "2026-09-17", 15, "", cast.customer),
        ("reclassified", "2026-09-20", 30, "涉及多人。", cast.agent),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["classify", "reclassify"])
def test_a_day_that_was_missed_stays_missed_and_the_timeline_says_so(cast, verb):
    """15 → 30 days is decided within the 15 days, or not at all; no other kind's rules give more."""
    labels = LABELS | {"severity": "complex"}
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "received" if verb == "classify" else "classified")
        clock.move_to(at("2026-10-03"))
        if verb == "classify":
            ticket = actions.classify_ticket(ticket, actor=cast.supervisor, **labels)
        else:
            ticket = actions.reclassify_ticket(ticket, actor=cast.supervisor, reason="涉及多人。", **labels)
        assert (ticket.severity, f"{ticket.due_on}") == ("complex", "2026-10-02")
        assert [e.kind for e in ticket.main_clock.events.all()] == ["started"]
        (line,) = lines_of([last(ticket.entries)], desk=True)
        assert line.detail.endswith("期限 2026-10-02 已过，不因分类延长")
        assert "missed_on" not in str([entry.data for entry in queries.timeline_of(ticket, cast.customer)])
        for kind in ("credit_report_dispute", "privacy_request", "complaint"):
            labels["kind"] = kind
            ticket = actions.reclassify_ticket(ticket, actor=cast.supervisor, reason="改一改。", **labels)
            assert (ticket.kind, f"{ticket.due_on}") == (kind, "2026-10-02")
    assert [e.kind for e in ticket.main_clock.events.all()] == ["started"]
    assert queries.is_overdue(ticket)


def changed(ticket: Ticket, cast, **labels: str) -> Ticket:
    return actions.reclassify_ticket(ticket, actor=cast.supervisor, reason="改一改。", **LABELS | labels)


@pytest.mark.django_db
def test_what_a_wrong_classification_made_overdue_can_be_put_right_and_no_more(cast):
    """20 days of the credit-report rule are over on the 25th day, the 30 of a complex complaint are not."""
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "classified", severity="complex")
        clock.move_to(at("2026-10-12"))
        wrong = changed(ticket, cast, kind="credit_report_dispute", severity="complex")
        assert (f"{wrong.due_on}", queries.is_overdue(wrong)) == ("2026-10-07", True)
        right = changed(ticket, cast, severity="complex")
        assert (f"{right.due_on}", queries.is_overdue(right)) == ("2026-10-17", False)
        changed(ticket, cast, kind="credit_report_dispute", severity="complex")
        clock.move_to(at("2026-10-18"))  # the day that it had has passed meanwhile
        back = changed(ticket, cast, severity="complex")
    assert (f"{back.due_on}", back.due_rule) == ("2026-10-17", "cn_nfra_2020_3@1:decision_complex")


@pytest.mark.django_db
def test_a_shorter_kind_on_the_way_gives_no_more_than_the_day_that_was_held(cast):
    """Fifteen days of a complaint pass under a longer rule of another kind: thirty are more than either."""
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "classified")
        other = changed(ticket, cast, kind="credit_report_dispute")
        assert f"{other.due_on}" == "2026-10-07"
        clock.move_to(at("2026-10-03"))
        back = changed(ticket, cast)
        assert f"{back.due_on}" == "2026-10-02"
        more = changed(ticket, cast, severity="complex")
    assert f"{more.due_on}" == "2026-10-02"
    assert last(ticket.entries.filter(verb="ticket.reclassified")).data["missed_on"] == "2026-10-02"


@pytest.mark.django_db
def test_on_the_last_day_a_case_may_still_become_complex(cast):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast)
        clock.move_to(at("2026-10-02", 23))
        ticket = actions.classify_ticket(ticket, actor=cast.supervisor, **(LABELS | {"severity": "complex"}))
    assert f"{ticket.due_on}" == "2026-10-17"


@pytest.mark.django_db
def test_extend_15_to_30_is_a_reclassification_without_notice(cast):
    with time_machine.travel(at("2026-09-17"), tick=False):
        ticket = make_ticket(cast, "investigating")
        ticket = actions.extend_deadline(
            ticket, actor=cast.supervisor, milestone="decision_complex", reason="需调取第三方录音。"
        )
    assert (ticket.severity, f"{ticket.due_on}") == ("complex", "2026-10-17")
    assert [(e.kind, e.reason) for e in ticket.main_clock.events.all()] == [
        ("started", ""),
        ("reclassified", "需调取第三方录音。"),
    ]
    assert [(e.verb, e.public) for e in ticket.entries.all()][-2:] == [
        ("ticket.deadline_extended", False),
        ("ticket.new_date_told", True),
    ]


MORE_TIME = "这件事的情况比较复杂，需要更多时间核实。"
INTERNAL = "内部：涉及多人。"


@pytest.fixture
def printed(monkeypatch) -> list[str]:
    """What was printed on paper."""
    texts: list[str] = []
    render = pdf.render

    def keep(template, data):
        texts.append(str(data))
        return render(template, data)

    monkeypatch.setattr(pdf, "render", keep)
    return texts


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("verb", "told"),
    [
        ("classify", ""),
        ("reclassify", ""),
        ("reclassify", "要向合作机构调取录音。"),
        ("extend", ""),
        ("extend", "要向合作机构调取录音。"),
    ],
)
def test_the_customer_reads_the_new_date_and_why(cast, client, printed, verb, told):
    """On the page of the case and in a notice, never with what staff noted for themselves."""
    with time_machine.travel(at("2026-09-17"), tick=False):
        ticket = make_ticket(cast, "received" if verb == "classify" else "investigating")
        labels, words = LABELS | {"severity": "complex"}, {"reason": INTERNAL, "told": told}
        if verb == "classify":
            ticket = actions.classify_ticket(ticket, actor=cast.supervisor, **labels)
        elif verb == "reclassify":
            ticket = actions.reclassify_ticket(ticket, actor=cast.agent, **labels, **words)
        else:
            words["milestone"] = "decision_complex"
            ticket = actions.extend_deadline(ticket, actor=cast.supervisor, **words)
        client.force_login(cast.customer)
        page = client.get(reverse("tickets:tracked", args=[ticket.number]))
    line = page.context["lines"][-1]
    assert (line.heading, line.detail, line.text) == ("答复期限变了", "期限 2026-10-17", told or MORE_TIME)
    [notice] = ticket.deliveries.all()
    assert (notice.letter, notice.channel, notice.state) == ("new_date", "portal", "opened")
    [text] = printed
    assert all(part in text for part in ("2026年10月17日", told or MORE_TIME, ticket.number))
    assert INTERNAL not in text + page.content.decode()
    assert "期限变更通知" in page.content.decode()


@pytest.mark.django_db
def test_a_sooner_date_and_another_kind_are_told_in_the_customers_language(cast):
    with time_machine.travel(at("2026-09-17"), tick=False):
        with translation.override("en"):
            ticket = make_ticket(cast, "classified", severity="complex")
        other: dict[str, Any] = LABELS | {"kind": "credit_report_dispute"}
        for labels in (LABELS, other):
            ticket = actions.reclassify_ticket(ticket, actor=cast.supervisor, reason=INTERNAL, **labels)
    told = [e for e in ticket.entries.all() if e.verb == "ticket.new_date_told"]
    assert [(e.text, e.data) for e in told] == [
        ("The matter is rather complex and takes more time to look into.", {"due_on": "2026-10-17"}),
        ("We have looked again, and can answer you sooner.", {"due_on": "2026-10-02"}),
        (
            "We now handle this as: Credit report dispute. The date follows from that.",
            {"due_on": "2026-10-07"},
        ),
    ]


@pytest.mark.django_db
def test_the_same_date_is_not_told_again(cast):
    with time_machine.travel(at("2026-09-17"), tick=False):
        ticket = make_ticket(cast, "investigating", severity="complex")
        before = ticket.deliveries.count()
        labels = LABELS | {"severity": "major"}
        ticket = actions.reclassify_ticket(ticket, actor=cast.agent, reason=INTERNAL, **labels)
    assert (ticket.severity, ticket.deliveries.count()) == ("major", before)
    assert last(ticket.entries).verb == "ticket.reclassified"


@pytest.mark.django_db
def test_a_date_that_nobody_can_know_yet_is_not_promised(cast, printed):
    with time_machine.travel(at("2026-12-20"), tick=False):
        ticket = make_ticket(cast, "investigating")
        labels = LABELS | {"kind": "privacy_request"}  # counted in working days
        ticket = actions.reclassify_ticket(ticket, actor=cast.agent, reason=INTERNAL, **labels)
    assert (ticket.main_clock.due_on, last(ticket.entries).data) == (None, {})
    assert "2027年1月1日或以后（那一年的放假安排还没有公布）" in printed[0]


@pytest.mark.django_db
def test_no_page_and_no_line_promises_a_date_that_nobody_can_know_yet(cast, client):
    asked = {"right": "access", "scope": ""}
    with time_machine.travel(at("2026-12-20"), tick=False):
        file_case(client, kind="privacy_request", **asked)
        page = client.get(reverse("tickets:received")).content.decode()
        assert "2027年1月1日或以后（那一年的放假安排还没有公布）" in page
        assert "最迟" not in page
        ticket = make_ticket(cast, "investigating", kind="privacy_request", details=asked)
        for step in queries.undone_steps(ticket):
            actions.complete_step(ticket, actor=cast.agent, step=step.code, text="已办。")
        make_resolvable(cast, ticket)
        actions.resolve_ticket(ticket, actor=cast.agent)
        actions.reopen_ticket(ticket, actor=cast.customer, reason="还缺一部分。")
    lines = [entry for entry in queries.timeline_of(ticket, cast.customer) if "due_on" in entry.data]
    assert (lines, ticket.entries.filter(verb="ticket.reopened").count()) == ([], 1)


PHONED: dict[str, Any] = {"channel": "phone", "customer": None}  # reached by people only


def asked(ticket, actor):
    """The handler asks for the exceptional period."""
    return actions.request_extension(
        ticket, actor=actor, milestone="decision_exceptional", reason="案情特别复杂。"
    )


def exceptional(ticket, cast):
    """Asked for by the handler and granted by the senior supervisor, today."""
    actions.grant_approval(ticket, actor=cast.supervisor, approval=asked(ticket, cast.agent))
    return Ticket.objects.get(pk=ticket.pk)


@pytest.mark.django_db
def test_extend_30_to_60_with_approval_and_notice(cast):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating", severity="complex")
        clock.move_to(at("2026-10-16"))
        ticket = exceptional(ticket, cast)
    assert (ticket.due_rule, f"{ticket.due_on}") == ("cn_nfra_2020_3@1:decision_exceptional", "2026-11-16")
    event = last(ticket.main_clock.events)
    assert (event.kind, event.by, f"{event.notice_sent_on}") == ("extended", cast.supervisor, "2026-10-16")
    entry = last(ticket.entries)
    assert (entry.public, entry.text) == (True, "案情特别复杂。")
    notice = ticket.deliveries.exclude(letter="new_date").get()
    assert (notice.letter, notice.channel, notice.state) == ("extension", "portal", "sent")


@pytest.mark.django_db
def test_a_typed_date_extends_nothing(cast):
    """Neither by itself nor with a contact of that day: nobody has asked, nobody else has granted."""
    with time_machine.travel(at("2026-09-17"), tick=False):
        ticket = make_ticket(cast, "investigating", severity="complex")
        actions.log_contact(ticket, actor=cast.agent, method="phone", text="已告知。")
        fields: dict[str, Any] = {
            "milestone": "decision_exceptional",
            "reason": "复杂。",
            "notice_sent_on": at("2026-09-17").date(),
        }
        with pytest.raises(ActionError, match="承办人申请"):
            actions.extend_deadline(ticket, actor=cast.supervisor, **fields)
        waiting = asked(ticket, cast.agent)  # not granted yet
        with pytest.raises(ActionError, match="承办人申请"):
            actions.extend_deadline(ticket, actor=cast.supervisor, approval=waiting, **fields)
    assert f"{Ticket.objects.get(pk=ticket.pk).due_on}" == "2026-10-17"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("outcome", "contact_on", "told"),
    [
        (None, "", None),  # nobody called
        ("no_answer", "2026-10-12", None),  # nobody answered
        ("reached", "2026-10-10", None),  # before it was asked for
        ("reached", "2026-10-12", "2026-10-12"),
        ("declined", "2026-10-11", "2026-10-11"),
    ],
)
def test_who_is_reached_by_phone_only_is_told_by_people_and_the_log_proves_it(
    cast, outcome, contact_on, told
):
    def call(day):
        if outcome and day == contact_on:
            said = {"method": "phone", "text": "说明了延期的理由。", "outcome": outcome}
            actions.log_contact(ticket, actor=cast.agent, **said)

    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating", actor=cast.agent, severity="complex", **PHONED)
        clock.move_to(at("2026-10-10"))
        call("2026-10-10")
        clock.move_to(at("2026-10-11"))
        waiting = asked(ticket, cast.agent)
        for day in ("2026-10-11", "2026-10-12"):
            clock.move_to(at(day))
            call(day)
        clock.move_to(at("2026-10-13"))
        if told is None:
            with pytest.raises(ActionError, match="没有联系到客户的记录"):
                actions.grant_approval(ticket, actor=cast.supervisor, approval=waiting)
        else:
            actions.grant_approval(ticket, actor=cast.supervisor, approval=waiting)
    event = last(ticket.main_clock.events)
    expected = ("extended", told) if told else ("reclassified", "None")
    assert (event.kind, f"{event.notice_sent_on}") == expected
    assert ticket.deliveries.exclude(letter="new_date").count() == (1 if told else 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("granted_on", "sent_on", "called_on", "due_on", "told"),
    [
        ("2026-10-16", "2026-10-16", None, "2026-11-16", "2026-10-16"),
        ("2026-10-15", "2026-10-16", None, "2026-11-16", "2026-10-16"),  # counts from the day of the sending
        ("2026-10-16", "2026-10-17", None, "2026-10-17", "2026-10-17"),  # which is too late
        ("2026-10-16", None, None, "2026-10-17", None),  # nobody knows of it
        ("2026-10-16", None, "2026-10-16", "2026-11-16", "2026-10-16"),
    ],
)
def test_whom_only_an_email_tells_is_told_when_it_was_sent(
    cast, client_of, settings, granted_on, sent_on, called_on, due_on, told
):
    guest: dict[str, Any] = {"actor": Guest(), "contact": "jia@example.test"}
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating", severity="complex", **guest)
        send_letters()  # that it takes longer
        clock.move_to(at(granted_on))
        ticket = exceptional(ticket, cast)
        assert f"{ticket.due_on}" == "2026-11-16"
        if called_on:
            actions.log_contact(ticket, actor=cast.agent, method="phone", text="已告知延期。")
        clock.move_to(at(sent_on or granted_on))
        settings.EMAIL_BACKEND = settings.EMAIL_BACKEND if sent_on else REFUSING
        send_letters()
        page = client_of("supervisor").get(reverse("tickets:clocks", args=[ticket.number])).content.decode()
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert f"{ticket.due_on}" == due_on
    is_untold = told != granted_on
    assert ("通知没有及时送到客户" in page, f"{granted_on} 告知客户" in page) == (is_untold, not is_untold)
    assert (told is None) or (f"{told} 告知客户" in page)
    alerted = ticket.alerts.filter(user=cast.agent, kind="delivery", detail="untold").exists()
    assert (alerted, ticket.entries.filter(verb="ticket.notice_missed").exists()) == (is_untold, is_untold)


@pytest.mark.django_db
def test_an_extension_whose_e_mail_is_sent_again_on_the_same_day_is_given_anew(cast, settings):
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, REFUSING
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(
            cast, "investigating", severity="complex", actor=Guest(), contact="jia@example.test"
        )
        clock.move_to(at("2026-10-15"))
        ticket = exceptional(ticket, cast)
        send_letters()
        assert f"{Ticket.objects.get(pk=ticket.pk).due_on}" == "2026-10-17"
        settings.EMAIL_BACKEND = working
        notice = ticket.deliveries.get(letter="extension", channel="email")
        actions.retry_delivery(ticket, actor=cast.agent, delivery=notice)
        send_letters()
    assert f"{Ticket.objects.get(pk=ticket.pk).due_on}" == "2026-11-16"


@pytest.mark.django_db
@pytest.mark.parametrize("order", [["jia", "lawyer"], ["lawyer", "jia"]])
def test_an_extension_is_taken_back_once_its_e_mail_came_back_from_both(cast, order):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        lawyer = LAWYER | {"authorisation": text_file("委托书", "auth.txt")}
        guest: dict[str, Any] = {"actor": Guest(), "contact": "jia@example.test", "represented_by": lawyer}
        ticket = make_ticket(cast, "investigating", severity="complex", **guest)
        clock.move_to(at("2026-10-15"))
        ticket = exceptional(ticket, cast)
        send_letters()
        row = ticket.deliveries.get(letter="extension", channel="email")
        for name, due_on in zip(order, ("2026-11-16", "2026-10-17"), strict=True):
            who = [f"{name}@example.test"]
            inbox = User.system("inbox")
            actions.record_bounce(ticket, actor=inbox, delivery=row, error="Bounced: 5.1.1", refused=who)
            assert f"{Ticket.objects.get(pk=ticket.pk).due_on}" == due_on


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["2026-10-17", "2026-10-18"])  # the notice is not before day 30; it is over
def test_extend_30_to_60_stays_at_30_too_late(day, cast):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating", severity="complex")
        clock.move_to(at("2026-10-16"))
        waiting = asked(ticket, cast.agent)
        clock.move_to(at(day))
        with pytest.raises(ActionError):
            actions.grant_approval(ticket, actor=cast.supervisor, approval=waiting)
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert f"{ticket.due_on}" == "2026-10-17"
    assert not ticket.deliveries.exclude(letter="new_date").exists()
    assert [e.kind for e in ticket.main_clock.events.all()] == ["started", "reclassified"]


@pytest.mark.django_db
def test_an_extension_is_not_granted_by_who_asked_for_it(cast):
    with time_machine.travel(at("2026-09-17"), tick=False):
        ticket = make_ticket(cast, "classified", severity="complex")
        actions.assign_ticket(ticket, actor=cast.supervisor, assignee=cast.supervisor, no_conflict=True)
        waiting = asked(ticket, cast.supervisor)
        with pytest.raises(ActionError, match="提请人"):
            actions.grant_approval(ticket, actor=cast.supervisor, approval=waiting)
        with pytest.raises(ActionForbidden):
            asked(ticket, cast.agent)


@pytest.mark.django_db
def test_extend_30_to_60_needs_a_senior_supervisor(cast):
    """It is neither offered to another one nor done by them, and nobody does it alone."""
    with time_machine.travel(at("2026-09-17"), tick=False):
        ticket = make_ticket(cast, "investigating", severity="complex")
        waiting = asked(ticket, cast.agent)
        User.objects.filter(pk=cast.supervisor.pk).update(senior=False)
        other = User.objects.get(pk=cast.supervisor.pk)
        with pytest.raises(ActionError, match="高级主管"):
            actions.grant_approval(ticket, actor=other, approval=waiting)
        for person, offered in ((other, False), (cast.supervisor, True)):
            assert ("grant_approval" in queries.next_steps(ticket, person)) == offered
            assert "extend_deadline" not in queries.next_steps(ticket, person)


@pytest.mark.django_db
def test_extend_deadline_goes_step_by_step(cast):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating")
        clock.move_to(at("2026-09-20"))
        with pytest.raises(ActionError):
            exceptional(ticket, cast)
        assert [m.code for m in deadlines.extensions(ticket.due_rule, cast.supervisor)] == [
            "decision_complex"
        ]


@pytest.mark.django_db
def test_an_approved_extension_outlives_a_reclassification(cast):
    with time_machine.travel(at("2026-09-17"), tick=False):
        ticket = make_ticket(cast, "investigating", severity="complex")
        exceptional(ticket, cast)
        labels = LABELS | {"severity": "major"}
        ticket = actions.reclassify_ticket(ticket, actor=cast.agent, reason="升级。", **labels)
    assert f"{ticket.due_on}" == "2026-11-16"


@pytest.mark.django_db
def test_reopen_starts_again_from_that_day(cast):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "resolved")
        clock.move_to(at("2026-09-22"))
        ticket = actions.reopen_ticket(ticket, actor=cast.customer, reason="找到新的录音。")
    assert f"{ticket.due_on}" == "2026-10-07"
    assert [(e.kind, f"{e.on}") for e in ticket.main_clock.events.all()] == [
        ("started", "2026-09-17"),
        ("ended", "2026-09-17"),
        ("restarted", "2026-09-22"),
    ]
    assert deadlines.explain_deadline(ticket).ended_on is None


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["resolve", "withdraw", "decline"])
def test_the_clock_ends_that_day(end, cast):
    with time_machine.travel(at("2026-09-17"), tick=False) as clock:
        ticket = make_ticket(cast, "investigating" if end == "resolve" else "received")
        clock.move_to(at("2026-09-19"))
        if end == "resolve":
            make_resolvable(cast, ticket)
            actions.resolve_ticket(ticket, actor=cast.agent)
        elif end == "withdraw":
            actions.withdraw_ticket(ticket, actor=guest_of(ticket), reason="")
        else:
            actions.decline_ticket(ticket, actor=cast.agent, reason="不属于受理范围。")
    explained = deadlines.explain_deadline(ticket)
    assert (f"{explained.ended_on}", f"{explained.due_on}") == ("2026-09-19", "2026-10-02")


@pytest.mark.django_db
def test_a_review_runs_by_its_own_unverified_milestone(cast):
    with time_machine.travel(at("2026-09-17"), tick=False):
        ticket = make_ticket(cast, "resolved")
        review = actions.request_review(ticket, actor=cast.customer, reason="不同意。")
    explained = deadlines.explain_deadline(review)
    assert (explained.rule, explained.grade, explained.shown_as_law) == (
        "cn_nfra_2020_3@1:review_decision",
        "M",
        False,
    )


@pytest.mark.django_db
def test_the_stored_date_is_what_the_events_say(cast):
    for state in ("received", "classified", "resolved", "withdrawn"):
        ticket = make_ticket(cast, state, severity="major")
        standing = deadlines.standing_of(ticket.main_clock)
        assert (standing.due_on, standing.rule) == (ticket.due_on, ticket.due_rule)


@pytest.mark.django_db
def test_events_are_never_changed(cast):
    event = make_ticket(cast).main_clock.events.get()
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()
    assert ClockEvent.objects.filter(clock__purpose="case").count() == 1
