"""Policy packs: one jurisdiction's rules, read from TOML, checked and compiled. The only reader of `packs/*/pack.toml`.

A pack that says something unknown, contradictory or without effect is refused with PackError.
"""

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from evenhand.compliance.facts import Act
from evenhand.compliance.kinds.common import Calendar, Check, Run
from evenhand.compliance.packfile.errors import PackError
from evenhand.compliance.packfile.predicates import Predicate
from evenhand.compliance.situation import Situation, Test
from evenhand.compliance.turning import Turning
from evenhand.kernel.text import Bilingual

SHIPPED = Path(__file__).parent.parent / "packs"
INDEXED = frozenset({"act", "direction", "role", "actor"})  # asked once for all acts alike
INDEX_SIZE = 1024
DOTS_IN_A_LINE_MAX = 100
HISTORY_DAYS_KEPT = 120  # days of contact events that the gate looks back at

Effect = Literal["DENY", "REVIEW", "FLAG", "ALLOW"]
EFFECTS: frozenset[str] = frozenset({"DENY", "REVIEW", "FLAG", "ALLOW"})
STRENGTHS = frozenset({"LAW", "RULE", "NOTICE", "ASSOCIATION", "STANDARD", "HOUSE"})
LAYERS = frozenset({"INTERNATIONAL", "NATIONAL", "STATE", "CITY", "HOUSE"})
CONFIDENCES = frozenset(
    {"P", "S", "S2", "K", "M", "I", "H"}
)  # as in the packs' own heads; H: the house's number


@dataclass(frozen=True, slots=True)
class Lift:
    """What replaces a refusal when it holds: ALLOW lifts it and reports its code (empty: none), REVIEW softens it."""

    holds: Test
    predicate: Predicate
    code: str
    effect: str
    text: Bilingual | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in one of its versions. Its citation and sentence are shown wherever it speaks."""

    id: str
    kind: str
    code: str
    effect: str
    strength: str
    instrument: str
    article: str
    confidence: str
    valid_from: date
    valid_to: date | None  # exclusive
    note: Bilingual | None
    text: Bilingual
    acts: frozenset[str]
    when: Predicate
    unless: tuple[Lift, ...]
    unknown: str  # what holds when it cannot be said; empty: nothing
    presumes: str  # VIOLATION where breaking the rule presumes one
    actions: tuple[str, ...]  # due at once where it speaks
    check: Check
    run: Run  # the check's own
    matches: Test | None  # what `when` asks beyond INDEXED; None: nothing
    content: Mapping[str, Any]  # as in the file
    turning: Turning | None  # when time alone may change what its conditions say
    history_days: int = 0  # how far back its past contacts lie, those of the measures it asks too

    @property
    def numbers(self) -> Mapping[str, Any]:
        """Its parameters."""
        return self.check.numbers

    def speaks_of(self, act: Act) -> bool:
        """Whether what `when` asks of the act's own kind, direction, role and actor holds."""
        if self.kind == "deadline" or act.act not in self.acts:
            return False
        asked = (self.when.of(name) for name in INDEXED if name != "act")
        return all(c is None or c.fits(getattr(act, c.question.name)) for c in asked)

    def in_force(self, day: date) -> bool:
        """Whether it is valid on that day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number, code or list that later rooms use, with the law behind it."""

    name: str
    value: Any
    unit: str
    instrument: str
    article: str
    strength: str
    confidence: str
    valid_from: date
    valid_to: date | None
    note: Bilingual | None


