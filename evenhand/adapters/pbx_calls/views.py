"""The address at which the PBX tells of calls: signed or refused, each told twice done once."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from evenhand.adapters.signed import NotUnderstood, heard
from evenhand.outreach import human_calls
from evenhand.outreach.human_calls import CallTold
from evenhand.outreach.lane import gate_now
from evenhand.outreach.rules import VOICE_OUTCOMES
from evenhand.runtime.config import config

AHEAD = timedelta(minutes=5)  # by which the clock of a PBX may be ahead
TALK_SECONDS_MAX = 86_400
_REASON = re.compile(r"[A-Z][A-Z0-9_]{0,59}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@login_not_required
@csrf_exempt
@require_POST
def told(request: HttpRequest) -> HttpResponse:
    """What the PBX tells of a call; see `signed.heard`."""
    return heard(request, config().pbx_secret, _take)


def _take(said: Mapping[str, Any]) -> None:
    found = human_calls.human_call(_key(said.get("call")))
    if found is None or found.way != human_calls.Way.PBX:
        raise NotUnderstood("call: expected the key of a call that was asked for")
    now = gate_now()
    match said.get("event"):
        case "ringing":
            human_calls.rang(found, at=_moment(said, "at", now), now=now)
        case "answered":
            human_calls.was_answered(found, at=_moment(said, "at", now), now=now)
        case "ended":
            human_calls.ended(found, _end(said, now), now=now)
        case _:
            raise NotUnderstood("event: expected ringing, answered or ended")


def _end(said: Mapping[str, Any], now: datetime) -> CallTold:
    if reason := said.get("not_dialled"):
        if not isinstance(reason, str) or not _REASON.fullmatch(reason):
            raise NotUnderstood("not_dialled: expected a code in capital letters")
        return CallTold(not_dialled=reason)
    outcome = said.get("outcome")
    if outcome not in VOICE_OUTCOMES:
        raise NotUnderstood(f"outcome: expected one of {', '.join(sorted(VOICE_OUTCOMES))}")
    started, ended = _moment(said, "started_at", now), _moment(said, "ended_at", now)
    answered = _moment(said, "answered_at", now) if said.get("answered_at") else None
    if not started <= (answered or started) <= ended:
        raise NotUnderstood("ended_at: expected times in their order")
    return CallTold(
        outcome=outcome, started_at=started, answered_at=answered, ended_at=ended, talk_seconds=_seconds(said),
        recording=_text(said, "recording"), recording_sha256=_sha256(said),
    )  # fmt: skip


def _key(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise NotUnderstood("call: expected the key of a call that was asked for") from None


def _moment(said: Mapping[str, Any], name: str, now: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(str(said.get(name)))
    except ValueError:
        raise NotUnderstood(
            f"{name}: expected a moment such as 2026-09-28T10:00:00+08:00"
        ) from None
    if found.tzinfo is None:
        raise NotUnderstood(f"{name}: expected a moment with its zone")
    if found > now + AHEAD:
        raise NotUnderstood(f"{name}: expected a moment that is past")
    return found


def _seconds(said: Mapping[str, Any]) -> int | None:
    found = said.get("talk_seconds")
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= TALK_SECONDS_MAX:
        raise NotUnderstood("talk_seconds: expected whole seconds, none below zero")
    return found


def _text(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name, "")
    if not isinstance(found, str) or len(found) > 100 or not found.isprintable():
        raise NotUnderstood(f"{name}: expected at most 100 printable characters")
    return found


def _sha256(said: Mapping[str, Any]) -> str:
    found = said.get("recording_sha256", "")
    if found != "" and not (isinstance(found, str) and _SHA256.fullmatch(found)):
        raise NotUnderstood("recording_sha256: expected 64 hexadecimal digits in lower case")
    return str(found)
