"""Contacts told of after they were made: an agency's late reports, and those who turned to us.

Each is one transaction under the person's lock, at the gate's own clock, with a line of the journal.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from evenhand.compliance.facts import NOTHING
from evenhand.journal.actions import of_person, record
from evenhand.outreach.asked import Asked
from evenhand.outreach.gate import (
    KeyReused,
    LooksFurtherBack,
    Opened,
    answer,
    open_call,
    opened_of,
    permit_by_id,
    refuse_without_week,
)
from evenhand.outreach.judging import Law, latest_law
from evenhand.outreach.lane import run
from evenhand.outreach.models import ContactEvent
from evenhand.outreach.permits import Permit
from evenhand.outreach.rows import Written, insert
from evenhand.outreach.rules import Heard, LineRecord, heard
from evenhand.portfolio.persons import facts_changed, lock_persons

REPORTS_A_DAY_MAX = 50
"""How many contacts one reporter may tell of, about one person, in a day: each is read with every later permit."""


class TooManyReports(ValueError):
    """The reporter told of as many contacts with this person today as are taken; nothing of this one is kept."""


def report_late(
    *,
    customer_id: UUID,
    report_key: str,
    happened_at: datetime,
    by: str,
    asked: Asked,
    line: LineRecord | None = None,
    typed_result: str = "",
    verified: bool | None = None,
    learnt: Mapping[str, Any] = NOTHING,
    record_due: bool = False,
) -> Permit:
    """Record a contact that was made without a permit: it counts when it happened, and is judged as of then.

    Raises the person's count. The same key again returns the first answer; with other content it raises KeyReused.
    Raises ValueError for a moment that is not past, NoWeek for one of a week that is not kept, UnknownPerson,
    NotAContact and NotARecord.
    """
    return _Happening(
        customer_id=customer_id, key=report_key, at=happened_at, asked=asked, line=line, typed=typed_result,
        verified=verified, learnt=learnt, record_due=record_due,
    ).recorded(by)  # fmt: skip


def received(
    *,
    customer_id: UUID,
    key: str,
    happened_at: datetime,
    by: str,
    act: str,
    debts: Sequence[str] = (),
    point: str = "",
    place: str = "",
    role: str = "CONSUMER",
    collector: str = "BANK",
    actor: str = "FIRST_PARTY",
    line: LineRecord | None = None,
    typed_result: str = "",
    verified: bool | None = None,
    learnt: Mapping[str, Any] = NOTHING,
    record_due: bool = False,
) -> Permit:
    """Record that somebody turned to us: nothing is judged, no attempt is counted, but a talk in it is a talk.

    What was asked of us goes into `learnt`, in the words of packfile.questions; a lasting wish is a standing fact
    besides. Raises the person's count. Keys and errors as for `report_late`.
    """
    asked = Asked(
        act, "IN", role=role, debts=tuple(debts), collector=collector, actor=actor, point=point, place=place,
        purpose="",
    )  # fmt: skip
    return _Happening(
        customer_id=customer_id, key=key, at=happened_at, asked=asked, line=line, typed=typed_result,
        verified=verified, learnt=learnt, record_due=record_due,
    ).recorded(by)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Happening:
    """A contact that was made already and is told of now."""

    customer_id: UUID
    key: str
    at: datetime
    asked: Asked
    line: LineRecord | None
    typed: str
    verified: bool | None
    learnt: Mapping[str, Any]
    record_due: bool

    @property
    def inbound(self) -> bool:
        return self.asked.direction == "IN"

    def digest(self) -> bytes:
        """sha256 over all that is told."""
        line = self.line and self.line.checked().stored()
        told = [self.at.isoformat(), line, self.typed, self.verified, dict(self.learnt)]
        text = json.dumps(told, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(self.asked.digest(self.customer_id) + text.encode()).digest()

    def recorded(self, by: str) -> Permit:
        """Its row, or that of the same told before."""
        self.asked.checked()
        if not self.key:
            raise ValueError("the key is empty; expected the key of this one report")
        try:
            return self._recorded(by, latest_law())
        except LooksFurtherBack:
            return self._recorded(by, latest_law())
        except IntegrityError as error:
            refuse_without_week(error)
            raise

    def _recorded(self, by: str, seen: Law) -> Permit:
        digest = self.digest()
        with transaction.atomic(durable=True):
            rows = run(open_call(self.customer_id, self.asked, seen, key=self.key, as_of=self.at))
            opened = opened_of(rows, self.customer_id)
            if opened.digest is not None:
                if opened.digest != digest or opened.event_id is None:
                    raise KeyReused(f"the key {self.key!r} was used for something else")
                return permit_by_id(opened.event_id, repeated=True)
            if self.at >= opened.at:
                raise ValueError(f"happened_at is {self.at}; expected a moment before {opened.at}")
            self._check_reports(by, opened.at, seen)
            permit, facts = self._answer(opened, seen)
            origin = "INBOUND" if self.inbound else "REPORTED_LATE"
            written = Written(facts, opened.facts_seq, by, origin, opened.at)
            for call in insert(permit, written, digest).calls:
                run(call)
            self._tell(permit, by, opened.at)
        return permit

    def _check_reports(self, by: str, now: datetime, seen: Law) -> None:
        """Raise TooManyReports where one more would be read with every permit for too long."""
        told = ContactEvent.objects.filter(
            customer_id=self.customer_id,
            asked_by=by,
            origin__in=["REPORTED_LATE", "INBOUND"],
            at__gte=now - seen.lookback,
            at__lt=now,
            recorded_at__gt=now - timedelta(days=1),
        )
        if told.count() >= REPORTS_A_DAY_MAX:
            raise TooManyReports(
                f"{by} told of {REPORTS_A_DAY_MAX} contacts with this person in 24 hours; no more are taken"
            )

    def _answer(self, opened: Opened, seen: Law) -> tuple[Permit, str]:
        judged, facts = answer(
            self.customer_id, self.asked, self.at, opened.law, opened.facts, self.key, seen
        )
        if self.inbound:
            return replace(judged, decision="NONE", state="ENDED", reserved_until=None), facts
        return replace(judged, state="REPORTED", reserved_until=None), facts

    def _tell(self, permit: Permit, by: str, now: datetime) -> None:
        """What became of it, the person's count, and the line of the journal."""
        result = heard(
            act=self.asked.act, actor=self.asked.actor, direction=self.asked.direction, line=self.line,
            typed=self.typed, verified=self.verified, at=self.at,
        )  # fmt: skip
        said = {"typed_result": self.typed} if self.typed not in {"", result.outcome} else {}
        ContactEvent.objects.filter(id=permit.id, at=self.at).update(
            sent_at=self.at,
            ended_at=self.line and self.line.ended_at,
            closed_at=now,
            outcome=result.outcome,
            typed_result=self.typed,
            talk_seconds=result.talk_seconds,
            verified=result.verified,
            conversation_at=result.conversation_at,
            line_record=self.line and self.line.stored(),
            learnt={**self.learnt, **said} or None,
            contradiction=result.contradiction,
        )
        [person] = lock_persons(ids=[self.customer_id])
        facts_changed(person)
        self._record(permit, result, by, now)

    def _record(self, permit: Permit, result: Heard, by: str, now: datetime) -> None:
        stream, why, contact = of_person(self.customer_id), permit.id, str(permit.id)
        told = {
            "outcome": result.outcome or "UNKNOWN",
            "talk_seconds": result.talk_seconds,
            "verified": result.verified,
        }
        if self.inbound:
            detail = {"contact": contact, "act": self.asked.act, **told}
            record(kind="CONTACT_RECEIVED", stream=stream, who=by, at=now, why=why, detail=detail)
            return
        record(
            kind="CONTACT_REPORTED_LATE", stream=stream, who=by, at=now, why=why,
            detail={"contact": contact, "decision": permit.decision, "reported_by": by, **told},
        )  # fmt: skip
