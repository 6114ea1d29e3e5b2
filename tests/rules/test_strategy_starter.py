"""The starter strategy: what it does with the people a card department knows, and what it never does."""

import random

import pytest

from evenhand.strategy.facts import FACTS
from evenhand.strategy.judge import TABLES, Strategy
from tests.rules.people_decided import QUIET, batch, some_people

STARTER = Strategy.load()

M0 = {"bucket": "M0", "treatment_days": 0, "overdue_days": 0, "arrears_minor": 0}
M2 = {"bucket": "M2", "treatment_days": 40, "overdue_days": 40}
M3 = {
    "bucket": "M3",
    "treatment_days": 70,
    "overdue_days": 70,
    "balance_minor": 4_000_000,
    "payments_recent": 0,
}
M5 = {
    "bucket": "M5",
    "treatment_days": 130,
    "overdue_days": 130,
    "payments_recent": 0,
    "days_since_payment": 140,
}
LARGE = {"balance_minor": 6_000_000}
NO_PHONE = {"phone_valid": False}
NOWHERE = NO_PHONE | {"email_valid": False, "address_valid": False}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # nothing to do
        (M0, "CLEAR NONE NONE"),
        (M0 | {"days_to_due": 4}, "CLEAR NONE NONE"),
        (M0 | {"days_to_due": 2, "autopay": True}, "CLEAR NONE NONE"),
        (M0 | {"days_to_due": 2, "due_minor": 0}, "CLEAR NONE NONE"),
        (M0 | {"days_to_due": None}, "CLEAR NONE NONE"),
        ({"balance_minor": 0}, "CLEAR NONE NONE"),
        ({"balance_minor": -500}, "CLEAR NONE NONE"),
        # before the due date
        (M0 | {"days_to_due": 3}, "PRE_DUE REMIND SMS"),
        (M0 | {"days_to_due": 0}, "PRE_DUE REMIND SMS"),
        (M0 | {"days_to_due": 0} | NO_PHONE, "PRE_DUE REMIND EMAIL"),
        (M0 | {"days_to_due": 0} | NOWHERE, "PRE_DUE REMIND APP"),
        # set aside
        ({"deceased": True}, "DECEASED HOLD NONE"),
        ({"hold": "DECEASED"}, "DECEASED HOLD NONE"),
        ({"hold": "FRAUD"}, "FRAUD HOLD NONE"),
        ({"hold": "DISPUTE"}, "DISPUTE HOLD NONE"),
        ({"hold": "COMPLAINT"}, "COMPLAINT HOLD NONE"),
        ({"hold": "HARDSHIP"}, "HARDSHIP CARE NONE"),
        ({"hold": "ILLNESS"}, "RELIEF HOLD NONE"),
        ({"hold": "DISASTER"}, "RELIEF HOLD NONE"),
        ({"hold": "OTHER"}, "ON_HOLD HOLD NONE"),
        (M5 | LARGE | {"hold": "DISPUTE"}, "DISPUTE HOLD NONE"),
        ({"vulnerable": True}, "VULNERABLE CARE PHONE"),
        (M5 | LARGE | {"vulnerable": True}, "VULNERABLE CARE PHONE"),
        ({"vulnerable": True} | NO_PHONE, "VULNERABLE CARE LETTER"),
        # promises
        ({"promise": "OPEN"}, "PROMISE_OPEN WAIT NONE"),
        (M5 | LARGE | {"promise": "OPEN"}, "PROMISE_OPEN WAIT NONE"),
        ({"promise": "DUE_TODAY"}, "PROMISE_DUE REMIND SMS"),
        ({"promise": "BROKEN", "promises_broken": 1}, "PROMISE_BROKEN CALL PHONE"),
        ({"promise": "BROKEN", "promises_broken": 2}, "PROMISE_BROKEN OFFER_PLAN PHONE"),
        (M5 | {"promise": "BROKEN", "promises_broken": 1}, "PROMISE_BROKEN LETTER LETTER"),
        ({"promise": "KEPT"}, "M1_LOW REMIND SMS"),
        # the core closed the card
        ({"core_status": "CANCELLED"}, "CANCELLED CALL PHONE"),
        (M5 | LARGE | {"core_status": "CANCELLED"}, "CANCELLED LEGAL_CANDIDATE LETTER"),
        ({"core_status": "WRITTEN_OFF", "payments_recent": 0}, "WRITTEN_OFF REVIEW NONE"),
        # hard to reach
        (NO_PHONE, "LOST_CONTACT REMIND EMAIL"),
        (M2 | NO_PHONE | {"payments_recent": 0}, "LOST_CONTACT LETTER LETTER"),
        (M2 | NO_PHONE | {"payments_recent": 0, "address_valid": False}, "LOST_CONTACT LETTER EMAIL"),
        (M2 | NO_PHONE, "LOST_CONTACT OFFER_PLAN EMAIL"),
        (M2 | NOWHERE, "LOST_CONTACT REVIEW NONE"),
        # small, jumped, first
        ({"arrears_minor": 9_999}, "SMALL_BALANCE REMIND SMS"),
        ({"arrears_minor": 9_999, "treatment_days": 10}, "SMALL_BALANCE WAIT NONE"),
        ({"arrears_minor": 10_000}, "M1_LOW REMIND SMS"),
        ({"rose_two": True}, "JUMPED REVIEW NONE"),
        ({"first_payment_default": True}, "FIRST_PAYMENT CALL PHONE"),
        ({"first_payment_default": True, "treatment_days": 4}, "FIRST_PAYMENT REMIND SMS"),
        # by age
        ({"treatment_days": 5}, "SELF_CURE WAIT NONE"),
        ({"treatment_days": 5, "entries": 3}, "M1_LOW REMIND SMS"),
        ({"treatment_days": 6}, "M1_LOW REMIND SMS"),
        ({"treatment_days": 6, "autopay": True}, "SELF_CURE WAIT NONE"),
        ({"treatment_days": 10, "payments_recent": 0}, "M1_LOW REMIND SMS"),
        ({"treatment_days": 11, "payments_recent": 0}, "M1_LOW CALL PHONE"),
        (LARGE | {"treatment_days": 7}, "M1_HIGH REMIND SMS"),
        (LARGE | {"treatment_days": 8}, "M1_HIGH CALL PHONE"),
        (M2, "M2_LOW CALL PHONE"),
        (M2 | {"payments_recent": 2}, "M2_LOW OFFER_PLAN PHONE"),
        (M2 | {"days_since_payment": 6}, "M2_LOW REMIND SMS"),
        (M2 | {"treatment_days": 0}, "M2_LOW WAIT NONE"),
        (M3, "M3_HIGH CALL PHONE"),
        (M3 | {"treatment_days": 80}, "M3_HIGH LETTER LETTER"),
        (M5, "LATE AGENCY_CANDIDATE NONE"),
        (M5 | {"payments_recent": 1}, "LATE OFFER_PLAN PHONE"),
        (M5 | LARGE, "LATE_LARGE LEGAL_CANDIDATE LETTER"),
        (M5 | LARGE | {"treatment_days": 104}, "LATE_LARGE LETTER LETTER"),
        (M5 | {"bucket": "M7+", "treatment_days": 200}, "LATE REVIEW NONE"),
        # what nobody foresaw goes to a person
        ({"bucket": None}, "UNCLASSED REVIEW NONE"),
    ],
)  # fmt: skip
def test_the_starter_strategy_treats_these_people_so(facts, expected):
    decision = STARTER.decide(QUIET | facts)
    assert f"{decision.segment} {decision.treatment} {decision.channel}" == expected


