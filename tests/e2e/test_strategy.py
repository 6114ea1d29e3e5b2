"""The strategy desk in a browser: the grid by keyboard, mouse and clipboard, two people at once, and a bad line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import log_in
from tests.e2e.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PHONE = {"width": 390, "height": 844}
FIRST = date(2026, 9, 28)


@dataclass(frozen=True)
class Desk:
    """A draft of the starter strategy and the people around it; all have PASSWORD."""

    number: int
    analyst: str
    colleague: str
    supervisor: str

    def table(self, name: str = "segment") -> str:
        return f"/strategies/{self.number}/tables/{name}/"

    def texts(self, rule: str, table: str = "segment") -> tuple[str, ...]:
        """What the rule says now: cells, outputs, comment."""
        from evenhand.dmn.documents.document import Document
        from evenhand.rulebook.queries import content_of

        return Document.read(content_of(self.number)).table(table).rule(rule).texts

    def rules(self, table: str = "segment") -> list[str]:
        from evenhand.dmn.documents.document import Document
        from evenhand.rulebook.queries import content_of

        return [rule.id for rule in Document.read(content_of(self.number)).table(table).rules]


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    from evenhand.rulebook import actions
    from evenhand.strategy.judge import STARTER
    from tests.world import NOW, a_supervisor, an_analyst

    analyst, colleague, supervisor = an_analyst(), an_analyst(), a_supervisor()
    first = actions.install_first(
        content=STARTER.read_bytes(), title="初始策略 | First strategy", now=NOW, from_on=FIRST
    )
    number = actions.draft(title="草稿 | Draft", note="", based_on=first, by=analyst.id, now=NOW)
    return Desk(number, analyst.username, colleague.username, supervisor.username)


@pytest.fixture
def grid(page: Page, desk: Desk) -> Page:
    """The segment table open for the analyst, its first cell active."""
    log_in(page, desk.analyst, PASSWORD)
    open_table(page, desk)
    return page


def open_table(page: Page, desk: Desk, name: str = "segment") -> None:
    page.goto(desk.table(name))
    expect(page.locator("td.here")).to_have_count(1)
    page.locator("td.here").focus()


def cell(page: Page, rule: str, column: str):
    """One cell by the ids of its rule and column."""
    at = page.locator(f"thead th[data-column='{column}']").evaluate("head => head.cellIndex")
    return page.locator(f"tr[data-rule='{rule}'] > :nth-child({at + 1})")


def saved(page: Page) -> None:
    """Wait until everything is with the server."""
    expect(page.locator("[data-state=saved]")).to_have_count(1)
    expect(page.locator("td.waiting")).to_have_count(0)


def clipboard(page: Page, kind: str, text: str = "") -> str:
    """What a spreadsheet does: put a block on the clipboard and paste it here, or take one from here."""
    return page.evaluate(
        """([kind, text]) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            document.activeElement.dispatchEvent(
                new ClipboardEvent(kind, { clipboardData: data, bubbles: true, cancelable: true }));
            return data.getData("text/plain");
        }""",
        [kind, text],
    )


RULE = "S-03-fraud"
BUCKET = "segment-in-bucket"
DAYS = "segment-in-treatment_days"
OF_BUCKET, OF_DAYS = 3, 4  # places in a rule's texts


def test_a_cell_is_written_by_the_keyboard_alone_in_the_words_of_the_page(
    grid: Page, desk: Desk
) -> None:
    grid.keyboard.press("Control+Home")
    grid.keyboard.press("ArrowDown")
    grid.keyboard.press("ArrowDown")
    for _ in range(4):
        grid.keyboard.press("ArrowRight")
    grid.keyboard.type("M1, M2")
    grid.keyboard.press("Escape")
    assert desk.texts(RULE)[OF_BUCKET] == "-"
    grid.keyboard.type("M1, M2")
    grid.keyboard.press("Tab")
    grid.keyboard.type("1-30")
    grid.keyboard.press("Enter")
    saved(grid)
    assert desk.texts(RULE)[OF_BUCKET : OF_DAYS + 1] == ('"M1","M2"', "[1..30]")
    expect(cell(grid, RULE, BUCKET)).to_contain_text("M1, M2")
    grid.keyboard.press("ArrowUp")
    grid.keyboard.press("F2")
    grid.keyboard.press("Control+A")
    grid.keyboard.press("Backspace")
    grid.keyboard.press("Enter")
    saved(grid)
    assert desk.texts(RULE)[OF_DAYS] == "-"


def test_the_words_of_a_code_are_offered_and_taken(grid: Page, desk: Desk) -> None:
    cell(grid, RULE, "segment-out-desk").click()
    grid.keyboard.press("F2")
    expect(grid.locator("#grid-options [role=option]")).to_have_count(4)
    grid.keyboard.press("Control+A")
    grid.keyboard.press("Backspace")
    grid.keyboard.press("ArrowDown")
    grid.keyboard.press("ArrowDown")
    grid.keyboard.press("Enter")
    grid.keyboard.press("Enter")
    saved(grid)
    assert desk.texts(RULE)[-2] == '"MIDDLE"'


def test_a_bad_cell_is_kept_marked_and_found_from_the_list(grid: Page, desk: Desk) -> None:
    cell(grid, RULE, DAYS).click()
    grid.keyboard.type("thirty?")
    grid.keyboard.press("Enter")
    saved(grid)
    assert desk.texts(RULE)[OF_DAYS] == "thirty?"
    expect(cell(grid, RULE, DAYS)).to_have_attribute("aria-invalid", "true")
    found = grid.locator("[data-findings] li[data-severity=ERROR] [data-goto]").first
    grid.keyboard.press("Control+End")
    found.click()
    expect(cell(grid, RULE, DAYS)).to_be_focused()
    grid.keyboard.press("Delete")
    saved(grid)
    expect(grid.locator("[data-findings] li[data-severity=ERROR]")).to_have_count(0)


def test_a_block_goes_to_a_spreadsheet_and_comes_back(grid: Page, desk: Desk) -> None:
    cell(grid, "S-03-fraud", BUCKET).click()
    grid.keyboard.press("Shift+ArrowDown")
    grid.keyboard.press("Shift+ArrowRight")
    assert clipboard(grid, "copy") == "-\t-\n-\t-"
    clipboard(grid, "paste", '"""M1"",""M2"""\t>= 5\nM3\t[1..9]\r\n')
    saved(grid)
    assert desk.texts("S-03-fraud")[OF_BUCKET : OF_DAYS + 1] == ('"M1","M2"', ">= 5")
    assert desk.texts("S-04-dispute")[OF_BUCKET : OF_DAYS + 1] == ('"M3"', "[1..9]")
    cell(grid, "S-03-fraud", BUCKET).click()
    grid.keyboard.press("Shift+ArrowDown")
    assert clipboard(grid, "copy") == '"""M1"",""M2"""\n"""M3"""'
    clipboard(grid, "cut")
    saved(grid)
    assert desk.texts("S-04-dispute")[OF_BUCKET] == "-"


def test_a_block_below_the_last_rule_adds_rules(grid: Page, desk: Desk) -> None:
    before = desk.rules()
    cell(grid, before[-1], BUCKET).click()
    clipboard(grid, "paste", "M1\nM2\nM3")
    saved(grid)
    expect(grid.locator(".grid-table tbody tr")).to_have_count(len(before) + 2)
    assert [desk.texts(rule)[OF_BUCKET] for rule in desk.rules()[-2:]] == ['"M2"', '"M3"']


def test_rules_are_added_copied_moved_and_deleted_by_keys(grid: Page, desk: Desk) -> None:
    before = desk.rules()
    cell(grid, RULE, BUCKET).click()
    grid.keyboard.press("Alt+ArrowDown")
    grid.keyboard.press("Alt+ArrowDown")
    saved(grid)
    assert desk.rules().index(RULE) == before.index(RULE) + 2
    grid.keyboard.press("Alt+ArrowUp")
    grid.keyboard.press("Alt+ArrowUp")
    grid.keyboard.press("Control+d")
    saved(grid)
    expect(grid.locator(".grid-table tbody tr")).to_have_count(len(before) + 1)
    copy = desk.rules()[before.index(RULE) + 1]
    assert desk.texts(copy) == desk.texts(RULE)
    expect(grid.locator(f"tr[data-rule='{copy}'] td.here")).to_be_focused()
    grid.keyboard.press("Control+Delete")
    grid.keyboard.press("Control+Enter")
    saved(grid)
    assert len(desk.rules()) == len(before) + 1
    assert desk.rules()[: before.index(RULE) + 1] == before[: before.index(RULE) + 1]


def test_steps_are_undone_after_the_page_is_opened_again(grid: Page, desk: Desk) -> None:
    cell(grid, RULE, DAYS).click()
    grid.keyboard.type("5")
    grid.keyboard.press("Enter")
    saved(grid)
    open_table(grid, desk)
    grid.keyboard.press("Control+z")
    saved(grid)
    assert desk.texts(RULE)[OF_DAYS] == "-"
    expect(cell(grid, RULE, DAYS)).to_have_attribute("data-text", "-")
    grid.keyboard.press("Control+Shift+Z")
    saved(grid)
    expect(cell(grid, RULE, DAYS)).to_have_attribute("data-text", "5")


def test_a_double_click_on_a_button_adds_one_rule(grid: Page, desk: Desk) -> None:
    before = len(desk.rules())
    grid.locator("[data-tool=below]").dblclick()
    saved(grid)
    assert len(desk.rules()) == before + 1


def test_a_rule_is_dragged_by_its_handle(grid: Page, desk: Desk) -> None:
    before = desk.rules()
    grid.locator(f"tr[data-rule='{RULE}'] th").drag_to(
        grid.locator(f"tr[data-rule='{before[4]}'] th"), target_position={"x": 8, "y": 20}
    )
    saved(grid)
    assert desk.rules()[4] == RULE


def test_the_filter_narrows_the_rules_and_the_way_back_is_escape(grid: Page, desk: Desk) -> None:
    grid.keyboard.press("/")
    grid.keyboard.type(RULE)
    expect(grid.locator(".grid-table tbody tr:visible")).to_have_count(1)
    grid.keyboard.press("Escape")
    expect(grid.locator(".grid-table tbody tr:visible")).to_have_count(len(desk.rules()))
    expect(grid.locator("td.here")).to_be_focused()


def test_what_is_written_without_a_connection_is_kept_and_saved_later(
    grid: Page, desk: Desk
) -> None:
    grid.context.set_offline(True)
    cell(grid, RULE, DAYS).click()
    grid.keyboard.type("7")
    grid.keyboard.press("Enter")
    expect(grid.locator("[data-state=offline]")).to_be_visible()
    cell(grid, RULE, BUCKET).click()
    grid.keyboard.type("M2")
    grid.keyboard.press("Enter")
    grid.context.set_offline(False)
    grid.locator("[data-state] button").click()
    saved(grid)
    assert desk.texts(RULE)[OF_BUCKET : OF_DAYS + 1] == ('"M2"', "7")


def test_what_was_not_saved_outlives_a_reload(grid: Page, desk: Desk) -> None:
    grid.route("**/edit", lambda route: route.abort())
    cell(grid, RULE, DAYS).click()
    grid.keyboard.type("8")
    grid.keyboard.press("Enter")
    expect(grid.locator("[data-state=offline]")).to_be_visible()
    grid.unroute("**/edit")
    grid.on("dialog", lambda dialog: dialog.accept())
    grid.goto(desk.table())
    saved(grid)
    assert desk.texts(RULE)[OF_DAYS] == "8"


@pytest.fixture
def colleague(browser: Browser, address: str, page: Page, desk: Desk) -> Iterator[Page]:
    """A second person at the same table, in a window of her own."""
    context = browser.new_context(base_url=address, locale="zh-CN")
    other = context.new_page()
    log_in(other, desk.colleague, PASSWORD)
    open_table(other, desk)
    yield other
    context.close()


def test_changes_of_another_flow_in_while_a_cell_is_being_written(
    grid: Page, colleague: Page, desk: Desk
) -> None:
    cell(grid, RULE, DAYS).click()
    grid.keyboard.type("12")
    cell(colleague, "S-04-dispute", BUCKET).click()
    colleague.keyboard.type("M3")
    colleague.keyboard.press("Enter")
    colleague.locator("[data-tool=below]").click()
    saved(colleague)
    expect(cell(grid, "S-04-dispute", BUCKET)).to_contain_text("M3", timeout=10_000)
    expect(grid.locator("[data-beside]")).to_contain_text(desk.colleague)
    grid.keyboard.type("0")
    grid.keyboard.press("Enter")
    saved(grid)
    assert desk.texts(RULE)[OF_DAYS] == "120"
    assert desk.texts("S-04-dispute")[OF_BUCKET] == '"M3"'


@pytest.mark.parametrize(("choice", "stands"), [("theirs", "3"), ("mine", "9")])
def test_two_people_at_one_cell_are_asked_and_nothing_is_lost_silently(
    grid: Page, colleague: Page, desk: Desk, choice: str, stands: str
) -> None:
    grid.route("**/since*", lambda route: route.abort())  # she has not heard of the other's change
    cell(grid, RULE, DAYS).click()
    grid.keyboard.type("9")
    cell(colleague, RULE, DAYS).click()
    colleague.keyboard.type("3")
    colleague.keyboard.press("Enter")
    saved(colleague)
    grid.keyboard.press("Enter")
    dialog = grid.locator("#grid-conflict")
    expect(dialog.locator("[data-theirs]")).to_have_text("3")
    expect(dialog.locator("[data-mine]")).to_have_text("9")
    expect(dialog).to_contain_text(desk.colleague)
    dialog.locator(f"[value={choice}]").click()
    saved(grid)
    assert desk.texts(RULE)[OF_DAYS] == stands
    expect(cell(grid, RULE, DAYS)).to_have_attribute("data-text", stands)


def test_who_is_logged_out_meanwhile_loses_nothing(grid: Page, desk: Desk) -> None:
    kept = grid.context.cookies()
    grid.context.clear_cookies()
    cell(grid, RULE, DAYS).click()
    grid.keyboard.type("4")
    grid.keyboard.press("Enter")
    expect(grid.locator("[data-state='logged-out']")).to_be_visible()
    grid.context.add_cookies(kept)
    grid.locator("[data-state] button").click()
    saved(grid)
    assert desk.texts(RULE)[OF_DAYS] == "4"


def test_a_supervisor_reads_the_table_and_no_key_writes(page: Page, desk: Desk) -> None:
    log_in(page, desk.supervisor, PASSWORD)
    open_table(page, desk)
    before = desk.texts(RULE)
    cell(page, RULE, DAYS).click()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Delete")
    expect(page.locator("#grid-editor")).to_be_hidden()
    expect(page.locator("[data-tool=below]")).to_have_count(0)
    assert desk.texts(RULE) == before


@pytest.mark.parametrize(
    "path", ["/strategies/", "/strategies/{n}/", "/strategies/{n}/tables/segment/"]
)
def test_no_page_of_the_desk_is_wider_than_a_phone(page: Page, desk: Desk, path: str) -> None:
    page.set_viewport_size(PHONE)
    log_in(page, desk.analyst, PASSWORD)
    page.goto(path.format(n=desk.number))
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_a_finger_writes_in_a_cell_on_a_phone(
    browser: Browser, address: str, page: Page, desk: Desk
) -> None:
    context = browser.new_context(base_url=address, viewport=PHONE, has_touch=True, is_mobile=True)
    phone = context.new_page()
    log_in(phone, desk.analyst, PASSWORD)
    open_table(phone, desk)
    cell(phone, RULE, BUCKET).tap()
    cell(phone, RULE, BUCKET).tap()
    phone.locator("#grid-editor input").fill("M1")
    phone.keyboard.press("Enter")
    saved(phone)
    assert desk.texts(RULE)[OF_BUCKET] == '"M1"'
    context.close()


FRAME = """async keys => {
    const begun = performance.now();
    for (let n = 0; n < 50; n += 1) {
        const key = keys[n % keys.length];
        if (key) document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        await new Promise(requestAnimationFrame);
    }
    return (performance.now() - begun) / 50;
}"""


def opened_in(page: Page, path: str) -> float:
    """Milliseconds until a page could be read."""
    page.goto(path)
    took: float = page.evaluate(
        "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
    )
    return took


def test_a_large_table_opens_about_as_fast_as_a_small_one_and_is_written_in_without_lag(
    page: Page, desk: Desk
) -> None:
    from evenhand.access.models import Staff
    from evenhand.rulebook import actions
    from tests.world import NOW

    by = Staff.objects.get(username=desk.analyst).id
    rules = desk.rules("contact")
    block = [["-"] for _ in range(200)]
    from evenhand.dmn.documents.document import Document
    from evenhand.rulebook.queries import content_of

    column = Document.read(content_of(desk.number)).table("contact").inputs[0].id
    actions.edit(
        number=desk.number,
        operation={
            "act": "PASTE",
            "table": "contact",
            "rule": rules[0],
            "column": column,
            "rows": block,
        },
        by=by,
        now=NOW,
        seen={"revision": 1},
    )
    log_in(page, desk.analyst, PASSWORD)
    page.goto(desk.table("segment"))  # a server that has just started reads its modules first
    small = opened_in(page, desk.table("segment"))
    large = opened_in(page, desk.table("contact"))
    assert page.locator(".grid-table tbody tr").count() == 200
    assert large < 8 * small
    page.locator("td.here").focus()
    idle, writing = (page.evaluate(FRAME, keys) for keys in ([""], ["ArrowRight", "ArrowDown"]))
    assert writing < 6 * idle
    assert re.search(r"/tables/contact/$", page.url)
