"""Does a reply ask us to stop? Free text in Chinese and English, with some Spanish, read as a reasonable person would.

The words are data (`packs/texts/opt_out.toml`), after 47 CFR 64.1200(a)(10), 12 CFR 1006.14(h) and 1006.6(c)(1).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple

from evenhand.compliance.texts.plain import compiled, plain, word_list

Answer = Literal["YES", "NO", "LIMITED", "DOUBTFUL"]

FAMILIES: Mapping[str, str] = {
    "RINGLESS_VOICEMAIL": "CALL",
    "POSTCARD": "LETTER",
    "VISIT_CARD": "VISIT",
    "SOCIAL_PRIVATE": "TEXT",
}
_CLAUSE = re.compile(r"[.!?;,|\n…~]+")
_SPELT_OUT = re.compile(r"\b(?:[a-z][ .\-_*]){2,}[a-z]\b")
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_E_MAIL = re.compile(r"\be[- ]mail")
_NO_WORD = re.compile(r"[^\w]+|_")


@dataclass(frozen=True, slots=True)
class OptOutReading:
    """How a reply was read.

    YES asks to stop; LIMITED asks for less (a time, a place, another person); DOUBTFUL is for a person to look at.
    `media` holds acts (CALL, TEXT …), SAME for the medium the reply came by, ALL for every one; empty unless YES.
    `cease` says that all communication shall end. `why` is the entry of the word list that decided.
    """

    answer: Answer
    media: frozenset[str] = frozenset()
    cease: bool = False
    why: str = ""
    words: str = ""  # what of the text, in its plain form, decided

    @property
    def opt_out(self) -> bool:
        """Whether it asks us to stop."""
        return self.answer == "YES"

    def covers(self, act: str, *, came_by: str) -> bool:
        """Whether the wish covers an act (of ACTS), for a reply that came by the act `came_by`."""
        if "ALL" in self.media:
            return True
        named = {came_by if medium == "SAME" else medium for medium in self.media}
        return FAMILIES.get(act, act) in {FAMILIES.get(medium, medium) for medium in named}


def reads_as_opt_out(text: str) -> bool:
    """Whether a reasonable person would read the text as a wish to be contacted no more, by some medium or by all."""
    return read_reply(text).opt_out


@cache
def _lists() -> "_Lists":
    return _Lists(word_list("opt_out.toml"))


@lru_cache(maxsize=1024)  # a verdict reads the same few replies of a person again and again
def read_reply(text: str) -> OptOutReading:
    """Read one reply. Never fails: what says nothing of the kind is NO."""
    lists = _lists()
    told = plain(text).text.replace("'", "").replace("\U0001f6d1", " stop ")
    told = _E_MAIL.sub("email", told)
    told = _DRAWN_OUT.sub(r"\1", _SPELT_OUT.sub(lambda m: _NO_WORD.sub("", m[0]), told))
    if whole := lists.whole.get(lists.bare(told)):
        return _yes(whole, told)
    if slip := lists.slip(lists.bare(told)):
        return OptOutReading("YES", frozenset({"SAME"}), why="SLIP", words=slip)
    if lists.bare(told) in lists.doubtful_words:
        return OptOutReading("DOUBTFUL", why="DOUBTFUL")
    readings = [_read_clause(clause, lists) for clause in _clauses(told)]
    for answer in ("YES", "LIMITED", "DOUBTFUL"):
        if found := [reading for reading in readings if reading.answer == answer]:
            return OptOutReading(
                found[0].answer,
                frozenset().union(*(reading.media for reading in found)),
                cease=any(reading.cease for reading in found),
                why=found[0].why,
                words=found[0].words,
            )
    return OptOutReading("NO")


def _clauses(told: str) -> Iterator[str]:
    for clause in _CLAUSE.split(told):
        if words := " ".join(_NO_WORD.sub(" ", clause).split()):
            yield words


def _read_clause(clause: str, lists: "_Lists") -> OptOutReading:
    if word := lists.clause.get(lists.bare(clause)):
        return _yes(word, clause)
    left = clause
    for aside in lists.asides:
        left = aside.find.sub(" , ", left)
    for limit in lists.limited:
        if match := limit.find.search(left):
            return OptOutReading("LIMITED", why=limit.id, words=match[0])
    matches = [(p, match) for p in lists.phrases if (match := p.find.search(left))]
    if not matches:
        doubtful = lists.doubtful.search(left)
        return OptOutReading("DOUBTFUL", why="DOUBTFUL") if doubtful else OptOutReading("NO")
    first, match = matches[0]
    media = lists.named(left) or {medium for phrase, _ in matches for medium in phrase.media}
    cease = media == {"ALL"} and any(phrase.cease for phrase, _ in matches)
    return OptOutReading("YES", frozenset(media), cease, first.id, match[0].strip())


def _yes(entry: "_Entry", words: str) -> OptOutReading:
    return OptOutReading("YES", frozenset(entry.media), entry.cease, entry.id, words)


class _Entry(NamedTuple):
    id: str
    find: re.Pattern[str]
    media: tuple[str, ...] = ("SAME",)
    cease: bool = False


class _Lists:
    """The word list of replies, ready for use."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        words: Mapping[str, list[str]] = data["words"]

        def entries(name: str) -> tuple[_Entry, ...]:
            return tuple(
                _Entry(
                    row["id"],
                    compiled(row["find"], words, where=f"opt_out.toml {name} {row['id']}"),
                    tuple(row.get("media", ())),
                    row.get("cease", False),
                )
                for row in data[name]
            )

        fillers = sorted(data["fillers"]["words"], key=len, reverse=True)
        self._fillers = frozenset(fillers)
        latin = "|".join(re.escape(f) for f in fillers if f.isascii())
        chinese = "|".join(re.escape(f) for f in fillers if not f.isascii())
        self._filler = re.compile(rf"\b(?:{latin})\b|{chinese}")
        self.whole = self._words(data["whole"])
        self.clause = self._words(data["clause"])
        self.asides = entries("aside")
        self.limited = entries("limited")
        self.phrases = entries("phrase")
        self._media = {
            medium: compiled(find, words, where=f"opt_out.toml media {medium}")
            for medium, find in data["media"].items()
        }
        self.doubtful = compiled(data["doubtful"]["find"], words, where="opt_out.toml doubtful")
        self.doubtful_words = frozenset(map(self.bare, data["doubtful"]["words"]))
        self._typing: Mapping[str, list[str]] = data["typing"]

    def named(self, clause: str) -> set[str]:
        """The media a clause names: ALL alone where it says so, or speaks of contact and names none."""
        named = {medium for medium, find in self._media.items() if find.search(clause)}
        if "ALL" in named or named == {"ANY"}:
            return {"ALL"}
        return named - {"ANY"}

    def bare(self, text: str) -> str:
        """The words of a text without fillers, and without numbers beside a word; all of them where nothing is left."""
        words = " ".join(_NO_WORD.sub(" ", text).split())
        bare = " ".join(self._filler.sub(" ", words).split()) or words
        numberless = " ".join(word for word in bare.split() if not word.isdecimal())
        return numberless if len(numberless) > 2 else bare

    def slip(self, word: str) -> str:
        """The word a mistyped one stands for; empty if none."""
        if not word.isalpha() or word in self._typing["not"]:
            return ""
        for meant in self._typing["words"]:
            if word[0] == meant[0] and _slips(word, meant) <= (
                2 if meant in self._typing["long"] else 1
            ):
                return meant
        return ""

    def _words(self, rows: list[Mapping[str, Any]]) -> dict[str, _Entry]:
        """Every word, also as it looks without its own fillers."""
        never = re.compile("(?!)")
        return {
            form: _Entry(
                row["id"], never, tuple(row.get("media", ["SAME"])), row.get("cease", False)
            )
            for row in rows
            for word in row["words"]
            for form in (word, self.bare(word))
        }


def _slips(a: str, b: str) -> int:
    """How many letters are missing, added, wrong or swapped with their neighbour between two words."""
    if abs(len(a) - len(b)) > 2:
        return 3
    before, last = list[int](), list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]
