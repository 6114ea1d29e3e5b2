"""Reading a decision model: what is understood, and how what is not is named."""

import pytest

from evenhand.dmn import ModelError, load, loads
from evenhand.dmn.cells import CellError, parse_literal, parse_tests
from evenhand.dmn.xml import NAMESPACES
from tests.rules.dmn_tables import DMN_15, decision, document, model


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("-", "-"),
        ("", "-"),
        ("  [ 1 .. 30 ] ", "[1..30]"),
        ("(30..60]", "(30..60]"),
        ("]30..60[", "(30..60)"),
        ("[-5..-1.50)", "[-5..-1.5)"),
        ("<5", "< 5"),
        (">=  5.0", ">= 5"),
        ("1,2 , 3", "1,2,3"),
        ('"A","B"', '"A","B"'),
        ('not( "A" , "B" )', 'not("A","B")'),
        ("not(< 5, [10..20])", "not(< 5,[10..20])"),
        ("true", "true"),
        ("true,false", "true,false"),
        ('"多 \\"词\\" \\u4e2d"', '"多 \\"词\\" 中"'),
        ('"a,b|c"', '"a,b|c"'),
        ('"not("', '"not("'),
        ("1e3", "1000"),
    ],
)
def test_a_cell_has_one_canonical_form(text, canonical):
    assert str(parse_tests(text)) == canonical
    assert str(parse_tests(canonical)) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "[1..", "1..2", "[5..1]", "(1..1]", "< ", "<> 5", "A", '"A', "not(", "not()", "1 2", '"A" "B"', "1,",
        ",1", "today()", "> x", "x + 1", "'A'", "1" * 35, "1e999999999", '"\\q"', '"\\uD800"', "not(not(1))",
    ],
)  # fmt: skip
def test_a_cell_that_is_no_test_is_refused_with_what_was_expected(text):
    with pytest.raises(CellError) as refused:
        parse_tests(text)
    assert refused.value.expected


@pytest.mark.parametrize("text", ["", "-", "A", "1,2", "< 5", "[1..2]", "1 + 1"])
def test_an_output_is_one_literal(text):
    with pytest.raises(CellError):
        parse_literal(text)


@pytest.mark.parametrize("space", NAMESPACES)
def test_every_version_from_1_1_to_1_5_is_read(space):
    table = decision(["< 5 | 1", "- | 2"], inputs=["x"])
    assert loads(document(table, space=space)).evaluate("choice", {"x": 7}) == 2


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["1 | 1", "five | 2"], ["table.dmn", "'choice'", "row 2", "column 'x'", "'five'", "expected `-`, a number"]),
        (["1 | 1", "2 | nobody"], ["table.dmn", "'choice'", "row 2", "column 'answer'", "'nobody'", "expected a"]),
        (["1 | 1", '"A" | 2'], ["row 2", "column 'x'", "asks for a string", "expected a number"]),
        (["1 | 1", "2"], ["row 2", "0 output entries", "expected 1"]),
        ([], ["'choice'", "0 rules", "1 to 10,000"]),
    ],
)  # fmt: skip
def test_an_error_names_file_decision_row_column_and_what_was_expected(rows, says):
    with pytest.raises(ModelError) as refused:
        model(decision(rows, inputs=["x"]))
    assert [part for part in says if part not in str(refused.value)] == []


def test_a_hit_policy_nobody_knows_is_refused_by_name():
    with pytest.raises(
        ModelError, match="'choice': hit policy 'NONSENSE' is unknown; expected UNIQUE or ANY"
    ):
        model(decision(["- | 1"], inputs=["x"], policy="NONSENSE"))


@pytest.mark.parametrize("policy", ["PRIORITY", "OUTPUT ORDER"])
def test_a_policy_that_ranks_outputs_needs_a_list_to_rank_them_by(policy):
    with pytest.raises(ModelError, match=f"no output of the {policy} table has a list of values"):
        model(decision(['- | "A"'], inputs=["x"], policy=policy))


def test_an_aggregation_takes_one_output():
    table = decision(["- | 1 | 2"], inputs=["x"], outputs=["a", "b"], policy="COLLECT SUM")
    with pytest.raises(ModelError, match="COLLECT SUM has 2 outputs; expected one output"):
        model(table)


@pytest.mark.parametrize(
    ("logic", "says"),
    [
        ("<literalExpression><text>x + 1</text></literalExpression>", "'x' is not understood in 'x . 1'; expected a"),
        ("<literalExpression/>", "the expression is empty"),
        ('<literalExpression expressionLanguage="python"><text>1</text></literalExpression>', "'python'; expected FE"),
        ("<somethingElse/>", "made by nothing; expected a decisionTable, literalExpression"),
        ("<conditional><if><literalExpression><text>1</text></literalExpression></if></conditional>", "has no 'then'"),
        ('<functionDefinition kind="Java"/>', "a function of kind Java; expected a function of FEEL"),
    ],
)  # fmt: skip
def test_logic_that_is_not_understood_is_refused(logic, says):
    with pytest.raises(ModelError, match=f"'sum': .*{says}"):
        model(f'<decision id="d" name="sum">{logic}</decision>')


def test_decisions_stand_in_the_order_they_require_each_other():
    last = decision(["- | 1"], inputs=["middle"], name="last", requires=["middle"])
    middle = decision(["- | 1"], inputs=["first"], name="middle", requires=["first"])
    first = decision(["- | 1"], inputs=["x"], name="first")
    assert model(last, middle, first).decisions == ("first", "middle", "last")


