"""The worked cases of ageing and classification, answered by the room."""

import json
from pathlib import Path

import pytest

from evenhand.delinquency.answers import CaseError, answer

FOLDER = Path(__file__).parent / "cases"
CASES = [
    case
    for name in ("age", "class")
    for case in json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_worked_case_gets_its_answer(case):
    answered = answer(case["given"])
    assert {key: answered[key] for key in case["expect"]} == case["expect"]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"dpd": -1}, "dpd"),
        ({"dpd": 4, "days": 4}, "days"),
        ({"statements": []}, "as_of"),
        ({"as_of": "2026-06-30", "statement": []}, "statement"),
        ({"as_of": "2026-06-30", "payments": [{"value_on": "2026-06-30", "paid": "1.00"}]}, "paid"),
        ({"as_of": "2026-06-30", "payments": [{"value_on": "2026-06-30"}]}, "amount"),
    ],
)
def test_a_case_that_cannot_be_read_is_refused_by_the_name_of_its_key(given, named):
    with pytest.raises(CaseError, match=named):
        answer(given)


def test_a_case_without_statements_owes_nothing_yet():
    answered = answer({"as_of": "2026-06-30"})
    assert (answered["overdue"], answered["arrears"], answered["bucket"]) == (False, "0.00", "M0")
