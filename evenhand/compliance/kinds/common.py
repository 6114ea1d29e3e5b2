"""What every kind of rule takes and gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from evenhand.compliance.facts import Event
from evenhand.compliance.packfile.predicates import Predicate, PredicateReader
from evenhand.compliance.packfile.questions import OF_ACT, OF_EVENT, Question
from evenhand.compliance.situation import Situation

if TYPE_CHECKING:
    from evenhand.compliance.kinds.deadline import Step


class Found(NamedTuple):
    """A check that failed: the numbers it saw, and when time alone would lift it (None: never)."""

    numbers: Mapping[str, Any]
    lifts_at: datetime | None = None
    unknown: bool = False  # it could not be said: the rule's `unknown` holds
    agreed: str | None = None  # nothing is wrong, since she agreed; the code to report, empty: none


Run = Callable[[Situation], Found | None]


@dataclass(frozen=True, slots=True)
class Check:
    """One rule's own part, read and compiled. `numbers` are its parameters, `slots` what its sentence may name."""

    run: Run
    numbers: Mapping[str, Any] = field(default_factory=dict)
    slots: frozenset[str] = frozenset()
    history_days: int = 0  # how far back it looks at events
    may_be_unknown: bool = False  # it can fail to know, so the rule must say what holds then
    calendar: str = ""  # the holidays it reads
    counts: Predicate | None = None  # of a cap or lock: which events
    asks: tuple[Predicate, ...] = ()  # conditions on the act beside `when`, of which one must hold
    consents: bool = False  # a consent that starts later may lift it
    step: "Step | None" = None  # of a deadline


@dataclass(frozen=True, slots=True)
class Calendar:
    """Holidays of one place, known up to and including a day."""

    name: str
    days: frozenset[date]
    through: date


@dataclass(frozen=True, slots=True)
class Context:
    """Where a rule is read: its file and id, its pack's zone, calendars, measures and notion of an effective talk."""

    file: str
    rule: str
    zone: str
    calendars: Mapping[str, Calendar]
    effective: Callable[[Event], bool | None]
    acts: frozenset[str]  # the rule's acts
    measures: Mapping[str, Question] = field(default_factory=dict)

    def of_act(self) -> PredicateReader:
        """Reads conditions on the act and what is known."""
        return PredicateReader({**OF_ACT, **self.measures}, self.file, self.rule)

    def of_event(self) -> PredicateReader:
        """Reads conditions on past contacts."""
        return PredicateReader(OF_EVENT, self.file, self.rule)
