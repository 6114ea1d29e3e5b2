"""Plans with a cardholder: afforded, approved, agreed, kept or not, and told to the bank's core."""

from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from evenhand.approvals.actions import ApprovalRefused
from evenhand.arrangements.models import Waiver
from evenhand.arrangements.plans import PlanRefused
from evenhand.arrangements.queries import payoff_of
from evenhand.casework.models import Case, Hold
from evenhand.cycle import agreeing, keeping
from evenhand.cycle.agreeing import agree_plan
from evenhand.cycle.approving import answer, questions
from evenhand.portfolio.models import StandingFact
from tests.agreed import YUAN, a_bank_of_anna, agreed, balance, instructed, pays, proposed, says
from tests.bank import FIRST, NOON, customer, next_day
from tests.world import a_collector, a_manager, a_supervisor

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


def test_a_struggling_cardholder_gets_a_plan_she_can_afford_and_is_left_in_peace(anna, collector):
    says(anna, collector)
    with pytest.raises(PlanRefused) as refused:
        proposed(anna, collector, months=12)
    assert refused.value.reasons == ("SURPLUS",)
    plan = agreed(proposed(anna, collector), collector)
    assert plan.state == "ACTIVE"
    assert sum(plan.instalments.values_list("principal_minor", flat=True)) == 31_050 * YUAN
    anna.refresh_from_db()
    assert (anna.treatment, anna.segment) == ("HOLD", "ON_HOLD")
    assert StandingFact.objects.get(kind="PLAN_HONOURED", ended_at=None).debts == [
        str(anna.accounts.get().account_key)
    ]
    assert instructed() == ["FEE_STOP", "INTEREST_STOP", "PLAN_SETUP"]


def test_nothing_is_agreed_before_costs_recording_and_undertaking(anna, collector):
    says(anna, collector)
    plan = proposed(anna, collector)
    with pytest.raises(PlanRefused) as refused:
        agree_plan(
            plan_id=plan.id,
            how="ORAL",
            evidence=" ",
            undertakes=False,
            by=collector.id,
            now=NOON,
            on=FIRST,
        )
    assert refused.value.reasons == ("RECORDING", "NO_NEW_CARD_UNDERTAKING", "COSTS_NOT_CONFIRMED")
    plan.refresh_from_db()
    assert plan.state == "OFFERED"
    assert not Hold.objects.exists()


def test_online_the_table_of_costs_is_read_for_its_time(anna, collector):
    says(anna, collector)
    plan = proposed(anna, collector)
    agreeing.show_costs(plan_id=plan.id, online=True, by=None, now=NOON)
    digest = agreeing.costs_of(plan).digest
    with pytest.raises(PlanRefused, match="COSTS_READ"):
        agreeing.confirm_costs(
            plan_id=plan.id, digest=digest, by=None, now=NOON + timedelta(seconds=9)
        )
    agreeing.confirm_costs(
        plan_id=plan.id, digest=digest, by=None, now=NOON + timedelta(seconds=10)
    )
    assert plan.cost_tables.get().confirmed_at


def test_an_offer_not_taken_in_time_runs_out(bank, anna, collector):
    says(anna, collector)
    plan = proposed(anna, collector)
    later = next_day(FIRST, 8)
    bank.sends(later, customers=[customer("C9")])
    bank.night(later)
    plan.refresh_from_db()
    assert plan.state == "LAPSED"
    with pytest.raises(PlanRefused, match="NOT_OFFERED"):
        agreed(plan, collector, on=later)


def test_more_than_her_authority_waits_for_a_second_person(anna, collector):
    says(anna, collector)
    plan = proposed(anna, collector, months=48)
    assert (plan.state, plan.approval_role) == ("ASKED", "SUPERVISOR")
    supervisor = a_supervisor()
    [asked] = questions("SUPERVISOR")
    assert questions("COLLECTOR") == []
    said = {
        "subject": "PLAN", "subject_id": plan.id, "approval_id": asked.question.id, "verdict": "APPROVED",
        "reason": "", "now": NOON, "on": FIRST,
    }  # fmt: skip
    with pytest.raises(ApprovalRefused):
        answer(**said, role="COLLECTOR", by=supervisor.id)
    with pytest.raises(ApprovalRefused):
        answer(**said, role="SUPERVISOR", by=collector.id)
    answer(**said, role="SUPERVISOR", by=supervisor.id)
    answer(**said, role="SUPERVISOR", by=supervisor.id)
    plan.refresh_from_db()
    assert plan.state == "OFFERED"


def test_money_keeps_a_plan_and_the_last_of_it_completes_it(bank, anna, collector):
    says(anna, collector, income=20_000)
    plan = agreed(
        proposed(
            anna,
            collector,
            asker="SUPERVISOR",
            kind="INSTALMENTS",
            months=3,
            waives_minor={"LATE_CHARGE": 15_000},
        ),
        collector,
    )
    assert plan.debt_minor == 30_900 * YUAN
    rows = list(plan.instalments.order_by("number"))
    for number, row in enumerate(rows, start=1):
        pays(anna, row.principal_minor, row.due_on, key=number)
    plan.refresh_from_db()
    assert plan.state == "COMPLETED"
    assert balance(anna) == 0
    assert not StandingFact.objects.filter(kind="PLAN_HONOURED", ended_at=None).exists()
    assert not Hold.objects.filter(reason="PLAN", lifted_at=None).exists()


