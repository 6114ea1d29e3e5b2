"""What law and contract say about allocation, interest and charges, as the pack states it for a day."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

RECEIVABLES = ("PRINCIPAL", "INTEREST", "LATE_CHARGE", "FEE", "UNSPLIT")
"""What may be owed on an account; UNSPLIT where the core says how much and not of what."""
CHARGES = frozenset({"INTEREST", "LATE_CHARGE", "FEE"})

Order = tuple[str, ...]

_KINDS: Mapping[str, type] = {
    "allocation.switch_overdue_days": int,
    "allocation.order_before": list,
    "allocation.order_after": list,
    "allocation.order_not_overdue": list,
    "allocation.within_charges": list,
    "allocation.civil_order": list,
    "offset.requires_authorisation": bool,
    "interest.daily_cap": str,
    "interest.daily_floor": str,
    "interest.year_days": int,
    "interest.on_service_fees": bool,
    "charges.abolished": list,
    "court.total_cost_ceiling": str,
    "charges.capped_at_principal": bool,
}
_WORDS: Mapping[str, frozenset[str]] = {
    "allocation.order_before": frozenset({"CHARGES", "PRINCIPAL"}),
    "allocation.order_after": frozenset({"CHARGES", "PRINCIPAL"}),
    "allocation.order_not_overdue": frozenset({"CHARGES", "PRINCIPAL"}),
    "allocation.within_charges": CHARGES,
    "allocation.civil_order": frozenset({"COSTS", "CHARGES", "PRINCIPAL"}),
}


class LedgerPolicyError(ValueError):
    """A parameter that cannot be used; the message names it and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """In which order money is taken, by days past due at its value date; each order names every receivable once."""

    switch_overdue_days: int
    not_overdue: Order
    before: Order
    after: Order
    civil: Order

    def order(self, overdue_days: int) -> Order:
        """The order for money of a value date so many days past due. Source: CCM Article 57."""
        assert overdue_days >= 0
        if overdue_days == 0:
            return self.not_overdue
        return self.before if overdue_days < self.switch_overdue_days else self.after

    def applies(self, overdue_days: int) -> bool:
        """Whether Article 57 speaks of it at all, or the card charter does."""
        return overdue_days > 0

    def principal_first(self, overdue_days: int) -> bool:
        """Whether principal comes before charges."""
        return self.order(overdue_days)[0] == "PRINCIPAL"


def allocation_on(on: date) -> Allocation:
    """The orders in force on a day; raises LedgerPolicyError before the first."""
    within: list[str] = value_on("allocation.within_charges", on)

    def written(name: str) -> Order:
        order: list[str] = value_on(name, on)
        parts = [within if word == "CHARGES" else [word] for word in order if word != "COSTS"]
        return (*(part for found in parts for part in found), "UNSPLIT")

    return Allocation(
        switch_overdue_days=value_on("allocation.switch_overdue_days", on),
        not_overdue=written("allocation.order_not_overdue"),
        before=written("allocation.order_before"),
        after=written("allocation.order_after"),
        civil=written("allocation.civil_order") if has("allocation.civil_order", on) else (),
    )


def decimal_on(name: str, on: date) -> Decimal | None:
    """A rate in force on a day; None where nothing is set."""
    return Decimal(value_on(name, on)) if has(name, on) else None


def has(name: str, on: date) -> bool:
    """Whether a parameter is set on a day."""
    return bool(_in_force(name, on))


def value_on(name: str, on: date) -> Any:
    """The value of a parameter on a day; raises LedgerPolicyError where none is set."""
    found = _in_force(name, on)
    if not found:
        raise LedgerPolicyError(f"{name} is not set on {on}")
    return found[0]["value"]


def citation_on(name: str, on: date) -> tuple[str, str, str]:
    """Instrument, article and confidence of a parameter on a day; raises LedgerPolicyError where none is set."""
    found = _in_force(name, on)
    if not found:
        raise LedgerPolicyError(f"{name} is not set on {on}")
    row = found[0]
    return row["instrument"], row["article"], row["confidence"]


def _in_force(name: str, on: date) -> list[Mapping[str, Any]]:
    found = [
        row
        for row in _pack()
        if row["name"] == name and row["valid_from"] <= on < row.get("valid_to", date.max)
    ]
    if len(found) > 1:
        raise LedgerPolicyError(f"{name} has {len(found)} values on {on}, expected one")
    return found


@cache
def _pack() -> tuple[Mapping[str, Any], ...]:
    path = files("evenhand") / "packs" / "cn" / "ledger.toml"
    rows = tuple(tomllib.loads(path.read_text(encoding="utf-8"))["parameter"])
    for row in rows:
        check(row)
    return rows


def check(row: Mapping[str, Any]) -> None:
    """Raise LedgerPolicyError unless a parameter is known, of its kind, cited and of words that exist."""
    name: str = row["name"]
    value: Any = row["value"]
    kind = _KINDS.get(name)
    if kind is None:
        raise LedgerPolicyError(f"{name} is not one of {', '.join(_KINDS)}")
    if type(row["value"]) is not kind:
        raise LedgerPolicyError(f"{name} is {value!r}, expected {kind.__name__}")
    if not row.get("instrument") or row.get("confidence") not in {"P", "S", "K", "I"}:
        raise LedgerPolicyError(f"{name} names no instrument or no confidence of P, S, K or I")
    words = _WORDS.get(name)
    if words is not None and (set(value) != words or len(value) != len(words)):
        raise LedgerPolicyError(f"{name} is {value}, expected each of {', '.join(sorted(words))}")
    if kind is str and not Decimal(0) < Decimal(value) < Decimal(1):
        raise LedgerPolicyError(f"{name} is {value}, expected a share between 0 and 1")
