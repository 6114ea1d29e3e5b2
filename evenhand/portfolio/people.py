"""The people of the book: what the bank's customer rows and contact points say of each, and the sealed identity."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.portfolio.book import PEOPLE
from evenhand.portfolio.identity import (
    FIELDS,
    HEADER,
    KINDS,
    LABELS,
    POINT,
    SOURCES,
    binary,
    flat,
    join_pieces,
    split_pieces,
)
from evenhand.portfolio.windows import one_chunk

Ints = npt.NDArray[np.int64]
_FROM_CUSTOMERS = ("language", "region", "segment", "deceased", "vulnerable")
_FLAGS = ("phone_valid", "email_valid", "address_valid", "consent_call", "consent_message")
_NO, _YES = 1, 2


def fold_people(
    before: pa.Table,
    facts: Mapping[str, Sequence[pa.Table]],
    account_holders: Ints,
    counts: dict[str, int],
) -> pa.Table:
    """The people of today: everyone known before, in a customer row, or holding an account; ordered by key."""
    rows = _newest(facts.get("customers", ()))
    points = _together(facts.get("contact_points", ()))
    known, fresh = _keys(before), _keys(rows)
    keys = _distinct(known, fresh, account_holders)
    old, new = _positions(keys, known), _positions(keys, fresh)
    counts["people"] = len(keys)
    counts["people_without_row"] = int(((old < 0) & (new < 0)).sum())
    counts["contact_points"] = points.num_rows
    counts["contact_points_without_person"] = int((_positions(_keys(points), keys) < 0).sum())
    columns = {"customer_key": pa.array(keys)}
    for name in _FROM_CUSTOMERS:
        columns[name] = _chosen(before, old, rows, new, name, name)
    for name, source in (("person_file", "file_no"), ("person_line", "line")):
        columns[name] = pc.fill_null(_chosen(before, old, rows, new, name, source), 0)
    touched = new >= 0
    reached = _positions(_keys(points), keys)
    touched[reached[reached >= 0]] = True
    columns |= _identities(before, old, rows, points, keys, np.flatnonzero(touched))
    return pa.table([columns[n] for n in PEOPLE.names], schema=PEOPLE)


def _together(tables: Sequence[pa.Table]) -> pa.Table:
    if not tables:
        return pa.table({"customer_key": pa.array([], pa.int64())})
    return pa.concat_tables(tables, promote_options="permissive").unify_dictionaries()


def _newest(tables: Sequence[pa.Table]) -> pa.Table:
    table = _together(tables)
    if not tables:
        return table
    keys = _keys(table)
    order = np.lexsort([table.column("line").to_numpy(), table.column("file_no").to_numpy(), keys])
    last = np.append(keys[order][1:] != keys[order][:-1], True)
    return table.take(pa.array(order[last]))


def _keys(table: pa.Table) -> Ints:
    result: Ints = table.column("customer_key").to_numpy()
    return result


def _distinct(*ascending: Ints) -> Ints:
    """Each key of the ascending lists once, ascending."""
    keys = np.sort(np.concatenate(ascending), kind="stable")
    return keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys


def _positions(keys: Ints, among: Ints) -> Ints:
    """Where each key stands in the ascending list, -1 where it does not."""
    if not len(among):
        return np.full(len(keys), -1, dtype=np.int64)
    if len(keys) == len(among) and (keys == among).all():
        return np.arange(len(keys))
    at = np.minimum(np.searchsorted(among, keys), len(among) - 1)
    return np.where(among[at] == keys, at, -1)


def _chosen(
    before: pa.Table, old: Ints, rows: pa.Table, new: Ints, name: str, source: str
) -> pa.Array:
    kind = PEOPLE.field(name).type
    kept = before.column(name)
    if source not in rows.column_names:
        return _take(kept, old)
    fresh = rows.column(source).cast(kind)
    both = pa.chunked_array([*kept.chunks, *fresh.chunks], kind)
    if pa.types.is_dictionary(kind):
        both = both.unify_dictionaries()
    return _take(both, np.where(new >= 0, new + len(kept), old))


def _take(values: pa.ChunkedArray, rows: Ints) -> pa.Array:
    if len(rows) == len(values) and (rows == np.arange(len(rows))).all():
        return one_chunk(values)
    return one_chunk(values.take(pa.array(rows, mask=rows < 0)))


def _identities(
    before: pa.Table, old: Ints, rows: pa.Table, points: pa.Table, keys: Ints, touched: Ints
) -> dict[str, pa.Array]:
    """Identity and flags: rebuilt for those whose rows came today, as they were for the others."""
    kept = {n: _take(before.column(n), old) for n in ("identity", *_FLAGS)}
    if not len(touched):
        return kept
    owners, heads, pieces = _pieces(before, old, rows, points, keys, touched)
    slot_order = np.lexsort(
        [heads["line"], heads["file_no"], heads["value_key"], heads["kind"], heads["field"], owners]
    )
    slots = [a[slot_order] for a in (owners, heads["field"], heads["kind"], heads["value_key"])]
    last = np.ones(len(slot_order), dtype=np.bool_)
    last[:-1] = np.logical_or.reduce([s[1:] != s[:-1] for s in slots])
    chosen = slot_order[last]
    owners, heads = owners[chosen], heads[chosen]
    ends, data = flat(pieces.take(pa.array(chosen)))
    bounds = np.searchsorted(owners, np.arange(len(touched) + 1))
    built = binary(ends[bounds], data).cast(pa.binary())
    at = np.full(len(keys), -1, dtype=np.int64)
    at[touched] = np.arange(len(touched))
    fresh = {"identity": built, **_flags(owners, heads, len(touched))}
    if len(touched) == len(keys):
        return fresh
    return {
        name: pa.chunked_array([kept[name], values.cast(kept[name].type)])
        .take(pa.array(np.where(at >= 0, at + len(keys), np.arange(len(keys)))))
        .combine_chunks()
        for name, values in fresh.items()
    }


def _pieces(
    before: pa.Table, old: Ints, rows: pa.Table, points: pa.Table, keys: Ints, touched: Ints
) -> tuple[Ints, npt.NDArray[np.void], pa.Array]:
    """All pieces of the touched people, old and new: position among the touched, header, bytes."""
    kept = pc.fill_null(_take(before.column("identity"), old[touched]), b"")
    owners, heads, pieces = split_pieces(kept)
    resent = [FIELDS[n] for n in FIELDS if n in rows.column_names]
    in_rows = _positions(keys[touched], _keys(rows)) >= 0
    stays = ~(np.isin(heads["field"], resent) & in_rows[owners])
    found = [(owners[stays], heads[stays], pieces.filter(pa.array(stays)))]
    people = keys[touched]
    for name, field in FIELDS.items():
        if name in rows.column_names:
            sent = rows.filter(pc.is_valid(rows.column(name)))
            found.append(_made(people, sent, sent.column(name), field))
    mine = points.filter(pa.array(_positions(_keys(points), people) >= 0))
    if mine.num_rows:
        found.append(_made(people, mine, mine.column("value"), POINT))
    return (
        np.concatenate([o for o, _, _ in found]),
        np.concatenate([h for _, h, _ in found]),
        pa.concat_arrays([p for _, _, p in found]),
    )


def _made(
    people: Ints, rows: pa.Table, sealed: pa.ChunkedArray, field: int
) -> tuple[Ints, npt.NDArray[np.void], pa.Array]:
    heads = np.zeros(rows.num_rows, dtype=HEADER)
    heads["field"], heads["verified_on"] = field, -1
    heads["file_no"], heads["line"] = rows.column("file_no"), rows.column("line")
    if field == POINT:
        heads["kind"] = _code(rows, "kind", KINDS)
        heads["source"] = _code(rows, "source", SOURCES)
        heads["label"] = _code(rows, "label", LABELS)
        heads["value_key"] = rows.column("value_key")
        heads["flags"] = (
            _said(rows, "valid")
            | _said(rows, "consent_call") << 2
            | _said(rows, "consent_message") << 4
        )
        if "verified_on" in rows.column_names:
            heads["verified_on"] = pc.fill_null(rows.column("verified_on").cast(pa.int32()), -1)
    owners = np.searchsorted(people, _keys(rows)).astype(np.int64)
    values = sealed.combine_chunks()
    values = pa.concat_arrays(values.chunks) if isinstance(values, pa.ChunkedArray) else values
    return owners, heads, join_pieces(heads, values)


def _code(rows: pa.Table, name: str, codes: Sequence[str]) -> npt.NDArray[np.uint8]:
    if name not in rows.column_names:
        return np.zeros(rows.num_rows, dtype=np.uint8)
    texts = rows.column(name).cast(pa.string())
    found = pc.fill_null(pc.index_in(texts, pa.array(codes)), -1)
    positions: npt.NDArray[np.uint8] = (found.to_numpy() + 1).astype(np.uint8)
    return positions


def _said(rows: pa.Table, name: str) -> npt.NDArray[np.uint8]:
    if name not in rows.column_names:
        return np.zeros(rows.num_rows, dtype=np.uint8)
    said = pc.if_else(rows.column(name), _YES, _NO)
    return pc.fill_null(said, 0).to_numpy().astype(np.uint8)  # type: ignore[no-any-return]


def _flags(owners: Ints, heads: npt.NDArray[np.void], size: int) -> dict[str, pa.Array]:
    """Reachable where one contact point is not known to be invalid, consent where one has it."""
    flags, kinds = heads["flags"], heads["kind"]
    point = heads["field"] == POINT

    def any_of(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        found: npt.NDArray[np.bool_] = np.bincount(owners[mask], minlength=size) > 0
        return found

    valid = point & ((flags & 3) != _NO)
    position = {kind: at + 1 for at, kind in enumerate(KINDS)}
    columns = {
        "phone_valid": pa.array(
            any_of(valid & np.isin(kinds, [position["MOBILE"], position["PHONE"]]))
        ),
        "email_valid": pa.array(any_of(valid & (kinds == position["EMAIL"]))),
        "address_valid": pa.array(any_of(valid & (kinds == position["ADDRESS"]))),
    }
    own = point & (kinds != position["RESERVED_CONTACT"])
    for name, shift in (("consent_call", 2), ("consent_message", 4)):
        yes, no = (
            any_of(own & (flags >> shift & 3 == _YES)),
            any_of(own & (flags >> shift & 3 == _NO)),
        )
        columns[name] = pa.array(yes, mask=~(yes | no))
    return columns
