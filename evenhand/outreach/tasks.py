"""What the worker does for the gate, by the names jobs are deferred under."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from procrastinate.contrib.django import app

from evenhand.journal.actions import record
from evenhand.journal.rules import Stream
from evenhand.outreach.audit import Audit, audit_contacts
from evenhand.outreach.human_calls import left_behind
from evenhand.outreach.lane import gate_now
from evenhand.runtime.config import config


class AuditFoundSomething(RuntimeError):
    """The contacts of a day are not as they must be; `evenhand audit contacts` lists what was found."""


def clock() -> datetime:
    """The clock of the worker."""
    return datetime.now(UTC)  # noqa: TID251


@app.periodic(cron="17 * * * *")
@app.task(name="outreach.audit", queueing_lock="outreach.audit", pass_context=False)
def audit(timestamp: int) -> None:  # noqa: ARG001
    """Audit yesterday's contacts in the bank's first hour of a day; the job fails where anything is wrong."""
    now = clock()
    if now.astimezone(ZoneInfo(config().time_zone)).hour == 0:
        audit_day_before(now=now)


@app.periodic(cron="*/5 * * * *")
@app.task(name="outreach.unheard", queueing_lock="outreach.unheard", pass_context=False)
def unheard(timestamp: int) -> None:  # noqa: ARG001
    """Say of people's calls that nobody told the end of that nobody knows how they went."""
    left_behind(now=gate_now())


def audit_day_before(*, now: datetime) -> Audit:
    """Audit the bank's day before a moment and record the result in the journal; raises AuditFoundSomething."""
    zone = ZoneInfo(config().time_zone)
    day = now.astimezone(zone).date() - timedelta(days=1)
    found = audit_contacts(
        since=datetime.combine(day, time(), zone),
        until=datetime.combine(day + timedelta(days=1), time(), zone),
    )
    findings = sum(found.counts.values())
    with transaction.atomic():
        record(
            kind="CONTACTS_AUDITED",
            stream=Stream("SYSTEM", "audit"),
            who="night",
            at=now,
            detail={"day": day.isoformat(), "contacts": found.contacts, "findings": findings},
        )
    if not found.clean:
        raise AuditFoundSomething(
            f"{findings} findings among the contacts of {day}; see `evenhand audit contacts`"
        )
    return found
