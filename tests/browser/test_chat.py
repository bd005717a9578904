"""A visitor and an agent in two browsers: live, through a crash, and without sockets."""

import re

from playwright.sync_api import BrowserContext, FilePayload, FrameLocator, Locator, Page, Route, expect

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


def test_files_and_a_long_message_leave_the_send_button_on_a_phone(context_of):
    visitor = context_of().new_page()
    visitor.set_viewport_size({"width": 360, "height": 430})
    visitor.goto("/chat/")
    visitor.fill("[name=question]", "怎么提前还款")
    visitor.click("#chat-start button.primary")
    expect(visitor.locator(MESSAGES)).to_have_count(1)
    refused: FilePayload = {"name": "账单.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"}
    visitor.set_input_files("#chat-files", [FILE, FILE | {"name": "截图说明.txt"}, refused])
    expect(visitor.locator(".chat-chosen")).to_have_count(3)
    visitor.fill("#chat-text", "我已经还款，但是系统仍然显示逾期。" * 20)
    expect(visitor.locator("#chat-compose > button.primary")).to_be_in_viewport(ratio=0.95)


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


def test_without_sockets_the_desk_is_told_of_all_the_same(context_of):
    outside, inside = context_of(), context_of("agent")
    for context in (outside, inside):
        context.add_init_script(NO_SOCKETS)
    visitor = visitor_asks(outside, "没有套接字")
    agent = agent_takes(inside, visitor)
    own = agent.locator("#desk-own li:has([aria-current])")
    expect(own).to_have_attribute("data-unread", "0", timeout=20_000)
    say(agent, "收到")
    expect(visitor.locator(MESSAGES)).to_have_count(3, timeout=20_000)
    visitor.bring_to_front()
    say(visitor, "好的")
    expect(agent.locator(".chat-read")).to_have_count(1, timeout=20_000)
    agent.bring_to_front()
    expect(visitor.locator(".chat-read")).to_have_count(1, timeout=20_000)
    expect(own).to_have_attribute("data-unread", "0", timeout=20_000)
    visitor.click("#chat-end button")
    expect(agent.locator("#desk-bar .badge").first).to_have_text("已结束", timeout=20_000)
    expect(agent.locator("#chat-compose:not([data-writes])")).to_have_count(1)
    agent.click("#desk-presence [value=pause]")
    offers = agent.locator("#desk-offers [data-offer]")
    expect(offers).to_have_count(0)
    agent.evaluate("heard = []; document.addEventListener('desk:news', (e) => heard.push(e.detail.title))")
    visitor_asks(context_of(), "请派给我")
    agent.click("#desk-presence [value=on]")
    expect(offers.first).to_be_visible(timeout=20_000)
    assert "派给您一个新的对话" in agent.evaluate("heard")
    agent.click("#desk-presence [value=pause]")


def test_a_narrow_desk_says_that_something_waits_in_the_lists(context_of):
    first, second = visitor_asks(context_of(), "甲的问题"), visitor_asks(context_of(), "乙的问题")
    inside = context_of("agent", viewport={"width": 768, "height": 1024})
    agent_takes(inside, first).close()
    agent = agent_takes(inside, second)
    agent.wait_for_selector("html[data-link=live]")
    say(first, "还在吗")
    own = agent.locator("#desk-own li:not(:has([aria-current]))[data-unread='1']")
    expect(own).to_have_count(1)
    expect(agent.locator(".desk-to-lists .desk-unread")).to_be_visible()


def test_a_sixth_file_is_refused_by_name(context_of):
    visitor = visitor_asks(context_of(), "很多文件")
    visitor.set_input_files("#chat-files", [FILE | {"name": f"{n}.txt"} for n in range(1, 8)])
    said = visitor.locator("[data-too-many]")
    expect(said).to_contain_text("最多 5 个文件，没有附上：6.txt, 7.txt")
    expect(visitor.locator(".chat-chosen")).to_have_count(5)
    visitor.click(".chat-chosen:first-child [data-remove]")
    expect(said).to_be_hidden()
    say(visitor, "先发四个")
    expect(visitor.locator(".chat-file")).to_have_count(4)


