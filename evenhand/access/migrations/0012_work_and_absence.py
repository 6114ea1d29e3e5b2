"""pre: which cases a collector is given, when she is away, and who gives them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0011_lead_floor"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="staff",
            options={
                "permissions": [
                    ("see_all_desks", "see the cases of every desk"),
                    ("see_runs", "see the nights, their totals and the quarantine"),
                    ("see_strategies", "see the strategies, their trials and experiments"),
                    ("edit_strategies", "write strategies, try them and plan experiments"),
                    ("approve_strategies", "approve or refuse what another wrote"),
                    ("see_packs", "see the policy packs and the law behind them"),
                    ("edit_packs", "bring policy packs in and ask for them to be put in force"),
                    ("approve_packs", "approve or refuse that a policy pack is in force"),
                    ("lift_holds", "lift holds and end what protects a person"),
                    (
                        "see_contacts",
                        "see every contact that was asked for and what the gate answered",
                    ),
                    ("export_contacts", "take the contacts out as a file"),
                    (
                        "approve_arrangements",
                        "approve plans and waivers within a supervisor's authority",
                    ),
                    ("approve_all_arrangements", "approve plans and waivers of any size"),
                    ("correct_accounts", "take charges back and give back what was paid too much"),
                    ("work_instructions", "see and work the instructions to the core"),
                    ("edit_texts", "write the texts of messages"),
                    ("approve_texts", "approve or refuse the text of a message"),
                    ("place_payments", "see money that nobody can place, and place it"),
                    (
                        "lead_floor",
                        "see who works on what, and look at what waits for a supervisor",
                    ),
                    ("assign_cases", "give cases to collectors, and take them back"),
                ],
                "verbose_name": "user",
                "verbose_name_plural": "users",
            },
        ),
        migrations.AddField(
            model_name="staff",
            name="caseload_max",
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name="staff",
            name="speaks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=[("zh", "zh"), ("en", "en")], max_length=2),
                default=list,
                size=None,
            ),
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("from_on", models.DateField()),
                ("until_on", models.DateField()),
                ("reason", models.CharField(max_length=100)),
                ("recorded_at", models.DateTimeField()),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="absences",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until_on__gt", models.F("from_on"))),
                        name="absence_ends_after_it_starts",
                    )
                ],
            },
        ),
    ]
