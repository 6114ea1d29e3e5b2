"""What the pages about policy packs show: versions, the law behind each number, what is in force and what was asked."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest
from django.utils.translation import get_language

from evenhand.compliance.packfile.diff import changes
from evenhand.compliance.packfile.errors import PackError
from evenhand.compliance.packfile.terms import Term, in_words, sentence, terms
from evenhand.compliance.packs import Pack, Parameter, Rule, shipped_packs
from evenhand.compliance.words.parameters import (
    parameter_in_words,
    unit_in_words,
    value_in_words,
)
from evenhand.kernel.ids import uuid7
from evenhand.rulebook import pack_rows
from evenhand.rulebook.packs import UnknownPack, pack_of, shipped_pack
from evenhand.runtime.config import config
from evenhand.workbench.pack_forms import AskPack
from evenhand.workbench.pages import staff_of

CONDITIONS = frozenset(
    {
        "when",
        "counts",
        "after",
        "where",
        "needs",
        "unless",
        "released_by",
        "unbroken_by",
        "consent_code",
    }
)
BINDING = frozenset({"LAW", "RULE", "NOTICE"})  # the rest is of associations, standards, the house


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a pack that may be looked at: brought in, or come with the program and not brought in yet."""

    version: str
    digest: str
    row: pack_rows.PackRow | None
    pack: Pack | None  # none when it can no longer be read
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ShownRule:
    """One rule in words, with the law behind it."""

    rule: Rule
    sentence: str
    numbers: list[Term]
    conditions: list[Term]
    when: str  # NOW, LATER or OVER


@dataclass(frozen=True, slots=True)
class ShownParameter:
    """One number that other rooms use, with the law behind it."""

    parameter: Parameter
    label: str  # nothing for a name of the pack's own
    value: str
    unit: str
    when: str


@dataclass(frozen=True, slots=True)
class ListedPack:
    """One pack in the list: what of it is in force, and the newest version there is."""

    name: str
    newest: Version
    in_force: str  # its version, or nothing
    is_asked: bool
    binding: int
    other: int

    @property
    def has_newer(self) -> bool:
        """Whether a version that came with the program is not the one in force."""
        return bool(self.in_force) and self.newest.version != self.in_force


def versions_of(name: str) -> list[Version]:
    """All versions of a pack, those that were never brought in first; Http404 when there is none."""
    rows = pack_rows.pack_rows(name)
    found = [_stored(row) for row in rows]
    shipped = _shipped(name)
    if shipped is not None and shipped.digest not in {row.digest for row in rows}:
        found.insert(0, shipped)
    if not found:
        raise Http404
    return found


def _stored(row: pack_rows.PackRow) -> Version:
    try:
        return Version(row.version, row.digest, row, pack_of(row.digest))
    except PackError as error:
        return Version(row.version, row.digest, row, None, str(error))


def _shipped(name: str) -> Version | None:
    try:
        pack = shipped_pack(name)
    except UnknownPack:
        return None
    except PackError as error:
        return Version("?", "", None, None, str(error))
    return Version(pack.version, pack.digest, None, pack)


def version_or_404(name: str, version: str) -> Version:
    """The version of a pack, or its newest where none is named; Http404 when it is none or cannot be read."""
    for each in versions_of(name):
        if version in ("", each.version):
            if each.pack is None:
                raise Http404
            return each
    raise Http404


def name_and_version(digest: str) -> tuple[str, str]:
    """Of a pack that was brought in."""
    pack = pack_of(digest)
    return pack.name, pack.version


def listed(now: datetime) -> list[ListedPack]:
    """Every pack there is: those in force first, then by name."""
    force = {row.name: row.version for row in pack_rows.packs_in_force(now)}
    asked = {row.name for row in pack_rows.open_activations()}
    names = {*shipped_packs(), *(row.name for row in pack_rows.pack_rows())}
    found = []
    for name in sorted(names, key=lambda name: (name not in force, name)):
        newest = versions_of(name)[0]
        strengths = Counter(
            rule.strength in BINDING for rule in (newest.pack.rules if newest.pack else ())
        )
        found.append(
            ListedPack(
                name=name,
                newest=newest,
                in_force=force.get(name, ""),
                is_asked=name in asked,
                binding=strengths[True],
                other=strengths[False],
            )
        )
    return found


def list_context(request: HttpRequest, now: datetime, **bound: Any) -> dict[str, Any]:
    """What the list shows; `bound` are forms that were refused."""
    force = pack_rows.packs_in_force(now)
    return {
        "force": [(row, _title_of(row.digest)) for row in force],
        "coming": pack_rows.coming(now),
        "asked": pack_rows.open_activations(),
        "packs": listed(now),
        "request_key": uuid7(),
        "can_edit": request.user.has_perm("access.edit_packs"),
    } | bound


def _title_of(digest: str) -> str:
    try:
        return pack_of(digest).title.for_language(get_language() or "")
    except PackError:
        return ""


