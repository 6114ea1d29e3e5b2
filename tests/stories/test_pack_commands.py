"""`evenhand pack …` with a database: the same as on the pages, one sentence for every refusal."""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from evenhand.cli import pack_acts as acting
from evenhand.cli.main import app
from evenhand.rulebook.pack_acts import install_packs
from evenhand.rulebook.packs import active_digests, shipped_pack
from tests.pack_texts import pack_text
from tests.packs import TODAY, a_pack, in_force
from tests.world import NOW, PASSWORD, a_collector, a_supervisor, an_analyst

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(lake_home, monkeypatch):
    """The command line's clock stands still."""
    monkeypatch.setattr(acting, "clock", lambda: NOW)


@pytest.fixture
def file(tmp_path):
    """A pack file."""
    path = tmp_path / "small.toml"
    path.write_text(pack_text(), encoding="utf-8")
    return path


def run(*words, typed=PASSWORD):
    done = CliRunner().invoke(app, ["pack", *map(str, words)], input=f"{typed}\n")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def refused(*words, typed=PASSWORD):
    """What a command that exits with 2 says."""
    code, said = run(*words, typed=typed)
    assert code == 2, said
    return said


def test_a_pack_is_asked_about_by_one_and_approved_by_another(file):
    analyst, supervisor = an_analyst().username, a_supervisor().username
    code, said = run(
        "activate", file, "--from", TODAY, "--by", analyst, "--note", "as counsel said"
    )
    assert (code, f"in force from {TODAY}" in said) == (0, True)
    assert active_digests(NOW + timedelta(days=3)) == []
    code, said = run("approve", "small", "--by", supervisor)
    assert code == 0
    assert f"small is in force from 2026-09-29 16:00 UTC, approved by {supervisor}" in said
    assert len(active_digests(NOW + timedelta(days=3))) == 1
    [coming] = json.loads(run("list", "--json")[1])
    assert (coming["state"], coming["pack"], coming["decided_by"]) == (
        "to come",
        "small",
        supervisor,
    )


def test_neither_of_the_two_is_just_a_name(file):
    analyst = an_analyst().username
    activate = ("activate", file, "--from", TODAY, "--by")
    assert "not the password" in refused(*activate, analyst, typed="wrong")
    assert "lacks 'edit_packs'" in refused(*activate, a_supervisor().username)
    assert "lacks 'edit_packs'" in refused(*activate, a_collector().username)
    run(*activate, analyst)
    assert "lacks 'approve_packs'" in refused("approve", "small", "--by", analyst)


def test_a_refusal_says_all_that_stands_against_it(file):
    analyst = an_analyst().username
    said = refused("activate", file, "--from", "2025-12-01", "--by", analyst)
    assert "Choose 2026-09-28 or a later day" in said
    assert "neither a file nor a pack" in refused(
        "activate", "nowhere", "--from", TODAY, "--by", analyst
    )
    assert "nobody is asked about small" in refused("approve", "small", "--by", a_supervisor().username)  # fmt: skip


def test_a_shipped_pack_is_refused_with_a_reason_and_a_question_withdrawn():
    analyst, supervisor = an_analyst().username, a_supervisor().username
    run("activate", "us-dc", "--from", TODAY, "--by", analyst)
    code, said = run("approve", "us-dc", "--by", supervisor, "--refuse", "we lend nobody there")
    assert (code, "us-dc is refused" in said) == (0, True)
    run("activate", "us-dc", "--from", TODAY, "--by", analyst)
    code, said = run("withdraw", "us-dc", "--by", analyst)
    assert (code, "withdrawn" in said) == (0, True)


def test_taking_a_pack_out_of_force_takes_two_people():
    install_packs(is_demo=True, now=NOW - timedelta(days=1))
    names = [row["pack"] for row in json.loads(run("list", "--json")[1])]
    assert names == ["cn", "house"]
    out = ("deactivate", "house", "--from", TODAY, "--by", an_analyst().username)
    assert run(*out)[0] == 0
    code, said = run("approve", "house", "--by", a_supervisor().username)
    assert (code, "house is out of force from" in said) == (0, True)
    assert active_digests(NOW + timedelta(days=5)) == [shipped_pack("cn").digest]


def test_the_list_says_who_approved_and_what_nothing_in_force_means():
    assert "the gate refuses everything" in run("list")[1]
    in_force(from_on=NOW.date(), now=NOW - timedelta(hours=1))
    said = run("list")[1]
    assert said.startswith("in force  small@1")
    assert "approved by" in said


def test_a_version_that_was_brought_in_is_compared_with_a_file(file):
    a_pack(pack_text(version="2", most=2))
    code, said = run("diff", file, "small@2")
    assert (code, "at most: 3 → 2" in said) == (0, True)
    assert "ever brought in" in refused("diff", file, "small@9")
