"""Ageing of one account, written to be read. `columns.py` says the same for millions; docs/why/ageing.md explains it.

Amounts are minor units of the account's currency. All days are banking days of the creditor.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from evenhand.delinquency.classification import Classification
from evenhand.portfolio.terms import AgeingTerms, Leads, MinimumDueIs

DIFFERENCE_DAYS, DIFFERENCE_PAST_DUE = 1, 2
FIRST_STATEMENT_WITHIN_DAYS = 62


@dataclass(frozen=True, slots=True)
class Statement:
    """One billing cycle. `past_due_minor` is the feed's own figure of earlier minimums unpaid on the statement date."""

    statement_on: date
    due_on: date
    minimum_due_minor: int
    past_due_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment, or below zero a reversal, which carries the value date of what it takes back."""

    value_on: date
    booked_on: date
    paid_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What ageing needs to know of an account: its ageing window, and the core's own figures where it states them."""

    statements: tuple[Statement, ...] = ()
    payments: tuple[Payment, ...] = ()
    balance_minor: int
    opened_on: date | None = None
    stated_overdue_days: int | None = None
    stated_on: date | None = None


@dataclass(frozen=True, slots=True)
class Ageing:
    """One account on one day. Fields and their meaning are those of the schema in `ageing.py`."""

    past_due: bool
    owes: bool
    overdue_days: int
    computed_overdue_days: int
    stated_overdue_days: int | None
    arrears_minor: int
    arrears_estimated: bool
    due_minor: int
    next_due_on: date | None
    oldest_due_on: date | None
    cycles_missed: int
    bucket: int
    ccm92: int
    fin2023: int
    risk_class: int
    first_payment_default: bool
    payments_recent: int
    last_paid_on: date | None
    difference: int


@dataclass(frozen=True, slots=True)
class Unpaid:
    """What one statement asked for beyond earlier ones, and how much of that is unpaid."""

    statement: Statement
    increment_minor: int
    unpaid_minor: int


def age(
    account: Account,
    *,
    terms: AgeingTerms,
    on: date,
    classification: Classification,
    extra: Sequence[Payment] = (),
) -> Ageing:
    """Age one account on a banking day.

    `extra` are payments known by day that neither the account's lists nor its balance carry yet.
    """
    payments = (*account.payments, *extra)
    counting = net_of_reversals(p for p in payments if p.value_on <= on)
    balance_minor = account.balance_minor - sum(p.paid_minor for p in extra if p.value_on <= on)
    unpaid, difference = unpaid_on(account.statements, payments, terms=terms, on=on)
    owes = balance_minor > 0
    if not owes:
        unpaid = [Unpaid(u.statement, u.increment_minor, 0) for u in unpaid]

    grace = timedelta(days=terms.grace_days)
    past_grace = [u for u in unpaid if on > u.statement.due_on + grace]
    within = [u for u in unpaid if on <= u.statement.due_on + grace and u.unpaid_minor]
    missed = not_satisfied(past_grace, terms.tolerance_minimum_minor)
    past_grace_minor = min(sum(u.unpaid_minor for u in past_grace), max(balance_minor, 0))
    oldest = missed[0].statement if missed else None
    computed_days = (on - oldest.due_on).days if oldest else 0

    stated_days = stated_on_day(account, on)
    if stated_days is not None and unpaid and stated_days != computed_days:
        difference |= DIFFERENCE_DAYS
    stated_leads = terms.leads is Leads.STATED and stated_days is not None
    overdue_days = stated_days if stated_leads and stated_days is not None else computed_days
    past_due = overdue_days > 0
    estimated = past_due and owes and not missed
    if estimated:
        arrears_minor = min(balance_minor, _latest_minimum_minor(account, on))
    else:
        arrears_minor = past_grace_minor if past_due else 0
    due_minor = min(sum(u.unpaid_minor for u in within), max(balance_minor, 0) - past_grace_minor)
    return Ageing(
        past_due=past_due,
        owes=owes,
        overdue_days=overdue_days,
        computed_overdue_days=computed_days,
        stated_overdue_days=stated_days,
        arrears_minor=arrears_minor,
        arrears_estimated=estimated,
        due_minor=due_minor,
        next_due_on=min(u.statement.due_on for u in within) if due_minor else None,
        oldest_due_on=oldest.due_on if oldest else None,
        cycles_missed=min(len(missed), 127),
        **asdict(classification.classes(overdue_days)),
        first_payment_default=oldest is not None and oldest is first_ever(account, on),
        payments_recent=len(counting),
        last_paid_on=max((p.value_on for p in counting), default=None),
        difference=difference,
    )


