"""What changed between two versions, in the words of the page's language."""

import pytest
from django.utils import translation

from evenhand.dmn.documents.compare import compare
from evenhand.dmn.documents.document import Document
from evenhand.rulebook.wording import words_of_change
from tests.rules.dmn_tables import decision, document

BEFORE = document(
    decision(
        ['[1..30] | - | "CALL" | NOTE', '- | - | "WAIT"'],
        inputs=["x", "y"],
        name="step",
    )
    .replace("<input>", '<input label="逾期天数 | days past due">', 1)
    .replace("NOTE", "早 | early")
)


def words(language: str, *edits) -> list[str]:
    old, new = Document.read(BEFORE), Document.read(BEFORE)
    for name, *arguments in edits:
        getattr(new, name)("step", *arguments)
    with translation.override(language):
        return [words_of_change(change) for change in compare(old, new)]


@pytest.mark.parametrize(
    ("edit", "english", "chinese"),
    [
        (("set_cell", "rule-1", "step-in-1", "[1..20]"),
         "rule-1 (row 1): days past due was [1..30], now [1..20]",
         "rule-1（第 1 行）：逾期天数 原为 [1..30]，现为 [1..20]"),
        (("set_cell", "rule-1", "step-out-1", '"SMS"'),
         'rule-1 (row 1): the answer answer was "CALL", now "SMS"',
         'rule-1（第 1 行）：结果 answer 原为 "CALL"，现为 "SMS"'),
        (("set_annotation", "rule-1", "早期 | early"),
         "rule-1 (row 1): the note was “早 | early”, now “早期 | early”",
         "rule-1（第 1 行）：说明原为“早”，现为“早期”"),
        (("set_annotation", "rule-1", ""),
         "rule-1 (row 1): the note “early” was removed", "rule-1（第 1 行）：删除说明“早”"),
        (("delete_rule", "rule-1"),
         'rule-1, row 1 before, was removed: for days past due [1..30] it answered answer "CALL"',
         '删除规则 rule-1（原第 1 行）：逾期天数 [1..30] → answer "CALL"'),
        (("add_rule",),
         "rule-3 was added as row 3: for anything it answers answer (empty)",
         "新增规则 rule-3（第 3 行）：任何情形 → answer （空）"),
        (("move_rule", "rule-2", -1),
         "rule-2 was moved from row 2 to row 1", "rule-2 从第 2 行移到第 1 行"),
        (("set_hit_policy", "COLLECT", "MAX"),
         "The hit policy was FIRST, now COLLECT MAX", "命中策略原为 FIRST，现为 COLLECT MAX"),
        (("set_label", "step-in-1", "逾期日数 | days late"),
         "The column “days past due” is now called “days late”", "列“逾期天数”改称“逾期日数”"),
        (("set_label", None, "下一步 | Next step"),
         "The table “step” is now called “Next step”", "决策表“step”改称“下一步”"),
        (("add_input", "z", "新 | fresh", "number"), "The column fresh was added", "新增列 新"),
        (("remove_column", "step-in-2"), "The column y was removed", "删除列 y"),
        (("set_allowed", "step-out-1", '"CALL","WAIT"'),
         'The allowed values of answer were (empty), now "CALL","WAIT"',
         'answer 的允许取值原为 （空），现为 "CALL","WAIT"'),
        (("set_default", "step-out-1", '"WAIT"'),
         'The default of answer was (empty), now "WAIT"', 'answer 的默认值原为 （空），现为 "WAIT"'),
    ],
)  # fmt: skip
def test_a_change_is_one_sentence_in_either_language(edit, english, chinese):
    assert words("en", edit) == [english]
    assert words("zh-hans", edit) == [chinese]


def test_the_answers_of_a_strategy_are_said_in_words_and_an_open_cell_as_such():
    table = decision(
        ['[1..30] | "PHONE"', '- | "SMS"'], inputs=["treatment_days"], outputs=["channel"]
    )
    old, new = Document.read(document(table)), Document.read(document(table))
    name = old.tables[0].name
    rule, column = new.tables[0].rules[0], new.tables[0].inputs[0]
    new.set_cell(name, rule.id, column.id, "-")
    new.set_cell(name, rule.id, new.tables[0].outputs[0].id, '"SMS"')
    with translation.override("en"):
        assert [words_of_change(change) for change in compare(old, new)] == [
            "rule-1 (row 1): treatment_days was [1..30], now (any)",
            "rule-1 (row 1): the answer channel was Phone, now Text message",
        ]
    with translation.override("zh-hans"):
        said = [
            words_of_change(change, lambda column, text: f"<{text}>")
            for change in compare(old, new)
        ]
    assert said[1] == 'rule-1（第 1 行）：结果 channel 原为 <"PHONE">，现为 <"SMS">'


def test_every_kind_of_change_has_its_sentence():
    other = decision(["1 | 2"], inputs=["x"], name="other")
    third = decision(["y | 1"], inputs=["y"], name="third")
    sums = [
        f'<decision id="s-{n}" name="{n}"><literalExpression><text>{t}</text></literalExpression></decision>'
        for n, t in (("kept", "1"), ("kept", "2"), ("gone", "1"), ("come", "1"))
    ]
    step = decision(['1 | "A"'], inputs=["x"], outputs=["o"], name="step")
    retyped = step.replace('<output name="o">', '<output name="o" typeRef="string">').replace(
        "<rule>", '<rule id="r">'
    )
    old = Document.read(document(step, other, sums[0], sums[2]))
    new = Document.read(document(retyped, third, sums[1], sums[3]))
    with translation.override("en"):
        assert [words_of_change(change) for change in compare(old, new)] == [
            "The type of o was (empty), now string",
            "The rule rule-1 is now called r",
            "The table third was added with 1 rule",
            "The table other was removed with its 1 rule",
            "The decision kept was changed",
            "The decision come was added",
            "The decision gone was removed",
        ]
