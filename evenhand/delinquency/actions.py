"""What is done to the treatment clock. The contractual clock has no actions."""

from datetime import date, datetime

from evenhand.delinquency.models import ClockAct
from evenhand.portfolio.models import Person


def pause_clock(
    *, person: Person, cause: str, from_on: date, until_on: date, now: datetime
) -> ClockAct:
    """Pause treatment days from one day until another (exclusive)."""
    return ClockAct.objects.create(
        customer=person,
        kind=ClockAct.Kind.PAUSE,
        cause=cause,
        from_on=from_on,
        until_on=until_on,
        acted_at=now,
    )


def reage(*, person: Person, cause: str, from_on: date, now: datetime) -> ClockAct:
    """Start treatment days afresh from a day; contractual days are as they were."""
    return ClockAct.objects.create(
        customer=person, kind=ClockAct.Kind.REAGE, cause=cause, from_on=from_on, acted_at=now
    )
