"""Nothing gets past the gate: sixteen workers on two hundred people, all of it killed again and again.

`./dev prove` blows for five minutes and asks for the full numbers; `./dev test` for one minute and a part of them. The
same storm with the person lock taken out must be noticed, or the auditor proves nothing.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from evenhand.runtime import postgres
from tests.simulation.storm import rules_to_meet

pytestmark = pytest.mark.kills

ROOT = Path(__file__).parents[2]
LONG = bool(os.environ.get("PROVE"))
SECONDS, SECONDS_MAX, DAY_SECONDS, SERVER_KILL_SECONDS = (
    (300, 900, 16, 20) if LONG else (60, 120, 10, 6)
)
PERMITS, OF_EACH_RULE, BEFORE_A_KILL, RECOVERIES = (
    (20_000, 50, 500, 10) if LONG else (1_000, 3, 50, 6)
)
CONTROL_SECONDS = 60 if LONG else 20


def storm(*, seconds: float, locked: bool) -> dict:
    """Run one in processes of its own; what it printed."""
    home = Path(tempfile.mkdtemp(prefix="evenhand-test-storm-", dir="/tmp"))
    home.chmod(0o711)
    env = {name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")}
    enough = [str(n) for n in (PERMITS, OF_EACH_RULE, BEFORE_A_KILL, RECOVERIES)]
    asked = [
        home,
        seconds,
        SECONDS_MAX if locked else seconds,
        DAY_SECONDS,
        SERVER_KILL_SECONDS,
        *enough,
    ]
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.simulation.storm", *map(str, asked)]
            + ([] if locked else ["unlocked"]),
            cwd=ROOT,
            env=env | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_MAX
            + 900,  # the auditor reads each contact with the facts of all before it
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout)
    finally:
        postgres.remove(home / "server")
        subprocess.run(["rm", "-rf", str(home)], check=False)


@pytest.fixture(scope="module")
def left():
    found = storm(seconds=SECONDS, locked=True)
    print(json.dumps({k: v for k, v in found.items() if not k.startswith("rules")}, indent=1))
    return found


def test_nothing_got_past_the_gate(left):
    assert left["violations"] == {}, left["examples"]
    assert left["sent_without_permit"] == []
    assert left["lost"] == []
    assert left["errors"] == []


def test_it_was_a_storm(left):
    assert left["permits"] >= PERMITS
    assert left["acknowledged_before_a_kill"] >= BEFORE_A_KILL
    assert left["recoveries"] >= RECOVERIES
    assert left["worker_kills"] >= left["seconds"]
    assert left["judged_again"] > left["permits"]


def test_every_rule_about_contacts_refused(left):
    met = {rule: left["refusals"].get(rule, 0) for rule in rules_to_meet()}
    rare = {rule: count for rule, count in met.items() if count < OF_EACH_RULE}
    assert rare == {}


def test_most_rules_are_checked_by_sql_of_its_own_and_the_rest_by_judging_again(left):
    assert {
        "CN-COL-HOURS",
        "CN-COL-ATTEMPT6",
        "CN-COL-TALK3",
        "CN-COL-THIRD",
        "CN-CCM-69-DISPUTE",
    } <= set(left["rules_in_sql"])
    assert len(left["rules_in_sql"]) > 3 * len(left["rules_by_judging"])


def test_the_same_storm_without_the_person_lock_is_noticed():
    control = storm(seconds=CONTROL_SECONDS, locked=False)
    print(json.dumps({k: control[k] for k in ("permits", "contacts", "violations")}))
    assert control["violations"]
