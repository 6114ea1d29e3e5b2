from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Installation",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("single", models.BooleanField(default=True, unique=True)),
                (
                    "mode",
                    models.CharField(choices=[("DEMO", "Demo"), ("LIVE", "Live")], max_length=4),
                ),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("single", True)), name="installation_is_single"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("mode__in", ["DEMO", "LIVE"])),
                        name="installation_is_demo_or_live",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            """
            DO $$ BEGIN
              EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON runtime_installation FROM %I',
                             current_setting('evenhand.app_role'));
            END $$
            """,
            migrations.RunSQL.noop,
        ),
    ]
