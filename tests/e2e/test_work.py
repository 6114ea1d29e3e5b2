"""A collector works by keyboard, in both languages: the next case, its call, the result, and the next again."""

import secrets

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import log_in
from tests.e2e.conftest import PASSWORD
from tests.e2e.test_calls import anna

__all__ = ["anna"]

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def collector(anna) -> str:
    from evenhand.access.actions import add_staff, set_extension
    from evenhand.casework.models import Case
    from tests.bank import NOON

    Case.objects.update(channel="PHONE")  # it is for a person to call
    name = f"collector-{secrets.token_hex(3)}"
    add_staff(name=name, role="collector", desk=anna.desk, password=PASSWORD)
    set_extension(name=name, extension="8001", now=NOON)
    return name


TALKED = (
    ("line", "ANSWERED"),
    ("who", "HERSELF"),
    ("talk", "PROMISED"),
    ("reason", "FORGOT"),
)


def kept(page: Page):
    """What is done within keeps the draft."""
    return page.expect_response("**/result/draft")


def chooses(page: Page, name: str, value: str) -> None:
    with kept(page):
        page.locator(f"input[name={name}][value={value}]").check()
    expect(page.locator(f"input[name={name}][value={value}]")).to_be_checked()


def test_the_next_case_is_called_and_its_promise_written(page: Page, anna, collector) -> None:
    from evenhand.arrangements.models import Promise
    from evenhand.casework.models import ContactResult
    from evenhand.outreach.models import ContactEvent

    log_in(page, collector, PASSWORD)
    page.keyboard.press("n")
    page.wait_for_url(f"**/cases/{anna.id}/")
    page.click(f"form[action='/cases/{anna.id}/call'] button")
    call_out = page.locator("input[name=act][value=CALL_OUT]")
    expect(call_out).to_be_checked(
        timeout=20_000
    )  # the call has ended, and its result is asked for
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.name") == "act"
    for name, value in TALKED:
        chooses(page, name, value)
    page.fill("#result-amount", "500")
    page.fill("#result-pays-on", "2026-10-02")
    chooses(page, "next", "CALL")
    assert (
        page.input_value("#result-amount") == "500"
    )  # what she typed is not taken from under her hands
    assert page.evaluate("document.activeElement.id") == "result-next-CALL"
    with kept(page):
        page.fill("#result-note", "工资日是周五")
    page.locator("#result .form-row button").first.click()
    expect(page.locator(".message-success")).to_be_visible()
    expect(page.locator("#result .log")).to_contain_text("工资日是周五")
    row = ContactResult.objects.get()
    assert (row.talk, row.contact) == ("PROMISED", ContactEvent.objects.get().id)
    assert Promise.objects.get().amount_minor == 50_000
    assert ContactEvent.objects.get().outcome == "CONVERSATION"
    page.goto("/")
    page.keyboard.press("n")
    expect(page.locator(".message-info")).to_be_visible()


def test_what_is_typed_outlives_a_lost_connection_and_a_lost_session(
    page: Page, anna, collector
) -> None:
    from evenhand.casework.models import ContactResult

    log_in(page, collector, PASSWORD)
    page.goto(f"/cases/{anna.id}/")
    for name, value in (*TALKED[:2], ("talk", "EXPLAINED")):
        chooses(page, name, value)
    with kept(page):
        page.fill("#result-note", "她问何时出账")
    page.context.set_offline(True)
    page.locator("#result-note").press_sequentially("，已答复")
    expect(page.locator("#result [data-lost]")).to_have_text(
        page.locator("[data-lost]").get_attribute("data-lost") or ""
    )
    assert page.input_value("#result-note") == "她问何时出账，已答复"
    page.context.set_offline(False)
    page.context.clear_cookies()
    page.goto(f"/cases/{anna.id}/")
    log_in(page, collector, PASSWORD)
    page.goto(f"/cases/{anna.id}/")
    assert page.input_value("#result-note") == "她问何时出账"
    page.locator("#result .form-row button").first.click()
    expect(page.locator(".message-success")).to_be_visible()
    assert ContactResult.objects.get().talk == "EXPLAINED"


def test_a_batch_is_made_looked_at_given_and_undone(page: Page, anna, collector) -> None:
    from evenhand.access.actions import add_staff
    from evenhand.casework.models import Case

    name = f"supervisor-{secrets.token_hex(3)}"
    add_staff(name=name, role="supervisor", desk="", password=PASSWORD)
    log_in(page, name, PASSWORD)
    page.goto("/assignment/")
    expect(page.get_by_text(collector)).to_be_visible()
    page.locator(f"form:has(input[value={anna.desk}]) button").first.click()
    page.wait_for_url("**/assignment/1/")
    assert Case.objects.get().owner is None  # looking gives nothing
    page.locator("form[action$='/do'] button").click()
    expect(page.locator(".message-success")).to_be_visible()
    owner = Case.objects.get().owner
    assert owner is not None
    assert owner.username == collector
    page.locator("form[action$='/undo'] button").click()
    expect(page.locator(".message-success")).to_be_visible()
    assert Case.objects.get().owner is None
    page.goto("/floor/")
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("section.panel")).to_have_count(7)
