"""Who gets which case: balanced by amount within each band of age, never above a limit. Rows in, rows out.

The same cases and hands give the same answer: the largest go first, each to whoever has the least of its band.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple
from uuid import UUID

from evenhand.compliance.packs import SHIPPED
from evenhand.compliance.stated import table

FILE = "house/assignment.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentTerms:
    """How cases are shared out; see `packs/house/assignment.toml`."""

    age_bands: tuple[int, ...]
    batch_cases_max: int
    kept_max: int
    kept_days_max: int


@cache
def assignment_terms() -> AssignmentTerms:
    """The terms as shipped; raises StatedError when the file cannot be used."""
    said = tomllib.loads((SHIPPED / FILE).read_text("utf-8"))
    return table("assignment", AssignmentTerms, said)


class ToAssign(NamedTuple):
    """One case to give to somebody. Amounts in minor units."""

    case_id: UUID
    desk: str
    amount_minor: int
    overdue_days: int
    language: str  # zh or en, as she is spoken to
    kept: bool = False  # by its owner, until a day
    barred: frozenset[UUID] = frozenset()  # members of staff she complained of


class Hand(NamedTuple):
    """One collector: what she can take, and what she holds besides the cases that are shared out."""

    staff: UUID
    desk: str
    languages: frozenset[str]
    limit: int | None  # none: no limit
    present: bool = True
    caseload: int = 0
    amounts_minor: tuple[int, ...] = ()  # of each band, that she holds already


class Given(NamedTuple):
    """Who gets a case, or why nobody: KEPT, NOBODY_PRESENT, NO_LANGUAGE, COMPLAINED_OF or FULL."""

    case_id: UUID
    to: UUID | None
    reason: str = ""


def band_of(overdue_days: int, terms: AssignmentTerms) -> int:
    """Which band of age a case is in, the youngest being 0."""
    return sum(overdue_days > limit for limit in terms.age_bands)


def assign(cases: Iterable[ToAssign], hands: Sequence[Hand], terms: AssignmentTerms) -> list[Given]:
    """Share cases out; one answer for each, the largest of the eldest first."""
    bands = len(terms.age_bands) + 1
    load = {hand.staff: hand.caseload for hand in hands}
    amounts: dict[UUID, list[int]] = {
        hand.staff: [*hand.amounts_minor, *[0] * (bands - len(hand.amounts_minor))]
        for hand in hands
    }
    at_desk: dict[str, list[Hand]] = defaultdict(list)
    for hand in hands:
        at_desk[hand.desk].append(hand)
    found = []
    for case in sorted(
        cases, key=lambda c: (-band_of(c.overdue_days, terms), -c.amount_minor, c.case_id)
    ):
        band = band_of(case.overdue_days, terms)
        free, reason = _free(case, at_desk[case.desk], load)
        if reason:
            found.append(Given(case.case_id, None, reason))
            continue
        hand = min(free, key=lambda h: (amounts[h.staff][band], load[h.staff], h.staff))
        amounts[hand.staff][band] += case.amount_minor
        load[hand.staff] += 1
        found.append(Given(case.case_id, hand.staff))
    return found


def _free(case: ToAssign, hands: Sequence[Hand], load: dict[UUID, int]) -> tuple[list[Hand], str]:
    """Who may take a case, or why nobody may: the first reason that leaves none."""
    if case.kept:
        return [], "KEPT"
    left = list(hands)
    for reason, may in (
        ("NOBODY_PRESENT", lambda h: h.present),
        ("NO_LANGUAGE", lambda h: case.language in h.languages),
        ("COMPLAINED_OF", lambda h: h.staff not in case.barred),
        ("FULL", lambda h: h.limit is None or load[h.staff] < h.limit),
    ):
        left = [hand for hand in left if may(hand)]
        if not left:
            return [], reason
    return left, ""
