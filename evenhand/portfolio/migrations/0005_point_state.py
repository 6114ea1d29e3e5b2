"""pre: What is learnt of ways to reach people."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("portfolio", "0004_standing_counted"),
    ]

    operations = [
        migrations.CreateModel(
            name="PointState",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("point", models.CharField(max_length=40)),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("failures", models.SmallIntegerField(default=0)),
                ("unusable_until", models.DateTimeField(null=True)),
                ("verified_at", models.DateTimeField(null=True)),
                ("learnt_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="point_states",
                        to="portfolio.person",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["unusable_until"], name="point_state_unusable")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("customer", "point"), name="point_state_once_per_person_and_point"
                    )
                ],
            },
        ),
    ]
