"""What the database itself keeps of policy packs, whatever the code does."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from evenhand.rulebook import pack_acts
from evenhand.rulebook.models import PackActivation, PolicyPack
from tests.pack_texts import pack_text
from tests.packs import TODAY, a_pack, answered, asked, in_force
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("policypack", "content = ''"),
        ("policypack", "version = '9'"),
        ("packactivation", "from_at = from_at - interval '1 day'"),
        ("packactivation", "from_on = from_on + 1"),
        ("packactivation", "act = 'DEACTIVATE'"),
        ("packactivation", "state = 'REFUSED', from_at = NULL"),
    ],
)
def test_the_database_itself_keeps_packs_and_what_was_approved_of_them(table, change):
    in_force()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE rulebook_{table} SET {change}")


@pytest.mark.parametrize("model", [PolicyPack, PackActivation])
def test_no_pack_and_no_activation_is_deleted(model):
    in_force()
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.all()._raw_delete("default")


def test_the_database_itself_puts_nothing_in_force_without_an_approval():
    activation = asked(a_pack())
    with pytest.raises(IntegrityError, match="no approval"), transaction.atomic():
        PackActivation.objects.filter(id=activation).update(
            state="APPROVED", from_at=NOW, decided_at=NOW
        )


def test_the_database_itself_takes_no_approval_of_something_else():
    first, second = asked(a_pack()), asked(a_pack(pack_text("other")))
    answered(first)
    approved = PackActivation.objects.get(id=first)
    with pytest.raises(IntegrityError, match="no approval"), transaction.atomic():
        PackActivation.objects.create(
            pack=PackActivation.objects.get(id=second).pack,
            act="ACTIVATE",
            state="APPROVED",
            from_on=TODAY,
            from_at=NOW,
            asked_by=approved.asked_by,
            asked_at=NOW,
            decided_at=NOW,
            approval=approved.approval,
        )


def test_the_database_itself_lets_no_second_version_pass_for_what_came_with_the_installation():
    pack_acts.install_pack(content=pack_text().encode(), file="small", now=NOW)
    newer = a_pack(pack_text(version="2", most=2))
    with pytest.raises(IntegrityError, match="no approval"), transaction.atomic():
        PackActivation.objects.create(
            pack=PolicyPack.objects.get(digest=newer),
            act="ACTIVATE",
            state="APPROVED",
            from_on=TODAY,
            from_at=NOW,
            asked_at=NOW,
            decided_at=NOW,
        )


def test_the_database_itself_backdates_nothing():
    activation = asked(a_pack())
    with pytest.raises(IntegrityError, match="never_backdated"), transaction.atomic():
        PackActivation.objects.filter(id=activation).update(
            state="APPROVED", from_at=NOW, decided_at=NOW + timedelta(hours=1)
        )
