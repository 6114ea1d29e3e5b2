"""Reading packs: what is refused, with the place and what was expected; and what a pack answers about itself."""

import re
from datetime import date

import pytest

from evenhand.compliance.checking import FactsError, check_facts
from evenhand.compliance.facts import Act, Hold, Location, Standing
from evenhand.compliance.packfile.reading import read_pack
from evenhand.compliance.packs import (
    PackError,
    load_pack,
    loads_pack,
    packs_window_days,
    shipped_packs,
)
from tests.rules.judging import CITED, HEAD, NOON, call, called, facts, pack, rule

CAP = rule("cap", max=3, window={"days": 7}, counts={"act": "CALL"})
HOURS = rule("hours", opens="08:00", closes="21:00", unknown="DENY")
PARAMETER = {
    name: said for name, said in CITED.items() if name not in ("id", "code", "text", "when")
} | {"name": "rate.cap", "value": 5}
LOCK = rule("lock", after={"act": "CALL"}, days=7, first_day=1)


def without(said: dict, *names: str) -> dict:
    return {name: value for name, value in said.items() if name not in names}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (CAP | {"maximum": 3}, "R, maximum: is not known here; nothing would read it"),
        (
            CAP | {"note": "Seen in excerpts."},
            "R, note: is 'Seen in excerpts.', expected a table of zh and en, neither empty",
        ),
        (
            CAP | {"note": {"zh": "注", "en": ""}},
            "R, note: is {'zh': '注', 'en': ''}, expected a table",
        ),
        (CAP | {"max": -1}, "R, max: is -1, expected a whole number from 0"),
        (CAP | {"kind": "limit"}, "R, kind: is 'limit', expected one of cap,"),
        (without(CAP, "max"), "R, max: is missing"),
        (
            CAP | {"effect": "ACTION"},
            "R, effect: is 'ACTION', expected one of ALLOW, DENY, FLAG, REVIEW",
        ),
        (CAP | {"counts": {}}, "R, counts: asks nothing: it would always hold"),
        (
            CAP | {"counts": {"colour": "RED"}},
            "R, counts.colour: is not among what may be asked here: act, actor,",
        ),
        (
            CAP | {"counts": {"act": "FAX"}},
            "R, counts.act: holds 'FAX', expected some of ANSWER_INBOUND,",
        ),
        (CAP | {"counts": {"act": []}}, "R, counts.act: is [], expected some of"),
        (
            CAP | {"counts": {"direction": ["IN", "OUT"]}},
            "R, counts.direction: names every value: it would always hold",
        ),
        (
            CAP | {"counts": {"talk_seconds": {"min": 9, "max": 3}}},
            "R, counts.talk_seconds: has min 9 above max 3",
        ),
        (
            CAP | {"counts": {"talk_seconds": {"min": 0}}},
            "R, counts.talk_seconds: starts at 0 and has no end",
        ),
        (CAP | {"counts": {"act": {"given": True}}}, "R, counts.act: is always given"),
        (CAP | {"window": {"days": 7, "hours": 2}}, "R, window: holds other than one key"),
        (CAP | {"window": {"hours": 2}, "zone": "DEBTOR"}, "R, zone: changes nothing"),
        (
            CAP | {"zone": "Mars/Olympus"},
            "R, zone: is 'Mars/Olympus', expected DEBTOR or the name of a time zone",
        ),
        (CAP | {"per": ["PERSON", "DEBT"]}, "R, per: names PERSON beside others"),
        (
            CAP | {"text": {"zh": "{count}", "en": "{sum}"}},
            "R, text.en: has the slot 'sum', expected",
        ),
        (
            CAP | {"text": {"zh": "是", "en": ""}},
            "R, text: is {'zh': '是', 'en': ''}, expected a table of zh and en",
        ),
        (
            CAP | {"valid_to": date(2019, 1, 1)},
            "R, valid_to: is 2019-01-01, expected a day after valid_from",
        ),
        (
            CAP | {"valid_to": date(2020, 1, 1)},
            "R, valid_to: is 2020-01-01, expected a day after valid_from",
        ),
        (
            CAP | {"unknown": "DENY"},
            "R, unknown: changes nothing: this cap asks only what is always known",
        ),
        (
            CAP | {"when": {"act": "CALL", "first": True}, "unknown": "ALLOW"},
            "R, unknown: changes nothing",
        ),
        (
            CAP | {"unless": [{"when": {"act": "CALL"}}]},
            "R, unless[0].when: holds whenever the rule's own",
        ),
        (
            CAP | {"unless": [{"when": {"act": "TEXT"}}]},
            "R, unless[0].when.act: contradicts the rule's own `when`",
        ),
        (
            CAP | {"unless": [{"when": {"purpose": "REMIND"}, "effect": "REVIEW"}]},
            "R, unless[0].code: is missing",
        ),
        (
            CAP | {"when": {"act": "CALL", "demand_due": date(2026, 1, 1)}},
            "R, when.demand_due: is datetime.date(2026, 1, 1)",
        ),
        (
            CAP | {"when": {"demand_due": {"after": "demand_due", "days_min": 1}}},
            "R, when.demand_due.after: is 'demand_due'",
        ),
        (CAP | {"when": {"role": {"not": []}}}, "R, when.role.not: is [], expected some of"),
        (HOURS | {"closes": "08:00"}, "R, closes: is not after opens, 08:00"),
        (HOURS | {"opens": "8:00"}, "R, opens: is '8:00', expected a time such as 08:00"),
        (
            HOURS | {"opens": "00:00", "closes": "24:00"},
            "R, opens: to closes is the whole day on every day",
        ),
        (
            HOURS | {"holidays": "CN"},
            "R, holidays: is 'CN', expected NEVER_ASKED or a calendar of this pack",
        ),
        (
            HOURS | {"by_day": {"SA": ["08:00", "21:00"]}},
            "R, by_day.SA: is no day, ends before it begins, or changes nothing",
        ),
        (HOURS | {"consent_code": "X"}, "R, consent_code: changes nothing without consent"),
        (without(HOURS, "unknown"), "R, unknown: is missing: say what holds when it is not known"),
        (LOCK | {"minutes": 5}, "R, days: is missing or stands beside another"),
        (without(LOCK, "days", "first_day"), "R, days: is missing or stands beside another"),
        (
            without(LOCK, "first_day"),
            "R, first_day: is missing, expected 1 when the day of the event is the first",
        ),
        (rule("hold"), "R, holds: stands beside standing or neither does"),
        (rule("hold", holds="GRIEF"), "R, holds: is 'GRIEF', expected some of"),
        (rule("require", needs={}), "R, needs: is {}, expected a table, or a list of tables"),
        (rule("require", needs={"first": True}), "R, unknown: is missing"),
        (rule("forbid", **{"from": "sent"}), "R, from: is not known here"),
        (
            rule("deadline", gives="x", **{"from": "sent"}, when={}),
            "R, days: is missing, and so are years",
        ),
        (
            rule("deadline", gives="x", **{"from": "sent"}, business_days=1, when={}),
            "R, calendar: belongs to business_days",
        ),
        (
            rule("deadline", gives="x", **{"from": "sent"}, days=1),
            "R, when.act: changes nothing: a deadline judges no act",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_rule_that_is_wrong_is_refused_with_its_place_and_what_was_expected(wrong, message):
    with pytest.raises(PackError, match=re.escape("test.toml, " + message)):
        pack(wrong)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"rule": []}, "test.toml, rule: is missing: a pack without rules and parameters says nothing"),
        ({"rule": [CAP], "rules": []}, "test.toml, rules: is not known here"),
        ({"rule": [CAP, CAP]}, "test.toml, R, valid_from: is 2020-01-01, while an earlier version of the same id"),
        ({"rule": [CAP, CAP | {"id": "S"}]}, "test.toml, S: says what R says: it changes nothing"),
        ({"rule": [CAP], "measure": [{"name": "m", "counts": {"act": "CALL"}, "window": {"days": 1}}]},
         "test.toml, measure.m: is asked by no rule: it changes nothing"),
        ({"rule": [CAP], "measure": [{"name": "dpd", "counts": {"act": "CALL"}, "window": {"days": 1}}]},
         "test.toml, measure[0].name: is 'dpd', which is already a name"),
        ({"rule": [CAP], "calendar": [{"name": "C", "days": [date(2026, 1, 1)], "through": date(2026, 12, 31)}]},
         "test.toml, calendar.C: is read by no rule: it changes nothing"),
        ({"rule": [CAP], "effective_talk": {"talk_seconds": 0}}, "test.toml, effective_talk.talk_seconds: is 0"),
        ({"rule": [CAP], "pack": HEAD | {"zone": "Cathay"}}, "test.toml, pack.zone: is 'Cathay', expected the name"),
        ({"rule": [CAP], "pack": HEAD | {"applies_to": {"dpd": 3}}}, "test.toml, pack.applies_to.dpd: is not among"),
        ({"rule": [CAP | {"when": {"actor": "ROBOT"}}], "pack": HEAD | {"applies_to": {"actor": "AGENCY"}}},
         "test.toml, R, when.actor: contradicts the pack's applies_to: the rule would never apply"),
        ({"rule": [CAP], "pack": HEAD | {"valid_from": date(2021, 1, 1), "valid_to": date(2020, 6, 1)}},
         "test.toml, pack.valid_to: is 2020-06-01, expected a day after valid_from, 2021-01-01"),
        ({"rule": [CAP | {"valid_to": date(2020, 6, 1)}], "pack": HEAD | {"valid_from": date(2021, 1, 1)}},
         "test.toml, R, valid_from: and valid_to lie outside the pack's own: the rule would never apply"),
        ({"rule": [CAP], "parameter": [{"name": "n", "value": 1}]}, "test.toml, n, valid_from: is missing"),
        ({"rule": [CAP], "case": [{"title": "t", "given": {}}]}, "test.toml, case[0].expect: is missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_pack_that_is_wrong_is_refused(content, message):
    with pytest.raises(PackError, match=re.escape(message)):
        read_pack({"pack": HEAD, **content}, "test.toml")


def test_a_file_that_is_missing_or_no_toml_is_refused(tmp_path):
    with pytest.raises(PackError, match="nowhere: cannot be read"):
        load_pack("nowhere")
    with pytest.raises(PackError, match=r"x\.toml: is no TOML"):
        loads_pack("[pack", "x.toml")
    (tmp_path / "pack.toml").write_text("[pack]\nname = 1\n")
    with pytest.raises(
        PackError, match=re.escape("pack.toml, pack.name: is 1, expected some text")
    ):
        load_pack(tmp_path)


@pytest.mark.parametrize("name", shipped_packs())
def test_every_shipped_pack_can_be_read_and_says_what_the_gate_can_remember(name):
    shipped = load_pack(name)
    assert shipped.name == name
    assert shipped.history_days < 36_500


def test_a_pack_knows_how_far_it_looks_back():
    assert pack(CAP).history_days == 7
    assert packs_window_days([pack(CAP), pack(LOCK | {"days": 30})]) == 31
    assert pack(LOCK | {"days": 30, "stands": True}).history_days == 0
    assert (
        pack(rule("cap", max=1, window={"period": "MONTH"}, counts={"act": "CALL"})).history_days
        == 31
    )


def test_a_parameter_has_its_value_of_a_day():
    cited = without(CITED, "id", "code", "text", "when")
    versions = [
        cited | {"name": "rate.cap", "value": 5, "valid_to": date(2021, 1, 1)},
        cited | {"name": "rate.cap", "value": ["A"], "valid_from": date(2022, 1, 1)},
    ]
    rates = read_pack({"pack": HEAD, "parameter": versions}, "test.toml")
    assert rates.parameter("rate.cap", date(2020, 12, 31)) == 5
    assert rates.parameter("rate.cap", date(2022, 1, 1)) == ["A"]
    with pytest.raises(LookupError, match=re.escape("has no parameter 'rate.cap' on 2021-06-01")):
        rates.parameter("rate.cap", date(2021, 6, 1))


def test_the_digest_is_of_what_a_pack_says_and_not_of_how_it_is_written():
    assert pack(CAP).digest == pack(dict(reversed(CAP.items()))).digest
    assert pack(CAP).digest != pack(CAP | {"max": 4}).digest
    assert pack(CAP).digest != pack(CAP | {"note": {"zh": "注", "en": "N"}}).digest


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"act": Act(NOON, "FAX")}, "act.act is 'FAX', expected one of ANSWER_INBOUND"),
        ({"act": call(more={"colour": "RED"})}, "act.more.colour is not known, expected one of"),
        ({"act": call(more={"first": 1})}, "act.more.first is 1, expected true or false"),
        ({"act": call(at=NOON.replace(tzinfo=None))}, "act.at is datetime.datetime"),
        ({"act": call(purpose="FUN")}, "act.purpose is 'FUN', expected one of"),
        ({"known": {"dpd": "3"}}, "known.dpd is '3', expected a whole number"),
        (
            {"known": {"validation_end": "soon"}},
            "known.validation_end is 'soon', expected a date as ISO text",
        ),
        ({"locations": (Location("ADDRESS", "Mars"),)}, "locations[0].zone is 'Mars'"),
        ({"holds": (Hold("GRIEF", NOON, None),)}, "holds[0].kind is 'GRIEF'"),
        (
            {"holds": (Hold("DISPUTE", NOON, None, effects=("PEACE",)),)},
            "holds[0].effects is 'PEACE'",
        ),
        (
            {"standing": (Standing("CONSENT", NOON, more={"scope": "ALL"}),)},
            "standing[0].more.scope is 'ALL'",
        ),
        (
            {"events": (called(NOON - NOON, more={"content": "POEM"}),)},
            "events[0].more.content is 'POEM'",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_facts_in_words_no_rule_can_ask_for_are_refused(said, message):
    with pytest.raises(FactsError, match=re.escape(message)):
        check_facts(facts()._replace(**said))


def test_plain_facts_pass_the_check():
    check_facts(
        facts(
            called(NOON - NOON),
            known={"dpd": 3, "validation_end": "2026-06-30", "transfer_notice_sent": None},
        )
    )


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            {"pack": HEAD | {"notes": "Only ours."}, "rule": [CAP | {"id": "R"}]},
            "pack.notes: is 'Only ours.', expected a table of zh and en",
        ),
        (
            {"pack": HEAD, "parameter": [PARAMETER | {"note": "Ours."}]},
            "rate.cap, note: is 'Ours.', expected a table of zh and en",
        ),
    ],
)
def test_notes_are_said_in_both_languages_or_not_at_all(said, message):
    with pytest.raises(PackError, match=re.escape(message)):
        read_pack(said, "test.toml")


def test_a_note_is_there_in_both_languages():
    note = {"zh": "只见摘录。", "en": "Seen in excerpts."}
    noted = pack(CAP | {"note": note}, head={"notes": note})
    assert (noted.notes.zh, noted.rules[0].note.en) == ("只见摘录。", "Seen in excerpts.")
    assert pack(CAP).rules[0].note is None
