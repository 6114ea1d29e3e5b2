"""A draft edited by several people: nobody overwrites another, every step is kept and may be taken back."""

import pytest

from evenhand.rulebook import actions
from evenhand.rulebook.actions import Outdated, StrategyRefused
from evenhand.rulebook.content import sha256_of
from evenhand.rulebook.queries import (
    content_of,
    revision_content,
    revision_rows,
    version_row,
)
from tests.versions import (
    a_draft,
    at_once,
    cell,
    edited,
    row_of,
    table_of,
)
from tests.world import NOW, an_analyst

pytestmark = pytest.mark.django_db


def test_a_step_keeps_who_did_what_and_the_content_after_it():
    analyst = an_analyst()
    number = a_draft(analyst)
    before = row_of(number).outputs[0]
    edited(number, analyst, cell(number, '"LETTER"'))
    [step, created] = revision_rows(number)
    assert (step.number, step.act, step.made_by) == (2, "SET_CELL", analyst.username)
    assert (step.detail["was"], step.detail["text"], step.detail["row"]) == (before, '"LETTER"', 1)
    assert (created.act, created.detail) == ("CREATED", {"based_on": 1})
    assert revision_content(number, 2) == content_of(number) != revision_content(number, 1)
    assert version_row(number).content_sha256 == sha256_of(content_of(number))


def test_two_people_change_different_cells_of_one_draft():
    one, two = an_analyst(), an_analyst()
    number = a_draft(one)
    mine, theirs = cell(number, '"LETTER"'), cell(number, '"LETTER"', row=2)
    edited(number, one, mine)
    edited(number, two, theirs)
    assert [row_of(number, row).outputs[0] for row in (1, 2)] == ['"LETTER"'] * 2


def test_the_same_cell_is_not_overwritten_silently():
    one, two = an_analyst(), an_analyst()
    number = a_draft(one)
    seen_by_two = cell(number, '"WAIT"')
    edited(number, one, cell(number, '"LETTER"'))
    edited(number, one, cell(number, '"LETTER"', row=2))
    with pytest.raises(Outdated) as outdated:
        edited(number, two, seen_by_two)
    assert (outdated.value.newest, outdated.value.by, outdated.value.at) == (
        '"LETTER"',
        one.username,
        NOW,
    )
    assert row_of(number).outputs[0] == '"LETTER"'


def test_the_same_text_twice_is_one_step():
    analyst = an_analyst()
    number = a_draft(analyst)
    operation = cell(number, '"LETTER"')
    assert edited(number, analyst, operation).changed
    assert not edited(number, analyst, operation).changed
    assert version_row(number).revision == 2


def test_who_saw_the_newest_revision_need_not_say_what_stood_there():
    one, two = an_analyst(), an_analyst()
    number = a_draft(one)
    blind = cell(number, '"WAIT"')
    del blind["was"]
    edited(number, one, cell(number, '"LETTER"', row=2))
    for seen, changed in ((1, False), (2, True)):
        if changed:
            saved = actions.edit(
                number=number, operation=blind, seen={"revision": seen}, by=two.id, now=NOW
            )
            assert saved.revision == 3
        else:
            with pytest.raises(Outdated):
                actions.edit(
                    number=number, operation=blind, seen={"revision": seen}, by=two.id, now=NOW
                )


def structural(number, act, **given):
    table = table_of(number)
    return {"act": act, "table": table.name, "rule": table.rules[0].id} | given


def test_rules_are_added_copied_moved_and_deleted():
    analyst = an_analyst()
    number = a_draft(analyst)
    first, second = (row_of(number, row) for row in (1, 2))
    added = edited(number, analyst, structural(number, "ADD_RULE", after=first.id)).detail["rule"]
    assert row_of(number, 2).id == added
    copied = edited(number, analyst, structural(number, "COPY_RULE")).detail["rule"]
    assert (row_of(number, 2).id, row_of(number, 2).texts) == (copied, first.texts)
    edited(number, analyst, structural(number, "MOVE_RULE", places=1, was=1))
    assert row_of(number, 2).id == first.id
    was = list(row_of(number, 3).texts)
    edited(number, analyst, structural(number, "DELETE_RULE", rule=added, was=was))
    assert [row_of(number, row).id for row in (1, 2, 3)] == [copied, first.id, second.id]


