"""What outside systems are told of contacts: their own only, and of others' nothing but how many there were."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from evenhand.compliance.explain import Explained
from evenhand.compliance.words.questions import BANK, OTHERS
from evenhand.outreach.ids import filed_between
from evenhand.outreach.models import ContactEvent
from evenhand.outreach.queries import reasons_of

ASKED_BY = "api:"  # with the name of the client after it


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideContact:
    """One contact as it is told to the collector whose it is. `reasons` are those that refuse or ask for review."""

    id: UUID
    at: datetime
    recorded_at: datetime
    customer_id: UUID
    origin: str
    act: str
    direction: str
    role: str
    to_key: str
    place: str
    point: str
    purpose: str
    more: Mapping[str, Any]
    decision: str
    state: str
    state_reason: str
    reserved_until: datetime | None
    sent_at: datetime | None
    ended_at: datetime | None
    closed_at: datetime | None
    outcome: str
    talk_seconds: int | None
    contradiction: bool
    packs: tuple[str, ...]
    reasons: tuple[Explained, ...]
    reasons_when_sent: tuple[Explained, ...]

    @property
    def key(self) -> str:
        """Where the next page starts after this contact."""
        return f"{self.at.isoformat()}.{self.id}"


def outside_contact(collector: str, contact: UUID, *, language: str) -> OutsideContact | None:
    """A contact that a system of this collector asked for or told of; none: there is none, or it is not theirs."""
    first, last = filed_between(contact)
    event = _of(collector).filter(id=contact, at__gte=first, at__lt=last).first()
    return None if event is None else _told(event, collector, language)


def outside_contacts(
    collector: str, *, after: str, limit: int, language: str
) -> list[OutsideContact]:
    """The contacts of a collector's outside systems, the earliest first, from after the given key.

    Raises ValueError when it is no key.
    """
    found = _of(collector)
    if after:
        at_text, _, last = after.rpartition(".")
        at = datetime.fromisoformat(at_text)
        if at.tzinfo is None:
            raise ValueError("an instant without its zone")
        found = found.filter(at__gte=at).filter(Q(at__gt=at) | Q(id__gt=UUID(last)))
    return [_told(event, collector, language) for event in found.order_by("at", "id")[:limit]]


def counts_only(verdict: Mapping[str, Any], collector: str) -> Mapping[str, Any]:
    """A stored verdict whose counts name nobody but the bank and the collector itself: all others are one number."""
    reasons = []
    for code, decision, rule, pack, numbers, lifts in verdict["reasons"]:
        by: dict[str, int] = {}
        for who, count in numbers.get("by", {}).items():
            name = who if who in {BANK, collector} else OTHERS
            by[name] = by.get(name, 0) + count
        told = {**numbers, "by": by} if "by" in numbers else numbers
        reasons.append([code, decision, rule, pack, told, lifts])
    return {**verdict, "reasons": reasons}


def _of(collector: str) -> QuerySet[ContactEvent]:
    return ContactEvent.objects.filter(collector=collector, asked_by__startswith=ASKED_BY)


def _told(event: ContactEvent, collector: str, language: str) -> OutsideContact:
    names = set(OutsideContact.__dataclass_fields__) - {"packs", "reasons", "reasons_when_sent"}
    return OutsideContact(
        packs=tuple(event.packs),
        reasons=_against(event.verdict, event.at, collector, language),
        reasons_when_sent=(
            _against(event.state_verdict, event.at, collector, language)
            if event.state == ContactEvent.State.LAPSED
            else ()
        ),
        **{name: getattr(event, name) for name in names},
    )


def _against(
    verdict: Mapping[str, Any] | None, at: datetime, collector: str, language: str
) -> tuple[Explained, ...]:
    if not verdict:
        return ()
    speaks = [row for row in verdict["reasons"] if row[1] != "ALLOW"]
    if not speaks:
        return ()
    told = counts_only({**verdict, "reasons": speaks}, collector)
    return reasons_of(told, at, language)
