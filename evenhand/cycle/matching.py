"""Money we knew of before the core: which payment of the night's files it is, so that it is counted once."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from evenhand.cycle.people import ints
from evenhand.ledger.actions import match_by_amount
from evenhand.ledger.queries import accounts_waiting
from evenhand.portfolio.history import LoadedFile
from evenhand.runtime.lake import Lake


def match_money(lake: Lake, files: Sequence[LoadedFile]) -> int:
    """Match provisional money with the payments of these files by account, sum and value date, before the cut-off.

    Where the references are the same there is nothing to match: the partition sees that itself.
    """
    accounts = np.array(sorted(accounts_waiting()), dtype=np.int64)
    if not len(accounts):
        return 0
    return match_by_amount(list(_carried(lake, files, accounts)))


def _carried(
    lake: Lake, files: Sequence[LoadedFile], accounts: "np.ndarray[tuple[int], np.dtype[np.int64]]"
) -> Iterator[tuple[int, int, int, date]]:
    for file in files:
        if file.feed != "payments":
            continue
        folder = lake.root / "facts" / f"day={file.banking_day}"
        for path in sorted(folder.glob(f"p=*/payments.{file.sha256[:12]}.parquet")):
            table = pq.read_table(path)
            table = table.filter(pa.array(np.isin(ints(table["account_key"]), accounts)))
            for row in table.to_pylist():
                if row.get("reverses_key") is None:
                    yield (
                        row["account_key"],
                        row["payment_key"],
                        row["amount_minor"],
                        row["value_on"],
                    )
