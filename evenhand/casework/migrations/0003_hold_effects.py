"""pre: a hold says what it stops, for which debts, and why it was lifted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

LIFTED_BEFORE = """
UPDATE casework_hold SET lift_reason = 'lifted before reasons were asked for' WHERE lifted_at IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0002_case_offer"),
        ("portfolio", "0002_standing_fact"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="hold",
            name="hold_ends_after_it_starts",
        ),
        migrations.AddField(
            model_name="hold",
            name="debts",
            field=models.JSONField(db_default=models.Value([], models.JSONField())),
        ),
        migrations.AddField(
            model_name="hold",
            name="effects",
            field=models.JSONField(db_default=models.Value(["CONTACT"], models.JSONField())),
        ),
        migrations.AddField(
            model_name="hold",
            name="extends",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="extended_by",
                to="casework.hold",
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="lift_reason",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="hold",
            name="lifted_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="note",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="hold",
            name="review_on",
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name="hold",
            name="reason",
            field=models.CharField(
                choices=[
                    ("DISPUTE", "Dispute"),
                    ("COMPLAINT", "Complaint"),
                    ("HARDSHIP", "Hardship"),
                    ("FRAUD", "Fraud"),
                    ("DECEASED", "Deceased"),
                    ("ILLNESS", "Illness"),
                    ("DISASTER", "Disaster"),
                    ("PLAN", "Plan"),
                    ("BREATHING_SPACE", "Breathing Space"),
                    ("DEBT_ADVICE_PAUSE", "Debt Advice Pause"),
                    ("MENTAL_CAPACITY", "Mental Capacity"),
                    ("SENSITIVE_EVENT", "Sensitive Event"),
                    ("OTHER", "Other"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="hold",
            name="until_on",
            field=models.DateField(null=True),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until_on", None), ("until_on__gt", models.F("from_on")), _connector="OR"
                ),
                name="hold_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until_on__isnull", False), ("review_on__isnull", False), _connector="OR"
                ),
                name="hold_has_an_end_or_a_review_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "effects__contained_by",
                        ["CONTACT", "FEES", "INTEREST", "LEGAL", "REPORTING", "SALE"],
                    ),
                    models.Q(("effects", []), _negated=True),
                ),
                name="hold_stops_something_known",
            ),
        ),
        migrations.RunSQL(LIFTED_BEFORE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lift_reason", ""), ("lifted_at", None)),
                    models.Q(
                        ("lifted_at__isnull", False), models.Q(("lift_reason", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="hold_lifted_iff_it_says_why",
            ),
        ),
    ]
