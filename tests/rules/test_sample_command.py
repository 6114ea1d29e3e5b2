"""`evenhand sample`: what it prints, and what it says when asked for nonsense."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from evenhand.cli.sample import app
from evenhand.samples.uci import NUMBERS

CARDHOLDER = ",".join(["1", "20000", "2", "2", "1", "24", "2", *["3913"] * 6, *["689"] * 6])


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    return result.exit_code, result.stdout, result.stderr


def put(folder: Path, text: str) -> Path:
    (folder / "set.csv").write_text(text, encoding="utf-8")
    return folder / "set.csv"


def test_a_uci_book_prints_its_banking_day_and_control_totals(tmp_path):
    file = put(tmp_path, f"{','.join(NUMBERS)}\n{CARDHOLDER}\n")

    code, said, _ = run("uci", file, "--month", "2026-09", "--out", tmp_path / "out")

    assert code == 0
    assert said.splitlines() == [
        'banking_day = "2026-09-28"',
        "customers 1  accounts 1",
        "statements 6  payments 6",
        "paid TWD 4,134",
        "past due by code 1, owing nothing 0, so 1 owe TWD 3,913",
    ]


def test_a_generated_book_and_its_next_day_print_their_files(tmp_path):
    code, said, _ = run("generate", "--accounts", "130", "--seed", "2", "--out", tmp_path / "one")
    assert code == 0
    assert "accounts.csv 130" in said.splitlines()

    code, said, _ = run("next", tmp_path / "one", "--date", "2026-09-29", "--out", tmp_path / "two")
    assert code == 0
    assert said.startswith('banking_day = "2026-09-29"\n')


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("uci", "absent.csv", "--month", "2026-09"), "absent.csv"),
        (("uci", "absent.csv", "--month", "September"), "expected a month such as 2026-09"),
        (("generate", "--accounts", "0", "--seed", "1"), "expected 1 to 20,000,000"),
        (("generate", "--accounts", "9", "--seed", "1", "--format", "xml"), "csv or parquet"),
        (("generate", "--accounts", "9", "--seed", "1", "--date", "28.9.26"), "such as 2026-09-28"),
        (("next", "absent", "--date", "2026-09-29"), "has no manifest.toml"),
    ],
)
def test_nonsense_is_refused_with_a_sentence_and_nothing_is_written(tmp_path, arguments, sentence):
    code, _, said = run(*arguments, "--out", tmp_path / "out")

    assert code != 0
    assert sentence in " ".join(said.replace("│", " ").split())
    assert not (tmp_path / "out").exists()
