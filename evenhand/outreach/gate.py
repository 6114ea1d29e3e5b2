"""The gate. Lock the person, then read the clock and the facts, judge, write the answer, commit; only then send."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError
from psycopg.errors import UniqueViolation

from evenhand.compliance.facts import NOTHING, Act, Facts
from evenhand.journal.actions import of_person, record
from evenhand.outreach.asked import Asked
from evenhand.outreach.ids import contact_id, filed_between
from evenhand.outreach.judging import Law, latest_law, law_of, permit_time, verdict_of
from evenhand.outreach.lane import (
    Answer,
    Call,
    Texts,
    Writing,
    gate_now,
    in_two_trips,
    own_cursor,
    read,
)
from evenhand.outreach.permits import COLUMNS, Permit, permit_of
from evenhand.outreach.rows import (
    SEPARATOR,
    Written,
    copy,
    encoded,
    insert,
    remembered,
    row,
)
from evenhand.payments.freshness import last_word, require_fresh
from evenhand.runtime.config import config

_OPEN = "SELECT gate_open(%s, %s, %s, %s, %s, %s, %s)"
_TAKE = """
SELECT entry, not_before::text, customer_id, facts_seq, asked, request_key, asked_by, at::text,
       array_to_string(law, ','), facts
  FROM gate_take(%s, %s, %s, %s, %s)
"""
_SETTLE = """
UPDATE contact_queue q SET state = k.state, decided_at = k.at, event_id = k.event_id, event_at = k.at
  FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::uuid[], %s::timestamptz[])
       AS k(id, not_before, state, event_id, at)
 WHERE q.id = k.id AND q.not_before = k.not_before AND q.not_before BETWEEN %s AND %s
"""
_STATE = "SELECT state FROM contact_event WHERE id = %s AND at >= %s AND at < %s"
_SEND = """
UPDATE contact_event SET state = %s, state_reason = %s, state_verdict = %s::json, sent_at = %s, closed_at = %s
 WHERE id = %s AND at >= %s AND at < %s
"""
STATES = "SELECT id, state FROM contact_event WHERE id = ANY (%s) AND at >= %s AND at < %s"
SEND_SEVERAL = """
UPDATE contact_event e SET state = k.state, state_reason = k.reason, state_verdict = k.verdict, sent_at = k.sent_at,
       closed_at = k.closed_at
  FROM json_to_recordset(%s::json) AS k(id uuid, state text, reason text, verdict json, sent_at timestamptz,
       closed_at timestamptz)
 WHERE e.id = k.id AND e.at >= %s AND e.at < %s
"""
_FIND = f"SELECT {COLUMNS} FROM contact_event WHERE id = %s AND at >= %s AND at < %s"  # noqa: S608


_PUT_OFF = (
    "SELECT gate_put_off(%s, %s)"  # calls of robots, which wait where they stand in the queue
)
PUT_OFF = timedelta(minutes=1)
NEVER = datetime(1, 1, 1, tzinfo=UTC)


class UnknownPerson(LookupError):
    """There is no such person, so nothing is known that could permit anything."""


class KeyReused(ValueError):
    """The key was used for another question; the answer to that one stands."""


class UnknownPermit(LookupError):
    """There is no permit or refusal with this key."""


class PermitSettled(ValueError):
    """The permit is no longer reserved, so it permits nothing more; the message says what became of it."""


class NoWeek(RuntimeError):
    """The week to file the contact in was not made, so nothing is permitted; `evenhand maintain` makes it."""


class LooksFurtherBack(Exception):
    """The law in force looks further back than the facts that were read."""


class Opened(NamedTuple):
    """What one person's lock gave: the moment, the packs in force and the facts, or an earlier use of the same key."""

    at: datetime
    law: tuple[str, ...]
    facts_seq: int
    facts: str
    digest: bytes | None
    event_id: UUID | None
    entry_id: UUID | None

    @classmethod
    def read(cls, text: str) -> "Opened":
        """From what gate_open answers."""
        said, *parts = text.split(SEPARATOR)
        if said == "USED":
            digest, event, entry = parts
            keys = [UUID(key) if key else None for key in (event, entry)]
            return cls(NEVER, (), 0, "", bytes.fromhex(digest), *keys)
        at, law, facts_seq, facts = parts
        return cls(
            datetime.fromisoformat(at), _digests(law), int(facts_seq), facts, None, None, None
        )


