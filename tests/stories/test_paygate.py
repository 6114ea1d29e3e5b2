"""She pays at the gateway, and the gateway says so: late, twice, forged, or with the line cut in the middle of it."""

import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from urllib.parse import urlencode
from urllib.request import urlopen
from uuid import uuid4

import pytest
from django.test import Client
from standardwebhooks.webhooks import Webhook

from evenhand.adapters.paygate.client import Gateway
from evenhand.adapters.paygate.sandbox import MODES, Sandbox
from evenhand.casework.models import Case
from evenhand.cycle.gateway import begin_payment
from evenhand.ledger.models import ReceivedPayment
from evenhand.ledger.queries import balance_of
from evenhand.outreach import gate
from evenhand.outreach.asked import Asked
from evenhand.outreach.models import ContactQueue
from evenhand.outreach.queue import Wanted, enqueue
from evenhand.payments.actions import IntentRefused
from evenhand.payments.gateway import GatewayFailed
from evenhand.payments.models import GatewayNotice, PaymentIntent, UnmatchedMoney
from evenhand.runtime.config import config
from evenhand.web.clock import clock
from tests.bank import FIRST, NOON, Bank, account, customer, statement
from tests.contacts import MORNING, clock_at, in_force

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
ADDRESS = "/webhooks/paygate"


@pytest.fixture
def anna(lake_home, tmp_path, monkeypatch):
    """Anna's card has owed 500.00 for twenty days; the gateway is known."""
    monkeypatch.setenv("EVENHAND_PAYGATE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("EVENHAND_PAYGATE_SECRET", SECRET)
    config.cache_clear()
    bank = Bank(tmp_path / "feeds")
    bank.sends(
        FIRST, customers=[customer("C1")], accounts=[account("A1", "C1")],
        statements=[
            statement("A1", "C1", (FIRST - timedelta(days=45)).isoformat(),
                      (FIRST - timedelta(days=20)).isoformat(), "500.00")
        ],
    )  # fmt: skip
    bank.night(FIRST)
    return Case.objects.get()


def begun(case, minor=50_000, intent=None):
    intent = intent or uuid4()
    begin_payment(
        intent_id=intent, customer_id=case.customer_id, account_key=case.accounts.get().account_key,
        amount_minor=minor, currency="CNY", by=None, now=NOON,
    )  # fmt: skip
    return intent


def notice(intent, secret=SECRET, name="n1", after=timedelta(), **changed):
    """What Django's own client posts: a signed notification that the payment is paid."""
    at = clock() + after
    body = json.dumps({
        "intent": str(intent), "state": "paid", "amount": "500.00", "currency": "CNY", "reference": "G1",
        "at": NOON.isoformat(),
    } | changed)  # fmt: skip
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, at, body),
    }
    return Client().post(ADDRESS, body, content_type="application/json", headers=headers)


def state(intent):
    return PaymentIntent.objects.get(id=intent).state


def owed(case):
    return balance_of(case.accounts.get().account_key, as_of=FIRST).total_minor


def test_what_the_gateway_says_is_booked_allocated_and_decided_at_once(anna):
    before = owed(anna)
    assert notice(begun(anna)).status_code == 200
    anna.refresh_from_db()
    assert (anna.state, anna.close_reason) == ("CLOSED", "CURED")
    assert owed(anna) == before - 50_000
    assert ReceivedPayment.objects.get().source == "GATEWAY"


