"""What a bank says once about a portfolio: currency, ageing terms, thresholds, and how its files are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class MinimumDueIs(StrEnum):
    """Whether a stated minimum due contains the unpaid part of earlier ones."""

    CUMULATIVE = "cumulative"
    INCREMENT = "increment"


class Leads(StrEnum):
    """Which days past due lead: those worked out here or those the core states. The other is kept beside."""

    COMPUTED = "computed"
    STATED = "stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingTerms:
    """The contract's terms that ageing needs. Amounts are minor units of the account's currency."""

    grace_days: int = 3
    tolerance_minimum_minor: int = 0
    tolerance_full_minor: int = 1_000
    minimum_due_is: MinimumDueIs = MinimumDueIs.CUMULATIVE
    leads: Leads = Leads.COMPUTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """One portfolio of card accounts at one creditor."""

    name: str = "cards"
    base_currency: str = "CNY"
    rates: Mapping[str, Decimal] = field(
        default_factory=dict
    )  # units of the base currency for one unit of another
    ageing: AgeingTerms = AgeingTerms()
    case_threshold_minor: int = (
        0  # a case opens when what is owed on past-due accounts is above it, base currency
    )
    promise_grace_days: int = (
        3  # money that comes so many days after the day promised still keeps the promise
    )
    synthesised: tuple[str, ...] = ()  # columns that a sample made up, shown on every screen
