"""Findings in the words of the page's language: sentences an analyst understands, in both."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from evenhand.dmn.cells import Span
from evenhand.dmn.checks.findings import ERROR, KINDS, NOTE, WARNING, Finding, Side
from evenhand.rulebook.wording import finding_in_words, finding_text
from evenhand.strategy.checking import check_content
from evenhand.strategy.judge import STARTER

ZH, EN = "zh-hans", "en"


def finding(kind: str, **parts: Any) -> Finding:
    params = parts.pop("params", {})
    severity = parts.pop("severity", WARNING)
    return Finding(kind, severity, "treatment", text_params=params, **parts)


DAYS = Side("overdue_days", (Span(Decimal(31), True, Decimal(60), True),))
LOW = Side("segment", ("M2_LOW",))
AT = {"overdue_days": Decimal(31), "segment": "M2_LOW", "accounts": Decimal(0)}

SENTENCES = [
    (
        finding("UNREACHABLE", rules=(12, 3, 7)),
        "第 12 行永远不会用到：第 3、7 行已覆盖它的全部情况。",
        "Rule 12 is never reached: rules 3 and 7 cover all of it.",
    ),
    (
        finding("UNREACHABLE", rules=(12, 3)),
        "第 12 行永远不会用到：第 3 行已覆盖它的全部情况。",
        "Rule 12 is never reached: rule 3 covers all of it.",
    ),
    (
        finding("SPARE", severity=NOTE, rules=(9, 1, 2, 3, 4, 5, 6, 7, 8)),
        "第 9 行是兜底规则，但前面各行已覆盖所有情况，用不到它；留作保险无妨。",
        "Rule 9 catches what is left, and nothing is: the rules before it cover every case. "
        "It does no harm as a safety net.",
    ),
    (
        finding("GAP", box=(DAYS, LOW), example=AT),
        "没有规则覆盖：逾期天数 31–60、客群 M2_LOW（例如 逾期天数 31、客群 M2_LOW）。",
        "No rule covers days past due 31–60, Segment M2_LOW "
        "(for example days past due 31, Segment M2_LOW).",
    ),
    (
        finding("GAP", box=(LOW,), example=AT),
        "没有规则覆盖：客群 M2_LOW。",
        "No rule covers Segment M2_LOW.",
    ),
    (
        finding(
            "OVERLAP", severity=ERROR, rules=(12, 1, 2, 3, 4, 5, 6, 7, 8), box=(DAYS,), example=AT
        ),
        "第 12 行与第 1、2、3、4、5、6 行及另外 2 行会同时命中，例如 逾期天数 31；此表只允许一个答案。",
        "Rule 12 and rules 1, 2, 3, 4, 5, 6 and 2 more match at once, for example days past due 31; "
        "this table allows one answer.",
    ),
    (
        finding(
            "TYPE",
            severity=ERROR,
            rules=(3,),
            column="hold",
            params={"values": ("DISPUT",), "allowed": ("NONE", "DISPUTE")},
        ),
        "第 3 行“停催”：没有 DISPUT 这个取值；可用的有 NONE、DISPUTE。",
        "Rule 3, “hold”: DISPUT is unknown; it may be NONE, DISPUTE.",
    ),
    (
        finding(
            "UNUSABLE",
            severity=ERROR,
            rules=(3,),
            column="hold",
            params={"text": "?", "place": "OUTPUT", "problem": "", "expected": ""},
        ),
        "第 3 行“停催”：“?”无法识别。答案应为一个数字、一段用英文双引号括起的文字、true 或 false。",
        "Rule 3, “hold”: “?” cannot be read. An answer is one number, one text in double quotes, "
        "true or false.",
    ),
    (
        finding("MORE_GAPS", params={"more": 1, "at_least": False}),
        "另有 1 处遗漏未列出。",
        "1 more gap is not listed.",
    ),
    (
        finding("DEAD_COLUMN", column="accounts", params={"asked": True}),
        "“账户数”从不影响答案。",
        "“accounts” never changes the answer.",
    ),
]


@pytest.mark.parametrize(("told", "chinese", "english"), SENTENCES)
def test_a_finding_is_a_sentence_in_both_languages(
    told: Finding, chinese: str, english: str
) -> None:
    with override(ZH):
        assert finding_text(told) == chinese
    with override(EN):
        assert finding_text(told) == english


EVERY: dict[str, list[dict[str, Any]]] = {
    "UNUSABLE": [
        {"text": "?", "place": "INPUT"},
        {"text": "?", "place": "OUTPUT"},
        {"problem": "is no XML", "expected": "a DMN document"},
    ],
    "NOT_PLAIN": [{"text": "limit_minor / 2"}],
    "MISSING": [{"table": "contact"}, {"output": "tone"}],
    "UNKNOWN_FACT": [{}, {"had_kind": "string", "expected_kind": "number"}],
    "TYPE": [
        {"allowed": ("segment", "desk")},
        {"values": ("< 5",), "expected_kind": "string"},
        {"values": ("X",), "allowed": ("A", "B")},
    ],
    "NEVER_GIVEN": [{"values": ("X",)}],
    "REPEATED_TEST": [{"values": ('"X"',)}],
    "MORE_GAPS": [{"more": 3, "at_least": True}],
    "DEAD_COLUMN": [{"asked": False}],
    "UNUSED_OUTPUT_VALUE": [{"values": ('"A"', '"B"')}],
    "LIMIT": [{"question": "GAP"}],
}


@pytest.mark.parametrize("language", [ZH, EN])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_sentence(kind: str, language: str) -> None:
    for params in EVERY.get(kind, [{}]):
        for rules, column in (((4, 2), "hold"), ((4, 2), "")):
            told = finding(kind, rules=rules, column=column, params=params)
            with override(language):
                sentence = finding_text(told)
            assert sentence.endswith("." if language == EN else "。")
            assert "%(" not in sentence
            if language == ZH:
                assert re.search("[一-鿿]", sentence)


def test_a_page_may_name_columns_and_cells_its_own_way() -> None:
    told = finding("GAP", box=(DAYS,), example=None)
    with override(EN):
        row = told.as_json()
        assert finding_in_words(row, str.upper, lambda column, cell: f"<{column}:{cell}>") == (
            "No rule covers OVERDUE_DAYS <overdue_days:[31..60]>."
        )


@pytest.mark.parametrize("language", [ZH, EN])
def test_what_a_check_finds_can_be_said(language: str) -> None:
    content = STARTER.read_text(encoding="utf-8").replace('"FRAUD"</text>', '"FROUD"</text>')
    told = check_content(content.encode())
    assert told
    with override(language):
        assert all(finding_text(one) for one in told)
