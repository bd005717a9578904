"""Cases that are likely about the same matter of the same person.

The same person is the same account, or the same phone or address (compared by the keyed hash that the search
keeps). The same matter is a text that shares much of its wording: the share of common two-character pieces of
the shorter text, or rapidfuzz's ratio of the whole. Both are advice; people decide.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _
from rapidfuzz import fuzz

from helpdesk.core import clock
from helpdesk.core.screen import screen
from tickets import search
from tickets.models import Ticket, TicketQuerySet
from tickets.states import OPEN, State

RECENT = dt.timedelta(days=90)  # after its end, a case is still offered so long
ALIKE, ALIKE_ON_TOPIC = 0.5, 0.35
COMPARED = 2_000  # characters of a text
CANDIDATES, OFFERED = 50, 5


@dataclass(frozen=True)
class Matter:
    """What is compared: of a case, or of a form that is about to make one."""

    narrative: str
    topic: str
    contact: str = ""
    customer_id: int | None = None
    pk: int | None = None


@dataclass(frozen=True)
class Likely:
    ticket: Ticket
    likeness: float  # 0 to 1
    reasons: tuple[str, ...]


def matter_of(ticket: Ticket) -> Matter:
    return Matter(ticket.narrative, ticket.topic, ticket.contact, ticket.customer_id, ticket.pk)


def likeness(one: str, other: str) -> float:
    """How much of the wording two texts share, 0 to 1."""
    one, other = one[:COMPARED], other[:COMPARED]
    mine, theirs = _pieces(one), _pieces(other)
    if not mine or not theirs:
        return 0.0
    shared = len(mine & theirs) / min(len(mine), len(theirs))
    # A few words are contained in many texts: the share counts in full from forty pieces on.
    weight = min(1.0, min(len(mine), len(theirs)) / 40)
    return max(shared * weight, fuzz.ratio(one, other) / 100)


def _pieces(text: str) -> set[str]:
    """Tokens of more than one character."""
    return {token for token in search.tokens_of(text) if not (token[0] == "c" and len(token) == 5)}


def likely_duplicates(matter: Matter, visible: TicketQuerySet) -> list[Likely]:
    """The most alike first, out of what the asker may see; at most three queries, bounded rows."""
    ended = Q(state__in=OPEN) | Q(updated_at__gte=clock.now() - RECENT)
    rows = visible.filter(ended).exclude(state=State.MERGED).exclude(pk=matter.pk or 0).order_by("-id")
    by_account: dict[int, Ticket] = {}
    by_contact: dict[int, Ticket] = {}
    if matter.customer_id:
        by_account = {row.pk: row for row in rows.filter(customer=matter.customer_id)[:CANDIDATES]}
    if matter.contact.strip():
        same = search.few(search.Whole(matter.contact)) or []
        by_contact = {row.pk: row for row in rows.filter(pk__in=same)[:CANDIDATES]} if same else {}
    told, found = screen(matter.narrative, mask=True).text, []  # a form's words, as a case would keep them
    for pk, row in (by_account | by_contact).items():
        alike = likeness(told, row.narrative)
        if alike < (ALIKE_ON_TOPIC if row.topic == matter.topic else ALIKE):
            continue
        reasons = [_("同一个客户账号")] if pk in by_account else []
        reasons += [_("同一个联系方式")] if pk in by_contact else []
        reasons += [_("主题相同")] if row.topic == matter.topic else []
        reasons.append(_("内容有 %(percent)d%% 相同") % {"percent": round(100 * alike)})
        found.append(Likely(row, alike, tuple(reasons)))
    return sorted(found, key=lambda likely: (-likely.likeness, -likely.ticket.pk))[:OFFERED]


def duplicates_of(ticket: Ticket, visible: TicketQuerySet) -> list[Likely]:
    """For the page of a case. Those already tied to it are not offered again."""
    links = [link for link in (*ticket.links.all(), *ticket.links_here.all()) if link.ended_at is None]
    tied = {*(link.other_id for link in links), *(link.ticket_id for link in links), ticket.review_of_id}
    found = likely_duplicates(matter_of(ticket), visible)
    return [one for one in found if one.ticket.pk not in tied and one.ticket.review_of_id != ticket.pk]
