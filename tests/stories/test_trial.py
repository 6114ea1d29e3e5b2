"""A draft is tried on last night's real book before anyone is treated by it."""

from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from evenhand.compliance.packs import load_pack
from evenhand.cycle.manifest import read_manifest
from evenhand.cycle.trial import run_trial
from evenhand.cycle.trial_people import NotListed, Wanted, differing, why_both
from evenhand.cycle.trial_problem import Unanswered
from evenhand.cycle.trial_report import report_of
from evenhand.dmn import loads
from evenhand.runtime.lake import write_whole
from evenhand.strategy.judge import STARTER, Strategy
from tests.bank import FIRST, Bank, account, customer, mobile, quiet, statement
from tests.experiments import START, an_experiment
from tests.strategies import starter_cut, texts_instead_of_calls

pytestmark = pytest.mark.django_db

BIRTHS = {"C1": 1998, "C2": 1985, "C3": 1950, "C4": 2001}
DAYS = {"C1": 34, "C2": 34, "C3": 65, "C4": 0}


@pytest.fixture
def bank(tmp_path, lake_home):
    return three_past_due(Bank(tmp_path / "feeds"))


def three_past_due(bank):
    """A bank with three people past due, two of them by a month, and one who is not; its first night is run."""
    bank.sends(
        FIRST,
        customers=[customer(ref, birth_year=year) for ref, year in BIRTHS.items()],
        contact_points=[mobile(ref) for ref in BIRTHS],
        accounts=[account(f"A-{ref}", ref) for ref in BIRTHS],
        statements=[overdue(ref, days) for ref, days in DAYS.items()],
    )
    bank.night(FIRST)
    return bank


def overdue(ref, days):
    due_on = FIRST - timedelta(days=days)
    return statement(
        f"A-{ref}", ref, (due_on - timedelta(days=20)).isoformat(), due_on.isoformat(), "1000.00"
    )


def tried(bank, strategy, out=None, processes=1):
    manifest = read_manifest(bank.lake.manifest(FIRST))
    return run_trial(manifest, bank.lake, strategy, processes=processes, progress=quiet, out=out)


def draft():
    return Strategy(loads(texts_instead_of_calls()))


def test_the_strategy_in_force_differs_for_nobody(bank):
    counts = tried(bank, Strategy.load(STARTER)).counts
    assert (counts["people"], counts["differing"], counts["noticed"]) == (4, 0, 0)


def test_a_draft_that_texts_instead_of_calling_says_whom_it_would_not_call(bank, tmp_path):
    night = tried(bank, draft(), tmp_path / "trial")
    report = report_of([night], draft(), {}, {"PHONE": 1, "SMS": 100})["nights"][0]
    assert (report["differing"], report["noticed"], report["differs_in"]["channel"]) == (3, 3, 3)
    assert report["contacts"] == [
        {"channel": "SMS", "before": 1, "after": 4, "capacity": 100, "over_before": 0, "over_after": 0},
        {"channel": "PHONE", "before": 3, "after": 0, "capacity": 1, "over_before": 2, "over_after": 0},
    ]  # fmt: skip
    assert report["law"] is None
    listed = [pq.read_table(path) for path in sorted((tmp_path / "trial").rglob("p=*.parquet"))]
    keys = sorted(key for table in listed for key in table["customer_key"].to_pylist())
    assert keys == sorted(bank.key("customer", ref) for ref in ("C1", "C2", "C3"))


def test_the_contacts_are_judged_by_the_packs_in_force(bank):
    night = tried(bank, draft())
    report = report_of([night], draft(), {}, {}, [load_pack("cn")])
    assert "POLICY_PACK" not in report["unknown"]
    rows = report["nights"][0]["law"]["rows"]
    assert [(r["channel"], r["hold"], r["before"], r["after"], r["decision"]) for r in rows] == [
        ("SMS", "NONE", 1, 4, "ALLOW"),
        ("PHONE", "NONE", 3, 0, "ALLOW"),
    ]


