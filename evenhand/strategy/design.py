"""How many people an experiment needs before it can answer, how long that takes, and what it may cost them. Pure.

The measure is the cure rate: the share of those who enter collections that has paid all arrears within some days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, localcontext
from statistics import NormalDist

from evenhand.strategy.arms import SLOTS

FIRST_DAYS = 7  # who comes in a day is counted over the first week past due, before most have paid
_DIGITS = 12  # of a normal quantile, which is known to 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be found out. `effect` is the smallest difference worth finding, as a share (0.02: two points)."""

    baseline: Decimal
    effect: Decimal
    power: Decimal = Decimal("0.80")
    alpha: Decimal = Decimal("0.05")
    measure_days: int = 30

    def __post_init__(self) -> None:
        if not 0 < self.baseline < 1:
            raise ValueError("the baseline is a share between 0 and 1")
        apart = (self.baseline - self.effect, self.baseline + self.effect)
        if self.effect <= 0 or not any(0 < share < 1 for share in apart):
            raise ValueError("the effect is above 0 and leaves a share between 0 and 1")
        if not Decimal("0.5") <= self.power < 1 or not 0 < self.alpha < Decimal("0.5"):
            raise ValueError("the power is at least 0.5, the error below 0.5")
        if self.measure_days < 1:
            raise ValueError("the measure takes a day or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What last night's book says of who comes in: people, and their arrears in minor units, by day past due."""

    people: Mapping[int, int]
    arrears_minor: Mapping[int, int]

    @property
    def entries_per_day(self) -> Decimal:
        """Who enters in a day, from the first week past due after the days of grace, in which nobody is in the book.

        Some of them have paid already by the end of it, so this errs to too few.
        """
        first = min((day for day, people in self.people.items() if people > 0), default=1)
        days = range(first, first + FIRST_DAYS)
        return Decimal(sum(self.people.get(day, 0) for day in days)) / FIRST_DAYS

    def average_arrears_minor(self, days_max: int) -> Decimal:
        """Arrears a person, over those up to some day past due; 0 where there is nobody."""
        days = range(1, days_max + 1)
        people = sum(self.people.get(day, 0) for day in days)
        total = sum(self.arrears_minor.get(day, 0) for day in days)
        return Decimal(total) / people if people else Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Whether the experiment can answer.

    `people_needed` must enter and be followed to the measure's day, all arms together; `days_short` is by how many days
    it would have to run longer, None where nobody enters and no length would do.
    """

    people_needed: int
    by_arm: Mapping[str, int]
    people_expected: int
    days_short: int | None

    @property
    def enough(self) -> bool:
        """Whether as many as are needed may be expected."""
        return self.people_expected >= self.people_needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the people held out may run up at most, in minor units of the base currency."""

    people: int
    average_arrears_minor: int
    daily_rate: Decimal
    days: int
    per_person_minor: int
    total_minor: int


def people_needed(
    share: Decimal, other: Decimal, *, power: Decimal, alpha: Decimal, ratio: Decimal = Decimal(1)
) -> tuple[int, int]:
    """People in two groups, the second `ratio` times the first, for a two-sided test to tell their shares apart.

    n = (z[1-α/2] √((1 + 1/r) p̄ q̄) + z[power] √(p₁q₁ + p₂q₂/r))² / (p₁ - p₂)² with p̄ = (p₁ + r p₂) / (1 + r), without
    continuity correction: J. L. Fleiss, Statistical Methods for Rates and Proportions, 2nd ed., 1981, sections 3.2 and
    3.4. R's power.prop.test and statsmodels' samplesize_proportions_2indep_onetail give the same. Rounded up.
    """
    if share == other:
        raise ValueError("two equal shares cannot be told apart")
    with localcontext() as exact:
        exact.prec = 28
        mean = (share + ratio * other) / (1 + ratio)
        null = (1 + 1 / ratio) * mean * (1 - mean)
        apart = share * (1 - share) + other * (1 - other) / ratio
        root = _quantile(1 - alpha / 2) * null.sqrt() + _quantile(power) * apart.sqrt()
        first = root * root / ((share - other) * (share - other))
        return _up(first), _up(first * ratio)


def design(
    question: Question, *, challenger_share: int, holdout_share: int, days: int, book: Book
) -> Design:
    """Size an experiment of some days. Shares are of SLOTS.

    The champion is compared with each other arm; where there are two comparisons each is made at half the error
    (Bonferroni). A challenger is looked for on the side where the difference is harder to see, a hold-out below.
    People count who enter collections while it runs and early enough to be followed to the measure's last day.
    """
    champion_share = SLOTS - challenger_share - holdout_share
    others = {"CHALLENGER": challenger_share, "HOLDOUT": holdout_share}
    compared = {arm: share for arm, share in others.items() if share > 0}
    alpha = question.alpha / max(len(compared), 1)
    total = 0
    for arm, share in compared.items():
        ratio = Decimal(share) / champion_share
        for other in _others(question, arm):
            champion, _ = people_needed(
                question.baseline, other, power=question.power, alpha=alpha, ratio=ratio
            )
            total = max(total, _up(Decimal(champion * SLOTS) / champion_share))
    shares = {"CHAMPION": champion_share, **compared}
    per_day = book.entries_per_day
    expected = int(per_day * max(days - question.measure_days, 0))
    return Design(
        people_needed=total,
        by_arm={arm: _up(Decimal(total * share) / SLOTS) for arm, share in shares.items()},
        people_expected=expected,
        days_short=_days_short(total, per_day, days - question.measure_days),
    )


def cost_to_people(
    *, holdout_share: int, holdout_days_max: int, days: int, daily_rate: Decimal, book: Book
) -> Cost:
    """What may accrue on the arrears of those held out, were each held out to the last day and paid nothing until then.

    `daily_rate` is what the bank charges on arrears in a day, interest and late charges together, as a share.
    """
    arrears = book.average_arrears_minor(holdout_days_max)
    people = _up(book.entries_per_day * days * holdout_share / SLOTS)
    per_person = arrears * daily_rate * holdout_days_max
    return Cost(
        people=people,
        average_arrears_minor=_up(arrears),
        daily_rate=daily_rate,
        days=holdout_days_max,
        per_person_minor=_up(per_person),
        total_minor=_up(per_person * people),
    )


def _others(question: Question, arm: str) -> list[Decimal]:
    """The shares to tell from the baseline: of a hold-out the lower one, of a challenger both, where they can be."""
    low, high = question.baseline - question.effect, question.baseline + question.effect
    wanted = [low] if arm == "HOLDOUT" and low > 0 else [low, high]
    return [share for share in wanted if 0 < share < 1]


def _days_short(needed: int, per_day: Decimal, days_counted: int) -> int | None:
    if needed <= int(per_day * max(days_counted, 0)):
        return 0
    return None if per_day == 0 else max(_up(needed / per_day) - days_counted, 1)


def _quantile(probability: Decimal) -> Decimal:
    return Decimal(f"{NormalDist().inv_cdf(float(probability)):.{_DIGITS}f}")


def _up(value: Decimal) -> int:
    return int(value.to_integral_value(rounding=ROUND_CEILING))
