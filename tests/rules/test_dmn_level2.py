"""What conformance level 2 asks beyond the published folders at hand, as cases of our own about cards."""

import datetime as dt
from decimal import Decimal

import pytest

from evenhand.dmn import DecisionError, Model, ModelError, loads
from evenhand.dmn.values import YearsMonths
from tests.rules.dmn_tables import DMN_15

FILE = "cards.dmn"


def fact(name, kind="number"):
    return f'<inputData id="f-{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/></inputData>'


def needs(*facts, decisions=(), functions=()):
    inputs = "".join(f'<requiredInput href="#f-{one}"/>' for one in facts)
    inputs += "".join(f'<requiredDecision href="#d-{one}"/>' for one in decisions)
    known = "".join(f'<requiredKnowledge href="#b-{one}"/>' for one in functions)
    return (
        f"<informationRequirement>{inputs}</informationRequirement>"
        f"<knowledgeRequirement>{known}</knowledgeRequirement>"
    )


def literal(text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f"<literalExpression><text>{escaped}</text></literalExpression>"


def decided(name, logic, *facts, kind="Any", decisions=(), functions=()):
    return (
        f'<decision id="d-{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/>'
        f"{needs(*facts, decisions=decisions, functions=functions)}{logic}</decision>"
    )


def table(policy, columns, outputs, *rows):
    """A table; columns are (expression, kind, allowed), outputs (name, kind, allowed, default)."""
    policy, _, aggregation = policy.partition("+")
    made = f'<decisionTable hitPolicy="{policy}" aggregation="{aggregation}">'.replace(
        ' aggregation=""', ""
    )
    for expression, kind, allowed in columns:
        values = f"<inputValues><text>{allowed}</text></inputValues>" if allowed else ""
        text = f"<text>{expression}</text>"
        made += f'<input><inputExpression typeRef="{kind}">{text}</inputExpression>{values}</input>'
    for name, kind, allowed, default in outputs:
        values = f"<outputValues><text>{allowed}</text></outputValues>" if allowed else ""
        entry = (
            f"<defaultOutputEntry><text>{default}</text></defaultOutputEntry>" if default else ""
        )
        named = f' name="{name}"' if name else ""
        made += f'<output{named} typeRef="{kind}">{values}{entry}</output>'
    for row in rows:
        made += "<rule>"
        for at, cell in enumerate(row.split("|")):
            tag = "inputEntry" if at < len(columns) else "outputEntry"
            escaped = cell.strip().replace("&", "&amp;").replace("<", "&lt;")
            made += f"<{tag}><text>{escaped}</text></{tag}>"
        made += "</rule>"
    return made + "</decisionTable>"


def read(*parts: str, space: str = DMN_15) -> Model:
    body = "".join(parts)
    return loads(
        f'<definitions xmlns="{space}" name="m" namespace="m">{body}</definitions>'.encode(), FILE
    )


CARD = (
    '<itemDefinition name="tCard"><itemComponent name="balance"><typeRef>feel:number</typeRef></itemComponent>'
    '<itemComponent name="Annual Rate"><typeRef>feel:number</typeRef></itemComponent>'
    '<itemComponent name="bucket"><typeRef>tBucket</typeRef></itemComponent></itemDefinition>'
    '<itemDefinition name="tBucket"><typeRef>feel:string</typeRef>'
    '<allowedValues><text>"M1","M2","M3"</text></allowedValues></itemDefinition>'
)


# Literal expressions: numbers, strings, truth


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12 * Minimum Due", Decimal(3600)),
        ('"Dear " + Card Holder + "!"', "Dear 王芳!"),
        ("Minimum Due >= 300 and Autopay", False),
        ("not(Autopay)", True),
        ("Minimum Due in [1..300]", True),
        ("Minimum Due between 301 and 400", False),
        ('Card Holder = "王芳" or null', True),
        ("Autopay or null", None),
        ("-.872", Decimal("-0.872")),
        ("-125.4321987654", Decimal("-125.4321987654")),
        ('"šomeÚnicodeŠtriňg 横綱"', "šomeÚnicodeŠtriňg 横綱"),
        ("null", None),
        ("Minimum Due / (1 - 1)", None),
        ("decimal(Minimum Due * 0.05 / 12, 2)", Decimal("1.25")),
    ],
)
def test_a_decision_may_be_an_expression(text, said):
    names = ("Minimum Due", "Card Holder", "Autopay")
    facts = (fact(names[0]), fact(names[1], "string"), fact(names[2], "boolean"))
    asked = read(*facts, decided("said", literal(text), *names))
    given = {"Minimum Due": 300, "Card Holder": "王芳", "Autopay": False}
    found = asked.evaluate("said", given)
    assert (found, type(found)) == (said, type(said))
    assert asked.explain("said", given).value == said


