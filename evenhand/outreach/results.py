"""What became of a permitted contact: its end by the line, its release, its review.

Each is one transaction under the person's lock, at the gate's own clock, with a line of the journal.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction

from evenhand.compliance.facts import NOTHING
from evenhand.journal.actions import of_person, record
from evenhand.journal.rules import digest_of
from evenhand.outreach.gate import PermitSettled, UnknownPermit
from evenhand.outreach.ids import filed_between
from evenhand.outreach.lane import gate_now
from evenhand.outreach.models import ContactEvent
from evenhand.outreach.rules import NOT_SENT, Heard, LineRecord, NotARecord, heard
from evenhand.portfolio.models import Person
from evenhand.portfolio.persons import facts_changed, lock_persons
from evenhand.portfolio.points import learn

State = ContactEvent.State
Told = TypeVar("Told")
UNHEARD = "contact.unheard"


class AlreadyTold(ValueError):
    """Something else was told about the same contact before; the message says what."""


def ended(
    *,
    contact: UUID,
    by: str,
    line: LineRecord | None = None,
    typed_result: str = "",
    verified: bool | None = None,
    learnt: Mapping[str, Any] = NOTHING,
    record_due: bool = False,
) -> ContactEvent:
    """Tell how a permitted contact ended: by the line's record, the typed result, or first the one and then the other.

    What the line says counts, or the stricter of the two (`rules.heard`). A conversation raises the person's count. The
    same told again changes nothing. Raises UnknownPermit, AlreadyTold and NotARecord, and PermitSettled when it was not
    permitted or was given back: tell of it by `afterwards.report_late`.
    """
    if line is not None:
        line.checked()
    with transaction.atomic(durable=True):
        person, event, now = _locked(contact)
        if event.state not in {State.RESERVED, State.SENT, State.ENDED}:
            raise PermitSettled(f"contact {contact} is {event.state}; report what happened as late")
        before = _told(event)
        line = _same("record of the line", _line_of(event), line)
        typed = _same("result", event.typed_result or None, typed_result or None) or ""
        verified = _same("verification", event.verified, verified)
        if event.state == State.RESERVED:
            event.sent_at = _sent_at(event, line, now)
        elif event.state_reason == UNHEARD and line is not None:
            event.state_reason, event.closed_at = "", None
            if line.started_at:
                event.sent_at = _sent_at(event, line, now)
        result = heard(
            act=event.act, actor=event.actor, direction=event.direction, line=line, typed=typed, verified=verified,
            at=event.sent_at or event.at, record_due=record_due,
        )  # fmt: skip
        _take(event, result, line, typed, learnt, now)
        if _told(event) == before:
            return event
        event.save(update_fields=_RESULT)
        if event.direction == "OUT" and not event.to_key:
            learn(person.id, event.point, result.outcome, verified=result.verified, now=now)
        if result.conversation_at is not None:
            facts_changed(person)
        _record_result(event, by, now)
    return event


def unheard(*, contact: UUID, by: str) -> ContactEvent:
    """End a permit of which nothing was told in time: it may have been used, so it counts as the worst it can be.

    What the line tells later still counts instead. Twice changes nothing. Raises UnknownPermit, and PermitSettled when
    it was not permitted or was given back.
    """
    with transaction.atomic(durable=True):
        _, event, now = _locked(contact)
        if event.state == State.ENDED:
            return event
        if event.state not in {State.RESERVED, State.SENT}:
            raise PermitSettled(
                f"contact {contact} is {event.state}; there is nothing to hear of it"
            )
        assert event.reserved_until is not None
        event.sent_at = event.sent_at or event.at
        event.state, event.state_reason = State.ENDED, UNHEARD
        event.closed_at = max(now, event.sent_at)
        event.save(update_fields=_RESULT)
        _record_result(event, by, now)
    return event


def release(*, contact: UUID, proof: str, evidence: Mapping[str, Any], by: str) -> ContactEvent:
    """Give a permit back on proof (of `rules.NOT_SENT`) that nothing was sent; only then it counts no more.

    `evidence` is what the line or the channel said. The same told again changes nothing. Raises UnknownPermit,
    PermitSettled and NotARecord.
    """
    if proof not in NOT_SENT or not evidence:
        raise NotARecord(
            f"a permit is given back on proof, {', '.join(sorted(NOT_SENT))}, with its evidence; not {proof!r}"
        )
    with transaction.atomic(durable=True):
        _, event, now = _locked(contact)
        if event.state == State.RELEASED and event.state_reason == proof:
            return event
        if event.state not in {State.RESERVED, State.SENT}:
            raise PermitSettled(f"contact {contact} is {event.state}, so it cannot be given back")
        event.state, event.state_reason = State.RELEASED, proof
        event.line_record, event.closed_at = dict(evidence), max(now, event.at)
        event.save(update_fields=_RESULT)
        record(
            kind="PERMIT_RELEASED", stream=of_person(event.customer_id), who=by, at=now, why=contact,
            detail={"contact": str(contact), "proof": proof, "evidence": digest_of(event.line_record)},
        )  # fmt: skip
    return event


def reviewed(*, contact: UUID, by: str) -> ContactEvent:
    """Say that somebody looked at a contact whose form and line differ; the first who did is kept, and what counts."""
    with transaction.atomic(durable=True):
        _, event, now = _locked(contact)
        if not event.contradiction:
            raise NotARecord(f"contact {contact} is not to be reviewed")
        if event.reviewed_at is None:
            event.reviewed_at, event.reviewed_by = now, by
            event.save(update_fields=["reviewed_at", "reviewed_by"])
            record(
                kind="CONTACT_REVIEWED", stream=of_person(event.customer_id), who=by, at=now, why=contact,
                detail={"contact": str(contact)},
            )  # fmt: skip
    return event


_RESULT = [
    "state", "state_reason", "sent_at", "ended_at", "closed_at", "outcome", "typed_result", "talk_seconds", "verified",
    "conversation_at", "line_record", "learnt", "contradiction",
]  # fmt: skip


def _locked(contact: UUID) -> tuple[Person, ContactEvent, datetime]:
    """The person, locked, and then her contact and the moment; raises UnknownPermit."""
    first, last = filed_between(contact)
    found = ContactEvent.objects.filter(id=contact, at__gte=first, at__lt=last)
    customer_id = found.values_list("customer_id", flat=True).first()
    if customer_id is None:
        raise UnknownPermit(f"no contact {contact}")
    [person] = lock_persons(ids=[customer_id])
    return person, found.get(), gate_now()


def _told(event: ContactEvent) -> tuple[Any, ...]:
    return tuple(getattr(event, name) for name in _RESULT)


def _line_of(event: ContactEvent) -> LineRecord | None:
    return None if event.line_record is None else LineRecord.read(event.line_record)


def _same(what: str, before: Told | None, now: Told | None) -> Told | None:
    if before is not None and now is not None and before != now:
        raise AlreadyTold(f"another {what} was told of this contact before: {before}")
    return now if before is None else before


def _sent_at(event: ContactEvent, line: LineRecord | None, now: datetime) -> datetime:
    """When it went to the line, of one whose sender did not say it first: never to come, never before its permit."""
    started = line.started_at if line and line.started_at else now
    return max(min(started, now), event.at)


def _take(
    event: ContactEvent,
    result: Heard,
    line: LineRecord | None,
    typed: str,
    learnt: Mapping[str, Any],
    now: datetime,
) -> None:
    assert event.reserved_until is not None
    assert event.sent_at is not None
    event.state = State.ENDED
    event.outcome, event.talk_seconds = result.outcome, result.talk_seconds
    event.verified, event.conversation_at = result.verified, result.conversation_at
    event.typed_result, event.line_record = typed, line and line.stored()
    event.contradiction = result.contradiction
    if event.sent_at >= event.reserved_until:
        event.state_reason, event.contradiction = "contact.late", True
    said = {"typed_result": typed} if typed and typed != result.outcome else {}
    event.learnt = {**(event.learnt or {}), **learnt, **said} or None
    event.ended_at = (line and line.ended_at) or event.ended_at
    event.closed_at = event.closed_at or max(now, event.sent_at)


def _record_result(event: ContactEvent, by: str, now: datetime) -> None:
    record(
        kind="CONTACT_RESULT", stream=of_person(event.customer_id), who=by, at=now, why=event.id,
        detail={
            "contact": str(event.id), "outcome": event.outcome or "UNKNOWN", "talk_seconds": event.talk_seconds,
            "verified": event.verified, "typed_result": event.typed_result,
            "contradiction": event.contradiction, "line_record": event.line_record,
        },
    )  # fmt: skip