def a_missed_instalment(bank, anna, collector):
    says(anna, collector)
    plan = agreed(proposed(anna, collector), collector)
    missed = plan.instalments.get(number=1).due_on + timedelta(days=4)
    bank.sends(missed, customers=[customer("C9")])
    bank.night(missed, now=NOON + (missed - FIRST))
    plan.refresh_from_db()
    return plan, missed


def test_a_debt_under_an_individual_agreement_is_watched_and_no_better_than_special_mention(
    bank, anna, collector
):
    says(anna, collector)
    plan = agreed(proposed(anna, collector), collector)
    assert plan.watched_until_on > FIRST + timedelta(days=365)
    pays(anna, 3_105 * YUAN, FIRST)  # nothing is past due any more
    night = next_day(FIRST)
    bank.sends(night, customers=[customer("C9")])
    bank.night(night)
    [state] = [
        row["risk_class"]
        for part in range(bank.partitions)
        for row in pq.read_table(bank.lake.state(night, part)).to_pylist()
        if row["account_key"] == plan.accounts.get().account_key
    ]
    assert state == 1


def test_a_missed_instalment_brings_one_notice_and_a_time_to_mend_it(bank, anna, collector):
    plan, missed = a_missed_instalment(bank, anna, collector)
    assert (plan.state, plan.cure_until_on) == ("NOTICE", missed + timedelta(days=15))
    anna.refresh_from_db()
    assert anna.treatment == "HOLD", "nobody chases her while she can mend it"
    pays(anna, plan.instalments.get(number=1).principal_minor, missed)
    plan.refresh_from_db()
    assert plan.state == "ACTIVE"
    assert plan.restarts_on == [plan.instalments.get(number=1).due_on.isoformat()]


def test_a_plan_not_mended_ends_and_the_core_is_told(bank, anna, collector):
    plan, missed = a_missed_instalment(bank, anna, collector)
    after = missed + timedelta(days=15)
    bank.sends(after, customers=[customer("C8")])
    run = bank.night(after, now=NOON + (after - FIRST))
    plan.refresh_from_db()
    assert plan.state == "TERMINATED"
    assert run.totals["plans_terminated"] == 1
    anna.refresh_from_db()
    assert anna.segment != "ON_HOLD"
    assert "PLAN_CANCEL" in instructed()
    assert "INTEREST_RESTART" in instructed()


def test_a_settlement_gives_up_the_rest_once_the_last_part_is_paid(bank, anna, collector):
    Case.objects.update(overdue_from_on=FIRST - timedelta(days=200), offer="SETTLEMENT")
    says(anna, collector, income=9_000)
    manager = a_manager()
    plan = proposed(
        anna,
        collector,
        asker="MANAGER",
        kind="SETTLEMENT",
        months=2,
        settlement_minor=20_000 * YUAN,
    )
    agreed(plan, manager, how="SIGNED", evidence="settlement letter")
    for number, row in enumerate(plan.instalments.order_by("number"), start=1):
        pays(anna, row.principal_minor, row.due_on, key=number)
    plan.refresh_from_db()
    assert plan.state == "COMPLETED"
    assert balance(anna) == 0
    assert (
        sum(Waiver.objects.filter(plan=plan).values_list("amount_minor", flat=True))
        == 11_050 * YUAN
    )
    assert instructed().count("WAIVER") == Waiver.objects.count()


def test_an_extension_rests_until_its_day_and_asks_nothing_of_her_means(anna, collector):
    plan = proposed(anna, collector, kind="EXTENSION")
    agreed(plan, collector)
    anna.refresh_from_db()
    assert anna.treatment == "HOLD"
    assert plan.instalments.get().principal_minor == 3_105 * YUAN


def test_a_plan_can_be_taken_back_before_it_is_agreed_and_ended_for_a_reason_after(anna, collector):
    says(anna, collector)
    plan = proposed(anna, collector)
    agreeing.withdraw_plan(
        plan_id=plan.id, reason="she would rather wait", by=collector.id, now=NOON, on=FIRST
    )
    second = agreed(proposed(anna, collector), collector)
    with pytest.raises(PlanRefused, match="IN_FORCE"):
        agreeing.withdraw_plan(plan_id=second.id, reason="no", by=collector.id, now=NOON, on=FIRST)
    with pytest.raises(PlanRefused, match="NO_REASON"):
        keeping.end_plan(plan_id=second.id, reason=" ", by=collector.id, now=NOON, on=FIRST)
    keeping.end_plan(
        plan_id=second.id, reason="paid by her brother", by=collector.id, now=NOON, on=FIRST
    )
    second.refresh_from_db()
    assert second.state == "TERMINATED"


def test_what_pays_a_plan_off_falls_with_what_is_paid(bank, anna, collector):
    says(anna, collector, income=20_000)
    plan = agreed(
        proposed(anna, collector, asker="SUPERVISOR", kind="INSTALMENTS", months=3), collector
    )
    assert payoff_of(plan.id, on=FIRST) == 31_050 * YUAN
    pays(anna, 10_350 * YUAN, FIRST)
    assert payoff_of(plan.id, on=FIRST) == 20_700 * YUAN
    pays(anna, 1_000 * YUAN, FIRST, key=2)
    assert payoff_of(plan.id, on=FIRST) == 19_700 * YUAN
    pays(anna, 19_700 * YUAN, FIRST, key=3)
    assert payoff_of(plan.id, on=FIRST) == 0
