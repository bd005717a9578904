"""Letters to customers: their wording, their variables and the paper they are printed on.

A wording may hold ``{{variables}}`` from VARIABLES and nothing else: there is no logic in it and nothing is
ever evaluated, so what an editor or a customer wrote cannot run. A variable that does not exist, or has no
value in this case, is an error of the block that it stands in.
"""

import datetime as dt
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from helpdesk.core import clock, pdf
from helpdesk.core.script import to_traditional
from tickets import deadlines
from tickets.models import Decision, LetterTemplate, Outcome, Redress, Ticket

DELIVERED = Path(__file__).parent / "content" / "letters.toml"
BLOCKS = ("facts", "basis", "reasons", "remedies")
VARIABLES = (
    *("number", "kind", "complainant", "product", "received_on", "due_on", "decision_on", "review_until"),
    *("unit", "redress", "request", "reason"),
)
OF_THE_DAY = ("decision_on", "review_until")  # known when the letter is sent
_VARIABLE = re.compile(r"\{\{[ \t]*([a-z_]{1,30})[ \t]*\}\}")
TO_WRITE = re.compile(r"〔[^〕]*〕")  # what a wording leaves to the writer
_LEFT_OVER = re.compile(r"\{\{|\}\}|\{%|%\}")


class BadWording(ValueError):  # noqa: N818
    """A block that cannot become a letter; the message is for people."""


# --- Variables --------------------------------------------------------------------------------


def check(text: str) -> None:
    """Refuse unknown variables and any other use of their signs."""
    for name in _VARIABLE.findall(text):
        if name not in VARIABLES:
            raise BadWording(_("没有名为 %(name)s 的变量。") % {"name": name})
    if found := _LEFT_OVER.search(_VARIABLE.sub("", text)):
        raise BadWording(_("“%(sign)s”只能用来写变量，例如 {{number}}。") % {"sign": found[0]})


def fill(text: str, values: Mapping[str, str]) -> str:
    """The block as the customer reads it. Values are put in once: a variable inside a value stays text."""
    check(text)

    def value(match: re.Match[str]) -> str:
        if not values.get(match[1], ""):
            raise BadWording(_("本案没有 %(name)s，请把它从文字里去掉。") % {"name": match[1]})
        return values[match[1]]

    return _VARIABLE.sub(value, text)


def values_of(ticket: Ticket, language: str, *, reason: str = "") -> dict[str, str]:
    """What the variables mean in this case today, in words of that language."""
    today = clock.today()
    window = deadlines.pack_for(ticket.kind, today).review_window_days
    with translation.override(language):
        return {
            "number": ticket.number,
            "kind": str(ticket.get_kind_display()),
            "complainant": ticket.complainant,
            "product": ticket.product,
            "received_on": _day(clock.local_date(ticket.received_at)),
            "due_on": due_words(ticket),
            "decision_on": _day(today),
            "review_until": "" if ticket.review_of_id else _day(today + dt.timedelta(days=window)),
            "unit": settings.DESK_NAME or str(_("消费者权益保护部")),
            "redress": money(total(ticket)) if total(ticket) else "",
            "request": ticket.request,
            "reason": reason,
        }


def due_words(ticket: Ticket) -> str:
    """The due date as its customer reads it. One that depends on a calendar which nobody has published, or
    on when a clock goes on, is not promised."""
    if ticket.due_stopped:
        return _("恢复计时以后确定（计时已暂停）")
    day = _day(ticket.due_on)
    if not ticket.due_undetermined or ticket.main_clock.due_on:
        return day
    return _("%(day)s或以后（那一年的放假安排还没有公布）") % {"day": day}


def _day(day: Any) -> str:
    return date_format(day, "DATE_FORMAT")


def money(amount: Any) -> str:
    """An amount as every page and letter shows it: 1,234.50 元."""
    return _("%(amount)s 元") % {"amount": f"{amount:,.2f}"}


def open_redress(ticket: Ticket) -> list[Redress]:
    """What was proposed for the coming decision."""
    return [row for row in ticket.redress.all() if row.decision_id is None and row.cancelled_at is None]


def total(ticket: Ticket) -> Any:
    """What the coming decision gives."""
    return sum((row.amount for row in open_redress(ticket)), start=0)


def sum_to_approve(ticket: Ticket) -> Any:
    """What the whole case comes to, with what earlier decisions gave, if something is proposed and a second
    person has to agree; else 0."""
    given = sum((row.amount for row in ticket.redress.all() if row.decision_id is not None), start=0)
    total_now = total(ticket)
    return given + total_now if total_now and given + total_now > settings.REDRESS_LIMIT else 0


# --- Wordings ---------------------------------------------------------------------------------


def load_delivered() -> int:
    """Put the delivered wordings that the database has no version of into it, and the changed ones as further
    versions where the desk wrote none of its own; how many."""
    known = {(row.code, row.language): row for row in LetterTemplate.objects.order_by("version")}
    added = 0
    for code, entry in tomllib.loads(DELIVERED.read_text("utf-8")).items():
        shared = {name: entry[name] for name in ("purpose",)}
        shared |= {"kind": entry.get("kind", ""), "for_review": entry.get("for_review", False)}
        for language in ("zh-hans", "en"):
            words = {name: entry[language][name].strip() for name in ("name", *BLOCKS)}
            row = known.get((code, language))
            if row and (row.written_by_id or all(getattr(row, name) == words[name] for name in words)):
                continue
            version = row.version + 1 if row else 1
            LetterTemplate.objects.create(
                code=code, language=language, version=version, written_at=clock.now(), **shared, **words
            )
            added += 1
    return added


