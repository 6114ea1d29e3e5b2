"""The compiled walk over accounts behind `columns.py`: what `rules.age` says, for a whole batch, over flat arrays.

Days are counted from 1970-01-01, amounts are minor units. The statements of row i stand at `offsets[i]` to
`offsets[i + 1]` of the flat arrays, and so do its payments of theirs. Nearly every account has its statements and
payments in order, no reversal and no value date to come: its increments are paid oldest first, so one running total of
increments and one of what was applied to them say everything (`_plain`). Every other account is worked out in scratch
arrays by the same steps as `rules.py` (`_careful`).
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


class Contract(NamedTuple):
    """The terms and the day, as numbers. `classes` has one row a day past due: bucket, ccm92, fin2023, the stricter."""

    on: int
    grace_days: int
    tolerance_minor: int
    increments_given: bool
    stated_leads: bool
    classes: Small


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
    bucket: Small
    ccm92: Small
    fin2023: Small
    risk_class: Small
    payments_recent: npt.NDArray[np.int16]
    last_paid_on: Days
    difference: Small


class Scratch(NamedTuple):
    """Room for the statements and payments of one account."""

    issued_on: Days  # statements in order of issue
    due_on: Days
    minimum_minor: Minors
    past_due_minor: Minors
    place: Days  # statements oldest due first: where each stands in order of issue
    increment_minor: Minors  # oldest due first, as are the unpaid amounts
    unpaid_minor: Minors
    value_on: Days  # payments in order of booking
    booked_on: Days
    paid_minor: Minors
    left_minor: Minors


class Walked(NamedTuple):
    """What the statements and payments of one account come to. The unpaid amounts stand in the scratch arrays."""

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


def scratch_for(statements: int, payments: int) -> Scratch:
    """Scratch arrays for accounts of at most so many statements and payments."""
    s, p = max(statements, 1), max(payments, 1)
    return Scratch(
        *(np.empty(s, np.int32) for _ in range(2)),
        *(np.empty(s, np.int64) for _ in range(2)),
        np.empty(s, np.int32),
        *(np.empty(s, np.int64) for _ in range(2)),
        *(np.empty(p, np.int32) for _ in range(2)),
        *(np.empty(p, np.int64) for _ in range(2)),
    )


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
    scratch: Scratch,
    figures: Figures,
) -> None:
    """Age every row and write its figures."""
    e = 0
    for i in range(len(accounts.balance_minor)):
        e_end = e
        while e_end < len(extra.row) and extra.row[e_end] == i:
            e_end += 1
        plain = e_end == e
        walked = Walked(0, 0, 0, 0, 0, 0)
        if plain:
            plain, walked = _plain(contract, statements, payments, i, scratch)
        if not plain:
            walked = _careful(contract, statements, payments, i, extra, e, e_end, scratch)
        e = e_end
        _figure(contract, accounts, statements, i, walked, scratch, figures)


@compiled
def _plain(
    contract: Contract, statements: Statements, payments: Payments, i: int, scratch: Scratch
) -> tuple[bool, Walked]:
    """One pass over an account in order; (False, …) as soon as it proves not to be."""
    total, applied, differs, count, last_paid, issued = 0, 0, 0, 0, -NEVER, 0
    before_on, before_due, before_booked = -NEVER, -NEVER, -NEVER
    s, s_end = statements.offsets[i], statements.offsets[i + 1]
    p, p_end = payments.offsets[i], payments.offsets[i + 1]
    nothing = Walked(0, 0, 0, 0, 0, 0)
    while True:
        issued_on = statements.statement_on[s] if s < s_end else NEVER
        if issued_on < before_on:
            return False, nothing
        before_on = issued_on
        upto = issued_on if issued_on <= contract.on else NEVER
        while p < p_end and payments.booked_on[p] <= upto:
            paid = payments.paid_minor[p]
            value_on, booked_on = payments.value_on[p], payments.booked_on[p]
            if paid < 0 or value_on > contract.on or booked_on < before_booked:
                return False, nothing
            before_booked = booked_on
            applied = min(applied + paid, total)
            if paid > 0:
                count += 1
                last_paid = max(last_paid, value_on)
            p += 1
        if s >= s_end:
            break
        if issued_on <= contract.on:
            due_on = statements.due_on[s]
            if due_on < before_due:
                return False, nothing
            before_due = due_on
            earlier, given = total - applied, statements.past_due_minor[s]
            if given >= 0 and given != earlier:
                differs = 2
            contained = 0 if contract.increments_given else (given if given >= 0 else earlier)
            total += max(statements.minimum_minor[s] - contained, 0)
            scratch.increment_minor[issued] = total
            issued += 1
        s += 1
    if applied < total:
        _spread(statements, statements.offsets[i], issued, applied, scratch)
    return True, Walked(issued, total - applied, differs, count, last_paid, 0)


@compiled
def _spread(
    statements: Statements, first: int, issued: int, applied: int, scratch: Scratch
) -> None:
    """Turn running totals of increments into what is unpaid of each."""
    before = 0
    for k in range(issued):
        upto = scratch.increment_minor[k]
        scratch.unpaid_minor[k] = max(upto - max(applied, before), 0)
        scratch.due_on[k] = statements.due_on[first + k]
        scratch.place[k] = k
        before = upto


@compiled
def _careful(
    contract: Contract,
    statements: Statements,
    payments: Payments,
    i: int,
    extra: Extra,
    e: int,
    e_end: int,
    scratch: Scratch,
) -> Walked:
    """Any account: each increment from what was booked at its statement, the unpaid from the value dates come."""
    issued = _statements_in_order(contract, statements, i, scratch)
    entries, extra_minor = 0, 0
    for p in range(payments.offsets[i], payments.offsets[i + 1]):
        _insert(
            scratch, entries, payments.value_on[p], payments.booked_on[p], payments.paid_minor[p]
        )
        entries += 1
    for p in range(e, e_end):
        _insert(scratch, entries, extra.value_on[p], extra.booked_on[p], extra.paid_minor[p])
        entries += 1
        if extra.value_on[p] <= contract.on:
            extra_minor += extra.paid_minor[p]

    differs = 0
    for k in range(issued):
        _net(scratch, entries, NEVER, scratch.issued_on[k])
        earlier, given = _pay(scratch, k, entries), scratch.past_due_minor[k]
        if given >= 0 and given != earlier:
            differs = 2
        contained = 0 if contract.increments_given else (given if given >= 0 else earlier)
        _place(scratch, k, max(scratch.minimum_minor[k] - contained, 0))
    _net(scratch, entries, contract.on, NEVER)
    unpaid = _pay(scratch, issued, entries)

    count, last_paid = 0, -NEVER
    for p in range(entries):
        if scratch.left_minor[p] > 0:
            count += 1
            last_paid = max(last_paid, scratch.value_on[p])
    return Walked(issued, unpaid, differs, count, last_paid, extra_minor)


@compiled
def _statements_in_order(
    contract: Contract, statements: Statements, i: int, scratch: Scratch
) -> int:
    """Copy the statements issued by the day, in order of issue; return how many."""
    n = 0
    for s in range(statements.offsets[i], statements.offsets[i + 1]):
        issued_on = statements.statement_on[s]
        if issued_on > contract.on:
            continue
        k = n
        while k > 0 and scratch.issued_on[k - 1] > issued_on:
            scratch.issued_on[k] = scratch.issued_on[k - 1]
            scratch.due_on[k] = scratch.due_on[k - 1]
            scratch.minimum_minor[k] = scratch.minimum_minor[k - 1]
            scratch.past_due_minor[k] = scratch.past_due_minor[k - 1]
            k -= 1
        scratch.issued_on[k] = issued_on
        scratch.due_on[k] = statements.due_on[s]
        scratch.minimum_minor[k] = statements.minimum_minor[s]
        scratch.past_due_minor[k] = statements.past_due_minor[s]
        n += 1
    return n


@compiled
def _insert(scratch: Scratch, n: int, value_on: int, booked_on: int, paid_minor: int) -> None:
    """Put a payment among the first n in order of booking, reversals last within a day."""
    k = n
    while k > 0 and (
        scratch.booked_on[k - 1] > booked_on
        or (
            scratch.booked_on[k - 1] == booked_on
            and scratch.paid_minor[k - 1] < 0
            and paid_minor >= 0
        )
    ):
        scratch.value_on[k] = scratch.value_on[k - 1]
        scratch.booked_on[k] = scratch.booked_on[k - 1]
        scratch.paid_minor[k] = scratch.paid_minor[k - 1]
        k -= 1
    scratch.value_on[k] = value_on
    scratch.booked_on[k] = booked_on
    scratch.paid_minor[k] = paid_minor


@compiled
def _net(scratch: Scratch, entries: int, value_upto: int, booked_upto: int) -> None:
    """Leave of each payment what no reversal took back, among those with both days not later than the given."""
    for p in range(entries):
        scratch.left_minor[p] = 0
        if scratch.value_on[p] > value_upto or scratch.booked_on[p] > booked_upto:
            continue
        paid = scratch.paid_minor[p]
        if paid > 0:
            scratch.left_minor[p] = paid
            continue
        rest = -paid
        for same_value_day in (True, False):
            for q in range(p - 1, -1, -1):
                if rest == 0:
                    break
                if not same_value_day or scratch.value_on[q] == scratch.value_on[p]:
                    taken = min(rest, scratch.left_minor[q])
                    scratch.left_minor[q] -= taken
                    rest -= taken


@compiled
def _pay(scratch: Scratch, placed: int, entries: int) -> int:
    """Pay the increments placed so far, oldest due first, with what is left of the payments; return what is unpaid."""
    unpaid = 0
    for k in range(placed):
        scratch.unpaid_minor[k] = scratch.increment_minor[k]
        unpaid += scratch.increment_minor[k]
    for p in range(entries):
        rest = scratch.left_minor[p]
        for k in range(placed):
            if rest == 0:
                break
            if scratch.issued_on[scratch.place[k]] < scratch.booked_on[p]:
                taken = min(rest, scratch.unpaid_minor[k])
                scratch.unpaid_minor[k] -= taken
                rest -= taken
                unpaid -= taken
    return unpaid


@compiled
def _place(scratch: Scratch, n: int, increment_minor: int) -> None:
    """Put the increment of statement n (in order of issue) among the first n, oldest due first."""
    k = n
    while k > 0 and scratch.due_on[scratch.place[k - 1]] > scratch.due_on[n]:
        scratch.place[k] = scratch.place[k - 1]
        scratch.increment_minor[k] = scratch.increment_minor[k - 1]
        k -= 1
    scratch.place[k] = n
    scratch.increment_minor[k] = increment_minor


@compiled
def _figure(
    contract: Contract,
    accounts: Accounts,
    statements: Statements,
    i: int,
    walked: Walked,
    scratch: Scratch,
    figures: Figures,
) -> None:
    """Write the figures of one row from what is unpaid and what the core states."""
    balance = accounts.balance_minor[i] - walked.extra_minor
    owed = Owed(0, 0, NEVER, 0, 0, -1)
    flags = HAS_LAST_PAID if walked.payments > 0 else 0
    if balance > 0:
        flags |= OWES
        if walked.unpaid_minor > 0:
            owed = _owed(contract, walked.issued, balance, scratch)
    if owed.within_minor > 0:
        flags |= HAS_NEXT_DUE
    if owed.missed > 0:
        flags |= HAS_OLDEST_DUE
        if _is_first_ever(accounts, statements, i, owed.oldest_place):
            flags |= FIRST_DEFAULT

    computed = contract.on - owed.oldest_due_on if owed.missed > 0 else 0
    stated, leading, differs = accounts.stated_days[i], computed, walked.differs
    if stated >= 0:
        flags |= HAS_STATED
        if stated > 0:
            stated += max(contract.on - accounts.stated_on[i], 0)
        if walked.issued > 0 and stated != computed:
            differs |= 1
        if contract.stated_leads:
            leading = stated
    arrears = 0
    if leading > 0:
        flags |= PAST_DUE
        arrears = owed.past_minor
        if balance > 0 and owed.missed == 0:
            flags |= ESTIMATED
            arrears = min(balance, _latest_minimum(contract, statements, i))

    figures.overdue_days[i] = leading
    figures.computed_days[i] = computed
    figures.stated_days[i] = max(stated, 0)
    figures.arrears_minor[i] = arrears
    figures.difference[i] = differs
    _write(contract, i, flags, leading, walked, owed, figures)


@compiled
def _owed(contract: Contract, issued: int, balance: int, scratch: Scratch) -> Owed:
    """Part what is unpaid into past grace and within it, oldest due first; neither is more than the balance."""
    past, within, next_due, missed, oldest_due, oldest_place = 0, 0, NEVER, 0, 0, -1
    for k in range(issued):
        unpaid, due_on = scratch.unpaid_minor[k], scratch.due_on[scratch.place[k]]
        if unpaid == 0:
            continue
        if contract.on <= due_on + contract.grace_days:
            within += unpaid
            next_due = min(next_due, due_on)
            continue
        past += unpaid
        if past > contract.tolerance_minor:
            missed += 1
            if missed == 1:
                oldest_due, oldest_place = due_on, scratch.place[k]
    past = min(past, balance)
    return Owed(past, min(within, balance - past), next_due, missed, oldest_due, oldest_place)


@compiled
def _write(
    contract: Contract,
    i: int,
    flags: int,
    overdue_days: int,
    walked: Walked,
    owed: Owed,
    figures: Figures,
) -> None:
    figures.flags[i] = flags
    figures.due_minor[i] = owed.within_minor
    figures.next_due_on[i] = owed.next_due_on if owed.within_minor > 0 else 0
    figures.oldest_due_on[i] = owed.oldest_due_on
    figures.cycles_missed[i] = min(owed.missed, 127)
    days = min(overdue_days, len(contract.classes) - 1)
    figures.bucket[i] = contract.classes[days, 0]
    figures.ccm92[i] = contract.classes[days, 1]
    figures.fin2023[i] = contract.classes[days, 2]
    figures.risk_class[i] = contract.classes[days, 3]
    figures.payments_recent[i] = min(walked.payments, 32_767)
    figures.last_paid_on[i] = walked.last_paid_on if walked.payments > 0 else 0


@compiled
def _latest_minimum(contract: Contract, statements: Statements, i: int) -> int:
    latest_on, minimum = -NEVER, 0
    for s in range(statements.offsets[i], statements.offsets[i + 1]):
        if latest_on <= statements.statement_on[s] <= contract.on:
            latest_on = statements.statement_on[s]
            minimum = max(statements.minimum_minor[s], 0)
    return minimum


@compiled
def _is_first_ever(accounts: Accounts, statements: Statements, i: int, place: int) -> bool:
    """Whether the statement at this place in order of issue is the first with a minimum since the opening."""
    first_on, first_asking_on, earlier = NEVER, NEVER, 0
    asking = -1
    for s in range(statements.offsets[i], statements.offsets[i + 1]):
        issued_on = statements.statement_on[s]
        first_on = min(first_on, issued_on)
        if statements.minimum_minor[s] > 0 and issued_on < first_asking_on:
            first_asking_on, asking = issued_on, s
    if asking < 0 or not 0 <= first_on - accounts.opened_on[i] <= FIRST_WITHIN_DAYS:
        return False
    for s in range(statements.offsets[i], statements.offsets[i + 1]):
        issued_on = statements.statement_on[s]
        if issued_on < first_asking_on or (issued_on == first_asking_on and s < asking):
            earlier += 1
    return earlier == place
