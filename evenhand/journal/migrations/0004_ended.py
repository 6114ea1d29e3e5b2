"""pre: sealing waits for no transaction that has ended since the snapshot it was seen in.

Of one that has ended nothing says any more whose it was, so the transactions of other databases were waited for as if they
were ours. What has ended is seen by the statements that follow, which read the rows.
"""

from django.db import migrations

BEFORE = """
CREATE OR REPLACE FUNCTION journal_horizon() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(least(min(open.xid::text::bigint), pg_current_xact_id_if_assigned()::text::bigint),
                  pg_snapshot_xmax(pg_current_snapshot())::text::bigint) + journal_base()
    FROM pg_snapshot_xip(pg_current_snapshot()) AS open(xid)
   WHERE NOT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                      WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
                        AND l.transactionid = open.xid::xid
                        AND (a.datname <> current_database() OR a.usesysid IS NULL))
$$;
"""
AFTER = BEFORE.replace(
    "   WHERE NOT EXISTS", "   WHERE pg_xact_status(open.xid) = 'in progress' AND NOT EXISTS"
)


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_horizon")]

    operations = [migrations.RunSQL(AFTER, BEFORE)]
