"""The published conformance cases (DMN TCK, level 2) that lie beside the checkout: every folder of them."""

import tarfile
from pathlib import Path

import pytest

from evenhand.dmn import load
from tests.rules.tck import agrees, checks

CASES = Path(__file__).resolve().parents[3] / "shared" / "data" / "dmn_tck_level2_half.tar.gz"
FOLDERS = 14
CHECKS = 82

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
