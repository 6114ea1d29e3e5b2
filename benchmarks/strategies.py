"""Strategies of any size for the benchmarks: valid, loadable, with the tables of the starter strategy."""

import random
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa

from evenhand.strategy import codes

NUMBERS = {
    "treatment_days": (0, 240),
    "balance_minor": (0, 10_000_000),
    "utilisation_percent": (0, 120),
    "days_since_payment": (0, 200),
    "entries": (1, 9),
}
CODES = {
    "bucket": ("M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7+"),
    "promise": ("NONE", "OPEN", "DUE_TODAY", "BROKEN", "KEPT"),
    "core_status": ("ACTIVE", "FROZEN", "CANCELLED", "CLOSED", "WRITTEN_OFF"),
}
INPUTS = (*CODES, *NUMBERS)

Answer = str | int
Row = tuple[list[str], list[Answer]]


def make_model(rules: int) -> bytes:
    """A DMN document whose segment and treatment tables hold `rules` rules in all over eight inputs.

    The same number gives the same document. Each table ends with a rule that always matches; the contact and the
    offer table have one rule per treatment beside that.
    """
    assert rules >= 4
    choose = random.Random(rules)
    segments, treatments = list(codes.SEGMENTS), list(codes.TREATMENTS)
    half = rules // 2
    segment: list[Row] = [
        (_cells(choose), [choose.choice(segments), choose.choice(list(codes.DESKS))])
        for _ in range(half - 1)
    ]
    treatment: list[Row] = [
        (_cells(choose), [choose.choice(treatments), choose.randrange(codes.PRIORITY_MAX)])
        for _ in range(rules - half - 1)
    ]
    contact: list[Row] = [
        ([_text(name)], [_channel(at), _tone(at)]) for at, name in enumerate(treatments)
    ]
    offers = list(codes.OFFERS)
    offer: list[Row] = [
        ([_text(name)], [offers[at % len(offers)]]) for at, name in enumerate(treatments)
    ]
    parts = [
        '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="made" name="made" namespace="made">',
        *(f'<inputData id="fact-{name}" name="{name}"/>' for name in INPUTS),
        _table("segment", INPUTS, ("segment", "desk"), segment, ["UNCLASSED", "MIDDLE"]),
        _table("treatment", INPUTS, ("treatment", "priority"), treatment, ["REVIEW", 0]),
        _table("contact", ("treatment.treatment",), ("channel", "tone"), contact, ["NONE", "NONE"]),
        _table("offer", ("treatment.treatment",), ("offer",), offer, ["NONE"]),
        "</definitions>",
    ]
    return "\n".join(parts).encode()


def make_table(rules: int, *, full: bool = True) -> bytes:
    """A DMN document with one table `choice` of so many rules over the same eight inputs; the last always matches.

    Full: every rule asks all eight, and most rows match late or not before the last. Otherwise four or five, as the
    tables of `make_model` do, and most rows match early.
    """
    choose = random.Random(rules)
    treatments = list(codes.TREATMENTS)
    rows: list[Row] = [
        (
            [_cell(choose, name) for name in INPUTS] if full else _cells(choose),
            [choose.choice(treatments), choose.randrange(codes.PRIORITY_MAX)],
        )
        for _ in range(rules - 1)
    ]
    parts = [
        '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="made" name="made" namespace="made">',
        *(f'<inputData id="fact-{name}" name="{name}"/>' for name in INPUTS),
        _table("choice", INPUTS, ("treatment", "priority"), rows, ["REVIEW", 0]),
        "</definitions>",
    ]
    return "\n".join(parts).encode()


def make_facts(rows: int, seed: int) -> pa.RecordBatch:
    """Random facts for these tables, in the types the night has them: int64 and dictionary<int16, string>."""
    draw = np.random.default_rng(seed)
    columns = {}
    for name in INPUTS:
        if name in CODES:
            at = draw.integers(0, len(CODES[name]), rows).astype(np.int16)
            columns[name] = pa.DictionaryArray.from_arrays(pa.array(at), pa.array(CODES[name]))
        else:
            low, high = NUMBERS[name]
            columns[name] = pa.array(draw.integers(low, high + 1, rows))
    return pa.record_batch(columns)


def _cells(choose: random.Random) -> list[str]:
    """One rule's cells: the bucket, and three or four of the other inputs."""
    asked = {"bucket", *choose.sample(INPUTS, choose.randint(3, 4))}
    return [_cell(choose, name) if name in asked else "-" for name in INPUTS]


def _cell(choose: random.Random, name: str) -> str:
    if name in CODES:
        words = choose.sample(CODES[name], choose.randint(1, len(CODES[name]) // 2))
        return ",".join(_text(word) for word in words)
    low, high = NUMBERS[name]
    start = choose.randint(low, high - 1)
    end = choose.randint(start + 1, high)
    return choose.choice((f"[{start}..{end})", f">= {start}", f"< {end}"))


def _text(word: str) -> str:
    return f'"{word}"'


def _channel(at: int) -> str:
    return list(codes.CHANNELS)[at % len(codes.CHANNELS)]


def _tone(at: int) -> str:
    return list(codes.TONES)[at % len(codes.TONES)]


def _table(
    name: str,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    rules: list[Row],
    last: list[Answer],
) -> str:
    needs = "".join(
        '<informationRequirement><requiredDecision href="#decision-treatment"/></informationRequirement>'
        if expression == "treatment.treatment"
        else f'<informationRequirement><requiredInput href="#fact-{expression}"/></informationRequirement>'
        for expression in inputs
    )
    columns = "".join(
        f"<input><inputExpression><text>{expression}</text></inputExpression></input>"
        for expression in inputs
    )
    columns += "".join(f'<output name="{output}"/>' for output in outputs)
    rows = "".join(_rule(cells, given) for cells, given in [*rules, (["-"] * len(inputs), last)])
    return (
        f'<decision id="decision-{name}" name="{name}">{needs}'
        f'<decisionTable hitPolicy="FIRST">{columns}{rows}</decisionTable></decision>'
    )


def _rule(cells: list[str], given: list[Answer]) -> str:
    tests = "".join(f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in cells)
    answers = "".join(
        f"<outputEntry><text>{_text(value) if isinstance(value, str) else value}</text></outputEntry>"
        for value in given
    )
    return f"<rule>{tests}{answers}</rule>"
