"""One question put to a model: what was given, what has been worked out so far, and what may still be spent on it."""

from collections.abc import Callable, Mapping
from functools import partial

from evenhand.dmn import rows
from evenhand.dmn.errors import DecisionError
from evenhand.dmn.feel.calls import Function
from evenhand.dmn.feel.run import Run, Scope
from evenhand.dmn.rows import Judgement
from evenhand.dmn.tables import Decision, Input, Knowledge
from evenhand.dmn.types import Type, normal, read_as
from evenhand.dmn.values import kind_of, literal_text


class Question:
    """Answers decisions from what was given; each decision is worked out once, when it is first asked for.

    A `strict` one refuses what `Model.evaluate` says.
    """

    def __init__(
        self,
        decisions: Mapping[str, Decision],
        facts: Mapping[str, Type],
        knowledge: Mapping[str, Knowledge],
        given: Mapping[str, object],
        *,
        strict: bool,
    ) -> None:
        self.run = Run()
        self._decisions = decisions
        self._facts = facts
        self._knowledge = knowledge
        self._given = given
        self._strict = strict
        self._known: dict[tuple[str, str], object] = {}

    def answer(self, decision: Decision) -> object:
        """The value of a decision, worked out even where it was given."""
        if decision.logic is not None:
            return decision.type.fit(decision.logic.value(self.run, self.scope(decision)))
        matched = self.judged(decision)[1].matched
        return rows.conclude(decision, matched, self.run, self.scope(decision)).value

    def judged(self, decision: Decision) -> tuple[list[object], Judgement]:
        """The values of a table's columns, and what its rules make of them."""
        scope = self.scope(decision)
        values = rows.column_values(decision, self.run, scope, self._column)
        return values, rows.judge(decision, values, self.run, scope)

    def scope(self, decision: Decision) -> Scope:
        """What the expressions of a decision see: the facts, decisions and functions it requires."""
        return Scope({}, otherwise=partial(self._look_up, decision))

    def _column(self, column: Input) -> tuple[bool, object]:
        """A column whose very expression was given, such as ``segment.phase``; facts are checked on another way."""
        name = column.expression
        if name not in self._given or name in self._facts:
            return False, None
        return True, self._normal(name)

    def _look_up(self, decision: Decision, name: str) -> object:
        if name in decision.requires:
            return self._once("decision", name, lambda: self._required(self._decisions[name]))
        if name in decision.facts:
            return self._once("fact", name, lambda: self._fact(decision, name))
        if name in decision.knowledge:
            return self._function(name)
        return None

    def _once(self, what: str, name: str, work: Callable[[], object]) -> object:
        if (what, name) not in self._known:
            self._known[what, name] = work()
        return self._known[what, name]

    def _required(self, decision: Decision) -> object:
        """The answer of a required decision, given or worked out."""
        if decision.name in self._given:
            return self._normal(decision.name)
        names = decision.answer_names
        if all(name in self._given for name in names):
            outputs = (output.name for output in decision.outputs)
            return {output: self._normal(name) for output, name in zip(outputs, names, strict=True)}
        return self.answer(decision)

    def _normal(self, name: str) -> object:
        return normal(self._given[name], name, strict=self._strict)

    def _fact(self, decision: Decision, name: str) -> object:
        if name not in self._given:
            if self._strict:
                raise DecisionError(f"decision {decision.name!r} needs the input {name!r}")
            return None
        value, of = self._normal(name), self._facts[name]
        if not self._strict:
            value = read_as(value, of)
            value = value if of.fit(value) is None else of.fit(value)
        if of.admits(value):
            return value
        wanted = str(of.limits) if of.limits.tests and kind_of(value) == of.kind else of.name
        had = literal_text(value) if kind_of(value) == of.kind else f"a {type(value).__name__}"
        raise DecisionError(
            f"input {name!r} of decision {decision.name!r} is {had}; expected {wanted}"
        )

    def _function(self, name: str) -> object:
        """A business knowledge model as a function; it sees the functions it requires and nothing else."""
        knowledge = self._knowledge[name]

        def look_up(name: str) -> object:
            return self._function(name) if name in knowledge.knowledge else None

        return self._once(
            "function",
            name,
            lambda: Function(
                tuple(name for name, _ in knowledge.parameters),
                knowledge.body.node,
                Scope({}, otherwise=look_up),
                tuple(of.fit for _, of in knowledge.parameters),
                knowledge.type.fit,
            ),
        )
