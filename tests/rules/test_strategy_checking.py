"""What the check says of strategies: the starter, and the starter broken in one place after another."""

import re
from pathlib import Path

import pytest

from evenhand.dmn.checks.findings import ERROR, KINDS, NOTE, Finding
from evenhand.strategy.checking import check_content, check_file
from evenhand.strategy.judge import STARTER

CONTENT = STARTER.read_text(encoding="utf-8")


def checked(content: str) -> tuple[Finding, ...]:
    return check_content(content.encode(), "broken.dmn")


def errors(content: str) -> list[Finding]:
    return [finding for finding in checked(content) if finding.severity == ERROR]


def changed(rule: str, cell: str, text: str) -> str:
    """The starter with another text in one cell or output: `cell` is the end of its id."""
    pattern = re.compile(rf'(id="{rule}-{cell}"><text>)[^<]*')
    content, count = pattern.subn(lambda match: match[1] + text, CONTENT)
    assert count == 1, (rule, cell)
    return content


def first_rule(table: str) -> str:
    found = re.search(
        rf'<decisionTable id="table-{table}".*?<rule id="([^"]+)"', CONTENT, re.DOTALL
    )
    assert found
    return found[1]


def rules_of(table: str) -> list[str]:
    start = CONTENT.index(f'<decisionTable id="table-{table}"')
    grid = CONTENT[start : CONTENT.index("</decisionTable>", start)]
    return re.findall(r'<rule id="[^"]+">.*?</rule>', grid, re.DOTALL)


def test_the_starter_has_nothing_worse_than_notes() -> None:
    assert {finding.severity for finding in check_file(STARTER.parent)} <= {NOTE}


def test_a_file_that_is_not_there_is_one_error() -> None:
    (finding,) = check_file(Path("nowhere.dmn"))
    assert (finding.kind, finding.severity) == ("UNUSABLE", ERROR)
    assert "nowhere.dmn cannot be read" in str(finding.text_params["problem"])


