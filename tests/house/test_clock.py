"""What comes out of a night does not depend on the date of the machine."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from evenhand.runtime import postgres
from tests.house.tree import ROOT

MAIN = "from evenhand.cli.main import main; main()"
IN_2028 = ("faketime", "-f", "@2028-03-01 09:00:00")

# libfaketime leaves the monotonic clock alone, as it should, but then refuses the call that `time.sleep` makes.
SLEEP = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds)
"""


@pytest.mark.xdist_group("clock")
@pytest.mark.skipif(not shutil.which("faketime"), reason="needs Debian's package faketime")
def test_nothing_changes_with_the_machine_set_to_2028(tmp_path: Path) -> None:
    keys, homes = tmp_path / "keys.json", [tmp_path / "today", tmp_path / "2028"]
    try:
        today, later = (
            demo(clock, home=home, keys=keys)
            for clock, home in zip(((), IN_2028), homes, strict=True)
        )
    finally:
        for home in homes:
            postgres.remove(home)
    assert later == today


def demo(clock: Sequence[str], *, home: Path, keys: Path) -> list[dict[str, Any]]:
    """What the demo says of its nights, digests included, apart from how long they took."""
    (home / "python").mkdir(parents=True)
    (home / "python" / "sitecustomize.py").write_text(SLEEP)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("EVENHAND_")}
    answer = subprocess.run(
        [*clock, sys.executable, "-c", MAIN, "demo", "--once", "--json", "--accounts", "2000"],
        cwd=home,
        env=kept
        | {
            "EVENHAND_HOME": str(home),
            "EVENHAND_KEY_FILE": str(keys),
            "PYTHONPATH": os.pathsep.join([str(home / "python"), str(ROOT)]),
            "DONT_FAKE_MONOTONIC": "1",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return [untimed(night) for night in json.loads(answer.stdout)["nights"]]


def untimed(night: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in night.items() if not k.endswith(("seconds", "_at"))}
