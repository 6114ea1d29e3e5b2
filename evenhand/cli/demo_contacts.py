"""Contacts for the demo: calls, texts and a visit asked of the real gate, so that its pages have answers to show."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from evenhand.cli.edge import clock

CASES = 18
AGENCY = "AGENCY-A"
RINGS = 3


def contact_some(say: Callable[[str], None]) -> None:
    """Ask the gate about some people of the worklist; what it refuses is part of the picture. Once is enough."""
    from evenhand.access.models import Staff
    from evenhand.casework.models import Case
    from evenhand.casework.queries import point_rows
    from evenhand.outreach.models import ContactEvent

    if ContactEvent.objects.exists():
        return
    say("asking the gate for calls, texts and a visit")
    by = Staff.objects.get(username="collector").id
    cases = Case.objects.filter(state=Case.State.OPEN).order_by("-priority", "id")[:CASES]
    for number, case in enumerate(cases):
        mobile = next((p.key for p in point_rows(case.customer_id) if p.kind == "MOBILE"), "")
        _ACTS[number % len(_ACTS)](case.customer_id, mobile, by)


def _ask(customer_id: UUID, by: UUID, key: str, **asked: Any) -> Any:
    from evenhand.outreach.gate import request_contact

    return request_contact(
        customer_id=customer_id, request_key=f"demo-{customer_id}-{key}", by=str(by), **asked
    )


def _call(
    customer_id: UUID, mobile: str, by: UUID, key: str, outcome: str, seconds: int, **asked: Any
) -> None:
    from evenhand.outreach.gate import sent
    from evenhand.outreach.results import ended
    from evenhand.outreach.rules import LineRecord

    permit = _ask(customer_id, by, key, act="CALL", point=mobile, place="MOBILE", **asked)
    if permit.allowed and sent(permit, by=str(by)).state == "SENT":
        line = LineRecord(outcome, "PBX", seconds)
        ended(contact=permit.id, by="pbx", line=line, verified=outcome == "ANSWERED")


def _talks(customer_id: UUID, mobile: str, by: UUID) -> None:
    """An agency reports two talks of this day, late; then the bank asks for one more."""
    from evenhand.outreach.afterwards import report_late
    from evenhand.outreach.asked import Asked
    from evenhand.outreach.rules import LineRecord

    asked = Asked("CALL", collector=AGENCY, actor="AGENCY", point=mobile, place="MOBILE")
    for minutes, seconds in ((9, 142), (4, 64)):
        report_late(
            customer_id=customer_id,
            report_key=f"demo-{customer_id}-{minutes}",
            happened_at=clock() - timedelta(minutes=minutes),
            by=AGENCY,
            asked=asked,
            line=LineRecord("ANSWERED", "AGENCY", seconds),
            verified=True,
        )
    _call(customer_id, mobile, by, "talk", "ANSWERED", 60)


def _nobody_answers(customer_id: UUID, mobile: str, by: UUID) -> None:
    """Calls to one number one after the other."""
    for number in range(RINGS):
        _call(customer_id, mobile, by, f"ring-{number}", "UNANSWERED", 0)


def _opts_out(customer_id: UUID, mobile: str, by: UUID) -> None:
    """She answers a text with TD; the next text is refused, a call is not."""
    from evenhand.cycle.day import record_opt_out_from_reply

    record_opt_out_from_reply(
        customer_id=customer_id, text="TD", came_by="TEXT", by=None, now=clock()
    )
    _ask(customer_id, by, "text", act="TEXT", point=mobile, place="MOBILE")
    _call(customer_id, mobile, by, "call", "ANSWERED", 118)


def _one_visitor(customer_id: UUID, _mobile: str, by: UUID) -> None:
    """A visit by one person who records nothing."""
    more = {"collectors": 1, "id_shown": True, "audio_video_recording": False}
    _ask(customer_id, by, "visit", act="VISIT", place="HOME", actor="FIELD_STAFF", more=more)


def _prefers(customer_id: UUID, mobile: str, by: UUID) -> None:
    """She cannot talk at work and has agreed to late calls."""
    from evenhand.cycle.day import record_standing

    now = clock()
    for kind, detail, words in (
        ("INCONVENIENT_PLACE", {"place": "WORK"}, "别打到公司 | not at work"),
        ("CONSENT", {"scope": "HOURS"}, "晚上十点半以后也可以打 | after half past ten is fine"),
    ):
        record_standing(
            customer_id=customer_id, kind=kind, detail=detail, from_at=now, source="CARDHOLDER",
            evidence=words, by=by, now=now,
        )  # fmt: skip
    _ask(customer_id, by, "work", act="CALL", point=mobile, place="WORK")


def _asks_a_neighbour(customer_id: UUID, _mobile: str, by: UUID) -> None:
    """A neighbour is no one to collect from."""
    _ask(customer_id, by, "neighbour", act="CALL", to="neighbour", role="NEIGHBOUR")


_ACTS = (_talks, _opts_out, _nobody_answers, _one_visitor, _prefers, _asks_a_neighbour)
