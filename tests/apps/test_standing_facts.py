"""What stands about a person: recorded and ended by day under her lock, kept for ever, never behind the gate's back."""

import inspect
from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, transaction

from evenhand.casework.actions import HoldRefused
from evenhand.casework.models import Hold
from evenhand.compliance.vocabulary import HOLDS
from evenhand.cycle import day, money
from evenhand.cycle.desk import read_desk
from evenhand.cycle.desk_facts import HOLDS as HOLDS_OF_THE_TABLES
from evenhand.cycle.desk_facts import TREATED_AS
from evenhand.journal.models import Line
from evenhand.portfolio.models import Person, StandingFact
from evenhand.portfolio.persons import facts_changed, lock_persons
from evenhand.portfolio.standing_detail import StandingRefused
from evenhand.runtime.config import config
from evenhand.web.labels import LABELS
from tests.contacts import MORNING, clock_at
from tests.world import DAY, NOW, a_case, a_hold, a_line, a_person, a_standing_fact, a_supervisor

pytestmark = pytest.mark.django_db

UNTIL = DAY + timedelta(days=30)
LATER = NOW + timedelta(hours=1)


def opting_out(person, **given):
    """The keywords of one opt-out of text messages."""
    return {
        "customer_id": person.id,
        "kind": "OPT_OUT",
        "detail": {"media": ["TEXT"]},
        "from_at": NOW,
        "source": "CARDHOLDER",
        "evidence": "TD",
        "by": None,
        "now": NOW,
    } | given


def test_a_wish_recorded_by_a_clock_that_is_ahead_holds_at_once():
    person, ahead = a_person(), MORNING + timedelta(seconds=5)
    with clock_at():
        key = day.record_standing(**opting_out(person, from_at=ahead, now=ahead))
        planned = MORNING + timedelta(days=1)
        later = day.record_standing(**opting_out(person, from_at=planned, now=ahead))
        assert StandingFact.objects.get(id=key).from_at == MORNING
        assert StandingFact.objects.get(id=later).from_at == planned
        day.end_standing(fact_id=key, by=None, reason="taken back", now=ahead)
        assert StandingFact.objects.get(id=key).ended_at == MORNING


def seq(person):
    """Her counter now."""
    return Person.objects.values_list("facts_seq", flat=True).get(id=person.id)


ACTS = {
    "record_promise": None,  # needs a night: tests/apps/test_screens_case.py
    "decide_manually": lambda person: day.decide_manually(
        customer_id=person.id,
        treatment="WAIT",
        reason="salary",
        until_on=UNTIL,
        by=None,
        now=NOW,
        on=DAY,
    ),
    "pause_clock": lambda person: day.pause_clock(
        customer_id=person.id, cause="DISASTER", from_on=DAY, until_on=UNTIL, now=NOW
    ),
    "place_hold": lambda person: day.place_hold(
        customer_id=person.id, reason="DISPUTE", until_on=UNTIL, by=None, now=NOW, on=DAY
    ),
    "extend_hold": lambda person: day.extend_hold(
        hold_id=person.holds.get().id,
        until_on=UNTIL + timedelta(days=30),
        review_on=None,
        reason="still looked into",
        by=None,
        now=NOW,
        on=DAY,
    ),
    "lift_hold": lambda person: day.lift_hold(
        hold_id=person.holds.get().id, by=None, reason="settled", now=NOW
    ),
    "record_standing": lambda person: day.record_standing(**opting_out(person, kind="CEASE", detail={})),
    "end_standing": lambda person: day.end_standing(
        fact_id=person.standing_facts.get().id, by=None, reason="she asked again", now=NOW
    ),
    "receive_payments": lambda person: money.receive_payments(
        [
            money.Money(
                customer_key=person.customer_key,
                partition=0,
                account_key=1,
                reference_key=2,
                amount_minor=100,
                currency="CNY",
                value_on=DAY,
            )
        ],
        now=NOW,
    ),
}  # fmt: skip


def test_every_act_by_day_is_walked_here():
    acts = {
        name
        for room in (day, money)
        for name, found in inspect.getmembers(room, inspect.isfunction)
        if found.__module__ == room.__name__ and not name.startswith("_")
    }
    assert acts - {"record_opt_out_from_reply"} == set(ACTS)  # which records a standing fact


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", [name for name, made in ACTS.items() if made])
def test_an_act_by_day_raises_the_counter_and_holds_the_person_until_it_is_committed(act):
    person = a_person()
    if act in ("extend_hold", "lift_hold"):
        a_hold(person)
    if act == "end_standing":
        a_standing_fact(person)
    before = seq(person)
    with (
        transaction.atomic(),
        psycopg.connect(config().database_url, autocommit=True) as another,
    ):
        ACTS[act](person)
        query = "SELECT facts_seq FROM portfolio_person WHERE id = %s FOR NO KEY UPDATE NOWAIT"
        with pytest.raises(psycopg.errors.LockNotAvailable):
            another.execute(query, [person.id])
    assert seq(person) == before + 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [Hold, StandingFact])
