"""What one version of a pack changes against another: rule by rule and number by number, as data and in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evenhand.compliance.packfile.terms import in_words, key_in_words
from evenhand.compliance.words.parameters import unit_in_words, value_in_words
from evenhand.kernel.text import Bilingual

Content = Mapping[str, Any]  # of `Pack.content`
_NAMED_BY = {"rule": "id", "parameter": "name", "measure": "name", "calendar": "name", "case": "title"}  # fmt: skip
_SECTIONS: Mapping[str, Bilingual] = {
    "pack": Bilingual("规则包", "Pack"),
    "rule": Bilingual("规则", "Rule"),
    "parameter": Bilingual("参数", "Parameter"),
    "measure": Bilingual("计量", "Measure"),
    "calendar": Bilingual("节假日表", "Calendar"),
    "case": Bilingual("示例", "Worked case"),
}
_ADDED = Bilingual("新增", "added")
_REMOVED = Bilingual("删除", "removed")
_FROM_TO = Bilingual("{label}：由 {before} 改为 {after}", "{label}: {before} → {after}")
_NOW_SAID = Bilingual("{label}：增加 {after}", "{label}: added {after}")
_NO_LONGER = Bilingual("{label}：去掉 {before}", "{label}: removed {before}")
_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class KeyChange:
    """One key of one table: what it was and what it is; `absent` where it was not, or is not, there."""

    keys: tuple[str, ...]
    before: Any
    after: Any

    def in_words(self, language: str) -> str:
        """As a sentence."""
        label = " · ".join(key_in_words(key, language) for key in self.keys)
        before, after = (
            "" if value is _MISSING else _value_in_words(self.keys[-1], value, language)
            for value in (self.before, self.after)
        )
        wording = (
            _NOW_SAID
            if self.before is _MISSING
            else _NO_LONGER
            if self.after is _MISSING
            else _FROM_TO
        )
        return wording.for_language(language).format(label=label, before=before, after=after)


@dataclass(frozen=True, slots=True)
class Change:
    """One table of a pack that was added, removed or changed."""

    section: str  # pack, rule, parameter, measure, calendar or case
    name: str
    how: str  # ADDED, REMOVED or CHANGED
    keys: tuple[KeyChange, ...]  # of a changed one
    table: Content  # as it is; as it was where it was removed

    def heading(self, language: str) -> str:
        """Which table it is."""
        section = _SECTIONS[self.section].for_language(language)
        return f"{section} {self.name}".strip()

    def sentences(self, language: str) -> list[str]:
        """What changed in it."""
        if self.how == "CHANGED":
            return [key.in_words(language) for key in self.keys]
        how = _ADDED if self.how == "ADDED" else _REMOVED
        text = self.table.get("text") or self.table.get("title")
        value = value_in_words(self.table["value"], language) if "value" in self.table else ""
        said = in_words("text", text, language) if text else value
        return [f"{how.for_language(language)}{('：', ': ')[not language.startswith('zh')]}{said}"]


def _value_in_words(key: str, value: Any, language: str) -> str:
    if key == "value":
        return value_in_words(value, language)
    return unit_in_words(value, language) if key == "unit" else in_words(key, value, language)


def changes(old: Content, new: Content) -> list[Change]:
    """All that `new` changes against `old`, in the order of its file, what it drops last. Empty: they say the same."""
    return [change for section in _SECTIONS for change in _in_section(section, old, new)]


def _in_section(section: str, old: Content, new: Content) -> Iterator[Change]:
    if section == "pack":
        keys = tuple(_keys((), _head(old), _head(new)))
        if keys:
            yield Change("pack", "", "CHANGED", keys, _head(new))
        return
    before, after = _named(section, old), _named(section, new)
    pairs = _paired(before, after)
    for key, table in after.items():
        was = pairs.get(key)
        if was is None:
            yield Change(section, key[0], "ADDED", (), table)
        elif keys := tuple(_keys((), before[was], table)):
            yield Change(section, key[0], "CHANGED", keys, table)
    for key, table in before.items():
        if key not in pairs.values():
            yield Change(section, key[0], "REMOVED", (), table)


def _head(content: Content) -> Content:
    """What is said of the pack as a whole, with the notion of an effective talk wherever it stands."""
    head = dict(content["pack"])
    if "effective_talk" in content:
        head["effective_talk"] = content["effective_talk"]
    return head


def _named(section: str, content: Content) -> dict[tuple[str, str], Content]:
    """The tables of a section by name and the day from which they are valid."""
    return {
        (table[_NAMED_BY[section]], table.get("valid_from", "")): table
        for table in content.get(section, ())
    }


def _paired(
    before: Mapping[tuple[str, str], Content], after: Mapping[tuple[str, str], Content]
) -> dict[tuple[str, str], tuple[str, str]]:
    """The table of before for each of after: of the same name and day, else of the same name, in order of days."""
    pairs = {key: key for key in after if key in before}
    for name in {key[0] for key in after}:
        rest = sorted(key for key in before if key[0] == name and key not in pairs)
        moved = sorted(key for key in after if key[0] == name and key not in pairs)
        pairs |= dict(zip(moved, rest, strict=False))
    return pairs


def _keys(path: tuple[str, ...], old: Content, new: Content) -> Iterator[KeyChange]:
    for key in [*new, *(key for key in old if key not in new)]:
        before, after = old.get(key, _MISSING), new.get(key, _MISSING)
        if before == after:
            continue
        if isinstance(before, Mapping) and isinstance(after, Mapping) and key != "window":
            yield from _keys((*path, key), before, after)
        elif _is_set(before) and _is_set(after):
            yield from _members((*path, key), before, after)
        else:
            yield KeyChange((*path, key), before, after)


def _is_set(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _members(path: tuple[str, ...], before: list[str], after: list[str]) -> Iterator[KeyChange]:
    """Of two lists of codes, what was added and what was removed."""
    added = [each for each in after if each not in before]
    gone = [each for each in before if each not in after]
    if added:
        yield KeyChange(path, _MISSING, added)
    if gone:
        yield KeyChange(path, gone, _MISSING)
    if not added and not gone:  # in another order
        yield KeyChange(path, before, after)
