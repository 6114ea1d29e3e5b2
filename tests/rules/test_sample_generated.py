"""Generated books: the same for the same seed, right in themselves, and late in the share that was planted."""

import csv
import tomllib
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq
import pytest

from evenhand.kernel.digest import content_digest, file_sha256
from evenhand.portfolio.book import ACCOUNTS, PEOPLE
from evenhand.portfolio.feeds import FEEDS, Kind
from evenhand.runtime.lake import partition_of
from evenhand.samples import generator
from evenhand.samples.book import book_tables
from evenhand.samples.folder import SampleError
from evenhand.samples.planting import BEHAVIOURS

ON = date(2026, 9, 28)
SIZE, SEED = 13_000, 11
DUE_TO_GRACE = 3


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    return generator.generate_tables(SIZE, SEED, ON)


def overdue_days(statements: list[dict], payments: list[dict], balance: int) -> int:
    """Ageing told anew: each payment, unless reversed, pays the oldest minimums of earlier statements."""
    reversed_refs = {p["reverses_ref"] for p in payments if p["reverses_ref"]}
    unpaid: list[list] = []
    kept = [p for p in payments if not p["reverses_ref"] and p["payment_ref"] not in reversed_refs]
    kept.sort(key=lambda p: p["posted_on"])
    for statement in statements:
        while kept and kept[0]["posted_on"] <= statement["statement_on"]:
            settle(unpaid, kept.pop(0)["amount"])
        unpaid.append([statement["due_on"], statement["minimum_due"] - sum(u for _, u in unpaid)])
    for payment in kept:
        settle(unpaid, payment["amount"])
    late = [due for due, left in unpaid if left > 0 and (ON - due).days > DUE_TO_GRACE]
    return (ON - late[0]).days if late and balance > 0 else 0


def settle(unpaid: list[list], amount: int) -> None:
    for entry in unpaid:
        taken = min(entry[1], amount)
        entry[1] -= taken
        amount -= taken


def by_account(table: pa.Table) -> dict[str, list[dict]]:
    rows: dict[str, list[dict]] = {}
    for row in table.to_pylist():
        rows.setdefault(row["account_ref"], []).append(row)
    return rows


