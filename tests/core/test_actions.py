"""The envelope: fresh row, permission, refusal, one transaction for the write and its audit entry."""

from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.functional import SimpleLazyObject

from helpdesk.core.actions import action, creation, lock_together
from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import AuditEntry, Team
from helpdesk.core.permissions import is_administrator

pytestmark = pytest.mark.django_db


@action("team.renamed", allowed=is_administrator)
def rename_team(team: Team, *, actor, kind: str) -> Team:
    team.name += kind
    team.save()
    if kind == "refused":
        raise ActionError("no")
    if kind == "broken":
        raise RuntimeError
    return team


@creation("team.made", allowed=is_administrator)
def make_team(*, actor, name: str) -> Team:
    team = Team.objects.create(name=name)
    if name == "refused":
        raise ActionError("no")
    return team


@pytest.fixture
def team(teams):
    return teams[0]


def names() -> list[str]:
    return list(Team.objects.values_list("name", flat=True))


def trail() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.values_list("verb", "target_id"))


def test_action_works_on_the_row_as_it_is_now(cast, team):
    Team.objects.filter(pk=team.pk).update(name="new")
    assert rename_team(team, actor=cast.administrator, kind="-x").name == "new-x"
    assert Team.objects.get(pk=team.pk).name == "new-x"


def test_action_of_a_row_that_is_gone_raises_does_not_exist(cast, team):
    Team.objects.filter(pk=team.pk).update(name="moved")
    cast.agent.team = cast.supervisor.team = None
    cast.agent.save()
    cast.supervisor.save()
    gone = Team.objects.get(pk=team.pk)
    team.delete()
    with pytest.raises(ObjectDoesNotExist):
        rename_team(gone, actor=cast.administrator, kind="x")
    assert trail() == []


def test_forbidden_actor_changes_nothing(cast, team):
    before = names()
    for actor in (cast.agent, cast.supervisor, cast.customer, Guest()):
        with pytest.raises(ActionForbidden):
            rename_team(team, actor=actor, kind="x")
        with pytest.raises(ActionForbidden):
            make_team(actor=actor, name="x")
    assert names() == before
    assert trail() == []


@pytest.mark.parametrize(("kind", "error"), [("refused", ActionError), ("broken", RuntimeError)])
def test_a_refused_action_rolls_back_the_write_and_the_entry(cast, team, kind, error):
    before = names()
    with pytest.raises(error):
        rename_team(team, actor=cast.administrator, kind=kind)
    assert names() == before
    assert trail() == []


def test_a_refused_creation_leaves_nothing(cast):
    before = names()
    with pytest.raises(ActionError):
        make_team(actor=cast.administrator, name="refused")
    assert names() == before
    assert trail() == []


def test_the_entry_is_written_with_the_change(cast, team):
    rename_team(team, actor=cast.administrator, kind="code")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.actor_label) == (
        "team.renamed",
        cast.administrator,
        "administrator",
    )
    assert (entry.target, entry.data) == (f"core.team:{team.pk}", {"kind": "code"})


def test_when_the_entry_cannot_be_written_nothing_is(cast, team, monkeypatch):
    def full_disk(*args, **kwargs):
        raise OSError("no space")

    monkeypatch.setattr(AuditEntry, "save", full_disk)
    before = names()
    with pytest.raises(OSError, match="no space"):
        rename_team(team, actor=cast.administrator, kind="x")
    assert names() == before


def test_an_action_without_an_actor_is_a_mistake_of_the_program(team):
    with pytest.raises(TypeError, match="needs actor="):
        rename_team(team, kind="x")  # type: ignore[call-arg]


def test_a_lazy_row_is_as_good_as_the_row(cast, team):
    """``request.user`` is one."""
    lazy: Any = SimpleLazyObject(lambda: team)
    renamed = rename_team(lazy, actor=cast.administrator, kind="-x")
    assert (type(renamed), renamed.name) == (Team, "投诉一组-x")


def test_rows_are_locked_in_one_order_and_returned_as_named(teams):
    first, second = teams
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        rows = lock_together(second, first, second)
    assert rows == [second, first, second]
    keys = [query["sql"].rpartition(" LIMIT")[0].split("WHERE")[1].split("=")[1] for query in asked]
    assert [int(key.split()[0].strip("();")) for key in keys] == [first.pk, second.pk]


@action("team.absorbed", allowed=is_administrator, also=("other",))
def absorb_team(team: Team, *, actor, other: Team) -> str:
    return f"{team.name} {other.name}"


def test_the_further_rows_of_an_action_are_read_again_too(cast, teams):
    first, second = teams
    Team.objects.filter(pk=second.pk).update(name="new")
    assert absorb_team(first, actor=cast.administrator, other=second) == "投诉一组 new"
    assert trail() == [("team.absorbed", str(first.pk))]
