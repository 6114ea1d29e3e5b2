"""What next? Facts in, decision out: segment, then treatment, contact and offer. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.dmn import DecisionError, Explanation, Model, ModelError, Program, load
from evenhand.dmn.cells import literal_text
from evenhand.dmn.kernel import MANY
from evenhand.dmn.tables import Decision as Table
from evenhand.strategy import codes
from evenhand.strategy.facts import FACT_NAMES, FACTS

STARTER = Path(__file__).parent.parent / "packs" / "starter" / "strategy.dmn"
CHOSEN = "chosen_treatment"  # a treatment that a person chose outranks the table's
TABLES = ("segment", "treatment", "contact", "offer")
CODES = {
    "segment": codes.SEGMENTS,
    "treatment": codes.TREATMENTS,
    "channel": codes.CHANNELS,
    "tone": codes.TONES,
    "offer": codes.OFFERS,
    "desk": codes.DESKS,
}
COLUMNS = (*CODES, "priority")


@dataclass(frozen=True, slots=True)
class Decision:
    """What the tables say about one person. Rules are 1-based rows of their tables; -1: the defaults hold."""

    segment: str
    treatment: str
    channel: str
    tone: str
    offer: str
    desk: str
    priority: int
    segment_rule: int
    treatment_rule: int
    contact_rule: int
    offer_rule: int


class Strategy:
    """The four tables of one strategy, checked against the known facts and codes.

    Every table holds at least one rule; together their outputs are exactly COLUMNS, each given once.
    """

    def __init__(self, model: Model) -> None:
        _check(model)
        self.model = model
        known = _vocabularies(model)
        self.programs: tuple[Program, ...] = tuple(model.compile(name, known) for name in TABLES)

    @classmethod
    def load(cls, path: Path | str = STARTER) -> "Strategy":
        """Read a DMN file, or the `strategy.dmn` of a folder; raise ModelError when it is no usable strategy."""
        path = Path(path)
        return cls(load(path / "strategy.dmn" if path.is_dir() else path))

    @property
    def digest(self) -> str:
        """sha256 of what the tables say; stored with every decision."""
        return self.model.digest

    @property
    def facts_used(self) -> frozenset[str]:
        """The facts that some table looks at."""
        used = {column.expression for name in TABLES for column in self.model[name].inputs}
        return frozenset(used & set(FACT_NAMES))

    def decide(self, facts: Mapping[str, object]) -> Decision:
        """Decide for one person, exactly; raise DecisionError when a fact is missing or no rule matches."""
        answers: dict[str, object] = {}
        for explanation in self.explain(facts):
            answers[f"{explanation.decision}_rule"] = explanation.rule or -1
            for name, value in (explanation.outputs or {}).items():
                answers[name] = int(value) if isinstance(value, Decimal) else value
        _complete(answers)
        return Decision(**answers)  # type: ignore[arg-type]

    def explain(self, facts: Mapping[str, object]) -> tuple[Explanation, ...]:
        """One explanation per table, in the order they are run."""
        known = dict(facts)
        explanations = []
        for name in TABLES:
            explanation = self.model.explain(name, known, strict=True)
            explanations.append(explanation)
            outputs = explanation.outputs or {}
            for column, output in zip(
                self.model[name].answer_names, self.model[name].outputs, strict=True
            ):
                known[column] = outputs.get(output.name)
        return tuple(explanations)

    def decide_batch(self, facts: pa.Table | pa.RecordBatch) -> pa.Table:
        """Decide for every row, in order; the same answers as `decide`.

        `facts` has the columns FACT_NAMES (at least those the tables use): int64, bool, dictionary<int16, string>.
        Returns segment, treatment, channel, tone, offer, desk (dictionary<int16, string>), priority (int32), and
        segment_rule, treatment_rule, contact_rule, offer_rule (int16). Where a column CHOSEN is given and not null,
        its treatment stands instead of the table's, and contact and offer follow from it. Raises DecisionError when a
        row matches no rule.
        """
        batches = [facts] if isinstance(facts, pa.RecordBatch) else facts.to_batches()
        return pa.Table.from_batches(
            [self._decide_batch(batch) for batch in batches], schema=self._schema()
        )

    def _schema(self) -> pa.Schema:
        text = pa.dictionary(pa.int16(), pa.string())
        return pa.schema(
            [(name, text) for name in CODES]
            + [("priority", pa.int32())]
            + [(f"{name}_rule", pa.int16()) for name in TABLES]
        )

    def _decide_batch(self, facts: pa.RecordBatch) -> pa.RecordBatch:
        answers: dict[str, pa.Array] = {}
        for program in self.programs:
            table = self.model[program.decision]
            decided = program.run(facts)
            answers[f"{table.name}_rule"] = decided.column("rule")
            for column, output in zip(table.answer_names, table.outputs, strict=True):
                answer = decided.column(output.name)
                if output.name == "treatment" and CHOSEN in facts.schema.names:
                    answer = _overruled(answer, facts.column(CHOSEN))
                answers[output.name] = answer
                facts = facts.append_column(column, answer)
        for name in TABLES:
            if pc.any(pc.equal(answers[f"{name}_rule"], MANY)).as_py():
                raise DecisionError(f"two rules of the UNIQUE table {name!r} match some rows")
        missing = [name for name in COLUMNS if answers[name].null_count]
        if missing:
            raise DecisionError(
                f"no rule gives {missing[0]!r} for some rows; end its table with `-`"
            )
        schema = self._schema()
        return pa.RecordBatch.from_arrays([answers[name] for name in schema.names], schema=schema)


def _overruled(decided: pa.Array, chosen: pa.Array) -> pa.Array:
    """What a person chose where she did, else what the tables say."""
    text = pc.coalesce(chosen.cast(pa.string()), decided.cast(pa.string()))
    return text.dictionary_encode().cast(decided.type)


def _complete(answers: Mapping[str, object]) -> None:
    for name in COLUMNS:
        if answers.get(name) is None:
            raise DecisionError(f"no rule gives {name!r} for these facts; end its table with `-`")


def _vocabularies(model: Model) -> dict[str, tuple[str, ...]]:
    """The values every coded input may hold: of facts with closed codes, and of earlier tables' answers."""
    known = {fact.name: fact.codes for fact in FACTS if fact.codes}
    for name in TABLES:
        table = model[name]
        for answer, output in zip(table.answer_names, table.outputs, strict=True):
            if output.name in CODES:
                known[answer] = tuple(CODES[output.name])
    return known


