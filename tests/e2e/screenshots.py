"""Pictures of every screen: `python -m tests.e2e.screenshots OUT [--home HOME]`.

HOME is the home of a demo; without one, or where none was made yet, the demo is made first.
"""

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from tests.e2e.browser import EVENHAND, chromium, log_in, served

LANGUAGES = ("zh-CN", "en")
SIZES = {"wide": (1440, 900), "phone": (390, 844)}
# name, how to get there from the page before: an address, or the first link that begins like this
SUPERVISOR = (
    ("worklist", "/"),
    ("case", "a[href^='/cases/']"),
    ("why", "a[href$='/why/']"),
    ("refused", "/contacts/refused/"),
    ("contact", "td a[href^='/contacts/']"),
    ("worklist-again", "/"),
    ("case-again", "a[href^='/cases/']"),
    ("standing", "a[href$='/standing/']"),
    ("standing-consent", "a[href*='record=CONSENT']"),
    ("floor", "/floor/"),
    ("assignment", "/assignment/"),
    ("nights", "/nights/"),
    ("night", "a[href^='/nights/2']:not([href$='/differences/'])"),
    ("differences", "a[href$='/differences/']"),
    ("quarantine", "/quarantine/"),
    ("not-found", "/nowhere/"),
    ("password", "/staff/password/"),
    ("two-factor", "/staff/two-factor/"),
    ("confirm", "/staff/two-factor/totp/activate/"),
)
ANALYST = (
    ("strategies", "/strategies/"),
    ("strategy", "/strategies/2/"),
    ("strategy-first", "/strategies/1/"),
    ("strategy-compare", "/strategies/compare/?old=1&new=2"),
    ("strategy-segment", "/strategies/2/tables/segment/"),
    ("strategy-contact", "/strategies/2/tables/contact/"),
    ("strategy-offer", "/strategies/2/tables/offer/"),
    ("strategy-treatment", "/strategies/2/tables/treatment/"),
    ("trials", "/strategies/2/"),
    ("trial", "a[href*='/trials/']"),
    ("trial-people", "a[href$='/people/']"),
    ("trial-why", "td a[href*='/people/']"),
    ("experiments", "/experiments/"),
    ("experiment-new", "/experiments/new/"),
)
# name, page, what opens it
DIALOGS = (
    ("strategy-new", "/strategies/", "[data-open='new-draft']"),
    ("strategy-import", "/strategies/", "[data-open='import']"),
    ("strategy-columns", "/strategies/2/tables/treatment/", "[data-open='grid-columns']"),
    ("strategy-keys", "/strategies/2/tables/treatment/", "[data-tool='help']"),
    (
        "strategy-cell",
        "/strategies/2/tables/treatment/",
        "tr[data-rule]:nth-child(9) td:nth-of-type(6)",
    ),
)
COLLECTOR = (("collector-worklist", "/"), ("collector-refused", "/nights/"))
OFFICER = (("officer-refused", "/contacts/refused/"),)


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
        tell(browser, address, logins, given.out)


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
    roles = (
        ("supervisor", SUPERVISOR), ("collector", COLLECTOR), ("compliance", OFFICER), ("analyst", ANALYST),
    )  # fmt: skip
    for role, stops in roles:
        page = window(browser, address, language, size)
        page.goto("/staff/login/")
        page.screenshot(path=out / f"login-{language}-{size}.png")
        log_in(page, logins[role]["name"], logins[role]["password"])
        for name, way in stops:
            if go(page, way):
                page.screenshot(path=out / f"{name}-{language}-{size}.png")
            else:
                print(f"{name}: nothing on {page.url} leads there")
        if role == "analyst":
            for name, way, opener in DIALOGS:
                go(page, way)
                page.locator(opener).first.click()
                page.wait_for_timeout(500)
                page.screenshot(path=out / f"{name}-{language}-{size}.png")
        page.context.close()


def window(browser: Browser, address: str, language: str, size: str) -> Page:
    """A fresh window of a language and size."""
    width, height = SIZES[size]
    return browser.new_context(
        base_url=address, locale=language, viewport={"width": width, "height": height}
    ).new_page()


