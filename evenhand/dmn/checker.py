"""The check of a model: every table by itself, and what earlier tables can answer to it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cmp_to_key

from evenhand.dmn.cells import Cell, Formula, Scalar, Span, Value, kind_of, literal_text, same
from evenhand.dmn.classes import ANY_DOMAIN, Domain
from evenhand.dmn.coverage import ONE_ANSWER, Coverage, is_literal
from evenhand.dmn.findings import ERROR, NOTE, WARNING, Finding
from evenhand.dmn.tables import Decision, Input, Output
from evenhand.dmn.values import order


def check(
    decisions: Sequence[Decision],
    vocabularies: Mapping[str, Sequence[str]],
    facts: Mapping[str, Domain],
) -> tuple[Finding, ...]:
    """Check tables that stand in requirement order.

    `vocabularies` gives, per input expression, the strings that may be written there; `facts` what may occur. An input
    of neither may hold anything of its kind, or null; one that is the answer of an earlier table of one answer may hold
    what that table's rules give. Claims hold for inputs taken as independent of each other: a gap may name values that
    no customer ever has together.
    """
    given: dict[str, Domain] = {}
    found: list[Finding] = []
    for decision in decisions:
        if not decision.rules:
            continue  # made by an expression; any value may come of it
        table = _Table(decision, vocabularies, facts, given)
        ours = list(table.findings())
        found.extend(ours)
        given.update(_answers(decision, ours))
    return tuple(found)


def _answers(decision: Decision, findings: Sequence[Finding]) -> Iterator[tuple[str, Domain]]:
    """What the outputs of a table may be, null where some question has no answer."""
    if decision.hit_policy not in ONE_ANSWER:
        return
    silent = {
        finding.rules[0]
        for finding in findings
        if finding.kind in ("UNREACHABLE", "SPARE", "EMPTY_CELL") and finding.rules
    }
    open_ = any(
        finding.kind == "GAP" or finding.text_params.get("question") == "GAP"
        for finding in findings
    )
    for at, output in enumerate(decision.outputs):
        values: list[Value | Formula] = [
            rule.outputs[at]
            for row, rule in enumerate(decision.rules, start=1)
            if row not in silent
        ]
        values.append(output.default)
        if any(isinstance(value, Formula) for value in values):
            continue
        tests = tuple(
            value
            for value in dict.fromkeys(values)
            if value is not None and not isinstance(value, Formula)
        )
        if not tests:
            continue
        nullable = open_ or None in values[:-1]
        yield decision.answer_names[at], Domain((Cell(tests),), nullable=nullable)


class _Table:
    """One decision and what is known of its inputs."""

    def __init__(
        self,
        decision: Decision,
        vocabularies: Mapping[str, Sequence[str]],
        facts: Mapping[str, Domain],
        given: Mapping[str, Domain],
    ) -> None:
        self.decision = decision
        self.given = {name: domain for name, domain in given.items() if name not in facts}
        self.words = {name: tuple(words) for name, words in vocabularies.items()}
        self.domains = {
            column.expression: self._domain(column, facts, given) for column in decision.inputs
        }

    def _domain(
        self, column: Input, facts: Mapping[str, Domain], given: Mapping[str, Domain]
    ) -> Domain:
        name = column.expression
        domain = facts.get(name) or given.get(name) or ANY_DOMAIN
        limits = domain.limits
        if words := self.words.get(name):
            limits = (*limits, Cell(words))
        if column.limits.tests:
            limits = (*limits, column.limits)
        return Domain(limits, domain.whole, domain.nullable)

    def findings(self) -> Iterator[Finding]:
        """Cells first, then outputs, then what the rules hold between them."""
        told: set[tuple[int, str]] = set()
        for finding in self._cells():
            if finding.severity != NOTE:
                told.add((finding.rules[0], finding.column))
            yield finding
        coverage = Coverage(self.decision, self.domains)
        for row, column in coverage.empty_cells():
            if (row, column) not in told:
                yield self._at("EMPTY_CELL", WARNING, row, column)
        yield from self._expressions(coverage)
        yield from self._outputs()
        yield from coverage.findings()

    # Cells

    def _cells(self) -> Iterator[Finding]:
        for at, column in enumerate(self.decision.inputs):
            for row, rule in enumerate(self.decision.rules, start=1):
                cell = rule.cells[at]
                if cell.tests and cell.plain:
                    yield from self._literals(row, column, cell)
                    yield from self._repeated(row, column, cell)

    def _literals(self, row: int, column: Input, cell: Cell) -> Iterator[Finding]:
        """Literals of another kind, those that may not be written in the column, those that never come."""
        name = column.expression
        strange = sorted(cell.kinds - {column.kind}) if column.kind else []
        if strange:
            params = {"values": (str(cell),), "expected_kind": column.kind}
            yield self._at("TYPE", ERROR, row, name, **params)
            return
        words = self.words.get(name, ())
        strings = [test for test in cell.tests if isinstance(test, str)]
        unknown = [test for test in strings if words and test not in words]
        if unknown:
            params = {"values": tuple(unknown), "allowed": words}
            yield self._at("TYPE", ERROR, row, name, **params)
            return
        domain = self.given.get(name)
        if domain is None or cell.negated:
            return
        missing = [test for test in strings if not domain.limits[0].passes(test)]
        if missing:
            severity = WARNING if len(missing) == len(cell.tests) else NOTE
            yield self._at("NEVER_GIVEN", severity, row, name, values=tuple(missing))

    def _repeated(self, row: int, column: Input, cell: Cell) -> Iterator[Finding]:
        repeated = [cell.tests[at] for at in sorted(_held(cell.tests))]
        if repeated:
            values = tuple(map(literal_text, repeated))
            yield self._at("REPEATED_TEST", NOTE, row, column.expression, values=values)

    def _expressions(self, coverage: Coverage) -> Iterator[Finding]:
        """One note per column whose cells were left out."""
        for at, column in enumerate(self.decision.inputs):
            unclassed = column.expression in coverage.unclassed
            rows = [
                row
                for row, rule in enumerate(self.decision.rules, start=1)
                if not rule.cells[at].plain or (unclassed and rule.cells[at].tests)
            ]
            if rows:
                yield self._rows("NOT_CHECKED", NOTE, rows, column.expression)

    # Outputs

    def _outputs(self) -> Iterator[Finding]:
        for at, output in enumerate(self.decision.outputs):
            for row, rule in enumerate(self.decision.rules, start=1):
                yield from self._output(row, output, rule.outputs[at])
            if output.allowed and all(is_literal(rule.outputs[at]) for rule in self.decision.rules):
                given = {literal_text(rule.outputs[at]) for rule in self.decision.rules}
                given.add(literal_text(output.default))
                unused = [v for v in map(literal_text, output.allowed) if v not in given]
                if unused:
                    params = {"values": tuple(unused)}
                    yield self._rows("UNUSED_OUTPUT_VALUE", NOTE, (), output.name, **params)

    def _output(self, row: int, output: Output, value: Value | Formula) -> Iterator[Finding]:
        if value is None or isinstance(value, Formula):
            return
        text = (literal_text(value),)
        if output.kind and kind_of(value) != output.kind:
            yield self._at("TYPE", ERROR, row, output.name, values=text, expected_kind=output.kind)
        elif output.allowed and not any(
            one is not None and same(one, value) for one in output.allowed
        ):
            allowed = tuple(literal_text(one) for one in output.allowed)
            yield self._at("TYPE", ERROR, row, output.name, values=text, allowed=allowed)

    def _at(self, kind: str, severity: str, row: int, column: str, **params: object) -> Finding:
        return self._rows(kind, severity, (row,), column, **params)

    def _rows(
        self, kind: str, severity: str, rows: Sequence[int], column: str, **params: object
    ) -> Finding:
        return Finding(
            kind,
            severity,
            self.decision.name,
            rules=tuple(rows),
            rule_ids=tuple(self.decision.rules[row - 1].id for row in rows),
            column=column,
            text_params=params,
        )


def _held(tests: Sequence[Span | Scalar]) -> Iterator[int]:
    """Places of the tests that pass nothing beyond what another one passes; of equal tests, all but the first."""
    if not any(isinstance(test, Span) for test in tests):
        seen: set[Scalar | Span] = set()
        for at, test in enumerate(tests):
            if test in seen:
                yield at
            seen.add(test)
        return
    spans = [test if isinstance(test, Span) else Span(test, True, test, True) for test in tests]
    widest: Span | None = None  # of those that begin no later, the one that ends last
    wider = cmp_to_key(_wider)
    for at in sorted(range(len(spans)), key=lambda at: wider(spans[at])):
        if widest is not None and _end(spans[at], widest) <= 0:
            yield at
        else:
            widest = spans[at]


def _wider(one: Span, other: Span) -> int:
    """Negative when the first begins earlier, or as early and ends later."""
    return _begin(one, other) or -_end(one, other)


def _begin(one: Span, other: Span) -> int:
    """The sign of where the first begins, seen from where the second does."""
    if one.low is None or other.low is None:
        return (one.low is not None) - (other.low is not None)
    return _sign(one.low, other.low) or other.low_closed - one.low_closed


def _end(one: Span, other: Span) -> int:
    """The sign of where the first ends, seen from where the second does."""
    if one.high is None or other.high is None:
        return (one.high is None) - (other.high is None)
    return _sign(one.high, other.high) or one.high_closed - other.high_closed


def _sign(one: object, other: object) -> int:
    """Their order; 1 for a time with and one without an offset, so that neither holds the other."""
    sign = order(one, other)
    return 1 if sign is None else sign
