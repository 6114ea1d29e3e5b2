"""pre: a hold says from which count of its person it is known, and from which on it is lifted."""

from django.db import migrations, models

COUNTED = """
CREATE FUNCTION casework_hold_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.known_seq := portfolio_count_known(NEW.customer_id);
  ELSIF OLD.lifted_at IS NULL AND NEW.lifted_at IS NOT NULL THEN
    NEW.lifted_seq := portfolio_count_known(NEW.customer_id);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER hold_counted BEFORE INSERT OR UPDATE ON casework_hold
  FOR EACH ROW EXECUTE FUNCTION casework_hold_counted();
"""

UNCOUNTED = """
DROP TRIGGER hold_counted ON casework_hold;
DROP FUNCTION casework_hold_counted();
"""


class Migration(migrations.Migration):
    dependencies = [("casework", "0004_hold_kept"), ("portfolio", "0004_standing_counted")]

    operations = [
        migrations.AddField("hold", "known_seq", models.BigIntegerField(db_default=0)),
        migrations.AddField("hold", "lifted_seq", models.BigIntegerField(null=True)),
        migrations.RunSQL(COUNTED, UNCOUNTED),
    ]
