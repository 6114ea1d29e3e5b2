"""A trial of a night with everything in it: an experiment, choices by hand, holds, promises, money known by day."""

from collections import Counter
from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from evenhand.casework.models import Case
from evenhand.cycle import day, money
from evenhand.cycle.manifest import read_manifest
from evenhand.cycle.trial import run_trial
from evenhand.cycle.why import why
from evenhand.dmn import loads
from evenhand.strategy.judge import STARTER, Strategy
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
from tests.experiments import START, an_approved_version, an_experiment, letters_instead_of_calls
from tests.strategies import texts_instead_of_calls

pytestmark = pytest.mark.django_db

REFS = [f"C{number}" for number in range(40)]
OLD, NEW = REFS[:20], REFS[20:]  # past due before the experiment, and from its first day on
ON, AFTER = next_day(START, 21), next_day(START, 22)


@pytest.fixture
def bank(tmp_path, lake_home):
    """Forty people, half of them entering with the experiment; the night of ON is run and acted upon by day."""
    bank = Bank(tmp_path / "feeds")
    bank.sends(
        FIRST,
        customers=[customer(ref) for ref in REFS],
        contact_points=[
            point for ref in REFS for point in (mobile(ref), mobile(ref, kind="ADDRESS"))
        ],
        accounts=[account(f"A-{ref}", ref) for ref in REFS],
        statements=[
            *(billed(ref, FIRST - timedelta(days=34)) for ref in OLD),
            *(billed(ref, START - timedelta(days=1)) for ref in NEW),
        ],
    )
    bank.night(FIRST)
    version = an_approved_version(letters_instead_of_calls())
    an_experiment(challenger=version.number, challenger_share=3_000, holdout_share=4_000)
    bank.night(next_day(START, 20))
    for ref in (*OLD[:4], *NEW[:12]):
        acted_upon(bank, ref, REFS.index(ref) % 4)
    bank.sends(ON, payments=[payment(f"A-{OLD[2]}", OLD[2], "P-C2", ON.isoformat(), "300.00")])
    bank.night(ON)
    acted_upon(bank, OLD[10], 0)
    acted_upon(bank, NEW[12], 1)
    return bank


def billed(ref, due_on):
    billed_on = (due_on - timedelta(days=20)).isoformat()
    return statement(f"A-{ref}", ref, billed_on, due_on.isoformat(), "1000.00")


def acted_upon(bank, ref, how):
    """One act of the desk about a person: a choice by hand, a hold, money, a promise."""
    on = next_day(START, 20)
    key = bank.key("customer", ref)
    who = Case.objects.get(customer__customer_key=key).customer_id
    said = {"customer_id": who, "by": None, "now": NOON, "on": on}
    if how == 0:
        day.decide_manually(treatment="OFFER_PLAN", reason="x", until_on=next_day(AFTER, 9), **said)
    elif how == 1:
        day.place_hold(reason="HARDSHIP", until_on=next_day(AFTER, 9), **said)
    elif how == 2:
        paid = money.Money(
            customer_key=key,
            partition=bank.partition(ref),
            account_key=bank.key("account", f"A-{ref}"),
            reference_key=bank.key("payment", f"P-{ref}"),
            amount_minor=30_000,
            currency="CNY",
            value_on=on,
        )
        assert money.receive_payments([paid], now=NOON) == 1
    else:
        day.record_promise(amount_minor=70_000, due_on=next_day(ON, 2), **said)


def tried(bank, strategy):
    manifest = read_manifest(bank.lake.manifest(ON))
    return run_trial(manifest, bank.lake, strategy, processes=1, progress=quiet).counts


def decisions(bank):
    files = [bank.lake.decisions(ON, number) for number in range(bank.partitions)]
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_the_strategy_in_force_differs_for_nobody_whatever_happened_to_whom(bank):
    night = decisions(bank)
    arms, withheld = Counter(row["arm"] for row in night), sum(bool(r["withheld"]) for r in night)
    assert set(arms) == {"CHAMPION", "CHALLENGER", "HOLDOUT"}
    assert withheld
    assert {row["treatment"] for row in night} >= {"WAIT", "LETTER", "CALL", "OFFER_PLAN", "CARE"}
    assert {row["promise"] for row in night} >= {"OPEN", "NONE"}
    counts = tried(bank, Strategy.load(STARTER))
    assert (counts["people"], counts["differing"], counts["noticed"]) == (len(REFS), 0, 0)
    assert counts["arms"] == dict(arms)


def test_the_counts_of_a_trial_are_those_of_a_recount_person_by_person(bank):
    draft = Strategy(loads(texts_instead_of_calls()))
    counts = tried(bank, draft)
    manifest = read_manifest(bank.lake.manifest(ON))
    moved, differing = Counter(), 0
    for ref in REFS:
        answer = why(bank.lake, manifest, bank.key("account", f"A-{ref}"))
        then = answer.decision
        now = {name: then[name] for name in ("treatment", "channel")}
        stays = then["arm"] == "CHALLENGER" or then["withheld"]
        if not stays and not then["manual"]:
            said = draft.decide({line.name: line.value for line in answer.facts})
            now = {"treatment": said.treatment, "channel": said.channel}
        elif then["manual"] and not stays and then["channel"] == "PHONE":
            now["channel"] = "SMS"  # the contact table follows from what she chose
        moved[then["channel"], now["channel"]] += 1
        differing += now != {name: then[name] for name in now}
    assert moved["PHONE", "SMS"] > 0
    assert counts["differing"] == differing
    for when, place in (("before", 0), ("after", 1)):
        recount = Counter()
        for pair, people in moved.items():
            recount[pair[place]] += people
        assert counts["contacts"][when] == dict(recount)
