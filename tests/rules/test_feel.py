"""Expressions of FEEL: what each is worth, what is null, what is refused, what is stopped."""

import datetime as dt
from contextlib import suppress
from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.dmn import DecisionError, ModelError
from evenhand.dmn.feel.errors import FeelError
from evenhand.dmn.feel.parse import expression, unary_tests
from evenhand.dmn.feel.run import Run, Scope
from evenhand.dmn.feel.tokens import Names
from evenhand.dmn.values import YearsMonths, literal_text
from tests.rules.dmn_tables import decision, model

KNOWN = {
    "a": Decimal(7),
    "b": Decimal(2),
    "fee": Decimal("12.50"),
    "Monthly Fee": Decimal(3),
    "due-date": dt.date(2026, 1, 31),
    "cardholder's age": Decimal(40),
    "Approved/Declined": "Approved",
    "到期日": dt.date(2026, 3, 15),
    "word": "card",
    "yes": True,
    "none": None,
    "loan": {"principal": Decimal(600), "Annual Rate": Decimal("0.12")},
    "buckets": ["M1", "M2"],
    "cards": [{"owed": Decimal(5), "open": True}, {"owed": Decimal(9), "open": False}],
}
NAMES = Names(KNOWN, ["principal", "Annual Rate", "owed", "open"])


