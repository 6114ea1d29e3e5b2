"""Holds, wishes, needs and exceptions: what stops an act, what lifts a refusal, and what holds when nobody knows."""

from datetime import UTC, date, datetime, timedelta

import pytest

from evenhand.compliance.deadlines import deadlines, due_days
from evenhand.compliance.explain import explain
from evenhand.compliance.facts import Debt, Event, Facts, Hold, Standing
from evenhand.compliance.judge import judge
from tests.rules.judging import NOON, call, called, codes, facts, judged, pack, rule

DAY = timedelta(days=1)
TWO = {"debts": (Debt("D1"), Debt("D2"))}
DISPUTE = rule("hold", holds="DISPUTE", when={"act": ["CALL", "CHARGE", "START_LEGAL_ACTION"]})


def hold(kind: str = "DISPUTE", **said) -> Hold:
    return Hold(**{"kind": kind, "from_at": NOON - DAY, "until_at": None, **said})


@pytest.mark.parametrize(
    ("held", "act", "decision"),
    [
        (hold(), {}, "DENY"),
        (hold("COMPLAINT"), {}, "ALLOW"),
        (hold(until_at=NOON), {}, "ALLOW"),
        (hold(from_at=NOON + DAY), {}, "ALLOW"),
        (hold(debts=("D1",)), {"debts": ("D2",)}, "ALLOW"),
        (hold(debts=("D1",)), {}, "DENY"),  # a call about all debts is about that one too
        (hold(effects=("INTEREST",)), {}, "ALLOW"),
        (
            hold(effects=("INTEREST",)),
            {"act": "CHARGE", "more": {"charge_kind": "INTEREST"}},
            "DENY",
        ),
        (hold(effects=("INTEREST",)), {"act": "CHARGE", "more": {"charge_kind": "FEE"}}, "ALLOW"),
        (hold(effects=("LEGAL",)), {"act": "START_LEGAL_ACTION"}, "DENY"),
    ],
)
def test_a_hold_stops_what_it_is_for(held, act, decision):
    assert judged(facts(act=call(**act), holds=(held,), **TWO), DISPUTE).decision == decision


def test_a_hold_on_part_of_a_debt_leaves_the_rest():
    part = {**DISPUTE, "by_part": True}
    held = (hold(more={"components": ["LATE_FEE"]}),)
    assert (
        judged(facts(act=call(more={"components": ["PRINCIPAL"]}), holds=held), part).decision
        == "ALLOW"
    )
    assert judged(facts(act=call(), holds=held), part).decision == "DENY"
    assert (
        judged(facts(act=call(more={"components": ["PRINCIPAL"]}), holds=held), DISPUTE).decision
        == "DENY"
    )


ATTORNEY = rule(
    "hold", standing="ATTORNEY", where={"contact_known": True, "unresponsive": {"not": True}}
)


@pytest.mark.parametrize(
    ("more", "decision"),
    [
        ({"contact_known": True}, "DENY"),
        ({"contact_known": True, "unresponsive": False}, "DENY"),
        ({"contact_known": True, "unresponsive": True}, "ALLOW"),
        ({"contact_known": False}, "ALLOW"),
    ],
)
def test_a_standing_fact_stops_where_what_is_said_of_it_fits(more, decision):
    assert (
        judged(facts(standing=(Standing("ATTORNEY", NOON - DAY, more=more),)), ATTORNEY).decision
        == decision
    )


def test_a_third_party_who_said_stop_is_left_alone_and_others_are_not():
    stop = rule("hold", standing="THIRD_PARTY_STOP")
    said = (Standing("THIRD_PARTY_STOP", NOON - DAY, more={"to": "F"}),)
    assert judged(facts(act=call(to="F"), standing=said), stop).decision == "DENY"
    assert judged(facts(act=call(), standing=said), stop).decision == "ALLOW"