def test_the_database_refuses_a_writer_who_forgets_the_counter(model):
    person = a_person()
    kept = a_hold(person) if model is Hold else a_standing_fact(person)
    again = {field.attname: getattr(kept, field.attname) for field in model._meta.concrete_fields}
    for writes in (
        lambda: model.objects.create(**again | {"id": a_person().id}),
        lambda: model.objects.filter(id=kept.id).update(**ending(model)),
    ):
        with pytest.raises(IntegrityError, match="was not raised by the same transaction"):
            writes()
        with pytest.raises(IntegrityError, match="was not raised by the same transaction"):
            _writing_under_the_lock_alone(person, writes)
    with transaction.atomic(), transaction.atomic():
        facts_changed(person)
        model.objects.filter(id=kept.id).update(**ending(model))


@transaction.atomic
def _writing_under_the_lock_alone(person, writes):
    """Locked, and another person's counter raised: neither is enough."""
    lock_persons(ids=[person.id])
    facts_changed(a_person())
    writes()


def ending(model):
    """What ends a row of the model."""
    if model is Hold:
        return {"lifted_at": NOW, "lift_reason": "settled"}
    return {"ended_at": NOW, "end_reason": "settled"}


@pytest.mark.parametrize("model", [Hold, StandingFact])
@pytest.mark.parametrize("harm", ["deleted", "changed", "ended again"])
def test_what_stood_is_neither_deleted_nor_changed_nor_ended_twice(model, harm):
    kept = a_hold(a_person()) if model is Hold else a_standing_fact(a_person())
    rows = model.objects.filter(id=kept.id)
    again = {name: LATER for name in ending(model) if name.endswith("_at")}
    harms = {
        "deleted": rows.delete,
        "changed": lambda: rows.update(debts=["1"]),
        "ended again": lambda: rows.update(**again),
    }
    if harm == "ended again":
        rows.update(**ending(model))
    with pytest.raises(IntegrityError, match="kept"), transaction.atomic():
        harms[harm]()


def test_the_same_fact_is_recorded_once_and_ended_once():
    person = a_person()
    fact = day.record_standing(**opting_out(person))
    assert day.record_standing(**opting_out(person)) == fact
    assert seq(person) == 1
    for now, reason in ((LATER, "she changed her mind"), (LATER + timedelta(hours=1), "again")):
        day.end_standing(fact_id=fact, by=None, reason=reason, now=now)
    [kept] = StandingFact.objects.all()
    assert (kept.ended_at, kept.end_reason, seq(person)) == (LATER, "she changed her mind", 2)
    assert day.record_standing(**opting_out(person)) != fact


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"kind": "MOOD"}, "'MOOD' is no standing fact; expected one of OPT_OUT"),
        ({"detail": {"medium": "TEXT"}}, "'medium' is not known; expected media, points"),
        ({"detail": {"media": ["SMS"]}}, "media is ['SMS']; expected a list of some of EMAIL"),
        ({"kind": "CONSENT", "detail": {}}, "scope is missing; expected one of CALLS"),
        (
            {"kind": "INCONVENIENT_TIME", "detail": {"opens": "9:00", "closes": "12:00"}},
            "opens is '9:00'; expected a time as HH:MM",
        ),
        (
            {"kind": "INCONVENIENT_TIME", "detail": {"opens": "09:00", "closes": "09:00"}},
            "from 09:00 to the same time is no time",
        ),
        ({"source": "RUMOUR"}, "'RUMOUR' is no source; expected one of CARDHOLDER"),
        ({"evidence": " "}, "say what shows it"),
        ({"until_at": NOW}, "ends after it"),
    ],
)
def test_a_fact_that_is_not_as_expected_is_refused_and_nothing_changes(given, says):
    person = a_person()
    with pytest.raises(StandingRefused) as refusal:
        day.record_standing(**opting_out(person, **given))
    assert says in str(refusal.value)
    assert (StandingFact.objects.count(), seq(person)) == (0, 0)


def placing(person, **given):
    """The keywords of one hold."""
    return {
        "customer_id": person.id,
        "reason": "DISPUTE",
        "until_on": UNTIL,
        "by": None,
        "now": NOW,
        "on": DAY,
    } | given


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"reason": "MOOD"}, "'MOOD' is no reason for a hold"),
        ({"effects": []}, "stops nothing; expected some of CONTACT"),
        ({"effects": ["SLEEP"]}, "stops SLEEP; expected some of CONTACT"),
        ({"until_on": None}, "needs an end or a review date"),
        ({"until_on": DAY}, "needs an end or review date after it, not 2026-09-28"),
        ({"review_on": DAY}, "needs an end or review date after it, not 2026-09-28"),
    ],
)
def test_a_hold_that_is_not_as_expected_is_refused(given, says):
    with pytest.raises(HoldRefused) as refusal:
        day.place_hold(**placing(a_person(), **given))
    assert says in str(refusal.value)


