"""Worked cases run through the real judge, whatever their format, and compared with what they require.

Cases of the United States, the United Kingdom and others name their `packs`; Chinese ones belong to a family, which a
room answers. The caller gives the rooms' answers, for the rooms lie above this one.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evenhand.compliance.cases.abroad import CaseError
from evenhand.compliance.cases.answering import answer
from evenhand.compliance.packfile.errors import PackError
from evenhand.compliance.packs import SHIPPED, Pack, load_pack

Given = Mapping[str, Any]
Answer = Callable[[Given], Mapping[str, Any]]
SUBSETS = {"reasons"}  # keys of which the case names some
PROSE = {
    "action", "reason", "required", "requires", "basis", "needs", "scope", "use", "must", "warn", "note", "restrict_to",
}  # fmt: skip  # of Chinese cases: said for people, not compared


@dataclass(slots=True)
class Tried:
    """What came of a file: a line for each case that differs, and the counts."""

    differ: list[str] = field(default_factory=list)
    passed: int = 0
    failed: int = 0
    no_room: int = 0


class PackShelf:
    """Packs by the name a case gives them, each read once, its test of whom it binds taken as met."""

    def __init__(self, instead: Sequence[str] = ()) -> None:
        self.instead = tuple(instead)
        self._read: dict[str, Pack] = {}

    def packs(self, named: Iterable[str]) -> list[Pack]:
        """The packs of those names, or those asked for in their place; raise PackError where one cannot be read."""
        return [self._pack(name) for name in self.instead or [SHIPPED / n.lower() for n in named]]

    def _pack(self, name: Path | str) -> Pack:
        if str(name) not in self._read:
            self._read[str(name)] = load_pack(name).binding_all()
        return self._read[str(name)]


def read_cases(path: Path) -> list[dict[str, Any]]:
    """The cases of a file; raise CaseError where it holds none."""
    try:
        cases = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise CaseError(f"{path.name}: cannot be read: {problem.strerror}") from problem
    except ValueError as problem:
        raise CaseError(f"{path.name}: is no JSON: {problem}") from problem
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise CaseError(f"{path.name}: expected a list of cases")
    for number, case in enumerate(cases):
        for key, kind in (("id", str), ("given", dict), ("expect", dict)):
            if not isinstance(case.get(key), kind):
                raise CaseError(
                    f"{path.name}: case {number} has no {key}, expected {kind.__name__}"
                )
        if not case["expect"]:
            raise CaseError(f"{path.name}: {case['id']} expects nothing")
    return cases


def try_cases(
    cases: Iterable[Mapping[str, Any]], shelf: PackShelf, rooms: Mapping[str, Answer]
) -> Tried:
    """Run every case. A family without a room is counted apart, and not as passed."""
    tried = Tried()
    for case in cases:
        room = _room(case, shelf, rooms)
        if room is None:
            tried.no_room += 1
            continue
        wrong = _difference(case, room)
        tried.passed += not wrong
        tried.failed += bool(wrong)
        if wrong:
            tried.differ.append(f"{case['id']}: {wrong}")
    return tried


def _room(case: Mapping[str, Any], shelf: PackShelf, rooms: Mapping[str, Answer]) -> Answer | None:
    if "packs" in case["given"]:
        return lambda given: answer(given, shelf.packs(given["packs"]), case["expect"])
    return rooms.get(case["id"].rpartition("-")[0])


def _difference(case: Mapping[str, Any], room: Answer) -> str:
    """What differs, as `expected …, got …`; empty when nothing does."""
    prose = PROSE if "packs" not in case["given"] else set()
    expected = {key: value for key, value in case["expect"].items() if key not in prose}
    try:
        got = room(case["given"])
    except (PackError, ValueError, LookupError) as problem:
        return f"expected {shown(expected)}, got no answer: {problem}"
    wrong = [key for key, value in expected.items() if not _agree(key, value, got.get(key))]
    if not wrong:
        return ""
    seen = {
        key: got.get(key) for key in (*wrong, *(k for k in ("decision", "reasons") if k in got))
    }
    return f"expected {shown({key: expected[key] for key in wrong})}, got {shown(seen)}"


def _agree(key: str, expected: Any, got: Any) -> bool:
    if key in SUBSETS and isinstance(got, list):
        return set(expected) <= set(got)
    if key == "counts" and isinstance(got, Mapping):
        return all(name in got and got[name] == value for name, value in expected.items())
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    return bool(expected == got)


def shown(value: Any) -> str:
    """As JSON on one line, readable in either language."""
    return json.dumps(value, ensure_ascii=False, default=str)