def page_context(
    request: HttpRequest, name: str, wanted: str, now: datetime, **bound: Any
) -> dict[str, Any]:
    """What the page of a pack shows, of the version wanted or of the one to be looked at first; `bound` are forms."""
    versions = versions_of(name)
    force = next((row for row in pack_rows.packs_in_force(now) if row.name == name), None)
    asked = next((row for row in pack_rows.open_activations() if row.name == name), None)
    shown = _chosen(versions, wanted, asked, force)
    person = staff_of(request)
    question = asked.question if asked else None
    is_in_force = force is not None and force.digest == shown.digest
    return {
        "name": name,
        "versions": versions,
        "shown": shown,
        "title": shown.pack.title.for_language(get_language() or "") if shown.pack else name,
        "in_force": force,
        "is_in_force": is_in_force,
        "asked": asked,
        "question": question,
        "may_decide": question is not None and question.may_decide(person.id),
        "changes": _changed(force, shown) if force and not is_in_force else None,
        "history": pack_rows.activation_rows(name=name),
        "coming": [row for row in pack_rows.coming(now) if row.name == name],
        "is_editor": person.has_perm("access.edit_packs"),
        "is_approver": person.has_perm("access.approve_packs"),
        "request_key": uuid7(),
        **(_content_of(shown, now) if shown.pack else {}),
    } | bound


def ask_form(shown: Version, now: datetime, *given: Any) -> AskPack:
    """The form that asks for a version, filled in or not."""
    assert shown.pack is not None
    needs = shown.pack.draft and config().mode == "live"
    initial = {"request_key": uuid7(), "version": shown.version}
    return AskPack(*given, day=_today(shown.pack, now), needs_statement=needs, initial=initial)


def out_form(shown: Version, now: datetime, *given: Any) -> AskPack:
    """The form that asks for a pack to be out of force, filled in or not."""
    assert shown.pack is not None
    initial = {"request_key": uuid7(), "version": shown.version}
    return AskPack(*given, day=_today(shown.pack, now), auto_id="out_%s", initial=initial)


def _chosen(
    versions: list[Version],
    wanted: str,
    asked: pack_rows.PackActivationRow | None,
    force: pack_rows.InForcePack | None,
) -> Version:
    """The version an address names; else the one asked about, the one in force, or the newest."""
    if wanted:
        named = [version for version in versions if version.version == wanted]
        if not named:
            raise Http404
        return named[0]
    digests = [row.digest for row in (asked, force) if row is not None]
    first = [version for digest in digests for version in versions if version.digest == digest]
    return (first or versions)[0]


def _content_of(shown: Version, now: datetime) -> dict[str, Any]:
    pack = shown.pack
    assert pack is not None
    day, language = _today(pack, now), get_language() or ""
    rules = [_rule(rule, day, language) for rule in pack.rules]
    strengths = Counter(rule.strength for rule in pack.rules)
    return {
        "pack": pack,
        "day": day,
        "ask_form": ask_form(shown, now),
        "out_form": out_form(shown, now),
        "rules": rules,
        "strengths": [(code, strengths[code]) for code in strengths],
        "binding": sum(count for code, count in strengths.items() if code in BINDING),
        "parameters": [_parameter(each, day, language) for each in pack.parameters],
        "applies_to": in_words("when", pack.content["pack"].get("applies_to", {}), language),
    }


def _rule(rule: Rule, day: date, language: str) -> ShownRule:
    said = terms(rule.content, language)
    return ShownRule(
        rule=rule,
        sentence=sentence(rule.content["text"], rule.content, language),
        numbers=[term for term in said if term.key not in CONDITIONS],
        conditions=[term for term in said if term.key in CONDITIONS],
        when=_when(rule, day),
    )


def _parameter(parameter: Parameter, day: date, language: str) -> ShownParameter:
    return ShownParameter(
        parameter,
        parameter_in_words(parameter.name, language),
        value_in_words(parameter.value, language),
        unit_in_words(parameter.unit, language),
        _when(parameter, day),
    )


def _when(row: Rule | Parameter, day: date) -> str:
    if day < row.valid_from:
        return "LATER"
    return "NOW" if row.valid_to is None or day < row.valid_to else "OVER"


def _today(pack: Pack, now: datetime) -> date:
    return now.astimezone(ZoneInfo(pack.zone)).date()


@dataclass(frozen=True, slots=True)
class TableChanges:
    """What changes in one table of a pack, in words."""

    table: str
    sentences: list[str]


def changed_in_words(old: Mapping[str, Any], new: Version) -> list[TableChanges]:
    """What a version changes against the content of another."""
    if new.pack is None:
        return []
    language = get_language() or ""
    found = changes(old, new.pack.content)
    return [TableChanges(each.heading(language), each.sentences(language)) for each in found]


def _changed(force: pack_rows.InForcePack, new: Version) -> list[TableChanges]:
    try:
        return changed_in_words(pack_of(force.digest).content, new)
    except PackError:
        return []
