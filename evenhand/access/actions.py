"""Adding staff."""

from typing import Literal

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from evenhand.access.models import Desk, Staff

Role = Literal["collector", "supervisor", "analyst"]

PERMISSIONS: dict[Role, frozenset[str]] = {
    "collector": frozenset(),
    "supervisor": frozenset({"see_all_desks", "see_runs", "see_strategies", "approve_strategies"}),
    "analyst": frozenset({"see_runs", "see_strategies", "edit_strategies"}),
}


class StaffError(ValueError):
    """Staff who cannot be added; the message says why."""


@transaction.atomic
def add_staff(*, name: str, role: Role, desk: str, password: str) -> Staff:
    """Add someone who may log in. A collector works one desk, a supervisor sees them all, an analyst writes strategies.

    Raises StaffError when the role or desk is unknown, a collector has no desk, or the name is taken.
    """
    if role not in PERMISSIONS:
        raise StaffError(f"{role!r} is no role; expected one of {', '.join(PERMISSIONS)}")
    if desk and desk not in Desk.values:
        raise StaffError(f"{desk!r} is no desk; expected one of {', '.join(Desk.values)}")
    if role == "collector" and not desk:
        raise StaffError(f"a collector works one desk; expected one of {', '.join(Desk.values)}")
    if Staff.objects.filter(username=name).exists():
        raise StaffError(f"{name!r} is taken")
    staff: Staff = Staff.objects.create_user(username=name, password=password, desk=desk)
    staff.groups.add(_group(role))
    return staff


def _group(role: Role) -> Group:
    """The group of a role, with exactly the permissions the role has now."""
    group, _ = Group.objects.get_or_create(name=role)
    codenames = PERMISSIONS[role]
    group.permissions.set(
        Permission.objects.filter(content_type__app_label="access", codename__in=codenames)
    )
    return group
