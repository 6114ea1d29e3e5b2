"""Whole books through the front door: files taken in, a night run, every open case decided again."""

import gzip
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from evenhand.casework.models import Case, DayDecision
from evenhand.cycle import redeciding
from evenhand.cycle.intake import NightIsOver, take_in, terms_of
from evenhand.cycle.lock import NightRunning
from evenhand.cycle.manifest import read_manifest
from evenhand.cycle.models import Run, RunPartition
from evenhand.cycle.night import Setting, run_nights
from evenhand.cycle.replay import replay
from evenhand.ledger.models import ReceivedPayment
from evenhand.runtime.config import config
from evenhand.runtime.keys import new_keys, read_keys
from evenhand.runtime.lake import Lake
from evenhand.samples import generator, uci
from evenhand.samples.following import write_next
from evenhand.strategy.judge import STARTER
from tests.bank import NOON, quiet

UCI = Path(__file__).resolve().parents[3] / "shared" / "data" / "uci_default_credit_card.csv.gz"
ON = date(2026, 9, 28)
AS_TEXT = pacsv.ConvertOptions(
    column_types={
        name: pa.string() for name in ("name", "identity_number", "value", "customer_ref")
    }
)
SOME = 100_000 if os.environ.get("PROVE") else 6_000

with_uci = [
    pytest.mark.data,
    pytest.mark.skipif(
        not UCI.exists(), reason="the UCI set is not beside the checkout (../shared/data)"
    ),
]


def night_of(folder: Path, on: date = ON) -> Run:
    """Take the folder in and run the night."""
    if not config().key_file.exists():
        new_keys(config().key_file, made_at=NOON)
    take_in(folder, banking_day=on, config=config(), now=NOON)
    setting = Setting(
        lake=config().lake,
        portfolio=terms_of(config()),
        strategy=STARTER,
        partitions=config().partitions,
        processes=1,
        live=False,
    )
    return run_nights(until=on, setting=setting, clock=lambda: NOON, progress=quiet)[-1]


def decided_again() -> list[int]:
    """Decide every open case again; returns whose changed."""
    keys = Case.objects.filter(state="OPEN").values_list("customer__customer_key", flat=True)
    return redeciding.redecide(list(keys), cause="CHECK", now=NOON)


@pytest.mark.django_db
@pytest.mark.parametrize("_", [pytest.param(None, marks=with_uci, id="uci")])
def test_the_thirty_thousand_cardholders_give_the_control_totals_and_the_day_agrees_with_the_night(
    _, lake_home, tmp_path
):
    uci.write_sample(UCI, date(2026, 9, 1), tmp_path / "feeds")
    run = night_of(tmp_path / "feeds")
    said = (
        "customers",
        "accounts",
        "statements",
        "payments",
        "payments_minor",
        "past_due",
        "cases_opened",
    )
    assert [run.totals[name] for name in said] == [
        30_000, 30_000, 180_000, 143_103, 94_954_177_700, 6_818, 5_129,
    ]  # fmt: skip
    assert (run.difference, run.totals["quarantined"]) == (0, 0)
    assert Case.objects.filter(state="OPEN").count() == 5_129
    assert decided_again() == []
    assert not DayDecision.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("_", [pytest.param(None, marks=with_uci, id="uci")])
def test_any_part_of_the_set_in_any_order_gives_what_a_recount_of_it_gives(_, lake_home, tmp_path):
    lines = gzip.decompress(UCI.read_bytes()).decode().splitlines()
    header, rows = lines[0], random.Random(7).sample(lines[1:], 2_345)
    part = tmp_path / "part.csv"
    part.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    names = header.split(",")
    fields = [dict(zip(names, row.split(","), strict=True)) for row in rows]
    paid = [float(field[f"PAY_AMT{month}"]) for field in fields for month in range(1, 7)]
    late = [field for field in fields if float(field["PAY_0"]) >= 1]
    uci.write_sample(part, date(2026, 9, 1), tmp_path / "feeds")
    totals = night_of(tmp_path / "feeds").totals
    assert totals["accounts"] == len(rows)
    assert totals["payments"] == sum(1 for amount in paid if amount)
    assert totals["payments_minor"] == 100 * sum(paid)
    assert totals["past_due"] == len(late)
    assert totals["cases_opened"] == sum(1 for field in late if float(field["BILL_AMT1"]) > 0)


