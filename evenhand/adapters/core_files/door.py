"""Instructions handed to the core in a folder, and its answers taken from one. A kill between loses and doubles
nothing."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from evenhand.adapters.core_files.lines import (
    AnswersRefused,
    Line,
    amount_of,
    read_answers,
    totals_of,
    write_instructions,
)
from evenhand.cycle.instructing import (
    InstructionUnknown,
    Told,
    answers_refused,
    handed,
    instructions_to_send,
    keep_file,
    not_handed,
    take_answers,
    taken_before,
)
from evenhand.portfolio.account_numbers import account_numbers
from evenhand.portfolio.terms import Portfolio
from evenhand.runtime.files import FileStore
from evenhand.runtime.keys import Keys
from evenhand.runtime.lake import write_whole


@dataclass(frozen=True, slots=True)
class Sent:
    """What left: the files by name, how many lines, and how many wait because the account's number is not known
    here."""

    names: tuple[str, ...]
    lines: int
    without_number: int


def send(
    folder: Path, *, portfolio: Portfolio, store: FileStore, keys: Keys, on: date, now: datetime
) -> Sent:
    """Write what waits into one file in a folder. What an interrupted run had made and not handed over is handed
    first."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [_hand(folder, name, content, now=now) for name, content in not_handed(keys)]
    lines = without = 0
    with transaction.atomic():
        rows = instructions_to_send()
        numbers = account_numbers(
            {row.account_key for row in rows}, portfolio=portfolio, store=store, keys=keys
        )
        known = [row for row in rows if row.account_key in numbers]
        without = len(rows) - len(known)
        if known:
            written = [
                Line(
                    number=row.number, tried=row.tries, kind=row.kind, account=numbers[row.account_key],
                    currency=row.currency, amount_minor=row.amount_minor, part=row.part, on=row.made_on,
                    detail=row.detail,
                )
                for row in known
            ]  # fmt: skip
            fresh = keep_file(
                known, lambda number: write_instructions(written, number=number, on=on), totals=totals_of(written),
                keys=keys, on=on, now=now,
            )  # fmt: skip
            lines = len(written)
    if lines:
        names.append(_hand(folder, *fresh, now=now))
    return Sent(tuple(names), lines, without)


def _hand(folder: Path, name: str, content: bytes, *, now: datetime) -> str:
    def write(beside: Path) -> None:
        beside.touch(mode=0o600)
        beside.write_bytes(content)

    write_whole(folder / name, write)
    handed(name, now=now)
    return name


def take(content: bytes, name: str, *, on: date, now: datetime) -> Told:
    """Take a file of answers, whole or not at all; the same bytes again change nothing. A refused one is a row too.

    Raises AnswersRefused.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    before = taken_before(sha256)
    if before is not None:
        return before
    try:
        found = read_answers(content, name)
        with transaction.atomic():
            return take_answers(
                found.lines, lambda answer, currency: amount_of(answer, currency, name), name=name, sha256=sha256,
                on=on, now=now,
            )  # fmt: skip
    except InstructionUnknown as unknown:
        refused = AnswersRefused(name, unknown.line, "number", unknown.expected)
    except AnswersRefused as refusal:
        refused = refusal
    answers_refused(
        name=name,
        sha256=sha256,
        line=refused.line,
        field=refused.field,
        expected=refused.expected,
        now=now,
    )
    raise refused