def test_what_cannot_be_stored_goes_back_into_the_box(context_of):
    visitor = visitor_asks(context_of(), "太长")
    say(visitor, "长" * 5_001)
    expect(visitor.locator(".chat-status")).to_contain_text("超过 5000 字")
    visitor.click("[data-withdraw]")
    assert visitor.input_value("#chat-text") == "长" * 5_001
    visitor.reload()
    expect(visitor.locator("#chat-text")).to_have_value("长" * 5_001)
    expect(visitor.locator(MESSAGES)).to_have_count(2)


def test_files_stay_with_the_draft_and_come_back_with_the_message(context_of):
    context = context_of()
    visitor = visitor_asks(context, "附件不丢")
    chosen = visitor.locator(".chat-chosen")
    visitor.set_input_files("#chat-files", FILE)
    expect(chosen).to_contain_text("已上传")
    visitor.reload()
    expect(chosen).to_contain_text("合同.txt")
    context.set_offline(True)
    visitor.set_input_files("#chat-files", {**FILE, "name": "账单.txt"})
    expect(chosen.nth(1)).to_contain_text("连不上服务器")
    context.set_offline(False)
    chosen.nth(1).locator("[data-again]").click()
    expect(chosen.nth(1)).to_contain_text("已上传")
    visitor.wait_for_selector("#chat[data-link=live]")
    say(visitor, "长" * 5_001)
    expect(chosen).to_have_count(0)
    visitor.click("[data-withdraw]")
    expect(chosen).to_have_count(2)
    say(visitor, "请看附件")
    expect(visitor.locator("#chat-log .chat-file a")).to_have_text(["合同.txt", "账单.txt"])
    visitor.reload()
    expect(visitor.locator(MESSAGES)).to_have_count(3)
    expect(chosen).to_have_count(0)


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


def test_what_is_typed_at_once_after_a_note_is_sent(context_of):
    """The page that answers a note hears the keys in the turn in which it is put in."""
    visitor = visitor_asks(context_of(), "紧接着")
    agent = agent_takes(context_of("agent"), visitor)
    agent.evaluate(
        """() => document.addEventListener("htmx:afterSwap", function swapped(event) {
          if (event.detail.target.matches(".nav-count")) return; // a count beside an entry, at any time
          document.removeEventListener("htmx:afterSwap", swapped);
          setTimeout(() => {
            const box = document.getElementById("chat-text");
            box.value = "马上就说";
            const enter = { key: "Enter", bubbles: true, cancelable: true };
            box.dispatchEvent(new KeyboardEvent("keydown", enter));
          });
        })"""
    )
    agent.check("[value=note]")
    say(agent, "只有同事能看")
    expect(visitor.locator(MESSAGES)).to_have_count(3)
    assert texts(visitor) == ["紧接着", "转人工", "马上就说"]


def test_a_note_that_was_begun_never_becomes_a_reply(context_of):
    visitor, other = visitor_asks(context_of(), "先问的"), visitor_asks(context_of(), "后问的")
    context = context_of("agent")
    agent_takes(context, other).close()
    agent = agent_takes(context, visitor)
    pk = agent.locator("#desk").get_attribute("data-conversation")
    agent.check("[value=note]")
    agent.fill("#chat-text", "内部：还要核实")
    agent.click("#desk-own .desk-row:not([aria-current])")
    expect(agent.locator("#desk")).not_to_have_attribute("data-conversation", pk or "")
    expect(agent.locator("[name=mode]:checked")).to_have_value("reply")
    agent.click(f'#desk-own [data-conversation="{pk}"] a')
    for _ in ("come back", "reload"):
        expect(agent.locator("#chat-text")).to_have_value("内部：还要核实")
        expect(agent.locator("[name=mode]:checked")).to_have_value("note")
        agent.reload()
    agent.press("#chat-text", "Enter")
    expect(agent.locator("#desk-notes")).to_contain_text("还要核实")
    expect(agent.locator("[name=mode]:checked")).to_have_value("reply")
    assert "还要核实" not in visitor.content()


