"""Messages a second from the queue through the gate to a peer on this machine, against the gate alone in the same run.

./dev bench channels --people 4000 [--smpp [--receipts]]

The people have 50 contacts each behind them. Each message does all it does in service: the gate in batches, the text
filled, its words sealed and kept, judged again, handed over by the adapter in threads, and its state with its line of
the journal; one dispatcher. The peers are processes of their own that answer as fast as they can: Kannel's HTTP
interface, and a mail server (aiosmtpd). With --smpp, text messages go straight to a message centre instead (smpp34's
server), each part answered and kept by its number; with --receipts it says at once that each arrived, and how fast that
is kept is told beside. The gate alone takes the same queue and judges again at the moment of sending.

Goals: text messages ≥ 500/s, e-mail ≥ 200/s.
"""

import argparse
import asyncio
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import gate as gate_bench
from benchmarks.machine import machine

KINDS = {"TEXT": "MOBILE", "EMAIL": "EMAIL"}
GOALS = {"TEXT": 500, "EMAIL": 200}


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=4_000)
    options.add_argument("--smpp", action="store_true", help="text messages by SMPP, and no e-mail")
    options.add_argument("--receipts", action="store_true", help="the centre gives them")
    options.add_argument("--window", type=int, default=10, help="parts that wait for an answer")
    options.add_argument("--centre", type=int, default=0, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.centre:
        asyncio.run(centre(chosen.centre, receipts=chosen.receipts))
        return
    print(machine())
    with tempfile.TemporaryDirectory(prefix="channels-", ignore_cleanup_errors=True) as folder:
        peers = Peers(window=chosen.window if chosen.smpp else 0, receipts=chosen.receipts)
        run(Path(folder), chosen.people, peers)


def run(home: Path, people: int, peers: "Peers") -> None:
    """Make people with sealed points, take their queue by the gate alone, and then send to all of them."""
    home.chmod(0o711)
    os.environ |= {"EVENHAND_HOME": str(home), "EVENHAND_MODE": "demo"}
    from evenhand.cli.edge import clock, with_django
    from evenhand.runtime.config import config
    from evenhand.runtime.keys import new_keys

    new_keys(config().key_file, made_at=clock())
    with_django()
    from evenhand.runtime import postgres

    try:
        gate_bench.fill(home, 50 * people, people)
        seal_points()
        from evenhand.outreach.texts import install_texts

        install_texts(is_demo=True, now=clock())
        acts = ("TEXT",) if peers.window else tuple(KINDS)
        alone = {act: taken_alone(act) for act in acts}
        with peers:
            for act in acts:
                sent, seconds = through(act, peers.channel(act), receipts=peers.receipts)
                rate, gate_rate = sent / seconds, alone[act]
                beside = f"the gate alone {gate_rate:.0f}/s, ratio {rate / gate_rate:.2f}"
                print(f"{act:6} {sent:,} messages, {rate:6.0f}/s   goal ≥ {GOALS[act]}/s; {beside}")
    finally:
        postgres.stop(home)


def seal_points() -> None:
    """Give everybody a sealed mobile number and address."""
    import numpy as np
    import pyarrow as pa

    from evenhand.portfolio.identity import HEADER, POINT
    from evenhand.portfolio.identity import KINDS as POINT_KINDS
    from evenhand.portfolio.models import Person
    from evenhand.runtime.config import config
    from evenhand.runtime.keys import read_keys

    keys, changed = read_keys(config().key_file), []
    for person in Person.objects.all():
        pieces = b""
        for kind, value in (
            ("MOBILE", f"138{person.customer_key:08}"),
            ("EMAIL", f"c{person.customer_key}@mx.example"),
        ):
            about = np.array([person.customer_key], dtype=np.int64)
            [sealed] = keys.seal_column(
                pa.array([value]), about, "contact_points.value"
            ).to_pylist()
            head = np.zeros(1, dtype=HEADER)
            head["field"], head["kind"], head["source"] = POINT, POINT_KINDS.index(kind) + 1, 1
            head["value_key"] = keys.tokens(pa.array([value]), "contact_points.value")[0]
            head["verified_on"], head["length"] = -1, len(sealed)
            pieces += head.tobytes() + sealed
        person.identity, person.language = pieces, "zh-CN"
        changed.append(person)
    Person.objects.bulk_update(changed, ["identity", "language"], batch_size=500)


def enqueue(act: str, named: str) -> int:
    """Queue one message for everybody nothing stands against."""
    import psycopg

    from evenhand.cycle.queueing import WAYS
    from evenhand.outreach.asked import Asked
    from evenhand.outreach.lane import gate_now
    from evenhand.outreach.queue import Wanted
    from evenhand.outreach.queue import enqueue as put
    from evenhand.portfolio.identity import first_point
    from evenhand.portfolio.models import Person
    from evenhand.runtime import postgres
    from evenhand.runtime.config import config

    now, way = gate_now(), next(way for way in WAYS.values() if way.act == act)
    entries = [
        Wanted(
            customer_id=person.id, facts_seq=person.facts_seq, request_key=f"{named} {act} {person.id}",
            asked=Asked(act, point=first_point(bytes(person.identity), KINDS[act]), purpose="REMIND", more=way.more),
            not_before=now - timedelta(seconds=1), expires_at=now + timedelta(hours=2),
        )
        for person in Person.objects.all()
    ]  # fmt: skip
    count = put(entries, by="benchmark", now=now)
    found = postgres.addresses(config().home)
    assert found is not None
    with psycopg.connect(found.superuser, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")  # as autovacuum does through the day
    return count


def taken_alone(act: str) -> float:
    """Permits a second that the gate gives and judges again, with nothing else."""
    from evenhand.outreach import gate
    from evenhand.outreach.sending import sent_together

    enqueue(act, "alone")
    began, count = time.perf_counter(), 0
    while permits := gate.take_batch(acts=(act,)):
        allowed = [permit for permit in permits if permit.allowed]
        count += sum(one.state == "SENT" for one in sent_together(allowed, by="benchmark").values())
    seconds = time.perf_counter() - began
    assert count, "nothing was allowed"
    return count / seconds


def through(act: str, channel: Any, *, receipts: bool) -> tuple[int, float]:
    """Messages handed over, and the seconds it took, with everything the dispatcher does."""
    from evenhand.cycle.dispatching import dispatch, lanes
    from evenhand.outreach.lane import gate_now
    from evenhand.runtime.config import config
    from evenhand.runtime.keys import read_keys

    enqueue(act, "through")
    keys, handed = read_keys(config().key_file), 0
    fast: Callable[[], float] = lambda: time.monotonic() * 1_000  # noqa: E731  no pace of ours
    with lanes({act: channel}) as several:
        began = time.perf_counter()
        while done := dispatch(several, keys=keys, clock=gate_now, seconds=fast):
            handed += done["HANDED"]
        seconds = time.perf_counter() - began
        if channel.name == "smpp" and receipts:
            print(f"SMPP   {received(began)}")
    assert handed, "nothing was handed over"
    return handed, seconds


def received(began: float) -> str:
    """Wait until every receipt is kept, and say how long that took."""
    from evenhand.outreach.models import Message

    waits = Message.objects.filter(channel="TEXT", state="HANDED")
    behind = waits.count()
    while waits.exists():
        time.sleep(0.05)
    seconds, count = time.perf_counter() - began, Message.objects.filter(state="DELIVERED").count()
    return f"{count:,} received for, {count / seconds:6.0f}/s; {behind:,} behind when the last was handed"


async def receipt(line: Any, number: str, said: bytes, window: asyncio.Semaphore) -> None:
    """Give one receipt until it is taken."""
    import smpp34

    async with window:
        while True:
            try:
                answer = await line.deliver_sm("95500", said, source_addr=number, esm_class=4)
            except smpp34.SmppError:
                continue
            if answer.is_success:
                return


async def centre(port: int, *, receipts: bool) -> None:
    """A message centre that takes everything at once, and may say at once that it arrived."""
    import smpp34

    server, line, running = smpp34.Server("127.0.0.1", port), None, set()
    window = asyncio.Semaphore(10)
    await server.start()
    print(port, flush=True)
    number = 0
    while True:
        came = await server.next()
        if isinstance(came, smpp34.Esme):
            line = came
        elif isinstance(came, smpp34.SubmitSmEvent):
            number += 1
            came.accept(f"{number:010}")
            said = f"id:{number:010} sub:001 dlvrd:001 stat:DELIVRD err:000 text:".encode()
            if not receipts:
                continue
            assert line is not None
            task = asyncio.ensure_future(receipt(line, came.destination_addr, said, window))
            running.add(task)
            task.add_done_callback(running.discard)


class Peers:
    """The peers, each a process of its own; with a window, the message centre alone."""

    def __init__(self, *, window: int, receipts: bool) -> None:
        self.window, self.receipts = window, receipts

    def __enter__(self) -> "Peers":
        self.password = secrets.token_urlsafe(24)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        if self.window:
            self.started = [
                self._run(
                    str(Path(__file__)), "--centre", str(port), *["--receipts"][: self.receipts]
                )
            ]
            return self
        self.started = [
            self._start("kannel_sms", f"--password={self.password}", "--mode", "silent"),
            self._start("smtp_mail", "--port", str(port)),
        ]
        return self

    def _start(self, adapter: str, *arguments: str) -> "tuple[subprocess.Popen[str], int]":
        return self._run("-m", f"evenhand.adapters.{adapter}.sandbox", *arguments)

    def _run(self, *command: str) -> "tuple[subprocess.Popen[str], int]":
        beside = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
        assert beside.stdout is not None
        return beside, int(beside.stdout.readline())

    def channel(self, act: str) -> Any:
        """The adapter towards a peer."""
        from evenhand.adapters.kannel_sms.client import Kannel
        from evenhand.adapters.smtp_mail.client import Smtp
        from evenhand.adapters.smtp_mail.writing import Sender

        if self.window:
            return self._smpp()
        (_, sms), (_, mail) = self.started
        public = "http://127.0.0.1:1"
        if act == "TEXT":
            url = f"http://127.0.0.1:{sms}"
            return Kannel(
                url=url, user="evenhand", password=self.password, public_url=public, demo=True
            )
        sender = Sender(
            name="示例银行", address="card@bank.example", public_url=public, secret=self.password
        )
        return Smtp(url=f"smtp://127.0.0.1:{mail}", sender=sender, demo=True)

    def _smpp(self) -> Any:
        from evenhand.adapters.smpp_sms.client import Smpp, link_to
        from evenhand.adapters.smpp_sms.session import Centre

        [(_, port)] = self.started
        where = Centre(
            host="127.0.0.1",
            port=port,
            user="bench",
            password="bench",
            tls=None,
            window=self.window,
        )
        return Smpp(link=link_to(where), host="127.0.0.1", sender="95500", demo=True)

    def __exit__(self, *_: object) -> None:
        for beside, _port in self.started:
            beside.kill()
            beside.wait()


if __name__ == "__main__":
    main()
