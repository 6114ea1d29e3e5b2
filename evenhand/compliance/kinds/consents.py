"""Consent to be called: calls made under it are not counted, then or later, and are not locked out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from evenhand.compliance import past
from evenhand.compliance.facts import Event
from evenhand.compliance.kinds.common import Context
from evenhand.compliance.packfile.predicates import day_of
from evenhand.compliance.packfile.questions import SCOPES
from evenhand.compliance.packfile.tables import Table
from evenhand.compliance.situation import Situation
from evenhand.compliance.zones import ONE_DAY, local_day, midnight


class Span(NamedTuple):
    """Given at, and until (exclusive); `last` is the end by a conversation, at which that call itself was covered."""

    given: datetime
    until: datetime
    last: datetime | None


@dataclass(frozen=True, slots=True)
class CallConsent:
    """Consent of a scope given directly: for `days` at most, the day it is given being the first; 0: without end.

    It ends early on its own day, on revocation, and with the next event matching `ends_after` after the one it was
    given in.
    """

    scope: str
    days: int
    ends: past.Matches | None

    def spans(self, situation: Situation) -> list[Span]:
        """When calls to the person were covered."""
        given: list[tuple[datetime, datetime | None]] = [
            (fact.from_at, fact.until_at)
            for fact in situation.facts.standing
            if fact.kind == "CONSENT" and fact.more.get("scope") == self.scope
        ]
        zone, later = situation.home_zone, dict[datetime, datetime]()
        ours = _between_the_two(situation) if given or self.scope == "CALLS" else []
        if self.scope == "CALLS":
            for event in ours:
                if event.more and "consent_calls_from" in event.more:
                    until = event.more.get("consent_calls_until")
                    ends = None if until is None else midnight(zone, day_of(until) + ONE_DAY)
                    given.append((event.at, ends))
                    begins = day_of(event.more["consent_calls_from"])
                    if begins > local_day(zone, event.at):
                        later[event.at] = midnight(zone, begins)
        spans = [self._span(ours, zone, start, ends) for start, ends in given]
        return [s._replace(given=max(s.given, later.get(s.given, s.given))) for s in spans]

    def _span(self, ours: list[Event], zone: str, start: datetime, ends: datetime | None) -> Span:
        until = ends or datetime.max.replace(tzinfo=start.tzinfo)
        if self.days:
            first = local_day(zone, start)
            until = min(until, midnight(zone, first + timedelta(days=self.days)))
        last = None
        for event in ours:
            if event.at <= start:
                continue
            if event.more and event.more.get("revoke_calls_consent"):
                until = min(until, event.at)
            elif self.ends is not None and self.ends(event):
                last = event.at if last is None else min(last, event.at)
        return Span(start, until, last)

    def excused(self, situation: Situation) -> Callable[[datetime], bool]:
        """Whether a call at an instant was covered."""
        spans = self.spans(situation)
        if not spans:
            return lambda _: False
        return lambda at: any(
            span.given < at < span.until and (span.last is None or at <= span.last)
            for span in spans
        )


def _between_the_two(situation: Situation) -> list[Event]:
    """What passed between the collector of the act and the person it is for: consent is given directly."""
    act, person = situation.act, situation.person
    to = act.to or person
    return [
        event
        for event in situation.facts.events
        if event.collector == act.collector and (event.to or person) == to
    ]


def read_call_consent(table: Table, context: Context) -> CallConsent | None:
    """`consent = {scope, days?, ends_after?}`; None when the key is absent."""
    if "consent" not in table.left:
        return None
    inner = Table(table.raw("consent"), context.file, context.rule, "consent")
    scope = inner.code("scope", SCOPES, "CALLS")
    days = inner.whole("days", 1, 0)
    ends = inner.raw("ends_after", None)
    matches = None
    if ends is not None:
        matches = past.compiled(
            context.of_event().read(ends, "consent.ends_after"), context.effective
        )
    inner.finish()
    return CallConsent(scope, days, matches)
