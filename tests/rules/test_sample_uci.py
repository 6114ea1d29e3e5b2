"""The UCI set as feeds: exact totals, any subset and order, and a sentence for what cannot be read."""

import gzip
import hashlib
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
import pytest

from evenhand.samples import uci
from evenhand.samples.folder import SampleError

SET = next(
    (
        file
        for folder in Path(__file__).parents
        if (file := folder / "shared" / "data" / "uci_default_credit_card.csv.gz").exists()
    ),
    None,
)
SEPTEMBER = date(2026, 9, 1)
HEADER = (
    "ID,LIMIT_BAL,SEX,EDUCATION,MARRIAGE,AGE,PAY_0,PAY_2,PAY_3,PAY_4,PAY_5,PAY_6,"
    "BILL_AMT1,BILL_AMT2,BILL_AMT3,BILL_AMT4,BILL_AMT5,BILL_AMT6,"
    "PAY_AMT1,PAY_AMT2,PAY_AMT3,PAY_AMT4,PAY_AMT5,PAY_AMT6,default.payment.next.month"
)
LATE = "1,20000,2,2,1,24,2,2,-1,-1,-2,-2,3913,3102,689,0,0,0,0,689,0,0,0,0,1"
IN_CREDIT = (
    "7,50000,1,0,0,57,1,0,0,0,0,0,-230,8617,5670,35835,20940,19146,19131,2000,0,10000,9000,689,0"
)
OVER_LIMIT = (
    "9,10000,1,6,3,37,0,0,0,0,0,0,64400,57069,57608,19394,19619,20024,2500,1815,657,1000,1000,800,0"
)


def put(folder: Path, *lines: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "set.csv"
    file.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return file


def content(folder: Path) -> dict[str, str]:
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.iterdir())
    }


@pytest.mark.data
@pytest.mark.skipif(SET is None, reason="the UCI set is not beside the project")
def test_the_whole_set_gives_the_control_totals(tmp_path):
    made = uci.write_sample(SET, SEPTEMBER, tmp_path)

    assert made == uci.Totals(
        banking_day=date(2026, 9, 28),
        customers=30_000,
        accounts=30_000,
        statements=180_000,
        payments=143_103,
        payments_amount=949_541_777,
        past_due=6_818,
        past_due_owing_nothing=1_689,
        past_due_owed=297_721_892,
    )
    manifest = tomllib.loads((tmp_path / "manifest.toml").read_text(encoding="utf-8"))
    files = {file["feed"]: file for file in manifest["files"]}
    assert {feed: file["rows"] for feed, file in files.items()} == {
        "customers": 30_000,
        "contact_points": 60_000,
        "accounts": 30_000,
        "statements": 180_000,
        "payments": 143_103,
    }
    assert Decimal(files["payments"]["total"]) == 949_541_777


@pytest.mark.data
@pytest.mark.skipif(SET is None, reason="the UCI set is not beside the project")
def test_any_part_in_any_order_gives_the_totals_of_an_independent_recount(tmp_path):
    with gzip.open(SET, "rt", encoding="utf-8") as stream:
        header, *lines = stream.read().splitlines()
    names = header.split(",")
    picked = [lines[i] for i in np.random.default_rng(7).permutation(len(lines))[:4_321]]
    file = put(tmp_path / "in", *picked)

    made = uci.write_sample(file, SEPTEMBER, tmp_path / "out")

    rows = [dict(zip(names, map(int, line.split(",")), strict=True)) for line in picked]
    paid = [row[f"PAY_AMT{n}"] for row in rows for n in range(1, 7) if row[f"PAY_AMT{n}"]]
    late = [row["BILL_AMT1"] for row in rows if row["PAY_0"] >= 1]
    assert (made.accounts, made.statements) == (4_321, 6 * 4_321)
    assert (made.payments, made.payments_amount) == (len(paid), sum(paid))
    assert made.past_due == len(late)
    assert made.past_due_owing_nothing == sum(owed <= 0 for owed in late)
    assert made.past_due_owed == sum(owed for owed in late if owed > 0)


def test_the_same_rows_give_the_same_bytes_in_any_order(tmp_path):
    uci.write_sample(put(tmp_path / "a", LATE, IN_CREDIT, OVER_LIMIT), SEPTEMBER, tmp_path / "one")
    uci.write_sample(put(tmp_path / "b", OVER_LIMIT, LATE, IN_CREDIT), SEPTEMBER, tmp_path / "two")

    assert content(tmp_path / "one") == content(tmp_path / "two")


