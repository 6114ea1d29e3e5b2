"""pre: who stopped an experiment, when and why; two never run on one day; an approved one is kept as it is."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

KEEP = """
ALTER TABLE rulebook_experiment ADD CONSTRAINT experiment_runs_alone
  EXCLUDE USING gist (daterange(start_on, stop_on) WITH &&) WHERE (state = 'APPROVED');

CREATE TRIGGER experiment_approved_is_kept BEFORE UPDATE ON rulebook_experiment FOR EACH ROW
  WHEN (OLD.state IN ('APPROVED', 'STOPPED') AND (
    (NEW.number, NEW.salt, NEW.challenger_id, NEW.challenger_share, NEW.holdout_share, NEW.holdout_days_max,
     NEW.start_on, NEW.stop_on, NEW.design, NEW.cost_to_people, NEW.title, NEW.question, NEW.approval_id)
    IS DISTINCT FROM
    (OLD.number, OLD.salt, OLD.challenger_id, OLD.challenger_share, OLD.holdout_share, OLD.holdout_days_max,
     OLD.start_on, OLD.stop_on, OLD.design, OLD.cost_to_people, OLD.title, OLD.question, OLD.approval_id)
    OR NEW.state NOT IN ('APPROVED', 'STOPPED')
    OR (OLD.state = 'STOPPED' AND OLD IS DISTINCT FROM NEW)))
  EXECUTE FUNCTION rulebook_keep();
CREATE TRIGGER experiment_is_never_deleted BEFORE DELETE ON rulebook_experiment FOR EACH ROW
  EXECUTE FUNCTION rulebook_keep();
"""

LET_GO = """
ALTER TABLE rulebook_experiment DROP CONSTRAINT experiment_runs_alone;
DROP TRIGGER experiment_approved_is_kept ON rulebook_experiment;
DROP TRIGGER experiment_is_never_deleted ON rulebook_experiment;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rulebook", "0002_kept_for_ever"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("experiment", "made_by", models.JSONField(default=list)),
        migrations.AddField("experiment", "stopped_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "experiment",
            "stopped_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            "experiment",
            "stop_reason",
            models.CharField(blank=True, max_length=500, default=""),
            preserve_default=False,
        ),
        migrations.RemoveConstraint("experiment", "experiment_approved_by_a_second_person"),
        migrations.AddConstraint(
            "experiment",
            models.CheckConstraint(
                name="experiment_approved_by_a_second_person",
                condition=~Q(state__in=["APPROVED", "STOPPED"]) | Q(approval__isnull=False),
            ),
        ),
        migrations.AddConstraint(
            "experiment",
            models.CheckConstraint(
                name="experiment_stopped_iff_day_and_reason",
                condition=(
                    Q(state="STOPPED", stopped_on__isnull=False, stopped_at__isnull=False)
                    & ~Q(stop_reason="")
                )
                | (~Q(state="STOPPED") & Q(stopped_on=None, stopped_at=None, stop_reason="")),
            ),
        ),
        migrations.RunSQL(KEEP, LET_GO),
    ]
