"""Clocks are data: due dates computed from rule packs and from the append-only events of a clock.

``packs`` reads the rules, ``counting`` folds events into a due date, ``explain`` says how it came about and
what would be if, ``escalation`` when somebody has to be told. See docs/clocks.md.
"""

from tickets.deadlines.counting import Fact, Standing, derive
from tickets.deadlines.explain import Explanation, counted, explain_clock, explain_deadline, what_if
from tickets.deadlines.packs import (
    BadPack,
    Milestone,
    Pack,
    extensions,
    following,
    further,
    in_force,
    lookup,
    milestone_for,
    newest,
    pack_for,
    pack_in_force,
    packs,
    parse,
    rule_of_matter,
)
from tickets.deadlines.standing import (
    fold,
    fold_with,
    is_extended,
    is_over,
    latest_left,
    promised_on,
    reclassified,
    standing_of,
    started_on,
)

__all__ = [
    "BadPack",
    "Explanation",
    "Fact",
    "Milestone",
    "Pack",
    "Standing",
    "counted",
    "derive",
    "explain_clock",
    "explain_deadline",
    "extensions",
    "fold",
    "fold_with",
    "following",
    "further",
    "in_force",
    "is_extended",
    "is_over",
    "latest_left",
    "lookup",
    "milestone_for",
    "newest",
    "pack_for",
    "pack_in_force",
    "packs",
    "parse",
    "promised_on",
    "reclassified",
    "rule_of_matter",
    "standing_of",
    "started_on",
    "what_if",
]
