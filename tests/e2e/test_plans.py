"""What is agreed with a cardholder, clicked through in a browser in both languages."""

import re
import secrets
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import log_in
from tests.e2e.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def balances(on, principal="30000.00", interest="900.00", late="150.00", fee="0.00"):
    return {
        "customer_ref": "C1", "account_ref": "A1", "currency": "CNY", "principal": principal, "interest": interest,
        "late_charge": late, "fee": fee, "unbilled_instalments": f"{on:%d}.00",
    }  # fmt: skip


def an_overdue(bank, *, days, minimum, owed, **parts):
    """Anna's card, so many days past due, and what the core says it is made of."""
    from tests.bank import FIRST, account, customer, statement

    due = FIRST - timedelta(days=days)
    billed = (due - timedelta(days=20)).isoformat()
    bank.sends(
        FIRST, customers=[customer("C1")], accounts=[account("A1", "C1", balance=owed)],
        balances=[balances(FIRST, **parts)],
        statements=[statement("A1", "C1", billed, due.isoformat(), minimum, balance=owed)],
    )  # fmt: skip
    bank.night(FIRST)


@pytest.fixture
def bank(address: str, transactional_db: None, tmp_path: Path) -> Iterator:
    """An empty bank that keeps the files it is sent."""
    from evenhand.runtime.config import config
    from tests.bank import Bank

    shutil.rmtree(config().lake, ignore_errors=True)
    yield Bank(tmp_path / "feeds", keeps=True)
    shutil.rmtree(config().lake, ignore_errors=True)


def someone(role: str, desk: str = "") -> str:
    """The name of a new member of staff."""
    from evenhand.access.actions import add_staff

    name = f"{role}-{secrets.token_hex(3)}"
    add_staff(name=name, role=role, desk=desk, password=PASSWORD)
    return name


def the_case():
    from evenhand.casework.models import Case

    return Case.objects.get()


def says_her_budget(page: Page, income: str) -> None:
    page.locator("details:has(#budget_income) summary").click()
    page.fill("#budget_income", income)
    page.fill("#budget_housing", "1200")
    page.fill("#budget_food", "900")
    page.check("#budget_documents_0")
    page.click("form[action$='/budget'] button")


def test_a_struggling_cardholder_gets_a_plan_she_can_afford(page: Page, bank) -> None:
    an_overdue(bank, days=95, minimum="3105.00", owed="31050.00")
    case = the_case()
    log_in(page, someone("collector", case.desk), PASSWORD)
    page.goto(f"/cases/{case.id}/arrange/")
    says_her_budget(page, "3500")
    page.select_option("#planwish_kind", "ARTICLE_70")
    for months, yes in ((12, False), (36, True)):
        with page.expect_response(re.compile("arrange/option")):
            page.eval_on_selector(
                "#planwish_months",
                "(e, n) => { e.value = n; e.dispatchEvent(new Event('input', {bubbles: true})) }",
                months,
            )
        expect(page.locator("#worked-out .worked-yes")).to_have_count(int(yes))
    page.click("form#calculator button.button:not(.button-quiet)")
    expect(page).to_have_url(re.compile("/plans/"))
    page.click("form[action$='/agree'] button")
    expect(page.get_by_role("alert")).to_be_visible()  # everything that is missing, at once
    page.click("form[action$='/costs'] button")
    page.click("form[action$='/costs/confirm'] button")
    page.fill("#agreement_evidence", "recording 17")
    page.check("#agreement_undertakes")
    page.click("form[action$='/agree'] button")
    expect(page.locator(".message-success")).to_be_visible()
    case.refresh_from_db()
    assert case.treatment == "HOLD"
    from evenhand.arrangements.models import Plan

    page.context.clear_cookies()
    log_in(page, someone("supervisor"), PASSWORD)
    page.goto(f"/plans/{Plan.objects.get().id}/")
    expect(page.locator(".page-head .chip-ok")).to_be_visible()
    expect(page.locator("ul.log li")).to_have_count(3)  # what the bank's books have to follow


def test_one_with_no_surplus_gets_a_rest_and_a_review_date_and_no_plan(page: Page, bank) -> None:
    an_overdue(bank, days=95, minimum="3105.00", owed="31050.00")
    case = the_case()
    log_in(page, someone("collector", case.desk), PASSWORD)
    page.goto(f"/cases/{case.id}/arrange/")
    says_her_budget(page, "2000")
    page.click("form#calculator button.button:not(.button-quiet)")
    expect(page.locator("#calculator .errorlist")).to_be_visible()
    page.locator("details:has(#restwish_token) summary").click()
    page.check("#restwish_advice_given")
    page.click("form[action$='/rest'] button")
    expect(page.locator(".message-success")).to_be_visible()
    from evenhand.arrangements.models import Plan, Relief

    assert not Plan.objects.exists()
    case.refresh_from_db()
    assert case.segment == "HARDSHIP"
    supervisor = page.context.browser.new_context(
        base_url=page.url.partition("/cases")[0]
    ).new_page()
    log_in(supervisor, someone("supervisor"), PASSWORD)
    supervisor.goto(f"/cases/{case.id}/")
    expect(supervisor.get_by_text(f"{Relief.objects.get().review_on:%m-%d}").first).to_be_visible()
    supervisor.context.close()


