"""Every page, as every kind of eye sees it: axe, 320 px, both schemes, script weight, no script at all."""

import gzip
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import get_resolver
from playwright.sync_api import BrowserContext, Page, Response

from tests.browser.conftest import Desk
from tests.core.test_url_roles import names

MAX_SCRIPT = 60 * 1024  # bytes of a page's scripts, gzipped

# Pages by the person who opens them. A path in <angle brackets> is found by FINDERS on the way.
PAGES: dict[str, dict[str, str]] = {
    "": {
        "faq:home": "/",
        "faq:search": "/search/?q=提前还款",
        "faq:search nothing": "/search/?q=🙂",
        "faq:calculator": "/calculator/?amount=10000&count=24&rate=14.4&unit=year&method=level&other=bullet",
        "faq:calculator early": "/calculator/?kind=early",
        "faq:calculator daily": "/calculator/?kind=daily",
        "faq:calculator penalty": "/calculator/?kind=penalty",
        "faq:calculator cost": "/calculator/?kind=cost",
        "faq:topic": "/topics/repayment/",
        "faq:article": "/faq/repayment-methods/",
        "chat:visitor": "/chat/",
        "chat:frame": "/chat/frame/",
        "chat:embed": "/chat/embed/",
        "tickets:new": "/tickets/new/",
        "tickets:track": "/tickets/track/",
        "account_login": "/accounts/login/",
        "core:design_system": "/design-system/",
        "404": "/nowhere/",
    },
    "customer": {
        "tickets:mine": "/tickets/mine/",
        "tickets:tracked": "<tracked>",
        "tickets:tracked_withdraw": "<withdraw>",
        "tickets:tracked_letter": "<tracked letter>",
        "account_logout": "/accounts/logout/",
        "account_change_password": "/accounts/password/",
    },
    "agent": {
        "tickets:queue": "/tickets/queue/?scope=all",
        "tickets:queue nothing": "/tickets/queue/?text=没有这样的工单",
        "tickets:log": "/tickets/log/",
        "tickets:ticket": "<investigating>",
        "tickets:ticket resolved": "<resolved>",
        "tickets:letter": "<letter>",
        "chat:desk": "/chat/desk/",
        "chat:conversation": "<conversation>",
        "chat:convert": "<convert>",
    },
    "supervisor": {"tickets:ticket": "<investigating>", "tickets:queue": "/tickets/queue/?overdue=on"},
    "analyst": {"quality:trends": "/quality/", "quality:cases": "/quality/cases/"},
    "administrator": {
        "core:people": "/people/",
        "core:new_person": "/people/new/",
        "core:person": "<person>",
        "core:teams": "/people/teams/",
        "core:audit": "/audit/",
    },
}
# Addresses that answer no page of their own: posts, partials, files, redirects, JSON.
NOT_PAGES = {
    *("faq:suggest", "faq:vote", "core:landing", "core:preferences", "set_language"),
    *("chat:start", "chat:send", "chat:end", "chat:rate", "chat:leave", "chat:my_ticket", "chat:transcript"),
    *("chat:answers", "chat:widget", "chat:lists", "chat:send_as_agent", "chat:suggestions", "chat:accept"),
    *("chat:release", "chat:transfer", "chat:close", "chat:note"),
    *("tickets:tracked_message", "tickets:tracked_evidence", "tickets:tracked_feedback"),
    *("tickets:tracked_review", "tickets:tracked_reopen", "tickets:tracked_code", "tickets:evidence"),
    *("tickets:classify", "tickets:assign", "tickets:investigate", "tickets:draft_decision"),
    *("tickets:approve_decision", "tickets:resolve", "tickets:await_customer", "tickets:reply"),
    *("tickets:note", "tickets:log_contact", "tickets:message", "tickets:decline", "tickets:reclassify"),
    *("tickets:reassign", "tickets:extend_deadline", "tickets:reopen", "tickets:request_review"),
    *("tickets:renew_tracking_code", "tickets:withdraw", "tickets:add_evidence", "tickets:reveal_contact"),
    *("tickets:received", "tickets:logged"),  # shown once, after filing: see test_filing_without_scripts
    *("core:change_role", "core:deactivate_person", "core:reactivate_person", "quality:export"),
}


def _first(page: Page, address: str, selector: str, suffix: str = "") -> str:
    page.goto(address)
    href = page.locator(selector).first.get_attribute("href")
    assert href, f"nothing like {selector} on {address}"
    return href.split("?")[0] + suffix


