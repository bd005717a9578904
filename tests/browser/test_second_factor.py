"""A desk that asks its staff for a second factor, from the first sign-in to a lost phone."""

import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import BrowserContext, Page, expect

from helpdesk.core.second_factor.codes import PERIOD
from tests.browser.conftest import PASSWORD, Desk
from tests.browser.test_pages import looked_at

CODE = "main form.card [name=code]"
Contexts = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def strict_desk(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The same desk, copied, with the setting of a real one."""
    copy = tmp_path_factory.mktemp("strict")
    for file in desk.data.iterdir():
        if file.is_file() and "sqlite3" not in file.name:
            shutil.copy(file, copy)
    name = "helpdesk.sqlite3"
    with sqlite3.connect(desk.data / name) as old, sqlite3.connect(copy / name) as new:
        old.backup(new)
    strict = Desk(copy, SECOND_FACTOR_REQUIRED="true")
    strict.start()
    yield strict
    strict.kill()
    assert "Traceback" not in strict.log()


@pytest.fixture
def browser_of(context_of: Contexts, strict_desk: Desk) -> Contexts:
    return lambda **options: context_of(base_url=strict_desk.url, reduced_motion="reduce", **options)


def code_of(secret: str, steps: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD + steps)))


def give_password(page: Page, username: str) -> None:
    page.goto("/accounts/login/")
    page.fill("[name=login]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("main form.card [type=submit]")


def give(page: Page, code: str) -> None:
    page.fill(CODE, code)
    page.click("main form.card [type=submit]")


def set_up(page: Page) -> tuple[str, list[str]]:
    """From the page that asks for it to the page with the recovery codes."""
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    give(page, code_of(secret))
    expect(page.locator("h1")).to_have_text("请保存恢复码")
    return secret, page.locator(".recovery-codes code").all_inner_texts()


def test_from_the_first_sign_in_to_a_lost_phone(browser_of: Contexts):
    page = browser_of().new_page()
    give_password(page, "supervisor")
    expect(page.locator("h1")).to_have_text("设置双重验证")
    assert looked_at(page) == []
    page.goto("/tickets/queue/")
    assert "/accounts/set-up/" in page.url  # whatever is opened leads back here
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    give(page, "12345")
    assert page.locator(CODE).input_value() == "12345"
    assert looked_at(page) == []
    assert set_up(page)[0] == secret
    codes = page.locator(".recovery-codes code").all_inner_texts()
    with page.expect_download() as download:
        page.click("a[download]")
    saved = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert saved == ["supervisor", *codes]
    assert looked_at(page) == []
    page.click("main a.primary")
    expect(page.locator("body")).to_have_class(re.compile("staff"))

    page.goto("/accounts/security/")
    expect(page.locator(".kv dd").last).to_have_text("10")
    assert looked_at(page) == []
    again = browser_of(java_script_enabled=False).new_page()
    give_password(again, "supervisor")
    expect(again.locator("h1")).to_have_text("输入验证码")
    give(again, code_of(secret, -1))  # of the time before it was set up
    expect(again.locator(".error-summary")).to_contain_text("验证码不对")
    give(again, code_of(secret, 1))
    again.wait_for_url("**/tickets/queue/")

    admin = browser_of().new_page()
    give_password(admin, "administrator")
    set_up(admin)
    admin.click("main a.primary")
    admin.locator("main table a", has_text="supervisor").first.click()
    assert looked_at(admin) == []
    form = admin.locator("form[action$='/second-factor/reset/']")
    form.locator("[name=reason]").fill("手机丢失，已当面核对本人")
    form.locator("[name=own_password]").fill(PASSWORD)
    form.locator("[type=submit]").click()
    expect(admin.locator(".notice", has_text="的双重验证")).to_be_visible()
    for left in (page, again):
        left.goto("/tickets/queue/")
        assert "/accounts/login/" in left.url
    give_password(page, "supervisor")
    expect(page.locator("h1")).to_have_text("设置双重验证")
    assert page.locator("code.secret").inner_text().replace(" ", "") != secret


def test_a_code_page_as_every_kind_of_eye_sees_it(browser_of: Contexts):
    page = browser_of().new_page()
    give_password(page, "analyst")
    _secret, codes = set_up(page)
    page.click("main a.primary")
    page.context.clear_cookies()
    give_password(page, "analyst")
    assert looked_at(page) == []
    give(page, codes[0])
    page.wait_for_url("**/quality/")
    page.goto("/accounts/security/")
    form = page.locator("form[action$='/recovery-codes/']")
    form.locator("[name=code]").fill(codes[0])
    form.locator("[name=own_password]").fill(PASSWORD)
    form.locator("[type=submit]").click()
    expect(page.locator(".error-summary")).to_contain_text("已经用过")
    form.locator("[name=code]").fill(codes[1])
    form.locator("[name=own_password]").fill(PASSWORD)
    form.locator("[type=submit]").click()
    expect(page.locator(".recovery-codes code")).to_have_count(10)
    assert not set(page.locator(".recovery-codes code").all_inner_texts()) & set(codes)
