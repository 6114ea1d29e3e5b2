"""Signed requests both ways, as the PBX and the push gateway take and send them.

HMAC-SHA256 over the second, a dot and the body, under a shared secret; what is older or further ahead than five minutes
is refused.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.http import HttpRequest, HttpResponse

from evenhand.adapters.loopback import on_this_machine, tls_for
from evenhand.outreach.channels import NotHanded, Unsure
from evenhand.web.clock import clock

TIMESTAMP, SIGNATURE = "X-Evenhand-Timestamp", "X-Evenhand-Signature"
REPLAY_SECONDS = 300
TIMEOUT_SECONDS = 5
ANSWER_BYTES_MAX = 4_096
REFERENCE_MAX = 100
BODY_MAX_BYTES = 16_384
log = structlog.get_logger()
FULL = (429, 503)


class NotSigned(ValueError):
    """A request that is not signed, not of now, or too long."""


class NotUnderstood(ValueError):
    """What was told cannot be used; the message names the field and what was expected."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The signature in hexadecimal."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def signed(secret: str, body: bytes, *, at: datetime) -> dict[str, str]:
    """The headers that sign a body at a moment."""
    timestamp = str(int(at.timestamp()))
    return {TIMESTAMP: timestamp, SIGNATURE: signature(secret, timestamp, body)}


def is_signed(secret: str, timestamp: str, given: str, body: bytes, *, now: datetime) -> bool:
    """Whether a body is signed, and not longer ago, nor further ahead, than five minutes."""
    if not (
        timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12 and given.isascii()
    ):
        return False
    right = hmac.compare_digest(given, signature(secret, timestamp, body))
    return right and abs(now.timestamp() - int(timestamp)) <= REPLAY_SECONDS


def ask(url: str, said: Mapping[str, object], *, secret: str, at: datetime, demo: bool) -> str:
    """Post something once and return the reference the other side gives, empty where it gives none.

    2xx took it; 4xx and 503 took nothing, 429 and 503 for now; anything else, and a line that breaks after the request
    left, leaves open what it did. Raises NotHanded and Unsure.
    """
    where = urlsplit(url)
    host = where.hostname or ""
    if demo and not on_this_machine(host):
        raise NotHanded("OUTSIDE_THIS_MACHINE")
    body = json.dumps(said, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json"} | signed(secret, body, at=at)
    line: HTTPConnection = (
        HTTPSConnection(host, where.port, timeout=TIMEOUT_SECONDS, context=tls_for(host))
        if where.scheme == "https"
        else HTTPConnection(host, where.port, timeout=TIMEOUT_SECONDS)
    )
    try:
        line.connect()
    except OSError:
        raise NotHanded("NO_CONNECTION", again=True) from None
    try:
        line.request("POST", where.path, body, headers)
        answer = line.getresponse()
        heard = answer.read(ANSWER_BYTES_MAX)
    except (OSError, HTTPException):
        raise Unsure("LINE_BROKE") from None
    finally:
        line.close()
    if 200 <= answer.status < 300:
        return _reference(heard)
    if 400 <= answer.status < 500 or answer.status in FULL:
        raise NotHanded(f"HTTP_{answer.status}", again=answer.status in FULL)
    raise Unsure(f"HTTP_{answer.status}")


def _reference(heard: bytes) -> str:
    """The reference in the answer; what cannot be read is none, for it was taken all the same."""
    try:
        found = json.loads(heard)["reference"]
    except (ValueError, KeyError, TypeError):
        return ""
    return found[:REFERENCE_MAX] if isinstance(found, str) and found.isprintable() else ""


def told_in(request: HttpRequest, secret: str, *, now: datetime) -> Mapping[str, Any]:
    """What a signed request tells; raises NotSigned and NotUnderstood."""
    body, headers = request.read(BODY_MAX_BYTES + 1), request.headers
    given = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    if len(body) > BODY_MAX_BYTES or not is_signed(secret, *given, body, now=now):
        raise NotSigned
    try:
        found = json.loads(body)
    except ValueError:
        raise NotUnderstood("body: expected JSON") from None
    if not isinstance(found, dict):
        raise NotUnderstood("body: expected an object")
    return found


def heard(
    request: HttpRequest, secret: str | None, take: Callable[[Mapping[str, Any]], None]
) -> HttpResponse:
    """Let what a signed request tells be taken, and answer it.

    204 for what was understood, new or not; 403 for what is not signed or not of now; 422 with the field and what was
    expected; 404 where nobody may tell anything. What was not answered 204 is told again, with a signature of then.
    """
    if secret is None:
        return HttpResponse(status=404)
    try:
        take(told_in(request, secret, now=clock()))
    except NotSigned:
        log.warning("told_not_signed", at=request.path)
        return HttpResponse(status=403)
    except NotUnderstood as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=204)
