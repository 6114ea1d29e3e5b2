"""What changed between two documents, as data; `rulebook.wording` says it in words.

Only what the tables say counts: ``"A", "B"`` and ``"A","B"`` are the same cell.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from evenhand.dmn.cells import CellError, literal_text, parse_literal, parse_tests
from evenhand.dmn.documents.document import Document
from evenhand.dmn.documents.texts import InputText, OutputText, RuleText, TableText

Said = tuple[tuple[str, str, str], ...]  # name of a column, its label, text of its cell


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `kind` says which of the other fields mean something.

    TABLE_ADDED, TABLE_REMOVED, TABLE_LABEL, HIT_POLICY (``COLLECT SUM``); DECISION_ADDED, DECISION_REMOVED,
    DECISION_CHANGED for decisions without a table; COLUMN_ADDED, COLUMN_REMOVED, COLUMN_MOVED, COLUMN_LABEL,
    COLUMN_KIND, COLUMN_ALLOWED, COLUMN_DEFAULT; RULE_ADDED, RULE_REMOVED, RULE_MOVED, RULE_ID; CELL, OUTPUT,
    ANNOTATION.
    """

    kind: str
    table: str
    label: str = ""  # of the table
    rule_id: str = ""  # in the new document, where the rule is in it
    old_row: int | None = None  # 1-based
    new_row: int | None = None
    column: str = ""  # its expression or output name
    column_label: str = ""
    old: str = ""
    new: str = ""
    asks: Said = ()  # of a rule added or removed: the cells that are not `-`
    answers: Said = ()


def compare(old: Document, new: Document) -> tuple[Change, ...]:
    """Every difference, table by table in the order of the new document, tables that went last."""
    before = {table.name: table for table in old.tables}
    after = {table.name: table for table in new.tables}
    found: list[Change] = []
    for name, table in after.items():
        if name in before:
            found += _table(before[name], table)
        else:
            found.append(Change("TABLE_ADDED", name, table.label, new=str(len(table.rules))))
    found += [
        Change("TABLE_REMOVED", name, table.label, old=str(len(table.rules)))
        for name, table in before.items()
        if name not in after
    ]
    found += _others(old.others, new.others)
    return tuple(found)


@lru_cache(maxsize=10_000)
def canonical_test(text: str) -> str:
    """An input cell in one form; as it stands when it cannot be read."""
    try:
        return str(parse_tests(text))
    except CellError:
        return " ".join(text.split())


@lru_cache(maxsize=10_000)
def canonical_literal(text: str) -> str:
    """An output entry in one form; as it stands when it cannot be read."""
    try:
        return literal_text(parse_literal(text))
    except CellError:
        return " ".join(text.split())


def _others(old: dict[str, str], new: dict[str, str]) -> Iterator[Change]:
    for name in new:
        if name not in old:
            yield Change("DECISION_ADDED", name)
        elif old[name] != new[name]:
            yield Change("DECISION_CHANGED", name)
    yield from (Change("DECISION_REMOVED", name) for name in old if name not in new)


def _table(old: TableText, new: TableText) -> Iterator[Change]:
    def changed(kind: str, was: str, now: str) -> Iterator[Change]:
        if was != now:
            yield Change(kind, new.name, new.label, old=was, new=now)

    yield from changed("TABLE_LABEL", old.label, new.label)
    yield from changed("HIT_POLICY", _policy(old), _policy(new))
    yield from _columns(old, new)
    yield from _rules(old, new)


def _policy(table: TableText) -> str:
    return f"{table.hit_policy} {table.aggregation}".strip()


# Columns

_Key = tuple[str, str, int]  # input or output, its name, which of several with that name


def _keyed(table: TableText) -> dict[_Key, int]:
    """Where each column stands among the texts of a rule."""
    keyed: dict[_Key, int] = {}
    for at, column in enumerate(table.columns):
        side = "input" if isinstance(column, InputText) else "output"
        name = canonical_name(column.name)
        number = sum(key[:2] == (side, name) for key in keyed)
        keyed[side, name, number] = at
    return keyed


def canonical_name(name: str) -> str:
    """An expression or output name without needless spaces."""
    return " ".join(name.split())


def _columns(old: TableText, new: TableText) -> Iterator[Change]:
    before, after = _keyed(old), _keyed(new)
    kept = [key for key in after if key in before]
    stayed = _in_order([before[key] for key in kept])
    for key, at in after.items():
        column = new.columns[at]
        here = Change("", new.name, new.label, column=column.name, column_label=column.label)
        if key not in before:
            yield replace(here, kind="COLUMN_ADDED")
            continue
        was = old.columns[before[key]]
        if before[key] not in stayed:
            moved = str(before[key] + 1), str(at + 1)
            yield replace(here, kind="COLUMN_MOVED", old=moved[0], new=moved[1])
        for kind, past, present in _facets(was, column):
            if past != present:
                yield replace(here, kind=kind, old=past, new=present)
    for key, at in before.items():
        if key not in after:
            gone = old.columns[at]
            yield Change(
                "COLUMN_REMOVED", new.name, new.label, column=gone.name, column_label=gone.label
            )


