"""Rule packs in the browser: read, previewed, and changed by a version that running cases do not feel."""

import datetime as dt

import pytest
import time_machine
from django.utils import translation

from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry
from tests.tickets.factories import REFERRAL, make_ticket
from tickets import actions, deadlines
from tickets.actions.packs import version_pack
from tickets.deadlines.names import NAMES, called
from tickets.models import Clock, RulePack, Ticket

pytestmark = pytest.mark.django_db
CODE = "cn_nfra_2020_3"
PAGE = f"/tickets/packs/{CODE}/"
TODAY = dt.datetime(2026, 9, 17, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(TODAY, tick=False) as clock:
        yield clock


@pytest.fixture
def admin(client_of):
    return client_of("administrator")


def text_of(code: str = CODE) -> str:
    return RulePack.objects.filter(code=code).order_by("version").last().text  # type: ignore[union-attr]


def changed(*pairs: tuple[str, str], code: str = CODE) -> str:
    text = text_of(code)
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def sent(admin, text, do="save", after=1):
    return admin.post(f"{PAGE}new/", {"text": text, "note": "依据新规。", "after": after, do: "1"})


FASTER = ("n = 15", "n = 10")
FROM_OCTOBER = ("effective_from = 2020-03-01", "effective_from = 2026-10-01")


def test_list_and_page_show_grades(admin):
    page = admin.get("/tickets/packs/").content.decode()
    for said in ("银行业保险业消费投诉处理管理办法", "中国银保监会令 2020 年第 3 号", "M 未核实", "投诉"):
        assert said in page, said
    page = admin.get(PAGE).content.decode()
    for said in (
        "作出处理决定（特别复杂，经批准延长）",
        "60 自然日",
        "外部鉴定、检测或评估期间",
        "随产品提供",
    ):
        assert said in page, said
    assert admin.get(PAGE, {"version": "7"}).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_list_query_count(admin, django_assert_num_queries, count):
    for version in range(2, count + 1):
        RulePack.objects.create(code=CODE, version=version, text=text_of(), note="", at=TODAY)
    admin.get("/tickets/packs/")
    with django_assert_num_queries(3):
        admin.get("/tickets/packs/")


def test_a_preview_says_which_dates_would_differ_and_saves_nothing(admin, cast):
    running, complex_one = make_ticket(cast), make_ticket(cast, "classified", severity="complex")
    make_ticket(cast, "withdrawn")
    page = sent(admin, changed(FASTER), "look")
    found = page.context["preview"]
    assert [
        (shift.clock.ticket, f"{shift.clock.due_on}", f"{shift.then.due_on}") for shift in found.shifts
    ] == [(running, "2026-10-02", "2026-09-27")]
    assert (found.differing, found.looked_at, found.is_more) == (1, 2, False)
    assert [(before.n, after.n) for before, after in found.milestones] == [(15, 10)]
    assert page.context["lines"] == [("-", "n = 15"), ("+", "n = 10")]
    assert (RulePack.objects.filter(code=CODE).count(), complex_one.due_rule) == (
        1,
        f"{CODE}@1:decision_complex",
    )


def test_a_version_holds_from_its_day_on_and_running_cases_keep_theirs(admin, cast, _today):
    running = make_ticket(cast)
    assert sent(admin, changed(FASTER, FROM_OCTOBER)).status_code == 302
    row = RulePack.objects.get(code=CODE, version=2)
    assert (row.by, row.note) == (cast.administrator, "依据新规。")
    entry = AuditEntry.objects.get(verb="rule_pack.versioned")
    assert (entry.chain, entry.data["pack"], entry.data["after"]) == (f"tickets.rulepack:{CODE}", CODE, 1)
    assert make_ticket(cast).due_rule == f"{CODE}@1:decision_simple"
    _today.move_to(dt.datetime(2026, 10, 1, 2, tzinfo=dt.UTC))
    later = make_ticket(cast)
    assert (later.due_rule, f"{later.due_on}") == (f"{CODE}@2:decision_simple", "2026-10-11")
    actions.classify_ticket(
        running, actor=cast.supervisor, kind="complaint", business="other", cause="other", severity="complex"
    )
    kept = Ticket.objects.get(pk=running.pk)
    assert (kept.due_rule, f"{kept.due_on}") == (f"{CODE}@1:decision_complex", "2026-10-17")


def test_a_correction_for_the_past_does_not_move_a_running_case(admin, cast):
    running = make_ticket(cast)
    assert sent(admin, changed(FASTER)).status_code == 302
    actions.classify_ticket(
        running, actor=cast.supervisor, kind="complaint", business="other", cause="other", severity="ordinary"
    )
    assert Ticket.objects.get(pk=running.pk).due_rule == f"{CODE}@1:decision_simple"
    assert make_ticket(cast).due_rule == f"{CODE}@2:decision_simple"


def test_an_older_version_is_brought_back_as_a_further_one(admin, cast):
    first = text_of()
    sent(admin, changed(FASTER))
    form = admin.get(f"{PAGE}new/", {"from": "1"}).context["form"]
    assert (form["text"].value(), form["after"].value()) == (first, 2)
    assert sent(admin, first, after=2).status_code == 302
    assert make_ticket(cast).due_rule == f"{CODE}@3:decision_simple"
    assert admin.get(f"{PAGE}new/", {"from": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "cn_nfra_2020_3"', 'id = "other"', "id 不能改"),
        ("n = 15", "n = 0", "1 到 3650"),
        ("n = 15", "n = = 15", "不是 TOML"),
        ("[milestones.review_decision]", "[milestones.something]", "milestones 里没有"),
        ('kinds = ["complaint"]', "kinds = []", "没有规则规定“投诉”的期限"),
        (
            "effective_from = 2020-03-01",
            "effective_from = 2020-03-01\neffective_to = 2027-01-01",
            "从 2027-01-02 起",
        ),
        ("n = 15", "n = 15 ", ""),
        ('grade = "M"', 'grade = "law"', "grade 不认识"),
        ("review_window_days = 30", "review_window_days = 99999", "review_window_days"),
    ],
)
def test_a_bad_version_is_refused_and_kept(admin, old, new, said):
    text = changed((old, new))
    page = sent(admin, text)
    if not said:
        assert page.status_code == 302
        return
    assert (page.status_code, page.context["form"]["text"].value()) == (400, text)
    assert said in str(page.context["form"].errors["text"])
    assert RulePack.objects.filter(code=CODE).count() == 1


def test_a_milestone_stays_because_cases_are_opened_by_its_name(admin):
    text = changed(("[milestones.partner_task]", "[milestones.partner]"), code="desk_service_level")
    page = admin.post("/tickets/packs/desk_service_level/new/", {"text": text, "note": "x", "after": 1})
    assert "partner_task" in str(page.context["form"].errors["text"])


def test_nothing_changed_is_no_version(admin):
    assert "没有改动" in str(sent(admin, text_of()).context["form"].errors["text"])


def test_who_was_second_keeps_what_was_typed_and_is_told(admin):
    assert sent(admin, changed(FASTER)).status_code == 302
    text = changed(("n = 10", "n = 12"))
    page = sent(admin, text, after=1)
    assert (page.status_code, page.context["form"]["text"].value()) == (409, text)
    assert "已经有人写了更新的版本" in page.content.decode()
    assert sent(admin, text, after=page.context["form"]["after"].value()).status_code == 302


def test_a_regulators_clock_goes_by_the_version_in_force(cast):
    text = changed(("effective_from = 2020-11-01", "effective_from = 2026-12-01"), code="cn_pboc_2020_5")
    version_pack(actor=cast.administrator, pack="cn_pboc_2020_5", after=1, text=text, note="将来")
    case = make_ticket(cast, actor=cast.supervisor, channel="regulator", referral=REFERRAL)
    assert case.clocks.get(purpose=Clock.Purpose.REGULATOR).rule == "cn_pboc_2020_5@1:reply_forwarded"


def test_only_administrators_write_versions(cast):
    for person in (cast.supervisor, cast.agent, cast.customer):
        with pytest.raises(ActionForbidden):
            version_pack(actor=person, pack=CODE, after=1, text=changed(FASTER), note="x")
    with pytest.raises(ActionError):
        version_pack(actor=cast.administrator, pack=CODE, after=1, text="", note="x")
    assert deadlines.newest(CODE).version == 1


def test_customers_never_read_a_grade_or_a_rule(client_of, cast):
    """M and V3 are unverified; what a customer reads of a deadline is its date."""
    ticket = make_ticket(cast, "investigating", kind="privacy_request")
    page = client_of("customer").get(f"/tickets/track/{ticket.number}/").content.decode()
    for unsaid in ("核实等级", "cn_pipl_dsr", "个人信息保护法", "未核实"):
        assert unsaid not in page, unsaid


def test_every_delivered_rule_of_the_mainland_has_a_name_in_the_readers_language():
    for pack in deadlines.packs():
        if pack.calendar_name == "CN":
            periods = {period.name for period in pack.milestones.values()}
            reasons = {reason.name for reason in (*pack.stops.values(), *pack.restarts.values())}
            assert {pack.name} | periods | reasons <= {*NAMES, ""}, pack.code
    with translation.override("zh-hant"):
        assert called("书面答复客户") == "書面答覆客戶"  # as an administrator wrote it
        assert called("首次联系客户") == "首次聯絡客戶"
    assert called("书面答复客户") == "书面答复客户"
