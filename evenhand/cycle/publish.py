"""From the lake to the desk: COPY what changed, then one MERGE, under the locks of the people it is about."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from django.db import connection

from evenhand.cycle.people import Ints, codes, ints, match, taken
from evenhand.cycle.telling import Told, case_acts, promise_acts
from evenhand.cycle.treat import ACTIONS, CLOSE_REASONS
from evenhand.delinquency.ageing import BUCKETS, RISK_CLASSES
from evenhand.journal.actions import record_many
from evenhand.portfolio.terms import Portfolio

_STAGE = """
CREATE TEMP TABLE stage_person (customer_key bigint, identity bytea, language text, region text) ON COMMIT DROP;
CREATE TEMP TABLE stage_case (
    customer_key bigint PRIMARY KEY, facts_seq bigint, action text, close_reason text, entries smallint,
    overdue_from_on date, treatment_from_on date, bucket text, risk_class text, arrears_minor bigint,
    balance_minor bigint, promise text, segment text, treatment text, channel text, tone text, offer text, desk text,
    priority int, decided_by text, strategy_digest text
) ON COMMIT DROP;
CREATE TEMP TABLE stage_account (
    customer_key bigint, account_key bigint, card_tail text, product text, currency text, overdue_from_on date,
    bucket text, risk_class text, arrears_minor bigint, balance_minor bigint, core_status text, in_case int
) ON COMMIT DROP;
CREATE TEMP TABLE stage_promise (customer_key bigint, facts_seq bigint, promise text) ON COMMIT DROP;
"""
_ADD_PEOPLE = """
INSERT INTO portfolio_person (id, customer_key, partition, identity, language, region, facts_seq)
SELECT uuidv7(), customer_key, %(partition)s, identity, language, region, 0 FROM stage_person
ON CONFLICT (customer_key) DO NOTHING
"""
_LOCK = """
SELECT p.id FROM portfolio_person p
 WHERE p.customer_key IN (SELECT customer_key FROM stage_case UNION SELECT customer_key FROM stage_promise)
 ORDER BY p.id FOR NO KEY UPDATE
"""
_STALE = """
DELETE FROM stage_case s USING portfolio_person p
 WHERE p.customer_key = s.customer_key AND p.facts_seq <> s.facts_seq RETURNING s.customer_key
"""
_DECISION = ("segment", "treatment", "channel", "tone", "offer")
_FIGURES = (
    "overdue_from_on", "treatment_from_on", "bucket", "risk_class", "arrears_minor", "balance_minor", "promise",
    *_DECISION, "desk", "priority", "facts_seq",
)  # fmt: skip


def _list(names: Sequence[str], prefix: str = "") -> str:
    return ", ".join(f"{prefix}{name}" for name in names)


_MERGE_CASES = f"""
MERGE INTO casework_case AS c
USING (SELECT s.*, p.id AS customer_id,
              CASE s.action WHEN 'CLOSE' THEN 'CLOSED' ELSE 'OPEN' END AS state,
              CASE s.action WHEN 'CLOSE' THEN %(on)s::date END AS closed_on
         FROM stage_case s JOIN portfolio_person p USING (customer_key)) AS s
   ON c.customer_id = s.customer_id
 WHEN MATCHED AND (c.state, c.close_reason, c.strategy_digest, {_list(_FIGURES, "c.")})
      IS DISTINCT FROM (s.state, s.close_reason, s.strategy_digest, {_list(_FIGURES, "s.")}) THEN UPDATE SET
      state = s.state, closed_on = s.closed_on, close_reason = s.close_reason, entries = s.entries,
      opened_on = CASE WHEN c.state = 'CLOSED' THEN %(on)s ELSE c.opened_on END,
      decided_on = CASE WHEN ({_list(_DECISION, "c.")}) IS DISTINCT FROM ({_list(_DECISION, "s.")})
                        THEN %(on)s ELSE c.decided_on END,
      decided_by = s.decided_by, strategy_digest = s.strategy_digest,
      {", ".join(f"{name} = s.{name}" for name in _FIGURES)}
 WHEN NOT MATCHED AND s.action <> 'CLOSE' THEN INSERT
      (id, customer_id, state, opened_on, close_reason, entries, currency, decided_on, decided_by, strategy_digest,
       {_list(_FIGURES)})
      VALUES (uuidv7(), s.customer_id, 'OPEN', %(on)s, '', s.entries, %(currency)s, %(on)s, s.decided_by,
       s.strategy_digest, {_list(_FIGURES, "s.")})
RETURNING s.customer_key, s.customer_id, s.action, s.entries, s.bucket, s.treatment, s.close_reason
"""
_STAYS = """
INSERT INTO casework_stay (id, case_id, number, opened_on, close_reason)
SELECT uuidv7(), c.id, c.entries, c.opened_on, '' FROM stage_case s
  JOIN portfolio_person p USING (customer_key) JOIN casework_case c ON c.customer_id = p.id
 WHERE s.action = 'OPEN'
