"""What the machine finds in a document, as a version's row keeps it."""

from typing import Any

from evenhand.dmn import ModelError, loads
from evenhand.strategy.judge import Strategy


def finding_rows(content: bytes) -> list[dict[str, Any]]:
    """The findings about a strategy, as JSON; an ERROR among them when it cannot be used."""
    try:
        Strategy(loads(content))
    except ModelError as error:
        return [
            {
                "kind": "UNUSABLE",
                "severity": "ERROR",
                "decision": error.decision,
                "rules": [] if error.row is None else [error.row],
                "rule_ids": [],
                "column": error.column,
                "text_params": {"problem": error.problem, "expected": error.expected},
            }
        ]
    return []
