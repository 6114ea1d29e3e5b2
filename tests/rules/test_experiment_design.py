"""How large an experiment must be, how long it takes and what it may cost the people in it."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from evenhand.strategy.design import Book, Question, cost_to_people, design, people_needed

QUESTION = Question(baseline=Decimal("0.40"), effect=Decimal("0.02"))
BOOK = Book(
    people={day: 700 - 20 * day for day in range(1, 31)},
    arrears_minor={day: (700 - 20 * day) * 50_000 for day in range(1, 31)},
)  # 620 people a day on average in the first week


@pytest.mark.parametrize(
    ("share", "other", "power", "alpha", "ratio", "expected"),
    [
        # R, ?power.prop.test: power.prop.test(p1 = .50, p2 = .75, power = .90)  # =>  n = 76.7
        ("0.5", "0.75", "0.9", "0.05", "1", (77, 77)),
        # statsmodels 0.14, samplesize_proportions_2indep_onetail(share - other, other, power, ratio, alpha):
        ("0.4", "0.42", "0.8", "0.05", "1", (9_493, 9_493)),  # 9492.04
        ("0.4", "0.38", "0.8", "0.05", "1", (9_336, 9_336)),  # 9335.06
        ("0.6", "0.55", "0.8", "0.05", "0.25", (3_817, 955)),  # 3816.57
        ("0.6", "0.55", "0.9", "0.025", "0.1", (13_273, 1_328)),  # 13272.09
        ("0.1", "0.12", "0.8", "0.01", "0.5", (8_456, 4_228)),  # 8455.74
    ],
)
def test_people_needed_agree_with_published_and_computed_values(
    share, other, power, alpha, ratio, expected
):
    found = people_needed(
        Decimal(share),
        Decimal(other),
        power=Decimal(power),
        alpha=Decimal(alpha),
        ratio=Decimal(ratio),
    )
    assert found == expected


def test_so_many_people_find_the_difference_as_often_as_was_asked():
    """20,000 experiments drawn: the share that finds the difference lies within four standard errors of 80 %."""
    draws, chance = 20_000, np.random.default_rng(11)
    first, second = people_needed(
        Decimal("0.6"),
        Decimal("0.55"),
        power=Decimal("0.8"),
        alpha=Decimal("0.05"),
        ratio=Decimal("0.25"),
    )
    shares = (
        chance.binomial(first, 0.6, draws) / first,
        chance.binomial(second, 0.55, draws) / second,
    )
    mean = (shares[0] * first + shares[1] * second) / (first + second)
    error = np.sqrt(mean * (1 - mean) * (1 / first + 1 / second))
    found = (np.abs(shares[0] - shares[1]) / error > 1.959964).mean()
    assert found == pytest.approx(0.8, abs=4 * (0.8 * 0.2 / draws) ** 0.5)


def test_two_equal_shares_cannot_be_told_apart():
    with pytest.raises(ValueError, match="equal"):
        people_needed(Decimal("0.4"), Decimal("0.4"), power=Decimal("0.8"), alpha=Decimal("0.05"))


@pytest.mark.parametrize(
    "change",
    [
        {"baseline": Decimal(0)},
        {"baseline": Decimal(1)},
        {"effect": Decimal(0)},
        {"power": Decimal("0.4")},
        {"alpha": Decimal("0.5")},
        {"measure_days": 0},
    ],
)
def test_a_question_that_asks_nothing_is_refused(change):
    with pytest.raises(ValueError, match=r"baseline|effect|power|measure"):
        replace(QUESTION, **change)


def test_an_experiment_that_is_too_short_says_by_how_many_days():
    short = design(QUESTION, challenger_share=0, holdout_share=1_000, days=90, book=BOOK)
    assert short.people_expected == 60 * 620
    assert not short.enough
    assert short.people_needed == 52_005  # 46,804 with the champion at nine to one
    assert short.by_arm == {"CHAMPION": 46_805, "HOLDOUT": 5_201}
    longer = design(
        QUESTION, challenger_share=0, holdout_share=1_000, days=90 + short.days_short, book=BOOK
    )
    assert longer.enough
    one_less = 90 + short.days_short - 1
    assert not design(
        QUESTION, challenger_share=0, holdout_share=1_000, days=one_less, book=BOOK
    ).enough


def test_two_comparisons_are_each_made_at_half_the_error():
    one = design(QUESTION, challenger_share=5_000, holdout_share=0, days=90, book=BOOK)
    two = design(QUESTION, challenger_share=4_500, holdout_share=1_000, days=90, book=BOOK)
    assert one.people_needed == 2 * 9_493
    halved, _ = people_needed(
        Decimal("0.40"),
        Decimal("0.38"),
        power=Decimal("0.8"),
        alpha=Decimal("0.025"),
        ratio=Decimal(1_000) / 4_500,
    )
    assert two.people_needed == -(-halved * 10_000 // 4_500)


def test_days_of_grace_in_which_nobody_is_in_the_book_are_not_counted():
    after_grace = Book(
        people={day + 3: people for day, people in BOOK.people.items()}, arrears_minor={}
    )
    assert after_grace.entries_per_day == BOOK.entries_per_day == 620


def test_where_nobody_enters_no_length_is_enough():
    empty = Book(people={}, arrears_minor={})
    found = design(QUESTION, challenger_share=0, holdout_share=1_000, days=500, book=empty)
    assert (found.enough, found.days_short) == (False, None)


def test_what_the_held_out_may_run_up_is_their_arrears_at_the_daily_rate_to_the_last_day():
    cost = cost_to_people(
        holdout_share=1_000,
        holdout_days_max=30,
        days=90,
        daily_rate=Decimal("0.0005"),
        book=BOOK,
    )
    assert (cost.people, cost.average_arrears_minor) == (5_580, 50_000)
    assert (cost.per_person_minor, cost.total_minor) == (750, 750 * 5_580)
