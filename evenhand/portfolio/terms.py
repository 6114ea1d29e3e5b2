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


class InterestOn(StrEnum):
    """What bears interest once a statement is not paid in full: all of it from each posting, or what was not paid."""

    FULL_BALANCE = "full_balance"
    UNPAID_PART = "unpaid_part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The contract's terms that interest and charges need. Amounts are minor units of the account's currency."""

    daily_rate: Decimal = Decimal("0.0005")
    interest_on: InterestOn = InterestOn.FULL_BALANCE
    compounds_monthly: bool = True
    late_charge_rate: Decimal = Decimal("0.05")  # of the unpaid part of the minimum
    late_charge_min_minor: int = 0
    late_charge_max_minor: int | None = None


class Encoding(StrEnum):
    """How the text of a file is written; DETECT takes UTF-8 when every byte fits and GB18030 otherwise."""

    DETECT = "detect"
    UTF_8 = "UTF-8"
    GB18030 = "GB18030"


class AmountsIn(StrEnum):
    """Whether 12.34 is written 12.34 or 1234."""

    MAJOR = "major"
    MINOR = "minor"


class Sign(StrEnum):
    """Where the minus of an amount stands: before it, after it, or as CR after it (DR or nothing is plus)."""

    LEADING = "leading"
    TRAILING = "trailing"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one feed's files are written. Column names on the left are ours."""

    files: str = ""  # pattern of the file names; empty: `<feed>*.csv` and `<feed>*.parquet`
    encoding: Encoding = Encoding.DETECT
    delimiter: str = ","
    dates: str = "%Y-%m-%d"
    amounts: AmountsIn = AmountsIn.MAJOR
    decimal_mark: str = "."
    thousands_mark: str = ""
    sign: Sign = Sign.LEADING
    columns: Mapping[str, str] = field(default_factory=dict)  # ours = theirs
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # column: theirs = ours
    constants: Mapping[str, str] = field(default_factory=dict)  # for columns the file lacks
    defaults: Mapping[str, str] = field(default_factory=dict)  # for blanks in columns it has
    ignore: tuple[str, ...] = ()  # columns of theirs that nobody reads; "*" is all the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """One portfolio of card accounts at one creditor."""

    name: str = "cards"
    base_currency: str = "CNY"
    rates: Mapping[str, Decimal] = field(
        default_factory=dict
    )  # base currency for one unit of another
    ageing: AgeingTerms = AgeingTerms()
    contract: Contract = Contract()
    case_threshold_minor: int = (
        0  # a case opens when more is owed on past-due accounts; base currency
    )
    promise_grace_days: int = 3  # money that comes so many days late still keeps the promise
    synthesised: tuple[str, ...] = ()  # columns that a sample made up, shown on every screen
    feeds: Mapping[str, Layout] = field(default_factory=dict)

    def layout(self, feed: str) -> Layout:
        """How the files of a feed are written; ours when the bank says nothing."""
        return self.feeds.get(feed, Layout())
