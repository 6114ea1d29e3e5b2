"""One night after another, as a compliance officer would read them."""

from datetime import date, timedelta

import pytest

from evenhand.casework.models import Case, CaseAccount, DayDecision, Stay
from evenhand.cycle import agreeing, day, money, redeciding
from evenhand.cycle.differences import differences
from evenhand.cycle.manifest import read_manifest
from evenhand.cycle.models import Run
from evenhand.cycle.night import NightRefused
from evenhand.cycle.replay import replay
from evenhand.portfolio.terms import AgeingTerms, Leads, Portfolio
from tests.bank import (
    FIRST,
    NOON,
    Bank,
    account,
    customer,
    mobile,
    next_day,
    payment,
    quiet,
    statement,
)
from tests.world import a_supervisor

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(tmp_path, lake_home):
    return Bank(tmp_path / "feeds")


def overdue_since(due_on: date, minimum: str = "1000.00", ref: str = "A1", owner: str = "C1"):
    """One statement whose minimum fell due on the day."""
    return statement(
        ref, owner, (due_on - timedelta(days=20)).isoformat(), due_on.isoformat(), minimum
    )


def one_overdue(bank: Bank, days: int = 34) -> None:
    bank.sends(
        FIRST,
        customers=[customer("C1"), customer("C2")],
        contact_points=[mobile("C1"), mobile("C2")],
        accounts=[account("A1", "C1"), account("A2", "C2")],
        statements=[
            overdue_since(FIRST - timedelta(days=days)),
            overdue_since(FIRST, ref="A2", owner="C2"),
        ],
    )


def case_of(bank: Bank, ref: str = "C1") -> Case:
    return Case.objects.get(customer__customer_key=bank.key("customer", ref))


def test_who_is_past_due_gets_one_case_and_who_is_not_gets_none(bank):
    one_overdue(bank)
    run = bank.night(FIRST)
    case = Case.objects.get()
    assert case.customer.customer_key == bank.key("customer", "C1")
    assert (FIRST - case.overdue_from_on).days == 34
    assert (case.bucket, case.arrears_minor, case.balance_minor) == ("M2", 100_000, 1_000_000)
    assert case.treatment != "NONE"
    assert (run.state, run.difference, run.totals["cases_opened"]) == ("PUBLISHED", 0, 1)


def test_two_hundred_days_past_due_on_the_first_load_lands_in_its_true_bucket_that_night(bank):
    one_overdue(bank, days=200)
    bank.night(FIRST)
    assert case_of(bank).bucket == "M7+"


def test_several_cards_of_one_person_are_lines_of_one_case(bank):
    bank.sends(
        FIRST,
        customers=[customer("C1")],
        accounts=[account("A1", "C1"), account("A2", "C1"), account("A3", "C1")],
        statements=[
            overdue_since(FIRST - timedelta(days=34)),
            overdue_since(FIRST - timedelta(days=10), ref="A2"),
            overdue_since(FIRST, ref="A3"),
        ],
    )
    bank.night(FIRST)
    lines = CaseAccount.objects.filter(case=case_of(bank)).values_list("account_key", flat=True)
    assert set(lines) == {bank.key("account", "A1"), bank.key("account", "A2")}


def test_a_card_that_falls_behind_later_joins_the_case_and_one_that_is_paid_leaves_it(bank):
    bank.sends(
        FIRST,
        customers=[customer("C1")],
        accounts=[account("A1", "C1"), account("A2", "C1")],
        statements=[
            overdue_since(FIRST - timedelta(days=34)),
            overdue_since(FIRST - timedelta(days=3), ref="A2"),
        ],
    )
    bank.night(FIRST)
    bank.sends(
        next_day(FIRST),
        payments=[payment("A1", "C1", "P1", next_day(FIRST).isoformat(), "1000.00")],
    )
    bank.night(next_day(FIRST))
    lines = {line.account_key: line.left_on for line in CaseAccount.objects.all()}
    assert lines == {bank.key("account", "A1"): next_day(FIRST), bank.key("account", "A2"): None}
    assert case_of(bank).state == "OPEN"


