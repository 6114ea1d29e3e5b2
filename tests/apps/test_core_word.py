"""The core speaks by day: signed, taken once, line by line; and a robot waits while it has not spoken for too long."""

from datetime import timedelta

import pytest

from evenhand.access.clients import ClientError, add_client
from evenhand.casework.models import Case
from evenhand.ledger.models import ReceivedPayment
from evenhand.outreach import gate
from evenhand.outreach.asked import Asked
from evenhand.outreach.models import ContactQueue
from evenhand.outreach.queue import Wanted, enqueue
from evenhand.outreach.sending import sent_together
from evenhand.payments.freshness import NotFresh, last_word
from evenhand.payments.models import CoreWord
from tests.bank import FIRST, Bank, account, customer, statement
from tests.contacts import MORNING, clock_at, in_force
from tests.outside import Outside, an_outside

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def core(lake_home, tmp_path):
    """The bank's core as a client of its own, and one customer past due."""
    bank = Bank(tmp_path / "feeds")
    bank.sends(
        FIRST, customers=[customer("C1")], accounts=[account("A1", "C1")],
        statements=[
            statement("A1", "C1", (FIRST - timedelta(days=45)).isoformat(),
                      (FIRST - timedelta(days=20)).isoformat(), "500.00")
        ],
    )  # fmt: skip
    bank.night(FIRST)
    return an_outside(name="core", collector="BANK", actor="FIRST_PARTY", scopes=["CORE"])


@pytest.fixture
def lake_home(tmp_path, monkeypatch):
    """An empty home."""
    from evenhand.runtime.config import config

    monkeypatch.setenv("EVENHAND_HOME", str(tmp_path / "home"))
    config.cache_clear()
    yield config().home
    config.cache_clear()


def paid(reference="P1", account="A1", amount="500.00", **given):
    return {
        "reference": reference, "account": account, "amount": amount, "currency": "CNY",
        "value_on": FIRST.isoformat(),
    } | given  # fmt: skip


def told(core: Outside, *payments, key="k1", **changed):
    record = {"key": key, "payments": list(payments)}
    body = {"record": record, "signature": core.sign(record)} | changed
    return core.post("core/payments", body, **{"Idempotency-Key": key})


def test_what_the_core_tells_counts_at_once_and_once(core):
    first = told(core, paid(), paid("P2", "A9"), paid("P3", currency="USD", amount="1.00"))
    assert first.status_code == 201
    assert [line["state"] for line in first.json()["payments"]] == [
        "BOOKED", "NOT_IN_COLLECTIONS", "OTHER_CURRENCY",
    ]  # fmt: skip
    assert Case.objects.get().state == "CLOSED"
    again = told(core, paid(), paid("P2", "A9"), paid("P3", currency="USD", amount="1.00"))
    assert (again.status_code, again.json()) == (200, first.json())
    assert ReceivedPayment.objects.get().source == "CORE_HTTP"


def test_the_same_payment_under_another_key_is_known_and_with_other_content_said_so(core):
    told(core, paid())
    assert told(core, paid(), key="k2").json()["payments"][0]["state"] == "KNOWN"
    assert (
        told(core, paid(amount="1.00"), key="k3").json()["payments"][0]["state"]
        == "REFERENCE_REUSED"
    )
    assert ReceivedPayment.objects.count() == 1


def test_what_is_taken_back_is_taken_back(core):
    told(core, paid())
    told(core, paid("P1R", taken_back=True), key="k2")
    assert Case.objects.get().state == "OPEN"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"signature": "AAAA"}, "signature"),
        ({"record": {"key": "other", "payments": []}}, "record.key"),
    ],
)
def test_a_word_not_signed_or_under_another_key_changes_nothing(core, wrong, field):
    answer = told(core, paid(), **wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert not CoreWord.objects.exists()
    assert not ReceivedPayment.objects.exists()


@pytest.mark.parametrize("amount", ["0", "0.00", "1.234", "99999999999999999999", "-5", "1e3"])
def test_nonsense_of_an_amount_is_refused_with_its_line(core, amount):
    answer = told(core, paid(), paid("P2", amount=amount))
    assert answer.status_code == 422
    assert not ReceivedPayment.objects.exists()


def test_a_reference_twice_in_one_word_is_refused(core):
    assert told(core, paid(), paid()).status_code == 422


def test_only_the_banks_core_may_speak_so(core):
    with pytest.raises(ClientError, match="bank's own"):
        add_client(name="north", collector="NORTH", actor="AGENCY", scopes=["CORE"], now=MORNING)
    agency = an_outside(name="south", collector="SOUTH")
    assert told(agency, paid()).status_code == 403


def test_a_robot_waits_while_the_core_has_not_spoken_for_half_an_hour(core):
    in_force()
    person = Case.objects.get().customer
    with clock_at() as clock:
        assert last_word(MORNING).at is None
        asks = {
            "customer_id": person.id,
            "by": "robot",
            "act": "CALL",
            "actor": "ROBOT",
            "point": "m1",
        }
        gate.request_contact(request_key="none spoke by day", **asks)
        CoreWord.objects.create(
            request_key="a", sha256="0" * 64, payments=0, answer=[], heard_at=MORNING
        )
        clock.stand_at(MORNING + timedelta(minutes=30))
        fresh = gate.request_contact(request_key="fresh", **asks)
        clock.stand_at(MORNING + timedelta(minutes=31))
        with pytest.raises(NotFresh):
            gate.request_contact(request_key="old", **asks)
        with pytest.raises(NotFresh):
            sent_together([fresh], by="robot")
        gate.request_contact(request_key="a person", **asks | {"actor": "FIRST_PARTY"})


def test_a_robots_call_waits_in_the_queue_and_others_go_on(core):
    in_force()
    person = Case.objects.get().customer
    person.refresh_from_db()
    with clock_at() as clock:
        CoreWord.objects.create(
            request_key="a",
            sha256="0" * 64,
            payments=0,
            answer=[],
            heard_at=MORNING - timedelta(minutes=31),
        )
        enqueue(
            [
                Wanted(
                    customer_id=person.id, facts_seq=person.facts_seq, asked=Asked("CALL", actor="ROBOT", point="m1"),
                    request_key="robot", not_before=MORNING, expires_at=MORNING + timedelta(hours=8),
                )
            ],
            by="night", now=MORNING,
        )  # fmt: skip
        assert gate.take_batch() == ()
        entry = ContactQueue.objects.get()
        assert entry.state == "QUEUED"
        CoreWord.objects.create(
            request_key="b", sha256="0" * 64, payments=0, answer=[], heard_at=MORNING
        )
        clock.stand_at(MORNING + timedelta(minutes=2))
        [permit] = gate.take_batch()
        assert permit.asked.actor == "ROBOT"
