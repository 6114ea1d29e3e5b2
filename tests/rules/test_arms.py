"""Which arm a person is in, and whom a hold-out leaves alone."""

import json
import random
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.dmn import loads
from evenhand.strategy.arms import (
    ARM_CODES,
    SLOTS,
    Experiment,
    arm_of,
    arms_of,
    decide_in_arms,
    exemptions,
    may_be_held_out,
    slot,
    slots,
)
from evenhand.strategy.codes import DISCRETIONARY, HOLDOUT_EXEMPTIONS, NEVER_HELD_OUT, SEGMENTS
from evenhand.strategy.judge import CHOSEN, STARTER, Strategy
from tests.rules.people_decided import QUIET, batch, some_people

BOTH = Experiment(
    number=7,
    salt="autumn",
    start_on=date(2026, 9, 29),
    challenger_share=3_000,
    holdout_share=1_000,
    holdout_days_max=30,
    challenger="strategies/other.dmn",
    challenger_digest="c" * 64,
)
HELD = replace(BOTH, challenger_share=0, challenger="", challenger_digest="", holdout_share=9_999)
CALLED = {"segment": "M1_LOW", "treatment": "CALL", "chosen": False}
MANY = 200_000
LATER = date(2026, 11, 30)  # when whoever is within the days entered while it ran


@pytest.fixture(scope="module")
def champion():
    return Strategy.load(STARTER)


@pytest.fixture(scope="module")
def challenger():
    """The starter tables, save that the middle of M1 gets a letter instead of a call."""
    text = STARTER.read_text(encoding="utf-8")
    changed = text.replace("<text>&quot;CALL&quot;</text>", "<text>&quot;LETTER&quot;</text>")
    changed = changed.replace('<text>"CALL"</text>', '<text>"LETTER"</text>')
    assert changed != text
    return Strategy(loads(changed.encode(), file="challenger.dmn"))


@pytest.mark.parametrize(
    ("customer_key", "salt", "expected"),
    [
        (0, "", 844),
        (1, "autumn", 1_168),
        (-1, "autumn", 2_740),
        (2**63 - 1, "spring", 6_264),
        (-(2**63), "spring", 754),
        (1_234_567_890_123, "2026-11 hold-out", 4_274),
    ],
)
def test_a_person_is_in_the_same_place_on_every_machine_and_in_every_version(
    customer_key, salt, expected
):
    assert slot(customer_key, salt) == expected


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20), st.text(max_size=20))
def test_one_person_and_many_are_placed_alike(customer_keys, salt):
    placed = slots(np.array(customer_keys, dtype=np.int64), salt)
    assert placed.tolist() == [slot(key, salt) for key in customer_keys]
    assert all(0 <= place < SLOTS for place in placed)


def test_the_arms_of_many_are_the_arms_of_each():
    keys = np.arange(-500, 500, dtype=np.int64)
    assert [ARM_CODES[arm] for arm in arms_of(keys, BOTH)] == [
        arm_of(int(key), BOTH) for key in keys
    ]


