"""pre: the contacts that outside systems asked for or told of are found by collector, in the order of their times."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("outreach", "0003_sealed")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX contact_event_by_outside ON contact_event (collector, at, id) WHERE asked_by LIKE 'api:%'",
            "DROP INDEX contact_event_by_outside",
        ),
    ]
