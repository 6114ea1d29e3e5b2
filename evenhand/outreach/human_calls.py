"""Calls that people make with a permit: kept before the line is asked, and what the line tells of each.

At most once: from the moment the line is asked a call may have been made, and is never asked for again. What is told
twice changes nothing. The contact is ended first: cut off after that, the same told once more does the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Count, Q, Sum

from evenhand.journal.actions import of_person, record
from evenhand.outreach import gate, results
from evenhand.outreach.models import HumanCall
from evenhand.outreach.rules import LineRecord
from evenhand.portfolio.persons import lock_persons

State, Way = HumanCall.State, HumanCall.Way
OPEN = (State.HANDING, State.HANDED, State.RINGING, State.ANSWERED)
ORDER = {state: number for number, state in enumerate(OPEN)}
LEFT_BEHIND = timedelta(minutes=30)  # after the last word of a call, or the end of its time
SOURCES = {Way.PBX: "PBX", Way.DIALLER: "DIALLER"}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTold:
    """How a call ended, as the line tells it: an outcome of vocabulary.OUTCOMES, or why it was never dialled."""

    outcome: str = ""
    not_dialled: str = ""
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talk_seconds: int | None = None
    recording: str = ""
    recording_sha256: str = ""


class AlreadyNoted(ValueError):
    """Who called has said something else of the call before."""


class Begun(NamedTuple):
    """A call to keep before the line is asked."""

    contact: UUID
    customer_id: UUID
    way: str
    point: str
    until_at: datetime
    by: UUID | None = None
    extension: str = ""
    call_list: str = ""


def begin(call: Begun, *, now: datetime) -> tuple[HumanCall, bool]:
    """Keep that a call is asked for; returns it and whether it is ours to ask for, which it is once."""
    state = State.HANDING if call.way == Way.PBX else State.HANDED
    given = {**call._asdict(), "state": state, "made_at": now, "told_at": now}
    contact, given["by_id"] = given.pop("contact"), given.pop("by")
    return HumanCall.objects.get_or_create(contact=contact, defaults=given)


def handed(call: HumanCall, *, reference: str, now: datetime) -> None:
    """The PBX took it; it may have told more already."""
    HumanCall.objects.filter(id=call.id).update(reference=reference[:100])
    _move(call.id, State.HANDED, now=now)


def not_made(call: HumanCall, *, reason: str, proof: str, now: datetime) -> bool:
    """It is certain that nobody was rung: the permit is given back. Returns whether that was new.

    One that was told of otherwise, or too late, counts as it did.
    """
    try:
        results.release(
            contact=call.contact, proof=proof, evidence={"reason": reason, "call": str(call.id)}, by=_by(call),
        )  # fmt: skip
    except gate.PermitSettled:
        return _settle(call, State.UNKNOWN, now=now, reason=reason[:100])
    return _settle(call, State.NOT_MADE, now=now, reason=reason[:100])


def lapsed(call: HumanCall, *, reason: str, now: datetime) -> None:
    """It was judged again and refused, or came too late: nobody was rung."""
    _settle(call, State.NOT_MADE, now=now, reason=reason)


def unsure(call: HumanCall, *, reason: str, now: datetime) -> None:
    """Nobody can say whether the PBX took it: the contact counts, and nothing is rung again."""
    _settle(call, State.UNKNOWN, now=now, reason=reason[:100])


def rang(call: HumanCall, *, at: datetime, now: datetime) -> bool:
    """Her telephone rings; returns whether that was new."""
    HumanCall.objects.filter(id=call.id, ringing_at=None, state__in=OPEN).update(ringing_at=at)
    return _move(call.id, State.RINGING, now=now)


def was_answered(call: HumanCall, *, at: datetime, now: datetime) -> bool:
    """Somebody answered; returns whether that was new."""
    HumanCall.objects.filter(id=call.id, answered_at=None, state__in=OPEN).update(answered_at=at)
    return _move(call.id, State.ANSWERED, now=now)


def ended(call: HumanCall, told: CallTold, *, now: datetime) -> bool:
    """Keep how a call ended and let it count; returns whether that was new. Raises rules.NotARecord.

    What the line tells of one that nobody had told of in time still counts.
    """
    if call.state in (State.ENDED, State.NOT_MADE):
        return False
    if told.not_dialled:
        return not_made(call, reason=told.not_dialled, proof="NEVER_DIALLED", now=now)
    line = LineRecord(
        told.outcome, SOURCES[Way(call.way)], talk_seconds=told.talk_seconds, started_at=told.started_at,
        answered_at=told.answered_at, ended_at=told.ended_at, direction="OUT", reference=told.recording or str(call.id),
    )  # fmt: skip
    try:
        results.ended(contact=call.contact, by=_by(call), line=line)
    except (results.AlreadyTold, gate.PermitSettled) as fault:  # told of otherwise, or given back
        log.warning("call_told_otherwise", call=str(call.id), fault=type(fault).__name__)
    return _settle(
        call, State.ENDED, now=now, outcome=told.outcome, talk_seconds=told.talk_seconds, ended_at=told.ended_at,
        answered_at=told.answered_at or call.answered_at, recording=told.recording,
        recording_sha256=told.recording_sha256,
    )  # fmt: skip


def call_to_note(*, call_id: UUID | None, customer_id: UUID, by: UUID) -> HumanCall | None:
    """A call that has ended and that she may say something of: her own, or one a dialler put through to somebody."""
    if call_id is None:
        return None
    hers = Q(by_id=by) | Q(way=Way.DIALLER)
    found = HumanCall.objects.filter(hers, id=call_id, customer_id=customer_id, state=State.ENDED)
    return found.first()


def note_said(
    *, call_id: UUID, customer_id: UUID, by: UUID, typed: str, verified: bool | None
) -> bool:
    """Keep what who called says of her call that has ended; returns whether there is such a call.

    The same again changes nothing. Raises AlreadyNoted.
    """
    call = call_to_note(call_id=call_id, customer_id=customer_id, by=by)
    if call is None:
        return False
    try:
        results.ended(contact=call.contact, by=str(by), typed_result=typed, verified=verified)
    except results.AlreadyTold as error:
        raise AlreadyNoted(str(error)) from None
    HumanCall.objects.filter(id=call.id).update(noted=True)
    return True


def left_behind(*, now: datetime) -> int:
    """Say of calls nobody told the end of in time that nobody knows how they went; they count. How many."""
    limit = now - LEFT_BEHIND
    clicked = HumanCall.objects.filter(way=Way.PBX, state__in=OPEN, told_at__lt=limit)
    listed = HumanCall.objects.filter(way=Way.DIALLER, state__in=OPEN, until_at__lt=limit)
    rows = [*clicked, *listed]
    return sum(_unheard(call, now) for call in rows)


def _unheard(call: HumanCall, now: datetime) -> bool:
    """Settle a call by what its contact has come to meanwhile; returns whether nobody knows how it went."""
    try:
        event = results.unheard(contact=call.contact, by=_by(call))
    except gate.PermitSettled:  # it was judged again and lapsed, or was given back
        _settle(call, State.NOT_MADE, now=now, reason="GIVEN_BACK")
        return False
    if event.outcome:  # told of by another way
        _settle(
            call, State.ENDED, now=now, outcome=event.outcome, talk_seconds=event.talk_seconds,
            ended_at=event.ended_at,
        )  # fmt: skip
        return False
    return _settle(call, State.UNKNOWN, now=now, reason="NOTHING_TOLD")


class HumanCallRow(NamedTuple):
    """One call as a case shows it."""

    id: UUID
    contact: UUID
    point: str
    way: str
    state: str
    reason: str
    outcome: str
    made_at: datetime
    talk_seconds: int | None
    by: str | None
    noted: bool

    @property
    def open(self) -> bool:
        """Whether more may be told of it."""
        return self.state in OPEN


def human_call_rows(customer_id: UUID, *, limit: int = 3) -> tuple[HumanCallRow, ...]:
    """The latest calls with a person, the latest first."""
    fields = [{"by": "by__username"}.get(name, name) for name in HumanCallRow._fields]
    rows = HumanCall.objects.filter(customer_id=customer_id).order_by("-made_at", "-id")
    return tuple(HumanCallRow(*row) for row in rows.values_list(*fields)[:limit])


class Talked(NamedTuple):
    """How much one member of staff called in a period, by the line."""

    calls: int
    talk_seconds: int


def talked(*, since: datetime, until: datetime) -> dict[UUID, Talked]:
    """What the line tells of the calls that people made between two moments, by who made them."""
    rows = HumanCall.objects.filter(made_at__gte=since, made_at__lt=until, by__isnull=False)
    found = rows.values_list("by").annotate(Count("id"), Sum("talk_seconds"))
    return {by: Talked(calls, seconds or 0) for by, calls, seconds in found}


def called_by_list(call_list: str) -> list[HumanCall]:
    """The calls of one list, in its order."""
    return list(HumanCall.objects.filter(call_list=call_list).order_by("id"))


def calls_of_permits(permits: Iterable[UUID]) -> dict[UUID, HumanCall]:
    """Calls that stand in lists, by their permits."""
    rows = HumanCall.objects.filter(contact__in=set(permits), way=Way.DIALLER)
    return {call.contact: call for call in rows}


def listed_since(moment: datetime) -> set[UUID]:
    """People who were listed since a moment, or with whom a call is open."""
    rows = HumanCall.objects.filter(Q(way=Way.DIALLER, made_at__gt=moment) | Q(state__in=OPEN))
    return set(rows.values_list("customer_id", flat=True))


def human_call(call_id: UUID) -> HumanCall | None:
    """A call by its key; None where there is none."""
    return HumanCall.objects.filter(id=call_id).first()


def _by(call: HumanCall) -> str:
    return "pbx" if call.way == Way.PBX else "dialler"


def _move(call_id: UUID, state: str, *, now: datetime) -> bool:
    """Move an open call on, never back; returns whether it moved."""
    before = [earlier for earlier in OPEN if ORDER[earlier] < ORDER[State(state)]]
    rows = HumanCall.objects.filter(id=call_id, state__in=before)
    return bool(rows.update(state=state, told_at=now))


@transaction.atomic
def _settle(call: HumanCall, state: str, *, now: datetime, **said: object) -> bool:
    """Keep the end of a call; one whose end was not known may still get one. Returns whether that was new."""
    lock_persons(ids=[call.customer_id])
    row = HumanCall.objects.select_for_update().get(id=call.id)
    may = row.state in OPEN or (row.state == State.UNKNOWN and state != State.UNKNOWN)
    if not may:
        return False
    for name, value in {"state": state, "told_at": now, "settled_at": now, **said}.items():
        setattr(row, name, value)
    row.save()
    if row.recording_sha256:
        record(
            kind="CALL_RECORDED", stream=of_person(row.customer_id), who=_by(row), at=now, why=row.contact,
            detail={
                "contact": str(row.contact), "recording": row.recording, "sha256": row.recording_sha256,
            },
        )  # fmt: skip
    return True
