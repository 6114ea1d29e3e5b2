"""The judge against reading its facts: CPU for a verdict by all layers of a Chinese card, and for the next lawful time.

./dev bench judge --persons 2000 --events 12

Layers are `cn`, also alone, and `house`.
Each person has events of every medium over three weeks, two cards, a hold, consents and an
opt-out; the act asked is a call, a text, a visit or a letter. The baseline of the same run is json.loads of the stored
facts of the same person: what a caller pays before it can ask at all. The next lawful time is asked for four acts.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.machine import machine
from evenhand.compliance.facts import Act, Debt, Event, Facts, Hold, Location, Standing
from evenhand.compliance.judge import judge
from evenhand.compliance.nexts import next_allowed
from evenhand.compliance.packs import Pack, load_pack

LAYERS = ("cn", "house")
ACTS = ("CALL", "CALL", "CALL", "TEXT", "VISIT", "LETTER")
NEXT = ("CALL", "TEXT", "VISIT", "LETTER")
NOON = datetime(2026, 6, 17, 4, tzinfo=UTC)
GOAL_VERDICT, GOAL_NEXT = 60, 2_000  # microseconds


def make_person(random_: random.Random, events: int) -> Facts:
    """One person whose acts of the last weeks are as a bank's and an agency's would be."""
    act = random_.choice(ACTS)
    return Facts(
        act=Act(
            NOON + random_.randrange(-6 * 60, 14 * 60) * timedelta(minutes=1), act, point="A", place="MOBILE",
            purpose="COLLECT", more={"recording": True, "first": False, "signature": True},
        ),
        person="P",
        locations=(Location("ADDRESS", random_.choice(["Asia/Shanghai", "Asia/Urumqi"])),),
        debts=(Debt("D1"), Debt("D2")),
        events=tuple(make_event(random_) for _ in range(events)),
        holds=(Hold("COMPLAINT", NOON - timedelta(days=40), NOON - timedelta(days=9)),),
        standing=(
            Standing("CONSENT", NOON - timedelta(days=200), more={"scope": "MESSAGES"}),
            Standing("OPT_OUT", NOON - timedelta(days=20), more={"media": ["EMAIL"]}),
        ),
        known={"dpd": 34, "agency_listed": True},
    )  # fmt: skip


def make_event(random_: random.Random) -> Event:
    """One contact, most of them calls nobody answered, a third within the last day."""
    agency = random_.random() < 0.4
    hours = random_.choice([12, 21 * 24, 21 * 24])
    outcome = random_.choice(["UNANSWERED", "UNANSWERED", "BUSY", "CONVERSATION"])
    act = random_.choice(["CALL", "CALL", "CALL", "TEXT"])
    return Event(
        NOON - random_.randrange(hours * 60) * timedelta(minutes=1), act, debts=("D1",),
        collector="A17" if agency else "BANK", actor="AGENCY" if agency else "FIRST_PARTY",
        outcome=outcome if act == "CALL" else "DELIVERED", place="MOBILE", point=random_.choice("AB"),
        talk_seconds=65 if outcome == "CONVERSATION" else 0, verified=outcome == "CONVERSATION",
    )  # fmt: skip


def cost(step: Callable[[int], object], times: int, repeat: int = 5) -> float:
    """Microseconds of CPU of one step, in the cheapest of some rounds over all persons."""
    rounds = []
    for _ in range(repeat):
        began = time.process_time()
        for number in range(times):
            step(number)
        rounds.append(time.process_time() - began)
    return min(rounds) / times * 1e6


def spread(people: Sequence[Facts], packs: Sequence[Pack]) -> str:
    """How the verdicts fall, so that nobody measures one that stops at the door."""
    found: dict[str, int] = {}
    for person in people:
        decision = judge(person, packs).decision
        found[decision] = found.get(decision, 0) + 1
    return ", ".join(
        f"{decision} {count / len(people):.0%}" for decision, count in sorted(found.items())
    )


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--persons", type=int, default=2_000)
    options.add_argument("--events", type=int, default=12)
    chosen = options.parse_args()
    print(machine())
    packs = [load_pack(name) for name in LAYERS]
    random_ = random.Random(4)
    people = [make_person(random_, chosen.events) for _ in range(chosen.persons)]
    stored = [json.dumps(person.stored()) for person in people]
    assert all(
        judge(Facts.read(json.loads(text)), packs) == judge(person, packs)
        for text, person in zip(stored, people, strict=True)
    )
    print(
        f"layers {', '.join(pack.label for pack in packs)} with {sum(len(pack.rules) for pack in packs)} rules, "
        f"{chosen.persons:,} persons, {chosen.events} events each; {spread(people, packs)}"
    )
    loads = cost(lambda n: json.loads(stored[n]), chosen.persons)
    national = cost(lambda n: judge(people[n], packs[:1]), chosen.persons)
    verdict = cost(lambda n: judge(people[n], packs), chosen.persons)
    times = cost(lambda n: next_allowed(people[n], packs, acts=NEXT), chosen.persons, 3)
    print(f"  json.loads of the facts   {loads:8.1f} µs")
    for name, spent, goal in (
        (f"verdict by {LAYERS[0]} alone", national, GOAL_VERDICT),
        ("verdict by all layers", verdict, GOAL_VERDICT),
        (f"next time of {len(NEXT)} acts", times, GOAL_NEXT),
    ):
        reached = "reached" if spent <= goal else "not reached"
        print(
            f"  {name:25} {spent:8.1f} µs, {spent / loads:5.1f}× json.loads, goal {goal:,} µs: {reached}"
        )


if __name__ == "__main__":
    main()
