"""The room's answers to worked cases of the families PLAN and COST: facts as text in, coded keys out.

An adapter only renames facts. It holds no number and no day of the law: those stand in the pack.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from evenhand.arrangements.eligibility import (
    Answer,
    agreement_complete,
    cost_table_shown,
    may_activate,
    may_agree_plan,
    may_collect,
)
from evenhand.arrangements.policy import PARAMETERS

AS_OF = date(2026, 9, 30)
PLAN_KEYS = frozenset({
    "action", "agreement_fields", "claim", "debt_exceeds_ability", "interest_during_plan",
    "interest_during_plan_stated_in_agreement", "missed", "plan", "recording", "term_months", "willing",
})  # fmt: skip
COST_KEYS = frozenset({"channel", "confirmed", "forced_read", "product", "signed", "table_popup"})
ONLINE = frozenset({"portal", "app", "online", "mobile", "web"})


class CaseError(ValueError):
    """A worked case whose facts cannot be read; the message names the key and what was expected."""


def answer_plan(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a case of PLAN: whether a plan may be made, is complete, may come into force or stops collection."""
    _only(given, PLAN_KEYS)
    if "agreement_fields" in given:
        complete = agreement_complete(AS_OF, {name.upper() for name in given["agreement_fields"]})
        verdict = "complete" if complete.allowed else "incomplete"
        return {"verdict": verdict, "missing": [name.lower() for name in complete.missing]}
    if given.get("plan") == "oral":
        active = may_activate(AS_OF, oral=True, recorded=bool(given.get("recording")))
        return {"verdict": "allow_activation" if active.allowed else "deny_activation"}
    if "plan" in given:
        found = may_collect(
            AS_OF, active=given["plan"] == "active", missed=bool(given.get("missed"))
        )
        return {"verdict": _verdict(found)}
    if "claim" in given:
        right = PARAMETERS.value_on("plan.interest_stop_is_a_right", AS_OF)
        return {"verdict": "mandated" if right else "not_mandated"}
    return _eligible(given)


def _eligible(given: Mapping[str, Any]) -> dict[str, Any]:
    for key in ("debt_exceeds_ability", "willing", "term_months"):
        if key not in given:
            raise CaseError(f"{key} is missing")
    found = may_agree_plan(
        AS_OF,
        exceeds_ability=given["debt_exceeds_ability"],
        willing=given["willing"],
        months=given["term_months"],
    )
    stated = given.get("interest_during_plan_stated_in_agreement", True)
    verdict = "eligible" if found.allowed and stated else "deny"
    return {"verdict": verdict, "max_term_months": PARAMETERS.value_on("plan.months_max", AS_OF)}


def answer_cost(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a case of COST: whether the table of costs was shown as it must be before signing."""
    _only(given, COST_KEYS)
    if "signed" not in given:
        raise CaseError("signed is missing, expected a day such as 2026-08-02")
    on = date.fromisoformat(given["signed"])
    online = given.get("channel", "portal") in ONLINE
    needed = (
        PARAMETERS.value_on("cost_table.read_seconds", on)
        if PARAMETERS.has("cost_table.required", on)
        else 0
    )
    found = cost_table_shown(
        on,
        online=online,
        shown_apart=bool(given.get("table_popup")),
        seconds_read=needed if given.get("forced_read") else None,
        confirmed=bool(given.get("confirmed")),
    )
    return {"verdict": _verdict(found)}


def _verdict(found: Answer) -> str:
    return "allow" if found.allowed else "deny"


def _only(given: Mapping[str, Any], keys: frozenset[str]) -> None:
    if unknown := sorted(set(given) - keys):
        raise CaseError(f"case has {', '.join(unknown)}, expected only {', '.join(sorted(keys))}")
