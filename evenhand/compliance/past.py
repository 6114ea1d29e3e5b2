"""Conditions on past contacts, compiled; and what is read from the line where a typed result says something else.

A no-answer with talk on the line has two readings and a condition holds when it holds for either, so the stricter one
counts everywhere. An agency's call without a call record counts as answered, and its talk as effective.
"""

from collections.abc import Callable, Mapping
from typing import Any

from evenhand.compliance.facts import Act, Event
from evenhand.compliance.packfile.predicates import Condition, Predicate
from evenhand.compliance.packfile.questions import MEDIUM_OF
from evenhand.compliance.situation import opts_out

Matches = Callable[[Event], bool]
MatchesAct = Callable[[Act], bool]

NOBODY = frozenset({
    "UNANSWERED", "NO_ANSWER_NO_VOICEMAIL", "RINGING", "BUSY", "OUT_OF_SERVICE", "OFF", "EMPTY_NUMBER", "REJECTED",
})  # fmt: skip
SPOKEN = frozenset({"ANSWERED", "CONVERSATION"})
OF_THE_LINE = frozenset({"talk_seconds", "verified", "answered", "effective_talk", "contradicted"})
FIELDS = frozenset({"act", "direction", "role", "actor", "collector", "place", "point", "outcome"})


def contradicted(event: Event) -> bool:
    """Whether the typed result says that nobody answered while the line, or the person, says otherwise."""
    if event.outcome in NOBODY:
        return bool(event.talk_seconds) or bool(event.verified)
    typed = event.more.get("typed_result") if event.more else None
    return typed in NOBODY and event.outcome in SPOKEN


def without_record(event: Event) -> bool:
    """Whether it is an outside call out of which no line has told anything."""
    return (
        event.talk_seconds is None
        and event.act == "CALL"
        and event.direction == "OUT"
        and event.actor in ("AGENCY", "DEBT_BUYER")
    )


def answered(event: Event) -> bool | None:
    """Whether a person answered, by the line, else by the typed result; an agency's call without a record was answered.

    None when nothing has been reported yet.
    """
    if event.outcome in SPOKEN or contradicted(event) or without_record(event):
        return True
    if event.outcome:
        return False
    return bool(event.talk_seconds) or None if event.talk_seconds is not None else None


def read_more(event: Event, name: str) -> Any:
    """One name of what is said of an event beside its fields."""
    return event.more.get(name) if event.more else None


def effective_talk(seconds: int, *, verified: bool) -> Callable[[Event], bool | None]:
    """Whether a call was an effective talk: answered, and long enough or, where that suffices, the debtor verified.

    How long a talk was that nobody measured is not known: it counts. None when nothing has been reported yet.
    """

    def effective(event: Event) -> bool | None:
        if event.act != "CALL":
            return False
        spoken = answered(event)
        if not spoken or event.talk_seconds is None:
            return spoken
        return event.talk_seconds >= seconds or (verified and event.verified is True)

    return effective


def compiled(
    predicate: Predicate,
    effective: Callable[[Event], bool | None] = lambda _: None,
    *,
    unreported: bool = True,
) -> Matches:
    """The predicate as a function of one past contact. What is not known of it fits nothing but `given = false`.

    But for what became of it: while nothing is reported it fits as `unreported` says.
    """
    tests = tuple(_test(c, effective, unreported) for c in _cheap_first(predicate))
    if not tests:
        return lambda _: True
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda event: first(event) and second(event)
    first, second, *rest = tests

    def several(event: Event) -> bool:
        if not (first(event) and second(event)):
            return False
        for test in rest:  # noqa: SIM110 - half the cost of all() over a generator
            if not test(event):
                return False
        return True

    return several


def compiled_for_act(predicate: Predicate) -> MatchesAct:
    """The same of the act itself, taking for what is not known yet, such as its outcome, what would count."""
    tests = [
        _act_test(condition)
        for condition in predicate.conditions
        if condition.question.name not in OF_THE_LINE
        and condition.question.name != "reads_as_opt_out"
    ]

    def matches(act: Act) -> bool:
        for test in tests:  # noqa: SIM110 - as above
            if not test(act):
                return False
        return True

    return matches


def _cheap_first(predicate: Predicate) -> list[Condition]:
    order = {"act": 0, "direction": 1, "outcome": 2}
    return sorted(
        predicate.conditions, key=lambda c: (order.get(c.question.name, 3), c.question.name)
    )


def _test(
    condition: Condition, effective: Callable[[Event], bool | None], unreported: bool
) -> Matches:
    name, fits, absent = condition.question.name, condition.fits, bool(condition.absent)
    if name in _QUICK and condition.allowed is not None:
        return _QUICK[name](condition.allowed)
    if name == "outcome":
        return _outcome(condition, unreported)
    work = effective if name == "effective_talk" else _DERIVED.get(name)
    if work is not None:
        return lambda e: unreported if (value := work(e)) is None else fits(value)
    if condition.question.home == "field":
        return _field(name, fits, absent)
    return lambda e: absent if (value := read_more(e, name)) is None else fits(value)


def _outcome(condition: Condition, unreported: bool) -> Matches:
    fits = condition.fits
    unknown = unreported if condition.absent is None else condition.absent
    if not any(fits(word) for word in SPOKEN):
        return lambda e: fits(e.outcome) if e.outcome else unknown
    return lambda e: (fits(e.outcome) or contradicted(e)) if e.outcome else unknown


def _field(name: str, fits: Callable[[Any], bool], absent: bool) -> Matches:
    def test(event: Event) -> bool:
        value = getattr(event, name)
        return absent if value in (None, "") else fits(value)

    return test


def _act_test(condition: Condition) -> MatchesAct:
    name, fits, absent = condition.question.name, condition.fits, bool(condition.absent)
    if name == "outcome":
        return lambda act: fits(act.outcome) if act.outcome else True
    if name == "medium":
        return lambda act: fits(MEDIUM_OF.get(act.act))
    if name in FIELDS or name == "to":

        def field(act: Act) -> bool:
            value = getattr(act, name)
            return fits(value) if value != "" else (absent or name in ("place", "point"))

        return field
    if name in ("purpose", "basis"):
        return lambda act: fits(getattr(act, name))
    return lambda act: absent if (value := act.more.get(name)) is None else fits(value)


_QUICK: Mapping[str, Callable[[frozenset[Any]], Matches]] = {
    "act": lambda words: lambda e: e.act in words,
    "direction": lambda words: lambda e: e.direction in words,
    "role": lambda words: lambda e: e.role in words,
    "actor": lambda words: lambda e: e.actor in words,
    "collector": lambda words: lambda e: e.collector in words,
}
_DERIVED: Mapping[str, Callable[[Event], Any]] = {
    "medium": lambda e: MEDIUM_OF.get(e.act),
    "answered": answered,
    "contradicted": contradicted,
    "reads_as_opt_out": opts_out,
}
