"""Permits a second of the gate against `pgbench -N` on the same server in the same run.

./dev bench gate --events 5000000 --people 500000

The gate does all it does in service: the person's lock, clock and facts after it, the real cn judge, the row with its
hash, the idempotency key (or the queue's entry), commit. History is made in SQL: ten contacts a person over 60 days,
each with facts of a few hundred bytes. Every client is a process of its own. pgbench -N is -s 50 -c 16 -j 2.

Goals: one per round trip ≥ 0.2 of pgbench (stretch 0.3) with p99 ≤ 4 of its p99; batches of 100 ≥ 1.2 (stretch 2).
Half or more of the requests must be allowed, or the run fails.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.machine import machine

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)  # ten o'clock in Shanghai
DAYS = 60
CLIENTS, BATCH = 16, 100  # as many clients as pgbench has
PGBENCH_SCALE = 50

PEOPLE = """
INSERT INTO portfolio_person (id, customer_key, partition, language, region, facts_seq)
SELECT uuidv7(), n, n % 16, 'zh', 'CN-31', 0 FROM generate_series(1, {people}) n
"""
CASES = """
INSERT INTO casework_case (id, customer_id, state, opened_on, close_reason, entries, desk, currency, overdue_from_on,
  treatment_from_on, bucket, risk_class, arrears_minor, balance_minor, promise, segment, treatment, channel, tone,
  offer, priority, decided_on, decided_by, strategy_digest, facts_seq)
SELECT uuidv7(), id, 'OPEN', '2026-10-01', '', 1, 'EARLY', 'CNY', '2026-10-20', '2026-10-20', 'M1', 'SPECIAL_MENTION',
  100000, 500000, 'NONE', 'M1_LOW', 'CALL', 'PHONE', 'NEUTRAL', 'NONE', 100, '2026-11-01', 'NIGHT', repeat('0', 64), 0
  FROM portfolio_person
"""
ACCOUNTS = """
INSERT INTO casework_caseaccount (id, case_id, account_key, card_tail, product, currency, joined_on, bucket, risk_class,
  arrears_minor, balance_minor, core_status)
SELECT uuidv7(), c.id, p.customer_key * 10 + k, '1234', 'GOLD', 'CNY', '2026-10-01', 'M1', 'SPECIAL_MENTION', 100000,
  500000, 'ACTIVE'
  FROM casework_case c JOIN portfolio_person p ON p.id = c.customer_id, generate_series(0, 1) k
 WHERE k = 0 OR p.customer_key % 5 < 2
"""
HOLDS = """
INSERT INTO casework_hold (id, customer_id, reason, from_on, until_on, placed_at, note, lift_reason)
SELECT uuidv7(), id, 'DISPUTE', '2026-11-01', '2026-12-31', '2026-11-01', '', '' FROM portfolio_person
 WHERE customer_key % 20 = 0
"""
EVENTS = """
INSERT INTO contact_event (id, at, customer_id, origin, direction, act, to_key, role, debts, collector, actor, place,
  point, purpose, basis, assumed, more, request_key, asked_by, recorded_at, reserved_until, decision, verdict, facts,
  packs, facts_seq, row_hash, state, sent_at, ended_at, closed_at, outcome, talk_seconds, verified)
SELECT uuidv7(), e.at, p.id, 'QUEUED', 'OUT', CASE WHEN n % 3 = 0 THEN 'TEXT' ELSE 'CALL' END, '', 'CONSUMER',
  ARRAY[(p.customer_key * 10)::text], CASE WHEN n % 4 = 0 THEN 'AGENCY-A' ELSE 'BANK' END,
  CASE WHEN n % 4 = 0 THEN 'AGENCY' ELSE 'FIRST_PARTY' END, 'MOBILE', md5(p.customer_key::text), 'COLLECT', '', '',
  '{{}}', 'h' || e.at || p.customer_key, 'robot', e.at, e.at + interval '2 minutes', 'ALLOW',
  '{{"decision":"ALLOW","reasons":[],"counts":{{}},"flags":[],"packs":["cn@2026.11"]}}',
  ('{{"events":["' || repeat(md5(p.customer_key::text), 8) || '"]}}')::json, '{{cn@2026.11}}', 0,
  sha256(p.id::text::bytea), 'ENDED', e.at, e.at, e.at,
  CASE WHEN n % 3 = 0 THEN 'DELIVERED' WHEN n % 3 = 1 THEN 'UNANSWERED' ELSE 'ANSWERED' END,
  CASE WHEN n % 3 = 0 THEN NULL WHEN n % 3 = 1 THEN 0 ELSE 45 END, CASE WHEN n % 3 = 2 THEN true END
  FROM generate_series({first}, {last}) n
  CROSS JOIN LATERAL (SELECT '{now}'::timestamptz - interval '{days} days' * (n::float8 / {events}) AS at) e
  JOIN portfolio_person p ON p.customer_key = 1 + (n::bigint * 7919) % {people}
