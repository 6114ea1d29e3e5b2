"""Desk facts out of PostgreSQL: one statement, so one snapshot, for the night's cut-off and for one person by day."""

import io
import json
from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from django.db import connection

from evenhand.cycle.desk_facts import DESK, HOLDS, TREATED_AS
from evenhand.runtime.lake import Lake, write_table

GIVEN_UP = ("WAIVER", "REVERSAL")
SHOWN_DAYS = 31  # what is given up counts until a statement has followed the file that shows it
_FACTS = """
SELECT p.partition, p.customer_key, p.facts_seq,
       coalesce(c.state = 'OPEN', false)::int AS case_open, coalesce(c.entries, 0) AS entries,
       coalesce(h.reason, 'NONE') AS hold,
       pr.made_on AS promise_made_on, pr.due_on AS promise_due_on, pr.amount_minor AS promise_minor,
       coalesce(pr.state = 'KEPT', false)::int AS promise_kept,
       (SELECT count(*) FROM arrangements_promise b
         WHERE b.customer_id = p.id AND b.state = 'BROKEN' AND b.id <> pr.id AND b.settled_on > %(on)s::date - 180
       ) AS promises_broken,
       m.treatment AS manual_treatment, pa.days AS paused, ra.from_on AS reaged_on,
       pay.accounts AS paid_account_key, pay.refs AS paid_reference_key,
       pay.days AS paid_value_on, pay.minor AS paid_minor,
       wai.accounts AS waived_account_key, wai.days AS waived_on, wai.minor AS waived_minor, wat.accounts AS
       watched_account_key
  FROM portfolio_person p
  LEFT JOIN casework_case c ON c.customer_id = p.id
  LEFT JOIN LATERAL (
       SELECT coalesce(%(treated_as)s::jsonb ->> reason, reason) AS reason FROM casework_hold
        WHERE customer_id = p.id AND lifted_at IS NULL AND from_on <= %(on)s
          AND (until_on IS NULL OR until_on > %(on)s) AND (effects ? 'CONTACT' OR reason = 'PLAN')
          AND (debts = '[]' OR NOT EXISTS (
               SELECT FROM casework_caseaccount a
                WHERE a.case_id = c.id AND a.left_on IS NULL AND NOT debts ? a.account_key::text))
        ORDER BY array_position(%(holds)s::text[], coalesce(%(treated_as)s::jsonb ->> reason, reason)), id LIMIT 1
       ) h ON true
  LEFT JOIN LATERAL (
       SELECT * FROM arrangements_promise
        WHERE customer_id = p.id AND state <> 'WITHDRAWN' ORDER BY made_at DESC, id DESC LIMIT 1) pr ON true
  LEFT JOIN LATERAL (
       SELECT treatment FROM casework_manualdecision
        WHERE customer_id = p.id AND lifted_at IS NULL AND from_on <= %(on)s AND until_on > %(on)s
        ORDER BY decided_at DESC, id DESC LIMIT 1) m ON true
  LEFT JOIN LATERAL (
       SELECT string_agg(from_on || '|' || until_on, '|' ORDER BY from_on, id) AS days
         FROM delinquency_clockact WHERE customer_id = p.id AND kind = 'PAUSE') pa ON true
  LEFT JOIN LATERAL (
       SELECT max(from_on) AS from_on FROM delinquency_clockact
        WHERE customer_id = p.id AND kind = 'REAGE' AND from_on <= %(on)s) ra ON true
  LEFT JOIN LATERAL (
       SELECT string_agg(account_key::text, '|' ORDER BY id) AS accounts,
              string_agg(coalesce(confirmed_by_key, reference_key)::text, '|' ORDER BY id) AS refs,
              string_agg(value_on::text, '|' ORDER BY id) AS days,
              string_agg(amount_minor::text, '|' ORDER BY id) AS minor
         FROM ledger_receivedpayment WHERE customer_id = p.id AND confirmed_on IS NULL) pay ON true
  LEFT JOIN LATERAL (
       SELECT string_agg(account_key::text, '|' ORDER BY number) AS accounts,
              string_agg(made_on::text, '|' ORDER BY number) AS days,
              string_agg(amount_minor::text, '|' ORDER BY number) AS minor
         FROM instructions_instruction
        WHERE customer_id = p.id AND kind = ANY(%(given_up)s) AND state <> 'WITHDRAWN'
          AND (state <> 'PROVED' OR proved_on > %(on)s::date - %(shown_days)s)) wai ON true
  LEFT JOIN LATERAL (
       SELECT string_agg(a.account_key::text, '|' ORDER BY a.account_key) AS accounts
         FROM arrangements_plan w JOIN arrangements_planaccount a ON a.plan_id = w.id
        WHERE w.customer_id = p.id AND w.watched_until_on > %(on)s) wat ON true
 WHERE %(keys)s::bigint[] IS NULL OR p.customer_key = ANY(%(keys)s::bigint[])
 ORDER BY p.partition, p.customer_key
"""


def read_desk(on: date, customer_keys: Sequence[int] | None = None) -> pa.Table:
    """Desk facts as they stand, `partition` in front: of everyone with a person row, or of some."""
    keys = None if customer_keys is None else [int(key) for key in customer_keys]
    received = io.BytesIO()
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        query = f"COPY ({_FACTS}) TO STDOUT (FORMAT csv, HEADER)"
        given = {
            "on": on, "holds": list(HOLDS), "treated_as": json.dumps(TREATED_AS), "keys": keys,
            "given_up": list(GIVEN_UP), "shown_days": SHOWN_DAYS,
        }  # fmt: skip
        with cursor.copy(query, given) as copy:
            for block in copy:
                received.write(block)
    received.seek(0)
    types = {field.name: _as_text(field.type) for field in DESK} | {"partition": pa.int16()}
    options = pacsv.ConvertOptions(column_types=types, strings_can_be_null=True)
    table = pacsv.read_csv(received, convert_options=options)
    columns = [_typed(table[field.name], field.type) for field in DESK]
    return pa.table(
        [table["partition"], *columns], schema=DESK.insert(0, pa.field("partition", pa.int16()))
    )


def _as_text(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_list(kind) or pa.types.is_dictionary(kind):
        return pa.string()
    return pa.int8() if pa.types.is_boolean(kind) else kind


def _typed(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_list(kind):
        return pc.split_pattern(column, "|").cast(kind)
    if pa.types.is_dictionary(kind):
        return column.dictionary_encode().cast(kind)
    return column.cast(kind)


def export_desk(lake: Lake, on: date, partitions: int) -> None:
    """Write the desk facts of the cut-off, one file a partition, empty ones too."""
    table = read_desk(on)
    for number in range(partitions):
        mine = table.filter(pc.equal(table["partition"], number)).drop_columns("partition")
        write_table(lake.desk(on, number), mine)
