"""Hit policies: one question to tables in which several rules match."""

from decimal import Decimal

import pytest

from evenhand.dmn import DecisionError
from tests.rules.dmn_tables import decision, model

TONES = '"FIRM","NEUTRAL","GENTLE"'


def asked(rows, policy, **also):
    return model(decision(rows, inputs=["x"], policy=policy, **also))


def answers(rows, policy, xs, **also):
    table = asked(rows, policy, **also)
    return [table.evaluate("choice", {"x": x}) for x in xs]


def test_any_lets_rules_agree_and_names_those_that_do_not():
    table = asked(['> 3 | "CALL"', '> 5 | "CALL"', '> 9 | "SMS"'], "ANY")
    assert table.evaluate("choice", {"x": 8}) == "CALL"
    with pytest.raises(DecisionError, match="rules 1 and 3 of decision 'choice' both match with"):
        table.evaluate("choice", {"x": 10})


def test_priority_takes_the_value_that_stands_first_in_the_list():
    rows = ['> 1 | "GENTLE"', '> 2 | "FIRM"', '> 3 | "NEUTRAL"']
    assert answers(rows, "PRIORITY", [2, 3, 4, 0], values=[TONES]) == [
        "GENTLE", "FIRM", "FIRM", None,
    ]  # fmt: skip


def test_priority_looks_at_the_first_output_first_and_takes_the_earlier_of_equals():
    rows = [
        '> 1 | "B" | "Y" | 1',
        '> 2 | "A" | "Y" | 2',
        '> 3 | "A" | "X" | 3',
        '> 4 | "A" | "X" | 4',
    ]
    table = asked(
        rows, "PRIORITY", outputs=["one", "two", "row"], values=['"A","B"', '"X","Y"', ""]
    )
    said = [table.evaluate("choice", {"x": x})["row"] for x in (2, 3, 4, 5)]
    assert said == [1, 2, 3, 3]
    assert table.explain("choice", {"x": 5}).rule == 3


def test_rule_order_and_collect_list_in_the_order_of_the_table():
    rows = ['> 1 | "GENTLE"', '> 2 | "FIRM"', '> 3 | "GENTLE"']
    for policy in ("RULE ORDER", "COLLECT"):
        assert answers(rows, policy, [4, 2, 0]) == [["GENTLE", "FIRM", "GENTLE"], ["GENTLE"], None]


def test_output_order_lists_by_the_list_of_values_and_equals_in_table_order():
    rows = ['> 1 | "GENTLE" | 1', '> 2 | "FIRM" | 2', '> 3 | "GENTLE" | 3', '> 3 | "FIRM" | 4']
    table = asked(rows, "OUTPUT ORDER", outputs=["tone", "row"], values=[TONES, ""])
    assert [one["row"] for one in table.evaluate("choice", {"x": 9})] == [2, 4, 1, 3]
    assert table.evaluate("choice", {"x": 2}) == [{"tone": "GENTLE", "row": 1}]


@pytest.mark.parametrize(
    ("aggregation", "said"),
    [("SUM", [7, 2, None]), ("COUNT", [3, 1, 0]), ("MIN", [2, 2, None]), ("MAX", [3, 2, None])],
)
def test_an_aggregation_folds_the_outputs_and_counts_equal_ones_twice(aggregation, said):
    rows = ["> 1 | 2", "> 2 | 3", "> 3 | 2"]
    assert answers(rows, f"COLLECT {aggregation}", [4, 2, 0]) == said


@pytest.mark.parametrize(
    "policy",
    [
        "UNIQUE",
        "ANY",
        "PRIORITY",
        "FIRST",
        "RULE ORDER",
        "OUTPUT ORDER",
        "COLLECT",
        "COLLECT COUNT",
    ],
)
def test_the_defaults_hold_under_every_policy_when_nothing_matches(policy):
    assert answers(["> 1 | 2"], policy, [0], defaults=["9"], values=["2,9"]) == [9]


def test_what_cannot_be_added_or_compared_is_an_error():
    table = ['> 1 | "A"', "> 2 | 3"]
    for aggregation in ("SUM", "MIN"):
        with pytest.raises(DecisionError, match=f"'choice' that match have no {aggregation}"):
            answers(table, f"COLLECT {aggregation}", [3])


def test_an_explanation_of_several_hits_names_them_all_and_no_single_rule():
    why = asked(["> 1 | 2", "> 5 | 3", "> 2 | 4"], "COLLECT SUM").explain("choice", {"x": 3})
    assert (why.rule, why.outputs, why.matched, why.also_matched) == (None, None, (1, 3), (1, 3))
    assert (why.value, [miss.rule for miss in why.misses]) == (Decimal(6), [2])
