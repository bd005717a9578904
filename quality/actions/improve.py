"""The life of an improvement: planned, under way, done, judged; or dropped. Each step can be taken back."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action, creation
from helpdesk.core.errors import ActionError
from helpdesk.core.models import User
from quality.compared import comparison_of
from quality.effect import Effect
from quality.models import ImprovementAction, TakenUp, TrendAlert
from quality.permissions import plans_improvements, works_improvement
from quality.queries import planned_by
from quality.series import Series
from quality.states import ImprovementState
from tickets.models import CorrectiveAction, Ticket


@creation("improvement.planned", allowed=plans_improvements)
def plan_improvement(  # noqa: PLR0913  # the fields of its form
    *,
    actor: User,
    title: str,
    description: str,
    kind: str,
    owner: User,
    due_on: dt.date,
    series: Series,
    alert: TrendAlert | None = None,
    ticket: Ticket | None = None,
    submission: str = "",
) -> ImprovementAction:
    """``submission`` is the key of the form that it comes from: a second improvement of it is refused."""
    return ImprovementAction.objects.create(
        title=title,
        description=description,
        kind=kind,
        owner=owner,
        due_on=due_on,
        **series.columns,
        alert=alert,
        ticket=ticket,
        planned_by=actor,
        planned_at=clock.now(),
        submission=submission or None,
    )


def plan_once(
    *, actor: User, submission: str, correction: CorrectiveAction | None = None, **fields: Any
) -> ImprovementAction:
    """The improvement of this form, however often it arrives; with a correction both are kept or neither."""
    try:
        with transaction.atomic():
            made = plan_improvement(actor=actor, submission=submission, **fields)
            if correction is not None:
                take_up_correction(made, actor=actor, correction=correction)
    except IntegrityError:
        first = planned_by(submission)
        if first is None:
            raise
        return first
    return made


@action("improvement.edited", allowed=plans_improvements)
def edit_improvement(  # noqa: PLR0913  # the fields of its form
    improvement: ImprovementAction,
    *,
    actor: User,
    revision: int,
    title: str,
    description: str,
    kind: str,
    owner: User,
    due_on: dt.date,
    series: Series,
) -> ImprovementAction:
    """Until it is judged: afterwards its figures would be those of something else."""
    if improvement.revision != revision:
        raise ActionError(_("在您编辑时，别人保存了改动。请看过新的内容再改。"), state=improvement.state)
    if improvement.state in (ImprovementState.JUDGED, ImprovementState.DROPPED):
        raise ActionError(_("已评估或已放弃的措施不再修改，请先退回上一步。"), state=improvement.state)
    improvement.title, improvement.description, improvement.kind = title, description, kind
    improvement.owner, improvement.due_on = owner, due_on
    for name, value in series.columns.items():
        setattr(improvement, name, value)
    improvement.revision += 1
    improvement.save()
    return improvement


@action("improvement.started", allowed=works_improvement)
def start_improvement(improvement: ImprovementAction, *, actor: User) -> ImprovementAction:
    improvement.start()
    improvement.save()
    return improvement


@action("improvement.completed", allowed=works_improvement)
def complete_improvement(
    improvement: ImprovementAction, *, actor: User, effective_on: dt.date, note: str
) -> ImprovementAction:
    """Done, and in effect since that day: from it on the figures count as after."""
    if effective_on > clock.today():
        raise ActionError(_("生效日不能晚于今天：到那天再标记完成。"), state=improvement.state)
    improvement.complete()
    improvement.effective_on, improvement.done_note = effective_on, note
    improvement.save()
    return improvement


@action("improvement.judged", allowed=plans_improvements)
def judge_improvement(improvement: ImprovementAction, *, actor: User, comment: str) -> ImprovementAction:
    """Keep what the figures say today, with a conclusion. The verdict is theirs, not the writer's."""
    if improvement.effective_on is not None:
        found = comparison_of(improvement.series, improvement.effective_on)
        if found.comparison.effect == Effect.EARLY:
            raise ActionError(
                _("时间还不够：生效满四周（%(day)s）之后才能评估。")
                % {"day": f"{found.window.enough_on:%F}"},
                state=improvement.state,
            )
        improvement.effect, improvement.figures = found.comparison.effect, found.comparison.figures
    improvement.judge()
    improvement.conclusion = comment
    improvement.judged_on, improvement.judged_by = clock.today(), actor
    improvement.save()
    return improvement


@action("improvement.dropped", allowed=plans_improvements)
def drop_improvement(improvement: ImprovementAction, *, actor: User, reason: str) -> ImprovementAction:
    improvement.dropped_from = improvement.state
    improvement.drop()
    improvement.dropped_because = reason
    improvement.save()
    return improvement


@action("improvement.stepped_back", allowed=works_improvement)
def step_back_improvement(improvement: ImprovementAction, *, actor: User) -> ImprovementAction:
    """Undo the last step; what it had recorded is in the trail. An owner takes back their own steps alone."""
    owners = (ImprovementState.UNDER_WAY, ImprovementState.DONE)
    if improvement.state not in owners and not plans_improvements(actor):
        raise ActionError(_("评估和放弃只能由主管或质检分析员撤回。"), state=improvement.state)
    improvement.step_back()
    if improvement.state in (ImprovementState.PLANNED, ImprovementState.UNDER_WAY):
        improvement.effective_on, improvement.done_note = None, ""
    improvement.effect, improvement.figures, improvement.conclusion = "", {}, ""
    improvement.judged_on = improvement.judged_by = None
    improvement.dropped_because = improvement.dropped_from = ""
    improvement.save()
    return improvement


@action("improvement.correction_taken_up", allowed=plans_improvements, also=("correction",))
def take_up_correction(
    improvement: ImprovementAction, *, actor: User, correction: CorrectiveAction
) -> TakenUp:
    """What was to be corrected because of one case becomes part of this; the case keeps its own record."""
    if improvement.state == ImprovementState.DROPPED:
        raise ActionError(_("这项措施已放弃。"), state=improvement.state)
    if not correction.what:
        raise ActionError(_("这件工单记录的是不需要整改。"), state=improvement.state)
    if TakenUp.objects.filter(correction=correction).exists():
        raise ActionError(_("这项整改已经并入一项改进措施。"), state=improvement.state)
    return TakenUp.objects.create(improvement=improvement, correction=correction, by=actor, at=clock.now())


@action("improvement.correction_released", allowed=plans_improvements, also=("correction",))
def release_correction(
    improvement: ImprovementAction, *, actor: User, correction: CorrectiveAction
) -> ImprovementAction:
    deleted, _rows = TakenUp.objects.filter(improvement=improvement, correction=correction).delete()
    if not deleted:
        raise ActionError(_("这项整改不在这项措施里。"), state=improvement.state)
    return improvement
