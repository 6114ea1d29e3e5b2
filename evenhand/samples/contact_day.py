"""A day of contacts for a demo: asked of the real gate, permitted or refused by the packs in force, sent and told of.

The gate's clock is moved through the day by hand, which only a demo allows, and is the server's own again afterwards.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql

from evenhand.cycle.day import place_hold, record_opt_out_from_reply, record_standing
from evenhand.outreach.clock import REAL
from evenhand.outreach.gate import request_contact, sent
from evenhand.outreach.results import ended
from evenhand.outreach.rules import LineRecord

MOBILE = "mobile"
SAID_BY_BANK, SAID_BY_AGENCY = ["INSTITUTION"], ["INSTITUTION", "AGENCY", "ENTRUSTING_BANK"]
LETTER_FIELDS = [
    "NAME_BALANCE", "REASON_REGULATIONS", "RIGHTS_DUTIES", "QUERY_PAY_OBJECT_EVIDENCE", "BANK_CONTACT", "BUSINESS_SEAL",
]  # fmt: skip
TEXT = {
    "act": "TEXT", "point": MOBILE, "purpose": "REMIND",
    "more": {"signature": True, "disclosures": SAID_BY_BANK},
}  # fmt: skip
CALL = {
    "act": "CALL", "point": MOBILE, "place": "MOBILE", "more": {"recording": True, "disclosures": SAID_BY_BANK},
}  # fmt: skip
ROBOT = CALL | {"actor": "ROBOT"}
AGENCY = CALL | {
    "collector": "HAIRUI", "actor": "AGENCY", "more": {"recording": True, "disclosures": SAID_BY_AGENCY},
}  # fmt: skip
UNNAMED_AGENCY = AGENCY | {"more": {"recording": True, "disclosures": SAID_BY_BANK}}
FRIEND = {"act": "CALL", "to": "reserved-1", "role": "FRIEND", "more": {"recording": True}}
LETTER = {"act": "LETTER", "point": "address-1", "more": {"letter_fields": LETTER_FIELDS}}
SHORT_LETTER = LETTER | {"more": {"letter_fields": LETTER_FIELDS[:-1]}}
VISIT = {
    "act": "VISIT", "point": "address-1", "actor": "FIELD_STAFF",
    "more": {"collectors": 2, "id_shown": True, "audio_video_recording": True},
}  # fmt: skip
LONE_VISIT = VISIT | {"more": VISIT["more"] | {"collectors": 1}}  # type: ignore[operator]
UNANSWERED, DELIVERED = LineRecord("UNANSWERED", "PBX", 0), LineRecord("DELIVERED", "CHANNEL")
TALK, SHORT_TALK = LineRecord("CONVERSATION", "PBX", 142), LineRecord("ANSWERED", "PBX", 6)


@dataclass(frozen=True, slots=True)
class Step:
    """What is done at a time of the day: something asked of the gate and how it ended, or something learnt."""

    at: time
    asked: Mapping[str, Any] = field(default_factory=dict)
    line: LineRecord | None = None
    verified: bool | None = None
    typed: str = ""
    learnt: Callable[[UUID, datetime], object] | None = None


def a_day_of_contacts(
    *, people: Sequence[tuple[UUID, str]], day: date, zone: ZoneInfo, owner_url: str
) -> tuple[int, int]:
    """Contact these people through one day of the bank; returns how many contacts were permitted and refused.

    Each is a person and the key of her mobile number, empty where none is known; she lives one of a few days
    (`STORIES`), in turn. `owner_url` is of the role that owns the tables.
    """
    steps = sorted(
        (
            (step.at, number, customer, mobile, step)
            for number, (customer, mobile) in enumerate(people)
            for step in STORIES[number % len(STORIES)]
        ),
        key=lambda found: found[:2],
    )
    permitted = refused = 0
    with moved_clock(owner_url) as stand_at:
        for at, number, customer, mobile, step in steps:
            now = datetime.combine(day, at, zone).astimezone(UTC) + timedelta(seconds=7 * number)
            stand_at(now)
            if step.learnt is not None:
                step.learnt(customer, now)
                continue
            asked = dict(step.asked)
            if asked.get("point") == MOBILE:
                asked["point"] = mobile
            permit = request_contact(
                customer_id=customer, request_key=f"demo-{day}-{number}-{at}", by="demo", **asked
            )
            permitted, refused = permitted + permit.allowed, refused + (not permit.allowed)
            if permit.allowed and step.line is not None:
                stand_at(now + timedelta(seconds=2))
                going = sent(permit, by="demo")
                if going.state == "SENT":
                    ended(
                        contact=permit.id,
                        by="demo",
                        line=step.line,
                        verified=step.verified,
                        typed_result=step.typed,
                    )
    return permitted, refused


@contextmanager
def moved_clock(owner_url: str) -> Iterator[Callable[[datetime], None]]:
    """The gate's clock moved by hand, as the owner of the tables; the server's own again afterwards."""
    replace = sql.SQL(
        "CREATE OR REPLACE FUNCTION gate_clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS {}"
    )
    with psycopg.connect(owner_url, autocommit=True) as owner:

        def stand_at(moment: datetime) -> None:
            owner.execute(replace.format(f"SELECT '{moment.isoformat()}'::timestamptz"))

        try:
            yield stand_at
        finally:
            owner.execute(replace.format(" ".join(REAL)))


def _disputes(customer: UUID, now: datetime) -> None:
    day = now.date()
    place_hold(
        customer_id=customer, reason="DISPUTE", on=day, until_on=day + timedelta(days=15), by=None, now=now,
        note="称有一笔消费非本人所为",
    )  # fmt: skip


def _opts_out(customer: UUID, now: datetime) -> None:
    record_opt_out_from_reply(customer_id=customer, text="TD", came_by="TEXT", by=None, now=now)


def _keeps_a_plan(customer: UUID, now: datetime) -> None:
    record_standing(
        customer_id=customer, kind="PLAN_HONOURED", detail={}, from_at=now, until_at=now + timedelta(days=360),
        source="BANK", evidence="个性化分期协议", by=None, now=now,
    )  # fmt: skip


def _prefers(customer: UUID, now: datetime) -> None:
    for kind, detail, words in (
        ("INCONVENIENT_TIME", {"opens": "09:00", "closes": "12:00"}, "上午上课，下午再打"),
        ("CONSENT", {"scope": "HOURS"}, "晚上十点半以后也可以打"),
    ):
        record_standing(
            customer_id=customer, kind=kind, detail=detail, from_at=now, source="CARDHOLDER", evidence=words, by=None,
            now=now,
        )  # fmt: skip


STORIES: tuple[tuple[Step, ...], ...] = (
    (  # reminded, then spoken to three times by three of us: nobody calls again today
        Step(time(9, 5), TEXT, DELIVERED),
        Step(time(10, 12), ROBOT, TALK, True),
        Step(time(13, 40), CALL, TALK, True),
        Step(time(15, 30), AGENCY, TALK, True),
        Step(time(17, 5), CALL),
    ),
    (  # never answers one number
        *(Step(time(hour, 20), ROBOT, UNANSWERED) for hour in (9, 10, 11, 14, 16, 18)),
        Step(time(19, 10), CALL),
        Step(time(22, 15), TEXT),
    ),
    (  # answers a message with TD
        Step(time(9, 5), TEXT, DELIVERED),
        Step(time(9, 31), learnt=_opts_out),
        Step(time(14, 0), TEXT),
        Step(time(15, 0), LETTER, DELIVERED),
    ),
    (  # disputes a charge in the first talk
        Step(time(10, 40), CALL, TALK, True),
        Step(time(10, 55), learnt=_disputes),
        Step(time(16, 20), AGENCY),
    ),
    (  # an agency that does not name itself, a friend who is no party, a letter that lacks the seal
        Step(time(11, 10), UNNAMED_AGENCY),
        Step(time(11, 40), FRIEND),
        Step(time(12, 0), SHORT_LETTER),
        Step(time(14, 30), CALL, SHORT_TALK, None, "UNANSWERED"),
    ),
    (  # visited by two, not by one, and left alone while a plan is kept
        Step(time(9, 50), LONE_VISIT),
        Step(time(10, 30), VISIT, DELIVERED),
        Step(time(13, 0), learnt=_keeps_a_plan),
        Step(time(15, 10), CALL),
    ),
    (  # asks not to be called in the morning, and agrees to a call at night
        Step(time(9, 15), CALL, TALK, True),
        Step(time(9, 20), learnt=_prefers),
        Step(time(10, 30), ROBOT),
        Step(time(22, 40), TEXT, DELIVERED),
    ),
)  # fmt: skip
