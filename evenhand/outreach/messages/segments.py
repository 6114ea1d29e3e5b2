"""How many parts a text message takes on the air: 3GPP TS 23.038 and 23.040.

One part holds 160 characters of the GSM alphabet or 70 of UCS-2; each of several parts gives seven septets, or three
characters, to its header: 153 and 67. Some characters of the GSM alphabet take two places; one outside it makes all of
it UCS-2, in which what lies beyond the basic plane takes two places. No pair is cut in two.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWO = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a text takes: its alphabet, its length in that alphabet's places, and its parts."""

    alphabet: str  # GSM-7 or UCS-2
    places: int
    parts: int


def parts_of(text: str) -> Parts:
    """How many parts a text takes; an empty one takes one."""
    gsm = all(character in _GSM or character in _TWO for character in text)
    sizes = [_size(character, gsm) for character in text]
    single, several = (160, 153) if gsm else (70, 67)
    places = sum(sizes)
    alphabet = "GSM-7" if gsm else "UCS-2"
    if places <= single:
        return Parts(alphabet, places, 1)
    return Parts(alphabet, places, len(_ends(sizes, several)))


def split(text: str) -> tuple[str, ...]:
    """A text in its parts, as many as `parts_of` says; put together they are the text."""
    found = parts_of(text)
    if found.parts == 1:
        return (text,)
    gsm = found.alphabet == "GSM-7"
    ends = _ends([_size(character, gsm) for character in text], 153 if gsm else 67)
    return tuple(text[begin:end] for begin, end in zip((0, *ends), ends, strict=False))


def _ends(sizes: Sequence[int], several: int) -> list[int]:
    """Where each part ends, of a text whose characters take so many places."""
    ends, left = [], several
    for place, size in enumerate(sizes):
        if size > left:
            ends.append(place)
            left = several
        left -= size
    return [*ends, len(sizes)]


def _size(character: str, gsm: bool) -> int:
    if gsm:
        return 2 if character in _TWO else 1
    return 2 if ord(character) > 0xFFFF else 1
