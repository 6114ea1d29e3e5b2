"""Robot's calls side by side over real SIP and RTP, against one call alone in the same run.

./dev bench calls --calls 20

The telephones are a process of their own on this machine: each answers, says that it is she, keys the check and a
promise, and hears it to the end. A call that the machine cannot keep up with loses keys or lasts longer, so what counts
is how many came to their promise, and how much longer they took than the one call. Processor time is that of the
robot's process, its two sides of sound and the recording included.

Goal: at least 20 at once on 2 cores.
"""

import argparse
import os
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from queue import Queue
from typing import Any
from uuid import UUID

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.machine import machine
from tests.telephones import telephones

CHECK, PROMISED = "4321", date(2026, 10, 5)
KEYS = f"1,{CHECK},2,{PROMISED:%m%d},1"
NOW = datetime(2026, 9, 28, 2, tzinfo=UTC)
PATIENCE_SECONDS = 180


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=20)
    chosen = options.parse_args()
    print(machine())
    rows_without_a_database()
    with tempfile.TemporaryDirectory(prefix="calls-") as folder, telephones(keys=KEYS) as port:
        from evenhand.adapters.sip_voice.prompts import make_tones

        make_tones(Path(folder))
        run(Path(folder), port, 1)  # the stack starts and the clips are read
        alone, _ = run(Path(folder), port, 1)
        several, kept = run(Path(folder), port, chosen.calls)
    print(
        f"{chosen.calls} calls at once: {kept} came to their promise; {several / alone:.2f}x as long as one alone"
    )


def rows_without_a_database() -> None:
    """Let the rows of a call be named: nothing is kept."""
    nowhere = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "evenhand.site.settings", "EVENHAND_MODE": "demo",
        "EVENHAND_DATABASE_URL": nowhere, "EVENHAND_DATABASE_OWNER_URL": nowhere,
    }  # fmt: skip
    django.setup()


def run(prompts: Path, port: int, count: int) -> tuple[float, int]:
    """Seconds until so many calls begun at once have all ended, and how many came to the promise she keyed."""
    from evenhand.adapters.sip_voice.dialler import Dialler, Trunk
    from evenhand.adapters.sip_voice.prompts import load_prompts
    from evenhand.adapters.sip_voice.talking import Waits

    ends: Queue[Any] = Queue()
    trunk = Trunk(
        user="evenhand", password="", host="127.0.0.1", port=port, person="", lines=count, ring_seconds=20,
        waits=Waits(first_key=5, next_key=3, call=PATIENCE_SECONDS),
    )  # fmt: skip
    dialler = Dialler(
        trunk, partial(load_prompts, prompts), lambda _id, end, _recording: ends.put(end)
    )
    began, used = time.perf_counter(), time.process_time()
    for number in range(count):
        assert dialler.begin(UUID(int=number), f"1380000{number:04}", plan(), NOW)
    found = [ends.get(timeout=PATIENCE_SECONDS) for _ in range(count)]
    took, cpu = time.perf_counter() - began, time.process_time() - used
    dialler.close()
    talked = sum(end.talk_seconds or 0 for end in found)
    kept = sum((end.wish, end.promised_on) == ("PROMISE", PROMISED) for end in found)
    print(
        f"{count:3} at once  {took:5.1f} s   {kept} promised   processor {cpu:5.2f} s"
        f" ({100 * cpu / took:.0f} % of one core) for {talked} s of talk"
    )
    return took, kept


def plan() -> Any:
    """What a call needs to know."""
    from evenhand.adapters.sip_voice.dialogue import CallPlan

    return CallPlan(
        language="zh-CN", check=CHECK, check_of="ID", due_minor=123_456, currency="CNY",
        overdue_from_on=date(2026, 9, 8), today=NOW.date(), promise_until_on=date(2026, 10, 12),
    )  # fmt: skip


if __name__ == "__main__":
    main()