def test_a_date_that_does_not_exist_is_null_in_an_expression_and_refused_in_a_cell():
    body = decided("d", literal('[date("2026-02-30"), duration("P1Y1D")]'))
    assert read(body).evaluate("d", {}) == [None, None]
    rules = table("FIRST", [("x", "date", "")], [("o", "number", "", "")], 'date("2026-02-30")|1')
    with pytest.raises(ModelError, match=r"column 'x': date.* is no date"):
        read(fact("x", "date"), decided("d", rules, "x"))


def test_three_valued_logic_of_and_or_not():
    both = [decided(word, literal(f"A {word} B"), "A", "B") for word in ("and", "or")]
    asked = read(fact("A", "boolean"), fact("B", "boolean"), *both)
    values = (True, False, None)
    said = {
        word: [asked.evaluate(word, {"A": a, "B": b}) for a in values for b in values]
        for word in ("and", "or")
    }
    assert said["and"] == [True, False, None, False, False, False, None, False, None]
    assert said["or"] == [True, True, True, True, False, None, True, None, None]


def test_a_structure_is_read_by_paths_and_its_parts_are_checked():
    interest = decided("interest", literal("Card.balance * Card.Annual Rate / 12"), "Card")
    asked = read(CARD, fact("Card", "tCard"), interest)
    card = {"balance": 1200, "Annual Rate": Decimal("0.18"), "bucket": "M1"}
    assert asked.evaluate("interest", {"Card": card}) == 18
    with pytest.raises(DecisionError, match="input 'Card' of decision 'interest' is"):
        asked.evaluate("interest", {"Card": {**card, "bucket": "M9"}})
    with pytest.raises(DecisionError, match="expected a structure of balance, Annual Rate, bucket"):
        asked.evaluate("interest", {"Card": 7})


def test_an_input_outside_the_values_of_its_type_is_an_error_that_names_them():
    asked = read(
        CARD, fact("bucket", "tBucket"), decided("said", literal('"in " + bucket'), "bucket")
    )
    assert asked.evaluate("said", {"bucket": "M2"}) == "in M2"
    assert asked.evaluate("said", {"bucket": None}) is None
    with pytest.raises(DecisionError, match='is "M9"; expected "M1","M2","M3"'):
        asked.evaluate("said", {"bucket": "M9"})


# Invocations


PAYMENT = (
    '<businessKnowledgeModel id="b-payment" name="payment"><encapsulatedLogic>'
    '<formalParameter name="owed" typeRef="number"/><formalParameter name="rate" typeRef="number"/>'
    '<formalParameter name="months" typeRef="number"/>'
    "<literalExpression><text>(owed*rate/12)/(1-(1+rate/12)**-months)</text></literalExpression>"
    "</encapsulatedLogic></businessKnowledgeModel>"
)


def test_a_function_is_called_by_place_by_name_and_by_bindings():
    called = [
        literal("decimal(payment(owed, 0.12, 12) + fee, 2)"),
        literal("decimal(payment(months: 12, owed: owed, rate: 0.12) + fee, 2)"),
    ]
    bindings = "".join(
        f'<binding><parameter name="{name}"/>{literal(text)}</binding>'
        for name, text in (("rate", "0.12"), ("owed", "owed"), ("months", "6 + 6"))
    )
    boxed = f"<invocation>{literal('payment')}{bindings}</invocation>"
    asked = read(
        PAYMENT, fact("owed"), fact("fee"),
        *(decided(f"call{n}", logic, "owed", "fee", functions=["payment"]) for n, logic in enumerate(called)),
        decided("boxed", boxed, "owed", functions=["payment"]),
    )  # fmt: skip
    given = {"owed": 1000, "fee": 5}
    assert [asked.evaluate(f"call{n}", given) for n in (0, 1)] == [Decimal("93.85")] * 2
    assert round(asked.evaluate("boxed", given), 10) == Decimal("88.8487886783")


