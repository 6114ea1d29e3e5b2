"""pre: How each channel does."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outreach", "0008_take_by_act"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChannelHealth",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40)),
                ("act", models.CharField(max_length=20)),
                ("rests", models.BooleanField(default=False)),
                ("took", models.BigIntegerField(default=0)),
                ("failed", models.BigIntegerField(default=0)),
                ("took_at", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("name", "act"), name="channel_health_once_per_channel"
                    )
                ],
            },
        ),
    ]
