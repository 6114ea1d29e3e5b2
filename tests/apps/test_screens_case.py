"""A case after a real night: where its figures come from, why it was decided so, and what a collector may do."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from evenhand.arrangements.models import Promise
from evenhand.casework.models import Case, Hold
from evenhand.compliance.packs import SHIPPED
from evenhand.web.masking import mask
from tests.bank import FIRST, Bank, account, customer, mobile, next_day, payment, statement
from tests.contacts import MORNING, clock_at, in_force
from tests.world import a_collector, a_supervisor

pytestmark = pytest.mark.django_db

DUE_ON = FIRST - timedelta(days=34)


@pytest.fixture
def bank(tmp_path, home):
    found = Bank(tmp_path / "feeds", partitions=1)
    found.sends(
        FIRST,
        customers=[customer("C1", name="样例持卡人")],
        contact_points=[mobile("C1")],
        accounts=[account("A1", "C1", card_tail="4321")],
        statements=[
            statement("A1", "C1", str(DUE_ON - timedelta(days=20)), str(DUE_ON), "1000.00")
        ],
        payments=[payment("A1", "C1", "P1", str(DUE_ON), "12.34")],
    )
    found.night(FIRST)
    return found


@pytest.fixture
def case(bank):
    return Case.objects.get()


@pytest.fixture
def collector(client, case):
    client.force_login(a_collector(case.desk))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def page_of(case):
    return reverse("workbench:case", args=[case.id])


def promise_form(**given):
    fields = {"request_key": uuid4(), "amount": "300.00", "due_on": str(FIRST + timedelta(days=2))}
    return fields | given


def hold_form(**given):
    fields = {"request_key": uuid4(), "reason": "HARDSHIP", "until_on": str(next_day(FIRST, 30))}
    return fields | given


def test_every_statement_and_payment_names_its_file_and_line(collector, case):
    page = collector.get(page_of(case)).text
    assert "statements.csv:2" in page
    assert "payments.csv:2" in page
    assert "CN¥12.34" in page
    assert "The bank sends no balances by component" in page


def test_a_name_and_a_number_are_never_in_clear_on_a_page(collector, case):
    key = case.accounts.get().account_key
    for address in ("/", page_of(case), reverse("workbench:why", args=[key])):
        page = collector.get(address).text
        assert "样例持卡人" not in page
        assert "样***人" in page


def test_the_case_says_what_was_decided_by_which_rule_and_what_would_have_had_to_differ(
    collector, case
):
    context = collector.get(page_of(case)).context
    tables = context["why"].tables
    assert [table.decision for table in tables] == [
        "Segment", "Treatment", "Contact", "Offer range",
    ]  # fmt: skip
    assert all(table.rule for table in tables)
    assert tables[0].missed > len(tables[0].few) > 0
    facts = {fact.name: fact for _, facts in context["why"].groups for fact in facts}
    assert facts["days past due"].value == "34 days"
    assert (facts["arrears"].value, facts["arrears"].source.line) == ("CN¥987.66", 2)


def test_the_same_page_speaks_chinese(collector, case):
    page = collector.get(page_of(case), headers={"accept-language": "zh-hans"})
    facts = {fact.name: fact.value for _, group in page.context["why"].groups for fact in group}
    assert facts["逾期天数"] == "34 天"
    assert "银行未提供余额构成" in page.text


def test_the_case_says_for_each_way_when_it_is_open_and_what_stands_in_the_way(collector, case):
    in_force((SHIPPED / "cn" / "pack.toml").read_text("utf-8"))
    with clock_at(MORNING) as clock:
        by_day = {way.act: way for way in collector.get(page_of(case)).context["windows"]}
        clock.stand_at(MORNING.replace(hour=15))  # 23:00 in Shanghai
        page = collector.get(page_of(case))
    assert [by_day[act].said for act in ("CALL", "LETTER")] == ["now, until 22:00", "now"]
    by_night = {way.act: way for way in page.context["windows"]}
    assert (by_night["CALL"].open, by_night["CALL"].said) == (
        False,
        "from tomorrow 08:00 until 22:00",
    )
    assert by_night["CALL"].point == mask("000-C1")
    [reason] = by_night["CALL"].reasons
    assert (reason.rule, reason.strength) == ("CN-COL-HOURS", "Association guideline")
    assert "Outside 08:00 to 22:00 there is no call" in page.text


def test_where_no_pack_is_in_force_the_case_says_that_nothing_is_known_to_be_allowed(
    collector, case
):
    page = collector.get(page_of(case))
    assert {way.open for way in page.context["windows"]} == {False}
    assert "No policy pack is in force" in page.text


def test_a_promise_is_recorded_and_the_case_decided_again_at_once(collector, case):
    answer = collector.post(
        reverse("workbench:promise", args=[case.id]), promise_form(amount="1,300.00"), follow=True
    )
    assert answer.redirect_chain == [(page_of(case), 302)]
    assert "The promise is recorded" in answer.text
    promise = Promise.objects.get()
    assert (promise.amount_minor, promise.made_on, promise.customer.facts_seq) == (
        130_000,
        FIRST,
        1,
    )
    case.refresh_from_db()
    assert (case.promise, case.segment, case.decided_by) == ("OPEN", "PROMISE_OPEN", "DAY")


def test_the_same_form_sent_twice_is_one_promise_and_one_hold(collector, case):
    promise, hold = promise_form(), hold_form()
    for _click in range(2):
        for name, form in (("promise", promise), ("hold", hold)):
            answer = collector.post(reverse(f"workbench:{name}", args=[case.id]), form)
            assert answer.status_code == 302
    assert (Promise.objects.count(), Hold.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", ""),
        ("amount", "0"),
        ("amount", "-5"),
        ("amount", "ten"),
        ("amount", "1.005"),
        ("amount", "NaN"),
        ("amount", "9" * 20),
        ("due_on", ""),
        ("due_on", str(FIRST - timedelta(days=1))),
        ("due_on", "soon"),
        ("request_key", "x"),
    ],
)
def test_a_promise_that_cannot_be_taken_is_refused_at_its_field(collector, case, field, value):
    answer = collector.post(
        reverse("workbench:promise", args=[case.id]), promise_form(**{field: value})
    )
    assert answer.status_code == 422
    assert list(answer.context["promise_form"].errors) == [field]
    assert not Promise.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("reason", ""), ("reason", "MOOD"), ("until_on", str(FIRST)), ("until_on", "")],
)
def test_a_hold_that_cannot_be_placed_is_refused_at_its_field(collector, case, field, value):
    answer = collector.post(reverse("workbench:hold", args=[case.id]), hold_form(**{field: value}))
    assert answer.status_code == 422
    assert list(answer.context["hold_form"].errors) == [field]
    assert not Hold.objects.exists()


def test_a_hold_that_moves_the_case_to_another_desk_leads_back_to_the_worklist(collector, case):
    form = hold_form(reason="HARDSHIP")
    for _click in range(2):
        answer = collector.post(reverse("workbench:hold", args=[case.id]), form, follow=True)
        assert answer.redirect_chain == [("/", 302)]
        assert "The case is with another desk now." in answer.text
    case.refresh_from_db()
    assert (case.desk, Hold.objects.count()) == ("CARE", 1)


def test_a_hold_is_placed_and_its_reason_decides_the_case(collector, case):
    collector.post(reverse("workbench:hold", args=[case.id]), hold_form(reason="DISPUTE"))
    case.refresh_from_db()
    assert (case.segment, case.treatment) == ("DISPUTE", "HOLD")


def test_why_is_answered_for_an_earlier_night_and_not_for_one_that_never_was(client, bank, case):
    bank.night(next_day(FIRST))
    client.force_login(a_supervisor())
    address = reverse("workbench:why", args=[case.accounts.get().account_key])
    days = {
        on: client.get(f"{address}?on={on}", headers={"accept-language": "en"}).text
        for on in (FIRST, next_day(FIRST))
    }
    assert ("34 days" in days[FIRST], "35 days" in days[next_day(FIRST)]) == (True, True)
    for on in ("2020-01-01", "never"):
        assert client.get(f"{address}?on={on}").status_code == 404


def test_an_account_of_another_case_is_not_found_on_this_page(collector, case):
    assert collector.get(f"{page_of(case)}?account=7").status_code == 404


def test_what_a_balance_is_made_of_is_shown_where_the_bank_says_so(client, bank):
    on = next_day(FIRST)
    parts = {"principal": "9000.00", "interest": "900.00", "late_charge": "60.00", "fee": "40.00"}
    whose = {"customer_ref": "C1", "account_ref": "A1", "currency": "CNY"}
    bank.sends(on, balances=[whose | parts])
    bank.night(on)
    client.force_login(a_supervisor())
    page = client.get(page_of(Case.objects.get()), headers={"accept-language": "en"}).text
    for text in ("Principal", "CN¥9,000.00", "CN¥900.00", "balances.csv:2"):
        assert text in page
    assert "The bank sends no balances by component" not in page