def worth(text, names=NAMES, known=KNOWN):
    return expression(text, names).value(Run(), Scope(known))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # numbers and precedence
        ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("-10--5", "-5"), ("10 + 20 / -5 - 3", "3"),
        ("5+2**5+3", "40"), ("10**-2", "0.01"), ("2**0.5 > 1.41", "true"), ("-a ** b", "49"), ("2**3**2", "64"),
        ("1/3", "0.3333333333333333333333333333333333"), ("0.1 + 0.2", "0.3"), (".5", "0.5"), ("1.2*10**3", "1200"),
        # null for what has no answer
        ("1/0", "null"), ("10 + null", "null"), ('1 + "1"', "null"), ("10**99999", "null"), ("-word", "null"),
        ("none + 1", "null"), ("loan.nothing", "null"), ("word.length", "null"), ("none.x", "null"),
        # names with spaces, signs and other letters
        ("Monthly Fee*2", "6"), ("Monthly   Fee + fee", "15.5"), ("a-b", "5"), ("cardholder's age > 18", "true"),
        ('Approved/Declined = "Approved"', "true"), ("due-date.month", "1"), ("到期日.day", "15"),
        ("loan.Annual Rate * loan.principal", "72"),
        # comparison and equality
        ("a >= 7", "true"), ("a != 7", "false"), ('"A" < "B"', "true"), ("null = null", "true"), ("none = 1", "false"),
        ('1 = "1"', "null"), ("true < false", "null"), ("1 < null", "null"), ("a between 1 and 7", "true"),
        ("a between b and none", "null"), ("[1,2] = [1,2]", "true"), ("{x: 1} = {x: 2}", "false"),
        # three-valued logic
        ("true and null", "null"), ("false and null", "false"), ("true or null", "true"), ("false or null", "null"),
        ("not(null)", "null"), ("not(yes)", "false"), ('true and "x"', "null"),
        # in, intervals, tests
        ("a in [1..7]", "true"), ("a in [1..7)", "false"), ("a in (1, 7)", "true"), ("a in (< 5, > 6)", "true"),
        ("a in (1..7]", "true"), ("a in > 6", "true"), ('"M1" in buckets', "true"), ("none in (null, 1)", "true"),
        ('"b" in ["a".."c"]', "true"), ("a in ]1..7[", "false"), ('word in "card"', "true"),
        # conditions, lists, contexts, loops
        ('if a > 5 then "x" else "y"', '"x"'), ("if null then 1 else 2", "2"), ("[1, a, [b]]", "[1, 7, [2]]"),
        ("[1,2,3][2]", "2"), ("[1,2,3][-1]", "3"), ("[1,2,3][4]", "null"), ("[1,2,3][item > 1]", "[2, 3]"),
        ("cards[open].owed", "[5]"), ("cards.owed", "[5, 9]"), ("{x: 1, y: x + 1}.y", "2"),
        ("for i in 1..3 return i * i", "[1, 4, 9]"), ("for i in [1,2], j in [10] return i + j", "[11, 12]"),
        ("for i in 3..1 return i", "[3, 2, 1]"), ("for i in none return i", "null"),
        ("some c in cards satisfies c.owed > 8", "true"), ("every c in cards satisfies c.owed > 8", "false"),
        ("{double: function(n) n * 2, it: double(4)}.it", "8"), ("a instance of number", "true"),
        ("due-date instance of date", "true"), ("none instance of string", "false"),
        # texts
        ('"a" + "b"', '"ab"'), ('string length("横綱")', "2"), ('substring("foobar", 3)', '"obar"'),
        ('substring("foobar", -2, 1)', '"a"'), ('substring("foobar", 0)', "null"), ('upper case("a")', '"A"'),
        ('substring before("foobar", "bar")', '"foo"'), ('substring after("foobar", "o")', '"obar"'),
        ('contains("foobar", "ob")', "true"), ('starts with("foo", "f")', "true"), ('ends with("foo", "f")', "false"),
        ("string(1.50)", '"1.5"'), ('number("1,234.5", ",", ".")', "1234.5"), ('number("x")', "null"),
        ('string join(["a", "b"], "-")', '"a-b"'), ('"\\u4e2d\\n" = "中\\n"', "true"),
        ('"\\uD83D\\uDCA9" = "\\U01F4A9"', "true"), ('string length("\\uD83D\\uDCA9\\\\u4e2d")', "7"),
        # lists
        ("min(3, 1, 2)", "1"), ("max([1, 4])", "4"), ("sum([1, 2])", "3"), ("sum([])", "null"), ("count([])", "0"),
        ("mean(1, 2)", "1.5"),
        ('max("a", "b")', '"b"'), ('min(1, "b")', "null"), ("list contains([1, null], null)", "true"),
        ("append([1], 2, 3)", "[1, 2, 3]"), ("concatenate([1], [2])", "[1, 2]"), ("flatten([[1], [[2]]])", "[1, 2]"),
        ("distinct values([1, 2, 1])", "[1, 2]"), ("reverse([1, 2])", "[2, 1]"), ("index of([1, 2, 1], 1)", "[1, 3]"),
        ("sublist([1, 2, 3], 2, 1)", "[2]"), ("all([true, null])", "null"), ("any([true, null])", "true"),
        # rounding
        ("decimal(1/3, 2)", "0.33"), ("decimal(2.5, 0)", "2"), ("floor(-1.5)", "-2"), ("ceiling(-1.5)", "-1"),
        ("round half up(2.5, 0)", "3"), ("round down(-1.55, 1)", "-1.5"), ("abs(-2)", "2"), ("modulo(-12, 5)", "3"),
        ("0 ** -1", "null"), ("log(0)", "null"),
        ("sqrt(16)", "4"), ("sqrt(-1)", "null"), ("even(a)", "false"), ("odd(a)", "true"),
        # dates, times and durations
        ('due-date + duration("P1M")', 'date("2026-02-28")'), ('date("2026-03-31") - due-date', 'duration("P59D")'),
        ("date(2026, b, 30)", "null"), ('date("2026-01-01") < due-date', "true"), ("due-date.weekday", "6"),
        ('date and time("2026-01-31T23:30:00") + duration("PT45M")', 'date and time("2026-02-01T00:15:00")'),
        ('time("23:30:00") + duration("PT1H")', 'time("00:30:00")'), ('time("08:00:00").hour', "8"),
        ('@"2026-01-31T10:00:00+08:00" = @"2026-01-31T02:00:00Z"', "true"), ('@"P1Y2M"', 'duration("P1Y2M")'),
        ('@"P1D" > @"PT23H"', "true"), ('duration("P1M") = duration("P30D")', "null"), ('@"-PT1H30M".minutes', "-30"),
        ("years and months duration(due-date, date(2027, 3, 1))", 'duration("P1Y1M")'), ('@"P2D" / @"P1D"', "2"),
        ('@"P1Y" * 1.5', 'duration("P1Y6M")'), ("day of week(due-date)", '"Saturday"'),
        ('@"10:00:00" - @"09:00:00"', 'duration("PT1H")'),
        ('date("9999-12-31") + duration("P1D")', "null"), ('@"2026-01-01T00:00:00" < @"2026-01-01T00:00:00Z"', "null"),
    ],
)  # fmt: skip
def test_an_expression_is_worth(text, said):
    assert literal_text(worth(text)) == said


def test_named_arguments_may_stand_in_any_order():
    assert worth('substring(start position: 2, string: "abc")') == "bc"
    with pytest.raises(
        FeelError, match=r"'substring' takes the arguments \(string, start position"
    ):
        worth('substring(string: "abc", start: 2)')


def test_numbers_have_34_digits_whatever_the_caller_has_set():
    with localcontext(prec=5):
        assert worth("1/3 * 3") == Decimal("0.9999999999999999999999999999999999")


