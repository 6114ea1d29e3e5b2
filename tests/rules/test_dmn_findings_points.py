"""Every finding of the check against every point of small random tables."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.dmn import Model
from evenhand.dmn.cells import Cell, Span
from evenhand.dmn.checks.classes import Domain
from evenhand.dmn.checks.findings import Finding
from evenhand.dmn.tables import Decision
from tests.rules.dmn_tables import decision, model

WHOLE = Domain(whole=True, nullable=False)
SURE = Domain(nullable=False)
NUMBERS = ("-", "< 2", "[1..2]", "(1..3)", "2", ">= 3", "not(2)", "not([1..2])")
STRINGS = ("-", '"A"', '"A","B"', 'not("A")', '"C"')
BOOLEANS = ("-", "true", "false")
OUTPUTS = ('"P"', '"Q"', '"R"')


@st.composite
def random_tables(draw: st.DrawFn) -> Model:
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(NUMBERS),
                st.sampled_from(STRINGS),
                st.sampled_from(BOOLEANS),
                st.sampled_from(OUTPUTS),
            ),
            min_size=1,
            max_size=7,
        )
    )
    policy = draw(st.sampled_from(["UNIQUE", "ANY", "PRIORITY", "FIRST", "COLLECT", "RULE ORDER"]))
    texts = [" | ".join(row) for row in rows]
    values = [",".join(OUTPUTS)]
    return model(decision(texts, inputs=("x", "y", "z"), policy=policy, values=values))


DOMAINS: tuple[dict[str, Domain], ...] = (
    {},
    {"x": WHOLE, "y": SURE, "z": SURE},
    {
        "x": Domain((Cell((Span(Decimal(1), True, Decimal(3), True),)),)),
        "y": Domain((Cell(("A", "C")),), nullable=False),
    },
)


def points(facts: Mapping[str, Domain]) -> Iterator[dict[str, Any]]:
    """A point of every class there can be, and more."""
    halves = [Decimal(n) / 2 for n in range(-1, 9)]
    values: dict[str, list[Any]] = {
        "x": [*halves, None],
        "y": ["A", "B", "C", "D", None],
        "z": [True, False, None],
    }
    for name, domain in facts.items():
        values[name] = [
            value
            for value in values[name]
            if (value is None and domain.nullable)
            or (
                value is not None
                and not (domain.whole and value != int(value))
                and all(limit.passes(value) for limit in domain.limits)
            )
        ]
    for combination in product(*values.values()):
        yield dict(zip(values, combination, strict=True))


def matching(known: Decision, point: Mapping[str, Any]) -> list[int]:
    values = [point[column.expression] for column in known.inputs]
    return [
        row
        for row, rule in enumerate(known.rules, start=1)
        if all(cell.passes(value) for cell, value in zip(rule.cells, values, strict=True))
    ]


@settings(max_examples=300, deadline=None)
@given(random_tables(), st.sampled_from(DOMAINS))
def test_findings_agree_with_every_point(tables: Model, facts: dict[str, Domain]) -> None:
    known = tables["choice"]
    findings = tables.check(facts=facts)
    assert not [f for f in findings if f.kind == "LIMIT"]
    matched = [(point, matching(known, point)) for point in points(facts)]
    agree_on_empty_rules(findings, known, matched)
    agree_on_gaps(findings, known, matched)
    agree_on_overlaps(findings, known, matched)
    agree_on_reach(findings, known, matched)
    agree_on_columns(findings, known, matched)


Matched = list[tuple[dict[str, Any], list[int]]]


def agree_on_empty_rules(findings: tuple[Finding, ...], known: Decision, matched: Matched) -> None:
    empty = {f.rules[0] for f in findings if f.kind == "EMPTY_CELL"}
    assert empty == set(range(1, len(known.rules) + 1)) - {r for _, rows in matched for r in rows}


def agree_on_gaps(findings: tuple[Finding, ...], known: Decision, matched: Matched) -> None:
    gaps = [f for f in findings if f.kind == "GAP"]
    if known.hit_policy in ("COLLECT", "RULE ORDER"):
        assert gaps == []
        return
    everything = not [f for f in findings if f.kind == "MORE_GAPS"]
    for point, rows in matched:
        inside = any(holds(gap, point) for gap in gaps)
        assert not (inside and rows)
        assert inside or rows or not everything
    for gap in gaps:
        assert matching(known, gap.example or {}) == []


def holds(gap: Finding, point: Mapping[str, Any]) -> bool:
    return all(
        side.null
        if point[side.column] is None
        else Cell(side.tests, side.negated).passes(point[side.column])
        if side.tests
        else False
        for side in gap.box
    )


def agree_on_overlaps(findings: tuple[Finding, ...], known: Decision, matched: Matched) -> None:
    pairs = {
        frozenset((one, other))
        for _, rows in matched
        for one in rows
        for other in rows
        if one != other and clash(known, one, other)
    }
    told = [f for f in findings if f.kind == "OVERLAP"]
    if known.hit_policy == "UNIQUE":
        told += [f for f in findings if f.kind == "DUPLICATE"]
    claimed = {frozenset((f.rules[0], other)) for f in told for other in f.rules[1:]}
    if known.hit_policy not in ("UNIQUE", "ANY"):
        assert told == []
        return
    doubles = {f.rules[0] for f in findings if f.kind == "DUPLICATE"}
    assert claimed <= pairs
    assert {pair for pair in pairs if not pair & doubles} <= claimed
    for finding in told:
        assert set(finding.rules[:2]) <= set(matching(known, finding.example or {}))


def clash(known: Decision, one: int, other: int) -> bool:
    if known.hit_policy == "ANY":
        return known.rules[one - 1].outputs != known.rules[other - 1].outputs
    return True


def agree_on_reach(findings: tuple[Finding, ...], known: Decision, matched: Matched) -> None:
    if known.hit_policy not in ("FIRST", "PRIORITY"):
        return
    fires = {winner(known, rows) for _, rows in matched if rows}
    silent = {
        f.rules[0]
        for f in findings
        if f.kind in ("UNREACHABLE", "SPARE", "DUPLICATE", "EMPTY_CELL")
    }
    assert silent == set(range(1, len(known.rules) + 1)) - fires
    for finding in findings:
        if finding.kind in ("UNREACHABLE", "SPARE"):
            row, *covering = finding.rules
            assert all(set(covering) & set(rows) for _, rows in matched if row in rows)


def winner(known: Decision, rows: list[int]) -> int:
    if known.hit_policy == "PRIORITY":
        return min(rows, key=lambda row: known.rules[row - 1].outputs)
    return rows[0]


def agree_on_columns(findings: tuple[Finding, ...], known: Decision, matched: Matched) -> None:
    clashing = any(f.kind == "OVERLAP" for f in findings)
    if known.hit_policy in ("COLLECT", "RULE ORDER") or clashing:
        return
    dead = {f.column for f in findings if f.kind == "DEAD_COLUMN"}
    for at, column in enumerate(known.inputs):
        answers: dict[tuple[Any, ...], set[Any]] = {}
        for point, rows in matched:
            rest = tuple(value for name, value in point.items() if name != column.expression)
            answer = known.rules[winner(known, rows) - 1].outputs if rows else None
            answers.setdefault(rest, set()).add(answer)
        never = all(len(different) == 1 for different in answers.values())
        asked = any(rule.cells[at].tests for rule in known.rules)
        assert (column.expression in dead) == (never or not asked)