@dataclass(frozen=True, slots=True)
class WorkedCase:
    """A case the pack itself states: facts in the stored form or as a case file gives them, and what follows."""

    title: str
    given: Mapping[str, Any]
    expect: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Pack:
    """A pack, read and compiled. Two with the same digest say the same."""

    name: str
    version: str
    title: Bilingual
    layer: str
    zone: str
    applies: Test
    applies_to: Predicate
    valid_from: date
    valid_to: date | None
    draft: bool
    notes: Bilingual | None
    rules: tuple[Rule, ...]
    parameters: tuple[Parameter, ...]
    cases: tuple[WorkedCase, ...]
    calendars: Mapping[str, Calendar]
    measures: Mapping[str, Callable[[Situation], int]]
    history_days: int
    digest: str
    content: Mapping[str, Any]
    _index: dict[tuple[str, str, str, str, date], tuple[Rule, ...]] = field(
        default_factory=dict, repr=False
    )

    @cached_property
    def label(self) -> str:
        """As verdicts name it."""
        return f"{self.name}@{self.version}"

    def binding_all(self) -> "Pack":
        """The same pack, binding whoever acts: for worked cases, and a bank that takes it as its own rule."""
        return replace(self, applies=lambda _: True, _index={})

    def in_force(self, day: date) -> bool:
        """Whether the pack is valid on that day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def history_days_of(self, act: str, *, role: str, purposes: frozenset[str]) -> int:
        """How far back the rules look that may speak of an act towards a role for one of some purposes.

        A reply of the person herself is looked for in all of `history_days`.
        """
        return max(
            (
                rule.history_days
                for rule in self.rules
                if act in rule.acts and _may_fit(rule.when, role, purposes)
            ),
            default=0,
        )

    def rules_for(self, act: Act, day: date) -> tuple[Rule, ...]:
        """The rules that may speak of an act on a day, in the order of the file; `matches` asks what is left to ask."""
        key = (act.act, act.direction, act.role, act.actor, day)
        found = self._index.get(key)
        if found is None:
            if len(self._index) > INDEX_SIZE:
                self._index.clear()
            found = self._index[key] = tuple(
                rule for rule in self.rules if rule.in_force(day) and rule.speaks_of(act)
            )
        return found

    def rule(self, id_: str, on: date | None = None) -> Rule:
        """The rule of that id, in its version of a day (none: the last); raise LookupError when there is none."""
        versions = [r for r in self.rules if r.id == id_ and (on is None or r.in_force(on))]
        if not versions:
            raise LookupError(f"{self.label} has no rule {id_!r}" + (f" on {on}" if on else ""))
        return max(versions, key=lambda r: r.valid_from)

    def parameter(self, name: str, on: date) -> Any:
        """The value of a parameter on a day; raise LookupError when it has none then."""
        for parameter in self.parameters:
            if (
                parameter.name == name
                and parameter.valid_from <= on
                and (parameter.valid_to is None or on < parameter.valid_to)
            ):
                return parameter.value
        raise LookupError(f"{self.label} has no parameter {name!r} on {on}")


def load_pack(name: Path | str) -> Pack:
    """Read a shipped pack by its name, or one by the path of its file or folder; raise PackError when refused."""
    path = Path(name)
    if isinstance(name, str) and not path.exists() and (SHIPPED / name).is_dir():
        path = SHIPPED / name
    if path.is_dir():
        path = path / "pack.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise PackError(str(name), "", "", f"cannot be read: {problem.strerror}") from problem
    return loads_pack(text, _shown(path))


def loads_pack(text: str, file: str = "pack.toml") -> Pack:
    """The pack in a text; `file` names it in refusals."""
    from evenhand.compliance.packfile.reading import read_pack

    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > DOTS_IN_A_LINE_MAX:  # a key of so many parts takes the reader minutes
            raise PackError(
                file,
                "",
                f"line {number}",
                f"has more than {DOTS_IN_A_LINE_MAX} dots, expected fewer",
            )
    try:
        content = tomllib.loads(text)
    except RecursionError as problem:
        raise PackError(file, "", "", "is no TOML: tables within tables without end") from problem
    except ValueError as problem:  # TOMLDecodeError is one, and so is a number of too many digits
        raise PackError(file, "", "", f"is no TOML: {problem}") from problem
    return read_pack(content, file)


def shipped_packs() -> tuple[str, ...]:
    """The names of the packs that come with the program."""
    return tuple(sorted(path.parent.name for path in SHIPPED.glob("*/pack.toml")))


def _may_fit(when: Predicate, role: str, purposes: frozenset[str]) -> bool:
    roles, whys = when.of("role"), when.of("purpose")
    if roles is not None and roles.allowed is not None and role not in roles.allowed:
        return False
    return whys is None or whys.allowed is None or bool(whys.allowed & purposes)


def packs_window_days(packs: Iterable[Pack]) -> int:
    """How many days of events the packs need to look back at."""
    return max((pack.history_days for pack in packs), default=0)


def digest_of(content: Mapping[str, Any]) -> str:
    """sha256 over the canonical JSON of what a pack says, worked cases included."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _shown(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(SHIPPED.resolve()))
    except ValueError:
        return path.name
