"""The UCI set of 30,000 Taiwanese cardholders (2005, CC BY 4.0) as a bank's feeds.

Limits, statement balances, monthly payments and status codes are real. What is not is in SYNTHESISED and written into
the manifest. Any subset or order of the set's rows gives the feeds of those rows.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv

from evenhand.samples import people
from evenhand.samples.calendar import dates, day_number, months_before
from evenhand.samples.folder import (
    Manifest,
    SampleError,
    empty_folder,
    write_manifest,
    write_tables,
    write_text,
)

MONTHS = 6  # the set's suffix 1 is the chosen month, 6 the fifth before it
NUMBERS = (
    *("ID", "LIMIT_BAL", "SEX", "EDUCATION", "MARRIAGE", "AGE", "PAY_0"),
    *(f"BILL_AMT{n}" for n in range(1, 7)),
    *(f"PAY_AMT{n}" for n in range(1, 7)),
)
SYNTHESISED = (
    "customers.name",
    "customers.birth_year",
    "customers.language",
    "contact_points.value",
    "contact_points.source",
    "contact_points.valid",
    "accounts.card_tail",
    "accounts.product",
    "accounts.core_status",
    "accounts.cycle_day",
    "accounts.stated_overdue_days",
    "statements.statement_on",
    "statements.due_on",
    "statements.minimum_due",
    "payments.payment_ref",
    "payments.value_on",
    "payments.posted_on",
)
LAST_DAY = 28  # the banking day within the month: no statement or payment is dated after it
DUE_AFTER_DAYS = 20
CYCLE_DAYS = np.array([1, 2, 3, 4, *range(9, 29)])  # such that the last due date is past any grace
GRACE_DAYS_MAX = 3

PORTFOLIO = """\
name = "uci"
base_currency = "TWD"

[ageing]
grace_days = 3
minimum_due_is = "increment"
leads = "stated"
"""

Column = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Totals:
    """What an import is checked against. Amounts are whole dollars of TWD."""

    banking_day: date
    customers: int
    accounts: int
    statements: int
    payments: int
    payments_amount: int
    past_due: int
    past_due_owing_nothing: int
    past_due_owed: int


def write_sample(file: Path, month: date, folder: Path) -> Totals:
    """Turn the set into feeds whose last month is `month` (its first day); return the control totals.

    Raises SampleError for a file that is not the set or a part of it, and OSError as reading does.
    """
    rows = read_rows(file)
    tables = feed_tables(rows, month)
    empty_folder(folder)
    files = write_tables(folder, tables)
    origin = {"made_by": "uci", "month": month.isoformat()[:7]}
    manifest = Manifest(
        name="uci",
        banking_day=banking_day(month),
        synthesised=SYNTHESISED,
        origin=origin,
        files=files,
    )
    write_text(folder / "portfolio.toml", PORTFOLIO.splitlines())
    write_manifest(folder, manifest)
    return totals(rows, tables, month)


def banking_day(month: date) -> date:
    """The day as of which the feeds speak."""
    return month.replace(day=LAST_DAY)


def read_rows(file: Path) -> dict[str, Column]:
    """The set's columns as integers, sorted by ID. Dollars are whole."""
    table = _read_text(file)
    rows = {name: _integers(file, name, table.column(name)) for name in NUMBERS}
    order = np.argsort(rows["ID"], kind="stable")
    ids = rows["ID"][order]
    if (repeats := np.flatnonzero(ids[1:] == ids[:-1])).size:
        line = int(order[repeats[0] + 1]) + 2
        raise SampleError(
            f"{file.name}: line {line}: ID {ids[repeats[0]]} stands in an earlier line"
        )
    return {name: values[order] for name, values in rows.items()}


