"""Money is an integer of minor units with an ISO 4217 currency. There is no float near it."""

from decimal import Decimal, InvalidOperation
from functools import cache

from babel.core import Locale, get_global
from babel.numbers import format_currency


class MoneyError(ValueError):
    """A text that is no amount of the currency."""


def minor_digits(currency: str) -> int:
    """Digits after the point of the currency's minor unit (ISO 4217 by CLDR; 2 when unlisted)."""
    fractions = get_global("currency_fractions")
    digits: int = fractions.get(currency, fractions["DEFAULT"])[0]
    return digits


def to_minor(amount: str | Decimal, currency: str) -> int:
    """Turn a decimal amount into minor units, exactly; raise MoneyError when it does not fit."""
    try:
        scaled = Decimal(amount).scaleb(minor_digits(currency))
    except InvalidOperation:
        raise MoneyError(f"{amount!r} is not an amount of {currency}") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise MoneyError(f"{amount!r} does not fit the minor unit of {currency}")
    return int(scaled)


def to_major(amount_minor: int, currency: str) -> Decimal:
    """Turn minor units back into the decimal amount people read."""
    return Decimal(amount_minor).scaleb(-minor_digits(currency))


def format_minor(amount_minor: int, currency: str, locale: str) -> str:
    """The amount as people of the locale write it, e.g. ``¥12,486.30``."""
    return format_currency(to_major(amount_minor, currency), currency, locale=_locale(locale))


@cache
def _locale(name: str) -> Locale:
    """A locale by its name, found once: Babel looks through all of them to find one."""
    return Locale.parse(name, sep="-" if "-" in name else "_")
