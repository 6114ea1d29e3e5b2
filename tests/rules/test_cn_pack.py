"""The Chinese pack: its own cases, and that every rule and every version of it has a say."""

import dataclasses
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from evenhand.compliance.cases.own import differing
from evenhand.compliance.cases.written import WrittenError, facts_written
from evenhand.compliance.checking import check_facts
from evenhand.compliance.explain import explain
from evenhand.compliance.facts import Act, Event, Facts, Location
from evenhand.compliance.judge import judge
from evenhand.compliance.nexts import next_allowed
from evenhand.compliance.packs import HISTORY_DAYS_KEPT, load_pack

CN = load_pack("cn")
FACTS = {case.title: facts_written(case.given) for case in CN.cases}
MORNING = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)  # ten o'clock in Beijing
HERE = (Location("ADDRESS", "Asia/Shanghai"),)


def no_answer_with_talk(hours_ago, seconds=95, **more):
    return Event(
        MORNING - timedelta(hours=hours_ago),
        "CALL",
        outcome="UNANSWERED",
        talk_seconds=seconds,
        **more,
    )


def test_the_pack_meets_every_case_of_its_own():
    assert differing(CN) == []
    assert len({case.title for case in CN.cases}) == len(CN.cases) >= 80


def test_a_case_that_expects_something_else_is_named():
    case = dataclasses.replace(CN.cases[0], expect={"decision": "DENY"})
    wrong = dataclasses.replace(CN, cases=(case,))
    assert differing(wrong) == [
        f"{CN.label}, case {case.title!r}: decision expected DENY, got ALLOW"
    ]


def test_every_rule_speaks_in_some_case():
    said = {reason.rule for facts in FACTS.values() for reason in judge(facts, [CN]).reasons}
    flagged = {flag for facts in FACTS.values() for flag in judge(facts, [CN]).flags}
    silent = {
        rule.id
        for rule in CN.rules
        if rule.kind != "deadline" and rule.id not in said and rule.code not in flagged
    }
    assert silent == set()


def test_every_exception_lifts_its_refusal_in_some_case():
    used = {
        reason.code
        for facts in FACTS.values()
        for reason in judge(facts, [CN]).reasons
        if reason.decision == "ALLOW"
    }
    stated = {e.code for rule in CN.rules for e in rule.unless if e.code} | {"HOURS_CONSENT"}
    assert stated - used <= {
        "OPT_OUT_EXCEPTION", "REQUIRED_BY_LAW", "MARKETING_CONSENT",
    }  # fmt: skip  # those three in the next test


@pytest.mark.parametrize(
    ("title", "change", "code"),
    [
        ("TD stops texts", {"purpose": "COMPLAINT_RESPONSE"}, "OPT_OUT_EXCEPTION"),
        ("TD stops texts", {"basis": "REQUIRED_BY_LAW"}, "REQUIRED_BY_LAW"),
    ],
)
def test_an_opt_out_leaves_what_must_still_be_said(title, change, code):
    facts = FACTS[title]
    verdict = judge(facts._replace(act=facts.act._replace(**change)), [CN])
    assert (verdict.decision, [r.code for r in verdict.reasons]) == ("ALLOW", [code])


def test_the_facts_of_every_case_are_in_words_the_judge_knows():
    for facts in FACTS.values():
        check_facts(facts)


def test_law_and_association_both_refuse_and_the_reason_shows_which():
    denied = {}
    for facts in FACTS.values():
        verdict = judge(facts, [CN])
        for reason in verdict.reasons:
            if reason.decision == "DENY":
                strength = CN.rule(reason.rule, facts.act.at.date()).strength
                denied.setdefault(strength, set()).add(verdict.decision)
    assert set(denied) == {"LAW", "RULE", "ASSOCIATION", "STANDARD", "HOUSE"}
    assert all(decisions == {"DENY"} for decisions in denied.values())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_refusal_is_explained_without_a_slot_left_open(language):
    for facts in FACTS.values():
        verdict = judge(facts, [CN])
        explained = explain(verdict, [CN], language)
        assert len(explained) == len(verdict.reasons)
        assert not any("{" in e.sentence or e.sentence == "" for e in explained)


@pytest.mark.parametrize(
    ("day", "strength"), [("2025-12-01", "STANDARD"), ("2026-02-01", "ASSOCIATION")]
)
def test_a_verdict_is_explained_by_the_text_of_its_own_day(day, strength):
    facts = facts_written({"act": {"at": f"{day}T22:30:00+08:00", "act": "CALL"}})
    [said] = explain(judge(facts, [CN]), [CN], "zh-hans", at=facts.act.at)
    assert (said.rule, said.strength) == ("CN-COL-HOURS", strength)


