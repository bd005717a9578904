"""Who may do what in the quality room.

Supervisors, analysts and administrators read it. Supervisors and analysts plan improvements and answer
alerts; whoever owns an improvement, agents among them, sees it and brings it under way.
"""

from typing import Any

from helpdesk.core.actors import Actor
from helpdesk.core.models import Role
from helpdesk.core.permissions import has_role, is_agent, is_analyst, is_supervisor, is_system, rule
from quality.models import ImprovementAction

reads_quality = has_role(Role.SUPERVISOR, Role.ANALYST, Role.ADMINISTRATOR)
reads_improvements = reads_quality | is_agent  # agents: those that they own
plans_improvements = is_supervisor | is_analyst
answers_alerts = is_supervisor | is_analyst
watches_series = is_system


@rule
def owns_improvement(actor: Actor, row: Any) -> bool:
    return isinstance(row, ImprovementAction) and row.owner_id == actor.pk


works_improvement = plans_improvements | owns_improvement
