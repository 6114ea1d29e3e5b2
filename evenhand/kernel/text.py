"""Text that exists in both languages or not at all."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One wording in Chinese and in English; the two are equals."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        assert self.zh
        assert self.en

    def for_language(self, language: str) -> str:
        """The wording for a language tag such as ``zh-hans`` or ``en``."""
        return self.zh if language.startswith("zh") else self.en


def one_side(text: str, language: str) -> str:
    """The half for a language of a text written as ``中文 | English``; the whole text when it is not written so."""
    chinese, bar, english = text.partition(" | ")
    if not bar:
        return text
    return chinese.strip() if language.startswith("zh") else english.strip()
