"""The night and the quarantine, as a supervisor reads them."""

from datetime import timedelta

import pytest

from tests.bank import FIRST, Bank, account, customer, statement
from tests.world import DAY, a_collector, a_file, a_refused_field, a_run, a_supervisor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

TOTALS = {
    "currency": "CNY",
    "accounts": 20_000,
    "past_due": 2_435,
    "cases_opened": 2_000,
    "cases_closed": 31,
    "cases_open": 1_969,
    "cured": 17,
    "quarantined": 5,
    "payments_minor": 1_234_567,
    "roll": {"better": 3, "same": 4, "worse": 6},
    "differences": {"stated_vs_computed": 75, "past_due": 0},
    "buckets": {"M1": {"accounts": 8, "arrears_minor": 900, "balance_minor": 1000}},
    "treatments": {"CALL": {"people": 12, "arrears_minor": 77_700}},
    "segments": {"M1_LOW": {"people": 12, "arrears_minor": 77_700}},
    "closed_by_reason": {"CURED": 31},
    "checks": [{"check": "rows", "left": 468, "right": 468, "difference": 0}],
}


@pytest.fixture
def supervisor(client):
    client.force_login(a_supervisor())
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def test_a_night_shows_its_totals_in_words_and_that_both_sides_agree(supervisor):
    a_run(totals=TOTALS)
    page = supervisor.get(f"/nights/{DAY}/").text
    for text in ("20,000", "2,435", "1,969", "CN¥12,345.67", "CN¥777.00", "M1 standard", "Cured", "reconciled",
                 "rows in the files", "rows loaded and quarantined", "1 min 15 s"):  # fmt: skip
        assert text in page, text


def test_a_night_that_does_not_agree_says_by_how_much(supervisor):
    checks = [{"check": "rows", "left": 468, "right": 466, "difference": 2}]
    a_run(totals=TOTALS | {"checks": checks}, difference=2)
    page = supervisor.get(f"/nights/{DAY}/").text
    assert "differs by 2" in page
    assert "reconciled" not in page


def test_a_night_cut_off_before_it_counted_anything_still_has_a_page(supervisor):
    a_run(state="STARTED", finished_at=None)
    page = supervisor.get(f"/nights/{DAY}/")
    assert page.status_code == 200
    assert "Not counted yet." in page.text


def test_bars_are_as_long_as_their_figures(supervisor):
    row = {"arrears_minor": 1, "balance_minor": 1}
    buckets = {"M1": row | {"accounts": 400}, "M3": row | {"accounts": 100}}
    a_run(totals=TOTALS | {"buckets": buckets})
    bars = supervisor.get(f"/nights/{DAY}/").context["buckets"]
    assert [(bar.bucket, bar.accounts_width) for bar in bars][:3] == [("M1", 1000), ("M2", 0), ("M3", 250)]  # fmt: skip


def test_a_refused_file_is_listed_with_its_reason(supervisor):
    a_run()
    refusal = {
        "rule": "file.total",
        "line": 9,
        "field": "amount",
        "expected": "a sum of 5, found 6",
    }
    a_file(state="REFUSED", refusal=refusal, rows_loaded=0)
    page = supervisor.get(f"/nights/{DAY}/", headers={"accept-language": "zh-hans"}).text
    assert "file.total" in page
    assert "合计 5，实为 6" in page


def test_the_nights_begin_with_the_last_and_go_back_by_day(supervisor):
    for days in range(25):
        a_run(DAY + timedelta(days=days))
    last = DAY + timedelta(days=24)
    assert supervisor.get("/nights/").url == f"/nights/{last}/"
    earlier = supervisor.get(f"/nights/?before={DAY + timedelta(days=5)}")
    assert [night.banking_day for night in earlier.context["nights"]] == [
        DAY + timedelta(days=days) for days in (4, 3, 2, 1, 0)
    ]


@pytest.mark.parametrize("address", [f"/nights/{DAY}/", "/nights/2026-13-45/", "/nights/?before=x"])
def test_a_night_that_never_was_is_not_found(supervisor, address):
    assert supervisor.get(address).status_code == 404


def test_quarantine_pages_hold_every_refused_field_once(supervisor):
    a_run()
    file = a_file(rows_in=150, rows_loaded=0, rows_quarantined=150)
    for line in range(2, 152):
        a_refused_field(file, line)
    seen, address = [], f"/quarantine/?day={DAY}"
    while address:
        context = supervisor.get(address).context
        seen += [row.line for row in context["rows"]]
        address = context["next"] and f"/quarantine/?day={DAY}&after={context['next']}"
    assert seen == list(range(2, 152))


def test_the_quarantine_of_one_file_leaves_the_others_out(supervisor):
    a_run()
    mine, other = a_file(), a_file()
    a_refused_field(mine, 7, value_masked="9**z")
    a_refused_field(other, 8, value_masked="5**q")
    page = supervisor.get(f"/quarantine/?file={mine.file_no}").text
    assert "9**z" in page
    assert "5**q" not in page


@pytest.mark.parametrize("query", ["file=x", "after=x.1.a", "day=soon", "file=-1"])
def test_an_address_that_means_nothing_is_not_found(supervisor, query):
    a_run()
    assert supervisor.get(f"/quarantine/?{query}").status_code == 404


def test_the_accounts_whose_figures_differ_are_listed(supervisor, tmp_path):
    bank = Bank(tmp_path / "feeds")
    bank.sends(
        FIRST,
        customers=[customer("C1")],
        accounts=[
            account("A1", "C1", stated_overdue_days="31", card_tail="4711"),
            account("A2", "C1"),
        ],
        statements=[statement("A1", "C1", "2026-08-05", "2026-08-25", "1000.00")],
    )
    bank.night(FIRST)
    page = supervisor.get(f"/nights/{FIRST}/differences/").text
    assert "4711" in page
    assert ">31<" in page
    assert ">34<" in page
    assert "1234" not in page  # the other card agrees
    last = f"?after={bank.partition('C1')}.{bank.key('customer', 'C1')}.{bank.key('account', 'A1')}"
    assert "Nothing differs." in supervisor.get(f"/nights/{FIRST}/differences/{last}").text


@pytest.mark.parametrize(("address", "status"), [("", 404), ("?after=x", 404)])
def test_differences_of_no_night_are_no_page(supervisor, address, status):
    assert supervisor.get(f"/nights/2020-01-01/differences/{address}").status_code == status


def test_a_collector_sees_no_list_of_differences(client):
    client.force_login(a_collector())
    assert client.get(f"/nights/{DAY}/differences/").status_code == 403
