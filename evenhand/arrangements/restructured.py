"""How long a debt whose terms were changed for hardship is watched as restructured, and how it leaves.

Source: 商业银行金融资产风险分类办法 (2023 No. 1): at least two periods and a year from the first new due date,
restarted by
a missed payment; the class is not better than special mention meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from evenhand.arrangements.policy import PARAMETERS
from evenhand.arrangements.schedules import months_later

CLASS_FLOOR = "SPECIAL_MENTION"


@dataclass(frozen=True, slots=True)
class Observation:
    """From when, at least until when (exclusive), and how often it was begun anew."""

    from_on: date
    until_on: date
    restarts: int

    def watched(self, on: date) -> bool:
        """Whether the debt is still watched on a day."""
        return on < self.until_on


def observation(on: date, *, due_on: Sequence[date], missed_on: Sequence[date]) -> Observation:
    """The period of observation of a plan with these due days, begun anew by each instalment missed past its grace.

    `missed_on` are the due days that were missed, rising.
    """
    assert due_on
    periods = PARAMETERS.value_on("restructured.observation_periods", on)
    months = PARAMETERS.value_on("restructured.observation_months", on)
    start = due_on[0]
    later = [day for day in due_on if day > missed_on[-1]] if missed_on else list(due_on)
    if missed_on:
        start = later[0] if later else months_later(missed_on[-1], 1)
    counted = later[:periods]
    by_periods = counted[-1] if len(counted) == periods else months_later(start, periods - 1)
    return Observation(start, max(by_periods, months_later(start, months)), len(missed_on))