def request_contact(
    *,
    customer_id: UUID,
    request_key: str,
    by: str,
    act: str,
    direction: str = "OUT",
    to: str = "",
    role: str = "CONSUMER",
    debts: Sequence[str] = (),
    collector: str = "BANK",
    actor: str = "FIRST_PARTY",
    place: str = "",
    point: str = "",
    purpose: str = "COLLECT",
    basis: str = "",
    outcome: str = "",
    more: Mapping[str, Any] = NOTHING,
    good_for: timedelta | None = None,
) -> Permit:
    """Ask the gate for one contact now and record its answer, in a transaction of its own. Codes as in `Asked`.

    The same key with the same content returns the first answer and writes nothing; with other content it raises
    KeyReused. Raises UnknownPerson, and NotAContact for what is no contact. `by` is who asks: a key of a member of
    staff or the name of a client. A permit is good for as long as the packs say, or for `good_for`.
    """
    asked = Asked(
        act, direction, to, role, tuple(debts), collector, actor, place, point, purpose, basis, outcome, more,
    ).checked()  # fmt: skip
    robots_wait(asked)
    if not request_key:
        raise ValueError("request_key is empty; expected the key of this one request")
    digest = asked.digest(customer_id)

    def then(rows: Texts, seen: Law) -> tuple[Writing, Permit | UUID]:
        opened = opened_of(rows, customer_id)
        if opened.digest is not None:
            if opened.digest != digest:
                raise KeyReused(f"the key {request_key!r} was used to ask for something else")
            if opened.event_id is None:
                raise KeyReused(f"the key {request_key!r} is that of the queue's {opened.entry_id}")
            return Writing(), opened.event_id
        permit, facts = answer(
            customer_id, asked, opened.at, opened.law, opened.facts, request_key, seen, good_for
        )
        return insert(permit, Written(facts, opened.facts_seq, by, "ASKED"), digest), permit

    def ask() -> Permit | UUID:
        return trips(lambda seen: open_call(customer_id, asked, seen, key=request_key), then)

    try:
        answered = ask()
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        answered = (
            ask()
        )  # the key was used about somebody else at the same moment; now its answer is there
    return answered if isinstance(answered, Permit) else permit_by_id(answered, repeated=True)


def take_batch(*, entries: int = 100, acts: Sequence[str] = ()) -> tuple[Permit, ...]:
    """Judge the next contacts of the queue, at most so many, one person at most once; the answers in queue order.

    Only entries of the acts named are taken, or all where none is named.

    Entries made from an old count of their person are void and those past their time expire, both recorded; people
    whom somebody else holds are left for the next batch. Calls of robots wait while the core's last word is too old.
    An empty answer says that nothing was free to be judged.
    """

    def then(rows: Texts, seen: Law) -> tuple[Writing, tuple[Permit, ...]]:
        taken = [_Entry.read(row) for row in rows]
        answers, written = [], []
        for entry in taken:
            permit, facts = answer(
                entry.customer_id, entry.asked, entry.at, entry.law, entry.facts, entry.key, seen
            )
            answers.append(permit)
            written.append(row(permit, Written(facts, entry.facts_seq, entry.by, "QUEUED")))
        if not answers:
            return Writing(), ()
        return copy(written, _settle(taken, answers)), tuple(answers)

    zone = config().time_zone

    now = gate_now()
    if last_word(now).stale:
        read(Call(_PUT_OFF, (now, now + PUT_OFF)))

    def take(seen: Law) -> Call:
        near = json.dumps({act: f"{back.days} days" for act, back in seen.near.items()})
        return Call(_TAKE, (entries, near, seen.lookback, zone, list(acts) or None), "gate_take")

    return trips(take, then)


