"""Conditions written as data, checked when a pack is read and compiled to closures.

A table `name = value | [values] | {not = [...], or_absent = true} | {all = [...]} | {min = …, max = …} |
{given = true | false}`; for yes and no `{not = true}`, which also holds when nobody knows; for dates
`{days_ago_min = …, days_ago_max = …}` and `{after = "another date", days_min = …}`. All must hold. A name absent from
the facts satisfies nothing else, and makes the whole unknown where nothing else refutes it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from evenhand.compliance.packfile.errors import PackError
from evenhand.compliance.packfile.questions import GROUPS, Question

Fits = Callable[[Any], bool]
INT_LEAST = 0


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a predicate. `fits` judges a value that is there; `absent` is the answer when there is none."""

    question: Question
    fits: Fits
    absent: bool | None
    allowed: frozenset[Any] | None  # the values that fit, where they are a set
    written: Any  # as in the pack
    since: str = ""  # of dates: the other date, "" for the day of the act
    dated: bool = False  # `fits` takes days since that date


@dataclass(frozen=True, slots=True)
class Predicate:
    """Conditions that must all hold, by name."""

    conditions: tuple[Condition, ...]

    @property
    def names(self) -> frozenset[str]:
        """What is asked."""
        return frozenset(c.question.name for c in self.conditions)

    def of(self, name: str) -> Condition | None:
        """The condition on that name."""
        return next((c for c in self.conditions if c.question.name == name), None)

    def written(self) -> dict[str, Any]:
        """As in the pack."""
        return {c.question.name: c.written for c in self.conditions}

    def contradicts(self, other: "Predicate") -> str:
        """A name of which the two ask sets that share no value, so that both can never hold; empty when none."""
        for mine in self.conditions:
            theirs = other.of(mine.question.name)
            if (
                theirs is not None
                and mine.question.kind in ("CODE", "BOOL")
                and mine.allowed is not None
                and theirs.allowed is not None
                and not mine.allowed & theirs.allowed
            ):
                return mine.question.name
        return ""


