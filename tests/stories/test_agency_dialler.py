"""An agency's dialler in a process of its own asks over HTTP, is killed, and comes back; all count together."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from evenhand.outreach import gate
from evenhand.outreach.models import ContactEvent
from evenhand.outreach.results import ended
from evenhand.outreach.rules import LineRecord
from evenhand.runtime.config import config
from evenhand.runtime.keys import new_keys
from tests.contacts import HOUSE, in_force
from tests.e2e.browser import ROOT, served
from tests.house.tree import tree
from tests.outside import a_placed_case, an_outside

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kills]

DIALLER = ROOT / "examples" / "agency_dialler.py"
PATIENCE_SECONDS = 60
# At whatever hour this runs: no rule about hours, and three talks within any 24 hours instead of a calendar day.
HEAD, _, *RULES = HOUSE.split("[[rule]]")
ROUND_THE_CLOCK = "[[rule]]".join([HEAD, *RULES]).replace(
    'window = { period = "DAY" }', "window = { hours = 24 }"
)


class Agency:
    """The agency's machine: its token, its key and its log, and the address it was told."""

    def __init__(self, folder: Path, address: str) -> None:
        found = an_outside()
        self.key, self.log, self.address, self.token = (
            folder / "key.pem",
            folder / "calls.log",
            address,
            found.token,
        )
        self.key.write_bytes(
            found.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )

    def starts(self, *references: str, talk_seconds: int = 0) -> "subprocess.Popen[str]":
        """Its dialler, started."""
        flags = ["--url", self.address, "--key", str(self.key), "--log", str(self.log)]
        command = [sys.executable, str(DIALLER), *flags, "--talk-seconds", str(talk_seconds)]
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return subprocess.Popen(
            [*command, *references], env=kept | {"AGENCY_TOKEN": self.token}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def runs(self, *references: str, talk_seconds: int = 0) -> list[dict]:
        """Its dialler, run to its end; what it said last of each call."""
        with self.starts(*references, talk_seconds=talk_seconds) as process:
            said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0
        return [
            found for line in said.splitlines() if (found := json.loads(line))["step"] == "done"
        ]


@pytest.fixture(scope="module")
def address(django_db_setup):
    """The address of a server that reads the tests' database."""
    if not config().key_file.exists():
        config().key_file.parent.mkdir(parents=True, exist_ok=True)
        new_keys(config().key_file, made_at=datetime(2026, 9, 1, tzinfo=UTC))
    with served({n: v for n, v in os.environ.items() if n.startswith("EVENHAND_")}) as found:
        yield found


@pytest.fixture
def agency(address, tmp_path):
    in_force(ROUND_THE_CLOCK)
    return Agency(tmp_path, address)


def asked_by_the_bank(case, key):
    return gate.request_contact(
        customer_id=case.customer_id, request_key=key, by="t", act="CALL", point="71"
    )


def talk_of_the_bank(case, key):
    permit = gate.sent(asked_by_the_bank(case, key), by="t")
    ended(contact=permit.id, by="t", line=LineRecord("ANSWERED", "PBX", 60))


def of_the_agency():
    return list(
        ContactEvent.objects.filter(asked_by__startswith="api:").order_by("at").values_list(
            "state", "outcome", "contradiction"
        )
    )  # fmt: skip


def until(process, step):
    """Read what a dialler says until it is at a step."""
    for line in process.stdout:
        if json.loads(line)["step"] == step:
            return
    raise AssertionError(f"the dialler ended before {step}")


def test_the_dialler_knows_nothing_of_ours_but_the_interface():
    assert "evenhand" not in {
        name.name.split(".")[0]
        for node in tree(DIALLER).body
        for name in getattr(node, "names", [])
    }
    assert "import evenhand" not in DIALLER.read_text()


def test_the_agency_s_talks_and_the_bank_s_are_counted_together(agency):
    case = a_placed_case()
    talk_of_the_bank(case, "b1")
    [unanswered] = agency.runs("N-1")
    assert (unanswered["status"], unanswered["outcome"]) == (200, "UNANSWERED")
    first, second = agency.runs("N-1", "N-1", talk_seconds=1)
    assert (first["outcome"], second["outcome"]) == ("ANSWERED", "ANSWERED")
    [refused] = agency.runs("N-1")
    assert refused["refused"] == "DENY"
    assert asked_by_the_bank(case, "b2").codes == ("TALK_FREQUENCY",)
    [unknown] = agency.runs("S-1")
    assert unknown["refused"] == "not-found"
    assert of_the_agency() == [
        ("ENDED", "UNANSWERED", False), ("ENDED", "ANSWERED", False), ("ENDED", "ANSWERED", False),
        ("REFUSED", "", False),
    ]  # fmt: skip


def test_a_dialler_killed_in_a_talk_is_counted_and_tells_when_it_is_back(agency):
    case = a_placed_case()
    for n in range(2):
        talk_of_the_bank(case, f"b{n}")
    with agency.starts("N-1", talk_seconds=PATIENCE_SECONDS) as process:
        until(process, "dialling")
        process.send_signal(signal.SIGKILL)
    assert of_the_agency() == [("SENT", "", False)]
    assert asked_by_the_bank(case, "b3").codes == ("TALK_FREQUENCY",)  # nobody knows, so it counts
    [told] = agency.runs()
    assert (told["status"], told["outcome"]) == (200, "ANSWERED")
    assert of_the_agency() == [("ENDED", "ANSWERED", True)]
    assert asked_by_the_bank(case, "b4").codes == ("TALK_FREQUENCY",)


def test_a_dialler_killed_before_it_dialled_gives_its_permit_back(agency):
    case = a_placed_case()
    for n in range(2):
        talk_of_the_bank(case, f"b{n}")
    [unanswered] = agency.runs("N-1")
    assert unanswered["outcome"] == "UNANSWERED"
    lines = agency.log.read_text().splitlines()
    permit = ask_as_the_dialler_does(agency)
    lines.append(json.dumps({"step": "sending", "key": "lost", "permit": permit}))
    agency.log.write_text("\n".join(lines) + "\n")
    assert asked_by_the_bank(case, "b3").codes == ("TALK_FREQUENCY",)
    [given] = agency.runs()
    assert (given["status"], given["state"]) == (200, "RELEASED")
    assert asked_by_the_bank(case, "b4").allowed


def ask_as_the_dialler_does(agency):
    """A permit that a dialler took and then died, before it could use it."""
    import urllib.request

    body = json.dumps({"reference": "N-1", "act": "CALL", "point": "71"}).encode()
    headers = {
        "Authorization": f"Bearer {agency.token}", "Content-Type": "application/json", "Idempotency-Key": "lost",
    }  # fmt: skip
    request = urllib.request.Request(f"{agency.address}/api/v1/permits", body, headers)
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        found = json.load(answer)
    assert found["state"] == "RESERVED"
    return found["id"]
