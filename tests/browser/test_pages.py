"""Every page, as every kind of eye sees it: axe, 320 px, both schemes, script weight, no script at all."""

import gzip
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import get_resolver
from playwright.sync_api import BrowserContext, FilePayload, Page, Response

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
        "chat:preview": "/chat/embed/preview/",
        "tickets:new": "/tickets/new/",
        "tickets:new privacy": "/tickets/new/?kind=privacy_request&party=other",
        "tickets:new group": "/tickets/new/?kind=credit_report_dispute&party=group",
        "tickets:track": "/tickets/track/",
        "account_login": "/accounts/login/",
        "core:design_system": "/design-system/",
        "404": "/nowhere/",
    },
    "customer": {
        "tickets:mine": "/tickets/mine/",
        "tickets:loans": "/tickets/loans/?now=1",
        "tickets:loan": "/tickets/loans/MC-100002/",
        "tickets:new_plan": "/tickets/loans/MC-100001/plan/",
        "tickets:tracked": "<tracked>",
        "tickets:tracked_withdraw": "<withdraw>",
        "tickets:tracked_letter": "<tracked letter>",
        "account_logout": "/accounts/logout/",
        "account_change_password": "/accounts/password/",
        "core:security": "/accounts/security/",
        "core:set_up_second_factor": "/accounts/security/set-up/",
    },
    "agent": {
        "tickets:queue": "/tickets/queue/?scope=all",
        "tickets:queue nothing": "/tickets/queue/?text=没有这样的工单",
        "tickets:queue more": "/tickets/queue/?scope=all&channel=web&received_from=2020-01-01&team=999999",
        "tickets:new_view": "/tickets/queue/views/new/?scope=all&topic=fees",
        "tickets:change_view": "<view>",
        "tickets:log": "/tickets/log/",
        "tickets:log regulator": "/tickets/log/?channel=regulator&kind=hardship_request",
        "tickets:ticket": "<investigating>",
        "tickets:ticket resolved": "<resolved>",
        "tickets:letter": "<letter>",
        "tickets:clocks": "<clocks>",
        "tickets:what_if": "/tickets/what-if/?rule=cn_nfra_2020_3@1:decision_simple&received_on=2026-09-17",
        "chat:desk": "/chat/desk/",
        "chat:canned": "/chat/canned/",
        "chat:history": "/chat/history/",
        "chat:history nothing": "/chat/history/?text=没有这样的话",
        "chat:conversation": "<conversation>",
        "chat:beside": "<beside>",
        "chat:convert": "<convert>",
        "quality:reviews": "/quality/reviews/",
        "quality:review": "<own review>",
    },
    "supervisor": {
        "tickets:todo": "/tickets/todo/",
        "tickets:wordings": "/tickets/letters/",
        "tickets:wording": "/tickets/letters/complaint_upheld/zh-hans/",
        "tickets:alerts": "/tickets/alerts/?show=all",
        "faq:articles": "/knowledge/",
        "faq:articles nothing": "/knowledge/?text=没有这样的文章",
        "faq:edit_article": "/knowledge/articles/repayment-methods/",
        "faq:new_article": "/knowledge/new/",
        "faq:draft_article": "/knowledge/articles/repayment-methods/draft/",
        "faq:preview_article": "/knowledge/articles/repayment-methods/preview/",
        "faq:diff_article": "/knowledge/articles/repayment-methods/diff/",
        "faq:suggestions": "/knowledge/suggestions/",
        "faq:why": "/knowledge/why/?q=提前還款要不要手續費",
        "faq:why nothing": "/knowledge/why/?q=😀",
        "faq:duplicates": "/knowledge/duplicates/",
        "faq:synonyms": "/knowledge/synonyms/",
        "faq:import_articles": "/knowledge/import/",
        "tickets:ticket": "<investigating>",
        "tickets:queue": "/tickets/queue/?overdue=on",
        "chat:everyone": "/chat/everyone/",
        "chat:history": "/chat/history/",
        "chat:record": "<record>",
        "chat:delete": "<delete chat>",
        "chat:loans": "<chat loans>",
        "tickets:teams": "/tickets/teams/",
        "core:roster": "/roster/",
        "core:roster_person": "<roster person>",
    },
    "analyst": {
        "tickets:learning": "/tickets/learning/",
        "quality:trends": "/quality/",
        "quality:cases": "/quality/cases/",
        "quality:searches": "/quality/searches/",
        "quality:trend_alerts": "/quality/alerts/",
        "quality:trend_alert": "<alert>",
        "quality:series": "/quality/series/?series=csat:topic:repayment",
        "quality:series_cases": "/quality/series/cases/?series=overdue:all:&since=2026-01-01&until=2099-1-1",
        "quality:export": "/quality/export/?table=feedback",
        "quality:export_searches": "/quality/searches/export/",
        "quality:export_improvements": "/quality/improvements/export/",
        "quality:export_reviews": "/quality/reviews/results/export/",
        "quality:improvements": "/quality/improvements/",
        "quality:improvements nothing": "/quality/improvements/?state=done&kind=product",
        "quality:improvement": "<improvement>",
        "quality:plan_improvement": "/quality/improvements/plan/?series=csat:topic:repayment",
        "quality:edit_improvement": "<edit improvement>",
        "quality:corrections": "/quality/corrections/?shown=all",
        "quality:reviews": "/quality/reviews/",
        "quality:reviews nothing": "/quality/reviews/?since=2020-01-01&until=2020-01-05",
        "quality:draw_sample": "/quality/reviews/draw/",
        "quality:review_sample": "<review sample>",
        "quality:review": "<review to score>",
        "quality:review done": "<review appealed>",
        "quality:review_results": "/quality/reviews/results/",
        "quality:scorecard": "/quality/reviews/scorecard/",
        "quality:edit_scorecard": "/quality/reviews/scorecard/edit/",
    },
    "administrator": {
        "tickets:calendars": "/tickets/calendars/",
        "tickets:packs": "/tickets/packs/",
        "tickets:pack": "/tickets/packs/cn_nfra_2020_3/",
        "tickets:new_pack_version": "/tickets/packs/cn_nfra_2020_3/new/",
        "core:people": "/people/",
        "core:new_person": "/people/new/",
        "core:person": "<person>",
        "core:teams": "/people/teams/",
        "core:audit": "/audit/",
        "chat:pre_chat": "/chat/pre-chat/",
    },
}
# Addresses that answer no page of their own: posts, partials, files, redirects, JSON.
NOT_PAGES = {
    *("faq:change_synonym", "faq:put_back_synonym"),
    *("faq:submit_article", "faq:send_back_article", "faq:publish_article", "faq:discard_draft"),
    *("faq:take_up_draft", "faq:withdraw_article", "faq:restore_article", "faq:schedule_article"),
    *("faq:merge_articles", "faq:unmerge_articles", "faq:distinguish_articles", "faq:compare_again"),
    *("faq:accept_variant", "faq:remove_variant", "faq:dismiss_variant", "faq:recall_variant"),
    *("faq:export_articles", "faq:start_import", "faq:step_import", "faq:undo_import"),
    "faq:import",  # the report of one import: see test_importing_articles
    *(
        "faq:suggest",
        "faq:sitemap",
        "faq:robots",
        "faq:vote",
        "core:landing",
        "core:preferences",
        "set_language",
    ),
    *("chat:start", "chat:send", "chat:end", "chat:rate", "chat:leave", "chat:my_ticket", "chat:transcript"),
    *("chat:mail_transcript", "chat:ask_deletion", "chat:go_on"),
    *("chat:change_canned", "chat:withdraw_canned", "chat:put_back_canned", "chat:export", "chat:spam"),
    *("chat:not_spam", "chat:export_record", "chat:set_wrap_up"),
    *(
        "chat:answers",
        "chat:widget",
        "chat:lists",
        "chat:unread",
        "chat:send_as_agent",
        "chat:suggestions",
        "chat:accept",
    ),
    *(
        "chat:presence",
        "chat:reveal",
        "chat:decline",
        "core:set_staffing",
        "core:set_shifts",
        "core:add_leave",
    ),
    "core:cancel_leave",
    "chat:leave_message",
    *("chat:resume", "chat:accent"),
    *("chat:release", "chat:transfer", "chat:close", "chat:note"),
    *("tickets:bulk", "tickets:bulk_act", "tickets:step_bulk", "tickets:undo_bulk", "tickets:set_keys"),
    "tickets:change_topic",
    *("tickets:set_columns", "tickets:delete_view", "tickets:restore_view"),
    *("tickets:tracked_message", "tickets:tracked_evidence", "tickets:tracked_feedback"),
    *("tickets:tracked_review", "tickets:tracked_reopen", "tickets:tracked_code", "tickets:evidence"),
    *("tickets:classify", "tickets:assign", "tickets:investigate", "tickets:draft_decision"),
    *("tickets:grant_approval", "tickets:refuse_approval", "tickets:propose_redress", "tickets:pay_redress"),
    *("tickets:cancel_redress", "tickets:record_correction", "tickets:complete_correction"),
    *("tickets:complete_own_correction", "tickets:correct_contact", "tickets:record_representation"),
    *("tickets:request_extension", "tickets:retry_delivery", "tickets:preview_letter"),
    *("tickets:resolve", "tickets:await_customer", "tickets:stop_waiting", "tickets:reply"),
    *("tickets:note", "tickets:log_contact", "tickets:message", "tickets:decline", "tickets:reclassify"),
    *("tickets:reassign", "tickets:extend_deadline", "tickets:reopen", "tickets:request_review"),
    *("tickets:stop_deadline", "tickets:resume_deadline", "tickets:restart_deadline", "tickets:dossier"),
    *("tickets:review_flag", "tickets:train_model"),
    *("tickets:merge", "tickets:unmerge", "tickets:split", "tickets:link", "tickets:unlink"),
    *(
        "tickets:complete_step",
        "tickets:renew_tracking_code",
        "tickets:withdraw",
        "tickets:add_evidence",
        "tickets:reveal_contact",
        "tickets:link_account",
    ),
    *("tickets:assign_by_rule", "tickets:hand_back", "tickets:involve", "tickets:take_over"),
    *("tickets:clear_person", "tickets:log_due", "tickets:record_details"),
    "tickets:open_matter",
    *("tickets:ask_partner", "tickets:close_partner_task", "tickets:preview"),
    *("tickets:undo_handover", "tickets:take_next", "tickets:set_team_rule"),
    *("tickets:received", "tickets:logged"),  # shown once, after filing: see test_filing_without_scripts
    *(
        *("core:second_factor", "core:first_second_factor"),  # see test_second_factor
        *("core:make_recovery_codes", "core:remove_second_factor", "core:reset_second_factor"),
        "core:change_role",
        "core:rename_person",
        "core:set_password",
        "core:link_customer",
        "core:senior_set",
        "core:senior_unset",
        "tickets:move_clock",
        "tickets:undo_calendar",
        "tickets:unread_alerts",
        "tickets:read_alerts",
        "tickets:restore_alerts",
        "core:deactivate_person",
        "core:reactivate_person",
        "quality:dismiss_trend_alert",
        "quality:recall_trend_alert",
        "quality:start_improvement",
        "quality:complete_improvement",
        "quality:judge_improvement",
        "quality:drop_improvement",
        "quality:step_back_improvement",
        "quality:take_up_correction",
        "quality:release_correction",
        *("quality:score_review", "quality:settle_review", "quality:appeal_review", "quality:decide_appeal"),
    ),
}