def test_a_reply_with_an_open_variable_is_not_sent(context_of):
    visitor = visitor_asks(context_of(), "工单号多少")
    agent = agent_takes(context_of("agent"), visitor)
    agent.fill("#chat-text", "编号 {{ ticket }}，请记下")
    agent.press("#chat-text", "Enter")
    assert agent.evaluate("document.getElementById('chat-text').validationMessage")
    agent.locator("#chat-text").press_sequentially("稍后告诉您")
    expect(agent.locator("#chat-text")).to_have_value("编号 稍后告诉您，请记下")
    agent.press("#chat-text", "Enter")
    expect(visitor.locator(MESSAGES)).to_have_count(3)
    assert texts(visitor)[-1] == "编号 稍后告诉您，请记下"


def test_an_agent_sees_that_the_visitor_has_left(context_of):
    visitor = visitor_asks(context_of(), "先走了")
    agent = agent_takes(context_of("agent"), visitor)
    agent.wait_for_selector("html[data-link=live]")
    badge = agent.locator("#desk-away")
    visitor.goto("about:blank")
    expect(badge).to_have_text("访客已离开页面")
    expect(badge).to_be_visible()
    agent.clock.install()
    for there in (False, True):  # whoever looks only now is told, too
        if there:
            visitor.go_back()
            visitor.wait_for_selector("#chat[data-link=live]")
        agent.reload()
        agent.wait_for_selector("html[data-link=live]")
        agent.wait_for_timeout(500)
        agent.clock.fast_forward(16_000)
        expect(badge).to_be_visible(visible=not there)
        if not there:  # nothing is known of a page that says nothing, or without a connection
            expect(badge).to_have_text("访客的页面没有回应，可能已离开")
            agent.context.set_offline(True)
            agent.evaluate("window.dispatchEvent(new Event('offline'))")
            expect(badge).to_be_hidden()
            agent.context.set_offline(False)


def test_without_sockets_nothing_overtakes_what_did_not_get_through(context_of):
    context = context_of()
    context.add_init_script(NO_SOCKETS)
    visitor = visitor_asks(context, "网络不好")
    lost: list[Route] = []

    def lose_the_first(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route)
            return route.abort()
        return route.continue_()

    visitor.route("**/messages", lose_the_first)
    say(visitor, "一：先说这个")
    say(visitor, "二：再说这个")
    expect(visitor.locator(MESSAGES)).to_have_count(4, timeout=20_000)
    assert lost
    assert texts(visitor)[2:] == ["一：先说这个", "二：再说这个"]


def test_a_whisper_and_a_chat_that_is_handed_over_are_not_overlooked(context_of):
    visitor, other = visitor_asks(context_of(), "悄悄话"), visitor_asks(context_of(), "另一位")
    context = context_of("agent")
    agent_takes(context, other).close()
    agent = agent_takes(context, visitor)
    supervisor = context_of("supervisor").new_page()
    for asked, text in ((visitor, "先安抚，再核实"), (other, "请转给乙")):
        pk = asked.evaluate("JSON.parse(localStorage.getItem('chat.visitor')).id")
        supervisor.goto(f"/chat/desk/{pk}/")
        supervisor.check("[value=whisper]")
        say(supervisor, text)
    strip = agent.locator("#desk-news")
    expect(strip).to_contain_text("先安抚，再核实")
    strip.locator("button").click()
    expect(strip).to_be_hidden()
    mark = agent.locator(f'#desk-own [data-conversation="{pk}"] [data-mark]')
    expect(mark).to_have_text("新备注")
    agent.click(f'#desk-own [data-conversation="{pk}"] a')
    expect(agent.locator("#desk-notes")).to_contain_text("请转给乙")
    expect(mark).to_have_count(0)
    colleague = context_of("agent2").new_page()
    colleague.goto("/chat/desk/")  # only now: the list of colleagues is asked for again
    colleague.wait_for_selector("html[data-link=live]")
    agent.click("#desk-bar .desk-transfer:not(#desk-close) summary")
    agent.locator("#desk-bar [name=to] option", has_text="演示客服乙").wait_for(state="attached")
    agent.select_option("#desk-bar [name=to]", label="演示客服乙")
    agent.fill("#desk-bar [name=note]", "请接着谈")
    agent.click("#desk-bar .desk-transfer:not(#desk-close) button.primary")
    moved = colleague.locator(f'#desk-own [data-conversation="{pk}"]')
    expect(moved.locator("[data-mark]")).to_have_text("刚转来")
    moved.locator("a").click()
    expect(moved.locator("[data-mark]")).to_have_count(0)


