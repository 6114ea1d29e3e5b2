"""Strategies by name, for tests: a version in force, a draft, and a draft taken as far as somebody wants it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

from django.db import connection

from evenhand.access.models import Staff
from evenhand.dmn.documents.document import Document, RuleText, TableText
from evenhand.rulebook import actions
from evenhand.rulebook.queries import latest_content, question_of
from evenhand.strategy.judge import STARTER
from tests.world import DAY, NOW, a_supervisor, an_analyst


def the_first_version(from_on: date = DAY) -> int:
    """The starter strategy, in force from a day."""
    return actions.install_first(
        content=STARTER.read_bytes(), title="First", now=NOW, from_on=from_on
    )


def a_draft(by: Staff | None = None, title: str = "Fewer calls") -> int:
    """A draft of the first version's content."""
    by = by or an_analyst()
    return actions.draft(
        title=title, note="try it", based_on=the_first_version(), by=by.id, now=NOW
    )


def a_tried_draft(by: Staff | None = None, number: int | None = None) -> int:
    """A draft that was checked, and tried over one night."""
    number = number or a_draft(by)
    assert actions.check(number=number, now=NOW)
    trial = actions.ask_trial(number=number, nights=[DAY], by=None, now=NOW)
    assert actions.start_trial(trial_id=trial, now=NOW)
    actions.finish_trial(trial_id=trial, report={"people": 0}, now=NOW)
    return number


def an_approved_version(number: int | None = None) -> int:
    """A version that a second person approved."""
    number = a_tried_draft(number=number)
    actions.ask_approval(number=number, note="", by=an_analyst().id, now=NOW)
    assert question_of(number) is not None
    actions.decide_approval(
        number=number, verdict="APPROVED", reason="", by=a_supervisor().id, now=NOW
    )
    return number


def table_of(number: int, name: str = "treatment") -> TableText:
    """One table of a version as it is now."""
    tables = Document.read(latest_content(number)[1]).tables
    return next(table for table in tables if table.name == name)


def row_of(number: int, row: int = 1, table: str = "treatment") -> RuleText:
    """One rule of a version as it is now, 1-based."""
    return table_of(number, table).rules[row - 1]


def cell(
    number: int, text: str, *, row: int = 1, table: str = "treatment", **given: Any
) -> dict[str, Any]:
    """The operation that writes the first output of a rule, having seen what is there now."""
    there = table_of(number, table)
    return {
        "act": "SET_CELL",
        "table": table,
        "rule": there.rules[row - 1].id,
        "column": there.outputs[0].id,
        "text": text,
        "was": there.rules[row - 1].outputs[0],
    } | given


def edited(number: int, by: Staff, operation: dict[str, Any]) -> actions.Saved:
    """One operation on a draft."""
    return actions.edit(number=number, operation=operation, by=by.id, now=NOW)


def every_rule_says(number: int, by: Staff, text: str, instead_of: str) -> None:
    """Write an answer of the treatment table in the place of another, in every rule that gives it."""
    for row, rule in enumerate(table_of(number).rules, start=1):
        if rule.outputs[0] == instead_of:
            edited(number, by, cell(number, text, row=row))


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Each in a thread with a connection of its own, begun together; what each returned or was refused with."""
    start = Barrier(len(acts))

    def run(act):
        try:
            start.wait()
            return act()
        except actions.StrategyRefused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))
