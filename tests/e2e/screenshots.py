"""Pictures of every screen: `python -m tests.e2e.screenshots OUT [--home HOME]`.

HOME is the home of a demo; without one, or where none was made yet, the demo is made first.
"""

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.e2e.browser import EVENHAND, chromium, log_in, served

LANGUAGES = ("zh-CN", "en")
SIZES = {"wide": (1440, 900), "phone": (390, 844)}
# name, how to get there from the page before: an address, or the first link that begins like this
SUPERVISOR = (
    ("worklist", "/"),
    ("case", "a[href^='/cases/']"),
    ("why", "a[href$='/why/']"),
    ("nights", "/nights/"),
    ("night", "a[href^='/nights/2']:not([href$='/differences/'])"),
    ("differences", "a[href$='/differences/']"),
    ("quarantine", "/quarantine/"),
    ("strategies", "/strategies/"),
    ("strategy", "a[href^='/strategies/'][href$='/']:not([href*='compare'])"),
    ("strategy-table", "a[href*='/tables/']"),
    ("not-found", "/nowhere/"),
    ("password", "/staff/password/"),
    ("two-factor", "/staff/two-factor/"),
    ("confirm", "/staff/two-factor/totp/activate/"),
)
COLLECTOR = (("collector-worklist", "/"), ("collector-refused", "/nights/"))


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    home = (given.home or Path(tempfile.mkdtemp(prefix="evenhand-pictures-"))).absolute()
    settings = {"EVENHAND_HOME": str(home), "EVENHAND_MODE": "demo"}
    if not (home / "logins.json").exists():
        subprocess.run([*EVENHAND, "demo", "--once"], env=_with_environment(settings), check=True)
    logins = {r["role"]: r for r in json.loads((home / "logins.json").read_text("utf-8"))}
    given.out.mkdir(parents=True, exist_ok=True)
    with served(settings) as address, chromium() as browser:
        for language in LANGUAGES:
            for size in SIZES:
                take(browser, address, language, size, logins, given.out)


def _with_environment(settings: dict[str, str]) -> dict[str, str]:
    return {**os.environ, **settings}


def take(
    browser: Browser,
    address: str,
    language: str,
    size: str,
    logins: dict[str, dict[str, str]],
    out: Path,
) -> None:
    """Every screen in one language and size, seen by a supervisor and then by a collector."""
    width, height = SIZES[size]
    for role, stops in (("supervisor", SUPERVISOR), ("collector", COLLECTOR)):
        context = browser.new_context(
            base_url=address, locale=language, viewport={"width": width, "height": height}
        )
        page = context.new_page()
        page.goto("/staff/login/")
        page.screenshot(path=out / f"login-{language}-{size}.png")
        log_in(page, logins[role]["name"], logins[role]["password"])
        for name, way in stops:
            if go(page, way):
                page.screenshot(path=out / f"{name}-{language}-{size}.png")
            else:
                print(f"{name}: nothing on {page.url} leads there")
        context.close()


def go(page: Page, way: str) -> bool:
    """Follow the way; whether there was one."""
    if way.startswith("/"):
        page.goto(way)
        return True
    link = page.locator(f"main {way}").first
    if not link.count():
        return False
    page.goto(link.get_attribute("href") or "/")
    return True


if __name__ == "__main__":
    main()
