"""HOURS: may this channel be used at this time of day?"""

from collections.abc import Mapping
from typing import Any

from evenhand.compliance.cases.china.reading import (
    CaseError,
    cn,
    moment,
    named,
    only,
    ordinary,
    prose,
    verdict_of,
    wall_time,
    yes,
    zone_name,
)
from evenhand.compliance.facts import Act, Location, Standing

KEYS = frozenset({
    "channel", "kind", "tz", "local_time", "beijing_time", "debtor_location_tz", "debtor_consented_to_hours",
})  # fmt: skip
CHANNELS: Mapping[str, str] = {
    r"visit card": "VISIT_CARD",
    r"visit|外访|上门": "VISIT",
    r"sms|text|短信": "TEXT",
    r"e-?mail|邮件": "EMAIL",
    r"letter|post|信函|函件": "LETTER",
    r"push|app": "PUSH",
    r"wechat|social|微信": "SOCIAL_PRIVATE",
    r"phone|call|voice|robot|电话|语音": "CALL",
}
ROBOTS: Mapping[str, str] = {r"\bai\b|robot|机器人|智能": "ROBOT"}
KINDS: Mapping[str, str] = {
    r"non.?collection|not collection|非催收": "SERVICE",
    r"collect|overdue|催": "COLLECT",
    r"complaint|投诉": "COMPLAINT_RESPONSE",
    r"at.* request|asked for|call.?back|应.*要求": "AT_DEBTOR_REQUEST",
    r"remind|due|提醒": "REMIND",
}


def answer(given: Mapping[str, Any]) -> dict[str, Any]:
    """`verdict` of one channel at one time; a kind that is no collection is a service message."""
    only(given, KEYS)
    if wall_time(given, "local_time") is None and wall_time(given, "beijing_time") is None:
        raise CaseError("local_time and beijing_time are both missing, expected one of them")
    beijing, place = wall_time(given, "beijing_time"), zone_name(given, "debtor_location_tz")
    stated = zone_name(given, "tz")
    zone = cn().zone if beijing is not None else stated or place
    at = moment(at=beijing or wall_time(given, "local_time"), zone=zone)
    channel, kind = prose(given, "channel"), prose(given, "kind")
    act = named(channel, CHANNELS, "channel") if channel else "CALL"
    consent = Standing("CONSENT", at, more={"scope": "HOURS"})
    proposed = Act(
        at,
        act,
        actor=named(channel, ROBOTS, default="FIRST_PARTY"),
        purpose=named(kind, KINDS, default="SERVICE") if kind else "COLLECT",
    )
    facts = ordinary(
        proposed,
        locations=(Location("ADDRESS", place or stated or cn().zone),),
        standing=(consent,) if yes(given, "debtor_consented_to_hours") else (),
    )
    return {"verdict": verdict_of(facts)}