def test_paying_all_arrears_closes_the_case_as_cured_and_falling_behind_again_reopens_it_with_its_history(
    bank,
):
    one_overdue(bank)
    bank.night(FIRST)
    paid_on = next_day(FIRST)
    bank.sends(paid_on, payments=[payment("A1", "C1", "P1", paid_on.isoformat(), "1000.00")])
    bank.night(paid_on)
    case = case_of(bank)
    assert (case.state, case.close_reason, case.closed_on) == ("CLOSED", "CURED", paid_on)
    again_on = next_day(FIRST, 30)
    bank.sends(again_on, statements=[overdue_since(FIRST + timedelta(days=25))])
    bank.night(again_on)
    case.refresh_from_db()
    assert (case.state, case.entries, case.opened_on) == ("OPEN", 2, again_on)
    stays = Stay.objects.filter(case=case).order_by("number")
    assert [(stay.number, stay.opened_on, stay.closed_on) for stay in stays] == [
        (1, FIRST, paid_on),
        (2, again_on, None),
    ]


def test_an_account_paid_in_full_is_not_treated_at_any_day_count(bank):
    bank.sends(
        FIRST,
        customers=[customer("C1")],
        accounts=[account("A1", "C1", balance="0.00")],
        statements=[overdue_since(FIRST - timedelta(days=30))],
        payments=[payment("A1", "C1", "P1", "2026-09-01", "10000.00")],
    )
    bank.night(FIRST)
    assert not Case.objects.exists()


def test_facts_are_worked_out_before_the_decision_so_a_bucket_reached_tonight_is_treated_tonight(
    bank,
):
    one_overdue(bank, days=30)
    bank.night(FIRST)
    assert case_of(bank).segment.startswith("M1")
    bank.night(next_day(FIRST))
    assert (case_of(bank).bucket, case_of(bank).segment[:2]) == ("M2", "M2")


def test_part_of_the_arrears_paid_is_no_cure_and_the_rest_stays_visible(bank):
    one_overdue(bank)
    bank.night(FIRST)
    on = next_day(FIRST)
    bank.sends(on, payments=[payment("A1", "C1", "P1", on.isoformat(), "999.00")])
    bank.night(on)
    assert (case_of(bank).state, case_of(bank).arrears_minor) == ("OPEN", 100)


def test_stated_and_computed_days_stay_beside_each_other_and_their_differences_are_listed(bank):
    bank.sends(
        FIRST,
        customers=[customer("C1")],
        accounts=[
            account("A1", "C1", stated_overdue_days="31"),
            account("A2", "C1", stated_overdue_days="34"),
        ],
        statements=[overdue_since(FIRST - timedelta(days=34), ref=ref) for ref in ("A1", "A2")],
    )
    run = bank.night(FIRST)
    [listed] = differences(bank.lake, read_manifest(bank.lake.manifest(FIRST)))
    assert listed.account_key == bank.key("account", "A1")
    assert (listed.stated_overdue_days, listed.computed_overdue_days) == (31, 34)
    assert run.totals["differences"]["stated_vs_computed"] == 1


def test_the_core_leads_where_the_portfolio_says_so_and_a_code_without_a_balance_opens_no_case(
    bank,
):
    bank.portfolio = Portfolio(ageing=AgeingTerms(leads=Leads.STATED))
    bank.sends(
        FIRST,
        customers=[customer("C1"), customer("C2")],
        accounts=[
            account("A1", "C1", stated_overdue_days="65"),
            account("A2", "C2", stated_overdue_days="65", balance="-12.00"),
        ],
        statements=[overdue_since(FIRST - timedelta(days=34))],
    )
    run = bank.night(FIRST)
    assert (run.totals["past_due"], run.totals["cases_opened"]) == (2, 1)
    assert case_of(bank).bucket == "M3"


def test_a_small_balance_opens_no_case(bank):
    bank.portfolio = Portfolio(case_threshold_minor=1_000_000)
    one_overdue(bank)
    run = bank.night(FIRST)
    assert run.totals["past_due"] == 1
    assert not Case.objects.exists()


def test_the_same_night_twice_changes_nothing(bank):
    one_overdue(bank)
    first = bank.night(FIRST)
    rows = list(Case.objects.values())
    second = bank.night(FIRST)
    assert (first.id, rows) == (second.id, list(Case.objects.values()))


