"""What must agree after a night: each check has two sides and a difference, and every difference is zero."""

from collections.abc import Mapping
from typing import Any


def reconciled(totals: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows in are loaded or quarantined; accounts carried on or new are aged; payments in are kept or known."""
    book = totals["book"]
    sides = {
        "rows": (totals["rows_in"], totals["rows_loaded"] + totals["rows_quarantined"]),
        "rows_read": (totals["rows_loaded"], totals["rows_read"]),
        "accounts": (book["accounts"], totals["accounts"]),
        "accounts_aged": (totals["accounts"], totals["accounts_aged"]),
        "buckets": (
            totals["past_due_owing"],
            sum(row["accounts"] for row in totals["buckets"].values()),
        ),
        "risk": (totals["accounts"], sum(row["accounts"] for row in totals["risk"].values())),
        "people": (
            totals["people_decided"],
            sum(row["people"] for row in totals["treatments"].values()),
        ),
    }
    return [
        {"check": name, "left": left, "right": right, "difference": left - right}
        for name, (left, right) in sides.items()
    ]