OPT_OUT = rule(
    "opt_out", when={"act": ["CALL", "TEXT", "EMAIL", "LETTER"]}, unless=[
        {"when": {"purpose": "OPT_OUT_CONFIRMATION", "content_only_confirmation": True},
         "code": "OPT_OUT_CONFIRMATION"},
        {"when": {"first_reply_in_medium": True}, "code": "RESPOND_ONCE"},
        {"when": {"basis": "REQUIRED_BY_LAW"}, "code": ""},
    ],
)  # fmt: skip


def wrote(text: str, ago: timedelta = DAY, **said) -> Event:
    return Event(NOON - ago, "TEXT", "IN", more={"text": text}, **said)


@pytest.mark.parametrize(
    ("said", "act", "decision"),
    [
        ({"media": ["TEXT"]}, {"act": "TEXT"}, "DENY"),
        ({"media": ["TEXT"]}, {"act": "CALL"}, "ALLOW"),
        ({"point": "A"}, {"act": "CALL", "point": "A"}, "DENY"),
        ({"point": "A"}, {"act": "CALL", "point": "B"}, "ALLOW"),
        ({"point": "A"}, {"act": "CALL"}, "DENY"),  # nobody says which number
        ({}, {"act": "LETTER"}, "DENY"),
        ({}, {"act": "LETTER", "basis": "REQUIRED_BY_LAW"}, "ALLOW"),
    ],
)
def test_a_standing_opt_out_covers_its_media_or_address(said, act, decision):
    standing = (Standing("OPT_OUT", NOON - DAY, more=said),)
    assert judged(facts(act=call(**act), standing=standing), OPT_OUT).decision == decision


@pytest.mark.parametrize(
    ("event", "act", "decision"),
    [
        (wrote("STOP"), {"act": "TEXT"}, "DENY"),
        (wrote("不要再给我发短信了"), {"act": "TEXT"}, "DENY"),
        (wrote("Can you stop by tomorrow?"), {"act": "TEXT"}, "ALLOW"),
        (wrote("STOP", point="A"), {"act": "TEXT", "point": "B"}, "ALLOW"),
        (
            wrote("STOP", to="F"),
            {"act": "TEXT"},
            "ALLOW",
        ),  # a third party's wish is for her own phone
        (called(DAY, "CONVERSATION", more={"stop_medium": "PHONE"}), {"act": "CALL"}, "DENY"),
        (called(DAY, "CONVERSATION", more={"stop_medium": "PHONE"}), {"act": "TEXT"}, "ALLOW"),
        (wrote("STOP"), {"act": "TEXT", "at": NOON - 2 * DAY}, "ALLOW"),  # it had not come yet
    ],
)
def test_what_she_wrote_or_said_is_read_as_a_reasonable_person_would(event, act, decision):
    assert judged(facts(event, act=call(**act)), OPT_OUT).decision == decision


def test_after_an_opt_out_one_bare_confirmation_and_one_reply_pass():
    stop = wrote("STOP", 2 * DAY)
    confirmation = {
        "act": "TEXT",
        "purpose": "OPT_OUT_CONFIRMATION",
        "more": {"content_only_confirmation": True},
    }
    assert codes(judged(facts(stop, act=call(**confirmation)), OPT_OUT)) == ["OPT_OUT_CONFIRMATION"]
    asked = wrote("what do I owe?")
    assert codes(judged(facts(stop, asked, act=call(act="TEXT")), OPT_OUT)) == ["RESPOND_ONCE"]
    replied = Event(NOON - DAY / 2, "TEXT")
    assert judged(facts(stop, asked, replied, act=call(act="TEXT")), OPT_OUT).decision == "DENY"
    again = wrote("STOP", DAY / 2)
    assert judged(facts(asked, again, act=call(act="TEXT")), OPT_OUT).decision == "DENY"


CONSENT = rule(
    "consent",
    scope="MESSAGES",
    fresh_days=60,
    alternatives=[{"safe_harbor": True}],
    unknown="DENY",
    when={"act": "TEXT"},
)


