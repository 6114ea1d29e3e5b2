"""Loading a bank's files into the lake and the database."""

import errno
import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import IntegrityError

from evenhand.portfolio import history, queries
from evenhand.portfolio.actions import Intake, load_file, load_folder, state_take_over
from evenhand.portfolio.fold import fold
from evenhand.portfolio.identity import open_identity
from evenhand.portfolio.models import FeedFile, QuarantinedRow, TakeOver
from evenhand.portfolio.reading import FileRefusedError
from evenhand.portfolio.terms import Portfolio
from evenhand.runtime.keys import new_keys
from evenhand.runtime.lake import Lake, partition_of, write_table

pytestmark = pytest.mark.django_db
DAY, NEXT = date(2026, 9, 29), date(2026, 9, 30)
NOW = datetime(2026, 9, 29, 14, tzinfo=UTC)
PARTITIONS = 3


CUSTOMERS = (
    "customer_ref,name,identity_number,language\nC1,Card Holder One,000000000000000001,en\n"
    "C2,持卡人乙,000000000000000002,zh-CN\n"
)
POINTS = (
    "customer_ref,kind,value,source,valid\nC1,MOBILE,+99919900000001,CONTRACT,1\n"
    "C2,ADDRESS,Somewhere 5,CONTRACT,1\n"
)
ACCOUNTS = (
    "customer_ref,account_ref,product,currency,credit_limit,balance,core_status\n"
    "C1,A1,GOLD,CNY,1000.00,120.00,ACTIVE\nC2,A2,GOLD,CNY,1000.00,-5.00,ACTIVE\n"
    "C2,A3,GOLD,CNY,x,1.00,ACTIVE\n"
)
STATEMENTS = (
    "customer_ref,account_ref,currency,statement_on,due_on,minimum_due,balance\n"
    "C1,A1,CNY,2026-08-05,2026-08-25,10.00,100.00\nC1,A1,CNY,2026-09-05,2026-09-25,20.00,120.00\n"
)
PAYMENTS = (
    "customer_ref,account_ref,currency,payment_ref,value_on,posted_on,amount,reverses_ref\n"
    "C1,A1,CNY,P1,2026-08-20,2026-08-21,10.00,\n"
)
FEEDS = {
    "customers.csv": CUSTOMERS, "contact_points.csv": POINTS, "accounts.csv": ACCOUNTS,
    "statements.csv": STATEMENTS, "payments.csv": PAYMENTS,
}  # fmt: skip


