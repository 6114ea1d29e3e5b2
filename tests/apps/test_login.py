"""Who may log in, and what each role opens."""

from datetime import date
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from evenhand.access.actions import StaffError, add_staff

pytestmark = pytest.mark.django_db

PASSWORD = "green river 77 stone"
OPEN_TO_ALL = {"account_login", "account_logout", "account_inactive", "set_language"}
OPEN_TO_CLIENTS = (
    "api:",
    "paygate-",
    "kannel-",
    "mail-",
    "letter-",
    "pbx-",
    "push-",
)  # known by tokens or signatures: test_api_door, test_paygate, test_mail, test_human_calls
SECOND_STEP = {"mfa_authenticate"}  # open to those who got past the password only


GIVEN = {
    "day": date(2026, 9, 28),
    "call_id": UUID("01920000-0000-7000-8000-000000000000"),
    "case_id": UUID("01920000-0000-7000-8000-000000000000"),
    "contact_id": UUID("01920000-0000-7000-8000-000000000000"),
    "hold_id": UUID("01920000-0000-7000-8000-000000000000"),
    "fact_id": UUID("01920000-0000-7000-8000-000000000000"),
    "kind": "CEASE",
    "account": "7",
    "account_key": "7",
    "customer_key": "7",
    "number": 1,
    "name": "treatment",
    "partition": 0,
    "posting_id": UUID("01920000-0000-7000-8000-000000000000"),
    "relief_id": UUID("01920000-0000-7000-8000-000000000000"),
    "message_id": UUID("01920000-0000-7000-8000-000000000000"),
    "token": "x",
    "reply_id": UUID("01920000-0000-7000-8000-000000000000"),
    "text_id": UUID("01920000-0000-7000-8000-000000000000"),
    "money_id": UUID("01920000-0000-7000-8000-000000000000"),
    "plan_id": UUID("01920000-0000-7000-8000-000000000000"),
    "instruction_id": UUID("01920000-0000-7000-8000-000000000000"),
    "subject": "PLAN",
    "subject_id": UUID("01920000-0000-7000-8000-000000000000"),
    "depth": "budget",
    "trial_id": UUID("01920000-0000-7000-8000-000000000000"),
    "permit": UUID("01920000-0000-7000-8000-000000000000"),
    "reference": "N-1",
    "what": "do",
    "activation_id": UUID("01920000-0000-7000-8000-000000000000"),
}


def addresses(patterns=None, space: str = "") -> dict[str, str]:
    """Every named address of the site, with something in place of what it takes."""
    found = {}
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else space
            found |= addresses(pattern.url_patterns, inner)
        else:
            name = f"{space}{pattern.name}"
            takes = pattern.pattern.converters
            found[name] = reverse(name, kwargs={given: GIVEN[given] for given in takes})
    return found


BEHIND_THE_DOOR = sorted(
    name
    for name in addresses().keys() - OPEN_TO_ALL - SECOND_STEP
    if not name.startswith(OPEN_TO_CLIENTS)
)


@pytest.mark.parametrize("name", BEHIND_THE_DOOR)
def test_nothing_is_shown_without_logging_in(client: Client, name: str) -> None:
    answer = client.get(addresses()[name])
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_login"))


def test_the_site_has_the_addresses_it_should_have() -> None:
    assert {"workbench:worklist", "workbench:case", "mfa_index"} <= addresses().keys()
    assert "account_signup" not in addresses()


@pytest.mark.parametrize(
    ("role", "desk", "status"), [("collector", "EARLY", 403), ("supervisor", "", 200)]
)
@pytest.mark.parametrize("page", ["workbench:runs", "workbench:quarantine"])
def test_the_nights_are_open_to_supervisors(
    client: Client, role: str, desk: str, status: int, page: str
) -> None:
    client.force_login(add_staff(name="someone", role=role, desk=desk, password=PASSWORD))
    assert client.get(reverse(page)).status_code == status


@pytest.mark.parametrize(
    ("role", "desk", "sentence"),
    [
        ("collector", "", "works one desk"),
        ("collector", "NIGHT", "is no desk"),
        ("owner", "EARLY", "is no role"),
    ],
)
def test_staff_who_cannot_be_are_refused(role: str, desk: str, sentence: str) -> None:
    with pytest.raises(StaffError, match=sentence):
        add_staff(name="someone", role=role, desk=desk, password=PASSWORD)


def test_a_name_is_given_once() -> None:
    add_staff(name="someone", role="collector", desk="LATE", password=PASSWORD)
    with pytest.raises(StaffError, match="taken"):
        add_staff(name="someone", role="supervisor", desk="", password=PASSWORD)


def test_a_role_has_the_permissions_it_has_now_and_no_others() -> None:
    first = add_staff(name="first", role="collector", desk="LATE", password=PASSWORD)
    first.groups.get().permissions.set([])
    second = add_staff(name="second", role="supervisor", desk="", password=PASSWORD)
    third = add_staff(name="third", role="analyst", desk="", password=PASSWORD)
    assert second.get_all_permissions() == {
        "access.see_all_desks", "access.see_runs", "access.see_strategies", "access.approve_strategies",
        "access.see_packs", "access.approve_packs", "access.lift_holds", "access.see_contacts",
        "access.approve_arrangements", "access.correct_accounts", "access.work_instructions",
        "access.place_payments", "access.edit_texts", "access.lead_floor", "access.assign_cases",
    }  # fmt: skip
    assert third.get_all_permissions() == {
        "access.see_runs", "access.see_strategies", "access.edit_strategies", "access.see_packs", "access.edit_packs",
    }  # fmt: skip
    fourth = add_staff(name="fourth", role="compliance", desk="", password=PASSWORD)
    assert fourth.has_perms(["access.see_contacts", "access.export_contacts", "access.lift_holds"])
    assert not second.has_perm("access.export_contacts")
    assert not second.has_perm("access.approve_all_arrangements")
    fifth = add_staff(name="fifth", role="manager", desk="", password=PASSWORD)
    assert fifth.get_all_permissions() == second.get_all_permissions() | {
        "access.approve_all_arrangements",
        "access.approve_texts",
    }
    assert first.get_all_permissions() == set()


def test_someone_who_left_may_not_log_in(client: Client) -> None:
    gone = add_staff(name="gone", role="collector", desk="LATE", password=PASSWORD)
    gone.is_active = False
    gone.save()
    client.post(reverse("account_login"), {"login": "gone", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
