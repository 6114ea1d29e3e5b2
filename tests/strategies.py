"""Strategies made from the starter by changing what cells say, for tests that need another one."""

from collections.abc import Mapping

from lxml import etree

from evenhand.strategy.judge import STARTER

_DMN = "{*}"


def starter_with(table: str, changed: Mapping[str, str]) -> bytes:
    """The starter with every output of one table that says a text saying another instead."""
    tree = etree.fromstring(STARTER.read_bytes())
    decision = next(d for d in tree.iter(f"{_DMN}decision") if d.get("name") == table)
    entries = [entry.find(f"{_DMN}text") for entry in decision.iter(f"{_DMN}outputEntry")]
    found = [text for text in entries if text.text in changed]
    assert found, f"no output of {table} says any of {sorted(changed)}"
    for text in found:
        text.text = changed[text.text]
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")


def starter_without(table: str, *rule_ids: str) -> bytes:
    """The starter without some rules of one table."""
    tree = etree.fromstring(STARTER.read_bytes())
    decision = next(d for d in tree.iter(f"{_DMN}decision") if d.get("name") == table)
    found = [rule for rule in decision.iter(f"{_DMN}rule") if rule.get("id") in rule_ids]
    assert len(found) == len(rule_ids)
    for rule in found:
        rule.getparent().remove(rule)
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")


def texts_instead_of_calls() -> bytes:
    """A strategy that texts where the starter calls."""
    return starter_with("contact", {'"PHONE"': '"SMS"'})