QUEUE = "/tickets/queue/?scope=mine&state="
CASE = "main td a[href^='/tickets/C-']"
MINE = "main a[href^='/tickets/track/C-']"
FINDERS: dict[str, Callable[[Page], str]] = {
    "<tracked>": lambda p: _first(p, "/tickets/mine/", MINE),
    "<withdraw>": lambda p: _first(p, _first(p, "/tickets/mine/", MINE), "a[href$='/withdraw/']"),
    "<investigating>": lambda p: _first(p, f"{QUEUE.replace('mine', 'all')}investigating", CASE),
    "<resolved>": lambda p: _first(p, f"{QUEUE}resolved", CASE),
    "<letter>": lambda p: _first(p, f"{QUEUE}resolved", CASE, "letter/"),
    "<conversation>": lambda p: _first(p, "/chat/desk/", "#desk-own a"),
    "<convert>": lambda p: _first(p, "/chat/desk/", "#desk-own a", "convert/").replace("/desk/", "/"),
    "<person>": lambda p: _first(p, "/people/", "main table a[href^='/people/']"),
}


def _letter(page: Page) -> str:
    """The decision letter of one of the customer's own decided cases."""
    page.goto("/tickets/mine/")
    for href in page.locator(MINE).evaluate_all("all => all.map(a => a.getAttribute('href'))"):
        answer = page.request.get(href + "letter/")
        if answer.ok:
            return str(href) + "letter/"
    raise AssertionError("the demonstration has no decided case of its customer")


FINDERS["<tracked letter>"] = _letter


def test_every_page_is_in_the_table():
    listed = {name.split()[0] for pages in PAGES.values() for name in pages} | NOT_PAGES | {"404"}
    addresses = {n for n in names(get_resolver().url_patterns) if not n.startswith("api-")}
    assert addresses - listed == set()


@pytest.mark.parametrize("person", PAGES)
def test_pages(person: str, context_of: Callable[..., BrowserContext]):
    context = context_of(person, reduced_motion="reduce")  # axe must not measure a fading colour
    page = context.new_page()
    faults = []
    for name, path in PAGES[person].items():
        weight = Weight(page)
        address = FINDERS[path](page) if path in FINDERS else path
        weight.scripts.clear()
        response = page.goto(address)
        assert response
        if response.status != (404 if name == "404" else 200):
            faults.append(f"{name}: {response.status}")
        if weight.total() > MAX_SCRIPT:
            faults.append(f"{name}: {weight.total()} bytes of script")
        weight.stop()
        faults += [f"{name}: {fault}" for fault in looked_at(page)]
    assert faults == []


def looked_at(page: Page) -> list[str]:
    faults = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        faults += violations(page, scheme)
    for width in (320, 768):
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            faults.append(f"scrolls sideways at {width} px")
    faults += violations(page, "768 px")
    page.set_viewport_size({"width": 1440, "height": 900})
    return faults


def violations(page: Page, where: str) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{where}: {v['id']} {[node['target'] for node in v['nodes']][:3]}" for v in found]


class Weight:
    """The gzipped size of the scripts that a page asks for."""

    def __init__(self, page: Page) -> None:
        self.scripts: dict[str, int] = {}
        self._page = page
        page.on("response", self._see)

    def _see(self, response: Response) -> None:
        if response.request.resource_type == "script":
            self.scripts[urlsplit(response.url).path] = len(gzip.compress(response.body()))

    def total(self) -> int:
        return sum(self.scripts.values())

    def stop(self) -> None:
        self._page.remove_listener("response", self._see)


def test_filing_without_scripts(desk: Desk, context_of: Callable[..., BrowserContext]):
    page = context_of("", java_script_enabled=False).new_page()
    page.goto("/")
    page.fill("[name=q]", "hkfs")
    page.click("search [type=submit]")
    page.locator("main a[href^='/faq/']").first.click()
    page.goto("/tickets/new/")
    page.click("main form [type=submit]")  # nothing filled in: errors beside the fields
    assert page.locator("main [aria-invalid=true]").count() >= 4
    page.fill("[name=narrative]", "还款当天扣款失败，第二天收到了逾期短信。")
    page.click("main form [type=submit]")
    assert page.input_value("[name=narrative]") == "还款当天扣款失败，第二天收到了逾期短信。"
    page.fill("[name=request]", "请更正逾期记录。")
    page.fill("[name=name]", "无脚本客户")
    page.fill("[name=contact]", "13800005678")
    page.click("main form [type=submit]")
    page.wait_for_url("**/tickets/received/")
    assert page.locator("main").inner_text().count("C-20") >= 1
    page.locator("main a[href^='/tickets/track/C-']").first.click()
    assert "已收到" in page.locator("main").inner_text()
