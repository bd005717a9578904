"""What can be done to a case, verb by verb, as its page offers it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse

from helpdesk.core.models import User
from tickets.forms.desk import CaseForm
from tickets.forms.letters import from_template
from tickets.models import LetterTemplate, Ticket
from tickets.views.verbs import VERBS, Verb

GROUPS = ("refused", "next", "talk", "more", "evidence", "partner")
# Steps that people open when they come to them.
AT_LEISURE = ("draft_decision", "propose_redress", "record_correction", "pay_redress", "complete_correction")


@dataclass(frozen=True)
class Panel:
    """A verb as the page offers it; open when it is the next thing, or when it was just refused.

    The form of a closed one is fetched when somebody opens it.
    """

    verb: Verb
    make: Callable[[], CaseForm]
    url: str
    page: str  # the address of the case
    is_open: bool
    is_possible: bool = True  # a refused one may not be any more

    @cached_property
    def form(self) -> CaseForm:
        return self.make()

    @property
    def is_whole(self) -> bool:
        return self.is_open or not self.verb.form.base_fields


def panels_of(
    case: Ticket,
    user: User,
    steps: Collection[str],
    *,
    refused: tuple[Verb, CaseForm] | None = None,
    wording: LetterTemplate | None = None,
    chosen: str = "",
) -> dict[str, list[Panel]]:
    """Verbs by group. A refused one comes first, possible or not any more: what was typed is in it.

    ``chosen`` is the verb that the reader wants open, ``wording`` what a draft begins with.
    """
    groups: dict[str, list[Panel]] = {group: [] for group in GROUPS}
    page = case.get_absolute_url()
    opened = chosen or ("draft_decision" if wording else "")
    for verb in VERBS:
        url = reverse(f"tickets:{verb.name}", args=[case.number])
        if refused and refused[0] is verb:
            panel = Panel(verb, lambda: refused[1], url, page, True, verb.permission in steps)
            groups["refused"].append(panel)
        elif verb.permission in steps:
            is_next = verb.group == "next" and verb.name not in AT_LEISURE and not opened and not refused
            is_first = not any(panel.is_open for panel in groups["next"])
            is_open = verb.name == opened or (is_next and is_first)
            groups[verb.group].append(Panel(verb, _maker(verb, case, user, wording), url, page, is_open))
    groups["next"].sort(key=lambda panel: not panel.is_open)
    return groups


def _maker(verb: Verb, case: Ticket, user: User, wording: LetterTemplate | None) -> Callable[[], CaseForm]:
    def make() -> CaseForm:
        form = verb.form(ticket=case, user=user, auto_id=ids_of(verb))
        if wording and verb.name == "draft_decision":
            form.initial.update(from_template(wording, case.language))
        return form

    return make


def ids_of(verb: Verb) -> str:
    return f"{verb.name}_%s"
