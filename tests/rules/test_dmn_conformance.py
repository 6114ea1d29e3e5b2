"""The published conformance cases (DMN TCK, level 2) of the tables that are supported so far."""

import tarfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from lxml import etree

from evenhand.dmn import load

CASES = Path(__file__).resolve().parents[3] / "shared" / "data" / "dmn_tck_level2_half.tar.gz"
SPACE = {"t": "http://www.omg.org/spec/DMN/20160719/testcase"}
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not CASES.exists(), reason="the cases are not beside the checkout (../shared/data)"
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The unpacked cases."""
    unpacked = tmp_path_factory.mktemp("cases")
    with tarfile.open(CASES) as archive:
        archive.extractall(unpacked, filter="data")
    return unpacked / "dmn-tck-level-2"


def value_of(node):
    """The Python value of a `value` element."""
    found = node.find("t:value", SPACE)
    kind = found.get(TYPE).rpartition(":")[2]
    if kind == "boolean":
        return found.text == "true"
    return found.text if kind == "string" else Decimal(found.text)


def outputs_of(result):
    """Expected outputs by name; a decision of one output is called by its own name."""
    expected = result.find("t:expected", SPACE)
    parts = expected.findall("t:component", SPACE)
    return {part.get("name"): value_of(part) for part in parts} or {
        result.get("name"): value_of(expected)
    }


@pytest.mark.parametrize(
    ("name", "checks"), [("0004-simpletable-U", 3), ("0010-multi-output-U", 3), ("0108-first-hitpolicy", 3)]
)  # fmt: skip
def test_the_published_cases_come_out_as_published_one_by_one_and_in_a_batch(folder, name, checks):
    model = load(folder / name / f"{name}.dmn")
    tests = etree.parse(folder / name / f"{name}-test-01.xml").findall("t:testCase", SPACE)
    seen = 0
    for test in tests:
        inputs = {node.get("name"): value_of(node) for node in test.findall("t:inputNode", SPACE)}
        columns = {k: [int(v) if isinstance(v, Decimal) else v] for k, v in inputs.items()}
        for result in test.findall("t:resultNode", SPACE):
            decision, expected = result.get("name"), outputs_of(result)
            several = len(model[decision].outputs) > 1
            assert model.evaluate(decision, inputs) == (
                expected if several else next(iter(expected.values()))
            )
            decided = model.compile(decision).run(pa.record_batch(columns)).to_pylist()[0]
            assert {key: decided[key] for key in expected} == expected
            seen += 1
    assert seen == checks
