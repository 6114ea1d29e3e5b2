"""Policy packs in a browser: brought in by one person, answered by another, read wide and on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import log_in
from tests.e2e.conftest import PASSWORD
from tests.pack_texts import pack_text

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def people(transactional_db: None) -> tuple[str, str]:
    """An analyst and a supervisor by name, and the packs of a demo in force."""
    from evenhand.rulebook.pack_acts import install_packs
    from tests.world import NOW, a_supervisor, an_analyst

    install_packs(is_demo=True, now=NOW)
    return an_analyst().username, a_supervisor().username


def switch_to(page: Page, name: str) -> None:
    page.context.clear_cookies()
    log_in(page, name, PASSWORD)


def test_a_pack_is_brought_in_asked_about_and_approved_by_another(
    page: Page, people: tuple[str, str], tmp_path: Path
) -> None:
    analyst, supervisor = people
    file = tmp_path / "small.toml"
    file.write_text(pack_text(), encoding="utf-8")
    log_in(page, analyst, PASSWORD)
    page.goto("/packs/")
    page.click("[data-open='import']")
    page.set_input_files("#import input[type=file]", file)
    page.click("#import button.button:not(.button-quiet)")
    expect(page).to_have_url("/packs/small/?version=1")
    page.fill("[name=note]", "as counsel said")
    page.click(".next form button.button")
    expect(page.locator(".next")).to_contain_text(analyst)
    switch_to(page, supervisor)
    page.goto("/packs/")
    page.click("a[href^='/packs/small/']")
    expect(page.locator(".next")).to_contain_text("as counsel said")
    page.click(".next button[value=APPROVED]")
    expect(page.locator(".message-success")).to_be_visible()
    expect(page.locator(".log .chip-ok").first).to_be_visible()


def test_the_law_behind_a_number_is_read_on_a_phone_without_scrolling_sideways(
    page: Page, people: tuple[str, str]
) -> None:
    log_in(page, people[1], PASSWORD)
    page.set_viewport_size(PHONE)
    for address in ("/packs/", "/packs/cn/", "/packs/us-fed/"):
        page.goto(address)
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wider) <= 0, address
    page.goto("/packs/cn/")
    rule = page.locator(".law").first
    rule.locator("summary").click()
    expect(rule.locator(".law-terms")).to_be_visible()
