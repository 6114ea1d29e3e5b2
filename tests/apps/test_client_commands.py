"""evenhand client …: who may ask, told once."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import CliRunner

from evenhand.access.models import ApiClient
from evenhand.casework.models import CaseGrant
from evenhand.cli.main import app
from tests.world import a_case, a_closed_case

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(home):
    return lambda *words: CliRunner().invoke(app, ["client", *words])


def pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_a_client_is_added_listed_rotated_and_suspended(run, tmp_path):
    key, file = Ed25519PrivateKey.generate(), tmp_path / "key.pem"
    file.write_bytes(pem(key))
    added = run("add", "north-dialler", "--collector", "NORTH", "--public-key", str(file))
    assert added.exit_code == 0, added.output
    assert added.stdout.startswith("evh_")
    assert bytes(ApiClient.objects.get().public_key) == key.public_key().public_bytes_raw()
    assert run("list").stdout == "north-dialler\tNORTH\tAGENCY\tASK REPORT\tsigns\tmay ask\n"
    rotated = run("rotate", "north-dialler")
    assert rotated.stdout.startswith("evh_")
    assert rotated.stdout != added.stdout
    run("suspend", "north-dialler", "--reason", "licence ended")
    assert "may not ask licence ended" in run("list").stdout


def test_a_key_is_ed25519_in_pem_or_base64(run, tmp_path):
    key, file = Ed25519PrivateKey.generate().public_key().public_bytes_raw(), tmp_path / "key"
    file.write_bytes(base64.b64encode(key) + b"\n")
    assert run("add", "one", "--collector", "ONE", "--public-key", str(file)).exit_code == 0
    assert bytes(ApiClient.objects.get().public_key) == key
    file.write_bytes(pem(ec.generate_private_key(ec.SECP256R1())))
    other = run("add", "two", "--collector", "TWO", "--public-key", str(file))
    assert (other.exit_code, "expected Ed25519" in other.stderr) == (2, True)
    file.write_text("nonsense!")
    nonsense = run("add", "two", "--collector", "TWO", "--public-key", str(file))
    assert "holds no public key" in nonsense.stderr


def test_what_cannot_be_is_refused_in_a_sentence(run):
    refused = run("add", "north", "--collector", "BANK", "--actor", "AGENCY")
    assert (refused.exit_code, "does not act for BANK" in refused.stderr) == (2, True)
    assert run("suspend", "nobody", "--reason", "x").exit_code == 2


def test_a_case_is_granted_and_taken_back(run):
    case, closed = a_case(), a_closed_case()
    assert run("grant", "NORTH", "--case", str(case.id), "--reference", "N-1").exit_code == 0
    assert CaseGrant.objects.get().taken_back_at is None
    assert "is closed" in run("grant", "NORTH", "--case", str(closed.id), "--reference", "N-2").stderr  # fmt: skip
    assert run("take-back", "NORTH", "--reference", "N-1", "--reason", "paid").exit_code == 0
    assert CaseGrant.objects.get().taken_back_reason == "paid"
    assert "knows no case" in run("take-back", "NORTH", "--reference", "N-9", "--reason", "x").stderr  # fmt: skip
