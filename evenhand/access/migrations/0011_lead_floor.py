"""pre: who leads the floor."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0010_dial_scope"),
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
                    (
                        "approve_arrangements",
                        "approve plans and waivers within a supervisor's authority",
                    ),
                    ("approve_all_arrangements", "approve plans and waivers of any size"),
                    ("correct_accounts", "take charges back and give back what was paid too much"),
                    ("work_instructions", "see and work the instructions to the core"),
                    ("edit_texts", "write the texts of messages"),
                    ("approve_texts", "approve or refuse the text of a message"),
                    ("place_payments", "see money that nobody can place, and place it"),
                    (
                        "lead_floor",
                        "see who works on what, and look at what waits for a supervisor",
                    ),
                ],
                "verbose_name": "user",
                "verbose_name_plural": "users",
            },
        ),
    ]
