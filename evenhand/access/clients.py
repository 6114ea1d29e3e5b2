"""Outside systems that may ask the gate: added, given a new token, suspended, and known again by their token."""

import hashlib
import ipaddress
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Q, Value, When

from evenhand.access.models import ApiClient
from evenhand.compliance.vocabulary import ACTORS
from evenhand.compliance.words.questions import BANK, COLLECTORS
from evenhand.journal import actions as journal
from evenhand.journal.rules import Stream

OF_THE_BANK = frozenset({"FIRST_PARTY", "ROBOT", "FIELD_STAFF"})
PUBLIC_KEY_BYTES = 32
REQUESTS_PER_MINUTE_MAX = 600
SCOPES = tuple(ApiClient.Scope.values)
SCOPES_UNASKED = ("ASK", "REPORT")
SCOPES_OF_THE_BANK = ("CORE", "DIAL")  # given by name, to the core and the bank's own dialler alone
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{1,39}")
_MARK = "evh_"  # so that a token that went astray is recognised for what it is


class ClientError(ValueError):
    """A client that cannot be, or an act on one that is not there; the message says what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow:
    """One outside system as lists show it and as its requests are answered; nothing secret."""

    id: UUID
    name: str
    collector: str
    actor: str
    scopes: tuple[str, ...]
    public_key: bytes | None
    networks: tuple[str, ...]
    requests_per_minute_max: int
    active_from_at: datetime
    active_until_at: datetime | None
    rotated_at: datetime | None
    suspended_at: datetime | None
    suspend_reason: str

    @property
    def of_the_bank(self) -> bool:
        """Whether it is one of the bank's own systems."""
        return self.collector == BANK

    def active(self, now: datetime) -> bool:
        """Whether it may ask at this moment."""
        ended = self.active_until_at is not None and self.active_until_at <= now
        return self.suspended_at is None and self.active_from_at <= now and not ended

    def may_come_from(self, address: str) -> bool:
        """Whether it may ask from this address."""
        if not self.networks:
            return True
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in ipaddress.ip_network(network) for network in self.networks)


@transaction.atomic
def add_client(
    *,
    name: str,
    collector: str,
    actor: str = "",
    scopes: Sequence[str] = SCOPES_UNASKED,
    public_key: bytes | None = None,
    networks: Sequence[str] = (),
    requests_per_minute_max: int = REQUESTS_PER_MINUTE_MAX,
    active_from_at: datetime | None = None,
    active_until_at: datetime | None = None,
    now: datetime,
) -> str:
    """Add an outside system and return its token, which is kept nowhere.

    `collector` is an agency's code, or BANK for a system of the bank; `actor` is AGENCY or FIRST_PARTY unless stated.
    Raises ClientError.
    """
    actor = actor or ("FIRST_PARTY" if collector == BANK else "AGENCY")
    _check_words(name, collector, actor, scopes)
    _check_limits(public_key, requests_per_minute_max)
    starts = active_from_at or now
    if active_until_at is not None and active_until_at <= starts:
        raise ClientError(f"it ends at {active_until_at}; expected a moment after {starts}")
    if ApiClient.objects.filter(name=name).exists():
        raise ClientError(f"{name!r} is taken; expected another name")
    token = _new_token()
    client = ApiClient.objects.create(
        name=name,
        collector=collector,
        actor=actor,
        scopes=sorted(set(scopes)),
        token_hash=_hash(token),
        public_key=public_key,
        networks=[_network(text) for text in networks],
        requests_per_minute_max=requests_per_minute_max,
        active_from_at=starts,
        active_until_at=active_until_at,
        added_at=now,
    )
    detail = {
        "client": name,
        "collector": collector,
        "actor": actor,
        "scopes": client.scopes,
        "networks": client.networks,
        "public_key": public_key and public_key.hex(),
    }
    journal.record(kind="CLIENT_ADDED", stream=_stream(client), who=None, at=now, detail=detail)
    return token


@transaction.atomic
def rotate_client(*, name: str, public_key: bytes | None = None, now: datetime) -> str:
    """Give a client a new token, and a new public key where one is given; the old ones are good no more at once.

    Returns the token. Raises ClientError.
    """
    _check_limits(public_key, 1)
    client = _locked(name)
    token = _new_token()
    client.token_hash, client.rotated_at = _hash(token), now
    if public_key is not None:
        client.public_key = public_key
    client.save(update_fields=["token_hash", "rotated_at", "public_key"])
    detail = {"client": name, "public_key": public_key and public_key.hex()}
    journal.record(kind="CLIENT_ROTATED", stream=_stream(client), who=None, at=now, detail=detail)
    return token


