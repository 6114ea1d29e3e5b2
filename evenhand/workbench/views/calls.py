"""A call of the robot: what was said and wished, and its recording for those who say what they listen for."""

import re
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from evenhand.casework.queries import case_names
from evenhand.outreach.calls import (
    PURPOSES,
    CallRow,
    call_row,
    recording_of,
    recording_opened,
    said_in,
)
from evenhand.runtime.config import config
from evenhand.runtime.keys import SealedError, read_keys
from evenhand.web.clock import clock
from evenhand.workbench.pages import staff_of

HEARD_FOR = timedelta(minutes=30)
SPEEDS = ("1", "1.25", "1.5", "2")
see = permission_required("access.see_contacts", raise_exception=True)


@see
def call(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """What was said, what she wished, and the recording once a purpose was stated; 404 where there was no call."""
    row = _row(message_id)
    try:
        said = said_in(message_id, read_keys(config().key_file))
    except SealedError:
        said = []
    case = case_names(staff_of(request), [row.customer_id]).get(row.customer_id)
    context = {
        "row": row, "said": said, "case": case, "purposes": PURPOSES, "speeds": SPEEDS,
        "hears": _may_hear(request, message_id),
    }  # fmt: skip
    return render(request, "workbench/call.html", context)


@require_POST
@see
def hear(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Open a recording for half an hour; who listens and what for stands in the journal."""
    row, purpose = _row(message_id), request.POST.get("purpose", "")
    if purpose not in PURPOSES or not row.recording_sha256 or row.recording_erased_at:
        raise Http404
    recording_opened(row, purpose=purpose, by=staff_of(request).id, now=clock())
    request.session[_place(message_id)] = (clock() + HEARD_FOR).isoformat()
    return redirect("workbench:call", message_id)


@see
def recording(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """The sound, or the part of it that was asked for; 403 without a purpose."""
    _row(message_id)
    if not _may_hear(request, message_id):
        raise PermissionDenied
    found = recording_of(message_id, read_keys(config().key_file))
    if found is None:
        raise Http404
    return _part_of(found, request.headers.get("Range", ""))


def _part_of(sound: bytes, asked: str) -> HttpResponse:
    """All of it, or one range of bytes, as players ask for to seek."""
    part = re.fullmatch(r"bytes=(\d+)-(\d*)", asked)
    first = int(part[1]) if part else 0
    last = min(int(part[2]), len(sound) - 1) if part and part[2] else len(sound) - 1
    if first > last:
        answer = HttpResponse(status=416)
        answer["Content-Range"] = f"bytes */{len(sound)}"
        return answer
    answer = HttpResponse(
        sound[first : last + 1], content_type="audio/wav", status=206 if part else 200
    )
    if part:
        answer["Content-Range"] = f"bytes {first}-{last}/{len(sound)}"
    answer["Accept-Ranges"] = "bytes"
    answer["Cache-Control"] = "no-store"
    return answer


def _row(message_id: UUID) -> CallRow:
    row = call_row(message_id)
    if row is None:
        raise Http404
    return row


def _place(message_id: UUID) -> str:
    return f"hears {message_id}"


def _may_hear(request: HttpRequest, message_id: UUID) -> bool:
    until = request.session.get(_place(message_id), "")
    return bool(until) and datetime.fromisoformat(until) > clock()
