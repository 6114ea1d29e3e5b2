"""SWIFT MT940, the customer statement message.

Source: SWIFT Standards MT, category 9, MT940: field 61 is an entry, field 86 what is said about it. Several messages
may follow one another in a file, with or without their blocks in braces.
"""

import re
from collections.abc import Iterator
from datetime import date

from evenhand.payments.statements.entries import (
    TEXT_MAX,
    Refusing,
    Statement,
    StatementEntry,
    minor,
    refusing,
)

_FIELD = re.compile(r":(\d{2}[A-Z]?):")
_ENTRY = re.compile(
    r"(?P<value>\d{6})(?P<booked>\d{4})?(?P<mark>R?[CD])(?P<funds>[A-Z])?(?P<amount>\d{1,15},\d{0,3})"
    r"(?P<type>[A-Z][A-Z0-9]{3})(?P<reference>[^/\n]{0,16})(?://(?P<bank>[^\n]{0,16}))?(?:\n.*)?",
    re.DOTALL,
)
_BALANCE = re.compile(r"[CD]\d{6}([A-Z]{3})\d{1,15},\d{0,3}")
_SUBFIELD = re.compile(r"\?(\d\d)")
CENTURY = 2000  # years have two digits; a card of this house is not older


def read_mt940(content: bytes, name: str) -> Statement:
    """The entries of an MT940 file, in its order; raises StatementRefused."""
    refuse = refusing(name)
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        refuse(1, "file", "text in UTF-8")
    account, currency = "", ""
    entries: list[StatementEntry] = []
    for line, tag, said in _fields(text):
        if tag == "25":
            account = account or said.split("\n")[0].strip()
        elif tag in {"60F", "60M"}:
            found = _BALANCE.match(said)
            if found is None:
                refuse(line, f":{tag}:", "C or D, a date, a currency and an amount with a comma")
            currency = found[1]
        elif tag == "61":
            if not currency:
                refuse(line, ":61:", "an opening balance :60F: before the first entry")
            entries.append(_entry(said, currency, line, refuse))
        elif tag == "86" and entries:
            entries[-1] = _told(entries[-1], said)
    if not currency:
        refuse(1, ":60F:", "an opening balance")
    return Statement(format="MT940", account=account, entries=tuple(entries))


def _fields(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, tag and content of each field; a line that starts no field goes on with the last one."""
    at, tag, said = 0, "", [""]
    for number, line in enumerate(text.split("\n"), start=1):
        opened = re.match(r"(?:\{[^:]*:[^}]*\})*(?:\{4:)?", line)
        line = line[opened.end() :] if opened else line
        found = _FIELD.match(line)
        if found is None and line.strip() not in {"-", "-}"}:
            said.append(line)
            continue
        if tag:
            yield at, tag, "\n".join(said).strip()
        at, tag, said = number, (found[1] if found else ""), [line[found.end() :] if found else ""]
    if tag:
        yield at, tag, "\n".join(said).strip()


def _entry(said: str, currency: str, line: int, refuse: Refusing) -> StatementEntry:
    found = _ENTRY.fullmatch(said)
    if found is None:
        refuse(line, ":61:", "date, C, D, RC or RD, amount with a comma, type and reference")
    value_on = _day(found["value"], line, refuse)
    booked_on = _booked(found["booked"], value_on, line, refuse)
    sign = 1 if found["mark"] in {"C", "RD"} else -1
    amount = found["amount"].replace(",", ".").rstrip(".")
    reference = found["reference"].strip()
    return StatementEntry(
        line=line,
        amount_minor=sign * minor(amount, currency, line, ":61:", refuse),
        currency=currency,
        value_on=value_on,
        booked_on=booked_on,
        bank_reference=(found["bank"] or "").strip(),
        structured=(reference,) if reference not in {"", "NONREF"} else (),
        remitter="",
        text="",
        takes_back=found["mark"].startswith("R"),
    )


def _day(text: str, line: int, refuse: Refusing) -> date:
    try:
        return date(CENTURY + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        refuse(line, ":61:", "a date of six digits, year, month and day")


def _booked(text: str | None, value_on: date, line: int, refuse: Refusing) -> date:
    """The entry date has no year: the one nearest to the value date."""
    if text is None:
        return value_on
    near = []
    for year in (value_on.year - 1, value_on.year, value_on.year + 1):
        try:
            near.append(date(year, int(text[:2]), int(text[2:])))
        except ValueError:
            continue
    if not near:
        refuse(line, ":61:", "an entry date of four digits, month and day")
    return min(near, key=lambda day: abs((day - value_on).days))


def _told(entry: StatementEntry, said: str) -> StatementEntry:
    """An entry with what field 86 says: free words, or German-style subfields 20 to 29 words and 32, 33 names."""
    parts = _SUBFIELD.split(said.replace("\n", ""))
    if len(parts) < 3:
        words, remitter = said.replace("\n", " "), ""
    else:
        fields = list(zip(parts[1::2], parts[2::2], strict=True))
        words = " ".join(
            text for code, text in fields if "20" <= code <= "29" or "60" <= code <= "63"
        )
        remitter = "".join(text for code, text in fields if code in {"32", "33"})
    return StatementEntry(
        line=entry.line,
        amount_minor=entry.amount_minor,
        currency=entry.currency,
        value_on=entry.value_on,
        booked_on=entry.booked_on,
        bank_reference=entry.bank_reference,
        structured=entry.structured,
        remitter=remitter.strip()[:TEXT_MAX],
        text=" ".join(words.split())[:TEXT_MAX],
        takes_back=entry.takes_back,
    )
