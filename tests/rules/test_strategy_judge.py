"""The judge of the next step: what it refuses to load, and that one person and a million are decided alike."""

import pickle
import random
import re

import pyarrow as pa
import pytest

from benchmarks.strategies import make_model
from evenhand.dmn import DecisionError, ModelError, loads
from evenhand.strategy.facts import FACT_NAMES, FACTS
from evenhand.strategy.judge import COLUMNS, STARTER, Strategy
from tests.rules.people_decided import QUIET, batch, some_people

STARTER_TEXT = STARTER.read_text(encoding="utf-8")


def starter_with(old: str, new: str) -> bytes:
    """The starter strategy with one text replaced wherever it stands."""
    assert old in STARTER_TEXT
    return STARTER_TEXT.replace(old, new).encode()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("entries", "entrees", r"'segment', column .*'entrees' is no fact a strategy may use; expected one of over"),
        ('"M1_HIGH"', '"M1_LOUD"', r"\"M1_LOUD\" is no segment; expected one of CLEAR"),
        ('"FIRM"', '"RUDE"', r"'contact', row \d+, column 'tone': \"RUDE\" is no tone"),
        ('"M7+"', '"M9"', r"'segment', row \d+, column '.*': \"M9\" is no value of 'bucket'; expected M0"),
        ("<text>850</text>", "<text>1001</text>", r"row 75.*: 1001 is no priority; expected a whole number of 0..1000"),
        ("<text>850</text>", "<text>8.5</text>", r"8.5 is no priority"),
        ("<text>850</text>", "<text>null</text>", r"row 75, column 'priority': null is no priority"),
        ('name="desk"', 'name="table"', r"the output 'table' is unknown or given twice"),
        ('name="tone"', 'name="desk"', r"the output 'desk' is unknown or given twice"),
        ('name="contact"', 'name="touch"', r"there is no decision 'contact'"),
        ('not("NONE")', "1", r"row 8, column '停催 \\| hold': the cell 1 asks for a number"),
    ],
)  # fmt: skip
def test_a_strategy_that_could_not_be_carried_out_is_refused_with_a_sentence(old, new, says):
    content = re.sub(r"<outputValues .*?</outputValues>", "", starter_with(old, new).decode())
    with pytest.raises(ModelError, match=says):
        Strategy(loads(content.encode(), "strategy.dmn"))


def test_a_fact_that_no_table_uses_is_fine():
    used = {name for program in Strategy.load().programs for name in program.input_names}
    assert set(FACT_NAMES) - used


def test_a_strategy_is_loaded_from_a_file_or_its_folder():
    assert Strategy.load(STARTER.parent).digest == Strategy.load(STARTER).digest


def test_a_fact_that_the_tables_need_and_nobody_gave_is_an_error():
    facts = {name: value for name, value in QUIET.items() if name != "hold"}
    strategy = Strategy.load()
    with pytest.raises(DecisionError, match="needs the input 'hold'"):
        strategy.decide(facts)
    with pytest.raises(DecisionError, match="needs the column 'hold'"):
        strategy.decide_batch(batch([QUIET]).drop_columns(["hold"]))


def test_facts_that_no_rule_fits_are_an_error_in_both_ways():
    gap = re.sub(r'<rule id="S-99-.*?</rule>', "", STARTER_TEXT, flags=re.DOTALL)
    strategy = Strategy(loads(gap.encode()))
    unknown = QUIET | {"bucket": None}
    with pytest.raises(DecisionError, match="end its table with `-`"):
        strategy.decide(unknown)
    with pytest.raises(DecisionError, match="end its table with `-`"):
        strategy.decide_batch(batch([QUIET, unknown]))


def test_two_rules_of_a_unique_table_that_both_match_are_an_error_in_both_ways():
    unique = STARTER_TEXT.replace('hitPolicy="FIRST"', 'hitPolicy="UNIQUE"')
    strategy = Strategy(loads(unique.encode()))
    with pytest.raises(DecisionError, match="rules 42 and 56 of decision 'segment' both match"):
        strategy.decide(QUIET)
    with pytest.raises(DecisionError, match="two rules of the UNIQUE table 'segment' match"):
        strategy.decide_batch(batch([QUIET]))


@pytest.mark.parametrize("rules", [None, 20, 200])
def test_a_batch_is_decided_row_by_row_as_one_person_is(rules):
    strategy = Strategy.load() if rules is None else Strategy(loads(make_model(rules)))
    people = some_people(random.Random(7), 400)
    decided = strategy.decide_batch(batch(people))
    expected = [strategy.decide(facts) for facts in people]
    assert [tuple(row[name] for name in decided.schema.names) for row in decided.to_pylist()] == [
        tuple(getattr(one, name) for name in decided.schema.names) for one in expected
    ]


def test_the_answer_of_a_batch_has_the_promised_columns():
    text = pa.dictionary(pa.int16(), pa.string())
    rules = ("segment_rule", "treatment_rule", "contact_rule", "offer_rule")
    expected = pa.schema(
        [(name, text) for name in COLUMNS if name != "priority"]
        + [("priority", pa.int32()), *((name, pa.int16()) for name in rules)]
    )
    strategy = Strategy.load()
    assert strategy.decide_batch(batch([QUIET])).schema == expected
    assert strategy.decide_batch(batch([QUIET]).slice(0, 0)).schema == expected


def test_a_table_of_many_chunks_keeps_its_order():
    people = some_people(random.Random(8), 90)
    parts = [batch(people[at : at + 13]) for at in range(0, 90, 13)]
    strategy = Strategy.load()
    whole = strategy.decide_batch(batch(people))
    assert strategy.decide_batch(pa.concat_tables(parts)).to_pylist() == whole.to_pylist()


def test_a_strategy_survives_a_trip_to_another_process():
    strategy = Strategy.load()
    again = pickle.loads(pickle.dumps(strategy))
    people = batch(some_people(random.Random(10), 50))
    assert again.digest == strategy.digest
    assert again.decide_batch(people).equals(strategy.decide_batch(people))


def test_an_explanation_tells_the_same_rules_as_the_decision():
    strategy = Strategy.load()
    for facts in some_people(random.Random(9), 50):
        decision = strategy.decide(facts)
        told = {why.decision: why.rule for why in strategy.explain(facts)}
        assert told == {
            "segment": decision.segment_rule,
            "treatment": decision.treatment_rule,
            "contact": decision.contact_rule,
            "offer": decision.offer_rule,
        }


@pytest.mark.parametrize("rules", [4, 20, 200, 1000])
def test_a_made_strategy_has_as_many_rules_as_asked(rules):
    model = loads(make_model(rules))
    tables = [model["segment"], model["treatment"]]
    assert sum(len(table.rules) for table in tables) == rules
    assert {len(table.inputs) for table in tables} == {8}


def test_facts_have_names_of_their_own():
    assert len(set(FACT_NAMES)) == len(FACTS)
