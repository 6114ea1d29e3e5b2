"""What became of contacts, by the records of the line: results, releases, and contacts told of late."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from evenhand.access.clients import ClientRow
from evenhand.api.asking import (
    by,
    case_of,
    check_point,
    check_reached,
    not_as_expected,
    own,
    reused,
)
from evenhand.api.problems import Problem
from evenhand.api.records import is_signed, sent_record
from evenhand.api.shapes import LineOfCall, Release, Result, Telling
from evenhand.casework.grants import GrantedCase
from evenhand.cycle.day import record_opt_out_from_reply
from evenhand.outreach import afterwards, gate, results
from evenhand.outreach.asked import Asked, NotAContact
from evenhand.outreach.lane import gate_now
from evenhand.outreach.outside import OutsideContact
from evenhand.outreach.rules import LineRecord, NotARecord

TALK_DIFFERS_SECONDS = 2  # by which a talk may differ from the time between answer and end


def result(client: ClientRow, permit_id: UUID, told: Result, body: bytes) -> OutsideContact:
    """Tell how a permitted contact ended. Raises Problem."""
    found = own(client, permit_id)
    if told.record.permit != permit_id:
        raise Problem(422, "not-as-expected", "the permit of the address", field="record.permit")
    line, typed = _heard(client, told.record, told.signature, body, "OUT")
    try:
        results.ended(
            contact=permit_id,
            by=by(client),
            line=line,
            typed_result=typed,
            verified=told.verified,
            learnt=_learnt(told.said),
            record_due=True,
        )
    except gate.PermitSettled as error:
        raise Problem(409, "permit-settled", str(error)) from None
    except results.AlreadyTold:
        raise Problem(409, "told-otherwise", "what was told before stands") from None
    found = own(client, permit_id)
    if told.said:
        assert found.closed_at is not None
        _wish(found, told.said, found.closed_at)
    return found


def release(client: ClientRow, permit_id: UUID, told: Release, body: bytes) -> OutsideContact:
    """Give a permit back; raises Problem unless the proof is signed and about this permit."""
    found = own(client, permit_id)
    if not found.at <= told.evidence.at <= gate_now():
        expected = "a moment between the permit and now"
        raise Problem(422, "not-as-expected", expected, field="evidence.at")
    if told.evidence.permit != permit_id or told.evidence.proof != told.proof:
        raise Problem(422, "not-as-expected", "this permit and this proof", field="evidence")
    evidence = sent_record(body, "evidence")
    if not is_signed(evidence, told.signature, client.public_key):
        raise Problem(422, "not-as-expected", "a signature of the client's key", field="signature")
    try:
        results.release(contact=permit_id, proof=told.proof, evidence=evidence, by=by(client))
    except gate.PermitSettled as error:
        raise Problem(409, "permit-settled", str(error)) from None
    except NotARecord as error:
        raise not_as_expected(str(error)) from None
    return own(client, permit_id)


def event(client: ClientRow, key: str, told: Telling, body: bytes) -> tuple[OutsideContact, bool]:
    """Tell of a contact that was made; returns it and whether it was told before. Raises Problem."""
    case = case_of(client, told.reference, also_past=True)
    if told.record.key != key:
        raise Problem(422, "not-as-expected", "the Idempotency-Key", field="record.key")
    if told.happened_at >= gate_now():
        raise Problem(422, "not-as-expected", "a moment that is past", field="happened_at")
    check_reached(told.role, told.to)
    if told.point:
        check_point(case, told.act, told.role, told.point)
    line, typed = _heard(client, told.record, told.signature, body, told.direction)
    try:
        permit = _report(client, case, key, told, line, typed)
    except gate.KeyReused:
        raise reused() from None
    except afterwards.TooManyReports:
        detail = "no more contacts with this person within a day; speak with the bank"
        raise Problem(429, "too-many-reports", detail, wait_seconds=3600) from None
    except gate.NoWeek:
        expected = "a moment of the weeks that contacts are kept of"
        raise Problem(422, "not-as-expected", expected, field="happened_at") from None
    except NotAContact as error:
        raise not_as_expected(str(error)) from None
    found = own(client, permit.id)
    if told.said:
        _wish(found, told.said, found.recorded_at)
    return found, permit.repeated


def _report(
    client: ClientRow,
    case: GrantedCase,
    key: str,
    told: Telling,
    line: LineRecord | None,
    typed: str,
) -> Any:
    theirs: dict[str, Any] = {"collector": client.collector, "actor": client.actor}
    place: dict[str, Any] = {"role": told.role, "place": told.place, "point": told.point}
    heard: dict[str, Any] = {
        "customer_id": case.customer_id,
        "happened_at": told.happened_at,
        "by": by(client),
        "line": line,
        "typed_result": typed,
        "verified": told.verified,
        "learnt": _learnt(told.said),
        "record_due": True,
    }
    key = f"{by(client)}:{key}"
    if told.direction == "IN":
        return afterwards.received(key=key, act=told.act, **theirs, **place, **heard)
    asked = Asked(told.act, to=told.to, purpose=told.purpose, **theirs, **place)
    return afterwards.report_late(report_key=key, asked=asked, **heard)


def _heard(
    client: ClientRow, record: LineOfCall, signature: str, body: bytes, direction: str
) -> tuple[LineRecord | None, str]:
    """The line's record where it is signed; else none, and its outcome as something typed, which is not believed."""
    _check_times(record)
    if not is_signed(sent_record(body, "record"), signature, client.public_key):
        return None, record.outcome
    line = LineRecord(
        outcome=record.outcome,
        source="DIALLER" if client.of_the_bank else "AGENCY",
        talk_seconds=record.talk_seconds,
        started_at=record.started_at,
        answered_at=record.answered_at,
        ended_at=record.ended_at,
        direction=direction,
        reference=record.recording,
    )
    return line, ""


def _check_times(record: LineOfCall) -> None:
    """Raise Problem for a record that contradicts itself, such as no talk between an answer and an end far apart."""
    times = [t for t in (record.started_at, record.answered_at, record.ended_at) if t is not None]
    if times != sorted(times):
        raise Problem(422, "not-as-expected", "times in their order", field="record.ended_at")
    if times and times[-1] > gate_now():
        raise Problem(422, "not-as-expected", "times that are past", field="record.ended_at")
    if record.answered_at is None or record.ended_at is None:
        return
    lasted = (record.ended_at - record.answered_at).total_seconds()
    if record.talk_seconds is None or abs(lasted - record.talk_seconds) > TALK_DIFFERS_SECONDS:
        raise Problem(
            422,
            "not-as-expected",
            "the seconds between answer and end",
            field="record.talk_seconds",
        )


def _learnt(said: str) -> Mapping[str, Any]:
    return {"text": said} if said else {}


def _wish(found: OutsideContact, said: str, at: datetime) -> None:
    """Record the wish that the person's words state beyond doubt; words that leave doubt stand in the contact."""
    record_opt_out_from_reply(
        customer_id=found.customer_id, text=said, came_by=found.act, by=None, now=at
    )
