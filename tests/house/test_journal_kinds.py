"""Every kind of line that is recorded has its two sentences, and every sentence tells of something that is recorded."""

import ast
import re
from collections.abc import Iterator

import pytest

from evenhand.journal.kinds import KINDS, SHOWN_AS, STREAMS, Kind, slots_of
from evenhand.web.labels import LABELS
from tests.house.tree import code, dotted, tree, where

RECORDERS = {"record", "Act", "tell", "_tell", "_told", "_act"}
RECORDS = re.compile(
    r"evenhand\.journal|\btell\("
)  # files that record, be it by the help of another


def recorded(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """The kinds a module records: texts in upper case given as `kind` or first, or set to a variable named kind."""
    for node in ast.walk(module):
        given: list[ast.AST] = []
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in RECORDERS:
            given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "kind")]
        elif isinstance(node, ast.Assign):
            names = [t for target in node.targets for t in ast.walk(target)]
            if any(isinstance(name, ast.Name) and name.id == "kind" for name in names):
                given = [node.value.elts[0] if isinstance(node.value, ast.Tuple) else node.value]
        for value in given:
            parts = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
            for part in parts:
                if isinstance(part, ast.Constant) and str(part.value).isupper():
                    yield node, part.value


def journal_users() -> list[tuple[str, str]]:
    return [
        (where(file, node), kind)
        for file in code()
        if RECORDS.search(file.read_text(encoding="utf-8"))
        for node, kind in recorded(tree(file))
    ]


@pytest.mark.parametrize(
    "line",
    [
        "journal.record(kind='HOLD_PLACED', stream=s)",
        "Act(kind='HOLD_PLACED' if x else 'HOLD_EXTENDED')",
        "_tell('HOLD_PLACED', promise)",
        "kind = 'HOLD_PLACED' if kept else 'B'",
        "kind, detail = 'HOLD_PLACED', {}",
    ],
)
def test_a_recorded_kind_is_noticed(line: str) -> None:
    assert "HOLD_PLACED" in {kind for _, kind in recorded(ast.parse(line))}


def test_every_kind_that_is_recorded_is_registered() -> None:
    assert [(place, kind) for place, kind in journal_users() if kind not in KINDS] == []


def test_every_registered_kind_is_recorded_somewhere() -> None:
    used = {kind for _, kind in journal_users()}
    idle = {code for code, kind in KINDS.items() if code not in used and not kind.rows_elsewhere}
    assert idle == set()


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.code)
def test_both_sentences_show_the_same_values_in_ways_that_exist(kind: Kind) -> None:
    assert set(slots_of(kind.sentence.zh)) == set(slots_of(kind.sentence.en))
    for _, shown in slots_of(kind.sentence.en):
        assert shown in SHOWN_AS or shown.removeprefix("label.") in LABELS, shown
    assert set(kind.streams) <= STREAMS.keys()
    assert not kind.kept & kind.required