@pytest.mark.parametrize(
    ("standing", "more", "decision"),
    [
        ([], {}, "DENY"),
        ([], {"safe_harbor": False}, "DENY"),
        ([], {"safe_harbor": True}, "ALLOW"),
        ([(60, {})], {}, "ALLOW"),
        ([(61, {})], {}, "DENY"),
        ([(1, {"media": ["EMAIL"]})], {}, "DENY"),
        ([(1, {"media": ["TEXT"]})], {}, "ALLOW"),
    ],
)
def test_a_message_needs_consent_that_is_fresh_or_what_does_as_well(standing, more, decision):
    stands = tuple(
        Standing("CONSENT", NOON - d * DAY, more={"scope": "MESSAGES", **m}) for d, m in standing
    )
    assert (
        judged(facts(act=call(act="TEXT", more=more), standing=stands), CONSENT).decision
        == decision
    )


VISIT = rule(
    "require",
    when={"act": "VISIT"},
    needs={"collectors": {"min": 2}, "id_shown": True},
    unknown="REVIEW",
)


@pytest.mark.parametrize(
    ("more", "decision"),
    [
        ({"collectors": 2, "id_shown": True}, "ALLOW"),
        ({"collectors": 1, "id_shown": True}, "DENY"),
        ({"collectors": 1}, "DENY"),  # one thing known to be wrong is enough
        ({"collectors": 2}, "REVIEW"),
        ({}, "REVIEW"),
    ],
)
def test_what_is_needed_and_not_known_is_as_the_rule_states(more, decision):
    assert judged(facts(act=call(act="VISIT", more=more)), VISIT).decision == decision


def test_what_is_missing_of_a_list_is_named():
    letter = rule("require", when={"act": "LETTER"}, unknown="DENY",
                  needs={"letter_fields": {"all": ["BANK_CONTACT", "BUSINESS_SEAL"]}})  # fmt: skip
    verdict = judged(
        facts(act=call(act="LETTER", more={"letter_fields": ["BANK_CONTACT"]})), letter
    )
    assert verdict.reasons[0].numbers["missing"] == ["BUSINESS_SEAL"]


def test_the_first_exception_that_holds_replaces_the_refusal():
    family = rule("forbid", when={"act": "CALL", "role": "SPOUSE"}, unless=[
        {"when": {"joint_debt_proven": True, "legal_sign_off": True}, "code": "JOINT_DEBT"},
        {"when": {"joint_debt_proven": True}, "code": "SIGN_OFF", "effect": "REVIEW"},
    ])  # fmt: skip
    for known, expected in (
        ({"joint_debt_proven": True, "legal_sign_off": True}, ("ALLOW", ["JOINT_DEBT"])),
        ({"joint_debt_proven": True}, ("REVIEW", ["SIGN_OFF"])),
        ({"legal_sign_off": True}, ("DENY", ["R"])),
    ):
        verdict = judged(facts(act=call(role="SPOUSE"), known=known), family)
        assert (verdict.decision, codes(verdict)) == expected


def test_all_packs_are_asked_and_the_strictest_wins():
    soft = pack(rule("forbid", effect="REVIEW"), head={"name": "soft"})
    hard = pack(
        rule("forbid"),
        rule("forbid", code="S", when={"act": ["CALL", "TEXT"]}),
        head={"name": "hard"},
    )
    verdict = judge(facts(), [soft, hard])
    assert (verdict.decision, codes(verdict), verdict.packs) == (
        "DENY",
        ["R", "R", "S"],
        ("soft@1", "hard@1"),
    )


