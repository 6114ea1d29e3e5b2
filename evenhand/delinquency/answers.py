"""The room's answers to worked cases of the families AGE and CLASS: facts as text in, coded keys out."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from evenhand.delinquency.ageing import BUCKETS
from evenhand.delinquency.classification import classification_on, risk_class_names_zh
from evenhand.delinquency.rules import Account, Payment, Statement, age, unpaid_on
from evenhand.kernel.money import to_major, to_minor
from evenhand.portfolio.terms import AgeingTerms, MinimumDueIs

CURRENCY = "CNY"
BALANCE_ABOVE_ANY_MINIMUM_MINOR = 10**15
CLASS_AS_OF = date(2026, 9, 30)

AGE_KEYS = frozenset(
    {
        "statements",
        "minimum_due_is",
        "grace_days",
        "tolerance_minimum",
        "payments",
        "balance",
        "opened_on",
        "as_of",
    }
)
STATEMENT_KEYS = frozenset({"statement_on", "due_on", "minimum_due", "past_due"})
PAYMENT_KEYS = frozenset({"value_on", "booked_on", "amount"})
CLASS_KEYS = frozenset({"dpd", "as_of"})


class CaseError(ValueError):
    """A worked case whose facts cannot be read; the message names the key and what was expected."""


def answer(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a case of AGE (it has `as_of` and `statements`) or CLASS (it has `dpd`); raise CaseError otherwise.

    Defaults of what a case leaves out: no statements or payments, cumulative minimums, 3 days of grace, no tolerance,
    a payment booked on its value date, a balance above every minimum; for CLASS the tables in force in September 2026.
    """
    return _class(given) if "dpd" in given else _age(given)


def _class(given: Mapping[str, Any]) -> dict[str, Any]:
    _only(given, CLASS_KEYS, "case")
    days = given["dpd"]
    if isinstance(days, bool) or not isinstance(days, int) or days < 0:
        raise CaseError(f"dpd is {days!r}, expected a whole number of days from 0")
    classes = classification_on(_day(given, "as_of", CLASS_AS_OF)).classes(days)
    names = risk_class_names_zh()
    return {
        "bucket": BUCKETS[classes.bucket],
        "ccm92": names[classes.ccm92],
        "fin2023_floor": names[classes.fin2023],
        "stricter": names[classes.risk_class],
    }


def _age(given: Mapping[str, Any]) -> dict[str, Any]:
    _only(given, AGE_KEYS, "case")
    if "as_of" not in given:
        raise CaseError("as_of is missing, expected the day to age on")
    on = _day(given, "as_of", date.max)
    terms = AgeingTerms(
        grace_days=int(given.get("grace_days", 3)),
        tolerance_minimum_minor=_minor(given, "tolerance_minimum", 0),
        minimum_due_is=MinimumDueIs(given.get("minimum_due_is", "cumulative")),
    )
    account = Account(
        statements=tuple(map(_statement, given.get("statements", ()))),
        payments=tuple(map(_payment, given.get("payments", ()))),
        balance_minor=_minor(given, "balance", BALANCE_ABOVE_ANY_MINIMUM_MINOR),
        opened_on=_day(given, "opened_on", date.min) if given.get("opened_on") else None,
    )
    classification = classification_on(on)
    today = age(account, terms=terms, on=on, classification=classification)
    return {
        "overdue": today.past_due,
        "overdue_days": today.overdue_days,
        "bucket": BUCKETS[today.bucket],
        "arrears": _amount(today.arrears_minor),
        "cured": not today.past_due and _was_past_due_before(account, terms, on),
        "due_today": _amount(_due_today_minor(account, terms, on) if today.owes else 0),
        "due": _amount(today.due_minor),
        "next_due_on": today.next_due_on.isoformat() if today.next_due_on else None,
        "cycles_missed": today.cycles_missed,
        "first_payment_default": today.first_payment_default,
        "risk_class": risk_class_names_zh()[today.risk_class],
    }


def _was_past_due_before(account: Account, terms: AgeingTerms, on: date) -> bool:
    """Whether the same facts made the account past due on an earlier day; it owed something on all of them."""
    begins = min((s.due_on for s in account.statements), default=on)
    owing = Account(
        statements=account.statements,
        payments=account.payments,
        balance_minor=BALANCE_ABOVE_ANY_MINIMUM_MINOR,
    )
    days = (begins + timedelta(days=n) for n in range((on - begins).days))
    return any(
        age(owing, terms=terms, on=day, classification=classification_on(day)).past_due
        for day in days
    )


def _due_today_minor(account: Account, terms: AgeingTerms, on: date) -> int:
    unpaid, _ = unpaid_on(account.statements, account.payments, terms=terms, on=on)
    grace = timedelta(days=terms.grace_days)
    due = sum(
        u.unpaid_minor for u in unpaid if u.statement.due_on <= on <= u.statement.due_on + grace
    )
    return min(due, max(account.balance_minor, 0))


def _statement(given: Mapping[str, Any]) -> Statement:
    _only(given, STATEMENT_KEYS, "statement")
    return Statement(
        statement_on=_day(given, "statement_on", None),
        due_on=_day(given, "due_on", None),
        minimum_due_minor=_minor(given, "minimum_due", None),
        past_due_minor=_minor(given, "past_due", None)
        if given.get("past_due") is not None
        else None,
    )


def _payment(given: Mapping[str, Any]) -> Payment:
    _only(given, PAYMENT_KEYS, "payment")
    value_on = _day(given, "value_on", None)
    return Payment(
        value_on=value_on,
        booked_on=_day(given, "booked_on", value_on),
        paid_minor=_minor(given, "amount", None),
    )


def _only(given: Mapping[str, Any], keys: frozenset[str], what: str) -> None:
    if unknown := sorted(set(given) - keys):
        raise CaseError(f"{what} has {', '.join(unknown)}, expected only {', '.join(sorted(keys))}")


def _day(given: Mapping[str, Any], key: str, default: date | None) -> date:
    if key in given:
        return date.fromisoformat(given[key])
    if default is None:
        raise CaseError(f"{key} is missing, expected a day such as 2026-06-26")
    return default


def _minor(given: Mapping[str, Any], key: str, default: int | None) -> int:
    if key in given:
        return to_minor(given[key], CURRENCY)
    if default is None:
        raise CaseError(f"{key} is missing, expected an amount such as 1000.00")
    return default


def _amount(amount_minor: int) -> str:
    return f"{to_major(amount_minor, CURRENCY):.2f}"