def unpaid_on(
    statements: Sequence[Statement], payments: Sequence[Payment], *, terms: AgeingTerms, on: date
) -> tuple[list[Unpaid], int]:
    """Every increment issued by `on`, oldest due first, with what is unpaid of it; and the difference bit of past due.

    An increment is fixed when its statement is issued, by the payments and reversals then booked. What is unpaid of it
    today follows from the payments and reversals whose value date has come, as known today.
    """
    increments: list[tuple[Statement, int]] = []
    difference = 0
    for statement in _in_order_of_issue(statements, on):
        booked = [p for p in payments if p.booked_on <= statement.statement_on]
        earlier_minor = sum(u.unpaid_minor for u in _pay(increments, booked))
        if statement.past_due_minor not in (None, earlier_minor):
            difference = DIFFERENCE_PAST_DUE
        if terms.minimum_due_is is MinimumDueIs.INCREMENT:
            contained_minor = 0
        elif statement.past_due_minor is not None:
            contained_minor = statement.past_due_minor
        else:
            contained_minor = earlier_minor
        increments.append((statement, max(statement.minimum_due_minor - contained_minor, 0)))
    return _pay(increments, [p for p in payments if p.value_on <= on]), difference


def net_of_reversals(payments: Iterable[Payment]) -> list[Payment]:
    """The payments in order of booking less what reversals took back; those wholly taken back are gone.

    A reversal takes back the payments of its value date, latest booked first, then the latest booked. Within a day
    payments come before reversals. What is left of a reversal then changes the balance alone.
    """
    made: list[Payment] = []
    for entry in sorted(payments, key=lambda p: (p.booked_on, p.paid_minor < 0)):
        if entry.paid_minor > 0:
            made.append(entry)
        elif entry.paid_minor < 0:
            rest = _take_back(made, -entry.paid_minor, value_on=entry.value_on)
            _take_back(made, rest, value_on=None)
    return [p for p in made if p.paid_minor]


def not_satisfied(oldest_first: Sequence[Unpaid], tolerance_minor: int) -> list[Unpaid]:
    """The increments with something unpaid, from where what is unpaid in all first exceeds the tolerance."""
    total_minor, found = 0, []
    for entry in oldest_first:
        total_minor += entry.unpaid_minor
        if entry.unpaid_minor and total_minor > tolerance_minor:
            found.append(entry)
    return found


def stated_on_day(account: Account, on: date) -> int | None:
    """The core's days past due carried on by the days since its file; a stated 0 stays 0."""
    if not account.stated_overdue_days:
        return account.stated_overdue_days
    elapsed = (on - account.stated_on).days if account.stated_on else 0
    return account.stated_overdue_days + max(elapsed, 0)


def first_ever(account: Account, on: date) -> Statement | None:
    """The account's first statement with a minimum due, when the window shows the account from its opening."""
    issued = _in_order_of_issue(account.statements, on)
    if not issued or account.opened_on is None:
        return None
    if not 0 <= (issued[0].statement_on - account.opened_on).days <= FIRST_STATEMENT_WITHIN_DAYS:
        return None
    return next((s for s in issued if s.minimum_due_minor > 0), None)


def treatment_days(
    overdue_days: int,
    on: date,
    pauses: Sequence[tuple[date, date]],
    reaged_on: date | None,
) -> int:
    """Days past due as treatment counts them: the contractual days less paused ones, anew from a re-ageing.

    A pause is (first day, day after the last). The days counted are those after the due date up to `on`; a re-ageing
    later than `on` has not happened yet. Never below zero, never above the contractual days.
    """
    begins_on = on - timedelta(days=max(overdue_days, 0))
    if reaged_on is not None and begins_on < reaged_on <= on:
        begins_on = reaged_on
    days = (on - begins_on).days
    counted_to = begins_on
    for from_on, until_on in sorted(pauses):
        first = max(from_on - timedelta(days=1), counted_to)
        last = min(until_on - timedelta(days=1), on)
        if last > first:
            days -= (last - first).days
            counted_to = last
    return days


def _in_order_of_issue(statements: Sequence[Statement], on: date) -> list[Statement]:
    return sorted((s for s in statements if s.statement_on <= on), key=lambda s: s.statement_on)


def _latest_minimum_minor(account: Account, on: date) -> int:
    latest = _in_order_of_issue(account.statements, on)[-1:]
    return sum(max(s.minimum_due_minor, 0) for s in latest)


def _pay(increments: Sequence[tuple[Statement, int]], payments: Sequence[Payment]) -> list[Unpaid]:
    oldest_first = sorted(increments, key=lambda i: i[0].due_on)
    unpaid = [increment_minor for _, increment_minor in oldest_first]
    for payment in net_of_reversals(payments):
        rest = payment.paid_minor
        for position, (statement, _) in enumerate(oldest_first):
            if statement.statement_on < payment.booked_on:
                taken = min(rest, unpaid[position])
                unpaid[position] -= taken
                rest -= taken
    return [Unpaid(s, i, u) for (s, i), u in zip(oldest_first, unpaid, strict=True)]


def _take_back(made: list[Payment], amount_minor: int, *, value_on: date | None) -> int:
    for position in reversed(range(len(made))):
        payment = made[position]
        if value_on in (None, payment.value_on):
            taken = min(amount_minor, payment.paid_minor)
            made[position] = Payment(
                payment.value_on, payment.booked_on, payment.paid_minor - taken
            )
            amount_minor -= taken
    return amount_minor
