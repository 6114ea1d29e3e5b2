"""What counts of a contact: the line's word, and where the form says otherwise the stricter of the two."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from evenhand.compliance.vocabulary import DIRECTIONS, OUTCOMES

VOICE = frozenset({"CALL", "RINGLESS_VOICEMAIL"})
VOICE_OUTCOMES = OUTCOMES - {"DELIVERED", "UNDELIVERABLE"}
OUTSIDE = frozenset({"AGENCY", "DEBT_BUYER"})
ANSWERED = frozenset({"ANSWERED", "CONVERSATION", "DROPPED_AFTER_ANSWER", "ABANDONED"})
NOT_SENT = frozenset({
    "NEVER_DIALLED",  # the line's record says that it never dialled
    "REFUSED_BY_CHANNEL",  # the channel answered that it took nothing
    "NEVER_DISPATCHED",  # the letter or the visit was called back before it left
})  # fmt: skip
"""What may prove that nothing was sent."""


class NotARecord(ValueError):
    """A record or a result that cannot be; the message says which field and what was expected."""


class LineRecord(NamedTuple):
    """What the PBX, the dialler, the channel or an agency's signed call record says of one contact."""

    outcome: str  # of OUTCOMES
    source: str  # PBX, DIALLER, CHANNEL or AGENCY
    talk_seconds: int | None = (
        None  # between answer and end; None where there is no talk to measure
    )
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    direction: str = ""
    reference: str = ""  # of the recording, the message or the call

    def stored(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in self._asdict().items()
        }

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "LineRecord":
        """From its stored form."""
        times = {
            name: datetime.fromisoformat(stored[name])
            for name in ("started_at", "answered_at", "ended_at")
            if stored.get(name)
        }
        return cls(**{**stored, **times})

    def checked(self) -> "LineRecord":
        """Itself; raises NotARecord."""
        if self.outcome not in OUTCOMES:
            raise NotARecord(f"outcome is {self.outcome!r}; expected one of {sorted(OUTCOMES)}")
        if self.direction not in DIRECTIONS | {""}:
            raise NotARecord(f"direction is {self.direction!r}; expected OUT, IN or nothing")
        if self.talk_seconds is not None and self.talk_seconds < 0:
            raise NotARecord(f"talk_seconds is {self.talk_seconds}; expected none below zero")
        return self


class Heard(NamedTuple):
    """What a contact counts as, and whether somebody must look at it."""

    outcome: str
    talk_seconds: int | None
    verified: bool | None
    conversation_at: datetime | None
    contradiction: bool


def heard(
    *,
    act: str,
    actor: str,
    direction: str,
    line: LineRecord | None,
    typed: str,
    verified: bool | None,
    at: datetime,
    record_due: bool = False,
) -> Heard:
    """What counts of a contact made at `at`, from the line's record and the typed result (empty: none was typed).

    A call of an agency, or of whom else a record of the line is due from, counts as answered without one and goes to
    review. So does a form that contradicts the line: the stricter of the two counts.
    """
    if line is None:
        missing = act in VOICE and (actor in OUTSIDE or record_due)
        outcome = _stricter(typed, "ANSWERED") if missing else typed
        return _heard(outcome, None, verified, at, contradiction=missing)
    told = line.outcome
    if act in VOICE and line.talk_seconds and _rank(told) == 0 and "VOICEMAIL" not in told:
        told = "ANSWERED"
    contradicts = (
        bool(typed) and _rank(typed) != _rank(told) and {_rank(typed), _rank(told)} != {1, 2}
    )
    contradicts |= bool(line.direction) and line.direction != direction
    outcome = _stricter(typed, told) if act in VOICE else told
    began = line.answered_at or line.started_at or at
    return _heard(outcome, line.talk_seconds, verified, began, contradiction=contradicts)


def _heard(
    outcome: str,
    talk_seconds: int | None,
    verified: bool | None,
    began: datetime,
    *,
    contradiction: bool,
) -> Heard:
    talked = began if _rank(outcome) == 2 or (_rank(outcome) == 1 and verified) else None
    return Heard(outcome, talk_seconds, verified, talked, contradiction)


def _rank(outcome: str) -> int:
    """0 nobody answered, 1 somebody did, 2 there was a conversation."""
    if outcome == "CONVERSATION":
        return 2
    return 1 if outcome in ANSWERED else 0


def _stricter(typed: str, told: str) -> str:
    return typed if typed and _rank(typed) > _rank(told) else told
