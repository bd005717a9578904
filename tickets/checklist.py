"""What the next step of a case lacks, as a list that leads to where each thing is done."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tickets.models import PartnerTask, RedFlag, Ticket
from tickets.states import State


@dataclass(frozen=True)
class Item:
    """``href`` is the place on the case's page, "" where this person cannot do it there."""

    label: str
    done: bool
    href: str = ""
    is_advice: bool = False  # a decision does not wait for it


def checklist(ticket: Ticket, can: Collection[str], missing: Sequence[str], *, has_draft: bool) -> list[Item]:
    """Empty where nothing is to be done any more. ``can``: the verbs this person may do now; ``missing``:
    what queries.missing_for says of the decision."""

    def item(label: str, done: bool, verb: str, panel: str = "", *, is_advice: bool = False) -> Item:
        return Item(label, done, f"#{panel or verb}" if verb in can and not done else "", is_advice)

    if ticket.state == State.RECEIVED:
        waiting = any(flag.state == RedFlag.State.OPEN for flag in ticket.red_flags.all())
        flags = Item(_("确认或排除每条警示"), not waiting, "#suggestion" if waiting else "")
        return [flags, item(_("分类"), False, "classify")]
    if ticket.state == State.CLASSIFIED:
        return [item(_("分派给没有利益冲突的人"), False, "assign")]
    contacted = item(_("首次联系客户"), ticket.first_contact_at is not None, "log_contact")
    if ticket.state == State.ASSIGNED:
        return [item(_("开始调查"), False, "investigate"), contacted]
    if ticket.state not in (State.INVESTIGATING, State.AWAITING_CUSTOMER):
        return []
    found = [
        contacted,
        item(_("至少一份材料"), bool(ticket.evidence.all()), "evidence", "add_evidence", is_advice=True),
    ]
    if tasks := ticket.partner_tasks.all():
        waiting_for = sum(task.state == PartnerTask.State.OPEN for task in tasks)
        label = _("合作机构的回复（{open} 项未回）").format(open=waiting_for)
        href = "#partner-tasks" if waiting_for else ""
        found.append(Item(label, not waiting_for, href, is_advice=True))
    if has_draft:
        found.append(item(_("处理决定草稿"), True, ""))
    # The first contact is in the list already.
    rest = [label for label in missing if label != _("首次联系客户的记录")]
    correction = _("整改措施，或不需要整改的理由")
    verbs = [(label, "record_correction" if label == correction else "draft_decision") for label in rest]
    return found + [item(label, False, verb) for label, verb in verbs]
