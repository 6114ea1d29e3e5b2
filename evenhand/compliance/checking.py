"""Are these facts written in words the judge knows? Asked at the edges, where facts come from outside."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from evenhand.compliance.facts import Facts
from evenhand.compliance.packfile.questions import OF_ACT, OF_EVENT, OF_HOLD, OF_STANDING, Question
from evenhand.compliance.vocabulary import (
    ACTORS,
    ACTS,
    BASES,
    DIRECTIONS,
    EFFECTS,
    HOLDS,
    OUTCOMES,
    PLACES,
    PURPOSES,
    ROLES,
    STANDING,
)
from evenhand.compliance.zones import zone

OF_CONTACT = {
    "act": ACTS, "direction": DIRECTIONS, "role": ROLES, "actor": ACTORS, "place": PLACES | {""},
    "outcome": OUTCOMES | {""},
}  # fmt: skip
_SAID_OF_ACTS = {name: question for name, question in OF_ACT.items() if question.home == "more"}


class FactsError(ValueError):
    """Facts that say something in words the judge does not know; names the place and what was expected."""


def check_facts(facts: Facts) -> None:
    """Raise FactsError at the first name, code or type that no rule could ask for."""
    _contact(facts.act, "act")
    for name, codes in (("purpose", PURPOSES), ("basis", BASES)):
        _among(getattr(facts.act, name), codes | {""}, f"act.{name}")
    check_more(facts.act.more, "act.more")
    _names(facts.known, {n: q for n, q in OF_ACT.items() if q.home == "known"}, "known")
    for number, place in enumerate(facts.locations):
        if zone(place.zone) is None:
            raise FactsError(
                f"locations[{number}].zone is {place.zone!r}, expected the name of a time zone"
            )
    for number, event in enumerate(facts.events):
        _contact(event, f"events[{number}]")
        _names(
            event.more,
            {n: q for n, q in OF_EVENT.items() if q.home == "more"},
            f"events[{number}].more",
        )
    for number, hold in enumerate(facts.holds):
        _stands(hold, HOLDS, OF_HOLD, f"holds[{number}]")
        for effect in hold.effects:
            _among(effect, EFFECTS, f"holds[{number}].effects")
    for number, fact in enumerate(facts.standing):
        _stands(fact, STANDING, OF_STANDING, f"standing[{number}]")


def check_more(more: Mapping[str, Any], where: str) -> None:
    """Raise FactsError unless `more` says of an act only what is said of acts, never what is known or worked out."""
    _names(more, _SAID_OF_ACTS, where)


def _contact(row: Any, where: str) -> None:
    for name, codes in OF_CONTACT.items():
        _among(getattr(row, name), codes, f"{where}.{name}")
    _instant(row.at, f"{where}.at")


def _stands(row: Any, kinds: frozenset[str], questions: Mapping[str, Question], where: str) -> None:
    _among(row.kind, kinds, f"{where}.kind")
    _instant(row.from_at, f"{where}.from_at")
    if row.until_at is not None:
        _instant(row.until_at, f"{where}.until_at")
    _names(row.more, questions, f"{where}.more")


def _instant(at: Any, where: str) -> None:
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise FactsError(f"{where} is {at!r}, expected an instant with its zone")


def _among(value: Any, codes: Iterable[str], where: str) -> None:
    if value not in codes:
        raise FactsError(
            f"{where} is {value!r}, expected one of {', '.join(sorted(c for c in codes if c))}"
        )


def _names(said: Mapping[str, Any], questions: Mapping[str, Question], where: str) -> None:
    for name, value in said.items():
        question = questions.get(name)
        if question is None:
            raise FactsError(
                f"{where}.{name} is not known, expected one of {', '.join(sorted(questions))}"
            )
        if value is not None and not _fits(question, value):
            raise FactsError(f"{where}.{name} is {value!r}, expected {_expected(question)}")


def _fits(question: Question, value: Any) -> bool:
    if question.kind == "BOOL":
        return isinstance(value, bool)
    if question.kind == "INT":
        return isinstance(value, int) and not isinstance(value, bool)
    if question.kind == "DATE":
        return isinstance(value, date) or (isinstance(value, str) and _is_date(value))
    if question.kind == "CODE":
        return value in question.values
    values = [value] if isinstance(value, str) else value
    return isinstance(values, list | tuple) and all(
        isinstance(v, str) and (not question.values or v in question.values) for v in values
    )


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def _expected(question: Question) -> str:
    words = {
        "BOOL": "true or false",
        "INT": "a whole number",
        "DATE": "a date as ISO text",
        "TEXT": "some text",
    }
    return words.get(question.kind) or f"some of {', '.join(sorted(question.values))}"
