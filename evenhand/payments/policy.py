"""How long the bank waits for its core and for money a person says she has sent: packs/house/payments.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache

from evenhand.compliance.packs import SHIPPED
from evenhand.compliance.stated import table

FILE = "house/payments.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTerms:
    """The bank's own terms, as the file says them."""

    says_paid_pause_days: int
    says_paid_per_30_days_max: int
    says_paid_days_around: int
    provisional_banking_days: int
    intraday_minutes_max: int
    intraday_expected_days: int


@cache
def payment_terms() -> PaymentTerms:
    """The terms as shipped; raises StatedError when the file cannot be used."""
    return table("payments", PaymentTerms, tomllib.loads((SHIPPED / FILE).read_text("utf-8")))