@pytest.mark.parametrize(
    ("month", "first", "last"),
    [
        (SEPTEMBER, date(2026, 4, 1), date(2026, 9, 28)),
        (date(2026, 3, 1), date(2025, 10, 1), date(2026, 3, 28)),
        (date(2027, 2, 1), date(2026, 9, 1), date(2027, 2, 28)),
    ],
)
def test_nothing_is_dated_after_the_banking_day(tmp_path, month, first, last):
    file = put(tmp_path / "in", LATE, IN_CREDIT, OVER_LIMIT)

    tables = uci.feed_tables(uci.read_rows(file), month)

    for feed, column in (
        ("statements", "statement_on"),
        ("payments", "value_on"),
        ("payments", "posted_on"),
    ):
        days = tables[feed][column].to_pylist()
        assert first <= min(days)
        assert max(days) <= last
    assert pc.all(
        pc.less_equal(tables["payments"]["value_on"], tables["payments"]["posted_on"])
    ).as_py()


@pytest.mark.parametrize("month", [date(2026, m, 1) for m in range(1, 13)])
def test_stated_days_lie_past_grace_inside_the_bucket_of_the_code(month):
    codes = np.repeat(np.arange(-2, 9), len(uci.CYCLE_DAYS))
    days = uci.stated_days(codes, np.tile(uci.CYCLE_DAYS, 11), month)

    assert (days[codes <= 0] == 0).all()
    assert (days[codes > 0] >= 4).all()
    assert ((days[codes > 0] + 29) // 30 == codes[codes > 0]).all()


@pytest.mark.parametrize(
    ("balance", "minimum"),
    [(-230, 0), (0, 0), (1, 1), (999, 999), (1_001, 1_000), (20_000, 1_000), (20_001, 1_001)],
)
def test_the_minimum_is_five_percent_at_least_a_thousand_and_never_above_what_is_owed(
    balance, minimum
):
    assert uci.minimum_due(np.array([balance])).tolist() == [minimum]


def test_odd_rows_are_kept_as_they_are(tmp_path):
    uci.write_sample(put(tmp_path / "in", IN_CREDIT, OVER_LIMIT), SEPTEMBER, tmp_path / "out")

    customers = pc_csv.read_csv(tmp_path / "out" / "customers.csv").to_pydict()
    accounts = pc_csv.read_csv(tmp_path / "out" / "accounts.csv").to_pydict()
    assert customers["education_code"] == [0, 6]
    assert accounts["balance"] == [-230.0, 64400.0]
    assert accounts["credit_limit"] == [50000.0, 10000.0]
    assert accounts["stated_cycle_code"] == [1, 0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1: column ID is missing"),
        (HEADER.replace("BILL_AMT3,", ""), "line 1: column BILL_AMT3 is missing"),
        (
            f"{HEADER}\n{LATE}\n{IN_CREDIT.replace('5670', 'x')}\n",
            "line 3: BILL_AMT3 is 'x'; expected a whole",
        ),
        (
            f"{HEADER}\n{LATE.replace('3913', '')}\n",
            "line 2: BILL_AMT1 is ''; expected a whole number",
        ),
        (f"{HEADER}\n", "line 2: the file ends; expected at least one cardholder"),
        (f"{HEADER}\n{LATE}\n{LATE},1\n", "line 3: 26 columns; expected 25"),
        (f"{HEADER}\n{LATE}\n{OVER_LIMIT}\n{LATE}\n", "line 4: ID 1 stands in an earlier line"),
    ],
)
def test_what_cannot_be_read_is_named_by_file_line_and_column(tmp_path, text, sentence):
    file = tmp_path / "set.csv"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(SampleError, match=r"^set\.csv: ") as refused:
        uci.write_sample(file, SEPTEMBER, tmp_path / "out")

    assert sentence in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_the_portfolio_leads_with_what_the_core_states(tmp_path):
    uci.write_sample(put(tmp_path / "in", LATE), SEPTEMBER, tmp_path / "out")

    told = tomllib.loads((tmp_path / "out" / "portfolio.toml").read_text(encoding="utf-8"))
    assert told == {
        "name": "uci",
        "base_currency": "TWD",
        "ageing": {"grace_days": 3, "minimum_due_is": "increment", "leads": "stated"},
    }


def test_what_is_made_up_is_named_and_what_is_real_is_not(tmp_path):
    uci.write_sample(put(tmp_path / "in", LATE), SEPTEMBER, tmp_path / "out")

    manifest = tomllib.loads((tmp_path / "out" / "manifest.toml").read_text(encoding="utf-8"))
    assert {
        "customers.name",
        "contact_points.value",
        "accounts.stated_overdue_days",
        "statements.due_on",
        "statements.minimum_due",
        "payments.value_on",
    } <= set(manifest["synthesised"])
    assert not {
        "accounts.credit_limit",
        "accounts.balance",
        "accounts.stated_cycle_code",
        "statements.balance",
        "payments.amount",
    } & set(manifest["synthesised"])