def newest() -> list[LetterTemplate]:
    """The version in force of every code and language; one query."""
    found: dict[tuple[str, str], LetterTemplate] = {}
    for row in LetterTemplate.objects.select_related("written_by").order_by("code", "language", "version"):
        found[row.code, row.language] = row
    return list(found.values())


def templates_for(ticket: Ticket, purposes: tuple[str, ...]) -> list[LetterTemplate]:
    """What fits this case, its own language first, then the most particular: its kind before any kind.

    The decision of a review has wordings of its own: the others offer a review, and it is the final answer.
    """
    is_review = ticket.review_of_id is not None
    fitting = [
        row
        for row in newest()
        if row.purpose in purposes
        and row.kind in ("", ticket.kind)
        and row.for_review == (is_review and row.purpose in Outcome.values)
    ]
    order = {purpose: place for place, purpose in enumerate(purposes)}
    own = "zh-hans" if ticket.language == "zh-hant" else ticket.language  # which is converted
    return sorted(
        fitting,
        key=lambda r: (
            r.language not in (ticket.language, own),
            not r.kind,
            order[r.purpose],
            r.code,
            r.language != ticket.language,
        ),
    )


def blocks_of(template: LetterTemplate, language: str) -> dict[str, str]:
    """The blocks; Simplified Chinese is converted where somebody reads Traditional."""
    turn = to_traditional if (language, template.language) == ("zh-hant", "zh-hans") else str
    return {name: turn(getattr(template, name)) for name in BLOCKS}


def notice(ticket: Ticket, purpose: str, language: str, reason: str) -> dict[str, str]:
    """The filled blocks of a notice (models.letter.NOTICES)."""
    wanted = "zh-hans" if language == "zh-hant" else language
    found = [t for t in templates_for(ticket, (purpose,)) if t.language in (wanted, language)]
    found.sort(key=lambda t: t.language != language)
    if not found:
        raise BadWording(_("没有这种通知的模板。"))
    values = values_of(ticket, language, reason=reason)
    return {name: fill(text, values) for name, text in blocks_of(found[0], language).items()}


def as_read(ticket: Ticket, decision: Decision, *, dated: bool = True) -> Decision:
    """An unsaved copy of a draft as the customer will read it; a block with an error stays as typed.

    Not ``dated``: whatever the day on which it is sent.
    """
    values = values_of(ticket, decision.language)
    if not dated:
        values |= {name: f"{{{{{name}}}}}" for name in OF_THE_DAY}
    names = ("outcome", "language", "drafted_at", "approved_at")
    read = Decision(ticket=ticket, **{name: getattr(decision, name) for name in names})
    for name in BLOCKS:
        setattr(read, name, getattr(decision, name))
        with suppress(BadWording):
            setattr(read, name, fill(getattr(decision, name), values))
    return read


# --- On paper ---------------------------------------------------------------------------------


def print_letter(
    ticket: Ticket,
    blocks: Mapping[str, str],
    language: str,
    *,
    letter: str,
    redress: list[Redress],
    outcome: str = "",
) -> bytes:
    """The PDF: letterhead, case number, outcome, the four blocks, money, date and page numbers."""
    with translation.override(language):
        return pdf.render("tickets/letter.typ", _paper(ticket, blocks, language, letter, redress, outcome))


def content_hash(ticket: Ticket, draft: Decision) -> str:
    """Stands for everything that the letter would say today, but for the day itself.

    A second person approves that; where anything in it changes afterwards, they have not approved it.
    """
    with translation.override(draft.language):
        read = as_read(ticket, draft, dated=False)
        blocks = {name: getattr(read, name) for name in BLOCKS}
        paper = _paper(ticket, blocks, draft.language, "decision", open_redress(ticket), draft.outcome)
    return hashlib.sha256(json.dumps(paper | {"date": ""}, sort_keys=True).encode()).hexdigest()


def _paper(
    ticket: Ticket,
    blocks: Mapping[str, str],
    language: str,
    letter: str,
    redress: list[Redress],
    outcome: str,
) -> dict[str, Any]:
    """What stands on the paper, in the language that is active."""
    titles = {
        "decision": _("核查决定书") if ticket.review_of else _("处理决定书"),
        "declined": _("不予受理通知书"),
        "extension": _("延长处理期限通知书"),
        "stopped": _("暂停计时通知书"),
        "new_date": _("期限变更通知书"),
    }
    values = values_of(ticket, language)
    heads = (_("一、查明的事实"), _("二、依据"), _("三、理由与结论"), _("四、您还可以怎么做"))
    return {
        "title": titles[letter],
        "reference": ticket.number,
        "footer": f"{values['unit']} · {ticket.number}",
        "unit": values["unit"],
        "facts": [
            [_("受理编号"), ticket.number],
            [_("致"), ticket.complainant],
            [_("类型"), values["kind"]],
            [_("收到日期"), values["received_on"]],
            *([[_("核查对象"), ticket.review_of.number]] if ticket.review_of else []),
            *([[_("结论"), str(Outcome(outcome).label)]] if outcome else []),
        ],
        "blocks": [[head, blocks[name]] for head, name in zip(heads, BLOCKS, strict=True)],
        "redress_title": _("补偿"),
        "redress_head": [_("种类"), _("金额（元）"), _("应付日期")],
        "redress": [[str(r.get_kind_display()), f"{r.amount:,.2f}", _day(r.due_on)] for r in redress],
        "signed": values["unit"],
        "date": values["decision_on"],
    }
