"""What is wrong with a strategy, all of it at once: its tables, its facts and its answers. Pure; never raises."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from evenhand.dmn import Model, ModelError, loads
from evenhand.dmn.cells import Cell, Span, literal_text
from evenhand.dmn.checks.classes import Domain
from evenhand.dmn.checks.findings import ERROR, NOTE, Finding
from evenhand.dmn.documents.document import Document, TableText
from evenhand.dmn.reading.xml import SIZE_MAX_BYTES
from evenhand.dmn.tables import Decision, Input
from evenhand.strategy import codes
from evenhand.strategy.facts import FACTS, Fact
from evenhand.strategy.judge import CODES, COLUMNS, TABLES, Strategy

MAY_BE_NULL = frozenset(
    {"utilisation_percent", "days_to_due", "days_since_payment", "block_code", "region", "language"}
)
NEVER_NEGATIVE = frozenset(
    {
        "overdue_days", "treatment_days", "arrears_minor", "accounts", "accounts_overdue", "cycles_missed",
        "due_minor", "payments_recent", "entries", "promises_broken",
    }
)  # fmt: skip
UNUSABLE_MAX = 20

_FROM_ZERO = Cell((Span(Decimal(0), True, None, False),))


def fact_domains() -> dict[str, Domain]:
    """What each fact may hold, as the night and the day make them."""
    return {
        fact.name: Domain(
            limits=_limits(fact), whole=fact.kind == "int", nullable=fact.name in MAY_BE_NULL
        )
        for fact in FACTS
    }


def _limits(fact: Fact) -> tuple[Cell, ...]:
    if fact.codes:
        return (Cell(fact.codes),)
    return (_FROM_ZERO,) if fact.name in NEVER_NEGATIVE else ()


def _domains(model: Model) -> dict[str, Domain]:
    """Those of the facts; and a treatment may be any, since a person may choose it over the table."""
    words = _answer_words(model)
    treatments = [name for name in words if name.rpartition(".")[2] == "treatment"]
    chosen = {name: Domain((Cell(words[name]),), nullable=False) for name in treatments}
    return fact_domains() | chosen


def check_file(path: Path | str) -> tuple[Finding, ...]:
    """The findings about a strategy file, or about the `strategy.dmn` of a folder."""
    path = Path(path)
    path = path / "strategy.dmn" if path.is_dir() else path
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_MAX_BYTES + 1)  # what is larger is refused by the reader
    except OSError as error:
        problem = f"{path.name} cannot be read ({error.strerror})"
        return (_unusable(ModelError(problem, expected="a DMN file")),)
    return check_content(content, path.name)


def check_content(content: bytes, file: str = "") -> tuple[Finding, ...]:
    """The findings about a strategy. An ERROR among them when it cannot be used.

    Rules that cannot be read are told one by one and left out; tables that have such rules, or stand on tables that
    have, are checked no further.
    """
    model, unreadable = _readable(content, file)
    if model is None:
        return unreadable
    known = {fact.name: fact.codes for fact in FACTS if fact.codes}
    found = [
        *unreadable,
        *_unfit(model),
        *model.check(known | _answer_words(model), _domains(model)),
    ]
    if unreadable:
        spoilt = _spoilt(model, {finding.decision for finding in unreadable})
        found = [f for f in found if f.kind == "UNUSABLE" or f.decision not in spoilt]
    elif not any(finding.severity == ERROR for finding in found):
        found.extend(_refused(model))
    return tuple(_must_answer(finding) for finding in _once(found))


def _once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Of several errors of one kind about one cell the first."""
    told: set[tuple[object, ...]] = set()
    for finding in findings:
        place = (finding.kind, finding.decision, finding.rules, finding.column)
        if finding.severity == ERROR and finding.column:
            if place in told:
                continue
            told.add(place)
        yield finding


def _must_answer(finding: Finding) -> Finding:
    """A gap ends the night, so in a strategy it is an error."""
    if finding.kind != "GAP":
        return finding
    return Finding("GAP", ERROR, finding.decision, example=finding.example, box=finding.box)


# What cannot be read


def _readable(content: bytes, file: str) -> tuple[Model | None, tuple[Finding, ...]]:
    """The model without the rules that cannot be read, and what is wrong with them; None when nothing is left."""
    try:
        return loads(content, file), ()
    except ModelError as error:
        first = error
    try:
        document = Document.read(content, file)
        tables = {table.name: table for table in document.tables}
    except ModelError:
        return None, (_unusable(first),)
    found: list[Finding] = []
    while len(found) < UNUSABLE_MAX:
        try:
            return loads(document.write(), file), tuple(found)
        except ModelError as error:
            table = tables.get(error.decision)
            if table is None or error.row is None:
                return None, (*found, _unusable(error))
            left = document.table(table.name).rules
            found.append(_unreadable(error, table, left[error.row - 1].id))
            if len(left) == 1:
                break
            document.delete_rule(table.name, left[error.row - 1].id)
    return None, tuple(found)