def test_ages_are_read_where_the_customers_file_says_birth_years(bank):
    groups = tried(bank, draft()).counts["groups"]["age_band"]
    assert {code: row["differing"] for code, row in groups.items()} == {
        "18_25": 0, "26_35": 1, "36_45": 1, "66_UP": 1,
    }  # fmt: skip


@pytest.fixture
def pool(monkeypatch):
    """Even a small book is tried on several processes."""
    monkeypatch.setattr("evenhand.cycle.trial.ALONE_UNTIL_ACCOUNTS", 0)


@pytest.mark.usefixtures("pool")
def test_a_trial_on_several_processes_counts_the_same(bank):
    assert tried(bank, draft(), processes=2) == tried(bank, draft())


def test_a_trial_leaves_the_night_as_it_was(bank, tmp_path):
    before = {path: path.read_bytes() for path in bank.lake.root.rglob("*") if path.is_file()}
    tried(bank, draft(), tmp_path / "trial")
    after = {path: path.read_bytes() for path in bank.lake.root.rglob("*") if path.is_file()}
    assert before == after


def test_the_list_is_paged_by_key_and_filtered(bank, tmp_path):
    tried(bank, draft(), tmp_path / "trial")
    everyone = list(differing(tmp_path / "trial", FIRST))
    assert len(everyone) == 3
    second = list(differing(tmp_path / "trial", FIRST, after=everyone[0].place))
    assert second == everyone[1:]
    late = list(differing(tmp_path / "trial", FIRST, Wanted(bucket="M3", region="SH")))
    assert [(row.customer_key, row.differing) for row in late] == [
        (bank.key("customer", "C3"), ("channel",))
    ]
    assert list(differing(tmp_path / "trial", FIRST, Wanted(treatment_after="LETTER"))) == []


def test_each_person_of_the_list_has_both_explanations(bank, tmp_path):
    folder = tmp_path / "trial"
    tried(bank, draft(), folder)
    write_whole(folder / "strategy.dmn", lambda path: path.write_bytes(texts_instead_of_calls()))
    manifest = read_manifest(bank.lake.manifest(FIRST))
    for row in differing(folder, FIRST):
        both = why_both(bank.lake, manifest, folder, folder / "strategy.dmn", row.place)
        for steps, answers in ((both.before, row.before), (both.after, row.after)):
            said = {step.decision: step for step in steps}
            assert said["contact"].outputs["channel"] == answers["channel"]
            assert said["contact"].rule == answers["contact_rule"]
    with pytest.raises(NotListed):
        why_both(bank.lake, manifest, folder, folder / "strategy.dmn", (0, 1))


@pytest.mark.usefixtures("pool")
def test_a_draft_that_leaves_people_without_an_answer_says_in_which_table_and_how_to_mend_it(bank):
    incomplete = Strategy(loads(starter_cut("contact")))
    with pytest.raises(Unanswered) as failed:
        tried(bank, incomplete, processes=2)
    assert (failed.value.kind, failed.value.table) == ("NONE", "contact")
    assert "end the table with a rule that has `-` in every cell" in failed.value.sentence().en
    assert "渠道与语气" in failed.value.sentence().zh


def test_an_experiment_goes_on_in_a_trial_and_who_is_held_out_stays_so(bank):
    on = START
    due_on = (START - timedelta(days=1)).isoformat()
    bank.sends(on, statements=[statement("A-C4", "C4", "2026-09-10", due_on, "1000.00")])
    an_experiment()
    bank.night(on)
    manifest = read_manifest(bank.lake.manifest(on))
    same, other = (
        run_trial(manifest, bank.lake, strategy, processes=1, progress=quiet).counts
        for strategy in (Strategy.load(STARTER), draft())
    )
    assert same["differing"] == 0
    assert sum(other["arms"].values()) == 4
    assert other["differing"] == 3
