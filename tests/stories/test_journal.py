"""The journal tells of nights and days line by line, and every line can be checked against what it tells of."""

from datetime import date, timedelta

import pytest

from evenhand.arrangements.models import Promise
from evenhand.casework.models import Case
from evenhand.cycle import day, money
from evenhand.cycle.manifest import read_manifest
from evenhand.cycle.telling import root_of
from evenhand.journal.models import Line
from evenhand.journal.queries import line_rows
from evenhand.journal.rules import Stream, digest_of
from evenhand.journal.sealing import seal_all
from tests.bank import FIRST, NOON, Bank, account, customer, mobile, next_day, payment, statement
from tests.journals import wrong
from tests.stories.test_night import overdue_since

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bank(tmp_path, lake_home):
    bank = Bank(tmp_path / "feeds")
    bank.sends(
        FIRST,
        customers=[customer("C1"), customer("C2")],
        contact_points=[mobile("C1"), mobile("C2")],
        accounts=[account("A1", "C1"), account("A2", "C2")],
        statements=[
            overdue_since(FIRST - timedelta(days=34)),
            overdue_since(FIRST, ref="A2", owner="C2"),
        ],
    )
    return bank


def told(case: Case) -> list[str]:
    """The kinds of the lines about a person, the earliest first."""
    rows = line_rows(Stream("PERSON", str(case.customer_id)))
    return [row.kind for row in reversed(rows)]


def night_line(on: date):
    rows = line_rows(Stream("RUN", on.isoformat()))
    [line] = [row for row in rows if row.kind == "NIGHT_PUBLISHED"]
    return line


def test_a_night_leaves_one_line_with_the_root_of_its_decisions(bank):
    run = bank.night(FIRST)
    line = night_line(FIRST)
    manifest = read_manifest(bank.lake.manifest(FIRST))
    assert (line.kind, line.who, line.why) == ("NIGHT_PUBLISHED", "night", run.content_digest)
    assert line.detail["root"] == root_of(manifest)
    assert line.detail["manifest_sha256"] == run.manifest_sha256
    bank.night(FIRST)
    assert night_line(FIRST) == line


def test_the_files_of_a_night_are_told_before_it(bank):
    rows = line_rows(Stream("RUN", FIRST.isoformat()))
    assert [row.kind for row in rows] == ["FILE_LOADED"] * 4
    assert {row.detail["rows_loaded"] for row in rows} == {2}


def test_a_dry_run_leaves_no_line(bank):
    before = Line.objects.count()
    bank.night(FIRST, dry_run=True)
    assert Line.objects.count() == before


def test_a_stay_in_collections_is_told_from_its_opening_to_its_close(bank):
    bank.night(FIRST)
    case = Case.objects.get()
    by_night = bank.night(FIRST).content_digest
    assert by_night
    day.record_promise(
        customer_id=case.customer_id, amount_minor=100_000, due_on=next_day(FIRST, 3), by=None, now=NOON, on=FIRST,
    )  # fmt: skip
    day.place_hold(
        customer_id=case.customer_id, reason="ILLNESS", until_on=next_day(FIRST, 9), by=None, now=NOON, on=FIRST
    )  # fmt: skip
    after = next_day(FIRST)
    bank.sends(after, payments=[payment("A1", "C1", "P1", after.isoformat(), "1000.00")])
    bank.night(after)
    assert told(case) == [
        "CASE_OPENED",
        "BOOK_OPENED",
        "PROMISE_RECORDED",
        "DAY_DECIDED",
        "HOLD_PLACED",
        "DAY_DECIDED",
        "CASE_CLOSED",
        "PROMISE_KEPT",
    ]
    lines = line_rows(Stream("PERSON", str(case.customer_id)))
    part = next(
        p
        for p in read_manifest(bank.lake.manifest(after)).parts
        if p.number == bank.partition("C1")
    )
    assert {line.why for line in lines[:2]} == {part.outputs["decisions"]}
    assert Promise.objects.get().state == "KEPT"


def test_a_decision_by_day_is_told_with_the_digest_of_its_facts_and_answer(bank):
    bank.night(FIRST)
    case = Case.objects.get()
    day.place_hold(
        customer_id=case.customer_id, reason="ILLNESS", until_on=next_day(FIRST, 9), by=None, now=NOON, on=FIRST
    )  # fmt: skip
    made = case.day_decisions.get()
    line = line_rows(Stream("PERSON", str(case.customer_id)))[0]
    assert line.why == digest_of({"facts": made.facts, "decision": made.decision})
    assert line.detail["treatment"] == made.decision["treatment"]


def test_money_by_day_is_told_once(bank):
    bank.night(FIRST)
    case = Case.objects.get()
    said = money.Money(
        customer_key=case.customer.customer_key,
        partition=case.customer.partition,
        account_key=bank.key("account", "A1"),
        reference_key=7,
        amount_minor=5_000,
        currency="CNY",
        value_on=FIRST,
    )
    money.receive_payments([said], now=NOON)
    money.receive_payments([said], now=NOON)
    assert told(case).count("PAYMENT_RECEIVED") == 1


def test_an_act_that_is_refused_leaves_no_line(bank):
    bank.night(FIRST)
    case = Case.objects.get()
    before = Line.objects.count()
    with pytest.raises(ValueError, match="cannot fall due"):
        day.record_promise(
            customer_id=case.customer_id, amount_minor=1, due_on=FIRST - timedelta(days=1), by=None, now=NOON, on=FIRST
        )  # fmt: skip
    assert Line.objects.count() == before


def test_all_of_it_is_sealed_and_whole(bank, tmp_path):
    bank.night(FIRST)
    assert seal_all(key_file=tmp_path / "seal.json", now=NOON) == [1]
    bank.sends(
        next_day(FIRST), statements=[statement("A2", "C2", "2026-09-25", "2026-10-15", "100.00")]
    )
    bank.night(next_day(FIRST))
    assert wrong() == []
