"""pre: what a day's results are found by."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0007_work"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="contactresult",
            index=models.Index(fields=["banking_day", "written_by"], name="contact_result_of_day"),
        ),
    ]
