"""Boxes over classes of values: what a set of rules leaves uncovered, found exactly, without listing points.

Each column is cut into classes: values that pass exactly the same cells. A box is one bitset of classes per column, a
rule is a box, and a set of rules is a bitset too. Every question is asked by cutting a box at one rule into what lies
inside and outside of it. Rules that can be escaped in one column alone are escaped first and together, so most boxes
are settled without branching; questions that are still too long stop at the budget and say so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

WIDENED_BY_A_STEP = 64  # classes by which a box may grow for one step
Bits = int  # a bitset: of classes of one column, or of rules
Box = tuple[Bits, ...]


class OutOfBudget(Exception):
    """A question took more steps than its table is worth."""


@dataclass(slots=True)
class Budget:
    """Steps left for one question, which are taken from those of `whole` too; one step looks at one box."""

    steps: int
    whole: "Budget | None" = None

    def spend(self) -> None:
        """Take one step; raise OutOfBudget when none is left."""
        if self.steps <= 0:
            raise OutOfBudget
        self.steps -= 1
        if self.whole is not None:
            self.whole.spend()


def members(bits: Bits) -> Iterator[int]:
    """Positions of the set bits, ascending."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _size(box: Box) -> int:
    return prod(bits.bit_count() for bits in box)


class Space:
    """The rules of one table as boxes.

    `passing[column][class]` is the bitset of rules whose cell lets that class pass. A rule with a cell that no class
    passes touches and holds nothing. `among` is the bitset of the rules a question is about; -1 means every rule, those
    still to be added too.
    """

    def __init__(self, passing: Sequence[Sequence[Bits]], rules: int) -> None:
        self.rules = rules
        self.whole: Box = tuple((1 << len(column)) - 1 for column in passing)
        self._passing = [list(column) for column in passing]
        self._boxes: list[Box] = list(zip(*map(self._sides, self._passing), strict=True))
        self._any: list[dict[Bits, Bits]] = [{} for _ in passing]
        self._all: list[dict[Bits, Bits]] = [{} for _ in passing]

    def _sides(self, column: Sequence[Bits]) -> list[Bits]:
        """Per rule the classes of a column that it lets pass."""
        everywhere = (1 << self.rules) - 1
        for passing in column:
            everywhere &= passing
        sides = [(1 << len(column)) - 1 if everywhere >> at & 1 else 0 for at in range(self.rules)]
        for at, passing in enumerate(column):
            for rule in members(passing & ~everywhere):
                sides[rule] |= 1 << at
        return sides

    def box(self, rule: int) -> Box:
        """The box of a rule, or of a box that was added."""
        return self._boxes[rule]

    def add(self, box: Box) -> int:
        """Let a box count as one more rule; return its number."""
        bit = 1 << len(self._boxes)
        for column, bits in zip(self._passing, box, strict=True):
            for at in members(bits):
                column[at] |= bit
        for known in (*self._any, *self._all):
            known.clear()
        self._boxes.append(box)
        return len(self._boxes) - 1

    def touching(self, box: Box, among: Bits) -> Bits:
        """Rules of `among` that share a point with the box."""
        for column, bits in enumerate(box):
            among &= self._touching(column, bits)
            if not among:
                break
        return among

    def containing(self, box: Box, among: Bits) -> Bits:
        """Rules of `among` that hold the whole box."""
        for column, bits in enumerate(box):
            among &= self._containing(column, bits)
            if not among:
                break
        return among

    def _touching(self, column: int, bits: Bits) -> Bits:
        known = self._any[column]
        found = known.get(bits)
        if found is None:
            found = 0
            for at in members(bits):
                found |= self._passing[column][at]
            known[bits] = found
        return found

    def _containing(self, column: int, bits: Bits) -> Bits:
        known = self._all[column]
        found = known.get(bits)
        if found is None:
            found = -1
            for at in members(bits):
                found &= self._passing[column][at]
            known[bits] = found
        return found

    def matching(self, point: Sequence[int], among: Bits) -> Bits:
        """Rules of `among` that hold the point: one class per column."""
        for column, at in enumerate(point):
            among &= self._passing[column][at]
        return among

    def uncovered(self, box: Box, among: Bits, budget: Budget) -> Iterator[Box]:
        """Parts of the box that no rule of `among` touches: they share no point, and together are all that is left.

        With `among` of -1, a box added while this runs counts from the next part on.
        """
        return (part for part, _ in self._parts(box, among, budget) if part is not None)

    def is_filled(self, among: Bits) -> bool:
        """Whether rules of `among` that never meet fill the whole space; False when they do meet."""
        for rule in members(among):
            if self.touching(self._boxes[rule], among) != 1 << rule:
                return False
        held = sum(_size(self._boxes[rule]) for rule in members(among))
        return held == _size(self.whole)

    def cover(self, box: Box, among: Bits, budget: Budget) -> Bits | None:
        """Rules of `among` that together hold the whole box, few rather than many; None when a point is left."""
        whole = self.containing(box, among)
        if whole:
            return whole & -whole
        used = 0
        for part, rules in self._parts(box, among, budget):
            if part is not None:
                return None
            used |= rules
        return self._fewer(box, used, budget)

    def _fewer(self, box: Box, used: Bits, budget: Budget) -> Bits:
        """Leave out each rule, the latest first, without which the rest still hold the box."""
        for rule in sorted(members(used), reverse=True):
            rest = used & ~(1 << rule)
            if all(part is None for part, _ in self._parts(box, rest, budget)):
                used = rest
        return used

    def _parts(self, box: Box, among: Bits, budget: Budget) -> Iterator[tuple[Box | None, Bits]]:
        """Cut the box up: (part, 0) for a part that is left, (None, rules) for one that these rules hold."""
        waiting = [box]
        while waiting:
            budget.spend()
            part: Box = waiting.pop()
            touching = self.touching(part, among)
            if not touching:
                yield part, 0
                continue
            failing, once, twice = self._failing(part, touching)
            held = touching & ~once
            if held:
                yield None, held & -held
                continue
            forced = once & ~twice
            if forced:
                shrunk, rules = self._escape(part, failing, forced)
                yield None, rules  # they hold what was cut off
                if all(shrunk):
                    waiting.append(shrunk)
                continue
            rule = self._fewest(failing, touching)
            yield None, 1 << rule
            waiting.extend(self.around(part, self._boxes[rule]))

    def _failing(self, part: Box, touching: Bits) -> tuple[list[Bits], Bits, Bits]:
        """Per column the rules that do not hold all of the part; those of one column or more, of two or more."""
        failing, once, twice = [], 0, 0
        for column, bits in enumerate(part):
            rules = touching & ~self._containing(column, bits)
            twice |= once & rules
            once |= rules
            failing.append(rules)
        return failing, once, twice

    def _escape(self, part: Box, failing: list[Bits], forced: Bits) -> tuple[Box, Bits]:
        """The part without what rules hold that can be escaped in one column only, and those rules."""
        shrunk = list(part)
        for column, rules in enumerate(failing):
            for rule in members(rules & forced):
                shrunk[column] &= ~self._boxes[rule][column]
        return tuple(shrunk), forced

    @staticmethod
    def _fewest(failing: list[Bits], touching: Bits) -> int:
        """The rule that can be escaped in the fewest columns."""
        levels = [touching]  # levels[n]: rules that fail in n columns or more
        for rules in failing:
            carried = rules
            for n in range(1, len(levels)):
                levels[n], carried = levels[n] | carried, levels[n] & carried
                if not carried:
                    break
            else:
                if carried:
                    levels.append(carried)
        for n in range(1, len(levels)):
            exactly = levels[n] & ~(levels[n + 1] if n + 1 < len(levels) else 0)
            if exactly:
                return (exactly & -exactly).bit_length() - 1
        raise AssertionError("a touching rule fails in some column")

    @staticmethod
    def around(part: Box, hole: Box) -> list[Box]:
        """The part without the hole, as boxes that share no point; the largest last."""
        pieces = []
        inside = list(part)
        for column, bits in enumerate(hole):
            outside = inside[column] & ~bits
            if outside:
                pieces.append((*inside[:column], outside, *inside[column + 1 :]))
                inside[column] &= bits
        pieces.sort(key=lambda piece: sum(bits.bit_count() for bits in piece))
        return pieces

    def widened(self, box: Box, among: Bits, budget: Budget) -> Box:
        """The box grown as far as it touches no rule of `among`: first by whole columns, then by classes."""
        grown = list(box)
        for _ in range(sum(bits.bit_count() for bits in self.whole) // WIDENED_BY_A_STEP):
            budget.spend()
        for column, everything in enumerate(self.whole):
            if not self.touching((*grown[:column], everything, *grown[column + 1 :]), among):
                grown[column] = everything
        for column, everything in enumerate(self.whole):
            for at in members(everything & ~grown[column]):
                if not self.touching((*grown[:column], 1 << at, *grown[column + 1 :]), among):
                    grown[column] |= 1 << at
        return tuple(grown)
