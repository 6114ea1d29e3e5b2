"""The worklist: the desk's open cases by priority, a page at a time."""

import re
from datetime import timedelta

import pyarrow as pa
import pytest
from django.urls import reverse

from evenhand.casework import queries
from evenhand.casework.queries import Filters
from evenhand.runtime.config import config
from evenhand.runtime.keys import read_keys
from tests.world import (
    DAY,
    a_case,
    a_closed_case,
    a_collector,
    a_hold,
    a_line,
    a_person,
    a_promise,
    a_run,
    a_supervisor,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def ids(rows):
    return [row.case_id for row in rows]


def test_the_highest_priority_comes_first_and_the_older_case_before_the_newer(client):
    low, high, also_high = a_case(priority=1), a_case(priority=9), a_case(priority=9)
    a_closed_case(priority=99)
    rows = queries.worklist(a_collector(), DAY, Filters())
    assert ids(rows) == [*sorted([high.id, also_high.id]), low.id]


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_hold_every_case_of_all_desks_once(limit):
    desks = ("EARLY", "LATE", "CARE")
    cases = [a_case(desk=desks[n % 3], priority=n % 4) for n in range(11)]
    staff, after, seen = a_supervisor(), "", []
    while page := queries.worklist(staff, DAY, Filters(), after=after, limit=limit):
        seen += ids(page)
        after = page[-1].key
    assert seen == [case.id for case in sorted(cases, key=lambda c: (-c.priority, c.id))]


@pytest.mark.parametrize("after", ["x", "5", "5.x", ".", "1.2.3"])
def test_a_page_that_starts_nowhere_is_not_found(client, after):
    a_run()
    client.force_login(a_collector())
    assert client.get("/", {"after": after}).status_code == 404


def test_the_worklist_is_narrowed_by_bucket_treatment_and_card_tail():
    wanted = a_case(bucket="M2", treatment="LETTER")
    a_line(wanted, card_tail="4321")
    others = [a_case(bucket="M2"), a_case(treatment="LETTER"), a_case()]
    gone = others[-1]
    a_line(gone, card_tail="4321", left_on=DAY)
    staff = a_collector()
    for filters in (Filters("M2", "LETTER"), Filters(search="4321")):
        assert ids(queries.worklist(staff, DAY, filters)) == [wanted.id]
    assert queries.worklist(staff, DAY, Filters(search="9999")) == []


def test_a_customer_number_finds_the_customer():
    key = int(read_keys(config().key_file).tokens(pa.array(["C-77"]), "customer")[0])
    wanted = a_case(customer=a_person(customer_key=key))
    a_case()
    assert ids(queries.worklist(a_collector(), DAY, Filters(search="C-77"))) == [wanted.id]


def test_an_unknown_bucket_or_treatment_in_the_address_narrows_nothing(client):
    a_run()
    case = a_case()
    client.force_login(a_collector())
    assert str(case.id) in client.get("/?bucket=M99&treatment=SHOUT").text


def test_a_row_says_days_cards_promise_and_hold_as_of_the_banking_day(client):
    a_run(DAY + timedelta(days=1))
    case = a_case(promise="OPEN")
    a_line(case, card_tail="1111", arrears_minor=9)
    a_line(case, card_tail="2222", arrears_minor=8)
    a_line(case, card_tail="3333", left_on=DAY)
    a_hold(case.customer, reason="DISPUTE")
    a_hold(a_case().customer, until_on=DAY + timedelta(days=1))  # its last day was yesterday
    a_promise(case.customer)
    row = next(r for r in queries.worklist(a_collector(), DAY + timedelta(days=1), Filters())
               if r.case_id == case.id)  # fmt: skip
    assert (row.overdue_days, row.card_tails, row.hold) == (21, ("1111", "2222"), "DISPUTE")
    client.force_login(a_collector())
    page = client.get("/", headers={"accept-language": "en"}).text
    assert page.count("Dispute") == 1
    assert "Hardship" not in page
    assert re.search(r"Open · <span class=\"tabular\">CN¥500.00</span> · 10-01", page)


def test_more_cases_than_are_counted_are_said_to_be_more_than_that():
    staff = a_supervisor()
    for desk in ("EARLY", "LATE", "LATE"):
        a_case(desk=desk)
    assert [queries.worklist_count(staff, Filters(), until=n) for n in (1, 2, 3)] == [2, 3, 3]


def test_before_the_first_night_the_worklist_says_so(client):
    client.force_login(a_collector())
    page = client.get("/", headers={"accept-language": "en"})
    assert "No night has been published yet" in page.text


def test_what_is_looked_for_stays_in_the_session_and_out_of_the_address(client):
    client.force_login(a_supervisor())
    a_run()
    wanted = a_case()
    a_line(wanted, card_tail="4321")
    a_line(a_case(), card_tail="1111")
    address = client.post(reverse("workbench:find"), {"q": " 4321 "})["Location"]
    assert "4321" not in address
    rows = client.get(address).context["rows"]
    assert [row.case_id for row, _ in rows] == [wanted.id]
    assert client.post(reverse("workbench:find"), {"q": ""})["Location"] == reverse(
        "workbench:worklist"
    )
    assert client.get(reverse("workbench:find")).status_code == 405
