"""One worker: asks, is permitted, writes that down, sends and tells how it ended, until it is killed."""

import contextlib
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from tests.simulation import scenes

HOT_SECONDS = 0.5
"""How long half of the workers turn to the same person."""
PATIENCE_SECONDS = 0.05


class Worker:
    """Its number says whether it takes from the queue; `people` are the keys of everybody in the town."""

    def __init__(self, number: int, people: list[UUID], folder: Path, seed: int) -> None:
        self.number, self.people, self.random = number, people, Random(seed)
        path = folder / f"{number}-{os.getpid()}.log"
        self.log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def run(self) -> None:
        """Work until killed. A lost connection is made anew, and what was asked is asked again under the same key."""
        acts: list[tuple[Callable[[], None], int]] = [
            (self.contact, 84), (self.hold, 2), (self.stand, 3), (self.inbound, 3), (self.late, 2), (self.lift, 6),
        ]  # fmt: skip
        if self.number % 8 == 0:
            acts.append((self.batch, 60))
        doing, weights = zip(*acts, strict=True)
        while True:
            self.again(self.random.choices(doing, weights)[0])

    def again(self, act: Callable[[], Any]) -> Any:
        """Do it, and again after a lost connection, until the server answers."""
        from django.db import DatabaseError, InterfaceError, connection

        while True:
            try:
                return act()
            except (DatabaseError, InterfaceError, OSError):
                with contextlib.suppress(Exception):
                    connection.close()
                time.sleep(PATIENCE_SECONDS)

    def person(self) -> UUID:
        """Half of the time the one whom others turn to as well."""
        if self.random.random() < 0.5:
            return self.people[int(time.monotonic() / HOT_SECONDS) % len(self.people)]
        return self.random.choice(self.people)

    def note(self, what: str, contact: UUID) -> None:
        """Write down what the gate acknowledged, before anything follows from it."""
        os.write(self.log, f"{what} {contact} {time.monotonic():.4f}\n".encode())

    def contact(self) -> None:
        """Ask for one contact; the same again when the answer was lost, and now and then for no reason."""
        from evenhand.outreach.gate import request_contact

        customer, key = self.person(), os.urandom(12).hex()
        wanted = scenes.asked(self.random)

        def ask() -> Any:
            return request_contact(customer_id=customer, request_key=key, by="simulation", **wanted)

        permit = self.again(ask)
        if self.random.random() < 0.03:
            assert self.again(ask).id == permit.id, "the same key gave another answer"
        self.use(permit)

    def use(self, permit: Any) -> None:
        """Send what was permitted and tell how it ended; a few are forgotten, a few proved never sent."""
        from evenhand.outreach.gate import PermitSettled, sent
        from evenhand.outreach.results import release

        if not permit.allowed:
            return
        self.note("P", permit.id)
        drawn = self.random.random()
        if drawn < 0.02:
            return
        if drawn < 0.06:
            with contextlib.suppress(PermitSettled):
                self.again(
                    lambda: release(
                        contact=permit.id,
                        proof="NEVER_DIALLED",
                        evidence={"line": "idle"},
                        by="simulation",
                    )
                )
            return
        try:
            now = sent(permit, by="simulation")
        except PermitSettled:
            return
        if now.state == "SENT":
            self.note("S", permit.id)
            self.tell(permit)

    def tell(self, permit: Any) -> None:
        """Tell how it ended, by the line."""
        from evenhand.outreach.results import ended
        from evenhand.outreach.rules import LineRecord

        outcome, talk, verified, typed = scenes.line(self.random)
        if permit.asked.act != "CALL":
            outcome, talk, verified, typed = "DELIVERED", None, None, ""
        line = LineRecord(outcome, "PBX", talk_seconds=talk)
        if permit.asked.actor == "AGENCY" and self.random.random() < 0.1:
            line = None  # an agency's call without a record
        self.again(
            lambda: ended(
                contact=permit.id, by="simulation", line=line, typed_result=typed, verified=verified
            )
        )

    def batch(self) -> None:
        """Put contacts in the queue and take the next of it."""
        from evenhand.outreach.asked import Asked
        from evenhand.outreach.gate import take_batch
        from evenhand.outreach.queue import Wanted, enqueue
        from evenhand.portfolio.models import Person

        now = clock()
        chosen = [self.person() for _ in range(8)]
        counts = dict(Person.objects.filter(id__in=chosen).values_list("id", "facts_seq"))
        wanted = [
            Wanted(
                customer_id=person,
                facts_seq=counts[person],
                asked=Asked(**_as_asked(scenes.asked(self.random))),
                request_key=os.urandom(12).hex(),
                not_before=now,
                expires_at=now + timedelta(days=1),
            )
            for person in chosen
        ]
        enqueue(wanted, by="simulation", now=now)
        for permit in take_batch(entries=20):
            self.use(permit)

    def changing(self, customer: UUID, act: Callable[[Any, Any], None]) -> None:
        """One act about a person, under her lock, with her count raised, at the gate's clock."""
        from django.db import transaction

        from evenhand.portfolio.persons import facts_changed, lock_persons

        with transaction.atomic():
            [person] = lock_persons(ids=[customer])
            act(person, clock())
            facts_changed(person)

    def hold(self) -> None:
        """Place a hold for some days."""
        from evenhand.casework.actions import place_hold

        reason = self.random.choice(
            ["DISPUTE", "FRAUD", "COMPLAINT", "ILLNESS", "DECEASED", "HARDSHIP"]
        )
        self.changing(
            self.person(),
            lambda person, now: place_hold(
                person=person,
                reason=reason,
                from_on=local(now).date(),
                until_on=local(now).date() + timedelta(days=self.random.randint(1, 3)),
                by=None,
                now=now,
            ),
        )

    def lift(self) -> None:
        """Lift a hold or end a standing fact, so that the town does not fall silent."""
        from evenhand.casework.actions import lift_hold
        from evenhand.casework.models import Hold
        from evenhand.portfolio.models import StandingFact
        from evenhand.portfolio.standing import end

        def act(person: Any, now: Any) -> None:
            for hold in Hold.objects.filter(customer=person, lifted_at=None)[:2]:
                lift_hold(hold_id=hold.id, by=None, reason="looked into", now=now)
            for fact in StandingFact.objects.filter(customer=person, ended_at=None)[:2]:
                end(fact_id=fact.id, by=None, reason="asked for", now=now)

        self.changing(self.person(), act)

    def stand(self) -> None:
        """Record what stands: an opt-out, a third party's stop, a plan that is kept, a consent, lost contact."""
        from evenhand.portfolio.standing import record

        kind, detail, days = self.random.choice([
            ("OPT_OUT", {"media": ["TEXT"]}, 2), ("OPT_OUT", {}, 1), ("PLAN_HONOURED", {}, 1),
            ("THIRD_PARTY_STOP", {"to": self.random.choice(["t1", "t2"])}, 5),
            ("LOST_CONTACT", {"proof": "FAILED_CALLS"}, 3), ("CONSENT", {"scope": "HOURS"}, 2),
        ])  # fmt: skip
        self.changing(
            self.person(),
            lambda person, now: record(
                person=person,
                kind=kind,
                detail=detail,
                from_at=now,
                until_at=now + timedelta(days=days),
                source="CARDHOLDER",
                evidence="said so",
                by=None,
                now=now,
            ),
        )

    def inbound(self) -> None:
        """The person calls us."""
        from evenhand.outreach.afterwards import received
        from evenhand.outreach.rules import LineRecord

        customer, key = self.person(), os.urandom(12).hex()
        happened_at = clock() - timedelta(seconds=30)
        line = LineRecord("CONVERSATION", "PBX", talk_seconds=60)
        self.again(
            lambda: received(
                customer_id=customer,
                key=key,
                happened_at=happened_at,
                by="simulation",
                act="CALL",
                point="m1",
                line=line,
                verified=True,
            )
        )

    def late(self) -> None:
        """An agency tells of a call it made without asking."""
        from evenhand.outreach.afterwards import report_late
        from evenhand.outreach.asked import Asked
        from evenhand.outreach.rules import LineRecord

        customer, key = self.person(), os.urandom(12).hex()
        happened_at = clock() - timedelta(minutes=self.random.randint(1, 300))
        asked = Asked("CALL", collector="AGENCY_B", actor="AGENCY", point="m1")
        line = LineRecord("CONVERSATION", "AGENCY", talk_seconds=40)
        self.again(
            lambda: report_late(
                customer_id=customer,
                report_key=key,
                happened_at=happened_at,
                by="AGENCY_B",
                asked=asked,
                line=line,
            )
        )


def clock() -> Any:
    """The gate's clock."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT gate_clock()")
        return cursor.fetchone()[0]


def local(at: Any) -> Any:
    """The same moment in the bank's zone."""
    from zoneinfo import ZoneInfo

    return at.astimezone(ZoneInfo("Asia/Shanghai"))


def _as_asked(wanted: dict[str, Any]) -> dict[str, Any]:
    return wanted
