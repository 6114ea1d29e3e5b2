"""A checked model: decisions in requirement order, evaluated exactly, one question at a time."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from evenhand.dmn import rows
from evenhand.dmn.cells import Formula
from evenhand.dmn.checker import check
from evenhand.dmn.classes import Domain
from evenhand.dmn.digest import said
from evenhand.dmn.errors import DecisionError, ModelError
from evenhand.dmn.findings import Finding
from evenhand.dmn.program import Program, compile_decision
from evenhand.dmn.question import Question
from evenhand.dmn.rows import Answer
from evenhand.dmn.tables import Decision, Knowledge
from evenhand.dmn.types import Type


@dataclass(frozen=True, slots=True)
class Miss:
    """One rule that did not match: the first cell that failed, what it held and what it needed."""

    rule: int  # 1-based row of the table
    rule_id: str
    input: str
    had: object
    needed: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a decision came out so.

    `rule` is the one that gave the answer of a single-hit table (1-based); None when no rule matched and the defaults
    (if any) hold, and always None for a multi-hit table. `outputs` are that rule's outputs by name, or the defaults;
    None for a multi-hit table that some rule matched. `value` is what `evaluate` answers. `matched` are all rules that
    match, in table order, and `also_matched` those of them beside `rule`.
    """

    decision: str
    rule: int | None
    rule_id: str
    annotation: str
    outputs: Answer | None
    misses: tuple[Miss, ...]
    also_matched: tuple[int, ...]
    matched: tuple[int, ...] = ()
    value: object = None


