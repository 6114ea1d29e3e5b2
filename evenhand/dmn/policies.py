"""Hit policies: from the rules that match to the answer (OMG DMN 1.5, clauses 8.2.10 and 8.2.11).

Aggregations are the FEEL functions of the same names over the outputs of the rules that match, in that reading of the
standard: COUNT counts outputs, equal ones too, and is 0 when no rule matches; SUM, MIN and MAX of nothing are null.
Where no rule matches, the default output entries hold under every policy; without defaults the answer is null.
"""

from collections.abc import Sequence
from decimal import Decimal

from evenhand.dmn.errors import DecisionError
from evenhand.dmn.numbers import total
from evenhand.dmn.values import order, same

SINGLE_HIT = ("UNIQUE", "ANY", "PRIORITY", "FIRST")
MULTI_HIT = ("RULE ORDER", "OUTPUT ORDER", "COLLECT")
HIT_POLICIES = (*SINGLE_HIT, *MULTI_HIT)
RANKED = ("PRIORITY", "OUTPUT ORDER")  # these need outputs with allowed values, most wanted first
AGGREGATIONS = ("SUM", "COUNT", "MIN", "MAX")

Row = tuple[object, ...]


def fired(
    decision: str, policy: str, matched: Sequence[int], rows: Sequence[Row], ranks: Sequence[Row]
) -> int | None:
    """The rule (1-based) that gives the answer of a single-hit table; None when nothing matches.

    `matched` are 1-based rules in table order; `rows` and `ranks` give their outputs and their places in the lists of
    allowed values. Raises DecisionError when two rules of a UNIQUE table match, or two of an ANY table that differ.
    """
    if not matched:
        return None
    if policy == "UNIQUE" and len(matched) > 1:
        raise DecisionError(
            f"rules {matched[0]} and {matched[1]} of decision {decision!r} both match; "
            "its hit policy is UNIQUE"
        )
    if policy == "ANY":
        for rule, row in zip(matched[1:], rows[1:], strict=True):
            if not all(same(one, other) for one, other in zip(row, rows[0], strict=True)):
                raise DecisionError(
                    f"rules {matched[0]} and {rule} of decision {decision!r} both match with "
                    "different outputs; its hit policy is ANY"
                )
    if policy == "PRIORITY":
        return matched[min(range(len(matched)), key=lambda at: ranks[at])]
    return matched[0]


def ordered(policy: str, matched: Sequence[int], ranks: Sequence[Row]) -> tuple[int, ...]:
    """The matching rules of a multi-hit table in the order of its list; equals stay in table order."""
    if policy != "OUTPUT ORDER":
        return tuple(matched)
    places = sorted(range(len(matched)), key=lambda at: ranks[at])
    return tuple(matched[at] for at in places)


def aggregate(decision: str, aggregation: str, values: Sequence[object]) -> object:
    """One number (or, for MIN and MAX, one value) from the outputs of the rules that match.

    Raises DecisionError when the outputs cannot be added or compared with each other.
    """
    if aggregation == "COUNT":
        return Decimal(len(values))
    if not values:
        return None
    if aggregation == "SUM":
        if not all(isinstance(value, Decimal) for value in values):
            raise _unfit(decision, aggregation, "numbers")
        return total(value for value in values if isinstance(value, Decimal))
    best = values[0]
    for value in values:
        sign = order(value, best)
        if sign is None:
            raise _unfit(decision, aggregation, "values of one kind that has an order")
        best = value if sign == (-1 if aggregation == "MIN" else 1) else best
    return best


def _unfit(decision: str, aggregation: str, expected: str) -> DecisionError:
    return DecisionError(
        f"the outputs of the rules of decision {decision!r} that match have no {aggregation}; "
        f"expected {expected}"
    )
