"""What a column held on a past night, counted on a real one."""

from datetime import timedelta
from decimal import Decimal

import pytest

from evenhand.cycle.columns_seen import Count, column_seen
from evenhand.dmn.cells import parse_tests
from tests.bank import FIRST, Bank, account, customer, statement

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(tmp_path, home):
    """Three people: 10 and 40 days past due in one region, one not past due in another."""
    bank = Bank(tmp_path / "feeds")
    days = {"C1": 10, "C2": 40, "C3": 0}
    bank.sends(
        FIRST,
        customers=[customer(ref, region="BJ" if ref == "C3" else "SH") for ref in days],
        accounts=[account(f"A-{ref}", ref) for ref in days],
        statements=[
            statement(
                f"A-{ref}",
                ref,
                (FIRST - timedelta(days=late + 20)).isoformat(),
                (FIRST - timedelta(days=late)).isoformat(),
                "1000.00",
            )
            for ref, late in days.items()
            if late
        ],
    )
    bank.night(FIRST)
    return bank


def seen(bank, name):
    found = column_seen(bank.lake, FIRST, name)
    assert found is not None
    return found


def test_numbers_are_told_by_quantiles_of_all_and_of_those_late(bank):
    days = seen(bank, "overdue_days")
    assert days.total == Count(3, 2)
    assert days.quantiles(late=False) == (0, 0, 10, 40, 40)
    assert days.quantiles(late=True) == (10, 10, 10, 40, 40)


@pytest.mark.parametrize(
    ("cell", "held"), [("-", (3, 2)), ("[1..30]", (1, 1)), ("> 5", (2, 2)), ("not(0)", (2, 2))]
)
def test_a_cell_is_told_whom_it_holds(bank, cell, held):
    assert seen(bank, "overdue_days").holding(parse_tests(cell).passes) == Count(*held)


def test_codes_are_told_with_their_people_the_most_first(bank):
    regions = seen(bank, "region")
    assert regions.values == (("SH", Count(2, 2)), ("BJ", Count(1, 0)))
    assert regions.holding(parse_tests('not("SH")').passes) == Count(1, 0)


def test_what_applies_to_nobody_is_unknown(bank):
    assert seen(bank, "block_code").unknown == Count(3, 2)


def test_the_answers_of_the_night_are_columns_too(bank):
    assert sum(count.people for _code, count in seen(bank, "segment").values) == 3


def test_a_night_or_a_column_that_is_not_there_is_none(bank):
    assert column_seen(bank.lake, FIRST + timedelta(days=1), "region") is None
    assert column_seen(bank.lake, FIRST, "shoe_size") is None


def test_a_large_book_is_counted_in_part_and_scaled(bank, monkeypatch):
    monkeypatch.setattr("evenhand.cycle.columns_seen.LOOKED_AT_MIN", 1)
    more = [f"D{number}" for number in range(30)]
    bank.sends(
        FIRST + timedelta(days=1),
        customers=[customer(ref) for ref in more],
        accounts=[account(f"A-{ref}", ref) for ref in more],
    )
    bank.night(FIRST + timedelta(days=1))
    found = column_seen(bank.lake, FIRST + timedelta(days=1), "overdue_days")
    assert found is not None
    assert found.about
    assert found.total.people == 33
    assert found.holding(lambda number: number >= Decimal(0)).people == 33
