"""Taking the next case, the teams' rules, and why a case is with whom it is."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from helpdesk.core.actors import signed_in
from helpdesk.core.models import Team, User
from helpdesk.core.permissions import is_supervisor, requires, works_cases
from tickets import actions, people
from tickets.assigning import REASONS
from tickets.forms.assign import TeamRuleForm
from tickets.models import Assignment, Handover, TeamRule, Ticket

How = Assignment.How


@requires(works_cases)
@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    taken = actions.take_next(actor=cast(User, signed_in(request)))
    if taken is None:
        messages.info(request, _("现在没有适合您的工单在等。"))
        return redirect("tickets:queue")
    messages.success(request, _("已领取。如果您与此事有利益关系，请退回并回避。"))
    return redirect("tickets:ticket", taken.number)


# --- Rules ------------------------------------------------------------------------------------
@requires(is_supervisor)
@require_safe
def teams(request: HttpRequest) -> HttpResponse:
    return _teams(request)


@requires(is_supervisor)
@require_POST
def set_team_rule(request: HttpRequest, pk: int) -> HttpResponse:
    team = get_object_or_404(Team, pk=pk)
    form = TeamRuleForm(request.POST, auto_id=f"team{pk}_%s")
    if not form.is_valid():
        return _teams(request, {pk: form}, status=400)
    actions.set_team_rule(team, actor=cast(User, signed_in(request)), **form.cleaned_data)
    messages.success(request, _("已保存“%(team)s”的分派规则。") % {"team": team})
    return redirect("tickets:teams")


def _teams(
    request: HttpRequest, bound: dict[int, TeamRuleForm] | None = None, status: int = 200
) -> HttpResponse:
    rules = {rule.team_id: rule for rule in TeamRule.objects.all()}
    rows = []
    for team in Team.objects.all():
        rule = rules.get(team.pk) or TeamRule()
        known = {"method": rule.method, "automatic": rule.automatic, "topics": rule.topics}
        form = (bound or {}).get(team.pk) or TeamRuleForm(initial=known, auto_id=f"team{team.pk}_%s")
        rows.append({"team": team, "form": form, "has_rule": team.pk in rules})
    return render(request, "tickets/desk/teams.html", {"rows": rows}, status=status)


# --- One case ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Other:
    name: str
    load: int
    reasons: list[Promise]


@dataclass(frozen=True)
class Why:
    """Why the case is with whom it is: how it got there, and why not the others."""

    row: Assignment
    others: list[Other]


def assignment_parts(case: Ticket, steps: Collection[str]) -> dict[str, Any]:
    """What the page shows of the assignment; whoever may reassign also reads why they must."""
    last = max(case.assignments.all(), key=lambda row: row.pk, default=None)
    handover = max(case.handovers.all(), key=lambda offer: offer.pk, default=None)
    return {
        "why": _why(last) if last and last.assignee_id == case.assignee_id else None,
        "handover": handover if handover and handover.state in SHOWN else None,
        "involved": [row for one in people.story_of(case) for row in one.involved.all()],
        "conflict": people.conflict_of(case, case.assignee) if case.assignee and "reassign" in steps else "",
    }


SHOWN = (Handover.State.OFFERED, Handover.State.TAKEN)


# Why not somebody against whom nothing spoke, by how the case found its person.
NOT_CHOSEN: dict[str, Promise] = {
    How.RULE: gettext_lazy("可以，但排在后面"),
    How.GIVEN: gettext_lazy("也可以，主管选了别人"),
    How.TAKEN: gettext_lazy("也可以，由同事先领取"),
    How.HANDED_OVER: gettext_lazy("也可以，由同事接手"),
    How.GIVEN_BACK: gettext_lazy("也可以，案件交还了原来的人"),
}


def _why(last: Assignment) -> Why:
    not_chosen = NOT_CHOSEN[last.how]
    if last.method == TeamRule.Method.ROUND:
        not_chosen = gettext_lazy("可以，还没有轮到")
    others = [
        Other(one["name"], one["load"], [REASONS[code] for code in one["why_not"]] or [not_chosen])
        for one in last.considered
        if one["user"] != last.assignee_id
    ]
    return Why(last, others)
