"""Interest and charges: by contract, within what the law allows on a day.

Decimal inside; rounded half up to the minor unit once, at the end of each figure, never on the way.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from evenhand.ledger.policy import PARAMETERS, decimal_on
from evenhand.portfolio.terms import Contract, InterestOn


@dataclass(frozen=True, slots=True)
class Movement:
    """An amount that began to be owed on a day, or below zero was paid on it (value date)."""

    on: date
    amount_minor: int


def rounded(amount: Decimal) -> int:
    """Half up to a whole minor unit."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def simple_interest_minor(principal_minor: int, days: int, daily_rate: Decimal) -> int:
    """Interest for so many days without compounding."""
    return rounded(Decimal(principal_minor) * days * daily_rate)


def annual_rate(daily_rate: Decimal, on: date) -> Decimal:
    """The simple yearly rate to be shown beside a daily one. Source: 银发〔2020〕327号."""
    return daily_rate * int(PARAMETERS.value_on("interest.year_days", on))


def rate_allowed(daily_rate: Decimal, on: date) -> bool:
    """Whether a daily rate lies within cap and floor of its day; where none is set, any agreed rate does."""
    cap, floor = decimal_on("interest.daily_cap", on), decimal_on("interest.daily_floor", on)
    return (cap is None or daily_rate <= cap) and (floor is None or daily_rate >= floor)


def statement_interest_minor(
    posted: Sequence[Movement],
    paid: Sequence[Movement],
    *,
    due_on: date,
    until: date,
    contract: Contract,
    grace_days: int,
    tolerance_full_minor: int,
    frozen: Iterable[tuple[date, date]] = (),
) -> int:
    """Interest on one statement's purchases to `until` (exclusive): none when it is paid in full in time.

    `posted` are the purchases with their posting days, `paid` the money for them (amounts above zero) with value dates.
    Paid within grace days after the due date counts as in time, and a rest within the tolerance as paid in full
    (中国银行卡行业自律公约, Article 14). By FULL_BALANCE each purchase bears interest from its posting day until it is
    paid; by UNPAID_PART only what was not paid by the due date does, from that day. Days of a freeze bear none.
    """
    last = due_on + timedelta(days=grace_days)
    billed = sum(movement.amount_minor for movement in posted)
    in_time = sum(movement.amount_minor for movement in paid if movement.on <= last)
    if billed - in_time <= tolerance_full_minor:
        return 0
    if contract.interest_on is InterestOn.FULL_BALANCE:
        moves = [*posted, *(Movement(m.on, -m.amount_minor) for m in paid)]
    else:
        later = (Movement(m.on, -m.amount_minor) for m in paid if m.on > last)
        moves = [Movement(due_on, billed - in_time), *later]
    return rounded(_bearing(moves, until, list(frozen)) * contract.daily_rate)


def balance_interest_minor(
    moves: Sequence[Movement],
    *,
    since: date,
    until: date,
    contract: Contract,
    frozen: Iterable[tuple[date, date]] = (),
) -> int:
    """Interest on a running balance from one day until another (exclusive), compounded on the first of each month where
    the contract says so; the rounding is that of each month's charge."""
    stops = (
        [since, *_month_starts(since, until), until]
        if contract.compounds_monthly
        else [since, until]
    )
    total, halted = 0, list(frozen)
    for first, last in pairwise(stops):
        here = [
            m if m.on >= first else Movement(first, m.amount_minor) for m in moves if m.on < last
        ]
        here.append(Movement(first, total if contract.compounds_monthly else 0))
        total += rounded(_bearing(here, last, halted) * contract.daily_rate)
    return total


def late_charge_minor(
    minimum_minor: int, paid_in_time_minor: int, contract: Contract, *, frozen: bool = False
) -> int:
    """The late-payment charge (违约金) for what is missing of a minimum, within the contract's least and most."""
    unpaid = max(minimum_minor - paid_in_time_minor, 0)
    if not unpaid or frozen:
        return 0
    charge = max(rounded(unpaid * contract.late_charge_rate), contract.late_charge_min_minor)
    return (
        charge
        if contract.late_charge_max_minor is None
        else min(charge, contract.late_charge_max_minor)
    )


@dataclass(frozen=True, slots=True)
class CourtCheck:
    """What a court supports of interest, compound interest, penalties and fees together, and what it may cut."""

    supported_minor: int
    reducible_minor: int


def court_check(
    principal_minor: int, days: int, claimed_minor: int, on: date, *, asked: bool
) -> CourtCheck:
    """The total-cost ceiling as a check; a court cuts only what the debtor asks it to. Source: 最高法 2017 意见."""
    ceiling = decimal_on("court.total_cost_ceiling", on)
    if ceiling is None or not asked:
        return CourtCheck(claimed_minor, 0)
    year_days = int(PARAMETERS.value_on("interest.year_days", on))
    supported = min(claimed_minor, rounded(Decimal(principal_minor) * ceiling * days / year_days))
    return CourtCheck(supported, claimed_minor - supported)


def _bearing(
    moves: Sequence[Movement], until: date, frozen: Sequence[tuple[date, date]]
) -> Decimal:
    """Minor units times days that bear interest, of a balance that never counts below zero."""
    total, balance, since = 0, 0, None
    for move in sorted(moves, key=lambda m: m.on):
        if move.on >= until:
            break
        if since is not None:
            total += max(balance, 0) * _days(since, move.on, frozen)
        balance, since = balance + move.amount_minor, move.on
    if since is not None:
        total += max(balance, 0) * _days(since, until, frozen)
    return Decimal(total)


def _days(first: date, last: date, frozen: Sequence[tuple[date, date]]) -> int:
    """Days from one to another without those of a freeze; freezes do not overlap."""
    halted = sum(max((min(last, end) - max(first, start)).days, 0) for start, end in frozen)
    return (last - first).days - halted


def _month_starts(since: date, until: date) -> list[date]:
    found: list[date] = []
    day = since.replace(day=1)
    while True:
        day = (day + timedelta(days=32)).replace(day=1)
        if day >= until:
            return found
        found.append(day)
