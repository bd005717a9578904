"""The desk without a mouse, and forms that lose nothing when they are for something else."""

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture
def page(context_of) -> Page:
    page: Page = context_of("agent").new_page()
    return page


def test_keys_of_the_queue_lead_to_a_case_and_its_forms(page: Page):
    page.goto("/tickets/queue/?scope=mine&state=investigating")
    expect(page.locator("dialog#keys")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url("**/tickets/C-*/")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_contain_text("写答复")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("main h2:focus")).to_have_count(1)
    page.keyboard.press("r")
    expect(page.locator("#reply textarea")).to_be_focused()
    page.keyboard.type("njr?")  # letters, while somebody writes
    expect(page.locator("#reply textarea")).to_have_value("njr?")
    page.locator("#reply textarea").blur()
    page.keyboard.press("n")
    expect(page.locator("#note textarea")).to_be_focused()
    page.keyboard.press("Control+k")
    page.wait_for_url("**/tickets/queue/**")
    expect(page.locator("[name=text]")).to_be_focused()


def test_keys_that_are_turned_off_do_nothing(page: Page):
    page.goto("/tickets/queue/?scope=mine&state=investigating")
    page.locator("main td a[href^='/tickets/C-']").first.click()
    page.click("[data-show-keys]")
    page.click("dialog#keys form[action$='/keys/'] button")
    page.wait_for_selector("dialog#keys[data-keys=off]", state="attached")
    page.keyboard.press("n")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_hidden()
    expect(page.locator("#note")).not_to_have_attribute("open", "")
    page.click("[data-show-keys]")
    page.click("dialog#keys form[action$='/keys/'] button")
    page.wait_for_selector("dialog#keys[data-keys=on]", state="attached")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_choosing_a_kind_keeps_what_was_typed(context_of, scripts):
    page = context_of(java_script_enabled=scripts).new_page()
    page.goto("/tickets/new/")
    page.select_option("[name=topic]", "fees")
    page.fill("[name=narrative]", "扣了两次。")
    page.click("button[name=choose_kind][value=credit_report_dispute]")
    expect(page.locator("[name=record]")).to_be_visible()
    expect(page.locator("[name=topic]")).to_have_value("fees")
    expect(page.locator("[name=narrative]")).to_have_value("扣了两次。")
    if scripts:
        page.goto("/tickets/new/")  # a draft comes back, and its choice too
        expect(page.locator("[name=topic]")).to_have_value("fees")
        expect(page.locator("[name=narrative]")).to_have_value("扣了两次。")
