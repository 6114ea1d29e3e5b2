"""A real server in a process of its own and a real browser, for tests and for pictures."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
EVENHAND = [sys.executable, "-c", "from evenhand.cli.main import main; main()"]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_SECONDS = 60


@contextmanager
def served(environment: Mapping[str, str]) -> Iterator[str]:
    """The address of `evenhand serve`, started with these settings and ended afterwards."""
    port = free_port()
    settings = {**os.environ, **environment, "EVENHAND_LISTEN": f"127.0.0.1:{port}"}
    settings["PYTHONPATH"] = str(ROOT)
    settings.setdefault("EVENHAND_PUBLIC_URL", f"http://127.0.0.1:{port}")
    with subprocess.Popen([*EVENHAND, "serve"], env=settings) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address, server)
            yield address
        finally:
            server.terminate()
            assert server.wait(PATIENCE_SECONDS) == 0


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers; an AssertionError when it ended or does not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        assert server.poll() is None, "the server ended before it answered"
        assert time.monotonic() < deadline, "the server does not answer"
        try:
            with urllib.request.urlopen(f"{address}/staff/login/", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def log_in(page: Page, name: str, password: str) -> None:
    """Fill in the door and pass it, or not."""
    page.goto("/staff/login/")
    page.fill("[name=login]", name)
    page.fill("[name=password]", password)
    with page.expect_navigation():
        page.click(".form button")
