"""The calls that people made on a case, as its page shows them."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.http import HttpRequest

from evenhand.casework.queries import CaseView, point_rows
from evenhand.outreach.channels import exchange
from evenhand.outreach.human_calls import HumanCallRow, human_call_rows
from evenhand.web.masking import mask
from evenhand.workbench.pages import staff_of

NOTES: dict[str, tuple[str, bool | None]] = {
    "HERSELF": ("CONVERSATION", True),
    "SOMEBODY_ELSE": ("ANSWERED", False),
    "NOBODY": ("UNANSWERED", None),
}
"""What a collector may say of her call, with the result and the verification it is kept as."""


@dataclass(frozen=True, slots=True)
class ShownCall:
    """One call with its number masked, and whether who asks may say who was on the line."""

    row: HumanCallRow
    point: str
    to_note: bool


def calls_context(request: HttpRequest, case: CaseView) -> dict[str, Any]:
    """The latest calls, and whether who asks may call."""
    staff = staff_of(request)
    rows = human_call_rows(case.customer_id)
    masked = (
        {point.key: mask(point.value) for point in point_rows(case.customer_id)} if rows else {}
    )
    return {
        "human_calls": [
            ShownCall(
                row,
                masked.get(row.point, ""),
                row.state == "ENDED" and row.by == staff.username and not row.noted,
            )
            for row in rows
        ],
        "calls_open": any(row.open for row in rows),
        "call_notes": NOTES,
        "may_call": bool(staff.extension) and case.state == "OPEN" and exchange() is not None,
        "call_key": uuid4(),
    }
