"""Three ways to age an account that share no code agree on accounts of every shape."""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from evenhand.delinquency.classification import classification_on
from evenhand.delinquency.columns import age_accounts
from evenhand.delinquency.rules import Account, Payment, Statement, age
from evenhand.portfolio.terms import AgeingTerms
from tests.rules.accounts_ageing import ON, TERMS, book, extra_payments, make
from tests.rules.oracle_ageing import BUCKETS, ledger_on, oracle

PROVE = os.environ.get("PROVE") == "1"
ACCOUNTS, BATCH = (1_000_000, 12_500) if PROVE else (50_000, 12_500)


def disagreements(seeds: Sequence[int]) -> list[str]:
    """Seeds of which the three do not say the same, with what each says."""
    terms = TERMS[seeds[0] // BATCH % len(TERMS)]
    made = [make(seed) for seed in seeds]
    table = age_accounts(
        book([account for account, _ in made]),
        terms,
        ON,
        extra_payments([extra for _, extra in made]),
    )
    found, classification = [], classification_on(ON)
    for seed, (account, extra), column in zip(seeds, made, table.to_pylist(), strict=True):
        slow = oracle(account, terms, ON, extra)
        plain = asdict(age(account, terms=terms, on=ON, classification=classification, extra=extra))
        if not slow == plain == column:
            different = {
                k: (slow[k], plain[k], column[k])
                for k in slow
                if not slow[k] == plain[k] == column[k]
            }
            found.append(f"seed {seed}: (oracle, rules, columns) {different}")
    return found


def test_rules_columns_and_oracle_agree_on_every_made_up_account():
    batches = [range(start, start + BATCH) for start in range(0, ACCOUNTS, BATCH)]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = [line for lines in pool.map(disagreements, batches) for line in lines]
    assert not found, f"{len(found)} of {ACCOUNTS} accounts, such as\n" + "\n".join(found[:5])


CASES = json.loads((Path(__file__).parent / "cases" / "age.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_oracle_itself_passes_the_worked_cases(case):
    given = case["given"]
    on = date.fromisoformat(given["as_of"])
    account = Account(
        statements=tuple(
            Statement(
                date.fromisoformat(s["statement_on"]),
                date.fromisoformat(s["due_on"]),
                round(float(s["minimum_due"]) * 100),
            )
            for s in given["statements"]
        ),
        payments=tuple(
            Payment(
                date.fromisoformat(p["value_on"]),
                date.fromisoformat(p["value_on"]),
                round(float(p["amount"]) * 100),
            )
            for p in given["payments"]
        ),
        balance_minor=10**12,
    )
    terms = AgeingTerms(grace_days=given["grace_days"])
    today = oracle(account, terms, on)
    due_today = sum(
        bill.open
        for bill in ledger_on(account, (), terms, on)[0].bills
        if bill.due_on <= on <= bill.due_on + timedelta(days=given["grace_days"])
    )
    said = {
        "overdue": today["past_due"],
        "overdue_days": today["overdue_days"],
        "bucket": BUCKETS[today["bucket"]],
        "arrears": f"{today['arrears_minor'] / 100:.2f}",
        "due_today": f"{due_today / 100:.2f}",
        "cured": not today["past_due"]
        and any(
            oracle(account, terms, on - timedelta(days=back))["past_due"] for back in range(1, 200)
        ),
    }
    assert {key: said[key] for key in case["expect"]} == case["expect"]
