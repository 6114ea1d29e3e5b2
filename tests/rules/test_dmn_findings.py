"""The check of decision tables: each finding where it belongs and nowhere else."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from evenhand.dmn import DecisionError, Model
from evenhand.dmn.cells import Cell, Span
from evenhand.dmn.checker import check
from evenhand.dmn.classes import Domain
from evenhand.dmn.findings import ERROR, NOTE, WARNING, Finding
from tests.rules.dmn_tables import decision, model

WHOLE = Domain(whole=True, nullable=False)
SURE = Domain(nullable=False)


def found(tables: Model, *kinds: str, **known: Any) -> list[Finding]:
    findings = tables.check(**known)
    return [finding for finding in findings if not kinds or finding.kind in kinds]


def one(tables: Model, kind: str, **known: Any) -> Finding:
    findings = found(tables, kind, **known)
    assert len(findings) == 1, findings
    return findings[0]


def table(*rows: str, inputs: tuple[str, ...] = ("x",), **options: Any) -> Model:
    return model(decision(rows, inputs=inputs, **options))


# Gaps


def test_a_gap_is_named_with_its_whole_region_and_an_example() -> None:
    tables = table("<= 30 | 1", "> 60 | 2")
    gap = one(tables, "GAP", facts={"x": WHOLE})
    assert gap.severity == WARNING
    assert [str(side) for side in gap.box] == ["[31..60]"]
    assert gap.example == {"x": Decimal(31)}
    assert tables.evaluate("choice", gap.example) is None


def test_numbers_have_fractions_unless_the_caller_says_whole() -> None:
    tables = table("<= 30 | 1", ">= 31 | 2")
    gap = one(tables, "GAP", facts={"x": SURE})
    assert str(gap.box[0]) == "(30..31)"
    assert gap.example == {"x": Decimal("30.5")}
    assert found(tables, "GAP", facts={"x": WHOLE}) == []


def test_null_is_a_value_of_its_own_unless_the_caller_says_it_never_comes() -> None:
    tables = table("<= 30 | 1", "> 30 | 2")
    gap = one(tables, "GAP")
    assert str(gap.box[0]) == "null"
    assert gap.example == {"x": None}
    assert found(tables, "GAP", facts={"x": SURE}) == []


def test_a_string_not_named_is_a_gap_unless_the_vocabulary_is_closed() -> None:
    tables = table('"A" | 1', '"B" | 2')
    gap = one(tables, "GAP", facts={"x": SURE})
    assert str(gap.box[0]) == 'not("A","B")'
    assert found(tables, "GAP", facts={"x": SURE}, vocabularies={"x": ["A", "B"]}) == []
    gap = one(tables, "GAP", facts={"x": SURE}, vocabularies={"x": ["A", "C", "B"]})
    assert str(gap.box[0]) == '"C"'


def test_a_table_of_booleans_can_be_complete() -> None:
    facts = {"x": SURE, "y": SURE}
    rows = ["true | - | 1", "false | true | 2"]
    assert found(table(*rows, "- | false | 3", inputs=("x", "y")), "GAP", facts=facts) == []
    gap = one(table(*rows, inputs=("x", "y")), "GAP", facts=facts)
    assert gap.example == {"x": False, "y": False}


def test_default_outputs_close_every_gap() -> None:
    assert found(table("< 5 | 1", defaults=["0"]), "GAP") == []


@pytest.mark.parametrize("policy", ["COLLECT", "RULE ORDER"])
def test_a_table_that_lists_answers_may_have_none(policy: str) -> None:
    assert found(table("< 5 | 1", policy=policy), "GAP") == []


def test_gaps_are_merged_to_the_largest_boxes() -> None:
    tables = table("[0..9] | [0..9] | 1", inputs=("x", "y"))
    whole = {"x": replace(WHOLE, limits=(span(0, 20),)), "y": replace(WHOLE, limits=(span(0, 20),))}
    texts = [{s.column: str(s) for s in gap.box} for gap in found(tables, "GAP", facts=whole)]
    assert sorted(map(str, texts)) == ["{'x': '[10..20]'}", "{'y': '[10..20]'}"]


def test_many_gaps_are_counted_and_not_all_listed() -> None:
    rows = [f"{n} | not({n}) | {n}" for n in range(15)]
    tables = table(*rows, "< 0 | - | 15", ">= 15 | - | 16", inputs=("x", "y"))
    facts = {"x": WHOLE, "y": WHOLE}
    assert len(found(tables, "GAP", facts=facts)) == 10
    more = one(tables, "MORE_GAPS", facts=facts)
    assert more.text_params == {"more": 5, "at_least": False}


def test_parts_that_differ_in_one_input_only_are_one_gap() -> None:
    tables = table(*(f"[{10 * n}..{10 * n + 5}] | {n}" for n in range(3)))
    gap = one(tables, "GAP", facts={"x": WHOLE})
    assert str(gap.box[0]) == "<= -1,[6..9],[16..19],>= 26"


# Overlaps


def test_two_unique_rules_that_share_a_value_are_an_error() -> None:
    tables = table("[1..10] | 1", "[10..20] | 2", policy="UNIQUE")
    overlap = one(tables, "OVERLAP")
    assert (overlap.severity, overlap.rules) == (ERROR, (1, 2))
    assert str(overlap.box[0]) == "10"
    with pytest.raises(DecisionError):
        tables.evaluate("choice", overlap.example or {})


def test_rules_that_meet_at_an_open_bound_do_not_overlap() -> None:
    assert found(table("[1..10) | 1", "[10..20] | 2", policy="UNIQUE"), "OVERLAP") == []


def test_a_rule_that_overlaps_with_many_is_told_once() -> None:
    tables = table("1 | 1", "2 | 2", "3 | 3", "- | 4", policy="UNIQUE")
    assert one(tables, "OVERLAP").rules == (4, 1, 2, 3)


def test_rules_of_an_any_table_may_overlap_when_they_agree() -> None:
    assert found(table("< 9 | 1", "< 7 | 1", policy="ANY"), "OVERLAP") == []
    assert one(table("< 9 | 1", "[5..12] | 2", policy="ANY"), "OVERLAP").rules == (1, 2)


@pytest.mark.parametrize("policy", ["FIRST", "COLLECT", "RULE ORDER"])
def test_overlap_is_no_fault_where_the_policy_orders_or_lists(policy: str) -> None:
    assert found(table("< 9 | 1", "> 5 | 2", policy=policy), "OVERLAP") == []


# Reach


def test_a_rule_held_by_several_earlier_ones_is_out_of_reach() -> None:
    tables = table("<= 10 | 1", "99 | 2", "> 10 | 3", "[5..15] | 4")
    finding = one(tables, "UNREACHABLE")
    assert (finding.severity, finding.rules) == (WARNING, (4, 1, 3))


def test_a_rule_that_keeps_one_value_is_reached() -> None:
    assert found(table("< 10 | 1", "> 10 | 2", "[5..15] | 3"), "UNREACHABLE") == []


def test_a_rule_for_anything_is_reached_by_null_alone() -> None:
    tables = table("<= 10 | 1", "> 10 | 2", "- | 3")
    assert found(tables, "UNREACHABLE") == []
    spare = one(tables, "SPARE", facts={"x": SURE})
    assert (spare.severity, spare.rules) == (NOTE, (3, 1, 2))


def test_a_rule_for_anything_in_the_middle_is_no_safety_net() -> None:
    tables = table("<= 10 | 1", "> 10 | 2", "- | 3", "- | 4")
    assert one(tables, "UNREACHABLE", facts={"x": SURE}).rules == (3, 1, 2)
    assert one(tables, "SPARE", facts={"x": SURE}).rules[0] == 4


def test_priority_goes_by_the_order_of_output_values() -> None:
    rows = ['[1..5] | "LOW"', '- | "HIGH"']
    lists = table(*rows, policy="PRIORITY", values=['"HIGH","LOW"'])
    assert one(lists, "UNREACHABLE").rules == (1, 2)
    lists = table(*rows, policy="PRIORITY", values=['"LOW","HIGH"'])
    assert found(lists, "UNREACHABLE") == []


def test_equal_rules_are_duplicates() -> None:
    rows = ['"A","B" | 1', '"C" | 2', '"B","A" | 1']
    double = one(table(*rows), "DUPLICATE")
    assert (double.severity, double.rules) == (WARNING, (3, 1))
    assert found(table(*rows), "UNREACHABLE") == []
    assert one(table(*rows, policy="UNIQUE"), "DUPLICATE").severity == ERROR
    assert one(table(*rows, policy="ANY"), "DUPLICATE").severity == NOTE
    assert one(table(*rows, policy="COLLECT"), "DUPLICATE").severity == WARNING
    assert found(table('"A" | 1', '"A" | 2', policy="COLLECT"), "DUPLICATE") == []


def test_an_any_rule_held_by_equal_ones_is_not_needed() -> None:
    rows = ["<= 10 | 1", "> 10 | 1", "[5..15] | 1", "[90..99] | 1"]
    redundant = found(table(*rows, policy="ANY"), "REDUNDANT")
    assert [(f.severity, f.rules) for f in redundant] == [(NOTE, (4, 2)), (NOTE, (3, 1, 2))]
    assert found(table("<= 10 | 1", "[5..15] | 1", policy="ANY"), "REDUNDANT") == []


# Cells


def span(low: int | None, high: int | None) -> Cell:
    bounds = [None if bound is None else Decimal(bound) for bound in (low, high)]
    return Cell((Span(bounds[0], low is not None, bounds[1], high is not None),))


def test_a_cell_no_value_passes_is_found_and_nothing_else_is_said_of_its_rule() -> None:
    tables = table("< 5 | 1", "- | 2")
    facts = {"x": Domain((span(10, None),))}
    assert [(f.kind, f.severity, f.rules, f.column) for f in tables.check(facts=facts)] == [
        ("EMPTY_CELL", WARNING, (1,), "x"),
        ("DEAD_COLUMN", WARNING, (), "x"),
    ]
    assert found(tables, "EMPTY_CELL") == []


def test_not_of_a_whole_vocabulary_passes_nothing() -> None:
    tables = table('not("A","B") | 1', "- | 2")
    known = {"vocabularies": {"x": ["A", "B"]}}
    assert one(tables, "EMPTY_CELL", facts={"x": SURE}, **known).rules == (1,)
    assert found(tables, "EMPTY_CELL", **known) == []  # null is neither
    assert found(tables, "EMPTY_CELL", vocabularies={"x": ["A", "B", "C"]}) == []


def test_a_whole_number_between_two_neighbours_does_not_exist() -> None:
    tables = table("(1..2) | 1", "- | 2")
    assert one(tables, "EMPTY_CELL", facts={"x": WHOLE}).rules == (1,)
    assert found(tables, "EMPTY_CELL", facts={"x": SURE}) == []


def test_a_string_outside_the_vocabulary_is_a_type_error() -> None:
    tables = table('"A" | 1', '"B","X" | 2', "- | 3")
    finding = one(tables, "TYPE", vocabularies={"x": ["A", "B"]})
    assert (finding.severity, finding.rules, finding.column) == (ERROR, (2,), "x")
    assert finding.text_params == {"values": ("X",), "allowed": ("A", "B")}
    assert found(tables, "TYPE") == []


def test_a_cell_of_another_kind_than_its_column_is_a_type_error() -> None:
    known = table("< 5 | 1", "- | 2")["choice"]
    text = replace(known, inputs=(replace(known.inputs[0], kind="string"),))
    (finding,) = [f for f in check([text], {}, {}) if f.kind == "TYPE"]
    assert (finding.severity, finding.rules) == (ERROR, (1,))
    assert finding.text_params == {"values": ("< 5",), "expected_kind": "string"}
    assert [f for f in check([known], {}, {}) if f.kind == "TYPE"] == []


def test_an_output_that_is_not_allowed_is_a_type_error() -> None:
    known = table('< 5 | "A"', '- | "B"', values=['"A","B"'])["choice"]
    assert [f for f in check([known], {}, {}) if f.kind == "TYPE"] == []
    narrow = replace(known, outputs=(replace(known.outputs[0], allowed=("A",)),))
    (finding,) = [f for f in check([narrow], {}, {}) if f.kind == "TYPE"]
    assert (finding.rules, finding.column) == ((2,), "answer")
    assert finding.text_params == {"values": ('"B"',), "allowed": ('"A"',)}
    number = replace(known, outputs=(replace(known.outputs[0], kind="number"),))
    assert [f.rules for f in check([number], {}, {}) if f.kind == "TYPE"] == [(1,), (2,)]


@pytest.mark.parametrize(
    ("cell", "repeated"),
    [
        ('"A","A"', ('"A"',)),
        ("[1..9],5", ("5",)),
        ("5,[1..9]", ("5",)),
        ("< 9,<= 9", ("< 9",)),
        ("[1..9],[2..9],[1..9),> 20,[1..9]", ("[2..9]", "[1..9)", "[1..9]")),
        ("[1..9],[5..12]", None),
        ('< time("09:00:00Z"),< time("08:00:00")', None),
        ('"A","B"', None),
    ],
)
def test_a_test_that_another_holds_is_noted(cell: str, repeated: tuple[str, ...] | None) -> None:
    notes = found(table(f"{cell} | 1"), "REPEATED_TEST")
    assert [f.text_params["values"] for f in notes] == ([repeated] if repeated else [])


# Columns and outputs


def test_a_column_no_cell_asks_for_is_noted() -> None:
    tables = table("< 5 | - | 1", "- | - | 2", inputs=("x", "y"))
    dead = one(tables, "DEAD_COLUMN")
    assert (dead.severity, dead.column, dead.text_params) == (NOTE, "y", {"asked": False})


def test_a_column_that_never_changes_the_answer_is_dead() -> None:
    rows = ["< 5 | true | 1", "< 5 | false | 1", "< 5 | - | 1", "- | - | 2"]
    tables = table(*rows, inputs=("x", "y"))
    dead = one(tables, "DEAD_COLUMN")
    assert (dead.severity, dead.column, dead.text_params) == (WARNING, "y", {"asked": True})
    rows[1] = "< 5 | false | 3"
    assert found(table(*rows, inputs=("x", "y")), "DEAD_COLUMN") == []


def test_output_values_no_rule_gives_are_noted() -> None:
    rows = ['< 5 | "A"', '- | "B"']
    unused = one(table(*rows, values=['"A","B","C"']), "UNUSED_OUTPUT_VALUE")
    assert (unused.severity, unused.column) == (NOTE, "answer")
    assert unused.text_params == {"values": ('"C"',)}
    assert found(table(*rows, values=['"A","B"']), "UNUSED_OUTPUT_VALUE") == []
    defaulted = table(*rows, values=['"A","B","C"'], defaults=['"C"'])
    assert found(defaulted, "UNUSED_OUTPUT_VALUE") == []


# Expressions


def test_cells_that_hold_expressions_are_named_and_nothing_is_claimed_of_them() -> None:
    rows = ["< 5 | - | 1", "< y | - | 2", ">= 5 | - | 3"]
    tables = table(*rows, inputs=("x", "y"), policy="UNIQUE")
    findings = tables.check(facts={"x": SURE, "y": SURE})
    assert [(f.kind, f.severity, f.rules, f.column) for f in findings] == [
        ("NOT_CHECKED", NOTE, (2,), "x"),
        ("DEAD_COLUMN", NOTE, (), "y"),
    ]


def test_a_rule_with_an_expression_may_close_a_gap_but_covers_no_rule() -> None:
    rows = ["< 5 | - | 1", "< y | - | 2", ">= 9 | - | 3", "> 99 | - | 4"]
    findings = table(*rows, inputs=("x", "y")).check(facts={"x": SURE, "y": SURE})
    assert [f.rules for f in findings if f.kind == "UNREACHABLE"] == [(4, 3)]
    assert [f for f in findings if f.kind == "GAP"] == []


def test_a_computed_output_never_clashes_and_may_need_its_column() -> None:
    rows = ["< 5 | x + 1", "< 9 | 7"]
    assert found(table(*rows, policy="ANY"), "OVERLAP") == []
    assert found(table("- | x + 1", "- | x + 1"), "DEAD_COLUMN", facts={"x": SURE}) != []
    assert found(table("< 5 | x + 1", "- | x + 1"), "DEAD_COLUMN", facts={"x": SURE}) == []


def test_dates_are_cut_day_by_day() -> None:
    rows = ['< date("2026-03-01") | 1', '> date("2026-03-02") | 2']
    gap = one(table(*rows), "GAP", facts={"x": SURE})
    assert str(gap.box[0]) == '[date("2026-03-01")..date("2026-03-02")]'
    rows[1] = '>= date("2026-03-01") | 2'
    assert found(table(*rows), "GAP", facts={"x": SURE}) == []


def test_kinds_without_classes_are_left_out_and_said_to_be() -> None:
    tables = table('< duration("P2D") | 1', "- | 2")
    assert [(f.kind, f.rules) for f in tables.check(facts={"x": SURE})] == [("NOT_CHECKED", (1,))]


# Between tables


def two_tables(first: str, second: str, **options: Any) -> Model:
    return model(
        decision([first, '- | "OTHER"'], inputs=["x"], name="group", **options),
        decision([second, "- | 9"], inputs=["group"], name="step", requires=["group"]),
    )


def test_an_answer_that_is_never_given_is_not_worth_a_rule() -> None:
    tables = two_tables('< 5 | "LOW"', '"LOW","HIGH" | 1')
    note = one(tables, "NEVER_GIVEN")
    assert (note.severity, note.text_params) == (NOTE, {"values": ("HIGH",)})
    tables = two_tables('< 5 | "LOW"', '"HIGH" | 1')
    warning = one(tables, "NEVER_GIVEN")
    assert (warning.decision, warning.severity, warning.rules) == ("step", WARNING, (1,))
    assert found(tables, "EMPTY_CELL") == []
    assert found(two_tables('< 5 | "LOW"', '"LOW" | 1'), "NEVER_GIVEN") == []


def test_what_a_caller_says_of_an_answer_outranks_its_table() -> None:
    tables = two_tables('< 5 | "LOW"', '"HIGH" | 1')
    assert found(tables, "NEVER_GIVEN", facts={"group": Domain()}) == []


def test_rules_for_all_answers_leave_no_gap() -> None:
    def tables(last: str) -> Model:
        return model(
            decision(['< 5 | "LOW"', f'{last} | "HIGH"'], inputs=["x"], name="group"),
            decision(
                ['"LOW" | 1', '"HIGH" | 2'], inputs=["group"], name="step", requires=["group"]
            ),
        )

    assert found(tables("-"), "GAP") == []
    gaps = found(tables("> 9"), "GAP")
    assert [(gap.decision, str(gap.box[0])) for gap in gaps] == [
        ("group", "[5..9],null"),
        ("step", "null"),
    ]


# Limits


def pigeons(count: int) -> Model:
    """Nine pigeons in eight holes: two of them always share one, and that takes long to prove."""
    names = [f"x{n}" for n in range(count)]
    rows = [
        " | ".join([str(hole) if n in (one, other) else "-" for n in range(count)] + ["1"])
        for one in range(count)
        for other in range(one)
        for hole in range(count - 1)
    ]
    last = " | ".join(["-"] * count + ["2"])
    return model(decision([*rows, last], inputs=names), facts=names)


def test_a_question_that_takes_too_long_is_left_open_and_said_so() -> None:
    holes = {f"x{n}": replace(WHOLE, limits=(span(0, 7),)) for n in range(9)}
    limit = found(pigeons(9), "LIMIT", facts=holes)[0]
    assert (limit.severity, limit.rules) == (NOTE, (289,))
    assert limit.text_params == {"question": "UNREACHABLE"}


def test_a_question_that_can_be_settled_is_settled() -> None:
    holes = {f"x{n}": replace(WHOLE, limits=(span(0, 3),)) for n in range(5)}
    assert found(pigeons(5), "LIMIT", facts=holes) == []
    assert one(pigeons(5), "SPARE", facts=holes).rules[0] == 41
