"""pre: The bank's own dialler may take lists."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0009_staff_extension"),
    ]

    operations = [
        migrations.AlterField(
            model_name="apiclient",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("ASK", "Ask"),
                        ("REPORT", "Report"),
                        ("CORE", "Core"),
                        ("DIAL", "Dial"),
                    ],
                    max_length=10,
                ),
                size=None,
            ),
        ),
    ]