class _Entry(NamedTuple):
    """One entry of the queue that was taken, under its person's lock, with her facts."""

    id: str
    not_before: str
    customer_id: UUID
    facts_seq: int
    asked: Asked
    key: str
    by: str
    at: datetime
    law: tuple[str, ...]
    facts: str

    @classmethod
    def read(cls, row: tuple[Any, ...]) -> "_Entry":
        id_, not_before, customer_id, facts_seq, asked, key, by, at, law, facts = row
        return cls(
            id_, not_before, UUID(customer_id), int(facts_seq), Asked.read(asked), key, by,
            datetime.fromisoformat(at), _digests(law), facts,
        )  # fmt: skip


def _settle(taken: list[_Entry], answers: list[Permit]) -> Call:
    columns = (
        [entry.id for entry in taken],
        [entry.not_before for entry in taken],
        ["TAKEN" if permit.allowed else "REFUSED" for permit in answers],
        [permit.id for permit in answers],
        [permit.at for permit in answers],
    )
    days = [datetime.fromisoformat(entry.not_before) for entry in taken]
    return Call(_SETTLE, (*columns, min(days), max(days)))


def sent(permit: Permit, *, by: str, key: str = "") -> Permit:
    """Judge a permit again at the moment of sending; only when the answer is SENT may it be handed to the line.

    Otherwise it LAPSED, with `contact.late` or the new verdict as the reason, and counts no more: nothing was sent.
    Raises PermitSettled when it is no longer reserved, be it that somebody sends it already. With a key, the same again
    gives the first answer; about another permit it raises KeyReused.
    """
    digest = sha256(f"sent {permit.id}".encode()).digest()

    def then(rows: Texts, seen: Law) -> tuple[Writing, Permit | UUID]:
        opened = opened_of(rows, permit.customer_id)
        if opened.digest is not None:
            if opened.digest != digest or opened.event_id is None:
                raise KeyReused(f"the key {key!r} was used for something else")
            return Writing(), opened.event_id
        [(standing,)] = read(Call(_STATE, place))
        if standing != "RESERVED":
            raise PermitSettled(f"contact {permit.id} is {standing}, not reserved")
        state, reason, verdict = judged_again(permit, opened.at, opened.law, opened.facts, seen)
        at = max(
            opened.at, permit.at
        )  # a clock that was set back since sends nothing before its permit
        sent_at, closed_at = (at, None) if state == "SENT" else (None, at)
        record(
            kind="CONTACT_SENT" if state == "SENT" else "PERMIT_LAPSED",
            stream=of_person(permit.customer_id), who=by, at=opened.at, why=permit.id,
            detail={"contact": str(permit.id)}, cursor=own_cursor(),
        )  # fmt: skip
        values = (state, reason, json.dumps(verdict), sent_at, closed_at, *place)
        calls = (Call(_SEND, values), *((remembered(key, digest, permit),) if key else ()))
        return Writing(calls), replace(permit, state=state, verdict=verdict)

    if not permit.allowed and not key:
        raise PermitSettled(f"contact {permit.id} is {permit.state}, not reserved")
    robots_wait(permit.asked)
    place = (permit.id, *filed_between(permit.id))
    answered = trips(
        lambda seen: open_call(
            permit.customer_id, permit.asked, seen, key=key, besides=[permit.id]
        ),
        then,
    )
    return answered if isinstance(answered, Permit) else permit_by_id(answered, repeated=True)


