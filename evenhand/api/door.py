"""Who asks: a client known by its token, in its time, from its network, not too often, with a body of a fair size."""

from django.http import HttpRequest
from ninja.security import HttpBearer

from evenhand.access.clients import ClientRow, client_of_token, counted, seconds_to_wait
from evenhand.api.problems import Problem
from evenhand.web.clock import clock

BODY_BYTES_MAX = 64 * 1024
NOTHING: frozenset[str] = frozenset()


class Token(HttpBearer):
    """A token in the header `Authorization: Bearer …`."""

    def authenticate(self, request: HttpRequest, token: str) -> ClientRow:
        """The client; raises Problem."""
        now = clock()
        client = client_of_token(token)
        if client is None:
            raise Problem(401, "token-unknown", "expected a token that was given to a client")
        if not client.active(now):
            raise Problem(403, "client-not-active", "it is suspended, or not in its time")
        if not client.may_come_from(request.META.get("REMOTE_ADDR", "")):
            raise Problem(403, "address-not-allowed", "expected an address of its networks")
        if not counted(client, now=now):
            limit = client.requests_per_minute_max
            wait = seconds_to_wait(now)
            raise Problem(429, "too-many-requests", f"at most {limit} a minute", wait_seconds=wait)
        _check_size(request)
        return client


def client_of(
    request: HttpRequest, scope: str = "", *, query: frozenset[str] = NOTHING
) -> ClientRow:
    """The client that asks, which has the scope, and in the address nothing but these names; raises Problem."""
    client: ClientRow = request.auth  # type: ignore[attr-defined]
    for name in request.GET:
        if name not in query:
            expected = ", ".join(sorted(query)) or "no name"
            raise Problem(
                422, "not-as-expected", f"after the question mark {expected}", field="query"
            )
    if scope and scope not in client.scopes:
        raise Problem(403, "scope-missing", f"it needs the scope {scope}")
    return client


def _check_size(request: HttpRequest) -> None:
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_BYTES_MAX:
        raise Problem(413, "body-too-large", f"at most {BODY_BYTES_MAX} bytes")
