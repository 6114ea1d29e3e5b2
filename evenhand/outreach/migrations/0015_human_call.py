"""pre: Calls that people make with a permit, by the PBX or from a list."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("outreach", "0014_message_parts"),
    ]

    operations = [
        migrations.CreateModel(
            name="HumanCall",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("contact", models.UUIDField(unique=True)),
                (
                    "way",
                    models.CharField(
                        choices=[("PBX", "Pbx"), ("DIALLER", "Dialler")], max_length=10
                    ),
                ),
                ("extension", models.CharField(blank=True, max_length=20)),
                ("call_list", models.CharField(blank=True, max_length=150)),
                ("point", models.CharField(max_length=40)),
                ("until_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("HANDING", "Handing"),
                            ("HANDED", "Handed"),
                            ("RINGING", "Ringing"),
                            ("ANSWERED", "Answered"),
                            ("ENDED", "Ended"),
                            ("NOT_MADE", "Not Made"),
                            ("UNKNOWN", "Unknown"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=100)),
                ("reference", models.CharField(blank=True, max_length=100)),
                ("made_at", models.DateTimeField()),
                ("told_at", models.DateTimeField()),
                ("ringing_at", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=40)),
                ("talk_seconds", models.IntegerField(null=True)),
                ("recording", models.CharField(blank=True, max_length=100)),
                ("recording_sha256", models.CharField(blank=True, max_length=64)),
                ("noted", models.BooleanField(default=False)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="human_calls",
                        to="portfolio.person",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "made_at"], name="human_call_by_person"),
                    models.Index(fields=["state", "told_at"], name="human_call_by_state"),
                    models.Index(fields=["call_list"], name="human_call_by_list"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("settled_at__isnull", False),
                            ("state__in", ["ENDED", "NOT_MADE", "UNKNOWN"]),
                        )
                        | models.Q(
                            models.Q(
                                ("state__in", ["ENDED", "NOT_MADE", "UNKNOWN"]), _negated=True
                            ),
                            ("settled_at", None),
                        ),
                        name="human_call_settled_iff_its_end_is_known",
                    )
                ],
            },
        ),
    ]
