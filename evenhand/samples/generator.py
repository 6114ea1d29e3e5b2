"""Books of any size with planted behaviour, as a bank's feeds.

A book is drawn in stretches of STRETCH accounts; a stretch depends on the seed, its first account and the banking day
alone, so memory stays the same for any size and the same arguments give the same files.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from evenhand.samples import cycles, people, planting
from evenhand.samples.calendar import dates, day_number
from evenhand.samples.folder import (
    FeedFile,
    FeedWriter,
    Manifest,
    SampleError,
    empty_folder,
    write_manifest,
    write_text,
)
from evenhand.samples.planting import Accounts, Ints, People

STRETCH = planting.ACCOUNTS_PER_BLOCK * 10_000
ACCOUNTS_MAX = 20_000_000
RATES = {"USD": "7.10", "HKD": "0.91"}

PORTFOLIO = f"""\
name = "generated"
base_currency = "CNY"

[rates]
USD = "{RATES["USD"]}"
HKD = "{RATES["HKD"]}"

[ageing]
grace_days = {planting.GRACE_DAYS}
minimum_due_is = "cumulative"
leads = "computed"
"""
_METHODS = ("TRANSFER", "COUNTER", "AUTOPAY")


class Stretch:
    """The people and accounts numbered from `first` on, drawn as of `on`, their cycles lived through up to `today`."""

    def __init__(
        self, accounts: int, seed: int, on: date, first: int, today: date | None = None
    ) -> None:
        assert first % planting.ACCOUNTS_PER_BLOCK == 0
        self.on, rng = on, np.random.default_rng([seed, first, day_number(on)])
        self.people, self.accounts = planting.draw(rng, accounts, first, on)
        lived = cycles.live(rng, self.accounts, on, today or on)
        self.statements, self.payments, self.standing = lived


def write_sample(
    folder: Path,
    *,
    accounts: int,
    seed: int,
    on: date,
    file_format: str = "csv",
    charges: bool = False,
    truth: Path | None = None,
) -> Manifest:
    """Write the feeds of a generated book and what it says of itself; `truth` takes the planted behaviours.

    Raises SampleError when the book would be empty or above ACCOUNTS_MAX.
    """
    if not 0 < accounts <= ACCOUNTS_MAX:
        raise SampleError(f"{accounts} accounts; expected 1 to {ACCOUNTS_MAX:,}")
    empty_folder(folder)
    writers: dict[str, FeedWriter] = {}
    behaviours: list[pa.Table] = []
    for tables, planted in _stretches(accounts, seed, on, charges=charges):
        for feed, table in tables.items():
            if feed not in writers:
                writers[feed] = FeedWriter(folder / f"{feed}.{file_format}", feed)
            writers[feed].write(table)
        if truth:
            behaviours.append(planted)
    made_up = [f"{feed}.{column}" for feed, w in writers.items() for column in w.columns]
    files: tuple[FeedFile, ...] = tuple(writer.close() for writer in writers.values())
    manifest = Manifest(
        name="generated",
        banking_day=on,
        synthesised=tuple(made_up),
        origin={"made_by": "generate", "accounts": accounts, "seed": seed, "date": str(on)},
        files=files,
    )
    write_text(folder / "portfolio.toml", PORTFOLIO.splitlines())
    write_manifest(folder, manifest)
    if truth:
        _write_truth(truth, behaviours)
    return manifest


def generate_tables(
    accounts: int, seed: int, on: date, *, charges: bool = False
) -> dict[str, pa.Table]:
    """The feeds of a generated book in memory, by feed name; money columns are int64 minor units."""
    parts = [tables for tables, _ in _stretches(accounts, seed, on, charges=charges)]
    return {feed: pa.concat_tables([part[feed] for part in parts]) for feed in parts[0]}


def planted_behaviours(accounts: int, seed: int, on: date) -> pa.Table:
    """What was planted: `customer_ref` and `behaviour`, a code of `planting.BEHAVIOURS`."""
    return pa.concat_tables([planted for _, planted in _stretches(accounts, seed, on)])


def _stretches(
    accounts: int, seed: int, on: date, *, charges: bool = False
) -> Iterator[tuple[dict[str, pa.Table], pa.Table]]:
    for first in range(0, accounts, STRETCH):
        stretch = Stretch(min(STRETCH, accounts - first), seed, on, first)
        yield feed_tables(stretch, charges=charges), _planted(stretch.people)


def _planted(who: People) -> pa.Table:
    codes = pick(planting.BEHAVIOURS, who.behaviour)
    return pa.table({"customer_ref": customer_refs(who.number), "behaviour": codes})


def _write_truth(path: Path, behaviours: list[pa.Table]) -> None:
    rows = pa.concat_tables(behaviours).to_pydict()
    pairs = zip(rows["customer_ref"], rows["behaviour"], strict=True)
    write_text(path, ["customer_ref,behaviour", *map(",".join, pairs)])


def feed_tables(stretch: Stretch, *, charges: bool = False) -> dict[str, pa.Table]:
    """The feeds of one stretch."""
    tables = {
        "customers": _customers(stretch),
        "parties": _parties(stretch),
        "contact_points": _contact_points(stretch),
        "accounts": _accounts(stretch),
        "balances": _balances(stretch),
        "statements": _statements(stretch),
        "payments": payments_table(stretch, np.arange(len(stretch.payments.account))),
    }
    if charges:
        tables["charges"] = _charges(stretch)
    return tables


def customer_refs(numbers: Ints) -> pa.Array:
    """The bank's numbers of people."""
    return people.affixed("C", people.padded(numbers, 8))


