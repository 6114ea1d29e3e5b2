"""pre: the database itself lets nothing be in force, or run, that was not approved with exactly this content."""

from django.db import migrations, models
from django.db.models import F, Q

APPROVED_ONLY = """
CREATE FUNCTION rulebook_only_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'rulebook_strategyversion' THEN
    IF NEW.approval_id IS NULL  -- it came with the installation: no person had a hand in it
         AND NOT EXISTS (SELECT FROM rulebook_strategyrevision r
                          WHERE r.version_id = NEW.id AND r.made_by_id IS NOT NULL)
       OR EXISTS (SELECT FROM approvals_approval a
                WHERE a.id = NEW.approval_id AND a.verdict = 'APPROVED' AND a.subject = 'STRATEGY'
                  AND a.subject_id = NEW.id AND a.digest = NEW.content_sha256)
       AND EXISTS (SELECT FROM rulebook_trial t
                    WHERE t.id = NEW.trial_id AND t.state = 'DONE' AND t.version_id = NEW.id
                      AND t.content_sha256 = NEW.content_sha256) THEN
      RETURN NEW;
    END IF;
  ELSIF TG_TABLE_NAME = 'rulebook_activation' THEN
    IF EXISTS (SELECT FROM rulebook_strategyversion v WHERE v.id = NEW.version_id AND v.state = 'APPROVED') THEN
      RETURN NEW;
    END IF;
  ELSIF EXISTS (SELECT FROM approvals_approval a
                 WHERE a.id = NEW.approval_id AND a.verdict = 'APPROVED' AND a.subject = 'EXPERIMENT'
                   AND a.subject_id = NEW.id)
    AND (NEW.challenger_id IS NULL OR
         EXISTS (SELECT FROM rulebook_strategyversion v WHERE v.id = NEW.challenger_id AND v.state = 'APPROVED'))
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'this row of % names no approval of exactly this', TG_TABLE_NAME
    USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER strategy_version_is_as_it_was_approved AFTER INSERT OR UPDATE ON rulebook_strategyversion
  FOR EACH ROW WHEN (NEW.state = 'APPROVED') EXECUTE FUNCTION rulebook_only_approved();
CREATE TRIGGER activation_is_of_an_approved_version AFTER INSERT OR UPDATE ON rulebook_activation
  FOR EACH ROW EXECUTE FUNCTION rulebook_only_approved();
CREATE TRIGGER experiment_is_one_that_was_approved AFTER INSERT OR UPDATE ON rulebook_experiment
  FOR EACH ROW WHEN (NEW.state IN ('APPROVED', 'STOPPED')) EXECUTE FUNCTION rulebook_only_approved();
CREATE TRIGGER trial_finished_is_kept BEFORE UPDATE ON rulebook_trial FOR EACH ROW
  WHEN (OLD.state IN ('DONE', 'FAILED') AND OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION rulebook_keep();

ALTER TABLE rulebook_experiment DROP CONSTRAINT experiment_runs_alone;
ALTER TABLE rulebook_experiment ADD CONSTRAINT experiment_runs_alone
  EXCLUDE USING gist (daterange(start_on, COALESCE(stopped_on, stop_on)) WITH &&)
  WHERE (state IN ('APPROVED', 'STOPPED'));
"""

LET_GO = """
ALTER TABLE rulebook_experiment DROP CONSTRAINT experiment_runs_alone;
ALTER TABLE rulebook_experiment ADD CONSTRAINT experiment_runs_alone
  EXCLUDE USING gist (daterange(start_on, stop_on) WITH &&) WHERE (state = 'APPROVED');
DROP TRIGGER trial_finished_is_kept ON rulebook_trial;
DROP TRIGGER experiment_is_one_that_was_approved ON rulebook_experiment;
DROP TRIGGER activation_is_of_an_approved_version ON rulebook_activation;
DROP TRIGGER strategy_version_is_as_it_was_approved ON rulebook_strategyversion;
DROP FUNCTION rulebook_only_approved();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0003_kept_for_ever"),
        ("rulebook", "0003_experiment_stopped"),
    ]

    operations = [
        migrations.AddConstraint(
            "experiment",
            models.CheckConstraint(
                name="experiment_stopped_within_its_days",
                condition=Q(stopped_on=None)
                | Q(stopped_on__gte=F("start_on"), stopped_on__lte=F("stop_on")),
            ),
        ),
        migrations.RunSQL(APPROVED_ONLY, LET_GO),
    ]