def _unreadable(error: ModelError, table: TableText, rule_id: str) -> Finding:
    """One rule that cannot be read, with its row and the text of the cell in the document as it was given."""
    rows = [rule.id for rule in table.rules]
    row = rows.index(rule_id)
    params = {"problem": error.problem, "expected": error.expected}
    columns = [
        (column, text)
        for column, text in zip(table.columns, table.rules[row].texts, strict=False)
        if error.column in (column.name, column.label)
    ]
    name = error.column
    if columns:
        column, text = columns[0]
        name = column.name
        params |= {"text": text, "place": "INPUT" if column in table.inputs else "OUTPUT"}
    return Finding(
        "UNUSABLE",
        ERROR,
        table.name,
        rules=(row + 1,),
        rule_ids=(rule_id,),
        column=name,
        text_params=params,
    )


def _unusable(error: ModelError) -> Finding:
    return Finding(
        "UNUSABLE",
        ERROR,
        error.decision,
        rules=() if error.row is None else (error.row,),
        column=error.column,
        text_params={"problem": error.problem, "expected": error.expected},
    )


def _spoilt(model: Model, names: set[str]) -> set[str]:
    """Those decisions and all that stand on them."""
    for name in model.decisions:  # in requirement order
        if names & set(model[name].requires):
            names = names | {name}
    return names


# What a strategy may not be


def _unfit(model: Model) -> Iterator[Finding]:
    """Tables and outputs that are missing or too many, facts that are unknown, answers that are no code."""
    for name in TABLES:
        if name not in model.decisions:
            yield Finding("MISSING", ERROR, "", text_params={"table": name})
    given: dict[str, str] = {}
    for name in model.decisions:
        if name not in TABLES:
            if not _needed(model, name):
                yield Finding("NOT_USED", NOTE, name)
            continue
        table = model[name]
        yield from _unknown_facts(model, table)
        yield from _not_plain(table)
        for at, output in enumerate(table.outputs):
            if output.name not in COLUMNS or output.name in given:
                params = {"allowed": COLUMNS}
                yield Finding("TYPE", ERROR, name, column=output.name, text_params=params)
            given[output.name] = name
            if output.name in COLUMNS:
                yield from _unknown_answers(table, at)
    for output_name in COLUMNS:
        if output_name not in given and all(name in model.decisions for name in TABLES):
            yield Finding("MISSING", ERROR, "", text_params={"output": output_name})


def _needed(model: Model, name: str) -> bool:
    """Whether a table of the strategy stands on this one."""
    standing = [other for other in model.decisions if name in model[other].requires]
    return any(other in TABLES or _needed(model, other) for other in standing)


def _unknown_facts(model: Model, table: Decision) -> Iterator[Finding]:
    answers = {name for required in table.requires for name in model[required].answer_names}
    kinds = {fact.name: fact.feel_kind for fact in FACTS}
    for column in table.inputs:
        if column.expression in answers:
            continue
        kind = kinds.get(column.expression, "")
        if not kind or column.kind not in ("", kind):
            yield _unknown_fact(table, column, kind)


def _unknown_fact(table: Decision, column: Input, kind: str) -> Finding:
    params = {"had_kind": column.kind, "expected_kind": kind} if kind else {}
    return Finding("UNKNOWN_FACT", ERROR, table.name, column=column.expression, text_params=params)


def _not_plain(table: Decision) -> Iterator[Finding]:
    """Cells that cannot be compiled, so not be run over a whole book."""
    for at, column in enumerate(table.inputs):
        for row, rule in enumerate(table.rules, start=1):
            if not rule.cells[at].plain:
                yield Finding(
                    "NOT_PLAIN",
                    ERROR,
                    table.name,
                    rules=(row,),
                    rule_ids=(rule.id,),
                    column=column.expression,
                    text_params={"text": str(rule.cells[at])},
                )


def _unknown_answers(table: Decision, at: int) -> Iterator[Finding]:
    """Answers that are no code of their column; where a column allows too much, nothing is said of what it gives."""
    output = table.outputs[at]
    allowed = tuple(CODES.get(output.name, ())) or (f"[0..{codes.PRIORITY_MAX}]",)
    for row, rule in enumerate(table.rules, start=1):
        value = rule.outputs[at]
        if not _is_answer(output.name, value):
            yield Finding(
                "TYPE",
                ERROR,
                table.name,
                rules=(row,),
                rule_ids=(rule.id,),
                column=output.name,
                text_params={"values": (_text(value),), "allowed": allowed},
            )
    if output.default is not None and not _is_answer(output.name, output.default):
        params = {"values": (_text(output.default),), "allowed": allowed}
        yield Finding("TYPE", ERROR, table.name, column=output.name, text_params=params)


def _is_answer(output: str, value: object) -> bool:
    if output in CODES:
        return isinstance(value, str) and value in CODES[output]
    return (
        isinstance(value, Decimal)
        and 0 <= value <= codes.PRIORITY_MAX
        and value == value.to_integral_value()
    )


def _text(value: object) -> str:
    return literal_text(value) if isinstance(value, str | bool | Decimal) else str(value)


def _answer_words(model: Model) -> dict[str, tuple[str, ...]]:
    """The codes each answer of a table may be, by the name later tables call it."""
    return {
        answer: tuple(CODES[output.name])
        for name in TABLES
        if name in model.decisions
        for answer, output in zip(model[name].answer_names, model[name].outputs, strict=True)
        if output.name in CODES
    }


def _refused(model: Model) -> Iterator[Finding]:
    """What the judge would still refuse."""
    try:
        Strategy(model)
    except ModelError as error:
        yield _unusable(error)
