"""The reference page names every fact, code and rule, in both languages."""

from pathlib import Path

from evenhand.strategy.facts import FACTS
from evenhand.strategy.judge import CODES, TABLES, Strategy

PAGE = (Path(__file__).parents[2] / "docs/reference/strategy.md").read_text(encoding="utf-8")


def test_every_fact_and_code_is_on_the_page_with_its_words():
    facts = [(fact.name, fact.label) for fact in FACTS]
    words = facts + [pair for codes in CODES.values() for pair in codes.items()]
    assert [
        name for name, label in words if f"| `{name}` | {label.zh} | {label.en} |" not in PAGE
    ] == []


def test_every_rule_of_the_starter_strategy_is_on_the_page_with_its_outcome():
    model = Strategy.load().model
    rules = [rule for name in TABLES for rule in model[name].rules]
    missing = []
    for rule in rules:
        outcome = ", ".join(str(value) for value in rule.outputs)
        tail = f" | `{outcome}` | {rule.annotation} |"
        if not any(f"| {rule.id} |" in line and line.endswith(tail) for line in PAGE.splitlines()):
            missing.append(rule.id)
    assert missing == []
