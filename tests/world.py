"""Rows by name, for tests of screens that need no night."""

import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction

from evenhand.access.actions import add_staff
from evenhand.access.models import Staff
from evenhand.arrangements.models import Promise
from evenhand.casework.models import Case, CaseAccount, Hold
from evenhand.cycle.models import Run
from evenhand.portfolio.models import FeedFile, Person, QuarantinedRow, StandingFact
from evenhand.portfolio.persons import facts_changed

DAY = date(2026, 9, 28)
NOW = datetime(2026, 9, 28, 12, tzinfo=UTC)
PASSWORD = "green river 77 stone"


def a_collector(desk: str = "EARLY") -> Staff:
    """A collector of a desk."""
    return add_staff(
        name=f"c-{secrets.token_hex(4)}", role="collector", desk=desk, password=PASSWORD
    )


def a_supervisor() -> Staff:
    """A supervisor, who sees every desk and the nights."""
    return add_staff(
        name=f"s-{secrets.token_hex(4)}", role="supervisor", desk="", password=PASSWORD
    )


def a_manager() -> Staff:
    """The head of the department, who approves what a supervisor may not."""
    return add_staff(name=f"m-{secrets.token_hex(4)}", role="manager", desk="", password=PASSWORD)


def an_analyst() -> Staff:
    """An analyst, who writes strategies."""
    return add_staff(name=f"a-{secrets.token_hex(4)}", role="analyst", desk="", password=PASSWORD)


def an_officer() -> Staff:
    """A compliance officer, who sees every contact and may take them out."""
    return add_staff(
        name=f"o-{secrets.token_hex(4)}", role="compliance", desk="", password=PASSWORD
    )


def a_person(**given: Any) -> Person:
    """A person without a name, which no test needs to be sealed."""
    return Person.objects.create(**{"customer_key": _key(), "partition": 0} | given)


def a_case(**given: Any) -> Case:
    """An open case of the early desk, 20 days past due on DAY."""
    return Case.objects.create(
        **{
            "state": "OPEN",
            "opened_on": DAY,
            "desk": "EARLY",
            "currency": "CNY",
            "overdue_from_on": DAY - timedelta(days=20),
            "treatment_from_on": DAY - timedelta(days=20),
            "bucket": "M1",
            "risk_class": "SPECIAL_MENTION",
            "arrears_minor": 123_456,
            "balance_minor": 1_000_000,
            "promise": "NONE",
            "segment": "M1_LOW",
            "treatment": "CALL",
            "channel": "PHONE",
            "tone": "NEUTRAL",
            "offer": "EXTENSION",
            "priority": 100,
            "decided_on": DAY,
            "decided_by": "NIGHT",
            "strategy_digest": "0" * 64,
            "facts_seq": 0,
        }
        | ({} if "customer" in given else {"customer": a_person()})
        | given
    )


def a_closed_case(**given: Any) -> Case:
    """A case that was cured."""
    return a_case(**{"state": "CLOSED", "closed_on": DAY, "close_reason": "CURED"} | given)


def a_line(case: Case, **given: Any) -> CaseAccount:
    """One account of a case."""
    return CaseAccount.objects.create(
        **{
            "case": case,
            "account_key": _key(),
            "card_tail": "1234",
            "product": "GOLD",
            "currency": "CNY",
            "joined_on": DAY,
            "overdue_from_on": DAY - timedelta(days=20),
            "bucket": "M1",
            "risk_class": "SPECIAL_MENTION",
            "arrears_minor": 123_456,
            "balance_minor": 1_000_000,
            "core_status": "ACTIVE",
        }
        | given
    )


def a_hold(person: Person, **given: Any) -> Hold:
    """A hold for hardship that stands on DAY."""
    until_on = DAY + timedelta(days=30)
    with transaction.atomic():
        facts_changed(person)
        return Hold.objects.create(
            **{
                "customer": person,
                "reason": "HARDSHIP",
                "from_on": DAY,
                "until_on": until_on,
                "placed_at": NOW,
            }
            | given
        )


def a_standing_fact(person: Person, **given: Any) -> StandingFact:
    """An opt-out of text messages that stands from NOW on."""
    with transaction.atomic():
        facts_changed(person)
        return StandingFact.objects.create(
            **{
                "customer": person,
                "kind": "OPT_OUT",
                "detail": {"media": ["TEXT"]},
                "from_at": NOW,
                "source": "CARDHOLDER",
                "evidence": "TD",
                "recorded_at": NOW,
            }
            | given
        )


def a_promise(person: Person, **given: Any) -> Promise:
    """An open promise of 500 yuan made on DAY."""
    return Promise.objects.create(
        **{
            "customer": person,
            "amount_minor": 50_000,
            "currency": "CNY",
            "made_on": DAY,
            "due_on": DAY + timedelta(days=3),
            "made_at": NOW,
        }
        | given
    )


def a_run(banking_day: date = DAY, **given: Any) -> Run:
    """A published night that counted nothing yet."""
    return Run.objects.create(
        **{
            "banking_day": banking_day,
            "state": "PUBLISHED",
            "code_version": "test",
            "started_at": NOW,
            "finished_at": NOW + timedelta(seconds=75),
        }
        | given
    )


def a_file(**given: Any) -> FeedFile:
    """A loaded file of 10 rows, all good."""
    number = FeedFile.objects.count() + 1
    return FeedFile.objects.create(
        **{
            "file_no": number,
            "feed": "payments",
            "name": f"payments-{number}.csv",
            "sha256": secrets.token_hex(32),
            "banking_day": DAY,
            "state": "LOADED",
            "rows_in": 10,
            "rows_loaded": 10,
            "received_at": NOW,
        }
        | given
    )


def a_refused_field(file: FeedFile, line: int, **given: Any) -> QuarantinedRow:
    """One field of a line that was refused."""
    return QuarantinedRow.objects.create(
        **{
            "file": file,
            "line": line,
            "field": "amount",
            "value_masked": "1**x",
            "rule": "money.valid",
            "expected": "an amount as 1234.50",
        }
        | given
    )


def _key() -> int:
    return secrets.randbits(63)
