"""The storm: sixteen workers on two hundred people, killed without warning, and the server under them too.

    python -m tests.simulation.storm HOME SECONDS SECONDS_MAX DAY_SECONDS SERVER_KILL_SECONDS
        PERMITS OF_EACH_RULE BEFORE_A_KILL RECOVERIES [unlocked]

It blows for SECONDS, and on until the last four numbers are reached, at most SECONDS_MAX.

Prints one JSON object: what was granted, refused, acknowledged, killed and recovered, and what the auditor found.
"""

import json
import os
import random
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, NoReturn
from uuid import UUID

from evenhand.compliance.packs import load_pack
from tests.simulation import town
from tests.simulation.worker import Worker

WORKERS = 16
WORKER_KILL_SECONDS = 0.5
CHECK_SECONDS = 5
PERMITTED = (
    "SELECT count(*) FROM contact_event WHERE decision = 'ALLOW' AND origin IN ('ASKED', 'QUEUED')"
)
REFUSALS = """
SELECT r->>2, count(*) FROM contact_event e, json_array_elements(e.verdict->'reasons') r
 WHERE e.decision <> 'ALLOW' AND e.origin IN ('ASKED', 'QUEUED') AND r->>1 <> 'ALLOW' GROUP BY 1
"""


UNKNOWN_TO_THE_GATE = {
    # What these ask no table holds yet: the agencies' list and contracts, and what an heir did.
    "CN-COL-WL", "CN-PI-21-END", "CN-HEIR",
}  # fmt: skip


def rules_to_meet() -> list[str]:
    """The rules about contacts of the Chinese pack that refuse, and that a storm is to come up against."""
    written = {"TEXT", "VISIT", "LETTER", "SOCIAL_PUBLIC"}
    return [
        rule.id
        for rule in load_pack("cn").rules
        if rule.effect in ("DENY", "REVIEW")
        and ("CALL" in rule.acts or rule.acts & written)
        and rule.id not in UNKNOWN_TO_THE_GATE
    ]


class Enough(NamedTuple):
    """What a storm must reach to count."""

    permits: int
    of_each_rule: int
    before_a_kill: int
    recoveries: int


