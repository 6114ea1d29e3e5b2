"""pre: What a collector works on, what she has typed and what she wrote; the next step beside the case."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0006_case_grant"),
        ("portfolio", "0005_point_state"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AtWork",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("taken_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ContactResult",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("written_at", models.DateTimeField()),
                ("banking_day", models.DateField()),
                ("contact", models.UUIDField(null=True)),
                ("version", models.CharField(max_length=20)),
                ("act", models.CharField(max_length=20)),
                ("line", models.CharField(blank=True, max_length=20)),
                ("who", models.CharField(blank=True, max_length=20)),
                ("talk", models.CharField(blank=True, max_length=20)),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("next_act", models.CharField(max_length=20)),
                ("next_on", models.DateField(null=True)),
                ("note", models.BinaryField(null=True)),
                ("note_findings", models.JSONField(default=list)),
                ("request_key", models.UUIDField()),
                ("request_digest", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="ResultDraft",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("typed", models.BinaryField()),
                ("typed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="case",
            name="next_act",
            field=models.CharField(blank=True, db_default="", max_length=20),
        ),
        migrations.AddField(
            model_name="case",
            name="next_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="worked_on",
            field=models.DateField(null=True),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                models.F("desk"),
                models.F("next_on"),
                condition=models.Q(("next_on__isnull", False), ("state", "OPEN")),
                name="case_due",
            ),
        ),
        migrations.AddField(
            model_name="atwork",
            name="case",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="at_work",
                to="casework.case",
            ),
        ),
        migrations.AddField(
            model_name="atwork",
            name="staff",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="contactresult",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="results",
                to="casework.case",
            ),
        ),
        migrations.AddField(
            model_name="contactresult",
            name="written_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="resultdraft",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="casework.case"
            ),
        ),
        migrations.AddField(
            model_name="resultdraft",
            name="staff",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="contactresult",
            index=models.Index(fields=["case", "-written_at"], name="contact_result_of_case"),
        ),
        migrations.AddConstraint(
            model_name="contactresult",
            constraint=models.UniqueConstraint(
                fields=("request_key",), name="contact_result_written_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="contactresult",
            constraint=models.UniqueConstraint(
                condition=models.Q(("contact__isnull", False)),
                fields=("contact",),
                name="contact_result_one_of_a_contact",
            ),
        ),
        migrations.AddConstraint(
            model_name="resultdraft",
            constraint=models.UniqueConstraint(
                fields=("case", "staff"), name="result_draft_one_of_a_person"
            ),
        ),
    ]
