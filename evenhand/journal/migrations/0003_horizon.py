"""pre: sealing waits for no worker of autovacuum: it has a transaction of its own and adds no row."""

from django.db import migrations

BEFORE = """
CREATE OR REPLACE FUNCTION journal_horizon() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(least(min(open.xid::text::bigint), pg_current_xact_id_if_assigned()::text::bigint),
                  pg_snapshot_xmax(pg_current_snapshot())::text::bigint) + journal_base()
    FROM pg_snapshot_xip(pg_current_snapshot()) AS open(xid)
   WHERE NOT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                      WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
                        AND l.transactionid = open.xid::xid AND a.datname <> current_database())
$$;
"""
# Whoever acts for nobody (usesysid) is a process of the server's own.
AFTER = BEFORE.replace(
    "a.datname <> current_database())",
    "(a.datname <> current_database() OR a.usesysid IS NULL))",
)


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_only_added_to")]

    operations = [migrations.RunSQL(AFTER, BEFORE)]
