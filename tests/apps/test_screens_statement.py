"""The statement of account: every figure to its line, for those who may see the case."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from evenhand.adapters.paygate.sandbox import Sandbox
from evenhand.ledger import actions as ledger
from evenhand.ledger.booking import Charge, post_charges
from evenhand.ledger.reconcile import Theirs, reconcile
from evenhand.payments.queries import intent_rows
from evenhand.runtime.config import config
from tests.world import DAY, NOW, a_case, a_collector, a_file, a_hold, a_line, a_run, a_supervisor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def case(monkeypatch):
    """A case of one account whose ledger opened on DAY from line 7 of a file; the last night was ten days later."""
    monkeypatch.setenv("EVENHAND_BANKING_DATE", (DAY + timedelta(days=10)).isoformat())
    config.cache_clear()
    a_run(DAY + timedelta(days=10))
    case = a_case()
    line = a_line(case)
    file = a_file(name="balances-0928.csv")
    ledger.open_book(
        person=case.customer, account_key=line.account_key, currency="CNY", opened_on=DAY,
        owed_minor={"PRINCIPAL": 900_000, "INTEREST": 30_000, "LATE_CHARGE": 0, "FEE": 0}, file_no=file.file_no,
        line=7, now=NOW,
    )  # fmt: skip
    return case


def address(case, account=None):
    key = account or case.accounts.get().account_key
    return reverse("workbench:statement", args=[case.id, key])


def test_every_line_shows_its_file_and_what_is_owed_after_it(client, case):
    key = case.accounts.get().account_key
    ledger.receive_payment(
        person=case.customer, account_key=key, reference_key=1, amount_minor=40_000, currency="CNY",
        value_on=DAY + timedelta(days=2), source="GATEWAY", overdue_days=22, now=NOW,
    )  # fmt: skip
    client.force_login(a_collector())
    page = client.get(address(case), headers={"accept-language": "en"}).content.decode()
    assert "balances-0928.csv" in page
    assert "8,900.00" in page
    assert "Payment gateway" in page
    assert "Counted, not confirmed by the core yet" in page


def test_what_settles_it_on_a_day_has_interest_until_then_and_none_for_a_freeze(client, case):
    client.force_login(a_supervisor())
    day = DAY + timedelta(days=10)
    later = {"on": (day + timedelta(days=20)).isoformat()}
    plain = client.get(address(case), later).context["payoff"]
    assert plain.interest_minor == 9_300  # 9,300.00 for 20 days at 0.05 %
    assert plain.total_minor == 939_300
    a_hold(
        case.customer,
        reason="DISPUTE",
        effects=["INTEREST"],
        from_on=day,
        until_on=day + timedelta(days=5),
    )
    assert client.get(address(case), later).context["payoff"].interest_minor == 6_975
    past = client.get(address(case), {"on": "2001-01-01"}).context["payoff"]
    assert (past.on, past.interest_minor) == (day, 0)


def test_a_charge_is_shown_in_words_with_its_line(client, case):
    key = case.accounts.get().account_key
    file = a_file(name="charges-0930.csv", feed="charges")
    said = Charge(
        account_key=key, part="FEE", amount_minor=1_234, value_on=DAY + timedelta(days=3), kind="FEE",
        file_no=file.file_no, line=5,
    )  # fmt: skip
    post_charges([said], booked_on=DAY + timedelta(days=3), now=NOW)
    client.force_login(a_supervisor())
    page = client.get(address(case), headers={"accept-language": "zh-hans"}).content.decode()
    assert "charges-0930.csv" in page
    assert "手续费" in page


@pytest.mark.parametrize(
    ("who", "status"), [(lambda: a_collector("EARLY"), 200), (lambda: a_collector("LATE"), 404), (a_supervisor, 200)]
)  # fmt: skip
def test_a_statement_is_for_who_may_see_the_case(client, case, who, status):
    client.force_login(who())
    assert client.get(address(case)).status_code == status


def test_an_account_of_another_case_is_not_there(client, case):
    client.force_login(a_supervisor())
    other = a_line(a_case())
    assert client.get(address(case, other.account_key)).status_code == 404
    assert client.get(address(case, "seven")).status_code == 404


def test_an_account_without_a_ledger_says_so(client, case):
    client.force_login(a_supervisor())
    bare = a_line(case)
    answer = client.get(address(case, bare.account_key), headers={"accept-language": "en"})
    assert "has no ledger" in answer.content.decode()


SECRET = "whsec_" + "QUJD" * 10


@pytest.fixture
def sandbox(monkeypatch):
    """A gateway on this machine, known to the settings."""
    with Sandbox(0, SECRET, "plain").serving() as running:
        monkeypatch.setenv("EVENHAND_PAYGATE_URL", running.url)
        monkeypatch.setenv("EVENHAND_PAYGATE_SECRET", SECRET)
        monkeypatch.setenv("EVENHAND_MODE", "demo")
        config.cache_clear()
        yield running
    config.cache_clear()


def pay_address(case):
    return reverse("workbench:pay", args=[case.id, case.accounts.get().account_key])


def test_a_payment_is_begun_once_and_its_page_is_shown(client, case, sandbox):
    client.force_login(a_collector())
    given = {"amount": "1,234.56", "request_key": str(uuid4())}
    for _ in range(2):
        assert client.post(pay_address(case), given).status_code == 302
    page = client.get(address(case), headers={"accept-language": "en"}).content.decode()
    assert f"{sandbox.url}/pay/{given['request_key']}" in page
    [payment] = sandbox.payments.values()
    assert (payment["amount"], payment["currency"]) == ("1234.56", "CNY")
    [row] = intent_rows(case.accounts.get().account_key)
    assert (row.amount_minor, row.state) == (123_456, "CREATED")


@pytest.mark.parametrize("amount", ["", "0", "-1", "a lot", "1.234"])
def test_what_is_no_amount_is_shown_at_its_field_and_begins_nothing(client, case, sandbox, amount):
    client.force_login(a_collector())
    answer = client.post(pay_address(case), {"amount": amount, "request_key": str(uuid4())})
    assert answer.status_code == 422
    assert "amount" in answer.context["pay_form"].errors
    assert not sandbox.payments


def test_a_gateway_that_does_not_answer_is_said_so(client, case, sandbox, monkeypatch):
    monkeypatch.setenv("EVENHAND_PAYGATE_URL", "http://127.0.0.1:1")
    config.cache_clear()
    client.force_login(a_collector())
    answer = client.post(
        pay_address(case),
        {"amount": "5.00", "request_key": str(uuid4())},
        headers={"accept-language": "en"},
    )
    assert answer.status_code == 422
    assert "did not begin the payment" in answer.content.decode()


def test_payments_are_begun_by_who_may_see_the_case_and_where_there_is_a_gateway(
    client, case, sandbox, monkeypatch
):
    given = {"amount": "5.00", "request_key": str(uuid4())}
    client.force_login(a_collector("LATE"))
    assert client.post(pay_address(case), given).status_code == 404
    client.force_login(a_collector())
    assert client.get(pay_address(case)).status_code == 405
    monkeypatch.delenv("EVENHAND_PAYGATE_URL")
    config.cache_clear()
    assert client.post(pay_address(case), given).status_code == 404
    assert "Payment at the gateway" not in client.get(address(case)).content.decode()
    assert not sandbox.payments


@pytest.mark.parametrize(("who", "status"), [(a_collector, 403), (a_supervisor, 200)])
def test_differences_from_the_core_are_for_who_sees_the_nights(client, case, who, status):
    reconcile(
        {case.accounts.get().account_key: Theirs(930_500, None)},
        on=DAY + timedelta(days=1),
        unbooked_minor={},
    )
    client.force_login(who())
    answer = client.get(reverse("workbench:breaks"), headers={"accept-language": "en"})
    assert answer.status_code == status
    if status == 200:
        assert "9,305.00" in answer.content.decode()
        [(row, shown)] = answer.context["rows"]
        assert (row.part, shown.case_id) == ("TOTAL", case.id)
        assert client.get(reverse("workbench:breaks"), {"after": row.key}).context["rows"] == []
        assert client.get(reverse("workbench:breaks"), {"after": "x"}).status_code == 404
