"""Schedules of instalments, exact to the cent, and what they cost a year.

Decimal inside. Each instalment's interest is rounded half up to the minor unit; principal takes what is left, so that
the sums add up, and the last instalment takes the remainder of all roundings.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from enum import StrEnum

MONTHS_MAX = 120
PLACES = Decimal("0.00000001")


class Method(StrEnum):
    """How the debt is spread: the same sum each month, the same principal each month, or sums that rise by a share."""

    EQUAL_INSTALMENT = "EQUAL_INSTALMENT"
    EQUAL_PRINCIPAL = "EQUAL_PRINCIPAL"
    STEP_UP = "STEP_UP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a schedule is made from. Money in minor units, rates by the month."""

    principal_minor: int
    months: int
    method: Method
    monthly_rate: Decimal = Decimal(0)
    fee_minor: int = 0  # once, with the first instalment
    step: Decimal = Decimal(
        0
    )  # of STEP_UP: each year's instalments are so much larger, 0.10 for a tenth
    first_on: date
    moved: Callable[[date], date] = lambda day: day  # to a banking day

    def __post_init__(self) -> None:
        if self.principal_minor <= 0 or not 0 < self.months <= MONTHS_MAX:
            raise ValueError(f"a schedule is of a sum above zero over 1 to {MONTHS_MAX} months")
        if self.principal_minor < self.months:
            raise ValueError("a schedule has at least one minor unit in each month")
        if not 0 <= self.monthly_rate < 1 or not 0 <= self.step <= 1 or self.fee_minor < 0:
            raise ValueError("rates and steps are shares from 0, a fee is not below zero")


@dataclass(frozen=True, slots=True)
class Instalment:
    """One sum by a day."""

    number: int
    due_on: date
    principal_minor: int
    interest_minor: int
    fee_minor: int

    @property
    def total_minor(self) -> int:
        """All of it."""
        return self.principal_minor + self.interest_minor + self.fee_minor


@dataclass(frozen=True, slots=True)
class Schedule:
    """The instalments in order."""

    instalments: tuple[Instalment, ...]

    @property
    def total_minor(self) -> int:
        """All that is paid."""
        return sum(row.total_minor for row in self.instalments)

    @property
    def cost_minor(self) -> int:
        """What is paid beyond the debt."""
        return sum(row.interest_minor + row.fee_minor for row in self.instalments)


def schedule(terms: Terms) -> Schedule:
    """The schedule of these terms: principal adds up to the debt, to the cent."""
    with localcontext() as context:
        context.prec = 40
        principals = _MAKERS[terms.method](terms)
    rows: list[Instalment] = []
    left = terms.principal_minor
    for number in range(1, terms.months + 1):
        interest = _rounded(left * terms.monthly_rate)
        principal = left if number == terms.months else min(principals(number, interest), left)
        rows.append(
            Instalment(
                number,
                terms.moved(months_later(terms.first_on, number - 1)),
                principal,
                interest,
                terms.fee_minor if number == 1 else 0,
            )
        )
        left -= principal
    assert left == 0
    assert all(row.principal_minor >= 0 for row in rows)
    return Schedule(tuple(rows))


_Maker = Callable[[int, int], int]  # number of the month and its interest: the principal


def _equal_instalment(terms: Terms) -> _Maker:
    level = _level(terms.principal_minor, terms.months, terms.monthly_rate)
    return lambda _number, interest: max(level - interest, 0)


def _equal_principal(terms: Terms) -> _Maker:
    each = _rounded(Decimal(terms.principal_minor) / terms.months)
    return lambda _number, _interest: each


