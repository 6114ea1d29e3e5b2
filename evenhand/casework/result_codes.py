"""The lists a result is written by: packs/house/results.toml, read strictly. Every code has words in both languages."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from evenhand.compliance.packs import SHIPPED
from evenhand.compliance.stated import StatedError, only, whole
from evenhand.compliance.vocabulary import HOLDS, OUTCOMES
from evenhand.kernel.text import Bilingual

FILE = "house/results.toml"
LISTS = ("act", "line", "who", "talk", "reason", "next")
VOICE = frozenset({"CALL_OUT", "CALL_IN"})  # acts that have a line
ALONE = frozenset({"DESK"})  # acts at which nobody is there
NONE, MAY, ASKED = "NONE", "MAY", "ASKED"


@dataclass(frozen=True, slots=True)
class LineCode:
    """What a line did: what it counts as with the gate, and whether anybody may have been on it."""

    outcome: str
    reached: bool


@dataclass(frozen=True, slots=True)
class TalkCode:
    """What came of a talk: with whom it can be, whether a reason is asked, what may follow, what rests at once."""

    who: tuple[str, ...]
    reason: str
    next: tuple[str, ...]
    rests: str
    rests_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultCodes:
    """All lists of one version."""

    version: str
    next_days_max: int
    idle_minutes: int
    words: Mapping[str, Mapping[str, Bilingual]]  # by list, then code
    lines: Mapping[str, LineCode]
    verified: Mapping[str, bool]  # by who
    talks: Mapping[str, TalkCode]
    after_days: Mapping[
        str, int
    ]  # next steps that have a day, with the days after which it is proposed


@cache
def result_codes() -> ResultCodes:
    """The lists as shipped; raises StatedError when the file cannot be used."""
    return read_codes(tomllib.loads((SHIPPED / FILE).read_text("utf-8")))


def read_codes(said: Mapping[str, Any]) -> ResultCodes:
    """The lists of a file; raises StatedError naming the key that is missing, unknown or of another kind."""
    only("results", said, {"version", "next_days_max", "idle_minutes", *LISTS})
    if missing := [name for name in ("version", *LISTS) if not said.get(name)]:
        raise StatedError(f"results lack {', '.join(missing)}")
    return ResultCodes(
        version=str(said["version"]),
        next_days_max=whole("next_days_max", said.get("next_days_max")),
        idle_minutes=whole("idle_minutes", said.get("idle_minutes")),
        words={name: _words(name, said[name]) for name in LISTS},
        lines={code: _line(code, row) for code, row in said["line"].items()},
        verified={code: _true(f"who.{code}.verified", row) for code, row in said["who"].items()},
        talks={code: _talk(code, row, said) for code, row in said["talk"].items()},
        after_days={
            code: whole(f"next.{code}.after_days", row["after_days"])
            for code, row in said["next"].items()
            if "after_days" in row
        },
    )


def _words(name: str, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Bilingual]:
    known = {
        "line": {"outcome", "reached"},
        "who": {"verified"},
        "talk": {"who", "reason", "next", "rests", "rests_days"},
        "next": {"after_days"},
    }.get(name, set())
    found = {}
    for code, row in rows.items():
        only(f"{name}.{code}", row, {"zh", "en", *known})
        if not row.get("zh") or not row.get("en"):
            raise StatedError(f"{name}.{code} needs its words in zh and en")
        found[code] = Bilingual(row["zh"], row["en"])
    return found


def _line(code: str, row: Mapping[str, Any]) -> LineCode:
    if row.get("outcome") not in OUTCOMES:
        raise StatedError(
            f"line.{code}.outcome is {row.get('outcome')!r}, expected one of the outcomes of a contact"
        )
    return LineCode(row["outcome"], _true(f"line.{code}.reached", row))


def _talk(code: str, row: Mapping[str, Any], said: Mapping[str, Any]) -> TalkCode:
    for name in ("who", "next"):
        if not row.get(name) or set(row[name]) - set(said[name]):
            raise StatedError(
                f"talk.{code}.{name} is {row.get(name)!r}, expected some of {', '.join(said[name])}"
            )
    if row.get("reason") not in (NONE, MAY, ASKED):
        raise StatedError(
            f"talk.{code}.reason is {row.get('reason')!r}, expected {NONE}, {MAY} or {ASKED}"
        )
    rests = row.get("rests", "")
    if rests and rests not in HOLDS:
        raise StatedError(f"talk.{code}.rests is {rests!r}, expected a reason for a hold")
    days = whole(f"talk.{code}.rests_days", row.get("rests_days", 0))
    if bool(rests) != bool(days):
        raise StatedError(f"talk.{code} needs rests and rests_days together or neither")
    return TalkCode(tuple(row["who"]), row["reason"], tuple(row["next"]), rests, days)


def _true(name: str, row: Mapping[str, Any]) -> bool:
    value = row.get(name.rpartition(".")[2])
    if not isinstance(value, bool):
        raise StatedError(f"{name} is {value!r}, expected true or false")
    return value