def _facets(
    old: InputText | OutputText, new: InputText | OutputText
) -> Iterator[tuple[str, str, str]]:
    yield "COLUMN_LABEL", old.label, new.label
    yield "COLUMN_KIND", old.kind, new.kind
    yield "COLUMN_ALLOWED", _list(old.allowed), _list(new.allowed)
    if isinstance(old, OutputText) and isinstance(new, OutputText):
        yield "COLUMN_DEFAULT", _entry(old.default), _entry(new.default)


def _list(text: str) -> str:
    return canonical_test(text) if text else ""


def _entry(text: str) -> str:
    return canonical_literal(text) if text else ""


# Rules


def _rules(old: TableText, new: TableText) -> Iterator[Change]:
    before, after = _keyed(old), _keyed(new)
    pairs = _paired(old, new, before, after)
    stayed = _in_order([pairs[at] for at in range(len(new.rules)) if at in pairs])
    for at, rule in enumerate(new.rules):
        if at not in pairs:
            yield _whole("RULE_ADDED", new, rule, new_row=at + 1)
            continue
        was = old.rules[pairs[at]]
        here = Change("", new.name, new.label, rule.id, pairs[at] + 1, at + 1)
        if was.id != rule.id:
            yield replace(here, kind="RULE_ID", old=was.id, new=rule.id)
        if pairs[at] not in stayed:
            yield replace(here, kind="RULE_MOVED", old=str(pairs[at] + 1), new=str(at + 1))
        yield from _cells(here, new, before, after, was, rule)
    paired = set(pairs.values())
    for at, rule in enumerate(old.rules):
        if at not in paired:
            gone = _whole("RULE_REMOVED", old, rule, old_row=at + 1)
            yield replace(gone, label=new.label)


def _paired(
    old: TableText, new: TableText, before: dict[_Key, int], after: dict[_Key, int]
) -> dict[int, int]:
    """Which old rule each new rule is: by its id, else by all that it says."""
    by_id = {rule.id: at for at, rule in enumerate(old.rules)}
    pairs = {at: by_id[rule.id] for at, rule in enumerate(new.rules) if rule.id in by_id}
    if len(pairs) == len(new.rules):
        return pairs
    left = set(range(len(old.rules))) - set(pairs.values())
    by_content: dict[tuple[str, ...], list[int]] = {}
    for at in sorted(left, reverse=True):
        by_content.setdefault(said(old.rules[at], before), []).append(at)
    for at, rule in enumerate(new.rules):
        if at not in pairs and (same := by_content.get(said(rule, after))):
            pairs[at] = same.pop()
    return pairs


def said(rule: RuleText, columns: dict[_Key, int]) -> tuple[str, ...]:
    """What a rule asks and answers, whatever the order of the columns."""
    texts = [
        (key, _canonical(key[0], rule.texts[at]))
        for key, at in columns.items()
        if at < len(rule.texts) - 1
    ]
    return tuple(f"{key}{text}" for key, text in sorted(texts) if text != "-")


def _canonical(side: str, text: str) -> str:
    return canonical_test(text) if side == "input" else canonical_literal(text)


def _cells(
    here: Change,
    table: TableText,
    before: dict[_Key, int],
    after: dict[_Key, int],
    old: RuleText,
    new: RuleText,
) -> Iterator[Change]:
    for key, at in after.items():
        side = key[0]
        was = old.texts[before[key]] if key in before else ("-" if side == "input" else "")
        if was == new.texts[at]:
            continue
        past, present = _canonical(side, was), _canonical(side, new.texts[at])
        if past != present:
            column = table.columns[at]
            yield replace(
                here,
                kind="CELL" if side == "input" else "OUTPUT",
                column=column.name,
                column_label=column.label,
                old=past,
                new=present,
            )
    if old.annotation != new.annotation:
        yield replace(here, kind="ANNOTATION", old=old.annotation, new=new.annotation)


def _whole(
    kind: str,
    table: TableText,
    rule: RuleText,
    *,
    old_row: int | None = None,
    new_row: int | None = None,
) -> Change:
    """A rule that came or went, with all it says."""
    cells = zip(table.inputs, map(canonical_test, rule.cells), strict=False)
    answers = zip(table.outputs, map(canonical_literal, rule.outputs), strict=False)
    return Change(
        kind,
        table.name,
        table.label,
        rule.id,
        old_row,
        new_row,
        asks=tuple((column.name, column.label, text) for column, text in cells if text != "-"),
        answers=tuple((column.name, column.label, text) for column, text in answers),
        **{"new" if new_row else "old": rule.annotation},
    )


def _in_order(places: Sequence[int]) -> set[int]:
    """The largest set of places that stand in the same order as before; the others have moved."""
    tails: list[int] = []  # the lowest place that ends a row of each length
    previous: dict[int, int | None] = {}
    for place in places:
        length = bisect_left(tails, place)
        previous[place] = tails[length - 1] if length else None
        tails[length : length + 1] = [place]
    stayed: set[int] = set()
    place_now = tails[-1] if tails else None
    while place_now is not None:
        stayed.add(place_now)
        place_now = previous[place_now]
    return stayed
