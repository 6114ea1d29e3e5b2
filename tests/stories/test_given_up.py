"""What is given up, promised or rested: waivers, promises in parts, and peace for one with nothing left over."""

from datetime import timedelta
from uuid import uuid4

import pytest

from evenhand.arrangements.actions import PromiseRefused
from evenhand.arrangements.giving_up import WaiverRefused
from evenhand.arrangements.models import Relief
from evenhand.arrangements.plans import PlanRefused
from evenhand.arrangements.queries import budgets_to_look_at, promise_rows, reliefs_due
from evenhand.casework.models import Case, Hold
from evenhand.cycle import agreeing, relieving, waiving
from evenhand.cycle.approving import answer, questions
from evenhand.cycle.day import record_promise
from evenhand.cycle.offering import offers_to
from evenhand.ledger.models import Posting
from tests.agreed import a_bank_of_anna, balance, instructed, pays, proposed, says
from tests.bank import FIRST, NOON, customer, next_day
from tests.world import a_collector, a_supervisor

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(lake_home, tmp_path):
    """Anna has owed 31,050 yuan for 95 days, and the core says of what."""
    return a_bank_of_anna(tmp_path / "feeds")


@pytest.fixture
def anna(bank):
    """Anna's case."""
    return Case.objects.get()


@pytest.fixture
def collector():
    """Who speaks with her."""
    return a_collector("LATE")


def test_no_surplus_gives_a_rest_and_a_review_date_and_never_a_plan(anna, collector):
    says(anna, collector, income=2_000)
    for kind in ("INSTALMENTS", "ARTICLE_70"):
        with pytest.raises(PlanRefused, match="NO_SURPLUS"):
            proposed(anna, collector, kind=kind)
    relieving.give_rest(
        customer_id=anna.customer_id, asker="COLLECTOR", by=collector.id, now=NOON, on=FIRST,
        rest=relieving.Rest(token_minor=5_000, stop_interest=True, advice_given=True),
    )  # fmt: skip
    relief = Relief.objects.get()
    assert relief.review_on == FIRST + timedelta(days=90)
    anna.refresh_from_db()
    assert anna.segment == "HARDSHIP"
    assert anna.treatment in ("CARE", "HOLD")
    assert instructed() == []
    [asked] = questions("SUPERVISOR")
    answer(
        subject="RELIEF", subject_id=relief.id, approval_id=asked.question.id, verdict="APPROVED", reason="",
        role="SUPERVISOR", by=a_supervisor().id, now=NOON, on=FIRST,
    )  # fmt: skip
    assert instructed() == ["FEE_STOP", "INTEREST_STOP"]
    assert set(Hold.objects.filter(reason="HARDSHIP").values_list("review_on", flat=True)) == {
        relief.review_on
    }


def test_a_rest_is_looked_at_again_by_somebody_and_then_it_ends(anna, collector):
    says(anna, collector, income=2_000)
    rest = relieving.give_rest(
        customer_id=anna.customer_id, asker="SUPERVISOR", by=collector.id, now=NOON, on=FIRST,
        rest=relieving.Rest(stop_interest=True),
    )  # fmt: skip
    due = FIRST + timedelta(days=90)
    assert reliefs_due(on=due - timedelta(days=1)) == ()
    assert [row.id for row in reliefs_due(on=due)] == [rest]
    for _ in range(2):
        relieving.look_again(relief_id=rest, by=collector.id, now=NOON, on=due)
    assert reliefs_due(on=due) == ()
    anna.refresh_from_db()
    assert anna.segment != "HARDSHIP"
    assert instructed() == ["FEE_RESTART", "FEE_STOP", "INTEREST_RESTART", "INTEREST_STOP"]


def test_who_has_enough_left_over_is_not_given_a_rest(anna, collector):
    says(anna, collector, income=20_000)
    with pytest.raises(WaiverRefused, match="HAS_SURPLUS"):
        relieving.give_rest(
            customer_id=anna.customer_id, asker="COLLECTOR", by=collector.id, now=NOON, on=FIRST,
            rest=relieving.Rest(),
        )  # fmt: skip


