"""The room's answers to the Chinese families of worked cases: facts as text in, coded keys out, by the real judge.

An adapter only renames facts. It holds no number and no day of the law: those stand in the pack.
"""

from collections.abc import Callable, Mapping
from typing import Any

from evenhand.compliance.cases.china import (
    conduct,
    frequency,
    hours,
    letters,
    personal_information,
    recordings,
    third_parties,
    visits,
)
from evenhand.compliance.cases.china.reading import CaseError

Answer = Callable[[Mapping[str, Any]], dict[str, Any]]
FAMILIES: Mapping[str, Answer] = {
    "HOURS": hours.answer,
    "FREQ": frequency.answer,
    "TP": third_parties.answer,
    "VISIT": visits.answer,
    "COND": conduct.answer,
    "LETTER": letters.answer,
    "REC": recordings.answer,
    "PI": personal_information.answer,
}

__all__ = ["FAMILIES", "Answer", "CaseError"]
