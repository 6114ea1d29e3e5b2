"""pre: a question may be withdrawn, and the database itself keeps who made a thing from approving it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="approval",
            name="withdrawn_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="approval",
            name="withdrawn_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RemoveConstraint(
            model_name="approval",
            name="approval_asked_once_at_a_time",
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("verdict", ""), ("withdrawn_at", None)),
                fields=("subject", "subject_id"),
                name="approval_asked_once_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at", None), ("withdrawn_by", None)),
                    models.Q(("verdict", ""), ("withdrawn_at__isnull", False)),
                    _connector="OR",
                ),
                name="approval_withdrawn_has_no_verdict",
            ),
        ),
        migrations.RunSQL(
            """
            ALTER TABLE approvals_approval ADD CONSTRAINT approval_is_by_no_maker
              CHECK (decided_by_id IS NULL OR NOT jsonb_exists(made_by, decided_by_id::text))
            """,
            "ALTER TABLE approvals_approval DROP CONSTRAINT approval_is_by_no_maker",
        ),
    ]