ON CONFLICT (case_id, number) DO NOTHING;
UPDATE casework_stay t SET closed_on = c.closed_on, close_reason = c.close_reason
  FROM stage_case s JOIN portfolio_person p USING (customer_key) JOIN casework_case c ON c.customer_id = p.id
 WHERE s.action = 'CLOSE' AND t.case_id = c.id AND t.closed_on IS NULL AND c.state = 'CLOSED'
"""
ACCOUNT_LINE = ("card_tail", "product", "currency", "core_status")
_LINE = ("card_tail", "product", "currency", "overdue_from_on", "bucket", "risk_class", "arrears_minor",
         "balance_minor", "core_status")  # fmt: skip
_MERGE_ACCOUNTS = f"""
MERGE INTO casework_caseaccount AS a
USING (SELECT s.*, c.id AS case_id, CASE s.in_case WHEN 0 THEN %(on)s::date END AS left_on
         FROM stage_account s JOIN stage_case k USING (customer_key) JOIN portfolio_person p USING (customer_key)
         JOIN casework_case c ON c.customer_id = p.id) AS s
   ON a.case_id = s.case_id AND a.account_key = s.account_key
 WHEN MATCHED AND ((a.left_on IS NULL) <> (s.left_on IS NULL)
      OR ({_list(_LINE, "a.")}) IS DISTINCT FROM ({_list(_LINE, "s.")})) THEN UPDATE SET
      left_on = CASE WHEN a.left_on IS NULL OR s.left_on IS NULL THEN s.left_on ELSE a.left_on END,
      joined_on = CASE WHEN a.left_on IS NOT NULL AND s.left_on IS NULL THEN %(on)s ELSE a.joined_on END,
      {", ".join(f"{name} = s.{name}" for name in _LINE)}
 WHEN NOT MATCHED AND s.in_case = 1 THEN INSERT (id, case_id, account_key, joined_on, {_list(_LINE)})
      VALUES (uuidv7(), s.case_id, s.account_key, %(on)s, {_list(_LINE, "s.")})
"""
_SETTLE = """
UPDATE arrangements_promise r SET state = s.promise, settled_on = %(on)s
  FROM stage_promise s JOIN portfolio_person p USING (customer_key)
 WHERE r.customer_id = p.id AND p.facts_seq = s.facts_seq AND r.state IN ('OPEN', 'BROKEN') AND r.state <> s.promise
   AND r.id = (SELECT id FROM arrangements_promise WHERE customer_id = p.id AND state <> 'WITHDRAWN'
                ORDER BY made_at DESC, id DESC LIMIT 1)
