"""pre: Parts of text messages and of replies, and why a channel failed last."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outreach", "0013_call_record"),
    ]

    operations = [
        migrations.AddField(
            model_name="channelhealth",
            name="reason",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.CreateModel(
            name="ReplyPart",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("adapter", models.CharField(max_length=40)),
                ("point", models.CharField(max_length=40)),
                ("joined_by", models.IntegerField()),
                ("number", models.SmallIntegerField()),
                ("of", models.SmallIntegerField()),
                ("words", models.BinaryField()),
                ("came_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("adapter", "point", "joined_by", "of", "number"),
                        name="reply_part_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MessagePart",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("adapter", models.CharField(max_length=40)),
                ("reference", models.CharField(blank=True, max_length=70)),
                ("number", models.SmallIntegerField(null=True)),
                ("of", models.SmallIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("TAKEN", "Taken"),
                            ("DELIVERED", "Delivered"),
                            ("FAILED", "Failed"),
                            ("EXPIRED", "Expired"),
                            ("UNKNOWN", "Unknown"),
                        ],
                        default="TAKEN",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=100)),
                (
                    "points",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("taken_at", models.DateTimeField(null=True)),
                ("heard_at", models.DateTimeField(null=True)),
                (
                    "message",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sent_parts",
                        to="outreach.message",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=("adapter", "reference"),
                        name="message_part_once_per_reference",
                    ),
                    models.UniqueConstraint(
                        fields=("message", "number"), name="message_part_once_per_number"
                    ),
                ],
            },
        ),
    ]
