"""The history on a case is the person's stream of the journal, in the page's language."""

from datetime import timedelta

import pytest
from django.urls import reverse

from evenhand.access.models import Staff
from evenhand.arrangements.actions import record_promise
from evenhand.casework.actions import decide_manually, lift_hold, place_hold
from evenhand.casework.models import DayDecision
from evenhand.journal.actions import of_person, record
from evenhand.journal.place import acting_from
from evenhand.outreach import gate
from evenhand.portfolio.persons import facts_changed
from evenhand.workbench.timeline import sentence_of
from tests.contacts import clock_at, in_force
from tests.world import DAY, NOW, a_case, a_collector, a_hold, a_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(home):
    a_run()
    return a_case()


@pytest.fixture
def staff(client) -> Staff:
    who = a_collector()
    client.force_login(who)
    return who


def page(client, case, language="en", **query):
    answer = client.get(
        reverse("workbench:case", args=[case.id]), query, headers={"accept-language": language}
    )
    assert answer.status_code == 200
    return answer


def sentences(answer):
    return [moment.sentence for moment in answer.context["timeline"].moments]


def hold(case, by):
    facts_changed(case.customer)
    return place_hold(
        person=case.customer, reason="HARDSHIP", from_on=DAY, until_on=DAY + timedelta(days=9), by=by, now=NOW,
    )  # fmt: skip


def test_each_act_is_a_sentence_with_who_did_it_and_from_where(client, case, staff):
    with acting_from("192.0.2.7"):
        placed = hold(case, staff.id)
    lift_hold(hold_id=placed.id, by=None, reason="over", now=NOW + timedelta(hours=1))
    answer = page(client, case)
    assert sentences(answer) == [
        "Hold lifted: Hardship",
        "Hold placed: Hardship, from 2026-09-28, ends 2026-10-07, review —",
    ]
    assert f"{staff.username} · 192.0.2.7" in answer.text
    assert "Line 1 of the journal" in answer.text


def test_the_same_lines_are_told_in_chinese(client, case, staff):
    said = {"by": staff.id, "now": NOW}
    record_promise(
        person=case.customer, amount_minor=130_000, currency="CNY", made_on=DAY, due_on=DAY, **said
    )
    decide_manually(
        person=case.customer,
        treatment="WAIT",
        reason="发薪日",
        from_on=DAY,
        until_on=DAY + timedelta(days=2),
        **said,
    )
    hold(case, staff.id)
    assert sentences(page(client, case, "zh-hans")) == [
        "设置停催：困难，2026-09-28 起，到期日 2026-10-07，复核日 —",
        "人工决定：等待，至 2026-09-30。理由：发薪日",
        "承诺还款：¥1,300.00，2026-09-28 前",
    ]


def test_what_the_night_did_is_told_as_done_by_the_night(client, case, staff):
    detail = {"reason": "CURED", "entry": 1, "banking_day": "2026-09-28"}
    record(
        kind="CASE_CLOSED", stream=of_person(case.customer_id), who="night", at=NOW, detail=detail
    )
    answer = page(client, case)
    assert [(m.sentence, m.who) for m in answer.context["timeline"].moments] == [
        ("Case closed: Cured", "The night")
    ]


def test_permits_and_refusals_stand_among_the_lines_by_their_time(client, case, staff):
    in_force()
    with clock_at() as clock:
        gate.request_contact(
            customer_id=case.customer_id, request_key="a", by=str(staff.id), act="CALL", point="m1"
        )
        clock.pass_by(hours=1)
        a_hold(case.customer)
        gate.request_contact(
            customer_id=case.customer_id, request_key="b", by="robot", act="CALL", point="m1"
        )
    hold(case, staff.id)
    assert [(m.sentence.split(":")[0], m.who) for m in page(client, case).context["timeline"].moments] == [
        ("Hold placed", staff.username),
        ("Contact refused", "robot"),
        ("Contact permitted", staff.username),
    ]  # fmt: skip


def test_what_was_decided_before_the_journal_is_still_shown(client, case, staff):
    DayDecision.objects.create(
        case=case, banking_day=DAY, cause="PAYMENT", facts_seq=1, facts={}, decision={"treatment": "WAIT"},
        strategy_digest="0" * 64, decided_at=NOW - timedelta(days=30),
    )  # fmt: skip
    DayDecision.objects.create(
        case=case, banking_day=DAY, cause="HOLD", facts_seq=1, facts={}, decision={"treatment": "WAIT"},
        strategy_digest="0" * 64, decided_at=NOW + timedelta(seconds=1),
    )  # fmt: skip
    hold(case, staff.id)
    assert [sentence[:11] for sentence in sentences(page(client, case))] == [
        "Hold placed",
        "Payment → W",
    ]


def test_a_stay_that_the_journal_tells_of_is_not_told_twice(client, case, staff):
    for number in (1, 2):
        case.stays.create(
            number=number, opened_on=DAY, closed_on=DAY if number == 1 else None,
            close_reason="CURED" if number == 1 else "",
        )  # fmt: skip
    detail = {"entry": 2, "bucket": "M1", "treatment": "CALL", "banking_day": "2026-09-28"}
    with acting_from("command line"):
        record(
            kind="CASE_REOPENED", stream=of_person(case.customer_id), who="night", at=NOW, detail=detail
        )  # fmt: skip
    answer = page(client, case)
    assert [stay.number for stay in answer.context["timeline"].stays] == [1]
    assert "The night · Command line" in answer.text
    assert "夜间批量 · 命令行" in page(client, case, "zh-hans").text


def test_earlier_lines_are_a_page_further(client, case, staff):
    for minute in range(45):
        record(
            kind="HOLD_LIFTED",
            stream=of_person(case.customer_id),
            who=None,
            at=NOW + timedelta(minutes=minute),
            detail={"reason": "OTHER"},
        )
    first = page(client, case)
    assert [m.number for m in first.context["timeline"].moments] == list(range(45, 25, -1))
    assert "?before=26#history" in first.text
    last = page(client, case, before="6")
    assert [m.number for m in last.context["timeline"].moments] == [5, 4, 3, 2, 1]
    assert "Earlier" not in last.text.partition('id="history"')[2]
    assert sentences(page(client, case, before="nonsense")) == sentences(first)


def test_a_collector_of_another_desk_sees_no_history(client, case):
    hold(case, None)
    client.force_login(a_collector("LATE"))
    assert client.get(reverse("workbench:case", args=[case.id])).status_code == 404


def test_a_kind_of_a_later_version_is_shown_by_its_code():
    assert sentence_of("SOMETHING_LATER", {}, "en") == "SOMETHING_LATER"
