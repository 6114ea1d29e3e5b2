"""How a table lies on a sheet, the same for writing and reading: rows 1 to 9 say what the table is, rules follow."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from evenhand.dmn.documents.texts import FactText
from evenhand.kernel.text import Bilingual
from evenhand.strategy.facts import FACTS
from evenhand.strategy.judge import CODES

TITLE, NAME, POLICY, SIDE, LABEL, ASKS, KIND, ALLOWED, DEFAULT = range(1, 10)  # rows
RULES_FROM = 10
ID_COLUMN = 1

SAYS: dict[int, Bilingual] = {
    TITLE: Bilingual("标题", "Title"),
    NAME: Bilingual("决策", "Decision"),
    POLICY: Bilingual("命中策略", "Hit policy"),
    SIDE: Bilingual("规则号", "Rule"),
    LABEL: Bilingual("名称", "Label"),
    ASKS: Bilingual("字段", "Field"),
    KIND: Bilingual("类型", "Type"),
    ALLOWED: Bilingual("允许取值", "Allowed values"),
    DEFAULT: Bilingual("默认值", "Default"),
}
SIDES: dict[str, Bilingual] = {
    "input": Bilingual("条件", "Input"),
    "output": Bilingual("结果", "Output"),
    "annotation": Bilingual("说明", "Note"),
}
README_SHEET, VALUES_SHEET = "README", "VALUES"


class SheetError(ValueError):
    """A workbook that cannot be taken in. It says where: file, sheet and cell (A1), and what was expected."""

    def __init__(
        self, problem: str, expected: str, *, file: str = "", sheet: str = "", cell: str = ""
    ) -> None:
        self.problem = problem
        self.expected = expected
        self.file = file
        self.sheet = sheet
        self.cell = cell
        comma, colon = _(", "), _(": ")
        where = [file, _("sheet “%(sheet)s”") % {"sheet": sheet} if sheet else "", cell]
        place = comma.join(part for part in where if part)
        text = f"{place}{colon}{problem}" if place else problem
        super().__init__(
            _("%(text)s; expected %(expected)s") % {"text": text, "expected": expected}
        )


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column as a sheet describes it; `letter` is the sheet's own name for it."""

    side: str  # input, output or annotation
    letter: str
    label: str
    name: str
    kind: str
    allowed: str
    default: str


@dataclass(frozen=True, slots=True)
class SheetRule:
    """One row of rules; `texts` stand in the order of the sheet's columns, `row` is the sheet's number."""

    row: int
    id: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetTable:
    """One table as its sheet has it."""

    sheet: str
    name: str
    title: str
    policy: str
    aggregation: str
    columns: tuple[SheetColumn, ...]
    rules: tuple[SheetRule, ...]


def both(text: Bilingual) -> str:
    """Both languages in one text, as labels of a document have them."""
    return f"{text.zh} | {text.en}"


def known_facts() -> dict[str, FactText]:
    """The facts a strategy may ask for, as a document would declare them."""
    return {f.name: FactText(f.name, both(f.label), f.feel_kind) for f in FACTS}


def known_codes(name: str, kind: str = "input") -> tuple[str, ...]:
    """The codes a column of that name may hold: of a fact, or of an answer of a table. None when they are open."""
    short = name.rpartition(".")[2]
    if kind == "input":
        for fact in FACTS:
            if fact.name == name:
                return fact.codes
    return tuple(CODES.get(short, ()))
