"""What the rules of one table hold between them: gaps, overlaps, rules out of reach, inputs that change nothing.

Where cells hold expressions, nothing is claimed that depends on them: such a rule may match whatever its other cells
let pass, so it closes gaps; it holds nothing surely, so it covers no other rule and overlaps with none.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeGuard

from evenhand.dmn.boxes import Bits, Box, Budget, OutOfBudget, Space, members
from evenhand.dmn.cells import ANYTHING, Formula, Value, literal_text
from evenhand.dmn.classes import ANY_DOMAIN, Classes, Domain, Unclassed
from evenhand.dmn.findings import ERROR, NOTE, WARNING, Finding
from evenhand.dmn.tables import Decision, Rule

STEPS_OF_A_QUESTION = 4_000
STEPS_OF_A_TABLE = 40_000
# Classes times rules: a table of more has as many times fewer steps, since each of them takes longer.
BITS_OF_A_STEP = 4_000_000
GAPS_SHOWN = 10
GAPS_COUNTED = 100

ONE_ANSWER = ("UNIQUE", "ANY", "PRIORITY", "FIRST")
_OF_A_DUPLICATE = {"UNIQUE": ERROR, "ANY": NOTE}


def is_literal(value: Value | Formula) -> TypeGuard[Value]:
    """Whether an output is a value rather than an expression."""
    return not isinstance(value, Formula)


class Coverage:
    """The rules of one decision as boxes, the rule that wins first: bit 0 is its number in `Space`."""

    def __init__(self, decision: Decision, domains: Mapping[str, Domain]) -> None:
        self.decision = decision
        self.order = _winners_first(decision)
        self.rules = [decision.rules[at] for at in self.order]
        self.unclassed: list[str] = []
        self.columns = list(self._columns(domains))
        self.space = Space([column.passing for column in self.columns], len(self.rules))
        every = (1 << len(self.rules)) - 1
        self.unsure = sum(1 << at for at, rule in enumerate(self.rules) if self._is_unsure(rule))
        self.empty = sum(1 << at for at in range(len(self.rules)) if not all(self.space.box(at)))
        self.sure = every & ~self.unsure & ~self.empty
        self.computes = any(not is_literal(value) for rule in self.rules for value in rule.outputs)
        self.samples: list[tuple[int, ...]] = []  # points at which some rule gives the answer
        classes = sum(len(column.passing) for column in self.columns)
        self._heavy = 1 + classes * len(self.rules) // BITS_OF_A_STEP
        self._steps = Budget(STEPS_OF_A_TABLE // self._heavy)

    def _columns(self, domains: Mapping[str, Domain]) -> Iterator[Classes]:
        """One per input expression; an expression that stands in two columns is one input."""
        places: dict[str, list[int]] = {}
        for at, column in enumerate(self.decision.inputs):
            places.setdefault(column.expression, []).append(at)
        for name, columns in places.items():
            cells = [
                [rule.cells[at] if rule.cells[at].plain else ANYTHING for at in columns]
                for rule in self.rules
            ]
            kind = next((k for at in columns if (k := self.decision.inputs[at].kind)), "")
            domain = domains.get(name, ANY_DOMAIN)
            try:
                yield Classes(name, kind, cells, domain)
            except Unclassed:
                self.unclassed.append(name)
                yield Classes(name, "", [[] for _ in self.rules], ANY_DOMAIN)

    def _is_unsure(self, rule: Rule) -> bool:
        return any(
            (cell.tests and column.expression in self.unclassed) or not cell.plain
            for column, cell in zip(self.decision.inputs, rule.cells, strict=True)
        )

    def row(self, at: int) -> int:
        """The 1-based row of a rule of the space."""
        return self.order[at] + 1

    def findings(self) -> Iterator[Finding]:
        """All of them, in the order: rules, gaps, columns."""
        yield from self.overlaps()
        yield from self.reach()
        yield from self.gaps()
        yield from self.dead_columns()

    def empty_cells(self) -> Iterator[tuple[int, str]]:
        """Row and input of every cell that no value passes."""
        for at in members(self.empty):
            for column, bits in zip(self.columns, self.space.box(at), strict=True):
                if not bits:
                    yield self.row(at), column.name

    # Overlaps

    def overlaps(self) -> Iterator[Finding]:
        """Pairs that share a point and may not; the rule with most partners speaks for all of its pairs."""
        if self.decision.hit_policy not in ("UNIQUE", "ANY"):
            return
        partners = {at: self._partners(at) for at in members(self.sure)}
        while any(partners.values()):
            at = max(partners, key=lambda one: (partners[one].bit_count(), -one))
            others = list(members(partners[at]))
            for other in others:
                partners[other] &= ~(1 << at)
            partners[at] = 0
            yield self._overlap(at, others)

    def _partners(self, at: int) -> Bits:
        """Rules that match where this one does and may not: under ANY those with another answer."""
        found = self.space.touching(self.space.box(at), self.sure & ~(1 << at))
        if self.decision.hit_policy == "ANY":
            found = sum(1 << other for other in members(found) if self._differ(at, other))
        else:
            found &= ~self._twins(at)
        return found

    def _differ(self, one: int, other: int) -> bool:
        """Whether two rules answer differently; where an answer is computed, nobody knows."""
        return any(
            is_literal(a) and is_literal(b) and literal_text(a) != literal_text(b)
            for a, b in zip(self.rules[one].outputs, self.rules[other].outputs, strict=True)
        )

    def _overlap(self, at: int, others: Sequence[int]) -> Finding:
        shared = self._shared(at, others[0])
        rows = [at, *others] if len(others) > 1 else sorted([at, *others])
        return self._finding("OVERLAP", ERROR, rows, box=shared)

    def _shared(self, one: int, other: int) -> Box:
        return tuple(a & b for a, b in zip(self.space.box(one), self.space.box(other), strict=True))

    def _twins(self, at: int) -> Bits:
        """Other rules that ask and answer the same."""
        return self._alike[self._saying(at)] & ~(1 << at)

    @cached_property
    def _alike(self) -> dict[tuple[Box, tuple[str, ...]], Bits]:
        """Rules by what they ask and answer."""
        alike: dict[tuple[Box, tuple[str, ...]], Bits] = {}
        for at in members(self.sure):
            said = self._saying(at)
            alike[said] = alike.get(said, 0) | 1 << at
        return alike

    def _saying(self, at: int) -> tuple[Box, tuple[str, ...]]:
        return self.space.box(at), answer_key(self.rules[at].outputs)

    # Reach

    def reach(self) -> Iterator[Finding]:
        """Duplicates; then rules that others hold wholly. Computed outputs have no known priority."""
        doubles = 0
        for at in members(self.sure):
            twins = self._twins(at) & ((1 << at) - 1)
            if twins:
                doubles |= 1 << at
                first = next(members(twins))
                severity = _OF_A_DUPLICATE.get(self.decision.hit_policy, WARNING)
                yield self._finding("DUPLICATE", severity, [at, first], box=self.space.box(at))
        if self.decision.hit_policy == "FIRST" or (
            self.decision.hit_policy == "PRIORITY" and not self.computes
        ):
            yield from self._unreachable(doubles)
        elif self.decision.hit_policy == "ANY":
            yield from self._redundant(doubles)
        elif self.decision.hit_policy == "UNIQUE":
            self.samples = [self._point(self.space.box(at)) for at in members(self.sure)]

    def _unreachable(self, doubles: Bits) -> Iterator[Finding]:
        open_: list[int] = []
        for at in range(len(self.rules)):
            if (doubles | self.empty) >> at & 1:
                continue
            try:
                cover = self._cover(at, self.sure & ((1 << at) - 1))
            except OutOfBudget:
                open_.append(at)
                continue
            if cover:
                last = at == len(self.rules) - 1 and self.space.box(at) == self.space.whole
                kind, severity = ("SPARE", NOTE) if last else ("UNREACHABLE", WARNING)
                yield self._finding(kind, severity, [at, *members(cover)])
        yield from self._limit("UNREACHABLE", open_)

    def _redundant(self, doubles: Bits) -> Iterator[Finding]:
        """From the last rule on, so that of rules that hold each other one is kept."""
        kept = self.sure & ~doubles
        open_: list[int] = []
        for at in sorted(members(kept), reverse=True):
            answer = answer_key(self.rules[at].outputs)
            equals = sum(
                1 << other
                for other in members(kept & ~(1 << at))
                if answer_key(self.rules[other].outputs) == answer
            )
            try:
                cover = self._cover(at, equals)
            except OutOfBudget:
                open_.append(at)
                continue
            if cover:
                kept &= ~(1 << at)
                yield self._finding("REDUNDANT", NOTE, [at, *members(cover)])
        yield from self._limit("REDUNDANT", open_)

    def _cover(self, at: int, among: Bits) -> Bits | None:
        """Rules that hold all of a rule; None, and a sample is kept, when it has a point of its own."""
        box = self.space.box(at)
        budget = self._budget()
        among = self.space.touching(box, among)
        single = self.space.containing(box, among)
        if single:
            return single & -single
        left = next(self.space.uncovered(box, among, budget), None)
        if left is not None:
            self.samples.append(self._point(left))
            return None
        return self.space.cover(box, among, budget)

    # Gaps

    def gaps(self) -> Iterator[Finding]:
        """Maximal boxes that no rule touches, in a table that must give one answer and lacks a default."""
        decision = self.decision
        if decision.hit_policy not in ONE_ANSWER:
            return
        if all(output.default is not None for output in decision.outputs):
            return
        if self.space.is_filled(self.sure):
            return
        space = Space([column.passing for column in self.columns], len(self.rules))
        found, at_least = 0, False
        try:
            budget = self._budget()
            for part in space.uncovered(space.whole, -1, budget):
                box = space.widened(part, (1 << len(self.rules)) - 1, budget)
                space.add(box)
                found += 1
                if found <= GAPS_SHOWN:
                    yield self._finding("GAP", WARNING, [], box=box)
                if found == GAPS_COUNTED:
                    at_least = True
                    break
        except OutOfBudget:
            at_least = True
            if found <= GAPS_SHOWN:
                yield from self._limit("GAP", [], always=True)
        if found > GAPS_SHOWN:
            more = {"more": found - GAPS_SHOWN, "at_least": at_least}
            yield Finding("MORE_GAPS", NOTE, decision.name, text_params=more)

    # Columns

    def dead_columns(self) -> Iterator[Finding]:
        """Inputs no cell asks for; in a table of one answer, those too that make no difference to it."""
        for at, column in enumerate(self.columns):
            cells = [
                rule.cells[place]
                for rule in self.decision.rules
                for place, stated in enumerate(self.decision.inputs)
                if stated.expression == column.name
            ]
            if not any(cell.tests or not cell.plain for cell in cells):
                yield self._column("DEAD_COLUMN", NOTE, column.name, asked=False)
            elif self._can_prove_dead():
                try:
                    dead = self._is_dead(at)
                except OutOfBudget:
                    yield self._column("LIMIT", NOTE, column.name, question="DEAD_COLUMN")
                    continue
                if dead:
                    yield self._column("DEAD_COLUMN", WARNING, column.name, asked=True)

    def _can_prove_dead(self) -> bool:
        """Whether the first rule that matches is the answer: not with expressions, nor where answers contradict."""
        if self.unsure or self.computes or self.decision.hit_policy not in ONE_ANSWER:
            return False
        return self.decision.hit_policy not in ("UNIQUE", "ANY") or not any(
            self._partners(at) for at in members(self.sure)
        )

    def _is_dead(self, column: int) -> bool:
        count = len(self.columns[column].passing)
        for point in self.samples:
            if self._differs_at(point, column, count):
                return False
        return not any(self._differs(column, at, at + 1) for at in range(count - 1))

    def _differs_at(self, point: tuple[int, ...], column: int, count: int) -> bool:
        without = -1
        for at, value in enumerate(point):
            if at != column:
                without &= self.columns[at].passing[value]
        answers = {
            self._answer(without & self.columns[column].passing[at] & self.sure)
            for at in range(count)
        }
        return len(answers) > 1

    def _differs(self, column: int, one: int, other: int) -> bool:
        """Whether two classes of a column lead to different answers anywhere."""
        space, budget = self.space, self._budget()
        waiting = [space.whole]
        while waiting:
            budget.spend()
            box = waiting.pop()
            answers = []
            for value in (one, other):
                at = (*box[:column], 1 << value, *box[column + 1 :])
                touching = space.touching(at, self.sure)
                winner = touching & -touching
                if winner and not space.containing(at, winner):
                    hole = space.box(winner.bit_length() - 1)
                    hole = (*hole[:column], box[column], *hole[column + 1 :])
                    waiting.extend(space.around(box, hole))
                    waiting.append(tuple(a & b for a, b in zip(box, hole, strict=True)))
                    break
                answers.append(self._answer(winner))
            else:
                if answers[0] != answers[1]:
                    return True
        return False

    def _answer(self, matching: Bits) -> tuple[str, ...]:
        if matching:
            return answer_key(self.rules[(matching & -matching).bit_length() - 1].outputs)
        return answer_key(tuple(output.default for output in self.decision.outputs))

    # Saying it

    def _budget(self) -> Budget:
        return Budget(STEPS_OF_A_QUESTION // self._heavy, self._steps)

    def _point(self, box: Box) -> tuple[int, ...]:
        return tuple((bits & -bits).bit_length() - 1 for bits in box)

    def example(self, box: Box) -> dict[str, Value]:
        """A point of the box."""
        return {
            column.name: column.sample(bits) for column, bits in zip(self.columns, box, strict=True)
        }

    def _finding(
        self, kind: str, severity: str, rules: Sequence[int], box: Box | None = None
    ) -> Finding:
        sides = [] if box is None else map(Classes.side, self.columns, box)
        return Finding(
            kind,
            severity,
            self.decision.name,
            rules=tuple(self.row(at) for at in rules),
            rule_ids=tuple(self.rules[at].id for at in rules),
            example=None if box is None else self.example(box),
            box=tuple(side for side in sides if side is not None),
        )

    def _column(self, kind: str, severity: str, column: str, **params: object) -> Finding:
        return Finding(kind, severity, self.decision.name, column=column, text_params=params)

    def _limit(
        self, question: str, rules: Sequence[int], always: bool = False
    ) -> Iterator[Finding]:
        if rules or always:
            yield Finding(
                "LIMIT",
                NOTE,
                self.decision.name,
                rules=tuple(self.row(at) for at in rules),
                rule_ids=tuple(self.rules[at].id for at in rules),
                text_params={"question": question},
            )


def _winners_first(decision: Decision) -> list[int]:
    """Indexes of the rules in the order in which they win; table order unless outputs have a priority."""
    rows = range(len(decision.rules))
    if decision.hit_policy != "PRIORITY":
        return list(rows)
    return sorted(rows, key=lambda row: decision.rank(decision.rules[row].outputs))


def answer_key(outputs: Sequence[Value | Formula]) -> tuple[str, ...]:
    """Outputs as texts that are equal exactly when the outputs are written alike."""
    return tuple(literal_text(value) if is_literal(value) else f"={value}" for value in outputs)