@pytest.mark.parametrize(
    ("logic", "says"),
    [
        (literal("payment(1, 2)"), r"'payment' takes the arguments \(owed, rate, months\)"),
        (literal("payment(owed: 1, rate: 2, month: 3)"), "takes the arguments"),
        (
            f'<invocation>{literal("payment")}<binding><parameter name="x"/>{literal("1")}</binding></invocation>',
            "invoked with the bindings x; expected owed, rate, months",
        ),
    ],
)
def test_a_call_that_does_not_fit_its_function_is_refused(logic, says):
    with pytest.raises(ModelError, match=f"cards.dmn, decision 'd': .*{says}"):
        read(PAYMENT, decided("d", logic, functions=["payment"]))


def test_an_argument_of_another_kind_is_null():
    asked = read(PAYMENT, decided("d", literal('payment("1", 0.1, 12)'), functions=["payment"]))
    assert asked.evaluate("d", {}) is None


def test_a_function_may_be_a_table_and_may_call_another():
    inner = table(
        "FIRST", [("n", "number", "")], [("", "string", "", "")], '< 3 | "low"', '- | "high"'
    )
    grade = (
        '<businessKnowledgeModel id="b-grade" name="grade"><encapsulatedLogic><formalParameter name="n"/>'
        f"{inner}</encapsulatedLogic></businessKnowledgeModel>"
    )
    twice = (
        '<businessKnowledgeModel id="b-twice" name="twice"><encapsulatedLogic><formalParameter name="n"/>'
        f"{literal('grade(n) + grade(n * 2)')}</encapsulatedLogic>"
        '<knowledgeRequirement><requiredKnowledge href="#b-grade"/></knowledgeRequirement></businessKnowledgeModel>'
    )
    asked = read(
        twice, grade, fact("x"), decided("d", literal("twice(x)"), "x", functions=["twice"])
    )
    assert asked.evaluate("d", {"x": 2}) == "lowhigh"


# Boxed expressions


M1, M2 = '"M1"', '"M2"'


def test_contexts_relations_lists_and_conditions():
    entry = '<contextEntry><variable name="{}"/>{}</contextEntry>'
    steps = (
        entry.format("Net Due", literal("due - paid"))
        + entry.format("late", literal("Net Due > 10"))
        + f"<contextEntry>{literal('if late then Net Due else 0')}</contextEntry>"
    )
    whole = (
        "<context>"
        + entry.format("a", literal("1"))
        + entry.format("b", literal("a + 1"))
        + "</context>"
    )
    relation = (
        '<relation><column name="code"/><column name="days"/>'
        f"<row>{literal(M1)}{literal('30')}</row><row>{literal(M2)}{literal('60')}</row></relation>"
    )
    condition = (
        f"<conditional><if>{literal('due > 10')}</if><then>{literal('1')}</then>"
        f"<else>{literal('2')}</else></conditional>"
    )
    asked = read(
        fact("due"), fact("paid"),
        decided("net", f"<context>{steps}</context>", "due", "paid"),
        decided("whole", whole),
        decided("codes", relation),
        decided("long", literal("codes[days > 30].code"), decisions=["codes"]),
        decided("list", f"<list>{literal('due')}{literal('2')}</list>", "due"),
        decided("which", condition, "due"),
    )  # fmt: skip
    given = {"due": 30, "paid": 12}
    said = {name: asked.evaluate(name, given) for name in asked.decisions}
    assert said == {
        "net": 18, "whole": {"a": 1, "b": 2}, "codes": [{"code": "M1", "days": 30}, {"code": "M2", "days": 60}],
        "long": ["M2"], "list": [30, 2], "which": 1,
    }  # fmt: skip


# Tables: every policy with several outputs, expressions in cells and answers


