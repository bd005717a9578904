"""Red flags on a case, the gate before classification, and what corrections teach."""

import threading

import pytest
from django.core.management import call_command

from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry, Role, User
from tests.tickets.factories import LABELS, answer_flags, guest_of, make_ticket
from tickets import actions, learning
from tickets.actions.learn import keep_model
from tickets.classification import FIELDS, kept, shipped_model, suggest
from tickets.models import Entry, Judgement, RedFlag, TrainedModel
from tickets.tasks import learn_from_corrections

HARSH = "昨晚十一点半催收员还打电话来，一开口就骂人"
DANGER = "天天被催，我真的不想活了"


def flags_of(ticket):
    return [(flag.code, flag.level, flag.state) for flag in ticket.red_flags.all()]


def verbs_of(ticket):
    return list(Entry.objects.filter(ticket=ticket).values_list("verb", flat=True))


def test_filing_raises_flags_and_asks_for_calls_to_pause(cast):
    ticket = make_ticket(cast, narrative=HARSH)
    assert flags_of(ticket) == [("RF01", "P1", "open"), ("RF04", "P1", "open")]
    assert verbs_of(ticket)[-2:] == ["ticket.red_flags_raised", "ticket.dialling_pause_requested"]
    assert not Entry.objects.filter(ticket=ticket, verb__contains="red_flag", public=True).exists()


def test_while_no_model_is_ready_whatever_a_pattern_finds_is_raised(cast, monkeypatch):
    asks = "请问注销账户要多久"
    assert flags_of(make_ticket(cast, narrative=asks)) == []
    monkeypatch.setattr(learning, "ready_model", lambda: None)
    assert [code for code, _level, _state in flags_of(make_ticket(cast, narrative=asks))] == ["RF16"]


def test_a_danger_goes_to_a_named_supervisor(cast):
    flag = make_ticket(cast, narrative=DANGER).red_flags.get()
    assert (flag.code, flag.level, flag.owner) == ("RF13", "P0", cast.supervisor)


def test_the_supervisor_named_in_the_complaint_is_passed_over(cast):
    ticket = make_ticket(cast, narrative=f"{cast.supervisor.name}逼我，我不想活了")
    assert ticket.red_flags.get().owner is None


def test_nothing_is_raised_twice_and_messages_count_too(cast):
    ticket = make_ticket(cast, narrative=HARSH)
    actions.add_customer_message(ticket, actor=cast.customer, text=f"{HARSH}。我要去信访")
    assert [code for code, _level, _state in flags_of(ticket)] == ["RF01", "RF04", "RF14"]


def test_a_case_is_not_classified_over_an_unanswered_flag(cast):
    ticket = make_ticket(cast, narrative=HARSH)
    with pytest.raises(ActionError) as refused:
        actions.classify_ticket(ticket, actor=cast.agent, **LABELS)
    assert refused.value.missing == ["警示：夜间催收", "警示：威胁、恐吓或侮辱"]
    actions.review_flag(ticket, actor=cast.agent, flag="RF01", verdict="confirmed")
    with pytest.raises(ActionError) as refused:
        actions.classify_ticket(ticket, actor=cast.agent, **LABELS)
    assert refused.value.missing == ["警示：威胁、恐吓或侮辱"]
    actions.review_flag(ticket, actor=cast.agent, flag="RF04", verdict="dismissed")
    assert actions.classify_ticket(ticket, actor=cast.agent, **LABELS).state == "classified"
    rows = ticket.red_flags.values_list("code", "state", "reviewed_by")
    assert list(rows) == [("RF01", "confirmed", cast.agent.pk), ("RF04", "dismissed", cast.agent.pk)]
    assert verbs_of(ticket).count("ticket.dialling_pause_reviewed") == 1
    assert AuditEntry.objects.filter(verb="ticket.red_flag_reviewed").count() == 2


def test_an_answer_is_given_once_by_those_who_may(cast):
    ticket = make_ticket(cast, narrative=HARSH)
    with pytest.raises(ActionForbidden):
        actions.review_flag(ticket, actor=cast.customer, flag="RF01", verdict="dismissed")
    for flag, verdict in (("RF19", "confirmed"), ("RF01", "maybe"), ("RF01", "open")):
        with pytest.raises(ActionError):
            actions.review_flag(ticket, actor=cast.agent, flag=flag, verdict=verdict)
    actions.review_flag(ticket, actor=cast.agent, flag="RF01", verdict="confirmed")
    with pytest.raises(ActionError):
        actions.review_flag(ticket, actor=cast.agent, flag="RF01", verdict="dismissed")


