"""Is a message a limited-content message (12 CFR 1006.2(j)), and so no communication about a debt (1006.2(d))?

A message is cut into sentences, and each must wholly be one of the slots of `packs/texts/limited_content.toml`. What
fits no slot makes it a communication: nothing is guessed. Whoever wants to be sure sends a template of these slots.
"""

import re
from functools import cache
from typing import NamedTuple

from evenhand.compliance.texts.plain import compiled, word_list

_SPACES = re.compile(r"\s+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z(+0-9])")
_ABBREVIATED = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Mx|Dr|Inc|Co|Corp|Ltd|Assoc|Bros|St|ext|Ext|No|a\.m|p\.m|A\.M|P\.M|[A-Z]))\.$"
)


_NAME = re.compile(r"[A-Z][a-z]")

_Said = tuple[str, dict[str, str]]  # the slot's name, and what its groups hold


class MessageReading(NamedTuple):
    """How a message counts: every one is an attempt to communicate; a limited-content one is no communication."""

    limited_content: bool
    communication: bool
    attempt_to_communicate: bool
    why: tuple[str, ...]  # what keeps it from being a limited-content message


def limited_content(
    text: str, *, medium: str, to: str, state_addition: object = None
) -> MessageReading:
    """Read a message left by `medium` (VOICEMAIL; nothing else can be limited) for `to` (CONSUMER or another).

    `state_addition` is wording that a state asks for; with it the message is no longer limited. A recorded voice is
    no obstacle here (the TCPA has its own rule). Codes of `why`: NOT_A_VOICEMAIL, NOT_FOR_THE_CONSUMER, STATE_ADDITION,
    MORE_THAN_ALLOWED, NO_BUSINESS_NAME, NAME_SHOWS_COLLECTION, NO_REQUEST_TO_REPLY, NOBODY_TO_REPLY_TO, NO_NUMBER.
    """
    why = {
        "NOT_A_VOICEMAIL": medium.upper() != "VOICEMAIL",
        "NOT_FOR_THE_CONSUMER": to.upper() != "CONSUMER",
        "STATE_ADDITION": bool(state_addition),
    }
    told = _told(text)
    why |= {
        "MORE_THAN_ALLOWED": told is None,
        "NO_BUSINESS_NAME": told is not None and not told.businesses,
        "NAME_SHOWS_COLLECTION": told is not None
        and any(_shows_collection().search(name) for name in told.businesses),
        "NO_REQUEST_TO_REPLY": told is not None and "REQUEST" not in told.slots,
        "NOBODY_TO_REPLY_TO": told is not None and not told.person,
        "NO_NUMBER": told is not None and not told.number,
    }
    codes = tuple(code for code, holds in why.items() if holds)
    return MessageReading(not codes, bool(codes), True, codes)


class _Told(NamedTuple):
    slots: frozenset[str]
    businesses: tuple[str, ...]
    person: bool  # a natural person is named whom one can ask for
    number: bool


class _Slot(NamedTuple):
    name: str
    find: re.Pattern[str]


def _told(text: str) -> _Told | None:
    """What the message tells, or None where a sentence fits no slot."""
    pieces = _SENTENCE.split(_SPACES.sub(" ", text.replace("’", "'")).strip())
    said = _fitted(tuple(pieces)) if text.strip() else ()
    if said is None:
        return None
    groups = [group for _, group in said]
    asked_for = [text for group in groups for key, text in group.items() if key[:6] == "people"]
    return _Told(
        slots=frozenset(name for name, _ in said),
        businesses=tuple(group["business"] for group in groups if group.get("business")),
        person=any(group.get("caller") for group in groups) or any(map(_named, asked_for)),
        number=any(group.get("phone") for group in groups),
    )


def _fitted(pieces: tuple[str, ...]) -> tuple[_Said, ...] | None:
    """The slots the pieces fit one after the other, pieces that end with an abbreviation joined where need be."""
    if not pieces:
        return ()
    sentence = ""
    for taken, piece in enumerate(pieces, 1):
        sentence = f"{sentence} {piece}".strip()
        if (slot := _slot(sentence.rstrip(" .!?"))) and (
            rest := _fitted(pieces[taken:])
        ) is not None:
            return (slot, *rest)
        if not _ABBREVIATED.search(piece):
            return None
    return None


def _slot(sentence: str) -> _Said | None:
    for slot in _slots():
        if match := slot.find.fullmatch(sentence):
            return slot.name, {k: text for k, text in match.groupdict().items() if text}
    return None


def _named(people: str) -> bool:
    """Whether somebody is named among those to ask for: `Jim Johnson`, not `me` or `any of our representatives`."""
    return bool(_NAME.search(people))


@cache
def _slots() -> tuple[_Slot, ...]:
    data = word_list("limited_content.toml")
    return tuple(
        _Slot(
            row["name"],
            compiled(row["find"], data["words"], where=f"limited_content.toml {row['name']}"),
        )
        for row in data["slot"]
    )


@cache
def _shows_collection() -> re.Pattern[str]:
    return re.compile(word_list("limited_content.toml")["shows_collection"]["find"])
