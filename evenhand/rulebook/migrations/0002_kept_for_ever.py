"""pre: what was approved, every step and every activation are kept as they are, whatever the code does."""

from django.db import migrations, models

KEEP = """
CREATE FUNCTION rulebook_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'rows of % are kept for ever', TG_TABLE_NAME USING ERRCODE = 'check_violation';
  END IF;
  RAISE EXCEPTION 'this row of % is kept as it is', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER strategy_version_approved_is_kept BEFORE UPDATE ON rulebook_strategyversion FOR EACH ROW
  WHEN (OLD.state = 'APPROVED' AND OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION rulebook_keep();
CREATE TRIGGER strategy_version_is_never_deleted BEFORE DELETE ON rulebook_strategyversion FOR EACH ROW
  EXECUTE FUNCTION rulebook_keep();
CREATE TRIGGER strategy_revision_is_kept BEFORE UPDATE OR DELETE ON rulebook_strategyrevision FOR EACH ROW
  EXECUTE FUNCTION rulebook_keep();
CREATE TRIGGER activation_is_kept_but_for_its_cancelling BEFORE UPDATE ON rulebook_activation FOR EACH ROW
  WHEN (OLD.cancelled_at IS NOT NULL OR OLD.version_id <> NEW.version_id OR OLD.from_on <> NEW.from_on)
  EXECUTE FUNCTION rulebook_keep();
CREATE TRIGGER activation_is_never_deleted BEFORE DELETE ON rulebook_activation FOR EACH ROW
  EXECUTE FUNCTION rulebook_keep();
"""

LET_GO = """
DROP TRIGGER strategy_version_approved_is_kept ON rulebook_strategyversion;
DROP TRIGGER strategy_version_is_never_deleted ON rulebook_strategyversion;
DROP TRIGGER strategy_revision_is_kept ON rulebook_strategyrevision;
DROP TRIGGER activation_is_kept_but_for_its_cancelling ON rulebook_activation;
DROP TRIGGER activation_is_never_deleted ON rulebook_activation;
DROP FUNCTION rulebook_keep();
"""


class Migration(migrations.Migration):
    dependencies = [("rulebook", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="trial",
            name="started_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(KEEP, LET_GO),
    ]
