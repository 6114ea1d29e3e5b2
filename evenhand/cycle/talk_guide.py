"""What a collector may say, step by step, with the figures of the person she speaks with: packs/house/talk.toml."""

import tomllib
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from evenhand.compliance.packs import SHIPPED
from evenhand.compliance.stated import StatedError, only
from evenhand.kernel.text import Bilingual
from evenhand.outreach.messages.checking import text_terms
from evenhand.outreach.messages.slots import filled, slots_in

FILE = "house/talk.toml"
BEFORE_SHE_IS_VERIFIED = ("IDENTIFY", "VERIFY")
OF_THE_BANK = frozenset({"bank", "hotline"})


class Step(NamedTuple):
    """One step: what it is called, and what is said, with its slots."""

    code: str
    title: Bilingual
    says: Bilingual


@cache
def steps() -> tuple[Step, ...]:
    """The steps as shipped; raises StatedError when the file cannot be used."""
    said = tomllib.loads((SHIPPED / FILE).read_text("utf-8"))
    only("talk", said, {"step"})
    return tuple(_step(row) for row in said.get("step", ()))


def _step(row: dict[str, Any]) -> Step:
    names = {"code", "zh", "en", "says_zh", "says_en"}
    only("step", row, names)
    if missing := sorted(name for name in names if not row.get(name)):
        raise StatedError(f"step.{missing[0]} is missing")
    for name in ("says_zh", "says_en"):
        early = row["code"] in BEFORE_SHE_IS_VERIFIED and set(slots_in(row[name])) - OF_THE_BANK
        if early:
            raise StatedError(f"step {row['code']} names {', '.join(early)} before she is verified")
    return Step(
        row["code"], Bilingual(row["zh"], row["en"]), Bilingual(row["says_zh"], row["says_en"])
    )


class Shown(NamedTuple):
    """One step as it is shown: its title in words of both languages, and what is said to her."""

    code: str
    title: Bilingual
    says: str


class Figures(NamedTuple):
    """The figures of one person that may be said, in minor units; none is not known."""

    cards: tuple[str, int] | None  # the tail of the largest, and how many
    due: int
    owed: int
    overdue_days: int | None
    currency: str


def guide_for(figures: Figures, *, language: str, today: date) -> list[Shown]:
    """Every step whose figures are known, in the language of the person."""
    hers, terms = "en" if language.startswith("en") else "zh", text_terms()
    known = {name: value for name, value in figures._asdict().items() if value is not None}
    values = known | {"bank": terms.of("bank", hers), "hotline": terms.hotline, "day": today}
    return [
        Shown(step.code, step.title, filled(said, values, language=hers, currency=figures.currency))
        for step in steps()
        for said in [step.says.for_language(hers)]
        if set(slots_in(said)) <= set(values)
    ]