def test_files_corrections_and_canned_replies_by_keyboard(context_of):
    visitor = visitor_asks(context_of(), "附件")
    agent = agent_takes(context_of("agent"), visitor)
    broken: FilePayload = {**FILE, "name": "坏.png"}
    visitor.set_input_files("#chat-files", [FILE, broken])
    expect(visitor.locator(".chat-chosen[data-failed]")).to_contain_text("类型不支持")
    visitor.press("#chat-text", "Enter")  # one is not there: nothing is left out silently
    expect(visitor.locator(MESSAGES)).to_have_count(2)
    expect(visitor.locator(".chat-chosen[data-failed] [data-again]")).to_be_hidden()  # it would fail again
    visitor.click(".chat-chosen[data-failed] [data-remove]")
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


def test_other_conversations_stand_beside_the_open_one_and_none_twice(context_of):
    asked = ("怎么还款", "怎么注销", "怎么改卡", "怎么计息")
    first, second, third, fourth = (visitor_asks(context_of(), text) for text in asked)
    context = context_of("agent")
    for one in (fourth, third, second):
        agent_takes(context, one).close()
    agent = agent_takes(context, first)

    def opener(visitor: Page) -> Locator:
        pk = visitor.evaluate("JSON.parse(localStorage.getItem('chat.visitor')).id")
        return agent.locator(f'#desk-own [data-beside*="{pk}"]')

    panes = agent.locator("#desk-beside .desk-pane")
    agent.set_viewport_size({"width": 1280, "height": 900})
    expect(opener(second)).to_be_hidden()
    agent.set_viewport_size({"width": 1440, "height": 900})
    expect(opener(first)).to_be_hidden()  # it is open
    opener(second).click()
    beside = agent.frame_locator("#desk-beside .desk-pane:first-child iframe")
    expect(beside.locator("html")).to_have_attribute("data-link", "live")
    say(agent, "给第一位")
    say_in(beside, "给第二位")
    expect(first.locator(MESSAGES).last).to_contain_text("给第一位")
    expect(second.locator(MESSAGES).last).to_contain_text("给第二位")
    agent.click(".desk-tabs >> text=资料")  # gave way, and is still there
    expect(agent.locator("#desk-details")).to_be_visible()
    agent.click(".desk-tabs >> text=对话")
    opener(third).click()
    opener(second).click()  # stands there already
    expect(panes).to_have_count(2)
    assert [round(panes.nth(n).bounding_box()["width"]) for n in (0, 1)] == [320, 320]  # type: ignore[index]
    agent.set_viewport_size({"width": 1920, "height": 900})
    opener(fourth).click()
    expect(panes).to_have_count(3)
    agent.locator("[data-close-beside]").last.click()
    expect(panes).to_have_count(2)
    other = agent.frame_locator("#desk-beside .desk-pane:last-child iframe")
    expect(other.locator("html")).to_have_attribute("data-link", "live")
    say_in(other, "给第三位")
    expect(third.locator(MESSAGES).last).to_contain_text("给第三位")
    agent.reload()
    expect(beside.locator(MESSAGES).last).to_contain_text("给第二位")
    expect(other.locator(MESSAGES).last).to_contain_text("给第三位")
    opener(third).locator("xpath=../a").click()  # open now, so not beside
    expect(panes).to_have_count(1)
    agent.click("[data-close-beside]")
    expect(agent.locator("#desk-beside")).to_be_hidden()


def say_in(frame: FrameLocator, text: str) -> None:
    frame.locator("#chat-text").fill(text)
    frame.locator("#chat-text").press("Enter")


def test_a_message_left_is_kept_when_it_is_refused(context_of):
    visitor = visitor_asks(context_of(), "留言")
    visitor.evaluate(
        "document.getElementById('chat-leave-message').hidden = false"
    )  # as when nobody is there
    visitor.click("#chat-leave-message summary")
    visitor.fill("#chat-leave-message [name=text]", "请给我回电")
    for _time in range(2):  # without a contact
        with visitor.expect_navigation():
            visitor.click("#chat-leave-message button.primary")
        visitor.wait_for_selector("#chat[data-link=live]")
        expect(visitor.locator("#chat-link")).to_be_hidden()
        expect(visitor.locator("#chat-leave-message [name=text]")).to_have_value("请给我回电")
    visitor.fill("#chat-leave-message [name=contact]", "13800138021")
    visitor.click("#chat-leave-message button.primary")
    visitor.wait_for_url("**/received/**")


