"""Every kind of line, with its sentence in both languages. A kind that is not here cannot be recorded.

A slot of a sentence names a value of the line's detail and says how it is shown:

    {reason:label.hold}     a code, by the words of web.labels
    {amount_minor:money}    whole minor units of the currency in the detail's `currency`
    {until_on:day}          a banking day, written 2026-09-30; null when there is none
    {number}                as it stands
    {digest:short}          the first twelve digits of a digest
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evenhand.kernel.text import Bilingual

STREAMS = {
    "PERSON": Bilingual("客户", "Person"),
    "STAFF": Bilingual("员工", "Member of staff"),
    "PACK": Bilingual("规则包", "Policy pack"),
    "RUN": Bilingual("夜间批量", "Night"),
    "STRATEGY": Bilingual("策略版本", "Strategy version"),
    "EXPERIMENT": Bilingual("试验", "Experiment"),
    "TEXT": Bilingual("话术文本", "Text of a message"),
    "PLAN": Bilingual("方案", "Plan"),
    "WAIVER": Bilingual("减免", "Waiver"),
    "RELIEF": Bilingual("宽限", "Rest"),
    "CLIENT": Bilingual("外部系统", "Outside system"),
    "SYSTEM": Bilingual("系统", "System"),
}
SHOWN_AS = ("", "money", "day", "short")  # or label. and a kind of label
_SLOT = re.compile(r"\{(\w+)(?::([\w.]+))?\}")


class UnknownKind(LookupError):
    """A line of a kind that is not in the registry."""


class WrongDetail(ValueError):
    """A line whose detail lacks a slot of its sentence, or holds a value its kind does not know."""


@dataclass(frozen=True)
class Kind:
    """One kind of line: the streams it may lie in, its sentences, and values kept beside those a sentence shows."""

    code: str
    streams: tuple[str, ...]
    sentence: Bilingual
    kept: frozenset[str]
    rows_elsewhere: bool  # its lines are rows of a sealed source, not of the journal

    @cached_property
    def slots(self) -> frozenset[str]:
        """The values its sentences show."""
        return frozenset(name for name, _ in slots_of(self.sentence.en))

    @cached_property
    def required(self) -> frozenset[str]:
        """The values a line's detail must hold: the slots, and the currency of amounts."""
        money = any(shown == "money" for _, shown in slots_of(self.sentence.en))
        return self.slots | ({"currency"} if money else set())


def slots_of(sentence: str) -> list[tuple[str, str]]:
    """Each slot of a sentence with how it is shown."""
    return [(name, shown or "") for name, shown in _SLOT.findall(sentence)]


def filled(sentence: str, shown: Mapping[tuple[str, str], str]) -> str:
    """The sentence with each slot, named with how it is shown, replaced by the text given for it."""
    return _SLOT.sub(lambda slot: shown[slot.group(1), slot.group(2) or ""], sentence)


KINDS: dict[str, Kind] = {}


def kind(
    code: str, streams: str, zh: str, en: str, *, kept: str = "", rows_elsewhere: bool = False
) -> None:
    """Register a kind of line; `kept` names values of its detail that its sentences do not show."""
    assert code not in KINDS, code
    KINDS[code] = Kind(
        code, tuple(streams.split()), Bilingual(zh, en), frozenset(kept.split()), rows_elsewhere
    )


def kind_of(code: str) -> Kind:
    """The kind of that code; raises UnknownKind."""
    try:
        return KINDS[code]
    except KeyError:
        raise UnknownKind(f"{code!r} is no kind of line; add it to journal.kinds first") from None


def check_detail(kind: Kind, stream_kind: str, detail: Mapping[str, Any]) -> None:
    """Raise WrongDetail unless the detail holds what the kind's sentences need and nothing the kind does not know."""
    if stream_kind not in kind.streams:
        raise WrongDetail(
            f"{kind.code} lies in streams of {', '.join(kind.streams)}, not {stream_kind}"
        )
    given = detail.keys()
    if missing := sorted(kind.required - given):
        raise WrongDetail(f"{kind.code} lacks {', '.join(missing)} in its detail")
    if unknown := sorted(given - kind.required - kind.kept):
        raise WrongDetail(f"{kind.code} does not know {', '.join(unknown)} in its detail")
