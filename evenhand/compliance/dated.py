"""Parameters of a pack that are no rules of contact: numbers and orders of law with their source and days of validity.

Rooms that compute with such numbers read them here; none holds one in its code.
"""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from evenhand.compliance.packs import SHIPPED

CONFIDENCES = frozenset({"P", "S", "K", "I"})


class ParameterError(ValueError):
    """A parameter that cannot be used or is not set; the message names it and what was expected."""


class DatedParameters:
    """The parameters of one file of packs. `kinds` says of what type each is: int, bool, list, or Decimal for a share
    between 0 and 1; `words` of which words a list is made, each once."""

    def __init__(
        self, file: str, kinds: Mapping[str, type], words: Mapping[str, frozenset[str]]
    ) -> None:
        self.file, self.kinds, self.words = file, kinds, words
        self._rows: tuple[Mapping[str, Any], ...] | None = None

    def value_on(self, name: str, on: date) -> Any:
        """The value of a parameter on a day; raises ParameterError where none is set."""
        row = self.row_on(name, on)
        return Decimal(row["value"]) if self.kinds[name] is Decimal else row["value"]

    def has(self, name: str, on: date) -> bool:
        """Whether a parameter is set on a day."""
        return bool(self._in_force(name, on))

    def row_on(self, name: str, on: date) -> Mapping[str, Any]:
        """A parameter on a day with its instrument, article, confidence and note; raises ParameterError."""
        found = self._in_force(name, on)
        if not found:
            raise ParameterError(f"{name} is not set on {on}")
        return found[0]

    def check(self, row: Mapping[str, Any]) -> None:
        """Raise ParameterError unless a parameter is known, of its kind, cited, and of words that exist."""
        name: str = row["name"]
        value: Any = row["value"]
        kind = self.kinds.get(name)
        if kind is None:
            raise ParameterError(f"{name} is not one of {', '.join(self.kinds)}")
        written = str if kind is Decimal else kind
        if type(row["value"]) is not written:
            raise ParameterError(f"{name} is {value!r}, expected {written.__name__}")
        if not row.get("instrument") or row.get("confidence") not in CONFIDENCES:
            raise ParameterError(f"{name} names no instrument or no confidence of P, S, K or I")
        words = self.words.get(name)
        if words is not None and (set(value) != words or len(value) != len(words)):
            raise ParameterError(f"{name} is {value}, expected each of {', '.join(sorted(words))}")
        if kind is Decimal and not 0 < _decimal(value) < 1:
            raise ParameterError(f"{name} is {value}, expected a share between 0 and 1")

    def _in_force(self, name: str, on: date) -> list[Mapping[str, Any]]:
        found = [
            row
            for row in self._all()
            if row["name"] == name and row["valid_from"] <= on < row.get("valid_to", date.max)
        ]
        if len(found) > 1:
            raise ParameterError(f"{name} has {len(found)} values on {on}, expected one")
        return found

    def _all(self) -> Iterable[Mapping[str, Any]]:
        if self._rows is None:
            text = (SHIPPED / self.file).read_text(encoding="utf-8")
            rows = tuple(tomllib.loads(text)["parameter"])
            for row in rows:
                self.check(row)
            self._rows = rows
        return self._rows


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(-1)
