"""A hold-out and a challenger over some nights, as the people in them meet it."""

import json
from datetime import date, timedelta

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from evenhand.casework.models import Case, DayDecision
from evenhand.cli.main import app
from evenhand.cycle import day, experiments, redeciding
from evenhand.cycle.manifest import read_manifest
from evenhand.cycle.models import Run
from evenhand.cycle.replay import replay
from evenhand.cycle.why import ArmLine, why
from evenhand.strategy.arms import Experiment, arm_of
from tests.bank import FIRST, NOON, Bank, account, customer, mobile, next_day, quiet, statement
from tests.experiments import (
    START,
    an_approved_version,
    an_experiment,
    letters_instead_of_calls,
)
from tests.world import NOW, a_collector, a_supervisor

pytestmark = pytest.mark.django_db

DAY_10 = next_day(START, 9)  # of who is one day past due on the experiment's first day
DAY_22 = next_day(START, 21)
DAY_30, DAY_31 = next_day(START, 29), next_day(START, 30)


@pytest.fixture
def bank(tmp_path, lake_home):
    return Bank(tmp_path / "feeds")


def overdue(bank: Bank, *refs: str, due_on: date = FIRST, **given: str) -> None:
    """People with a phone and an address whose minimum falls due on a day, one day past due the next."""
    bank.sends(
        FIRST,
        customers=[customer(ref, **given) for ref in refs],
        contact_points=[
            point for ref in refs for point in (mobile(ref), mobile(ref, kind="ADDRESS"))
        ],
        accounts=[account(f"A-{ref}", ref) for ref in refs],
        statements=[
            statement(
                f"A-{ref}",
                ref,
                (due_on - timedelta(days=20)).isoformat(),
                due_on.isoformat(),
                "1000.00",
            )
            for ref in refs
        ],
    )


def case_of(bank: Bank, ref: str = "C1") -> Case:
    return Case.objects.get(customer__customer_key=bank.key("customer", ref))


def decision_of(bank: Bank, on: date, ref: str = "C1") -> dict:
    """What the lake holds of a person's night."""
    path = bank.lake.decisions(on, bank.partition(ref))
    key = bank.key("customer", ref)
    [row] = pq.read_table(path, filters=[("customer_key", "=", key)]).to_pylist()
    return row


def arm_line(bank: Bank, on: date, ref: str = "C1") -> ArmLine:
    """Where the experiment of a night has put a person."""
    manifest = read_manifest(bank.lake.manifest(on))
    line = why(bank.lake, manifest, bank.key("account", f"A-{ref}")).arm
    assert line is not None
    return line


def test_a_held_out_person_is_not_called_until_day_31_and_then_is(bank):
    overdue(bank, "C1")
    bank.night(FIRST)
    an_experiment()
    for on, day_past_due in ((DAY_10, 10), (DAY_22, 22), (DAY_30, 30)):
        bank.night(on)
        held = case_of(bank)
        assert (on - held.overdue_from_on).days == day_past_due
        assert (held.treatment, held.channel) == ("WAIT", "NONE")
    assert (held.tone, held.priority) == ("NONE", 0)
    assert decision_of(bank, DAY_30)["withheld"] == "CALL"
    bank.night(DAY_31)
    assert (case_of(bank).treatment, case_of(bank).channel) == ("CALL", "PHONE")
    assert decision_of(bank, DAY_31)["arm"] == "HOLDOUT"


def test_who_was_past_due_before_the_experiment_is_treated_as_ever(bank):
    overdue(bank, "C1", due_on=FIRST - timedelta(days=21))
    bank.night(FIRST)
    an_experiment()
    bank.night(START)
    assert case_of(bank).treatment == "CALL"
    assert arm_line(bank, START).exemptions == ("ENTERED_BEFORE",)


def test_the_tables_rules_are_kept_and_why_says_what_would_have_been_and_until_when(bank):
    overdue(bank, "C1")
    bank.night(FIRST)
    number = an_experiment()
    bank.night(DAY_22)
    held = decision_of(bank, DAY_22)
    manifest = read_manifest(bank.lake.manifest(DAY_22))
    answer = why(bank.lake, manifest, bank.key("account", "A-C1"))
    assert answer.arm is not None
    assert (answer.arm.experiment, answer.arm.withheld) == (number, "CALL")
    assert answer.arm.until_on == DAY_31
    said = {name: value for step in answer.steps for name, value in step.outputs.items()}
    assert (said["treatment"], said["channel"]) == ("CALL", "PHONE")
    assert answer.decision["treatment"] == "WAIT"
    assert {step.decision: step.rule for step in answer.steps} == {
        step.decision: held[f"{step.decision}_rule"] for step in answer.steps
    }


