"""What the workers of the simulation ask for: lawful contacts, and every kind of contact the Chinese rules refuse."""

from random import Random
from typing import Any

ALL_FIELDS = [
    "NAME_BALANCE", "REASON_REGULATIONS", "RIGHTS_DUTIES", "QUERY_PAY_OBJECT_EVIDENCE", "BANK_CONTACT", "BUSINESS_SEAL",
]  # fmt: skip
BANK = ["INSTITUTION"]
AGENCY = ["INSTITUTION", "AGENCY", "ENTRUSTING_BANK"]
THIRD_PARTIES = ("RESERVED_CONTACT", "FRIEND", "COLLEAGUE")
NOBODY = ("UNANSWERED", "BUSY", "OFF", "REJECTED", "NO_ANSWER_NO_VOICEMAIL")


def asked(random: Random) -> dict[str, Any]:
    """One thing to ask the gate for; most are lawful calls and messages, so that the caps are reached."""
    return random.choices(list(SCENES), weights=list(SCENES.values()))[0](random)


def _call(random: Random, **more: Any) -> dict[str, Any]:
    collector, actor, said = random.choice(
        [
            ("BANK", "FIRST_PARTY", BANK),
            ("BANK", "ROBOT", BANK),
            ("AGENCY_A", "AGENCY", AGENCY),
            ("AGENCY_B", "AGENCY", AGENCY),
        ]
    )
    return {
        "act": "CALL",
        "point": random.choice(["m1", "m1", "m1", "m2"]),
        "place": "MOBILE",
        "collector": collector,
        "actor": actor,
        "more": {"disclosures": said, "recording": True, **more},
    }


def _message(random: Random) -> dict[str, Any]:
    act = random.choice(["TEXT", "TEXT", "EMAIL", "PUSH"])
    return {"act": act, "point": "m1", "more": {"disclosures": BANK, "signature": True}}


def _letter(random: Random) -> dict[str, Any]:
    fields = ALL_FIELDS if random.random() < 0.6 else random.sample(ALL_FIELDS, 5)
    return {"act": "LETTER", "point": "a1", "more": {"letter_fields": fields}}


def _visit(random: Random) -> dict[str, Any]:
    spoilt = random.choice(["", "", "collectors", "id_shown", "audio_video_recording", "enters"])
    more: dict[str, Any] = {"collectors": 2, "id_shown": True, "audio_video_recording": True}
    if spoilt == "enters":
        more |= {"enters": True}
    elif spoilt:
        more |= {spoilt: 1 if spoilt == "collectors" else False}
    return {"act": "VISIT", "point": "a1", "actor": "FIELD_STAFF", "more": more}


def _third_party(random: Random) -> dict[str, Any]:
    return {
        "act": "CALL",
        "to": random.choice(["t1", "t2"]),
        "role": random.choice(THIRD_PARTIES),
        "point": "r1",
        "purpose": random.choice(["COLLECT", "LOCATE", "LOCATE"]),
        "more": {"discloses_debt": random.random() < 0.3, "recording": True},
    }


def _family(random: Random) -> dict[str, Any]:
    return {"act": "CALL", "to": "t3", "role": "SPOUSE", "point": "s1", "more": {"recording": True}}


def _unlawful(random: Random) -> dict[str, Any]:
    """One contact with one thing wrong that no rule lets pass."""
    agency = {"collector": "AGENCY_A", "actor": "AGENCY"}
    wrong: list[dict[str, Any]] = [
        _call(random) | {"more": {"disclosures": [], "recording": True}},
        _call(random) | agency | {"more": {"disclosures": BANK, "recording": True}},
        _call(random, recording=False),
        _call(random, caller_number_altered=True),
        _call(random, content_flags=[random.choice(["THREAT", "INSULT", "MISLEADING"])]),
        _call(random, contact_source=random.choice(["BOUGHT", "SOCIAL_MEDIA"])),
        _call(random, disclosures=AGENCY, speaks_as_bank=True) | agency,
        _call(random, disclosures=AGENCY, device="PRIVATE") | agency,
        _call(random, disclosures=AGENCY, subcontracted=True) | agency,
        _call(random, disclosures=AGENCY) | {"collector": "BUYER", "actor": "DEBT_BUYER"},
        {"act": "TEXT", "point": "m1", "more": {"disclosures": BANK, "signature": False}},
        {"act": "TEXT", "point": "m1", "more": {"disclosures": BANK, "signature": True, "marketing": True}},
        {"act": "SOCIAL_PUBLIC", "more": {}},
    ]  # fmt: skip
    return random.choice(wrong)


SCENES = {
    _call: 50,
    _message: 26,
    _letter: 5,
    _visit: 6,
    _third_party: 6,
    _family: 2,
    _unlawful: 10,
}


def line(random: Random) -> tuple[str, int | None, bool | None, str]:
    """What the line says of a call: its outcome, talk seconds, whether the debtor was verified, and what was typed."""
    drawn = random.random()
    if drawn < 0.68:
        return random.choice(NOBODY), 0, None, ""
    if drawn < 0.73:
        return "ANSWERED", 95, None, "UNANSWERED"  # a typed result against the line
    if drawn < 0.78:
        return "ANSWERED", random.choice([3, 9]), None, ""  # too short to be a talk
    if drawn < 0.85:
        return "ANSWERED", random.choice([10, 40]), False, ""
    return "CONVERSATION", random.randint(15, 300), True, ""
