"""Which numbers of a pack its own worked cases hold: one that is changed by the least, up or down, and no case notices
is a number that a slip of the finger could change."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date
from typing import Any

from evenhand.compliance.cases.own import differing
from evenhand.compliance.packfile.errors import PackError
from evenhand.compliance.packfile.reading import read_pack
from evenhand.compliance.packfile.tables import minutes_of
from evenhand.compliance.packs import Pack

_DAYS = frozenset({"valid_from", "valid_to", "through"})
_TIMES = frozenset({"opens", "closes"})
_ABOUT = frozenset({"valid_from", "valid_to", "given", "expect"})
_LAST_MINUTE = 24 * 60

Place = tuple[str | int, ...]


def not_held(pack: Pack) -> list[str]:
    """The numbers and hours of a pack's rules that may be changed by one without any of its own cases noticing.

    Each is named as rule, key and value. A change that the loader refuses is held by the loader.
    """
    return [
        f"{rule['id']}, {'.'.join(map(str, place))} = {value}"
        for number, rule in enumerate(pack.content.get("rule", ()))
        if rule["kind"] != "deadline"  # of dates, not of acts: held where dates are worked out
        for place, value in _settings(rule, ())
        if not any(_noticed(pack, ("rule", number, *place), changed) for changed in _beside(value))
    ]


def _settings(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    """Every number and every time on the wall in a rule, with where it stands."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _ABOUT:
                yield from _settings(inner, (*place, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _settings(inner, (*place, index))
    elif _is_number(value) or (place and place[-1] in _TIMES and minutes_of(value) is not None):
        yield place, value


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _beside(value: Any) -> Iterator[Any]:
    """The values next to it."""
    if _is_number(value):
        yield from (value + 1, value - 1)
        return
    minutes = minutes_of(value)
    assert minutes is not None
    for near in (minutes + 1, minutes - 1):
        if 0 <= near <= _LAST_MINUTE:
            yield f"{near // 60:02}:{near % 60:02}"


def _noticed(pack: Pack, place: Place, changed: Any) -> bool:
    """Whether some case comes out otherwise with another value at a place; a pack refused with it counts as noticed."""
    content = _with_dates(pack.content)
    table: Any = content
    for step in place[:-1]:
        table = table[step]
    table[place[-1]] = changed
    try:
        return bool(differing(read_pack(content, pack.label)))
    except PackError:
        return True


def _with_dates(content: Mapping[str, Any]) -> dict[str, Any]:
    """A pack's content, which is plain JSON, as its file had it: days as days. A copy."""
    copied = deepcopy(dict(content))
    heads = [copied["pack"], *copied.get("rule", ()), *copied.get("parameter", ())]
    for table in [*heads, *copied.get("calendar", ())]:
        for key in _DAYS & table.keys():
            table[key] = date.fromisoformat(table[key])
    for calendar in copied.get("calendar", ()):
        calendar["days"] = [date.fromisoformat(day) for day in calendar["days"]]
    return copied
