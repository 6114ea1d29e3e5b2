"""People for the strategy's tests: one quiet row of facts, and many odd ones."""

import random
from typing import Any

import pyarrow as pa

from evenhand.strategy.facts import FACTS

Facts = dict[str, Any]

QUIET: Facts = {
    "overdue_days": 12,
    "treatment_days": 12,
    "bucket": "M1",
    "arrears_minor": 30_000,
    "balance_minor": 400_000,
    "limit_minor": 1_000_000,
    "utilisation_percent": 40,
    "accounts": 1,
    "accounts_overdue": 1,
    "cycles_missed": 1,
    "days_to_due": 18,
    "due_minor": 30_000,
    "days_since_payment": 40,
    "payments_recent": 1,
    "entries": 1,
    "promises_broken": 0,
    "promise": "NONE",
    "hold": "NONE",
    "autopay": False,
    "deceased": False,
    "vulnerable": False,
    "phone_valid": True,
    "email_valid": True,
    "address_valid": True,
    "rose_two": False,
    "first_payment_default": False,
    "core_status": "ACTIVE",
    "block_code": None,
    "product": "GOLD",
    "region": "CN-33",
    "language": "zh",
    "risk_class": "SPECIAL_MENTION",
}
OPEN_CODES = {
    "block_code": ("", "B"),
    "product": ("GOLD", "BLUE"),
    "region": ("CN-33", "CN-44"),
    "language": ("zh", "en"),
}
NUMBERS = (
    None,
    -3,
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    10,
    11,
    20,
    21,
    30,
    31,
    60,
    80,
    95,
    105,
    121,
    200,
    9_999,
    10_000,
)
AGES = (
    ("M0", 0),
    ("M1", 12),
    ("M1", 25),
    ("M2", 40),
    ("M3", 70),
    ("M4", 100),
    ("M5", 130),
    ("M7+", 200),
)
BALANCES = (50_000, 400_000, 6_000_000)
AMOUNTS = (
    10**6,
    None,
    -1,
    0,
    1,
    9_999,
    10_000,
    99_999,
    100_000,
    2_000_000,
    3_000_000,
    5_000_000,
    10**15,
)


def some_people(choose: random.Random, count: int) -> list[Facts]:
    """People who are odd in some facts only, so that rules far down the tables are reached too."""
    return [_person(choose) for _ in range(count)]


def _person(choose: random.Random) -> Facts:
    bucket, days = choose.choice(AGES)
    facts = QUIET | {"bucket": bucket, "treatment_days": days, "overdue_days": days}
    facts |= {"payments_recent": choose.choice((0, 1)), "balance_minor": choose.choice(BALANCES)}
    for fact in choose.sample(FACTS, choose.randint(0, 7)):
        if fact.kind == "bool":
            values: tuple[Any, ...] = (True, False)
        elif fact.kind == "code":
            values = (*(fact.codes or OPEN_CODES[fact.name]), None)
        else:
            values = AMOUNTS if fact.name.endswith("_minor") else NUMBERS
        facts[fact.name] = choose.choice(values)
    return facts


def batch(people: list[Facts]) -> pa.Table:
    """The facts as the night hands them over: int64, bool, dictionary<int16, string>."""
    types = {
        "int": pa.int64(),
        "bool": pa.bool_(),
        "code": pa.dictionary(pa.int16(), pa.string()),
    }
    schema = pa.schema([(fact.name, types[fact.kind]) for fact in FACTS])
    columns = [
        pa.array([facts[fact.name] for facts in people], schema.field(fact.name).type)
        for fact in FACTS
    ]
    return pa.Table.from_arrays(columns, schema=schema)
