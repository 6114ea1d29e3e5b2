"""Facts as a person writes them in a worked case of a pack: by name, without what has its default, in any time zone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from evenhand.compliance.facts import Act, Debt, Event, Facts, Hold, Location, Standing

ROWS = {
    "locations": Location,
    "debts": Debt,
    "events": Event,
    "holds": Hold,
    "standing": Standing,
}
INSTANTS = frozenset({"at", "from_at", "until_at"})
LISTS = frozenset({"debts", "effects"})
LATEST_DEFAULTS: Mapping[type, Mapping[str, Any]] = {Hold: {"until_at": None}}


class WrittenError(ValueError):
    """Facts that cannot be read; the message names the row, the key and what was expected."""


def facts_written(given: Mapping[str, Any]) -> Facts:
    """The facts of `given`: the table `act`, and any of the other parts of Facts by their names; raise WrittenError."""
    allowed = {"act", "person", "known", *ROWS}
    if strange := sorted(set(given) - allowed):
        raise WrittenError(
            f"{strange[0]} is not known, expected some of {', '.join(sorted(allowed))}"
        )
    if "act" not in given:
        raise WrittenError("act is missing, expected a table")
    rows = {
        name: tuple(
            _row(row_type, row, f"{name}[{n}]") for n, row in enumerate(given.get(name, ()))
        )
        for name, row_type in ROWS.items()
    }
    return Facts(
        act=_row(Act, given["act"], "act"),
        person=given.get("person", ""),
        known=dict(given.get("known", {})),
        **rows,
    )


def _row(row_type: Any, row: Any, where: str) -> Any:
    if not isinstance(row, Mapping):
        raise WrittenError(f"{where} is {row!r}, expected a table")
    if strange := sorted(set(row) - set(row_type._fields)):
        raise WrittenError(
            f"{where}.{strange[0]} is not known, expected some of {', '.join(row_type._fields)}"
        )
    values = {
        **LATEST_DEFAULTS.get(row_type, {}),
        **{name: _value(name, value, where) for name, value in row.items()},
    }
    missing = [
        name
        for name in row_type._fields
        if name not in values and name not in row_type._field_defaults
    ]
    if missing:
        raise WrittenError(f"{where}.{missing[0]} is missing")
    return row_type(**values)


def _value(name: str, value: Any, where: str) -> Any:
    if name in LISTS:
        return tuple(value)
    if name not in INSTANTS:
        return value
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        at = None
    if at is None or at.tzinfo is None:
        raise WrittenError(f"{where}.{name} is {value!r}, expected an instant with its offset")
    return at.astimezone(UTC)
