"""Is a message a limited-content message (12 CFR 1006.2(j)), and so no communication about a debt (1006.2(d))?

A message is read as a sequence of slots. What fits no slot makes it a communication: nothing is guessed.
"""

from typing import NamedTuple


class MessageReading(NamedTuple):
    """How a message counts: every one is an attempt to communicate; a limited-content one is no communication."""

    limited_content: bool
    communication: bool
    attempt_to_communicate: bool
    why: tuple[str, ...]  # what keeps it from being a limited-content message


def limited_content(
    text: str, *, medium: str, to: str, state_addition: object = None
) -> MessageReading:
    """Read a message left by `medium` (VOICEMAIL; nothing else can be limited) for `to` (CONSUMER or another)."""
    why = []
    if medium.upper() != "VOICEMAIL":
        why.append("NOT_A_VOICEMAIL")
    if to.upper() != "CONSUMER":
        why.append("NOT_FOR_THE_CONSUMER")
    if state_addition:
        why.append("STATE_ADDITION")
    return MessageReading(not why, bool(why), True, tuple(why))
