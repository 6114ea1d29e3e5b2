"""Lists for the bank's own dialler, and what it tells of them.

Each number on a list is a permit that counts from the moment it is listed: at most once. It is good for half an hour,
or until the law closes the hour sooner; one that nothing is told of in time counts as the worst it can be.
"""

import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from evenhand.casework.models import Case
from evenhand.casework.queries import PointRow, point_rows
from evenhand.compliance.packs import SHIPPED
from evenhand.compliance.stated import table
from evenhand.cycle.calling import TELEPHONES
from evenhand.cycle.queueing import is_for_the_robot
from evenhand.outreach import gate, human_calls
from evenhand.outreach.asked import Asked
from evenhand.outreach.human_calls import Begun, CallTold, Way
from evenhand.outreach.lane import gate_now
from evenhand.outreach.models import HumanCall
from evenhand.outreach.permits import Permit
from evenhand.outreach.queries import next_times
from evenhand.portfolio.points import left_alone
from evenhand.portfolio.values import usable
from evenhand.runtime.config import config

FILE = "house/dialler.toml"
MOST_MAX = 1_000
CALLED = ("CALL", "OFFER_PLAN", "REMIND")  # treatments that a person's call serves
NOT_DIALLED = "NOT_DIALLED"
TALK_DIFFERS_SECONDS = 2  # by which a talk may differ from the time between answer and end
SHORTEST = timedelta(minutes=1)
AT_ONCE = 500
State = HumanCall.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long a listed number may be dialled, and how soon a person may be listed again."""

    window_minutes: int
    again_hours: int


@cache
def dialler_terms() -> Terms:
    """The terms as shipped; raises StatedError when the file cannot be used."""
    return table("dialler", Terms, tomllib.loads((SHIPPED / FILE).read_text("utf-8")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One number on a list: what the dialler needs to know, and nothing more of the person."""

    permit: UUID
    case: UUID
    number: str = field(repr=False)
    language: str  # of the person, zh-CN or en
    until: datetime  # not to be dialled at this moment or after
    purpose: str
    tone: str
    announce_recording: bool = True


class CallResult(NamedTuple):
    """What came of one listed permit."""

    permit: UUID
    told: CallTold


class Fault(NamedTuple):
    """What is wrong with one of several results: its place, the field, and what was expected."""

    number: int  # from 0
    field: str
    expected: str


