"""`evenhand strategy …`: the same as on the pages, one sentence for every refusal."""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from evenhand.access.models import Staff
from evenhand.cli import strategy as reading
from evenhand.cli import strategy_acts as acting
from evenhand.cli.main import app
from evenhand.rulebook import actions
from evenhand.rulebook.queries import (
    activation_rows,
    content_of,
    question_of,
    questions_of,
    trial_rows,
    version_row,
)
from evenhand.strategy.judge import STARTER
from tests.bank import FIRST, NOON, Bank, account, customer, mobile, next_day, statement
from tests.strategies import starter_cut, starter_with, texts_instead_of_calls
from tests.versions import a_tried_draft, an_approved_version, cell, edited
from tests.world import PASSWORD, a_collector, a_supervisor, an_analyst

pytestmark = pytest.mark.django_db

SECOND = next_day(FIRST)


@pytest.fixture
def bank(tmp_path, lake_home, monkeypatch):
    """A bank after its first night, and noon at the command line."""
    bank = Bank(tmp_path / "feeds")
    due_on = FIRST - timedelta(days=34)
    billed_on = due_on - timedelta(days=20)
    bank.sends(
        FIRST,
        customers=[customer("C1")],
        contact_points=[mobile("C1")],
        accounts=[account("A1", "C1")],
        statements=[statement("A1", "C1", billed_on.isoformat(), due_on.isoformat(), "1000.00")],
    )
    bank.night(FIRST)
    for module in (reading, acting):
        monkeypatch.setattr(module, "clock", lambda: NOON)
    return bank


@pytest.fixture
def texts(tmp_path):
    """A file that texts where the starter calls."""
    file = tmp_path / "texts.dmn"
    file.write_bytes(texts_instead_of_calls())
    return file


def run(*words, typed=None):
    done = CliRunner().invoke(app, ["strategy", *map(str, words)], input=typed)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def refused(*words, typed=None):
    """What a command that exits with 2 says, one sentence."""
    code, said = run(*words, typed=typed)
    assert code == 2, said
    return said.strip().splitlines()[-1]


def test_versions_are_listed_with_state_and_the_day_they_are_in_force_from(bank):
    number = an_approved_version()
    code, said = run("list")
    assert code == 0
    first, second = said.splitlines()
    assert f"{number}  approved" in first
    assert second.startswith("   1  approved")
    assert second.endswith(f"in force from {FIRST}")
    rows = json.loads(run("list", "--json")[1])
    assert [(row["number"], row["from_on"]) for row in rows] == [(number, []), (1, [str(FIRST)])]


def test_a_version_is_shown_with_its_steps_and_answers(bank):
    number = an_approved_version()
    said = run("show", number)[1]
    assert "revision 1 by" in said
    assert "approved by" in said
    shown = json.loads(run("show", number, "--json")[1])
    assert [step["act"] for step in shown["revisions"]] == ["CREATED"]
    assert [trial["state"] for trial in shown["trials"]] == ["DONE"]
    assert "no version 99" in refused("show", 99)


def test_a_file_without_errors_passes_and_one_with_a_gap_does_not(bank, texts, tmp_path):
    assert run("check", texts)[0] == 0
    bad = tmp_path / "bad.dmn"
    bad.write_bytes(starter_cut("treatment"))
    code, said = run("check", bad)
    assert code == 1
    assert "error" in said
    found = json.loads(run("check", bad, "--json")[1])
    assert {finding["kind"] for finding in found if finding["severity"] == "ERROR"} == {"GAP"}


def test_findings_are_told_in_the_language_asked_for(bank, tmp_path):
    bad = tmp_path / "bad.dmn"
    bad.write_bytes(starter_with("treatment", {'"CALL"': '"SHOUT"'}))
    english, chinese = (
        run("check", bad, "--language", language)[1] for language in ("en", "zh-hans")
    )
    assert "SHOUT" in english
    assert "SHOUT" in chinese
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in english.splitlines()[0])
    assert any("\u4e00" <= sign <= "\u9fff" for sign in chinese.splitlines()[0])