def account_refs(numbers: Ints) -> pa.Array:
    """The bank's numbers of accounts."""
    return people.affixed("A", people.padded(numbers, 8))


def pick(values: tuple[str, ...], positions: "Ints | planting.Small") -> pa.Array:
    """Each position's value, as plain text."""
    return pa.array(values).take(pa.array(positions))


def _customers(stretch: Stretch) -> pa.Table:
    who = stretch.people
    return pa.table(
        {
            "customer_ref": customer_refs(who.number),
            "name": people.names(who.number),
            "identity_number": people.affixed("000000", people.padded(who.number, 12)),
            "birth_year": pa.array(1946 + people.scattered(who.number, 1, 60)),
            "language": pick(("zh-CN", "en"), (people.scattered(who.number, 2, 50) == 0) * 1),
            "region": pick(planting.REGIONS, who.region),
            "deceased": pa.array(who.deceased),
            "vulnerable": pa.array(who.vulnerable),
        }
    )


def _parties(stretch: Stretch) -> pa.Table:
    """Every 25th account has a supplementary holder who owes nothing, every 200th a guarantor who does."""
    numbers = stretch.accounts.number
    supplementary, guarantor = numbers[numbers % 25 == 0], numbers[numbers % 200 == 7]
    both = np.sort(np.concatenate([supplementary, guarantor]))
    at, owes = both - (numbers[0] if len(numbers) else 0), both % 25 != 0
    return pa.table(
        {
            "customer_ref": customer_refs(stretch.people.number[stretch.accounts.person[at]]),
            "account_ref": account_refs(both),
            "party_ref": people.affixed("P", people.padded(both, 8)),
            "role": pick(("SUPPLEMENTARY", "GUARANTOR"), owes * 1),
            "name": people.affixed("样例关系人", people.padded(both, 5)),
            "owes": pa.array(owes),
            "proof": pick(("", "样例担保合同"), owes * 1),
        }
    )


def _contact_points(stretch: Stretch) -> pa.Table:
    who = stretch.people
    consent = pa.array(who.consent == 1, mask=who.consent == 2)
    everyone = np.ones(len(who.number), bool)
    kinds = (
        ("MOBILE", people.phones, who.phone_valid, everyone),
        ("EMAIL", people.emails, who.email_valid, who.number % 3 != 0),
        ("ADDRESS", people.addresses, everyone, everyone),
        ("RESERVED_CONTACT", _reserved, everyone, who.number % 10 == 0),
    )
    parts = []
    for kind, made_up, valid, some in kinds:
        count, chosen = int(some.sum()), pa.array(some)
        source = "RESERVED" if kind == "RESERVED_CONTACT" else "CONTRACT"
        parts.append(
            pa.table(
                {
                    "customer_ref": customer_refs(who.number[some]),
                    "kind": people.repeated(kind, count),
                    "value": made_up(who.number[some]),
                    "source": people.repeated(source, count),
                    "valid": pa.array(valid[some]),
                    "consent_call": consent.filter(chosen),
                    "consent_message": consent.filter(chosen),
                }
            )
        )
    return pa.concat_tables(parts)


def _reserved(numbers: Ints) -> pa.Array:
    return people.phones(numbers + 50_000_000)


def owner_refs(stretch: Stretch, positions: Ints) -> dict[str, pa.Array]:
    """Whose and which card a row is about, and its currency."""
    accounts = stretch.accounts
    return {
        "customer_ref": customer_refs(stretch.people.number[accounts.person[positions]]),
        "account_ref": account_refs(accounts.number[positions]),
        "currency": pick(planting.CURRENCIES, accounts.currency[positions]),
    }


def stated_days(stretch: Stretch) -> pa.Array:
    """What the cores of the first branches state; one in two hundred past-due figures is off by up to two cycles."""
    accounts, days = stretch.accounts, stretch.standing.overdue_days
    off = people.scattered(accounts.number, 3, 200) == 0
    shown = np.where(off & (days > 0), np.maximum(days - 30 * (accounts.number % 3), 0), days)
    return pa.array(shown, mask=accounts.branch >= planting.STATING_BRANCHES)


