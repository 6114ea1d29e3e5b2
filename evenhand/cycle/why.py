"""Why is this account treated so? Facts with their file and line, the rule that fired, what would have had to differ.

Worked out again from the night's own files, so the answer is that night's, years later too.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq

from evenhand.cycle.manifest import Manifest
from evenhand.cycle.slice import BookSlice, rows_of, strategy_at
from evenhand.portfolio.terms import Leads
from evenhand.runtime.lake import Lake
from evenhand.strategy.facts import FACTS
from evenhand.strategy.judge import Strategy

Value = str | int | bool | None

_ACCOUNT = (
    "balance_minor",
    "limit_minor",
    "utilisation_percent",
    "autopay",
    "core_status",
    "block_code",
    "product",
)
_PERSON = (
    "language",
    "region",
    "deceased",
    "vulnerable",
    "phone_valid",
    "email_valid",
    "address_valid",
)
_STATEMENT = ("overdue_days", "treatment_days", "bucket", "arrears_minor", "cycles_missed", "days_to_due", "due_minor",
              "risk_class", "first_payment_default")  # fmt: skip
_STATED = (
    "overdue_days",
    "treatment_days",
    "bucket",
    "risk_class",
)  # where the core's own figure leads
_PAYMENT = ("days_since_payment", "payments_recent")


class UnknownAccount(LookupError):
    """No account of that key is in the book of that night."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact came from: a line of a file of the bank."""

    file: str
    line: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FactLine:
    """One fact the decision saw; without a source it was counted from the book or learnt at the desk."""

    name: str
    value: Value
    source: Source | None


@dataclass(frozen=True, slots=True)
class Miss:
    """One rule that did not fire: the first cell that failed, what it held and what it needed."""

    rule: int
    rule_id: str
    input: str
    had: Value
    needed: str


@dataclass(frozen=True, slots=True)
class Step:
    """One decision table: the rule that fired and the others' misses."""

    decision: str
    rule: int | None
    rule_id: str
    annotation: str
    outputs: dict[str, Value]
    misses: tuple[Miss, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """The whole answer for one account on one banking day."""

    account_key: int
    customer_key: int
    on: date
    strategy_digest: str
    account: dict[str, Any]  # the account's ageing that night
    decision: dict[str, Any]  # what was decided for the person
    facts: tuple[FactLine, ...]
    steps: tuple[Step, ...]
    sources: tuple[Source, ...]  # every line of a file the account's row was made from


def find_account(lake: Lake, manifest: Manifest, account_key: int) -> tuple[int, int]:
    """The partition and the customer of an account; raises UnknownAccount."""
    for part in manifest.parts:
        path = lake.accounts(manifest.banking_day, part.number)
        found = pq.read_table(
            path, columns=["customer_key"], filters=[("account_key", "=", account_key)]
        )
        if found.num_rows:
            return part.number, found["customer_key"][0].as_py()
    raise UnknownAccount(f"no such account in the book of {manifest.banking_day}")


def why(lake: Lake, manifest: Manifest, account_key: int) -> Why:
    """Explain one account on the night of the manifest, from that night's inputs."""
    number, customer_key = find_account(lake, manifest, account_key)
    book = BookSlice.read(lake, manifest, number, [customer_key])
    treated = book.treated(
        rows_of(lake.desk(manifest.banking_day, number), [customer_key]), manifest, lake
    )
    facts = treated.facts.to_pylist()[0]
    rows = {row["account_key"]: row for row in book.accounts.to_pylist()}
    states = {row["account_key"]: row for row in treated.state.to_pylist()}
    lead = max(
        states.values(), key=lambda row: (row["in_case"], row["overdue_days"], row["arrears_minor"])
    )
    files = {file["file_no"]: file for file in manifest.files}
    stated = manifest.portfolio.ageing.leads is Leads.STATED
    people = book.people.to_pylist()
    traced = _Traced(files, rows[lead["account_key"]], lead, people, stated)
    return Why(
        account_key=account_key,
        customer_key=customer_key,
        on=manifest.banking_day,
        strategy_digest=manifest.strategy_digest,
        account=states[account_key],
        decision=treated.decisions.to_pylist()[0],
        facts=tuple(FactLine(fact.name, facts[fact.name], traced.of(fact.name)) for fact in FACTS),
        steps=steps_of(strategy_at(lake.root / manifest.strategy), facts),
        sources=_Traced(files, rows[account_key], states[account_key], people, stated).all(),
    )


def steps_of(strategy: Strategy, facts: dict[str, Value]) -> tuple[Step, ...]:
    """What each table of the strategy says of these facts, in the order they are run."""
    return tuple(
        Step(
            decision=found.decision,
            rule=found.rule,
            rule_id=found.rule_id,
            annotation=found.annotation,
            outputs={name: _plain(value) for name, value in (found.outputs or {}).items()},
            misses=tuple(
                Miss(m.rule, m.rule_id, m.input, _plain(m.had), m.needed) for m in found.misses
            ),
        )
        for found in strategy.explain(facts)
    )


def _plain(value: Any) -> Value:
    """Whole decimals as the integers they are: facts and answers hold no fractions."""
    return (
        int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value
    )


@dataclass(frozen=True, slots=True)
class _Traced:
    """From a fact to the line that brought it, for the account that leads the person's case."""

    files: dict[int, Any]
    account: dict[str, Any]
    state: dict[str, Any]
    people: list[dict[str, Any]]
    stated_leads: bool

    def of(self, fact: str) -> Source | None:
        account = self.account
        by_core = (self.stated_leads and fact in _STATED) or not account["statement_on"]
        if fact in _ACCOUNT or (fact in _STATEMENT and by_core):
            return self._source(account["account_file"], account["account_line"])
        if fact in _PERSON and self.people:
            return self._source(self.people[0]["person_file"], self.people[0]["person_line"])
        if fact in _STATEMENT:
            due = self.state["oldest_due_on"] or self.state["next_due_on"]
            index = account["due_on"].index(due) if due in account["due_on"] else -1
            return self._source(account["statement_file"][index], account["statement_line"][index])
        if fact in _PAYMENT and account["payment_file"]:
            return self._source(account["payment_file"][-1], account["payment_line"][-1])
        return None

    def all(self) -> tuple[Source, ...]:
        account = self.account
        lines = [(account["account_file"], account["account_line"])]
        lines += [(account["balance_file"], account["balance_line"])]
        lines += [(person["person_file"], person["person_line"]) for person in self.people]
        for name in ("statement", "payment"):
            lines += zip(account[f"{name}_file"] or (), account[f"{name}_line"] or (), strict=True)
        return tuple(source for line in lines if (source := self._source(*line)) is not None)

    def _source(self, file_no: int | None, line: int | None) -> Source | None:
        if not file_no or line is None:
            return None
        file = self.files[file_no]
        return Source(file["name"], line, file["sha256"])
