"""A trial's report, the people it lists and the files it gives, and who may see them."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from evenhand.cycle.trying import try_version
from evenhand.rulebook import actions, queries
from evenhand.rulebook.models import StrategyVersion
from evenhand.rulebook.pack_acts import install_packs
from tests.bank import FIRST, NOON, Bank, account, customer, mobile, statement
from tests.strategies import starter_cut, texts_instead_of_calls
from tests.world import a_collector, a_supervisor, an_analyst

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

WHO = ("C1", "C2", "C3")


@pytest.fixture
def bank(tmp_path):
    """Three people of two regions, a month past due."""
    bank = Bank(tmp_path / "feeds")
    due_on = FIRST - timedelta(days=34)
    bank.sends(
        FIRST,
        customers=[customer(ref, region="SH" if ref == "C1" else "BJ") for ref in WHO],
        contact_points=[mobile(ref) for ref in WHO],
        accounts=[account(f"A-{ref}", ref) for ref in WHO],
        statements=[
            statement(
                f"A-{ref}", ref, (due_on - timedelta(20)).isoformat(), due_on.isoformat(), "900.00"
            )
            for ref in WHO
        ],
    )
    bank.night(FIRST)
    return bank


def asked(content=None):
    """A trial that waits, of a checked version."""
    number = actions.import_draft(
        title="Text first",
        content=content or texts_instead_of_calls(),
        by=an_analyst().id,
        now=NOON,
    )
    if not actions.check(number=number, now=NOON):  # a gap that the checker did not find
        StrategyVersion.objects.filter(number=number).update(state="CHECKED")
    return actions.ask_trial(number=number, nights=[FIRST], by=None, now=NOON)


@pytest.fixture
def trial_id(bank):
    actions.set_capacity(channel="SMS", contacts_per_day=2, by=None, now=NOON)
    found = asked()
    try_version(found, clock=lambda: NOON)
    return found


@pytest.fixture
def analyst(client):
    client.force_login(an_analyst())
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def address(name, trial_id, *more):
    return reverse(f"workbench:{name}", args=[trial_id, *more])


def pages_of(trial_id):
    """Every address about a trial, with the method it is asked by."""
    return [
        ("get", address("trial", trial_id)),
        ("get", address("trial_state", trial_id)),
        ("get", address("trial_file", trial_id)),
        ("get", address("trial_sheet", trial_id)),
        ("get", address("trial_people", trial_id, FIRST)),
        ("get", address("trial_why", trial_id, FIRST, 0, "1")),
        ("post", address("trial_again", trial_id)),
    ]


def test_trials_are_closed_to_collectors_and_to_who_is_not_logged_in(client, trial_id):
    for method, page in pages_of(trial_id):
        answer = getattr(client, method)(page)
        assert (answer.status_code, answer.url.split("?")[0]) == (302, "/staff/login/")
    client.force_login(a_collector())
    assert {getattr(client, method)(page).status_code for method, page in pages_of(trial_id)} == {
        403
    }


def test_the_report_says_what_the_packs_in_force_would_say_to_the_contacts(analyst, bank):
    install_packs(is_demo=True, now=NOON)
    found = asked()
    try_version(found, clock=lambda: NOON)
    page = analyst.get(address("trial", found)).text
    assert "What the policy packs would say" in page
    assert "cn@" in page
    assert '<span class="chip chip-ok">Allowed</span>' in page
    assert "none was in force" not in page


def test_a_supervisor_reads_a_trial_and_does_not_start_one(client, trial_id):
    client.force_login(a_supervisor())
    assert client.get(address("trial", trial_id)).status_code == 200
    assert client.post(address("trial_again", trial_id)).status_code == 403


def test_the_report_says_who_would_be_treated_differently_and_what_goes_over_capacity(
    analyst, trial_id
):
    page = analyst.get(address("trial", trial_id)).text
    for words in (
        "Trial of version",
        "Treated differently",
        "Text message: 3 contacts in a day; the house can make 2.",
        "Money in each treatment",
        "CN¥2,700.00",
        "The data has no birth years",
        "none was in force when this was tried",
    ):
        assert words in page, words
    assert "Age band" not in page


def test_the_report_speaks_chinese_too(client, trial_id):
    client.force_login(an_analyst())
    page = client.get(address("trial", trial_id), HTTP_ACCEPT_LANGUAGE="zh-CN").text
    assert "短信：一日需 3 次联系，日触达能力为 2 次。" in page


def test_a_night_the_trial_was_not_over_is_not_found(analyst, trial_id):
    assert analyst.get(address("trial", trial_id) + "?night=2026-09-01").status_code == 404
    other = FIRST + timedelta(days=1)
    assert analyst.get(address("trial_people", trial_id, other)).status_code == 404


def test_the_people_are_listed_by_facts_and_never_by_name(analyst, trial_id):
    page = analyst.get(address("trial_people", trial_id, FIRST)).text
    assert page.count("CN¥900.00") == 3
    assert "样例" not in page
    assert reverse("workbench:worklist") + "cases/" not in page


def test_the_list_can_be_narrowed(analyst, trial_id):
    there = address("trial_people", trial_id, FIRST)
    assert analyst.get(there + "?region=SH").text.count("CN¥900.00") == 1
    assert analyst.get(there + "?region=BJ&channel_after=SMS").text.count("CN¥900.00") == 2
    assert "Nobody matches." in analyst.get(there + "?channel_after=LETTER").text


def test_the_list_is_paged_by_key(analyst, trial_id, monkeypatch):
    monkeypatch.setattr("evenhand.workbench.views.trials.PAGE", 2)
    there = address("trial_people", trial_id, FIRST)
    first = analyst.get(there)
    assert first.text.count("CN¥900.00") == 2
    second = analyst.get(f"{there}?after={first.context['next']}")
    assert second.text.count("CN¥900.00") == 1
    assert "Next page" not in second.text


def test_why_shows_both_strategies_side_by_side(analyst, bank, trial_id):
    key, partition = bank.key("customer", "C1"), bank.partition("C1")
    page = analyst.get(address("trial_why", trial_id, FIRST, partition, str(key))).text
    for words in ("What the night decided", "What the draft would decide", "Channel: Phone", "Channel: Text message",
                  "34 days", "as both decisions saw them"):  # fmt: skip
        assert words in page, words
    assert analyst.get(address("trial_why", trial_id, FIRST, partition, "7")).status_code == 404
    assert analyst.get(address("trial_why", trial_id, FIRST, partition, "x")).status_code == 404


def test_who_may_see_the_case_gets_a_link_to_it(client, bank, trial_id):
    client.force_login(a_supervisor())
    page = client.get(address("trial_people", trial_id, FIRST)).text
    assert page.count('href="/cases/') == 3


def test_a_trial_that_waits_asks_again_until_it_is_done(analyst, bank):
    waiting = asked()
    assert "The trial waits for a worker." in analyst.get(address("trial", waiting)).text
    assert "hx-get" in analyst.get(address("trial_state", waiting)).text
    try_version(waiting, clock=lambda: NOON)
    assert analyst.get(address("trial_state", waiting)).headers["HX-Refresh"] == "true"


def test_a_trial_that_failed_says_how_to_mend_the_draft(analyst, bank):
    failed = asked(starter_cut("contact"))
    try_version(failed, clock=lambda: NOON)
    page = analyst.get(address("trial", failed)).text
    assert "end the table with a rule that has `-` in every cell" in page
    assert "hx-get" not in page
    assert analyst.get(address("trial_sheet", failed)).status_code == 404


def test_a_trial_whose_worker_is_gone_can_be_started_again_from_the_page(analyst, bank):
    stalled = asked()
    actions.start_trial(trial_id=stalled, now=NOON)
    assert "Nobody works on this trial any more." in analyst.get(address("trial", stalled)).text
    assert analyst.post(address("trial_again", stalled)).status_code == 302
    try_version(stalled, clock=lambda: NOON)
    assert queries.trial_row(stalled).state == "DONE"
    assert analyst.post(address("trial_again", stalled)).status_code == 302


def test_the_page_as_a_file_needs_nothing_beside_it(analyst, trial_id):
    answer = analyst.get(address("trial_file", trial_id))
    assert "attachment" in answer.headers["Content-Disposition"]
    for outside in ("<script", "<link", "href=", "src=", "url("):
        assert outside not in answer.text, outside
    assert ".trial-svg" in answer.text


def test_the_workbook_holds_totals_and_people_without_names(analyst, bank, trial_id):
    answer = analyst.get(address("trial_sheet", trial_id))
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert book.sheetnames == ["Totals", "Treatments", "Contacts", "Groups", "Rules", "People"]
    assert [cell.value for cell in book["Totals"][2]][1:] == [3, 3, 3, 3, 3, 0]
    people = list(book["People"].iter_rows(min_row=2, values_only=True))
    assert {row[1] for row in people} == {str(bank.key("customer", ref)) for ref in WHO}
    assert {(row[2], row[3], row[12], row[13]) for row in people} == {
        ("M2", 34, "Phone", "Text message")
    }
    assert "样例" not in str(people)
