"""`evenhand pack try FILE`: a line for each case that differs, the counts, and the exit code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evenhand.cli.main import app

CASES = Path(__file__).parent / "cases"
RUN = CliRunner()


def tried(*arguments):
    return RUN.invoke(app, ["pack", "try", *map(str, arguments)])


def planted(tmp_path, **change):
    case = json.loads((CASES / "us_uk_own.json").read_text("utf-8"))[0]
    path = tmp_path / "planted.json"
    path.write_text(json.dumps([{**case, **change}]), "utf-8")
    return path


def test_cases_that_pass_are_counted():
    result = tried(CASES / "us_uk_own.json")
    assert result.exit_code == 0
    count = len(json.loads((CASES / "us_uk_own.json").read_text("utf-8")))
    assert result.stdout == f"{count} passed, 0 failed\n"


@pytest.mark.parametrize(
    ("expect", "line"),
    [
        ({"decision": "allow"}, 'expected {"decision": "allow"}, got {"decision": "deny"'),
        ({"reasons": ["POSTCARD"]}, 'expected {"reasons": ["POSTCARD"]}, got '),
        ({"presumption": "compliance"}, 'expected {"presumption": "compliance"}, got '),
        ({"counts": {"D1_after": 7}}, 'expected {"counts": {"D1_after": 7}}, got '),
        ({"counts": {"D9_after": 1}}, 'expected {"counts": {"D9_after": 1}}, got '),
        ({"next_allowed": "2026-04-09"}, 'expected {"next_allowed": "2026-04-09"}, got '),
        ({"flags": ["CUMULATIVE_CONTACT_REVIEW"]}, "expected "),
        ({"actions": ["NOTIFY_AGENT"]}, "expected "),
        ({"counted": False}, "expected "),
        ({"no_such_key": 1}, "expected "),
    ],
)
def test_a_case_that_differs_is_said_and_fails_the_run(tmp_path, expect, line):
    result = tried(planted(tmp_path, expect=expect))
    assert result.exit_code == 1
    first, last = result.stdout.splitlines()
    assert first.startswith(f"OWN-F01: {line}")
    assert last == "0 passed, 1 failed"


def test_a_key_nobody_knows_fails_the_case(tmp_path):
    case = json.loads((CASES / "us_uk_own.json").read_text("utf-8"))[0]
    path = planted(tmp_path, given={**case["given"], "moon_phase": "full"})
    result = tried(path)
    assert result.exit_code == 1
    assert "moon_phase is not known" in result.stdout


def test_chinese_families_go_to_their_rooms_and_those_without_one_are_counted_apart():
    result = tried(CASES / "cn_given.json")
    assert result.exit_code == 0
    assert "passed, 0 failed" in result.stdout
    assert tried(CASES / "age.json").exit_code == 0


def test_a_family_without_a_room_has_not_passed(tmp_path):
    path = tmp_path / "later.json"
    case = {"id": "LIM-01", "given": {"date": "2026-01-01"}, "expect": {"expired": False}}
    path.write_text(json.dumps([case]))
    result = tried(path)
    assert (result.exit_code, result.stdout) == (0, "0 passed, 0 failed, 1 no room yet\n")


def test_other_packs_may_judge_in_place_of_those_a_case_names(tmp_path):
    path = planted(tmp_path, expect={"decision": "allow", "reasons": []})
    assert tried(path).exit_code == 1
    assert tried(path, "--packs", "sg,eu").exit_code == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "is no JSON"),
        ("{}", "expected a list of cases"),
        ('[{"id": "X-1", "given": {}}]', "has no expect"),
        ('[{"id": "X-1", "given": {}, "expect": {}}]', "expects nothing"),
    ],
)
def test_a_file_that_holds_no_cases_is_refused(tmp_path, text, problem):
    path = tmp_path / "cases.json"
    path.write_text(text, "utf-8")
    result = tried(path)
    assert result.exit_code == 2
    assert problem in result.stderr


def test_a_folder_of_the_same_name_is_no_shipped_pack(tmp_path, monkeypatch):
    (tmp_path / "us-fed").mkdir()
    monkeypatch.chdir(tmp_path)
    assert tried(CASES / "us_uk_own.json").exit_code == 0


def test_a_pack_nobody_ships_fails_the_case_that_names_it(tmp_path):
    case = json.loads((CASES / "us_uk_own.json").read_text("utf-8"))[0]
    result = tried(planted(tmp_path, given={**case["given"], "packs": ["ATLANTIS"]}))
    assert result.exit_code == 1
    assert "got no answer" in result.stdout
    assert "cannot be read" in result.stdout


def test_a_file_that_is_not_there_and_a_pack_that_is_not_there(tmp_path):
    assert tried(tmp_path / "none.json").exit_code == 2
    result = tried(CASES / "us_uk_own.json", "--packs", "atlantis")
    assert result.exit_code == 2
    assert "atlantis" in result.stderr


def test_trying_loads_no_django():
    code = (
        "import sys\nfrom evenhand.cli.main import app\n"
        f"try: app(['pack', 'try', {str(CASES / 'us_uk_own.json')!r}])\n"
        "except SystemExit as gone: assert gone.code == 0\n"
        "assert 'django' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
