"""A decision table as it was read and checked."""

from dataclasses import dataclass

from evenhand.dmn.cells import Cell, Value


@dataclass(frozen=True, slots=True)
class Input:
    """One input column. `expression` names a fact, a required decision, or one output of it (``decision.output``)."""

    expression: str
    label: str
    kind: str  # number, string or boolean; "" when every cell is `-` and no type is stated


@dataclass(frozen=True, slots=True)
class Output:
    """One output column; `allowed` is empty when any value may stand there, `default` None when none is given."""

    name: str
    kind: str
    allowed: tuple[Value, ...]
    default: Value


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a table; `cells` and `outputs` stand in the order of the table's columns."""

    id: str
    cells: tuple[Cell, ...]
    outputs: tuple[Value, ...]
    annotation: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision with its table. `requires` are the names of the decisions it directly stands on."""

    name: str
    hit_policy: str  # UNIQUE, ANY, PRIORITY, FIRST, RULE ORDER, OUTPUT ORDER or COLLECT
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    requires: tuple[str, ...]
    aggregation: str = ""  # of COLLECT: SUM, COUNT, MIN or MAX; none collects a list

    @property
    def answer_names(self) -> tuple[str, ...]:
        """How later tables and columns call the outputs: the decision's name, or ``decision.output`` for several."""
        if len(self.outputs) == 1:
            return (self.name,)
        return tuple(f"{self.name}.{output.name}" for output in self.outputs)
