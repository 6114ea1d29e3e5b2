"""The staff screens in a browser: the keyboard on the worklist, and every page on a phone."""

import re
from datetime import timedelta

import pytest

from tests.e2e.browser import log_in
from tests.e2e.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PHONE = {"width": 390, "height": 844}
PROMISE = "form[action$=promise]"


@pytest.fixture
def cases(staff):
    """Three open cases of the early desk, the highest priority first."""
    from tests.world import DAY, a_case, a_file, a_hold, a_line, a_promise, a_refused_field, a_run

    a_run()
    found = [a_case(priority=priority) for priority in (30, 20, 10)]
    for number, case in enumerate(found):
        for tail in range(4):
            a_line(case, card_tail=f"{number}{tail}00", arrears_minor=100 - tail)
        a_promise(case.customer, due_on=DAY + timedelta(days=number))
        a_hold(case.customer)
    a_refused_field(a_file(rows_loaded=9, rows_quarantined=1), 7)
    return found


def test_the_worklist_is_walked_and_opened_by_the_keyboard(page, staff, cases):
    log_in(page, staff.collector, PASSWORD)
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith(f"/cases/{cases[1].id}/")


def test_a_slash_leads_to_the_search_and_typing_there_moves_nothing(page, staff, cases):
    log_in(page, staff.collector, PASSWORD)
    page.keyboard.press("/")
    page.keyboard.type("0000")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("[data-row]").count() == 1


def test_choosing_a_treatment_narrows_the_worklist_and_keeps_the_bucket(page, staff, cases):
    log_in(page, staff.collector, PASSWORD)
    with page.expect_navigation():
        page.click("button[name=bucket][value=M1]")
    with page.expect_navigation():
        page.select_option("#treatment", "LETTER")
    assert re.search(r"bucket=M1", page.url)
    assert page.locator("[data-row]").count() == 0


@pytest.mark.parametrize("path", [
    "/", "/cases/{case}/", "/cases/{case}/standing/", "/cases/{case}/standing/?record=CONSENT", "/contacts/refused/",
    "/nights/", "/quarantine/", "/floor/", "/assignment/",
])  # fmt: skip
def test_no_page_is_wider_than_a_phone(page, staff, cases, path):
    page.set_viewport_size(PHONE)
    log_in(page, staff.supervisor, PASSWORD)
    page.goto(path.format(case=cases[0].id))
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_a_refused_promise_is_said_at_its_field_and_what_was_typed_stays(page, staff, cases):
    log_in(page, staff.collector, PASSWORD)
    page.goto(f"/cases/{cases[0].id}/")
    page.fill(f"{PROMISE} [name=amount]", "ten")
    page.fill(f"{PROMISE} [name=due_on]", "2026-10-05")
    with page.expect_navigation():
        page.click(f"{PROMISE} button")
    assert page.get_attribute(f"{PROMISE} [name=amount]", "aria-invalid") == "true"
    assert page.input_value(f"{PROMISE} [name=amount]") == "ten"
    assert page.input_value(f"{PROMISE} [name=due_on]") == "2026-10-05"


def test_the_page_of_a_refused_contact_fits_a_phone_and_leads_to_its_case(page, staff, cases):
    from evenhand.outreach.gate import request_contact

    refused = request_contact(
        customer_id=cases[0].customer_id, request_key="browser", by="t", act="CALL"
    )
    page.set_viewport_size(PHONE)
    log_in(page, staff.collector, PASSWORD)
    page.goto(f"/contacts/{refused.id}/")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    with page.expect_navigation():
        page.click("h1 a")
    assert page.url.endswith(f"/cases/{cases[0].id}/")


def test_a_refused_consent_is_said_at_its_field_and_what_was_typed_stays(page, staff, cases):
    log_in(page, staff.collector, PASSWORD)
    page.goto(f"/cases/{cases[0].id}/standing/")
    with page.expect_navigation():
        page.click("a[href*='record=CONSENT']")
    page.fill("#record [name=evidence]", "said so on the phone")
    with page.expect_navigation():
        page.click("#record form button")
    assert page.get_attribute("#record [name=scope]", "aria-invalid") == "true"
    assert page.input_value("#record [name=evidence]") == "said so on the phone"


def test_a_hold_is_opened_for_lifting_by_who_may_and_a_missing_reason_keeps_it_open(
    page, staff, cases
):
    log_in(page, staff.supervisor, PASSWORD)
    page.goto(f"/cases/{cases[0].id}/standing/")
    page.locator("summary", has_text=re.compile("Lift|解除")).click()
    with page.expect_navigation():
        page.click("form[action$=lift] button")
    assert page.locator("details[open] [name=reason][aria-invalid=true]").count() == 1
