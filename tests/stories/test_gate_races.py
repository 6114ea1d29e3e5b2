"""What happens at the gate when several ask at once, when one dies, and when a fact is committed meanwhile."""

import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction

from evenhand.cycle.money import Money, receive_payments
from evenhand.outreach import gate
from evenhand.outreach.asked import Asked
from evenhand.outreach.lane import Call, Writing, in_two_trips, read, run
from evenhand.outreach.models import ContactEvent, ContactQueue
from evenhand.outreach.queue import Wanted, enqueue
from evenhand.outreach.results import ended, release
from evenhand.outreach.rules import LineRecord
from evenhand.portfolio.persons import lock_persons
from evenhand.runtime.config import config
from tests.contacts import MORNING, clock_at, in_force
from tests.world import DAY, a_person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock():
    in_force()
    with clock_at() as found:
        yield found


def test_facts_are_of_after_the_lock_whatever_the_server_s_default(clock):
    shown = Call("SELECT current_setting('transaction_isolation')", ())
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_isolation = 'repeatable read'")
    try:
        assert in_two_trips(shown, lambda rows: (Writing(), rows)) == [("read committed",)]
        with transaction.atomic():
            assert read(shown) == [("read committed",)]
    finally:
        connection.close()


def test_a_lock_taken_past_django_is_kept_until_its_transaction_ends(clock):
    free = "SELECT pg_try_advisory_xact_lock(4711)"
    with psycopg.connect(config().database_url) as other:
        with transaction.atomic(durable=True):
            run(Call("SELECT pg_advisory_xact_lock(4711)::text", ()))
            assert other.execute(free).fetchone() == (False,)
        assert other.execute(free).fetchone() == (True,)


def ask(person, key="k"):
    return gate.request_contact(
        customer_id=person.id, request_key=key, by="t", act="CALL", point="m1"
    )


def put(*people, **given):
    enqueue(
        [
            Wanted(
                customer_id=person.id, facts_seq=person.facts_seq, asked=Asked("CALL", point="m1"),
                request_key=f"q-{person.id}", not_before=MORNING, expires_at=MORNING + timedelta(hours=8),
            )
            for person in people
        ],
        by="night",
        now=MORNING,
    )  # fmt: skip


def at_once(*acts):
    """Run each in a thread with a connection of its own, beginning together; their results in order."""
    found, start = [None] * len(acts), threading.Barrier(len(acts))

    def run(number, act):
        start.wait()
        try:
            found[number] = act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@contextmanager
def somebody_holds(person):
    """Another connection that has locked the person, until the block is left."""
    with psycopg.connect(config().database_url) as other:
        other.execute("SELECT FROM portfolio_person WHERE id = %s FOR NO KEY UPDATE", [person.id])
        yield other


def wait_until_waiting(count):
    """Wait until so many sessions wait for a lock."""
    with psycopg.connect(config().database_url, autocommit=True) as other:
        waiting = 0
        while waiting < count:
            [waiting] = other.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            ).fetchone()


def test_of_two_who_race_for_the_last_permit_one_gets_it(clock):
    person = a_person()
    ask(person, "k1"), ask(person, "k2")
    with somebody_holds(person) as other:
        racers = threading.Thread(
            target=lambda: results.extend(
                at_once(lambda: ask(person, "k3"), lambda: ask(person, "k4"))
            )
        )
        results = []
        racers.start()
        wait_until_waiting(2)
        other.rollback()
        racers.join()
    assert sorted(permit.decision for permit in results) == ["ALLOW", "DENY"]


def test_many_who_ask_for_the_same_people_never_get_more_than_allowed(clock):
    people = [a_person() for _ in range(3)]

    def press(worker):
        return [ask(person, f"{worker}-{person.id}-{n}") for n in range(3) for person in people]

    answers = [p for found in at_once(*(lambda w=w: press(w) for w in range(6))) for p in found]
    allowed = Counter(permit.customer_id for permit in answers if permit.allowed)
    assert allowed == {person.id: 3 for person in people}
    assert len(answers) == 54 == ContactEvent.objects.count()


def test_a_double_click_is_one_contact(clock):
    person = a_person()
    first, second = at_once(lambda: ask(person), lambda: ask(person))
    assert first.id == second.id
    assert sorted([first.repeated, second.repeated]) == [False, True]
    assert ContactEvent.objects.count() == 1