@pytest.mark.parametrize(
    ("day", "from_text"),
    [
        ("2025-02-28", "GB/T 45251-2025"),
        ("2026-01-30", "催收工作指引"),
        ("2026-08-01", "综合融资成本"),
    ],
)
def test_three_regimes_changed_inside_two_years(day, from_text):
    on = date.fromisoformat(day)
    begins = [part for part in (*CN.rules, *CN.parameters) if part.valid_from == on]
    assert any(from_text in part.instrument for part in begins)


def test_a_rule_that_changed_has_two_versions_that_do_not_overlap():
    first = CN.rule("CN-COL-HOURS", date(2026, 1, 29))
    second = CN.rule("CN-COL-HOURS", date(2026, 1, 30))
    assert (first.strength, second.strength) == ("STANDARD", "ASSOCIATION")
    assert first.valid_to == second.valid_from


def test_the_cap_on_interest_ended_with_2020():
    assert CN.parameter("interest.daily_cap", date(2020, 12, 31)) == "0.0005"
    with pytest.raises(LookupError, match="daily_cap"):
        CN.parameter("interest.daily_cap", date(2021, 1, 1))


def test_what_was_seen_only_in_excerpts_says_so():
    for text in ("2011/2", "2020/3", "13号", "45251-2025", "CBA guideline of 2026"):
        assert text in CN.notes.en
    assert "GB/T 45251-2025" in CN.notes.zh


def test_it_looks_back_no_further_than_events_are_kept():
    assert CN.history_days <= HISTORY_DAYS_KEPT


def test_no_rule_reads_a_holiday_list():
    assert not CN.calendars


def test_three_calls_coded_no_answer_with_talk_refuse_the_fourth():
    asked = Facts(Act(MORNING, "CALL", purpose="COLLECT"), locations=HERE)
    talks = [no_answer_with_talk(n / 2) for n in range(1, 4)]
    two = judge(asked._replace(events=tuple(talks[:2])), [CN])
    three = judge(asked._replace(events=tuple(talks)), [CN])
    assert two.decision == "ALLOW"
    assert [(r.code, r.numbers["count"], r.numbers["max"]) for r in three.reasons] == [
        ("TALK_FREQUENCY", 3, 3)
    ]


def test_the_reason_says_whose_talks_they_were_and_when_it_lifts():
    mine = no_answer_with_talk(0.5)
    theirs = [no_answer_with_talk(n / 2, collector="agency-x", actor="AGENCY") for n in (2, 3)]
    asked = Facts(Act(MORNING, "CALL", purpose="COLLECT"), locations=HERE, events=(mine, *theirs))
    [reason] = judge(asked, [CN]).reasons
    assert reason.numbers["by"] == {"BANK": 1, "agency-x": 2}
    opens = datetime(2026, 9, 2, 0, 0, tzinfo=UTC)  # eight o'clock in Beijing, the day after
    assert next_allowed(asked, [CN]) == {"CALL": opens}


def test_a_call_just_before_midnight_in_beijing_counts_for_its_own_day():
    late = Event(
        datetime(2026, 8, 31, 15, 59, 59, tzinfo=UTC),
        "CALL",
        outcome="CONVERSATION",
        talk_seconds=60,
    )
    asked = Facts(Act(MORNING, "CALL", purpose="COLLECT"), locations=HERE, events=(late,) * 3)
    assert judge(asked, [CN]).decision == "ALLOW"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "act is missing"),
        ({"act": {"act": "CALL"}}, "act.at is missing"),
        ({"act": {"at": "2026-09-01T10:00:00", "act": "CALL"}}, "act.at is '2026-09-01T10:00:00'"),
        ({"act": {"at": MORNING, "act": "CALL", "when": 1}}, "act.when is not known"),
        ({"act": {"at": MORNING, "act": "CALL"}, "history": []}, "history is not known"),
        ({"act": {"at": MORNING, "act": "CALL"}, "events": ["call"]}, r"events\[0\] is 'call'"),
        (
            {"act": {"at": MORNING, "act": "CALL"}, "holds": [{"kind": "FRAUD"}]},
            r"holds\[0\].from_at",
        ),
    ],
)
def test_facts_that_cannot_be_read_are_refused_by_the_name_of_their_key(given, named):
    with pytest.raises(WrittenError, match=named):
        facts_written(given)


@pytest.mark.parametrize("page", ["pack-cn.md", "pack-cn.zh-CN.md"])
def test_the_page_tells_of_every_rule_and_of_no_other(page):
    text = (Path(__file__).parents[2] / "docs" / "reference" / page).read_text("utf-8")
    assert set(re.findall(r"`(CN-[A-Z0-9-]+)`", text)) == {rule.id for rule in CN.rules}
