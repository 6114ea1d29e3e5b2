"""The queue of contacts to make: each made from a count of its person, and void when that count has risen."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from evenhand.kernel.ids import uuid7
from evenhand.outreach.asked import Asked
from evenhand.outreach.gate import KeyReused, UnknownPerson
from evenhand.outreach.guard import Terms, wait_before
from evenhand.outreach.permits import Permit

AGAIN = " again "  # between the key of the first try and the number of a later one

_ENQUEUE = """
WITH entries AS MATERIALIZED (
  SELECT * FROM json_to_recordset(%s::json) AS e(id uuid, not_before timestamptz, expires_at timestamptz, priority int,
    customer_id uuid, facts_seq bigint, asked json, request_key text, digest text)
), fresh AS (
  INSERT INTO contact_request (key, digest, customer_id, entry_id, entry_at)
  SELECT request_key, decode(digest, 'hex'), customer_id, id, not_before FROM entries
  ON CONFLICT (key) DO NOTHING RETURNING key
)
INSERT INTO contact_queue (id, not_before, expires_at, priority, customer_id, facts_seq, asked, request_key, asked_by,
  queued_at)
SELECT e.id, e.not_before, e.expires_at, e.priority, e.customer_id, e.facts_seq, e.asked, e.request_key, %s, %s
  FROM entries e JOIN fresh ON fresh.key = e.request_key
"""
_UNKNOWN = """
SELECT e.customer_id FROM json_to_recordset(%s::json) AS e(customer_id uuid)
 WHERE NOT EXISTS (SELECT FROM portfolio_person p WHERE p.id = e.customer_id) LIMIT 1
"""
_REUSED = """
SELECT e.request_key FROM json_to_recordset(%s::json) AS e(request_key text, digest text)
  JOIN contact_request r ON r.key = e.request_key WHERE r.digest <> decode(e.digest, 'hex') LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One contact to make later. It is judged when it is taken, and again when it is sent."""

    customer_id: UUID
    facts_seq: int  # the count of the person it was made from
    asked: Asked
    request_key: str
    not_before: datetime
    expires_at: datetime  # at most a week later
    priority: int = 0  # higher first among those of the same `not_before`


def enqueue(contacts: Sequence[Wanted], *, by: str, now: datetime) -> int:
    """Put contacts in the queue, in the caller's transaction where there is one; returns how many were new.

    The same key with the same content twice is one entry; with other content it raises KeyReused and none is queued.
    Nor is any where one is of nobody, which no batch could ever take: UnknownPerson.
    """
    if not contacts:
        return 0
    text = json.dumps([_entry(contact) for contact in contacts], ensure_ascii=False)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_UNKNOWN, [text])
        if unknown := cursor.fetchone():
            raise UnknownPerson(f"no person {unknown[0]}")
        cursor.execute(_ENQUEUE, [text, by, now])
        fresh = cursor.rowcount
        if fresh < len(contacts):
            cursor.execute(_REUSED, [text])
            if reused := cursor.fetchone():
                raise KeyReused(f"the key {reused[0]!r} was used to ask for something else")
    return int(fresh)


def _entry(contact: Wanted) -> dict[str, object]:
    asked = contact.asked.checked()
    return {
        "id": str(uuid7()),
        "not_before": contact.not_before.isoformat(),
        "expires_at": contact.expires_at.isoformat(),
        "priority": contact.priority,
        "customer_id": str(contact.customer_id),
        "facts_seq": contact.facts_seq,
        "asked": json.loads(asked.text()),
        "request_key": contact.request_key,
        "digest": asked.digest(contact.customer_id).hex(),
    }


_ENTRY = """
SELECT k.facts_seq, k.expires_at, k.priority FROM contact_request r
  JOIN contact_queue k ON k.id = r.entry_id AND k.not_before = r.entry_at WHERE r.key = %s
"""


def queue_again(permit: Permit, *, terms: Terms, now: datetime) -> bool:
    """Queue once more what a channel was not able to take, from the same count of its person; returns whether it was.

    Not what was not queued, has had its tries, or would be too late by then.
    """
    first, _, last = permit.request_key.partition(AGAIN)
    number = int(last or 1) + 1
    wait = wait_before(number, terms)
    with connection.cursor() as cursor:
        cursor.execute(_ENTRY, [permit.request_key])
        row = cursor.fetchone()
    if row is None or wait is None or now + wait >= row[1]:
        return False
    again = Wanted(
        customer_id=permit.customer_id, facts_seq=row[0], asked=permit.asked, request_key=f"{first}{AGAIN}{number}",
        not_before=now + wait, expires_at=row[1], priority=row[2],
    )  # fmt: skip
    return bool(enqueue([again], by="dispatcher", now=now))