def test_what_is_above_her_authority_is_approved_by_another(page: Page, bank) -> None:
    an_overdue(bank, days=95, minimum="3105.00", owed="31050.00")
    case = the_case()
    log_in(page, someone("collector", case.desk), PASSWORD)
    page.goto("/approvals/")
    assert "403" in (page.text_content("body") or "")
    page.goto(f"/cases/{case.id}/arrange/")
    page.locator("details:has(#waiverwish_amount) summary").click()
    page.select_option("#waiverwish_part", "INTEREST")
    page.fill("#waiverwish_amount", "600")
    page.click("form[action$='/waiver'] button")
    expect(page.locator(".message-success")).to_be_visible()
    second = page.context.browser.new_context(base_url=page.url.partition("/cases")[0]).new_page()
    log_in(second, someone("supervisor"), PASSWORD)
    second.goto("/approvals/")
    second.click("button[value=APPROVED]")
    expect(second.locator(".empty")).to_be_visible()
    second.context.close()
    from evenhand.arrangements.models import Waiver

    assert Waiver.objects.get().state == "BOOKED"


def test_a_wrong_fee_is_disputed_frozen_and_reversed_and_the_statement_shows_it(
    page: Page, bank
) -> None:
    from evenhand.casework.models import Hold
    from tests.bank import FIRST, account, next_day

    an_overdue(
        bank,
        days=40,
        minimum="1000.00",
        owed="10000.00",
        principal="10000.00",
        interest="0.00",
        late="0.00",
    )
    second = next_day(FIRST)
    bank.sends(
        second, accounts=[account("A1", "C1", balance="10080.00")],
        balances=[balances(second, "10000.00", "0.00", "0.00", "80.00")],
        charges=[{
            "customer_ref": "C1", "account_ref": "A1", "currency": "CNY", "charge_ref": "F1", "kind": "FEE",
            "value_on": second.isoformat(), "posted_on": second.isoformat(), "amount": "80.00",
        }],
    )  # fmt: skip
    bank.night(second)
    case = the_case()
    log_in(page, someone("supervisor"), PASSWORD)
    page.goto(f"/cases/{case.id}/standing/")
    page.locator("details:has([name=reason]) summary").first.click() if not page.locator(
        "form[action$='/standing/hold'] [name=reason]"
    ).is_visible() else None
    form = page.locator("form[action$='/standing/hold']")
    form.locator("[name=reason]").select_option("DISPUTE")
    form.locator("[name=effects][value=CONTACT]").uncheck()
    form.locator("[name=effects][value=INTEREST]").check()
    form.locator("[name=effects][value=FEES]").check()
    form.locator("[name=review_on]").fill(next_day(second, 20).isoformat())
    if form.locator("[name=note]").count():
        form.locator("[name=note]").fill("she never ordered the service")
    form.locator("button").last.click()
    assert Hold.objects.get().effects == ["FEES", "INTEREST"]
    key = case.accounts.get().account_key
    page.goto(f"/cases/{case.id}/accounts/{key}/statement/")
    page.locator("td details summary").click()
    page.fill("td details [name=reason]", "service never ordered")
    page.click("td details button")
    expect(page.locator("table.postings tr.quiet")).to_have_count(1)
    expect(page.locator("table.postings tbody tr")).to_have_count(
        3
    )  # opening, the fee, its reversal
    expect(page.locator("ul.log li")).to_have_count(1)  # the core is told


