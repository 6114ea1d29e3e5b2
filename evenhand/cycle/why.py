"""Why is this account treated so? Facts with their file and line, the rule that fired, what would have had to differ."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact came from: a line of a file of the bank, or an act at the desk."""

    file: str
    line: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FactLine:
    """One fact the decision saw."""

    name: str
    value: str | int | bool | None
    source: Source | None


@dataclass(frozen=True, slots=True)
class Miss:
    """One rule that did not fire: the first cell that failed, what it held and what it needed."""

    rule: int
    rule_id: str
    input: str
    had: str | int | bool | None
    needed: str


@dataclass(frozen=True, slots=True)
class Step:
    """One decision table: the rule that fired and the others' misses."""

    decision: str
    rule: int | None
    rule_id: str
    annotation: str
    outputs: dict[str, str | int | None]
    misses: tuple[Miss, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """The whole answer for one account on one banking day."""

    account_key: int
    customer_key: int
    on: date
    decided_by: str
    strategy_digest: str
    facts: tuple[FactLine, ...]
    steps: tuple[Step, ...]
    sources: tuple[Source, ...]
