"""Whom a strategy leaves without an answer, and in which table: so that a trial that fails says how to mend it."""

from typing import Any

import pyarrow as pa

from evenhand.dmn import DecisionError
from evenhand.kernel.text import Bilingual
from evenhand.strategy.judge import TABLES, Strategy

NONE, MANY = "NONE", "MANY"  # no rule matches, or two rules of a UNIQUE table do
FACTS_SHOWN_MAX = 6
TABLE_NAMES = {
    "segment": Bilingual("客群", "segment"),
    "treatment": Bilingual("处置", "treatment"),
    "contact": Bilingual("渠道与语气", "contact"),
    "offer": Bilingual("协商空间", "offer"),
}


class Unanswered(RuntimeError):
    """A strategy gives somebody no answer, or two. The arguments are kind, table, column and her facts as text."""

    def __init__(self, kind: str, table: str, column: str, facts: str) -> None:
        super().__init__(kind, table, column, facts)
        self.kind, self.table, self.column, self.facts = kind, table, column, facts

    def sentence(self) -> Bilingual:
        """What is wrong and how to mend it."""
        name = TABLE_NAMES.get(self.table, Bilingual(self.table, self.table))
        if self.kind == MANY:
            return Bilingual(
                f"决策表“{name.zh}”的命中策略是 UNIQUE，却有两条规则同时适用，例如 {self.facts}；"
                "请让其中一条更窄，或把命中策略改为 FIRST。",
                f"Two rules of the table “{name.en}” match the same people though its hit policy is UNIQUE, "
                f"for example {self.facts}; narrow one of them, or make the hit policy FIRST.",
            )
        return Bilingual(
            f"决策表“{name.zh}”没有规则给出 {self.column}，例如 {self.facts}；请在表末加一条每格都是“-”的规则。",
            f"No rule of the table “{name.en}” gives {self.column} for some people, for example {self.facts}; "
            "end the table with a rule that has `-` in every cell.",
        )


def unanswered(strategy: Strategy, facts: pa.Table) -> Unanswered | None:
    """The first person of the facts whom the strategy cannot decide; None when it decides everybody."""
    low, high = 0, facts.num_rows
    if _decides(strategy, facts):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if _decides(strategy, facts.slice(low, middle - low)):
            low = middle
        else:
            high = middle
    return _explained(strategy, facts.slice(low, 1).to_pylist()[0])


def _decides(strategy: Strategy, facts: pa.Table) -> bool:
    try:
        strategy.decide_batch(facts.combine_chunks())
    except DecisionError:
        return False
    return True


def _explained(strategy: Strategy, facts: dict[str, Any]) -> Unanswered:
    known = dict(facts)
    for name in TABLES:
        table = strategy.model[name]
        seen = [column.expression for column in table.inputs][:FACTS_SHOWN_MAX]
        said = ", ".join(f"{fact.rpartition('.')[2]} = {_text(known.get(fact))}" for fact in seen)
        try:
            outputs = strategy.model.explain(name, known, strict=True).outputs or {}
        except DecisionError:
            return Unanswered(MANY, name, "", said)
        for answer, output in zip(table.answer_names, table.outputs, strict=True):
            if outputs.get(output.name) is None:
                return Unanswered(NONE, name, output.name, said)
            known[answer] = outputs[output.name]
    return Unanswered(NONE, TABLES[-1], "", "")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "-" if value is None else str(value)