def test_a_waiver_the_core_rejects_comes_back_the_same_day_and_nobody_asks_her_for_it(
    page: Page, bank
) -> None:
    from evenhand.adapters.core_files import demo_core, door
    from evenhand.runtime.config import config
    from evenhand.runtime.files import file_store
    from evenhand.runtime.keys import read_keys
    from tests.bank import FIRST, NOON, account, next_day

    an_overdue(
        bank,
        days=40,
        minimum="150.00",
        owed="150.00",
        principal="0.00",
        interest="0.00",
        late="150.00",
    )
    case = the_case()
    owner = someone("supervisor")
    log_in(page, owner, PASSWORD)
    page.goto(f"/cases/{case.id}/arrange/")
    page.locator("details:has(#waiverwish_amount) summary").click()
    page.select_option("#waiverwish_part", "LATE_CHARGE")
    page.fill("#waiverwish_amount", "150")
    page.click("form[action$='/waiver'] button")
    expect(page.locator(".message-success")).to_be_visible()
    case.refresh_from_db()
    assert case.state == "CLOSED", "nothing is asked of her any more"
    folder = bank.folder / "core"
    sent = door.send(
        folder, portfolio=bank.portfolio, store=file_store(config()), keys=read_keys(config().key_file), on=FIRST,
        now=NOON,
    )  # fmt: skip
    assert (sent.lines, sent.without_number) == (1, 0)
    answers = demo_core.answer(
        folder, manners=demo_core.Manners(reject=frozenset({"WAIVER"})), on=FIRST
    )
    assert answers is not None
    door.take(answers.read_bytes(), answers.name, on=FIRST, now=NOON)
    page.goto("/instructions/?which=MINE")
    expect(page.locator(".chip-bad").last).to_be_visible()
    expect(page.get_by_text("E417")).to_be_visible()
    second = next_day(FIRST)
    bank.sends(
        second,
        accounts=[account("A1", "C1", balance="150.00", card_tail="1235")],
        balances=[balances(second, "0.00", "0.00", "150.00")],
    )
    bank.night(second)
    case.refresh_from_db()
    assert case.state == "CLOSED", "nobody is chased for what the core has not booked"
    page.click("form[action$='/retry'] button")
    expect(page.locator(".message-success")).to_be_visible()


def test_money_placed_for_an_earlier_day_cures_the_case_and_voids_tonights_call(
    page: Page, bank
) -> None:
    from evenhand.cycle.bank_money import load_statement
    from evenhand.outreach import gate
    from evenhand.outreach.asked import Asked
    from evenhand.outreach.models import ContactQueue
    from evenhand.outreach.queue import Wanted, enqueue
    from evenhand.runtime.config import config
    from evenhand.runtime.keys import read_keys
    from tests.bank import NOON
    from tests.contacts import MORNING, clock_at, in_force
    from tests.rules.statements import camt, entry

    an_overdue(bank, days=20, minimum="500.00", owed="10000.00")
    case = the_case()
    log_in(page, someone("collector", case.desk), PASSWORD)
    page.goto(f"/cases/{case.id}/")
    page.locator("details:has(#sayspaid_amount) summary").click()
    page.fill("#sayspaid_amount", "500")
    page.click("form[action$='/says-paid'] button")
    page.wait_for_load_state()
    load_statement(
        camt(entry("E1", "500.00", by="样例C1")),
        "a.xml",
        keys=read_keys(config().key_file),
        now=NOON,
    )
    in_force()
    with clock_at():
        person = case.customer
        person.refresh_from_db()
        call = Wanted(
            customer_id=person.id, facts_seq=person.facts_seq, asked=Asked("CALL", point="m1"), request_key="tonight",
            not_before=MORNING, expires_at=MORNING + timedelta(hours=8),
        )  # fmt: skip
        enqueue([call], by="night", now=MORNING)
        page.context.clear_cookies()
        log_in(page, someone("supervisor"), PASSWORD)
        page.goto("/payments/")
        expect(page.locator(".money-row")).to_have_count(1)
        page.click(".money-row .log button")
        expect(page.locator(".message-success")).to_be_visible()
        assert gate.take_batch() == ()
        assert ContactQueue.objects.get().state == "VOID"
    case.refresh_from_db()
    assert (case.state, case.close_reason) == ("CLOSED", "CURED")
    page.goto(f"/cases/{case.id}/")
    expect(page.locator(".chip-ok").first).to_be_visible()


def test_notifications_that_come_twice_late_forged_or_cut_off_book_each_payment_once(
    page: Page, bank, sandbox
) -> None:
    from evenhand.ledger.models import ReceivedPayment
    from evenhand.payments.models import UnmatchedMoney

    an_overdue(bank, days=20, minimum="5000.00", owed="10000.00")
    case = the_case()
    key = case.accounts.get().account_key
    log_in(page, someone("supervisor"), PASSWORD)
    for number, mode in enumerate(("twice", "late", "forged", "lost"), start=1):
        sandbox.mode = mode
        page.goto(f"/cases/{case.id}/accounts/{key}/statement/")
        page.fill("form[action$='/pay'] [name=amount]", "100.00")
        page.click("form[action$='/pay'] button")
        pay_page = page.locator("table a[rel=noreferrer]").first.get_attribute("href")
        hers = page.context.browser.new_context().new_page()
        hers.goto(pay_page)
        hers.click("button[value=paid]")
        expect(hers.get_by_role("status")).to_be_visible()
        hers.context.close()
        for _ in range(50):
            if ReceivedPayment.objects.count() >= number:
                break
            page.wait_for_timeout(100)
        page.wait_for_timeout(500)  # whatever else comes has come
        assert ReceivedPayment.objects.count() == number, mode
    sandbox.mode = "plain"
    assert not UnmatchedMoney.objects.exists()
    page.reload()
    expect(page.locator(".chip-ok")).to_have_count(4)
    assert sum(ReceivedPayment.objects.values_list("amount_minor", flat=True)) == 40_000