def test_a_hold_is_extended_by_another_and_both_are_kept():
    person = a_person()
    day.place_hold(
        **placing(person, effects=["CONTACT", "FEES"], debts=["7"], note="letter of 1 Sep")
    )
    first = Hold.objects.get()
    given = {"hold_id": first.id, "until_on": None, "review_on": UNTIL, "reason": "still open"}
    for now in (LATER, LATER + timedelta(minutes=1)):
        day.extend_hold(**given, by=None, now=now, on=DAY)
    old, new = Hold.objects.order_by("placed_at")
    assert (old.lifted_at, old.lift_reason, old.until_on) == (LATER, "still open", UNTIL)
    assert (new.extends, new.until_on, new.review_on) == (old, None, UNTIL)
    assert (new.reason, new.effects, new.debts, new.note) == (
        "DISPUTE", ["CONTACT", "FEES"], ["7"], "letter of 1 Sep",
    )  # fmt: skip
    assert seq(person) == 2
    with pytest.raises(HoldRefused, match="was lifted or extended before"):
        day.extend_hold(
            **given | {"review_on": UNTIL + timedelta(days=9)}, by=None, now=NOW, on=DAY
        )


def test_every_reason_for_a_hold_is_known_to_the_judge_the_tables_and_the_screens():
    assert set(Hold.Reason.values) == HOLDS == {*HOLDS_OF_THE_TABLES, *TREATED_AS}
    assert set(Hold.Reason.values) < set(LABELS["hold"])


@pytest.mark.parametrize(
    ("given", "hold"),
    [
        ({}, "HARDSHIP"),
        ({"reason": "BREATHING_SPACE"}, "HARDSHIP"),
        ({"reason": "MENTAL_CAPACITY"}, "ILLNESS"),
        ({"until_on": None, "review_on": DAY - timedelta(days=1)}, "HARDSHIP"),  # stands until lifted
        ({"effects": ["INTEREST", "FEES"]}, "NONE"),
        ({"debts": ["11"]}, "NONE"),  # of two
        ({"debts": ["11", "12"]}, "HARDSHIP"),
        ({"debts": ["12", "13"]}, "NONE"),
    ],
)  # fmt: skip
def test_treatment_stops_for_a_hold_on_contact_about_every_debt_and_for_no_other(given, hold):
    case = a_case()
    for account_key in (11, 12):
        a_line(case, account_key=account_key)
    a_line(case, account_key=13, left_on=DAY)
    a_hold(case.customer, **given | {"from_on": DAY - timedelta(days=10)})
    [row] = read_desk(DAY).to_pylist()
    assert row["hold"] == hold


def test_the_gravest_of_several_holds_decides_the_treatment():
    case = a_case()
    for reason in ("SENSITIVE_EVENT", "PLAN", "BREATHING_SPACE", "DISASTER", "DISPUTE"):
        a_hold(case.customer, reason=reason)
    [row] = read_desk(DAY).to_pylist()
    assert row["hold"] == "DISPUTE"


@pytest.mark.parametrize(
    ("text", "kind", "detail"),
    [
        ("TD", "OPT_OUT", {"media": ["SOCIAL", "TEXT"]}),
        ("别再给我打电话了", "OPT_OUT", {"media": ["PHONE"]}),
        ("Do not contact me again in any way", "CEASE", {}),
    ],
)
def test_a_reply_that_asks_to_stop_is_recorded_with_the_words_said(text, kind, detail):
    person = a_person()
    day.record_opt_out_from_reply(
        customer_id=person.id, text=text, came_by="TEXT", by=None, now=NOW
    )
    [fact] = StandingFact.objects.all()
    assert (fact.kind, fact.detail, fact.evidence, fact.source) == (
        kind,
        detail,
        text,
        "CARDHOLDER",
    )


@pytest.mark.parametrize("text", ["Can you stop by tomorrow?", "When does my plan end?", ""])
def test_a_reply_that_does_not_ask_to_stop_changes_nothing(text):
    person = a_person()
    day.record_opt_out_from_reply(
        customer_id=person.id, text=text, came_by="TEXT", by=None, now=NOW
    )
    assert (StandingFact.objects.count(), seq(person)) == (0, 0)


def test_what_stands_and_its_end_are_lines_of_her_journal():
    person, staff = a_person(), a_supervisor()
    fact = day.record_standing(**opting_out(person, by=staff.id))
    day.end_standing(fact_id=fact, by=staff.id, reason="asked for texts again", now=LATER)
    lines = Line.objects.filter(stream_kind="PERSON", stream_id=str(person.id)).order_by("number")
    assert [(line.kind, line.who) for line in lines] == [
        ("STANDING_RECORDED", str(staff.id)),
        ("STANDING_ENDED", str(staff.id)),
    ]
    assert lines[0].detail["detail"] == {"media": ["TEXT"]}
    assert lines[1].detail["reason"] == "asked for texts again"