def _step_up(terms: Terms) -> _Maker:
    """Level within a year; the present value of all instalments is the debt."""
    rate, growth = 1 + terms.monthly_rate, 1 + terms.step
    weights = [growth ** ((n - 1) // 12) for n in range(1, terms.months + 1)]
    worth = sum((w / rate**n for n, w in enumerate(weights, 1)), Decimal(0))
    first = Decimal(terms.principal_minor) / worth
    sums = [_rounded(first * w) for w in weights]
    return lambda number, interest: max(sums[number - 1] - interest, 0)


_MAKERS: dict[Method, Callable[[Terms], _Maker]] = {
    Method.EQUAL_INSTALMENT: _equal_instalment,
    Method.EQUAL_PRINCIPAL: _equal_principal,
    Method.STEP_UP: _step_up,
}


def _level(principal_minor: int, months: int, rate: Decimal) -> int:
    if not rate:
        return _rounded(Decimal(principal_minor) / months)
    return _rounded(principal_minor * rate / (1 - (1 + rate) ** -months))


@dataclass(frozen=True, slots=True)
class YearlyCost:
    """What a schedule costs a year: twelve times the month's rate, and with interest upon interest."""

    simple: Decimal
    effective: Decimal


def yearly_cost(received_minor: int, payments_minor: Sequence[int]) -> YearlyCost:
    """The rate at which monthly payments are worth what was received (or what of the debt they settle).

    Nothing is charged where they add up to no more; raises ValueError where there is nothing to compare.
    """
    if received_minor <= 0 or not payments_minor:
        raise ValueError("a yearly cost is of a sum above zero and at least one payment")
    if sum(payments_minor) <= received_minor:
        return YearlyCost(Decimal(0), Decimal(0))
    with localcontext() as context:
        context.prec = 40
        rate = _monthly_rate(Decimal(received_minor), payments_minor)
        effective = (1 + rate) ** 12 - 1
        return YearlyCost((rate * 12).quantize(PLACES), effective.quantize(PLACES))


def _monthly_rate(received: Decimal, payments: Sequence[int]) -> Decimal:
    """By halving: worth falls as the rate rises."""
    low, high = Decimal(0), Decimal(1)
    while _worth(payments, high) > received:
        high *= 2
    for _ in range(120):
        middle = (low + high) / 2
        if _worth(payments, middle) > received:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _worth(payments: Sequence[int], rate: Decimal) -> Decimal:
    worth = Decimal(0)
    for payment in reversed(payments):
        worth = (worth + payment) / (1 + rate)
    return worth


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a plan stands on a day: how much of each instalment is settled, and what is missing past its grace."""

    settled_minor: tuple[int, ...]
    missed_minor: int  # due and past its grace
    late_days: int  # since the oldest of those was due; 0 where nothing is missed
    next_due_on: date | None
    completed: bool
    ahead_minor: int  # paid beyond what is due until today


def kept(plan: Schedule, paid: Sequence[tuple[date, int]], *, on: date, grace_days: int) -> Kept:
    """How a plan is kept by money with its value dates: the oldest instalment first, early money ahead."""
    money = sum(minor for value_on, minor in paid if value_on <= on)
    left, settled = money, []
    for row in plan.instalments:
        part = min(left, row.total_minor)
        settled.append(part)
        left -= part
    open_rows = [
        (row, row.total_minor - part)
        for row, part in zip(plan.instalments, settled, strict=True)
        if part < row.total_minor
    ]
    missed = [
        (row, minor) for row, minor in open_rows if row.due_on + timedelta(days=grace_days) < on
    ]
    due = sum(row.total_minor for row in plan.instalments if row.due_on <= on)
    return Kept(
        settled_minor=tuple(settled),
        missed_minor=sum(minor for _, minor in missed),
        late_days=(on - missed[0][0].due_on).days if missed else 0,
        next_due_on=next((row.due_on for row, _ in open_rows if row.due_on >= on), None),
        completed=not open_rows,
        ahead_minor=max(money - due, 0),
    )


def early_payoff_minor(
    plan: Schedule, paid_instalments: int, *, monthly_rate: Decimal, days: int
) -> int:
    """What settles a plan after so many whole instalments: the principal left and this month's interest."""
    left = sum(row.principal_minor for row in plan.instalments[paid_instalments:])
    return left + _rounded(left * monthly_rate * min(days, 30) / 30)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last day."""
    year, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + year, month + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
