"""Buckets and risk classes by days past due, as the pack states them for a banking day."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from evenhand.delinquency.ageing import BUCKETS, RISK_CLASSES

TABLES = {"bucket": BUCKETS, "ccm92": RISK_CLASSES, "fin2023": RISK_CLASSES}


class ClassificationError(ValueError):
    """A classification table that cannot be used; the message says which table and what was expected."""


@dataclass(frozen=True, slots=True)
class Classes:
    """Where an account stands: indexes into BUCKETS and, three times, RISK_CLASSES."""

    bucket: int
    ccm92: int
    fin2023: int
    risk_class: int


@dataclass(frozen=True, slots=True)
class Classification:
    """The edges in force on one banking day; a class number is the count of edges the days are above."""

    bucket_edges: tuple[int, ...]
    ccm92_edges: tuple[int, ...]
    fin2023_edges: tuple[int, ...]

    def classes(self, overdue_days: int) -> Classes:
        """The bucket, both risk classes and the stricter of the two."""
        ccm92 = _exceeded(self.ccm92_edges, overdue_days)
        fin2023 = _exceeded(self.fin2023_edges, overdue_days)
        return Classes(
            bucket=_exceeded(self.bucket_edges, overdue_days),
            ccm92=ccm92,
            fin2023=fin2023,
            risk_class=max(ccm92, fin2023),
        )


def classification_on(on: date) -> Classification:
    """The tables in force on a banking day; a table not in force yet has no edges, so everything is its class 0."""
    return Classification(*(_edges_on(name, on) for name in TABLES))


def risk_class_names_zh() -> tuple[str, ...]:
    """The Chinese names of RISK_CLASSES, in their order."""
    names: Mapping[str, str] = _pack()["names_zh"]
    return tuple(names[code] for code in RISK_CLASSES)


def _exceeded(edges: tuple[int, ...], overdue_days: int) -> int:
    return sum(overdue_days > edge for edge in edges)


def _edges_on(name: str, on: date) -> tuple[int, ...]:
    in_force = [
        table
        for table in _pack()["table"]
        if table["name"] == name and table["valid_from"] <= on < table.get("valid_to", date.max)
    ]
    if len(in_force) > 1:
        raise ClassificationError(
            f"table {name!r} has {len(in_force)} versions in force on {on}, expected one"
        )
    return tuple(in_force[0]["edges"]) if in_force else ()


@cache
def _pack() -> dict[str, Any]:
    path = files("evenhand") / "packs" / "cn" / "classification.toml"
    pack = tomllib.loads(path.read_text(encoding="utf-8"))
    for table in pack["table"]:
        _check(table)
    return pack


def _check(table: Mapping[str, Any]) -> None:
    name, edges = table["name"], table["edges"]
    if name not in TABLES:
        raise ClassificationError(f"table {name!r} is not one of {', '.join(TABLES)}")
    if tuple(table["classes"]) != TABLES[name]:
        raise ClassificationError(
            f"table {name!r}: classes are {table['classes']}, expected {TABLES[name]}"
        )
    if len(edges) != len(table["classes"]) - 1 or edges != sorted(set(edges)) or edges[0] != 0:
        raise ClassificationError(
            f"table {name!r}: edges are {edges}, expected {len(table['classes']) - 1} rising numbers from 0"
        )
