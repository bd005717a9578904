"""The main job in Chromium: search, chat, complaint, five steps, survey, and the number moves."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

QUESTION = "自动扣款扣了两次怎么办"
STORY = "十一月的还款被自动扣了两次，多扣的钱一直没有退回来。"
SENTINEL = "内部哨兵：与清算方确认中"
DECISION = {
    "facts": "十一月五日同一期还款被扣款两次。",
    "basis": "借款合同约定的还款计划。",
    "reasons": "第二笔没有对应的应还款，应当退回。",
    "remedies": "不同意本决定的，可以在三十日内申请核查。",
    "root_cause": "system",
    "outcome": "upheld",
    "sent_through": "phone",  # the visitor left a number alone: nobody would tell them of the page
}

People = dict[str, Page]


def submit(page: Page, verb: str, **fields: str | bool) -> None:
    """Fill and send the panel of a verb on the agent's case page."""
    closed = page.locator(f"details.panel#{verb.replace('-', '_')}:not([open]) > summary")
    if closed.count():
        closed.click()  # its form is fetched then
    form = page.locator(f"form[action$='/{verb}/']").first
    fill(form, **fields)
    with page.expect_navigation():
        form.locator("[type=submit]:not([formaction])").last.click()


def fill(form: Locator, **fields: str | bool) -> None:
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        kind = str(field.first.evaluate("e => e.type"))
        if isinstance(value, bool):
            field.set_checked(value)
        elif kind.startswith("select"):
            field.select_option(value)
        elif kind == "radio":
            form.locator(f"[name={name}][value='{value}']").check()
        else:
            field.fill(value)


def say(page: Page, text: str) -> None:
    page.fill("#chat-text", text)
    page.press("#chat-text", "Enter")


def start_chat(visitor: Page, name: str) -> None:
    visitor.fill("#chat-start [name=name]", name)
    visitor.click("#chat-start button.primary")
    expect(visitor.locator("#chat-log [data-author=bot]")).to_have_count(2)  # a greeting, and the answer
    visitor.click("#chat-choices button:has-text('转人工')")


def accept_chat(agent: Page, masked: str) -> None:
    agent.goto("/chat/desk/")
    agent.locator("#desk-waiting li", has_text=masked).get_by_role("button").click()


def answers_of(page: Page) -> int:
    """How many judgements the quality page counts for this week, over everything."""
    page.goto("/quality/")
    row = page.locator("table", has_text="图中的数字").locator("tbody tr").first
    return int(row.locator("td").nth(1).inner_text().replace(",", ""))


@pytest.fixture
def people(context_of: Callable[..., BrowserContext]) -> People:
    names = {"visitor": "", "agent": "agent", "analyst": "analyst"}
    return {role: context_of(username).new_page() for role, username in names.items()}


def test_from_a_search_to_the_number_on_the_quality_page(people: People):
    visitor, agent, analyst = people["visitor"], people["agent"], people["analyst"]
    before = answers_of(analyst)
    search_then_chat(visitor, agent)
    number = complain_from_the_chat(visitor, agent)
    work_the_case(visitor, agent, f"/tickets/{number}/")
    decide_and_answer(visitor, agent, f"/tickets/{number}/")
    assert answers_of(analyst) == before + 1


def search_then_chat(visitor: Page, agent: Page) -> None:
    visitor.goto("/")
    visitor.fill("[name=q]", QUESTION)
    expect(visitor.locator("#suggestions a").first).to_be_visible()
    visitor.press("[name=q]", "Enter")
    visitor.wait_for_url("**/search/**")
    expect(visitor.locator("main a[href^='/faq/']").first).to_be_visible()
    visitor.locator("main a[href^='/chat/']").first.click()
    expect(visitor.locator("#chat-start [name=question]")).to_have_value(QUESTION)  # carried along
    start_chat(visitor, "旅程访客")
    expect(visitor.locator("#chat-log")).to_contain_text(QUESTION)
    accept_chat(agent, "旅**")
    expect(agent.locator("#chat-log")).to_contain_text(QUESTION)
    say(agent, "您好，我来看一下扣款记录。")
    expect(visitor.locator("#chat-log")).to_contain_text("我来看一下扣款记录")
    say(visitor, STORY)
    expect(agent.locator("#chat-log")).to_contain_text(STORY)
    expect(agent.locator("#desk-details .searched")).to_contain_text(QUESTION)  # what was searched before
    expect(agent.locator("#desk-details a[href*='/faq/']").first).to_be_visible()  # answers suggested


def complain_from_the_chat(visitor: Page, agent: Page) -> str:
    agent.locator("a[href$='/convert/']").click()
    form = agent.locator("main form.form")
    expect(form.locator("[name=narrative]")).to_have_value(re.compile(STORY))
    fill(form, complainant="旅程访客", contact="13800001234", request="请退回多扣的一期还款。")
    form.locator("button.primary").click()
    agent.wait_for_url("**/chat/desk/**")
    href = agent.locator("main a[href^='/tickets/C-']").first.get_attribute("href") or ""
    number = href.strip("/").split("/")[-1]
    visitor.locator("#chat-ticket button").click()
    visitor.wait_for_url(f"**/tickets/track/{number}/")
    return number


def work_the_case(visitor: Page, agent: Page, case: str) -> None:
    agent.goto(case)
    state = agent.locator("main header").first
    flags = agent.locator("form button[name=verdict][value=dismiss]")
    while flags.count():
        with agent.expect_navigation():
            flags.first.click()
    submit(agent, "classify", business="payment", cause="pricing", severity="ordinary")
    expect(state).to_contain_text("已分类")
    own = agent.locator("form[action$='/assign/'] [name=assignee] option:not([value=''])").first
    submit(agent, "assign", assignee=own.get_attribute("value") or "", no_conflict=True)
    expect(state).to_contain_text("已分派")
    submit(agent, "investigate")
    expect(state).to_contain_text("调查中")
    submit(agent, "log-contact", method="phone", text="电话核对了两笔扣款的时间。")
    submit(agent, "note", text=SENTINEL)
    submit(agent, "await-customer", question="两笔扣款分别在什么时间？")
    expect(state).to_contain_text("等待客户补充")
    visitor.reload()
    expect(visitor.locator("main")).to_contain_text("我们在等您补充")
    visitor.locator("#message-form [name=text]").fill("两笔都在十一月五日，相差三分钟。")
    with visitor.expect_navigation():
        visitor.locator("#message-form [type=submit]").click()


def decide_and_answer(visitor: Page, agent: Page, case: str) -> None:
    agent.goto(case)
    expect(agent.locator("main")).to_contain_text("相差三分钟")
    submit(agent, "draft-decision", **DECISION)
    submit(agent, "record-correction", none_because="个别扣款，系统已经修正。")
    submit(agent, "resolve", reference="LY-0001")
    expect(agent.locator("main header").first).to_contain_text("已作出决定")
    visitor.reload()
    expect(visitor.locator("main")).to_contain_text(DECISION["reasons"])
    assert SENTINEL not in visitor.content()  # nothing internal reaches the customer
    fill(visitor.locator("#feedback-form"), score="4", text="退回来了，就是慢。")
    visitor.locator("#feedback-form [name=resolved]").first.check()
    with visitor.expect_navigation():
        visitor.locator("#feedback-form [type=submit]").click()
    expect(visitor.locator("main")).to_contain_text("已结束")
