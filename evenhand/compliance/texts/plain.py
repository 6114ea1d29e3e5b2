"""Texts as they are read: one plain form of what a person wrote, and the word lists of `packs/texts` it is read by."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

_CJK = "\u3400-\u9fff\uf900-\ufaff"
_BETWEEN = re.compile(rf"(?<=[{_CJK}])[\s*·_|~\-]+(?=[{_CJK}])")
_SPACES = re.compile(r"\s+")
_SLOT = re.compile(r"\{([a-z_]+)\}")
_KEPT = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "。": ".", "、": ","}


class TextsError(ValueError):
    """A word list that cannot be used; says file, entry and what was expected."""


class Plain(NamedTuple):
    """A text in its plain form, and for each character of it the place in the text as written."""

    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where characters [start, end) of the plain form stand in the text as written, end exclusive."""
        return self.places[start], self.places[end - 1] + 1


def plain(text: str) -> Plain:
    """The plain form: half-width, lower case, no accents, simplified characters, nothing invisible.

    Runs of spaces become one, and what only separates two Chinese characters (`退 订`, `上*门`) goes.
    """
    simplified = _simplified()
    letters, places = [], []
    for place, letter in enumerate(text):
        for part in unicodedata.normalize("NFKD", _KEPT.get(letter, letter)).casefold():
            if unicodedata.category(part) not in {"Mn", "Cf", "Me"}:
                letters.append(simplified.get(part, part))
                places.append(place)
    joined = "".join(letters)
    return _without(_SPACES, _without(_BETWEEN, Plain(joined, tuple(places)), ""), " ")


def _without(pattern: re.Pattern[str], of: Plain, put: str) -> Plain:
    text, places, done = [], list[int](), 0
    for match in pattern.finditer(of.text):
        text += [of.text[done : match.start()], put]
        places += of.places[done : match.start()]
        places += of.places[match.start() : match.start() + len(put)]
        done = match.end()
    return Plain("".join([*text, of.text[done:]]), (*places, *of.places[done:]))


@cache
def _simplified() -> Mapping[str, str]:
    data = word_list("characters.toml")
    if len(data["traditional"]) != len(data["simplified"]):
        raise TextsError("characters.toml: traditional and simplified must be of one length")
    return dict(zip(data["traditional"], data["simplified"], strict=True))


@cache
def word_list(name: str) -> Mapping[str, Any]:
    """A file of `packs/texts` as it stands."""
    path = files("evenhand") / "packs" / "texts" / name
    return tomllib.loads(path.read_text(encoding="utf-8"))


def compiled(
    find: str | Iterable[str], words: Mapping[str, str | list[str]], *, where: str
) -> re.Pattern[str]:
    """A pattern, or several of which one must hold, with `{name}` slots filled from `words`.

    Raises TextsError with `where` if it cannot be used.
    """
    try:
        return re.compile(_filled(_either(find), words))
    except KeyError as unknown:
        raise TextsError(f"{where}: no words are named {unknown}") from None
    except re.error as error:
        raise TextsError(f"{where}: {find!r} is no pattern: {error}") from None


def _either(find: str | Iterable[str]) -> str:
    return find if isinstance(find, str) else "|".join(find)


def _filled(pattern: str, words: Mapping[str, str | list[str]]) -> str:
    while _SLOT.search(pattern):
        pattern = _SLOT.sub(lambda slot: f"(?:{_either(words[slot[1]])})", pattern)
    return pattern
