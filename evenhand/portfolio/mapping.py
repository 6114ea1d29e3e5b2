"""Reads the portfolio file: a TOML page where a bank states its terms and how its files are written.

Every key is known and every setting can change something, or the file is refused with a sentence that names both.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from evenhand.kernel.money import MoneyError, to_minor
from evenhand.portfolio.feeds import FEEDS, Feed, Kind
from evenhand.portfolio.takeover import TAKE_OVER_FEEDS
from evenhand.portfolio.terms import (
    AgeingTerms,
    AmountsIn,
    Contract,
    Encoding,
    InterestOn,
    Layout,
    Leads,
    MinimumDueIs,
    Portfolio,
    Sign,
)

C = TypeVar("C", bound=StrEnum)
NAME = "portfolio.toml"
_TRANSLATED = (Kind.CODE, Kind.BOOL, Kind.CURRENCY)


class PortfolioError(ValueError):
    """A portfolio file that cannot be used; the message names the file, the key and what was expected."""


def read_portfolio(path: Path) -> Portfolio:
    """Read one portfolio file; raise PortfolioError with a sentence when anything in it is not understood."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PortfolioError(f"{path} does not exist") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PortfolioError(f"{path} is not TOML: {error}") from None
    try:
        return parse_portfolio(content)
    except PortfolioError as error:
        raise PortfolioError(f"{path}: {error}") from None


def find_portfolio(stated: Path | None, folder: Path) -> Portfolio:
    """The portfolio of a folder of feeds: the stated file, else `portfolio.toml` in it or beside it, else plain."""
    if stated is not None:
        return read_portfolio(stated)
    for place in (folder / NAME, folder.parent / NAME):
        if place.exists():
            return read_portfolio(place)
    return Portfolio()


def parse_portfolio(content: Mapping[str, Any]) -> Portfolio:
    """Turn the parsed TOML into a Portfolio; raise PortfolioError naming the key."""
    _known(content, {f.name.removesuffix("_minor") for f in fields(Portfolio)}, "")
    currency = _currency(content.get("base_currency", "CNY"), "base_currency")
    return Portfolio(
        name=_text(content.get("name", "cards"), "name"),
        base_currency=currency,
        rates=_rates(_table(content, "rates", ""), currency),
        ageing=_ageing(_table(content, "ageing", ""), currency),
        contract=_contract(_table(content, "contract", ""), currency),
        case_threshold_minor=_amount(
            content.get("case_threshold", "0"), "case_threshold", currency
        ),
        promise_grace_days=_days(content.get("promise_grace_days", 3), "promise_grace_days"),
        synthesised=_texts(content.get("synthesised", []), "synthesised"),
        feeds=_layouts(_table(content, "feeds", "")),
    )


def _rates(stated: Mapping[str, Any], base: str) -> dict[str, Decimal]:
    rates = {}
    for code, rate in stated.items():
        key = f"rates.{code}"
        if _currency(code, key) == base:
            raise PortfolioError(f"{key} changes nothing: {base} is the base currency")
        try:
            rates[code] = Decimal(_text(rate, key))
        except InvalidOperation:
            raise PortfolioError(
                f'{key} is {rate!r}; expected a number in quotes, as "7.10"'
            ) from None
        if not rates[code].is_finite() or rates[code] <= 0:
            raise PortfolioError(f"{key} is {rate!r}; expected a number above zero")
    return rates


def _ageing(stated: Mapping[str, Any], currency: str) -> AgeingTerms:
    _known(stated, {f.name.removesuffix("_minor") for f in fields(AgeingTerms)}, "ageing.")
    values: dict[str, Any] = {}
    for name, value in stated.items():
        key = f"ageing.{name}"
        if name == "minimum_due_is":
            values[name] = _choice(MinimumDueIs, value, key)
        elif name == "leads":
            values[name] = _choice(Leads, value, key)
        elif name == "grace_days":
            values[name] = _days(value, key)
        else:
            values[f"{name}_minor"] = _amount(value, key, currency)
    if values.get("grace_days", 0) > 60:
        raise PortfolioError(
            "ageing.grace_days is above 60; expected the days of grace of a contract"
        )
    return AgeingTerms(**values)


def _contract(stated: Mapping[str, Any], currency: str) -> Contract:
    _known(stated, {f.name.removesuffix("_minor") for f in fields(Contract)}, "contract.")
    values: dict[str, Any] = {}
    for name, value in stated.items():
        key = f"contract.{name}"
        if name == "interest_on":
            values[name] = _choice(InterestOn, value, key)
        elif name == "compounds_monthly":
            if not isinstance(value, bool):
                raise PortfolioError(f"{key} is {value!r}; expected true or false")
            values[name] = value
        elif name in {"daily_rate", "late_charge_rate"}:
            values[name] = _share(value, key)
        else:
            values[f"{name}_minor"] = _amount(value, key, currency)
    return Contract(**values)


def _share(value: object, key: str) -> Decimal:
    try:
        rate = Decimal(_text(value, key))
    except InvalidOperation:
        rate = Decimal(-1)
    if not 0 <= rate < 1:
        raise PortfolioError(f'{key} is {value!r}; expected a rate in quotes, as "0.0005"')
    return rate


def _layouts(stated: Mapping[str, Any]) -> dict[str, Layout]:
    known = FEEDS | TAKE_OVER_FEEDS
    _known(stated, set(known), "feeds.")
    return {
        name: _layout(known[name], _table(stated, name, "feeds."), f"feeds.{name}.")
        for name in stated
    }


