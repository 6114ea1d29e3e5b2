"""Deciding one row exactly, and saying why."""

from decimal import Decimal
from enum import IntEnum, StrEnum

import pytest

from evenhand.dmn import DecisionError, Explanation, Miss, ModelError, loads
from tests.rules.dmn_tables import decision, document, model

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
def test_a_strict_question_refuses_a_missing_input_and_one_of_another_kind(inputs, says):
    asked = model(decision(["< 5 | 1"], inputs=["x"]))
    with pytest.raises(DecisionError, match=says):
        asked.evaluate("choice", inputs, strict=True)
    with pytest.raises(DecisionError, match=says):
        asked.explain("choice", inputs, strict=True)


def typed(kind, cell):
    """A table of one input of that kind: 1 where the cell passes, else 0."""
    rows = [f"{cell} | 1", "- | 0"]
    content = document(decision(rows, inputs=["x"]), facts=["x"]).decode()
    known = f'<inputData id="f-x" name="x"><variable name="x" typeRef="{kind}"/></inputData>'
    return loads(content.replace('<inputData id="f-x" name="x"/>', known).encode())


@pytest.mark.parametrize(
    ("kind", "cell", "given"),
    [
        ("number", "0.1", 0.1),
        ("number", "0.1", "0.10"),
        ("number", "-3", "-3"),
        ("boolean", "true", "true"),
        ("date", "[date(2026, 3, 1)..date(2026, 3, 31)]", "2026-03-31"),
        ("time", '< time("09:00:00")', "08:30:00"),
        ("dateTime", '> date and time("2026-03-31T00:00:00")', "2026-03-31T08:30:00"),
        ("dayTimeDuration", 'duration("P1DT1H")', "P1DT1H"),
        ("yearMonthDuration", 'duration("P1Y2M")', "P1Y2M"),
        ("string", '"0.1"', "0.1"),
        ("string", "not(null)", "null"),
    ],
)
def test_a_question_may_hold_floats_and_what_xml_writes_as_text(kind, cell, given):
    assert typed(kind, cell).evaluate("choice", {"x": given}) == 1


@pytest.mark.parametrize("given", ["x", "2026-02-30", "1e3", True])
@pytest.mark.parametrize("kind", ["date", "number"])
def test_a_text_of_another_form_is_still_refused(kind, given):
    with pytest.raises(DecisionError, match=f"expected a {kind}"):
        typed(kind, "-").evaluate("choice", {"x": given})


def test_one_value_will_do_for_a_list_of_it():
    rows = ["? instance of list | 1", "- | 0"]
    content = document(decision(rows, inputs=["x"]), facts=["x"]).decode()
    listed = (
        '<itemDefinition name="tList" isCollection="true"><typeRef>string</typeRef></itemDefinition>'
        '<inputData id="f-x" name="x"><variable name="x" typeRef="tList"/></inputData>'
    )
    asked = loads(content.replace('<inputData id="f-x" name="x"/>', listed).encode())
    assert asked.evaluate("choice", {"x": "A"}) == 1
    with pytest.raises(DecisionError, match='is "A"; expected a list of string'):
        asked.evaluate("choice", {"x": "A"}, strict=True)


def test_an_input_that_is_missing_is_null():
    asked = model(decision(["null | 1", "- | 2"], inputs=["x"]))
    assert asked.evaluate("choice", {}) == 1
    assert asked.explain("choice", {}).rule == 1


@pytest.mark.parametrize("given", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+6145", "1E-6177"])
def test_a_number_beyond_those_of_feel_is_refused(given):
    asked = model(decision(["< 5 | 1", "- | 2"], inputs=["x"], limits=["< 9"]))
    with pytest.raises(DecisionError, match=r"'x' is .*expected a number within"):
        asked.evaluate("choice", {"x": Decimal(given)})


def test_kinds_that_stand_on_those_of_python_count_as_these():
    class Phase(StrEnum):  # as the codes of a Django model are
        EARLY = "EARLY"

    class Level(IntEnum):
        LOW = 1

    asked = model(decision(['"EARLY" | 1 | 1', "- | - | 2"], inputs=["x", "y"]))
    assert asked.evaluate("choice", {"x": Phase.EARLY, "y": Level.LOW}) == 1


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
