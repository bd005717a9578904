"""A visitor and an agent in two browsers: live, through a crash, and without sockets."""

from playwright.sync_api import BrowserContext, FilePayload, Page, expect

FILE: FilePayload = {"name": "合同.txt", "mimeType": "text/plain", "buffer": "合同".encode()}
NO_SOCKETS = "window.WebSocket = class { constructor() { throw new Error('blocked') } }"
MESSAGES = "#chat-log .chat-message:not([data-author=bot])"


def texts(page: Page) -> list[str]:
    return page.locator(f"{MESSAGES} .chat-text").all_text_contents()


def say(page: Page, text: str) -> None:
    page.fill("#chat-text", text)
    page.press("#chat-text", "Enter")


def visitor_asks(context: BrowserContext, question: str) -> Page:
    page = context.new_page()
    page.goto("/chat/")
    page.fill("[name=question]", question)
    page.fill("[name=name]", question)  # the list shows the first character; the id is what we click
    page.click("#chat-start button.primary")
    expect(page.locator(MESSAGES)).to_have_count(1)
    page.click("#chat-choices button:has-text('转人工')")
    expect(page.locator(MESSAGES)).to_have_count(2)
    expect(page.locator("#chat-state")).to_contain_text("位")  # in the queue
    return page


def agent_takes(context: BrowserContext, visitor: Page) -> Page:
    pk = visitor.evaluate("JSON.parse(localStorage.getItem('chat.visitor')).id")
    page = context.new_page()
    page.goto("/chat/desk/")
    page.click(f'#desk-waiting [data-conversation="{pk}"] button')
    page.wait_for_selector(f'#desk[data-conversation="{pk}"]')
    expect(page.locator(MESSAGES)).to_have_count(2)
    return page


def test_both_sides_talk_and_see_typing_and_read_marks(context_of):
    visitor = visitor_asks(context_of(), "怎么提前还款")
    agent = agent_takes(context_of("agent"), visitor)
    expect(visitor.locator("#chat-state")).to_contain_text("正在为您服务")
    visitor.bring_to_front()
    visitor.locator("#chat-text").press_sequentially("我想")
    expect(agent.locator("#chat-typing")).to_be_visible()
    visitor.press("#chat-text", "Enter")
    say(agent, "<b>您好</b>\n请说")
    expect(visitor.locator(MESSAGES)).to_have_count(4)
    expect(agent.locator(MESSAGES)).to_have_count(4)
    assert texts(visitor) == texts(agent) == ["怎么提前还款", "转人工", "我想", "<b>您好</b>\n请说"]
    expect(visitor.locator("#chat-log b")).to_have_count(0)
    expect(agent.locator(".chat-read")).to_have_count(1)
    say(agent, "\n".join(["很长的说明"] * 60))
    expect(visitor.locator(MESSAGES)).to_have_count(5)
    end = "e => Math.round(e.scrollHeight - e.scrollTop - e.clientHeight)"
    assert [page.eval_on_selector("#chat-scroll", end) for page in (visitor, agent)] == [0, 0]


def test_a_killed_server_costs_no_message_and_stores_none_twice(context_of, desk):
    visitor = visitor_asks(context_of(), "请问")
    agent = agent_takes(context_of("agent"), visitor)
    visitor.wait_for_selector("#chat[data-link=live]")
    agent.wait_for_selector("html[data-link=live]")
    desk.kill()
    for page, text in ((visitor, "断线一"), (visitor, "断线二"), (agent, "客服断线")):
        say(page, text)
    expect(visitor.locator("[data-pending=failed]")).to_have_count(2, timeout=20_000)
    desk.start()
    for page in (visitor, agent):
        expect(page.locator(MESSAGES)).to_have_count(5, timeout=30_000)
        expect(page.locator("#chat-outbox li")).to_have_count(0)
    assert texts(visitor) == texts(agent)
    assert sorted(texts(visitor)) == sorted(["请问", "转人工", "断线一", "断线二", "客服断线"])
    visitor.reload()
    expect(visitor.locator(MESSAGES)).to_have_count(5)


def test_without_sockets_both_sides_poll(context_of):
    outside, inside = context_of(), context_of("agent")
    for context in (outside, inside):
        context.add_init_script(NO_SOCKETS)
    visitor = visitor_asks(outside, "没有套接字")
    agent = agent_takes(inside, visitor)
    say(agent, "收到")
    expect(visitor.locator(MESSAGES)).to_have_count(3, timeout=20_000)
    say(visitor, "好的")
    expect(agent.locator(MESSAGES)).to_have_count(4, timeout=20_000)
    assert texts(visitor) == texts(agent) == ["没有套接字", "转人工", "收到", "好的"]


