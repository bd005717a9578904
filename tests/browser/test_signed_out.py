"""Signed out in another window: the page that lives on its own says so once, and comes back by itself."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import sign_in


@pytest.fixture
def on_duty_again(context_of: Callable[..., BrowserContext]) -> Iterator[None]:
    """Whoever signs out goes off duty, and the desk is that of the other tests, too."""
    yield
    desk = context_of("agent").new_page()
    desk.goto("/chat/desk/")
    desk.get_by_role("button", name="在岗", exact=True).click()
    expect(desk.locator("[aria-pressed=true]", has_text="在岗")).to_have_count(1)


@pytest.mark.usefixtures("on_duty_again")
def test_a_page_without_its_person_says_so_once_and_goes_on_when_they_are_back(context_of):
    context: BrowserContext = context_of("agent")
    page = context.new_page()
    address = "/tickets/queue/?scope=all"
    page.goto(address)
    expect(page.locator("html[data-link=up]")).to_have_count(1)
    other = context.new_page()
    other.goto("/accounts/logout/")
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status == 401 else None)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    other.click("main button[type=submit]")
    expect(page.locator("#toasts [data-signed-out]")).to_have_count(1, timeout=15_000)
    expect(page.locator("#toasts")).to_contain_text("您已退出登录，本页不再更新。")
    expect(page.locator("#toasts")).not_to_contain_text("这一步没有做")
    assert page.locator("#toasts a").get_attribute("href") == (
        "/accounts/login/?next=%2Ftickets%2Fqueue%2F%3Fscope%3Dall"
    )
    before = len(refused)
    page.wait_for_timeout(5_000)  # in which it asked every second
    assert (len(refused), len(sockets) <= 2) == (before, True)
    expect(page.locator("#queue")).to_have_count(1)
    sign_in(context.new_page(), "agent")
    page.bring_to_front()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # headless pages are never hidden
    expect(page.locator("#toasts [data-signed-out]")).to_have_count(0, timeout=10_000)
    expect(page.locator("html[data-link=up]")).to_have_count(1)
