"""Facts are divided by customer: every row once, in key order, partitions as the lake divides keys."""

import numpy as np
import pyarrow as pa
import pytest

from evenhand.portfolio.encoding import divide
from evenhand.runtime.lake import partition_of


@pytest.mark.parametrize("partitions", [1, 2, 3, 7, 16])
@pytest.mark.parametrize("rows", [0, 1, 400])
def test_every_row_falls_into_its_partition_in_the_order_of_its_keys(partitions, rows):
    rng = np.random.default_rng(rows)
    people = rng.integers(-(2**63), 2**63 - 1, 40)
    facts = pa.table(
        {
            "customer_key": rng.choice(people, rows),
            "account_key": rng.integers(-3, 3, rows),
            "line": np.arange(rows, dtype=np.int32),
        }
    )
    divided = divide(facts, partitions)
    for number, part in divided.items():
        assert set(partition_of(part.column("customer_key").to_numpy(), partitions)) == {number}
        keys = [tuple(row.values()) for row in part.to_pylist()]
        assert keys == sorted(keys)
    lines = [line for part in divided.values() for line in part.column("line").to_pylist()]
    assert sorted(lines) == list(range(rows))