class Storm:
    """One run. `folder` keeps what the workers wrote down."""

    def __init__(
        self, home: Path, *, seconds: float, seconds_max: float, day_seconds: float, server_kill: float, enough: Enough,
        locked: bool,
    ) -> None:  # fmt: skip
        self.home, self.seconds, self.seconds_max = home, seconds, seconds_max
        self.server_kill, self.enough = server_kill, enough
        town.build(home, day_seconds=day_seconds, locked=locked)
        self.folder = home / "noted"
        self.folder.mkdir()
        self.random = random.Random(20261126)
        self.kills: list[float] = []
        self.worker_kills, self.recoveries = 0, 0
        self.recovery_seconds: list[float] = []

    def run(self) -> dict[str, Any]:
        """Let it blow for the time, then look at what is left."""
        from django.db import connection

        import evenhand.outreach.afterwards
        import evenhand.outreach.gate
        import evenhand.outreach.queue
        import evenhand.outreach.results  # noqa: F401  all that a worker needs is there before it is forked
        from evenhand.portfolio.models import Person

        people = list(Person.objects.order_by("id").values_list("id", flat=True))
        self.warm(people)
        connection.close()
        workers = {n: self.fork(n, people) for n in range(WORKERS)}
        began = time.monotonic()
        next_worker, next_server = began + WORKER_KILL_SECONDS, began + self.server_kill
        ends = began + self.seconds
        while True:
            now = time.monotonic()
            if now >= ends:
                if now >= began + self.seconds_max or self.is_enough():
                    break
                ends = now + CHECK_SECONDS
            if now >= next_server:
                self.kill_server()
                next_server = time.monotonic() + self.server_kill
            if now >= next_worker:
                number = self.random.randrange(WORKERS)
                self.end(workers[number])
                workers[number] = self.fork(number, people)
                self.worker_kills += 1
                next_worker = now + WORKER_KILL_SECONDS
            time.sleep(0.02)
        for pid in workers.values():
            self.end(pid)
        town.restore_server(self.home)
        return self.left(people, time.monotonic() - began)

    def is_enough(self) -> bool:
        """Whether the numbers are reached."""
        from django.db import DatabaseError, InterfaceError, connection

        permitted = [at for what, _, at in self.noted() if what == "P"]
        if (
            self.recoveries < self.enough.recoveries
            or self.before_a_kill(permitted) < self.enough.before_a_kill
        ):
            return False
        try:
            with connection.cursor() as cursor:
                cursor.execute(PERMITTED)
                permits = cursor.fetchone()[0]
                cursor.execute(REFUSALS)
                counts = dict(cursor.fetchall())
        except (DatabaseError, InterfaceError):
            return False
        finally:
            connection.close()
        return (
            permits >= self.enough.permits
            and min(counts.get(rule, 0) for rule in rules_to_meet()) >= self.enough.of_each_rule
        )

    def noted(self) -> list[tuple[str, str, float]]:
        """What the workers wrote down."""
        lines = [
            line.split()
            for file in self.folder.glob("*.log")
            for line in file.read_text().splitlines()
        ]
        return [(what, contact, float(at)) for what, contact, at in lines]

    def before_a_kill(self, moments: list[float]) -> int:
        """How many of these moments lie in the second before the server was killed."""
        return sum(any(kill - 1 <= at <= kill for kill in self.kills) for at in moments)

    def warm(self, people: list[UUID]) -> None:
        """Read packs and modules once, so that a worker is at work as soon as it is forked."""
        from evenhand.outreach.gate import request_contact

        request_contact(customer_id=people[0], request_key="warm", by="simulation", act="LETTER")

    def fork(self, number: int, people: list[UUID]) -> int:
        """Start a worker; the process number."""
        seed = self.random.getrandbits(40)
        pid = os.fork()
        return pid or self.work(number, people, seed)

    def work(self, number: int, people: list[UUID], seed: int) -> NoReturn:
        try:
            Worker(number, people, self.folder, seed).run()
        except BaseException:
            import traceback

            (self.folder / f"{number}-{os.getpid()}.error").write_text(traceback.format_exc())
        os._exit(1)

    def end(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    def kill_server(self) -> None:
        """Kill the server or one of its processes, and wait until it has recovered."""
        self.kills.append(time.monotonic())
        town.kill_server(self.home, whole=len(self.kills) % 2 == 1)
        town.restore_server(self.home)
        self.recovery_seconds.append(time.monotonic() - self.kills[-1])
        self.recoveries += 1

    def left(self, people: list[UUID], seconds: float) -> dict[str, Any]:
        """What the database holds against what the workers wrote down, and the auditor's findings."""
        from django.db import connection

        from evenhand.outreach.audit import audit_contacts

        with connection.cursor() as cursor:
            cursor.execute("SELECT id, state, decision FROM contact_event")
            stored = {row[0]: row[1:] for row in cursor.fetchall()}
            cursor.execute(REFUSALS)
            refusals = dict(cursor.fetchall())
        permitted = [(UUID(c), at) for what, c, at in self.noted() if what == "P"]
        sent = [UUID(c) for what, c, _ in self.noted() if what == "S"]
        audit = audit_contacts(
            since=town.ORIGIN - timedelta(days=2),
            until=town.ORIGIN + timedelta(weeks=town.WEEKS_AHEAD),
        )
        return {
            "seconds": round(seconds, 1),
            "permits": audit.permits,
            "contacts": len(stored),
            "refusals": refusals,
            "acknowledged": len(permitted),
            "acknowledged_before_a_kill": self.before_a_kill([at for _, at in permitted]),
            "lost": [str(c) for c, _ in permitted if stored.get(c, ("", ""))[1] != "ALLOW"],
            "sent": len(sent),
            "sent_without_permit": [
                str(c) for c in sent if stored.get(c, ("", ""))[0] not in ("SENT", "ENDED")
            ],
            "worker_kills": self.worker_kills,
            "server_kills": len(self.kills),
            "recoveries": self.recoveries,
            "recovery_seconds": [round(s, 1) for s in self.recovery_seconds],
            "violations": dict(audit.counts),
            "examples": [
                [f.check, str(f.contact), f.at.isoformat(), dict(f.detail)]
                for f in audit.findings[:20]
            ],
            "judged_again": audit.judged_again,
            "told_late": audit.told_late,
            "rules_in_sql": sorted(audit.rules_in_sql),
            "rules_by_judging": sorted(audit.rules_by_judging),
            "errors": [f.read_text()[-2000:] for f in self.folder.glob("*.error")][:5],
        }


def main() -> None:
    """Run one storm and print what is left."""
    home, seconds, seconds_max, day_seconds, server_kill, *more = sys.argv[1:]
    storm = Storm(
        Path(home),
        seconds=float(seconds),
        seconds_max=float(seconds_max),
        day_seconds=float(day_seconds),
        server_kill=float(server_kill),
        enough=Enough(*map(int, more[:4])),
        locked="unlocked" not in more,
    )
    print(json.dumps(storm.run(), ensure_ascii=False))


if __name__ == "__main__":
    main()
