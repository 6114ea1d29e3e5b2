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


@dataclass(frozen=True, slots=True)
class ShownCall:
    """One call with its number masked."""

    row: HumanCallRow
    point: str


def calls_context(request: HttpRequest, case: CaseView) -> dict[str, Any]:
    """The latest calls, and whether who asks may call."""
    staff = staff_of(request)
    rows = human_call_rows(case.customer_id)
    masked = (
        {point.key: mask(point.value) for point in point_rows(case.customer_id)} if rows else {}
    )
    return {
        "human_calls": [ShownCall(row, masked.get(row.point, "")) for row in rows],
        "calls_open": any(row.open for row in rows),
        "may_call": bool(staff.extension) and case.state == "OPEN" and exchange() is not None,
        "call_key": uuid4(),
    }