def test_the_same_key_about_two_people_at_once_is_answered_for_one(clock):
    one, other = a_person(), a_person()

    def attempt(person):
        try:
            return ask(person)
        except gate.KeyReused:
            return None

    answers = at_once(lambda: attempt(one), lambda: attempt(other))
    assert [answer is None for answer in answers].count(True) == 1
    assert ContactEvent.objects.count() == 1


def test_two_workers_take_different_entries(clock):
    people = [a_person() for _ in range(40)]
    put(*people)
    batches = at_once(*[lambda: gate.take_batch(entries=20)] * 2)
    taken = [permit.customer_id for batch in batches for permit in batch]
    while batch := gate.take_batch(entries=20):
        taken += [permit.customer_id for permit in batch]
    assert sorted(taken) == sorted(person.id for person in people)


def test_a_batch_leaves_those_whom_somebody_holds(clock):
    busy, free = a_person(), a_person()
    put(busy, free)
    with somebody_holds(busy):
        assert [permit.customer_id for permit in gate.take_batch()] == [free.id]
    assert [permit.customer_id for permit in gate.take_batch()] == [busy.id]


def test_a_queued_contact_is_void_at_the_commit_of_a_payment(clock):
    person = a_person()
    put(person)
    payment = Money(
        customer_key=person.customer_key, partition=0, account_key=1, reference_key=2, amount_minor=100_00,
        currency="CNY", value_on=DAY,
    )  # fmt: skip
    with transaction.atomic():
        receive_payments([payment], now=MORNING)
        assert at_once(gate.take_batch) == [()]  # while it is not committed, the person is not free
        assert ContactQueue.objects.get().state == "QUEUED"
    assert gate.take_batch() == ()
    entry = ContactQueue.objects.get()
    assert (entry.state, entry.state_reason) == ("VOID", "contact.facts-changed")


def test_a_permit_waits_for_a_fact_being_committed_and_sees_it(clock):
    person = a_person()
    from evenhand.casework.actions import place_hold
    from evenhand.portfolio.persons import facts_changed

    results = []
    with transaction.atomic():
        [locked] = lock_persons(ids=[person.id])
        asking = threading.Thread(target=lambda: results.extend(at_once(lambda: ask(person))))
        asking.start()
        wait_until_waiting(1)
        place_hold(
            person=locked, reason="DISPUTE", from_on=DAY, until_on=DAY + timedelta(days=9), by=None, now=MORNING
        )  # fmt: skip
        facts_changed(locked)
    asking.join()
    assert results[0].codes == ("HOLD",)


def test_nothing_is_permitted_inside_a_transaction_that_may_yet_be_undone(clock):
    person = a_person()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        ask(person)
    assert not ContactEvent.objects.exists()


ASKS_AND_DIES = """
import sys
from evenhand.cli.edge import with_django
with_django()
from evenhand.outreach import gate
permit = gate.request_contact(customer_id=sys.argv[1], request_key="dying", by="t", act="CALL", point="m1")
print(permit.id, permit.allowed, flush=True)
sys.stdin.read()
"""


@pytest.mark.kills
def test_a_permit_whose_holder_was_killed_before_sending_counts_until_it_is_proved_unused(clock):
    person = a_person()
    with subprocess.Popen(
        [sys.executable, "-c", ASKS_AND_DIES, str(person.id)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as asking:  # fmt: skip
        text, allowed = asking.stdout.readline().split()
        asking.kill()
    contact = UUID(text)
    assert allowed == "True"
    assert ContactEvent.objects.get(id=contact).state == "RESERVED"
    ask(person, "k1"), ask(person, "k2")
    clock.pass_by(hours=1)
    assert not ask(person, "k3").allowed
    release(contact=contact, proof="NEVER_DIALLED", evidence={"record": "none"}, by="t")
    assert ask(person, "k4").allowed


def test_a_clock_set_back_forgets_no_contact(clock):
    person = a_person()
    for n in range(3):
        permit = gate.sent(ask(person, f"k{n}"), by="t")
        ended(contact=permit.id, by="t", line=LineRecord("CONVERSATION", "PBX", 60))
    clock.pass_by(hours=-1)
    assert ask(person, "k3").codes == ("TALK_FREQUENCY",)
