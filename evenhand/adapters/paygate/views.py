"""The address the gateway notifies: signed or refused, acted on once, answered quickly."""

import hashlib
from datetime import datetime
from uuid import UUID

import structlog
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from standardwebhooks.webhooks import Webhook

from evenhand.cycle.gateway import Notice, NoticeRefused, notice_came
from evenhand.kernel.money import MoneyError, to_minor
from evenhand.payments import actions as payments
from evenhand.runtime.config import config
from evenhand.web.clock import clock

BODY_MAX_BYTES = 16_384
STATES = {"paid": "PAID", "failed": "FAILED"}
log = structlog.get_logger()


@login_not_required
@csrf_exempt
@require_POST
def notified(request: HttpRequest) -> HttpResponse:
    """200 for what was acted on, now or before; 400 for what is not signed or cannot be; 404 where there is no gateway.

    The gateway sends again what was not answered 200: a refusal is kept with its reason, and nothing else changes.
    """
    secret = config().paygate_secret
    if secret is None:
        return HttpResponse(status=404)
    now = clock()
    body = request.read(BODY_MAX_BYTES + 1)
    digest = hashlib.sha256(body).hexdigest()
    name = request.headers.get("webhook-id", "")[:80]
    try:
        found = _read(body, digest, request, secret)
        notice_came(found, now=now)
    except NoticeRefused as refused:
        payments.refuse(notice=name, sha256=digest, reason=refused.reason, now=now)
        log.warning("gateway_notice_refused", reason=refused.reason, sha256=digest)
        return HttpResponse(refused.reason, status=400, content_type="text/plain")
    return HttpResponse(status=200)


def _read(body: bytes, digest: str, request: HttpRequest, secret: str) -> Notice:
    """The notification; raises NoticeRefused unless it is small, signed, of now and complete."""
    if len(body) > BODY_MAX_BYTES:
        raise NoticeRefused("TOO_LARGE")
    headers = {name: request.headers.get(name, "") for name in _HEADERS}
    try:
        said = Webhook(secret).verify(body, headers)
    except (
        Exception
    ) as error:  # the library raises whatever a header made to confuse it brings about
        late = "too old" in str(error) or "too new" in str(error)
        raise NoticeRefused("NOT_OF_NOW" if late else "NOT_SIGNED") from None
    try:
        return Notice(
            notice=headers["webhook-id"],
            sha256=digest,
            intent=UUID(said["intent"]),
            state=STATES[said["state"]],
            amount_minor=to_minor(said["amount"], said["currency"]),
            currency=said["currency"],
            reference=_reference(said["reference"]),
            at=datetime.fromisoformat(said["at"]),
        )
    except (KeyError, ValueError, TypeError, AttributeError, MoneyError):
        raise NoticeRefused("NOT_AS_EXPECTED") from None


_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def _reference(text: str) -> str:
    if not isinstance(text, str) or not 0 < len(text) <= 64:
        raise ValueError("a reference of 1 to 64 characters")
    return text
