"""The queue of money: for those who may place it, each sum once."""

from uuid import uuid4

import pytest
from django.urls import reverse

from evenhand.payments.bank_money import seal_words
from evenhand.payments.models import GatewayNotice, UnmatchedMoney
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from tests.world import DAY, NOW, a_case, a_collector, a_line, a_run, a_supervisor, an_analyst

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def money(minor=123_456, key=7, **words):
    return UnmatchedMoney.objects.create(
        reference_key=key, amount_minor=minor, currency="CNY", value_on=DAY, booked_on=DAY, received_at=NOW,
        words=seal_words(read_keys(config().key_file), key, words),
    )  # fmt: skip


@pytest.fixture
def case():
    """A case of one account."""
    a_run(DAY)
    case = a_case()
    a_line(case, arrears_minor=123_456)
    return case


def to(name, *args):
    return reverse(f"workbench:{name}", args=args)


def test_only_those_who_place_money_see_it(client, case):
    for staff in (a_collector(), an_analyst()):
        client.force_login(staff)
        assert client.get(to("payments")).status_code == 403
        for act in ("place", "return", "split", "note"):
            assert client.post(to(f"payment-{act}", uuid4()), {}).status_code == 403


def test_a_sum_is_shown_with_whom_it_may_be_for_and_placed_once(client, case, monkeypatch):
    monkeypatch.setattr(
        "evenhand.cycle.money.redecide", lambda *_, **__: []
    )  # there is no book here
    row = money(remitter="王秀兰", text="还款")
    client.force_login(a_supervisor())
    page = client.get(to("payments"), headers={"accept-language": "en"}).content.decode()
    assert "王秀兰" in page
    assert "the sum that is past due" in page
    said = {"request_key": uuid4(), "account": "x", "key": case.accounts.get().account_key}
    assert client.post(to("payment-place", row.id), said).status_code == 302
    assert client.post(to("payment-place", row.id), said).status_code == 409
    row.refresh_from_db()
    assert row.state == "PLACED"


@pytest.mark.parametrize(
    ("act", "said", "status"),
    [
        ("place", {"account": "no such"}, 422),
        ("place", {"account": ""}, 422),
        ("split", {"parts": "1.00 2.00"}, 422),
        ("split", {"parts": "a b"}, 422),
        ("note", {"text": ""}, 422),
        ("split", {"parts": "1000.00 234.56"}, 302),
        ("note", {"text": "asked the bank of origin"}, 302),
        ("return", {}, 302),
    ],
)
def test_every_act_on_a_sum_is_done_or_says_why_not(client, case, act, said, status):
    row = money()
    client.force_login(a_supervisor())
    answer = client.post(to(f"payment-{act}", row.id), {"request_key": uuid4(), **said})
    assert answer.status_code == status
    if status == 422:
        assert answer.context["refusal"]


def test_the_other_lists_and_addresses_nobody_made(client, case):
    GatewayNotice.objects.create(
        notice="n", state="REFUSED", reason="NOT_SIGNED", sha256="0" * 64, received_at=NOW
    )
    client.force_login(a_supervisor())
    assert (
        "not signed"
        in client.get(
            to("payments"), {"which": "NOTICES"}, headers={"accept-language": "en"}
        ).content.decode()
    )
    assert client.get(to("payments"), {"which": "UNCONFIRMED"}).status_code == 200
    assert client.get(to("payments"), {"which": "CAKE"}).status_code == 404
    assert client.get(to("payments"), {"after": "cake"}).status_code == 404
    assert (
        client.post(
            to("payment-split", uuid4()), {"request_key": uuid4(), "parts": "1 2"}
        ).status_code
        == 404
    )


def test_a_collector_keeps_that_she_says_she_has_paid(client, case):
    client.force_login(a_collector("LATE"))
    assert client.post(to("says-paid", case.id), {}).status_code == 404
    client.force_login(a_collector())
    wrong = client.post(
        to("says-paid", case.id),
        {"request_key": uuid4(), "amount": "many", "paid_on": "2999-01-01"},
    )
    assert wrong.status_code == 422
    assert set(wrong.context["paid_form"].errors) == {"amount", "paid_on"}
