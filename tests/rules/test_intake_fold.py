"""Folding the facts of a day into the book of the day before."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.portfolio.book import ACCOUNTS, PEOPLE
from evenhand.portfolio.fold import fold

DAY = date(2026, 9, 30)
CODE = pa.dictionary(pa.int16(), pa.string())
TYPES = {
    "customer_key": pa.int64(), "account_key": pa.int64(), "payment_key": pa.int64(),
    "reverses_key": pa.int64(), "product": CODE, "currency": CODE, "core_status": CODE,
    "block_code": CODE, "balance_minor": pa.int64(), "credit_limit_minor": pa.int64(),
    "minimum_due_minor": pa.int64(), "past_due_minor": pa.int64(), "amount_minor": pa.int64(),
    "principal_minor": pa.int64(), "interest_minor": pa.int64(), "late_charge_minor": pa.int64(),
    "fee_minor": pa.int64(), "cycle_day": pa.int32(), "stated_overdue_days": pa.int32(),
    "statement_on": pa.date32(), "due_on": pa.date32(), "value_on": pa.date32(),
    "posted_on": pa.date32(), "opened_on": pa.date32(), "file_no": pa.int32(), "line": pa.int32(),
    "language": CODE, "deceased": pa.bool_(), "name": pa.binary(),
}  # fmt: skip


def table(rows, **always):
    rows = [{"line": n + 2, **row, **always} for n, row in enumerate(rows)]
    names = {name: None for row in rows for name in row}
    return pa.table({n: pa.array([r.get(n) for r in rows], TYPES[n]) for n in names})


def accounts(*rows, file_no=1):
    plain = {
        "product": "GOLD", "currency": "CNY", "credit_limit_minor": 100_000,
        "core_status": "ACTIVE", "balance_minor": 5_000,
    }  # fmt: skip
    return table([{**plain, **row} for row in rows], file_no=file_no)


def account(customer, number, **change):
    return {"customer_key": customer, "account_key": number, **change}


def statement(on, minimum=1_000, number=11, **change):
    return {
        "customer_key": 1, "account_key": number, "statement_on": on,
        "due_on": on + timedelta(days=20), "minimum_due_minor": minimum, "balance_minor": 9_000,
        **change,
    }  # fmt: skip


def payment(key, value_on, amount=1_000, booked_on=None, reverses=None, number=11):
    return {
        "customer_key": 1, "account_key": number, "payment_key": key, "value_on": value_on,
        "posted_on": booked_on or value_on, "amount_minor": amount, "reverses_key": reverses,
    }  # fmt: skip


def month(number, day=5):
    return date(2026, number, day)


def folded(previous=None, on=DAY, reopen=None, **feeds):
    result = fold(previous, {n: [t] for n, t in feeds.items()}, on=on, reopen=reopen)
    assert result.accounts.schema == ACCOUNTS
    assert result.people.schema == PEOPLE
    keys = [
        tuple(r.values())
        for r in result.accounts.select(["customer_key", "account_key"]).to_pylist()
    ]
    assert keys == sorted(keys)
    return result


def book(result):
    return result.accounts, result.people


def row(result, number=11):
    return next(r for r in result.accounts.to_pylist() if r["account_key"] == number)


def test_a_new_row_replaces_the_old_with_its_blanks_and_names_its_line():
    first = folded(accounts=accounts(account(1, 11, block_code="B")))
    again = folded(
        book(first),
        accounts=accounts(account(1, 11, balance_minor=7, block_code=None), file_no=2),
    )
    found = row(again)
    assert (found["balance_minor"], found["block_code"]) == (7, None)
    assert (found["account_file"], found["account_line"]) == (2, 2)


def test_a_column_the_file_lacks_keeps_what_was_known():
    first = folded(accounts=accounts(account(1, 11, block_code="B")))
    again = folded(book(first), accounts=accounts(account(1, 11), file_no=2))
    assert row(again)["block_code"] == "B"


def test_an_account_no_longer_listed_is_kept_and_counted():
    first = folded(accounts=accounts(account(1, 11), account(2, 21)))
    again = folded(book(first), accounts=accounts(account(2, 21), account(3, 31), file_no=2))
    assert again.accounts.column("account_key").to_pylist() == [11, 21, 31]
    assert again.counts["accounts_not_in_file"] == 1
    assert again.counts["accounts_new"] == 1
    assert [r["account_file"] for r in again.accounts.to_pylist()] == [1, 2, 2]


def test_of_two_files_of_a_day_the_later_wins():
    early, late = (
        accounts(account(1, 11, balance_minor=1)),
        accounts(account(1, 11, balance_minor=2), file_no=2),
    )
    result = fold(None, {"accounts": [late, early]}, on=DAY)
    assert row(result)["balance_minor"] == 2


def test_stated_figures_carry_the_day_they_were_stated():
    first = folded(accounts=accounts(account(1, 11, stated_overdue_days=3)))
    quiet = folded(book(first), on=DAY + timedelta(days=1))
    assert quiet.accounts.equals(first.accounts)
    assert row(quiet)["stated_on"] == DAY


def test_balances_by_component_join_with_their_line_and_stay_on_a_day_without():
    parts = {"principal_minor": 1, "interest_minor": 2, "late_charge_minor": 3, "fee_minor": 4}
    balances = table([account(1, 11, **parts), account(9, 91, **parts)], file_no=5)
    first = folded(accounts=accounts(account(1, 11), account(2, 21)), balances=balances)
    assert {n: row(first)[n] for n in parts} == parts
    assert (row(first)["balance_file"], row(first)["balance_line"]) == (5, 2)
    assert (row(first, 21)["principal_minor"], row(first, 21)["balance_file"]) == (None, 0)
    assert first.counts["balances_without_account"] == 1
    again = folded(book(first), accounts=accounts(account(1, 11), file_no=6))
    assert {n: row(again)[n] for n in parts} == parts


def test_a_statement_of_the_same_date_in_a_later_file_takes_its_place():
    first = folded(
        accounts=accounts(account(1, 11)),
        statements=table([statement(month(8)), statement(month(9))], file_no=2),
    )
    again = folded(book(first), statements=table([statement(month(8), minimum=700)], file_no=3))
    assert row(again)["statement_on"] == [month(8), month(9)]
    assert row(again)["minimum_due_minor"] == [700, 1_000]
    assert row(again)["statement_file"] == [3, 2]
    assert again.counts["statements_corrected"] == 1


def test_a_payment_sent_twice_counts_once():
    paid = table([payment(7, month(9, 10))], file_no=3)
    start = folded(
        accounts=accounts(account(1, 11)),
        statements=table([statement(month(9))], file_no=2),
        payments=paid,
    )
    again = folded(book(start), payments=table([payment(7, month(9, 10))], file_no=4))
    assert row(again)["paid_minor"] == [1_000]
    assert row(again)["payment_file"] == [3]
    assert again.counts["payments_known"] == 1


def test_the_day_s_intraday_payment_and_the_night_s_are_one():
    result = folded(
        accounts=accounts(account(1, 11)),
        intraday_payments=table([payment(7, month(9, 10))], file_no=2),
        payments=table([payment(7, month(9, 10)), payment(8, month(9, 11))], file_no=3),
    )
    assert row(result)["payment_key"] == [7, 8]


def test_a_reversal_is_below_zero_with_the_value_date_of_what_it_takes_back():
    first = folded(
        accounts=accounts(account(1, 11)),
        statements=table([statement(month(9))], file_no=2),
        payments=table([payment(7, month(9, 10))], file_no=3),
    )
    taken = payment(8, month(9, 25), reverses=7)
    again = folded(book(first), payments=table([taken], file_no=4))
    assert row(again)["paid_minor"] == [1_000, -1_000]
    assert row(again)["value_on"] == [month(9, 10), month(9, 10)]
    assert row(again)["booked_on"] == [month(9, 10), month(9, 25)]


def test_a_reversal_of_what_nobody_sent_keeps_its_own_date_and_is_counted():
    result = folded(
        accounts=accounts(account(1, 11)),
        payments=table([payment(8, month(9, 25), reverses=404)], file_no=4),
    )
    assert row(result)["value_on"] == [month(9, 25)]
    assert result.counts["reversals_of_unknown"] == 1


def test_rows_about_an_account_nobody_listed_wait_for_it():
    waiting = table([statement(month(9), number=12)], file_no=2)
    first = folded(accounts=accounts(account(1, 11)), statements=waiting)
    assert first.counts["statements_without_account"] == 1
    again = folded(
        book(first),
        on=DAY + timedelta(days=1),
        accounts=accounts(account(1, 11), account(1, 12, opened_on=month(1)), file_no=3),
        reopen=lambda keys: {"statements": [waiting], "payments": []},
    )
    assert row(again, 12)["statement_on"] == [month(9)]


MONTHS = range(1, 10)


def year(paid_until, minimum=1_000):
    """Nine statements asking 1,000 more each; every one up to a month is paid."""
    statements = table([statement(month(m), minimum) for m in MONTHS], file_no=2)
    payments = table([payment(m, month(m, 20)) for m in range(1, paid_until + 1)], file_no=3)
    return {"accounts": accounts(account(1, 11)), "statements": statements, "payments": payments}


@pytest.mark.parametrize(
    ("paid_until", "first"),
    [
        (8, month(7)),  # settled at the statement of July, 87 days before; August is too near
        (4, month(5)),  # settled last at the statement of May, nothing paid since
    ],
)
def test_the_window_begins_where_the_account_was_last_settled(paid_until, first):
    found = row(folded(**year(paid_until)))
    assert found["statement_on"][0] == first
    assert all(on >= first for on in found["booked_on"])


def test_the_window_of_an_account_never_settled_is_all_of_it():
    nothing = year(0)
    nothing["payments"] = table([payment(1, month(1, 20), amount=1)], file_no=3)
    assert len(row(folded(**nothing))["statement_on"]) == len(MONTHS)


def test_a_back_dated_payment_before_the_window_opens_it_again():
    facts = year(8)
    first = folded(**facts)
    asked = []

    def reopen(keys):
        asked.extend(keys.tolist())
        return {"statements": [facts["statements"]], "payments": [facts["payments"]]}

    taken = payment(99, month(9, 29), reverses=2)
    again = folded(
        book(first), on=DAY + timedelta(days=1), reopen=reopen,
        payments=table([taken], file_no=9),
    )  # fmt: skip
    assert asked == [11]
    assert again.counts["accounts_reopened"] == 1
    assert row(again)["value_on"][-1] == month(2, 20)
    assert row(again)["booked_on"][-1] == month(9, 29)
    late = payment(98, month(1, 6), booked_on=month(9, 30))
    opened = folded(book(first), reopen=reopen, payments=table([late], file_no=9))
    assert opened.counts["accounts_reopened"] == 1
    same = payment(3, month(3, 20))
    known = folded(book(first), reopen=reopen, payments=table([same], file_no=9))
    assert known.counts["payments_known"] == 1
    assert known.accounts.equals(first.accounts)


DAYS = st.integers(0, 240)
ACTS = st.lists(
    st.tuples(
        st.integers(0, 5),  # the night it is sent
        st.sampled_from(["statement", "payment", "again", "reversal"]),
        st.integers(1, 3),  # the account
        DAYS,
        st.integers(0, 40),
        st.integers(1, 4),
    ),
    max_size=40,
)
START = date(2026, 1, 1)


def sent(acts):
    """What each night's files hold, and the plain account of it: last statement of a date, first payment of a key."""
    nights, statements, payments = [([], []) for _ in range(6)], {}, {}
    for at, (night, act, number, day, lag, amount) in enumerate(sorted(acts)):
        on, key = START + timedelta(days=day), 1_000 + at
        if act == "statement":
            row_of = statement(on, minimum=amount * 1_000, number=number)
            nights[night][0].append(row_of)
            statements[number, on] = row_of
            continue
        earlier = [k for k, p in payments.items() if p["account_key"] == number]
        booked_on = on + timedelta(days=lag)
        reverses = None
        if act != "payment" and earlier:
            target = payments[earlier[day % len(earlier)]]
            if act == "again":
                nights[night][1].append(target["sent"])
                continue
            reverses = target["payment_key"]
            booked_on = target["posted_on"] + timedelta(days=lag + 1)
        made = payment(key, on, amount * 1_000, booked_on, reverses, number)
        nights[night][1].append(made)
        value_on = payments[reverses]["value_on"] if reverses else on
        sign = -1 if reverses else 1
        payments[key] = {**made, "sent": made, "value_on": value_on, "sign": sign}
    return nights, statements, payments


