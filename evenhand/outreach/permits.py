"""Permits and refusals as values, and as the rows that are written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from evenhand.outreach.asked import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """The gate's answer about one contact. Only one that is `allowed` may be sent, after `gate.sent` said so."""

    id: UUID
    customer_id: UUID
    at: datetime
    asked: Asked
    decision: str  # ALLOW, REVIEW or DENY
    state: str  # as outreach.models.ContactEvent.State
    reserved_until: datetime | None
    verdict: Mapping[str, Any]  # as compliance.verdict.Verdict stores it
    request_key: str
    repeated: bool = False  # the answer given earlier under the same key

    @property
    def allowed(self) -> bool:
        """Whether it may be sent, when its time has not passed and it is judged again."""
        return self.state == "RESERVED"

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the reasons that refuse or ask for review."""
        return tuple(code for code, decision, *_ in self.verdict["reasons"] if decision != "ALLOW")


COLUMNS = (
    "id, at, customer_id, act, direction, to_key, role, debts, collector, actor, place, point, purpose, basis,"
    " assumed, more, decision, state, reserved_until, verdict, request_key"
)


def permit_of(row: tuple[Any, ...], *, repeated: bool = False) -> Permit:
    """A permit from a row of COLUMNS."""
    id_, at, customer_id, act, direction, to, role, debts, *rest = row
    collector, actor, place, point, purpose, basis, assumed, more, *rest = rest
    decision, state, reserved_until, verdict, request_key = rest
    return Permit(
        id=id_,
        customer_id=customer_id,
        at=at,
        asked=Asked(
            act,
            direction,
            to,
            role,
            tuple(debts),
            collector,
            actor,
            place,
            point,
            purpose,
            basis,
            assumed,
            _json(more),
        ),
        decision=decision,
        state=state,
        reserved_until=reserved_until,
        verdict=_json(verdict),
        request_key=request_key,
        repeated=repeated,
    )


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str | bytes) else value