RETURNING r.id, r.customer_id, r.state, r.amount_minor, r.currency, r.due_on
"""
_CONFIRM = """
UPDATE ledger_receivedpayment SET confirmed_on = %(on)s
 WHERE (reference_key = ANY(%(keys)s) OR confirmed_by_key = ANY(%(keys)s)) AND confirmed_on IS NULL
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a publication did: people whose case changed, and people left because the desk knew more."""

    changed: tuple[int, ...]
    stale: tuple[int, ...]
    staged: int


def publish_rows(
    *,
    decisions: pa.Table,
    state: pa.Table,
    accounts: pa.Table,
    people: pa.Table,
    confirmed: Sequence[int],
    partition: int,
    portfolio: Portfolio,
    digests: Mapping[str, str],
    on: date,
    by: str,
    why: str,
    now: datetime,
) -> Outcome:
    """Bring decisions of one partition to the desk, in the caller's transaction.

    `decisions` are only those to publish; `state` and `accounts` are the partition's, row for row. A person whose
    `facts_seq` is no longer the one decided from is left as she is and named in `stale`. Twice changes nothing.
    `digests` are of the strategies that decided, by arm (Manifest.digests). Cases opened and closed and promises
    settled leave a line each; `why` is the digest of the decisions they follow from.
    """
    assert connection.in_atomic_block
    values = {
        "on": on,
        "partition": partition,
        "currency": portfolio.base_currency,
    }
    told = Told(who=by.lower(), why=why, at=now, on=on)
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        cursor.execute(_STAGE)
        opened = decisions.filter(pc.equal(decisions["action"], ACTIONS.index("OPEN")))
        _copy_people(cursor, people, ints(opened["customer_key"]))
        _copy(cursor, "stage_case", _case_rows(decisions, digests, by))
        _copy(cursor, "stage_account", _account_rows(decisions, state, accounts))
        _copy(cursor, "stage_promise", _promise_rows(decisions))
        cursor.execute(_ADD_PEOPLE, values)
        cursor.execute(_LOCK)
        stale = tuple(row[0] for row in cursor.execute(_STALE))
        merged = cursor.execute(_MERGE_CASES, values).fetchall()
        for statement in _STAYS.split(";"):
            cursor.execute(statement)
        cursor.execute(_MERGE_ACCOUNTS, values)
        settled = cursor.execute(_SETTLE, values).fetchall()
        if confirmed:
            cursor.execute(_CONFIRM, values | {"keys": list(confirmed)})
        cursor.execute("DROP TABLE stage_person, stage_case, stage_account, stage_promise")
    record_many([*case_acts(merged, told), *promise_acts(settled, told)])
    return Outcome(tuple(row[0] for row in merged), stale, decisions.num_rows)


def to_publish(decisions: pa.Table, *, by_others: bool = False) -> pa.Table:
    """The decisions the desk must hear of: changed since yesterday, or with a promise kept or broken.

    Those of all cases where others decide than yesterday, so that each case says by which strategy it stands.
    """
    settled = pc.is_in(codes(decisions["promise"]).cast(pa.string()), pa.array(["KEPT", "BROKEN"]))
    heard = pc.or_(decisions["changed"], settled)
    if by_others:
        heard = pc.or_(heard, pc.not_equal(decisions["action"], ACTIONS.index("NONE")))
    return decisions.filter(heard)


def _case_rows(decisions: pa.Table, digests: Mapping[str, str], by: str) -> pa.Table:
    table = decisions.filter(pc.not_equal(decisions["action"], ACTIONS.index("NONE")))
    manual = ints(table["manual"])
    named = {
        "action": _named(table["action"], ACTIONS),
        "close_reason": _named(table["close_reason"], CLOSE_REASONS),
        "bucket": _named(table["bucket"], BUCKETS),
        "risk_class": _named(table["risk_class"], RISK_CLASSES),
        "strategy_digest": _digests(table["arm"], digests),
        "decided_by": pa.array(np.where(manual == 1, "MANUAL", by).astype(object), pa.string()),
    }
    names = (
        "customer_key",
        "facts_seq",
        "action",
        "close_reason",
        "entries",
        *_FIGURES[:-1],
        "decided_by",
        "strategy_digest",
    )
    return pa.table({name: named[name] if name in named else table[name] for name in names})


def _digests(arm: pa.ChunkedArray, digests: Mapping[str, str]) -> pa.Array:
    arms = pc.fill_null(codes(arm).cast(pa.string()), "")
    places = pc.index_in(arms, pa.array(list(digests), pa.string()))
    return pa.array(list(digests.values()), pa.string()).take(places)


def _named(column: pa.ChunkedArray, names: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(ints(column).astype(np.int8), list(names)).cast(
        pa.string()
    )


def _account_rows(decisions: pa.Table, state: pa.Table, accounts: pa.Table) -> pa.Table:
    """Lines of the cases staged: every account that is a line, or was one and is staged to leave."""
    wanted = np.isin(ints(state["customer_key"]), ints(decisions["customer_key"]))
    rows = pa.array(np.flatnonzero(wanted))
    line, account = state.take(rows), accounts.take(rows)
    return pa.table(
        {
            "customer_key": line["customer_key"],
            "account_key": line["account_key"],
            "card_tail": pc.fill_null(account["card_tail"], ""),
            "product": codes(account["product"]).cast(pa.string()),
            "currency": codes(account["currency"]).cast(pa.string()),
            "overdue_from_on": line["overdue_from_on"],
            "bucket": _named(line["bucket"], BUCKETS),
            "risk_class": _named(line["risk_class"], RISK_CLASSES),
            "arrears_minor": line["arrears_minor"],
            "balance_minor": line["balance_minor"],
            "core_status": codes(account["core_status"]).cast(pa.string()),
            "in_case": line["in_case"].cast(pa.int8()),
        }
    )


def _promise_rows(decisions: pa.Table) -> pa.Table:
    promise = codes(decisions["promise"]).cast(pa.string())
    table = decisions.select(["customer_key", "facts_seq"]).append_column("promise", promise)
    return table.filter(pc.is_in(promise, pa.array(["KEPT", "BROKEN"])))


def _copy(cursor: Any, table: str, rows: pa.Table) -> None:
    if rows.num_rows == 0:
        return
    buffer = io.BytesIO()
    plain = rows.cast(
        pa.schema(
            [
                pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type)
                for f in rows.schema
            ]
        )
    )
    pacsv.write_csv(plain, buffer, pacsv.WriteOptions(include_header=False))
    with cursor.copy(f"COPY {table} ({_list(rows.column_names)}) FROM STDIN (FORMAT csv)") as copy:
        copy.write(buffer.getbuffer())


def _copy_people(cursor: Any, people: pa.Table, keys: Ints) -> None:
    known = ints(people["customer_key"])
    zeros = np.zeros(len(known), dtype=np.int64)
    rows = match((keys, np.zeros_like(keys)), (known, zeros))
    found = pa.table(
        {
            "customer_key": pa.array(keys),
            "identity": taken(people["identity"].combine_chunks(), rows),
            "language": taken(codes(people["language"]), rows).cast(pa.string()),
            "region": taken(codes(people["region"]), rows).cast(pa.string()),
        }
    )
    with cursor.copy("COPY stage_person FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["int8", "bytea", "text", "text"])
        for key, identity, language, region in zip(
            *(column.to_pylist() for column in found.columns), strict=True
        ):
            copy.write_row((key, identity, language or "", region or ""))
