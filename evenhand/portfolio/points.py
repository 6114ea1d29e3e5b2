"""What is learnt of a way to reach somebody from what became of contacts: whether it works, and whether it is hers."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from evenhand.portfolio.models import PointState
from evenhand.portfolio.standing import ALL_OF_THEM, calls_refused

REACHED = frozenset({"ANSWERED", "CONVERSATION", "DELIVERED"})
NOT_A_NUMBER = "NOT_A_NUMBER"
UNUSABLE_FOR: Mapping[str, timedelta] = {
    "EMPTY_NUMBER": timedelta(days=180),
    "OUT_OF_SERVICE": timedelta(days=30),
    "HARD_BOUNCE": timedelta(days=180),
    "WRONG_PERSON": timedelta(days=365),  # or until the bank's file names it again as verified
    NOT_A_NUMBER: timedelta(days=365),  # the bank's file names another way when it is corrected
    "RETURNED": timedelta(days=365),  # a letter, for its address
    "UNDELIVERABLE": timedelta(days=30),  # once it was so FAILURES times in a row
}
FAILURES = 3


class Learnt(NamedTuple):
    """What is known of one way to reach a person after one more contact by it."""

    failures: int  # in a row
    unusable_for: timedelta | None
    reason: str


def learnt(outcome: str, *, verified: bool | None, failures: int) -> Learnt:
    """What an outcome teaches. A wrong person on the line outranks that somebody answered; busy teaches nothing."""
    if outcome == "WRONG_PERSON" or (verified is False and outcome in REACHED):
        return Learnt(failures, UNUSABLE_FOR["WRONG_PERSON"], "WRONG_PERSON")
    if outcome in REACHED:
        return Learnt(0, None, outcome)
    if outcome == "UNDELIVERABLE":
        again = failures + 1
        return Learnt(again, UNUSABLE_FOR[outcome] if again >= FAILURES else None, outcome)
    return Learnt(failures, UNUSABLE_FOR.get(outcome), outcome if outcome in UNUSABLE_FOR else "")


def learn(
    customer_id: UUID, point: str, outcome: str, *, verified: bool | None = None, now: datetime
) -> None:
    """Keep what a contact taught of a way to reach somebody, in the caller's transaction."""
    if not point:
        return
    row, _ = PointState.objects.select_for_update().get_or_create(
        customer_id=customer_id, point=point, defaults={"learnt_at": now}
    )
    found = learnt(outcome, verified=verified, failures=row.failures)
    if verified and outcome in REACHED:
        row.verified_at = now
    if found.reason:
        row.reason, row.failures, row.learnt_at = found.reason, found.failures, now
        row.unusable_until = None if found.unusable_for is None else now + found.unusable_for
    row.save()


class PointStateRow(NamedTuple):
    """What was learnt of one way to reach a person."""

    reason: str
    failures: int
    unusable_until: datetime | None
    verified_at: datetime | None
    learnt_at: datetime


def point_states(customer_id: UUID) -> Mapping[str, PointStateRow]:
    """What was learnt of the ways to reach a person, by their keys."""
    rows = PointState.objects.filter(customer_id=customer_id)
    fields = ("point", *PointStateRow._fields)
    return {row[0]: PointStateRow(*row[1:]) for row in rows.values_list(*fields)}


def unusable_points(*, now: datetime) -> Mapping[UUID, frozenset[str]]:
    """The ways to reach people that are not to be used now, by person."""
    rows = PointState.objects.filter(unusable_until__gt=now).values_list("customer_id", "point")
    found: dict[UUID, set[str]] = defaultdict(set)
    for customer_id, point in rows:
        found[customer_id].add(point)
    return {customer_id: frozenset(points) for customer_id, points in found.items()}


class LeftAlone(NamedTuple):
    """The numbers no robot and no list calls, by person: what does not work, and what she wants left alone."""

    unusable: Mapping[UUID, frozenset[str]]
    refused: Mapping[UUID, frozenset[str]]

    def of(self, customer_id: UUID) -> frozenset[str] | None:
        """Those of one person; None where she wants no calls at all."""
        numbers = self.refused.get(customer_id, frozenset())
        if numbers == ALL_OF_THEM:
            return None
        return self.unusable.get(customer_id, frozenset()) | numbers


def left_alone(*, now: datetime) -> LeftAlone:
    """What is left alone now."""
    return LeftAlone(unusable_points(now=now), calls_refused(now=now))
