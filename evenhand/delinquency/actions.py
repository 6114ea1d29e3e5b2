"""What is done to the treatment clock. The contractual clock has no actions."""

from datetime import date, datetime
from uuid import UUID

from evenhand.delinquency.models import ClockAct
from evenhand.journal import actions as journal
from evenhand.portfolio.models import Person


def pause_clock(
    *, person: Person, cause: str, from_on: date, until_on: date, by: UUID | None, now: datetime
) -> ClockAct:
    """Pause treatment days from one day until another (exclusive)."""
    act = ClockAct.objects.create(
        customer=person,
        kind=ClockAct.Kind.PAUSE,
        cause=cause,
        from_on=from_on,
        until_on=until_on,
        acted_at=now,
    )
    journal.record(
        kind="CLOCK_PAUSED",
        stream=journal.of_person(person.id),
        who=by,
        at=now,
        detail={
            "act": str(act.id),
            "cause": cause,
            "from_on": from_on.isoformat(),
            "until_on": until_on.isoformat(),
        },
    )
    return act


def reage(*, person: Person, cause: str, from_on: date, by: UUID | None, now: datetime) -> ClockAct:
    """Start treatment days afresh from a day; contractual days are as they were."""
    act = ClockAct.objects.create(
        customer=person, kind=ClockAct.Kind.REAGE, cause=cause, from_on=from_on, acted_at=now
    )
    journal.record(
        kind="REAGED",
        stream=journal.of_person(person.id),
        who=by,
        at=now,
        detail={"act": str(act.id), "cause": cause, "from_on": from_on.isoformat()},
    )
    return act