def test_a_waiver_within_authority_is_booked_and_lowers_what_is_asked_at_once(anna, collector):
    before, owed = balance(anna), anna.arrears_minor
    key = uuid4()
    for _ in range(2):
        state = waiving.request_waiver(
            waiver_id=key, customer_id=anna.customer_id, account_key=anna.accounts.get().account_key,
            part="LATE_CHARGE", amount_minor=15_000, reason="HARDSHIP", note="", asker="COLLECTOR",
            by=collector.id, now=NOON, on=FIRST,
        )  # fmt: skip
    assert state == "BOOKED"
    assert balance(anna) == before - 15_000
    anna.refresh_from_db()
    assert anna.arrears_minor == owed - 15_000
    assert instructed() == ["WAIVER"]
    assert Posting.objects.filter(kind="WAIVER").count() == 1


def test_a_waiver_above_authority_changes_nothing_before_it_is_approved(anna, collector):
    account_key, before = anna.accounts.get().account_key, balance(anna)
    key = uuid4()
    state = waiving.request_waiver(
        waiver_id=key, customer_id=anna.customer_id, account_key=account_key, part="INTEREST",
        amount_minor=60_000, reason="HARDSHIP", note="lost her job", asker="COLLECTOR", by=collector.id,
        now=NOON, on=FIRST,
    )  # fmt: skip
    assert (state, balance(anna)) == ("ASKED", before)
    [asked] = questions("SUPERVISOR")
    answer(
        subject="WAIVER", subject_id=key, approval_id=asked.question.id, verdict="APPROVED", reason="",
        role="SUPERVISOR", by=a_supervisor().id, now=NOON, on=FIRST,
    )  # fmt: skip
    assert balance(anna) == before - 60_000


def test_everyone_is_offered_the_same(anna, collector):
    says(anna, collector)
    mine, portal = (
        offers_to(anna.customer_id, asker, on=FIRST) for asker in ("COLLECTOR", "PORTAL")
    )
    assert [(o.kind, [w.months for w in o.options]) for o in mine] == [
        (o.kind, [w.months for w in o.options]) for o in portal
    ]


def test_a_clock_is_started_afresh_by_a_supervisor_and_once_a_year(anna):
    supervisor = a_supervisor()
    said = {
        "customer_id": anna.customer_id,
        "cause": "PLAN_KEPT",
        "by": supervisor.id,
        "now": NOON,
        "on": FIRST,
    }
    with pytest.raises(PlanRefused, match="AUTHORITY"):
        agreeing.reage(**said, asker="COLLECTOR")
    agreeing.reage(**said, asker="SUPERVISOR")
    with pytest.raises(PlanRefused, match="REAGED_IN_12_MONTHS"):
        agreeing.reage(**said, asker="SUPERVISOR")


def test_two_budgets_alike_by_one_hand_are_seen(bank, anna, collector):
    from tests.world import a_case

    says(anna, collector)
    says(a_case(), collector)
    [row] = budgets_to_look_at()
    assert row.repeated


def test_a_promise_in_two_parts_is_kept_part_by_part(bank, anna):
    first, second = next_day(FIRST, 2), next_day(FIRST, 6)
    record_promise(
        customer_id=anna.customer_id, amount_minor=100_000, due_on=first, then=[(50_000, second)], by=None, now=NOON,
        on=FIRST,
    )  # fmt: skip
    with pytest.raises(PromiseRefused):
        record_promise(
            customer_id=anna.customer_id,
            amount_minor=1,
            due_on=first,
            then=[(1, first)],
            by=None,
            now=NOON,
            on=FIRST,
        )
    pays(anna, 120_000, FIRST)
    bank.sends(first, customers=[customer("C9")])
    bank.night(first)
    later, earlier = promise_rows(anna.customer_id, grace_days=3)
    assert (earlier.outcome, earlier.amount_minor) == ("KEPT", 100_000)
    assert (later.outcome, later.amount_minor, later.due_on) == ("OPEN", 50_000, second)
    pays(
        anna, 30_000, next_day(FIRST, 5), key=2
    )  # with the 200.00 that came early the second part is whole
    after = next_day(FIRST, 7)
    bank.sends(after, customers=[customer("C8")])
    bank.night(after)
    assert [row.outcome for row in promise_rows(anna.customer_id, grace_days=3)] == ["KEPT", "KEPT"]
