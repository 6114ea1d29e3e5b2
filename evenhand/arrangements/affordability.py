"""What can she afford? Asked as deep as what she gives up deserves, and never below what a household needs to live.

All money in minor units a month. A surplus of nothing is a result, not a refusal: what may be done then is an offer
too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from evenhand.arrangements.house import MINOR, House

ESSENTIALS = ("HOUSING", "FOOD", "UTILITIES", "TRANSPORT", "HEALTH", "EDUCATION", "OTHER")
DOCUMENTS = (
    "INCOME_PROOF",
    "BANK_STATEMENTS",
    "RENT_OR_MORTGAGE",
    "MEDICAL",
    "UNEMPLOYMENT",
    "OTHER",
)
HOUSEHOLD_MAX = 20


class Depth(StrEnum):
    """How deep the bank asks of her means: not at all, a minute of her own word, or a whole budget with papers."""

    NONE = "NONE"
    DECLARATION = "DECLARATION"
    BUDGET = "BUDGET"


DEEPER = {Depth.NONE: 0, Depth.DECLARATION: 1, Depth.BUDGET: 2}


class MeansRefused(ValueError):
    """What was said of her means cannot be taken; `what` names the part."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(why)
        self.what = what


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What she said of her means. A declaration gives a band and sums, a budget gives every essential and its
    papers."""

    depth: Depth
    region: str
    adults: int = 1
    dependants: int = 0
    income_minor: int
    essentials_minor: Mapping[str, int] = field(default_factory=dict)
    debts_minor: int = 0  # instalments of other debts
    documents: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.adults <= HOUSEHOLD_MAX or not 0 <= self.dependants <= HOUSEHOLD_MAX:
            raise MeansRefused("adults", "a household has at least one adult")
        if min(self.income_minor, self.debts_minor, *self.essentials_minor.values(), 0) < 0:
            raise MeansRefused("income", "no sum is below zero")
        if unknown := set(self.essentials_minor) - set(ESSENTIALS):
            raise MeansRefused("essentials", f"{', '.join(sorted(unknown))} is no essential")
        if self.depth == Depth.BUDGET and not self.documents:
            raise MeansRefused("documents", "a whole budget comes with its papers")
        if set(self.documents) - set(DOCUMENTS):
            raise MeansRefused("documents", f"expected some of {', '.join(DOCUMENTS)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Afforded:
    """What is left over, and what an instalment may take of it."""

    essentials_minor: int  # what is reckoned with: as said, or the floor where that is more
    floor_minor: int
    surplus_minor: int  # below zero where she lives above her means
    instalment_max_minor: int

    @property
    def floored(self) -> bool:
        """Whether she said she lives on less than a household can."""
        return self.essentials_minor == self.floor_minor


def depth_needed(act: str, *, months: int, days: int, terms: House) -> Depth:
    """How deep the bank asks before this is agreed: by what she gives up, not by what the bank would like to know."""
    asked = terms.affordability
    if act in ("PROMISE", "WAIVER", "TOKEN") or (
        act == "EXTENSION" and days <= asked.none_until_days
    ):
        return Depth.NONE
    if act in ("ARTICLE_70", "SETTLEMENT"):
        return Depth.BUDGET
    return Depth.DECLARATION if months <= asked.declaration_until_months else Depth.BUDGET


def afforded(means: Means, terms: House) -> Afforded:
    """What she can afford each month by what she said: essentials never below the floor of her region."""
    floor = terms.floor(means.region)
    floor_minor = means.adults * floor.adult_minor + means.dependants * floor.dependant_minor
    essentials = max(sum(means.essentials_minor.values()), floor_minor)
    surplus = means.income_minor - essentials - means.debts_minor
    most = int(max(surplus, 0) * terms.affordability.surplus_share_max)
    return Afforded(
        essentials_minor=essentials,
        floor_minor=floor_minor,
        surplus_minor=surplus,
        instalment_max_minor=most,
    )


def is_round(means: Means, terms: House) -> bool:
    """Whether every sum above zero is a whole multiple of a round one: guessed, perhaps, and not asked."""
    sums = [
        minor
        for minor in (means.income_minor, means.debts_minor, *means.essentials_minor.values())
        if minor
    ]
    return len(sums) > 1 and all(
        minor % (terms.affordability.round_yuan * MINOR) == 0 for minor in sums
    )


def alike(means: Means, others: Sequence[Mapping[str, object]]) -> bool:
    """Whether another budget by the same hand says exactly the same."""
    return any(other == said(means) for other in others)


def said(means: Means) -> dict[str, object]:
    """What was said as plain data, to be kept and compared."""
    return {
        "region": means.region,
        "adults": means.adults,
        "dependants": means.dependants,
        "income_minor": means.income_minor,
        "essentials_minor": {
            name: means.essentials_minor[name] for name in sorted(means.essentials_minor)
        },
        "debts_minor": means.debts_minor,
    }