def test_checking_a_draft_keeps_what_was_found(bank):
    analyst = an_analyst()
    number = actions.draft(title="Shout", note="", based_on=1, by=analyst.id, now=NOON)
    assert run("check", number)[0] == 0
    assert version_row(number).state == "CHECKED"
    edited(number, analyst, cell(number, '"SHOUT"'))
    assert run("check", number)[0] == 1
    assert any(found["severity"] == "ERROR" for found in version_row(number).findings)


def test_a_file_is_tried_on_the_last_night_and_nothing_is_kept(bank, texts):
    code, said = run("try", texts)
    assert code == 0
    assert f"{FIRST}: 1 of 1 people would be decided differently, 1 would notice" in said
    report = json.loads(run("try", texts, "--night", FIRST, "--json")[1])
    assert [night["differing"] for night in report["nights"]] == [1]
    assert trial_rows(1) == []


def test_trying_a_version_keeps_the_trial_and_makes_it_tried(bank):
    number = actions.draft(title="Same", note="", based_on=1, by=an_analyst().id, now=NOON)
    assert "checked" in refused("try", number)
    run("check", number)
    code, said = run("try", number)
    assert (code, said.startswith(f"{FIRST}: 0 of 1 people")) == (0, True)
    assert (version_row(number).state, trial_rows(number)[0].state) == ("TRIED", "DONE")


def test_a_trial_of_a_night_that_never_was_is_refused(bank, texts):
    assert str(SECOND) in refused("try", texts, "--night", SECOND)
    number = actions.draft(title="Same", note="", based_on=1, by=an_analyst().id, now=NOON)
    run("check", number)
    assert str(SECOND) in refused("try", number, "--night", SECOND)


def test_differences_are_said_in_words_of_either_language(bank, texts):
    assert run("diff", 1, STARTER) == (0, "no difference\n")
    code, english = run("diff", 1, texts)
    assert code == 1
    assert "was Phone, now Text message" in english
    chinese = run("diff", 1, texts, "--language", "zh-hans")[1]
    assert "短信" in chinese
    assert len(chinese.splitlines()) == len(english.splitlines()) > 1
    assert chinese != english
    changes = json.loads(run("diff", 1, texts, "--json")[1])
    assert {change["kind"] for change in changes} == {"OUTPUT"}


def test_a_version_goes_out_as_a_file_and_comes_back_as_a_draft(bank, tmp_path):
    file = tmp_path / "out.dmn"
    assert run("export", 1, file)[0] == 0
    analyst = an_analyst()
    code, said = run("import", file, "--by", analyst.username, "--title", "Back")
    assert (code, said.strip()) == (0, "version 2 is a draft of out.dmn")
    row = version_row(2)
    assert (row.title, row.created_by, row.digest) == (
        "Back",
        analyst.username,
        version_row(1).digest,
    )
    assert content_of(2) == file.read_bytes()


def test_a_version_goes_out_as_a_workbook_and_comes_back_saying_the_same(bank, tmp_path):
    file = tmp_path / "out.xlsx"
    assert run("export", 1, file)[0] == 0
    assert run("diff", 1, file) == (0, "no difference\n")
    assert run("import", file, "--by", an_analyst().username)[0] == 0
    assert (version_row(2).title, version_row(2).digest) == ("out", version_row(1).digest)
    file.write_bytes(b"PK none")
    assert "out.xlsx" in refused("check", file)


def test_an_old_version_is_restored_as_a_draft(bank):
    analyst = an_analyst()
    assert run("restore", 1, "--by", analyst.username)[0] == 0
    assert (version_row(2).state, content_of(2)) == ("DRAFT", content_of(1))


