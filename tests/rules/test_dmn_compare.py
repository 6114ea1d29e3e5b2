"""Comparing two documents: what is said to have changed is what has, and nothing else."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import evenhand.packs
from evenhand.dmn import loads
from evenhand.dmn.documents.compare import compare
from evenhand.dmn.documents.document import Document
from tests.rules.dmn_tables import decision, document

STARTER = (Path(evenhand.packs.__path__[0]) / "starter/strategy.dmn").read_bytes()
ROWS = ('[1..30] | "A","B" | 1 | first', "> 30 | - | 2", "- | - | 3 | the rest")


def made(*rows: str, **more) -> Document:
    return Document.read(document(decision(rows or ROWS, inputs=["x", "y"], **more)))


def said(old: Document, new: Document) -> list[tuple]:
    """Each change by its kind and whatever it says besides where it is."""
    return [
        tuple(v for v in (c.kind, c.rule_id, c.column, c.old, c.new) if v)
        for c in compare(old, new)
    ]


def after(*edits) -> list[tuple]:
    """What comparing says after these edits of the small table."""
    new = made()
    for name, *arguments in edits:
        getattr(new, name)("choice", *arguments)
    return said(made(), new)


def test_a_document_has_not_changed_against_itself():
    assert compare(Document.read(STARTER), Document.read(STARTER)) == ()


def test_another_way_to_write_the_same_is_no_change():
    new = made('[ 1 .. 30 ] | "A" , "B" | 1.0 | first', ">30 || 2", "|-| 3 | the  rest")
    assert said(made(), new) == []


@pytest.mark.parametrize(
    ("edits", "changes"),
    [
        ([("set_cell", "rule-1", "choice-in-1", "[1..20]")],
         [("CELL", "rule-1", "x", "[1..30]", "[1..20]")]),
        ([("set_cell", "rule-2", "choice-in-1", "about thirty")],
         [("CELL", "rule-2", "x", "> 30", "about thirty")]),
        ([("set_cell", "rule-1", "choice-in-2", "")], [("CELL", "rule-1", "y", '"A","B"', "-")]),
        ([("set_cell", "rule-3", "choice-out-1", "4")], [("OUTPUT", "rule-3", "answer", "3", "4")]),
        ([("set_annotation", "rule-2", "why")], [("ANNOTATION", "rule-2", "why")]),
        ([("move_rule", "rule-3", -2)], [("RULE_MOVED", "rule-3", "3", "1")]),
        ([("delete_rule", "rule-1")], [("RULE_REMOVED", "rule-1", "first")]),
        ([("add_rule",)], [("RULE_ADDED", "rule-4")]),
        ([("set_hit_policy", "COLLECT", "SUM")], [("HIT_POLICY", "FIRST", "COLLECT SUM")]),
        ([("set_label", None, "选择 | Choice")], [("TABLE_LABEL", "choice", "选择 | Choice")]),
        ([("set_label", "choice-in-1", "天数 | days")], [("COLUMN_LABEL", "x", "x", "天数 | days")]),
        ([("set_allowed", "choice-in-2", '"A", "B"')], [("COLUMN_ALLOWED", "y", '"A","B"')]),
        ([("set_default", "choice-out-1", "0.0")], [("COLUMN_DEFAULT", "answer", "0")]),
        ([("remove_column", "choice-in-2")], [("COLUMN_REMOVED", "y")]),
        ([("add_input", "z"), ("set_cell", "rule-2", "choice-in-z", "true")],
         [("COLUMN_ADDED", "z"), ("CELL", "rule-2", "z", "-", "true")]),
        ([("add_output", "tone"), ("set_cell", "rule-1", "choice-out-tone", "9")],
         [("COLUMN_ADDED", "tone"), ("OUTPUT", "rule-1", "tone", "9")]),
    ],
)  # fmt: skip
def test_each_edit_is_said_once(edits, changes):
    assert after(*edits) == changes


def test_a_rule_that_came_or_went_is_told_with_all_it_says():
    new = made()
    new.delete_rule("choice", "rule-1")
    gone = compare(made(), new)[0]
    assert (gone.old_row, gone.new_row) == (1, None)
    assert gone.asks == (("x", "x", "[1..30]"), ("y", "y", '"A","B"'))
    assert gone.answers == (("answer", "answer", "1"),)
    came = compare(new, made())[0]
    assert (came.kind, came.asks, came.old_row, came.new_row) == ("RULE_ADDED", gone.asks, None, 1)


def test_a_rule_that_lost_its_id_is_found_by_what_it_says():
    new = Document.read(made().write().replace(b'"rule-2"', b'"another"'))
    assert said(made(), new) == [("RULE_ID", "another", "rule-2", "another")]


def test_columns_in_another_order_are_no_change_of_cells():
    new = made('"A","B" | [1..30] | 1 | first', "- | > 30 | 2", "- | - | 3 | the rest")
    new = Document.read(
        new.write().replace(b">x<", b">w<").replace(b">y<", b">x<").replace(b">w<", b">y<")
    )
    assert [c[0] for c in said(made(), new)] == ["COLUMN_MOVED"]


def test_only_the_rules_that_left_their_order_have_moved():
    rows = [f"{n} | - | {n}" for n in range(20)]
    new = made(*rows)
    new.move_rule("choice", "rule-20", -19)
    new.move_rule("choice", "rule-5", 7)
    moved = [c.rule_id for c in compare(made(*rows), new) if c.kind == "RULE_MOVED"]
    assert sorted(moved) == ["rule-20", "rule-5"]


def test_tables_and_other_decisions_come_and_go():
    other = decision(["1 | 2"], inputs=["x"], name="other")
    sum_of = '<decision id="s" name="sum"><literalExpression><text>x + 1</text></literalExpression></decision>'
    old = Document.read(document(decision(ROWS, inputs=["x", "y"]), other, sum_of))
    new = Document.read(
        document(
            decision(ROWS, inputs=["x", "y"]),
            decision(["1 | 2", "2 | 3"], inputs=["x"], name="third"),
            sum_of.replace("1", "2"),
        )
    )
    assert said(old, new) == [
        ("TABLE_ADDED", "2"),
        ("TABLE_REMOVED", "1"),
        ("DECISION_CHANGED",),
    ]


EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("set_cell"), st.integers(0, 5), st.sampled_from(["< 5", "<5", "7", "-"])),
        st.tuples(st.just("move_rule"), st.integers(0, 5), st.integers(-4, 4)),
        st.tuples(st.just("add_rule"), st.integers(0, 5), st.none()),
        st.tuples(st.just("delete_rule"), st.integers(0, 5), st.none()),
    ),
    max_size=6,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(EDITS)
def test_there_are_changes_exactly_when_the_tables_say_something_else(edits):
    rows = ("1 | - | 1", "2 | - | 2", "< 5 | - | 3", "7 | - | 4")
    old, new = made(*rows), made(*rows)
    for name, at, more in edits:
        rules = [rule.id for rule in new.table("choice").rules]
        if name == "add_rule":
            added = new.add_rule("choice", after=rules[at % len(rules)])
            new.set_cell("choice", added, "choice-out-1", "9")
        elif name == "set_cell":
            new.set_cell("choice", rules[at % len(rules)], "choice-in-1", more)
        elif name == "move_rule":
            new.move_rule("choice", rules[at % len(rules)], more)
        elif len(rules) > 1:
            new.delete_rule("choice", rules[at % len(rules)])
    changes = compare(old, new)
    assert (changes == ()) == (loads(old.write()).digest == loads(new.write()).digest)
    assert replayed(old, changes) == [rule.id for rule in new.table("choice").rules]


def replayed(old: Document, changes) -> list[str]:
    """The ids of the new rules in order, from the old ones and what is said of rules."""
    ids = [rule.id for rule in old.table("choice").rules]
    leave = {c.rule_id for c in changes if c.kind in ("RULE_REMOVED", "RULE_MOVED")}
    ids = [rule_id for rule_id in ids if rule_id not in leave]
    for change in changes:
        if change.kind in ("RULE_ADDED", "RULE_MOVED"):
            assert change.new_row is not None
            ids.insert(change.new_row - 1, change.rule_id)
    return ids