@pytest.fixture
def intake(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()

    def keep(path):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        (kept / digest).touch()
        return digest

    return Intake(
        lake=Lake(tmp_path / "lake"), keys=new_keys(tmp_path / "keys.json", made_at=NOW), portfolio=Portfolio(),
        partitions=PARTITIONS, keep=keep,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "2026-09-29"
    place.mkdir()
    for name, text in FEEDS.items():
        (place / name).write_text(text, encoding="utf-8")
    return place


def load(intake, folder, day=DAY):
    return {r.feed: r for r in load_folder(folder=folder, banking_day=day, intake=intake, now=NOW)}


def load_text(intake, folder, feed, text, day=NEXT):
    path = folder / f"{feed}_more.csv"
    path.write_text(text, encoding="utf-8")
    return load_file(path=path, feed=feed, banking_day=day, intake=intake, now=NOW)


def lake_files(intake):
    return {p: p.read_bytes() for p in sorted(intake.lake.root.rglob("*")) if p.is_file()}


def book_of(intake, day, previous=None):
    """Fold every partition and write the book, as a night does."""
    folded = {}
    for p in range(PARTITIONS):
        facts = history.fact_paths(intake.lake, queries.loaded_files(since=day, until=day), p)
        folded[p] = fold(
            previous and (previous[p].accounts, previous[p].people),
            history.read_facts(facts),
            on=day,
        )
        write_table(intake.lake.accounts(day, p), folded[p].accounts)
        write_table(intake.lake.people(day, p), folded[p].people)
    return folded


def key(intake, ref, namespace):
    return int(intake.keys.tokens(pa.array([ref]), namespace)[0])


def test_rows_in_are_rows_loaded_and_rows_quarantined_and_each_refusal_is_a_row(intake, folder):
    rows = load(intake, folder)
    assert list(rows) == ["customers", "contact_points", "accounts", "statements", "payments"]
    assert {r.state for r in rows.values()} == {"LOADED"}
    accounts = rows["accounts"]
    assert (accounts.rows_in, accounts.rows_loaded, accounts.rows_quarantined) == (3, 2, 1)
    found = queries.quarantine_rows(DAY)
    assert [(r.file_name, r.line, r.field, r.rule) for r in found] == [
        ("accounts.csv", 4, "credit_limit", "money.valid")
    ]
    assert queries.quarantined_count(DAY) == 1
    assert [r.file_no for r in queries.files_of_day(DAY)] == [1, 2, 3, 4, 5]


def test_the_database_refuses_counts_that_do_not_add_up():
    with pytest.raises(IntegrityError, match="feed_file_rows_in_are_loaded_or_quarantined"):
        FeedFile.objects.create(
            file_no=9, feed="payments", name="p", sha256="0" * 64, banking_day=DAY,
            state="LOADED", rows_in=3, rows_loaded=1, rows_quarantined=1, received_at=NOW,
        )  # fmt: skip


def test_the_same_files_again_change_nothing(intake, folder):
    first, before = load(intake, folder), lake_files(intake)
    again = load(intake, folder, day=NEXT)
    assert {f: r.id for f, r in again.items()} == {f: r.id for f, r in first.items()}
    assert lake_files(intake) == before
    assert FeedFile.objects.count() == 5
    assert QuarantinedRow.objects.count() == 1


def test_every_figure_traces_back_to_file_line_and_digest(intake, folder):
    load(intake, folder)
    book_of(intake, DAY)
    customer, account = key(intake, "C1", "customer"), key(intake, "A1", "account")
    partition = int(partition_of(np.array([customer]), PARTITIONS)[0])
    window = history.account_window(intake.lake, DAY, partition, customer, account)
    everything = history.account_history(
        intake.lake, queries.loaded_files(until=DAY), partition, customer, account
    )
    assert window == everything
    second = window.statements[1]
    assert (second.minimum_due_minor, second.line) == (2_000, 3)
    source = queries.sources([second.file_no])[second.file_no]
    assert source.name == "statements.csv"
    assert source.sha256 == hashlib.sha256(STATEMENTS.encode()).hexdigest()
    assert [(p.paid_minor, p.line) for p in window.payments] == [(1_000, 2)]


def test_nothing_about_a_person_lies_in_the_lake_in_clear(intake, folder):
    load(intake, folder)
    folded = book_of(intake, DAY)
    secrets = [
        "Card Holder One", "持卡人乙", "000000000000000001", "99919900000001", "Somewhere", "C1", "A1",
    ]  # fmt: skip
    for path, content in lake_files(intake).items():
        tables = pq.read_table(path).to_pydict() if path.suffix == ".parquet" else {}
        for secret in secrets:
            assert len(secret) < 3 or secret.encode() not in content, path
            for values in tables.values():
                for value in values:
                    held = value if isinstance(value, bytes) else str(value).encode()
                    assert len(secret) < 3 or secret.encode() not in held
                    assert held != secret.encode()
    people = {r["customer_key"]: r for f in folded.values() for r in f.people.to_pylist()}
    mine = key(intake, "C1", "customer")
    identity = open_identity(people[mine]["identity"], mine, intake.keys)
    assert (identity.name, identity.identity_number) == ("Card Holder One", "000000000000000001")
    assert [(p.kind, p.value, p.valid) for p in identity.points] == [
        ("MOBILE", "+99919900000001", True)
    ]
    assert people[mine]["phone_valid"] is True


def test_quarantine_keeps_no_name_in_clear(intake, folder):
    text = "customer_ref,name,deceased\nC9,Card Holder Nine,Card Holder Nine\n"
    load_text(intake, folder, "customers", text)
    row = QuarantinedRow.objects.get()
    assert (row.line, row.field, row.rule) == (2, "deceased", "bool.known")
    assert "Holder" not in row.value_masked


def test_a_file_refused_whole_leaves_a_row_and_nothing_else(intake, folder):
    row = load_text(intake, folder, "payments", PAYMENTS + "#TRAILER,2,10.00\n")
    assert row.state == "REFUSED"
    assert row.refusal["rule"] == "file.rows"
    assert lake_files(intake) == {}
    again = load_text(intake, folder, "payments", PAYMENTS + "#TRAILER,2,10.00\n")
    assert again.id == row.id
    mended = load_text(intake, folder, "payments", PAYMENTS + "#TRAILER,1,10.00\n")
    assert (mended.state, mended.rows_loaded) == ("LOADED", 1)


def test_a_load_cut_off_before_its_row_counts_for_nothing_and_the_next_completes_it(intake, folder):
    def disk_is_full(path):
        raise OSError(errno.ENOSPC, "no space left")

    for name in ("accounts", "customers"):
        load_file(path=folder / f"{name}.csv", feed=name, banking_day=DAY, intake=intake, now=NOW)
    statements = {"path": folder / "statements.csv", "feed": "statements", "banking_day": DAY}
    with pytest.raises(OSError, match="no space"):
        load_file(**statements, intake=replace(intake, keep=disk_is_full), now=NOW)
    assert list(intake.lake.root.rglob("statements.*.parquet"))
    assert "statements" not in {f.feed for f in queries.loaded_files(until=DAY)}
    assert sum(f.counts["statements"] for f in book_of(intake, DAY).values()) == 0
    load_file(
        path=folder / "payments.csv", feed="payments", banking_day=DAY, intake=intake, now=NOW
    )
    row = load_file(**statements, intake=intake, now=NOW)
    folded = book_of(intake, DAY)
    assert sum(f.counts["statements"] for f in folded.values()) == 2
    held = [r for f in folded.values() for r in f.accounts.to_pylist() if r["statement_on"]]
    assert held[0]["statement_file"] == [row.file_no, row.file_no]


def test_a_contact_point_sent_again_is_that_point_and_the_rest_of_the_person_stays(intake, folder):
    load(intake, folder)
    before = book_of(intake, DAY)
    changed = POINTS.replace("CONTRACT,1", "CONTRACT,0", 1).replace("C2,ADDRESS", "C2,EMAIL")
    load_text(intake, folder, "contact_points", changed)
    after = book_of(intake, NEXT, before)
    people = {r["customer_key"]: r for f in after.values() for r in f.people.to_pylist()}
    one, two = key(intake, "C1", "customer"), key(intake, "C2", "customer")
    identity = open_identity(people[one]["identity"], one, intake.keys)
    assert (identity.name, [p.valid for p in identity.points]) == ("Card Holder One", [False])
    assert people[one]["phone_valid"] is False
    kinds = [p.kind for p in open_identity(people[two]["identity"], two, intake.keys).points]
    assert kinds == ["EMAIL", "ADDRESS"]
    load_text(
        intake, folder, "customers", CUSTOMERS.replace("One,000000000000000001", "Uno,"), NEXT
    )
    again = book_of(intake, NEXT, before)
    people = {r["customer_key"]: r for f in again.values() for r in f.people.to_pylist()}
    identity = open_identity(people[one]["identity"], one, intake.keys)
    assert (identity.name, identity.identity_number) == ("Card Holder Uno", "")
    assert len(identity.points) == 1


def test_a_corrected_file_takes_the_place_of_what_it_corrects(intake, folder):
    load(intake, folder)
    before = book_of(intake, DAY)
    load_text(intake, folder, "statements", STATEMENTS.replace("20.00", "15.00"))
    after = book_of(intake, NEXT, before)
    row = next(r for f in after.values() for r in f.accounts.to_pylist() if r["statement_on"])
    assert row["minimum_due_minor"] == [1_000, 1_500]
    assert sum(f.counts["statements_corrected"] for f in after.values()) == 2


@pytest.mark.parametrize("book", [False, True], ids=["by today's file", "by the book"])
def test_an_account_of_another_customer_is_refused(intake, folder, book):
    load(intake, folder)
    if book:
        book_of(intake, DAY)
    day = NEXT if book else DAY
    wrong = load_text(intake, folder, "payments", PAYMENTS.replace("C1", "C2"), day)
    assert wrong.rows_quarantined == 1
    assert QuarantinedRow.objects.get(file=wrong).rule == "account.of-customer"
    moved = load_text(intake, folder, "accounts", ACCOUNTS.replace("C1,A1", "C2,A1"), day)
    assert [r.rule for r in QuarantinedRow.objects.filter(file=moved, line=2)] == [
        "account.of-customer"
    ]


def test_two_references_with_one_key_refuse_the_file(intake, folder):
    class OneBit:
        """Real keys of which a token keeps one bit."""

        def __init__(self, keys):
            self.seal_column, self._tokens = keys.seal_column, keys.tokens

        def tokens(self, refs, namespace):
            return self._tokens(refs, namespace) & 1

    clash = CUSTOMERS + "C3,Card Holder Three,,en\n"
    row = load_text(replace(intake, keys=OneBit(intake.keys)), folder, "customers", clash)
    assert row.refusal["rule"] == "token.unique"


def test_a_folder_is_taken_by_its_manifest_or_not_at_all(intake, folder):
    manifest = {
        "synthesised": ["customers.name"],
        "banking_day": "2026-09-29",
        "files": [
            {"name": n, "rows": t.count("\n") - 1, "sha256": hashlib.sha256(t.encode()).hexdigest()}
            for n, t in FEEDS.items()
        ],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(FileRefusedError, match="banking-day"):
        load(intake, folder, day=NEXT)
    rows = load(intake, folder)
    assert rows["customers"].marks == ["name"]
    assert queries.marks_of(until=DAY) == {"customers.name"}
    (folder / "stray.csv").write_text("a\n1\n")
    with pytest.raises(FileRefusedError, match=r"file\.known, stray"):
        load(intake, folder)
    (folder / "stray.csv").unlink()
    (folder / "payments.csv").unlink()
    with pytest.raises(FileRefusedError, match=r"manifest\.file, payments"):
        load(intake, folder)


def test_a_live_store_takes_no_samples(intake, folder):
    (folder / "manifest.toml").write_text("sample = true\n")
    with pytest.raises(FileRefusedError, match=r"manifest\.sample"):
        load(replace(intake, samples_allowed=False), folder)
    assert FeedFile.objects.count() == 0
    assert len(load(intake, folder)) == 5


HOLDS = "customer_ref,stops,reason,from_on,note\nC1,CONTACT,DISPUTE,2026-09-01,says she has paid\n"


def test_take_over_lists_are_stated_as_loaded_or_empty_and_may_be_stated_again(intake, tmp_path):
    assert queries.take_over_missing()[0] == "open_cases"
    assert len(queries.take_over_missing()) == 9
    path = tmp_path / "holds.csv"
    path.write_text(HOLDS)
    say = {"kind": "holds", "banking_day": DAY, "intake": intake, "now": NOW}
    assert state_take_over(path=None, **say).state == "EMPTY"
    said = state_take_over(path=path, **say)
    assert (said.state, said.rows, said.file.feed) == ("LOADED", 1, "holds")
    path.write_text(HOLDS + "#TRAILER,5\n")
    assert state_take_over(path=path, **say).state == "REFUSED"
    assert TakeOver.objects.get().state == "LOADED"
    assert "holds" not in queries.take_over_missing()
    assert all(b"paid" not in content for content in lake_files(intake).values())


def test_quarantine_is_read_page_by_page(intake, folder):
    bad = PAYMENTS + "".join(f"C1,A1,CNY,Q{n},2026-08-20,x,y,\n" for n in range(5))
    load_text(intake, folder, "payments", bad, DAY)
    seen, after = [], None
    while page := queries.quarantine_rows(DAY, after=after, limit=3):
        seen += page
        after = (page[-1].file_no, page[-1].line, page[-1].field)
    assert [(r.line, r.field) for r in seen] == [
        (line, field) for line in range(3, 8) for field in ("amount", "posted_on")
    ]


def test_raw_files_are_kept_by_their_digest(intake, folder):
    rows = load(intake, folder)
    kept = {p.name for p in (folder.parent / "kept").iterdir()}
    assert kept == {r.sha256 for r in rows.values()}
