"""pre: who lifts holds, sees the contacts of everyone and takes them out."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_pack_permissions"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="staff",
            options={
                "permissions": [
                    ("see_all_desks", "see the cases of every desk"),
                    ("see_runs", "see the nights, their totals and the quarantine"),
                    ("see_strategies", "see the strategies, their trials and experiments"),
                    ("edit_strategies", "write strategies, try them and plan experiments"),
                    ("approve_strategies", "approve or refuse what another wrote"),
                    ("see_packs", "see the policy packs and the law behind them"),
                    ("edit_packs", "bring policy packs in and ask for them to be put in force"),
                    ("approve_packs", "approve or refuse that a policy pack is in force"),
                    ("lift_holds", "lift holds and end what protects a person"),
                    (
                        "see_contacts",
                        "see every contact that was asked for and what the gate answered",
                    ),
                    ("export_contacts", "take the contacts out as a file"),
                ],
                "verbose_name": "user",
                "verbose_name_plural": "users",
            },
        ),
    ]
