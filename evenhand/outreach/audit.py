"""The auditor: the contacts of a period checked again, by SQL of its own and by judging the stored facts again."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from evenhand.compliance.facts import Facts
from evenhand.compliance.packs import Pack
from evenhand.outreach import audit_tables as tables
from evenhand.outreach.audit_rules import Query, Unsaid, query_of
from evenhand.outreach.clock import clock_is_real
from evenhand.outreach.judging import Law, verdict_of
from evenhand.rulebook.packs import packs_of
from evenhand.runtime.config import config

FINDINGS_MAX = 1000
"""How many findings of one check are listed; all are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One contact that is not as it must be, by one check or rule."""

    check: str
    contact: UUID
    at: datetime
    customer: UUID
    detail: Mapping[str, Any]

    def said(self) -> str:
        """Its detail in one line."""
        return ", ".join(f"{name} {value}" for name, value in self.detail.items())


@dataclass
class Audit:
    """What was looked at and what was found. Contacts told of afterwards, which no permit covers, are `told_late`."""

    contacts: int = 0
    permits: int = 0
    judged_again: int = 0
    rules_in_sql: set[str] = field(default_factory=set)
    rules_by_judging: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    told_late: int = 0
    clock_replaced: bool = False

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong. A clock that was replaced is wrong in a live database."""
        return not self.counts and not (self.clock_replaced and config().mode == "live")

    def stored(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "contacts": self.contacts,
            "permits": self.permits,
            "judged_again": self.judged_again,
            "told_late": self.told_late,
            "clock_replaced": self.clock_replaced,
            "rules_in_sql": sorted(self.rules_in_sql),
            "rules_by_judging": sorted(self.rules_by_judging),
            "counts": dict(self.counts),
            "findings": [
                [f.check, str(f.contact), f.at.isoformat(), str(f.customer), dict(f.detail)]
                for f in self.findings
            ],
        }

    def add(self, finding: Finding) -> None:
        """Count a finding, and list it while there are not too many of its kind."""
        self.counts[finding.check] += 1
        if self.counts[finding.check] <= FINDINGS_MAX:
            self.findings.append(finding)


def audit_contacts(*, since: datetime, until: datetime) -> Audit:
    """Check every contact filed from `since` to `until` (exclusive), aware instants. Reads only.

    A contact made without a permit and told of afterwards is counted in `told_late`, not found again and again.
    """
    assert since.tzinfo is not None
    assert until.tzinfo is not None
    done = Audit(clock_replaced=not clock_is_real())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE decision = 'ALLOW' AND origin IN ('ASKED', 'QUEUED'))"
            " FROM contact_event WHERE at >= %s AND at < %s",
            [since, until],
        )
        done.contacts, done.permits = cursor.fetchone()
    for begins, ends in _intervals(since, until):
        packs = _packs(begins)
        _check_tables(done, begins, ends, packs)
        for pack in packs:
            _check_rules(done, begins, ends, pack)
        _judge_again(done, begins, ends, packs)
    done.rules_in_sql -= done.rules_by_judging  # in one of its versions
    return done


def _intervals(since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """The parts of a period in which the same packs were in force."""
    with connection.cursor() as cursor:
        cursor.execute(tables.LAWS, {"from": since, "to": until})
        edges = [since, *(row[0] for row in cursor.fetchall()), until]
    return list(pairwise(edges))


def _packs(at: datetime) -> tuple[Pack, ...]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rulebook_active_packs(%s)", [at])
        return packs_of(cursor.fetchone()[0])


def _check_tables(done: Audit, since: datetime, until: datetime, packs: Sequence[Pack]) -> None:
    values = {
        "from": since,
        "to": until,
        "zone": config().time_zone,
        "labels": [pack.label for pack in packs],
    }
    for check, statement in tables.STATEMENTS.items():
        for finding in _found(check, statement, values):
            if check == "MADE_WITHOUT_PERMIT":
                done.told_late += 1
            else:
                done.add(finding)


def _check_rules(done: Audit, since: datetime, until: datetime, pack: Pack) -> None:
    """Every rule of a pack that can be said in SQL, in its days of validity, to the acts the pack applies to."""
    if pack.applies_to.conditions:
        done.rules_by_judging.update(rule.id for rule in pack.rules)
        return
    for rule in pack.content.get("rule", ()):
        try:
            query = query_of(rule, pack.content)
        except Unsaid:
            done.rules_by_judging.add(rule["id"])
            continue
        done.rules_in_sql.add(rule["id"])
        for finding in _found(
            rule["id"], tables.PERMITTED + query.condition, _values(rule, query, since, until)
        ):
            done.add(finding)


def _values(
    rule: Mapping[str, Any], query: Query, since: datetime, until: datetime
) -> dict[str, Any]:
    return {
        **query.values,
        "from": since,
        "to": until,
        "zone": config().time_zone,
        "valid_from": _day(rule["valid_from"]),
        "valid_to": _day(rule.get("valid_to")),
    }


def _day(value: Any) -> date | None:
    found: date | None = date.fromisoformat(value) if isinstance(value, str) else value
    return found


def _found(check: str, statement: str, values: Mapping[str, Any]) -> Iterator[Finding]:
    connection.ensure_connection()
    cursor = psycopg.Cursor(connection.connection)
    for contact, at, customer, detail in cursor.execute(statement, values).fetchall():
        yield Finding(
            check, contact, at, customer, json.loads(detail) if isinstance(detail, str) else detail
        )


def _judge_again(done: Audit, since: datetime, until: datetime, packs: Sequence[Pack]) -> None:
    """The stored facts judged by the packs that were in force give the stored verdict, letter for letter."""
    law = Law(tuple(packs), (until - since))
    connection.ensure_connection()
    cursor = psycopg.Cursor(connection.connection)
    for contact, at, customer, decision, verdict, facts in cursor.execute(
        tables.EVENTS, {"from": since, "to": until}
    ).fetchall():
        done.judged_again += 1
        stored = _json(verdict)
        again = json.loads(json.dumps(verdict_of(Facts.read(_json(facts)), law).stored()))
        if again != stored or again["decision"] != decision:
            done.add(
                Finding(
                    "JUDGED_OTHERWISE",
                    contact,
                    at,
                    customer,
                    {"stored": decision, "again": again["decision"]},
                )
            )


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str | bytes) else value
