"""pre: The texts of messages, the messages as they left, and what came back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outreach", "0006_robots_wait"),
        ("portfolio", "0004_standing_counted"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MessageText",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40)),
                ("number", models.IntegerField()),
                ("channel", models.CharField(max_length=10)),
                ("purpose", models.CharField(max_length=20)),
                ("subject_zh", models.CharField(blank=True, max_length=200)),
                ("subject_en", models.CharField(blank=True, max_length=200)),
                ("zh", models.TextField()),
                ("en", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("DRAFT", "Draft"),
                            ("ASKED", "Asked"),
                            ("IN_USE", "In Use"),
                            ("REFUSED", "Refused"),
                            ("RETIRED", "Retired"),
                        ],
                        default="DRAFT",
                        max_length=10,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("in_use_at", models.DateTimeField(null=True)),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("contact", models.UUIDField(unique=True)),
                ("channel", models.CharField(max_length=10)),
                ("adapter", models.CharField(max_length=40)),
                ("point", models.CharField(max_length=40)),
                ("language", models.CharField(max_length=10)),
                ("words", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("parts", models.SmallIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("MADE", "Made"),
                            ("HANDING", "Handing"),
                            ("HANDED", "Handed"),
                            ("DELIVERED", "Delivered"),
                            ("FAILED", "Failed"),
                            ("EXPIRED", "Expired"),
                            ("UNKNOWN", "Unknown"),
                            ("NOT_SENT", "Not Sent"),
                        ],
                        default="MADE",
                        max_length=10,
                    ),
                ),
                ("reference", models.CharField(blank=True, max_length=100)),
                ("reason", models.CharField(blank=True, max_length=100)),
                ("made_at", models.DateTimeField()),
                ("handed_at", models.DateTimeField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="portfolio.person",
                    ),
                ),
                (
                    "text",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="outreach.messagetext",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reply",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("channel", models.CharField(max_length=10)),
                ("point", models.CharField(max_length=40)),
                ("words", models.BinaryField()),
                ("reference", models.CharField(max_length=100, unique=True)),
                ("reading", models.CharField(max_length=10)),
                (
                    "state",
                    models.CharField(
                        choices=[("DONE", "Done"), ("TO_READ", "To Read"), ("READ", "Read")],
                        max_length=10,
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replies",
                        to="portfolio.person",
                    ),
                ),
                (
                    "read_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="messagetext",
            constraint=models.UniqueConstraint(
                fields=("name", "number"), name="message_text_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="messagetext",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "IN_USE")),
                fields=("name",),
                name="message_text_in_use_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="messagetext",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["DRAFT", "ASKED"])),
                fields=("name",),
                name="message_text_one_draft_at_a_time",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["customer", "made_at"], name="message_by_person"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["point", "made_at"], name="message_by_point"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["state", "made_at"], name="message_by_state"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("settled_at", None), ("state__in", ["MADE", "HANDING", "HANDED"])),
                    models.Q(
                        models.Q(("state__in", ["MADE", "HANDING", "HANDED"]), _negated=True),
                        ("settled_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="message_settled_iff_its_end_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="reply",
            index=models.Index(fields=["state", "received_at"], name="reply_by_state"),
        ),
    ]
