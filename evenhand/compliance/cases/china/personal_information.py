"""PI: data in the hands of agencies and buyers, requests of the person, decisions by a model."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from evenhand.compliance.cases.china.reading import (
    moment,
    only,
    ordinary,
    parameter,
    prose,
    strictest,
    verdict_of,
    yes,
)
from evenhand.compliance.facts import Act, Facts

KEYS = frozenset({
    "agency_contract", "agency_holds_data", "agency_subcontracts", "bank_consent", "debt_sold", "debtor_notified",
    "debtor_objects", "decision", "entrust_new_agency", "impact_assessment_done", "request", "retention_not_expired",
})  # fmt: skip
ENDED = r"end|expire|terminat|到期|终止|结束"
DELETES = r"delet|erase|remove|forget|删除"
MODEL = r"model|automat|algorithm|machine|score|模型|自动"
BY_A_PERSON = r"human|person review|staff|manual|人工|员工"


def answer(given: Mapping[str, Any]) -> dict[str, Any]:
    """`verdict`, the strictest of what the facts raise, and what follows for data, debts and records."""
    only(given, KEYS)
    answered: dict[str, Any] = {
        "record_years": parameter("record.pia_years", _act("PLACE_WITH_AGENCY", {}))
    }
    asked = [*_of_agency(given), *_of_decision(given)]
    if "request" in given:
        erased = _act("ERASE", {"retention_running": bool(yes(given, "retention_not_expired"))})
        wants = re.search(DELETES, prose(given, "request")) is not None
        refused = wants and verdict_of(erased) == "deny"
        answered |= {"delete": wants and not refused, "give_reason": refused}
        asked.append(erased if wants else _act("ANSWER_INBOUND", {}))
    if "debt_sold" in given:
        sold, told = yes(given, "debt_sold"), bool(yes(given, "debtor_notified"))
        by_buyer = _act(
            "CALL",
            {"transfer_notice_sent": moment().date().isoformat()} if told else {},
            actor="DEBT_BUYER",
        )
        asked.append(by_buyer if sold else _act("CALL", {}))
        answered["effective_against_debtor"] = verdict_of(asked[-1]) == "allow"
    answered["verdict"] = strictest([verdict_of(facts) for facts in asked] or ["allow"])
    return answered


def _act(
    act: str,
    known: Mapping[str, Any],
    *,
    actor: str = "FIRST_PARTY",
    more: Mapping[str, Any] | None = None,
) -> Facts:
    """An act in which everything is in order but for what is known."""
    return ordinary(
        Act(moment(), act, actor=actor, purpose="COLLECT", more=more or {}), known=known
    )


def _of_agency(given: Mapping[str, Any]) -> Iterator[Facts]:
    """What an agency may do with the data it holds, or be given."""
    consent = bool(yes(given, "bank_consent"))
    if "agency_subcontracts" in given:
        subcontracts = bool(yes(given, "agency_subcontracts"))
        yield _act(
            "PLACE_WITH_AGENCY",
            {"agency_may_subcontract": consent},
            more={"subcontracted": subcontracts},
        )
    if yes(given, "entrust_new_agency"):
        done = yes(given, "impact_assessment_done")
        yield _act("PLACE_WITH_AGENCY", {} if done is None else {"impact_assessment_done": done})
    if yes(given, "agency_holds_data"):
        ended = re.search(ENDED, prose(given, "agency_contract")) is not None
        yield _act("CALL", {"agency_contract_ended": ended}, actor="AGENCY")


def _of_decision(given: Mapping[str, Any]) -> Iterator[Facts]:
    """A decision the person objects to: what a model alone decided goes to a person."""
    if "decision" in given:
        told = prose(given, "decision")
        alone = bool(re.search(MODEL, told)) and not re.search(BY_A_PERSON, told)
        objects = bool(yes(given, "debtor_objects"))
        yield _act("DECIDE_BY_MODEL" if alone else "CHARGE", {"debtor_objects": objects})
