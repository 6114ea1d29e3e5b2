"""A decision table as it is written: every cell a text, whether or not it can be read."""

from collections.abc import Iterator
from dataclasses import dataclass

ANNOTATION = "annotation"  # stands for a column's id where a block reaches into the annotations

HIT_POLICIES = ("UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT")
AGGREGATIONS = ("", "SUM", "COUNT", "MIN", "MAX")
KINDS = (
    *("number", "string", "boolean", "date", "time", "dateTime"),
    *("dayTimeDuration", "yearMonthDuration", "Any"),
)


@dataclass(frozen=True, slots=True)
class FactText:
    """One input datum of the document: what a table may ask about. `kind` is "" when none is stated."""

    name: str
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class InputText:
    """One input column. `kind` is the stated type without prefix, `allowed` the list of values as written, or ""."""

    id: str
    label: str
    expression: str
    kind: str = ""
    allowed: str = ""

    @property
    def name(self) -> str:
        """What the column is known by: for an input its expression."""
        return self.expression

    @property
    def choices(self) -> tuple[str, ...]:
        """The allowed values one by one, as they are written in a cell."""
        return tuple(parts(self.allowed))


@dataclass(frozen=True, slots=True)
class OutputText:
    """One output column; `default` is the entry that holds when no rule matches, as written, or ""."""

    id: str
    label: str
    name: str
    kind: str = ""
    allowed: str = ""
    default: str = ""

    @property
    def choices(self) -> tuple[str, ...]:
        """The allowed values one by one, as they are written in a cell."""
        return tuple(parts(self.allowed))


@dataclass(frozen=True, slots=True)
class RuleText:
    """One row: the texts of its cells and outputs in the order of the table's columns."""

    id: str
    cells: tuple[str, ...]
    outputs: tuple[str, ...]
    annotation: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """Cells, outputs and annotation: the row as a grid shows it."""
        return (*self.cells, *self.outputs, self.annotation)


@dataclass(frozen=True, slots=True)
class TableText:
    """One decision made by a table. `label` is the name when none is written."""

    id: str
    name: str
    label: str
    hit_policy: str
    aggregation: str
    inputs: tuple[InputText, ...]
    outputs: tuple[OutputText, ...]
    rules: tuple[RuleText, ...]
    requires: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[InputText | OutputText, ...]:
        """Inputs, then outputs: the columns of the grid from left to right."""
        return (*self.inputs, *self.outputs)

    def rule(self, rule_id: str) -> RuleText:
        """The rule of that id; KeyError when there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)


def parts(text: str) -> Iterator[str]:
    """A list of FEEL texts parted at its commas, but not inside strings, brackets or parentheses."""
    depth, start, in_string, skip = 0, 0, False, False
    for at, sign in enumerate(text):
        if skip:
            skip = False
        elif sign == "\\" and in_string:
            skip = True
        elif sign == '"':
            in_string = not in_string
        elif not in_string and sign in "([{":
            depth += 1
        elif not in_string and sign in ")]}":
            depth -= 1
        elif sign == "," and depth <= 0 and not in_string:
            yield text[start:at].strip()
            start = at + 1
    if text[start:].strip():
        yield text[start:].strip()
