"""What holds of every verdict: order does not matter, restrictions never allow, no clock change opens an hour."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.compliance.facts import Act, Debt, Event, Facts, Hold, Location, Standing
from evenhand.compliance.judge import judge
from evenhand.compliance.nexts import next_allowed
from evenhand.compliance.packs import Pack, load_pack, shipped_packs
from evenhand.compliance.verdict import STRICTNESS
from evenhand.compliance.vocabulary import CONTACTS, HOLDS
from tests.rules.judging import pack, rule

ZONES = (
    "Asia/Shanghai",
    "Asia/Urumqi",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
)
STATES = ("US-MA", "US-DC", "US-NYC", "US-WA", "US-CA", "")


@cache
def shipped(name: str) -> Pack:
    return load_pack(name).binding_all()


def packs_of(name: str) -> list[Pack]:
    """A pack by itself, so that the denial of another hides nothing; or all of them."""
    return [shipped(n) for n in (shipped_packs() if name == "all" else [name])]


names = st.sampled_from([*shipped_packs(), *["cn", "us-fed", "uk", "house"], "all"])


NOW = datetime(
    2026, 11, 3, 4, tzinfo=UTC
)  # noon in Shanghai; clocks have just gone back in New York
nows = st.integers(-12 * 60, 24 * 60).map(lambda minutes: NOW + minutes * timedelta(minutes=1))
instants = st.one_of(st.integers(0, 10 * 60), st.integers(0, 12 * 24 * 60)).map(
    lambda minutes: NOW - minutes * timedelta(minutes=1)
)
debts = st.sampled_from([("D1",), ("D2",), ("D1", "D2"), ()])
calls = st.builds(
    lambda at, outcome, of, by, seconds, more, point: Event(
        at, "CALL", debts=of, collector=by, actor="FIRST_PARTY" if by == "BANK" else "AGENCY", outcome=outcome,
        place="MOBILE", point=point, talk_seconds=seconds, more=more,
    ),
    instants,
    st.sampled_from(["UNANSWERED", "VOICEMAIL", "BUSY", "CONVERSATION", "ANSWERED", ""]),
    debts,
    st.sampled_from(["BANK", "A17", "B03"]),
    st.sampled_from([None, 0, 4, 10, 95]),
    st.sampled_from([{}, {}, {"debts_mentioned": []}, {"typed_result": "UNANSWERED"}]),
    st.sampled_from(["A", "B"]),
)  # fmt: skip
messages = st.builds(
    lambda at, act, direction, more: Event(at, act, direction, debts=("D1",), point="A", more=more),
    instants,
    st.sampled_from(["TEXT", "EMAIL", "LETTER"]),
    st.sampled_from(["IN", "OUT"]),
    st.sampled_from([
        {}, {"text": "what do I owe?"}, {"text": "STOP"}, {"text": "别再打了"}, {"stop_medium": "PHONE"},
        {"consent_calls_from": "2026-11-01"}, {"revoke_calls_consent": True}, {"consent_scopes": ["LATE_CALLS"]},
        {"dispute_written": True, "dispute_scope": "ALL"}, {"content": "VERIFICATION"}, {"cease": True},
    ]),
)  # fmt: skip
acts = st.builds(
    lambda at, act, of, purpose, more: Act(
        at, act, debts=of, place="MOBILE", point="A", purpose=purpose, more=more
    ),
    nows,
    st.sampled_from([*["CALL"] * 4, "TEXT", "TEXT", "EMAIL", *sorted(CONTACTS)]),
    debts,
    st.sampled_from(["", "COLLECT", "REMIND", "AT_DEBTOR_REQUEST", "OPT_OUT_CONFIRMATION", "SERVICE"]),
    st.sampled_from([
        {}, {"opt_out_notice": True, "safe_harbor": True, "consent": True}, {"debts_mentioned": []},
        {"content_only_confirmation": True, "opt_out_notice": True, "safe_harbor": True, "consent": True},
        {"recording": True, "disclosures": ["INSTITUTION"], "first": False, "signature": True},
    ]),
)  # fmt: skip
holds = st.builds(
    lambda kind, at, of: Hold(kind, at, None, of), st.sampled_from(sorted(HOLDS)), instants, debts
)
stands = st.builds(
    lambda said, at, of: Standing(said[0], at, None, of, said[1]),
    st.sampled_from([
        ("OPT_OUT", {"media": ["PHONE"]}), ("OPT_OUT", {"point": "A"}), ("OPT_OUT", {}), ("CEASE", {}),
        ("INCONVENIENT_TIME", {"opens": "09:00", "closes": "18:00"}), ("INCONVENIENT_PLACE", {"place": "MOBILE"}),
        ("ATTORNEY", {"contact_known": True}), ("BANKRUPTCY", {"state": "PENDING"}), ("DISPUTED", {}),
        ("PLAN_HONOURED", {}), ("NUMBER_INVALID", {"point": "A"}),
    ]),
    instants,
    debts,
)  # fmt: skip
people = st.builds(
    lambda act, zones, of, events, held, standing, known: Facts(
        act=act, person="P", locations=tuple(Location("ADDRESS", z) for z in zones),
        debts=(Debt("D1"), Debt("D2", group=of)), events=tuple(events), holds=tuple(held), standing=tuple(standing),
        known=known,
    ),
    acts,
    st.lists(st.sampled_from(ZONES), max_size=2),
    st.sampled_from(["", "D1"]),
    st.lists(st.one_of(calls, calls, messages), max_size=12),
    st.lists(holds, max_size=1),
    st.lists(stands, max_size=1),
    st.fixed_dictionaries({"state": st.sampled_from(STATES)}, optional={
        "dpd": st.integers(1, 90), "validation_end": st.sampled_from(["2026-10-30", "2026-11-30"])}),
)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.data(), people, names)
def test_any_order_of_the_same_events_gives_the_same_verdict(data, person, name):
    other = person._replace(events=tuple(data.draw(st.permutations(person.events))))
    assert judge(other, packs_of(name)).stored() == judge(person, packs_of(name)).stored()


restrictions = st.one_of(
    st.tuples(st.just("holds"), holds),
    st.tuples(st.just("standing"), stands),
    st.tuples(st.just("events"), calls),
)


@settings(max_examples=600, deadline=None)
@given(people, restrictions, names)
def test_a_restriction_never_turns_a_denial_into_an_allowance(person, restriction, name):
    where, row = restriction
    more = person._replace(**{where: (*getattr(person, where), row)})
    before, after = judge(person, packs_of(name)), judge(more, packs_of(name))
    assert STRICTNESS[after.decision] >= STRICTNESS[before.decision]


@settings(max_examples=250, deadline=None)
@given(people, st.sampled_from(ZONES))
def test_another_place_where_the_person_may_be_never_opens_an_hour(person, zone):
    packs = [
        pack(
            rule(
                "hours",
                opens="08:00",
                closes="21:00",
                unknown="DENY",
                when={"act": sorted(CONTACTS)},
            )
        )
    ]
    more = person._replace(locations=(*person.locations, Location("TRAVEL", zone)))
    if person.locations and judge(person, packs).decision == "DENY":
        assert judge(more, packs).decision == "DENY"


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 366 * 24 * 60), st.sampled_from(ZONES), st.sampled_from(ZONES))
def test_no_change_of_the_clock_opens_a_closed_hour(minute, one, other):
    packs = [pack(rule("hours", opens="08:00", closes="21:00", unknown="DENY"))]
    at = datetime(2026, 1, 1, tzinfo=UTC) + minute * timedelta(minutes=1)
    there = (Location("ADDRESS", one), Location("MOBILE_AREA_CODE", other))
    shown = [at.astimezone(ZoneInfo(zone)).hour for zone in (one, other)]
    expected = "ALLOW" if all(8 <= hour < 21 for hour in shown) else "DENY"
    assert judge(Facts(Act(at, "CALL"), locations=there), packs).decision == expected


def test_a_holiday_changes_nothing_in_china():
    assert not load_pack("cn").calendars


@settings(max_examples=100, deadline=None)
@given(people, names)
def test_what_is_stored_is_judged_alike_years_later(person, name):
    again = Facts.read(person.stored())
    assert judge(again, packs_of(name)).stored() == judge(person, packs_of(name)).stored()


@settings(max_examples=60, deadline=None)
@given(people, names)
def test_the_next_lawful_time_is_the_first(person, name):
    packs = packs_of(name)
    act = person.act.act
    found = next_allowed(person, packs, horizon_days=20)[act]

    def denied(at):
        return judge(person._replace(act=person.act._replace(at=at)), packs).decision == "DENY"

    assert found is None or not denied(found)
    last = found or person.act.at + timedelta(days=20)
    assert found in (None, person.act.at) or denied(found - timedelta(microseconds=1))
    at = person.act.at
    while at < last:
        assert denied(at)
        at += timedelta(hours=7, minutes=13)
