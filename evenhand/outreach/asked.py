"""What is asked of the gate: an act without its time, in the words of the vocabulary."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from evenhand.compliance.checking import FactsError, check_more
from evenhand.compliance.facts import NOTHING, Act
from evenhand.compliance.vocabulary import (
    ACTORS,
    BASES,
    CONTACTS,
    DIRECTIONS,
    OUTCOMES,
    PLACES,
    PURPOSES,
    ROLES,
)


class NotAContact(ValueError):
    """What is asked is not in the words of the vocabulary; the message says which field and what was expected."""


class Asked(NamedTuple):
    """One contact somebody wants to make. The fields are those of compliance.facts.Act without its time."""

    act: str
    direction: str = "OUT"
    to: str = ""
    role: str = "CONSUMER"
    debts: tuple[str, ...] = ()  # account keys as text; none named: all
    collector: str = "BANK"
    actor: str = "FIRST_PARTY"
    place: str = ""
    point: str = ""
    purpose: str = "COLLECT"
    basis: str = ""
    outcome: str = ""  # what is assumed to happen; empty: the worst that counts
    more: Mapping[str, Any] = NOTHING

    def at(self, moment: datetime) -> Act:
        """The act, made at that moment."""
        return Act(moment, *self)

    def text(self) -> str:
        """Canonical JSON: fields in order, keys of `more` sorted, nothing escaped that need not be."""
        return json.dumps(
            [*self[:-1], dict(self.more)], ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )

    def digest(self, customer_id: UUID) -> bytes:
        """sha256 over whom it is about and what is asked."""
        return hashlib.sha256(f"{customer_id}{self.text()}".encode()).digest()

    @classmethod
    def read(cls, text: str) -> "Asked":
        """From its canonical text."""
        act, direction, to, role, debts, *rest = json.loads(text)
        return cls(act, direction, to, role, tuple(debts), *rest)

    def checked(self) -> "Asked":
        """Itself; raises NotAContact when a code is none, or when `more` says what is not for the asker to say.

        What is known of a person and what the judge works out are read from our own facts: said in `more` it would
        overrule them.
        """
        for name, allowed in _CODES.items():
            value = getattr(self, name)
            if value not in allowed and (value or name not in _MAY_BE_EMPTY):
                raise NotAContact(
                    f"{name} is {value!r}; expected one of {', '.join(sorted(allowed))}"
                )
        if self.more:
            try:
                check_more(self.more, "more")
            except FactsError as error:
                raise NotAContact(str(error)) from None
        return self


_CODES = {
    "act": CONTACTS,
    "direction": DIRECTIONS,
    "role": ROLES,
    "actor": ACTORS,
    "place": PLACES,
    "purpose": PURPOSES,
    "basis": BASES,
    "outcome": OUTCOMES,
}
_MAY_BE_EMPTY = {"place", "purpose", "basis", "outcome"}
