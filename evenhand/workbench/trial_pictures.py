"""Pictures of a trial as shapes for a template to draw: whole coordinates, ten to a pixel in the flow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenhand.strategy.codes import TREATMENTS

WHOLE = 1000  # thousandths of a bar
UNIT = 10  # coordinates of the flow to a pixel
SLOT = 36 * UNIT  # room for the two lines of a label
GAP = 8 * UNIT
NODE = 10 * UNIT
COLOURS = {
    "NONE": "fill-slate-300",
    "WAIT": "fill-slate-400",
    "REMIND": "fill-sky-500",
    "CALL": "fill-amber-500",
    "OFFER_PLAN": "fill-teal-600",
    "LETTER": "fill-indigo-500",
    "AGENCY_CANDIDATE": "fill-rose-400",
    "LEGAL_CANDIDATE": "fill-rose-700",
    "CARE": "fill-emerald-500",
    "HOLD": "fill-slate-600",
    "REVIEW": "fill-violet-500",
}
STAYS = "fill-slate-200"
OTHER_COLOUR = "fill-slate-500"


@dataclass(frozen=True, slots=True)
class Node:
    """One treatment on one side of the flow."""

    code: str
    people: int
    more: int  # people after less people before; 0 on the left
    x: int
    y: int
    height: int
    label_x: int
    anchor: str
    colour: str

    @property
    def label_y(self) -> int:
        """The base line of the first line of the label."""
        return self.y + max(self.height // 2, 0) - 2 * UNIT

    @property
    def second_y(self) -> int:
        """The base line of the second line."""
        return self.label_y + 15 * UNIT


@dataclass(frozen=True, slots=True)
class Ribbon:
    """The people who go from one treatment to another, or stay."""

    before: str
    after: str
    people: int
    path: str
    colour: str
    stays: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """Everybody concerned, from treatment before to treatment after."""

    width: int
    height: int
    nodes: tuple[Node, ...]
    ribbons: tuple[Ribbon, ...]


def flow(rows: Sequence[Mapping[str, Any]], *, width: int, margin: int, height: int) -> Flow:
    """The flow in a frame of so many pixels, `margin` of them on each side for the labels.

    Heights are shares of the people; a treatment with few keeps room for its label.
    """
    order = {code: place for place, code in enumerate(TREATMENTS)}
    sums = {side: _sums(rows, side) for side in ("before", "after")}
    total = max(sum(sums["before"].values()), 1)
    left, right = margin * UNIT, (width - margin) * UNIT - NODE
    nodes: dict[tuple[str, str], Node] = {}
    bottom = 0
    for side, x in (("before", left), ("after", right)):
        y = 0
        for code in sorted(sums[side], key=lambda code: (order.get(code, len(order)), code)):
            people = sums[side][code]
            tall = max(people * height * UNIT // total, UNIT)
            slot = max(tall, SLOT)
            more = people - sums["before"].get(code, 0) if side == "after" else 0
            label_x = x - 8 * UNIT if side == "before" else x + NODE + 8 * UNIT
            anchor = "end" if side == "before" else "start"
            colour = COLOURS.get(code, OTHER_COLOUR)
            at = y + (slot - tall) // 2
            nodes[side, code] = Node(code, people, more, x, at, tall, label_x, anchor, colour)
            y += slot + GAP
        bottom = max(bottom, y - GAP)
    ribbons = _ribbons(rows, nodes, order, left + NODE, right)
    return Flow(width * UNIT, bottom, tuple(nodes.values()), ribbons)


def _sums(rows: Sequence[Mapping[str, Any]], side: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in rows:
        sums[row[side]] = sums.get(row[side], 0) + row["people"]
    return sums


def _ribbons(
    rows: Sequence[Mapping[str, Any]],
    nodes: Mapping[tuple[str, str], Node],
    order: Mapping[str, int],
    x0: int,
    x1: int,
) -> tuple[Ribbon, ...]:
    """One ribbon per row; within a node they lie in the order of the other side, so that few cross."""
    last = len(order)
    starts = {key: [0, node.people] for key, node in nodes.items()}
    spans: dict[tuple[str, str], tuple[int, int, int, int]] = {}
    by_left = sorted(
        rows, key=lambda r: (order.get(r["before"], last), order.get(r["after"], last))
    )
    by_right = sorted(
        rows, key=lambda r: (order.get(r["after"], last), order.get(r["before"], last))
    )
    for row in by_left:
        spans[row["before"], row["after"]] = (*_span(starts, nodes, "before", row), 0, 0)
    for row in by_right:
        key = (row["before"], row["after"])
        spans[key] = (*spans[key][:2], *_span(starts, nodes, "after", row))
    ribbons = []
    for row in by_left:
        before, after = row["before"], row["after"]
        stays = before == after
        colour = STAYS if stays else COLOURS.get(after, OTHER_COLOUR)
        path = _path(x0, x1, spans[before, after])
        ribbons.append(Ribbon(before, after, row["people"], path, colour, stays))
    return tuple(sorted(ribbons, key=lambda ribbon: not ribbon.stays))


def _span(
    starts: dict[tuple[str, str], list[int]],
    nodes: Mapping[tuple[str, str], Node],
    side: str,
    row: Mapping[str, Any],
) -> tuple[int, int]:
    """Where a ribbon begins and ends along its node, in people so far."""
    node, state = nodes[side, row[side]], starts[side, row[side]]
    low = node.y + node.height * state[0] // max(state[1], 1)
    state[0] += row["people"]
    return low, node.y + node.height * state[0] // max(state[1], 1)


def _path(x0: int, x1: int, span: tuple[int, int, int, int]) -> str:
    top0, low0, top1, low1 = span
    low0, low1 = max(low0, top0 + 5), max(low1, top1 + 5)
    middle = (x0 + x1) // 2
    return (
        f"M{x0} {top0}C{middle} {top0} {middle} {top1} {x1} {top1}"
        f"L{x1} {low1}C{middle} {low1} {middle} {low0} {x0} {low0}Z"
    )


@dataclass(frozen=True, slots=True)
class Pair:
    """Two bars, before above after, in thousandths of the longest; `limit` is where a line stands, None without."""

    before: int
    after: int
    limit: int | None = None

    @property
    def before_within(self) -> int:
        """The part of the bar before up to the line."""
        return self.before if self.limit is None else min(self.before, self.limit)

    @property
    def after_within(self) -> int:
        """The part of the bar after up to the line."""
        return self.after if self.limit is None else min(self.after, self.limit)

    @property
    def before_over(self) -> int:
        """What of the bar before goes past the line."""
        return self.before - self.before_within

    @property
    def after_over(self) -> int:
        """What of the bar after goes past the line."""
        return self.after - self.after_within


def pair(before: int, after: int, longest: int, limit: int | None = None) -> Pair:
    """The two figures as bars beside the longest."""
    scale = max(longest, 1)
    return Pair(
        before * WHOLE // scale,
        after * WHOLE // scale,
        None if limit is None else limit * WHOLE // scale,
    )


@dataclass(frozen=True, slots=True)
class Move:
    """A share that moves from one place of a line to another, in thousandths."""

    before: int
    after: int

    @property
    def left(self) -> int:
        """Where the line between the two begins."""
        return min(self.before, self.after)

    @property
    def length(self) -> int:
        """How long it is."""
        return abs(self.after - self.before)


def share(part: int, whole: int) -> int:
    """A part in thousandths of the whole, rounded; 0 of nothing."""
    return (part * WHOLE + whole // 2) // whole if whole else 0
