"""What the desk has to hear of: only what differs from the night before."""

import numpy as np
import pyarrow as pa
import pytest

from evenhand.cycle.changed import persons_changed
from evenhand.cycle.treat import DECISIONS

EVERYBODY = np.array([0, 1])


def decided(**given):
    """Two people's decisions of one night; what is not given is null."""
    empty = {name: [None, None] for name in DECISIONS.names}
    return pa.table(empty | given, schema=DECISIONS)


YESTERDAY = decided(treatment=["CALL", "CALL"], offer=["PLAN_12", "PLAN_12"])


@pytest.mark.parametrize(
    ("today", "who"),
    [
        ({"treatment": ["CALL", "CALL"], "offer": ["PLAN_12", "PLAN_12"]}, [False, False]),
        ({"treatment": ["CALL", "WAIT"], "offer": ["PLAN_12", "PLAN_12"]}, [False, True]),
        ({"treatment": ["CALL", "CALL"], "offer": ["PLAN_24", "PLAN_12"]}, [True, False]),
        ({"treatment": ["CALL", None], "offer": ["PLAN_12", "PLAN_12"]}, [False, True]),
    ],
)
def test_only_those_whose_decision_differs_are_told_of(today, who):
    changed = persons_changed(decided(**today), EVERYBODY, YESTERDAY, EVERYBODY)
    assert changed.tolist() == who


def test_after_a_night_of_an_older_release_everybody_is_told_of():
    """Its decisions lack a column that came later, so nothing can be said to be the same."""
    older = YESTERDAY.drop_columns(["offer"])
    changed = persons_changed(YESTERDAY, EVERYBODY, older, EVERYBODY)
    assert changed.tolist() == [True, True]