@pytest.mark.parametrize("act", ["DELETE_RULE", "MOVE_RULE", "COPY_RULE", "PASTE"])
def test_a_rule_another_changed_or_moved_meanwhile_is_not_touched(act):
    one, two = an_analyst(), an_analyst()
    number = a_draft(one)
    table = table_of(number)
    row = list(table.rules[0].texts)
    seen = structural(
        number,
        act,
        places=2,
        column=table.outputs[0].id,
        rows=[['"WAIT"']],
        was={"MOVE_RULE": 1, "PASTE": [[table.rules[0].outputs[0]]]}.get(act, row),
    )
    edited(number, one, structural(number, "MOVE_RULE", places=1, was=1))
    edited(number, one, cell(number, '"LETTER"', row=2))
    with pytest.raises(Outdated):
        edited(number, two, seen)


def test_a_block_is_pasted_as_one_step_and_grows_the_table():
    analyst = an_analyst()
    number = a_draft(analyst)
    table = table_of(number)
    last = table.rules[-1]
    block = [['"WAIT"'], ['"LETTER"'], ['"CALL"']]
    saved = edited(
        number,
        analyst,
        {
            "act": "PASTE",
            "table": table.name,
            "rule": last.id,
            "column": table.outputs[0].id,
            "rows": block,
            "was": [[last.outputs[0]]],
        },
    )
    rules = table_of(number).rules
    assert len(rules) == len(table.rules) + 2
    assert [rule.outputs[0] for rule in rules[-3:]] == ['"WAIT"', '"LETTER"', '"CALL"']
    assert saved.revision == 2


def test_labels_comments_policies_and_columns_are_steps_too():
    analyst = an_analyst()
    number = a_draft(analyst)
    table = table_of(number)
    at = {"table": table.name}
    rule, column = table.rules[0], table.inputs[0]
    for operation in (
        {"act": "SET_ANNOTATION", "rule": rule.id, "text": "why", "was": rule.annotation},
        {"act": "SET_LABEL", "column": column.id, "text": "客群 | group", "was": column.label},
        {"act": "SET_LABEL", "column": None, "text": "处置 | next step", "was": table.label},
        {
            "act": "SET_HIT_POLICY",
            "policy": "UNIQUE",
            "aggregation": "",
            "was": [table.hit_policy, table.aggregation],
        },
        {"act": "ADD_INPUT", "expression": "entries", "label": "次数 | times", "kind": "number"},
    ):
        edited(number, analyst, at | operation)
    changed = table_of(number)
    assert (changed.rules[0].annotation, changed.label, changed.hit_policy) == (
        "why",
        "处置 | next step",
        "UNIQUE",
    )
    added = changed.inputs[-1]
    assert (changed.inputs[0].label, added.expression) == ("客群 | group", "entries")
    texts = [rule.cells[-1] for rule in changed.rules]
    edited(number, analyst, at | {"act": "REMOVE_COLUMN", "column": added.id, "was": texts})
    assert len(table_of(number).inputs) == len(table.inputs)


@pytest.mark.parametrize(
    "operation",
    [
        {"act": "BURN", "table": "treatment"},
        {"act": "SET_CELL", "table": "treatment"},
        {"act": "SET_HIT_POLICY", "table": "treatment", "policy": "BEST", "aggregation": ""},
    ],
)
def test_a_step_that_makes_no_sense_is_refused_with_a_sentence(operation):
    analyst = an_analyst()
    number = a_draft(analyst)
    with pytest.raises(StrategyRefused) as refused:
        actions.edit(
            number=number, operation=operation, seen={"revision": 1}, by=analyst.id, now=NOW
        )
    assert not isinstance(refused.value, Outdated)
    assert len(revision_rows(number)) == 1


