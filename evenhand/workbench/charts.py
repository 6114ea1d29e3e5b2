"""Rows of small bars, drawn by the server: widths are whole parts of 1000."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evenhand.delinquency.ageing import BUCKETS

WHOLE = 1000


@dataclass(frozen=True, slots=True)
class BucketBar:
    """One bucket: its totals in the base currency, and each bar's width beside the longest."""

    bucket: str
    accounts: int
    arrears_minor: int
    balance_minor: int
    accounts_width: int
    arrears_width: int
    balance_width: int


@dataclass(frozen=True, slots=True)
class ShareBar:
    """One code of a decision: people, arrears in the base currency, and the bar of the arrears."""

    code: str
    people: int
    arrears_minor: int
    width: int


def buckets(totals: Mapping[str, Mapping[str, int]]) -> list[BucketBar]:
    """The buckets past due in their order, empty ones too; nothing when there are no totals."""
    if not totals:
        return []
    longest = {
        name: _longest(totals, name) for name in ("accounts", "arrears_minor", "balance_minor")
    }
    rows = []
    for bucket in BUCKETS:
        row = totals.get(bucket)
        if row is None and bucket == BUCKETS[0]:
            continue
        figures = {name: (row or {}).get(name, 0) for name in longest}
        widths = [figures[name] * WHOLE // longest[name] for name in longest]
        rows.append(BucketBar(bucket, *figures.values(), *widths))
    return rows


def shares(totals: Mapping[str, Mapping[str, int]]) -> list[ShareBar]:
    """The codes with the most arrears first; who owes nothing late comes last."""
    longest = max((row["arrears_minor"] for row in totals.values()), default=0) or 1
    rows = [
        ShareBar(code, row["people"], row["arrears_minor"], row["arrears_minor"] * WHOLE // longest)
        for code, row in totals.items()
    ]
    return sorted(rows, key=lambda bar: (-bar.arrears_minor, -bar.people, bar.code))


def _longest(totals: Mapping[str, Any], name: str) -> int:
    return max((abs(row.get(name, 0)) for row in totals.values()), default=0) or 1