STEP = [("step", "string", '"CALL","LETTER","WAIT"', ""), ("days", "number", "", "")]
ROWS = ['> 10 | "LETTER" | 5', '> 20 | "CALL" | 2', '> 30 | "LETTER" | 3', '> 30 | "CALL" | 9']


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("FIRST", ("LETTER", 5)),
        ("PRIORITY", ("CALL", 2)),
        ("RULE ORDER", [("LETTER", 5), ("CALL", 2), ("LETTER", 3), ("CALL", 9)]),
        ("OUTPUT ORDER", [("CALL", 2), ("CALL", 9), ("LETTER", 5), ("LETTER", 3)]),
        ("COLLECT", [("LETTER", 5), ("CALL", 2), ("LETTER", 3), ("CALL", 9)]),
    ],
)
def test_several_outputs_under_every_policy_that_takes_them(policy, said):
    asked = read(
        fact("late"), decided("d", table(policy, [("late", "number", "")], STEP, *ROWS), "late")
    )
    found = asked.evaluate("d", {"late": 31})
    rows = found if isinstance(found, list) else [found]
    plain = [(row["step"], row["days"]) for row in rows]
    assert (plain if isinstance(found, list) else plain[0]) == said


def test_any_with_several_outputs_and_defaults():
    outputs = [("step", "string", "", '"WAIT"'), ("days", "number", "", "0")]
    rows = ['>= 18 | "CALL" | 1', '>= 19 | "CALL" | 1', '>= 20 | "CALL" | 2']
    asked = read(
        fact("late"), decided("d", table("ANY", [("late", "number", "")], outputs, *rows), "late")
    )
    said = [asked.evaluate("d", {"late": n}) for n in (17, 18, 19)]
    assert said == [
        {"step": "WAIT", "days": 0}, {"step": "CALL", "days": 1}, {"step": "CALL", "days": 1},
    ]  # fmt: skip
    with pytest.raises(DecisionError, match="rules 1 and 3"):
        asked.evaluate("d", {"late": 20})


def test_one_output_takes_its_name_kind_and_values_from_the_decision():
    kinds = (
        '<itemDefinition name="tSteps" isCollection="true"><typeRef>string</typeRef>'
        '<allowedValues><text>"CALL","LETTER"</text></allowedValues></itemDefinition>'
    )
    output = "<output/>"
    made = table(
        "OUTPUT ORDER",
        [("late", "number", "")],
        [("", "", "", "")],
        '> 1 | "LETTER"',
        '> 2 | "CALL"',
    )
    made = made.replace('<output typeRef=""></output>', output)
    asked = read(kinds, fact("late"), decided("d", made, "late", kind="tSteps"))
    assert asked.evaluate("d", {"late": 3}) == ["CALL", "LETTER"]
    assert (asked["d"].outputs[0].name, asked["d"].outputs[0].allowed) == ("d", ("CALL", "LETTER"))
    with pytest.raises(ModelError, match='row 1, column \'d\': "SMS" is "SMS"; expected "CALL"'):
        read(
            kinds, fact("late"), decided("d", made.replace("LETTER", "SMS"), "late", kind="tSteps")
        )


def test_cells_may_name_other_facts_and_hold_dates_durations_and_null():
    names = (
        fact("paid_on", "date")
        + fact("due_on", "date")
        + fact("grace", "dayTimeDuration")
        + fact("age", "yearMonthDuration")
    )
    columns = [
        ("paid_on", "date", ""),
        ("grace", "dayTimeDuration", ""),
        ("age", "yearMonthDuration", ""),
    ]
    rows = [
        'null | - | - | "not paid"',
        '<= due_on | - | - | "in time"',
        '(due_on..due_on + grace] | - | - | "within " + string(grace)',
        '>= date("2026-06-01") | > duration("P2D") | not(< @"P1Y") | "very late"',
        '- | - | - | "late"',
    ]
    made = table("FIRST", columns, [("", "string", "", "")], *rows)
    asked = read(names, decided("d", made, "paid_on", "due_on", "grace", "age"))

    def said(paid_on, days=3, months=24):
        given = {"paid_on": paid_on, "due_on": dt.date(2026, 1, 31)}
        return asked.evaluate(
            "d", {**given, "grace": dt.timedelta(days), "age": YearsMonths(months)}
        )

    assert [said(None), said(dt.date(2026, 1, 31)), said(dt.date(2026, 2, 3))] == [
        "not paid",
        "in time",
        "within P3D",
    ]
    assert [said(dt.date(2026, 6, 1)), said(dt.date(2026, 6, 1), months=3)] == ["very late", "late"]
    assert said(dt.date(2026, 6, 1), days=2) == "late"
    assert not asked["d"].rules[1].cells[0].plain
    assert asked["d"].rules[3].cells[0].plain
    with pytest.raises(
        ModelError,
        match="row 1, column 'paid_on': the cell null cannot be compiled; expected literals",
    ):
        asked.compile("d")


