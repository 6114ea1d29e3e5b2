"""The address at which the push gateway tells what became of a message, or that she wants no more: signed."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from evenhand.adapters.signed import NotUnderstood, heard
from evenhand.cycle.dispatching import receipt_came
from evenhand.cycle.replying import opted_out_of
from evenhand.outreach.message_rows import message_row
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from evenhand.web.clock import clock

ENDS = {"delivered": "DELIVERED", "failed": "FAILED", "expired": "EXPIRED"}
_REASON = re.compile(r"[A-Z][A-Z0-9_]{0,59}|")


@login_not_required
@csrf_exempt
@require_POST
def told(request: HttpRequest) -> HttpResponse:
    """What the gateway tells of a message; see `signed.heard`."""
    return heard(request, config().push_secret, _take)


def _take(said: Mapping[str, Any]) -> None:
    message_id, event, reason = (
        _ours(said.get("message")),
        said.get("event"),
        said.get("reason", ""),
    )
    if not isinstance(reason, str) or not _REASON.fullmatch(reason):
        raise NotUnderstood("reason: expected a code in capital letters")
    if event == "opted_out":
        opted_out_of(
            message_id=message_id, evidence="switched off in the app", keys=read_keys(config().key_file), now=clock()
        )  # fmt: skip
    elif event in ENDS:
        receipt_came(message_id=message_id, status=ENDS[event], reason=reason, now=clock())
    else:
        raise NotUnderstood(f"event: expected {', '.join(ENDS)} or opted_out")


def _ours(value: object) -> UUID:
    try:
        found = UUID(str(value))
    except ValueError:
        found = None
    row = None if found is None else message_row(found)
    if row is None or row.channel != "PUSH":
        raise NotUnderstood("message: expected the key of a message that was handed over")
    return row.id
