"""Tables of a workbook taken over into a document, by edits: what the workbook does not say stays as it was."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from evenhand.dmn.documents.compare import canonical_literal, canonical_test
from evenhand.dmn.documents.document import ANNOTATION, Document
from evenhand.dmn.documents.texts import FactText, InputText, OutputText, RuleText, TableText
from evenhand.dmn.errors import ModelError
from evenhand.rulebook.sheet_layout import (
    ASKS,
    RULES_FROM,
    SheetColumn,
    SheetError,
    SheetRule,
    SheetTable,
    known_facts,
)


def merged(tables: Sequence[SheetTable], base: Document, file: str) -> Document:
    """The base with its tables as the workbook has them. Every table of the base must be there, and no other."""
    made = base.copy()
    names = [table.name for table in made.tables]
    for table in tables:
        if table.name not in names:
            raise SheetError(
                _("the strategy has no decision %(name)s") % {"name": table.name},
                ", ".join(names),
                file=file,
                sheet=table.sheet,
                cell="B2",
            )
    for name in names:
        sheets = [table for table in tables if table.name == name]
        if len(sheets) != 1:
            raise SheetError(
                _("%(count)s sheets for the decision %(name)s")
                % {"count": len(sheets), "name": name},
                _("one sheet"),
                file=file,
            )
        try:
            _merge_table(made, sheets[0], file)
        except ModelError as error:
            raise _placed(error, sheets[0], file) from None
    return made


def fresh(tables: Sequence[SheetTable], name: str, file: str) -> Document:
    """A document of the workbook alone. Kinds that are not said are those of our facts, or of what the cells hold."""
    facts = known_facts()
    texts: list[TableText] = []
    for table in tables:
        facts |= {
            made: FactText(made, output.label, output.kind) for made, output in _answers(texts)
        }
        texts.append(_as_text(table, facts, [rule.id for t in texts for rule in t.rules]))
    try:
        return Document.new(name, texts, tuple(facts.values()), file=file)
    except ModelError as error:
        sheet = next((t for t in tables if t.name == error.decision), tables[0])
        raise _placed(error, sheet, file) from None


def _placed(error: ModelError, table: SheetTable, file: str) -> SheetError:
    """An edit that was refused, with its place on the sheet as far as it is known."""
    letters = [c.letter for c in table.columns if error.column in (c.name, c.label) and c.name]
    row = RULES_FROM - 1 + error.row if error.row else ASKS
    return SheetError(
        error.problem,
        error.expected,
        file=file,
        sheet=table.sheet,
        cell=f"{letters[0]}{row}" if letters else "",
    )


# Into a document that is there


def _merge_table(made: Document, table: SheetTable, file: str) -> None:
    before = made.table(table.name)
    if table.title and table.title != before.label:
        made.set_label(table.name, None, table.title)
    if (table.policy, table.aggregation) != (before.hit_policy, before.aggregation):
        made.set_hit_policy(table.name, table.policy, table.aggregation)
    columns = [_merge_column(made, table.name, column) for column in table.columns]
    for column in before.columns:
        if column.id not in columns:
            made.remove_column(table.name, column.id)
    rules = _merge_rules(made, table, columns, file)
    for rule_id in [rule.id for rule in before.rules if rule.id not in rules]:
        made.delete_rule(table.name, rule_id)
    _reorder(made, table.name, rules)


def _merge_column(made: Document, table: str, column: SheetColumn) -> str:
    """The id of the column, which is made or changed as the sheet has it."""
    if column.side == "annotation":
        return ANNOTATION
    text = made.table(table)
    side: Sequence[InputText | OutputText] = text.inputs if column.side == "input" else text.outputs
    found = next((c for c in side if " ".join(c.name.split()) == column.name), None)
    if found is None:
        fact = known_facts().get(column.name, FactText(column.name, "", ""))
        add = made.add_input if column.side == "input" else made.add_output
        label, kind = column.label or fact.label, column.kind or fact.kind
        column_id = add(table, column.name, label, kind)
        found = next(c for c in made.table(table).columns if c.id == column_id)
    if column.label and column.label != found.label:
        made.set_label(table, found.id, column.label)
    if column.kind != found.kind and (column.kind or found in side):
        made.set_kind(table, found.id, column.kind)
    if column.allowed != found.allowed:
        made.set_allowed(table, found.id, column.allowed)
    if isinstance(found, OutputText) and column.default != found.default:
        made.set_default(table, found.id, column.default)
    return found.id


def _merge_rules(
    made: Document, table: SheetTable, columns: Sequence[str], file: str
) -> dict[str, None]:
    """The ids of the rules in the order of the sheet. A row without a known id of its own is a new rule."""
    text = made.table(table.name)
    stands = {rule.id: rule.texts for rule in text.rules}
    kept: dict[str, None] = {}
    lost = _by_content(text, {row.id for row in table.rules})
    inputs = {column.id for column in text.inputs}
    for row in table.rules:
        was: dict[str, str] = {}
        same = lost.get(_content(text, columns, row.texts)) if lost else None
        if row.id in stands and row.id not in kept:
            rule_id, was = row.id, _by_column(text, stands[row.id])
        elif same and (not row.id or row.id in kept):
            rule_id = same.pop()
            was = _by_column(text, stands[rule_id])
        else:
            rule_id = _new_rule(made, table, row, kept, file)
        kept[rule_id] = None
        for column_id, now in zip(columns, row.texts, strict=True):
            if was.get(column_id) != (now or ("-" if column_id in inputs else "")):
                made.set_cell(table.name, rule_id, column_id, now)
    return kept


def _new_rule(
    made: Document, table: SheetTable, row: SheetRule, kept: dict[str, None], file: str
) -> str:
    """Add a rule behind the row above, under the id the sheet gives it if no row above has it."""
    try:
        return made.add_rule(
            table.name,
            after=next(reversed(kept), None),
            rule_id="" if row.id in kept else row.id,
        )
    except ModelError as error:
        raise SheetError(
            error.problem, error.expected, file=file, sheet=table.sheet, cell=f"A{row.row}"
        ) from None


def _by_column(table: TableText, texts: Sequence[str]) -> dict[str, str]:
    return dict(zip([*(c.id for c in table.columns), ANNOTATION], texts, strict=True))


def _content(table: TableText, columns: Sequence[str], texts: Sequence[str]) -> tuple[str, ...]:
    """What a row of a sheet says, in the order of the table's columns."""
    by_id = dict(zip(columns, texts, strict=True))
    inputs = [canonical_test(by_id.get(column.id, "")) for column in table.inputs]
    outputs = [canonical_literal(by_id.get(column.id, "")) for column in table.outputs]
    return (*inputs, *outputs, by_id.get(ANNOTATION, ""))