SELDOM = [  # people whom a random draw hardly ever meets
    M0 | {"days_to_due": 1, "entries": 2, "autopay": True},
    M0 | {"days_to_due": 5, "entries": 3},
    {"treatment_days": 8, "entries": 3, "days_since_payment": 2},
    LARGE | {"treatment_days": 25, "promises_broken": 1},
    M5 | LARGE | {"payments_recent": 1} | NOWHERE,
    M5 | LARGE | {"email_valid": False, "address_valid": False},
    M5 | LARGE | {"core_status": "CANCELLED", "email_valid": False, "address_valid": False},
    M3 | {"arrears_minor": 5_000},
    M3 | {"balance_minor": 400_000, "treatment_days": 86},
    M3 | {"balance_minor": 400_000},
]
PEOPLE = some_people(random.Random(11), 30_000) + [QUIET | facts for facts in SELDOM]
DECIDED = STARTER.decide_batch(batch(PEOPLE)).to_pylist()


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("deceased or held", lambda f: f["deceased"] or f["hold"] not in ("NONE", None)),
        ("neither past due nor soon to be", lambda f: f["bucket"] == "M0" and f["days_to_due"] not in range(6)),
        ("with an open promise", lambda f: f["promise"] == "OPEN"),
        ("whose bucket is unknown", lambda f: f["bucket"] is None and f["promise"] in ("NONE", None)
            and not f["vulnerable"] and f["core_status"] == "ACTIVE"),
    ],
)  # fmt: skip
def test_nobody_is_contacted_who_is(who, allowed):
    people = [d for f, d in zip(PEOPLE, DECIDED, strict=True) if allowed(f) and not f["vulnerable"]]
    assert people
    assert {d["channel"] for d in people} == {"NONE"}


def test_a_channel_is_chosen_only_where_the_person_can_be_reached_by_it():
    needs = {
        "SMS": "phone_valid",
        "PHONE": "phone_valid",
        "EMAIL": "email_valid",
        "LETTER": "address_valid",
    }
    wrong = [
        d for f, d in zip(PEOPLE, DECIDED, strict=True) if d["channel"] in needs and not f[needs[d["channel"]]]
    ]  # fmt: skip
    assert wrong == []


def test_the_vulnerable_are_never_sent_to_an_agency_or_a_court():
    harsh = {"AGENCY_CANDIDATE", "LEGAL_CANDIDATE"}
    assert harsh & {d["treatment"] for d in DECIDED}
    assert not [
        d
        for f, d in zip(PEOPLE, DECIDED, strict=True)
        if f["vulnerable"] and d["treatment"] in harsh
    ]


def test_every_table_ends_with_a_rule_that_always_matches():
    last = {name: STARTER.model[name].rules[-1] for name in TABLES}
    assert [name for name, rule in last.items() if any(cell.tests for cell in rule.cells)] == []


def test_every_rule_has_an_id_and_a_note_in_both_languages():
    rules = [rule for name in TABLES for rule in STARTER.model[name].rules]
    assert len(rules) >= 200
    assert len({rule.id for rule in rules}) == len(rules)
    notes = [rule.annotation.split(" | ") for rule in rules]
    assert [note for note in notes if len(note) != 2 or not note[0] or not note[1].isascii()] == []


@pytest.mark.parametrize("table", TABLES)
def test_every_rule_decides_for_somebody(table):
    fired = {d[f"{table}_rule"] for d in DECIDED}
    rules = STARTER.model[table].rules
    unfired = [rule.id for at, rule in enumerate(rules, start=1) if at not in fired]
    assert unfired == [], unfired


def test_the_tables_use_facts_by_their_own_words():
    words = {f"{fact.label.zh} | {fact.label.en}" for fact in FACTS}
    labels = [
        column.label for name in TABLES for column in STARTER.model[name].inputs if "." not in column.expression
    ]  # fmt: skip
    assert [label for label in labels if label not in words] == []