def test_a_dry_run_is_the_real_path_and_leaves_nothing(bank):
    one_overdue(bank)
    run = bank.night(FIRST, dry_run=True)
    assert run.totals["cases_opened"] == 1
    assert not Case.objects.exists()
    assert not Run.objects.exists()
    assert not bank.lake.manifest(FIRST).exists()
    assert bank.night(FIRST).totals["cases_opened"] == 1


def test_after_a_missed_night_every_account_is_as_if_nothing_was_missed(bank):
    one_overdue(bank, days=29)
    bank.night(FIRST)
    paid_on = next_day(FIRST)
    bank.sends(paid_on, payments=[payment("A1", "C1", "P1", paid_on.isoformat(), "400.00")])
    later = next_day(FIRST, 2)
    bank.night(later)
    case = case_of(bank)
    assert (case.bucket, case.arrears_minor) == ("M2", 60_000)
    assert [run.banking_day for run in Run.objects.order_by("banking_day")] == [
        FIRST,
        paid_on,
        later,
    ]


def test_a_file_for_a_night_already_published_is_asked_for_under_the_next_day(bank):
    one_overdue(bank)
    bank.night(next_day(FIRST))
    with pytest.raises(NightRefused, match="next banking day"):
        bank.night(FIRST - timedelta(days=1))


def test_a_payment_with_an_earlier_value_date_re_ages_from_that_date(bank):
    one_overdue(bank, days=34)
    bank.night(FIRST)
    on = next_day(FIRST)
    earlier = (FIRST - timedelta(days=40)).isoformat()
    bank.sends(
        on, payments=[payment("A1", "C1", "P1", earlier, "1000.00", posted_on=on.isoformat())]
    )
    bank.night(on)
    assert case_of(bank).close_reason == "CURED"


def test_a_reversal_takes_the_payment_back_and_reopens_the_case(bank):
    one_overdue(bank)
    bank.night(FIRST)
    on = next_day(FIRST)
    bank.sends(on, payments=[payment("A1", "C1", "P1", on.isoformat(), "1000.00")])
    bank.night(on)
    back_on = next_day(on)
    taken_back = payment("A1", "C1", "P2", back_on.isoformat(), "1000.00", reverses_ref="P1")
    bank.sends(back_on, payments=[taken_back])
    bank.night(back_on)
    case = case_of(bank)
    assert (case.state, (back_on - case.overdue_from_on).days) == ("OPEN", 36)


def test_a_promise_broken_by_day_changes_the_night_and_replay_gives_it_after_the_promise_is_gone(
    bank,
):
    one_overdue(bank)
    bank.night(FIRST)
    case = case_of(bank)
    calm = (case.segment, case.treatment, case.tone)
    day.record_promise(
        customer_id=case.customer_id, amount_minor=50_000, due_on=FIRST, by=None, now=NOON, on=FIRST
    )
    on = next_day(FIRST, 4)
    bank.night(on)
    broken = case_of(bank)
    assert broken.promise == "BROKEN"
    assert (broken.segment, broken.treatment, broken.tone) != calm
    manifest = read_manifest(bank.lake.manifest(on))
    case.customer.promises.all().delete()
    again = replay(manifest, bank.lake.root, 1, quiet)
    assert again.then == again.now
    assert again.differing == ()


def test_what_the_desk_learnt_after_the_cut_off_is_not_overwritten_but_decided_again(
    bank, monkeypatch
):
    one_overdue(bank)
    bank.night(FIRST)
    from evenhand.cycle import night

    real = night.run_parts

    def parts_while_the_desk_works(*args):
        parts = real(*args)
        customer_id = case_of(bank).customer_id
        day.place_hold(
            customer_id=customer_id,
            reason="DISPUTE",
            until_on=next_day(FIRST, 30),
            by=None,
            now=NOON,
            on=FIRST,
        )
        return parts

    monkeypatch.setattr(night, "run_parts", parts_while_the_desk_works)
    on = next_day(FIRST)
    bank.sends(on, payments=[payment("A1", "C1", "P1", on.isoformat(), "100.00")])
    run = bank.night(on)
    case = case_of(bank)
    assert run.totals["redecided_by_day"] == 1
    assert (case.treatment, case.arrears_minor) == ("HOLD", 90_000)