def _by_content(table: TableText, named: set[str]) -> dict[tuple[str, ...], list[str]]:
    """The rules whose ids the sheet does not name, by what they say: their ids were lost, or they were deleted."""
    found: dict[tuple[str, ...], list[str]] = {}
    for rule in reversed(table.rules):
        if rule.id not in named:
            columns = [*(column.id for column in table.columns), ANNOTATION]
            found.setdefault(_content(table, columns, rule.texts), []).append(rule.id)
    return found


def _reorder(made: Document, table: str, wanted: dict[str, None]) -> None:
    order = [rule.id for rule in made.table(table).rules]
    for at, rule_id in enumerate(wanted):
        if order[at] == rule_id:
            continue
        was = order.index(rule_id, at)
        made.move_rule(table, rule_id, at - was)
        order.insert(at, order.pop(was))


# Into a document of its own


def _answers(tables: Sequence[TableText]) -> list[tuple[str, OutputText]]:
    """How later tables call the answers of these."""
    found: list[tuple[str, OutputText]] = []
    for table in tables:
        for output in table.outputs:
            name = table.name if len(table.outputs) == 1 else f"{table.name}.{output.name}"
            found.append((name, output))
    return found


def _as_text(table: SheetTable, facts: dict[str, FactText], taken: list[str]) -> TableText:
    inputs, outputs = [], []
    for at, column in enumerate(table.columns):
        if column.side == "input":
            fact = facts.get(column.name, FactText(column.name, "", ""))
            label, kind = column.label or fact.label, column.kind or fact.kind
            inputs.append(InputText("", label, column.name, kind, column.allowed))
        elif column.side == "output":
            kind = column.kind or _kind_of_cells([rule.texts[at] for rule in table.rules])
            outputs.append(
                OutputText("", column.label, column.name, kind, column.allowed, column.default)
            )
    rules = []
    for row in table.rules:
        rule_id = "" if row.id in taken else row.id
        taken.append(rule_id)
        rules.append(
            RuleText(
                rule_id,
                _side(table, row, "input"),
                _side(table, row, "output"),
                "".join(_side(table, row, "annotation")),
            )
        )
    return TableText(
        id="",
        name=table.name,
        label=table.title,
        hit_policy=table.policy,
        aggregation=table.aggregation,
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        rules=tuple(rules),
    )


def _side(table: SheetTable, row: SheetRule, side: str) -> tuple[str, ...]:
    pairs = zip(table.columns, row.texts, strict=True)
    return tuple(text for column, text in pairs if column.side == side)


def _kind_of_cells(texts: Sequence[str]) -> str:
    """The kind of all literals of a column; none when they differ."""
    kinds = set()
    for text in filter(None, texts):
        if text in ("true", "false"):
            kinds.add("boolean")
        elif text.startswith('"'):
            kinds.add("string")
        else:
            kinds.add("number")
    return kinds.pop() if len(kinds) == 1 else ""
