"""What every bank statement comes down to: sums that moved, each with the line that says so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NoReturn

from evenhand.kernel.money import MoneyError, to_minor

TEXT_MAX = 2_000  # of what a remitter wrote; camt allows 140 a block and any number of blocks
AMOUNT_MINOR_MAX = 10**15


class StatementRefused(ValueError):
    """A file that cannot be taken: which, where in it and what was expected. It never holds what the file says."""

    def __init__(self, name: str, line: int, element: str, expected: str) -> None:
        super().__init__(f"{name}:{line}: {element}: expected {expected}")
        self.name, self.line, self.element, self.expected = name, line, element, expected


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEntry:
    """One sum that came in (above zero) or went out (below zero), booked by the bank.

    `bank_reference` is the bank's own, "" where it gives none. `structured` are the references in fields made for
    them, `remitter` and `text` are people's words and personal data.
    """

    line: int
    amount_minor: int
    currency: str
    value_on: date
    booked_on: date
    bank_reference: str
    structured: tuple[str, ...]
    remitter: str
    text: str
    takes_back: bool = False  # the bank says that it reverses an earlier entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One file: the account it is of, and what moved on it. An entry that is only pending is counted, not taken."""

    format: str
    account: str
    entries: tuple[StatementEntry, ...]
    pending: int = 0


Refusing = Callable[[int, str, str], NoReturn]


def refusing(name: str) -> Refusing:
    """Refuse a place of a named file."""

    def refuse(line: int, element: str, expected: str) -> NoReturn:
        raise StatementRefused(name, line, element, expected)

    return refuse


def minor(text: str, currency: str, line: int, element: str, refuse: Refusing) -> int:
    """An amount without a sign in minor units; refused where it is none, negative or beyond all reason."""
    try:
        if not text.strip().replace(".", "", 1).isdecimal() or not text.isascii():
            raise MoneyError(text)
        found = to_minor(Decimal(text.strip()), currency)
    except MoneyError:
        refuse(line, element, f"an amount of {currency} without a sign, with a point")
    if found > AMOUNT_MINOR_MAX:
        refuse(line, element, f"an amount of at most {AMOUNT_MINOR_MAX} minor units")
    return found


def shared(whole: int, parts: Sequence[int | None]) -> tuple[int, ...] | None:
    """What each transaction of an entry moved; None unless all say it and their sum is the entry's."""
    said = tuple(part for part in parts if part is not None)
    return said if len(said) == len(parts) and sum(said) == whole else None
