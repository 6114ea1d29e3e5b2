"""What law and contract say about allocation, interest and charges, as the pack states it for a day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from evenhand.compliance.dated import DatedParameters

RECEIVABLES = ("PRINCIPAL", "INTEREST", "LATE_CHARGE", "FEE", "UNSPLIT")
"""What may be owed on an account; UNSPLIT where the core says how much and not of what."""
CHARGES = frozenset({"INTEREST", "LATE_CHARGE", "FEE"})

Order = tuple[str, ...]

_BOTH = frozenset({"CHARGES", "PRINCIPAL"})
PARAMETERS = DatedParameters(
    "cn/ledger.toml",
    kinds={
        "allocation.switch_overdue_days": int,
        "allocation.order_before": list,
        "allocation.order_after": list,
        "allocation.order_not_overdue": list,
        "allocation.within_charges": list,
        "allocation.civil_order": list,
        "offset.requires_authorisation": bool,
        "interest.daily_cap": Decimal,
        "interest.daily_floor": Decimal,
        "interest.year_days": int,
        "interest.on_service_fees": bool,
        "charges.abolished": list,
        "court.total_cost_ceiling": Decimal,
        "charges.capped_at_principal": bool,
    },
    words={
        "allocation.order_before": _BOTH,
        "allocation.order_after": _BOTH,
        "allocation.order_not_overdue": _BOTH,
        "allocation.within_charges": CHARGES,
        "allocation.civil_order": _BOTH | {"COSTS"},
    },
)


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
    """The orders in force on a day; raises ParameterError before the first."""
    within: list[str] = PARAMETERS.value_on("allocation.within_charges", on)

    def written(name: str) -> Order:
        order: list[str] = PARAMETERS.value_on(name, on)
        parts = [within if word == "CHARGES" else [word] for word in order if word != "COSTS"]
        return (*(part for found in parts for part in found), "UNSPLIT")

    civil = PARAMETERS.has("allocation.civil_order", on)
    return Allocation(
        switch_overdue_days=PARAMETERS.value_on("allocation.switch_overdue_days", on),
        not_overdue=written("allocation.order_not_overdue"),
        before=written("allocation.order_before"),
        after=written("allocation.order_after"),
        civil=written("allocation.civil_order") if civil else (),
    )


def decimal_on(name: str, on: date) -> Decimal | None:
    """A rate in force on a day; None where nothing is set."""
    if not PARAMETERS.has(name, on):
        return None
    rate: Decimal = PARAMETERS.value_on(name, on)
    return rate