def _read_text(file: Path) -> pa.Table:
    broken: list[pc_csv.InvalidRow] = []

    def note(row: pc_csv.InvalidRow) -> str:
        broken.append(row)
        return "skip"

    with pa.input_stream(str(file), compression="detect") as stream:
        header = stream.read(1 << 16).splitlines()
    names = header[0].decode("utf-8-sig", "replace").split(",") if header else []
    if missing := [name for name in NUMBERS if name not in names]:
        raise SampleError(
            f"{file.name}: line 1: column {missing[0]} is missing; expected the set's header"
        )
    if len(header) == 1:
        raise SampleError(f"{file.name}: line 2: the file ends; expected at least one cardholder")
    table = pc_csv.read_csv(
        str(file),
        read_options=pc_csv.ReadOptions(use_threads=False),
        parse_options=pc_csv.ParseOptions(invalid_row_handler=note),
        convert_options=pc_csv.ConvertOptions(
            column_types={name: pa.string() for name in names}, strings_can_be_null=False
        ),
    )
    if broken:
        row = broken[0]
        raise SampleError(
            f"{file.name}: line {row.number}: {row.actual_columns} columns;"
            f" expected {row.expected_columns}"
        )
    return table


def _integers(file: Path, name: str, texts: pa.ChunkedArray) -> Column:
    fits = pc.match_substring_regex(texts, r"^ *-?[0-9]{1,15}(\.0*)? *$").to_numpy()
    if not fits.all():
        row = int(np.flatnonzero(~fits)[0])
        raise SampleError(
            f"{file.name}: line {row + 2}: {name} is {texts[row].as_py()!r}; expected a whole number"
        )
    whole = pc.replace_substring_regex(texts, r"\.0*| ", "")
    values: Column = whole.cast(pa.int64()).to_numpy()
    return values


def feed_tables(rows: dict[str, Column], month: date) -> dict[str, pa.Table]:
    """The feeds of the rows: customers, contact points, accounts, statements, payments; money in minor units."""
    refs = pa.array(rows["ID"]).cast(pa.string())
    return {
        "customers": _customers(rows, refs, month),
        "contact_points": _contact_points(rows, refs),
        "accounts": _accounts(rows, refs, month),
        "statements": _statements(rows, refs, month),
        "payments": _payments(rows, refs, month),
    }


def _customers(rows: dict[str, Column], refs: pa.Array, month: date) -> pa.Table:
    count = len(refs)
    columns = {
        "customer_ref": refs,
        "name": people.names(rows["ID"]),
        "birth_year": pa.array(month.year - rows["AGE"]),
        "language": people.repeated("zh-CN", count),
        "region": people.repeated("TW", count),
    }
    for column, source in (
        ("sex_code", "SEX"),
        ("education_code", "EDUCATION"),
        ("marriage_code", "MARRIAGE"),
    ):
        columns[column] = pa.array(rows[source]).cast(pa.string())
    return pa.table(columns)


def _contact_points(rows: dict[str, Column], refs: pa.Array) -> pa.Table:
    kinds = (("MOBILE", people.phones), ("ADDRESS", people.addresses))
    parts = [
        pa.table(
            {
                "customer_ref": refs,
                "kind": people.repeated(kind, len(refs)),
                "value": made_up(rows["ID"]),
                "source": people.repeated("CONTRACT", len(refs)),
                "valid": people.repeated(True, len(refs)),
            }
        )
        for kind, made_up in kinds
    ]
    return pa.concat_tables(parts)


def _accounts(rows: dict[str, Column], refs: pa.Array, month: date) -> pa.Table:
    count = len(refs)
    cycle_days = _cycle_days(rows["ID"])
    codes = rows["PAY_0"]
    return pa.table(
        {
            "customer_ref": refs,
            "account_ref": refs,
            "card_tail": people.padded(rows["ID"] % 10_000, 4),
            "product": people.repeated("CREDIT_CARD", count),
            "currency": people.repeated("TWD", count),
            "credit_limit": pa.array(rows["LIMIT_BAL"] * 100),
            "balance": pa.array(rows["BILL_AMT1"] * 100),
            "core_status": people.repeated("ACTIVE", count),
            "cycle_day": pa.array(cycle_days),
            "stated_overdue_days": pa.array(stated_days(codes, cycle_days, month)),
            "stated_cycle_code": pa.array(codes).cast(pa.string()),
        }
    )