def block_codes(accounts: Accounts) -> pa.Array:
    """L for a card stopped because it is late, none else."""
    stopped = accounts.status == planting.FROZEN
    return pa.array(np.where(stopped, "L", ""), mask=~stopped)


def _accounts(stretch: Stretch) -> pa.Table:
    accounts = stretch.accounts
    owner = owner_refs(stretch, np.arange(len(accounts.number)))
    return pa.table(
        {
            **owner,
            "card_tail": people.padded(people.scattered(accounts.number, 4, 10_000), 4),
            "product": pick(planting.PRODUCTS, accounts.product),
            "branch": pick(planting.BRANCHES, accounts.branch),
            "credit_limit": pa.array(accounts.limit_minor),
            "balance": pa.array(stretch.standing.balance),
            "core_status": pick(planting.STATUSES, accounts.status),
            "block_code": block_codes(accounts),
            "cycle_day": pa.array(accounts.cycle_day),
            "autopay": pa.array(accounts.behaviour == planting.AUTOPAY),
            "opened_on": dates(accounts.opened),
            "stated_overdue_days": stated_days(stretch),
        }
    )


def components(stretch: Stretch) -> dict[str, Ints]:
    """The parts of each balance; they sum to it. A credit balance is all principal."""
    end = stretch.standing
    return {
        "principal": end.balance - end.interest - end.late_charge,
        "interest": end.interest,
        "late_charge": end.late_charge,
        "fee": np.zeros_like(end.balance),
    }


def _balances(stretch: Stretch) -> pa.Table:
    owner = owner_refs(stretch, np.arange(len(stretch.accounts.number)))
    return pa.table({**owner, **{name: pa.array(v) for name, v in components(stretch).items()}})


def stated_past_due(stretch: Stretch, told: cycles.Statements) -> pa.Array:
    """The past-due part of each statement's minimum, as every other branch states it."""
    return pa.array(told.past_due, mask=stretch.accounts.branch[told.account] % 2 == 0)


def _statements(stretch: Stretch) -> pa.Table:
    told = stretch.statements
    return statements_table(stretch, told, np.arange(len(told.account)))


def statements_table(stretch: Stretch, told: cycles.Statements, rows: Ints) -> pa.Table:
    """The statements feed of some of the statements told of the stretch's accounts."""
    return pa.table(
        {
            **owner_refs(stretch, told.account[rows]),
            "statement_on": dates(told.statement_on[rows]),
            "due_on": dates(told.due_on[rows]),
            "minimum_due": pa.array(told.minimum_due[rows]),
            "balance": pa.array(told.balance[rows]),
            "past_due": stated_past_due(stretch, told).take(pa.array(rows)),
        }
    )


def payments_table(stretch: Stretch, rows: Ints) -> pa.Table:
    """The payments feed of some of the stretch's payments and reversals."""
    made, accounts = stretch.payments, stretch.accounts
    account, cycle, event = made.account[rows], made.cycle[rows], made.event[rows]
    by_debit = accounts.behaviour[account] == planting.AUTOPAY
    amounts = np.abs(made.amount[rows])
    numbers = accounts.number[account]
    paid_refs = _payment_refs(numbers, cycle, np.full_like(event, cycles.PAID))
    return pa.table(
        {
            **owner_refs(stretch, account),
            "payment_ref": _payment_refs(numbers, cycle, event),
            "value_on": dates(made.value_on[rows]),
            "posted_on": dates(made.booked_on[rows]),
            "amount": pa.array(amounts),
            "reverses_ref": _where(event == cycles.TAKEN_BACK, paid_refs),
            "method": pick(_METHODS, np.where(by_debit, 2, amounts % 2)),
        }
    )


def _payment_refs(numbers: Ints, cycle: Ints, event: Ints) -> pa.Array:
    unique = (numbers * (planting.CYCLES + 1) + cycle) * 3 + event
    return people.affixed("T", people.padded(unique, 10))


def _where(chosen: planting.Flags, values: pa.Array) -> pa.Array:
    return pa.compute.if_else(pa.array(chosen), values, pa.scalar(None, pa.string()))


def _charges(stretch: Stretch) -> pa.Table:
    """The interest and late charges that stand in the balances, posted on the latest statement's day."""
    end, numbers = stretch.standing, stretch.accounts.number
    days = planting.statement_days(stretch.on, stretch.accounts.cycle_day)[:, planting.CYCLES - 1]
    parts = []
    for kind, amounts in (("INTEREST", end.interest), ("LATE_CHARGE", end.late_charge)):
        some = np.flatnonzero(amounts)
        parts.append(
            pa.table(
                {
                    **owner_refs(stretch, some),
                    "charge_ref": people.affixed(kind[0], people.padded(numbers[some], 8)),
                    "kind": people.repeated(kind, len(some)),
                    "value_on": dates(days[some]),
                    "posted_on": dates(days[some]),
                    "amount": pa.array(amounts[some]),
                }
            )
        )
    return pa.concat_tables(parts)
