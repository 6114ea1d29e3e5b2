"""The analyst's story: a table is broken, mended, taken to a workbook and back, tried, approved by a second person, and
the next night decides by it. In a browser, in both languages."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import log_in
from tests.e2e.conftest import PASSWORD
from tests.e2e.test_strategy import cell, saved

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WORDS = {
    "zh-hans": {
        "waits": "等待",
        "never reached": "永远不会用到",
        "tried": "已试算",
        "approved": "已批准",
        "in force": "启用",
    },
    "en": {
        "waits": "Wait",
        "never reached": "never reached",
        "tried": "Tried",
        "approved": "Approved",
        "in force": "from the night of",
    },
}


def words(page: Page) -> dict[str, str]:
    """What the page should say, in the language it says it is in."""
    return WORDS[page.locator("html").get_attribute("lang") or ""]


@pytest.fixture
def bank(address: str, transactional_db: None, tmp_path: Path) -> Iterator:
    """A bank with one person 34 days past due, after its first night."""
    from evenhand.runtime.config import config
    from tests.bank import FIRST, Bank, account, customer, mobile, statement

    shutil.rmtree(config().lake, ignore_errors=True)
    bank = Bank(tmp_path / "feeds")
    due_on = FIRST - timedelta(days=34)
    billed_on = due_on - timedelta(days=20)
    bank.sends(
        FIRST,
        customers=[customer("C1")],
        contact_points=[mobile("C1")],
        accounts=[account("A1", "C1")],
        statements=[statement("A1", "C1", billed_on.isoformat(), due_on.isoformat(), "1000.00")],
    )
    bank.night(FIRST)
    yield bank
    shutil.rmtree(config().lake, ignore_errors=True)


@pytest.fixture
def supervisor(browser: Browser, address: str, page: Page) -> Iterator[Page]:
    """The second person, in a window of her own and in the same language."""
    from tests.world import a_supervisor

    language = page.evaluate("navigator.language")
    context = browser.new_context(base_url=address, locale=language)
    window = context.new_page()
    log_in(window, a_supervisor().username, PASSWORD)
    yield window
    context.close()


def test_an_analyst_changes_what_the_next_night_decides(
    page: Page, bank, supervisor: Page, tmp_path: Path
) -> None:
    from tests.world import an_analyst

    log_in(page, an_analyst().username, PASSWORD)
    draft = begin_a_draft(page)
    break_it_see_it_and_mend_it(page, draft)
    to_a_workbook_and_back(page, draft, tmp_path)
    check_and_try(page, draft)
    ask_and_approve(page, supervisor, draft)
    put_in_force(supervisor, draft)
    the_next_night_decides_by_it(supervisor, bank)


def begin_a_draft(page: Page) -> str:
    """A draft from what is in force; returns its address."""
    page.goto("/strategies/")
    page.locator("[data-open='new-draft']").click()
    page.fill("#new-draft [name=title]", "少打电话 | Fewer calls")
    with page.expect_navigation():
        page.locator("#new-draft .button:not([data-close])").click()
    expect(page).to_have_url(re.compile(r"/strategies/2/$"))
    return "/strategies/2/"


def break_it_see_it_and_mend_it(page: Page, draft: str) -> None:
    """A condition is lost, so rules below are never reached; the table says so at once, and undo mends it."""
    page.goto(f"{draft}tables/segment/")
    hidden = page.locator("tr[data-rule='S-04-dispute'] .finding-sign")
    expect(page.locator("[data-findings]:not(.stale)")).to_have_count(1)
    expect(hidden).to_have_count(0)
    cell(page, "S-03-fraud", "segment-in-hold").click()
    page.keyboard.press("Delete")
    saved(page)
    expect(hidden).to_have_count(1)
    finding = page.locator("[data-findings] li[data-rules='S-04-dispute']")
    expect(finding).to_contain_text(words(page)["never reached"])
    finding.locator("[data-goto='S-04-dispute']").click()
    expect(page.locator("tr[data-rule='S-04-dispute'] td.here")).to_be_focused()
    page.keyboard.press("Control+z")
    saved(page)
    expect(hidden).to_have_count(0)


def to_a_workbook_and_back(page: Page, draft: str, folder: Path) -> None:
    """In the workbook the person's treatment becomes waiting; the file comes back into the draft."""
    from evenhand.casework.models import Case

    treatment = Case.objects.get().treatment
    assert treatment != "WAIT"
    page.goto(draft)
    with page.expect_download() as download:
        page.locator("a[href$='strategy.xlsx']").click()
    file = folder / "strategy.xlsx"
    download.value.save_as(file)
    workbook = openpyxl.load_workbook(file)
    changed = 0
    for sheet in workbook.worksheets:
        for row in sheet.iter_rows():
            for each in row:
                if (
                    each.row > 4
                    and each.value == f'"{treatment}"'
                    and "treat" in sheet.title.lower()
                ):
                    each.value = '"WAIT"'
                    changed += 1
    assert changed
    workbook.save(file)
    page.locator("[data-open='import-into']").click()
    page.set_input_files("#import-into-file", file)
    with page.expect_navigation():
        page.locator("#import-into .button:not([data-close])").click()
    expect(page.locator(".change-table")).to_contain_text(words(page)["waits"])


def check_and_try(page: Page, draft: str) -> None:
    """The check passes, the worker runs the trial, and its report is there to be read."""
    from evenhand.cycle.tasks import try_strategy
    from evenhand.rulebook.queries import trial_rows

    with page.expect_navigation():
        page.locator("form[action$='/check'] button").click()
    with page.expect_navigation():
        page.locator("form[action$='/try'] button").click()
    trial = trial_rows(2)[0]
    try_strategy(trial_id=str(trial.id))
    page.goto(draft)
    expect(page.locator(".stepper .here")).to_contain_text(words(page)["tried"])
    with page.expect_navigation():
        page.locator(f"a[href*='{trial.id}']").click()
    expect(page.locator("main")).to_contain_text(words(page)["waits"])
    page.goto(draft)


def ask_and_approve(page: Page, supervisor: Page, draft: str) -> None:
    """The analyst may not answer herself; a second person reads what changes and approves."""
    page.fill("#ask-note", "M2 先观察 / look at M2 first")
    with page.expect_navigation():
        page.locator("form[action$='/ask'] button").click()
    expect(page.locator("[name=verdict]")).to_have_count(0)
    supervisor.goto(draft)
    expect(supervisor.locator(".change-table")).to_contain_text(words(supervisor)["waits"])
    with supervisor.expect_navigation():
        supervisor.locator("[name=verdict][value=APPROVED]").click()
    expect(supervisor.locator(".stepper .here")).to_contain_text(words(supervisor)["approved"])


def put_in_force(supervisor: Page, draft: str) -> None:
    """From the next banking day, after a question back."""
    supervisor.locator("form[action$='/activate'] button").click()
    with supervisor.expect_navigation():
        supervisor.locator("#confirm [value=yes]").click()
    supervisor.goto("/strategies/")
    expect(supervisor.locator(".coming")).to_contain_text(words(supervisor)["in force"])


def the_next_night_decides_by_it(supervisor: Page, bank) -> None:
    """The case shows what the tables now say."""
    from evenhand.casework.models import Case
    from tests.bank import FIRST, customer, next_day

    second = next_day(FIRST)
    bank.sends(second, customers=[customer("C1", name="样例C1")])
    bank.night(second)
    supervisor.goto(f"/cases/{Case.objects.get().id}/")
    expect(supervisor.locator(".decision-line").first).to_contain_text(words(supervisor)["waits"])
