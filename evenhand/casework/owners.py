"""Whose an account is."""

from collections.abc import Iterable
from dataclasses import dataclass

from evenhand.casework.models import CaseAccount


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose account it is, as the lake keys people, and the account's currency."""

    customer_key: int
    partition: int
    currency: str


def owners_of(account_keys: Iterable[int]) -> dict[int, Owner]:
    """Whose these accounts are; of accounts that are or were a line of a case."""
    rows = CaseAccount.objects.filter(account_key__in=list(account_keys)).values_list(
        "account_key", "case__customer__customer_key", "case__customer__partition", "currency"
    )
    return {account: Owner(key, partition, currency) for account, key, partition, currency in rows}
