"""Contacts are sealed with the lines of the journal: one that is altered, removed or invented is named."""

import zipfile
from uuid import UUID

import pytest

from evenhand.journal import bundle
from evenhand.journal.models import Seal
from evenhand.journal.rules import Stream
from evenhand.journal.sealing import seal
from evenhand.outreach import gate
from evenhand.outreach.models import ContactEvent
from tests.contacts import clock_at, in_force
from tests.journals import NOW, behind, verifier, wrong
from tests.world import a_hold, a_person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def contacts(key_file):
    """A permit and a refusal, sealed; with the person and the two ids."""
    in_force()
    person, other = a_person(), a_person()
    a_hold(other)
    with clock_at():
        permits = [
            gate.request_contact(
                customer_id=who.id, request_key=key, by="t", act="CALL", point="m1"
            )
            for who, key in ((person, "a"), (other, "b"))
        ]
    seal(key_file=key_file, now=NOW)
    return [f"PERSON/{p.customer_id}/contact:{p.id}" for p in map(row, permits)]


def row(permit):
    return ContactEvent.objects.get(id=permit.id)


def of(key):
    return f"id = '{key.rpartition(':')[2]}'"


def test_permits_and_refusals_are_sealed_whole(contacts):
    assert Seal.objects.get().rows >= 2
    assert wrong() == []


@pytest.mark.parametrize("column", ["act", "asked_by", "decision"])
def test_a_contact_that_was_altered_is_named(contacts, column):
    value = {"decision": "REVIEW"}.get(column, "OTHER")
    behind(f"UPDATE contact_event SET {column} = '{value}' WHERE {of(contacts[1])}")
    assert wrong() == [("ALTERED", contacts[1])]


def test_a_contact_whose_hash_was_made_anew_is_named(contacts):
    behind(
        f"UPDATE contact_event SET asked_by = 'forger' WHERE {of(contacts[0])}",
        "UPDATE contact_event SET row_hash = contact_event_hash(contact_event)"
        f" WHERE {of(contacts[0])}",
    )
    assert wrong() == [("ALTERED", contacts[0])]


def test_a_contact_that_was_removed_is_named(contacts):
    behind(f"DELETE FROM contact_event WHERE {of(contacts[0])}")
    assert wrong() == [("REMOVED", contacts[0])]


def test_what_became_of_a_contact_is_no_alteration(contacts):
    with clock_at():
        gate.sent(gate.permit_by_id(UUID(contacts[0].rpartition(":")[2])), by="t")
    assert wrong() == []


def test_a_bundle_of_one_person_holds_her_contacts(contacts, tmp_path):
    person = contacts[0].split("/")[1]
    made = bundle.export(tmp_path / "out.zip", scope=Stream("PERSON", person), now=NOW)
    assert made["rows"] == 1
    assert verifier(tmp_path, "out.zip")[0] == 0
    with zipfile.ZipFile(tmp_path / "out.zip") as packed:
        assert contacts[1] not in packed.read("rows.jsonl").decode()
