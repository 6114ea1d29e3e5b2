"""What the detail of each kind of standing fact may say. Pure; the kinds are compliance.vocabulary.STANDING."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from evenhand.compliance.vocabulary import CONTACTS, PLACES, STANDING

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
SCOPES = ("HOURS", "CALLS", "MESSAGES", "DISCLOSURE", "LATE_CALLS", "VISIT")
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")
_CODE = re.compile(r"[A-Z][A-Z0-9_]*")


class StandingRefused(ValueError):
    """A standing fact that cannot be recorded or ended; the message says which part and what was expected."""


Check = tuple[str, Callable[[Any], bool]]


def _some_of(codes: frozenset[str] | tuple[str, ...]) -> Check:
    return (
        f"a list of some of {', '.join(sorted(codes))}",
        lambda value: isinstance(value, list) and bool(value) and set(value) <= set(codes),
    )


def _one_of(codes: frozenset[str] | tuple[str, ...]) -> Check:
    return f"one of {', '.join(sorted(codes))}", lambda value: value in codes


_TRUTH: Check = ("true or false", lambda value: isinstance(value, bool))
_TEXT: Check = ("a text", lambda value: isinstance(value, str) and bool(value.strip()))
_TEXTS: Check = (
    "a list of texts",
    lambda value: isinstance(value, list) and bool(value) and all(map(_TEXT[1], value)),
)
_CLOCK: Check = (
    "a time as HH:MM",
    lambda value: isinstance(value, str) and bool(_TIME.fullmatch(value)),
)
_SCOPE: Check = (
    f"a code such as {', '.join(SCOPES)}",
    lambda value: isinstance(value, str) and bool(_CODE.fullmatch(value)),
)

DETAIL: Mapping[str, Mapping[str, Check]] = {
    "OPT_OUT": {"media": _some_of(CONTACTS), "address": _TEXT},
    "CEASE": {},
    "CONSENT": {"scope": _SCOPE, "media": _some_of(CONTACTS), "points": _TEXTS},
    "INCONVENIENT_TIME": {"days": _some_of(WEEKDAYS), "opens": _CLOCK, "closes": _CLOCK},
    "INCONVENIENT_PLACE": {"place": _one_of(PLACES)},
    "ATTORNEY": {"contact_known": _TRUTH, "unresponsive": _TRUTH, "consented": _TRUTH},
    "BANKRUPTCY": {"state": _one_of(("PENDING", "ADJUDGED"))},
    "DISPUTED": {},
    "THIRD_PARTY_STOP": {"to": _TEXT},
    "LOST_CONTACT": {"proof": _TEXT},
    "NUMBER_INVALID": {"point": _TEXT},
    "PLAN_HONOURED": {},
    "FIRST_CONTACT": {"told": _TEXT},
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "CONSENT": ("scope",),
    "INCONVENIENT_TIME": ("opens", "closes"),
    "INCONVENIENT_PLACE": ("place",),
    "BANKRUPTCY": ("state",),
    "THIRD_PARTY_STOP": ("to",),
    "LOST_CONTACT": ("proof",),
    "NUMBER_INVALID": ("point",),
}
assert set(DETAIL) == STANDING


def check_detail(kind: str, detail: Mapping[str, Any]) -> None:
    """Raise StandingRefused when the kind or a part of its detail is not known, missing or not as expected."""
    if kind not in DETAIL:
        raise StandingRefused(f"{kind!r} is no standing fact; expected one of {', '.join(DETAIL)}")
    known = DETAIL[kind]
    for name, value in detail.items():
        if name not in known:
            raise StandingRefused(
                f"{kind}: {name!r} is not known; expected {', '.join(known) or 'nothing'}"
            )
        expected, holds = known[name]
        if not holds(value):
            raise StandingRefused(f"{kind}: {name} is {value!r}; expected {expected}")
    for name in NEEDED.get(kind, ()):
        if name not in detail:
            raise StandingRefused(f"{kind}: {name} is missing; expected {known[name][0]}")
    if kind == "INCONVENIENT_TIME" and detail["opens"] == detail["closes"]:
        raise StandingRefused(f"{kind}: from {detail['opens']} to the same time is no time")