def test_a_collector_reads_that_something_is_withheld_and_a_supervisor_which_arm_it_is(
    bank, client
):
    refs = [f"C{n}" for n in range(12)]
    overdue(bank, *refs)
    bank.night(FIRST)
    number = an_experiment(holdout_share=5_000)
    bank.night(DAY_22)
    held = next(ref for ref in refs if decision_of(bank, DAY_22, ref)["withheld"])
    other = next(ref for ref in refs if decision_of(bank, DAY_22, ref)["arm"] == "CHAMPION")
    client.cookies["django_language"] = "en"

    def reads(who, ref: str) -> str:
        client.force_login(who)
        return client.get(f"/cases/{case_of(bank, ref).id}/").text

    collector, supervisor = a_collector("EARLY"), a_supervisor()
    said = f"held out of discretionary treatment until day 30 by experiment {number}"
    assert said in reads(collector, held)
    assert "it would have been: Call · Phone · Gentle" in reads(collector, held)
    assert "Hold-out" not in reads(collector, held)
    assert f"Experiment {number}: Hold-out" in reads(supervisor, held)
    assert said not in reads(collector, other)
    assert "Champion" not in reads(collector, other)
    assert f"Experiment {number}: Champion" in reads(supervisor, other)


def test_the_command_line_says_what_is_withheld_too(bank):
    overdue(bank, "C1")
    bank.night(FIRST)
    an_experiment()
    bank.night(DAY_22)
    said = CliRunner().invoke(app, ["why", "A-C1"]).output
    assert "held out of discretionary treatment until day 30 by experiment 1" in said
    assert "would have been: treatment CALL, channel PHONE, tone GENTLE" in said


@pytest.mark.parametrize(
    ("given", "reason"),
    [({"vulnerable": "true"}, "VULNERABLE"), ({"deceased": "true"}, "DECEASED")],
)
def test_who_is_to_be_spared_is_treated_as_ever(bank, given, reason):
    overdue(bank, "C1", **given)
    bank.night(FIRST)
    an_experiment()
    bank.night(DAY_22)
    decision = decision_of(bank, DAY_22)
    assert (decision["arm"], decision["withheld"]) == ("HOLDOUT", None)
    assert decision["treatment"] in ("CARE", "HOLD")
    assert reason in arm_line(bank, DAY_22).exemptions


def test_a_first_overdue_person_whose_address_bounced_is_treated_as_ever(bank):
    due_on = FIRST
    bank.sends(
        FIRST,
        customers=[customer("C1")],
        contact_points=[mobile("C1"), mobile("C1", kind="ADDRESS", valid="false")],
        accounts=[account("A-C1", "C1")],
        statements=[
            statement(
                "A-C1",
                "C1",
                (due_on - timedelta(days=20)).isoformat(),
                due_on.isoformat(),
                "1000.00",
            )
        ],
    )
    bank.night(FIRST)
    an_experiment()
    bank.night(DAY_22)
    assert case_of(bank).treatment == "CALL"
    assert arm_line(bank, DAY_22).exemptions == ("ADDRESS_BOUNCED",)


def test_a_hold_placed_by_day_ends_being_held_out_the_same_moment(bank):
    overdue(bank, "C1")
    bank.night(FIRST)
    an_experiment()
    bank.night(DAY_22)
    assert case_of(bank).treatment == "WAIT"
    day.place_hold(
        customer_id=case_of(bank).customer_id,
        reason="HARDSHIP",
        until_on=next_day(DAY_22, 30),
        by=None,
        now=NOON,
        on=DAY_22,
    )
    assert (case_of(bank).segment, case_of(bank).treatment) == ("HARDSHIP", "CARE")


def test_what_a_person_chose_by_hand_wins_over_the_hold_out(bank):
    overdue(bank, "C1")
    bank.night(FIRST)
    an_experiment()
    bank.night(DAY_22)
    day.decide_manually(
        customer_id=case_of(bank).customer_id,
        treatment="OFFER_PLAN",
        reason="她来电要求",
        until_on=next_day(DAY_22, 10),
        by=a_supervisor().id,
        now=NOON,
        on=DAY_22,
    )
    assert (case_of(bank).treatment, case_of(bank).decided_by) == ("OFFER_PLAN", "MANUAL")
    bank.night(next_day(DAY_22))
    assert case_of(bank).treatment == "OFFER_PLAN"


