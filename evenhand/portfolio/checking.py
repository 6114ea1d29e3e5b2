"""Judges the rows of a sheet column by column: typed values for the good ones, a fault for each bad field.

A row with any fault is quarantined; the others become a table of typed columns: references and texts as they are,
codes and currencies as dictionaries, days as date32, amounts as int64 minor units of the row's currency, instants as
UTC.
"""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.kernel.money import minor_digits
from evenhand.portfolio.feeds import Column, Feed, Kind
from evenhand.portfolio.parsing import TOO_FINE, hash_strings, parse_amounts
from evenhand.portfolio.reading import Fault, FileRefusedError, Sheet
from evenhand.portfolio.terms import Layout, Portfolio

TRUE = frozenset({"1", "Y", "y", "true", "TRUE", "T", "是"})
FALSE = frozenset({"0", "N", "n", "false", "FALSE", "F", "否"})
REF_LENGTH_MAX = 64
_THREADS = 2
ABOVE_ZERO = {
    "payments": "amount",
    "intraday_payments": "amount",
    "promises": "amount",
    "plans": "amount",
}
NOT_NEGATIVE = {"statements": ("minimum_due", "past_due"), "accounts": ("credit_limit",)}
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Checked:
    """The good rows, typed, with their lines; and every fault of the others, in line order."""

    rows: pa.Table
    lines: npt.NDArray[np.int32]
    faults: tuple[Fault, ...]
    rows_in: int

    @property
    def rows_quarantined(self) -> int:
        """Rows with at least one fault."""
        return self.rows_in - len(self.lines)


