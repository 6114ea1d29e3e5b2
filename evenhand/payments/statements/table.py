"""A bank statement as CSV, with our own column names: one row per sum that moved."""

import csv
import io
import re
from datetime import date

from evenhand.payments.statements.entries import (
    TEXT_MAX,
    Refusing,
    Statement,
    StatementEntry,
    minor,
    refusing,
)

REQUIRED = ("value_on", "amount", "currency")
OPTIONAL = ("booked_on", "bank_reference", "reference", "remitter", "text", "account")


def read_table(content: bytes, name: str) -> Statement:
    """The entries of a CSV file in UTF-8 with a head; money that went out has a minus. Raises StatementRefused."""
    refuse = refusing(name)
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        head = tuple(rows.fieldnames or ())
        if not set(REQUIRED) <= set(head) or not set(head) <= {*REQUIRED, *OPTIONAL}:
            refuse(1, "head", f"the columns {', '.join(REQUIRED)}, and of {', '.join(OPTIONAL)}")
        entries, account = [], ""
        for row in rows:
            if None in row or None in row.values():
                refuse(rows.line_num, "row", f"{len(head)} fields")
            account = account or row.get("account", "")
            entries.append(_entry(row, rows.line_num, refuse))
    except UnicodeDecodeError:
        refuse(1, "file", "text in UTF-8")
    except csv.Error:
        refuse(1, "file", "CSV with commas and double quotes")
    return Statement(format="CSV", account=account, entries=tuple(entries))


def _entry(row: dict[str, str], line: int, refuse: Refusing) -> StatementEntry:
    if not re.fullmatch("[A-Z]{3}", row["currency"]):
        refuse(line, "currency", "three capital letters")
    sign = -1 if row["amount"].startswith("-") else 1
    value_on = _day(row["value_on"], "value_on", line, refuse)
    booked = row.get("booked_on", "")
    reference = row.get("reference", "").strip()
    return StatementEntry(
        line=line,
        amount_minor=sign
        * minor(row["amount"].removeprefix("-"), row["currency"], line, "amount", refuse),
        currency=row["currency"],
        value_on=value_on,
        booked_on=_day(booked, "booked_on", line, refuse) if booked else value_on,
        bank_reference=row.get("bank_reference", "").strip(),
        structured=(reference[:TEXT_MAX],) if reference else (),
        remitter=row.get("remitter", "").strip()[:TEXT_MAX],
        text=row.get("text", "").strip()[:TEXT_MAX],
    )


def _day(text: str, column: str, line: int, refuse: Refusing) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse(line, column, "a date such as 2026-09-30")