def test_the_due_date_reminder_goes_on(bank):
    due_on = next_day(START, 2)
    bank.sends(
        FIRST,
        customers=[customer("C1")],
        contact_points=[mobile("C1")],
        accounts=[account("A-C1", "C1")],
        statements=[
            statement("A-C1", "C1", "2026-09-10", due_on.isoformat(), "1000.00"),
        ],
    )
    bank.night(FIRST)
    an_experiment()
    bank.night(START)
    decision = decision_of(bank, START)
    assert (decision["arm"], decision["segment"]) == ("HOLDOUT", "PRE_DUE")
    assert (decision["treatment"], decision["channel"]) == ("REMIND", "SMS")


def test_a_stopped_experiment_leaves_the_next_night_as_if_it_had_never_been(bank):
    overdue(bank, "C1")
    bank.night(FIRST)
    number = an_experiment()
    bank.night(DAY_22)
    experiments.stop_experiment(
        number=number, reason="投诉 | complaints", by=a_supervisor().id, now=NOW
    )
    redeciding.redecide([bank.key("customer", "C1")], cause="STALE", now=NOON)
    assert case_of(bank).treatment == "WAIT"  # the day decides as of the last night
    on = next_day(DAY_22)
    bank.night(on)
    assert (case_of(bank).treatment, case_of(bank).channel) == ("CALL", "PHONE")
    assert Run.objects.get(banking_day=on).experiment == {}
    assert (decision_of(bank, on)["arm"], decision_of(bank, on)["withheld"]) == (None, None)


def test_a_night_of_an_experiment_is_made_again_from_its_manifest_alone(bank):
    overdue(bank, *(f"C{n}" for n in range(12)))
    bank.night(FIRST)
    version = an_approved_version(letters_instead_of_calls())
    number = an_experiment(
        challenger=version.number, challenger_share=4_000, holdout_share=3_000, salt="spring"
    )
    bank.night(DAY_22)
    manifest = read_manifest(bank.lake.manifest(DAY_22))
    assert manifest.experiment is not None
    assert manifest.experiment.number == number
    assert manifest.experiment.challenger == f"strategies/{version.digest}.dmn"
    experiments.stop_experiment(number=number, reason="x", by=a_supervisor().id, now=NOW)
    again = replay(manifest, bank.lake.root, 1, quiet)
    assert (again.then, again.differing) == (again.now, ())


def test_each_arm_is_decided_by_its_own_strategy_and_the_case_says_which(bank):
    refs = [f"C{n}" for n in range(12)]
    overdue(bank, *refs)
    bank.night(FIRST)
    version = an_approved_version(letters_instead_of_calls())
    an_experiment(challenger=version.number, challenger_share=4_000, holdout_share=3_000)
    run = bank.night(DAY_22)
    manifest = read_manifest(bank.lake.manifest(DAY_22))
    experiment = manifest.experiment
    assert isinstance(experiment, Experiment)
    expected = {"CHAMPION": "CALL", "CHALLENGER": "LETTER", "HOLDOUT": "WAIT"}
    digests = {"CHALLENGER": version.digest}
    arms = {ref: arm_of(bank.key("customer", ref), experiment) for ref in refs}
    for ref, arm in arms.items():
        case, said = case_of(bank, ref), decision_of(bank, DAY_22, ref)
        assert (case.treatment, said["arm"]) == (expected[arm], arm)
        assert case.strategy_digest == digests.get(arm, run.strategy_digest)
    counted = {arm: row["people"] for arm, row in run.totals["arms"].items()}
    assert counted == {arm: list(arms.values()).count(arm) for arm in set(arms.values())}
    # by day the same strategies decide: nothing changes, and what does carries the digest
    assert (
        redeciding.redecide([bank.key("customer", ref) for ref in refs], cause="STALE", now=NOON)
        == []
    )
    for ref, arm in arms.items():
        day.record_promise(
            customer_id=case_of(bank, ref).customer_id,
            amount_minor=50_000,
            due_on=next_day(DAY_22, 3),
            by=None,
            now=NOON,
            on=DAY_22,
        )
        made = DayDecision.objects.get(case=case_of(bank, ref))
        assert made.strategy_digest == digests.get(arm, run.strategy_digest)
        assert made.decision["arm"] == arm


def test_a_manifest_from_before_experiments_is_still_read(bank):
    overdue(bank, "C1")
    bank.night(FIRST)
    path = bank.lake.manifest(FIRST)
    data = json.loads(path.read_text(encoding="utf-8"))
    del data["experiment"]
    path.write_text(json.dumps(data), encoding="utf-8")
    manifest = read_manifest(path)
    assert manifest.experiment is None
    assert replay(manifest, bank.lake.root, 1, quiet).differing == ()
