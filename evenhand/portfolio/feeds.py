"""The bank's feeds: which columns each has, of what type, and which of them name a person.

`docs/reference/feeds.md` says the same for people. Column types:

    ref       the bank's own number of a customer or account; becomes a 64-bit key, is never stored in clear
    code      upper-case code from a known set or any short code
    text      free text
    secret    text about a person: encrypted on entry, never in the lake in clear
    tail      the last four digits of a card
    date, instant, int, bool
    money     decimal amount in the row's currency; becomes minor units
    currency  ISO 4217, and one the portfolio has a rate for
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column holds."""

    REF = "ref"
    CODE = "code"
    TEXT = "text"
    SECRET = "secret"  # noqa: S105
    TAIL = "tail"
    DATE = "date"
    INSTANT = "instant"
    INT = "int"
    BOOL = "bool"
    MONEY = "money"
    CURRENCY = "currency"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a feed."""

    name: str
    kind: Kind
    required: bool = False
    codes: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """One kind of file. A row is identified by `key`; rows are about the person of `customer_ref`."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    full: bool = False  # the file lists everything there is, so what is missing has gone
    control: str | None = None  # the amount whose sum a trailer or manifest states

    def column(self, name: str) -> Column:
        """The column of that name; the caller promises that there is one."""
        return next(c for c in self.columns if c.name == name)


def _required(name: str, kind: Kind, *codes: str) -> Column:
    return Column(name, kind, required=True, codes=codes)


K = Kind
CUSTOMER, ACCOUNT = _required("customer_ref", K.REF), _required("account_ref", K.REF)

CUSTOMERS = Feed(
    "customers",
    (
        CUSTOMER,
        Column("name", K.SECRET),
        Column("identity_number", K.SECRET),
        Column("birth_year", K.INT, minimum=1900, maximum=2100),
        Column("language", K.CODE, codes=("zh-CN", "en")),
        Column("region", K.CODE),
        Column("segment", K.CODE),
        Column("employer", K.SECRET),
        Column("deceased", K.BOOL),
        Column("vulnerable", K.BOOL),
        Column(
            "sex_code", K.CODE
        ),  # restricted: fairness tests only, never a feature of a decision
        Column("education_code", K.CODE),
        Column("marriage_code", K.CODE),
    ),
    key=("customer_ref",),
    full=True,
)
PARTIES = Feed(
    "parties",
    (
        CUSTOMER,
        ACCOUNT,
        _required("party_ref", K.REF),
        _required("role", K.CODE, "MAIN", "SUPPLEMENTARY", "GUARANTOR", "ESTATE", "REPRESENTATIVE"),
        Column("name", K.SECRET),
        Column("owes", K.BOOL),
        Column("proof", K.TEXT),
    ),
    key=("account_ref", "party_ref", "role"),
)
CONTACT_POINTS = Feed(
    "contact_points",
    (
        CUSTOMER,
        _required("kind", K.CODE, "MOBILE", "PHONE", "EMAIL", "ADDRESS", "RESERVED_CONTACT"),
        _required("value", K.SECRET),
        Column("label", K.CODE, codes=("HOME", "WORK", "STATEMENT", "OTHER")),
        _required(
            "source", K.CODE, "CONTRACT", "RESERVED", "AUTHORISED", "PUBLIC", "TOLD", "CREDIT_BODY"
        ),
        Column("valid", K.BOOL),
        Column("consent_call", K.BOOL),
        Column("consent_message", K.BOOL),
        Column("verified_on", K.DATE),
    ),
    key=("customer_ref", "kind", "value"),
)
ACCOUNTS = Feed(
    "accounts",
    (
        CUSTOMER,
        ACCOUNT,
        Column("card_tail", K.TAIL),
        _required("product", K.CODE),
        Column("branch", K.CODE),
        _required("currency", K.CURRENCY),
        _required("credit_limit", K.MONEY),
        _required("balance", K.MONEY),
        _required("core_status", K.CODE, "ACTIVE", "FROZEN", "CANCELLED", "CLOSED", "WRITTEN_OFF"),
        Column("block_code", K.CODE),
        Column("cycle_day", K.INT, minimum=1, maximum=31),
        Column("autopay", K.BOOL),
        Column("opened_on", K.DATE),
        Column("stated_overdue_days", K.INT, minimum=0, maximum=36_500),
        Column("stated_cycle_code", K.CODE),
    ),
    key=("account_ref",),
    full=True,
    control="balance",
)
BALANCES = Feed(
    "balances",
    (
        CUSTOMER,
        ACCOUNT,
        _required("currency", K.CURRENCY),
        _required("principal", K.MONEY),
        _required("interest", K.MONEY),
        _required("late_charge", K.MONEY),
        _required("fee", K.MONEY),
        Column("unbilled_instalments", K.MONEY),
    ),
    key=("account_ref",),
    control="principal",
)
STATEMENTS = Feed(
    "statements",
    (
        CUSTOMER,
        ACCOUNT,
        _required("currency", K.CURRENCY),
        _required("statement_on", K.DATE),
        _required("due_on", K.DATE),
        _required("minimum_due", K.MONEY),
        _required("balance", K.MONEY),
        Column("past_due", K.MONEY),  # what of earlier minimums the minimum due contains
    ),
    key=("account_ref", "statement_on"),
    control="balance",
)
CHARGES = Feed(
    "charges",
    (
        CUSTOMER,
        ACCOUNT,
        _required("currency", K.CURRENCY),
        _required("charge_ref", K.REF),
        _required(
            "kind", K.CODE, "PURCHASE", "CASH", "INTEREST", "LATE_CHARGE", "FEE", "INSTALMENT"
        ),
        _required("value_on", K.DATE),
        _required("posted_on", K.DATE),
        _required("amount", K.MONEY),
        Column("merchant", K.TEXT),
    ),
    key=("charge_ref",),
    control="amount",
)
_PAYMENT = (
    CUSTOMER,
    ACCOUNT,
    _required("currency", K.CURRENCY),
    _required("payment_ref", K.REF),
    _required("value_on", K.DATE),
    _required("posted_on", K.DATE),
    _required("amount", K.MONEY),  # above zero; what a row takes back says `reverses_ref`
    Column("reverses_ref", K.REF),
    Column("method", K.CODE),
)
PAYMENTS = Feed("payments", _PAYMENT, key=("payment_ref",), control="amount")
INTRADAY_PAYMENTS = Feed("intraday_payments", _PAYMENT, key=("payment_ref",), control="amount")

FEEDS = {
    feed.name: feed
    for feed in (
        CUSTOMERS,
        PARTIES,
        CONTACT_POINTS,
        ACCOUNTS,
        BALANCES,
        STATEMENTS,
        CHARGES,
        PAYMENTS,
        INTRADAY_PAYMENTS,
    )
}

TAKE_OVER = (
    "open_cases",
    "promises",
    "plans",
    "holds",
    "opt_outs",
    "complaints",
    "placements",
    "contacts",
    "limitation_events",
)
