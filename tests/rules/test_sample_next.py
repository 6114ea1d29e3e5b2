"""The next day of a sample: it follows from the day before, moves people both ways, and contradicts nothing said."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc_csv
import pytest

from evenhand.samples import generator, uci
from evenhand.samples.calendar import day_number
from evenhand.samples.folder import SampleError, empty_folder
from evenhand.samples.following import write_next

SEPTEMBER, ON = date(2026, 9, 1), date(2026, 9, 28)
HEADER = ",".join(uci.NUMBERS)


def read(folder: Path, feed: str) -> pa.Table:
    path = folder / f"{feed}.csv"
    names = path.read_text(encoding="utf-8").partition("\n")[0].split(",")
    options = pc_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    return pc_csv.read_csv(path, convert_options=options)


def put_uci(folder: Path, cardholders: int) -> Path:
    """A book of cardholders whose codes go round from -2 to 5 and of whom each sixth owes nothing."""
    rows = []
    for number in range(1, cardholders + 1):
        bill = 0 if number % 6 == 0 else 30_000 + number
        figures = [number, 50_000, 1, 2, 1, 40, number % 8 - 2, *[bill] * 6, *[1_500] * 6]
        rows.append(",".join(map(str, figures)))
    file = folder / "set.csv"
    file.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    uci.write_sample(file, SEPTEMBER, folder / "day0")
    return folder / "day0"


def days_later(first: Path, count: int) -> list[Path]:
    folders = [first]
    for later in range(1, count + 1):
        folder = first.parent / f"day{later}"
        write_next(folders[-1], folder, ON + timedelta(days=later))
        folders.append(folder)
    return folders


def stated(folder: Path) -> dict[str, tuple[int, int, float]]:
    rows = read(folder, "accounts").to_pylist()
    return {
        r["account_ref"]: (
            int(r["stated_overdue_days"]),
            int(r["stated_cycle_code"]),
            float(r["balance"]),
        )
        for r in rows
    }


def test_a_uci_book_restates_every_account_and_moves_some_both_ways(tmp_path):
    folders = days_later(put_uci(tmp_path, 4_000), 3)
    cured = rolled = entered = stepped_back = 0
    for before, after in pairwise(folders):
        then, now = stated(before), stated(after)
        payers = set(read(after, "payments")["account_ref"].to_pylist())
        assert then.keys() == now.keys()
        for ref, (days, code, balance) in now.items():
            days_then, code_then, balance_then = then[ref]
            if ref in payers:
                assert days_then > 0
                assert 0 <= balance < balance_then
                cured += days == 0
                stepped_back += days == days_then + 1 - 30
                assert days in {0, days_then - 29}
            else:
                assert balance == balance_then
                assert days == (days_then + 1 if days_then else days)
                rolled += code > code_then > 0
                entered += days_then == 0 < days
            assert code == (days + 29) // 30 if days else code <= 0
            assert days == 0 or days >= 4

    assert min(cured, stepped_back, rolled, entered) > 0


def test_a_uci_book_says_in_its_payments_what_left_the_balances(tmp_path):
    before, after = days_later(put_uci(tmp_path, 4_000), 1)
    then, now = stated(before), stated(after)

    for payment in read(after, "payments").to_pylist():
        ref = payment["account_ref"]
        assert float(payment["amount"]) == pytest.approx(then[ref][2] - now[ref][2])
        assert payment["posted_on"] == "2026-09-29"


def test_a_generated_book_lives_on_by_itself(tmp_path):
    generator.write_sample(tmp_path / "day0", accounts=6_500, seed=5, on=ON)
    folders = days_later(tmp_path / "day0", 4)  # into October, when cards are billed again

    seen = set(read(folders[0], "payments")["payment_ref"].to_pylist())
    late_payers: set[str] = set()
    for later, folder in enumerate(folders[1:], start=1):
        on = str(ON + timedelta(days=later))
        payments = read(folder, "payments")
        refs = payments["payment_ref"].to_pylist()
        assert set(payments["posted_on"].to_pylist()) == {on}
        assert not seen & set(refs)
        assert set(payments["reverses_ref"].drop_null().to_pylist()) <= {""} | seen | set(refs)
        late = [
            a for a, r in zip(payments["account_ref"].to_pylist(), refs, strict=True) if r[0] == "L"
        ]
        assert late
        assert not late_payers & set(late)
        late_payers |= set(late)
        seen |= set(refs)
    assert not (folders[1] / "statements.csv").exists()
    issued = read(folders[-1], "statements")
    assert set(issued["statement_on"].to_pylist()) == {"2026-10-02"}
    for row in issued.to_pylist():
        assert 0 <= float(row["minimum_due"]) <= max(float(row["balance"]), 0)


def test_a_longer_look_does_not_change_what_had_happened():
    short = generator.Stretch(1_300, 5, ON, 0)
    long = generator.Stretch(1_300, 5, ON, 0, ON + timedelta(days=27))

    happened = np.flatnonzero(long.payments.booked_on <= day_number(ON))
    told = generator.payments_table(long, happened)
    then = generator.payments_table(short, np.arange(len(short.payments.account)))
    assert told.equals(then)


def test_people_fall_behind_on_the_days_that_follow():
    today = generator.Stretch(13_000, 5, ON, 0).standing.overdue_days
    tomorrow = generator.Stretch(13_000, 5, ON, 0, ON + timedelta(days=1)).standing.overdue_days

    entered = (today == 0) & (tomorrow > 0)
    assert 5 <= entered.sum() <= 100
    assert set(tomorrow[entered]) == {4}


def test_the_same_day_is_written_the_same_again(tmp_path):
    generator.write_sample(tmp_path / "day0", accounts=2_600, seed=5, on=ON)
    for name in ("one", "two"):
        write_next(tmp_path / "day0", tmp_path / name, ON + timedelta(days=1))

    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


@pytest.mark.parametrize("on", [ON, ON + timedelta(days=2)])
def test_a_day_that_does_not_follow_is_refused(tmp_path, on):
    generator.write_sample(tmp_path / "day0", accounts=13, seed=5, on=ON)

    with pytest.raises(SampleError, match=r"expected 2026-09-29$"):
        write_next(tmp_path / "day0", tmp_path / "day1", on)

    assert not (tmp_path / "day1").exists()


def test_a_folder_that_is_no_sample_is_refused(tmp_path):
    with pytest.raises(SampleError, match=r"has no manifest\.toml"):
        write_next(tmp_path, tmp_path / "day1", ON)
    (tmp_path / "manifest.toml").write_text('name = "bank"\n')
    with pytest.raises(SampleError, match="no sample"):
        write_next(tmp_path, tmp_path / "day1", ON)


def test_the_day_before_is_never_overwritten(tmp_path):
    generator.write_sample(tmp_path / "day0", accounts=13, seed=5, on=ON)

    with pytest.raises(SampleError, match="expected another"):
        write_next(tmp_path / "day0", tmp_path / "day0", ON + timedelta(days=1))


def test_a_sample_replaces_an_earlier_sample_whole(tmp_path):
    generator.write_sample(tmp_path / "out", accounts=13, seed=5, on=ON, charges=True)
    generator.write_sample(tmp_path / "out", accounts=13, seed=5, on=ON, file_format="parquet")

    assert not list((tmp_path / "out").glob("*.csv"))


@pytest.mark.parametrize("name", ["letter.txt", "accounts.csv", "manifest.toml"])
def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path, name):
    (tmp_path / name).write_text("kept = true\n")

    with pytest.raises(SampleError):
        empty_folder(tmp_path)

    assert (tmp_path / name).exists()
