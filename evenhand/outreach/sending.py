"""Permits judged again together at the moment of sending: one transaction for several people, each by her facts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from evenhand.journal.actions import Act, of_person, record_many
from evenhand.outreach.gate import SEND_SEVERAL, STATES, judged_again, robots_wait, trips
from evenhand.outreach.ids import filed_between
from evenhand.outreach.judging import Law
from evenhand.outreach.lane import Call, Texts, Writing, own_cursor, read
from evenhand.outreach.permits import Permit
from evenhand.runtime.config import config

_OPEN = """
SELECT customer_id, at::text, array_to_string(law, ','), facts FROM gate_open_several(%s, %s, %s, %s, %s)
"""


def sent_together(permits: Sequence[Permit], *, by: str) -> Mapping[UUID, Permit]:
    """Judge permits of different people again, as `gate.sent` does with one; only those SENT may be handed over.

    Returns each by its id: SENT, LAPSED with the reasons, or as it stood where it was no longer reserved. Raises
    NotFresh where one is a robot's call and the core's last word is too old.
    """
    people = [permit.customer_id for permit in permits]
    assert len(set(people)) == len(people), "one permit a person"
    if not permits:
        return {}
    for permit in permits:
        robots_wait(permit.asked)
    by_person = {permit.customer_id: permit for permit in permits}
    spans = [filed_between(permit.id) for permit in permits]
    place = ([permit.id for permit in permits], min(s[0] for s in spans), max(s[1] for s in spans))

    def then(rows: Texts, seen: Law) -> tuple[Writing, Mapping[UUID, Permit]]:
        standing: dict[UUID, str] = {row[0]: row[1] for row in read(Call(STATES, place))}
        found = {permit.id: replace(permit, state=standing[permit.id]) for permit in permits}
        moved = []
        for customer_id, at, law, facts in rows:
            permit = by_person[UUID(customer_id)]
            if standing[permit.id] == "RESERVED":
                assert at is not None
                assert facts is not None
                moment, digests = datetime.fromisoformat(at), tuple(law.split(",")) if law else ()
                state, reason, verdict = judged_again(permit, moment, digests, facts, seen)
                found[permit.id] = replace(permit, state=state, verdict=verdict)
                moved.append(_Moved(found[permit.id], reason, moment))
        record_many([_act(one, by) for one in moved], cursor=own_cursor())
        return Writing((_written(moved, place),) if moved else ()), found

    def call(seen: Law) -> Call:
        near = [f"{seen.near_of(permit.asked).total_seconds():.6f} seconds" for permit in permits]
        values = (people, near, seen.lookback, config().time_zone, list(place[0]))
        return Call(_OPEN, values, "gate_open_several")

    return trips(call, then)


class _Moved(NamedTuple):
    permit: Permit
    reason: str
    at: datetime


def _act(one: _Moved, by: str) -> Act:
    permit = one.permit
    return Act(
        kind="CONTACT_SENT" if permit.state == "SENT" else "PERMIT_LAPSED", stream=of_person(permit.customer_id),
        who=by, at=one.at, why=permit.id, detail={"contact": str(permit.id)},
    )  # fmt: skip


def _written(moved: Sequence[_Moved], place: tuple[object, ...]) -> Call:
    _, first, last = place
    rows = [
        {
            "id": str(permit.id),
            "state": permit.state,
            "reason": reason,
            "verdict": permit.verdict,
            "sent_at": max(at, permit.at).isoformat() if permit.state == "SENT" else None,
            "closed_at": None if permit.state == "SENT" else max(at, permit.at).isoformat(),
        }
        for permit, reason, at in moved
    ]
    return Call(SEND_SEVERAL, (json.dumps(rows), first, last))
