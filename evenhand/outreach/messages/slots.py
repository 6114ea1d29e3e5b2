"""The slots of a text: a fixed set of names, each of one kind. Nothing else in braces is taken, and no code is run."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date

from evenhand.kernel.money import format_minor
from evenhand.kernel.text import Bilingual

_SLOT = re.compile(r"\{([^{}]*)\}|[{}]")
TEXT_MAX = 2_000


class TextRefused(ValueError):
    """A text that cannot be used: where, and what was expected there."""

    def __init__(self, start: int, expected: str) -> None:
        super().__init__(f"character {start + 1}: expected {expected}")
        self.start, self.expected = start, expected


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot: what kind of value it shows, its words, and a sample to try it with."""

    kind: str  # TEXT, MONEY (minor units), DAY, NUMBER or CARDS (the tail of the largest, and how many)
    words: Bilingual
    sample: Any


SLOTS: Mapping[str, Slot] = {
    "bank": Slot("TEXT", Bilingual("银行名称", "The bank's name"), "示例银行"),
    "hotline": Slot("TEXT", Bilingual("客服热线", "The bank's line"), "95500"),
    "card_tail": Slot("TEXT", Bilingual("卡尾号", "Card's last digits"), "1234"),
    "cards": Slot(
        "CARDS", Bilingual("信用卡（一张或几张）", "The card, or the cards"), ("1234", 2)
    ),
    "due": Slot("MONEY", Bilingual("当前应还", "Due now"), 123_456),
    "owed": Slot("MONEY", Bilingual("欠款合计", "Owed in total"), 1_234_567),
    "instalment": Slot("MONEY", Bilingual("本期应还", "This instalment"), 86_250),
    "promised": Slot("MONEY", Bilingual("承诺金额", "Promised"), 50_000),
    "day": Slot("DAY", Bilingual("日期", "The day"), date(2026, 10, 8)),
    "overdue_days": Slot("NUMBER", Bilingual("逾期天数", "Days past due"), 12),
}


def slots_in(text: str) -> tuple[str, ...]:
    """The slots of a text in their order; raises TextRefused for one that does not exist and for a brace left alone."""
    if len(text) > TEXT_MAX:
        raise TextRefused(TEXT_MAX, f"at most {TEXT_MAX} characters")
    names = []
    for found in _SLOT.finditer(text):
        name = found.group(1)
        if name is None:
            raise TextRefused(found.start(), "a brace that opens or closes a slot")
        if name not in SLOTS:
            raise TextRefused(found.start(), f"one of {', '.join(SLOTS)}")
        names.append(name)
    return tuple(names)


def filled(text: str, values: Mapping[str, Any], *, language: str, currency: str) -> str:
    """A text with its slots shown as people of the language write them. Raises KeyError for a value that is missing."""
    slots_in(text)
    return _SLOT.sub(lambda found: _shown(found.group(1), values, language, currency), text)


def samples() -> dict[str, Any]:
    """A value for each slot, to try a text with."""
    return {name: slot.sample for name, slot in SLOTS.items()}


def _shown(name: str, values: Mapping[str, Any], language: str, currency: str) -> str:
    value, kind = values[name], SLOTS[name].kind
    zh = language.startswith("zh")
    if kind == "MONEY":
        return format_minor(value, currency, "zh_CN" if zh else "en")
    if kind == "DAY":
        return format_date(value, "y年M月d日" if zh else "d MMMM y", locale="zh_CN" if zh else "en")
    if kind == "CARDS":
        tail, count = value
        if count > 1:
            return (
                f"尾号{tail}等{count}张信用卡"
                if zh
                else f"{count} cards, one of them ending {tail}"
            )
        return f"尾号{tail}的信用卡" if zh else f"card ending {tail}"
    return str(value)
