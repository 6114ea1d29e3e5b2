"""What the desk has not heard yet: whose decision, or which line of a case, differs from yesterday's."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.cycle.people import Ints, ints, taken

_LINE = ("in_case", "overdue_from_on", "bucket", "risk_class", "arrears_minor", "balance_minor")
_PUBLISHED = (
    "facts_seq", "action", "overdue_from_on", "treatment_from_on", "bucket", "risk_class", "arrears_minor",
    "balance_minor", "promise", "segment", "treatment", "channel", "tone", "offer", "desk", "priority",
    "manual",
)  # fmt: skip


def persons_changed(
    decisions: pa.Table, in_case: Ints, before: pa.Table, person_before: Ints
) -> npt.NDArray[np.bool_]:
    """Whether the decision or a sum the desk sees differs; only people in a case are compared.

    `before` are yesterday's decisions, `person_before` each person's row in them or -1.
    """
    changed = np.zeros(decisions.num_rows, dtype=bool)
    changed[in_case] = _differs(decisions, in_case, before, person_before[in_case], _PUBLISHED)
    return changed


def accounts_changed(
    state: pa.Table, starts: Ints, before: pa.Table, account_before: Ints
) -> npt.NDArray[np.bool_]:
    """Whether a line of the person's case differs, joined or left; `starts` is each person's first account."""
    was = ints(taken(before["in_case"].combine_chunks(), account_before))
    lines = np.flatnonzero(ints(state["in_case"]) | was)
    differs = np.zeros(state.num_rows, dtype=bool)
    differs[lines] = _differs(state, lines, before, account_before[lines], _LINE)
    return np.logical_or.reduceat(differs, starts[:-1]) if len(differs) else differs


def _differs(
    now: pa.Table, rows: Ints, then: pa.Table, then_rows: Ints, names: Sequence[str]
) -> npt.NDArray[np.bool_]:
    differs: npt.NDArray[np.bool_] = then_rows < 0
    if not set(names) <= set(
        then.column_names
    ):  # a night of an older release: the desk hears all anew
        return np.ones_like(differs)
    for name in names:
        left = now[name].combine_chunks().take(pa.array(rows))
        right = taken(then[name].combine_chunks(), then_rows)
        if pa.types.is_dictionary(left.type):
            left, right = left.indices, _indices_in(left.dictionary, right)
        same = pc.fill_null(pc.equal(left, right), False).to_numpy(zero_copy_only=False)
        none = pc.and_(left.is_null(), right.is_null()).to_numpy(zero_copy_only=False)
        differs |= ~(same | none)
    return differs


def _indices_in(dictionary: pa.Array, coded: pa.DictionaryArray) -> pa.Array:
    """The values of a coded column as indices into another dictionary, -1 for what that one lacks."""
    places = pc.fill_null(pc.index_in(coded.dictionary, dictionary), -1)
    return places.take(coded.indices).cast(pa.int16())