@pytest.mark.django_db
def test_the_day_agrees_with_the_night_about_every_open_case_of_a_generated_book(
    lake_home, tmp_path
):
    generator.write_sample(tmp_path / "feeds", accounts=SOME, seed=5, on=ON)
    run = night_of(tmp_path / "feeds")
    assert run.difference == 0
    assert run.totals["cases_opened"] > SOME // 20
    assert decided_again() == []


@pytest.mark.django_db
def test_a_past_night_is_made_again_to_the_same_digest(lake_home, tmp_path):
    generator.write_sample(tmp_path / "feeds", accounts=2_000, seed=6, on=ON)
    night_of(tmp_path / "feeds")
    again = replay(read_manifest(Lake(config().lake).manifest(ON)), config().lake, 1, quiet)
    assert again.then == again.now


def words_of(path: Path) -> bytes:
    """What a file of the lake says: the texts and bytes of a Parquet file, else the file as it lies there."""
    if path.suffix != ".parquet":
        return path.read_bytes()
    found = []
    for column in pq.read_table(path).columns:
        for chunk in column.chunks:
            values = chunk.flatten() if pa.types.is_list(chunk.type) else chunk
            values = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
            if pa.types.is_string(values.type) or pa.types.is_binary(values.type):
                found += [value for value in values.cast(pa.binary()).to_pylist() if value]
    return b"\n".join(found)


@pytest.mark.django_db
def test_no_name_number_or_address_of_the_sample_book_lies_in_any_file_of_the_lake(
    lake_home, tmp_path
):
    generator.write_sample(tmp_path / "feeds", accounts=260, seed=4, on=ON)
    night_of(tmp_path / "feeds")
    people = pacsv.read_csv(tmp_path / "feeds" / "customers.csv", convert_options=AS_TEXT)
    points = pacsv.read_csv(tmp_path / "feeds" / "contact_points.csv", convert_options=AS_TEXT)
    hidden = {
        *people["name"].to_pylist(),
        *people["identity_number"].to_pylist(),
        *points["value"].to_pylist(),
    }
    hidden |= {*people["customer_ref"].to_pylist()}
    hidden -= {None, ""}
    assert len(hidden) > 500
    files = [path for path in config().lake.rglob("*") if path.is_file()]
    assert {"book", "decisions", "desk", "facts", "raw", "runs", "state"} <= {
        path.relative_to(config().lake).parts[0] for path in files
    }
    for path in files:
        words = words_of(path)
        assert [text for text in hidden if text.encode() in words] == [], path


@pytest.mark.django_db
def test_files_and_nights_keep_out_of_each_others_way(lake_home, tmp_path):
    generator.write_sample(tmp_path / "feeds", accounts=260, seed=4, on=ON)
    new_keys(config().key_file, made_at=NOON)
    with psycopg.connect(config().database_url) as elsewhere:
        elsewhere.execute("SELECT pg_advisory_lock(hashtext('evenhand night'))")
        with pytest.raises(NightRunning, match="loading files has to wait"):
            take_in(tmp_path / "feeds", banking_day=ON, config=config(), now=NOON)
        elsewhere.execute("SELECT pg_advisory_unlock(hashtext('evenhand night'))")
        elsewhere.execute("SELECT pg_advisory_lock_shared(hashtext('evenhand night'))")
        take_in(tmp_path / "feeds", banking_day=ON, config=config(), now=NOON)
        with pytest.raises(NightRunning, match="a night has to wait"):
            night_of(tmp_path / "feeds")
    night_of(tmp_path / "feeds")
    with pytest.raises(NightIsOver, match="next banking day"):
        take_in(tmp_path / "feeds", banking_day=ON, config=config(), now=NOON)