def test_a_column_and_an_answer_may_be_worked_out():
    made = table(
        "UNIQUE",
        [("owed / limit * 100", "number", "[0..1000]")],
        [("", "number", "", "")],
        "<= 80 | 0",
        "> 80 | owed - limit * 0.8",
    )
    asked = read(fact("owed"), fact("limit"), decided("d", made, "owed", "limit"))
    assert [asked.evaluate("d", {"owed": n, "limit": 100}) for n in (80, 95)] == [0, 15]
    miss = asked.explain("d", {"owed": 95, "limit": 100}).misses[0]
    assert (miss.input, miss.had, miss.needed) == ("owed / limit * 100", 95, "<= 80")
    with pytest.raises(
        DecisionError, match=r"'owed / limit \* 100' of decision 'd' is -5; expected \[0..1000\]"
    ):
        asked.evaluate("d", {"owed": -5, "limit": 100})
    with pytest.raises(
        ModelError, match=r"the input expression owed / limit \* 100 cannot be compiled"
    ):
        asked.compile("d")


def test_an_answer_worked_out_of_another_kind_is_an_error_that_names_its_row():
    made = table(
        "UNIQUE",
        [("x", "number", "")],
        [("", "string", '"A","B"', "")],
        '1 | "A"',
        "> 1 | string(x)",
    )
    asked = read(fact("x"), decided("d", made, "x"))
    with pytest.raises(
        DecisionError,
        match=r"rule 2 of decision 'd', column 'd': string\(x\) is \"2\"; expected \"A\"",
    ):
        asked.evaluate("d", {"x": 2})


def test_a_test_may_speak_of_the_value_itself():
    made = table(
        "FIRST",
        [("name", "string", "")],
        [("", "boolean", "", "")],
        'starts with(?, "王") | true',
        "- | false",
    )
    asked = read(fact("name", "string"), decided("d", made, "name"))
    assert [asked.evaluate("d", {"name": n}) for n in ("王芳", "李", None)] == [True, False, False]


def test_decisions_stand_on_decisions_of_every_make():
    facts = fact("due")
    first = decided("first", literal("due * 2"), "due", kind="number")
    second = decided(
        "second",
        table("FIRST", [("first", "number", "")], STEP, '> 50 | "CALL" | 1', '- | "WAIT" | 9'),
        decisions=["first"],
    )
    third = decided(
        "third", literal('second.step + " in " + string(second.days)'), decisions=["second"]
    )
    asked = read(third, second, first, facts)
    assert asked.decisions == ("first", "second", "third")
    assert asked.evaluate("third", {"due": 30}) == "CALL in 1"
    assert asked.evaluate("third", {"second.step": "WAIT", "second.days": 3}) == "WAIT in 3"
    assert asked.evaluate("third", {"second": {"step": "WAIT", "days": 4}}) == "WAIT in 4"


@pytest.mark.parametrize(
    ("changed", "to"),
    [("x + 1", "x + 2"), ("(n*2)", "(n*3)"), ('"M2"', '"M4"'), ("name=\"n\"", "name=\"n\" typeRef=\"number\"")],
)  # fmt: skip
def test_the_digest_covers_expressions_functions_and_allowed_values(changed, to):
    function = (
        '<businessKnowledgeModel id="b-f" name="f"><encapsulatedLogic><formalParameter name="n"/>'
        f"{literal('(n*2)')}</encapsulatedLogic></businessKnowledgeModel>"
    )
    made = (
        function
        + CARD
        + fact("x")
        + fact("bucket", "tBucket")
        + decided("d", literal("x + 1"), "x")
    )
    assert changed in made
    assert read(made).digest != read(made.replace(changed, to)).digest
    assert read(made.replace("x + 1", " x   +  1 ")).digest == read(made).digest
