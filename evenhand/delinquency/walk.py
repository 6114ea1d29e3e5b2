"""The compiled walk over accounts behind `columns.py`: what `rules.age` says, for a whole batch, over flat arrays.

Days are counted from 1970-01-01, amounts are minor units. The statements of row i stand at `offsets[i]` to
`offsets[i + 1]` of the flat arrays, and so do its payments of theirs. Nearly every account has its statements and
payments in order, no reversal and no value date to come: its increments are paid oldest first, so one running total of
increments and one of what was applied to them say everything (`_plain`). Every other account takes the steps of
`rules.py` in a scratch array (`_careful`).

Helpers take arrays one by one: numba counts references each time an array is taken out of a tuple, which in the inner
loops costs several times the work itself. All of it stands in one file because numba recompiles a kept function only
when its own file has changed.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evenhand.kernel.compiled import compiled

Days = npt.NDArray[np.int32]
Minors = npt.NDArray[np.int64]
Small = npt.NDArray[np.int8]

PAST_DUE, OWES, ESTIMATED, FIRST_DEFAULT = 1, 2, 4, 8
HAS_STATED, HAS_NEXT_DUE, HAS_OLDEST_DUE, HAS_LAST_PAID = 16, 32, 64, 128
NEVER = 2**31 - 1
FIRST_WITHIN_DAYS = 62

# Rows of the scratch array.
# Statements in order of issue; then increments oldest due first, PLACE telling where each stands in order of issue.
ISSUED_ON, DUE_ON, MINIMUM, GIVEN, PLACE, INCREMENT, UNPAID = 0, 1, 2, 3, 4, 5, 6
# Payments in order of booking; LEFT is what no reversal took back.
VALUE_ON, BOOKED_ON, PAID, LEFT = 7, 8, 9, 10


class Contract(NamedTuple):
    """The terms and the day, as numbers."""

    on: int
    grace_days: int
    tolerance_minor: int
    increments_given: bool
    stated_leads: bool


class Statements(NamedTuple):
    """Flat lists of statements; a past due of -1 is none given."""

    offsets: Days
    statement_on: Days
    due_on: Days
    minimum_minor: Minors
    past_due_minor: Minors


class Payments(NamedTuple):
    """Flat lists of payments; reversals are below zero."""

    offsets: Days
    value_on: Days
    booked_on: Days
    paid_minor: Minors


class Extra(NamedTuple):
    """Payments that no file carries yet, sorted by row."""

    row: Minors
    value_on: Days
    booked_on: Days
    paid_minor: Minors


class Accounts(NamedTuple):
    """One value a row. Stated days of -1 are none stated; an unknown opening day is NEVER."""

    balance_minor: Minors
    stated_days: Days
    stated_on: Days
    opened_on: Days


class Figures(NamedTuple):
    """What is written, one value a row; `flags` are the bits above."""

    flags: npt.NDArray[np.uint8]
    overdue_days: Days
    computed_days: Days
    stated_days: Days
    arrears_minor: Minors
    due_minor: Minors
    next_due_on: Days
    oldest_due_on: Days
    cycles_missed: Small
    payments_recent: npt.NDArray[np.int16]
    last_paid_on: Days
    difference: Small


class Walked(NamedTuple):
    """What the statements and payments of one account come to. The unpaid amounts stand in the scratch array."""

    issued: int
    unpaid_minor: int
    differs: int
    payments: int
    last_paid_on: int
    extra_minor: int


class Owed(NamedTuple):
    """What the statements show as owed on the day; `oldest_place` counts in order of issue."""

    past_minor: int
    within_minor: int
    next_due_on: int
    missed: int
    oldest_due_on: int
    oldest_place: int


class Led(NamedTuple):
    """The days past due once the core's own figure has had its say."""

    overdue_days: int
    computed_days: int
    stated_days: int
    difference: int


def scratch_for(statements: int, payments: int) -> Minors:
    """A scratch array for accounts of at most so many statements and payments."""
    return np.zeros((LEFT + 1, max(statements, payments, 1)), np.int64)


@compiled
def longest(offsets: Days) -> int:
    """The length of the longest list."""
    most = 0
    for i in range(len(offsets) - 1):
        most = max(most, offsets[i + 1] - offsets[i])
    return most