def _cycle_days(ids: Column) -> Column:
    return CYCLE_DAYS[people.scattered(ids, 1, len(CYCLE_DAYS))]


def stated_days(codes: Column, cycle_days: Column, month: date) -> Column:
    """Days past due on the banking day: the bucket is the code, the day within it follows from the due day."""
    on = banking_day(month)
    inside = np.zeros(LAST_DAY + 1, np.int64)
    for day in CYCLE_DAYS:
        dues = (due_on(m.replace(day=int(day))) for m in (month, months_before(month, 1)))
        since = next((on - due).days for due in dues if due < on)
        inside[day] = min(max(since, GRACE_DAYS_MAX + 1), 30)
    return np.where(codes >= 1, (codes - 1) * 30 + inside[cycle_days], 0)


def due_on(statement_on: date) -> date:
    """The day a statement's minimum is due."""
    return statement_on + timedelta(days=DUE_AFTER_DAYS)


def _statements(rows: dict[str, Column], refs: pa.Array, month: date) -> pa.Table:
    offsets = _cycle_days(rows["ID"]) - 1
    parts = []
    for n in range(MONTHS, 0, -1):
        on = day_number(months_before(month, n - 1)) + offsets
        balances = rows[f"BILL_AMT{n}"]
        parts.append(
            pa.table(
                {
                    "customer_ref": refs,
                    "account_ref": refs,
                    "currency": people.repeated("TWD", len(refs)),
                    "statement_on": dates(on),
                    "due_on": dates(on + DUE_AFTER_DAYS),
                    "minimum_due": pa.array(minimum_due(balances) * 100),
                    "balance": pa.array(balances * 100),
                }
            )
        )
    return pa.concat_tables(parts)


def minimum_due(balances: Column) -> Column:
    """5 % rounded up to the dollar, at least 1,000, at most the balance; 0 where nothing is owed."""
    return np.clip(np.maximum(-(-balances // 20), 1_000), 0, np.maximum(balances, 0))


def _payments(rows: dict[str, Column], refs: pa.Array, month: date) -> pa.Table:
    parts = []
    for n in range(MONTHS, 0, -1):
        paid = np.flatnonzero(rows[f"PAY_AMT{n}"])
        ids, some = rows["ID"][paid], refs.take(pa.array(paid))
        first = months_before(month, n - 1)
        value = day_number(first) + people.scattered(ids, 10 + n, LAST_DAY - 2)
        posted = value + people.scattered(ids, 20 + n, 3)
        parts.append(
            pa.table(
                {
                    "customer_ref": some,
                    "account_ref": some,
                    "currency": people.repeated("TWD", len(some)),
                    "payment_ref": people.affixed("", some, f"-{first.isoformat()[:7]}"),
                    "value_on": dates(value),
                    "posted_on": dates(posted),
                    "amount": pa.array(rows[f"PAY_AMT{n}"][paid] * 100),
                }
            )
        )
    return pa.concat_tables(parts)


def totals(rows: dict[str, Column], tables: dict[str, pa.Table], month: date) -> Totals:
    """The control totals of the feeds."""
    owed, past_due = rows["BILL_AMT1"], rows["PAY_0"] >= 1
    return Totals(
        banking_day=banking_day(month),
        customers=tables["customers"].num_rows,
        accounts=tables["accounts"].num_rows,
        statements=tables["statements"].num_rows,
        payments=tables["payments"].num_rows,
        payments_amount=(pc.sum(tables["payments"]["amount"]).as_py() or 0) // 100,
        past_due=int(past_due.sum()),
        past_due_owing_nothing=int((past_due & (owed <= 0)).sum()),
        past_due_owed=int(owed[past_due & (owed > 0)].sum()),
    )