def test_deciding_every_open_case_again_right_after_the_night_changes_nothing(bank):
    one_overdue(bank)
    bank.night(FIRST)
    bank.night(next_day(FIRST))
    rows = list(Case.objects.values())
    keys = [case.customer.customer_key for case in Case.objects.select_related("customer")]
    assert redeciding.redecide(keys, cause="CHECK", now=NOON) == []
    assert rows == list(Case.objects.values())
    assert not DayDecision.objects.exists()


def test_money_known_by_day_cures_at_once_and_is_confirmed_by_the_file_without_counting_twice(bank):
    one_overdue(bank)
    bank.night(FIRST)
    on = next_day(FIRST)
    said = money.Money(
        customer_key=bank.key("customer", "C1"),
        partition=bank.partition("C1"),
        account_key=bank.key("account", "A1"),
        reference_key=bank.key("payment", "P1"),
        amount_minor=100_000,
        currency="CNY",
        value_on=on,
    )
    assert money.receive_payments([said], now=NOON) == 1
    assert money.receive_payments([said], now=NOON) == 0
    assert case_of(bank).close_reason == "CURED"
    bank.sends(on, payments=[payment("A1", "C1", "P1", on.isoformat(), "1000.00")])
    bank.night(on)
    case = case_of(bank)
    assert (case.state, case.customer.received_payments.get().confirmed_on) == ("CLOSED", on)


def test_a_choice_by_hand_outranks_the_tables_until_it_expires(bank):
    one_overdue(bank)
    bank.night(FIRST)
    until_on = next_day(FIRST, 2)
    tables = case_of(bank).treatment
    chosen = "WAIT" if tables != "WAIT" else "CALL"
    day.decide_manually(
        customer_id=case_of(bank).customer_id, treatment=chosen, reason="ill", until_on=until_on, by=None, now=NOON,
        on=FIRST,
    )  # fmt: skip
    assert (case_of(bank).treatment, case_of(bank).decided_by) == (chosen, "MANUAL")
    bank.night(next_day(FIRST))
    assert case_of(bank).treatment == chosen
    bank.night(until_on)
    assert case_of(bank).treatment == tables


def test_a_pause_stops_the_treatment_clock_and_never_the_contractual_one(bank):
    one_overdue(bank, days=34)
    bank.night(FIRST)
    day.pause_clock(
        customer_id=case_of(bank).customer_id, cause="DISASTER", from_on=FIRST - timedelta(days=10),
        until_on=next_day(FIRST, 20), now=NOON,
    )  # fmt: skip
    case = case_of(bank)
    assert ((FIRST - case.overdue_from_on).days, (FIRST - case.treatment_from_on).days) == (
        34,
        23,
    )  # ten days of the pause are past and today is the eleventh
    assert case.bucket == "M2"


def test_re_ageing_starts_the_treatment_clock_afresh_and_resets_nothing_else(bank):
    one_overdue(bank, days=65)
    bank.night(FIRST)
    agreeing.reage(
        customer_id=case_of(bank).customer_id, cause="RESTRUCTURED", asker="SUPERVISOR", by=a_supervisor().id,
        now=NOON, on=FIRST,
    )  # fmt: skip
    case = case_of(bank)
    assert ((FIRST - case.overdue_from_on).days, (FIRST - case.treatment_from_on).days) == (65, 0)
    assert (case.bucket, case.risk_class) == ("M3", "SPECIAL_MENTION")
    on = next_day(FIRST)
    bank.night(on)
    case = case_of(bank)
    assert ((on - case.overdue_from_on).days, (on - case.treatment_from_on).days) == (66, 1)


def test_no_outcome_depends_on_the_clock_of_the_machine(bank, tmp_path):
    one_overdue(bank)
    digest = bank.night(FIRST, dry_run=True).content_digest
    assert bank.night(FIRST, now=NOON.replace(year=2028)).content_digest == digest


def test_a_live_bank_states_what_it_takes_over_before_anything_is_published(bank):
    bank.live = True
    one_overdue(bank)
    with pytest.raises(NightRefused, match="open_cases"):
        bank.night(FIRST)
    assert not Case.objects.exists()
