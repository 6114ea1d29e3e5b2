"""The post room: messages as they left, what became of them, and replies somebody has to read."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from evenhand.casework.queries import case_names
from evenhand.cycle.replying import reply_read
from evenhand.outreach.channels import KeepsCopies, channels
from evenhand.outreach.health import health_rows
from evenhand.outreach.message_rows import (
    message_counts,
    message_row,
    message_rows,
    message_shares,
    replies_to_read,
)
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from evenhand.web.clock import clock
from evenhand.workbench.pages import staff_of

PAGE = 50
SHARES_OF = timedelta(days=30)
CHANNELS = ("TEXT", "EMAIL", "PUSH", "LETTER", "CALL")
see = permission_required("access.see_contacts", raise_exception=True)


@see
def post(request: HttpRequest) -> HttpResponse:
    """The latest messages, and replies to read."""
    keys, after = read_keys(config().key_file), request.GET.get("after", "")
    channel = request.GET.get("channel", "")
    if channel not in (*CHANNELS, ""):
        raise Http404
    try:
        rows = message_rows(keys, channel=channel, after=after, limit=PAGE + 1)
    except ValueError:
        raise Http404 from None
    shown = rows[:PAGE]
    replies = replies_to_read(keys)
    people = [row.customer_id for row in shown] + [
        row.customer_id for row in replies if row.customer_id
    ]
    cases = case_names(staff_of(request), people)
    context = {
        "rows": [(row, cases.get(row.customer_id)) for row in shown],
        "replies": [
            (row, cases.get(row.customer_id) if row.customer_id else None) for row in replies
        ],
        "health": health_rows(),
        "shares": message_shares(since=clock() - SHARES_OF),
        "shares_days": SHARES_OF.days,
        "counts": sorted(message_counts(channel).items()),
        "channels": CHANNELS,
        "channel": channel,
        "next": shown[-1].id if len(rows) > PAGE else "",
        "paged": bool(after),
    }
    return render(request, "workbench/post.html", context)


@see
def copy(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """What left as a file, exactly as it left: a letter as PDF. 404 where none is kept."""
    row = message_row(message_id)
    channel = None if row is None else channels().get(row.channel)
    found = channel.copy(message_id) if isinstance(channel, KeepsCopies) else None
    if found is None:
        raise Http404
    answer = HttpResponse(found, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{message_id}.pdf"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@see
def read(request: HttpRequest, reply_id: UUID) -> HttpResponse:
    """Say that somebody has read a reply."""
    if not reply_read(reply_id=reply_id, by=staff_of(request).id, now=clock()):
        raise Http404
    messages.success(request, _("It is read."))
    return redirect("workbench:post")
