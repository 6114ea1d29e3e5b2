"""The two files exchanged with the core: instructions out, answers back. CSV in UTF-8, each with a trailer that
proves it.

H,EVENHAND-INSTRUCTIONS,1,<file number>,<banking day>
I,<number>,<try>,<kind>,<account>,<currency>,<amount>,<part>,<day>,<detail as JSON>
T,<lines>,<currency=sum;…>,<sha256 of all before the trailer>

H,EVENHAND-ANSWERS,1,<the core's file number>,<banking day>
A,<number>,<try>,DONE|REJECTED,<code>,<words>,<amount booked>
T,<done>,<rejected>
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from evenhand.kernel.money import MoneyError, to_major, to_minor

OUT, BACK, VERSION = "EVENHAND-INSTRUCTIONS", "EVENHAND-ANSWERS", "1"
LINES_MAX = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One instruction as it leaves; the account in the bank's own number."""

    number: int
    tried: int
    kind: str
    account: str
    currency: str
    amount_minor: int | None
    part: str
    on: date
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLine:
    """One answer: done or not, the core's code and words, and the amount it booked where it says one."""

    line: int
    number: int
    tried: int
    done: bool
    code: str
    words: str
    amount: str


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers of one file."""

    day: date
    lines: tuple[AnswerLine, ...]


class AnswersRefused(ValueError):
    """A file of answers that cannot be taken; names the file, line, field and what was expected."""

    def __init__(self, name: str, line: int, field: str, expected: str) -> None:
        super().__init__(f"{name}:{line}: {field}: expected {expected}")
        self.name, self.line, self.field, self.expected = name, line, field, expected


def totals_of(lines: Iterable[Line]) -> dict[str, int]:
    """The sums of a file's amounts by currency, in minor units."""
    sums: dict[str, int] = {}
    for line in lines:
        if line.amount_minor is not None:
            sums[line.currency] = sums.get(line.currency, 0) + line.amount_minor
    return dict(sorted(sums.items()))


def write_instructions(lines: Sequence[Line], *, number: int, on: date) -> bytes:
    """The bytes of a file of instructions."""
    rows: list[list[object]] = [["H", OUT, VERSION, number, on.isoformat()]]
    rows += [
        [
            "I", line.number, line.tried, line.kind, line.account, line.currency,
            "" if line.amount_minor is None else to_major(line.amount_minor, line.currency),
            line.part, line.on.isoformat(), json.dumps(dict(line.detail), sort_keys=True, ensure_ascii=False),
        ]
        for line in lines
    ]  # fmt: skip
    body = _csv(rows)
    sums = ";".join(
        f"{currency}={to_major(minor, currency)}" for currency, minor in totals_of(lines).items()
    )
    return body + _csv([["T", len(lines), sums, hashlib.sha256(body).hexdigest()]])


def read_instructions(content: bytes) -> list[list[str]]:
    """The lines of a file of instructions, as the core reads them; raises ValueError where the trailer proves it
    wrong."""
    text = content.decode("utf-8")
    body, mark, trailer = text.rpartition("T,")
    rows = list(csv.reader(io.StringIO(body)))
    said = next(csv.reader(io.StringIO(mark + trailer)))
    if said[3] != hashlib.sha256(body.encode()).hexdigest() or int(said[1]) != len(rows) - 1:
        raise ValueError("the trailer is of another file")
    return rows[1:]


def write_answers(answers: Sequence[AnswerLine], *, number: int, on: date) -> bytes:
    """The bytes of a file of answers."""
    rows: list[list[object]] = [["H", BACK, VERSION, number, on.isoformat()]]
    rows += [
        [
            "A",
            one.number,
            one.tried,
            "DONE" if one.done else "REJECTED",
            one.code,
            one.words,
            one.amount,
        ]
        for one in answers
    ]
    done = sum(one.done for one in answers)
    return _csv([*rows, ["T", done, len(answers) - done]])


def read_answers(content: bytes, name: str) -> Answers:
    """The answers of a file; raises AnswersRefused with the first thing that is wrong, and nothing of it holds."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8")), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise AnswersRefused(name, 1, "file", "CSV in UTF-8") from None
    if len(rows) < 2 or rows[0][:3] != ["H", BACK, VERSION] or len(rows[0]) != 5:
        raise AnswersRefused(name, 1, "header", f"H,{BACK},{VERSION},number,day")
    if rows[-1][0:1] != ["T"] or len(rows[-1]) != 3:
        raise AnswersRefused(name, len(rows), "trailer", "T,done,rejected: the file is cut off")
    if len(rows) - 2 > LINES_MAX:
        raise AnswersRefused(name, len(rows), "lines", f"at most {LINES_MAX}")
    answers = tuple(_answer(row, line, name) for line, row in enumerate(rows[1:-1], start=2))
    done = sum(one.done for one in answers)
    if rows[-1][1:] != [str(done), str(len(answers) - done)]:
        raise AnswersRefused(
            name, len(rows), "trailer", f"{done} done and {len(answers) - done} rejected"
        )
    seen: set[int] = set()
    for one in answers:
        if one.number in seen:
            raise AnswersRefused(name, one.line, "number", "each number once")
        seen.add(one.number)
    return Answers(_day(rows[0][4], name), answers)


def _answer(row: Sequence[str], line: int, name: str) -> AnswerLine:
    if row[0:1] != ["A"] or len(row) != 7:
        raise AnswersRefused(name, line, "line", "A,number,try,DONE|REJECTED,code,words,amount")
    for field, text in (("number", row[1]), ("try", row[2])):
        if not (text.isascii() and text.isdecimal() and len(text) < 18):
            raise AnswersRefused(name, line, field, "a whole number")
    if row[3] not in ("DONE", "REJECTED"):
        raise AnswersRefused(name, line, "answer", "DONE or REJECTED")
    if row[3] == "REJECTED" and not row[4]:
        raise AnswersRefused(name, line, "code", "the core's code of a rejection")
    return AnswerLine(
        line=line, number=int(row[1]), tried=int(row[2]), done=row[3] == "DONE", code=row[4], words=row[5],
        amount=row[6]
    )  # fmt: skip


def amount_of(answer: AnswerLine, currency: str, name: str) -> int | None:
    """The amount that the core says it booked, in minor units; None where it says none. Raises AnswersRefused."""
    if not answer.amount:
        return None
    try:
        return to_minor(answer.amount, currency)
    except MoneyError:
        raise AnswersRefused(name, answer.line, "amount", f"an amount of {currency}") from None


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AnswersRefused(name, 1, "day", "a day such as 2026-09-30") from None


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8")
