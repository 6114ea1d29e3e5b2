"""When time alone may change what a rule's conditions say: at midnight, as something starts or ends, as a law ends."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from evenhand.compliance.facts import Hold, Standing
from evenhand.compliance.kinds.windows import DEBTOR, Window
from evenhand.compliance.packfile.predicates import Predicate
from evenhand.compliance.situation import OF_TODAY, Situation
from evenhand.compliance.zones import ONE_DAY, midnight

OF_STANDING_FACTS = frozenset({"holding", "standing", "consents", "first_since_opt_out"})
TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Turning:
    """What the conditions of one rule follow; `zones` are those whose midnights matter, DEBTOR the person's own."""

    zones: frozenset[str]
    spans: frozenset[timedelta]
    standing: bool
    consents: bool
    ends_on: date | None  # in the pack's zone, exclusive
    pack_zone: str

    def next_after(self, situation: Situation) -> datetime | None:
        """The first instant after the act at which they may say something else; None: never, if only time passes."""
        return min((at for at in self._instants(situation) if at > situation.at), default=None)

    def _instants(self, situation: Situation) -> Iterator[datetime]:
        for name in self.zones:
            zone = situation.home_zone if name == DEBTOR else name
            yield midnight(zone, situation.there(zone).day + ONE_DAY)
        for span in self.spans:
            yield from (event.at + span + TICK for event in situation.facts.events)
        facts = situation.facts
        if self.standing:
            rows: tuple[Standing | Hold, ...] = (*facts.standing, *facts.holds)
            yield from (row.from_at for row in rows)
            yield from (row.until_at for row in rows if row.until_at is not None)
        elif self.consents:
            yield from (fact.from_at for fact in facts.standing if fact.kind == "CONSENT")
        if self.ends_on is not None:
            yield midnight(self.pack_zone, self.ends_on)


def turning_of(
    predicates: Iterable[Predicate],
    windows: Mapping[str, Window],
    *,
    consents: bool,
    ends_on: date | None,
    zone: str,
) -> Turning | None:
    """What the conditions follow; None when nothing that passes with time."""
    zones: set[str] = set()
    spans: set[timedelta] = set()
    standing = False
    for condition in (c for predicate in predicates for c in predicate.conditions):
        name = condition.question.name
        window = windows.get(name)
        if condition.dated or name in OF_TODAY:
            zones.add(DEBTOR)
        elif window is not None and window.span is not None:
            spans.add(window.span)
        elif window is not None:
            zones.add(window.zone)
        standing = standing or name in OF_STANDING_FACTS
    if not (zones or spans or standing or consents or ends_on):
        return None
    return Turning(frozenset(zones), frozenset(spans), standing, consents, ends_on, zone)
