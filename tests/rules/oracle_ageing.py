"""Ageing once more, slowly and by another method, to hold against `delinquency.rules` and `delinquency.columns`.

It keeps a calendar: on each day that something is booked or issued it writes the day's bookings into a ledger, and
after every reversal tears the ledger up and pays everything again. Nothing here is shared with the code under test
but the records that carry the facts.
"""

from dataclasses import dataclass, field
from itertools import accumulate

BUCKETS = ["M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7+"]


@dataclass
class Bill:
    number: int
    issued_on: object
    due_on: object
    asked: int
    open: int = 0


@dataclass
class Coin:
    number: int
    booked_on: object
    value_on: object
    amount: int


@dataclass
class Ledger:
    """Bills as asked, money as it stands; `settle` pays the one with the other from a clean sheet."""

    bills: list = field(default_factory=list)
    money: list = field(default_factory=list)

    def book(self, entry):
        if entry.paid_minor > 0:
            number = len(self.money)
            self.money.append(Coin(number, entry.booked_on, entry.value_on, entry.paid_minor))
        rest = -entry.paid_minor
        if rest > 0:
            for coin in sorted(
                self.money,
                key=lambda c: (c.value_on == entry.value_on, c.booked_on, c.number),
                reverse=True,
            ):
                back = rest if rest < coin.amount else coin.amount
                coin.amount, rest = coin.amount - back, rest - back

    def settle(self):
        for bill in self.bills:
            bill.open = bill.asked
        for coin in sorted(self.money, key=lambda c: (c.booked_on, c.number)):
            purse = coin.amount
            payable = [b for b in self.bills if b.issued_on < coin.booked_on and b.open > 0]
            while purse and payable:
                bill = min(payable, key=lambda b: (b.due_on, b.number))
                payable.remove(bill)
                bill.open, purse = max(bill.open - purse, 0), max(purse - bill.open, 0)
        return sum(bill.open for bill in self.bills)


def ledger_on(account, extra, terms, on):
    """The ledger as its value dates stand on a day, and whether some statement stated another past due."""
    statements = [s for s in account.statements if s.statement_on <= on]
    entries = [*account.payments, *extra]
    asked, differs = Ledger(), False
    for day in sorted({s.statement_on for s in statements} | {e.booked_on for e in entries}):
        for wanted in (1, -1):
            for entry in entries:
                if entry.booked_on == day and entry.paid_minor * wanted > 0:
                    asked.book(entry)
        for statement in statements:
            if statement.statement_on == day:
                still = asked.settle()
                stated = statement.past_due_minor
                differs |= stated is not None and stated != still
                inside = still if stated is None else stated
                if terms.minimum_due_is == "increment":
                    inside = 0
                share = statement.minimum_due_minor - inside
                number = len(asked.bills)
                asked.bills.append(Bill(number, day, statement.due_on, share if share > 0 else 0))

    today = Ledger(bills=asked.bills)
    for entry in sorted(
        (e for e in entries if e.value_on <= on), key=lambda e: (e.booked_on, e.paid_minor < 0)
    ):
        today.book(entry)
    today.settle()
    today.bills.sort(key=lambda b: (b.due_on, b.number))
    return today, differs


def risk(days):
    """CCM Art. 92, the 2023 floors, the stricter (numbers of the classes)."""
    if days > 180:
        ccm = 4
    elif days > 120:
        ccm = 3
    elif days > 90:
        ccm = 2
    else:
        ccm = 1 if days > 0 else 0
    if days > 360:
        fin = 4
    elif days > 270:
        fin = 3
    elif days > 90:
        fin = 2
    else:
        fin = 1 if days > 0 else 0
    return ccm, fin, max(ccm, fin)


def bucket(days):
    """M0, then one a begun thirty days up to the seventh."""
    return min(-(-days // 30), 7)


def is_first_payment_default(account, bill, on):
    issued = sorted(
        (s for s in account.statements if s.statement_on <= on), key=lambda s: s.statement_on
    )
    asking = [number for number, s in enumerate(issued) if s.minimum_due_minor > 0]
    if account.opened_on is None or not asking:
        return False
    waited = (issued[0].statement_on - account.opened_on).days
    return waited in range(63) and bill.number == asking[0]


def oracle(account, terms, on, extra=()):
    """The row of AGEING for one account, as a dict."""
    ledger, differs = ledger_on(account, extra, terms, on)
    balance = account.balance_minor
    for entry in extra:
        if entry.value_on <= on:
            balance -= entry.paid_minor
    bills = ledger.bills if balance > 0 else []
    late = [b for b in bills if (on - b.due_on).days > terms.grace_days]
    running = list(accumulate(b.open for b in late))
    missed = [
        b
        for b, so_far in zip(late, running, strict=True)
        if b.open and so_far > terms.tolerance_minimum_minor
    ]
    soon = [b for b in bills if b.open and (on - b.due_on).days <= terms.grace_days]
    unpaid_late = min(running[-1], balance) if running else 0
    due = min(sum(b.open for b in soon), balance - unpaid_late) if soon else 0

    computed = (on - missed[0].due_on).days if missed else 0
    stated = account.stated_overdue_days
    if stated and account.stated_on and account.stated_on < on:
        stated += (on - account.stated_on).days
    days = stated if terms.leads == "stated" and stated is not None else computed
    arrears, estimated = 0, False
    if days > 0 and missed:
        arrears = unpaid_late
    elif days > 0 and balance > 0:
        estimated = True
        latest = None
        for statement in account.statements:
            if statement.statement_on <= on and (
                latest is None or statement.statement_on >= latest.statement_on
            ):
                latest = statement
        arrears = min(balance, max(latest.minimum_due_minor, 0)) if latest else 0
    ccm, fin, stricter = risk(days)
    kept = [c for c in ledger.money if c.amount > 0]
    return {
        "past_due": days > 0,
        "owes": balance > 0,
        "overdue_days": days,
        "computed_overdue_days": computed,
        "stated_overdue_days": stated,
        "arrears_minor": arrears,
        "arrears_estimated": estimated,
        "due_minor": due,
        "next_due_on": min(b.due_on for b in soon) if due else None,
        "oldest_due_on": missed[0].due_on if missed else None,
        "cycles_missed": len(missed),
        "bucket": bucket(days),
        "ccm92": ccm,
        "fin2023": fin,
        "risk_class": stricter,
        "first_payment_default": bool(missed) and is_first_payment_default(account, missed[0], on),
        "payments_recent": len(kept),
        "last_paid_on": max((c.value_on for c in kept), default=None),
        "difference": (1 if stated is not None and ledger.bills and stated != computed else 0)
        + (2 if differs else 0),
    }
