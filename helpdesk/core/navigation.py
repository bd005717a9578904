"""The way through the product, by role: what the header and the rail list, and which entry is current."""

from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from helpdesk.core.actors import Guest, signed_in
from helpdesk.core.ledger import ledger
from helpdesk.core.permissions import (
    Rule,
    is_administrator,
    is_agent,
    is_analyst,
    is_customer,
    is_staff,
    is_supervisor,
    works_cases,
)


@dataclass(frozen=True)
class Place:
    """An entry. ``covers`` are the views that belong to it besides its own."""

    name: str
    label: Promise
    icon: str
    allowed: Rule
    covers: tuple[str, ...] = ()
    count: str = ""  # the view that says how many wait there; the page asks it, and again at each hint
    live: str = ""  # of this kind


@dataclass(frozen=True)
class Link:
    url: str
    label: Promise
    icon: str
    current: str  # the value of aria-current; empty elsewhere
    count: str = ""
    live: str = ""


VISITORS = ~is_staff
has_ledger = Rule("has a loan ledger", lambda actor, row: ledger() is not None)
ONE_CASE = ("tickets:tracked", "tickets:tracked_withdraw", "tickets:tracked_letter")
LOANS = ("tickets:loan", "tickets:new_plan")
ROOMS = (
    Place(
        "tickets:queue",
        _("工单队列"),
        "queue-list",
        works_cases,
        ("tickets:ticket", "tickets:letter", "tickets:clocks", "tickets:what_if"),
    ),
    Place("tickets:todo", _("待办"), "clipboard-document-check", works_cases),
    Place(
        "tickets:alerts",
        _("提醒"),
        "bell",
        works_cases | is_administrator,
        count="tickets:unread_alerts",
        live="alert",
    ),
    Place(
        "chat:desk",
        _("在线客服"),
        "chat-bubble-left-right",
        works_cases,
        ("chat:conversation", "chat:convert", "chat:canned", "chat:loans", "chat:everyone"),
        count="chat:unread",
        live="chat",
    ),
    Place(
        "chat:history",
        _("历史对话"),
        "clock",
        works_cases | is_analyst,
        ("chat:record",),
    ),
    Place("tickets:log", _("代客户登记"), "phone-arrow-down-left", works_cases, ("tickets:logged",)),
    Place(
        "tickets:learning",
        _("分类学习"),
        "academic-cap",
        is_supervisor | is_analyst | is_administrator,
    ),
    Place(
        "quality:trends",
        _("质量"),
        "chart-bar",
        is_supervisor | is_analyst,
        (
            *("quality:cases", "quality:searches", "quality:series", "quality:trend_alerts"),
            *("quality:trend_alert", "quality:improvements", "quality:improvement"),
            *("quality:plan_improvement", "quality:edit_improvement", "quality:corrections"),
            *("quality:reviews", "quality:review", "quality:draw_sample", "quality:review_sample"),
            *("quality:review_results", "quality:scorecard", "quality:edit_scorecard"),
            *("quality:export", "quality:export_searches", "quality:export_improvements"),
            "quality:series_cases",
        ),
    ),
    Place(
        "quality:improvements",
        _("改进措施"),
        "wrench-screwdriver",
        is_agent,
        ("quality:improvement", "quality:export_improvements"),
    ),
    Place("quality:reviews", _("我的质检"), "clipboard-document", is_agent, ("quality:review",)),
    Place(
        "faq:home",
        _("知识库"),
        "book-open",
        is_staff,
        ("faq:search", "faq:topic", "faq:article", "faq:calculator"),
    ),
    Place("core:roster", _("排班"), "calendar-days", is_supervisor, ("core:roster_person",)),
    Place(
        "faq:articles",
        _("文章编辑"),
        "document-text",
        is_staff,
        (
            *("faq:edit_article", "faq:new_article", "faq:draft_article", "faq:diff_article"),
            *("faq:suggestions", "faq:duplicates", "faq:synonyms", "faq:import_articles", "faq:import"),
        ),
    ),
    Place(
        "tickets:wordings", _("信函模板"), "envelope", is_supervisor | is_administrator, ("tickets:wording",)
    ),
    Place(
        "core:people",
        _("人员"),
        "users",
        is_administrator,
        (
            "core:person",
            "core:new_person",
            "core:change_role",
            "core:link_customer",
            "core:teams",
        ),
    ),
    Place("chat:pre_chat", _("访前问题"), "chat-bubble-bottom-center-text", is_supervisor | is_administrator),
    Place(
        "tickets:packs",
        _("期限规则"),
        "scale",
        is_administrator,
        ("tickets:pack", "tickets:new_pack_version", "tickets:calendars"),
    ),
    Place("core:audit", _("操作记录"), "clipboard-document-list", is_administrator),
)
SITE = (
    Place(
        "faq:home", _("首页"), "home", VISITORS, ("faq:search", "faq:topic", "faq:article", "faq:calculator")
    ),
    Place("tickets:loans", _("我的借款"), "banknotes", is_customer & has_ledger, LOANS),
    Place("chat:visitor", _("在线客服"), "chat-bubble-left-right", VISITORS),
    Place("tickets:new", _("我要投诉"), "pencil-square", VISITORS, ("tickets:received",)),
    Place("tickets:track", _("查询进度"), "magnifying-glass", VISITORS & ~is_customer, ONE_CASE),
    Place("tickets:track", _("查询进度"), "magnifying-glass", is_customer),
    Place("tickets:mine", pgettext_lazy("customer", "我的工单"), "inbox", is_customer, ONE_CASE),
)


def links_for(request: HttpRequest) -> list[Link]:
    """The entries this reader may open."""
    actor = signed_in(request) or Guest()
    places = ROOMS if is_staff(actor) else SITE
    return [_link(place, _here(request)) for place in places if place.allowed(actor)]


def rail_for(request: HttpRequest) -> SafeString:
    """The same in the rooms of staff, as HTML."""
    actor = signed_in(request) or Guest()
    allowed = tuple(n for n, place in enumerate(ROOMS) if place.allowed(actor))
    return _rail(allowed, _here(request), get_language())


@lru_cache(1_000)
def _rail(rooms: tuple[int, ...], here: str, language: str | None) -> SafeString:  # with which it is called
    return render_to_string("core/_rail.html", {"links": [_link(ROOMS[n], here) for n in rooms]})


def _here(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.view_name if match else ""


def _link(place: Place, here: str) -> Link:
    current = "page" if here == place.name else "true" if here in place.covers else ""
    count = reverse(place.count) if place.count else ""
    return Link(reverse(place.name), place.label, place.icon, current, count, place.live)
