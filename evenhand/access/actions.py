"""Adding staff."""

import re
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from django.contrib.auth import authenticate
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.http import HttpRequest

from evenhand.access.models import Absence, Desk, Staff
from evenhand.journal import actions as journal

Role = Literal["collector", "supervisor", "manager", "analyst", "compliance"]

PERMISSIONS: dict[Role, frozenset[str]] = {
    "collector": frozenset(),
    "supervisor": frozenset(
        {
            "see_all_desks",
            "see_runs",
            "see_strategies",
            "approve_strategies",
            "see_packs",
            "approve_packs",
            "lift_holds",
            "see_contacts",
            "approve_arrangements",
            "correct_accounts",
            "work_instructions",
            "place_payments",
            "edit_texts",
            "lead_floor",
            "assign_cases",
        }
    ),
    "manager": frozenset(
        {
            "see_all_desks",
            "see_runs",
            "see_strategies",
            "approve_strategies",
            "see_packs",
            "approve_packs",
            "lift_holds",
            "see_contacts",
            "approve_arrangements",
            "approve_all_arrangements",
            "correct_accounts",
            "work_instructions",
            "place_payments",
            "edit_texts",
            "approve_texts",
            "lead_floor",
            "assign_cases",
        }
    ),
    "analyst": frozenset(
        {
            "see_runs",
            "see_strategies",
            "edit_strategies",
            "see_packs",
            "edit_packs",
        }
    ),
    "compliance": frozenset(
        {
            "see_all_desks",
            "see_runs",
            "see_strategies",
            "see_packs",
            "approve_packs",
            "lift_holds",
            "see_contacts",
            "export_contacts",
            "edit_texts",
            "approve_texts",
        }
    ),
}


CALLERS: tuple[Role, ...] = ("collector", "supervisor", "manager")
_EXTENSION = re.compile(r"\+?[0-9*#]{2,19}")


class StaffError(ValueError):
    """Staff who cannot be added; the message says why."""


@transaction.atomic
def add_staff(*, name: str, role: Role, desk: str, password: str) -> Staff:
    """Add someone who may log in: a collector works one desk, a supervisor and a compliance officer see them all.

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
    journal.record(
        kind="STAFF_ADDED",
        stream=journal.of_staff(staff.pk),
        who=None,
        at=staff.date_joined,
        detail={"role": role, "desk": desk},
    )
    return staff


@transaction.atomic
def set_extension(*, name: str, extension: str, now: datetime) -> None:
    """Say from which extension of the PBX a member of staff calls; empty: from none. Raises StaffError.

    Only who works cases calls people: collectors, supervisors and managers.
    """
    if extension and not _EXTENSION.fullmatch(extension):
        raise StaffError(f"{extension!r} is no extension; expected 2 to 20 of 0-9, *, # and +")
    staff = Staff.objects.select_for_update(no_key=True).filter(username=name).first()
    if staff is None:
        raise StaffError(f"nobody is called {name!r}")
    if extension and not staff.groups.filter(name__in=CALLERS).exists():
        raise StaffError(f"{name} calls nobody; expected one of {', '.join(CALLERS)}")
    if staff.extension == extension:
        return
    staff.extension = extension
    staff.save(update_fields=["extension"])
    journal.record(
        kind="EXTENSION_SET",
        stream=journal.of_staff(staff.pk),
        who=None,
        at=now,
        detail={"extension": extension},
    )


@transaction.atomic
def set_work(
    *,
    name: str,
    speaks: list[str],
    caseload_max: int | None,
    desk: str,
    by: UUID | None,
    now: datetime,
) -> None:
    """Say which cases a collector is given: of which desk, in which languages, how many at most. Raises StaffError."""
    if not speaks or set(speaks) - {"zh", "en"}:
        raise StaffError(f"{', '.join(speaks) or 'nothing'} is spoken; expected zh, en or both")
    if caseload_max is not None and caseload_max < 0:
        raise StaffError(f"a caseload of {caseload_max}; expected a number from 0, or none")
    if desk not in Desk.values:
        raise StaffError(f"{desk!r} is no desk; expected one of {', '.join(Desk.values)}")
    staff = _collector(name)
    staff.speaks, staff.caseload_max, staff.desk = sorted(set(speaks)), caseload_max, desk
    staff.save(update_fields=["speaks", "caseload_max", "desk"])
    journal.record(
        kind="WORK_SET", stream=journal.of_staff(staff.pk), who=by, at=now,
        detail={"desk": desk, "caseload_max": caseload_max, "speaks": staff.speaks},
    )  # fmt: skip


@transaction.atomic
def set_absent(
    *, name: str, from_on: date, until_on: date, reason: str, by: UUID | None, now: datetime
) -> None:
    """Say from which day until which (exclusive) a collector is not there; twice is once. Raises StaffError."""
    if until_on <= from_on:
        raise StaffError(f"an absence from {from_on} until {until_on}; expected a later end")
    if not reason.strip() or len(reason) > 100:
        raise StaffError("say why, in at most 100 characters")
    staff = _collector(name)
    _, new = Absence.objects.get_or_create(
        staff=staff,
        from_on=from_on,
        until_on=until_on,
        reason=reason,
        defaults={"recorded_at": now},
    )
    if new:
        journal.record(
            kind="ABSENCE_SET", stream=journal.of_staff(staff.pk), who=by, at=now,
            detail={"from_on": from_on.isoformat(), "until_on": until_on.isoformat(), "reason": reason},
        )  # fmt: skip


def _collector(name: str) -> Staff:
    staff = Staff.objects.select_for_update(no_key=True).filter(username=name).first()
    if staff is None or not staff.groups.filter(name="collector").exists():
        raise StaffError(f"no collector is called {name!r}")
    return staff


@transaction.atomic
def exported(*, by: UUID, what: str, rows: int, filters: str, now: datetime) -> None:
    """Write into the journal that a member of staff took a list out: which (a code), how long, and of what."""
    detail = {"what": what, "rows": rows, "filters": filters}
    journal.record(kind="EXPORTED", stream=journal.of_staff(by), who=by, at=now, detail=detail)


def staff_who_may(permission: str, *, name: str) -> Staff:
    """The active member of staff of that name, who holds the permission; raises StaffError when there is none."""
    staff = Staff.objects.filter(username=name, is_active=True).first()
    if staff is None:
        raise StaffError(f"nobody who may log in is called {name!r}")
    if not staff.has_perm(f"access.{permission}"):
        raise StaffError(f"{name} may not do this; her role lacks {permission!r}")
    return staff


def confirm_staff(staff: Staff, *, password: str) -> None:
    """Make sure that it is her at the command line, by her password as at the log-in; raises StaffError.

    Wrong passwords count as they do there. Who has an authenticator is sent to the pages, which ask for it too.
    """
    from allauth.mfa.utils import is_mfa_enabled  # needs the apps to be ready

    if is_mfa_enabled(staff):
        raise StaffError(f"{staff.username} uses an authenticator, so she does this on the pages")
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = "127.0.0.1"
    if authenticate(request, username=staff.username, password=password) != staff:
        raise StaffError(f"this is not the password of {staff.username}, or it was wrong too often")


def refresh_roles() -> None:
    """Give the roles that somebody has what they may do in this version."""
    for role in PERMISSIONS:
        if Group.objects.filter(name=role).exists():
            _group(role)


def _group(role: Role) -> Group:
    """The group of a role, with exactly the permissions the role has now."""
    group, _ = Group.objects.get_or_create(name=role)
    codenames = PERMISSIONS[role]
    group.permissions.set(
        Permission.objects.filter(content_type__app_label="access", codename__in=codenames)
    )
    return group
