"""The search box as a combobox: by keyboard, by mouse, in the address and in the log of what was chosen."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, expect

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def page(context_of: Contexts) -> Page:
    page = context_of("").new_page()
    page.goto("/")
    return page


def type_question(page: Page, text: str) -> None:
    """Until the list is that of the whole text: an earlier one may have come in between."""
    with page.expect_response(lambda answer: answer.url.endswith(f"?q={quote(text)}")):
        page.locator("#faq-q").press_sequentially(text, delay=20)
    expect(page.locator("#suggestions [role=option]").first).to_be_visible()


def test_focus_stays_in_the_box_while_the_keys_choose(page: Page):
    box, options = page.get_by_role("combobox"), page.locator("#suggestions [role=option]")
    expect(box).to_have_attribute("aria-expanded", "false")
    type_question(page, "提前还款")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#suggestions-status")).to_contain_text("个可能的问题")
    last = options.count() - 1
    for key, place in (
        ("ArrowDown", 0),
        ("ArrowDown", 1),
        ("ArrowUp", 0),
        ("ArrowUp", -1),
        ("ArrowUp", last),
    ):
        box.press(key)
        expect(box).to_be_focused()
        chosen = [options.nth(n).get_attribute("aria-selected") for n in range(last + 1)]
        assert chosen == ["true" if n == place else "false" for n in range(last + 1)]
        expected = options.nth(place).get_attribute("id") if place >= 0 else None
        assert box.get_attribute("aria-activedescendant") == expected
    box.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("提前还款")


def test_a_choice_stays_when_a_newer_list_has_it_too(page: Page):
    type_question(page, "提前还")
    chosen = page.locator("#suggestions [aria-selected=true]")
    page.keyboard.press("ArrowDown")
    article = chosen.get_attribute("href") or ""
    with page.expect_response(lambda answer: answer.url.endswith(quote("提前还款"))):
        page.keyboard.type("款")
    expect(chosen).to_have_attribute("href", article.replace(quote("提前还"), quote("提前还款")))
    with page.expect_response(lambda answer: answer.url.endswith(quote("注销"))):
        page.locator("#faq-q").fill("注销")
    expect(page.locator("#suggestions [role=option]").first).to_contain_text("注销")
    expect(chosen).to_have_count(0)


def test_enter_opens_what_is_chosen_and_searches_if_nothing_is(page: Page):
    type_question(page, "提前还款")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/faq/*/?s=*")
    page.goto("/")
    type_question(page, "提前还款")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=*")


def test_a_click_opens_and_leaving_the_box_closes(page: Page):
    type_question(page, "逾期")
    page.keyboard.press("Tab")
    expect(page.locator("#suggestions [role=option]")).to_have_count(0)
    page.locator("#faq-q").fill("")
    type_question(page, "逾期")
    page.locator("#suggestions [role=option]").first.click()
    page.wait_for_url("**/faq/*/?s=*")
