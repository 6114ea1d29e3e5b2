"""What the packs in force would say to the contacts that a trial's tables ask for. Free of Django.

Judged is one contact of each channel and each hold: in the bank's own name, to the debtor, at AT on the day after the
night in the zone of the first pack, where she is taken to be, and as if nothing had happened before it. What a permit
would know besides (the talks of the day, opt-outs, consents, where she really is) no trial knows, so what is allowed
here may still be refused then.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from evenhand.compliance.explain import explain
from evenhand.compliance.facts import Act, Facts, Hold, Location
from evenhand.compliance.judge import judge
from evenhand.compliance.packs import Pack
from evenhand.compliance.verdict import Verdict

AT = time(10)
ACT_OF: Mapping[str, str] = {
    "SMS": "TEXT",
    "APP": "PUSH",
    "EMAIL": "EMAIL",
    "PHONE": "CALL",
    "LETTER": "LETTER",
}
NO_HOLD = "NONE"
DEPENDS = "DEPENDS"  # refused only because something of the act is not known before it is planned

Law = dict[str, Any]


def said_by_packs(contacts: Mapping[str, Any], banking_day: date, packs: Sequence[Pack]) -> Law:
    """The packs by name, the instant judged for, and a row for each channel and hold with contacts before or after.

    `contacts` are people by before and after, channel and hold. A row says channel, hold, before, after, the decision
    (ALLOW, REVIEW, DENY or DEPENDS) and its reasons as sentences in both languages with their source.
    """
    assert packs
    zone = ZoneInfo(packs[0].zone)
    at = datetime.combine(banking_day + timedelta(days=1), AT, zone)
    return {
        "packs": [pack.label for pack in packs],
        "at": at.isoformat(timespec="minutes"),
        "zone": packs[0].zone,
        "rows": list(_rows(contacts, at, packs)),
    }


def _rows(contacts: Mapping[str, Any], at: datetime, packs: Sequence[Pack]) -> Iterator[Law]:
    for channel, act in ACT_OF.items():
        counts = [contacts[when].get(channel, {}) for when in ("before", "after")]
        for hold in sorted({*counts[0], *counts[1]}, key=lambda hold: (hold != NO_HOLD, hold)):
            verdict = judge(_facts(act, hold, at, packs[0].zone), packs)
            yield {
                "channel": channel,
                "hold": hold,
                "before": counts[0].get(hold, 0),
                "after": counts[1].get(hold, 0),
                "decision": _decision(verdict),
                "reasons": _reasons(verdict, packs),
            }


def _facts(act: str, hold: str, at: datetime, zone: str) -> Facts:
    """Such a contact, with nothing known but the hold and a place taken for granted."""
    since = at - timedelta(days=1)
    holds = () if hold == NO_HOLD else (Hold(hold, since, None),)
    where = Location("ADDRESS", zone)
    return Facts(Act(at, act, purpose="COLLECT"), locations=(where,), holds=holds)


def _decision(verdict: Verdict) -> str:
    against = [reason for reason in verdict.reasons if reason.decision == verdict.decision]
    if verdict.decision != "ALLOW" and all(reason.numbers.get("unknown") for reason in against):
        return DEPENDS
    return verdict.decision


def _reasons(verdict: Verdict, packs: Sequence[Pack]) -> list[Law]:
    sides = (explain(verdict, packs, language) for language in ("zh-hans", "en"))
    return [
        {
            "rule": en.rule,
            "zh": zh.sentence,
            "en": en.sentence,
            "source": " ".join(part for part in (en.instrument, en.article) if part),
        }
        for zh, en in zip(*sides, strict=True)
        if en.decision == verdict.decision != "ALLOW"
    ]