def test_a_pack_binds_whom_it_says_from_its_first_day_until_its_last():
    agencies = pack(rule("forbid"), head={"applies_to": {"actor": "AGENCY"}})
    assert judge(facts(), [agencies]).packs == ()
    assert judge(facts(act=call(actor="AGENCY")), [agencies]).decision == "DENY"
    assert judge(facts(), [agencies.binding_all()]).decision == "DENY"
    june = pack(
        rule("forbid"), head={"valid_from": date(2026, 6, 17), "valid_to": date(2026, 6, 18)}
    )
    for day, decision in ((-1, "ALLOW"), (0, "DENY"), (1, "ALLOW")):
        assert judge(facts(act=call(at=NOON + day * DAY)), [june]).decision == decision


def test_the_version_of_a_rule_that_is_in_force_speaks():
    old = rule(
        "cap", max=5, window={"period": "DAY"}, counts={"act": "CALL"}, valid_to=date(2026, 6, 17)
    )
    new = {**old, "max": 1, "valid_from": date(2026, 6, 17)}
    del new["valid_to"]
    both = pack(old, {**new, "code": "NEW"})
    events = [called(timedelta(hours=n)) for n in (1, 25)]
    assert codes(judge(facts(*events), [both])) == ["NEW"]
    assert judge(facts(*events, act=call(at=NOON - DAY)), [both]).decision == "ALLOW"


def test_a_reason_is_a_sentence_in_either_language_with_its_citation():
    talks = rule(
        "cap", max=1, window={"period": "DAY"}, counts={"act": "CALL"}, article="3",
        text={"zh": "今日已{count}次（委外{by_agencies}次）", "en": "{count} of {max} today: {by}"},
    )  # fmt: skip
    packs = [pack(talks)]
    events = [
        called(timedelta(hours=1)),
        called(timedelta(hours=2), collector="A17", talk_seconds=0),
    ]
    verdict = judge(facts(*events), packs)
    assert explain(verdict, packs, "zh-hans")[0].sentence == "今日已2次（委外1次）"
    [reason] = explain(verdict, packs, "en")
    assert (reason.sentence, reason.instrument, reason.article) == (
        "2 of 1 today: the bank 1, agency A17 1",
        "a test",
        "3",
    )


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("zh-hans", "缺少：业务章、银行联系方式。"),
        ("en", "Lacks business seal, contact of the bank."),
    ],
)
def test_a_code_in_a_sentence_is_said_in_the_words_of_the_page(language, sentence):
    fields = ["NAME_BALANCE", "BUSINESS_SEAL", "BANK_CONTACT"]
    letters = rule(
        "require", when={"act": "LETTER"}, needs={"letter_fields": {"all": fields}}, unknown="DENY",
        text={"zh": "缺少：{missing}。", "en": "Lacks {missing}."},
    )  # fmt: skip
    packs = [pack(letters)]
    letter = call(act="LETTER", more={"letter_fields": ["NAME_BALANCE"]})
    [reason] = explain(judge(facts(act=letter), packs), packs, language)
    assert reason.sentence == sentence


@pytest.mark.parametrize(
    ("until", "language", "sentence"),
    [
        (None, "zh-hans", "争议，自2026-06-16 12:00至另行终止"),
        (None, "en", "dispute from 2026-06-16 12:00 until it is ended"),
        (NOON + DAY, "en", "dispute from 2026-06-16 12:00 until 2026-06-18 12:00"),
    ],
)
def test_a_hold_in_a_sentence_is_named_and_its_times_are_of_the_packs_zone(
    until, language, sentence
):
    held = rule(
        "hold", holds=["DISPUTE"],
        text={"zh": "{kind}，自{since}至{until}", "en": "{kind} from {since} until {until}"},
    )  # fmt: skip
    packs = [pack(held)]
    holds = (Hold("DISPUTE", NOON - DAY, until),)
    [reason] = explain(judge(facts(holds=holds), packs), packs, language)
    assert reason.sentence == sentence


def test_a_reason_that_rests_on_what_nobody_knows_says_so():
    hours = rule("hours", opens="08:00", closes="21:00", unknown="DENY")
    packs = [pack(hours)]
    [reason] = explain(judge(facts(locations=()), packs), packs, "en")
    assert reason.sentence == "No. (Not known; the cautious answer holds.)"


