"""pre: lines and seals are only added, by whoever; the database itself numbers the transactions that add them.

`journal_tx()` numbers the transaction that writes. Numbers begin again when a backup is restored into another server, so
`journal_base()` is moved far on then (`journal_begin_again()`, called by the restore); a number below a seal that exists
is refused, because a row under it would never be sealed.
"""

from django.db import migrations

KEEP = """
CREATE FUNCTION journal_base() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 0::bigint';
CREATE FUNCTION journal_tx() RETURNS bigint LANGUAGE sql STABLE
  AS 'SELECT pg_current_xact_id()::text::bigint + journal_base()';
-- Below it every transaction that may write here is over. One that is open in another database of the server writes
-- nothing here and is not waited for; one that ended since the snapshot was taken is.
CREATE FUNCTION journal_horizon() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(least(min(open.xid::text::bigint), pg_current_xact_id_if_assigned()::text::bigint),
                  pg_snapshot_xmax(pg_current_snapshot())::text::bigint) + journal_base()
    FROM pg_snapshot_xip(pg_current_snapshot()) AS open(xid)
   WHERE NOT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                      WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
                        AND l.transactionid = open.xid::xid AND a.datname <> current_database())
$$;

CREATE FUNCTION journal_begin_again() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE OR REPLACE FUNCTION journal_base() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE '
                 'AS ''SELECT %s::bigint''', journal_base() + 1000000000000000);
  RETURN journal_base();
END $$;

CREATE FUNCTION journal_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are only added, never changed or removed', TG_TABLE_NAME
    USING ERRCODE = 'check_violation';
END $$;

CREATE FUNCTION journal_numbered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added WHERE tx <> journal_tx()) THEN
    RAISE EXCEPTION 'a row of % has the number of another transaction', TG_TABLE_NAME
      USING ERRCODE = 'check_violation';
  END IF;
  IF journal_tx() < (SELECT max(until_tx) FROM journal_seal) THEN
    RAISE EXCEPTION 'this database was restored into another server; run `evenhand journal begin-again` first'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

ALTER TABLE journal_line ALTER COLUMN tx SET DEFAULT journal_tx();
CREATE INDEX journal_seal_by_transaction ON journal_seal (until_tx);
ALTER TABLE journal_seal ALTER COLUMN contents SET STORAGE EXTERNAL;

CREATE TRIGGER journal_line_is_kept BEFORE UPDATE OR DELETE ON journal_line FOR EACH ROW
  EXECUTE FUNCTION journal_keep();
CREATE TRIGGER journal_line_is_never_emptied BEFORE TRUNCATE ON journal_line FOR EACH STATEMENT
  EXECUTE FUNCTION journal_keep();
CREATE TRIGGER journal_line_has_its_transaction AFTER INSERT ON journal_line REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION journal_numbered();
CREATE TRIGGER journal_seal_is_kept BEFORE UPDATE OR DELETE ON journal_seal FOR EACH ROW
  EXECUTE FUNCTION journal_keep();
CREATE TRIGGER journal_seal_is_never_emptied BEFORE TRUNCATE ON journal_seal FOR EACH STATEMENT
  EXECUTE FUNCTION journal_keep();

DO $$ BEGIN
  EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON journal_line, journal_seal FROM %I',
                 current_setting('evenhand.app_role'));
END $$;
"""

LET_GO = """
DROP TRIGGER journal_line_is_kept ON journal_line;
DROP TRIGGER journal_line_is_never_emptied ON journal_line;
DROP TRIGGER journal_line_has_its_transaction ON journal_line;
DROP TRIGGER journal_seal_is_kept ON journal_seal;
DROP TRIGGER journal_seal_is_never_emptied ON journal_seal;
DROP INDEX journal_seal_by_transaction;
ALTER TABLE journal_line ALTER COLUMN tx DROP DEFAULT;
DROP FUNCTION journal_numbered();
DROP FUNCTION journal_keep();
DROP FUNCTION journal_begin_again();
DROP FUNCTION journal_horizon();
DROP FUNCTION journal_tx();
DROP FUNCTION journal_base();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [migrations.RunSQL(KEEP, LET_GO)]
