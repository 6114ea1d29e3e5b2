"""What the judge answers: the strictest of all rules, and every rule that had something to say."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from evenhand.compliance.facts import NOTHING

Decision = Literal["ALLOW", "REVIEW", "DENY"]
STRICTNESS: Mapping[str, int] = {"ALLOW": 0, "REVIEW": 1, "DENY": 2}


class Reason(NamedTuple):
    """One rule's word: what it says, which rule of which pack, the numbers it saw and when it would say otherwise."""

    code: str  # such as CALL_FREQUENCY
    decision: Decision  # ALLOW: an exception was used, or something must be shown
    rule: str  # the rule's id in its pack; its citation and sentences stand there
    pack: str  # name@version
    numbers: Mapping[str, Any] = NOTHING  # count, max, by (whose acts), window from/until …
    lifts_at: datetime | None = (
        None  # when this reason alone may lift at the earliest; None: not by time
    )


class Verdict(NamedTuple):
    """The answer about one act. `packs` names every pack that was asked, whether it said something or not."""

    decision: Decision
    reasons: tuple[Reason, ...]  # in the order of packs and rules
    counts: Mapping[
        str, Mapping[str, int]
    ]  # rule id → what is counted (debt, person, point) → count after this act
    flags: tuple[str, ...]
    packs: tuple[str, ...]
    presumption: str = ""  # COMPLIANCE or VIOLATION where a pack's rules presume
    actions: tuple[str, ...] = ()  # what is due at once, such as NOTIFY_AGENT
    counted: Mapping[str, tuple[str, ...]] = (
        NOTHING  # rule id → to what of its `counts` the act itself adds one
    )

    def stored(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "decision": self.decision,
            "reasons": [
                [
                    r.code,
                    r.decision,
                    r.rule,
                    r.pack,
                    dict(r.numbers),
                    r.lifts_at and r.lifts_at.isoformat(),
                ]
                for r in self.reasons
            ],
            "counts": {rule: dict(counts) for rule, counts in self.counts.items()},
            "flags": list(self.flags),
            "packs": list(self.packs),
            "presumption": self.presumption,
            "actions": list(self.actions),
            "counted": {rule: list(keys) for rule, keys in self.counted.items()},
        }