def _check(model: Model) -> None:
    """Refuse a model that lacks a table or an output, or names an unknown fact or code."""
    facts = {fact.name: fact.feel_kind for fact in FACTS}
    given: dict[str, str] = {}
    for name in TABLES:
        table = model[name]
        _check_inputs(model, table, facts)
        for at, output in enumerate(table.outputs):
            if output.name not in COLUMNS or output.name in given:
                raise ModelError(
                    f"the output {output.name!r} is unknown or given twice",
                    expected=", ".join(COLUMNS),
                    file=model.file,
                    decision=name,
                )
            given[output.name] = name
            _check_answers(model, table, at)
    missing = [column for column in COLUMNS if column not in given]
    if missing:
        raise ModelError(
            f"no table gives {', '.join(missing)}", expected=", ".join(COLUMNS), file=model.file
        )


def _check_inputs(model: Model, table: Table, facts: Mapping[str, str]) -> None:
    answers = {name for required in TABLES for name in model[required].answer_names}
    for column in table.inputs:
        if column.expression in answers:
            continue
        kind = facts.get(column.expression)
        if kind is None or column.kind not in ("", kind):
            raise ModelError(
                f"{column.expression!r} is no fact a strategy may use"
                if kind is None
                else f"the fact {column.expression!r} is a {kind}, the table asks for a {column.kind}",
                expected="one of " + ", ".join(facts) if kind is None else f"a {kind}",
                file=model.file,
                decision=table.name,
                column=column.label,
            )


def _check_answers(model: Model, table: Table, at: int) -> None:
    output = table.outputs[at]
    rows = [(None, output.default), *enumerate((rule.outputs[at] for rule in table.rules), start=1)]
    for row, value in rows:
        if value is None and row is None:
            continue
        if output.name == "priority":
            fits = (
                isinstance(value, Decimal)
                and 0 <= value <= codes.PRIORITY_MAX
                and value == int(value)
            )
            expected = f"a whole number of 0..{codes.PRIORITY_MAX}"
        else:
            fits = isinstance(value, str) and value in CODES[output.name]
            expected = "one of " + ", ".join(CODES[output.name])
        if not fits:
            raise ModelError(
                f"{literal_text(value)} is no {output.name}",
                expected=expected,
                file=model.file,
                decision=table.name,
                row=row,
                column=output.name,
            )