def _layout(feed: Feed, stated: Mapping[str, Any], at: str) -> Layout:
    _known(stated, {f.name for f in fields(Layout)}, at)
    values: dict[str, Any] = {}
    for name, value in stated.items():
        key = at + name
        if name == "encoding":
            values[name] = _choice(Encoding, value, key)
        elif name == "amounts":
            values[name] = _choice(AmountsIn, value, key)
        elif name == "sign":
            values[name] = _choice(Sign, value, key)
        elif name in {"columns", "constants", "defaults"}:
            values[name] = _by_column(feed, _table(stated, name, at), f"{key}.")
        elif name == "codes":
            values[name] = _codes(feed, _table(stated, name, at), f"{key}.")
        elif name == "ignore":
            values[name] = _texts(value, key)
        else:
            values[name] = _text(value, key)
    layout = Layout(**values)
    _refuse_idle(feed, layout, set(values), at)
    return layout


def _refuse_idle(feed: Feed, layout: Layout, stated: set[str], at: str) -> None:
    """Refuse settings that no file of the feed could ever feel."""
    kinds = {c.kind for c in feed.columns}
    for name in ("amounts", "decimal_mark", "thousands_mark", "sign"):
        if name in stated and Kind.MONEY not in kinds:
            raise PortfolioError(f"{at}{name} changes nothing: {feed.name} has no amounts")
    if layout.amounts is AmountsIn.MINOR and stated & {"decimal_mark", "thousands_mark"}:
        raise PortfolioError(f"{at}decimal_mark changes nothing: the amounts are in minor units")
    if "dates" in stated:
        if not kinds & {Kind.DATE, Kind.INSTANT}:
            raise PortfolioError(f"{at}dates changes nothing: {feed.name} has no dates")
        if not all(part in layout.dates for part in ("%Y", "%m", "%d")):
            raise PortfolioError(f"{at}dates is {layout.dates!r}; expected %Y, %m and %d in it")
    for name in ("delimiter", "decimal_mark"):
        if len(getattr(layout, name)) != 1 or not getattr(layout, name).isascii():
            raise PortfolioError(f"{at}{name} is {getattr(layout, name)!r}; expected one character")
    if len(layout.thousands_mark) > 1 or layout.thousands_mark == layout.decimal_mark:
        raise PortfolioError(f"{at}thousands_mark must be one character and not the decimal mark")
    for ours, theirs in layout.columns.items():
        if ours == theirs:
            raise PortfolioError(f"{at}columns.{ours} changes nothing: it renames {ours} to itself")
    for ours in layout.constants:
        if ours in layout.columns or ours in layout.defaults or ours in layout.codes:
            raise PortfolioError(
                f"{at}constants.{ours} and another setting of {ours} exclude each other"
            )
    if len(set(layout.columns.values())) < len(layout.columns):
        raise PortfolioError(f"{at}columns names one column of the bank twice")


def _by_column(feed: Feed, stated: Mapping[str, Any], at: str) -> dict[str, str]:
    _known(stated, {c.name for c in feed.columns}, at)
    return {name: _text(value, at + name) for name, value in stated.items()}


def _codes(feed: Feed, stated: Mapping[str, Any], at: str) -> dict[str, dict[str, str]]:
    columns = {c.name: c for c in feed.columns if c.kind in _TRANSLATED}
    _known(stated, set(columns), at)
    codes: dict[str, dict[str, str]] = {}
    for name in stated:
        codes[name] = {}
        for theirs, ours in _table(stated, name, at).items():
            key = f"{at}{name}.{theirs}"
            if theirs == _text(ours, key):
                raise PortfolioError(f"{key} changes nothing: it translates {theirs} to itself")
            if columns[name].codes and ours not in columns[name].codes:
                raise PortfolioError(
                    f"{key} is {ours!r}; expected one of {', '.join(columns[name].codes)}"
                )
            codes[name][theirs] = ours
    return codes


def _known(stated: Mapping[str, Any], allowed: set[str], at: str) -> None:
    for name in stated:
        if name not in allowed:
            raise PortfolioError(
                f"{at}{name} is not known; expected one of {', '.join(sorted(allowed))}"
            )


def _table(stated: Mapping[str, Any], name: str, at: str) -> Mapping[str, Any]:
    value = stated.get(name, {})
    if not isinstance(value, Mapping):
        raise PortfolioError(f"{at}{name} is {value!r}; expected a table")
    return value


def _text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise PortfolioError(f"{key} is {value!r}; expected a text in quotes")
    return value


def _texts(value: object, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise PortfolioError(f"{key} is {value!r}; expected a list of texts")
    return tuple(value)


def _days(value: object, key: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise PortfolioError(f"{key} is {value!r}; expected a whole number, zero or more")
    return value


def _amount(value: object, key: str, currency: str) -> int:
    try:
        amount_minor = to_minor(_text(value, key), currency)
    except MoneyError:
        amount_minor = -1
    if amount_minor < 0:
        raise PortfolioError(
            f'{key} is {value!r}; expected an amount of {currency} in quotes, as "10.00"'
        )
    return amount_minor


def _currency(value: object, key: str) -> str:
    if not isinstance(value, str) or len(value) != 3 or not value.isalpha() or not value.isupper():
        raise PortfolioError(f"{key} is {value!r}; expected a currency code such as CNY")
    return value


def _choice(kind: type[C], value: object, key: str) -> C:
    try:
        return kind(str(value))
    except ValueError:
        allowed = ", ".join(c.value for c in kind)
        raise PortfolioError(f"{key} is {value!r}; expected one of {allowed}") from None
