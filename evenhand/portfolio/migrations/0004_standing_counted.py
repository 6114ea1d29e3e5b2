"""pre: a standing fact says from which count of its person it is known, and from which on it is ended."""

from django.db import migrations, models

COUNTED = """
-- The count a row of this transaction is known from: what the person's counter is raised to.
CREATE FUNCTION portfolio_count_known(p_customer uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT facts_seq + CASE WHEN facts_tx = pg_current_xact_id()::text::bigint THEN 0 ELSE 1 END
    FROM portfolio_person WHERE id = p_customer
$$;
CREATE FUNCTION portfolio_standing_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.known_seq := portfolio_count_known(NEW.customer_id);
  ELSIF OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL THEN
    NEW.ended_seq := portfolio_count_known(NEW.customer_id);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER standing_fact_counted BEFORE INSERT OR UPDATE ON portfolio_standingfact
  FOR EACH ROW EXECUTE FUNCTION portfolio_standing_counted();
"""

UNCOUNTED = """
DROP TRIGGER standing_fact_counted ON portfolio_standingfact;
DROP FUNCTION portfolio_standing_counted();
DROP FUNCTION portfolio_count_known(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0003_standing_kept")]

    operations = [
        migrations.AddField("standingfact", "known_seq", models.BigIntegerField(db_default=0)),
        migrations.AddField("standingfact", "ended_seq", models.BigIntegerField(null=True)),
        migrations.RunSQL(COUNTED, UNCOUNTED),
    ]
