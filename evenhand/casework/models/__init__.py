"""Rows of the room of cases: the case, what rests, whose it is, what she wrote, who else may ask about it."""

from evenhand.casework.models.assignment import AssignmentBatch, AssignmentLine, KeptCase
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
from evenhand.casework.models.work import AtWork, ContactResult, ResultDraft

__all__ = [
    "AssignmentBatch",
    "AssignmentLine",
    "AtWork",
    "Case",
    "CaseAccount",
    "CaseGrant",
    "CloseReason",
    "ContactResult",
    "DayDecision",
    "Hold",
    "KeptCase",
    "ManualDecision",
    "ResultDraft",
    "Stay",
]
