"""pre: the experiment a night goes by is settled in its row."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cycle", "0001_initial")]

    operations = [
        migrations.AddField("run", "experiment", models.JSONField(default=dict)),
    ]
