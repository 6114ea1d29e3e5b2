"""What the check of strategies takes for granted of facts, against those of a generated book."""

from datetime import date, timedelta
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from evenhand.cycle.intake import take_in, terms_of
from evenhand.cycle.manifest import read_manifest
from evenhand.cycle.night import Setting, run_nights
from evenhand.cycle.slice import BookSlice
from evenhand.runtime.config import config
from evenhand.runtime.keys import new_keys
from evenhand.runtime.lake import Lake
from evenhand.samples import generator
from evenhand.samples.following import write_next
from evenhand.strategy.checking import MAY_BE_NULL, fact_domains
from evenhand.strategy.facts import FACTS
from evenhand.strategy.judge import STARTER
from tests.bank import NOON, quiet

ON = date(2026, 9, 28)


@pytest.mark.django_db
def test_every_fact_of_a_book_lies_within_what_the_check_takes_for_granted(lake_home, tmp_path):
    generator.write_sample(tmp_path / "day1", accounts=1_500, seed=11, on=ON)
    write_next(tmp_path / "day1", tmp_path / "day2", ON + timedelta(days=1))
    new_keys(config().key_file, made_at=NOON)
    seen: dict[str, set[object]] = {fact.name: set() for fact in FACTS}
    for days, folder in enumerate(("day1", "day2")):
        for name, values in facts_of(tmp_path / folder, ON + timedelta(days=days)).items():
            seen[name] |= values
    known = fact_domains()
    for name, values in seen.items():
        domain = known[name]
        assert domain.nullable or None not in values, name
        for value in values - {None}:
            asked = Decimal(value) if type(value) is int else value
            assert all(limit.passes(asked) for limit in domain.limits), (name, value)
    assert {name for name, values in seen.items() if None in values} <= MAY_BE_NULL
    assert None in seen["days_since_payment"]


def facts_of(folder, on):
    """Every value of every fact on one night."""
    take_in(folder, banking_day=on, config=config(), now=NOON)
    setting = Setting(
        lake=config().lake,
        portfolio=terms_of(config()),
        strategy=STARTER,
        partitions=config().partitions,
        processes=1,
        live=False,
    )
    run_nights(until=on, setting=setting, clock=lambda: NOON, progress=quiet)
    lake = Lake(config().lake)
    manifest = read_manifest(lake.manifest(on))
    values = {fact.name: set() for fact in FACTS}
    for number in range(config().partitions):
        keys = pq.read_table(lake.people(on, number), columns=["customer_key"])
        book = BookSlice.read(lake, manifest, number, keys["customer_key"].to_pylist())
        facts = book.treated(pq.read_table(lake.desk(on, number)), manifest, lake).facts
        for name in values:
            values[name] |= set(facts[name].to_pylist())
    return values
