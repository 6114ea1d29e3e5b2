"""The worked cases of the US, the UK and others, given and our own, run through the real judge."""

import ast
import json
import re
from pathlib import Path

import pytest

from evenhand.compliance.cases import abroad as cases
from evenhand.compliance.cases import answering, trying
from evenhand.compliance.cases.abroad import CaseError, facts_of
from evenhand.compliance.cases.answering import answer
from evenhand.compliance.cases.own import differing
from evenhand.compliance.cases.trying import PackShelf, try_cases
from evenhand.compliance.facts import Facts
from evenhand.compliance.judge import judge
from evenhand.compliance.packs import load_pack, shipped_packs

FOLDER = Path(__file__).parent / "cases"
GIVEN, OWN = (
    json.loads((FOLDER / f"us_uk_{name}.json").read_text("utf-8")) for name in ("given", "own")
)
ACTS = [case for case in GIVEN + OWN if "proposed" in case["given"]]
SHELF = PackShelf()
PACKS = [name for name in shipped_packs() if name not in ("cn", "house")]
CALM = OWN[0]["given"]
DIGITS_OF_A_VALUE = re.compile(r"\d")


@pytest.mark.parametrize("case", GIVEN + OWN, ids=lambda case: case["id"])
def test_a_worked_case_gets_its_answer(case):
    tried = try_cases([case], SHELF, {})
    assert (tried.passed, tried.differ) == (1, [])


def test_our_own_cases_are_many_and_say_where_the_reading_comes_from():
    assert len(OWN) >= 80
    assert len({case["id"] for case in GIVEN + OWN}) == len(GIVEN + OWN)
    assert all(case["rule"] and case["title"] for case in OWN)


@pytest.mark.parametrize("name", shipped_packs())
def test_a_pack_meets_the_cases_it_states_itself(name):
    pack = load_pack(name)
    assert pack.cases
    assert differing(pack) == []


def test_every_rule_and_every_exception_with_a_code_speaks_in_some_case():
    shelf = {name: load_pack(name) for name in PACKS}
    said = {
        (rule, code)
        for case in ACTS
        for rule, code in spoken(facts_of(case["given"]), SHELF.packs(case["given"]["packs"]))
    }
    said |= {
        (rule, code)
        for pack in shelf.values()
        for case in pack.cases
        for rule, code in spoken(own_facts(case), [pack])
    }
    said |= {("RF-PASSIVE", "PASSIVE_COLLECTION")}  # a case of dates, asserted above
    wanted = {
        (rule.id if rule.effect in ("DENY", "REVIEW", "ALLOW") else "", code)
        for pack in shelf.values()
        for rule in pack.rules
        if rule.kind != "deadline"
        for code in (rule.code, *(e.code for e in rule.unless if e.code))
    }
    assert wanted - said == set()


def spoken(facts, packs):
    verdict = judge(facts, packs)
    yield from ((reason.rule, reason.code) for reason in verdict.reasons)
    yield from (("", code) for code in (*verdict.flags, *verdict.actions))


def own_facts(case):
    from evenhand.compliance.cases.written import facts_written

    return facts_written(case.given)


@pytest.mark.parametrize("case", ACTS, ids=lambda case: case["id"])
def test_the_facts_of_a_case_can_be_stored_and_judged_again(case):
    facts, packs = facts_of(case["given"]), SHELF.packs(case["given"]["packs"])
    again = Facts.read(json.loads(json.dumps(facts.stored())))
    assert judge(again, packs) == judge(facts, packs)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("given", {"moon_phase": "full"}),
        ("debtor", {"debtor": {**CALM["debtor"], "shoe_size": 43}}),
        ("locations", {"debtor": {"id": "P1", "locations": [{"kind": "address", "tz": "UTC", "floor": 3}]}}),
        ("debts", {"debts": [{"id": "D1", "type": "credit_card", "colour": "red"}]}),
        ("history", {"history": [{**CALM["history"][0], "mood": "fine"}]}),
        ("request", {"history": [{**CALM["history"][0], "request": {"stop_breathing": True}}]}),
        ("dispute", {"history": [{**CALM["history"][0], "dispute": {"loud": True}}]}),
        ("preferences", {"preferences": [{"kind": "inconvenient_time", "since": "2026-05-01", "why": "rest"}]}),
        ("holds", {"holds": [{"kind": "dispute", "starts": "2026-05-01", "weight": 1}]}),
        ("facts", {"facts": {"moon_phase": "full"}}),
        ("attorney", {"facts": {"attorney": {"known_since": "2026-05-01", "fee": 1}}}),
        ("proposed", {"proposed": {**CALM["proposed"], "tone": "kind"}}),
    ],
)  # fmt: skip
def test_a_key_that_nothing_reads_is_refused(part, change):
    with pytest.raises(CaseError, match=f"{part}: .* is not known, expected "):
        answer({**CALM, **change}, SHELF.packs(["us-fed"]), {})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"proposed": {"type": "call"}}, "proposed: t is missing"),
        ({"proposed": {"type": "call", "t": "2026-04-01T10:00:00"}}, "with its offset"),
        ({"proposed": {"type": "call", "t": "soon"}}, "expected an instant"),
        ({"holds": [{"kind": "dispute", "starts": "June"}]}, "expected a date"),
    ],
)
def test_a_value_that_cannot_be_read_is_refused_with_its_place(change, problem):
    with pytest.raises(CaseError, match=problem):
        facts_of({**CALM, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"proposed": {**CALM["proposed"], "type": "carrier_pigeon"}},
        {"proposed": {**CALM["proposed"], "role": "astrologer"}},
        {"proposed": {**CALM["proposed"], "purpose": "gossip"}},
        {"proposed": {**CALM["proposed"], "basis": "whim"}},
        {"history": [{**CALM["history"][0], "outcome": "laughter"}]},
        {"holds": [{"kind": "siesta", "starts": "2026-05-01"}]},
        {"preferences": [{"kind": "inconvenient_mood", "since": "2026-05-01"}]},
    ],
)
def test_a_word_that_would_silently_fit_no_rule_is_refused(change):
    with pytest.raises(CaseError, match="is not known, expected one of"):
        answer({**CALM, **change}, SHELF.packs(["us-fed"]), {})


def test_a_case_without_an_act_or_a_date_is_refused():
    with pytest.raises(CaseError, match="neither an act nor a date"):
        answer({"packs": ["US-FED"]}, SHELF.packs(["us-fed"]), {})


@pytest.mark.parametrize("module", [cases, answering, trying], ids=lambda m: m.__name__)
def test_the_adapter_holds_no_numbers_and_no_dates_of_its_own(module):
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    docs = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    values = [
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in docs
    ]
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    assert set(numbers) <= {0, 1}
    texts = [v for v in values if isinstance(v, str) and DIGITS_OF_A_VALUE.search(v)]
    assert set(texts) <= {"utf-8"}


def test_the_same_case_judged_in_any_order_of_its_history():
    for case in ACTS:
        given = case["given"]
        if not given.get("history"):
            continue
        packs = SHELF.packs(given["packs"])
        backwards = facts_of({**given, "history": given["history"][::-1]})
        assert judge(backwards, packs) == judge(facts_of(given), packs), case["id"]
