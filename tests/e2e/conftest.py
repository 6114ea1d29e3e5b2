"""A browser and a server for each session; people and data for each test."""

import base64
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from evenhand.adapters.paygate.sandbox import Sandbox
from evenhand.adapters.pbx_calls.sandbox import Sandbox as Exchange
from hatch_build import build_assets
from tests.e2e.browser import CHROMIUM, ROOT, chromium, served

PASSWORD = "green river 77 stone"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this process."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with pytest.MonkeyPatch.context() as patch, chromium() as found:
        # Playwright keeps an event loop in this thread, which Django would refuse to share.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield found


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A payment gateway that is none; its `mode` is how it behaves."""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    with Sandbox(0, secret, "plain").serving() as found:
        yield found


@pytest.fixture(scope="session")
def pbx() -> Iterator[Exchange]:
    """A PBX that rings nobody."""
    with Exchange(0, secrets.token_urlsafe(24), "plain", seconds=0.5).serving() as found:
        yield found


@pytest.fixture(scope="session")
def address(django_db_setup: None, sandbox: Sandbox, pbx: Exchange) -> Iterator[str]:
    """The address of a server that reads the tests' database and knows the gateway and the PBX."""
    from evenhand.runtime.config import config
    from evenhand.runtime.keys import new_keys

    build_assets(ROOT)
    if not config().key_file.exists():
        config().key_file.parent.mkdir(parents=True, exist_ok=True)
        new_keys(config().key_file, made_at=datetime(2026, 9, 1, tzinfo=UTC))
    settings = {n: v for n, v in os.environ.items() if n.startswith("EVENHAND_")}
    gateway = {"EVENHAND_PAYGATE_URL": sandbox.url, "EVENHAND_PAYGATE_SECRET": sandbox.secret}
    telephone = {"EVENHAND_PBX_URL": pbx.url, "EVENHAND_PBX_SECRET": pbx.secret}
    with served(settings | gateway | telephone) as found:
        yield found


class Staff(NamedTuple):
    """The names to log in with; both have PASSWORD."""

    collector: str
    supervisor: str


@pytest.fixture
def staff(transactional_db: None) -> Staff:
    """A collector of the early desk and a supervisor, new to the server, which remembers who guessed."""
    from evenhand.access.actions import add_staff

    names = Staff(f"collector-{secrets.token_hex(3)}", f"supervisor-{secrets.token_hex(3)}")
    add_staff(name=names.collector, role="collector", desk="EARLY", password=PASSWORD)
    add_staff(name=names.supervisor, role="supervisor", desk="", password=PASSWORD)
    return names


@pytest.fixture(params=["zh-CN", "en-US"])
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """A fresh window in each language; what the page refuses or complains about fails the test."""
    complaints: list[str] = []
    context = browser.new_context(base_url=address, locale=request.param)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if _is_complaint(m) else None)
    yield page
    context.close()
    assert complaints == []


def _is_complaint(message) -> bool:
    """Refusals we asked for (403, 429) and lines we cut are no complaint of the page."""
    ours = ("Failed to load resource", "htmx:sendError", "htmx:sendAbort", "htmx:afterRequest")
    return message.type == "error" and not any(text in message.text for text in ours)