@pytest.mark.parametrize("content", ["", "no xml", "<a/>", CONTENT[: len(CONTENT) // 2]])
def test_what_is_no_model_is_one_error(content: str) -> None:
    (finding,) = checked(content)
    assert (finding.kind, finding.severity) == ("UNUSABLE", ERROR)
    assert finding.text_params["expected"] or finding.text_params["problem"]


def test_every_cell_that_cannot_be_read_is_named_with_its_text() -> None:
    rule = first_rule("segment")
    broken = changed(rule, "hold", '"A')
    broken = broken.replace(f'id="{rule}-bucket"><text>-', f'id="{rule}-bucket"><text>about 30')
    first, *_ = found = errors(broken)
    assert (first.kind, first.decision, first.rules, first.column) == (
        "UNUSABLE",
        "segment",
        (1,),
        "hold",
    )
    assert (first.text_params["text"], first.text_params["place"]) == ('"A', "INPUT")
    assert len(found) == 1  # one fault is told per rule


def test_faults_in_several_rules_are_all_told_and_rows_are_those_of_the_file() -> None:
    rules = re.findall(r'<rule id="(S-[^"]+)"', CONTENT)
    broken = changed(rules[0], "hold", "??")
    for rule in (rules[3], rules[7]):
        broken, count = re.subn(rf'(id="{rule}-hold"><text>)[^<]*', r"\1??", broken)
        assert count == 1
    found = errors(broken)
    assert [finding.rules for finding in found] == [(1,), (4,), (8,)]
    assert [finding.rule_ids for finding in found] == [(rules[0],), (rules[3],), (rules[7],)]
    assert checked(broken) == tuple(found)  # what stands on a broken table is not judged


def test_a_table_that_does_not_stand_on_the_broken_one_is_still_checked() -> None:
    last = re.findall(r'<rule id="(C-[^"]+)"', CONTENT)[-1]
    broken = changed(last, "segment", "~")
    assert {f.decision for f in checked(broken)} >= {"contact", "segment"}


def test_an_unknown_code_in_a_cell_names_the_codes_there_are() -> None:
    (finding,) = errors(changed(first_rule("segment"), "hold", '"DISPUT"'))
    assert (finding.kind, finding.decision, finding.rules, finding.column) == (
        "TYPE",
        "segment",
        (1,),
        "hold",
    )
    assert finding.text_params["values"] == ("DISPUT",)
    assert "DISPUTE" in finding.text_params["allowed"]  # type: ignore[operator]


@pytest.mark.parametrize("text", ["null", "&lt; arrears_minor / 2"])
def test_a_cell_that_cannot_be_run_over_a_book_is_told(text: str) -> None:
    (finding,) = errors(changed(first_rule("segment"), "balance-minor", text))
    assert (finding.kind, finding.decision, finding.rules, finding.column) == (
        "NOT_PLAIN",
        "segment",
        (1,),
        "balance_minor",
    )


def test_an_unknown_fact_is_named() -> None:
    found = errors(
        CONTENT.replace('name="deceased"', 'name="dead"').replace(">deceased<", ">dead<")
    )
    assert ("UNKNOWN_FACT", "segment", "dead") in [(f.kind, f.decision, f.column) for f in found]


def test_a_fact_of_another_kind_is_named() -> None:
    wrong = CONTENT.replace(
        'id="segment-expr-deceased" typeRef="boolean"',
        'id="segment-expr-deceased" typeRef="string"',
    )
    wrong = re.sub(r'(id="S-01-deceased-deceased"><text>)true', r'\1"true"', wrong)
    (finding,) = errors(wrong)
    assert finding.kind == "UNKNOWN_FACT"
    assert finding.text_params == {"had_kind": "string", "expected_kind": "boolean"}


def test_a_missing_table_and_a_missing_output_are_told() -> None:
    renamed = CONTENT.replace('name="contact"', 'name="touch"')
    missing = [f for f in errors(renamed) if f.kind == "MISSING"]
    assert {"table": "contact"} in [f.text_params for f in missing]
    renamed = CONTENT.replace('name="tone"', 'name="mood"')
    found = errors(renamed)
    assert {"output": "tone"} in [f.text_params for f in found if f.kind == "MISSING"]
    assert ("TYPE", "contact", "mood") in [(f.kind, f.decision, f.column) for f in found]


def test_a_priority_that_is_no_whole_number_of_its_range_is_told() -> None:
    rule = first_rule("treatment")
    for text in ("1001", "1.5"):
        (finding,) = errors(changed(rule, "out-priority", text))
        assert (finding.kind, finding.rules, finding.column) == ("TYPE", (1,), "priority")
        assert finding.text_params == {"values": (text,), "allowed": ("[0..1000]",)}


def test_rules_for_a_segment_that_is_no_longer_given_are_told() -> None:
    rule = next(r for r in rules_of("segment") if '<text>"FRAUD"</text></outputEntry>' in r)
    found = checked(
        CONTENT.replace(
            rule, rule.replace('"FRAUD"</text></outputEntry>', '"DISPUTE"</text></outputEntry>')
        )
    )
    never = [f for f in found if f.kind == "NEVER_GIVEN"]
    assert {f.text_params["values"] for f in never} == {("FRAUD",)}
    assert "treatment" in {f.decision for f in never}


def test_rules_for_a_treatment_no_rule_gives_are_kept_for_people_who_choose_it() -> None:
    content = CONTENT
    for rule in rules_of("treatment"):
        content = content.replace(
            rule, rule.replace('"CARE"</text></outputEntry>', '"HOLD"</text></outputEntry>')
        )
    assert content != CONTENT
    assert [f for f in checked(content) if f.kind in ("NEVER_GIVEN", "EMPTY_CELL")] == []


def test_a_gap_is_an_error_since_it_would_end_the_night() -> None:
    found = errors(CONTENT.replace(rules_of("contact")[-1], ""))
    assert {f.kind for f in found} <= {"GAP", "LIMIT"}
    assert found
    assert found[0].decision == "contact"


def test_a_rule_that_is_never_reached_is_a_warning_with_those_that_hold_it() -> None:
    rules = rules_of("segment")
    copy = rules[0].replace("S-01", "S-00").replace('"DECEASED"', '"FRAUD"')
    broken = CONTENT.replace(rules[0], rules[0] + copy)
    (finding,) = [f for f in checked(broken) if f.kind == "UNREACHABLE"]
    assert (finding.decision, finding.rules) == ("segment", (2, 1))


def test_every_kind_of_finding_is_on_the_reference_page() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "findings.md"
    named = re.findall(
        r"^\| `([A-Z_]+)` \| (?:ERROR|WARNING|NOTE) \|", page.read_text("utf-8"), re.M
    )
    assert sorted(named) == sorted(KINDS)
