"""An agency as the API sees it: its client, its key, people whose numbers the bank knows, and its requests."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from evenhand.access.clients import add_client
from evenhand.casework.grants import grant_case
from evenhand.casework.models import Case
from evenhand.journal.rules import canonical
from evenhand.portfolio.identity import HEADER, KINDS, POINT, SOURCES
from evenhand.portfolio.models import Person
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from tests.world import a_case, a_person

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
MOBILE = ("MOBILE", "13800001234", 71)
HOME = ("ADDRESS", "上海市长宁路1号", 72)
FRIEND = ("RESERVED_CONTACT", "13900009876", 73)


def a_person_with(*points: tuple[str, str, int]) -> Person:
    """A person whom the bank's files let be reached at these points: kind, value and key each."""
    person = a_person()
    keys = read_keys(config().key_file)
    pieces = b""
    for kind, value, key in points:
        about = np.array([person.customer_key], dtype=np.int64)
        [sealed] = keys.seal_column(pa.array([value]), about, "contact_points.value").to_pylist()
        head = np.zeros(1, HEADER)
        head["field"], head["kind"], head["source"] = POINT, KINDS.index(kind) + 1, 1
        head["value_key"], head["verified_on"], head["length"] = key, -1, len(sealed)
        assert SOURCES
        pieces += head.tobytes() + sealed
    person.identity = pieces
    person.save(update_fields=["identity"])
    return person


def a_placed_case(reference: str = "N-1", collector: str = "NORTH") -> Case:
    """An open case of somebody with a mobile number, an address and a friend, given to an agency."""
    case = a_case(customer=a_person_with(MOBILE, HOME, FRIEND))
    grant_case(case_id=case.id, collector=collector, reference=reference, now=SINCE)
    return case


@dataclass
class Outside:
    """One outside system: what it sends is sent by Django's own client, without a network."""

    token: str
    key: Ed25519PrivateKey
    language: str = "en"
    sends: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def get(self, path: str, **headers: str) -> Any:
        """The answer to a GET of a path under /api/v1/."""
        return self.sends.get(f"/api/v1/{path}", headers=self._headers(headers))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """The answer to a POST."""
        return self.sends.post(
            f"/api/v1/{path}", data=json.dumps(body or {}), content_type="application/json",
            headers=self._headers(headers),
        )  # fmt: skip

    def ask(self, key: str = "k1", **asked: Any) -> Any:
        """The answer to a request for a permit: a call to the mobile number of N-1, unless asked otherwise."""
        given = {"reference": "N-1", "act": "CALL", "point": "71", "place": "MOBILE"} | asked
        return self.post("permits", given, **{"Idempotency-Key": key})

    def result(self, permit: str, outcome: str = "ANSWERED", **record: Any) -> Any:
        """The answer to a signed record."""
        stated = {"permit": permit, "outcome": outcome} | record
        return self.post(
            f"permits/{permit}/result", {"record": stated, "signature": self.sign(stated)}
        )

    def talk(self, key: str, seconds: int = 60) -> Any:
        """Ask, send, and tell of a call that was answered."""
        permit = self.ask(key).json()["id"]
        assert self.post(f"permits/{permit}/sent").status_code == 200
        return self.result(permit, talk_seconds=seconds)

    def sign(self, record: Any) -> str:
        """The signature of a record."""
        return base64.b64encode(self.key.sign(canonical(record))).decode()

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        ours = {"Authorization": f"Bearer {self.token}", "Accept-Language": self.language}
        return {name: value for name, value in (ours | more).items() if value}


def an_outside(name: str = "north-dialler", collector: str = "NORTH", **given: Any) -> Outside:
    """A client that signs its records."""
    key = Ed25519PrivateKey.generate()
    told = {"public_key": key.public_key().public_bytes_raw(), "now": SINCE} | given
    return Outside(add_client(name=name, collector=collector, **told), key)
