"""What a pack's own cases hold, and the commands that check, compare and judge without Django."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from evenhand.cli.main import app
from evenhand.compliance.cases.held import not_held
from evenhand.compliance.cases.own import differing
from evenhand.compliance.packfile.errors import PackError
from evenhand.compliance.packs import load_pack, loads_pack, shipped_packs
from tests.pack_texts import pack_text

AT = "2026-09-30T{}:00+08:00"


def case(title, at, decision):
    return f"""
[[case]]
title = "{title}"
given = {{ act = {{ at = "{AT.format(at)}", act = "CALL" }} }}
expect = {{ decision = "{decision}" }}
"""


EDGES = [("07:59", "DENY"), ("08:00", "ALLOW"), ("21:59", "ALLOW"), ("22:00", "DENY")]
HOURS = "".join(case(at, at, decision) for at, decision in EDGES)


def run(*words, given=None):
    return CliRunner().invoke(app, list(words), input=given)


@pytest.fixture
def small(tmp_path):
    """Writes a pack and gives its path."""

    def write(text, name="small.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = " + "[" * 100_000, "tables within tables"),
        ("a = " + "{a=" * 3_000 + "1" + "}" * 3_000, "tables within tables"),
        (".".join(["a"] * 50_000) + " = 1", "line 1: has more than 100 dots"),
        ("a = " + "9" * 10_000, "is no TOML"),
    ],
    ids=["deep lists", "deep tables", "a key of many parts", "a number of many digits"],
)
def test_a_file_made_to_be_hard_to_read_is_refused_at_once(text, said):
    with pytest.raises(PackError, match=said):
        loads_pack(text, "hostile.toml")


def test_cases_at_both_sides_of_an_edge_hold_it():
    held = not_held(loads_pack(pack_text(cases=HOURS)))
    assert held == ["S-TALKS, max = 3"]
    assert not_held(loads_pack(pack_text(cases=case("noon", "12:00", "ALLOW")))) == [
        "S-HOURS, opens = 08:00",
        "S-HOURS, closes = 22:00",
        "S-TALKS, max = 3",
    ]


def test_a_case_whose_facts_cannot_be_read_says_what_was_expected():
    cases = case("noon", "12:00", "ALLOW").replace('act = "CALL"', 'act = "TELEX"')
    [said] = differing(loads_pack(pack_text(cases=cases)))
    assert "case 'noon'" in said
    assert "'TELEX', expected one of" in said


def test_check_tells_what_is_wrong_and_leaves_with_one(small):
    good, bad = small(pack_text(cases=HOURS)), small(pack_text(opens="8"), "bad.toml")
    done = run("pack", "check", good)
    assert done.exit_code == 0
    assert "small@1: 2 rules, 1 parameters, 4 own cases met, looks back 1 days" in done.output
    assert "small@1, S-TALKS, max = 3: no case holds it" in done.output
    assert run("pack", "check", "--strict", good).exit_code == 1
    done = run("pack", "check", good, bad)
    assert done.exit_code == 1
    assert "bad.toml, S-HOURS, opens: is '8', expected a time such as 08:00" in done.output
    wrong = small(pack_text(cases=case("noon", "12:00", "DENY")), "wrong.toml")
    done = run("pack", "check", wrong)
    assert (done.exit_code, "decision expected DENY, got ALLOW" in done.output) == (1, True)


def test_every_shipped_pack_passes_its_check():
    done = run("pack", "check")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("name", shipped_packs())
def test_every_number_of_a_shipped_pack_is_held_by_a_case_of_its_own(name):
    assert not_held(load_pack(name)) == []


def test_diff_says_number_by_number_what_changes_in_either_language(small):
    old, new = small(pack_text()), small(pack_text(version="2", most=2), "new.toml")
    assert "at most: 3 → 2" in run("pack", "diff", old, new).output
    assert "上限：由 3 改为 2" in run("pack", "diff", old, new, "--language", "zh-hans").output
    rows = json.loads(run("pack", "diff", old, new, "--json").output)
    assert [(row["section"], row["name"], row["how"]) for row in rows] == [
        ("pack", "", "CHANGED"),
        ("rule", "S-TALKS", "CHANGED"),
    ]
    assert "They say the same." in run("pack", "diff", old, old).output
    assert run("pack", "diff", old, "nowhere").exit_code == 2


FACTS = {"act": {"at": AT.format("22:30"), "act": "CALL"}}
CASE = {
    "packs": ["us-fed"],
    "debtor": {"id": "P1", "locations": [{"kind": "address", "tz": "America/New_York"}]},
    "debts": [{"id": "D1", "type": "credit_card"}],
    "history": [],
    "proposed": {"t": "2026-03-04T23:00:00-05:00", "type": "call", "to": "P1", "debts": ["D1"]},
}


def test_judge_reads_facts_as_a_pack_writes_them_as_a_case_file_does_and_as_they_are_stored():
    from evenhand.compliance.cases.written import facts_written

    stored = facts_written(FACTS).stored()
    for given in (FACTS, stored):
        done = run("judge", "--json", "--packs", "cn", given=json.dumps(given))
        verdict = json.loads(done.output)
        assert verdict["decision"] == "DENY"
        assert [reason[0] for reason in verdict["reasons"]] == ["CONTACT_HOURS"]
        assert verdict["said"][0]["zh"]
        assert verdict["said"][0]["citation"]
    verdict = json.loads(run("judge", "--json", given=json.dumps(CASE)).output)
    assert verdict["packs"][0].startswith("us-fed@")
    assert verdict["decision"] == "DENY"


def test_judge_answers_a_scenario_of_dates_too():
    given = {"packs": ["us-fed"], "initial_communication": "2026-03-02"}
    assert "notice_due" in json.loads(run("judge", "--json", given=json.dumps(given)).output)


def test_judge_says_on_one_line_what_it_cannot_read():
    unread = ("", "[]", '{"acts": 1}', '{"act": {"at": "today", "act": "CALL"}}', '{"act": {}}')
    for given in unread:
        done = run("judge", "--json", given=given)
        assert done.exit_code == 2, given
        assert done.output.startswith("standard input: "), given


def test_checking_comparing_and_judging_load_no_django():
    program = (
        "import sys; from typer.testing import CliRunner; from evenhand.cli.main import app\n"
        "for words in (['pack','check','us-dc'], ['pack','diff','us-dc','us-nyc'], ['judge','--json']):\n"
        f"    done = CliRunner().invoke(app, words, input={json.dumps(json.dumps(FACTS))})\n"
        "    assert done.exit_code == 0, done.output\n"
        "sys.exit('django' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
