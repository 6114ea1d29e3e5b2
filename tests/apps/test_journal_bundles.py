"""The exported journal, checked alone, and the commands."""

import json
import zipfile

import pytest
from typer.testing import CliRunner

from evenhand.cli.main import app
from evenhand.journal import bundle
from evenhand.journal.sealing_key import sealing_key_file
from evenhand.runtime.config import config
from tests.journals import ANNA, NOW, add, behind, verifier

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def exported(sealed, tmp_path):
    bundle.export(tmp_path / "out.zip", scope=None, now=NOW)
    (tmp_path / "anchor.txt").write_text(bundle.anchor_text(after=None, contents=False))
    return tmp_path


def repacked(folder, change):
    """The bundle with its files changed by a function of (name, text)."""
    with zipfile.ZipFile(folder / "out.zip") as packed:
        files = {name: packed.read(name).decode() for name in packed.namelist()}
    with zipfile.ZipFile(folder / "forged.zip", "w") as packed:
        for name, text in files.items():
            packed.writestr(name, change(name, text))


def of_lines(change):
    """A change of the bundle's lines, as records."""

    def changed(name, text):
        if name != "lines.jsonl":
            return text
        lines = [json.loads(line) for line in text.splitlines()]
        return "".join(json.dumps(line) + "\n" for line in change(lines))

    return changed


def test_a_bundle_is_whole_by_itself_and_against_the_anchor(exported):
    assert verifier(exported, "out.zip") == (0, "8 lines, 0 other rows, 2 seals: nothing found\n")
    assert verifier(exported, "out.zip", "--anchor", "anchor.txt")[0] == 0
    with zipfile.ZipFile(exported / "out.zip") as packed:
        packed.extractall(exported / "folder")
    assert verifier(exported, "folder", "--anchor", "anchor.txt")[0] == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: [x | {"who": "y"} if x["number"] == 2 else x for x in lines], "line 2 was altered"),
        (lambda lines: [x for x in lines if x["number"] != 3], "line 3 was removed"),
        (lambda lines: [*lines, lines[0]], "line 1 was inserted"),
        (lambda lines: [x | {"number": {2: 3, 3: 2}.get(x["number"], x["number"])} for x in lines], "line 3 stands in"),
        (lambda lines: [x for x in lines if not x["stream"].endswith("2")], "is gone as a whole"),
    ],
    ids=["altered", "removed", "inserted", "reordered", "a stream gone"],
)  # fmt: skip
def test_what_was_done_in_a_bundle_is_named(exported, change, said):
    repacked(exported, of_lines(change))
    code, heard = verifier(exported, "forged.zip")
    assert code == 1
    assert said in heard


def test_lines_in_another_order_in_the_file_are_still_the_same_lines(exported):
    repacked(exported, of_lines(lambda lines: lines[::-1]))
    assert verifier(exported, "forged.zip")[0] == 0


def test_a_bundle_of_one_person_holds_her_lines_only_and_misses_any_that_is_gone(sealed, tmp_path):
    made = bundle.export(tmp_path / "out.zip", scope=ANNA, now=NOW)
    assert made == {"lines": 5, "rows": 0, "seals": 2}
    assert verifier(tmp_path, "out.zip")[0] == 0
    repacked(tmp_path, of_lines(lambda lines: [line for line in lines if line["number"] < 4]))
    code, said = verifier(tmp_path, "forged.zip", "--language", "zh")
    assert code == 1
    assert "PERSON/00000000-0000-0000-0000-000000000001 line 4 被删除" in said


@pytest.mark.parametrize("content", [b"", b"PK nonsense"])
def test_what_is_no_bundle_is_said_to_be_none(exported, content):
    (exported / "forged.zip").write_bytes(content)
    code, said = verifier(exported, "forged.zip")
    assert code == 2
    assert "is no journal exported by Evenhand" in said


def test_an_anchor_is_a_text_for_people_too(exported):
    text = (exported / "anchor.txt").read_text()
    assert "Seal 2 of the journal of Evenhand" in text
    assert "第 2 号封存" in text


# Commands


def here(*words):
    done = CliRunner().invoke(app, ["journal", *map(str, words)])
    return done.exit_code, done.output.strip()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("EVENHAND_KEY_FILE", str(tmp_path / "keys.json"))
    config.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    config.cache_clear()


def test_the_commands_seal_verify_export_and_anchor(home):
    add(ANNA, 2)
    assert here("anchor") == (2, "there is no seal yet; run `evenhand journal seal`")
    assert here("seal") == (0, "seal 1")
    assert here("seal") == (0, "nothing new to seal")
    code, public = here("key")
    assert (code, len(bytes.fromhex(public))) == (0, 32)
    assert here("anchor", home / "anchor.txt")[0] == 0
    assert here("verify", "--anchor", home / "anchor.txt", "--key", public) == (0, "nothing found")
    out = home / "out.zip"
    assert here("export", "--all", out) == (0, f"{out}: 2 lines, 0 other rows, 1 seals")
    assert here("export", "--all", out) == (2, f"{out} exists; a bundle never overwrites a file")
    assert here("export", "--person", ANNA.id, home / "anna.zip")[0] == 0
    assert sealing_key_file(home / "keys.json").exists()
    behind("DELETE FROM journal_line WHERE number = 2")
    code, said = here("verify", "--language", "zh")
    assert (code, said) == (1, f"{ANNA} line 2 被删除")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["export", "x.zip"], "name one of --person, --stream and --all"),
        (["export", "x.zip", "--stream", "NIGHT/1"], "'NIGHT/1' is no stream; expected one such"),
        (["verify", "--anchor", "nowhere.txt"], "nowhere.txt is no anchor of Evenhand"),
    ],
)
def test_a_command_that_makes_no_sense_says_why(home, words, said):
    code, heard = here(*words)
    assert code == 2
    assert said in " ".join(heard.split())