"""


class Found(NamedTuple):
    """What clients did in their seconds."""

    answers: int
    allowed: int
    seconds: float
    milliseconds: list[float]  # of each round

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds

    @property
    def p99(self) -> float:
        """The 99th percentile of a round, in milliseconds."""
        return statistics.quantiles(self.milliseconds, n=100)[98]


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=5_000_000)
    options.add_argument("--people", type=int, default=500_000)
    options.add_argument("--seconds", type=int, default=20)
    options.add_argument("--home", type=Path, help="keep the server there, and use it again")
    chosen = options.parse_args()
    print(machine())
    if chosen.home is not None:
        chosen.home.mkdir(exist_ok=True)
        run(chosen.home, chosen.events, chosen.people, chosen.seconds)
        return
    with tempfile.TemporaryDirectory(prefix="gate-", ignore_cleanup_errors=True) as folder:
        run(Path(folder), chosen.events, chosen.people, chosen.seconds)


def run(home: Path, events: int, people: int, seconds: int) -> None:
    """Make the server and its history, measure in turn, print ratios."""
    home.chmod(0o711)
    os.environ |= {"EVENHAND_HOME": str(home), "EVENHAND_MODE": "demo"}
    from evenhand.cli.edge import with_django

    with_django()
    from evenhand.runtime import postgres

    try:
        ids = fill(home, events, people)
        measure(home, ids, seconds)
    finally:
        postgres.stop(home)


def fill(home: Path, events: int, people: int) -> list[UUID]:
    """People, cases and history, unless they are there; returns the people's ids."""
    import psycopg

    from evenhand.cli.edge import clock
    from evenhand.outreach.weeks import make_weeks
    from evenhand.runtime import database, postgres
    from evenhand.runtime.config import config

    found = postgres.addresses(home)
    store = database.store(config())
    assert found is not None
    assert store is not None
    database.migrate(config(), now=clock(), verbosity=0)
    make_weeks(
        store,
        first=(NOW - timedelta(days=DAYS + 60)).date(),
        last=(NOW + timedelta(days=28)).date(),
    )
    with psycopg.connect(found.superuser, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute(
            "SET session_replication_role = replica"
        )  # history is made without triggers
        if not connection.execute("SELECT 1 FROM portfolio_person LIMIT 1").fetchone():
            began = time.perf_counter()
            for statement in (PEOPLE, CASES, ACCOUNTS, HOLDS):
                connection.execute(statement.format(people=people))
            connection.execute("ANALYZE")
            step = 500_000
            for first in range(1, events + 1, step):
                connection.execute(EVENTS.format(
                    first=first, last=min(first + step - 1, events), now=NOW.isoformat(), days=DAYS, events=events,
                    people=people,
                ))  # fmt: skip
            connection.execute("VACUUM (ANALYZE)")
            print(
                f"{people:,} people, {events:,} contacts made in {time.perf_counter() - began:.0f} s"
            )
        shift = (NOW - clock()).total_seconds()
        connection.execute(
            "CREATE OR REPLACE FUNCTION gate_clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS"
            f" $$SELECT clock_timestamp() + interval '{shift:.0f} seconds'$$"
        )
        connection.execute("TRUNCATE rulebook_packactivation, rulebook_policypack")
        connection.execute("TRUNCATE contact_queue, contact_request")
        in_force(("cn",))
        connection.execute("CHECKPOINT")
        rows = connection.execute("SELECT id FROM portfolio_person LIMIT 200000").fetchall()
    return [row[0] for row in rows]


def in_force(names: Sequence[str]) -> None:
    """Put shipped packs in force, as ones that came with the installation."""
    from evenhand.compliance.packs import SHIPPED, load_pack
    from evenhand.rulebook.content import deflated, sha256_of
    from evenhand.rulebook.models import PackActivation, PolicyPack

    since = NOW - timedelta(days=90)
    for name in names:
        content, pack = (SHIPPED / name / "pack.toml").read_bytes(), load_pack(name)
        row = PolicyPack.objects.create(
            name=name, version=pack.version, digest=pack.digest, content=deflated(content),
            content_sha256=sha256_of(content), imported_at=since,
        )  # fmt: skip
        PackActivation.objects.create(
            pack=row, act="ACTIVATE", state="APPROVED", from_on=since.date(), from_at=since, asked_at=since,
            decided_at=since,
        )  # fmt: skip


def measure(home: Path, ids: list[UUID], seconds: int) -> None:
    """pgbench, single requests, pgbench again, batches; ratios against the mean of the two pgbench runs."""
    server = Server(home)
    before = server.pgbench(seconds)
    single = together(ask_alone, CLIENTS, ids, seconds)
    show("one per round trip", single)
    between = server.pgbench(seconds)
    enqueue(ids)
    batches = together(ask_in_batches, CLIENTS, ids, seconds)
    show("batches of 100", batches)
    after = server.pgbench(seconds)
    around_single = [(a + b) / 2 for a, b in zip(before, between, strict=True)]
    around_batches = [(a + b) / 2 for a, b in zip(between, after, strict=True)]
    print(
        f"one per round trip / pgbench -N   {single.rate / around_single[0]:5.2f}   goal ≥ 0.2, stretch 0.3"
    )
    print(f"its p99 / pgbench's p99           {single.p99 / around_single[1]:5.2f}   goal ≤ 4")
    print(
        f"batches of {BATCH} / pgbench -N      {batches.rate / around_batches[0]:5.2f}   goal ≥ 1.2, stretch 2"
    )
    assert single.allowed >= single.answers / 2, "fewer than half of the requests were allowed"
    assert batches.allowed >= batches.answers / 2, "fewer than half of the requests were allowed"


def show(what: str, found: Found) -> None:
    """One line about a measurement."""
    p50, allowed = statistics.median(found.milliseconds), 100 * found.allowed / found.answers
    print(
        f"{what:20} {found.rate:>9,.0f}/s   p50 {p50:6.1f} ms   p99 {found.p99:6.1f} ms   allowed {allowed:.0f} %"
    )


class Server:
    """pgbench on the server of a home, as its superuser and in a database of its own."""

    def __init__(self, home: Path) -> None:
        from evenhand.runtime import postgres, postgres_files

        place = postgres.place_of(home)
        assert place is not None
        self.account = postgres_files.service_account(place.data)
        self.binaries = postgres_files.binaries_for(self.account, copy_to=place.base / "binaries")
        self.base = place.base
        postgres.make_database(place, "pgbench")
        found = postgres.addresses(home, database="pgbench")
        assert found is not None
        self.address = found.owner
        self._run("-i", "-q", "-s", str(PGBENCH_SCALE))

    def pgbench(self, seconds: int) -> tuple[float, float]:
        """Transactions a second and the 99th percentile in milliseconds."""
        from evenhand.runtime import postgres_files

        with tempfile.TemporaryDirectory(prefix="pgbench-", dir="/tmp") as folder:
            os.chown(folder, self.account.uid, self.account.gid)
            self._run("-N", "-n", "-c", str(CLIENTS), "-j", "2", "-T", str(seconds), "-l",
                      "--log-prefix", f"{folder}/log")  # fmt: skip
            took = [
                int(line.split()[2]) / 1000
                for path in Path(folder).iterdir()
                for line in path.read_text().splitlines()
            ]
        del postgres_files
        rate, p99 = len(took) / seconds, statistics.quantiles(took, n=100)[98]
        print(
            f"{'pgbench -N':20} {rate:>9,.0f}/s   p50 {statistics.median(took):6.1f} ms   p99 {p99:6.1f} ms"
        )
        return rate, p99

    def _run(self, *arguments: str) -> None:
        from evenhand.runtime import postgres_files

        command: list[str | Path] = [self.binaries / "pgbench", *arguments, self.address]
        done = postgres_files.run_as(self.account, command, cwd=self.base)
        assert done.returncode == 0, done.stdout


def together(client: Callable[..., Found], clients: int, ids: list[UUID], seconds: int) -> Found:
    """Run clients, each in a process of its own, all beginning at once."""
    from django.db import connections

    connections.close_all()
    context = get_context("fork")
    everyone, told = context.Barrier(clients), context.SimpleQueue()

    def one(number: int) -> None:
        try:
            told.put(client(number, ids, everyone.wait, seconds))
        except BaseException as error:
            everyone.abort()
            told.put(repr(error))
            raise

    processes = [context.Process(target=one, args=(number,)) for number in range(clients)]
    for process in processes:
        process.start()
    found: list[Found] = [told.get() for _ in processes]
    for process in processes:
        process.join()
    assert all(isinstance(one, Found) for one in found), found
    return Found(
        sum(f.answers for f in found),
        sum(f.allowed for f in found),
        max(f.seconds for f in found),
        [took for f in found for took in f.milliseconds],
    )


def ask_alone(number: int, ids: list[UUID], wait: Callable[[], Any], seconds: int) -> Found:
    """One client that asks for one contact after the other."""
    from evenhand.outreach.gate import request_contact

    chance = random.Random(number)
    key = iter(range(10**9))

    def ask() -> bool:
        who = chance.choice(ids)
        return request_contact(
            customer_id=who, request_key=f"{os.getpid()}-{next(key)}", by="benchmark", **wish(chance, who)
        ).allowed  # fmt: skip

    for _ in range(20):
        ask()
    return timed(lambda: [ask()], wait, seconds)


def ask_in_batches(_number: int, _ids: list[UUID], wait: Callable[[], Any], seconds: int) -> Found:
    """One client that works off the queue."""
    from evenhand.outreach.gate import take_batch

    take_batch(entries=2)
    return timed(lambda: [permit.allowed for permit in take_batch(entries=BATCH)], wait, seconds)


def timed(ask: Callable[[], list[bool]], wait: Callable[[], Any], seconds: int) -> Found:
    """Ask until the time is over, beginning with everyone else."""
    wait()
    answers, allowed, milliseconds = 0, 0, []
    began = last = time.perf_counter()
    while last - began < seconds:
        given = ask()
        if not given:
            break
        now = time.perf_counter()
        milliseconds.append((now - last) * 1000)
        answers, allowed, last = answers + len(given), allowed + sum(given), now
    return Found(answers, allowed, last - began, milliseconds)


def wish(chance: random.Random, who: UUID) -> dict[str, Any]:
    """A contact as a dialler would ask for it."""
    if chance.random() < 0.6:
        return {"act": "CALL", "place": "MOBILE", "point": who.hex, "more": {"recording": True}}
    return {"act": "TEXT", "point": who.hex}


def enqueue(ids: list[UUID]) -> None:
    """Fill the queue with a contact for everyone."""
    from evenhand.outreach.asked import Asked
    from evenhand.outreach.queue import Wanted, enqueue

    chance, began = random.Random(0), time.perf_counter()
    for first in range(0, len(ids), 10_000):
        enqueue(
            [
                Wanted(
                    customer_id=who, facts_seq=0, asked=Asked(**wish(chance, who)), request_key=f"q{who}",
                    not_before=NOW - timedelta(hours=1), expires_at=NOW + timedelta(hours=10),
                    priority=chance.randrange(1000),
                )
                for who in ids[first : first + 10_000]
            ],
            by="benchmark",
            now=NOW,
        )  # fmt: skip
    print(f"{len(ids):,} contacts queued, {len(ids) / (time.perf_counter() - began):,.0f}/s")


if __name__ == "__main__":
    main()
