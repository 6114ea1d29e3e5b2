"""pre: Letters may come back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outreach", "0009_channel_health"),
    ]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="state",
            field=models.CharField(
                choices=[
                    ("MADE", "Made"),
                    ("HANDING", "Handing"),
                    ("HANDED", "Handed"),
                    ("DELIVERED", "Delivered"),
                    ("FAILED", "Failed"),
                    ("EXPIRED", "Expired"),
                    ("UNKNOWN", "Unknown"),
                    ("NOT_SENT", "Not Sent"),
                    ("RETURNED", "Returned"),
                ],
                default="MADE",
                max_length=10,
            ),
        ),
    ]