class PredicateReader:
    """Reads predicates of one vocabulary; `file` and `rule` name the place in refusals."""

    def __init__(self, questions: Mapping[str, Question], file: str, rule: str) -> None:
        self.questions, self.file, self.rule = questions, file, rule

    def read(self, table: Any, key: str, *, empty: bool = False) -> Predicate:
        """The predicate, or PackError; an empty one only where `empty` says so."""
        if not isinstance(table, dict):
            raise PackError(
                self.file, self.rule, key, f"is {table!r}, expected a table of conditions"
            )
        if not table and not empty:
            raise PackError(self.file, self.rule, key, "asks nothing: it would always hold")
        return Predicate(
            tuple(self._condition(name, asked, f"{key}.{name}") for name, asked in table.items())
        )

    def _condition(self, name: str, asked: Any, key: str) -> Condition:
        question = self.questions.get(name)
        if question is None:
            self._refuse(
                key, f"is not among what may be asked here: {', '.join(sorted(self.questions))}"
            )
        assert question is not None
        if not isinstance(asked, dict):
            return self._values(question, asked, key)
        keys = set(asked)
        if keys == {"given"}:
            return self._given(question, asked, key)
        if keys == {"not"} and question.kind == "BOOL":
            return self._not_known_to_be(question, asked, key)
        if "not" in keys and keys <= {"not", "or_absent"} and question.kind != "DATE":
            return self._none_of(question, asked, key)
        if keys == {"all"} and question.kind == "LIST":
            wanted = self._set(question, asked["all"], f"{key}.all")
            return Condition(question, lambda v: wanted.issubset(v), None, None, asked)
        if keys and keys <= {"min", "max"} and question.kind == "INT":
            return self._span(question, asked, key)
        if keys and keys <= {"days_ago_min", "days_ago_max"} and question.kind == "DATE":
            low, high = self._bounds(asked, "days_ago_min", "days_ago_max", key, least=None)
            return Condition(question, _between(low, high), None, None, asked, dated=True)
        if (
            "after" in keys
            and keys <= {"after", "days_min", "days_max"}
            and question.kind == "DATE"
        ):
            return self._since(question, asked, key)
        self._refuse(key, f"is {asked!r}, expected {_expected(question)}")
        raise AssertionError

    def _values(self, question: Question, asked: Any, key: str) -> Condition:
        if question.kind == "BOOL":
            if not isinstance(asked, bool):
                self._refuse(key, f"is {asked!r}, expected true or false")
            return Condition(question, lambda v: v is asked, None, frozenset({asked}), asked)
        if question.kind == "DATE":
            self._refuse(key, f"is {asked!r}, expected {_expected(question)}")
        values = self._set(question, asked, key)
        if question.kind == "CODE" and values >= question.values:
            self._refuse(key, "names every value: it would always hold")
        if question.kind in ("LIST", "TEXT"):
            return Condition(question, lambda v: _some(values, v), None, values, asked)
        return Condition(question, values.__contains__, None, values, asked)

    def _none_of(self, question: Question, asked: dict[str, Any], key: str) -> Condition:
        values = self._set(question, asked["not"], f"{key}.not")
        absent = asked.get("or_absent") or None
        if "or_absent" in asked and absent is not True:
            self._refuse(f"{key}.or_absent", f"is {asked['or_absent']!r}, expected true or nothing")
        if question.kind in ("LIST", "TEXT"):
            return Condition(question, lambda v: not _some(values, v), absent, None, asked)
        if question.kind == "CODE" and values >= question.values:
            self._refuse(key, "excludes every value: it would never hold")
        rest = question.values - values if question.kind == "CODE" else None
        return Condition(question, lambda v: v not in values, absent, rest, asked)

    def _not_known_to_be(self, question: Question, asked: dict[str, Any], key: str) -> Condition:
        value = asked["not"]
        if not isinstance(value, bool):
            self._refuse(f"{key}.not", f"is {value!r}, expected true or false")
        return Condition(question, lambda v: v is not value, True, None, asked)

    def _given(self, question: Question, asked: dict[str, Any], key: str) -> Condition:
        given = asked["given"]
        if not isinstance(given, bool):
            self._refuse(f"{key}.given", f"is {given!r}, expected true or false")
        if question.name in ("act", "direction", "role", "actor", "collector"):
            self._refuse(key, "is always given")
        return Condition(question, lambda _: given is True, not given, None, asked)

    def _span(self, question: Question, asked: dict[str, Any], key: str) -> Condition:
        low, high = self._bounds(asked, "min", "max", key, least=INT_LEAST)
        if low == INT_LEAST and high is None:
            self._refuse(key, "starts at 0 and has no end: it would always hold")
        return Condition(question, _between(low, high), None, None, asked)

    def _since(self, question: Question, asked: dict[str, Any], key: str) -> Condition:
        other = self.questions.get(asked["after"]) if isinstance(asked["after"], str) else None
        if other is None or other.kind != "DATE" or other is question:
            self._refuse(
                f"{key}.after", f"is {asked['after']!r}, expected the name of another date"
            )
        assert other is not None
        bounds = {name: value for name, value in asked.items() if name != "after"}
        low, high = self._bounds(bounds, "days_min", "days_max", key, least=None)
        return Condition(question, _between(low, high), None, None, asked, other.name, dated=True)

    def _bounds(
        self, asked: dict[str, Any], low_key: str, high_key: str, key: str, least: int | None
    ) -> tuple[int | None, int | None]:
        for name, value in asked.items():
            if (
                isinstance(value, bool)
                or not isinstance(value, int)
                or (least is not None and value < least)
            ):
                self._refuse(f"{key}.{name}", f"is {value!r}, expected a whole number")
        low, high = asked.get(low_key), asked.get(high_key)
        if low is None and high is None:
            self._refuse(key, f"has no bound, expected {low_key} or {high_key}")
        if low is not None and high is not None and low > high:
            self._refuse(key, f"has {low_key} {low} above {high_key} {high}: it would never hold")
        return low, high

    def _set(self, question: Question, asked: Any, key: str) -> frozenset[Any]:
        values = asked if isinstance(asked, list) else [asked]
        if question.name in ("act", "role"):
            values = [act for word in values for act in sorted(GROUPS.get(word, (word,)))]
        if not values or len(set(map(str, values))) != len(values):
            self._refuse(key, f"is {asked!r}, expected {_expected(question)}, each once")
        for value in values:
            fit = (
                isinstance(value, int) and not isinstance(value, bool)
                if question.kind == "INT"
                else isinstance(value, str) and (not question.values or value in question.values)
            )
            if not fit:
                self._refuse(key, f"holds {value!r}, expected {_expected(question)}")
        return frozenset(values)

    def _refuse(self, key: str, problem: str) -> None:
        raise PackError(self.file, self.rule, key, problem)


def _some(values: frozenset[Any], found: Any) -> bool:
    return found in values if isinstance(found, str) else not values.isdisjoint(found)


def _between(low: int | None, high: int | None) -> Fits:
    if low is None:
        return lambda v: v <= high
    if high is None:
        return lambda v: v >= low
    return lambda v: low <= v <= high


def _expected(question: Question) -> str:
    if question.kind == "DATE":
        return "{days_ago_min, days_ago_max}, {after, days_min, days_max} or {given}"
    if question.kind == "INT":
        return "a whole number or {min, max}"
    if question.kind == "BOOL":
        return "true, false, {not} or {given}"
    return f"some of {', '.join(sorted(question.values))}" if question.values else "some text"


def day_of(value: Any) -> date:
    """The day of a date, or of the first ten letters of an ISO text."""
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value
