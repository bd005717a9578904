"""What stands around a case on its page at the desk: its people, its kind's fields and steps, other cases."""

from typing import Any

from helpdesk.core.models import User
from tickets import kinds
from tickets.duplicates import duplicates_of
from tickets.models import Ticket
from tickets.permissions import works_on
from tickets.queries import merged_lately, tickets_visible_to, ties_of
from tickets.states import OPEN, State


def background_of(case: Ticket, user: User) -> dict[str, Any]:
    can_work = works_on(user, case)
    return {
        "asked": kinds.shown(case),
        "kind_steps": _steps(case),
        "representation": getattr(case, "representation", None),
        "referral": getattr(case, "referral", None),
        "members": list(case.group_members.all()),
        "ties": ties_of(case, user),
        "seeks_duplicates": can_work and case.state in OPEN,
        "can_unmerge": can_work and case.state == State.MERGED and merged_lately(case),
        "can_tie": can_work,
    }


def duplicates_part(case: Ticket, user: User) -> dict[str, Any]:
    """What may be the same matter, fetched beside the page."""
    offers = works_on(user, case) and case.state in OPEN
    return {"ticket": case, "duplicates": duplicates_of(case, tickets_visible_to(user)) if offers else []}


def _steps(case: Ticket) -> list[dict[str, Any]]:
    """Every mandatory step with the record that counts, if it was done; and what was done for a matter whose
    clock has ended, or as another kind."""
    done = kinds.done_steps(case)
    steps = kinds.steps_of(case)
    known = [step for of_kind in kinds.STEPS.values() for step in of_kind]
    steps += [step for step in known if step.code in done and step not in steps]
    return [{"step": step, "done": done.get(step.code)} for step in steps]
