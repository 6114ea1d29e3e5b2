"""What the bank's core is told, what it answers, and what its next file proves."""

import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from evenhand.adapters.core_files import demo_core, door
from evenhand.adapters.core_files.lines import AnswersRefused, read_instructions
from evenhand.casework.models import Case
from evenhand.cycle import waiving
from evenhand.instructions import actions
from evenhand.instructions.actions import InstructionRefused
from evenhand.instructions.models import AnswerFile, Instruction, InstructionFile
from evenhand.instructions.queries import need_somebody, open_rows
from evenhand.ledger.models import Break
from evenhand.runtime.config import config
from evenhand.runtime.files import file_store
from evenhand.runtime.keys import read_keys
from tests.bank import FIRST, NOON, Bank, account, customer, next_day, statement
from tests.world import a_supervisor

pytestmark = pytest.mark.django_db

SECOND, THIRD, LATER = next_day(FIRST), next_day(FIRST, 2), next_day(FIRST, 14)
DUE = FIRST - timedelta(days=40)


def balances(late, on):
    return {
        "customer_ref": "C1", "account_ref": "A1", "currency": "CNY", "principal": "9000.00", "interest": "200.00",
        "late_charge": late, "fee": "0.00", "unbilled_instalments": f"{on:%d}.00",
    }  # fmt: skip


@pytest.fixture
def bank(lake_home, tmp_path):
    """Anna owes 9,350.00 for forty days, 150.00 of it a late-payment charge."""
    bank = Bank(tmp_path / "feeds", keeps=True)
    bank.sends(
        FIRST, customers=[customer("C1")], accounts=[account("A1", "C1", balance="9350.00")],
        balances=[balances("150.00", FIRST)],
        statements=[statement("A1", "C1", (DUE - timedelta(days=20)).isoformat(), DUE.isoformat(), "150.00")],
    )  # fmt: skip
    bank.night(FIRST)
    return bank


@pytest.fixture
def owner():
    """Who gave the charge up."""
    return a_supervisor()


@pytest.fixture
def waived(bank, owner):
    """The late-payment charge is waived; the core does not know yet."""
    case = Case.objects.get()
    waiving.request_waiver(
        waiver_id=uuid4(), customer_id=case.customer_id, account_key=case.accounts.get().account_key,
        part="LATE_CHARGE", amount_minor=15_000, reason="GOODWILL", note="", asker="SUPERVISOR", by=owner.id,
        now=NOON, on=FIRST,
    )  # fmt: skip
    return Instruction.objects.get()


def sent(bank, on=FIRST):
    return door.send(
        bank.folder / "core", portfolio=bank.portfolio, store=file_store(config()),
        keys=read_keys(config().key_file), on=on, now=NOON,
    )  # fmt: skip


def answered(bank, on=FIRST, **manners):
    path = demo_core.answer(bank.folder / "core", manners=demo_core.Manners(**manners), on=on)
    return None if path is None else door.take(path.read_bytes(), path.name, on=on, now=NOON)


def night(bank, on, late, balance):
    bank.sends(on, accounts=[account("A1", "C1", balance=balance)], balances=[balances(late, on)])
    return bank.night(on)


def state(row):
    row.refresh_from_db()
    return row.state


def test_what_is_given_up_leaves_in_a_file_the_core_can_prove(bank, waived):
    found = sent(bank)
    assert (found.lines, found.without_number) == (1, 0)
    [name] = found.names
    [line] = read_instructions((bank.folder / "core" / name).read_bytes())
    assert line[1:8] == [str(waived.number), "1", "WAIVER", "A1", "CNY", "150.00", "LATE_CHARGE"]
    assert state(waived) == "SENT"
    assert b"A1" not in bytes(InstructionFile.objects.get().content), (
        "account numbers lie here sealed"
    )
    assert sent(bank).lines == 0


def test_the_cores_next_file_proves_it(bank, waived):
    sent(bank)
    assert answered(bank).done == 1
    assert state(waived) == "DONE"
    assert len(open_rows(on=FIRST)) == 1
    night(bank, SECOND, "0.00", "9200.00")
    assert state(waived) == "PROVED"
    assert open_rows(on=SECOND) == ()


def test_a_core_that_says_done_and_is_not_is_late_on_the_queue(bank, waived):
    sent(bank)
    answered(bank)
    night(bank, SECOND, "150.00", "9350.00")
    assert state(waived) == "DONE"
    assert Break.objects.get(part="LATE_CHARGE").explanation == "WAIVED"
    [row] = open_rows(on=LATER)
    assert row.late
    assert row.needs_somebody


def test_a_rejection_is_its_owners_the_same_day_and_nobody_is_chased_for_it(bank, waived, owner):
    sent(bank)
    assert answered(bank, reject=frozenset({"WAIVER"})).rejected == 1
    waived.refresh_from_db()
    assert (waived.state, waived.code, waived.owner_id) == ("REJECTED", "E417", owner.id)
    assert need_somebody(owner.id) == 1
    night(bank, SECOND, "150.00", "9350.00")
    case = Case.objects.get()
    assert (case.state, case.arrears_minor) == ("CLOSED", 0)
    actions.retry(instruction_id=waived.id, by=owner.id, now=NOON)
    assert sent(bank, SECOND).lines == 1
    assert answered(bank, SECOND).done == 1
    assert (state(waived), waived.tries) == ("DONE", 2)