class _Faults:
    """Collects bad rows as masks, and their faults as rows of (row, field, value, rule, expected)."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.bad = np.zeros(len(sheet.lines), dtype=np.bool_)
        self.found: list[Fault] = []

    def merge(self, other: "_Faults") -> None:
        self.bad |= other.bad
        self.found += other.found

    def add(self, mask: Mask, field: str, rule: str, expected: str) -> None:
        if not mask.any():
            return
        self.bad |= mask
        rows = np.flatnonzero(mask)
        values: list[str | None] = [None] * len(rows)
        if field in self.sheet.columns.column_names:
            values = self.sheet.columns.column(field).take(pa.array(rows)).to_pylist()
        self.found += [
            Fault(line, field, value or "", rule, expected)
            for line, value in zip(self.sheet.lines[rows].tolist(), values, strict=True)
        ]


def check(sheet: Sheet, feed: Feed, portfolio: Portfolio) -> Checked:
    """Judge every row of a sheet; raise FileRefusedError when the control total is not the stated one."""
    faults, typed = _Faults(sheet), dict[str, pa.Array]()
    columns = {c.name: c for c in feed.columns if c.name in sheet.columns.column_names}
    plain = [c for c in columns.values() if c.kind is not Kind.MONEY]
    money = [c for c in columns.values() if c.kind is Kind.MONEY]

    def judge(column: Column) -> tuple[pa.Array, _Faults]:
        values, own = sheet.columns.column(column.name).combine_chunks(), _Faults(sheet)
        if column.kind is Kind.MONEY:
            return _amounts(column, values, typed["currency"], sheet.layout, own), own
        return _typed(column, values, sheet.layout, portfolio, own), own

    unread = False
    with ThreadPoolExecutor(_THREADS) as threads:  # the kernels of a column leave the others run
        for group in (plain, money):
            for column, (values, own) in zip(group, threads.map(judge, group), strict=True):
                typed[column.name] = values
                faults.merge(own)
                unread |= column.kind is Kind.MONEY and bool(own.bad.any())
    if feed.control in typed and not unread and not sheet.ragged:
        _check_total(sheet, typed[feed.control], typed["currency"])
    _check_across(feed, typed, faults)
    _check_key(feed, sheet, faults)
    good = ~faults.bad
    table = pa.table({name: typed[name] for name in columns})
    if not good.all():
        table = table.filter(pa.array(good))
    found = tuple(sorted([*sheet.ragged, *faults.found], key=lambda f: (f.line, f.field, f.rule)))
    return Checked(table, sheet.lines[good], found, sheet.rows_in)


def _typed(
    column: Column, values: pa.Array, layout: Layout, portfolio: Portfolio, faults: _Faults
) -> pa.Array:
    kind = column.kind
    if kind in {Kind.REF, Kind.TAIL, Kind.TEXT, Kind.SECRET}:
        values = pc.utf8_trim_whitespace(values)
        if column.required:
            blank = _true(pc.equal(pc.fill_null(pc.binary_length(values), 0), 0))
            rule = "ref.present" if kind is Kind.REF else "value.present"
            faults.add(blank, column.name, rule, "a value")
        if kind is Kind.REF:
            long = _true(pc.greater(pc.binary_length(values), REF_LENGTH_MAX))
            faults.add(long, column.name, "ref.short", f"at most {REF_LENGTH_MAX} bytes")
        if kind is Kind.TAIL:
            wrong = _true(pc.invert(pc.match_substring_regex(values, r"^[0-9]{4}$")))
            faults.add(wrong, column.name, "tail.four-digits", "the last four digits")
        return values
    encoded = values.dictionary_encode()
    known, rule, expected = _translate(column, encoded.dictionary, layout, portfolio)
    if column.required:
        faults.add(_true(values.is_null()), column.name, f"{rule.split('.')[0]}.present", "a value")
    indices = encoded.indices
    bad_codes = _true(pc.and_(known.is_null(), encoded.dictionary.is_valid()))
    if bad_codes.any():
        at = pc.fill_null(indices, 0).to_numpy()
        faults.add(bad_codes[at] & _true(indices.is_valid()), column.name, rule, expected)
    if kind in {Kind.CODE, Kind.CURRENCY}:
        distinct = known.dictionary_encode()
        if len(distinct.dictionary) > np.iinfo(np.int16).max:
            raise FileRefusedError(
                "code.few", field=column.name, expected="a code, not a free value"
            )
        return pa.DictionaryArray.from_arrays(
            distinct.indices.take(indices).cast(pa.int16()), distinct.dictionary
        )
    return known.take(indices)


def _translate(
    column: Column, dictionary: pa.Array, layout: Layout, portfolio: Portfolio
) -> tuple[pa.Array, str, str]:
    """The typed value of each distinct text (null where it is none), the rule, and what was expected."""
    texts = [t.strip() for t in dictionary.to_pylist()]
    codes = layout.codes.get(column.name, {})
    texts = [codes.get(t, t) for t in texts]
    match column.kind:
        case Kind.CODE:
            allowed = column.codes
            good = [t if (t in allowed if allowed else 0 < len(t) <= 40) else None for t in texts]
            return (
                pa.array(good, pa.string()),
                "code.known",
                f"one of {', '.join(allowed)}" if allowed else "a short code",
            )
        case Kind.CURRENCY:
            rated = {portfolio.base_currency, *portfolio.rates}
            good = [t if t in rated else None for t in texts]
            return (
                pa.array(good, pa.string()),
                "currency.rated",
                f"one of {', '.join(sorted(rated))}",
            )
        case Kind.BOOL:
            flags = [True if t in TRUE else False if t in FALSE else None for t in texts]
            return pa.array(flags, pa.bool_()), "bool.known", "1, 0, Y, N, true or false"
        case Kind.INT:
            low, high = column.minimum or 0, column.maximum or 2**31 - 1
            return (
                pa.array([_whole(t, low, high) for t in texts], pa.int32()),
                "int.valid",
                f"a whole number from {low} to {high}",
            )
        case Kind.DATE:
            return (
                pa.array([_moment(t, layout.dates) for t in texts], pa.timestamp("us", "UTC"))
                .cast(pa.timestamp("us"))
                .cast(pa.date32()),
                "date.valid",
                f"a date as {layout.dates}",
            )
        case Kind.INSTANT:
            return (
                pa.array([_instant(t) for t in texts], pa.timestamp("us", "UTC")),
                "instant.valid",
                "a time with its offset, as 2026-09-30T10:00:00+08:00",
            )
        case _:
            raise AssertionError(column.kind)


def _whole(text: str, low: int, high: int) -> int | None:
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 10:
        return None
    return int(text) if low <= int(text) <= high else None


def _moment(text: str, form: str) -> datetime | None:
    try:
        moment = datetime.strptime(f"{text}+0000", f"{form}%z")
    except ValueError:
        return None
    return moment if 1900 <= moment.year < 2200 and len(text) == len(f"{moment:{form}}") else None


def _instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _amounts(
    column: Column, values: pa.Array, currency: pa.DictionaryArray, layout: Layout, faults: _Faults
) -> pa.Array:
    digits = _digits(currency)
    minor, wrong = parse_amounts(values, digits, layout)
    absent = _true(values.is_null())
    if column.required:
        faults.add(absent, column.name, "money.present", "an amount")
    faults.add(
        (wrong == TOO_FINE) & ~absent,
        column.name,
        "money.exact",
        "no more decimals than the currency has",
    )
    faults.add(
        (wrong > TOO_FINE) & ~absent,
        column.name,
        "money.valid",
        f"an amount as 1234{layout.decimal_mark}50",
    )
    return pa.array(minor, pa.int64(), mask=absent | (wrong != 0))


def _digits(currency: pa.DictionaryArray) -> npt.NDArray[np.int8]:
    by_code = [minor_digits(c) for c in currency.dictionary.to_pylist()] or [2]
    digits = np.array(by_code, dtype=np.int8)
    result: npt.NDArray[np.int8] = digits[pc.fill_null(currency.indices, 0).to_numpy()]
    return result


def _check_total(sheet: Sheet, amounts: pa.Array, currency: pa.DictionaryArray) -> None:
    stated = sheet.stated.total
    if stated is None:
        return
    minor, digits = pc.fill_null(amounts, 0).to_numpy(), _digits(currency)
    total = sum(
        (Decimal(int(minor[digits == d].sum())).scaleb(-int(d)) for d in np.unique(digits)),
        Decimal(),
    )
    if total != stated:
        raise FileRefusedError("file.total", expected=f"a sum of {stated}, found {total}")


def _check_across(feed: Feed, typed: Mapping[str, pa.Array], faults: _Faults) -> None:
    """Rules that read more than one column, and signs."""
    if feed.name == "statements":
        early = _true(pc.less_equal(typed["due_on"], typed["statement_on"]))
        faults.add(early, "due_on", "due.after-statement", "a day after the statement date")
    if name := ABOVE_ZERO.get(feed.name):
        faults.add(_true(pc.less_equal(typed[name], 0)), name, "amount.positive", "more than zero")
    for name in NOT_NEGATIVE.get(feed.name, ()):
        if name in typed:
            faults.add(_true(pc.less(typed[name], 0)), name, "amount.not-negative", "zero or more")


def _check_key(feed: Feed, sheet: Sheet, faults: _Faults) -> None:
    """The first row of a key stands, later ones are refused. Rows already refused do not count."""
    names = [n for n in feed.key if n in sheet.columns.column_names]
    hashes = hash_strings([sheet.columns.column(n).combine_chunks() for n in names])
    if faults.bad.any():
        hashes = np.where(faults.bad, np.arange(len(hashes)), hashes)
    ordered = np.sort(hashes)
    if not (ordered[1:] == ordered[:-1]).any():
        return
    order = np.argsort(hashes, kind="stable")
    same = np.zeros(len(hashes), dtype=np.bool_)
    same[order[1:]] = hashes[order[1:]] == hashes[order[:-1]]
    same &= ~faults.bad
    faults.add(same, names[-1], "key.unique", f"each {', '.join(feed.key)} once in a file")


def _true(mask: pa.Array) -> Mask:
    """A nullable boolean column as a mask: null is false."""
    result: Mask = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)
    return result


def mask(fault: Fault, feed: Feed) -> str:
    """The value of a fault as it may be stored and shown: enough to find the mistake, too little to name a person."""
    kinds = {c.name: c.kind for c in feed.columns}
    kind = kinds.get(fault.field, Kind.SECRET)
    value = fault.value.strip()
    if kind is Kind.SECRET or kind is Kind.TEXT or not value:
        return "•" * min(len(value), 12)
    if kind in {Kind.REF, Kind.TAIL}:
        return (
            "•" * min(max(len(value) - 2, 0), 12) + value[-2:]
            if len(value) > 4
            else "•" * len(value)
        )
    if len(value) > 10:
        return value[:1] + "•" * 8 + value[-1:]
    letters = sum(c.isalpha() for c in value)
    shown = [c if not c.isalpha() or (c.isascii() and letters <= 3) else "•" for c in value]
    return "".join(shown)


def without(checked: Checked, bad: Mask, faults: Collection[Fault]) -> Checked:
    """The same with further rows refused, for rules that need more than the file."""
    keep = ~bad
    found = tuple(sorted([*checked.faults, *faults], key=lambda f: (f.line, f.field, f.rule)))
    return replace(
        checked, rows=checked.rows.filter(pa.array(keep)), lines=checked.lines[keep], faults=found
    )
