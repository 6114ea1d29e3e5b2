"""VISIT: may these visitors, so equipped, go to this place at this time?"""

import re
from collections.abc import Mapping
from typing import Any

from evenhand.compliance.cases.china.deeds import bans_broken, enters
from evenhand.compliance.cases.china.reading import (
    asked_least,
    moment,
    only,
    ordinary,
    prose,
    verdict_of,
    wall_time,
    whole,
    yes,
)
from evenhand.compliance.facts import Act, Standing
from evenhand.compliance.texts.forbidden import findings

KEYS = frozenset({
    "audio_video_recording", "collectors", "id_shown", "local_time", "place", "action", "consent",
})  # fmt: skip
OUTSIDE = r"door(?:step|way)?\b|outside|gate|entrance|lobby|street|public|门口|门外|楼下"
INSIDE = (
    r"inside|\bin(?:to)? (?:the )?(?:home|house|flat|apartment|residence|room|office|work)|living room"
    r"|室内|屋内|家中|办公区"
)


def answer(given: Mapping[str, Any]) -> dict[str, Any]:
    """`verdict` of the visit and the least number of visitors; what the case does not mention is as it should be."""
    only(given, KEYS)
    at = moment(at=wall_time(given, "local_time"))
    place, action = prose(given, "place"), prose(given, "action")
    inside = bool(re.search(INSIDE, place)) and not re.search(OUTSIDE, place)
    goes_in = inside or enters(action)
    consent = yes(given, "consent")
    stated = {
        "collectors": None
        if "collectors" not in given
        else whole(given["collectors"], "collectors"),
        "id_shown": yes(given, "id_shown"),
        "audio_video_recording": yes(given, "audio_video_recording"),
    }
    more: dict[str, Any] = {name: value for name, value in stated.items() if value is not None}
    more["enters"] = goes_in
    more["entry_consent"] = bool(consent)
    if flags := _flags(action, place):
        more["content_flags"] = flags
    agreed = Standing("CONSENT", at, more={"scope": "HOURS"})
    return {
        "verdict": verdict_of(
            ordinary(
                Act(at, "VISIT", actor="FIELD_STAFF", purpose="COLLECT", more=more),
                standing=(agreed,) if consent and not goes_in else (),
            )
        ),
        "min_collectors": asked_least("CN-COL-VISIT-STAFF", "collectors"),
    }


def _flags(action: str, place: str) -> list[str]:
    """Which bans the visit breaks by what is done or said."""
    told = f"{action}; {place}"
    flags = {f.code for f in findings(told, sender="FIELD_STAFF", channel="VISIT")}
    flags -= {"ENTERING_HOME"}  # entering is judged by consent, not by the word
    return sorted(flags | bans_broken(told))