def test_what_cannot_be_stored_goes_back_into_the_box(context_of):
    visitor = visitor_asks(context_of(), "太长")
    say(visitor, "长" * 5_001)
    expect(visitor.locator(".chat-status")).to_contain_text("超过 5000 字")
    visitor.click("[data-withdraw]")
    assert visitor.input_value("#chat-text") == "长" * 5_001
    visitor.reload()
    expect(visitor.locator("#chat-text")).to_have_value("长" * 5_001)
    expect(visitor.locator(MESSAGES)).to_have_count(2)


def test_enter_of_an_input_method_sends_nothing(context_of):
    visitor = visitor_asks(context_of(), "输入法")
    visitor.fill("#chat-text", "pinyin")
    visitor.dispatch_event("#chat-text", "keydown", {"key": "Enter", "isComposing": True})
    assert visitor.input_value("#chat-text") == "pinyin"
    visitor.press("#chat-text", "Enter")
    expect(visitor.locator(MESSAGES)).to_have_count(3)


def test_a_note_stays_on_the_desk(context_of):
    visitor = visitor_asks(context_of(), "备注")
    agent = agent_takes(context_of("agent"), visitor)
    agent.check("[value=note]")
    say(agent, "只有同事能看")
    expect(agent.locator("#desk-notes .desk-note")).to_have_count(2)  # after the bot's story
    expect(agent.locator("#chat-text")).to_have_value("")
    say(agent, "给访客的话")
    expect(visitor.locator(MESSAGES)).to_have_count(3)
    assert texts(visitor) == ["备注", "转人工", "给访客的话"]
    assert "只有同事能看" not in visitor.content()


def test_files_corrections_and_canned_replies_by_keyboard(context_of):
    visitor = visitor_asks(context_of(), "附件")
    agent = agent_takes(context_of("agent"), visitor)
    broken: FilePayload = {**FILE, "name": "坏.png"}
    visitor.set_input_files("#chat-files", [FILE, broken])
    expect(visitor.locator(".chat-chosen[data-failed]")).to_contain_text("类型不支持")
    visitor.press("#chat-text", "Enter")  # one is not there: nothing is left out silently
    expect(visitor.locator(MESSAGES)).to_have_count(2)
    visitor.click(".chat-chosen[data-failed] button")
    visitor.press("#chat-text", "Enter")
    expect(agent.locator(".chat-file a")).to_have_text("合同.txt")
    with visitor.expect_download() as kept:
        visitor.click(".chat-file a")
    assert kept.value.suggested_filename == "合同.txt"
    say(agent, "您号")
    expect(visitor.locator(MESSAGES)).to_have_count(4)
    agent.press("#chat-text", "ArrowUp")
    expect(agent.locator("#chat-text")).to_have_value("您号")
    say(agent, "您好")
    for page in (visitor, agent):
        expect(page.locator(f"{MESSAGES} .chat-edited")).to_have_count(1)
        assert texts(page)[-1] == "您好"
        page.reload()
        expect(page.locator(f"{MESSAGES} .chat-edited")).to_have_count(1)
        assert texts(page)[-1] == "您好"
    agent.goto("/chat/canned/")
    form = agent.locator("form[action='/chat/canned/']")
    agent.locator("details", has=form).locator("summary").click()
    form.locator("[name=shortcut]").fill("wen")
    form.locator("[name=text]").fill("{{agent}}为您服务")
    form.locator("button").click()
    agent.goto("/chat/desk/")
    agent.keyboard.press("Alt+1")
    agent.wait_for_selector("#desk[data-conversation]")
    agent.locator("#chat-text").press_sequentially("/we")
    expect(agent.locator("#desk-canned [data-preview]")).to_have_text("演示客服甲为您服务")
    agent.press("#chat-text", "Enter")
    expect(agent.locator("#chat-text")).to_have_value("演示客服甲为您服务")
    agent.keyboard.press("Control+k")
    expect(agent.locator("#desk-palette")).to_be_visible()


def test_a_second_conversation_stands_beside_the_open_one(context_of):
    first, second = (visitor_asks(context_of(), text) for text in ("怎么还款", "怎么注销"))
    context = context_of("agent")
    agent_takes(context, second).close()
    agent = agent_takes(context, first)
    pk = second.evaluate("JSON.parse(localStorage.getItem('chat.visitor')).id")
    opener = agent.locator(f'#desk-own [data-beside*="{pk}"]')
    agent.set_viewport_size({"width": 1440, "height": 900})
    expect(opener).to_be_hidden()
    agent.set_viewport_size({"width": 1700, "height": 900})
    opener.click()
    beside = agent.frame_locator("#desk-beside iframe")
    expect(beside.locator("html")).to_have_attribute("data-link", "live")
    say(agent, "给第一位")
    beside.locator("#chat-text").fill("给第二位")
    beside.locator("#chat-text").press("Enter")
    expect(first.locator(MESSAGES).last).to_contain_text("给第一位")
    expect(second.locator(MESSAGES).last).to_contain_text("给第二位")
    agent.reload()
    expect(beside.locator(MESSAGES).last).to_contain_text("给第二位")
    agent.click("[data-close-beside]")
    expect(agent.locator("#desk-beside")).to_be_hidden()
