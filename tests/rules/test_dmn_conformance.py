"""The published conformance cases (DMN TCK, level 2) that lie beside the checkout: every folder of them."""

import tarfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from evenhand.dmn import load
from tests.rules.tck import agrees, checks

CASES = Path(__file__).resolve().parents[3] / "shared" / "data" / "dmn_tck_level2_half.tar.gz"
FOLDERS = 14
CHECKS = 82
TABLE_CHECKS = 24  # of decisions made by a table

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not CASES.exists(), reason="the cases are not beside the checkout (../shared/data)"
    ),
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The unpacked cases, one folder each."""
    unpacked = tmp_path_factory.mktemp("cases")
    with tarfile.open(CASES) as archive:
        archive.extractall(unpacked, filter="data")
    return sorted(path.parent for path in unpacked.rglob("*.dmn"))


def test_every_published_case_comes_out_as_published(folders, capsys):
    wrong, seen = [], 0
    for folder in folders:
        model = load(next(folder.glob("*.dmn")))
        for file, case, decision, inputs, expected in checks(folder):
            found = model.evaluate(decision, inputs)
            seen += 1
            if not agrees(found, expected):
                wrong.append(f"{file} {case} {decision}: {found!r}, expected {expected!r}")
    with capsys.disabled():
        print(
            f" [{seen - len(wrong)} of {seen} published checks in {len(folders)} folders]", end=""
        )
    assert wrong == []
    assert (len(folders), seen) == (FOLDERS, CHECKS)


def batched(model, decision, inputs):
    """The answer of the compiled table to a batch of one row, as `evaluate` would give it."""
    columns = {k: [int(v) if isinstance(v, Decimal) else v] for k, v in inputs.items()}
    row = model.compile(decision).run(pa.record_batch(columns)).to_pylist()[0]
    names = [output.name for output in model[decision].outputs]
    values = [row[name] for name in names]
    if isinstance(row["rule"], list):
        return [shaped(names, one) for one in zip(*values, strict=True)]
    return shaped(names, values)


def shaped(names, values):
    """One output bare, several by name; whole numbers as Decimals."""
    numbers = [Decimal(v) if type(v) is int else v for v in values]
    return numbers[0] if len(names) == 1 else dict(zip(names, numbers, strict=True))


def test_every_published_table_comes_out_as_published_in_a_batch(folders):
    seen = 0
    for folder in folders:
        model = load(next(folder.glob("*.dmn")))
        for _, case, decision, inputs, expected in checks(folder):
            if model[decision].is_table:
                seen += 1
                assert agrees(batched(model, decision, inputs), expected), (folder.name, case)
    assert seen == TABLE_CHECKS
