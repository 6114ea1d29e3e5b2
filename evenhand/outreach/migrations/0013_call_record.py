"""pre: What came of each call of the robot."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outreach", "0011_sent_together"),
    ]

    operations = [
        migrations.CreateModel(
            name="CallRecord",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("outcome", models.CharField(blank=True, max_length=40)),
                ("not_dialled", models.CharField(blank=True, max_length=100)),
                ("started_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("talk_seconds", models.IntegerField(null=True)),
                ("identified", models.BooleanField(null=True)),
                ("wish", models.CharField(blank=True, max_length=20)),
                ("promised_on", models.DateField(null=True)),
                ("hung_up", models.BooleanField(default=False)),
                ("said", models.BinaryField()),
                ("put_through", models.BooleanField(default=False)),
                ("recording_sha256", models.CharField(blank=True, max_length=64)),
                ("recording_lost", models.BooleanField(default=False)),
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call",
                        to="outreach.message",
                    ),
                ),
            ],
        ),
    ]
