"""pre: when a recording was erased, and by which rule."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outreach", "0015_human_call"),
    ]

    operations = [
        migrations.AddField(
            model_name="callrecord",
            name="recording_erased_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="callrecord",
            name="recording_erased_by",
            field=models.CharField(blank=True, max_length=80),
        ),
    ]
