"""A result is a combination that can be, and the lists it is written by are read strictly."""

import copy
import tomllib
from datetime import date, timedelta

import pytest

from evenhand.casework.result_codes import FILE, read_codes, result_codes
from evenhand.casework.rules import Fault, Said, faults, reached
from evenhand.compliance.packs import SHIPPED
from evenhand.compliance.stated import StatedError

CODES = result_codes()
DAY = date(2026, 9, 28)
PROMISE = Said(
    "CALL_OUT", "ANSWERED", "HERSELF", "PROMISED", "FORGOT", "WAIT_FOR_MONEY", DAY + timedelta(days=3), 50_000,
    DAY + timedelta(days=3),
)  # fmt: skip
NOBODY = Said("CALL_OUT", "NO_ANSWER", next="CALL", next_on=DAY + timedelta(days=1))


@pytest.mark.parametrize(
    "said",
    [
        PROMISE,
        NOBODY,
        Said("DESK", next="SUPERVISOR", next_on=DAY),
        Said("CALL_OUT", "CUT_OFF", "NOT_VERIFIED", "ENDED_EARLY", next="NOTHING"),
        Said("VISIT", who="SOMEBODY_ELSE", talk="ENDED_EARLY", next="NOTHING"),
        Said("CALL_IN", "ANSWERED", "HERSELF", "LATER", "AWAY", "CALL", DAY + timedelta(days=30)),
        Said("CALL_IN", "ANSWERED", "HERSELF", "LATER", "", "CALL", DAY),
    ],
)
def test_what_can_be_has_no_fault(said):
    assert faults(said, CODES, on=DAY) == ()


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (Said(""), {("act", "MISSING")}),
        (Said("SHOUTED"), {("act", "UNKNOWN")}),
        (
            PROMISE._replace(line=""),
            {("line", "MISSING"), ("who", "NOT_HERE"), ("talk", "NOT_HERE")},
        ),
        (PROMISE._replace(line="BUSY"), {("who", "NOT_HERE"), ("talk", "NOT_HERE")}),
        (PROMISE._replace(who=""), {("who", "MISSING")}),
        (PROMISE._replace(who="SOMEBODY_ELSE"), {("talk", "NOT_HERE")}),
        (PROMISE._replace(reason=""), {("reason", "MISSING")}),
        (PROMISE._replace(amount_minor=None), {("amount_minor", "MISSING")}),
        (PROMISE._replace(pays_on=None), {("pays_on", "MISSING")}),
        (PROMISE._replace(next="NOTHING", next_on=None), {("next", "NOT_HERE")}),
        (PROMISE._replace(next_on=None), {("next_on", "MISSING")}),
        (PROMISE._replace(next_on=DAY - timedelta(days=1)), {("next_on", "TOO_EARLY")}),
        (PROMISE._replace(next_on=DAY + timedelta(days=31)), {("next_on", "TOO_LATE")}),
        (NOBODY._replace(next="NOTHING"), {("next_on", "NOT_HERE")}),
        (NOBODY._replace(amount_minor=1), {("amount_minor", "NOT_HERE")}),
        (NOBODY._replace(reason="FORGOT"), {("reason", "NOT_HERE")}),
        (NOBODY._replace(next=""), {("next", "MISSING")}),
        (Said("DESK", "ANSWERED", next="NOTHING"), {("line", "NOT_HERE")}),
    ],
)
def test_every_fault_is_named_at_once(said, found):
    assert set(faults(said, CODES, on=DAY)) == {Fault(*one) for one in found}


def test_nothing_of_a_debt_comes_of_a_talk_with_somebody_else():
    asked_of_others = {code for code, talk in CODES.talks.items() if "SOMEBODY_ELSE" in talk.who}
    assert asked_of_others == {"COMPLAINS", "UNWELL", "DECEASED", "ENDED_EARLY", "WRONG_NUMBER"}


def test_whoever_is_unreached_was_not_there():
    assert not reached(NOBODY, CODES)
    assert not reached(Said("DESK"), CODES)
    assert reached(Said("BRANCH"), CODES)
    assert reached(PROMISE, CODES)


def test_each_reason_to_leave_her_in_peace_rests_and_is_looked_at_again():
    rests = {code: talk.rests for code, talk in CODES.talks.items() if talk.rests}
    assert rests == {
        "HARDSHIP": "HARDSHIP", "DISPUTES": "DISPUTE", "COMPLAINS": "COMPLAINT", "FRAUD": "FRAUD", "UNWELL": "ILLNESS",
        "DECEASED": "DECEASED",
    }  # fmt: skip
    assert all(CODES.talks[code].rests_days for code in rests)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda said: said.pop("who"), "who"),
        (lambda said: said["line"]["BUSY"].update(outcome="HUMMING"), "outcome"),
        (lambda said: said["line"]["BUSY"].update(reached=1), "reached"),
        (lambda said: said["talk"]["LATER"].update(who=["A_PARROT"]), "LATER.who"),
        (lambda said: said["talk"]["LATER"].update(reason="SOMETIMES"), "LATER.reason"),
        (lambda said: said["talk"]["DISPUTES"].update(rests_days=0), "together"),
        (lambda said: said["talk"]["DISPUTES"].update(rests="A_NAP"), "hold"),
        (lambda said: said["reason"]["AWAY"].pop("en"), "zh and en"),
        (lambda said: said["next"]["CALL"].update(after_days="yes"), "day"),
        (lambda said: said.update(colour="red"), "colour"),
    ],
)
def test_lists_that_cannot_be_used_are_refused_by_name(change, message):
    said = copy.deepcopy(tomllib.loads((SHIPPED / FILE).read_text("utf-8")))
    change(said)
    with pytest.raises(StatedError, match=message):
        read_codes(said)
