"""pre: what was asked stays what was asked, an answer stays as it was given, and no question is ever deleted."""

from django.db import migrations

KEEP = """
CREATE FUNCTION approvals_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'questions and answers are kept as they are' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER approval_is_kept BEFORE UPDATE ON approvals_approval FOR EACH ROW
  WHEN ((OLD.verdict <> '' OR OLD.withdrawn_at IS NOT NULL) AND OLD IS DISTINCT FROM NEW
    OR (NEW.subject, NEW.subject_id, NEW.digest, NEW.asked_by_id, NEW.asked_at, NEW.note, NEW.made_by)
       IS DISTINCT FROM
       (OLD.subject, OLD.subject_id, OLD.digest, OLD.asked_by_id, OLD.asked_at, OLD.note, OLD.made_by))
  EXECUTE FUNCTION approvals_keep();
CREATE TRIGGER approval_is_never_deleted BEFORE DELETE ON approvals_approval FOR EACH ROW
  EXECUTE FUNCTION approvals_keep();
"""

LET_GO = """
DROP TRIGGER approval_is_kept ON approvals_approval;
DROP TRIGGER approval_is_never_deleted ON approvals_approval;
DROP FUNCTION approvals_keep();
"""


class Migration(migrations.Migration):
    dependencies = [("approvals", "0002_withdrawn")]

    operations = [migrations.RunSQL(KEEP, LET_GO)]
