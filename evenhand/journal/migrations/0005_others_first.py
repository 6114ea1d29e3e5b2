"""pre: sealing asks first which transactions are of other databases, and then which are still open.

Asked the other way round, one of another database that ended between the two questions was waited for as if it were
ours, for nothing says any more whose it was.
"""

from django.db import migrations

BEFORE = """
CREATE OR REPLACE FUNCTION journal_horizon() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(least(min(open.xid::text::bigint), pg_current_xact_id_if_assigned()::text::bigint),
                  pg_snapshot_xmax(pg_current_snapshot())::text::bigint) + journal_base()
    FROM pg_snapshot_xip(pg_current_snapshot()) AS open(xid)
   WHERE pg_xact_status(open.xid) = 'in progress'
     AND NOT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                      WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
                        AND l.transactionid = open.xid::xid
                        AND (a.datname <> current_database() OR a.usesysid IS NULL))
$$;
"""
AFTER = """
CREATE OR REPLACE FUNCTION journal_horizon() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  others text[] := ARRAY(
    SELECT l.transactionid::text FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
       AND (a.datname <> current_database() OR a.usesysid IS NULL));
BEGIN
  RETURN (
    SELECT coalesce(least(min(open.xid::text::bigint), pg_current_xact_id_if_assigned()::text::bigint),
                    pg_snapshot_xmax(pg_current_snapshot())::text::bigint) + journal_base()
      FROM pg_snapshot_xip(pg_current_snapshot()) AS open(xid)
     WHERE open.xid::xid::text <> ALL (others) AND pg_xact_status(open.xid) = 'in progress');
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0004_ended")]

    operations = [migrations.RunSQL(AFTER, BEFORE)]
