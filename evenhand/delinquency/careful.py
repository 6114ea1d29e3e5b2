"""The compiled walk over one account that is not in order: reversals, value dates to come, lists out of order.

The steps are those of `rules.py`, in a scratch array of int64 with a row for each name below.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evenhand.kernel.compiled import compiled

Days = npt.NDArray[np.int32]
Minors = npt.NDArray[np.int64]
NEVER = 2**31 - 1

# Statements in order of issue; then increments oldest due first, PLACE telling where each stands in order of issue.
ISSUED_ON, DUE_ON, MINIMUM, GIVEN, PLACE, INCREMENT, UNPAID = 0, 1, 2, 3, 4, 5, 6
# Payments in order of booking; LEFT is what no reversal took back.
VALUE_ON, BOOKED_ON, PAID, LEFT = 7, 8, 9, 10


class Walked(NamedTuple):
    """What the statements and payments of one account come to. The unpaid amounts stand in the scratch array."""

    issued: int
    unpaid_minor: int
    differs: int
    payments: int
    last_paid_on: int
    extra_minor: int


def scratch_for(statements: int, payments: int) -> Minors:
    """A scratch array for accounts of at most so many statements and payments."""
    return np.zeros((LEFT + 1, max(statements, payments, 1)), np.int64)


@compiled
def walk_careful(
    on: int,
    increments_given: bool,
    s: int,
    s_end: int,
    p: int,
    p_end: int,
    statement_on: Days,
    due_on: Days,
    minimum_minor: Minors,
    past_due_minor: Minors,
    value_on: Days,
    booked_on: Days,
    paid_minor: Minors,
    x: int,
    x_end: int,
    x_value_on: Days,
    x_booked_on: Days,
    x_paid_minor: Minors,
    scratch: Minors,
) -> Walked:
    """Each increment from what was booked at its statement, the unpaid from the value dates that have come."""
    issued, entries, extra_minor, differs = 0, 0, 0, 0
    for k in range(s, s_end):
        if statement_on[k] <= on:
            _issue(scratch, issued, statement_on[k], due_on[k], minimum_minor[k], past_due_minor[k])
            issued += 1
    for k in range(p, p_end):
        _book(scratch, entries, value_on[k], booked_on[k], paid_minor[k])
        entries += 1
    for k in range(x, x_end):
        _book(scratch, entries, x_value_on[k], x_booked_on[k], x_paid_minor[k])
        entries += 1
        if x_value_on[k] <= on:
            extra_minor += x_paid_minor[k]

    for k in range(issued):
        _net(scratch, entries, NEVER, scratch[ISSUED_ON, k])
        earlier, given = _pay(scratch, k, entries), scratch[GIVEN, k]
        if given >= 0 and given != earlier:
            differs = 2
        contained = given if given >= 0 else earlier
        if increments_given:
            contained = 0
        _place(scratch, k, max(scratch[MINIMUM, k] - contained, 0))
    _net(scratch, entries, on, NEVER)
    unpaid = _pay(scratch, issued, entries)

    count, last_paid = 0, 0
    for k in range(entries):
        if scratch[LEFT, k] > 0:
            count += 1
            last_paid = max(last_paid, scratch[VALUE_ON, k])
    return Walked(issued, unpaid, differs, count, last_paid, extra_minor)


@compiled
def _issue(
    scratch: Minors, n: int, issued_on: int, due_on: int, minimum_minor: int, given_minor: int
) -> None:
    """Put a statement among the first n in order of issue."""
    k = n
    while k > 0 and scratch[ISSUED_ON, k - 1] > issued_on:
        scratch[ISSUED_ON : GIVEN + 1, k] = scratch[ISSUED_ON : GIVEN + 1, k - 1]
        k -= 1
    scratch[ISSUED_ON, k] = issued_on
    scratch[DUE_ON, k] = due_on
    scratch[MINIMUM, k] = minimum_minor
    scratch[GIVEN, k] = given_minor


@compiled
def _book(scratch: Minors, n: int, value_on: int, booked_on: int, paid_minor: int) -> None:
    """Put a payment among the first n in order of booking, reversals last within a day."""
    k = n
    while k > 0:
        later = scratch[BOOKED_ON, k - 1] > booked_on
        same_day = scratch[BOOKED_ON, k - 1] == booked_on
        if not later and not (same_day and paid_minor >= 0 and scratch[PAID, k - 1] < 0):
            break
        scratch[VALUE_ON : PAID + 1, k] = scratch[VALUE_ON : PAID + 1, k - 1]
        k -= 1
    scratch[VALUE_ON, k] = value_on
    scratch[BOOKED_ON, k] = booked_on
    scratch[PAID, k] = paid_minor


@compiled
def _net(scratch: Minors, entries: int, value_upto: int, booked_upto: int) -> None:
    """Leave of each payment what no reversal took back, among those with both days not later than the given."""
    for k in range(entries):
        scratch[LEFT, k] = 0
        if scratch[VALUE_ON, k] > value_upto or scratch[BOOKED_ON, k] > booked_upto:
            continue
        if scratch[PAID, k] > 0:
            scratch[LEFT, k] = scratch[PAID, k]
            continue
        rest = -scratch[PAID, k]
        for same_value_day in (True, False):
            for j in range(k - 1, -1, -1):
                if not same_value_day or scratch[VALUE_ON, j] == scratch[VALUE_ON, k]:
                    taken = min(rest, scratch[LEFT, j])
                    scratch[LEFT, j] -= taken
                    rest -= taken


@compiled
def _pay(scratch: Minors, placed: int, entries: int) -> int:
    """Pay the increments placed so far, oldest due first, with what is left of the payments; return what is unpaid."""
    unpaid = 0
    for k in range(placed):
        scratch[UNPAID, k] = scratch[INCREMENT, k]
        unpaid += scratch[INCREMENT, k]
    for j in range(entries):
        rest = scratch[LEFT, j]
        for k in range(placed):
            if scratch[ISSUED_ON, scratch[PLACE, k]] < scratch[BOOKED_ON, j]:
                taken = min(rest, scratch[UNPAID, k])
                scratch[UNPAID, k] -= taken
                rest -= taken
                unpaid -= taken
    return unpaid


@compiled
def _place(scratch: Minors, n: int, increment_minor: int) -> None:
    """Put the increment of statement n (in order of issue) among the first n, oldest due first."""
    k = n
    while k > 0 and scratch[DUE_ON, scratch[PLACE, k - 1]] > scratch[DUE_ON, n]:
        scratch[PLACE, k] = scratch[PLACE, k - 1]
        scratch[INCREMENT, k] = scratch[INCREMENT, k - 1]
        k -= 1
    scratch[PLACE, k] = n
    scratch[INCREMENT, k] = increment_minor