def test_what_the_end_left_unsent_stays_and_begins_the_next_conversation(context_of):
    visitor = visitor_asks(context_of(), "快结束了")
    agent = agent_takes(context_of("agent"), visitor)
    say(visitor, "长" * 5_001)
    visitor.wait_for_selector("[data-pending=failed]")
    visitor.fill("#chat-text", "还没写完的话")
    agent.click("#desk-close summary")
    agent.click("#desk-close button.primary")
    expect(visitor.locator("#chat")).to_have_attribute("data-view", "ended")
    expect(visitor.locator("#chat-text")).to_be_visible()
    expect(visitor.locator("#chat-compose > button.primary")).to_be_hidden()
    visitor.fill("#chat-text", "")
    visitor.reload()
    expect(visitor.locator("#chat-rate")).to_be_visible()
    expect(visitor.locator("#chat-text")).to_be_hidden()
    visitor.click("[data-withdraw]")
    expect(visitor.locator("#chat-text")).to_be_visible()
    visitor.fill("#chat-text", "还没写完的话")
    visitor.reload()
    expect(visitor.locator("#chat-text")).to_have_value("还没写完的话")
    visitor.press("#chat-text", "Enter")  # nothing to send it to
    expect(visitor.locator("#chat-text")).to_have_value("还没写完的话")
    visitor.click("[data-take]")
    expect(visitor.locator("[name=question]")).to_have_value("还没写完的话")
    visitor.reload()
    expect(visitor.locator("[name=question]")).to_have_value("还没写完的话")
    visitor.click("#chat-start button.primary")
    expect(visitor.locator(MESSAGES)).to_have_text([re.compile("还没写完的话")])


def test_a_correction_gives_the_draft_back_and_ends_with_the_chat(context_of):
    visitor = visitor_asks(context_of(), "草稿")
    agent = agent_takes(context_of("agent"), visitor)
    say(agent, "您号")
    for page in (visitor, agent):
        page.fill("#chat-text", "写了一半")
        page.locator("#chat-log [data-edit]").last.click()
        page.keyboard.type("，请稍等")
        page.keyboard.press("Enter")
        expect(page.locator("#chat-text")).to_have_value("写了一半")
        page.locator("#chat-log [data-edit]").last.click()
        page.keyboard.press("Escape")
        expect(page.locator("#chat-text")).to_have_value("写了一半")
        page.locator("#chat-log [data-edit]").last.click()
        page.reload()  # what was in the box is the draft, not the correction
        expect(page.locator("#chat-text")).to_have_value("写了一半")
        expect(page.locator("#chat-log [data-edit]")).not_to_have_count(0)
    agent.click("#desk-close summary")
    agent.click("#desk-close button.primary")
    expect(visitor.locator("#chat")).to_have_attribute("data-view", "ended")
    pk = visitor.evaluate("JSON.parse(localStorage.getItem('chat.visitor')).id")
    agent.goto(f"/chat/desk/{pk}/")
    for page in (visitor, agent):
        expect(page.locator("#chat-log .chat-event").last).to_contain_text("对话已结束")
        expect(page.locator("#chat-log [data-edit]")).to_have_count(0)


def test_a_refused_verb_leaves_an_address_that_can_be_opened(context_of):
    visitor = visitor_asks(context_of(), "两位同时接入")
    context = context_of("supervisor")
    first = context_of("agent").new_page()
    pk = visitor.evaluate("JSON.parse(localStorage.getItem('chat.visitor')).id")
    second = context.new_page()
    second.add_init_script(NO_SOCKETS)
    second.route("**/desk/lists/**", lambda route: route.abort())  # hears of nothing
    accept = f'#desk-waiting [data-conversation="{pk}"] button'
    for page in (first, second):
        page.goto("/chat/desk/")
        page.wait_for_selector(accept)
    first.click(accept)
    first.wait_for_selector(f'#desk[data-conversation="{pk}"]')
    second.click(accept)
    expect(second.locator("#toasts")).to_contain_text("可能已有人先处理")
    second.wait_for_url(f"**/chat/desk/{pk}/")
    answer = second.reload()
    assert answer and answer.status == 200
    first.click("#desk-bar .desk-transfer:not(#desk-close) summary")
    first.click("#desk-bar .desk-transfer:not(#desk-close) button.primary")
    expect(first.locator("#desk-bar .error-summary")).to_be_visible()
    first.wait_for_url(f"**/chat/desk/{pk}/")
    first.goto("/help/")
    answer = first.go_back()
    assert not answer or answer.status == 200
    expect(first.locator("#desk")).to_be_visible()