@compiled
def walk(
    contract: Contract,
    accounts: Accounts,
    statements: Statements,
    payments: Payments,
    extra: Extra,
    scratch: Minors,
    figures: Figures,
) -> None:
    """Age every row and write its figures; `scratch` is what `scratch_for` makes."""
    balance_minor, stated_days, stated_on, opened_on = accounts
    s_offsets, statement_on, due_on, minimum_minor, past_due_minor = statements
    p_offsets, value_on, booked_on, paid_minor = payments
    x_row, x_value_on, x_booked_on, x_paid_minor = extra
    (
        flags, overdue_days, computed_days, out_stated_days, arrears_minor, due_minor, next_due_on, oldest_due_on,
        cycles_missed, payments_recent, last_paid_on, difference,
    ) = figures  # fmt: skip
    x, x_end = 0, 0
    for i in range(len(balance_minor)):
        s, s_end, p, p_end = s_offsets[i], s_offsets[i + 1], p_offsets[i], p_offsets[i + 1]
        while x_end < len(x_row) and x_row[x_end] == i:
            x_end += 1
        walked = _plain(
            contract, s, s_end, p, p_end, statement_on, due_on, minimum_minor, past_due_minor,
            value_on, booked_on, paid_minor, scratch,
        )  # fmt: skip
        if x_end > x or walked.issued < 0:
            walked = _careful(
                contract.on, contract.increments_given, s, s_end, p, p_end, statement_on, due_on, minimum_minor,
                past_due_minor, value_on, booked_on, paid_minor, x, x_end, x_value_on, x_booked_on, x_paid_minor,
                scratch,
            )  # fmt: skip
            x = x_end
        balance = balance_minor[i] - walked.extra_minor
        owed = _owed(contract, walked, balance, scratch)
        led = _led(contract, owed, walked, stated_days[i], stated_on[i])
        flag = _flags(owed, led, walked, balance, stated_days[i])
        if owed.missed > 0:
            flag |= _first_default(
                owed.oldest_place, opened_on[i], s, s_end, statement_on, minimum_minor
            )

        flags[i] = flag
        overdue_days[i] = led.overdue_days
        computed_days[i] = led.computed_days
        out_stated_days[i] = led.stated_days
        arrears_minor[i] = _arrears(
            contract.on, flag, owed, balance, s, s_end, statement_on, minimum_minor
        )
        due_minor[i] = owed.within_minor
        next_due_on[i] = owed.next_due_on
        oldest_due_on[i] = owed.oldest_due_on
        cycles_missed[i] = min(owed.missed, 127)
        payments_recent[i] = min(walked.payments, 32_767)
        last_paid_on[i] = walked.last_paid_on
        difference[i] = led.difference


@compiled
def _plain(
    contract: Contract,
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
    scratch: Minors,
) -> Walked:
    """One pass over an account in order; -1 statements issued as soon as it proves not to be."""
    total, applied, differs, count, last_paid, issued = 0, 0, 0, 0, 0, 0
    before_on, before_due, before_booked, unusual = -NEVER, -NEVER, -NEVER, False
    for k in range(s, s_end + 1):
        issued_on = statement_on[k] if k < s_end else NEVER
        unusual |= issued_on < before_on
        before_on = issued_on
        upto = issued_on if issued_on <= contract.on else NEVER
        while p < p_end and booked_on[p] <= upto:
            paid = paid_minor[p]
            unusual |= (paid < 0) | (value_on[p] > contract.on) | (booked_on[p] < before_booked)
            before_booked = booked_on[p]
            applied = min(applied + paid, total)
            if paid > 0:
                count += 1
                last_paid = max(last_paid, value_on[p])
            p += 1
        if issued_on <= contract.on:
            unusual |= due_on[k] < before_due
            before_due = due_on[k]
            earlier, given = total - applied, past_due_minor[k]
            if given >= 0 and given != earlier:
                differs = 2
            contained = given if given >= 0 else earlier
            if contract.increments_given:
                contained = 0
            total += max(minimum_minor[k] - contained, 0)
            scratch[UNPAID, issued] = total
            scratch[DUE_ON, issued] = before_due
            scratch[PLACE, issued] = issued
            issued += 1
    if applied < total and not unusual:
        before = applied
        for k in range(issued):
            upto = scratch[UNPAID, k]
            scratch[UNPAID, k] = max(upto - before, 0)
            before = max(upto, before)
    return Walked(-1 if unusual else issued, total - applied, differs, count, last_paid, 0)


