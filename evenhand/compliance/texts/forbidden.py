"""What a text to a debtor may not say: findings by ban, in Chinese and English, each with its place in the text.

The bans and their patterns are data (`packs/texts/forbidden.toml`). A pattern counts only where its clause does not
take it back: "we will not contact your family", "我们不会联系您的家人", "谨防冒充公检法".
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from evenhand.compliance.texts.plain import Plain, TextsError, compiled, plain, word_list
from evenhand.compliance.vocabulary import ACTORS, CONTACTS

BANS = frozenset({
    "POSING_AS_AUTHORITY", "POSING_AS_BANK", "THREAT", "INSULT", "PRIVACY", "MISLEADING", "EXTRA_FEES_OR_BORROWING",
    "PUBLIC_POSTING", "PRIVATE_DEVICE", "ENTERING_HOME", "DISCLOSURE_TO_OTHERS", "FALSE_CRIMINAL_THREAT",
    "DEADLINE_PRESSURE", "UNDUE_PRESSURE",
})  # fmt: skip
_CLAUSE_ENDS = re.compile(r"[.!?;,:\n…—]+(?!\d)")
_SENTENCE_ENDS = re.compile(r"[.!?;\n…]+(?!\d)")


class Finding(NamedTuple):
    """One place where a text breaks a ban: which, where (end exclusive, in the text as written), and why in words."""

    code: str  # of BANS
    start: int
    end: int
    words: str  # the text as written between start and end
    zh: str
    en: str
    rule: str  # where the ban comes from, as in the domain notes


def findings(
    text: str, *, sender: str, channel: str, language: str | None = None
) -> tuple[Finding, ...]:
    """Every ban the text breaks, each at its first place, in the order of the text.

    `sender` is of ACTORS, `channel` of CONTACTS; some bans bind only some of them. `language` ("zh" or "en") limits
    the patterns; None, the default, tries both, which a text of mixed language needs.
    """
    if sender not in ACTORS or channel not in CONTACTS:
        raise ValueError(
            f"sender {sender!r}, channel {channel!r}: expected one of ACTORS and of CONTACTS"
        )
    read = plain(text)
    found: dict[str, Finding] = {}
    for ban in _bans():
        for pattern in ban.patterns:
            if pattern.binds(sender, channel, language) and (hit := _first(pattern, read)):
                start, end = read.span(*hit)
                if ban.code not in found or start < found[ban.code].start:
                    found[ban.code] = Finding(
                        ban.code, start, end, text[start:end], ban.zh, ban.en, ban.rule
                    )
    return tuple(sorted(found.values(), key=lambda f: (f.start, f.code)))


class _Pattern(NamedTuple):
    find: re.Pattern[str]
    unless: re.Pattern[str] | None  # somewhere in the same sentence: lawful after all
    denied: "_Denied | None"  # None: nothing takes it back
    language: str
    senders: frozenset[str]
    channels: frozenset[str]

    def binds(self, sender: str, channel: str, language: str | None) -> bool:
        return (
            (not self.senders or sender in self.senders)
            and (not self.channels or channel in self.channels)
            and language in {None, self.language}
        )


class _Denied(NamedTuple):
    """What takes a match back in its clause: words before, inside and after it."""

    before: re.Pattern[str]
    within: re.Pattern[str]
    after: re.Pattern[str]


class _Ban(NamedTuple):
    code: str
    rule: str
    zh: str
    en: str
    patterns: tuple[_Pattern, ...]


def _first(pattern: _Pattern, read: Plain) -> tuple[int, int] | None:
    """The first match that its clause and sentence do not take back."""
    match = pattern.find.search(read.text)
    while match and _taken_back(pattern, read.text, match):
        match = pattern.find.search(read.text, match.start() + 1)
    return match.span() if match else None


def _taken_back(pattern: _Pattern, text: str, match: re.Match[str]) -> bool:
    start, end = _around(_CLAUSE_ENDS, text, *match.span())
    if (denied := pattern.denied) and (
        denied.before.search(text[start : match.start()])
        or denied.within.search(match[0])
        or denied.after.search(text[match.end() : end])
    ):
        return True
    start, end = _around(_SENTENCE_ENDS, text, *match.span())
    return bool(pattern.unless and pattern.unless.search(text[start:end]))


def _around(ends: re.Pattern[str], text: str, start: int, end: int) -> tuple[int, int]:
    """From the last end before a match to the first after it."""
    before = [found.end() for found in ends.finditer(text, 0, start)]
    after = ends.search(text, end)
    return before[-1] if before else 0, after.start() if after else len(text)


@cache
def _bans() -> tuple[_Ban, ...]:
    data = word_list("forbidden.toml")
    return tuple(_ban(row, data) for row in data["ban"])


@cache
def _denied(language: str) -> _Denied:
    data = word_list("forbidden.toml")
    return _Denied(
        *(
            compiled(
                data["denied"][language][name], data["words"], where=f"denied {language} {name}"
            )
            for name in _Denied._fields
        )
    )


def _ban(row: Mapping[str, Any], data: Mapping[str, Any]) -> _Ban:
    if row["code"] not in BANS:
        raise TextsError(
            f"forbidden.toml: {row['code']!r} is no ban; expected one of {sorted(BANS)}"
        )
    words = data["words"]

    def pattern(number: int, entry: Mapping[str, Any]) -> _Pattern:
        where = f"forbidden.toml {row['code']} pattern {number}"
        language = entry["language"]
        plainly = entry.get("even_denied", False)
        unless = [*entry.get("unless", ()), *row.get("unless", ())]
        return _Pattern(
            compiled(entry["find"], words, where=where),
            compiled(unless, words, where=f"{where} unless") if unless else None,
            None if plainly else _denied(language),
            language,
            frozenset(entry.get("senders", ())),
            frozenset(entry.get("channels", ())),
        )

    return _Ban(
        row["code"],
        row["rule"],
        row["zh"],
        row["en"],
        tuple(pattern(number, entry) for number, entry in enumerate(row["pattern"], 1)),
    )
