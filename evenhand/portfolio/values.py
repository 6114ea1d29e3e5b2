"""Whether a number or address can be written to at all, and the forms in which a number may stand in files."""

from typing import NamedTuple

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from phonenumbers import PhoneNumberFormat, PhoneNumberType

OF_SAMPLES = "+999199"  # a country code that is nobody's: numbers of sample books
MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class Phone(NamedTuple):
    """A telephone number that may exist."""

    e164: str
    national: str  # digits alone
    is_mobile: bool


def phone(text: str, country: str) -> Phone | None:
    """A number as a bank's file or a channel writes it, of `country` unless it says another; None where it is none."""
    try:
        found = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(found):
        return None
    return Phone(
        e164=phonenumbers.format_number(found, PhoneNumberFormat.E164),
        national=phonenumbers.national_significant_number(found),
        is_mobile=phonenumbers.number_type(found) in MOBILE,
    )


def forms_of(text: str, country: str) -> list[str]:
    """The ways one number may be written in files: as it stands, in its country's way and the world's, each once."""
    plain = text.strip()
    found = phone(plain, country) or phone(f"+{plain.lstrip('+')}", country)
    if found is None:
        return [plain]
    digits = found.e164.lstrip("+")
    return list(dict.fromkeys([plain, found.national, found.e164, digits, f"00{digits}"]))


def usable(kind: str, value: str, *, act: str, country: str, is_demo: bool) -> bool:
    """Whether an act can reach anybody by this value: a number that exists, a mobile one for texts, an address."""
    if kind in ("MOBILE", "PHONE"):
        if is_demo and value.startswith(OF_SAMPLES):
            return True
        found = phone(value, country)
        return found is not None and (act != "TEXT" or found.is_mobile)
    if kind == "EMAIL":
        try:
            validate_email(value)
        except ValidationError:
            return False
    return bool(value.strip())
