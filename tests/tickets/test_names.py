"""Names of the desk that nobody knew when the customer said them: found by a job and at every assignment."""

from typing import Any

import pytest

from helpdesk.core.administration.actions import deactivate_person, reactivate_person, rename_person
from helpdesk.core.errors import ActionError
from helpdesk.core.models import AuditEntry, Role, Team, User
from tests.tickets.factories import LABELS, make_resolvable, make_ticket
from tickets import actions, people
from tickets.actions.supplement import add_transcript
from tickets.models import Alert, HeededName, Involved, Ticket
from tickets.tasks import heed_new_names

pytestmark = pytest.mark.django_db
NAMED = "投诉内容提到了此人。"


def again(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def write(case: Ticket, cast, text: str) -> None:
    actions.add_customer_message(again(case), actor=cast.customer, text=text)


def newcomer(cast, name: str = "卯新人") -> User:
    return User.objects.create_user("new", name=name, role=Role.AGENT, team=cast.agent.team)


@pytest.fixture(autouse=True)
def _known(cast) -> None:
    """Everybody of the cast has been looked for."""
    heed_new_names()


@pytest.mark.parametrize("how", ["message", "reopened", "details", "chat"])
@pytest.mark.parametrize("who", ["created", "renamed", "promoted", "back"])
def test_earlier_words_count_once_the_name_is_known(cast, how, who):
    person = cast.agent
    if who != "created":
        role = Role.ANALYST if who == "promoted" else Role.AGENT
        name = "辰原名" if who == "renamed" else "卯新人"
        person = User.objects.create_user("old", name=name, role=role, team=cast.agent.team)
        heed_new_names()
    if who == "back":
        deactivate_person(person, actor=cast.administrator)
        heed_new_names()
    if how == "details":
        asked = {"right": "access", "scope": "卯新人打的电话"}
        case = make_ticket(cast, kind="privacy_request", details=asked)
    else:
        case = make_ticket(cast, "resolved" if how == "reopened" else "classified")
        if how == "reopened":
            actions.reopen_ticket(case, actor=cast.customer, reason="卯新人承认了。")
        elif how == "chat":
            said = "骂我的是卯新人。"
            add_transcript(case, actor=User.system("chat"), text=f"访客：{said}", said=said)
        else:
            write(case, cast, "骂我的是卯新人。")
    if who == "created":
        person = newcomer(cast)
    elif who == "renamed":
        rename_person(person, actor=cast.administrator, name="卯新人", email="")
    elif who == "promoted":
        User.objects.filter(pk=person.pk).update(role=Role.AGENT)
    else:
        reactivate_person(person, actor=cast.administrator)
    assert people.conflict_of(again(case), person) == ""
    assert heed_new_names().failed == 0
    assert people.conflict_of(again(case), person) == NAMED
    assert AuditEntry.objects.filter(verb="ticket.person_involved", target_id=f"{case.pk}").count() == 1
    heed_new_names()
    assert Involved.objects.filter(ticket=case, user=person).count() == 1


@pytest.mark.parametrize("how", ["given", "taken", "rule", "reassigned"])
def test_nobody_is_given_a_case_that_names_them_before_the_job_has_run(cast, how):
    case = make_ticket(cast, "assigned" if how == "reassigned" else "classified")
    write(case, cast, "骂我的是卯新人。")
    person, boss = newcomer(cast), cast.supervisor
    team = Team.objects.get(members=person)
    give: dict[str, Any] = {"assignee": person, "no_conflict": True}
    if how == "rule":
        User.objects.exclude(pk__in=(person.pk, boss.pk)).update(is_active=False)
        actions.set_team_rule(team, actor=boss, method="least_loaded", topics=[], automatic=True)
    with pytest.raises(ActionError, match=NAMED):
        if how == "rule":
            actions.assign_by_rule(again(case), actor=User.system("case-sweep"))
        elif how == "reassigned":
            actions.reassign_ticket(again(case), actor=boss, **give)
        elif how == "taken":
            actions.assign_ticket(again(case), actor=person, **give)
        else:
            actions.assign_ticket(again(case), actor=boss, **give)


def test_whoever_only_spoke_in_a_chat_is_not_named_by_its_transcript(cast):
    case = make_ticket(cast, "classified")
    add_transcript(case, actor=User.system("chat"), text="客服 卯新人：您好\n访客：谢谢", said="谢谢")
    assert not people.is_named_later(again(case), newcomer(cast))


def test_a_name_heard_in_the_original_keeps_off_its_review(cast):
    case = make_ticket(cast, "resolved")
    write(case, cast, "卯新人也在场。")
    review = actions.request_review(again(case), actor=cast.customer, reason="不同意。")
    person = User.objects.create_user("new", name="卯新人", role=Role.SUPERVISOR)
    heed_new_names()
    with pytest.raises(ActionError, match="存在利益冲突，卯新人不能处理"):
        actions.classify_ticket(review, actor=person, **LABELS)


def test_whoever_works_on_the_case_by_then_is_asked_about_and_goes_on(cast):
    case = make_ticket(cast, "investigating")
    write(case, cast, "请巳改名回电。")
    rename_person(cast.agent, actor=cast.administrator, name="巳改名", email="")
    for _run in range(2):
        HeededName.objects.all().delete()
        heed_new_names()
    assert people.conflict_of(again(case), cast.agent) == ""
    assert [alert.detail for alert in Alert.objects.filter(kind="conflict")] == ["巳改名"]
    actions.reply_ticket(again(case), actor=cast.agent, text="您好。")


def test_supervisors_hear_that_the_handler_is_named_by_their_new_name(cast):
    case = make_ticket(cast, "investigating", narrative="巳改名骂人。")
    make_resolvable(cast, case)
    rename_person(cast.agent, actor=cast.administrator, name="巳改名", email="")
    with pytest.raises(ActionError, match="利益冲突"):
        actions.resolve_ticket(again(case), actor=User.objects.get(pk=cast.agent.pk))
    for _run in range(2):
        HeededName.objects.all().delete()
        heed_new_names()
    assert Alert.objects.filter(ticket=case, kind="conflict").count() == 1


def test_what_a_supervisor_set_right_stays_right(cast):
    case = make_ticket(cast, "classified")
    write(case, cast, "卯新人不接电话。")
    person = newcomer(cast)
    heed_new_names()
    actions.clear_person(again(case), actor=cast.supervisor, person=person, reason="同名的是客户的朋友。")
    HeededName.objects.all().delete()
    heed_new_names()
    assert people.conflict_of(again(case), person) == ""
    actions.assign_ticket(again(case), actor=cast.supervisor, assignee=person, no_conflict=True)


def test_one_bad_case_is_tried_again_and_nothing_is_asked_when_nobody_is_new(
    cast, monkeypatch, django_assert_num_queries
):
    case, other = make_ticket(cast, "classified"), make_ticket(cast, "classified")
    for one in (case, other):
        write(one, cast, "卯新人。")
    person = newcomer(cast)
    heard: list[int] = []
    heed = people.is_named_later

    def breaks_once(ticket: Ticket, user: User) -> bool:
        heard.append(ticket.pk)
        if heard == [case.pk]:
            raise ValueError
        return heed(ticket, user)

    monkeypatch.setattr(people, "is_named_later", breaks_once)
    assert (heed_new_names().failed, heed_new_names().failed) == (1, 0)
    for one in (case, other):
        assert people.conflict_of(again(one), person) == NAMED
    with django_assert_num_queries(2):
        heed_new_names()


def test_a_name_that_is_everywhere_is_looked_for_in_what_is_not_over(cast, monkeypatch):
    case = make_ticket(cast, "classified")
    write(case, cast, "卯新人。")
    monkeypatch.setattr("tickets.people.few", lambda _query: None)
    person = newcomer(cast)
    heed_new_names()
    assert people.conflict_of(again(case), person) == NAMED