def test_a_call_queued_before_the_payment_is_void_at_its_commit(anna):
    in_force()
    with clock_at():
        person = anna.customer
        person.refresh_from_db()
        enqueue(
            [
                Wanted(
                    customer_id=person.id, facts_seq=person.facts_seq, asked=Asked("CALL", point="m1"),
                    request_key="tonight", not_before=MORNING, expires_at=MORNING + timedelta(hours=8),
                )
            ],
            by="night",
            now=MORNING,
        )  # fmt: skip
        assert notice(begun(anna)).status_code == 200
        assert gate.take_batch() == ()
    assert ContactQueue.objects.get().state == "VOID"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"secret": "whsec_" + base64.b64encode(b"x" * 32).decode()}, "NOT_SIGNED"),
        ({"after": timedelta(hours=-1)}, "NOT_OF_NOW"),
        ({"after": timedelta(hours=1)}, "NOT_OF_NOW"),
        ({"state": "perhaps"}, "NOT_AS_EXPECTED"),
        ({"reference": "x" * 65}, "NOT_AS_EXPECTED"),
        ({"amount": "a lot"}, "NOT_AS_EXPECTED"),
        ({"intent": "00000000-0000-7000-8000-000000000000"}, "UNKNOWN_PAYMENT"),
        ({"intent": 7}, "NOT_AS_EXPECTED"),
    ],
    ids=["forged", "late", "early", "state", "reference", "amount", "unknown", "number"],
)  # fmt: skip
def test_what_is_forged_late_or_otherwise_changes_nothing_and_is_kept_with_its_reason(
    anna, wrong, reason
):
    intent = begun(anna)
    answered = notice(**{"intent": intent} | wrong)
    assert (answered.status_code, answered.content.decode()) == (400, reason)
    assert (state(intent), ReceivedPayment.objects.count()) == ("CREATED", 0)
    kept = GatewayNotice.objects.get()
    assert (kept.state, kept.reason) == ("REFUSED", reason)
    assert notice(intent).status_code == 200  # the true one is taken all the same


@pytest.mark.parametrize("other", [{"amount": "499.99"}, {"currency": "USD"}])
def test_money_of_another_sum_waits_to_be_placed_and_is_lost_by_nobody(anna, other):
    intent = begun(anna)
    for _ in range(2):
        assert notice(intent, **other).status_code == 200
    assert (state(intent), ReceivedPayment.objects.count()) == ("CREATED", 0)
    [waiting] = UnmatchedMoney.objects.all()
    assert (waiting.amount_minor, waiting.currency) == (
        (49_999, "CNY") if "amount" in other else (50_000, "USD")
    )
    assert notice(intent, name="n2", reference="G2").status_code == 200
    assert state(intent) == "PAID"


def test_a_second_payment_for_what_was_paid_waits_to_be_placed(anna):
    intent = begun(anna)
    assert notice(intent).status_code == 200
    assert notice(intent, name="n2", reference="G2").status_code == 200
    assert ReceivedPayment.objects.count() == 1
    assert UnmatchedMoney.objects.get().amount_minor == 50_000


def test_a_server_killed_between_the_notification_and_its_commit_books_once_all_the_same(anna):
    """The process is killed with the money booked and not committed; the gateway comes again."""
    intent = begun(anna)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _notified_and_stopped_before_commit(intent, writing)
    os.close(writing)
    assert os.read(reading, 1) == b"1"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert (state(intent), ReceivedPayment.objects.count()) == ("CREATED", 0)
    assert notice(intent).status_code == 200
    assert ReceivedPayment.objects.count() == 1


def _notified_and_stopped_before_commit(intent, told):
    from django.db import connection

    from evenhand.cycle import gateway

    connection.connection = None  # the parent's line is the parent's
    book = gateway.receive_payments

    def stopped(*args, **given):
        book(*args, **given)
        os.write(told, b"1")
        time.sleep(600)

    gateway.receive_payments = stopped
    try:
        notice(intent)
    finally:
        os._exit(1)