@pytest.mark.django_db
def test_an_intraday_payment_file_is_booked_by_day_and_its_people_decided_at_once(
    lake_home, tmp_path
):
    generator.write_sample(tmp_path / "feeds", accounts=2_600, seed=4, on=ON)
    night_of(tmp_path / "feeds")
    cases = {case.customer.customer_key: case for case in Case.objects.select_related("customer")}
    paid = [row for row in accounts_of(tmp_path / "feeds") if row["customer_key"] in cases][:5]
    folder = tmp_path / "intraday"
    folder.mkdir()
    rows = [
        f"{row['customer_ref']},{row['account_ref']},{row['currency']},D{n},{ON},{ON},0.01"
        for n, row in enumerate(paid)
    ]
    header = "customer_ref,account_ref,currency,payment_ref,value_on,posted_on,amount"
    (folder / "intraday_payments.csv").write_text("\n".join([header, *rows]) + "\n")
    shutil.copy(tmp_path / "feeds" / "portfolio.toml", folder)
    tomorrow = ON + timedelta(days=1)
    for _ in range(2):
        take_in(folder, banking_day=tomorrow, config=config(), now=NOON)
    assert ReceivedPayment.objects.count() == len(rows)
    theirs = Case.objects.filter(customer__customer_key__in=[row["customer_key"] for row in paid])
    assert {case.facts_seq for case in theirs} >= {1}
    assert DayDecision.objects.filter(cause="PAYMENT").count() >= 1
    write_next(tmp_path / "feeds", tmp_path / "day2", tomorrow)
    night_of(tmp_path / "day2", tomorrow)
    assert not ReceivedPayment.objects.filter(confirmed_on=None).exists()


def accounts_of(folder: Path) -> list[dict[str, object]]:
    """The accounts feed with the keys its customers have here."""
    table = pacsv.read_csv(folder / "accounts.csv", convert_options=AS_TEXT)
    keys = read_keys(config().key_file).tokens(table["customer_ref"], "customer")
    return table.append_column("customer_key", pa.array(keys)).to_pylist()


@pytest.mark.kills
@pytest.mark.django_db(transaction=True)
def test_a_night_killed_again_and_again_is_completed_by_the_next_start(lake_home, tmp_path):
    generator.write_sample(tmp_path / "feeds", accounts=4_000, seed=8, on=ON)
    new_keys(config().key_file, made_at=NOON)
    take_in(tmp_path / "feeds", banking_day=ON, config=config(), now=NOON)
    command = [
        sys.executable,
        "-c",
        "from evenhand.cli.main import main; main()",
        "cycle",
        "run",
        "--date",
        str(ON),
    ]
    patience, kills = 1.5, 0
    while True:
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        ) as night:
            try:
                _, errors = night.communicate(timeout=patience)
                assert night.returncode == 0, errors.decode()
                break
            except subprocess.TimeoutExpired:
                os.killpg(night.pid, signal.SIGKILL)
                kills += 1
                patience *= 1.25
                time.sleep(0)
    run = Run.objects.get()
    assert kills >= 1
    assert (run.state, run.difference) == ("PUBLISHED", 0)
    assert RunPartition.objects.count() == config().partitions
    assert Case.objects.filter(state="OPEN").count() == run.totals["cases_opened"]
    again = replay(read_manifest(Lake(config().lake).manifest(ON)), config().lake, 1, quiet)
    assert again.then == again.now == run.content_digest
    assert decided_again() == []


@pytest.mark.django_db
def test_nights_one_after_another_give_what_the_last_gives_alone_about_days_and_buckets(
    lake_home, tmp_path
):
    generator.write_sample(tmp_path / "day1", accounts=3_000, seed=9, on=ON)
    first = night_of(tmp_path / "day1")
    write_next(tmp_path / "day1", tmp_path / "day2", ON + timedelta(days=1))
    second = night_of(tmp_path / "day2", ON + timedelta(days=1))
    assert first.difference == second.difference == 0
    assert second.totals["accounts"] >= first.totals["accounts"]
    assert second.totals["cured"] > 0
    assert second.totals["cases_closed"] > 0
    assert decided_again() == []
