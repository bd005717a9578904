"""Pulling work, and the rules by which it is pushed."""

from collections.abc import Sequence

from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.models import Team, User
from helpdesk.core.permissions import is_supervisor
from tickets import assigning
from tickets.actions.assign import assign_ticket
from tickets.models import TeamRule, Ticket
from tickets.queries import tickets_visible_to
from tickets.states import State

LOOKS_AT = 50  # cases of the topics that somebody handles, most urgent first


def take_next(*, actor: User) -> Ticket | None:
    """The most urgent waiting case that this person may and can have; None where nothing fits.

    Being off duty does not stop somebody who asks for work.
    """
    waiting = tickets_visible_to(actor).filter(state=State.CLASSIFIED).order_by("due_on", "pk")
    if skills := assigning.skills_of(actor):
        waiting = waiting.filter(topic__in=skills)
    for ticket in waiting[:LOOKS_AT]:
        me = next((one for one in assigning.considered(ticket) if one.user == actor), None)
        if me is None or set(me.why_not) - {"off_duty", "on_leave"}:
            continue
        try:
            return assign_ticket(ticket, actor=actor, assignee=actor, no_conflict=True)
        except ActionError:  # a colleague was faster
            continue
    return None


@action("team.rule_set", allowed=is_supervisor)
def set_team_rule(
    team: Team, *, actor: Actor, method: str, automatic: bool, topics: Sequence[str]
) -> TeamRule:
    fields = {"method": method, "automatic": automatic, "topics": list(topics)}
    rule, _made = TeamRule.objects.update_or_create(team=team, defaults=fields)
    return rule
