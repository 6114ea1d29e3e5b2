"""What the worker does for the journal, by the names jobs are deferred under."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from evenhand.journal.sealing import seal_all
from evenhand.journal.sealing_key import sealing_key_file
from evenhand.runtime.config import config


def clock() -> datetime:
    """The clock of the worker."""
    return datetime.now(UTC)  # noqa: TID251


@app.periodic(cron="* * * * *")
@app.task(name="journal.seal", queueing_lock="journal.seal", pass_context=False)
def seal(timestamp: int) -> None:  # noqa: ARG001
    """Seal what is settled, every minute; `timestamp` is the minute it was deferred for and is not looked at."""
    seal_all(key_file=sealing_key_file(config().key_file), now=clock())
