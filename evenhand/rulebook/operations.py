"""The steps of the editor, applied to a document when what stands there is still what the editor saw.

An operation is a mapping with `act`, `table` and, by act:

    SET_CELL         rule, column, text                   was: the text
    SET_ANNOTATION   rule, text                           was: the text
    SET_LABEL        column (None: the table's), text     was: the text
    SET_HIT_POLICY   policy, aggregation                  was: [policy, aggregation]
    ADD_RULE         after (None: at the end)
    COPY_RULE        rule                                 was, if it matters: the row
    MOVE_RULE        rule, places                         was: its place, 1-based
    DELETE_RULE      rule                                 was: the row: cells, outputs, annotation
    ADD_INPUT        expression, label, kind
    REMOVE_COLUMN    column                               was: its texts, rule by rule
    PASTE            rule (None: below the last), column, rows    was: the block's texts, as far as there are rules
    CLEAR            rules, columns                       was: the texts, rule by rule
    SET_ALLOWED      column, text                         was: the text
    SET_DEFAULT      column, text                         was: the text
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from evenhand.dmn import ModelError
from evenhand.dmn.documents.document import ANNOTATION, Document, RuleText, TableText

Operation = Mapping[str, Any]
Detail = dict[str, Any]


class OperationRefused(ValueError):
    """An operation that cannot be applied to any document; the message says why."""


class Conflict(Exception):
    """What stands there is not what the editor saw; `newest` is what does, None when it is gone."""

    def __init__(self, newest: object) -> None:
        super().__init__()
        self.newest = newest


def apply(document: Document, operation: Operation, *, fresh: bool) -> Detail | None:
    """Apply one operation to a document; returns what was done, None when it held already what was asked for.

    With `fresh` nothing was changed since the caller looked, so `was` is not needed. Raises Conflict, and
    OperationRefused when the operation makes no sense or the document refuses it.
    """
    act = _ACTS.get(operation.get("act", ""))
    if act is None:
        raise OperationRefused(
            _("%(act)s is no step of the editor.") % {"act": operation.get("act")}
        )
    table = _table(document, operation)
    try:
        return act(document, table, operation, fresh)
    except ModelError as error:
        raise OperationRefused(str(error)) from None
    except KeyError as error:
        raise OperationRefused(_("The step lacks %(name)s.") % {"name": error.args[0]}) from None


def _set_cell(
    document: Document, table: TableText, operation: Operation, fresh: bool
) -> Detail | None:
    rule, column = _rule(table, operation["rule"]), _column(table, operation["column"])
    present = _texts(rule)[column]
    if present == operation["text"]:
        return None
    _unchanged(present, operation, fresh)
    document.set_cell(table.name, rule.id, operation["column"], operation["text"])
    return _detail(table, operation, was=present, row=_place(table, rule))


def _set_annotation(
    document: Document, table: TableText, operation: Operation, fresh: bool
) -> Detail | None:
    rule = _rule(table, operation["rule"])
    if rule.annotation == operation["text"]:
        return None
    _unchanged(rule.annotation, operation, fresh)
    document.set_annotation(table.name, rule.id, operation["text"])
    return _detail(table, operation, was=rule.annotation, row=_place(table, rule))


def _set_label(
    document: Document, table: TableText, operation: Operation, fresh: bool
) -> Detail | None:
    column = operation["column"]
    present = table.label if column is None else _written(table, column).label
    if present == operation["text"]:
        return None
    _unchanged(present, operation, fresh)
    document.set_label(table.name, column, operation["text"])
    return _detail(table, operation, was=present)


def _set_hit_policy(
    document: Document, table: TableText, operation: Operation, fresh: bool
) -> Detail | None:
    present = [table.hit_policy, table.aggregation]
    if present == [operation["policy"], operation["aggregation"]]:
        return None
    _unchanged(present, operation, fresh)
    document.set_hit_policy(table.name, operation["policy"], operation["aggregation"])
    return _detail(table, operation, was=present)


def _add_rule(
    document: Document, table: TableText, operation: Operation, _fresh: bool
) -> Detail | None:
    after = operation.get("after")
    if after is not None:
        _rule(table, after)
    added = document.add_rule(table.name, after=after, copy_of=None)
    row = _place(_table(document, operation), added)
    return _detail(table, operation, rule=added, row=row)


def _copy_rule(
    document: Document, table: TableText, operation: Operation, fresh: bool
) -> Detail | None:
    rule = _rule(table, operation["rule"])
    if "was" in operation:
        _unchanged(_texts(rule), operation, fresh)
    added = document.add_rule(table.name, after=rule.id, copy_of=rule.id)
    row = _place(_table(document, operation), added)
    return _detail(table, operation, rule=added, copy_of=rule.id, row=row)


def _move_rule(
    document: Document, table: TableText, operation: Operation, fresh: bool
) -> Detail | None:
    rule = _rule(table, operation["rule"])
    place = _place(table, rule)
    _unchanged(place, operation, fresh)
    if not 1 <= place + operation["places"] <= len(table.rules) or not operation["places"]:
        return None
    document.move_rule(table.name, rule.id, operation["places"])
    return _detail(table, operation, was=place, row=place + operation["places"])


def _delete_rule(
    document: Document, table: TableText, operation: Operation, fresh: bool
) -> Detail | None:
    rule = _rule(table, operation["rule"])
    _unchanged(_texts(rule), operation, fresh)
    document.delete_rule(table.name, rule.id)
    return _detail(table, operation, was=_texts(rule), row=_place(table, rule))


def _add_input(
    document: Document, table: TableText, operation: Operation, _fresh: bool
) -> Detail | None:
    added = document.add_input(
        table.name, operation["expression"], operation["label"], operation["kind"]
    )
    return _detail(table, operation, column=added)


def _remove_column(
    document: Document, table: TableText, operation: Operation, fresh: bool
) -> Detail | None:
    column = _column(table, operation["column"])
    present = [_texts(rule)[column] for rule in table.rules]
    _unchanged(present, operation, fresh)
    document.remove_column(table.name, operation["column"])
    return _detail(table, operation, was=present)


def _paste(
    document: Document, table: TableText, operation: Operation, fresh: bool
) -> Detail | None:
    rule_id, rows = operation["rule"], [list(row) for row in operation["rows"]]
    start = len(table.rules) + 1 if rule_id is None else _place(table, _rule(table, rule_id))
    first = _column(table, operation["column"])
    there = [_texts(rule) for rule in table.rules[start - 1 : start - 1 + len(rows)]]
    present = [texts[first : first + len(row)] for texts, row in zip(there, rows, strict=False)]
    if present == rows:
        return None
    _unchanged(present, operation, fresh)
    written = document.paste(table.name, rule_id, operation["column"], rows)
    return _detail(table, operation, was=present, row=start, rules=list(written))


def _clear(
    document: Document, table: TableText, operation: Operation, fresh: bool
) -> Detail | None:
    rules = [_rule(table, rule_id) for rule_id in operation["rules"]]
    columns = [_column(table, column_id) for column_id in operation["columns"]]
    present = [[_texts(rule)[at] for at in columns] for rule in rules]
    _unchanged(present, operation, fresh)
    document.clear(table.name, [rule.id for rule in rules], operation["columns"])
    return _detail(table, operation, was=present)


def _set_allowed(
    document: Document, table: TableText, operation: Operation, fresh: bool
) -> Detail | None:
    present = _written(table, operation["column"]).allowed
    if present == operation["text"]:
        return None
    _unchanged(present, operation, fresh)
    document.set_allowed(table.name, operation["column"], operation["text"])
    return _detail(table, operation, was=present)


def _set_default(
    document: Document, table: TableText, operation: Operation, fresh: bool
) -> Detail | None:
    present = getattr(_written(table, operation["column"]), "default", "")
    if present == operation["text"]:
        return None
    _unchanged(present, operation, fresh)
    document.set_default(table.name, operation["column"], operation["text"])
    return _detail(table, operation, was=present)


_ACTS: Mapping[str, Callable[[Document, TableText, Operation, bool], Detail | None]] = {
    "SET_CELL": _set_cell,
    "SET_ANNOTATION": _set_annotation,
    "SET_LABEL": _set_label,
    "SET_HIT_POLICY": _set_hit_policy,
    "ADD_RULE": _add_rule,
    "COPY_RULE": _copy_rule,
    "MOVE_RULE": _move_rule,
    "DELETE_RULE": _delete_rule,
    "ADD_INPUT": _add_input,
    "REMOVE_COLUMN": _remove_column,
    "PASTE": _paste,
    "CLEAR": _clear,
    "SET_ALLOWED": _set_allowed,
    "SET_DEFAULT": _set_default,
}


def _table(document: Document, operation: Operation) -> TableText:
    for table in document.tables:
        if table.name == operation.get("table"):
            return table
    raise Conflict(None)


def _rule(table: TableText, rule_id: str) -> RuleText:
    for rule in table.rules:
        if rule.id == rule_id:
            return rule
    raise Conflict(None)


def _columns(table: TableText) -> list[Any]:
    return [*table.inputs, *table.outputs]


def _written(table: TableText, column_id: str) -> Any:
    """The input or output of that id."""
    for column in _columns(table):
        if column.id == column_id:
            return column
    raise Conflict(None)


def _column(table: TableText, column_id: str) -> int:
    """Where the column stands, 0-based: inputs, outputs, the annotation."""
    columns = [*(column.id for column in _columns(table)), ANNOTATION]
    if column_id not in columns:
        raise Conflict(None)
    return columns.index(column_id)


def _texts(rule: RuleText) -> list[str]:
    return list(rule.texts)


def _place(table: TableText, rule: RuleText | str) -> int:
    """The 1-based row of a rule."""
    wanted = rule if isinstance(rule, str) else rule.id
    return [there.id for there in table.rules].index(wanted) + 1


def _unchanged(present: object, operation: Operation, fresh: bool) -> None:
    if not fresh and operation.get("was") != present:
        raise Conflict(present)


def _detail(table: TableText, operation: Operation, **more: Any) -> Detail:
    """What a revision keeps: the operation, what stood there, and where, in words that outlive the table."""
    column = operation.get("column")
    labels = {there.id: there.label for there in _columns(table)}
    named = {"column_label": labels[column]} if column in labels else {}
    kept = {name: value for name, value in operation.items() if name != "act"}
    return kept | {"table_label": table.label} | named | more