class Model:
    """Decisions in requirement order: each stands after those it requires."""

    def __init__(
        self,
        decisions: Sequence[Decision],
        file: str,
        facts: Mapping[str, Type] | None = None,
        knowledge: Sequence[Knowledge] = (),
    ) -> None:
        self.file = file
        self._by_name = {decision.name: decision for decision in decisions}
        self._facts = dict(facts or {})
        self._knowledge = {function.name: function for function in knowledge}
        assert len(self._by_name) == len(decisions)

    @property
    def decisions(self) -> tuple[str, ...]:
        """Names of the decisions, in requirement order."""
        return tuple(self._by_name)

    @property
    def tables(self) -> tuple[Decision, ...]:
        """The decisions made by a table, in requirement order."""
        return tuple(decision for decision in self._by_name.values() if decision.is_table)

    @property
    def facts(self) -> Mapping[str, Type]:
        """The input data of the model and their types."""
        return self._facts

    def __getitem__(self, name: str) -> Decision:
        """The decision of that name; raise ModelError when there is none."""
        if name not in self._by_name:
            names = ", ".join(self._by_name)
            raise ModelError(f"there is no decision {name!r}", expected=names, file=self.file)
        return self._by_name[name]

    @cached_property
    def digest(self) -> str:
        """sha256 of what the model says: whatever `explain` can report, no layout, no whitespace, no labels."""
        text = json.dumps(
            said(tuple(self._by_name.values()), tuple(self._knowledge.values()), self._facts),
            ensure_ascii=False,
            separators=(",", ":"),
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def evaluate(self, name: str, inputs: Mapping[str, object], *, strict: bool = False) -> object:
        """The DMN value of one decision, numbers as Decimal.

        One output: its bare value; several: a dict by output name. RULE ORDER, OUTPUT ORDER and COLLECT give a list of
        these, COLLECT with an aggregation one number. None when no rule matches and there are no defaults (0 for
        COUNT). Required decisions are evaluated when they are asked for, unless `inputs` already holds their answers
        under `Decision.answer_names`. Raises DecisionError when an input is of the wrong kind, when the matching rules
        break the hit policy, or when an expression takes too many steps.

        An input that is missing is null, as the standard has it; a float is the decimal it is written as; where the
        model says that an input is a number, boolean, date, time or duration, its text in XML will do. `strict` is for
        callers who know every fact: then each of these is a DecisionError.
        """
        decision = self[name]
        try:
            return self._question(inputs, strict).answer(decision)
        except RecursionError:
            raise _too_deep(decision) from None

    def explain(
        self, name: str, inputs: Mapping[str, object], *, strict: bool = False
    ) -> Explanation:
        """Like `evaluate`, with the rules that matched and, for each other rule, the first cell that failed.

        A decision that is no table has no rules; its explanation holds the value alone.
        """
        decision = self[name]
        question = self._question(inputs, strict)
        try:
            if not decision.is_table:
                value = question.answer(decision)
                return Explanation(name, None, "", "", None, (), (), (), value)
            return _explained(decision, question)
        except RecursionError:
            raise _too_deep(decision) from None

    def compile(
        self, name: str, vocabularies: Mapping[str, Sequence[str]] | None = None
    ) -> Program:
        """Make one decision's table into a Program for record batches.

        `vocabularies` gives, per input expression, the strings that may occur; a cell that names another is
        refused with ModelError, and so is whatever is worked out by an expression. Inputs that are not listed may
        hold any string. Required decisions are not run by the program: the batch carries their answers as columns
        named by `Decision.answer_names`.
        """
        decision = self[name]
        _check_literal(decision, self.file)
        return compile_decision(decision, vocabularies or {}, self.file)

    def check(
        self,
        vocabularies: Mapping[str, Sequence[str]] | None = None,
        facts: Mapping[str, Domain] | None = None,
    ) -> tuple[Finding, ...]:
        """What an analyst should look at: gaps, overlaps, rules out of reach and more; see `dmn.checker.check`."""
        return check(self.tables, vocabularies or {}, facts or {})

    def _question(self, inputs: Mapping[str, object], strict: bool) -> Question:
        return Question(self._by_name, self._facts, self._knowledge, inputs, strict=strict)


def _too_deep(decision: Decision) -> DecisionError:
    return DecisionError(
        f"decision {decision.name!r} stands on too many others or nests too deeply"
    )


def _explained(decision: Decision, question: Question) -> Explanation:
    values, judged = question.judged(decision)
    matched = judged.matched
    concluded = rows.conclude(decision, matched, question.run, question.scope(decision))
    names = [column.expression for column in decision.inputs]
    misses = tuple(
        Miss(number, rule.id, names[failed[0]], values[failed[0]], failed[1])
        for number, (rule, failed) in enumerate(
            zip(decision.rules, judged.failed, strict=True), start=1
        )
        if failed is not None
    )
    fired = concluded.rule
    rule = decision.rules[fired - 1] if fired is not None else None
    return Explanation(
        decision=decision.name,
        rule=fired,
        rule_id=rule.id if rule else "",
        annotation=rule.annotation if rule else "",
        outputs=concluded.outputs,
        misses=misses,
        also_matched=tuple(number for number in matched if number != fired),
        matched=matched,
        value=concluded.value,
    )


def _check_literal(decision: Decision, file: str) -> None:
    """Refuse to compile what is worked out for each question anew."""

    def refuse(what: object, row: int | None, column: str) -> ModelError:
        return ModelError(
            f"{what} cannot be compiled",
            expected="literals and intervals of literals; expressions are for one question at a time",
            file=file,
            decision=decision.name,
            row=row,
            column=column,
        )

    if not decision.is_table:
        raise refuse(decision.logic, None, "")
    for column in decision.inputs:
        if column.computed:
            raise refuse(f"the input expression {column.expression}", None, column.label)
    for output in decision.outputs:
        if isinstance(output.default, Formula):
            raise refuse(f"the default {output.default}", None, output.name)
    for row, rule in enumerate(decision.rules, start=1):
        for cell, column in zip(rule.cells, decision.inputs, strict=True):
            if not cell.plain:
                raise refuse(f"the cell {cell.formula}", row, column.label)
        for value, output in zip(rule.outputs, decision.outputs, strict=True):
            if isinstance(value, Formula):
                raise refuse(f"the output {value}", row, output.name)