@settings(max_examples=120, deadline=None)
@given(ACTS)
def test_night_after_night_the_book_is_the_end_of_everything_sent(acts):
    nights, statements, payments = sent(acts)
    previous, history = None, {"statements": [], "payments": []}
    for night, (some, paid) in enumerate(nights):
        facts = {"accounts": accounts(*[account(1, n) for n in (1, 2, 3)], file_no=10 * night + 1)}
        if some:
            facts["statements"] = table(some, file_no=10 * night + 2)
        if paid:
            facts["payments"] = table(paid, file_no=10 * night + 3)
        past = {feed: list(tables) for feed, tables in history.items()}
        result = folded(previous, START + timedelta(days=300), lambda _, p=past: p, **facts)
        previous = book(result)
        for feed, tables in history.items():
            tables += [facts[feed]] if feed in facts else []
    for number in (1, 2, 3):
        found = row(result, number)
        asked = sorted(on for n, on in statements if n == number)
        assert found["statement_on"] == asked[len(asked) - len(found["statement_on"]) :]
        assert len(found["statement_on"]) >= min(2, len(asked))
        assert found["minimum_due_minor"] == [
            statements[number, on]["minimum_due_minor"] for on in found["statement_on"]
        ]
        first = found["statement_on"][0] if asked else date.min
        mine = [p for p in payments.values() if p["account_key"] == number]
        assert sorted(
            zip(found["payment_key"], found["value_on"], found["paid_minor"], strict=True)
        ) == sorted(
            (p["payment_key"], p["value_on"], p["sign"] * p["amount_minor"])
            for p in mine
            if p["posted_on"] >= first
        )
