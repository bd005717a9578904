"""The suggestion and the red flags as a case's page shows them."""

from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.core.models import User
from tickets import kinds, redflags
from tickets.classification import FIELDS, suggest
from tickets.classification.model import Model
from tickets.kinds import DETAILS
from tickets.learning import ready_model
from tickets.models import Kind, RedFlag, Ticket
from tickets.permissions import VERBS, works_on
from tickets.redflags.scripts import SCRIPTS
from tickets.states import State
from tickets.views.present import LABELS

NAMES: dict[str, Promise] = {
    "kind": gettext_lazy("类型"),
    "business": gettext_lazy("业务类别"),
    "cause": gettext_lazy("投诉原因"),
    "severity": gettext_lazy("严重程度"),
}
SURE, LIKELY = 0.8, 0.5


@dataclass(frozen=True)
class Line:
    """One suggested label, how sure in words and figures, and the words that caused it."""

    name: Promise
    label: str
    sure: str
    percent: int
    words: list[str]


@dataclass(frozen=True)
class Flag:
    row: RedFlag
    name: Promise
    script: tuple[Promise, ...]
    sure: str = ""
    percent: int = 0
    matter: str = ""  # the kind that may get a clock of its own because of it


@dataclass(frozen=True)
class Stretch:
    """A piece of the narrative; ``why`` is empty where nothing was seen in it."""

    text: str
    why: str


def suggestion_parts(case: Ticket, user: User) -> dict[str, Any]:
    """What the page shows of red flags, and, before classification, of the suggestion."""
    rows = case.red_flags.all()
    may = works_on(user, case)
    asked = case.state == State.RECEIVED or any(row.state == RedFlag.State.OPEN for row in rows)
    model = ready_model(start=True) if asked and not case.review_of_id else None
    matters = kinds.suggested_matters(case) if may and case.state in VERBS["open_matter"].states else {}
    flags = [replace(_flag(row, model, may), matter=_matter(matters.get(row.code, ""))) for row in rows]
    parts: dict[str, Any] = {"flags": flags, "can_review": may}
    if case.state != State.RECEIVED:
        return parts
    if case.review_of_id:  # why somebody disagrees says little of what it is about: as the original was
        return parts
    if redflags.is_foreign(case.narrative):
        return parts | {"foreign": True}
    if model is None:
        return parts | {"preparing": True}
    suggestion = suggest(case.narrative, model)
    text = case.narrative
    lines = [
        Line(
            NAMES[field],
            str(LABELS[field].get(suggestion[field].value, suggestion[field].value)),
            _sure(suggestion[field].confidence),
            round(100 * suggestion[field].confidence),
            [text[start:end] for start, end in suggestion[field].spans],
        )
        for field in FIELDS
    ]
    marks = {span: str(NAMES[field]) for field in FIELDS for span in suggestion[field].spans}
    return parts | {
        "chosen": case.kind in DETAILS and suggestion["kind"].value != case.kind,
        "suggestion": lines,
        "version": suggestion.version,
        "stretches": _stretches(text, flags, marks),
    }


def _flag(row: RedFlag, model: Model | None, may: bool) -> Flag:
    script = SCRIPTS.get(row.code, ()) if may else ()
    if model is None:
        return Flag(row, redflags.NAMES[row.code], script)
    sure = model.flag_confidence(redflags.RedFlag(row.code, redflags.LEVELS[row.code], tuple(row.words)))
    return Flag(row, redflags.NAMES[row.code], script, _sure(sure), round(100 * sure))


def _matter(kind: str) -> str:
    return str(Kind(kind).label) if kind else ""


def _sure(confidence: float) -> str:
    if confidence >= SURE:
        return _("很有把握")
    return _("较有把握") if confidence >= LIKELY else _("没有把握")


def _stretches(text: str, flags: list[Flag], marks: dict[tuple[int, int], str]) -> list[Stretch]:
    """The narrative cut at what was seen; a red flag's words win over a label's."""
    spans = [
        (at, at + len(word), str(flag.name))
        for flag in flags
        for word in flag.row.words
        if word and (at := text.find(word)) >= 0
    ]
    spans += [(start, end, why) for (start, end), why in sorted(marks.items())]
    taken: list[tuple[int, int, str]] = []
    for start, end, why in spans:
        if all(end <= s or e <= start for s, e, _why in taken):
            taken.append((start, end, why))
    pieces, at = [], 0
    for start, end, why in sorted(taken):
        pieces += [Stretch(text[at:start], ""), Stretch(text[start:end], why)]
        at = end
    return [piece for piece in [*pieces, Stretch(text[at:], "")] if piece.text]
