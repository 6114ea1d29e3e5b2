"""pre: policy packs and what of them is in force from when, kept as they are and approved with exactly this content."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

KEEP = """
CREATE TRIGGER policy_pack_is_kept BEFORE UPDATE OR DELETE ON rulebook_policypack FOR EACH ROW
  EXECUTE FUNCTION rulebook_keep();
CREATE TRIGGER pack_activation_is_never_deleted BEFORE DELETE ON rulebook_packactivation FOR EACH ROW
  EXECUTE FUNCTION rulebook_keep();
CREATE TRIGGER pack_activation_is_kept_but_for_its_answer BEFORE UPDATE ON rulebook_packactivation FOR EACH ROW
  WHEN (OLD.state <> 'ASKED'
    OR (NEW.id, NEW.pack_id, NEW.act, NEW.from_on, NEW.statement, NEW.asked_by_id, NEW.asked_at, NEW.approval_id)
       IS DISTINCT FROM
       (OLD.id, OLD.pack_id, OLD.act, OLD.from_on, OLD.statement, OLD.asked_by_id, OLD.asked_at, OLD.approval_id))
  EXECUTE FUNCTION rulebook_keep();

CREATE FUNCTION rulebook_pack_as_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.approval_id IS NULL  -- it came with the installation: no person had a hand in it, and nothing was before it
       AND EXISTS (SELECT FROM rulebook_policypack p WHERE p.id = NEW.pack_id AND p.imported_by_id IS NULL)
       AND NOT EXISTS (SELECT FROM rulebook_policypack p
                         JOIN rulebook_policypack other ON other.name = p.name
                         JOIN rulebook_packactivation a ON a.pack_id = other.id
                        WHERE p.id = NEW.pack_id AND a.id <> NEW.id)
     OR EXISTS (SELECT FROM approvals_approval a
                  JOIN rulebook_policypack p ON p.id = NEW.pack_id AND p.content_sha256 = a.digest
                 WHERE a.id = NEW.approval_id AND a.verdict = 'APPROVED' AND a.subject = 'PACK'
                   AND a.subject_id = NEW.id) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'this row of % names no approval of exactly this', TG_TABLE_NAME
    USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER pack_activation_is_one_that_was_approved AFTER INSERT OR UPDATE ON rulebook_packactivation
  FOR EACH ROW WHEN (NEW.state = 'APPROVED') EXECUTE FUNCTION rulebook_pack_as_approved();

CREATE FUNCTION rulebook_active_packs(at timestamptz) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(digest::text ORDER BY name), '{}')
    FROM (SELECT DISTINCT ON (p.name) p.name, p.digest, a.act
            FROM rulebook_packactivation a JOIN rulebook_policypack p ON p.id = a.pack_id
           WHERE a.state = 'APPROVED' AND a.from_at <= at
           ORDER BY p.name, a.from_at DESC, a.decided_at DESC, a.id DESC) latest
   WHERE act = 'ACTIVATE'
$$;
COMMENT ON FUNCTION rulebook_active_packs IS
  'Digests of the packs in force at an instant, by name; none: nothing is known to be allowed.';
"""

LET_GO = """
DROP FUNCTION rulebook_active_packs(timestamptz);
DROP TRIGGER pack_activation_is_one_that_was_approved ON rulebook_packactivation;
DROP FUNCTION rulebook_pack_as_approved();
DROP TRIGGER pack_activation_is_kept_but_for_its_answer ON rulebook_packactivation;
DROP TRIGGER pack_activation_is_never_deleted ON rulebook_packactivation;
DROP TRIGGER policy_pack_is_kept ON rulebook_policypack;
"""


def _person() -> models.ForeignKey:
    return models.ForeignKey(
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0003_kept_for_ever"),
        ("rulebook", "0004_only_what_was_approved"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyPack",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40)),
                ("version", models.CharField(max_length=40)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("content", models.BinaryField()),
                ("content_sha256", models.CharField(max_length=64)),
                ("imported_at", models.DateTimeField()),
                ("imported_by", _person()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["name", "version"], name="policy_pack_version_has_one_content"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="PackActivation",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                (
                    "act",
                    models.CharField(
                        choices=[("ACTIVATE", "Activate"), ("DEACTIVATE", "Deactivate")],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ASKED", "Asked"),
                            ("APPROVED", "Approved"),
                            ("REFUSED", "Refused"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        default="ASKED",
                        max_length=10,
                    ),
                ),
                ("from_on", models.DateField()),
                ("from_at", models.DateTimeField(null=True)),
                ("statement", models.CharField(blank=True, max_length=500)),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "approval",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="approvals.approval",
                    ),
                ),
                ("asked_by", _person()),
                (
                    "pack",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activations",
                        to="rulebook.policypack",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="pack_activation_approved_iff_it_counts",
                        condition=Q(
                            state="APPROVED", from_at__isnull=False, decided_at__isnull=False
                        )
                        | (~Q(state="APPROVED") & Q(from_at=None)),
                    ),
                    models.CheckConstraint(
                        name="pack_activation_asked_or_installed",
                        condition=Q(asked_by=None, approval=None, state="APPROVED", act="ACTIVATE")
                        | Q(asked_by__isnull=False, approval__isnull=False),
                    ),
                    models.CheckConstraint(
                        name="pack_activation_is_never_backdated",
                        condition=Q(from_at=None) | Q(from_at__gte=F("decided_at")),
                    ),
                ]
            },
        ),
        migrations.RunSQL(KEEP, LET_GO),
    ]