def test_days_and_months_are_kinds_of_their_own():
    assert worth('@"P14M"') == YearsMonths(14)
    assert worth('@"P14D"') == dt.timedelta(days=14)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "ends too early"), ("1 +", "ends too early"), ("1 2", "'2' is not understood"), ('"a', "cannot read"),
        ("unheard", "'unheard' is not understood"), ("abs()", r"'abs' takes the arguments \(n\)"),
        ("abs(1, 2)", "takes the arguments"), ("today()", "'today' is not understood"), ("now()", "'now' is not"),
        ('matches("a", "(a*)*b")', "'matches' is not understood"), ('date("2026-02-30")', "is no date"),
        ('@"yesterday"', "is no date, time or duration"), ("1" * 35, "too many digits"), ("1e999", "too many digits"),
        ("if a then b", "ends too early"), ("{x: 1, x: 2}", "not understood"), ("a between 1", "ends too early"),
        ("(" * 60 + "1" + ")" * 60, "nested too deeply"), ("+".join(["1"] * 200), "nested too deeply"),
        ("not(" * 60 + "true" + ")" * 60, "nested too deeply"), ("a" * 20_001, "20,001 characters"),
        ("f(x) external", "not understood"), ('"\\q"', "no escape"), ("a.", "ends too early"),
        ("[1..]", "ends too early"), ("[1..2", "ends too early"),
        ("{" + ",".join(f"x{at}: 1" for at in range(201)) + "}", "more than 200 entries"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_expression_is_refused(text, says):
    with pytest.raises(FeelError, match=says):
        expression(text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..1000000000 return i",
        "for i in 1..1000, j in 1..1000 return i * j",
        "count(for i in 1..100000, j in 1..100000 return 1)",
        "every i in 1..1000000000 satisfies i > 0",
        "{f: function(n) (for i in 1..n return i), x: f(1000000)}.x",
        '{a0: "0123456789", ' + ", ".join(f"a{n + 1}: a{n}+a{n}+a{n}+a{n}" for n in range(14)) + "}.a14",
        "{a0: [1], " + ", ".join(f"a{n + 1}: concatenate(a{n},a{n},a{n},a{n})" for n in range(14)) + "}.a14",
        "{a0: [1], " + ", ".join(f"a{n + 1}: [a{n},a{n},a{n},a{n}]" for n in range(14)) + ", s: string(a14)}.s",
        "{a0: [1], " + ", ".join(f"a{n + 1}: [a{n},a{n},a{n},a{n}]" for n in range(14)) + ", s: a14 = a14}.s",
    ],
)  # fmt: skip
def test_what_would_never_end_or_fill_the_memory_is_stopped(text):
    with pytest.raises(DecisionError, match="too many steps"):
        worth(text)


def test_functions_that_call_each_other_for_ever_are_stopped():
    own = (
        '<businessKnowledgeModel id="b" name="again"><encapsulatedLogic><formalParameter name="n"/>'
        "<literalExpression><text>again(n + 1)</text></literalExpression></encapsulatedLogic>"
        '<knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement></businessKnowledgeModel>'
    )
    asks = (
        '<decision id="d" name="d"><knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement>'
        "<literalExpression><text>again(1)</text></literalExpression></decision>"
    )
    with pytest.raises(
        DecisionError, match="functions call each other too deeply; expected at most"
    ):
        model(own, asks).evaluate("d", {})


WORDS = [
    "a", "b", "word", "none", "Monthly Fee", "buckets", "cards", "1", "0.5", "null", "true", '"x"', '"', "(", ")", "[",
    "]", "{", "}", ",", "..", ".", "+", "-", "*", "/", "**", "<", "<=", "=", "!=", "and", "or", "not(", "in", "if",
    "then", "else", "for", "i", "return", "some", "satisfies", "between", "?", "@", '@"P1D"', "date(", "string(",
    "count(", "append(", "substring(", ":", "item", "instance of", "number", "function(", "1..9", "x:", "\n", "，", "'",
]  # fmt: skip
texts = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))


@settings(max_examples=3 * settings.default.max_examples, deadline=2000)
@given(texts)
def test_any_text_is_an_expression_or_refused_and_comes_to_an_end(text):
    for read in (expression, unary_tests):
        try:
            node = read(text, NAMES)
        except FeelError:
            continue
        with suppress(DecisionError):
            literal_text(node.value(Run(5_000), Scope({**KNOWN, "?": Decimal(1)})))


@settings(deadline=2000)
@given(texts, texts, texts)
def test_any_table_is_read_and_answers_or_says_what_is_wrong(cell, output, column):
    def cleaned(text):
        kept = "".join(c for c in text if c.isprintable()).replace("|", "/").replace("&", "+")
        return kept.replace("<", "&lt;").strip() or "-"

    rows = [f"{cleaned(cell)} | {cleaned(output)}".replace("&lt;", "<")]
    table = decision(rows, inputs=["x"])
    table = table.replace("<text>x</text>", f"<text>{cleaned(column)}</text>", 1)
    for made in (table, decision(rows, inputs=["x"])):
        with suppress(ModelError, DecisionError):
            asked = model(made)
            asked.evaluate("choice", {"x": 3})
            asked.explain("choice", {"x": None})
