"""Rows of the room of cases: the case itself, what rests, and who else may ask about it."""

from evenhand.casework.models.case import (
    Case,
    CaseAccount,
    CloseReason,
    DayDecision,
    ManualDecision,
    Stay,
)
from evenhand.casework.models.grants import CaseGrant
from evenhand.casework.models.holds import Hold

__all__ = [
    "Case",
    "CaseAccount",
    "CaseGrant",
    "CloseReason",
    "DayDecision",
    "Hold",
    "ManualDecision",
    "Stay",
]
