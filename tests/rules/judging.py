"""Packs and facts for tests of the judge: one rule at a time, said as data."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from evenhand.compliance.facts import Act, Debt, Event, Facts, Location
from evenhand.compliance.judge import judge
from evenhand.compliance.packfile.reading import read_pack
from evenhand.compliance.packs import Pack
from evenhand.compliance.verdict import Verdict

NOON = datetime(2026, 6, 17, 4, tzinfo=UTC)  # a Wednesday, noon in Shanghai, midnight in New York
SHANGHAI = Location("ADDRESS", "Asia/Shanghai")
HEAD = {
    "name": "test", "version": "1", "title": {"zh": "试", "en": "Test"}, "layer": "NATIONAL", "zone": "Asia/Shanghai",
    "valid_from": date(2020, 1, 1),
}  # fmt: skip
CITED = {
    "id": "R", "code": "R", "strength": "LAW", "instrument": "a test", "confidence": "I",
    "valid_from": date(2020, 1, 1),
    "text": {"zh": "不可", "en": "No."}, "when": {"act": "CALL"},
}  # fmt: skip


def rule(kind: str, **said: Any) -> dict[str, Any]:
    """One rule of a kind, about calls unless it says otherwise."""
    return {**CITED, "kind": kind, **said}


def pack(*rules: dict[str, Any], head: dict[str, Any] | None = None, **parts: Any) -> Pack:
    """A pack of these rules; `parts` are its measures, calendars and the like."""
    numbered = [{**r, "id": r["id"] + ("" if n == 0 else str(n))} for n, r in enumerate(rules)]
    return read_pack({"pack": {**HEAD, **(head or {})}, "rule": numbered, **parts}, "test.toml")


def call(**said: Any) -> Act:
    """A call to the debtor at noon."""
    return Act(**{"at": NOON, "act": "CALL", **said})


def called(ago: timedelta, outcome: str = "UNANSWERED", **said: Any) -> Event:
    """A call made so long before noon."""
    return Event(**{"at": NOON - ago, "act": "CALL", "outcome": outcome, "debts": ("D1",), **said})


def facts(*events: Event, act: Act | None = None, **said: Any) -> Facts:
    """A person in Shanghai with one debt."""
    given = {"person": "P", "locations": (SHANGHAI,), "debts": (Debt("D1"),), **said}
    return Facts(act=act or call(), events=events, **given)


def judged(one: Facts, *rules: dict[str, Any], **parts: Any) -> Verdict:
    """The verdict by a pack of these rules alone."""
    return judge(one, [pack(*rules, **parts)])


def codes(verdict: Verdict) -> list[str]:
    """The codes of its reasons."""
    return [reason.code for reason in verdict.reasons]