class ResultsRefused(ValueError):
    """Some results cannot be, so none was taken."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults; nothing was taken")
        self.faults = tuple(faults)


def take_list(
    *, most: int, desk: str = "", call_list: str, by: str, actor: str = "FIRST_PARTY"
) -> list[Listed]:
    """List at most so many numbers that the gate permits now, the most urgent first, of one desk or all.

    The same key of a list again gives the same list. Nobody is listed who was lately, or with whom a call is open.
    """
    assert 0 < most <= MOST_MAX
    with _one_at_a_time():
        now = gate_now()
        human_calls.left_behind(now=now)
        if before := human_calls.called_by_list(call_list):
            return [row for call in before if (row := _as_before(call))]
        listed = human_calls.listed_since(now - timedelta(hours=dialler_terms().again_hours))
        alone = left_alone(now=now)
        found: list[Listed] = []
        for case in _cases(desk):
            if case.customer_id in listed:
                continue
            besides = alone.of(case.customer_id)
            point = None if besides is None else _telephone(case, besides)
            row = None if point is None else _listed(case, point, call_list, by, actor)
            if row is not None:
                found.append(row)
            if len(found) >= most:
                break
        return found


def take_results(results: Sequence[CallResult]) -> tuple[int, int]:
    """Let results count; returns how many were new and how many known. Raises ResultsRefused, and then none was taken.

    Cut off in the middle, the same again takes the rest.
    """
    now = gate_now()
    calls = human_calls.calls_of_permits(result.permit for result in results)
    if faults := list(_faults(results, calls, now)):
        raise ResultsRefused(faults)
    new = sum(human_calls.ended(calls[one.permit], one.told, now=now) for one in results)
    return new, len(results) - new


def _cases(desk: str) -> Iterator[Case]:
    rows = Case.objects.filter(state=Case.State.OPEN, channel="PHONE", treatment__in=CALLED)
    if desk:
        rows = rows.filter(desk=desk)
    ordered = rows.select_related("customer").order_by("-priority", "id")
    return (case for case in ordered.iterator(AT_ONCE) if not is_for_the_robot(case))


def _telephone(case: Case, dead: frozenset[str]) -> PointRow | None:
    """Her first number that works, a mobile one before others."""
    settings = config()
    rows = [
        row
        for row in point_rows(case.customer_id)
        if row.kind in TELEPHONES
        and row.key not in dead
        and usable(
            row.kind,
            row.value,
            act="CALL",
            country=settings.country,
            is_demo=settings.mode == "demo",
        )
    ]
    return min(rows, key=lambda row: TELEPHONES.index(row.kind), default=None)


def _listed(case: Case, point: PointRow, call_list: str, by: str, actor: str) -> Listed | None:
    """Her row, where the gate permits the call now; who may not be called is passed over and looked at next time."""
    asked = Asked(
        "CALL", actor=actor, point=point.key, place="MOBILE" if point.kind == "MOBILE" else "",
        purpose=_purpose(case), more={"recording": True},
    )  # fmt: skip
    [seen] = next_times(case.customer_id, [asked], language="en")
    window = timedelta(minutes=dialler_terms().window_minutes)
    good_for = window if seen.until is None else min(window, seen.until - seen.moment)
    if seen.now != "ALLOW" or good_for < SHORTEST:
        return None
    permit = gate.request_contact(
        customer_id=case.customer_id, request_key=f"{call_list} {case.customer_id}", by=by, act=asked.act,
        actor=actor, point=asked.point, place=asked.place, purpose=asked.purpose, more=asked.more, good_for=good_for,
    )  # fmt: skip
    if permit.reserved_until is None:
        return None
    begun = Begun(
        permit.id,
        case.customer_id,
        Way.DIALLER,
        point.key,
        permit.reserved_until,
        call_list=call_list,
    )
    human_calls.begin(begun, now=gate_now())
    return _row(permit, case, point.value)


def _row(permit: Permit, case: Case, number: str) -> Listed:
    assert permit.reserved_until is not None
    until = permit.reserved_until.astimezone(ZoneInfo(config().time_zone))
    return Listed(
        permit=permit.id, case=case.id, number=number,
        language="en" if case.customer.language.startswith("en") else "zh-CN", until=until,
        purpose=permit.asked.purpose, tone=case.tone,
    )  # fmt: skip


def _as_before(call: HumanCall) -> Listed | None:
    """The row of a number listed earlier under the same key; none where it is hers no more."""
    case = Case.objects.select_related("customer").filter(customer_id=call.customer_id).first()
    numbers = [row.value for row in point_rows(call.customer_id) if row.key == call.point]
    if case is None or not numbers:
        return None
    return _row(gate.permit_by_id(call.contact, repeated=True), case, numbers[0])


def _purpose(case: Case) -> str:
    return "REMIND" if case.treatment == "REMIND" else "COLLECT"


def _faults(
    results: Sequence[CallResult], calls: dict[UUID, HumanCall], now: datetime
) -> Iterator[Fault]:
    seen: set[UUID] = set()
    for index, one in enumerate(results):
        call = calls.get(one.permit)
        if call is None:
            yield Fault(index, "permit", "a permit of a call list")
        elif one.permit in seen:
            yield Fault(index, "permit", "each permit once")
        else:
            yield from (Fault(index, *fault) for fault in _against(call, one.told, now))
        seen.add(one.permit)


def _against(call: HumanCall, told: CallTold, now: datetime) -> Iterator[tuple[str, str]]:
    """What speaks against a result of a listed call."""
    if call.state in (State.ENDED, State.NOT_MADE):
        if not _same(call, told):
            yield "outcome", "what was told of this permit before, which stands"
        return
    if told.not_dialled:
        return
    if told.started_at is None:
        yield "started_at", "when it was dialled"
        return
    if told.started_at < call.made_at - SHORTEST:
        yield "started_at", "a moment after the permit"
    times = [t for t in (told.started_at, told.answered_at, told.ended_at) if t is not None]
    if times != sorted(times):
        yield "ended_at", "times in their order"
    if times[-1] > now:
        yield "ended_at", "times that are past"
    if told.ended_at is None:
        yield "ended_at", "when it ended"
    elif told.answered_at is None:
        if told.talk_seconds:
            yield "talk_seconds", "no talk where nobody answered"
    elif (
        told.talk_seconds is None
        or abs((told.ended_at - told.answered_at).total_seconds() - told.talk_seconds)
        > TALK_DIFFERS_SECONDS
    ):
        yield "talk_seconds", "the seconds between answer and end"


def _same(call: HumanCall, told: CallTold) -> bool:
    if call.state == State.NOT_MADE:
        return bool(told.not_dialled)
    names = ("outcome", "answered_at", "ended_at", "talk_seconds", "recording", "recording_sha256")
    return all(getattr(call, name) == getattr(told, name) for name in names)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two lists at once would name the same people; the second waits for the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('evenhand call list'))")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('evenhand call list'))")