def test_a_second_person_approves_with_her_password(bank):
    analyst, supervisor = an_analyst(), a_supervisor()
    number = a_tried_draft(analyst)
    asks = ("ask", number, "--by", analyst.username, "--note", "please")
    assert "password" in refused(*asks, typed="wrong\n")
    assert question_of(number) is None
    assert run(*asks, typed=f"{PASSWORD}\n")[0] == 0
    assert question_of(number).note == "please"
    wrong = refused("approve", number, "--by", supervisor.username, typed="wrong\n")
    assert "password" in wrong
    code, said = run("approve", number, "--by", supervisor.username, typed=f"{PASSWORD}\n")
    assert (code, PASSWORD in said) == (0, False)
    assert version_row(number).state == "APPROVED"


def test_a_refusal_says_why(bank):
    analyst, supervisor = an_analyst(), a_supervisor()
    number = a_tried_draft(analyst)
    run("ask", number, "--by", analyst.username, typed=f"{PASSWORD}\n")
    words = ("approve", number, "--by", supervisor.username, "--refuse", "too late")
    assert run(*words, typed=f"{PASSWORD}\n")[0] == 0
    [answer] = questions_of(number)
    assert (answer.verdict, answer.reason, answer.decided_by) == (
        "REFUSED",
        "too late",
        supervisor.username,
    )


def test_who_edited_it_may_not_approve_it_though_her_role_could(bank):
    supervisor = a_supervisor()
    number = a_tried_draft(supervisor)
    run("ask", number, "--by", an_analyst().username, typed=f"{PASSWORD}\n")
    refused("approve", number, "--by", supervisor.username, typed=f"{PASSWORD}\n")
    assert version_row(number).state == "TRIED"


def test_the_wrong_password_too_often_locks_the_name_here_too(bank):
    supervisor = a_supervisor()
    number = a_tried_draft()
    for _ in range(5):
        refused("approve", number, "--by", supervisor.username, typed="wrong\n")
    assert "too often" in refused(
        "approve", number, "--by", supervisor.username, typed=f"{PASSWORD}\n"
    )


@pytest.mark.parametrize(
    ("words", "may"),
    [
        (("import", STARTER), "analyst"),
        (("restore", 1), "analyst"),
        (("ask", 2), "analyst"),
        (("approve", 2), "supervisor"),
        (("activate", 2, "--from", SECOND), "supervisor"),
        (("cancel", 2, "--from", SECOND), "supervisor"),
    ],
)
def test_only_those_whose_role_it_is_may(bank, words, may):
    a_tried_draft()
    people = [a_collector(), an_analyst(), a_supervisor()]
    for person in people:
        if not person.groups.filter(name=may).exists():
            said = refused(*words, "--by", person.username, typed=f"{PASSWORD}\n")
            assert f"{person.username} may not do this" in said
    assert "nobody" in refused(*words, "--by", "nobody-at-all", typed=f"{PASSWORD}\n")
    Staff.objects.update(is_active=False)
    assert "nobody" in refused(*words, "--by", people[0].username, typed=f"{PASSWORD}\n")


def test_an_approved_version_is_put_in_force_and_taken_back(bank):
    number, by = an_approved_version(), ("--by", a_supervisor().username)
    assert run("activate", number, "--from", SECOND, *by)[0] == 0
    assert version_row(number).from_on == (SECOND,)
    assert run("cancel", number, "--from", SECOND, *by)[0] == 0
    assert version_row(number).from_on == ()
    assert [row.cancelled_at for row in activation_rows()] == [NOON, None]
    assert "does not come into force" in refused("cancel", number, "--from", SECOND, *by)
    assert str(FIRST) in refused("activate", number, "--from", FIRST, *by)


@pytest.mark.parametrize("command", ["check", "try", "diff"])
def test_a_file_that_is_not_there_is_one_sentence(bank, command):
    words = (command, "gone.dmn", *(("gone.dmn",) if command == "diff" else ()))
    assert "gone.dmn cannot be read" in refused(*words)


def test_files_alone_are_checked_and_compared_without_a_database(texts, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "evenhand.runtime.database.open_store", lambda _config: pytest.fail("opened the database")
    )
    assert run("check", texts)[0] == 0
    assert run("diff", texts, texts) == (0, "no difference\n")
