"""pre: batches of assignment, and cases that are kept."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0008_result_of_day"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AssignmentBatch",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PREVIEW", "Preview"),
                            ("DONE", "Done"),
                            ("UNDONE", "Undone"),
                            ("DISCARDED", "Discarded"),
                        ],
                        default="PREVIEW",
                        max_length=10,
                    ),
                ),
                ("desk", models.CharField(max_length=10)),
                ("rebalances", models.BooleanField()),
                ("banking_day", models.DateField()),
                ("made_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AssignmentLine",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("amount_minor", models.BigIntegerField()),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("state", models.CharField(blank=True, max_length=10)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="casework.assignmentbatch",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="casework.case",
                    ),
                ),
                (
                    "from_owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "to_owner",
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
            name="KeptCase",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("reason", models.CharField(max_length=20)),
                ("from_on", models.DateField()),
                ("until_on", models.DateField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kept",
                        to="casework.case",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="assignmentbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("done_at", None),
                        ("done_by", None),
                        ("state__in", ["PREVIEW", "DISCARDED"]),
                    ),
                    models.Q(
                        ("done_at__isnull", False),
                        ("done_by__isnull", False),
                        ("state__in", ["DONE", "UNDONE"]),
                    ),
                    _connector="OR",
                ),
                name="assignment_done_iff_by_somebody",
            ),
        ),
        migrations.AddIndex(
            model_name="assignmentline",
            index=models.Index(fields=["case", "state"], name="assignment_line_of_case"),
        ),
        migrations.AddConstraint(
            model_name="assignmentline",
            constraint=models.UniqueConstraint(
                fields=("batch", "case"), name="assignment_line_once_a_batch"
            ),
        ),
        migrations.AddConstraint(
            model_name="assignmentline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), ("to_owner__isnull", False)),
                    models.Q(("to_owner", None), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="assignment_line_to_somebody_or_why_not",
            ),
        ),
        migrations.AddConstraint(
            model_name="keptcase",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("case",),
                name="kept_case_once_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="keptcase",
            constraint=models.CheckConstraint(
                condition=models.Q(("until_on__gt", models.F("from_on"))),
                name="kept_case_ends_after_it_starts",
            ),
        ),
    ]
