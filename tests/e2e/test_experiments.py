"""An experiment in a browser on a phone: planned with its size in sight, approved by a second person, stopped."""

import os
import secrets

import pytest

from tests.e2e.browser import log_in
from tests.e2e.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PHONE = {"width": 390, "height": 844}
BOOK = {
    "may_be_held_out": {
        str(day): {"people": 700, "arrears_minor": 35_000_000} for day in range(1, 31)
    },
    "currency": "CNY",
}
TYPED = {
    "title": "先不催收 | Leave alone at first",
    "question": "早期提醒有用吗？ | Do early reminders help?",
    "holdout_share": "10",
    "start_on": "2026-10-05",
    "baseline": "40",
    "effect": "2",
    "cost_to_people": "利息照计 | Interest goes on",
}


@pytest.fixture
def analyst(staff):
    """An analyst, after a night that 700 people a day entered by."""
    from evenhand.access.actions import add_staff
    from tests.world import a_run

    a_run(totals=BOOK)
    name = f"analyst-{secrets.token_hex(3)}"
    add_staff(name=name, role="analyst", desk="", password=PASSWORD)
    return name


def picture(page, name):
    """Keep a picture where PICTURES names a folder for them."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]


def test_an_experiment_is_planned_approved_and_stopped_on_a_phone(page, staff, analyst):
    page.set_viewport_size(PHONE)
    log_in(page, analyst, PASSWORD)
    page.goto("/experiments/new/")
    for name, value in TYPED.items():
        page.fill(f"[name={name}]", value)
    page.fill("[name=stop_on]", "2026-12-05")
    page.wait_for_selector("#size .message-warning")
    assert "21,700" in page.inner_text("#size")
    page.fill("[name=stop_on]", "2027-02-01")
    page.wait_for_selector("#size .message-success")
    assert fits(page)
    picture(page, "experiment-form")
    with page.expect_navigation():
        page.click("form:has([name=title]) button")
    number = page.url.rstrip("/").rpartition("/")[2]
    assert fits(page)
    with page.expect_navigation():
        page.click("form[action$=ask] button")
    assert page.locator("form[action$=decide]").count() == 0

    page.context.clear_cookies()
    log_in(page, staff.supervisor, PASSWORD)
    page.goto(f"/experiments/{number}/")
    assert "62,475.00" in page.inner_text("main")
    with page.expect_navigation():
        page.click("button[value=APPROVED]")
    picture(page, "experiment")
    assert fits(page)
    page.fill("form[action$=stop] [name=reason]", "投诉增多 | more complaints")
    with page.expect_navigation():
        page.click("form[action$=stop] button")
    assert page.locator(".page-head .chip-bad").count() == 1
    page.goto("/experiments/")
    assert fits(page)
    picture(page, "experiments")
