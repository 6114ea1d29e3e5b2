"""Turns checked rows into facts: references become keys, texts about people are sealed, and each row knows its line."""

from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.portfolio.checking import Checked
from evenhand.portfolio.feeds import Feed, Kind
from evenhand.portfolio.reading import FileRefusedError
from evenhand.runtime.lake import partition_of

Keys64 = npt.NDArray[np.int64]
_NAMESPACES = {"reverses_ref": "payment"}


class Sealer(Protocol):
    """What intake needs of `runtime.keys.Keys`."""

    def tokens(self, refs: pa.Array, namespace: str) -> Keys64:
        """The keyed 64-bit token of each reference."""
        ...

    def seal_column(self, plain: pa.Array, about_keys: Keys64, field: str) -> pa.Array:
        """Each text sealed for the person it is about; null stays null."""
        ...


def namespace_of(column: str) -> str:
    """Whose numbers a reference column holds: `account_ref` those of accounts."""
    return _NAMESPACES.get(column, column.removesuffix("_ref"))


def fact_name(column: str, kind: Kind) -> str:
    """What a column of a feed is called in the lake."""
    if kind is Kind.REF:
        return f"{column.removesuffix('_ref')}_key"
    return f"{column}_minor" if kind is Kind.MONEY else column


def tokens_of(checked: Checked, feed: Feed, keys: Sealer) -> dict[str, pa.Array]:
    """The keys of each reference column, by its fact name; null where there is no reference.

    Raises FileRefusedError when two different references of the feed's own key give one token.
    """
    found = {}
    for column in feed.columns:
        if column.kind is Kind.REF and column.name in checked.rows.column_names:
            refs = checked.rows.column(column.name).combine_chunks()
            tokens = keys.tokens(pc.fill_null(refs, ""), namespace_of(column.name))
            absent = pc.is_null(refs).to_numpy(zero_copy_only=False)
            found[fact_name(column.name, Kind.REF)] = pa.array(tokens, pa.int64(), mask=absent)
            if feed.key == (column.name,) and _twice(tokens):
                raise FileRefusedError(
                    "token.unique",
                    field=column.name,
                    expected="different keys for different references",
                )
    return found


def _twice(tokens: Keys64) -> bool:
    ordered = np.sort(tokens)
    return bool((ordered[1:] == ordered[:-1]).any())


def encode(
    checked: Checked, tokens: dict[str, pa.Array], feed: Feed, keys: Sealer, *, file_no: int
) -> pa.Table:
    """The facts of a file: the columns it has under their fact names, then `file_no` and `line`.

    A sealed column that is part of the feed's key gets a `<name>_key` beside it, so that the same contact point is
    recognised without opening it.
    """
    customers = tokens["customer_key"].to_numpy()
    columns: dict[str, pa.Array] = {}
    for column in feed.columns:
        if column.name not in checked.rows.column_names:
            continue
        name, values = fact_name(column.name, column.kind), checked.rows.column(column.name)
        if column.kind is Kind.REF:
            columns[name] = tokens[name]
        elif column.kind is Kind.SECRET:
            plain = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
            columns[name] = keys.seal_column(plain, customers, f"{feed.name}.{name}")
            if column.name in feed.key:
                columns[f"{name}_key"] = pa.array(keys.tokens(plain, f"{feed.name}.{name}"))
        else:
            columns[name] = values
    columns["file_no"] = pa.repeat(pa.scalar(file_no, pa.int32()), len(checked.lines))
    columns["line"] = pa.array(checked.lines, pa.int32())
    return pa.table(columns)


def divide(facts: pa.Table, partitions: int) -> dict[int, pa.Table]:
    """The rows of each partition that has any, ordered by customer, account and line."""
    customers = facts.column("customer_key").to_numpy()
    order = _by_customer(customers, facts)
    ordered, parts = facts.take(pa.array(order)), partition_of(customers[order], partitions)
    starts = np.flatnonzero(np.append(True, parts[1:] != parts[:-1])) if len(parts) else order
    ends = np.append(starts[1:], len(parts))
    found: dict[int, list[pa.Table]] = {}
    for start, end in zip(starts.tolist(), ends[: len(starts)].tolist(), strict=True):
        found.setdefault(int(parts[start]), []).append(ordered.slice(start, end - start))
    return {p: pa.concat_tables(slices) for p, slices in sorted(found.items())}


def _by_customer(customers: Keys64, facts: pa.Table) -> npt.NDArray[np.intp]:
    """The order by customer, then account, then line. Only rows that share a customer are sorted by more than that."""
    order = np.argsort(customers)
    ordered = customers[order]
    same = ordered[1:] == ordered[:-1]
    shared = np.flatnonzero(np.append(same, False) | np.append(False, same))
    if len(shared):
        rows = order[shared]
        by = [facts.column("line").to_numpy()[rows], customers[rows]]
        if "account_key" in facts.column_names:
            by.insert(1, pc.fill_null(facts.column("account_key"), 0).to_numpy()[rows])
        order[shared] = rows[np.lexsort(by)]
    return order
