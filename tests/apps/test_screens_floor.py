"""The floor: who works on what, what is due, and what waits for a supervisor; nothing of it for anybody else."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from evenhand.casework import work
from evenhand.casework.models import ContactResult
from evenhand.casework.result_codes import result_codes
from evenhand.outreach import gate
from evenhand.outreach.models import ContactEvent
from evenhand.outreach.results import ended
from evenhand.outreach.rules import LineRecord
from tests.contacts import clock_at, in_force
from tests.world import (
    DAY,
    a_case,
    a_collector,
    a_hold,
    a_line,
    a_manager,
    a_promise,
    a_run,
    a_supervisor,
    an_analyst,
    an_officer,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

FLOOR = "workbench:floor"


@pytest.fixture
def case():
    a_run(DAY)
    found = a_case(channel="PHONE")
    a_line(found)
    return found


def seen(client, language="en"):
    return client.get(reverse(FLOOR), headers={"accept-language": language}).text


def writes(client, case, **given):
    said = {"request_key": uuid4(), "act": "CALL_IN", "line": "ANSWERED", "who": "HERSELF"}
    answer = client.post(reverse("workbench:result", args=[case.id]), said | given)
    assert answer.status_code == 302


def test_what_is_handed_over_waits_until_the_supervisor_has_written_what_comes_next(client, case):
    collector, supervisor = a_collector(), a_supervisor()
    client.force_login(collector)
    writes(client, case, talk="REFUSES", reason="UNWILLING", next="SUPERVISOR", next_on=DAY)
    client.force_login(supervisor)
    page = seen(client)
    assert reverse("workbench:case", args=[case.id]) in page
    assert "Refuses to pay" in page
    assert "拒绝还款" in seen(client, "zh-hans")
    writes(client, case, act="DESK", line="", who="", next="CALL", next_on=DAY + timedelta(days=2))
    assert "Nothing waits for you." in seen(client)


def test_who_works_on_what_and_what_she_wrote_stand_side_by_side(client, case):
    collector = a_collector()
    client.force_login(collector)
    writes(client, case, talk="EXPLAINED", next="NOTHING")
    other = a_case()
    now = ContactResult.objects.get().written_at
    assert work.take(case_id=other.id, staff=collector.id, codes=result_codes(), now=now)
    client.force_login(a_supervisor())
    page = seen(client)
    assert collector.username in page
    assert reverse("workbench:case", args=[other.id]) in page
    assert "Nobody has written a result today." not in page


def test_promises_and_holds_that_are_due_are_told(client, case):
    a_promise(case.customer, due_on=DAY, amount_minor=50_000)
    a_promise(a_case().customer, due_on=DAY, amount_minor=20_000, state="KEPT", settled_on=DAY)
    a_hold(
        case.customer,
        reason="DISPUTE",
        until_on=None,
        from_on=DAY - timedelta(days=20),
        review_on=DAY - timedelta(days=2),
    )
    client.force_login(a_manager())
    page = seen(client)
    assert "CN¥700.00" in page
    assert "CN¥200.00" in page
    assert "2 days late" in page
    assert reverse("workbench:standing", args=[case.id]) in page


def test_words_to_look_at_in_a_note_are_listed_with_who_wrote_them(client, case):
    collector = a_collector()
    client.force_login(collector)
    writes(client, case, talk="EXPLAINED", next="NOTHING", note="不还就把你抓起来坐牢")
    client.force_login(a_supervisor())
    page = seen(client)
    assert collector.username in page
    assert "不还就把你抓起来坐牢" not in page  # the words are on the case alone


@pytest.fixture
def disagreed(case):
    """A call that the form says nobody answered, and the line that somebody did."""
    in_force()
    with clock_at() as clock:
        permit = gate.request_contact(
            customer_id=case.customer_id, request_key="k", by="t", act="CALL", point="m1", more={"recording": True}
        )  # fmt: skip
        gate.sent(permit, by="t")
        clock.pass_by(minutes=1)
        line = LineRecord("ANSWERED", "PBX", talk_seconds=50)
        ended(contact=permit.id, by="t", line=line, typed_result="UNANSWERED")
        yield permit.id


@pytest.mark.django_db(transaction=True)
def test_a_form_that_contradicts_the_line_is_looked_at_once(client, disagreed):
    client.force_login(a_supervisor())
    assert reverse("workbench:contact-reviewed", args=[disagreed]) in seen(client)
    answer = client.post(reverse("workbench:contact-reviewed", args=[disagreed]), follow=True)
    assert answer.status_code == 200
    assert ContactEvent.objects.get().reviewed_at is not None
    assert "They agree everywhere." in seen(client)
    assert client.post(reverse("workbench:contact-reviewed", args=[uuid4()])).status_code == 404


def test_nobody_else_leads_the_floor(client, case):
    for staff in (a_collector(), an_analyst(), an_officer()):
        client.force_login(staff)
        assert client.get(reverse(FLOOR)).status_code == 403
        assert client.post(reverse("workbench:contact-reviewed", args=[uuid4()])).status_code == 403
    assert client.get(reverse("workbench:contact-reviewed", args=[uuid4()])).status_code == 405