def test_a_flag_that_comes_after_the_decision_is_answered_too(cast, client_of):
    ticket = make_ticket(cast, "resolved")
    actions.add_customer_message(ticket, actor=guest_of(ticket), text="我真的不想活了，今晚就跳楼")
    assert flags_of(ticket) == [("RF13", "P0", "open")]
    page = client_of("supervisor").get(ticket.get_absolute_url())
    assert f"{ticket.get_absolute_url()}flags/RF13/" in page.content.decode()
    actions.review_flag(ticket, actor=cast.supervisor, flag="RF13", verdict="confirmed")
    assert flags_of(ticket) == [("RF13", "P0", "confirmed")]


def test_flags_are_the_desks_own_doing_in_the_readers_language(cast, client_of):
    ticket = make_ticket(cast, narrative=DANGER)
    page = client_of("supervisor").get(ticket.get_absolute_url(), headers={"accept-language": "en"})
    raised = [line for line in page.context["lines"] if line.who == "System"]
    assert [line.who for line in raised] == ["System", "System"]
    assert f"Given to {cast.supervisor}" in raised[0].detail


def test_of_a_text_that_is_not_chinese_only_the_flags_are_suggested(cast, client_of):
    ticket = make_ticket(cast, narrative="My identity was stolen and I want to end my life.")
    assert [code for code, _level, _state in flags_of(ticket)] == ["RF12", "RF13"]
    page = client_of("agent").get(ticket.get_absolute_url())
    assert (page.context["foreign"], "suggestion" in page.context) == (True, False)
    answer_flags(cast, ticket)
    actions.classify_ticket(ticket, actor=cast.agent, **LABELS)
    assert not Judgement.objects.exists()  # nothing was suggested


def test_a_review_is_classified_as_its_original_was(cast, client_of):
    original = make_ticket(cast, "resolved")
    review = actions.request_review(original, actor=guest_of(original), reason="客户不同意这个结果。")
    page = client_of("supervisor").get(review.get_absolute_url())
    form = next(p.form for p in page.context["panels"]["next"] if p.verb.name == "classify")
    names = ("kind", "business", "cause", "severity")
    assert [form[name].value() for name in names] == [getattr(original, name) for name in names]
    assert "suggestion" not in page.context


# --- Pages --------------------------------------------------------------------------------------
def test_the_page_shows_the_suggestion_its_words_and_the_flags(cast, client_of):
    ticket = make_ticket(cast, narrative=HARSH)
    page = client_of("agent").get(ticket.get_absolute_url())
    assert [line.label for line in page.context["suggestion"]][:2] == ["投诉", "债务催收"]
    marked = [piece.text for piece in page.context["stretches"] if piece.why]
    assert "".join(piece.text for piece in page.context["stretches"]) == HARSH
    assert marked
    form = next(p.form for p in page.context["panels"]["next"] if p.verb.name == "classify")
    assert form["business"].value() == "collection"
    assert "照这样做" not in page.content.decode()


def test_one_press_answers_a_flag(cast, client_of):
    ticket = make_ticket(cast, narrative=HARSH)
    url = f"{ticket.get_absolute_url()}flags/RF01/"
    agent = client_of("agent")
    assert agent.post(url, {"verdict": "confirm"}).status_code == 302
    assert agent.post(url, {"verdict": "dismiss"}).status_code == 409
    assert agent.post(url, {"verdict": "x"}).status_code == 409
    assert ticket.red_flags.get(code="RF01").state == "confirmed"


def test_the_supervisor_sees_what_waits_and_what_to_do(cast, client_of):
    ticket = make_ticket(cast, narrative=DANGER)
    queue = client_of("supervisor").get("/tickets/queue/")
    assert [flag.number for flag in queue.context["urgent"]] == [ticket.number]
    assert client_of("agent").get("/tickets/queue/").context["urgent"] == []
    page = client_of("supervisor").get(ticket.get_absolute_url()).content.decode()
    assert "照这样做" in page
    assert "12356" in page


def test_the_customer_never_sees_any_of_it(cast, client_of):
    ticket = make_ticket(cast, narrative=DANGER)
    page = client_of("customer").get(f"/tickets/track/{ticket.number}/").content.decode()
    for word in ("警示", "自伤", "暂停拨打", "12356"):
        assert word not in page


# --- Learning -----------------------------------------------------------------------------------
def test_every_choice_is_kept_beside_its_suggestion(cast):
    ticket = make_ticket(cast, narrative=HARSH)
    answer_flags(cast, ticket)
    suggestion = suggest(HARSH)
    chosen = LABELS | {"business": "other", "severity": suggestion.severity.value}
    actions.classify_ticket(ticket, actor=cast.agent, **chosen)
    rows = {row.field: row for row in Judgement.objects.filter(ticket=ticket)}
    assert set(rows) == set(FIELDS)
    assert {row.version for row in rows.values()} == {suggestion.version}
    assert (rows["business"].suggested, rows["business"].chosen) == ("collection", "other")
    assert [row.field for row in learning.corrections()] == ["business"]
    assert {(row.field, row.agreed, row.total) for row in learning.agreement()} == {
        ("kind", 1, 1),
        ("business", 0, 1),
        ("cause", 1, 1),
        ("severity", 1, 1),
        ("flags", 2, 2),
    }