def test_what_the_desk_could_not_do_is_said_and_nothing_typed_is_lost(context_of):
    visitor = visitor_asks(context_of(), "断网")
    context = context_of("agent")
    agent = agent_takes(context, visitor)
    address = agent.url
    context.set_offline(True)
    agent.check("[value=note]")
    say(agent, "还没记下的备注")
    expect(agent.locator("#toasts")).to_contain_text("没有办成")
    expect(agent.locator("#chat-text")).to_have_value("还没记下的备注")
    context.set_offline(False)
    agent.press("#chat-text", "Enter")
    expect(agent.locator("#desk-notes .desk-note")).to_have_count(2)
    expect(agent.locator("#toasts")).not_to_contain_text("没有办成")
    for gone, said in (("sessionid", "登录已过期"), (None, "页面已过期")):  # signed out; every cookie deleted
        context.clear_cookies(name=gone) if gone else context.clear_cookies()
        agent.check("[value=note]")
        say(agent, "退出以后写的备注")
        expect(agent.locator("#toasts")).to_contain_text(said)
        expect(agent.locator("#chat-text")).to_have_value("退出以后写的备注")
        expect(agent.locator("#desk-lists #desk-presence")).to_have_count(1)
    assert agent.url == address


def test_files_that_keep_a_message_back_say_so(context_of):
    visitor = visitor_asks(context_of(), "文件")
    agent = agent_takes(context_of("agent"), visitor)
    broken: FilePayload = {**FILE, "name": "坏.png"}
    visitor.set_input_files("#chat-files", [FILE, broken])
    expect(visitor.locator(".chat-chosen[data-failed]")).to_have_count(1)
    say(visitor, "请看附件")
    held = visitor.locator("[data-held]")
    expect(held).to_contain_text("没有传上去：坏.png")
    expect(held).to_be_focused()
    held.locator("button").click()
    expect(agent.locator(MESSAGES)).to_have_count(3)
    expect(agent.locator(".chat-file a")).to_have_text("合同.txt")
    expect(held).to_be_hidden()
    # Still on its way: sent by itself once it is there.
    gate: list[Route] = []

    def hold(route: Route) -> None:
        gate.append(route)

    visitor.route("**/files", hold)
    visitor.set_input_files("#chat-files", FILE)
    say(visitor, "还有一个")
    expect(held).to_contain_text("传完就自动发送")
    visitor.wait_for_timeout(200)
    gate[0].continue_()
    expect(agent.locator(MESSAGES)).to_have_count(4)
    expect(agent.locator(".chat-file a")).to_have_count(2)
    # A note takes no files: they wait for the reply.
    agent.set_input_files("#chat-files", FILE)
    agent.check("[value=note]")
    expect(agent.locator(".chat-attach")).to_be_hidden()
    expect(agent.locator("[data-held]")).to_contain_text("备注和悄悄话不能带文件")
    say(agent, "备注")
    expect(agent.locator("[data-held]")).to_be_focused()
    agent.check("[value=reply]")
    expect(agent.locator("[data-held]")).to_be_hidden()
    agent.press("#chat-text", "Enter")
    expect(visitor.locator(".chat-file a")).to_have_count(3)


def test_addresses_of_this_site_are_links_and_others_are_not(context_of, desk):
    visitor = visitor_asks(context_of(), "链接")
    agent = agent_takes(context_of("agent"), visitor)
    say(agent, f"请看{desk.url}/help/。不要点 https://evil.example/<b>")
    for page in (visitor, agent):
        link = page.locator(f"{MESSAGES} .chat-text a")
        expect(link).to_have_text(f"{desk.url}/help/")
        expect(link).to_have_attribute("href", f"{desk.url}/help/")
        page.reload()
        expect(link).to_have_attribute("href", f"{desk.url}/help/")