def judged_again(
    permit: Permit, at: datetime, law: tuple[str, ...], facts: str, seen: Law
) -> tuple[str, str, Mapping[str, Any]]:
    """What becomes of a reserved permit whose time to be sent is now: SENT or LAPSED, the reason, and the verdict."""
    assert permit.reserved_until is not None
    if at >= permit.reserved_until:
        return "LAPSED", "contact.late", permit.verdict
    again, _ = answer(permit.customer_id, permit.asked, at, law, facts, "", seen)
    if again.decision != "ALLOW":
        return "LAPSED", "contact.judged-again", again.verdict
    return "SENT", "", again.verdict


def robots_wait(asked: Asked) -> None:
    """Raise NotFresh where a robot would call about what may have been paid since the core last spoke."""
    if asked.actor == "ROBOT" and asked.act == "CALL":
        require_fresh(gate_now())


def permit_by_id(contact: UUID, *, repeated: bool = False) -> Permit:
    """The permit or refusal with this key, as it stands; raises UnknownPermit."""
    rows = read(Call(_FIND, (contact, *filed_between(contact))))
    if not rows:
        raise UnknownPermit(f"no contact {contact}")
    return permit_of(rows[0], repeated=repeated)


def open_call(
    customer_id: UUID,
    asked: Asked,
    seen: Law,
    *,
    key: str = "",
    as_of: datetime | None = None,
    besides: Sequence[UUID] = (),
) -> Call:
    """Lock a person and read the facts for what is asked, as far back as a law looks, as of now or of a past moment,
    leaving out some contacts."""
    near = seen.near_of(asked)
    values = (customer_id, key, as_of, near, seen.lookback, config().time_zone, list(besides))
    return Call(_OPEN, values, "gate_open")


def opened_of(rows: Texts, customer_id: UUID) -> Opened:
    """What the lock gave; raises UnknownPerson."""
    [(text,)] = rows
    if text is None:
        raise UnknownPerson(f"no person {customer_id}")
    return Opened.read(text)


def _digests(law: str | None) -> tuple[str, ...]:
    return tuple(law.split(",")) if law else ()


def judged(act: Act, facts: str, law: Law) -> tuple[dict[str, Any], str]:
    """The verdict about an act as it is stored, and the stored facts with the act, from the facts without it."""
    row = encoded([act.at.isoformat(), *act[1:-1], dict(act.more)])
    text = f'{{"act":{row},{facts[1:]}'
    return verdict_of(Facts.read(json.loads(text)), law).stored(), text


def trips(
    call: Callable[[Law], Call],
    then: Callable[[Texts, Law], tuple[Writing, Answer]],
) -> Answer:
    """Look as far back as the law last asked for; when the law of the moment looks further, begin again."""
    seen = latest_law()
    try:
        try:
            return in_two_trips(call(seen), lambda rows: then(rows, seen))
        except LooksFurtherBack:
            further = latest_law()
            return in_two_trips(call(further), lambda rows: then(rows, further))
    except IntegrityError as error:
        refuse_without_week(error)
        raise


def refuse_without_week(error: IntegrityError) -> None:
    """Raise NoWeek when that is what the database says."""
    if "no partition of relation" in str(error):
        raise NoWeek("no week is made for this moment; run `evenhand maintain`") from error


def answer(
    customer_id: UUID,
    asked: Asked,
    at: datetime,
    digests: tuple[str, ...],
    facts: str,
    key: str,
    seen: Law,
    good_for: timedelta | None = None,
) -> tuple[Permit, str]:
    """Judge what is asked at a moment by the packs of these digests; the answer, and the facts with the act in them."""
    law = law_of(digests)
    if not seen.covers(law, asked):
        raise LooksFurtherBack
    verdict, text = judged(asked.at(at), facts, law)
    allowed = verdict["decision"] == "ALLOW"
    return Permit(
        id=contact_id(at),
        customer_id=customer_id,
        at=at,
        asked=asked,
        decision=verdict["decision"],
        state="RESERVED" if allowed else "REFUSED",
        reserved_until=at + (good_for or permit_time(law, at)) if allowed else None,
        verdict=verdict,
        request_key=key,
    ), text