DEADLINES = [
    rule("deadline", gives="receipt", **{"from": "sent"}, business_days=5, calendar="US", when={}),
    rule("deadline", gives="end", **{"from": "receipt"}, days=30, when={}),
    rule("deadline", gives="keep", **{"from": "call_date"}, years=2, when={}),
    rule(
        "deadline",
        gives="inspected_by",
        **{"from": "agency_inspected_on"},
        years=1,
        end_of="YEAR",
        when={},
    ),
    rule(
        "deadline",
        gives="again",
        **{"from": "last_moratorium_end"},
        months=12,
        reached_by="application",
        when={},
    ),
]
US = [{"name": "US", "days": [date(2026, 12, 25)], "through": date(2026, 12, 31)}]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"sent": "2026-12-17"}, {"receipt": date(2026, 12, 24), "end": date(2027, 1, 23)}),
        ({"sent": date(2026, 12, 23)}, {"receipt": date(2026, 12, 31), "end": date(2027, 1, 30)}),
        (
            {"sent": "2026-12-24"},
            {"receipt": None, "end": None},
        ),  # the calendar does not reach so far
        ({"call_date": "2028-02-29"}, {"keep": date(2030, 2, 28)}),
        ({"agency_inspected_on": "2025-12-10"}, {"inspected_by": date(2026, 12, 31)}),
        ({}, {}),
    ],
)
def test_deadlines_follow_from_the_dates_that_are_known(known, expected):
    found = due_days([pack(*DEADLINES, calendar=US)], known, date(2026, 6, 17))
    assert {name: due.day for name, due in found.items()} == expected


@pytest.mark.parametrize(("day", "reached"), [("2027-01-14", False), ("2027-01-15", True)])
def test_a_deadline_says_whether_a_date_has_reached_it(day, reached):
    known = {"last_moratorium_end": "2026-01-15", "application": day}
    assert (
        deadlines(facts(known=known), [pack(*DEADLINES, calendar=US)])["again"].reached is reached
    )


def test_what_is_due_at_once_is_an_action():
    tell = rule("forbid", effect="ALLOW", when={"act": "HOLD_RECEIVED", "placed_with": {"given": True}},
                actions=["NOTIFY_AGENT", "STOP_AGENT_WORK"])  # fmt: skip
    act = call(act="HOLD_RECEIVED")
    verdict = judged(facts(act=act, known={"placed_with": "A17"}), tell)
    assert verdict.actions == ("NOTIFY_AGENT", "STOP_AGENT_WORK")
    assert judged(facts(act=act), tell).actions == ()


def test_stored_facts_and_what_is_read_of_them_are_judged_alike():
    one = facts(
        called(DAY, "CONVERSATION", more={"consent_scopes": ["HOURS"]}), holds=(hold(debts=("D1",)),),
        standing=(Standing("OPT_OUT", NOON - DAY, NOON + DAY, more={"media": ["TEXT"]}),), known={"dpd": 3},
    )  # fmt: skip
    again = Facts.read(one.stored())
    assert again.stored() == one.stored()
    assert judged(again, DISPUTE, OPT_OUT).stored() == judged(one, DISPUTE, OPT_OUT).stored()
    assert datetime.fromisoformat(one.stored()["act"][0]).tzinfo is UTC


def test_where_nobody_knows_the_place_days_are_those_of_each_pack():
    once = rule("cap", max=1, window={"period": "DAY"}, counts={"act": "CALL"})
    there = pack(once, head={"zone": "America/New_York"})  # where noon in Shanghai is midnight
    earlier = called(timedelta(hours=1))
    one = facts(earlier, locations=())
    assert judge(one, [pack(once)]).decision == "DENY"
    assert judge(one, [there]).decision == "ALLOW"
    assert [
        reason.pack for reason in judge(one, [there, pack(once, head={"name": "cn"})]).reasons
    ] == ["cn@1"]
