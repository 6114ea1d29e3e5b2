"""Every kind of line there is, by what it is about, each with its sentence in both languages."""

from evenhand.journal.kinds import (
    agreements,
    assignment,
    bank_money,
    cases,
    contacts,
    house,
    instructions,
    money,
    nights,
    payments,
    strategies,
)
from evenhand.journal.registry import (
    KINDS,
    SHOWN_AS,
    STREAMS,
    Kind,
    UnknownKind,
    WrongDetail,
    check_detail,
    filled,
    kind_of,
    slots_of,
)

ROOMS = (
    agreements,
    assignment,
    bank_money,
    cases,
    contacts,
    house,
    instructions,
    money,
    nights,
    payments,
    strategies,
)

__all__ = [
    "KINDS",
    "ROOMS",
    "SHOWN_AS",
    "STREAMS",
    "Kind",
    "UnknownKind",
    "WrongDetail",
    "check_detail",
    "filled",
    "kind_of",
    "slots_of",
]
