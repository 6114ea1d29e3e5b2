"""The queue: judged when taken, void when the person's count has risen, one person at most once in a batch."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from evenhand.casework.actions import place_hold
from evenhand.outreach import gate
from evenhand.outreach.asked import Asked
from evenhand.outreach.models import ContactEvent, ContactQueue
from evenhand.outreach.queue import Wanted, enqueue
from evenhand.portfolio.persons import facts_changed
from evenhand.runtime.config import config
from tests.contacts import MORNING, clock_at, in_force
from tests.world import DAY, a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    in_force()
    with clock_at() as found:
        yield found


def wanted(person, key="q", **given):
    return Wanted(
        **{
            "customer_id": person.id,
            "facts_seq": person.facts_seq,
            "asked": Asked("CALL", point="m1"),
            "request_key": key,
            "not_before": MORNING - timedelta(hours=1),
            "expires_at": MORNING + timedelta(hours=8),
        }
        | given
    )


def put(*contacts):
    return enqueue(contacts, by="night", now=MORNING - timedelta(hours=9))


def entry(key):
    return ContactQueue.objects.get(request_key=key)


def test_an_entry_of_nobody_is_refused_with_all_it_came_with(clock):
    with pytest.raises(gate.UnknownPerson):
        put(wanted(a_person(), "q1"), replace(wanted(a_person(), "q2"), customer_id=uuid4()))
    assert not ContactQueue.objects.exists()


def test_a_batch_judges_and_settles_each_entry(clock):
    free, held = a_person(), a_person()
    place_hold(
        person=held,
        reason="HARDSHIP",
        from_on=DAY,
        until_on=DAY + timedelta(days=9),
        by=None,
        now=MORNING,
    )
    facts_changed(held)
    held.refresh_from_db()
    put(wanted(free, "q1"), wanted(held, "q2"))
    answers = {permit.customer_id: permit for permit in gate.take_batch()}
    assert answers[free.id].allowed
    assert answers[held.id].codes == ("HOLD",)
    assert [(entry(key).state, entry(key).event_id) for key in ("q1", "q2")] == [
        ("TAKEN", answers[free.id].id),
        ("REFUSED", answers[held.id].id),
    ]
    states = ContactEvent.objects.order_by("state").values_list("state", "origin", "asked_by")
    assert list(states) == [("REFUSED", "QUEUED", "night"), ("RESERVED", "QUEUED", "night")]
    assert gate.take_batch() == ()


def test_an_entry_made_from_an_old_count_is_void_and_says_so(clock):
    person = a_person()
    put(wanted(person))
    facts_changed(person)
    assert gate.take_batch() == ()
    assert (entry("q").state, entry("q").state_reason) == ("VOID", "contact.facts-changed")
    assert not ContactEvent.objects.exists()


def test_a_person_is_in_a_batch_at_most_once(clock):
    person, other = a_person(), a_person()
    put(*(wanted(person, f"q{n}") for n in range(3)), wanted(other, "q3"))
    batches = [gate.take_batch() for _ in range(3)]
    assert [len(batch) for batch in batches] == [2, 1, 1]
    assert gate.take_batch() == ()
    assert sorted(p.request_key for batch in batches for p in batch) == ["q0", "q1", "q2", "q3"]


def test_the_batch_counts_what_earlier_batches_permitted(clock):
    person = a_person()
    put(*(wanted(person, f"q{n}", priority=9 - n) for n in range(4)))
    answers = [gate.take_batch()[0] for _ in range(4)]
    assert [permit.allowed for permit in answers] == [True, True, True, False]


def test_entries_come_when_they_are_due_and_the_more_urgent_first(clock):
    early, late, urgent, other = (a_person() for _ in range(4))
    put(
        wanted(early, "early", not_before=MORNING - timedelta(hours=2)),
        wanted(late, "late", not_before=MORNING + timedelta(minutes=1)),
        wanted(other, "other", priority=1),
        wanted(urgent, "urgent", priority=5),
    )
    assert [permit.request_key for permit in gate.take_batch(entries=2)] == ["early", "urgent"]
    assert [permit.request_key for permit in gate.take_batch()] == ["other"]
    clock.pass_by(minutes=1)
    assert [permit.request_key for permit in gate.take_batch()] == ["late"]


def test_an_entry_past_its_time_expires_and_is_never_judged(clock):
    put(wanted(a_person()))
    clock.pass_by(hours=8)
    assert gate.take_batch() == ()
    assert (entry("q").state, entry("q").state_reason) == ("EXPIRED", "contact.late")


def test_the_same_entry_twice_is_one_and_a_key_means_one_thing(clock):
    person = a_person()
    assert put(wanted(person)) == 1
    assert put(wanted(person), wanted(person, "q2")) == 1
    with pytest.raises(gate.KeyReused):
        put(wanted(person, asked=Asked("TEXT")))
    with pytest.raises(gate.KeyReused):
        gate.request_contact(customer_id=person.id, request_key="q", by="t", act="CALL", point="m1")


def test_a_queued_contact_is_filed_with_its_hash_as_a_single_one_is(clock):
    from django.db import connection

    put(*(wanted(a_person(), f"q{n}") for n in range(5)))
    assert len(gate.take_batch()) == 5
    with connection.cursor() as cursor:
        cursor.execute("SELECT bool_and(row_hash = contact_event_hash(e)) FROM contact_event e")
        assert cursor.fetchone() == (True,)


@pytest.mark.django_db(transaction=True)
def test_a_batch_goes_on_past_a_head_whose_people_are_all_held(clock):
    held, free = [a_person(), a_person()], a_person()
    put(
        *[wanted(person, f"held{n}", priority=9) for n, person in enumerate(held)],
        wanted(free, "free"),
    )
    with psycopg.connect(config().database_url) as other:
        for person in held:
            other.execute("SELECT FROM portfolio_person WHERE id = %s FOR UPDATE", [person.id])
        [permit] = gate.take_batch(entries=2)
        assert permit.customer_id == free.id
        assert gate.take_batch(entries=2) == ()
    assert {permit.customer_id for permit in gate.take_batch(entries=2)} == {p.id for p in held}
