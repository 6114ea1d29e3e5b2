"""A collector calls a cardholder at a click, in a browser in both languages: her number is nowhere on the page."""

import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import log_in
from tests.e2e.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NUMBER = "13800001234"


@pytest.fixture
def anna(address: str, transactional_db: None, tmp_path: Path) -> Iterator:
    """Anna has owed 500.00 for twenty days, and has a mobile number."""
    from evenhand.casework.models import Case
    from evenhand.runtime.config import config
    from tests.bank import a_night_with, mobile
    from tests.contacts import clock_at, in_force

    shutil.rmtree(config().lake, ignore_errors=True)
    a_night_with(tmp_path / "feeds", mobile("C1", value=NUMBER))
    in_force()
    with clock_at():
        yield Case.objects.get()
    shutil.rmtree(config().lake, ignore_errors=True)


def test_a_call_rings_is_answered_and_ends_before_her_eyes(page: Page, anna, pbx) -> None:
    from evenhand.access.actions import add_staff, set_extension
    from evenhand.outreach.models import ContactEvent
    from tests.bank import NOON

    name = f"collector-{secrets.token_hex(3)}"
    add_staff(name=name, role="collector", desk=anna.desk, password=PASSWORD)
    set_extension(name=name, extension="8001", now=NOON)
    before = len(pbx.taken)
    log_in(page, name, PASSWORD)
    page.goto(f"/cases/{anna.id}/")
    assert NUMBER not in page.content()
    page.click(f"form[action='/cases/{anna.id}/call'] button")
    expect(page.locator(".message-success")).to_be_visible()
    which = page.locator("#result-call option:checked")
    expect(which).to_have_attribute("value", re.compile("."), timeout=20_000)  # it has ended
    expect(page.locator("input[name=act][value=CALL_OUT]")).to_be_checked()
    assert NUMBER not in page.content()
    [asked] = pbx.taken[before:]
    assert (asked["extension"], asked["number"]) == ("8001", NUMBER)
    event = ContactEvent.objects.get()
    assert (event.outcome, event.verified, event.talk_seconds) == ("ANSWERED", None, 42)