def test_the_same_notification_again_and_at_the_same_moment_books_once(anna):
    intent, answers = begun(anna), []
    threads = [threading.Thread(target=lambda: answers.append(_alone(intent))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4
    assert ReceivedPayment.objects.count() == 1
    assert GatewayNotice.objects.filter(state="TAKEN").count() == 1


def _alone(intent):
    from django.db import connection

    try:
        return notice(intent).status_code
    finally:
        connection.close()


def test_another_notification_of_the_same_payment_books_nothing_more(anna):
    intent = begun(anna)
    assert notice(intent).status_code == 200
    assert notice(intent, name="n2").status_code == 200
    assert notice(intent, name="n3", reference="G2").status_code == 200
    assert UnmatchedMoney.objects.count() == 1, "paid again: somebody sees whose it is"
    assert ReceivedPayment.objects.count() == 1
    assert notice(intent, name="n4", state="failed").status_code == 200
    assert state(intent) == "PAID"


def test_a_payment_that_failed_may_still_be_paid(anna):
    intent = begun(anna)
    assert notice(intent, state="failed").status_code == 200
    assert state(intent) == "FAILED"
    assert notice(intent, name="n2").status_code == 200
    assert (state(intent), ReceivedPayment.objects.count()) == ("PAID", 1)


def test_a_key_begins_one_payment(anna):
    intent = begun(anna)
    assert begun(anna, intent=intent) == intent
    with pytest.raises(IntentRefused):
        begun(anna, minor=60_000, intent=intent)
    with pytest.raises(IntentRefused):
        begun(anna, minor=0)


def test_without_a_gateway_there_is_no_address(anna, monkeypatch):
    monkeypatch.delenv("EVENHAND_PAYGATE_SECRET")
    config.cache_clear()
    assert notice(begun(anna)).status_code == 404
    assert Client().get(ADDRESS).status_code == 405


def test_a_demo_speaks_to_no_gateway_outside_this_machine():
    with pytest.raises(GatewayFailed, match="outside this machine"):
        Gateway(url="https://pay.example.com", secret=SECRET, demo=True)
    assert Gateway(url="https://pay.example.com", secret=SECRET, demo=False)
    nobody = Gateway(url="http://127.0.0.1:1", secret=SECRET, demo=True)
    with pytest.raises(GatewayFailed, match="did not answer"):
        nobody.begin(
            intent=uuid4(), amount_minor=1, currency="CNY", notify="x", language="en", now=NOON
        )


@pytest.mark.parametrize("mode", MODES)
def test_the_whole_way_over_http_however_the_gateway_behaves(anna, live_server, mode):
    with Sandbox(0, SECRET, mode).serving() as sandbox:
        intent = begun(anna)
        gateway = Gateway(url=sandbox.url, secret=SECRET, demo=True)
        said = {"intent": intent, "amount_minor": 50_000, "currency": "CNY", "notify": live_server.url + ADDRESS,
                "language": "zh-CN", "now": clock()}  # fmt: skip
        page = gateway.begin(**said)
        assert gateway.begin(**said) == page
        assert "500.00 CNY" in urlopen(page).read().decode()
        assert "已付款" in urlopen(page, urlencode({"outcome": "paid"}).encode()).read().decode()
        _until(lambda: state(intent) == "PAID")
        time.sleep(0.3)  # whatever else comes has come
    assert ReceivedPayment.objects.count() == 1
    anna.refresh_from_db()
    assert anna.state == "CLOSED"


def _until(true):
    for _ in range(1200):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come")


def test_the_sandbox_is_a_process_that_takes_only_what_is_signed():
    command = [sys.executable, "-m", "evenhand.adapters.paygate.sandbox", "--secret", SECRET]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        port = int(process.stdout.readline())
        said = {"intent": uuid4(), "amount_minor": 1_00, "currency": "CNY", "notify": "http://127.0.0.1:1",
                "language": "en", "now": clock()}  # fmt: skip
        page = Gateway(url=f"http://127.0.0.1:{port}", secret=SECRET, demo=True).begin(**said)
        assert "1.00 CNY" in urlopen(page).read().decode()
        other = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        with pytest.raises(GatewayFailed):
            Gateway(url=f"http://127.0.0.1:{port}", secret=other, demo=True).begin(**said)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
