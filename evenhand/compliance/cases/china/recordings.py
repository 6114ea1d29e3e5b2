"""REC: how long the recording of a collection call is kept."""

from collections.abc import Mapping
from typing import Any

from evenhand.compliance.cases.china.reading import (
    CaseError,
    cn,
    day,
    moment,
    only,
    ordinary,
    verdict_of,
)
from evenhand.compliance.deadlines import due_days
from evenhand.compliance.facts import Act

KEYS = frozenset({"call_date"})


def answer(given: Mapping[str, Any]) -> dict[str, Any]:
    """`recording_required` of a call of that day, and `earliest_delete`, its years counted by the Civil Code."""
    only(given, KEYS)
    on = day(given, "call_date")
    if on is None:
        raise CaseError("call_date is missing, expected a day")
    unrecorded = ordinary(Act(moment(on=on), "CALL", purpose="COLLECT", more={"recording": False}))
    kept = due_days((cn(),), {"call_date": on}, on)["keep_recording_until"].day
    assert kept is not None
    return {
        "recording_required": verdict_of(unrecorded) == "deny",
        "earliest_delete": kept.isoformat(),
    }
