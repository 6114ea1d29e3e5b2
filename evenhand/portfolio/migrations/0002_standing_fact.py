"""pre: standing facts of a person, and which transaction raised her counter last."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("portfolio", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="facts_tx",
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.CreateModel(
            name="StandingFact",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("ATTORNEY", "ATTORNEY"),
                            ("BANKRUPTCY", "BANKRUPTCY"),
                            ("CEASE", "CEASE"),
                            ("CONSENT", "CONSENT"),
                            ("DISPUTED", "DISPUTED"),
                            ("FIRST_CONTACT", "FIRST_CONTACT"),
                            ("INCONVENIENT_PLACE", "INCONVENIENT_PLACE"),
                            ("INCONVENIENT_TIME", "INCONVENIENT_TIME"),
                            ("LOST_CONTACT", "LOST_CONTACT"),
                            ("NUMBER_INVALID", "NUMBER_INVALID"),
                            ("OPT_OUT", "OPT_OUT"),
                            ("PLAN_HONOURED", "PLAN_HONOURED"),
                            ("THIRD_PARTY_STOP", "THIRD_PARTY_STOP"),
                        ],
                        max_length=20,
                    ),
                ),
                ("detail", models.JSONField(db_default=models.Value({}, models.JSONField()))),
                ("debts", models.JSONField(db_default=models.Value([], models.JSONField()))),
                ("from_at", models.DateTimeField()),
                ("until_at", models.DateTimeField(null=True)),
                ("review_on", models.DateField(null=True)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("CARDHOLDER", "Cardholder"),
                            ("REPRESENTATIVE", "Representative"),
                            ("THIRD_PARTY", "Third Party"),
                            ("AGENCY", "Agency"),
                            ("BANK", "Bank"),
                            ("BANK_FILE", "Bank File"),
                            ("REGULATOR", "Regulator"),
                            ("COURT", "Court"),
                        ],
                        max_length=20,
                    ),
                ),
                ("evidence", models.CharField(max_length=500)),
                ("recorded_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("end_reason", models.CharField(blank=True, max_length=200)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standing_facts",
                        to="portfolio.person",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "from_at"], name="standing_fact_of_person")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "ATTORNEY",
                                    "BANKRUPTCY",
                                    "CEASE",
                                    "CONSENT",
                                    "DISPUTED",
                                    "FIRST_CONTACT",
                                    "INCONVENIENT_PLACE",
                                    "INCONVENIENT_TIME",
                                    "LOST_CONTACT",
                                    "NUMBER_INVALID",
                                    "OPT_OUT",
                                    "PLAN_HONOURED",
                                    "THIRD_PARTY_STOP",
                                ],
                            )
                        ),
                        name="standing_fact_is_of_a_known_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_at", None),
                            ("until_at__gt", models.F("from_at")),
                            _connector="OR",
                        ),
                        name="standing_fact_ends_after_it_starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("evidence", ""), _negated=True),
                        name="standing_fact_says_what_shows_it",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end_reason", ""), ("ended_at", None)),
                            models.Q(
                                ("ended_at__isnull", False),
                                models.Q(("end_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="standing_fact_ended_iff_it_says_why",
                    ),
                ],
            },
        ),
    ]
