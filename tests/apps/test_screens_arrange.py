"""The pages of arrangements: for those who may see the case, and nobody else."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from evenhand.arrangements.models import Assessment, Plan, Relief, Waiver
from evenhand.instructions.models import Instruction
from evenhand.ledger import actions as ledger
from tests.world import DAY, NOW, a_case, a_collector, a_line, a_run, a_supervisor, an_analyst

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def case():
    """A case of one account whose ledger the core has split."""
    a_run(DAY)
    case = a_case(offer="PLAN_60", overdue_from_on=DAY - timedelta(days=40))
    line = a_line(case)
    ledger.open_book(
        person=case.customer, account_key=line.account_key, currency="CNY", opened_on=DAY,
        owed_minor={"PRINCIPAL": 900_000, "INTEREST": 30_000, "LATE_CHARGE": 20_000, "FEE": 0}, file_no=None,
        line=None, now=NOW,
    )  # fmt: skip
    return case


def to(name, *args):
    return reverse(f"workbench:{name}", args=args)


def declared(client, case, **given):
    said = {
        "request_key": uuid4(), "region": "DEFAULT", "adults": 1, "dependants": 0, "income_band": "FROM_5000",
        "essentials": "2,000", "debts": "",
    } | given  # fmt: skip
    return client.post(to("arrange-means", case.id, "declaration"), said)


def wished(**given):
    return {
        "request_key": uuid4(),
        "kind": "INSTALMENTS",
        "months": 6,
        "method": "EQUAL_INSTALMENT",
    } | given


@pytest.fixture
def plan(client, case):
    """A plan of six months, drawn up by a collector."""
    client.force_login(a_collector())
    declared(client, case)
    client.post(to("arrange-plan", case.id), wished())
    return Plan.objects.get()


def test_a_declaration_is_kept_and_what_is_left_over_shown(client, case):
    client.force_login(a_collector())
    assert declared(client, case).status_code == 302
    page = client.get(to("arrange", case.id)).content.decode()
    assert "3,000.00" in page
    assert Assessment.objects.get().depth == "DECLARATION"


@pytest.mark.parametrize("wrong", [{"adults": 0}, {"income_band": "RICH"}, {"debts": "ten"}])
def test_nonsense_about_her_means_is_refused_at_its_field(client, case, wrong):
    client.force_login(a_collector())
    answer = declared(client, case, **wrong)
    assert answer.status_code == 422
    assert next(iter(wrong)) in answer.context["declaration_form"].errors
    assert not Assessment.objects.exists()


def test_a_plan_is_drawn_up_once_however_often_the_button_is_clicked(client, case):
    client.force_login(a_collector())
    declared(client, case)
    wish = wished()
    first = client.post(to("arrange-plan", case.id), wish)
    assert first.headers["Location"] == to("plan", Plan.objects.get().id)
    client.post(to("arrange-plan", case.id), wish)
    assert Plan.objects.count() == 1


def test_what_stands_against_a_plan_is_said_in_words(client, case):
    client.force_login(a_collector())
    answer = client.post(to("arrange-plan", case.id), wished(), headers={"accept-language": "en"})
    assert answer.status_code == 422
    assert "her means are not known yet" in answer.content.decode()
    assert not Plan.objects.exists()


def test_the_calculator_answers_without_keeping_anything(client, case):
    client.force_login(a_collector())
    page = client.get(
        to("arrange-option", case.id),
        wished(),
    )
    assert "1,583.35" in page.content.decode()
    assert client.get(to("arrange-option", case.id), {"months": "x"}).status_code == 422
    assert not Plan.objects.exists()


@pytest.mark.parametrize("name", ["arrange", "arrange-option"])
def test_nobody_of_another_desk_sees_what_may_be_offered(client, case, name):
    client.force_login(a_collector("LATE"))
    assert client.get(to(name, case.id)).status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "arrange-plan",
        "arrange-extension",
        "arrange-settlement",
        "arrange-waiver",
        "arrange-rest",
        "arrange-reage",
    ],
)
def test_nobody_of_another_desk_arranges_anything(client, case, name):
    client.force_login(a_collector("LATE"))
    assert client.post(to(name, case.id), {}).status_code == 404
    assert client.get(to(name, case.id)).status_code == 405


@pytest.mark.parametrize(
    "name", ["plan", "plan-costs", "plan-costs-confirm", "plan-agree", "plan-withdraw", "plan-end"]
)
def test_nobody_of_another_desk_sees_or_touches_a_plan(client, plan, name):
    client.force_login(a_collector("LATE"))
    answer = client.get(to(name, plan.id)) if name == "plan" else client.post(to(name, plan.id), {})
    assert answer.status_code == 404


def test_the_inbox_is_for_those_who_may_approve(client, case):
    for staff in (a_collector(), an_analyst()):
        client.force_login(staff)
        assert client.get(to("approvals")).status_code == 403
        assert client.post(to("approval-decide", "PLAN", uuid4()), {}).status_code == 403
    client.force_login(a_supervisor())
    assert client.get(to("approvals")).status_code == 200
    assert client.post(to("approval-decide", "CAKE", uuid4()), {}).status_code == 404
    assert (
        client.post(to("approval-decide", "PLAN", uuid4()), {"read": str(uuid4())}).status_code
        == 404
    )


def test_a_waiver_above_authority_waits_in_the_inbox_and_can_be_refused(client, case):
    client.force_login(a_collector())
    key = case.accounts.get().account_key
    client.post(
        to("arrange-waiver", case.id),
        {
            "request_key": uuid4(),
            "account": key,
            "part": "INTEREST",
            "amount": "200",
            "reason": "HARDSHIP",
        },
    )
    waiver = Waiver.objects.get()
    assert waiver.state == "ASKED"
    client.force_login(a_supervisor())
    [(row, _case, may)] = client.get(to("approvals")).context["rows"]
    assert may
    said = {"read": row.question.id, "verdict": "REFUSED", "reason": ""}
    assert client.post(to("approval-decide", "WAIVER", waiver.id), said).status_code == 422
    said["reason"] = "no evidence"
    assert client.post(to("approval-decide", "WAIVER", waiver.id), said).status_code == 302
    waiver.refresh_from_db()
    assert waiver.state == "REFUSED"
    assert not Instruction.objects.exists()


def test_the_queue_of_instructions_is_for_those_who_work_it(client, case):
    for staff in (a_collector(), an_analyst()):
        client.force_login(staff)
        assert client.get(to("instructions")).status_code == 403
        for act in ("retry", "give-up", "take-over"):
            assert client.post(to(f"instruction-{act}", uuid4())).status_code == 403
    client.force_login(a_supervisor())
    assert client.get(to("instructions")).status_code == 200
    assert client.get(to("instructions"), {"which": "CAKE"}).status_code == 404
    assert client.get(to("instructions"), {"after": "²"}).status_code == 404
    assert client.post(to("instruction-retry", uuid4())).status_code == 404


def test_a_collector_takes_no_charge_back(client, case):
    client.force_login(a_collector())
    key = case.accounts.get().account_key
    assert client.post(to("reverse", case.id, key, uuid4()), {}).status_code == 403
    assert client.post(to("refund", case.id, key), {}).status_code == 403


def test_more_than_she_has_to_her_credit_is_not_given_back(client, case):
    client.force_login(a_supervisor())
    key = case.accounts.get().account_key
    answer = client.post(to("refund", case.id, key), {"request_key": uuid4(), "amount": "5"})
    assert answer.status_code == 422
    assert "amount" in answer.context["refund_form"].errors
    gone = client.post(
        to("reverse", case.id, key, uuid4()), {"request_key": uuid4(), "reason": "x"}
    )
    assert gone.status_code == 404


def test_a_collector_starts_no_clock_afresh(client, case):
    client.force_login(a_collector())
    answer = client.post(
        to("arrange-reage", case.id), {"request_key": uuid4(), "reason": "kept her plan"}
    )
    assert answer.status_code == 422
    assert answer.context["reage_form"].non_field_errors()


def test_a_rest_to_look_at_again_is_on_the_list_of_those_who_approve(client, case):
    rest = Relief.objects.create(
        customer=case.customer,
        review_on=DAY,
        currency="CNY",
        given_on=DAY - timedelta(days=90),
        given_at=NOW,
    )
    client.force_login(a_collector())
    assert client.post(to("rest-look-again", rest.id)).status_code == 403
    client.force_login(a_supervisor())
    assert [row.id for row, _case in client.get(to("approvals")).context["rests"]] == [rest.id]
    assert client.post(to("rest-look-again", uuid4())).status_code == 404