@pytest.mark.deep
def test_corrections_train_a_new_version_that_then_suggests(cast, client_of):
    shipped = learning.current_model().version
    text = "你们的彩虹计划把我的蓝宝石弄混了"
    ticket = make_ticket(cast, narrative=text)
    actions.classify_ticket(ticket, actor=cast.agent, **(LABELS | {"business": "precious_metal"}))
    assert client_of("supervisor").get("/tickets/learning/").context["version"] == shipped
    assert client_of("analyst").post("/tickets/learning/train/").status_code == 302
    made = TrainedModel.objects.get()
    assert (made.corrected, made.version != shipped) == (1, True)
    assert learning.current_model().version == made.version
    suggestion = learning.suggest_for(ticket)
    assert suggestion and suggestion.business.value == "precious_metal"
    page = client_of("analyst").get("/tickets/learning/")
    assert [line["row"].ticket for line in page.context["rows"]][:1] == [ticket]
    assert learn_from_corrections() == made.version  # nothing new: not trained again
    assert TrainedModel.objects.count() == 1
    assert AuditEntry.objects.filter(verb="model.trained").count() == 1


def test_only_some_may_train(cast):
    with pytest.raises(ActionForbidden):
        keep_model(actor=cast.agent, learned=learning.Learned(learning.current_model(), 0, 0, {}))


def test_a_dismissed_flag_is_learned_from(cast):
    ticket = make_ticket(cast, narrative=HARSH)
    actions.review_flag(ticket, actor=cast.agent, flag="RF01", verdict="dismissed")
    answer_flags(cast, ticket)
    actions.classify_ticket(ticket, actor=cast.agent, **LABELS)
    assert [sorted(example.flags) for example in learning.corrected_cases()] == [["RF04"]]
    assert RedFlag.objects.count() == 2
    assert User.objects.filter(role=Role.SUPERVISOR).exists()


# --- Keeping ------------------------------------------------------------------------------------
@pytest.fixture
def fresh(settings, tmp_path):
    """A machine on which nothing was trained yet."""
    settings.DATA_DIR = tmp_path
    yield tmp_path
    for thread in threading.enumerate():
        if thread.name == "classifier":
            thread.join()


def test_a_page_never_waits_for_the_model(cast, client_of, fresh):
    ticket = make_ticket(cast, narrative=HARSH)
    page = client_of("agent").get(ticket.get_absolute_url())
    assert page.context["preparing"] is True
    assert "正在准备分类建议" in page.content.decode()
    next(thread for thread in threading.enumerate() if thread.name == "classifier").join()
    assert [path.name for path in fresh.iterdir()] == [f"classifier-{kept.version()}.npz"]
    page = client_of("agent").get(ticket.get_absolute_url())
    assert "preparing" not in page.context
    assert page.context["version"] == kept.version()


def test_classifying_before_the_model_is_ready_keeps_no_suggestion(cast, fresh):
    ticket = make_ticket(cast, narrative="账单看不懂")
    actions.classify_ticket(ticket, actor=cast.agent, **LABELS)
    assert Judgement.objects.count() == 0
    assert list(fresh.iterdir()) == []


@pytest.mark.deep
def test_a_kept_file_that_is_cut_short_is_made_again(fresh):
    whole = shipped_model()
    kept._read.cache_clear()
    kept.path().write_bytes(kept.path().read_bytes()[:1000])
    assert shipped_model().version == whole.version
    assert suggest(HARSH) == suggest(HARSH, whole)


@pytest.mark.deep
def test_the_command_keeps_the_shipped_model_and_learns_what_is_new(cast, capsys):
    call_command("train_classifier")
    assert capsys.readouterr().out == f"version {kept.version()}\n"
    assert TrainedModel.objects.count() == 0
    ticket = make_ticket(cast, narrative="你们的彩虹计划把我的蓝宝石弄混了")
    actions.classify_ticket(ticket, actor=cast.agent, **(LABELS | {"business": "precious_metal"}))
    call_command("train_classifier")
    made = TrainedModel.objects.get()
    assert capsys.readouterr().out.strip().endswith(f"{made.examples} examples, 1 corrected cases")


def test_a_flag_says_how_sure_it_is(cast, client_of):
    ticket = make_ticket(cast, narrative=HARSH)
    page = client_of("agent").get(ticket.get_absolute_url())
    shown = [(flag.row.code, flag.sure, flag.percent) for flag in page.context["flags"]]
    trust = {flag.code: round(100 * shipped_model().flag_confidence(flag)) for flag in suggest(HARSH).flags}
    assert [(code, percent) for code, _sure, percent in shown] == list(trust.items())
    assert {sure for _code, sure, percent in shown if percent >= 80} == {"很有把握"}