def test_days_past_due_follow_from_statements_and_payments_alone(tables):
    statements, payments = by_account(tables["statements"]), by_account(tables["payments"])
    buckets = np.zeros(8, int)
    differing = stated = 0
    for account in tables["accounts"].to_pylist():
        ref = account["account_ref"]
        days = overdue_days(statements[ref], payments.get(ref, []), account["balance"])
        buckets[min((days + 29) // 30, 7)] += 1
        if account["stated_overdue_days"] is not None:
            stated += 1
            differing += days != account["stated_overdue_days"]

    assert 0.10 <= buckets[1:].sum() / SIZE <= 0.15
    assert (buckets[1:] > SIZE * 0.003).all()
    assert 0.3 * SIZE < stated < 0.5 * SIZE
    assert 0 < differing < 0.003 * stated


def test_thirteen_accounts_belong_to_ten_people(tables):
    assert tables["accounts"].num_rows == SIZE
    assert tables["customers"].num_rows == SIZE * 10 // 13
    owners = set(tables["accounts"]["customer_ref"].to_pylist())
    assert owners == set(tables["customers"]["customer_ref"].to_pylist())


@pytest.mark.parametrize("feed", ["customers", "parties", "accounts", "statements", "payments"])
def test_no_key_stands_twice(tables, feed):
    table = tables[feed]
    keys = table.select(FEEDS[feed].key)
    assert keys.group_by(list(FEEDS[feed].key)).aggregate([]).num_rows == table.num_rows


def test_components_sum_to_the_balance(tables):
    parts = [tables["balances"][name] for name in ("principal", "interest", "late_charge", "fee")]
    total = parts[0]
    for part in parts[1:]:
        total = pc.add(total, part)
    assert total.equals(tables["accounts"]["balance"])
    assert pc.min(tables["balances"]["interest"]).as_py() == 0


def test_nothing_is_dated_after_the_banking_day(tables):
    assert pc.max(tables["statements"]["statement_on"]).as_py() <= ON
    assert pc.max(tables["payments"]["posted_on"]).as_py() <= ON
    earlier = pc.less_equal(tables["payments"]["value_on"], tables["payments"]["posted_on"])
    assert pc.all(earlier).as_py()


def test_odd_things_that_happen_to_cards_all_happen(tables):
    accounts, payments = tables["accounts"], tables["payments"]
    back_dated = pc.greater(pc.days_between(payments["value_on"], payments["posted_on"]), 4)
    refs = set(payments["payment_ref"].to_pylist())

    assert pc.sum(pc.less(accounts["balance"], 0)).as_py() > 0
    assert pc.sum(pc.equal(accounts["balance"], 0)).as_py() > 0
    assert set(pc.unique(accounts["currency"]).to_pylist()) == {"CNY", "USD", "HKD"}
    assert set(pc.unique(accounts["core_status"]).to_pylist()) == {"ACTIVE", "FROZEN", "CANCELLED"}
    assert pc.sum(back_dated).as_py() > 0
    reversals = payments.filter(pc.is_valid(payments["reverses_ref"]))
    assert reversals.num_rows > 0
    assert set(reversals["reverses_ref"].to_pylist()) <= refs
    assert pc.min(payments["amount"]).as_py() > 0


def test_a_vanished_person_has_no_valid_phone(tables):
    planted = generator.planted_behaviours(SIZE, SEED, ON).to_pydict()
    assert set(planted["behaviour"]) == set(BEHAVIOURS)
    pairs = zip(planted["customer_ref"], planted["behaviour"], strict=True)
    vanished = {ref for ref, code in pairs if code == "VANISHED"}
    reachable = {
        row["customer_ref"]
        for row in tables["contact_points"].to_pylist()
        if row["kind"] == "MOBILE" and row["valid"]
    }
    assert vanished
    assert not vanished & reachable


def test_people_are_recognisably_made_up(tables):
    assert pc.all(pc.starts_with(tables["customers"]["name"], "样例")).as_py()
    told = tables["contact_points"].to_pydict()
    signs = {
        "MOBILE": "+999",
        "RESERVED_CONTACT": "+999",
        "ADDRESS": "样例市",
        "EMAIL": "@cards.example.invalid",
    }
    assert all(
        signs[kind] in value for kind, value in zip(told["kind"], told["value"], strict=True)
    )


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_files_hold_the_columns_of_the_feeds_and_the_manifest_describes_them(tmp_path, file_format):
    generator.write_sample(
        tmp_path, accounts=500, seed=3, on=ON, file_format=file_format, charges=True
    )

    manifest = tomllib.loads((tmp_path / "manifest.toml").read_text(encoding="utf-8"))
    assert manifest["sample"] is True
    assert manifest["banking_day"] == "2026-09-28"
    for file in manifest["files"]:
        path = tmp_path / file["name"]
        read = pc_csv.read_csv if file_format == "csv" else pq.read_table
        table = read(path)
        known = {column.name: column for column in FEEDS[file["feed"]].columns}
        assert set(table.column_names) <= set(known)
        assert {name for name, column in known.items() if column.required} <= set(
            table.column_names
        )
        assert table.num_rows == file["rows"]
        assert file_sha256(path) == file["sha256"]
        assert {f"{file['feed']}.{name}" for name in table.column_names} <= set(
            manifest["synthesised"]
        )
        if file_format == "parquet":
            money = [name for name in table.column_names if known[name].kind is Kind.MONEY]
            assert all(table.schema.field(name).type == pa.string() for name in money)


def test_the_manifest_sums_the_payments(tmp_path):
    made = generator.write_sample(tmp_path, accounts=700, seed=3, on=ON)

    with (tmp_path / "payments.csv").open(encoding="utf-8") as stream:
        total = sum(Decimal(row["amount"]) for row in csv.DictReader(stream))
    assert {file.feed: file.total for file in made.files}["payments"] == total


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("one", 3), ("two", 3), ("other", 4)):
        generator.write_sample(tmp_path / name, accounts=500, seed=seed, on=ON)

    names = sorted(file.name for file in (tmp_path / "one").iterdir())
    bytes_of = {
        name: [(tmp_path / name / file).read_bytes() for file in names]
        for name in ("one", "two", "other")
    }
    assert bytes_of["one"] == bytes_of["two"]
    assert bytes_of["one"] != bytes_of["other"]


@pytest.mark.parametrize("accounts", [1, 2, 5, 14])
def test_the_smallest_books_can_be_made(tmp_path, accounts):
    made = generator.write_sample(
        tmp_path, accounts=accounts, seed=1, on=ON, charges=True, truth=tmp_path / "truth.csv"
    )

    assert {file.feed: file.rows for file in made.files}["accounts"] == accounts
    assert (tmp_path / "truth.csv").read_text().startswith("customer_ref,behaviour\nC00000001,")


@pytest.mark.parametrize("accounts", [0, generator.ACCOUNTS_MAX + 1])
def test_a_book_without_accounts_or_beyond_the_limit_is_refused(tmp_path, accounts):
    with pytest.raises(SampleError, match="expected 1 to"):
        generator.write_sample(tmp_path / "out", accounts=accounts, seed=1, on=ON)


def test_a_book_for_the_night_has_its_schema_its_order_and_its_partition():
    accounts, who = book_tables(2_600, SEED, ON, first=1_300, partition=(5, 16))

    assert accounts.schema.equals(ACCOUNTS)
    assert who.schema.equals(PEOPLE)
    accounts.validate(full=True)
    keys = list(
        zip(*(accounts[c].to_pylist() for c in ("customer_key", "account_key")), strict=True)
    )
    assert keys == sorted(set(keys))
    assert who["customer_key"].to_pylist() == sorted({customer for customer, _ in keys})
    assert set(partition_of(who["customer_key"].to_numpy(), 16)) == {5}


def test_a_book_for_the_night_says_what_the_feeds_say(tables):
    accounts, _ = book_tables(SIZE, SEED, ON)

    assert accounts["balance_minor"].to_pylist() == tables["accounts"]["balance"].to_pylist()
    for column, feed, source in (
        ("minimum_due_minor", "statements", "minimum_due"),
        ("due_on", "statements", "due_on"),
        ("booked_on", "payments", "posted_on"),
    ):
        told = pc.list_flatten(accounts[column])
        assert told.to_pylist() == tables[feed][source].to_pylist()
    lengths = pc.list_value_length(accounts["statement_on"])
    assert pc.min(lengths).as_py() >= 2
    assert pc.max(lengths).as_py() <= 12


def test_stretches_of_a_book_are_the_same_each_time_and_share_no_key():
    one, _ = book_tables(1_300, SEED, ON, partition=(0, 2))
    again, _ = book_tables(1_300, SEED, ON, partition=(0, 2))
    other, _ = book_tables(1_300, SEED, ON, first=1_300, partition=(1, 2))

    assert content_digest(one) == content_digest(again)
    assert not set(one["account_key"].to_pylist()) & set(other["account_key"].to_pylist())


def test_the_portfolio_has_a_rate_for_every_currency(tmp_path, tables):
    generator.write_sample(tmp_path, accounts=13, seed=1, on=ON)

    told = tomllib.loads((tmp_path / "portfolio.toml").read_text(encoding="utf-8"))
    currencies = set(tables["accounts"]["currency"].to_pylist())
    assert currencies == {told["base_currency"], *told["rates"]}
    assert told["ageing"]["minimum_due_is"] == "cumulative"
    assert told["ageing"]["leads"] == "computed"
