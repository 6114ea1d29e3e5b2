"""The worked cases of the Chinese families, given and our own, answered by the room through the real judge."""

import ast
import json
import re
from pathlib import Path

import pytest

from evenhand.compliance.cases import china as answers
from evenhand.compliance.cases.china import FAMILIES, CaseError

FOLDER = Path(__file__).parent / "cases"
CASES = [
    case
    for name in ("cn_given", "cn")
    for case in json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
]
PROSE = {
    "action", "reason", "required", "requires", "basis", "needs", "scope", "use", "must", "warn", "note", "restrict_to",
}  # fmt: skip  # said for people, not compared
ADAPTERS = sorted(Path(answers.__file__).parent.glob("*.py"))
DAY_OR_TIME = re.compile(r"\d")


def family(case):
    return case["id"].rpartition("-")[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_worked_case_gets_its_answer(case):
    answered = FAMILIES[family(case)](case["given"])
    expected = {key: value for key, value in case["expect"].items() if key not in PROSE}
    assert {key: answered.get(key) for key in expected} == expected


def test_our_own_cases_are_many_and_say_where_the_reading_comes_from():
    own = json.loads((FOLDER / "cn.json").read_text("utf-8"))
    assert len(own) >= 60
    assert {family(case) for case in own} == set(FAMILIES)
    assert all(case["source"] for case in own)


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_a_key_that_nothing_reads_is_refused(name):
    with pytest.raises(CaseError, match="moon_phase"):
        FAMILIES[name]({"moon_phase": "full"})
    with pytest.raises(CaseError, match="empty"):
        FAMILIES[name]({})


@pytest.mark.parametrize(
    ("name", "given", "key"),
    [
        ("HOURS", {"channel": "phone", "local_time": "25:00"}, "local_time"),
        ("HOURS", {"channel": "phone"}, "local_time"),
        ("HOURS", {"channel": "pigeon", "local_time": "10:00"}, "channel"),
        ("HOURS", {"channel": "phone", "local_time": "10:00", "tz": "Asia/Nowhere"}, "tz"),
        (
            "HOURS",
            {"channel": "phone", "local_time": "10:00", "debtor_consented_to_hours": "no"},
            "consented",
        ),
        ("FREQ", {"unanswered_attempts_today_to_number": -1}, "unanswered_attempts"),
        ("FREQ", {"effective_outbound_talks_today": {"robots": 1}}, "robots"),
        ("FREQ", {"other_agreement_with_debtor": {"per_week": 1}}, "per_week"),
        ("FREQ", {"event": "the moon rose"}, "event"),
        ("TP", {"consecutive_failed_calls_to_reserved_mobile_on": "2026-03-10"}, "today"),
        ("TP", {"heir": "accepted", "debt": "much", "estate_value": "1.00"}, "debt"),
        ("VISIT", {"collectors": "two"}, "collectors"),
        ("COND", {"agency_last_inspection": "last year"}, "agency_last_inspection"),
        ("LETTER", {"letter_fields": ["colour"]}, "colour"),
        ("REC", {"call_date": "2026-02-30"}, "call_date"),
        ("PI", {"debt_sold": "yes"}, "debt_sold"),
    ],
)
def test_a_case_that_cannot_be_read_is_refused_by_the_name_of_its_key(name, given, key):
    with pytest.raises(CaseError, match=key):
        FAMILIES[name](given)


@pytest.mark.parametrize("path", ADAPTERS, ids=lambda path: path.stem)
def test_an_adapter_holds_no_number_and_no_day_of_its_own(path):
    """Nought and one are structure; digits in words would be numbers in disguise."""
    tree = ast.parse(path.read_text("utf-8"))
    held = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and not isinstance(node.value, bool)
        and (
            (isinstance(node.value, int | float) and node.value not in (0, 1))
            or (isinstance(node.value, str) and DAY_OR_TIME.search(node.value))
        )
    ]
    assert held == []


def test_a_number_changed_in_the_pack_changes_the_answer(monkeypatch, tmp_path):
    """The adapters ask the pack: with one more talk a day and an earlier evening, the same cases answer otherwise."""
    from evenhand.compliance.cases.china import reading
    from evenhand.compliance.packs import SHIPPED, loads_pack

    text = (SHIPPED / "cn" / "pack.toml").read_text("utf-8")
    changed = text.replace("max = 3\n", "max = 4\n").replace('closes = "22:00"', 'closes = "21:00"')
    changed = changed.replace("collectors = { min = 2 }", "collectors = { min = 3 }")
    monkeypatch.setattr(reading, "cn", lambda: loads_pack(changed))
    three = {"effective_outbound_talks_today": {"bank": 3}}
    assert FAMILIES["FREQ"](three)["verdict"] == "allow"
    assert FAMILIES["HOURS"]({"channel": "phone", "local_time": "21:30"})["verdict"] == "deny"
