"""What a text of a message lacks or may not say: everything, each with its language and place."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from evenhand.compliance.packs import SHIPPED
from evenhand.compliance.stated import StatedError, only
from evenhand.compliance.texts.forbidden import findings
from evenhand.outreach.messages.segments import parts_of
from evenhand.outreach.messages.slots import TextRefused, filled, samples, slots_in

CHANNELS = ("TEXT", "PUSH", "EMAIL", "LETTER", "CALL")
LANGUAGES = ("zh", "en")
FILE = "house/texts.toml"
CONFIRMATION, OF_THE_BANK = "OPT_OUT_CONFIRMATION", frozenset({"bank", "hotline"})
IN_BOTH, TITLES_IN_BOTH = "\n\n* * *\n\n", "　/　"  # between the languages of a letter in both
_LINK = re.compile(r"https?://|www\.|\b[a-z0-9-]+\.(?:com|cn|net|cc|top|link)\b", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTerms:
    """How the bank signs, and how it is reached without a link."""

    bank_zh: str
    bank_en: str
    hotline: str
    app_zh: str
    app_en: str
    opt_out_zh: str
    opt_out_en: str
    sms_parts_max: int
    sms_part_price_minor: int
    letters_in_both: bool

    def of(self, name: str, language: str) -> str:
        """A term in a language."""
        found: str = getattr(self, f"{name}_{language}")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that stands against a text: its code, in which language, where, and the words."""

    code: str
    language: str
    start: int = 0
    words: str = ""


@cache
def text_terms() -> TextTerms:
    """The terms as shipped; raises StatedError when the file cannot be used."""
    said = tomllib.loads((SHIPPED / FILE).read_text("utf-8"))
    names = set(TextTerms.__dataclass_fields__)
    only("texts", said, names)
    for name in sorted(names - set(said)):
        raise StatedError(f"texts.{name} is missing")
    if not isinstance(said["letters_in_both"], bool):
        raise StatedError("texts.letters_in_both is neither true nor false")
    return TextTerms(**said)


def faults(
    zh: str, en: str, *, channel: str, purpose: str = "", sender: str = "FIRST_PARTY"
) -> tuple[Fault, ...]:
    """Everything that stands against a text in both languages on a channel, in the order of the languages.

    Codes: EMPTY, NOT_A_SLOT, OTHER_SLOTS, NO_SIGNATURE, NO_OPT_OUT, NO_WAY_TO_THE_BANK, LINK, TOO_LONG,
    MORE_THAN_CONFIRMS (figures in the confirmation of an opt-out), and those of compliance.texts.forbidden.BANS.
    """
    assert channel in CHANNELS
    found = [
        fault
        for language, text in zip(LANGUAGES, (zh, en), strict=True)
        for fault in _of_one(text, language, channel, purpose, sender)
    ]
    if not any(fault.code in ("EMPTY", "NOT_A_SLOT") for fault in found) and set(
        slots_in(zh)
    ) != set(slots_in(en)):
        found.append(Fault(code="OTHER_SLOTS", language="en"))
    return tuple(found)


def _of_one(text: str, language: str, channel: str, purpose: str, sender: str) -> Iterator[Fault]:
    terms = text_terms()
    if not text.strip():
        yield Fault(code="EMPTY", language=language)
        return
    try:
        plain = filled(text, samples(), language=language, currency="CNY")
    except TextRefused as refused:
        yield Fault(
            code="NOT_A_SLOT", language=language, start=refused.start, words=refused.expected
        )
        return
    for finding in findings(plain, sender=sender, channel=channel, language=language):
        yield Fault(code=finding.code, language=language, start=finding.start, words=finding.words)
    if hit := _LINK.search(plain):
        yield Fault(code="LINK", language=language, start=hit.start(), words=hit.group())
    if (
        terms.hotline not in plain
        and terms.of("app", language) not in plain
        and "{hotline}" not in text
    ):
        yield Fault(code="NO_WAY_TO_THE_BANK", language=language)
    if purpose == CONFIRMATION:
        for slot in sorted(set(slots_in(text)) - OF_THE_BANK):
            yield Fault(code="MORE_THAN_CONFIRMS", language=language, words=f"{{{slot}}}")
    elif channel == "TEXT" and terms.of("opt_out", language) not in text:
        yield Fault(code="NO_OPT_OUT", language=language, words=terms.of("opt_out", language))
    if channel == "TEXT":
        yield from _of_sms(text, plain, language, terms)


def _of_sms(text: str, plain: str, language: str, terms: TextTerms) -> Iterator[Fault]:
    if not text.startswith(f"【{terms.of('bank', language)}】"):
        yield Fault(
            code="NO_SIGNATURE", language=language, words=f"【{terms.of('bank', language)}】"
        )
    if parts_of(plain).parts > terms.sms_parts_max:
        yield Fault(code="TOO_LONG", language=language, words=str(terms.sms_parts_max))
