"""Channels as the dispatcher sees them; which ones there are, the settings say by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, runtime_checkable
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string


class NotHanded(RuntimeError):
    """The channel took nothing, and that is certain; the message is its code.

    `again` says whether it may take the same message later.
    """

    def __init__(self, code: str, *, again: bool = False) -> None:
        super().__init__(code)
        self.again = again


class Unsure(RuntimeError):
    """Nobody can say whether the channel took it: it is never sent again without proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFigures:
    """What is owed on one card, in minor units; the parts are of what is owed in all."""

    tail: str
    overdue_days: int
    parts_minor: tuple[
        tuple[str, int], ...
    ]  # PRINCIPAL, INTEREST …; none where the book is not split
    due_minor: int
    owed_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a letter prints and a robot asks and says: of nobody but her it is written to."""

    name: str = field(repr=False)
    check: str = field(
        repr=False
    )  # the last four of her identity number; empty where it is not known
    currency: str
    cards: tuple[CardFigures, ...]
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message as it leaves: to whom and what is never logged."""

    id: UUID
    at: datetime  # when it is handed over
    to: str = field(repr=False)
    text: str = field(repr=False)
    language: str
    subject: str = field(default="", repr=False)  # of mail and letters
    about: About | None = None  # of letters and calls


class Channel(Protocol):
    """A way out of the house. It is called outside transactions, and answers or fails within seconds."""

    name: str

    def hand(self, message: Outgoing) -> str:
        """Hand a message over and return the channel's reference of it; raises NotHanded and Unsure."""


@runtime_checkable
class KeepsCopies(Protocol):
    """A channel that keeps what left as a file: a letter as PDF."""

    def copy(self, message_id: UUID) -> bytes | None:
        """The file as it left; None where it is not kept."""


@runtime_checkable
class HasLines(Protocol):
    """A channel that holds what was handed over for a while: a call, until it ends."""

    def free(self) -> int:
        """How many it may take now."""

    def close(self) -> None:
        """Wait until everything it holds has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialling:
    """One call of a member of staff as it leaves: her extension rings first, then the number, which is never logged."""

    id: UUID
    at: datetime  # when it is asked for
    permitted_at: datetime  # by the gate's clock
    until: datetime  # nobody is rung at this moment or after
    extension: str
    to: str = field(repr=False)
    language: str


class Exchange(Protocol):
    """A PBX that connects a member of staff with a number; what comes of it, it tells later.

    It is called outside transactions, and answers or fails within seconds.
    """

    name: str

    def ring(self, call: Dialling) -> str:
        """Ask for a call and return the PBX's reference of it; raises NotHanded and Unsure."""


def exchange() -> Exchange | None:
    """The PBX of this installation; None where there is none."""
    found: Exchange | None = import_string(settings.TELEPHONE_EXCHANGE)()
    return found


@runtime_checkable
class Listens(Protocol):
    """A channel that hears receipts and replies on a line of its own, also while nothing is handed over."""

    def listen(self) -> None:
        """Open the line and keep it open; returns within seconds, whether it is open or not."""

    def trouble(self) -> str:
        """Why nothing can be handed over now: nobody is taken from the queue until then. Empty where it can."""

    def close(self) -> None:
        """Finish what is being heard, and hang up."""


def channels() -> Mapping[str, Channel]:
    """The channels of this installation, by the act they serve; an act without one waits for nobody."""
    found: dict[str, Channel] = {}
    for act, names in settings.CHANNELS.items():
        for name in names:
            channel = import_string(name)()
            if channel is not None:
                found.setdefault(act, channel)
    return found
