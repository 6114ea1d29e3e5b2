"""Rows of the rooms as the shapes that are answered."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import get_language

from evenhand.access.clients import ClientRow
from evenhand.api import shapes
from evenhand.casework.grants import GrantedCase, references_of
from evenhand.casework.queries import PointRow, point_rows
from evenhand.compliance.explain import Explained
from evenhand.outreach.asked import Asked
from evenhand.outreach.outside import OutsideContact
from evenhand.outreach.queries import NextTime, next_times
from evenhand.web.masking import mask

PLACES = {"MOBILE": "MOBILE", "ADDRESS": "HOME"}  # of a way to reach her, where its kind says it
ACTS_OF = {
    "MOBILE": ("CALL", "TEXT"),
    "PHONE": ("CALL",),
    "EMAIL": ("EMAIL",),
    "ADDRESS": ("LETTER", "VISIT"),
}


def permit_of(
    client: ClientRow, found: OutsideContact, *, reference: str = "", with_next: bool = False
) -> shapes.Permit:
    """One contact as it is answered; a refusal with the next lawful time where it is asked for."""
    if not reference:
        reference = references_of(client.collector, [found.customer_id])[found.customer_id]
    plain = {name: getattr(found, name) for name in _COPIED}
    refused = with_next and found.state == "REFUSED"
    reasons = found.reasons_when_sent or found.reasons
    return shapes.Permit(
        reference=reference,
        to=found.to_key,
        to_review=found.contradiction,
        packs=list(found.packs),
        reasons=[reason_of(reason) for reason in reasons],
        next_allowed=_next_of(client, found) if refused else None,
        **plain,
    )


_COPIED = (
    "id", "at", "origin", "act", "direction", "role", "place", "point", "purpose", "decision", "state", "state_reason",
    "reserved_until", "sent_at", "ended_at", "outcome", "talk_seconds",
)  # fmt: skip


def reason_of(reason: Explained) -> shapes.Reason:
    """One reason as it is answered."""
    plain = {name: getattr(reason, name) for name in _OF_REASON}
    return shapes.Reason(numbers=dict(reason.numbers), **plain)


_OF_REASON = (
    "code", "decision", "rule", "pack", "sentence", "instrument", "article", "strength", "lifts_at",
)  # fmt: skip


def known_case_of(case: GrantedCase) -> shapes.KnownCase:
    """A case with the ways to reach the person."""
    points = [
        shapes.Point(point=row.key, kind=row.kind, masked=mask(row.value))
        for row in point_rows(case.customer_id)
    ]
    return shapes.KnownCase(reference=case.reference, points=points)


def next_times_of(client: ClientRow, case: GrantedCase, act: str | None) -> shapes.NextTimes:
    """When each act, or one of them, would be allowed next."""
    ways = list(_ways(client, point_rows(case.customer_id), act))
    found = next_times(case.customer_id, ways, language=get_language() or "")
    return shapes.NextTimes(reference=case.reference, times=[next_of(each) for each in found])


def next_of(found: NextTime) -> shapes.NextTime:
    """One next lawful time as it is answered."""
    return shapes.NextTime(
        act=found.asked.act, point=found.asked.point, now=found.now, at=found.at, until=found.until
    )


def _next_of(client: ClientRow, found: OutsideContact) -> shapes.NextTime:
    asked = Asked(
        found.act, to=found.to_key, role=found.role, collector=client.collector, actor=client.actor,
        place=found.place, point=found.point, purpose=found.purpose, more=found.more,
    )  # fmt: skip
    [time] = next_times(found.customer_id, [asked], language=get_language() or "")
    return next_of(time)


def _ways(client: ClientRow, points: tuple[PointRow, ...], act: str | None) -> Iterator[Asked]:
    theirs: dict[str, Any] = {"collector": client.collector, "actor": client.actor}
    told = False
    for point in points:
        for way in ACTS_OF.get(point.kind, ()):
            if act in (None, way):
                told = True
                yield Asked(way, point=point.key, place=PLACES.get(point.kind, ""), **theirs)
    if act is not None and not told:
        yield Asked(act, **theirs)
