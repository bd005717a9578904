"""The widget on somebody else's page: a strict policy, a phone, the keyboard, no storage, an unread badge."""

import http.server
import threading
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Desk
from tests.browser.test_chat import MESSAGES, say

# All that a site has to allow: our script and our frame. No style, no image, no inline code.
POLICY = "default-src 'none'; script-src {0}; frame-src {0}"
SITE = (
    '<!doctype html><html lang="{}"><head><meta name="viewport" content="width=device-width">'
    '<title>Shop</title></head><body><a href="#">Link</a>{}</body></html>'
)
NO_STORAGE = """
if (location.pathname.startsWith("/chat/frame/")) {
  const get = () => { throw new DOMException("blocked", "SecurityError"); };
  Object.defineProperty(window, "localStorage", { get });
}"""
FOCUSED = "document.activeElement.shadowRoot?.activeElement?.tagName"
BLUE, WHITE = "rgb(36, 71, 143)", "rgb(255, 255, 255)"


@pytest.fixture
def shop(desk: Desk) -> Iterator[Callable[..., str]]:
    """The address of a page of another origin with the widget on it: ``shop(theme="dark")``."""

    class Shop(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            lang = asked.pop("page", "zh-CN")
            data = "".join(f' data-{name}="{value}"' for name, value in asked.items())
            line = f'<script src="{desk.url}/chat/widget.js"{data} async></script>'
            self.send_response(200)
            self.send_header("Content-Security-Policy", POLICY.format(desk.url))
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(SITE.format(lang, line).encode())

        def log_message(self, *_args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{server.server_port}/shop"
    yield lambda **data: f"{home}?{urlencode(data)}"
    server.shutdown()
    server.server_close()


def launcher_of(page: Page) -> Locator:
    return page.locator("button.launcher")


def ask(page: Page, question: str) -> None:
    frame = page.frame_locator("iframe")
    expect(frame.locator("[name=question]")).to_be_focused()  # by the frame's script: it is there
    frame.locator("[name=question]").fill(question)
    frame.locator("#chat-start button.primary").click()
    expect(frame.locator(MESSAGES)).to_have_count(1)


def take(context: BrowserContext, pk: str) -> Page:
    page = context.new_page()
    page.goto("/chat/desk/")
    page.click(f'#desk-waiting [data-conversation="{pk}"] button')
    page.wait_for_selector(f'#desk[data-conversation="{pk}"]')
    return page


def test_the_widget_chats_from_a_page_with_a_strict_policy(context_of, shop):
    page = context_of().new_page()
    page.goto(shop())
    launcher = launcher_of(page)
    launcher.focus()
    page.keyboard.press("Enter")
    frame = page.frame_locator("iframe")
    expect(frame.locator("[name=question]")).to_be_focused()
    ask(page, "从别的网站来")
    page.keyboard.press("Escape")
    expect(launcher).to_be_focused()
    expect(page.locator("iframe")).to_be_hidden()
    page.reload()
    launcher.click()
    expect(frame.locator(MESSAGES)).to_have_count(1)  # remembered in our origin
    expect(frame.locator("#chat-resume")).to_be_hidden()


@pytest.mark.parametrize(
    ("data", "word", "background", "colour"),
    [
        ({"page": "zh-TW"}, "線上客服", BLUE, WHITE),
        ({"page": "en-GB", "accent": "#ffcc00"}, "Live chat", "rgb(255, 204, 0)", "rgb(0, 0, 0)"),
        ({"lang": "en", "label": "Ask us"}, "Ask us", BLUE, WHITE),
        ({"page": "fr", "accent": "red;}", "label": "", "theme": "neon"}, "在线客服", BLUE, WHITE),
    ],
)
def test_the_launcher_is_as_the_site_chose_whatever_else_it_says(
    context_of, shop, data, word, background, colour
):
    page = context_of().new_page()
    page.goto(shop(**data))
    expect(launcher_of(page)).to_have_text(word)
    expect(launcher_of(page)).to_have_css("background-color", background)
    expect(launcher_of(page)).to_have_css("color", colour)


def test_the_frame_wears_theme_side_and_accent(context_of, shop):
    page = context_of().new_page()
    page.goto(shop(theme="dark", position="left", accent="#0f7b4d", lang="en"))
    launcher_of(page).click()
    root = page.frame_locator("iframe").locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    expect(root).to_have_attribute("lang", "en")
    expect(root.locator("[name=question]")).to_be_focused()  # drawn, so its style sheets are there
    assert "from #0f7b4d" in root.evaluate("e => getComputedStyle(e).getPropertyValue('--accent')")
    boxes = launcher_of(page).bounding_box(), page.locator("iframe").bounding_box()
    assert [box and box["x"] for box in boxes] == [20, 20]


def test_on_a_phone_it_is_the_whole_screen_and_tab_stays_inside(context_of, shop):
    page = context_of(viewport={"width": 360, "height": 700}).new_page()
    page.goto(shop())
    launcher_of(page).click()
    assert page.locator("iframe").bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 700}
    expect(page.get_by_role("dialog")).to_have_attribute("aria-modal", "true")
    expect(page.frame_locator("iframe").locator("[name=question]")).to_be_focused()
    for key in ["Tab"] * 8 + ["Shift+Tab"] * 12:
        page.keyboard.press(key)
        page.wait_for_timeout(30)
        assert page.evaluate(FOCUSED) == "IFRAME"
    page.frame_locator("iframe").locator("#chat-frame-close").click()
    expect(launcher_of(page)).to_be_focused()


def test_on_a_desktop_tab_goes_round_between_launcher_and_frame(context_of, shop):
    page = context_of().new_page()
    page.goto(shop())
    launcher_of(page).click()
    expect(page.frame_locator("iframe").locator("[name=question]")).to_be_focused()
    seen = set()
    for _step in range(12):
        page.keyboard.press("Tab")
        page.wait_for_timeout(30)
        seen.add(page.evaluate(FOCUSED))
    assert seen == {"IFRAME", "BUTTON"}


def test_an_answer_shows_on_the_launcher_also_after_coming_back(context_of, shop):
    page = context_of().new_page()
    page.goto(shop())
    launcher_of(page).click()
    ask(page, "转人工")
    frame = page.frame_locator("iframe")
    expect(frame.locator("#chat-state")).to_contain_text("位")
    inside = next(one for one in page.frames if "/chat/frame/" in one.url)
    pk = inside.evaluate("JSON.parse(localStorage.getItem('chat.visitor')).id")
    page.keyboard.press("Escape")
    expect(launcher_of(page)).to_be_focused()
    agent = take(context_of("agent"), pk)
    say(agent, "您好")
    badge = page.locator(".count")
    expect(badge).to_have_text("1")
    expect(page.locator(".said")).to_have_text("1 条新消息")
    page.reload()
    expect(badge).to_have_text("1")  # nobody clicked: the frame came because a conversation is open
    page.bring_to_front()
    launcher_of(page).click()
    expect(badge).to_be_hidden()
    expect(frame.locator(MESSAGES)).to_have_count(2)
    expect(agent.locator(".chat-read")).to_have_count(1)
    say(agent, "还在吗")
    expect(frame.locator(MESSAGES)).to_have_count(3)
    expect(badge).to_be_hidden()


def test_without_storage_the_frame_says_so_and_goes_on_in_the_full_page(context_of, shop):
    context = context_of()
    context.add_init_script(NO_STORAGE)
    page = context.new_page()
    page.goto(shop())
    launcher_of(page).click()
    ask(page, "存不住")
    with context.expect_page() as opened:
        page.frame_locator("iframe").locator("#chat-resume button").click()
    expect(opened.value.locator(f"{MESSAGES} .chat-text")).to_have_text(["存不住"])


def test_who_is_quicker_than_the_frames_script_goes_on_in_the_full_page(context_of, shop):
    context = context_of()
    context.route("**/visitor*.js", lambda route: route.abort())
    page = context.new_page()
    page.goto(shop())
    launcher_of(page).click()
    frame = page.frame_locator("iframe")
    frame.locator("[name=question]").fill("脚本还没到")
    with context.expect_page() as opened:
        frame.locator("#chat-start button.primary").click()
    expect(opened.value.locator(f"{MESSAGES} .chat-text").first).to_have_text("脚本还没到")


def test_a_message_that_is_left_shows_number_and_code(context_of, shop):
    context = context_of()
    page = context.new_page()
    page.goto(shop())
    launcher_of(page).click()
    ask(page, "转人工")
    frame = page.frame_locator("iframe")
    expect(frame.locator("#chat-state")).to_contain_text("位")
    # The bot offers it outside hours; whatever the hour is now, the form is the same.
    frame.locator("#chat-leave-message").evaluate("e => { e.hidden = false; e.open = true; }")
    frame.locator("#chat-leave-message [name=text]").fill("请回电")
    frame.locator("#chat-leave-message [name=contact]").fill("13800138021")
    with context.expect_page() as opened:
        frame.locator("#chat-leave-message button.primary").click()
    expect(opened.value.locator("main")).to_contain_text("C-20")
    expect(opened.value.locator("#code")).to_have_count(1)
    expect(frame.locator("#chat-ticket button")).to_be_visible()
    expect(frame.locator("#chat-leave-message")).to_be_hidden()


def test_the_embedding_page_previews_what_is_chosen(context_of):
    page = context_of(viewport={"width": 1280, "height": 1200}).new_page()
    page.goto("/chat/embed/")
    page.select_option("[name=lang]", "en")
    expect(page.locator("#embed-code")).to_contain_text('data-lang="en"')
    site = page.frame_locator("iframe.embed-preview")
    site.get_by_role("button", name="Live chat").click()
    expect(site.frame_locator("iframe").get_by_label("What would you like to ask?")).to_be_visible()


def test_the_embedding_page_works_without_scripts(context_of):
    page = context_of(java_script_enabled=False).new_page()
    page.goto("/chat/embed/")
    page.select_option("[name=position]", "left")
    page.click("#embed-form button")
    expect(page.locator("#embed-code")).to_contain_text('data-position="left"')
