"""A claim is handed on only when everything about it is known and stands."""

from dataclasses import replace
from datetime import date

import pytest

from evenhand.ledger.validity import PURPOSES, Claim, what_is_missing

ON = date(2026, 9, 30)
GOOD = Claim(
    on=ON, identity_known=True, owed_minor=100, figures_differ=False, provisional_minor=0, disputed=False, fraud=False,
    deceased=False, plan_kept=False, limitation_until=date(2029, 1, 1),
)  # fmt: skip


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_good_claim_may_be_handed_on(purpose):
    assert what_is_missing(GOOD, purpose) == ()


@pytest.mark.parametrize(
    ("change", "placement", "suit"),
    [
        ({"identity_known": False}, ("IDENTITY",), ("IDENTITY",)),
        ({"owed_minor": 0}, ("SETTLED",), ("SETTLED",)),
        ({"figures_differ": True}, ("BALANCE_DIFFERS",), ("BALANCE_DIFFERS",)),
        ({"provisional_minor": 5}, (), ("MONEY_NOT_CONFIRMED",)),
        ({"disputed": True}, ("DISPUTED",), ("DISPUTED",)),
        ({"fraud": True}, ("FRAUD",), ("FRAUD",)),
        ({"deceased": True}, ("DECEASED",), ()),  # the heirs are sued, not called
        ({"plan_kept": True}, ("PLAN_KEPT",), ("PLAN_KEPT",)),
        ({"limitation_until": ON}, (), ("TIME_BARRED",)),
        ({"limitation_until": None}, (), ("LIMITATION_NOT_KNOWN",)),
    ],
)
def test_everything_that_stands_against_it_is_named(change, placement, suit):
    claim = replace(GOOD, **change)
    assert what_is_missing(claim, "PLACEMENT") == placement
    assert what_is_missing(claim, "SUIT") == suit


def test_all_of_it_is_named_and_not_the_first():
    claim = replace(GOOD, fraud=True, disputed=True, owed_minor=-3)
    assert what_is_missing(claim, "SALE") == ("SETTLED", "DISPUTED", "FRAUD")
