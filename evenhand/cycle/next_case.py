"""The next case for a collector: what is due first, then what the strategy says, and never one that may not be called.

Who is offered a case holds it: nobody else is offered it until she is done, puts it back or leaves it idle.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from evenhand.access.models import Staff
from evenhand.casework import work
from evenhand.casework.next_rows import Candidate, candidates, in_hands_of
from evenhand.casework.queries import point_rows
from evenhand.casework.result_codes import result_codes
from evenhand.cycle.calling import TELEPHONES
from evenhand.outreach.asked import Asked
from evenhand.outreach.queries import next_times
from evenhand.portfolio.points import left_alone

JUDGED_MAX = 60


@dataclass(frozen=True, slots=True)
class Offered:
    """The case that is hers to work now; none: none may be called now. `passed` were looked at and may not be."""

    case_id: UUID | None
    passed: int
    opens_at: datetime | None = None  # when the first of those that were passed may be called


def next_case(staff: Staff, *, on: date, now: datetime) -> Offered:
    """Offer a case and put it into her hands; while she holds one, that one again."""
    codes = result_codes()
    held = in_hands_of(staff.id, idle_minutes=codes.idle_minutes, now=now)
    if held is not None and work.take(case_id=held, staff=staff.id, codes=codes, now=now):
        return Offered(held, 0)
    alone = left_alone(now=now)
    passed = 0
    opens: list[datetime] = []
    idle = codes.idle_minutes
    for found in candidates(staff, on=on, now=now, idle_minutes=idle, limit=JUDGED_MAX):
        besides = alone.of(found.customer_id)
        if besides is None:
            continue  # she wants no calls
        moment = _may_be_called(found, besides)
        if moment is True:
            if work.take(case_id=found.case_id, staff=staff.id, codes=codes, now=now):
                return Offered(found.case_id, passed)
            continue  # somebody else was faster
        passed += 1
        opens += [moment] if isinstance(moment, datetime) else []
    return Offered(None, passed, min(opens, default=None))


def _may_be_called(found: Candidate, unusable: frozenset[str]) -> bool | datetime:
    """Whether one of her numbers may be called now; else when, or False where nobody knows."""
    asked = [
        Asked("CALL", point=row.key, place="MOBILE" if row.kind == "MOBILE" else "")
        for row in point_rows(found.customer_id)
        if row.kind in TELEPHONES and row.key not in unusable
    ]
    times = next_times(found.customer_id, asked, language="zh") if asked else ()
    if any(each.now == "ALLOW" for each in times):
        return True
    return min((each.at for each in times if each.at is not None), default=False)
