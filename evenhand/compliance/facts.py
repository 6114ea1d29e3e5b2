"""What a verdict is made from: the act proposed, what happened lately, and what stands. Plain values, storable as JSON.

`Facts.stored()` gives exactly what `Facts.read()` takes, so a verdict can be judged again years later.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

NOTHING: Mapping[str, Any] = {}


class Location(NamedTuple):
    """One place where the person may be: what says so (ADDRESS, MOBILE_AREA_CODE …) and its statutory time zone."""

    kind: str
    zone: str


class Debt(NamedTuple):
    """One debt of the person: its key, its kind, and the key under which debts count as one."""

    key: str
    kind: str = "CREDIT_CARD"
    group: str = ""  # debts of the same group count as one; empty: a group of its own


class Event(NamedTuple):
    """One past contact in either direction, counted by what the line says of it."""

    at: datetime  # aware, UTC; a message when it was sent
    act: str  # of ACTS
    direction: str = "OUT"
    to: str = ""  # who was reached for; empty: the person herself
    role: str = "CONSUMER"
    debts: tuple[str, ...] = ()
    collector: str = "BANK"  # whose act it was: BANK or an agency's code
    actor: str = "FIRST_PARTY"
    outcome: str = ""  # of OUTCOMES, of the line where there is a line; empty: not known
    place: str = ""  # of PLACES
    point: str = ""  # the key of the number or address
    talk_seconds: int | None = None  # from the line's record; None: there is none
    verified: bool | None = None  # the debtor's identity was verified
    more: Mapping[str, Any] = (
        NOTHING  # what only some rules ask: content, text, request, dispute, consent …
    )


class Hold(NamedTuple):
    """One hold that stood at some time of the window looked at."""

    kind: str  # of HOLDS
    from_at: datetime
    until_at: datetime | None  # exclusive; None: open, with a review date elsewhere
    debts: tuple[str, ...] = ()  # none named: all
    effects: tuple[str, ...] = ("CONTACT",)
    more: Mapping[str, Any] = NOTHING


class Standing(NamedTuple):
    """One standing fact with its time: an opt-out, a cease, a consent, a preference …"""

    kind: str  # of STANDING
    from_at: datetime
    until_at: datetime | None = None  # exclusive
    debts: tuple[str, ...] = ()
    more: Mapping[str, Any] = NOTHING


class Act(NamedTuple):
    """What somebody wants to do now."""

    at: datetime  # aware, UTC: the moment it would happen
    act: str
    direction: str = "OUT"
    to: str = ""
    role: str = "CONSUMER"
    debts: tuple[str, ...] = ()  # none named: all
    collector: str = "BANK"
    actor: str = "FIRST_PARTY"
    place: str = ""
    point: str = ""
    purpose: str = ""
    basis: str = ""
    outcome: str = ""  # what is assumed to happen; empty: the worst that counts
    more: Mapping[str, Any] = (
        NOTHING  # content, disclosures, recording, collectors … by the names of `packfile.questions`
    )


class Facts(NamedTuple):
    """All a verdict is made from. `known` holds single facts by name; a name absent is not in question."""

    act: Act
    person: str = ""
    locations: tuple[Location, ...] = ()
    debts: tuple[Debt, ...] = ()
    events: tuple[Event, ...] = ()  # in any order
    holds: tuple[Hold, ...] = ()
    standing: tuple[Standing, ...] = ()
    known: Mapping[str, Any] = NOTHING

    def stored(self) -> dict[str, Any]:
        """As JSON values: instants as ISO text in UTC, rows as lists in the order of their fields."""
        return {
            "act": _row(self.act),
            "person": self.person,
            **{
                name: [_row(row) for row in getattr(self, name)]
                for name in ("locations", "debts", "events", "holds", "standing")
            },
            "known": dict(self.known),
        }

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Facts":
        """The facts from their stored form."""
        return cls(
            act=_act(stored["act"]),
            person=stored["person"],
            locations=tuple(Location(*row) for row in stored["locations"]),
            debts=tuple(Debt(*row) for row in stored["debts"]),
            events=tuple(map(_event, stored["events"])),
            holds=tuple(map(_hold, stored["holds"])),
            standing=tuple(map(_standing, stored["standing"])),
            known=stored["known"],
        )


def _row(row: tuple[Any, ...]) -> list[Any]:
    return [
        value.isoformat()
        if isinstance(value, datetime)
        else list(value)
        if isinstance(value, tuple)
        else dict(value)
        if isinstance(value, Mapping)
        else value
        for value in row
    ]


def _act(row: list[Any]) -> Act:
    at, act, direction, to, role, debts, *rest = row
    return Act(datetime.fromisoformat(at), act, direction, to, role, tuple(debts), *rest)


def _event(row: list[Any]) -> Event:
    at, act, direction, to, role, debts, *rest = row
    return Event(datetime.fromisoformat(at), act, direction, to, role, tuple(debts), *rest)


def _hold(row: list[Any]) -> Hold:
    kind, from_at, until_at, debts, effects, more = row
    return Hold(
        kind, datetime.fromisoformat(from_at), _until(until_at), tuple(debts), tuple(effects), more
    )


def _standing(row: list[Any]) -> Standing:
    kind, from_at, until_at, debts, more = row
    return Standing(kind, datetime.fromisoformat(from_at), _until(until_at), tuple(debts), more)


def _until(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