@compiled
def _careful(
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
        for row in range(ISSUED_ON, GIVEN + 1):
            scratch[row, k] = scratch[row, k - 1]
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
        for row in range(VALUE_ON, PAID + 1):
            scratch[row, k] = scratch[row, k - 1]
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


@compiled
def _owed(contract: Contract, walked: Walked, balance: int, scratch: Minors) -> Owed:
    """Part what is unpaid into past grace and within it, oldest due first; together they are at most the balance."""
    past, within, next_due, missed, oldest_due, oldest_place = 0, 0, NEVER, 0, 0, 0
    issued = walked.issued if balance > 0 and walked.unpaid_minor > 0 else 0
    for k in range(issued):
        unpaid, place = scratch[UNPAID, k], scratch[PLACE, k]
        if unpaid == 0:
            continue
        due_on = scratch[DUE_ON, place]
        if contract.on <= due_on + contract.grace_days:
            within += unpaid
            next_due = min(next_due, due_on)
            continue
        past += unpaid
        if past > contract.tolerance_minor:
            missed += 1
            if missed == 1:
                oldest_due, oldest_place = due_on, place
    past = max(min(past, balance), 0)
    within = max(min(within, balance - past), 0)
    return Owed(past, within, next_due if within > 0 else 0, missed, oldest_due, oldest_place)


@compiled
def _led(contract: Contract, owed: Owed, walked: Walked, stated: int, stated_on: int) -> Led:
    computed = contract.on - owed.oldest_due_on if owed.missed > 0 else 0
    if stated < 0:
        return Led(computed, computed, 0, walked.differs)
    if stated > 0:
        stated += max(contract.on - stated_on, 0)
    differs = 1 if walked.issued > 0 and stated != computed else 0
    leading = stated if contract.stated_leads else computed
    return Led(leading, computed, stated, walked.differs | differs)


@compiled
def _flags(owed: Owed, led: Led, walked: Walked, balance: int, stated: int) -> int:
    flags = OWES if balance > 0 else 0
    if led.overdue_days > 0:
        flags |= PAST_DUE
        if balance > 0 and owed.missed == 0:
            flags |= ESTIMATED
    if stated >= 0:
        flags |= HAS_STATED
    if owed.within_minor > 0:
        flags |= HAS_NEXT_DUE
    if owed.missed > 0:
        flags |= HAS_OLDEST_DUE
    if walked.payments > 0:
        flags |= HAS_LAST_PAID
    return flags


@compiled
def _arrears(
    on: int,
    flags: int,
    owed: Owed,
    balance: int,
    s: int,
    s_end: int,
    statement_on: Days,
    minimum_minor: Minors,
) -> int:
    """What is unpaid past grace; where only the core states arrears, the latest minimum, at most the balance."""
    arrears = owed.past_minor if flags & PAST_DUE else 0
    if flags & ESTIMATED:
        latest_on = -NEVER
        for k in range(s, s_end):
            if latest_on <= statement_on[k] <= on:
                latest_on = statement_on[k]
                arrears = min(balance, max(minimum_minor[k], 0))
    return arrears


@compiled
def _first_default(
    place: int, opened_on: int, s: int, s_end: int, statement_on: Days, minimum_minor: Minors
) -> int:
    """FIRST_DEFAULT if the statement at this place in order of issue is the first with a minimum since the opening."""
    first_on, asking_on, asking, earlier = NEVER, NEVER, -1, 0
    for k in range(s, s_end):
        first_on = min(first_on, statement_on[k])
        if minimum_minor[k] > 0 and statement_on[k] < asking_on:
            asking_on, asking = statement_on[k], k
    for k in range(s, s_end):
        if statement_on[k] < asking_on or (statement_on[k] == asking_on and k < asking):
            earlier += 1
    proved = 0 <= first_on - opened_on <= FIRST_WITHIN_DAYS
    return FIRST_DEFAULT if proved and asking >= 0 and earlier == place else 0