def test_a_core_that_does_half_is_seen(bank, waived):
    sent(bank)
    answered(bank, half=True)
    waived.refresh_from_db()
    assert (waived.state, waived.done_minor) == ("PART", 7_500)
    assert need_somebody() == 1


def test_a_limit_of_the_interface_is_a_rejection_with_its_words(bank, waived):
    sent(bank)
    answered(bank, reject_above=Decimal(100))
    waived.refresh_from_db()
    assert (waived.code, waived.words) == ("E422", "above the limit of the interface")


def test_a_core_that_says_nothing_is_late_after_two_banking_days(bank, waived):
    sent(bank)
    assert [row.late for row in open_rows(on=next_day(FIRST, 2))] == [False]
    assert [row.late for row in open_rows(on=LATER)] == [True]


def test_the_same_answers_twice_change_nothing_and_others_are_refused_whole(bank, waived):
    sent(bank)
    path = demo_core.answer(bank.folder / "core", manners=demo_core.Manners(), on=FIRST)
    door.take(path.read_bytes(), path.name, on=FIRST, now=NOON)
    assert door.take(path.read_bytes(), path.name, on=FIRST, now=NOON).taken_before
    other = path.read_bytes().replace(b"DONE", b"REJECTED,E1", 1).replace(b"E1,,", b"E1,", 1)
    other = other.replace(b"T,1,0", b"T,0,1")
    with pytest.raises(AnswersRefused, match="waits for an answer"):
        door.take(other, "again.csv", on=FIRST, now=NOON)
    assert state(waived) == "DONE"
    assert AnswerFile.objects.get(state="REFUSED").refusal["field"] == "number"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda text: text[:-10], "trailer"),
        (lambda text: text.replace(b"T,1,0", b"T,2,0"), "trailer"),
        (lambda text: text.replace(b"DONE", b"MAYBE"), "answer"),
        (lambda text: text.replace(b"EVENHAND-ANSWERS", b"SOMETHING"), "header"),
        (lambda text: b"\xff\xfe" + text, "file"),
        (lambda text: text.replace(b"150.00", b"15O.00"), "amount"),
    ],
)
def test_a_broken_file_of_answers_names_what_is_wrong_and_changes_nothing(
    bank, waived, change, field
):
    sent(bank)
    path = demo_core.answer(bank.folder / "core", manners=demo_core.Manners(), on=FIRST)
    with pytest.raises(AnswersRefused) as refused:
        door.take(change(path.read_bytes()), path.name, on=FIRST, now=NOON)
    assert refused.value.field == field
    assert state(waived) == "SENT"


def test_a_file_made_and_not_handed_over_is_handed_with_the_next_run(bank, waived, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(door, "write_whole", killed)
    with pytest.raises(KeyboardInterrupt):
        sent(bank)
    monkeypatch.undo()
    assert state(waived) == "SENT"
    found = sent(bank)
    assert (len(found.names), found.lines) == (1, 0)
    assert (bank.folder / "core" / found.names[0]).exists()


def test_giving_up_needs_a_reason_and_the_promise_stands(bank, waived, owner):
    with pytest.raises(InstructionRefused):
        actions.give_up(instruction_id=waived.id, reason=" ", by=owner.id, now=NOON)
    actions.give_up(instruction_id=waived.id, reason="booked by hand", by=owner.id, now=NOON)
    night(bank, SECOND, "150.00", "9350.00")
    assert Case.objects.get().arrears_minor == 0


def test_interest_charged_after_the_core_said_it_had_stopped_goes_back_to_its_owner(
    bank, waived, owner
):
    case = Case.objects.get()
    stop = actions.instruct(
        person=case.customer, account_key=case.accounts.get().account_key, kind="INTEREST_STOP", cause=uuid4(),
        owner=owner.id, by=owner.id, now=NOON, on=FIRST,
    )  # fmt: skip
    sent(bank)
    answered(bank)
    assert state(stop) == "DONE"
    bank.sends(
        SECOND, accounts=[account("A1", "C1", balance="9220.00")], balances=[balances("0.00", SECOND)],
        charges=[{
            "customer_ref": "C1", "account_ref": "A1", "currency": "CNY", "charge_ref": "I1", "kind": "INTEREST",
            "value_on": SECOND.isoformat(), "posted_on": SECOND.isoformat(), "amount": "20.00",
        }],
    )  # fmt: skip
    bank.night(SECOND)
    stop.refresh_from_db()
    assert (stop.state, stop.code) == ("REJECTED", "CHARGED")


def test_the_demo_core_is_a_process_of_its_own(bank, waived):
    sent(bank)
    said = subprocess.run(
        [sys.executable, "-m", "evenhand.adapters.core_files.demo_core", str(bank.folder / "core"), "--delay", "--on",
         FIRST.isoformat()],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "answers." in said.stdout
