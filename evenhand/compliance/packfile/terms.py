"""A rule of a pack in words of either language: its keys, its numbers, its conditions."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from evenhand.compliance.words import codes as words
from evenhand.compliance.words.questions import (
    BANK,
    CODES_OF,
    CODES_OF_SLOTS,
    COLLECTORS,
    KEYS,
    NAMES_OF_FACTS,
    OTHER_CODES,
    QUESTIONS,
)
from evenhand.kernel.text import Bilingual

ABOUT = frozenset({
    "id", "kind", "code", "effect", "strength", "instrument", "article", "confidence", "valid_from", "valid_to",
    "note", "text", "title", "given", "expect",
})  # fmt: skip  # said of a rule beside its terms
_CONDITIONS = frozenset(
    {"when", "counts", "after", "where", "needs", "ends_after", "applies_to", "released_by"}
)
_SEVERAL = ("、", ", ")
_AND = ("；", "; ")
_YES = (Bilingual("是", "yes"), Bilingual("否", "no"))
_ASKED: Mapping[str, Bilingual] = {
    "not": Bilingual("不是{}", "none of {}"),
    "all": Bilingual("全部{}", "all of {}"),
    "min": Bilingual("至少 {}", "at least {}"),
    "max": Bilingual("至多 {}", "at most {}"),
    "days_ago_min": Bilingual("至少 {} 天前", "at least {} days ago"),
    "days_ago_max": Bilingual("至多 {} 天前", "at most {} days ago"),
    "days_min": Bilingual("至少 {} 天", "at least {} days"),
    "days_max": Bilingual("至多 {} 天", "at most {} days"),
    "after": Bilingual("自{}起", "after {}"),
    "or_absent": Bilingual("或未知", "or not known"),
}
_WINDOWS: Mapping[str, Bilingual] = {
    "days": Bilingual("滚动 {} 天内", "within {} days"),
    "hours": Bilingual("{} 小时内", "within {} hours"),
    "minutes": Bilingual("{} 分钟内", "within {} minutes"),
}


class Term(NamedTuple):
    """One thing a rule sets: its key, and label and value in words."""

    key: str
    label: str
    value: str


def terms(rule: Mapping[str, Any], language: str) -> list[Term]:
    """What a rule (a table of a pack's content) sets, in the order of the file; an exception is a term of its own."""
    return [
        Term(key, key_in_words(key, language), in_words(key, each, language))
        for key, value in rule.items()
        if key not in ABOUT
        for each in (value if key == "unless" else [value])
    ]


def sentence(text: Mapping[str, str], numbers: Mapping[str, Any], language: str) -> str:
    """A rule's sentence with the numbers it sets itself; what only a verdict knows is shown as dots."""

    class Known(dict[str, Any]):
        def __missing__(self, key: str) -> str:
            return "…"

    known = Known({
        key: _several(value, "", language) if isinstance(value, list | tuple) else value
        for key, value in numbers.items()
        if isinstance(value, str | int | list | tuple)
    })  # fmt: skip
    return text[_side(language)].format_map(known)


def key_in_words(key: str, language: str) -> str:
    """The label of a key of a rule, or of something asked; a name that is a pack's own is its own label."""
    wording = KEYS.get(key) or QUESTIONS.get(key)
    return key.replace("_", " ") if wording is None else wording.for_language(language)


def in_words(key: str, value: Any, language: str) -> str:
    """The value of a key in words: codes by their label, conditions spelt out, numbers and dates as they stand."""
    if isinstance(value, bool):
        return _YES[not value].for_language(language)
    if isinstance(value, Mapping):
        return _table_in_words(key, value, language)
    if isinstance(value, list | tuple):
        if any(isinstance(each, Mapping) for each in value):
            either = (" 或：", " or: ")[_is_english(language)]
            return either.join(in_words(key, each, language) for each in value)
        return _several(value, key, language)
    return _code_in_words(key, value, language)


def slot_in_words(name: str, value: Any, language: str) -> str:
    """What a slot of a sentence shows: like the value of a key, but `kind` and `event` are of what was seen."""
    codes = CODES_OF_SLOTS.get(name)
    if codes is None:
        return in_words(name, value, language)
    values = value if isinstance(value, list | tuple) else [value]
    said = (codes[each].for_language(language) if each in codes else str(each) for each in values)
    return _SEVERAL[_is_english(language)].join(said)


def by_in_words(by: Mapping[str, int], language: str) -> str:
    """Whose acts make a count up: the bank's, and each agency's by its code."""
    agency = words.ACTORS["AGENCY"].for_language(language)
    return _SEVERAL[_is_english(language)].join(
        f"{COLLECTORS[who].for_language(language) if who in COLLECTORS else f'{agency} {who}'} {count}"
        for who, count in sorted(by.items(), key=lambda item: (item[0] != BANK, item[0]))
    )


def _table_in_words(key: str, table: Mapping[str, Any], language: str) -> str:
    if key == "window":
        [(unit, value)] = table.items()
        if unit == "period":
            return words.PERIODS[value].for_language(language)
        return _WINDOWS[unit].for_language(language).format(value)
    if set(table) == {"zh", "en"}:
        return str(table[_side(language)])
    if key == "unless":
        return _exception_in_words(table, language)
    return _AND[_is_english(language)].join(_conditions(table, language))


def _exception_in_words(table: Mapping[str, Any], language: str) -> str:
    met = in_words("when", table["when"], language)
    if "effect" in table:
        colon = ("：", ": ")[_is_english(language)]
        return f"{words.DECISIONS[table['effect']].for_language(language)}{colon}{met}"
    return met


def _conditions(table: Mapping[str, Any], language: str) -> Iterator[str]:
    colon = ("：", ": ")[_is_english(language)]
    for name, asked in table.items():
        yield f"{key_in_words(name, language)}{colon}{_asked_in_words(name, asked, language)}"


def _asked_in_words(name: str, asked: Any, language: str) -> str:
    if not isinstance(asked, Mapping):
        return in_words(name, asked, language)
    if set(asked) == {"given"}:
        given = (Bilingual("未知", "not known"), Bilingual("已知", "known"))[bool(asked["given"])]
        return given.for_language(language)
    if not set(asked) <= set(_ASKED):
        return _AND[_is_english(language)].join(_conditions(asked, language))
    parts = [
        _ASKED[how]
        .for_language(language)
        .format(
            key_in_words(value, language) if how == "after" else in_words(name, value, language)
        )
        for how, value in asked.items()
    ]
    return _SEVERAL[_is_english(language)].join(parts)


def _several(values: Any, key: str, language: str) -> str:
    return _SEVERAL[_is_english(language)].join(
        _code_in_words(key, value, language) for value in values
    )


def _code_in_words(key: str, value: Any, language: str) -> str:
    if key in NAMES_OF_FACTS and isinstance(value, str):
        return key_in_words(value, language)
    wording = CODES_OF.get(key, {}).get(value) if isinstance(value, str) else None
    if wording is None and isinstance(value, str):
        wording = OTHER_CODES.get(value) or words.ACTORS.get(value)
    return str(value) if wording is None else wording.for_language(language)


def _side(language: str) -> str:
    return "zh" if language.startswith("zh") else "en"


def _is_english(language: str) -> bool:
    return not language.startswith("zh")