@pytest.mark.parametrize(
    ("decisions", "says"),
    [
        ([decision(["- | 1"], inputs=["b"], name="a", requires=["b"]),
          decision(["- | 1"], inputs=["a"], name="b", requires=["a"])], "require each other: a, b"),
        ([decision(["- | 1"], inputs=["w"], name="a")], "requires '#f-w', which is not in the file"),
        ([decision(["- | 1"], inputs=["x + 1"], name="a")], "requires '#f-x \\+ 1'"),
        ([decision(["- | 1"], inputs=["x"], name="a"), decision(["- | 2"], inputs=["x"], name="a")], "named 'a'"),
        ([decision(["- | 1 | 2"], inputs=["x"], outputs=["one", "two"], name="a"),
          decision(["- | 1"], inputs=["a.three"], name="b", requires=["a"])], "'a.three' is none of its requirements"),
        ([decision(["- | 1 | 2"], inputs=["x"], outputs=["one", "two"], name="a"),
          decision(["- | 1"], inputs=["a"], name="b", requires=["a"])], "'a' is none of its requirements"),
        ([decision(["- | 1 | 2"], inputs=["x"], outputs=["one", "one"], name="a")], "output is named 'one'"),
        ([], "holds no decision"),
    ],
)  # fmt: skip
def test_a_model_that_does_not_hang_together_is_refused(decisions, says):
    with pytest.raises(ModelError, match=says):
        model(*decisions)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is no XML"),
        (b"<a>", "is no XML"),
        (b"<a/>", "expected DMN `definitions` of version 1.1, 1.2"),
        (b'<definitions xmlns="http://example.com/"/>', "expected DMN `definitions`"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "has a DOCTYPE"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', "has a DOCTYPE"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>', "has a DOCTYPE"),
        (b"<a>" * 61 + b"</a>" * 61, "nested too deeply; expected at most 60 levels"),
        (b"<a>" * 100_000, "is no XML"),
        (b" " * (16 * 1024 * 1024 + 1), "bytes; expected at most 16,777,216"),
    ],
)
def test_a_document_that_may_harm_is_refused(content, says):
    with pytest.raises(ModelError, match=says):
        loads(content, "bad.dmn")


def test_a_bomb_of_entities_is_refused_before_it_grows():
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = (
        f'<!DOCTYPE a [<!ENTITY e0 "ha">{lines}]><definitions xmlns="{DMN_15}">&e11;</definitions>'
    )
    with pytest.raises(ModelError):
        loads(bomb.encode())


def test_a_cell_longer_than_anyone_would_write_is_refused():
    with pytest.raises(ModelError, match="at most 20,000"):
        model(decision([",".join(["1"] * 20_000) + " | 1"], inputs=["x"]))


def item(name, *kinds):
    """A structure whose components are of these kinds."""
    parts = (
        f'<itemComponent name="c{at}"><typeRef>{kind}</typeRef></itemComponent>'
        for at, kind in enumerate(kinds)
    )
    return f'<itemDefinition name="{name}">{"".join(parts)}</itemDefinition>'


def fact_of(kind):
    return f'<inputData id="f-{kind}" name="{kind}"><variable name="{kind}" typeRef="{kind}"/></inputData>'


ANSWER = '<decision id="d{0}" name="d{0}"><literalExpression><text>1</text></literalExpression></decision>'
ENTRY = '<contextEntry><variable name="v{0}"/><literalExpression><text>1</text></literalExpression></contextEntry>'


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("".join(map(ANSWER.format, range(1000))), "it holds 1,001 elements 'decision'; expected at most 1,000"),
        (
            f'<decision id="e" name="e"><context>{"".join(ENTRY.format(at) for at in range(201))}</context></decision>',
            "decision 'e': it holds 201 elements 'contextEntry'; expected at most 200",
        ),
        (  # a structure of ten structures of ten, five times over
            "".join(item(f"t{at}", *[f"t{at + 1}"] * 10) for at in range(5)) + item("t5", "number") + fact_of("t0"),
            "'t2' has 2,110 parts in 5 levels; expected at most 2,000 in 20",
        ),
        (  # each level within the bound when it is first named
            "".join(item(f"t{at}", f"t{at + 1}") for at in range(30)) + item("t30", "number")
            + "".join(fact_of(f"t{at}") for at in range(30, -1, -1)),
            "has 20 parts in 21 levels; expected at most 2,000 in 20",
        ),
        (item("t0", "t0") + fact_of("t0"), "'t0' stands on itself or nests too deeply"),
    ],
)  # fmt: skip
def test_a_document_that_grows_when_it_is_read_is_refused(body, says):
    with pytest.raises(ModelError, match=says):
        model(body + ANSWER.format(""))


def test_a_missing_file_is_named_without_its_folder(tmp_path):
    with pytest.raises(ModelError, match=r"^absent.dmn: cannot be read"):
        load(tmp_path / "absent.dmn")


def test_the_digest_is_of_what_the_tables_say_not_of_how_they_are_written():
    said = model(decision(["[1..30],  40 | 1", "- | 2"], inputs=["x"])).digest
    written = document(decision(["[ 1 .. 30 ],40.0|1", "|2.0"], inputs=["x"])).replace(
        b"<rule>", b"\n  <rule>\n"
    )
    assert loads(written, "another.dmn").digest == said


@pytest.mark.parametrize(
    "rows",
    [
        ["[1..30) | 1", "- | 2"],
        ["[1..30] | 1", "- | 3"],
        ["- | 2", "[1..30] | 1"],
        ["[1..30] | 1 | why", "- | 2"],
    ],
)
def test_the_digest_changes_with_any_cell_output_order_or_annotation(rows):
    before = model(decision(["[1..30] | 1", "- | 2"], inputs=["x"])).digest
    assert model(decision(rows, inputs=["x"])).digest != before