@pytest.mark.parametrize("salt", ["autumn", "spring", "x"])
@pytest.mark.parametrize("step", [1, 2, 1024, 10_000])
def test_people_are_spread_evenly_even_when_their_keys_are_in_a_row(salt, step):
    """Chi-square over 100 bins; 99 degrees of freedom exceed 160 once in 10,000 fair draws, and this draw is fixed."""
    counts = np.bincount(slots(np.arange(0, MANY * step, step), salt) // 100, minlength=100)
    expected = MANY / 100
    assert ((counts - expected) ** 2 / expected).sum() < 160


def test_the_arms_of_two_experiments_have_nothing_to_do_with_each_other():
    """Ten by ten bins of two salts; 81 degrees of freedom exceed 140 less than once in 10,000 fair draws."""
    keys = np.arange(MANY)
    first, second = slots(keys, "autumn") // 1000, slots(keys, "spring") // 1000
    counts = np.bincount(first * 10 + second, minlength=100).reshape(10, 10)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / MANY
    assert ((counts - expected) ** 2 / expected).sum() < 140
    assert abs(np.corrcoef(slots(keys, "autumn"), slots(keys, "spring"))[0, 1]) < 0.01


def test_each_arm_has_the_share_that_was_approved():
    arms = np.bincount(arms_of(np.arange(MANY), BOTH), minlength=3) / MANY
    assert dict(zip(ARM_CODES, arms, strict=True)) == pytest.approx(
        {"CHAMPION": 0.6, "CHALLENGER": 0.3, "HOLDOUT": 0.1}, abs=0.005
    )


@pytest.mark.parametrize(
    "change",
    [
        {"holdout_days_max": 31},
        {"holdout_days_max": 0},
        {"holdout_share": 7_000},
        {"holdout_share": -1},
        {"challenger": ""},
        {"challenger_share": 0},
    ],
)
def test_an_experiment_that_may_not_be_is_refused(change):
    with pytest.raises(ValueError, match=r"experiment|after day 30"):
        replace(BOTH, **change)


@pytest.mark.parametrize(
    ("facts", "decided", "reasons"),
    [
        ({}, {}, ()),
        ({"overdue_days": 1}, {}, ()),
        ({"overdue_days": 30}, {}, ()),
        ({"overdue_days": 31}, {}, ("AFTER_LAST_DAY",)),
        ({"overdue_days": 0}, {}, ("NOT_PAST_DUE",)),
        ({"vulnerable": True}, {}, ("VULNERABLE",)),
        ({"deceased": True}, {}, ("DECEASED",)),
        ({"hold": "DISPUTE"}, {}, ("HOLD",)),
        ({"hold": "HARDSHIP"}, {}, ("HOLD",)),
        ({"hold": "OTHER"}, {}, ("HOLD",)),
        ({"entries": 1, "address_valid": False}, {}, ("ADDRESS_BOUNCED",)),
        ({"entries": 2, "address_valid": False}, {}, ()),
        ({"promise": "DUE_TODAY"}, {}, ("PROMISED",)),
        ({"promise": "OPEN"}, {}, ("PROMISED",)),
        ({"promise": "BROKEN"}, {}, ()),
        ({}, {"chosen": True}, ("CHOSEN_BY_HAND",)),
        ({}, {"segment": "HARDSHIP"}, ("SEGMENT",)),
        ({}, {"treatment": "CARE"}, ("NOT_DISCRETIONARY",)),
        ({}, {"treatment": "LEGAL_CANDIDATE"}, ("NOT_DISCRETIONARY",)),
        ({"vulnerable": None, "hold": None}, {}, ("VULNERABLE", "HOLD")),
        (
            {"overdue_days": 40, "vulnerable": True},
            {"treatment": "WAIT"},
            ("AFTER_LAST_DAY", "VULNERABLE", "NOT_DISCRETIONARY"),
        ),
    ],
)
def test_every_reason_to_treat_a_held_out_person_as_ever_is_given(facts, decided, reasons):
    assert exemptions(QUIET | facts, **CALLED | decided) == reasons


def test_one_night_of_odd_people_is_held_out_as_each_of_them_would_be(champion):
    people = some_people(random.Random(4), 3_000)
    facts = batch(people)
    chosen = ["CALL" if row % 7 == 0 else None for row in range(len(people))]
    facts = facts.append_column(CHOSEN, pa.array(chosen))
    keys = np.arange(len(people), dtype=np.int64)
    plain = champion.decide_batch(facts).to_pylist()
    decided = decide_in_arms(
        facts, keys, strategy=champion, experiment=HELD, challenger=None, on=LATER
    ).to_pylist()
    held = 0
    for row, (before, after) in enumerate(zip(plain, decided, strict=True)):
        reasons = exemptions(
            people[row],
            segment=before["segment"],
            treatment=before["treatment"],
            chosen=chosen[row] is not None,
        )
        assert after["arm"] == arm_of(row, HELD)
        if after["arm"] != "HOLDOUT" or reasons:
            assert after == before | {"arm": after["arm"], "withheld": None}
            continue
        held += 1
        alone = {"treatment": "WAIT", "channel": "NONE", "tone": "NONE", "priority": 0}
        assert after == before | alone | {"arm": "HOLDOUT", "withheld": before["treatment"]}
    assert held > 200


def test_the_people_who_may_be_held_out_are_those_whom_no_fact_exempts():
    people = some_people(random.Random(5), 3_000)
    calm = {"segment": "M1_LOW", "treatment": "CALL", "chosen": False}
    found = may_be_held_out(batch(people), days_max=21).tolist()
    assert found == [
        row for row, facts in enumerate(people) if not exemptions(facts, **calm, days_max=21)
    ]
    assert 100 < len(found) < 2_900


@pytest.mark.parametrize(("days", "held"), [(1, True), (4, True), (5, False), (30, False)])
def test_whose_treatment_began_before_the_experiment_is_not_broken_off(champion, days, held):
    """On the fourth day of an experiment, who is four days past due entered on its first."""
    facts = QUIET | {"overdue_days": days, "first_payment_default": True}
    on = HELD.start_on + timedelta(days=3)
    [decided] = decide_in_arms(
        batch([facts]),
        np.array([1]),
        strategy=champion,
        experiment=HELD,
        challenger=None,
        on=on,
    ).to_pylist()
    assert (decided["withheld"] is not None) == held
    reasons = exemptions(facts, **CALLED, days_running=HELD.days_running(on))
    assert reasons == (() if held else ("ENTERED_BEFORE",))


def test_an_experiment_is_read_back_as_it_was_written():
    assert Experiment.from_data(json.loads(json.dumps(BOTH.as_data()))) == BOTH


def test_the_challenger_decides_for_its_arm_alone(champion, challenger):
    people = some_people(random.Random(6), 3_000)
    facts, keys = batch(people), np.arange(len(people), dtype=np.int64)
    experiment = replace(BOTH, holdout_share=0)
    decided = decide_in_arms(
        facts, keys, strategy=champion, experiment=experiment, challenger=challenger, on=LATER
    ).to_pylist()
    by = {
        "CHAMPION": champion.decide_batch(facts).to_pylist(),
        "CHALLENGER": challenger.decide_batch(facts).to_pylist(),
    }
    for row, after in enumerate(decided):
        expected = by[arm_of(row, experiment)][row]
        assert after == expected | {"arm": arm_of(row, experiment), "withheld": None}
    assert any(by["CHAMPION"][row] != by["CHALLENGER"][row] for row in range(len(people)))


def test_where_no_experiment_runs_nobody_is_in_an_arm(champion):
    facts = batch([QUIET])
    [decided] = decide_in_arms(
        facts, np.array([1]), strategy=champion, experiment=None, challenger=None, on=LATER
    ).to_pylist()
    assert (decided["arm"], decided["withheld"]) == (None, None)
    assert decided.items() >= champion.decide_batch(facts).to_pylist()[0].items()


def test_a_partition_without_people_has_no_arms(champion, challenger):
    decided = decide_in_arms(
        batch([]),
        np.array([], dtype=np.int64),
        strategy=champion,
        experiment=BOTH,
        challenger=challenger,
        on=LATER,
    )
    assert decided.num_rows == 0
    assert decided.schema.field("arm").type == pa.dictionary(pa.int16(), pa.string())


def test_care_holds_reviews_and_legal_steps_are_never_discretionary():
    assert DISCRETIONARY.isdisjoint({"CARE", "HOLD", "REVIEW", "LEGAL_CANDIDATE", "WAIT", "NONE"})
    assert set(SEGMENTS) > NEVER_HELD_OUT
    assert len(HOLDOUT_EXEMPTIONS) == 11
