"""Sharing cases out: each once, never above a limit, nobody complained of, and much the same money for everybody."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from evenhand.casework.assigning import (
    Given,
    Hand,
    ToAssign,
    assign,
    assignment_terms,
    band_of,
)

TERMS = assignment_terms()
ZH = frozenset({"zh"})


def key(number):
    return UUID(int=number)


def hand(number, **given):
    return Hand(**{"staff": key(number), "desk": "EARLY", "languages": ZH, "limit": None} | given)


def case(number, amount=100, **given):
    said = {
        "case_id": key(1000 + number),
        "desk": "EARLY",
        "amount_minor": amount,
        "overdue_days": 20,
    }
    return ToAssign(**said | {"language": "zh"} | given)


def test_the_largest_go_to_whoever_has_the_least():
    cases = [case(1, 900), case(2, 500), case(3, 400), case(4, 100)]
    found = {one.case_id: one.to for one in assign(cases, [hand(1), hand(2)], TERMS)}
    assert found == {
        key(1001): key(1),
        key(1002): key(2),
        key(1003): key(2),
        key(1004): key(1),
    } or (sum(c.amount_minor for c in cases if found[c.case_id] == key(1)) == 1000)


def test_each_band_of_age_is_balanced_for_itself():
    assert [band_of(days, TERMS) for days in (0, 30, 31, 90, 91)] == [0, 0, 1, 1, 2]
    cases = [case(n, 100, overdue_days=days) for n, days in enumerate((10, 10, 120, 120))]
    found = assign(cases, [hand(1), hand(2)], TERMS)
    by_hand = {}
    for one in found:
        days = next(c.overdue_days for c in cases if c.case_id == one.case_id)
        by_hand.setdefault(one.to, []).append(days)
    assert sorted(map(sorted, by_hand.values())) == [[10, 120], [10, 120]]


def test_what_she_holds_already_counts():
    holds = hand(1, caseload=1, amounts_minor=(10_000,))
    assert assign([case(1)], [holds, hand(2)], TERMS) == [Given(key(1001), key(2))]


def test_each_reason_nobody_gets_it_is_named():
    away, full = hand(1, present=False), hand(2, limit=3, caseload=3)
    assert assign([case(1)], [away], TERMS)[0].reason == "NOBODY_PRESENT"
    assert assign([case(1, desk="LATE")], [hand(1)], TERMS)[0].reason == "NOBODY_PRESENT"
    assert assign([case(1, language="en")], [hand(1)], TERMS)[0].reason == "NO_LANGUAGE"
    assert (
        assign([case(1, barred=frozenset({key(3)}))], [hand(3), away], TERMS)[0].reason
        == "COMPLAINED_OF"
    )
    assert assign([case(1)], [full, away], TERMS)[0].reason == "FULL"
    assert assign([case(1, kept=True)], [hand(1)], TERMS)[0].reason == "KEPT"


@given(
    amounts=st.lists(st.tuples(st.integers(0, 10_000_000), st.integers(0, 200)), max_size=60),
    limits=st.lists(st.one_of(st.none(), st.integers(0, 20)), min_size=1, max_size=6),
)
def test_every_case_is_answered_once_and_no_limit_is_passed(amounts, limits):
    cases = [case(n, amount, overdue_days=days) for n, (amount, days) in enumerate(amounts)]
    hands = [hand(n, limit=limit) for n, limit in enumerate(limits)]
    found = assign(cases, hands, TERMS)
    assert sorted(one.case_id for one in found) == sorted(c.case_id for c in cases)
    for one in hands:
        mine = sum(each.to == one.staff for each in found)
        assert one.limit is None or mine <= one.limit
    room = None if None in limits else sum(limits)
    given_away = sum(each.to is not None for each in found)
    assert given_away == (len(cases) if room is None else min(room, len(cases)))
    assert assign(list(reversed(cases)), hands, TERMS) == found


@given(st.lists(st.integers(1, 1_000_000), min_size=2, max_size=80), st.integers(2, 6))
def test_nobody_has_more_than_another_by_more_than_one_case(amounts, collectors):
    cases = [case(n, amount) for n, amount in enumerate(amounts)]
    found = assign(cases, [hand(n) for n in range(collectors)], TERMS)
    sums = dict.fromkeys((key(n) for n in range(collectors)), 0)
    for one in found:
        sums[one.to] += next(c.amount_minor for c in cases if c.case_id == one.case_id)
    assert max(sums.values()) - min(sums.values()) <= max(amounts)
