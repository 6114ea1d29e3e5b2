"""A core that is none: it reads the instructions in a folder and answers them there, well-behaved or not, as told.

    python -m evenhand.adapters.core_files.demo_core FOLDER [--reject KIND] [--reject-above AMOUNT] [--half] [--delay]

It does each instruction but those it is told to reject (of a kind, or of more than an amount). `--half` books the
smaller
half of each amount, `--delay` answers only every second line and the rest the next time. What it has answered it
keeps in
FOLDER/core.json; a file whose trailer proves it wrong is answered with nothing.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from evenhand.adapters.core_files.lines import AnswerLine, read_instructions, write_answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How the core behaves."""

    reject: frozenset[str] = field(default_factory=frozenset)
    reject_above: Decimal | None = None
    half: bool = False
    delay: bool = False


def answer(folder: Path, *, manners: Manners, on: date) -> Path | None:
    """Answer what lies in the folder and is not answered; returns the file of answers, None where there is nothing."""
    memory = folder / "core.json"
    done = set(json.loads(memory.read_text())) if memory.exists() else set()
    answers: list[AnswerLine] = []
    for path in sorted(folder.glob("instructions.*.csv")):
        try:
            rows = read_instructions(path.read_bytes())
        except (ValueError, IndexError, StopIteration):
            continue
        answers += [_answered(row, manners) for row in rows if f"{row[1]}.{row[2]}" not in done]
    if manners.delay:
        answers = answers[::2]
    if not answers:
        return None
    number = len(list(folder.glob("answers.*.csv"))) + 1
    path = folder / f"answers.{on.isoformat()}.{number:06}.csv"
    path.write_bytes(write_answers(answers, number=number, on=on))
    memory.write_text(json.dumps(sorted(done | {f"{one.number}.{one.tried}" for one in answers})))
    return path


def _answered(row: Sequence[str], manners: Manners) -> AnswerLine:
    kind, amount = row[3], Decimal(row[6] or 0)
    said = {"line": 0, "number": int(row[1]), "tried": int(row[2])}
    if kind in manners.reject:
        return AnswerLine(
            done=False, code="E417", words=f"{kind} not allowed on this product", amount="", **said
        )
    if manners.reject_above is not None and amount > manners.reject_above:
        return AnswerLine(
            done=False, code="E422", words="above the limit of the interface", amount="", **said
        )
    booked = (amount / 2).quantize(Decimal("0.01")) if manners.half and row[6] else amount
    return AnswerLine(done=True, code="", words="", amount=str(booked) if row[6] else "", **said)


def main() -> None:
    """Answer once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reject", action="append", default=[])
    parser.add_argument("--reject-above", type=Decimal)
    parser.add_argument("--half", action="store_true")
    parser.add_argument("--delay", action="store_true")
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    said = parser.parse_args()
    manners = Manners(
        reject=frozenset(said.reject),
        reject_above=said.reject_above,
        half=said.half,
        delay=said.delay,
    )
    found = answer(said.folder, manners=manners, on=said.on)
    print(found or "nothing to answer")


if __name__ == "__main__":
    main()
