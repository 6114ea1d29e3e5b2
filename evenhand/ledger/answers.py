"""The room's answers to worked cases of the families ALLOC and INT: facts as text in, coded keys out.

An adapter only renames facts. It holds no number and no day of the law: those stand in the pack.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from evenhand.kernel.money import to_major, to_minor
from evenhand.ledger.interest import (
    annual_rate,
    court_check,
    rate_allowed,
    simple_interest_minor,
)
from evenhand.ledger.policy import CHARGES, PARAMETERS, allocation_on, decimal_on
from evenhand.ledger.replay import waterfall

CURRENCY = "CNY"
AS_OF = date(2026, 9, 30)

ALLOC_KEYS = frozenset({
    "dpd_at_value_date", "value_date_dpd", "posting_date_dpd", "fees", "interest", "principal", "payment", "action",
    "cardholder_authorisation",
})  # fmt: skip
INT_KEYS = frozenset({
    "charge", "claimed_interest_compound_penalty_fees", "contract_date", "daily_rate", "days", "debtor_asks_reduction",
    "late_penalty", "principal", "year",
})  # fmt: skip
CHARGE_WORDS = {"overlimit_fee": "OVERLIMIT_FEE", "over_limit_fee": "OVERLIMIT_FEE", "overlimit fee": "OVERLIMIT_FEE",
    "over-limit fee": "OVERLIMIT_FEE", "超限费": "OVERLIMIT_FEE", "late_fee": "LATE_FEE", "late fee": "LATE_FEE",
    "滞纳金": "LATE_FEE"}  # fmt: skip


class CaseError(ValueError):
    """A worked case whose facts cannot be read; the message names the key and what was expected."""


def answer_allocation(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a case of ALLOC: how one repayment is taken, or whether a set-off is lawful."""
    _only(given, ALLOC_KEYS)
    if "action" in given:
        needed = PARAMETERS.value_on("offset.requires_authorisation", AS_OF)
        lawful = bool(given.get("cardholder_authorisation")) or not needed
        return {"verdict": "allow" if lawful else "deny"}
    days = given.get("dpd_at_value_date", given.get("value_date_dpd"))
    if isinstance(days, bool) or not isinstance(days, int) or days < 0:
        raise CaseError(
            "dpd_at_value_date or value_date_dpd is to be a whole number of days from 0"
        )
    policy = allocation_on(AS_OF)
    named = {"PRINCIPAL": "principal", "INTEREST": "interest", "FEE": "fees"}
    owed = {part: _minor(given, key) for part, key in named.items()}
    parts = waterfall(_minor(given, "payment"), owed, policy.order(days))
    return {
        "order": "principal_first" if policy.principal_first(days) else "charges_first",
        "dpd_used": days,
        "rule_applies": policy.applies(days),
        "to_charges": _amount(sum(minor for part, minor in parts.items() if part in CHARGES)),
        "to_principal": _amount(parts.get("PRINCIPAL", 0)),
        "credit_balance": _amount(parts.get("CREDIT", 0)),
    }


def answer_interest(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a case of INT: rates of a day, interest on a sum or a charge, what a court supports."""
    _only(given, INT_KEYS)
    found: dict[str, Any] = {}
    on = _day(given)
    if "charge" in given:
        gone = (
            PARAMETERS.value_on("charges.abolished", on)
            if PARAMETERS.has("charges.abolished", on)
            else ()
        )
        abolished = CHARGE_WORDS.get(str(given["charge"]).lower()) in gone
        found["verdict"] = "deny" if abolished else "allow"
    cap, floor = decimal_on("interest.daily_cap", on), decimal_on("interest.daily_floor", on)
    if {"contract_date", "year"} & given.keys():
        found |= {"cap": _rate(cap), "regulatory_cap": _rate(cap), "floor": _rate(floor)}
    if "claimed_interest_compound_penalty_fees" in given:
        return found | _court(given, on)
    if "daily_rate" in given:
        rate = _decimal(given["daily_rate"])
        allowed = rate_allowed(rate, on)
        found |= {"must_show_annual_rate": f"{annual_rate(rate, on):.2%}", "rate_allowed": allowed}
        if {"contract_date", "year"} & given.keys():
            found["verdict"] = "allow" if allowed else "deny"
        if "days" in given:
            found |= _accrued(given, rate, on)
    return found


def _accrued(given: Mapping[str, Any], rate: Decimal, on: date) -> dict[str, Any]:
    found = {}
    if "principal" in given:
        found["interest"] = _amount(
            simple_interest_minor(_minor(given, "principal"), given["days"], rate)
        )
    if "late_penalty" in given:
        bears = PARAMETERS.value_on("interest.on_service_fees", on)
        interest = (
            simple_interest_minor(_minor(given, "late_penalty"), given["days"], rate)
            if bears
            else 0
        )
        found["interest_on_penalty"] = _amount(interest)
    return found


def _court(given: Mapping[str, Any], on: date) -> dict[str, Any]:
    checked = court_check(
        _minor(given, "principal"),
        int(given["days"]),
        _minor(given, "claimed_interest_compound_penalty_fees"),
        on,
        asked=bool(given.get("debtor_asks_reduction")),
    )
    return {
        "supported_up_to": _amount(checked.supported_minor),
        "reducible": _amount(checked.reducible_minor),
    }


def _day(given: Mapping[str, Any]) -> date:
    if "contract_date" in given:
        return date.fromisoformat(given["contract_date"])
    return date(int(given["year"]), AS_OF.month, AS_OF.day) if "year" in given else AS_OF


def _only(given: Mapping[str, Any], keys: frozenset[str]) -> None:
    if unknown := sorted(set(given) - keys):
        raise CaseError(f"case has {', '.join(unknown)}, expected only {', '.join(sorted(keys))}")


def _minor(given: Mapping[str, Any], key: str) -> int:
    if key not in given:
        raise CaseError(f"{key} is missing, expected an amount such as 1000.00")
    return to_minor(given[key], CURRENCY)


def _decimal(text: Any) -> Decimal:
    try:
        return Decimal(text)
    except (InvalidOperation, TypeError):
        raise CaseError(f"{text!r} is no rate, expected one such as 0.0005") from None


def _rate(rate: Decimal | None) -> str | None:
    return None if rate is None else str(rate)


def _amount(amount_minor: int) -> str:
    return f"{to_major(amount_minor, CURRENCY):.2f}"