@transaction.atomic
def suspend_client(*, name: str, reason: str, now: datetime) -> None:
    """Let a client ask no more, and say why. Twice keeps the first time and reason. Raises ClientError."""
    if not reason.strip() or len(reason) > 200:
        raise ClientError("say why it is suspended, in at most 200 characters")
    client = _locked(name)
    if client.suspended_at is not None:
        return
    client.suspended_at, client.suspend_reason = now, reason
    client.save(update_fields=["suspended_at", "suspend_reason"])
    detail = {"client": name, "reason": reason}
    journal.record(kind="CLIENT_SUSPENDED", stream=_stream(client), who=None, at=now, detail=detail)


def client_rows() -> tuple[ClientRow, ...]:
    """Every client by name."""
    return tuple(map(_row, ApiClient.objects.order_by("name")))


def client_of_token(token: str) -> ClientRow | None:
    """The client with this token, active or not; none when it is nobody's."""
    found = ApiClient.objects.filter(token_hash=_hash(token)).first()
    return None if found is None else _row(found)


def counted(client: ClientRow, *, now: datetime) -> bool:
    """Count a request of this minute; false when the client has made as many as it may."""
    minute = now.replace(second=0, microsecond=0)
    full = Q(minute_at=minute, requests_in_minute__gte=client.requests_per_minute_max)
    again = When(minute_at=minute, then=F("requests_in_minute") + 1)
    changed = (
        ApiClient.objects.filter(id=client.id)
        .exclude(full)
        .update(minute_at=minute, requests_in_minute=Case(again, default=Value(1)))
    )
    return changed == 1


def seconds_to_wait(now: datetime) -> int:
    """Until the next minute begins."""
    return 60 - now.second


def _row(client: ApiClient) -> ClientRow:
    copied = {name: getattr(client, name) for name in ClientRow.__dataclass_fields__}
    key = client.public_key
    lists = {"scopes": tuple(client.scopes), "networks": tuple(client.networks)}
    return ClientRow(**{**copied, **lists, "public_key": None if key is None else bytes(key)})


def _check_words(name: str, collector: str, actor: str, scopes: Sequence[str]) -> None:
    if not _NAME.fullmatch(name):
        raise ClientError(f"the name is {name!r}; expected 2 to 40 of a-z, 0-9 and -")
    if not _CODE.fullmatch(collector):
        raise ClientError(f"the code is {collector!r}; expected 2 to 40 letters, digits and -")
    if collector in COLLECTORS and collector != BANK:
        raise ClientError(f"the code {collector} means something else; expected another")
    allowed = OF_THE_BANK if collector == BANK else ACTORS - OF_THE_BANK
    if actor not in allowed:
        raise ClientError(
            f"{actor!r} does not act for {collector}; expected one of {', '.join(sorted(allowed))}"
        )
    if not scopes or set(scopes) - set(SCOPES):
        raise ClientError(f"the scopes are {list(scopes)}; expected some of {', '.join(SCOPES)}")
    if collector != BANK and (own := [scope for scope in SCOPES_OF_THE_BANK if scope in scopes]):
        raise ClientError(f"the scope {own[0]} is the bank's own; {collector} is not the bank")


def _check_limits(public_key: bytes | None, requests_per_minute_max: int) -> None:
    if public_key is not None and len(public_key) != PUBLIC_KEY_BYTES:
        raise ClientError(
            f"the public key has {len(public_key)} bytes; expected the {PUBLIC_KEY_BYTES} of Ed25519"
        )
    if requests_per_minute_max < 1:
        raise ClientError(f"{requests_per_minute_max} requests a minute; expected at least 1")


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise ClientError(f"{text!r} is no network such as 192.0.2.0/24: {error}") from None


def _locked(name: str) -> ApiClient:
    found = ApiClient.objects.select_for_update(no_key=True).filter(name=name).first()
    if found is None:
        raise ClientError(f"no client is called {name!r}")
    return found


def _new_token() -> str:
    return _MARK + secrets.token_urlsafe(32)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _stream(client: ApiClient) -> Stream:
    return Stream("CLIENT", str(client.id))
