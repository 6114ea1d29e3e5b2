"""Offers that law, authority and what she can afford narrow alike for everybody who asks."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from evenhand.arrangements.affordability import (
    Depth,
    Means,
    MeansRefused,
    afforded,
    depth_needed,
    is_round,
)
from evenhand.arrangements.house import house, read_house
from evenhand.arrangements.offers import (
    ASKERS,
    KINDS,
    OfferFacts,
    offers,
    option,
    reage_needs,
    settlement_needs,
    waiver_needs,
)
from evenhand.compliance.stated import StatedError
from evenhand.kernel.banking_days import is_banking_day, on_a_banking_day

TODAY = date(2026, 9, 30)
HOUSE = house()
YUAN = 100


def means(income=5_000, depth=Depth.BUDGET, **given):
    base = {
        "region": "DEFAULT",
        "income_minor": income * YUAN,
        "essentials_minor": {"HOUSING": 1_200 * YUAN, "FOOD": 900 * YUAN},
        "documents": ("INCOME_PROOF",) if depth == Depth.BUDGET else (),
        "depth": depth,
    }
    return Means(**{**base, **given})


def facts(**given):
    base = {
        "on": TODAY,
        "currency": "CNY",
        "owed_minor": (("PRINCIPAL", 30_000 * YUAN), ("INTEREST", 900 * YUAN), ("LATE_CHARGE", 150 * YUAN)),
        "arrears_minor": 3_000 * YUAN,
        "overdue_days": 95,
        "range": "PLAN_60",
    }  # fmt: skip
    return OfferFacts(**{**base, **given})


def knowing(found=None, **given):
    found = found or means()
    return facts(depth=found.depth, afforded=afforded(found, HOUSE), **given)


def asked(asked_facts, asker="COLLECTOR"):
    found = offers(asked_facts, asker, HOUSE, moved=on_a_banking_day)
    assert tuple(offer.kind for offer in found) == KINDS, "nothing is left out in silence"
    return {offer.kind: offer for offer in found}


def test_a_household_is_never_reckoned_below_the_floor_of_its_region():
    poor = means(1_000, essentials_minor={"FOOD": 100 * YUAN}, dependants=2, region="CN-31")
    found = afforded(poor, HOUSE)
    assert found.floor_minor == 3 * 1_595 * YUAN
    assert found.essentials_minor == found.floor_minor
    assert found.floored
    assert found.surplus_minor == 1_000 * YUAN - found.floor_minor
    assert found.instalment_max_minor == 0


def test_an_instalment_takes_at_most_its_share_of_what_is_left_over():
    found = afforded(means(5_000, debts_minor=500 * YUAN), HOUSE)
    assert found.surplus_minor == 2_400 * YUAN
    assert found.instalment_max_minor == 2_160 * YUAN


@pytest.mark.parametrize(
    ("act", "months", "days", "depth"),
    [
        ("PROMISE", 0, 90, Depth.NONE),
        ("EXTENSION", 0, 31, Depth.NONE),
        ("EXTENSION", 0, 32, Depth.DECLARATION),
        ("INSTALMENTS", 6, 0, Depth.DECLARATION),
        ("INSTALMENTS", 7, 0, Depth.BUDGET),
        ("ARTICLE_70", 3, 0, Depth.BUDGET),
        ("SETTLEMENT", 1, 0, Depth.BUDGET),
    ],
)
def test_the_bank_asks_as_deep_as_what_she_gives_up_deserves(act, months, days, depth):
    assert depth_needed(act, months=months, days=days, terms=HOUSE) == depth


def test_no_plan_is_offered_before_the_bank_has_asked_what_she_can_afford():
    found = asked(facts())
    for kind in ("INSTALMENTS", "ARTICLE_70"):
        assert found[kind].waits_for_means, found[kind].reasons
    assert found["EXTENSION"].offered


def test_a_struggling_cardholder_is_offered_the_plan_she_can_keep_and_no_other():
    found = asked(knowing(means(3_500)))
    ways = found["ARTICLE_70"].options
    assert found["ARTICLE_70"].offered
    assert {way.months: way.reasons for way in ways} == {
        12: ("SURPLUS",), 24: ("SURPLUS",), 36: (), 48: (), 60: (),
    }  # fmt: skip
    assert all(
        sum(row.principal_minor for row in way.schedule.instalments) == 31_050 * YUAN
        for way in ways
    )


def test_no_surplus_is_a_result_with_a_rest_and_help_and_never_a_plan():
    found = asked(knowing(means(2_000)))
    assert "NO_SURPLUS" in found["INSTALMENTS"].reasons
    assert "NO_SURPLUS" in found["ARTICLE_70"].reasons
    for kind in ("PAUSE", "TOKEN", "STOP_INTEREST", "SPECIALIST", "FREE_ADVICE"):
        assert found[kind].offered
    assert found["PAUSE"].days == 90
    assert found["STOP_INTEREST"].approval == "SUPERVISOR"


def test_who_has_enough_is_not_put_on_a_hardship_plan():
    found = asked(knowing(means(20_000)))
    assert "WITHIN_ABILITY" in found["ARTICLE_70"].reasons
    assert found["INSTALMENTS"].offered
    assert found["PAUSE"].reasons == ("HAS_SURPLUS",)


@pytest.mark.parametrize("asker", sorted(ASKERS))
def test_everyone_who_asks_sees_the_same_ways_to_pay(asker):
    mine, theirs = asked(knowing(), asker), asked(knowing())
    for kind in KINDS:
        assert [(way.months, way.monthly_minor, way.total_minor) for way in mine[kind].options] == [
            (way.months, way.monthly_minor, way.total_minor) for way in theirs[kind].options
        ]
        mine_against = set(mine[kind].reasons) - {"PASSED_ON"}
        assert mine_against == set(theirs[kind].reasons)


@pytest.mark.parametrize("asker", ["AGENCY", "PORTAL", "ROBOT"])
def test_who_has_no_second_person_at_hand_passes_on_what_needs_one(asker):
    found = asked(knowing(means(2_000)), asker)
    assert found["STOP_INTEREST"].reasons == ("PASSED_ON",)
    assert found["PAUSE"].offered


def test_more_than_the_table_offers_unasked_needs_a_supervisor():
    found = asked(knowing(range="PLAN_12", owed_minor=(("PRINCIPAL", 12_000 * YUAN),)))
    by_months = {
        way.months: way.approval for way in found["INSTALMENTS"].options if not way.reasons
    }
    assert by_months == {6: "", 12: "", 24: "SUPERVISOR", 36: "SUPERVISOR"}


@pytest.mark.parametrize("hold", ["FRAUD", "DECEASED", "DISPUTE"])
def test_nothing_is_agreed_about_a_debt_that_may_not_be_hers(hold):
    found = asked(knowing(holds=frozenset({hold})))
    for kind in ("EXTENSION", "INSTALMENTS", "ARTICLE_70", "WAIVER", "SETTLEMENT"):
        assert f"HOLD_{hold}" in found[kind].reasons
    assert found["FREE_ADVICE"].offered


def test_one_who_is_not_well_is_bound_only_with_a_second_pair_of_eyes():
    found = asked(knowing(vulnerable=True))
    assert all(way.approval == "SUPERVISOR" for way in found["INSTALMENTS"].options)
    assert found["SPECIALIST"].offered


def test_article_70_is_never_longer_than_the_law_has_it():
    way = option("ARTICLE_70", 61, knowing(), "MANAGER", HOUSE, moved=on_a_banking_day)
    assert "TERM" in way.reasons


@pytest.mark.parametrize(
    ("part", "yuan", "asker", "approval", "reasons"),
    [
        ("LATE_CHARGE", 150, "COLLECTOR", "", ()),
        ("LATE_CHARGE", 151, "COLLECTOR", "", ("MORE_THAN_OWED",)),
        ("INTEREST", 270, "COLLECTOR", "", ()),
        ("INTEREST", 271, "COLLECTOR", "SUPERVISOR", ()),
        ("INTEREST", 720, "SUPERVISOR", "", ()),
        ("INTEREST", 721, "SUPERVISOR", "MANAGER", ()),
        ("PRINCIPAL", 100, "SUPERVISOR", "", ("AUTHORITY",)),
    ],
)
def test_a_waiver_goes_as_high_as_its_sum_and_share_ask(part, yuan, asker, approval, reasons):
    assert waiver_needs(facts(), part, yuan * YUAN, asker, HOUSE) == (approval, reasons)


def test_a_settlement_is_late_affordable_and_never_below_its_share():
    late = knowing(overdue_days=200, range="SETTLEMENT")
    assert settlement_needs(late, 24_840 * YUAN, "SUPERVISOR", HOUSE) == ("", ())
    assert settlement_needs(late, 18_630 * YUAN, "SUPERVISOR", HOUSE) == ("MANAGER", ())
    assert settlement_needs(late, 18_629 * YUAN, "MANAGER", HOUSE)[1] == ("BELOW_SHARE",)
    assert "TOO_EARLY" in settlement_needs(knowing(), 24_840 * YUAN, "MANAGER", HOUSE)[1]


def test_a_clock_is_started_afresh_once_a_year_and_twice_in_five():
    assert reage_needs(facts(), "SUPERVISOR", HOUSE) == ("", ())
    once = facts(reaged_on=(date(2026, 1, 5),))
    assert reage_needs(once, "SUPERVISOR", HOUSE)[1] == ("REAGED_IN_12_MONTHS",)
    twice = facts(reaged_on=(date(2023, 1, 5), date(2024, 6, 5)))
    assert reage_needs(twice, "SUPERVISOR", HOUSE)[1] == ("REAGED_IN_60_MONTHS",)


def test_round_figures_are_seen():
    assert is_round(means(5_000, essentials_minor={"FOOD": 1_000 * YUAN}), HOUSE)
    assert not is_round(means(5_120), HOUSE)


def test_a_budget_without_papers_is_no_budget():
    with pytest.raises(MeansRefused, match="papers"):
        means(documents=())


def test_the_banks_terms_name_what_is_wrong_with_them():
    import tomllib

    from evenhand.arrangements.house import FILE, SHIPPED

    good = tomllib.loads((SHIPPED / FILE).read_text(encoding="utf-8"))
    wrongs = [
        ({"terms": good["terms"] | {"grace_days": -1}}, "terms.grace_days"),
        ({"terms": good["terms"] | {"sauce": 1}}, "sauce"),
        ({"affordability": good["affordability"] | {"surplus_share_max": "2"}}, "surplus_share_max"),
        ({"floor": []}, "DEFAULT"),
        ({"range": {"PLAN_12": ["CAKE"]}}, "CAKE"),
        ({"authority": {"roles": ["COLLECTOR"], "row": []}}, "roles"),
    ]  # fmt: skip
    for change, named in wrongs:
        with pytest.raises(StatedError, match=named):
            read_house(good | change)


def test_due_days_fall_on_banking_days_and_say_when_they_cannot_know():
    assert on_a_banking_day(date(2026, 10, 1)) == date(2026, 10, 8)
    assert is_banking_day(date(2026, 10, 10)) is True, "a Saturday worked for the holidays"
    assert is_banking_day(date(2031, 3, 3)) is None
    found = asked(knowing(means(3_500)))["ARTICLE_70"].options[-1]
    assert is_banking_day(found.first_on) is not False
    assert is_banking_day(found.last_on) is not False


def test_a_share_is_of_what_is_left_over():
    way = asked(knowing())["INSTALMENTS"].options[-1]
    assert way.surplus_share == (Decimal(way.monthly_minor) / (2_900 * YUAN)).quantize(
        Decimal("0.0001")
    )
    assert replace(way, reasons=()).months == 36


def test_a_waiver_cut_into_pieces_goes_as_high_as_the_whole():
    before = facts(waived_minor=(("INTEREST", 200 * YUAN),))
    assert waiver_needs(before, "INTEREST", 130 * YUAN, "COLLECTOR", HOUSE) == ("", ())
    assert waiver_needs(before, "INTEREST", 131 * YUAN, "COLLECTOR", HOUSE) == ("SUPERVISOR", ())


def test_the_same_debt_is_not_extended_for_ever():
    twice = facts(extended_on=(date(2026, 1, 5), date(2026, 6, 5)))
    assert asked(twice)["EXTENSION"].reasons == ("EXTENDED_OFTEN",)
    assert asked(facts(extended_on=(date(2025, 1, 5), date(2026, 6, 5))))["EXTENSION"].offered
