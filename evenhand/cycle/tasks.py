"""What the worker does for the cycle, by the names jobs are deferred under."""

from datetime import UTC, datetime
from uuid import UUID

from procrastinate.contrib.django import app

from evenhand.cycle.trying import try_version


def clock() -> datetime:
    """The clock of the worker."""
    return datetime.now(UTC)  # noqa: TID251


@app.task(name="cycle.try_strategy")
def try_strategy(trial_id: str) -> None:
    """Run the trial of that id to its report; run again, it is left as it is."""
    try_version(UUID(trial_id), clock=clock)
