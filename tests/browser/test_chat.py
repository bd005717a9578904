"""A visitor and an agent in two browsers: live, through a crash, without sockets, and inside another site."""

import http.server
import threading

import pytest
from playwright.sync_api import BrowserContext, Page, expect

HOST_PAGE = (
    '<!doctype html><title>Shop</title><link rel="icon" href="data:,"><script src="{}" async></script>'
)
NO_SOCKETS = "window.WebSocket = class { constructor() { throw new Error('blocked') } }"
MESSAGES = "#chat-log .chat-message"


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
    return page


def agent_takes(context: BrowserContext, visitor: Page) -> Page:
    pk = visitor.evaluate("JSON.parse(localStorage.getItem('chat.visitor')).id")
    page = context.new_page()
    page.goto("/chat/desk/")
    page.click(f'#desk-waiting [data-conversation="{pk}"] button')
    page.wait_for_selector(f'#desk[data-conversation="{pk}"]')
    expect(page.locator(MESSAGES)).to_have_count(1)
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
    expect(visitor.locator(MESSAGES)).to_have_count(3)
    expect(agent.locator(MESSAGES)).to_have_count(3)
    assert texts(visitor) == texts(agent) == ["怎么提前还款", "我想", "<b>您好</b>\n请说"]
    expect(visitor.locator("#chat-log b")).to_have_count(0)
    expect(agent.locator(".chat-read")).to_have_count(1)
    say(agent, "\n".join(["很长的说明"] * 60))
    expect(visitor.locator(MESSAGES)).to_have_count(4)
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
        expect(page.locator(MESSAGES)).to_have_count(4, timeout=30_000)
        expect(page.locator("#chat-outbox li")).to_have_count(0)
    assert texts(visitor) == texts(agent)
    assert sorted(texts(visitor)) == sorted(["请问", "断线一", "断线二", "客服断线"])
    visitor.reload()
    expect(visitor.locator(MESSAGES)).to_have_count(4)


def test_without_sockets_both_sides_poll(context_of):
    outside, inside = context_of(), context_of("agent")
    for context in (outside, inside):
        context.add_init_script(NO_SOCKETS)
    visitor = visitor_asks(outside, "没有套接字")
    agent = agent_takes(inside, visitor)
    say(agent, "收到")
    expect(visitor.locator(MESSAGES)).to_have_count(2, timeout=20_000)
    say(visitor, "好的")
    expect(agent.locator(MESSAGES)).to_have_count(3, timeout=20_000)
    assert texts(visitor) == texts(agent) == ["没有套接字", "收到", "好的"]


def test_what_cannot_be_stored_goes_back_into_the_box(context_of):
    visitor = visitor_asks(context_of(), "太长")
    say(visitor, "长" * 5_001)
    expect(visitor.locator(".chat-status")).to_contain_text("超过 5000 字")
    visitor.click("[data-withdraw]")
    assert visitor.input_value("#chat-text") == "长" * 5_001
    visitor.reload()
    expect(visitor.locator("#chat-text")).to_have_value("长" * 5_001)
    expect(visitor.locator(MESSAGES)).to_have_count(1)


def test_enter_of_an_input_method_sends_nothing(context_of):
    visitor = visitor_asks(context_of(), "输入法")
    visitor.fill("#chat-text", "pinyin")
    visitor.dispatch_event("#chat-text", "keydown", {"key": "Enter", "isComposing": True})
    assert visitor.input_value("#chat-text") == "pinyin"
    visitor.press("#chat-text", "Enter")
    expect(visitor.locator(MESSAGES)).to_have_count(2)


def test_a_note_stays_on_the_desk(context_of):
    visitor = visitor_asks(context_of(), "备注")
    agent = agent_takes(context_of("agent"), visitor)
    agent.check("[value=note]")
    say(agent, "只有同事能看")
    expect(agent.locator("#desk-notes .desk-note")).to_have_count(1)
    expect(agent.locator("#chat-text")).to_have_value("")
    say(agent, "给访客的话")
    expect(visitor.locator(MESSAGES)).to_have_count(2)
    assert texts(visitor) == ["备注", "给访客的话"]
    assert "只有同事能看" not in visitor.content()


@pytest.fixture
def shop(desk):
    """A page of another origin with a strict policy and the one line of the widget."""

    class Shop(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            policy = f"default-src 'none'; script-src {desk.url}; frame-src {desk.url}; img-src data:"
            self.send_header("Content-Security-Policy", policy)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(HOST_PAGE.format(f"{desk.url}/chat/widget.js").encode())

        def log_message(self, *_args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_the_widget_chats_from_a_page_with_a_strict_policy(context_of, shop):
    page = context_of().new_page()
    page.goto(shop)
    launcher = page.get_by_role("button", name="在线客服")
    launcher.focus()
    page.keyboard.press("Enter")
    frame = page.frame_locator("iframe")
    frame.locator("[name=question]").fill("从别的网站来")
    frame.locator("#chat-start button.primary").click()
    expect(frame.locator(MESSAGES)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(launcher).to_be_focused()
    expect(page.locator("iframe")).to_be_hidden()
    page.reload()
    launcher.click()
    expect(frame.locator(MESSAGES)).to_have_count(1)  # remembered in our origin