def _first(page: Page, address: str, selector: str, suffix: str = "") -> str:
    page.goto(address)
    href = page.locator(selector).first.get_attribute("href")
    assert href, f"nothing like {selector} on {address}"
    return href.split("?")[0] + suffix


def _own_chat(page: Page) -> str:
    """One of the agent's, taken up anew if those of the demonstration have gone back to the queue."""
    page.goto("/chat/desk/")
    if not page.locator("#desk-own a").count():
        page.locator("#desk-waiting form button").first.click()
        page.wait_for_selector("#desk-own a")
    return _first(page, "/chat/desk/", "#desk-own a")


QUEUE = "/tickets/queue/?scope=mine&state="
CASE = "main td a[href^='/tickets/C-']"
MINE = "main a[href^='/tickets/track/C-']"
REVIEWS = "/quality/reviews/"
PAST_CHAT = "main table a[href$='/record/']"
FINDERS: dict[str, Callable[[Page], str]] = {
    "<tracked>": lambda p: _first(p, "/tickets/mine/", MINE),
    "<withdraw>": lambda p: _first(p, _first(p, "/tickets/mine/", MINE), "a[href$='/withdraw/']"),
    "<investigating>": lambda p: _first(p, f"{QUEUE.replace('mine', 'all')}investigating", CASE),
    "<resolved>": lambda p: _first(p, f"{QUEUE.replace('mine', 'all')}resolved", CASE),
    "<clocks>": lambda p: _first(p, f"{QUEUE}investigating", CASE, "clocks/"),
    "<letter>": lambda p: _first(p, f"{QUEUE.replace('mine', 'all')}resolved", CASE, "letter/"),
    "<conversation>": _own_chat,
    "<beside>": lambda p: f"{_own_chat(p)}beside/",
    "<convert>": lambda p: _own_chat(p).replace("/desk/", "/") + "convert/",
    "<record>": lambda p: _first(p, "/chat/history/", PAST_CHAT),
    "<delete chat>": lambda p: _first(p, "/chat/history/", PAST_CHAT).replace("record", "delete"),
    "<chat loans>": lambda p: (
        _first(p, "/chat/history/", PAST_CHAT).replace("/chat/", "/chat/desk/").replace("record", "loans")
    ),
    "<roster person>": lambda p: _first(p, "/roster/", "main table a[href^='/roster/']"),
    "<alert>": lambda p: _first(p, "/quality/alerts/", "main table a"),
    "<improvement>": lambda p: _first(p, "/quality/improvements/?state=judged", "main table a"),
    "<edit improvement>": lambda p: _first(p, "/quality/improvements/?state=late", "main table a", "edit/"),
    "<review sample>": lambda p: _first(p, REVIEWS, "main table a[href*='/samples/']"),
    "<review to score>": lambda p: _first(p, f"{REVIEWS}?shown=todo", "main table a"),
    "<review appealed>": lambda p: _first(p, f"{REVIEWS}?shown=objected", "main table a"),
    "<own review>": lambda p: _first(p, REVIEWS, "main table a"),
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


def _view(page: Page) -> str:
    """A view that was just saved from the queue."""
    page.goto("/tickets/queue/?scope=all&topic=fees")
    page.click("main a[href^='/tickets/queue/views/new/']")
    page.fill("main [name=name]", "费用")
    page.click("main form.card [type=submit]")
    return _first(page, page.url, "main a[href^='/tickets/queue/views/']")


FINDERS["<view>"] = _view


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


def test_importing_articles(context_of: Callable[..., BrowserContext]):
    """A file with more rows than one request writes: progress goes on by itself and ends on the report."""
    page = context_of("analyst", reduced_motion="reduce").new_page()
    head = "slug,topic,question,summary,answer,source\n"
    rows = "".join(f"imported-{n},repayment,第{n}个导入的问题？,摘要,答案,来源\n" for n in range(45))
    page.goto("/knowledge/import/")
    file: FilePayload = {
        "name": "articles.csv",
        "mimeType": "text/csv",
        "buffer": f"{head}{rows}bad,x,,,,\n".encode(),
    }
    page.set_input_files("[name=file]", file)
    page.click("main form [type=submit], main form .primary")
    page.wait_for_url("**/knowledge/import/*/")
    assert looked_at(page) == []
    page.click("main form .primary")
    page.get_by_text("已写入 45 行。").wait_for()
    assert looked_at(page) == []
    page.get_by_role("button", name="撤销导入").click()
    page.get_by_text("导入已撤销，写出的草稿都已放弃。").wait_for()
