"""Deciding one row exactly, and saying why."""

from decimal import Decimal

import pytest

from evenhand.dmn import DecisionError, Explanation, Miss, ModelError
from tests.rules.dmn_tables import decision, model

HUGE = 10**30 + 1


@pytest.mark.parametrize(
    ("cell", "passing", "failing"),
    [
        ("-", [0, "A", True, None], []),
        ("[1..30]", [1, 30, Decimal("1.5")], [0, 31, Decimal("30.0000000001"), None]),
        ("(1..30)", [2, Decimal("1.0000000000000000000001")], [1, 30, None]),
        ("< 5", [4, -5], [5, None]),
        (">= 5", [5, HUGE], [4]),
        ("0.1", [Decimal("0.10")], [0, Decimal("0.1000000000000000000000000000000001")]),
        ("1,3,[7..9]", [1, 3, 8], [2, 10]),
        ('"A","B"', ["A", "B"], ["C", "a", "", None]),
        ('not("A")', ["B", "", None], ["A"]),
        ("not([1..5],9)", [0, 6], [1, 9, None]),
        ("true", [True], [False, None]),
        ("not(true)", [False, None], [True]),
    ],
)
def test_a_cell_passes_exactly_these_values(cell, passing, failing):
    asked = model(decision([f"{cell} | 1"], inputs=["x"]))
    assert [x for x in passing if asked.evaluate("choice", {"x": x}) is None] == []
    assert [x for x in failing if asked.evaluate("choice", {"x": x}) is not None] == []


def test_the_first_rule_that_matches_decides():
    asked = model(decision(["< 5 | 1", "< 9 | 2", "- | 3"], inputs=["x"]))
    assert [asked.evaluate("choice", {"x": x}) for x in (4, 5, 9, None)] == [
        1, 2, 3, 3,
    ]  # fmt: skip


def test_numbers_come_back_as_decimals_and_words_and_truths_as_they_are():
    asked = model(
        decision(['- | 0.1 | "多" | true | null'], inputs=["x"], outputs=["a", "b", "c", "d"])
    )
    assert asked.evaluate("choice", {"x": 1}) == {
        "a": Decimal("0.1"),
        "b": "多",
        "c": True,
        "d": None,
    }


def test_two_matching_rules_of_a_unique_table_are_an_error_that_names_both():
    asked = model(decision(["< 5 | 1", "> 3 | 2"], inputs=["x"], policy="UNIQUE"))
    assert asked.evaluate("choice", {"x": 3}) == 1
    with pytest.raises(DecisionError, match="rules 1 and 2 of decision 'choice' both match"):
        asked.evaluate("choice", {"x": 4})


def test_no_match_gives_nothing_or_the_defaults():
    rows = ['< 5 | 1 | "A"']
    bare = decision(rows, inputs=["x"], outputs=["n", "s"])
    filled = decision(rows, inputs=["x"], outputs=["n", "s"], defaults=["0", '"Z"'])
    assert model(bare).evaluate("choice", {"x": 9}) is None
    assert model(filled).evaluate("choice", {"x": 9}) == {"n": 0, "s": "Z"}


def test_a_table_stands_on_the_answers_of_those_it_requires():
    first = decision(
        ['< 5 | "LOW" | 1', '- | "HIGH" | 2'],
        inputs=["x"],
        outputs=["class", "weight"],
        name="first",
    )
    second = decision(
        ['"LOW" | - | 10', "- | 2 | 20"],
        inputs=["first.class", "first.weight"],
        name="second",
        requires=["first"],
    )
    third = decision(
        ["10 | true", "- | false"], inputs=["second"], name="third", requires=["second"]
    )
    asked = model(third, second, first)
    assert asked.evaluate("third", {"x": 4}) is True
    assert asked.evaluate("third", {"x": 5}) is False
    assert asked.evaluate("third", {"second": 10}) is True


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({}, "needs the input 'x'"),
        ({"x": "5"}, "'x' of decision 'choice' is a str; expected a number"),
        ({"x": True}, "is a bool; expected a number"),
        ({"x": 5.0}, "is a float; expected a number"),
    ],
)
def test_a_missing_input_or_one_of_another_kind_is_an_error(inputs, says):
    with pytest.raises(DecisionError, match=says):
        model(decision(["< 5 | 1"], inputs=["x"])).evaluate("choice", inputs)


def test_an_unknown_decision_is_named_with_the_known_ones():
    with pytest.raises(ModelError, match="no decision 'chioce'; expected choice"):
        model(decision(["- | 1"], inputs=["x"])).evaluate("chioce", {"x": 1})


def test_an_explanation_names_the_rule_and_for_each_other_the_first_cell_that_failed():
    rows = [
        '< 5    | "A"     | 1 | low',
        '-      | "B"     | 2 | b',
        '[1..9] | "A","C" | 3 | 三',
        "> 9    | -       | 4 | high",
        "-      | -       | 5 | rest",
    ]
    asked = model(decision(rows, inputs=["x", "y"]))
    assert asked.explain("choice", {"x": 7, "y": "C"}) == Explanation(
        decision="choice",
        rule=3,
        rule_id="rule-3",
        annotation="三",
        outputs={"answer": Decimal(3)},
        misses=(
            Miss(1, "rule-1", "x", Decimal(7), "< 5"),
            Miss(2, "rule-2", "y", "C", '"B"'),
            Miss(4, "rule-4", "x", Decimal(7), "> 9"),
        ),
        also_matched=(5,),
        matched=(3, 5),
        value=Decimal(3),
    )


def test_an_explanation_of_no_match_has_no_rule_and_all_the_misses():
    why = model(decision(["< 5 | 1", "> 9 | 2"], inputs=["x"])).explain("choice", {"x": None})
    assert (why.rule, why.outputs, [miss.needed for miss in why.misses]) == (
        None,
        None,
        ["< 5", "> 9"],
    )
