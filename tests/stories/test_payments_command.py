"""What `evenhand payments load` says of a file."""

import json

import pytest
from typer.testing import CliRunner

from evenhand.cli.main import app
from evenhand.payments.models import StatementFile
from evenhand.runtime.config import config
from evenhand.runtime.keys import new_keys
from tests.rules.statements import camt, entry
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(lake_home, monkeypatch, tmp_path):
    """What the command answers to a file with this content."""
    if not config().key_file.exists():
        new_keys(config().key_file, made_at=NOW)
    monkeypatch.setattr("evenhand.cli.payments.with_django", config)

    def load(content, *options):
        file = tmp_path / "a.xml"
        file.write_bytes(content)
        return CliRunner().invoke(app, ["payments", "load", str(file), *options])

    return load


def test_it_says_what_became_of_the_entries(said):
    answer = said(camt(entry("B1"), entry("B2", sign="DBIT"), entry("B3", status="PDNG")))
    assert answer.exit_code == 0
    assert (
        "2 entries: 0 booked, 0 known before, 1 wait to be placed, 1 went out; 1 more"
        in answer.output
    )


def test_a_refused_file_says_where_and_leaves_with_a_code(said):
    answer = said(camt(entry("B1", "1e3")))
    assert answer.exit_code == 2
    assert "a.xml:3: Ntry/Amt: expected an amount of CNY" in answer.output
    assert StatementFile.objects.get().state == "REFUSED"


def test_json_says_the_same(said):
    assert json.loads(said(camt(entry("B1")), "--json").output)["waiting"] == 1
    refused = said(camt(entry("B1", "1e3")), "--json")
    assert (refused.exit_code, json.loads(refused.output)["state"]) == (1, "REFUSED")


def test_a_file_that_is_not_there_is_named(said):
    answer = CliRunner().invoke(app, ["payments", "load", "nowhere.xml"])
    assert (answer.exit_code, "nowhere.xml" in answer.output) == (2, True)