@pytest.mark.parametrize("gone", [{"table": "none"}, {"rule": "none"}, {"column": "none"}])
def test_what_is_gone_is_said_to_be_gone(gone):
    analyst = an_analyst()
    number = a_draft(analyst)
    with pytest.raises(Outdated) as outdated:
        edited(number, analyst, cell(number, '"LETTER"') | gone)
    assert outdated.value.newest is None


def test_a_whole_document_replaces_the_content_unless_somebody_was_faster():
    one, two = an_analyst(), an_analyst()
    number = a_draft(one)
    workbook = content_of(number).replace(b"</definitions>", b"<!-- read back --></definitions>")

    def saved(seen):
        return actions.save(
            number=number,
            act="IMPORTED",
            detail={"file": "mine.xlsx"},
            content=workbook,
            seen_revision=seen,
            by=two.id,
            now=NOW,
        )

    edited(number, one, cell(number, '"LETTER"'))
    with pytest.raises(Outdated):
        saved(1)
    assert saved(2).revision == 3
    assert content_of(number) == workbook


# Taking steps back


def test_steps_are_undone_and_done_again_in_order():
    analyst = an_analyst()
    number = a_draft(analyst)
    contents = [content_of(number)]
    for text in ('"LETTER"', '"WAIT"'):
        edited(number, analyst, cell(number, text))
        contents.append(content_of(number))
    who = {"number": number, "by": analyst.id, "now": NOW}
    for act, expected in (
        (actions.undo, 1), (actions.undo, 0), (actions.redo, 1), (actions.redo, 2), (actions.undo, 1),
    ):  # fmt: skip
        act(**who)
        assert content_of(number) == contents[expected]
    steps = revision_rows(number)
    assert [(step.act, step.undoes) for step in steps[:2]] == [("UNDONE", 3), ("REDONE", 3)]
    edited(number, analyst, cell(number, '"CALL"', row=2))
    with pytest.raises(StrategyRefused):
        actions.redo(**who)


def test_there_is_an_end_to_undoing():
    analyst = an_analyst()
    number = a_draft(analyst)
    for act in (actions.undo, actions.redo):
        with pytest.raises(StrategyRefused):
            act(number=number, by=analyst.id, now=NOW)


def test_nobody_undoes_what_another_did_nor_her_own_under_it():
    one, two = an_analyst(), an_analyst()
    number = a_draft(one)
    edited(number, one, cell(number, '"LETTER"'))
    edited(number, two, cell(number, '"LETTER"', row=2))
    with pytest.raises(Outdated) as outdated:
        actions.undo(number=number, by=one.id, now=NOW)
    assert outdated.value.by == two.username
    actions.undo(number=number, by=two.id, now=NOW)
    with pytest.raises(Outdated):
        actions.undo(number=number, by=one.id, now=NOW)


# At the same moment


@pytest.mark.django_db(transaction=True)
def test_of_two_people_saving_one_cell_at_the_same_moment_one_is_told_of_the_other():
    one, two = an_analyst(), an_analyst()
    number = a_draft(one)
    mine, theirs = cell(number, '"LETTER"'), cell(number, '"WAIT"')
    results = at_once(lambda: edited(number, one, mine), lambda: edited(number, two, theirs))
    [told] = [result for result in results if isinstance(result, Outdated)]
    [saved] = [result for result in results if isinstance(result, actions.Saved)]
    assert told.newest == row_of(number).outputs[0] == saved.detail["text"]
    assert saved.revision == version_row(number).revision == 2


@pytest.mark.django_db(transaction=True)
def test_people_saving_different_cells_at_the_same_moment_all_keep_theirs():
    people = [an_analyst() for _ in range(4)]
    number = a_draft(people[0])
    acts = [cell(number, '"LETTER"', row=row) for row in range(1, 5)]
    at_once(
        *(
            lambda person=person, act=act: edited(number, person, act)
            for person, act in zip(people, acts, strict=True)
        )
    )
    assert {row_of(number, row).outputs[0] for row in range(1, 5)} == {'"LETTER"'}
    assert [row.number for row in revision_rows(number)] == [5, 4, 3, 2, 1]
