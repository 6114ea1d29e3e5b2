"""One person aged and decided again from the same facts by the same judges; and the lock of an act about her."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import numpy as np
import pyarrow as pa
from django.db import transaction

from evenhand.casework.models import Case, DayDecision
from evenhand.cycle.desk import read_desk
from evenhand.cycle.manifest import Manifest, read_manifest
from evenhand.cycle.models import Run
from evenhand.cycle.people import ints
from evenhand.cycle.publish import publish_rows
from evenhand.cycle.slice import BookSlice
from evenhand.cycle.treat import Treated
from evenhand.journal import actions as journal
from evenhand.journal.actions import Act
from evenhand.journal.rules import digest_of
from evenhand.portfolio.models import Person
from evenhand.portfolio.persons import facts_changed, lock_persons
from evenhand.runtime.config import config
from evenhand.runtime.lake import Lake


class NoNight(LookupError):
    """No night is published yet, so there is no book to decide from."""


def last_manifest(lake: Lake) -> Manifest:
    """The manifest of the last published night; raises NoNight before the first."""
    run = Run.objects.filter(state=Run.State.PUBLISHED).order_by("-banking_day").first()
    if run is None:
        raise NoNight("no night is published yet")
    return _manifest(lake.manifest(run.banking_day), run.manifest_sha256)


@lru_cache(maxsize=4)
def _manifest(path: Path, _sha256: str) -> Manifest:
    return read_manifest(path)


def redecide(
    customer_keys: Sequence[int],
    *,
    cause: str,
    now: datetime,
    manifest: Manifest | None = None,
    lake: Lake | None = None,
) -> list[int]:
    """Age and decide these people again, as of the last night's banking day. Returns whose case changed.

    With nothing new since that night, nobody's does. People with no account in the book are left as they are.
    """
    if not customer_keys:
        return []
    lake = lake or Lake(config().lake)
    manifest = manifest or last_manifest(lake)
    changed: list[int] = []
    with transaction.atomic():
        persons = lock_persons(customer_keys=customer_keys)
        for number in sorted({person.partition for person in persons}):
            keys = [person.customer_key for person in persons if person.partition == number]
            changed += _redecide_partition(
                keys, number, cause=cause, now=now, manifest=manifest, lake=lake
            )
    return changed


def _redecide_partition(
    keys: Sequence[int], number: int, *, cause: str, now: datetime, manifest: Manifest, lake: Lake
) -> list[int]:
    on = manifest.banking_day
    book = BookSlice.read(lake, manifest, number, keys)
    treated = book.treated(read_desk(on, keys).drop_columns("partition"), manifest, lake)
    outcome = publish_rows(
        decisions=treated.decisions,
        state=treated.state,
        accounts=book.accounts,
        people=book.people,
        confirmed=(),
        partition=number,
        portfolio=manifest.portfolio,
        digests=manifest.digests,
        on=on,
        by="DAY",
        why="",
        now=now,
    )
    assert not outcome.stale, (
        "the people are locked, so nothing can have changed since their facts were read"
    )
    _keep_decisions(treated, outcome.changed, cause=cause, now=now, manifest=manifest)
    return list(outcome.changed)


def _keep_decisions(
    treated: Treated, changed: Sequence[int], *, cause: str, now: datetime, manifest: Manifest
) -> None:
    if not changed:
        return
    cases = {
        case.customer.customer_key: case
        for case in Case.objects.select_related("customer").filter(
            customer__customer_key__in=changed
        )
    }
    rows = np.flatnonzero(np.isin(ints(treated.decisions["customer_key"]), np.array(changed)))
    facts = treated.facts.take(pa.array(rows)).to_pylist()
    decisions = treated.decisions.take(pa.array(rows)).to_pylist()
    made = [
        DayDecision(
            case=cases[decision["customer_key"]],
            banking_day=manifest.banking_day,
            cause=cause,
            facts_seq=decision["facts_seq"],
            facts=fact,
            decision={
                name: str(value) if isinstance(value, date) else value
                for name, value in decision.items()
            },
            strategy_digest=manifest.digests[decision["arm"] or ""],
            decided_at=now,
        )
        for fact, decision in zip(facts, decisions, strict=True)
    ]
    DayDecision.objects.bulk_create(made)
    journal.record_many(_told(decision) for decision in made)


def _told(made: DayDecision) -> Act:
    return Act(
        kind="DAY_DECIDED",
        stream=journal.of_person(made.case.customer_id),
        who="day",
        at=made.decided_at,
        why=digest_of({"facts": made.facts, "decision": made.decision}),
        detail={
            "cause": made.cause,
            "treatment": made.decision["treatment"],
            "banking_day": made.banking_day.isoformat(),
            "facts_seq": made.facts_seq,
            "strategy_digest": made.strategy_digest,
        },
    )


@contextmanager
def locked(customer_id: UUID) -> Iterator[Person]:
    """One transaction about one person, who is locked first."""
    with transaction.atomic():
        [person] = lock_persons(ids=[customer_id])
        yield person


def changed(person: Person, *, cause: str, now: datetime) -> None:
    """Count that something was learnt of the locked person, and decide her again once there is a book."""
    facts_changed(person)
    if Run.objects.filter(state=Run.State.PUBLISHED).exists():
        redecide([person.customer_key], cause=cause, now=now)


@contextmanager
def changing(customer_id: UUID, *, cause: str, now: datetime) -> Iterator[Person]:
    """One act about one person: locked, done, counted, decided again, in one transaction."""
    with locked(customer_id) as person:
        yield person
        changed(person, cause=cause, now=now)
