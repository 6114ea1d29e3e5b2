"""What the detail of each kind of standing fact may say, by the vocabulary the packs' rules ask. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from evenhand.compliance.packfile.questions import OF_STANDING
from evenhand.compliance.vocabulary import STANDING

TEXT_MAX_CHARACTERS = 80
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")

DETAIL: Mapping[str, tuple[str, ...]] = {
    "OPT_OUT": ("media", "points"),  # neither: every medium
    "CEASE": (),
    "CONSENT": ("scope", "media", "points", "to"),
    "INCONVENIENT_TIME": ("days", "opens", "closes"),
    "INCONVENIENT_PLACE": ("place",),
    "ATTORNEY": ("contact_known", "unresponsive", "consented"),
    "BANKRUPTCY": ("state", "portfolio_wide"),
    "DISPUTED": (),
    "THIRD_PARTY_STOP": ("to",),
    "LOST_CONTACT": ("proof",),
    "NUMBER_INVALID": ("point",),
    "PLAN_HONOURED": (),
    "FIRST_CONTACT": (),
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


class StandingRefused(ValueError):
    """A standing fact that cannot be recorded or ended; the message says which part and what was expected."""


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
        if not _holds(name, value):
            raise StandingRefused(f"{kind}: {name} is {value!r}; expected {_expected(name)}")
    for name in NEEDED.get(kind, ()):
        if name not in detail:
            raise StandingRefused(f"{kind}: {name} is missing; expected {_expected(name)}")
    if kind == "INCONVENIENT_TIME" and detail["opens"] == detail["closes"]:
        raise StandingRefused(f"{kind}: from {detail['opens']} to the same time is no time")


def _holds(name: str, value: Any) -> bool:
    question = OF_STANDING[name]
    if question.kind == "BOOL":
        return isinstance(value, bool)
    if question.kind == "CODE":
        return value in question.values
    if question.kind == "LIST":
        return isinstance(value, list) and bool(value) and set(value) <= question.values
    if name == "points":
        return isinstance(value, list) and bool(value) and all(map(_is_text, value))
    if name in ("opens", "closes"):
        return isinstance(value, str) and bool(_TIME.fullmatch(value))
    return _is_text(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= TEXT_MAX_CHARACTERS


def _expected(name: str) -> str:
    question = OF_STANDING[name]
    codes = ", ".join(sorted(question.values))
    if name in ("opens", "closes"):
        return "a time as HH:MM"
    said = {
        "BOOL": "true or false",
        "CODE": f"one of {codes}",
        "LIST": f"a list of some of {codes}",
    }
    return said.get(question.kind, "a list of texts" if name == "points" else "a text")
