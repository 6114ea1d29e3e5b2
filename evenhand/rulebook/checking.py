"""What the machine finds in a document, as a version's row keeps it."""

from typing import Any

from evenhand.strategy.checking import check_content


def finding_rows(content: bytes) -> list[dict[str, Any]]:
    """The findings about a strategy as JSON (`Finding.as_json`); an ERROR among them when it cannot be used."""
    return [finding.as_json() for finding in check_content(content)]
