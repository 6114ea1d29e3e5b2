"""How fast a channel is asked, and when it is left alone: a pace, and a breaker that rests after failures in a row.

The clock is the caller's, in seconds that only rise. A channel that rests is tried with one message when its rest is
over; if that fails it rests twice as long, up to a limit, each rest spread by a quarter so that dispatchers do not come
back together.
"""

import random
import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

from evenhand.compliance.packs import SHIPPED
from evenhand.compliance.stated import StatedError, table

FILE = "house/channels.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How one channel is asked; see `packs/house/channels.toml`."""

    per_second: int
    at_once: int
    tries: int
    wait_minutes: tuple[int, ...]
    trips_after: int
    rest_seconds: int
    rest_seconds_max: int
    heard_minutes: int


@cache
def channel_terms() -> dict[str, Terms]:
    """The terms of each act as shipped; raises StatedError when the file cannot be used."""
    said = tomllib.loads((SHIPPED / FILE).read_text("utf-8"))
    return {act: _terms(act, one) for act, one in said.items()}


def _terms(act: str, said: dict[str, object]) -> Terms:
    terms = table(act, Terms, said)
    if len(terms.wait_minutes) != terms.tries - 1:
        raise StatedError(f"{act}.wait_minutes needs one wait for each try after the first")
    return terms


def wait_before(try_number: int, terms: Terms) -> timedelta | None:
    """How long to wait before a try, the first being 1; None where there is none."""
    if not 1 < try_number <= terms.tries:
        return None
    return timedelta(minutes=terms.wait_minutes[try_number - 2] * random.uniform(0.75, 1.25))


@dataclass(slots=True)
class Guard:
    """The pace and the breaker of one channel in one dispatcher."""

    terms: Terms
    failures: int = 0  # in a row
    rests_until: float = 0.0
    _rest: float = 0.0
    _tokens: float = field(init=False)
    _seen_at: float | None = None

    def __post_init__(self) -> None:
        self._tokens = float(self.terms.per_second)

    @property
    def resting(self) -> bool:
        """Whether it failed too often in a row and has not taken anything since."""
        return self._rest > 0

    def free(self, now: float) -> int:
        """How many messages it may be asked to take now."""
        if now < self.rests_until:
            return 0
        since = 0.0 if self._seen_at is None else max(now - self._seen_at, 0.0)
        self._seen_at = now
        self._tokens = min(
            float(self.terms.per_second), self._tokens + since * self.terms.per_second
        )
        return min(int(self._tokens), 1) if self.resting else int(self._tokens)

    def asked(self, count: int) -> None:
        """So many were handed over, or tried to be."""
        self._tokens -= count

    def took(self) -> None:
        """It took a message, or refused one for a reason of the message's own."""
        self.failures, self._rest, self.rests_until = 0, 0.0, 0.0

    def failed(self, now: float) -> None:
        """It took nothing for a reason of its own, or broke the line."""
        self.failures += 1
        if now < self.rests_until:
            return  # one of several side by side, of which another was heard first
        if self.failures >= self.terms.trips_after or self.resting:
            longest = float(self.terms.rest_seconds_max)
            self._rest = min(self._rest * 2 or float(self.terms.rest_seconds), longest)
            self.rests_until = now + self._rest * random.uniform(0.75, 1.25)
