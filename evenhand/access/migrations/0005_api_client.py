"""pre: outside systems that may ask the gate."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0004_contact_permissions"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiClient",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40, unique=True)),
                ("collector", models.CharField(max_length=40)),
                ("actor", models.CharField(max_length=20)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("ASK", "Ask"), ("REPORT", "Report")], max_length=10
                        ),
                        size=None,
                    ),
                ),
                ("token_hash", models.BinaryField()),
                ("public_key", models.BinaryField(null=True)),
                (
                    "networks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=43), size=None
                    ),
                ),
                ("requests_per_minute_max", models.IntegerField()),
                ("minute_at", models.DateTimeField(null=True)),
                ("requests_in_minute", models.IntegerField(default=0)),
                ("active_from_at", models.DateTimeField()),
                ("active_until_at", models.DateTimeField(null=True)),
                ("added_at", models.DateTimeField()),
                ("rotated_at", models.DateTimeField(null=True)),
                ("suspended_at", models.DateTimeField(null=True)),
                ("suspend_reason", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("token_hash",), name="api_client_has_a_token_of_its_own"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("suspend_reason", ""), ("suspended_at", None)),
                            models.Q(
                                ("suspended_at__isnull", False),
                                models.Q(("suspend_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="api_client_suspended_iff_it_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("active_until_at", None),
                            ("active_until_at__gt", models.F("active_from_at")),
                            _connector="OR",
                        ),
                        name="api_client_ends_after_it_starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("actor__in", ["FIRST_PARTY", "ROBOT", "FIELD_STAFF"]),
                                ("collector", "BANK"),
                            ),
                            models.Q(
                                models.Q(("collector", "BANK"), _negated=True),
                                ("actor__in", ["AGENCY", "DEBT_BUYER"]),
                            ),
                            _connector="OR",
                        ),
                        name="api_client_acts_for_the_bank_iff_it_is_the_banks",
                    ),
                ],
            },
        ),
    ]
