"""Decisions as they were read and checked."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from evenhand.dmn.cells import ANYTHING, Cell, Formula, Value
from evenhand.dmn.feel.nodes import Name, Path
from evenhand.dmn.types import ANY, Type


@dataclass(frozen=True, slots=True)
class Input:
    """One input column. `expression` names a fact, a required decision, or one output of it (``decision.output``).

    It may also be computed from these. `allowed` lists the values the column may hold, where they are listed; `limits`
    is the same as a cell, which may also hold intervals.
    """

    expression: str
    label: str
    kind: str  # of FEEL: number, string, …; "" when every cell is `-` and no type is stated
    formula: Formula | None = None
    allowed: tuple[Value, ...] = ()
    limits: Cell = ANYTHING

    @property
    def computed(self) -> bool:
        """True when the expression is more than a name or a path of names."""
        node = None if self.formula is None else self.formula.node
        while isinstance(node, Path):
            node = node.source
        return not isinstance(node, Name | None)


@dataclass(frozen=True, slots=True)
class Output:
    """One output column; `allowed` is empty when any value may stand there, `default` None when none is given."""

    name: str
    kind: str
    allowed: tuple[Value, ...]
    default: Value | Formula
    limits: Cell = ANYTHING


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a table; `cells` and `outputs` stand in the order of the table's columns."""

    id: str
    cells: tuple[Cell, ...]
    outputs: tuple[Value | Formula, ...]
    annotation: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One cell of a column, and the rules that have it as bits (bit 0 is rule 1). `text` is how it is written."""

    cell: Cell
    rules: int
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: a table, or `logic` that is none. `requires` are the decisions it directly stands on.

    A decision without a table has one output of its own name, no inputs, no rules and no hit policy.
    """

    name: str
    hit_policy: str  # UNIQUE, ANY, PRIORITY, FIRST, RULE ORDER, OUTPUT ORDER or COLLECT
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    requires: tuple[str, ...]
    aggregation: str = ""  # of COLLECT: SUM, COUNT, MIN or MAX; none collects a list
    logic: Formula | None = None
    facts: tuple[str, ...] = ()  # input data it requires
    knowledge: tuple[str, ...] = ()  # business knowledge models it requires
    type: Type = ANY  # of its answer
    _asked: dict[int, tuple[Asked, ...]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )

    def asked(self, at: int) -> Sequence[Asked]:
        """The different cells of an input column that ask for something; worked out once."""
        if at not in self._asked:
            rules: dict[Cell, int] = {}
            for bit, rule in enumerate(self.rules):
                rules[rule.cells[at]] = rules.get(rule.cells[at], 0) | 1 << bit
            self._asked[at] = tuple(
                Asked(cell, bits, str(cell))
                for cell, bits in rules.items()
                if cell.tests or not cell.plain
            )
        return self._asked[at]

    def rank(self, row: Sequence[object]) -> tuple[int, ...]:
        """Places of a row's outputs in their lists of allowed values, first output first; unlisted ones come last."""
        return tuple(
            output.allowed.index(value) if value in output.allowed else len(output.allowed)
            for output, value in zip(self.outputs, row, strict=True)
            if output.allowed
        )

    @property
    def is_table(self) -> bool:
        """True when the decision is made by a decision table."""
        return self.logic is None

    @property
    def answer_names(self) -> tuple[str, ...]:
        """How later tables and columns call the outputs: the decision's name, or ``decision.output`` for several."""
        if len(self.outputs) == 1:
            return (self.name,)
        return tuple(f"{self.name}.{output.name}" for output in self.outputs)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A businessKnowledgeModel: a function of its parameters that decisions and others like it may call."""

    name: str
    parameters: tuple[tuple[str, Type], ...]
    body: Formula
    knowledge: tuple[str, ...]
    type: Type = ANY
