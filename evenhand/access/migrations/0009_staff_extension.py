"""pre: Where a member of staff calls from."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0008_text_permissions"),
    ]

    operations = [
        migrations.AddField(
            model_name="staff",
            name="extension",
            field=models.CharField(blank=True, max_length=20),
        ),
    ]