def tell(browser: Browser, address: str, logins: dict[str, dict[str, str]], out: Path) -> None:
    """A draft and an experiment on their way, each stage in every language and size; the demo's draft must be tried."""
    pages = {role: windows_of(browser, address, logins[role]) for role in ("analyst", "supervisor")}

    def take_all(name: str, way: str, role: str = "analyst") -> None:
        for kind, page in pages[role].items():
            page.goto(way)
            if "/tables/" in way:
                page.wait_for_selector("[data-findings]:not(.stale)")
            page.screenshot(path=out / f"{name}-{kind}.png")

    analyst = pages["analyst"]["zh-CN-wide"]
    supervisor = pages["supervisor"]["zh-CN-wide"]
    draft = begin_draft(analyst)
    take_all("state-draft", draft)
    table = f"{draft}tables/segment/"
    write(analyst, table, "")
    take_all("state-broken", table)
    quarrel(analyst, pages["analyst"], table, out)
    write(analyst, table, '"FRAUD"')
    analyst.goto(draft)
    press(analyst, "form[action$='/check'] button")
    take_all("state-checked", draft)
    press(analyst, "form[action$='/try'] button")
    analyst.goto(draft)
    trial = analyst.locator("main a[href*='/trials/']").first.get_attribute("href") or draft
    take_all("trial-waiting", trial)
    tried = "/strategies/2/"
    take_all("state-tried", tried)
    analyst.goto(tried)
    analyst.fill("#ask-note", "请复核 | Please look")
    press(analyst, "form[action$='/ask'] button")
    take_all("state-asked", tried)
    take_all("state-to-decide", tried, "supervisor")
    supervisor.goto(tried)
    press(supervisor, "[name=verdict][value=APPROVED]")
    take_all("state-approved", tried, "supervisor")
    supervisor.locator("form[action$='/activate'] button").click()
    press(supervisor, "#confirm [value=yes]")
    take_all("state-in-force", tried, "supervisor")
    take_all("strategies-coming", "/strategies/", "supervisor")
    experiment = plan(analyst)
    take_all("experiment", experiment)
    analyst.goto(experiment)
    press(analyst, "form[action$='/ask'] button")
    take_all("experiment-to-decide", experiment, "supervisor")


def windows_of(browser: Browser, address: str, login: dict[str, str]) -> dict[str, Page]:
    """A window in every language and size, logged in; by language and size."""
    pages = {}
    for language in LANGUAGES:
        for size in SIZES:
            page = window(browser, address, language, size)
            log_in(page, login["name"], login["password"])
            pages[f"{language}-{size}"] = page
    return pages


def write(page: Page, table: str, text: str) -> None:
    """Write a text into the hold of the rule about fraud, or empty it, and wait until it is saved."""
    page.goto(table)
    page.locator("tr[data-rule='S-03-fraud'] td").nth(2).click()
    if text:
        page.keyboard.type(text)
    page.keyboard.press("Enter" if text else "Delete")
    page.wait_for_timeout(1500)


def press(page: Page, button: str) -> None:
    """Press a button that leads to another page."""
    with page.expect_navigation():
        page.locator(button).first.click()


def begin_draft(page: Page) -> str:
    """A draft of what is in force; returns its address."""
    page.goto("/strategies/")
    page.locator("[data-open='new-draft']").click()
    page.fill("#new-draft [name=title]", "少打电话 | Fewer calls")
    press(page, "#new-draft .button:not([data-close])")
    return urlsplit(page.url).path


def quarrel(first: Page, others: dict[str, Page], table: str, out: Path) -> None:
    """The same cell written in two windows: the second is asked which to keep."""
    place = "tr[data-rule='S-04-dispute'] td"
    for number, (kind, page) in enumerate(others.items()):
        page.goto(table)
        page.locator(place).nth(5).click()
        page.keyboard.press("F2")
        page.keyboard.insert_text("1-30")
        other = page.context.new_page()
        other.goto(table)
        other.locator(place).nth(5).click()
        other.keyboard.type(f">= {number + 60}")
        other.keyboard.press("Enter")
        other.wait_for_timeout(1000)
        other.close()
        page.keyboard.press("Enter")
        page.wait_for_timeout(1500)
        page.screenshot(path=out / f"strategy-conflict-{kind}.png")
    first.bring_to_front()


def plan(page: Page) -> str:
    """An experiment of a hold-out alone; returns its address."""
    page.goto("/experiments/new/")
    page.fill("[name=title]", "提醒有多大用处 | What reminders do")
    page.fill("[name=question]", "首次提醒能多收回多少？ | How much does the first reminder bring?")
    page.fill("[name=stop_on]", "2027-03-01")
    page.fill("[name=baseline]", "70")
    page.fill("[name=effect]", "3")
    page.fill("[name=cost_to_people]", "多付利息。 | They may pay more interest.")
    page.wait_for_timeout(1500)
    press(page, "main form.grid button.button")
    return urlsplit(page.url).path


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
