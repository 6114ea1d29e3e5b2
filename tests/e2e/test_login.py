"""Logging in, as it is done: in a browser, in both languages."""

import re

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from playwright.sync_api import Page, expect

from tests.e2e.browser import log_in
from tests.e2e.conftest import PASSWORD, Staff

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WORDS = {
    "zh-hans": {
        "log in": "登录",
        "log out": "退出",
        "worklist": "工作台",
        "night": "夜间批量",
        "wrong": "您提供的用户名或密码不正确",
        "locked": "已锁定 15 分钟",
        "not yours": "无权查看",
    },
    "en": {
        "log in": "Log in",
        "log out": "Log out",
        "worklist": "Worklist",
        "night": "Night",
        "wrong": "The username and/or password you specified are not correct.",
        "locked": "Locked for 15 minutes",
        "not yours": "Not open to you",
    },
}


def words(page: Page) -> dict[str, str]:
    """What the page should say, in the language it says it is in."""
    return WORDS[page.locator("html").get_attribute("lang") or ""]


def test_a_supervisor_logs_in_looks_at_the_nights_and_leaves(page: Page, staff: Staff) -> None:
    log_in(page, staff.supervisor, PASSWORD)
    expect(page).to_have_url(re.compile(r"/$"))
    said = words(page)
    page.click(f"nav >> text={said['night']}")
    expect(page).to_have_url(re.compile(r"/nights/$"))
    expect(page.locator("nav [aria-current]")).to_have_text(said["night"])
    page.click(".menu >> nth=-1 >> summary")
    page.click(f".menu-list >> text={said['log out']}")
    expect(page.locator("h1")).to_have_text(said["log in"])
    page.goto("/nights/")
    expect(page).to_have_url(re.compile(r"/staff/login/\?next="))


def test_a_collector_is_not_shown_the_nights_and_may_not_open_them(
    page: Page, staff: Staff
) -> None:
    log_in(page, staff.collector, PASSWORD)
    said = words(page)
    expect(page.locator("nav")).to_have_text(re.compile(rf"^\s*{said['worklist']}\s*$"))
    for address in ("/nights/", "/nights/2026-09-28/", "/quarantine/"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 403
        expect(page.locator("h1")).to_have_text(said["not yours"])


def test_a_wrong_password_says_so_and_the_fifth_locks_the_name_even_for_the_right_one(
    page: Page,
    staff: Staff,
) -> None:
    for _ in range(4):
        log_in(page, staff.collector, "not the password")
        expect(page.locator("[role=alert], .errorlist").first).to_contain_text(words(page)["wrong"])
    log_in(page, staff.collector, "not the password")
    expect(page.locator("h1")).to_have_text(words(page)["locked"])
    log_in(page, staff.collector, PASSWORD)
    expect(page.locator("h1")).to_have_text(words(page)["locked"])


def test_the_language_is_switched_and_the_page_stays(page: Page, staff: Staff) -> None:
    log_in(page, staff.supervisor, PASSWORD)
    page.goto("/nights/?x=1")
    before = words(page)
    page.click(".language button")
    expect(page).to_have_url(re.compile(r"/nights/\?x=1$"))
    after = words(page)
    assert after != before
    expect(page.locator("nav [aria-current]")).to_have_text(after["night"])


def test_the_second_step_is_switched_on_and_then_asked_for(page: Page, staff: Staff) -> None:
    log_in(page, staff.collector, PASSWORD)
    page.goto("/staff/two-factor/totp/activate/")
    expect(page).to_have_url(re.compile("/staff/confirm/"))
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    secret = page.locator("[data-secret]").inner_text()
    page.fill("[name=code]", code_of(secret))
    page.click("main form.form button.button >> nth=0")
    expect(page.locator(".codes li")).to_have_count(10)
    assert secret not in stored_secrets()
    recovery = page.locator(".codes li").first.inner_text()
    page.click(".menu >> nth=-1 >> summary")
    with page.expect_navigation():
        page.click(".menu-list >> nth=-1 >> button")
    log_in(page, staff.collector, PASSWORD)
    expect(page).to_have_url(re.compile("/two-factor/authenticate/"))
    page.goto("/")  # the password alone opens nothing
    expect(page).to_have_url(re.compile("/two-factor/authenticate/"))
    page.fill("[name=code]", recovery)
    page.click(".form button >> nth=0")
    expect(page.locator("nav")).to_be_visible()


def code_of(secret: str) -> str:
    """The six digits an authenticator shows now."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def stored_secrets() -> str:
    """All that the database holds of authenticators."""
    from allauth.mfa.models import Authenticator

    return str(list(Authenticator.objects.values_list("data", flat=True)))
