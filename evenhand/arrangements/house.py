"""What the bank lets be agreed, by whom and on what it asks: the numbers of packs/house/arrangements.toml, read
strictly."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from evenhand.compliance.packs import SHIPPED
from evenhand.compliance.stated import StatedError, only, share, table, whole

FILE = "house/arrangements.toml"
ROLES = ("COLLECTOR", "SUPERVISOR", "MANAGER")
ACTS = frozenset({
    "EXTENSION", "INSTALMENTS", "ARTICLE_70", "SETTLEMENT", "TOKEN", "PAUSE", "STOP_INTEREST", "REAGE",
    "WAIVE_PRINCIPAL", "WAIVE_INTEREST", "WAIVE_LATE_CHARGE", "WAIVE_FEE",
})  # fmt: skip
OFFERED = frozenset({"EXTENSION", "INSTALMENTS", "ARTICLE_70", "WAIVER", "SETTLEMENT"})
DEFAULT_REGION = "DEFAULT"
MINOR = 100  # of a yuan


@dataclass(frozen=True, slots=True, kw_only=True)
class AffordabilityTerms:
    """How deep the bank asks, and what it takes of a surplus. Shares as Decimal, money in yuan as written."""

    none_until_days: int
    declaration_until_months: int
    valid_days: int
    surplus_share_max: Decimal
    ability_months: int
    round_yuan: int
    same_budget_days: int
    paused_days: int
    token_yuan: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrangementTerms:
    """What the arrangements themselves are made of."""

    extension_days_max: int
    extensions_per_12_months: int
    instalments_months: tuple[int, ...]
    article_70_months: tuple[int, ...]
    monthly_rate: Decimal
    article_70_monthly_rate: Decimal
    instalment_min_yuan: int
    first_due_days: int
    signature_days: int
    grace_days: int
    cure_days: int
    settlement_days: int
    settlement_parts_max: int
    settlement_share_min: Decimal
    settlement_overdue_days_min: int
    reage_per_12_months: int
    reage_per_60_months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What one adult and one dependant cannot live below in a region, in minor units a month."""

    adult_minor: int
    dependant_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """What a role may agree alone: at most an amount, a share and months, from so many days past due; none: no
    limit."""

    role: str
    act: str
    minor_max: int | None = None
    share_max: Decimal | None = None
    months_max: int | None = None
    overdue_days_min: int = 0

    def allows(self, *, minor: int, share: Decimal, months: int, overdue_days: int) -> bool:
        """Whether this much is within it."""
        return (
            (self.minor_max is None or minor <= self.minor_max)
            and (self.share_max is None or share <= self.share_max)
            and (self.months_max is None or months <= self.months_max)
            and overdue_days >= self.overdue_days_min
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """All of the bank's own terms."""

    valid_from: date
    affordability: AffordabilityTerms
    terms: ArrangementTerms
    floors: Mapping[str, Floor]
    income_bands: Mapping[str, int]  # code: the lower end in minor units
    ranges: Mapping[
        str, Mapping[str, int]
    ]  # of the strategy: what may be offered, with its months at most (0: none)
    authority: tuple[Authority, ...]

    def floor(self, region: str) -> Floor:
        """The floor of a region, or the one that holds where a region has none of its own."""
        return self.floors.get(region, self.floors[DEFAULT_REGION])

    def who_may(
        self,
        act: str,
        *,
        minor: int = 0,
        share: Decimal = Decimal(0),
        months: int = 0,
        overdue_days: int = 0,
    ) -> str:
        """The lowest role that may agree so much alone; empty where none may."""
        for role in ROLES:
            for row in self.authority:
                if (row.role, row.act) == (role, act) and row.allows(
                    minor=minor, share=share, months=months, overdue_days=overdue_days
                ):
                    return role
        return ""


def reaches(role: str, needed: str) -> bool:
    """Whether a role stands as high as the one needed."""
    return bool(needed) and role in ROLES and ROLES.index(role) >= ROLES.index(needed)


@cache
def house() -> House:
    """The terms as shipped; raises StatedError when the file cannot be used."""
    return read_house(tomllib.loads((SHIPPED / FILE).read_text(encoding="utf-8")))


def read_house(said: Mapping[str, Any]) -> House:
    """Terms from what a file says; raises StatedError naming the key and what was expected."""
    known = {"valid_from", "affordability", "floor", "income_band", "terms", "range", "authority"}
    only("the file", said, known)
    if missing := known - set(said):
        raise StatedError(f"{', '.join(sorted(missing))} is missing")
    floors = {
        row["region"]: Floor(
            adult_minor=_yuan("floor.adult_yuan", row),
            dependant_minor=_yuan("floor.dependant_yuan", row),
        )
        for row in said["floor"]
    }
    if DEFAULT_REGION not in floors:
        raise StatedError(f"floor has no region {DEFAULT_REGION}")
    if tuple(said["authority"].get("roles", ())) != ROLES:
        raise StatedError(f"authority.roles is not {', '.join(ROLES)}")
    return House(
        valid_from=said["valid_from"],
        affordability=table("affordability", AffordabilityTerms, said["affordability"]),
        terms=table("terms", ArrangementTerms, said["terms"]),
        floors=floors,
        income_bands={
            row["code"]: _yuan("income_band.from_yuan", row) for row in said["income_band"]
        },
        ranges={code: _range(code, listed) for code, listed in said["range"].items()},
        authority=tuple(_authority(row) for row in said["authority"]["row"]),
    )


def _authority(row: Mapping[str, Any]) -> Authority:
    only(
        "authority.row",
        row,
        {"role", "act", "yuan_max", "share_max", "months_max", "overdue_days_min"},
    )
    if row.get("role") not in ROLES or row.get("act") not in ACTS:
        raise StatedError(f"authority.row {dict(row)} names no role or act that exists")
    return Authority(
        role=row["role"],
        act=row["act"],
        minor_max=_yuan("authority.row.yuan_max", row) if "yuan_max" in row else None,
        share_max=share("authority.row.share_max", row["share_max"])
        if "share_max" in row
        else None,
        months_max=whole("authority.row.months_max", row["months_max"])
        if "months_max" in row
        else None,
        overdue_days_min=whole("authority.row.overdue_days_min", row.get("overdue_days_min", 0)),
    )


def _range(code: str, listed: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in listed:
        name, _, months = word.partition(":")
        if name not in OFFERED or (months and not months.isdecimal()):
            raise StatedError(
                f"range.{code} has {word!r}, expected one of {', '.join(sorted(OFFERED))}"
            )
        found[name] = int(months or 0)
    return found


def _yuan(name: str, row: Mapping[str, Any]) -> int:
    return whole(name, row.get(name.rpartition(".")[2])) * MINOR
