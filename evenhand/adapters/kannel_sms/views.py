"""The addresses Kannel calls: receipts of messages, and messages that came back."""

import hmac
from urllib.parse import parse_qsl
from uuid import UUID

import structlog
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from evenhand.adapters.kannel_sms.client import signature
from evenhand.cycle.dispatching import receipt_came
from evenhand.cycle.replying import reply_came
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from evenhand.web.clock import clock

STATUS = {"1": "DELIVERED", "2": "FAILED", "16": "FAILED", "34": "EXPIRED"}
NUMBER_MAX, TEXT_MAX = 30, 2_000
WIDE = frozenset({"UTF-16BE", "UCS-2", "UTF-16"})
log = structlog.get_logger()


@login_not_required
@csrf_exempt
@require_GET
def receipt(request: HttpRequest) -> HttpResponse:
    """200 for a receipt that is ours, new or not; 403 for one that is not. Buffered and accepted ones settle
    nothing."""
    secret = config().kannel_password
    if secret is None:
        return HttpResponse(status=404)
    try:
        message = UUID(request.GET.get("m", ""))
    except ValueError:
        return HttpResponse(status=403)
    if not hmac.compare_digest(request.GET.get("s", ""), signature(message, secret)):
        log.warning("receipt_not_signed")
        return HttpResponse(status=403)
    status = STATUS.get(request.GET.get("d", ""), "")
    if status:
        receipt_came(
            message_id=message, status=status, reason=request.GET.get("a", "")[:100], now=clock()
        )
    return HttpResponse("", content_type="text/plain")


@login_not_required
@csrf_exempt
@require_GET
def reply(request: HttpRequest) -> HttpResponse:
    """Take a message that came back; answered with nothing, so that Kannel sends nothing of its own."""
    secret = config().kannel_password
    if secret is None:
        return HttpResponse(status=404)
    if not hmac.compare_digest(request.GET.get("s", ""), secret):
        return HttpResponse(status=403)
    number, text = request.GET.get("from", "")[:NUMBER_MAX], _text_of(request)[:TEXT_MAX]
    if number and text:
        reply_came(
            channel="TEXT", number=number, text=text, reference=request.GET.get("id", "")[:100],
            keys=read_keys(config().key_file), now=clock(),
        )  # fmt: skip
    return HttpResponse("", content_type="text/plain")


def _text_of(request: HttpRequest) -> str:
    """The text of a reply, in the charset Kannel names: what came as UCS-2 it passes on as it came, in UTF-16BE."""
    asked: str = request.META.get("QUERY_STRING", "")
    said = dict(parse_qsl(asked, encoding="latin-1"))
    data = said.get("text", "").encode("latin-1")
    charset = "utf-16-be" if said.get("charset", "").upper() in WIDE else "utf-8"
    return data.decode(charset, "replace").replace("\0", "")
