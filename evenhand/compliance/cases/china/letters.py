"""LETTER: what a letter must show, and what an objection does to collecting."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from evenhand.compliance.cases.china.reading import (
    CaseError,
    moment,
    only,
    ordinary,
    parameter,
    prose,
    verdict_of,
)
from evenhand.compliance.facts import Act, Debt, Facts, Hold
from evenhand.compliance.texts.letters import missing_fields

KEYS = frozenset({"event", "letter_fields"})
OBJECTS = r"object|disput|contest|denies|does not (?:recogni[sz]e|accept)|异议|争议|不认可|否认"
SETTLED = r"withdraw|resolved|settled|verified as correct|closed|撤回|核实无误"
FIELDS: Mapping[str, str] = {
    r"seal|stamp|公章": "BUSINESS_SEAL",
    r"^(?:bank_|issuer_|institution_)?contact|bank.*(?:contact|phone)|联系": "BANK_CONTACT",
    r"quer|pay_|payment|object|evidence|how_to|查询": "QUERY_PAY_OBJECT_EVIDENCE",
    r"right|dut|obligation|权利": "RIGHTS_DUTIES",
    r"reason|regulation|legal_basis|原因|事由": "REASON_REGULATIONS",
    r"balance|name|姓名|余额": "NAME_BALANCE",
    r"other|regulator|其他": "OTHER",
}


def answer(given: Mapping[str, Any]) -> dict[str, Any]:
    """`verdict` and `missing` of a letter; `collection_on_disputed_part` after an event."""
    only(given, KEYS)
    answered: dict[str, Any] = {}
    if "letter_fields" in given:
        shown = list(_fields(given["letter_fields"]))
        letter = _letter({"letter_fields": shown})
        missing = missing_fields(shown, _required(letter))
        answered |= {"verdict": verdict_of(letter), "missing": [code.lower() for code in missing]}
    if "event" in given:
        told = prose(given, "event")
        disputed = bool(re.search(OBJECTS, told)) and not re.search(SETTLED, told)
        answered["collection_on_disputed_part"] = "hold" if _stopped(disputed) else "allow"
    return answered


def _fields(given: Any) -> Iterator[str]:
    """The pack's codes of the fields a letter shows."""
    if not isinstance(given, list | Mapping):
        raise CaseError(f"letter_fields is {given!r}, expected a list of field codes")
    shown = [code for code in given if not isinstance(given, Mapping) or given[code]]
    for code in shown:
        text = str(code).casefold()
        found = next((name for pattern, name in FIELDS.items() if re.search(pattern, text)), None)
        if found is None:
            raise CaseError(f"letter_fields has {code!r}, expected {', '.join(FIELDS.values())}")
        yield found


def _required(letter: Facts) -> list[str]:
    """What a machine can look for; what else the regulator asks for is a person's to check."""
    unchecked = parameter("letter.unchecked_fields", letter)
    return [code for code in parameter("letter.required_fields", letter) if code not in unchecked]


def _letter(more: Mapping[str, Any]) -> Facts:
    return ordinary(Act(moment(), "LETTER", purpose="COLLECT", more=more))


def _stopped(disputed: bool) -> bool:
    """Whether the disputed part may not be collected by any ordinary call."""
    facts = _letter({})
    part = Debt("the disputed part")
    hold = Hold("DISPUTE", facts.act.at, None, debts=(part.key,))
    asked = facts._replace(
        act=facts.act._replace(act="CALL", debts=(part.key,)),
        debts=(part, Debt("the rest")),
        holds=(hold,) if disputed else (),
    )
    return verdict_of(asked) == "deny"
