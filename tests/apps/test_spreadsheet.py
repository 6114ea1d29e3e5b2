"""A strategy in a spreadsheet and back: nothing lost, nothing made up, and every trap named by its cell."""

import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

import evenhand.packs
from evenhand.dmn import loads
from evenhand.dmn.documents.compare import compare
from evenhand.dmn.documents.document import (
    Document,
    FactText,
    InputText,
    OutputText,
    RuleText,
    TableText,
)
from evenhand.rulebook.sheet_layout import RULES_FROM
from evenhand.rulebook.spreadsheet import SheetError, from_xlsx, to_xlsx
from tests.rules.dmn_tables import decision, document

STARTER = (Path(evenhand.packs.__path__[0]) / "starter/strategy.dmn").read_bytes()


def small(*rows: str) -> Document:
    rows = rows or ('[1..30] | true | "CALL" | first', '- | - | "WAIT"', '> 99 | - | "HOLD"')
    made = Document.read(
        document(decision(rows, inputs=["days", "asked"], name="step"), facts=["days", "asked"])
    )
    for column, kind in (("step-in-1", "number"), ("step-in-2", "boolean")):
        made.set_kind("step", column, kind)
    made.set_allowed("step", "step-out-1", '"CALL","WAIT","HOLD"')
    return made


def book_of(made: Document):
    return load_workbook(io.BytesIO(to_xlsx(made)))


def saved(book) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def taken(change, made: Document | None = None) -> Document:
    """The document after somebody changed its sheet."""
    made = made or small()
    book = book_of(made)
    change(book["step"])
    return from_xlsx(saved(book), made, "strategy.xlsx")


def texts(made: Document) -> list[tuple[str, ...]]:
    return [rule.texts for rule in made.table("step").rules]


def test_the_starter_strategy_comes_back_as_it_went():
    made = Document.read(STARTER)
    content = to_xlsx(made)
    assert from_xlsx(content, made, "strategy.xlsx").write() == made.write()
    alone = from_xlsx(content, None, "strategy.xlsx")
    assert loads(alone.write()).digest == loads(STARTER).digest
    assert compare(made, alone) == ()


def test_a_workbook_opens_on_the_first_table_with_its_header_in_view():
    book = book_of(Document.read(STARTER))
    assert book.sheetnames == ["README", "segment", "treatment", "contact", "offer", "VALUES"]
    sheet = book["contact"]
    assert book.active.title == "segment"
    assert sheet.freeze_panes == f"B{RULES_FROM}"
    offered = {str(v.sqref).split(":")[0] for v in sheet.data_validations.dataValidation}
    assert {"B3", f"H{RULES_FROM}", f"I{RULES_FROM}"} <= offered


def test_every_cell_is_typed_as_text():
    for sheet in book_of(Document.read(STARTER)).worksheets:
        cells = [c for row in sheet.iter_rows() for c in row if c.value is not None]
        assert {(c.data_type, c.number_format) for c in cells} == {("s", "@")}


def test_a_text_that_looks_like_a_formula_stays_a_text():
    made = small("=1+1 | - | =2", '- | - | "WAIT"')
    assert texts(from_xlsx(to_xlsx(made), made)) == texts(made)


# What analysts do


def test_rows_without_an_id_are_new_rules_and_missing_rows_deleted_ones():
    def change(sheet):
        sheet.delete_rows(RULES_FROM + 1)
        sheet.insert_rows(RULES_FROM)
        sheet.cell(RULES_FROM, 2).value = "0"
        sheet.cell(RULES_FROM, 4).value = '"WAIT"'

    made = taken(change)
    assert [rule.id for rule in made.table("step").rules] == ["rule-4", "rule-1", "rule-3"]
    assert texts(made)[0] == ("0", "-", '"WAIT"', "")
    assert sorted(c.kind for c in compare(small(), made)) == ["RULE_ADDED", "RULE_REMOVED"]


def test_rows_in_another_order_are_moved_rules():
    def change(sheet):
        first = [cell.value for cell in sheet[RULES_FROM]]
        sheet.delete_rows(RULES_FROM)
        for at, value in enumerate(first, start=1):
            sheet.cell(RULES_FROM + 2, at).value = value

    changes = compare(small(), taken(change))
    assert [(c.kind, c.rule_id, c.new_row) for c in changes] == [("RULE_MOVED", "rule-1", 3)]


def test_a_copied_row_is_a_new_rule_and_the_first_keeps_the_id():
    def change(sheet):
        sheet.cell(RULES_FROM + 3, 1).value = "rule-1"
        sheet.cell(RULES_FROM + 3, 2).value = "7"
        sheet.cell(RULES_FROM + 3, 4).value = '"HOLD"'

    made = taken(change)
    assert [c.kind for c in compare(small(), made)] == ["RULE_ADDED"]
    assert texts(made)[0] == texts(small())[0]


def test_a_rule_that_lost_its_id_keeps_it_when_it_says_the_same():
    def change(sheet):
        for row in range(RULES_FROM, RULES_FROM + 3):
            sheet.cell(row, 1).value = None
        sheet.cell(RULES_FROM + 1, 4).value = '"HOLD"'

    made = taken(change)
    assert [rule.id for rule in made.table("step").rules] == ["rule-1", "rule-4", "rule-3"]


def test_an_id_of_the_analysts_own_names_a_new_rule():
    def change(sheet):
        sheet.cell(RULES_FROM + 3, 1).value = "T-99"
        sheet.cell(RULES_FROM + 3, 4).value = '"HOLD"'

    assert taken(change).table("step").rules[-1].id == "T-99"


def test_empty_rows_between_rules_are_no_rules():
    assert texts(taken(lambda sheet: sheet.insert_rows(RULES_FROM + 1, 3))) == texts(small())


def test_columns_go_by_their_field_wherever_they_stand():
    def change(sheet):
        for row in range(4, RULES_FROM + 3):
            one, two = sheet.cell(row, 2), sheet.cell(row, 3)
            one.value, two.value = two.value, one.value

    assert taken(change).write() == small().write()


def test_a_column_is_added_removed_and_relabelled():
    def change(sheet):
        sheet.insert_cols(4)
        for row, text in ((4, "条件"), (6, "bucket"), (RULES_FROM, "M1，M2")):
            sheet.cell(row, 4).value = text
        sheet.cell(5, 2).value = "天数 | days"
        sheet.delete_cols(3)

    made = taken(change)
    assert [(i.label, i.expression, i.kind) for i in made.table("step").inputs] == [
        ("天数 | days", "days", "number"),
        ("逾期期数 | bucket", "bucket", "string"),
    ]
    assert texts(made)[0] == ("[1..30]", '"M1","M2"', '"CALL"', "first")
    assert loads(made.write())["step"].inputs[1].expression == "bucket"


def test_what_no_sheet_shows_stays_as_it_was():
    made = small()
    before = made.write().replace(b"<decision ", b"<!-- kept --><decision ")

    def change(sheet):
        sheet.cell(RULES_FROM, 2).value = "[1..20]"

    after = taken(change, Document.read(before)).write()
    assert after == before.replace(b"[1..30]", b"[1..20]")


def test_title_policy_allowed_values_and_default_are_taken_over():
    def change(sheet):
        for cell, text in (("B1", "步骤 | Step"), ("B3", "collect  count")):
            sheet[cell].value = text
        sheet["D8"].value = "“CALL”，“WAIT”、“HOLD”，“CARE”"
        sheet["D9"].value = "“WAIT”"

    table = taken(change).table("step")
    assert (table.label, table.hit_policy, table.aggregation) == ("步骤 | Step", "COLLECT", "COUNT")
    assert table.outputs[0].choices == ('"CALL"', '"WAIT"', '"HOLD"', '"CARE"')
    assert table.outputs[0].default == '"WAIT"'


@pytest.mark.parametrize(
    ("column", "typed", "feel"),
    [
        ("B", "（３０..６０］", "(30..60]"),
        ("B", "【1..30】", "[1..30]"),
        ("B", "≥ 5", ">= 5"),
        ("B", "＜５，９、11", "<5,9,11"),
        ("B", "[1…30]", "[1..30]"),
        ("B", "–5", "-5"),
        ("B", "not（1）", "not(1)"),
        ("B", 12, "12"),
        ("B", 12.0, "12"),
        ("B", 0.1 + 0.2, "0.3"),
        ("B", 1e15, "1000000000000000"),
        ("B", 2.50, "2.5"),
        ("C", True, "true"),
        ("C", "否", "false"),
        ("C", "TRUE", "true"),
        ("D", "CALL", '"CALL"'),
        ("D", "“HOLD”", '"HOLD"'),
        ("D", "＂HOLD＂", '"HOLD"'),
        ("D", "LATER", "LATER"),  # no code of the column: left for the findings
        ("D", '"他说“好”，走"', '"他说“好”，走"'),  # a string is left as it is
        ("B", "about（5）", "about（5）"),
        ("B", None, "-"),
        ("D", None, ""),
    ],
)  # fmt: skip
def test_what_is_typed_becomes_feel(column, typed, feel):
    made = taken(lambda sheet: sheet[f"{column}{RULES_FROM}"].__setattr__("value", typed))
    assert texts(made)[0]["BCD".index(column)] == feel


def test_a_date_in_a_column_of_dates_is_a_date():
    made = small()
    made.set_kind("step", "step-in-1", "date")
    out = taken(
        lambda s: s[f"B{RULES_FROM}"].__setattr__("value", datetime(2026, 3, 1)),  # noqa: DTZ001
        made,
    )
    assert texts(out)[0][0] == 'date("2026-03-01")'


# What is refused, by its cell


def on(cell: str, value):
    return lambda sheet: sheet[cell].__setattr__("value", value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (on("B10", datetime(2026, 1, 3)),  # noqa: DTZ001
         "strategy.xlsx, sheet “step”, B10: the spreadsheet made the date or time 2026-01-03T00:00:00"),
        (on("B11", "=1+1"), "B11: a formula; expected a text"),
        (on("C10", "#REF!"), "C10: the error #REF!"),
        (lambda sheet: sheet.merge_cells("B10:C10"), "B10:C10: merged cells"),
        (lambda sheet: setattr(sheet, "sheet_state", "hidden") or sheet.parent.create_sheet("README 2"),
         "“step”: the sheet is hidden"),
        (on("XFD1", "x"), "used to cell XFD"),
        (on("A20000", "x"), "expected at most 10,010 rows"),
        (on("B10", "1" * 20_001), "B10: a text of 20,001 characters; expected at most 20,000"),
        (on("B3", "BEST"), "B3: there is no hit policy BEST"),
        (on("B2", "stop"), "B2: the strategy has no decision stop; expected step"),
        (on("A2", "Name"), "A2: the sheet is no table"),
        (on("B4", "Wenn"), "B4: the column does not say what it is; expected “条件 | Input”"),
        (on("F12", "left over"), "F4: the column does not say what it is"),
        (on("B6", ""), "B6: the column has no field"),
        (on("C6", "days"), "C6: the field days stands in column B too"),
        (on("B6", "1 + 1"), "B6: '1 + 1' asks for nothing the document has"),
        (on("A13", "7 up"), "A13: 7 up is no rule id"),
        (on("B7", "text"), "B6: 'text' is no type"),
    ],
)  # fmt: skip
def test_a_trap_is_named_by_file_sheet_and_cell(change, says):
    with translation.override("en"), pytest.raises(SheetError) as refused:
        taken(change)
    assert says in str(refused.value)
    assert str(refused.value).startswith("strategy.xlsx, sheet “")


def test_a_refusal_is_in_the_language_of_the_page():
    with translation.override("zh-hans"), pytest.raises(SheetError) as refused:
        taken(on("B11", "=1+1"))
    assert str(refused.value) == (
        "strategy.xlsx，工作表“step”，B11：含有公式；应为文本：请复制后以“值”粘贴"
    )


def zipped(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def with_part(name: str, part: bytes) -> bytes:
    content = io.BytesIO(to_xlsx(small()))
    with zipfile.ZipFile(content) as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist()}
    return zipped({**parts, name: part})


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: b"days;asked\n1;2\n", "the file is no workbook"),
        (lambda: zipped({"a.txt": b"a"}), "the workbook cannot be opened"),
        (lambda: zipped({"xl/worksheets/sheet1.xml": bytes(70 * 1024 * 1024)}), "bytes when unpacked"),
        (lambda: b"x" * (8 * 1024 * 1024 + 1), "bytes; expected at most 8,388,608 bytes"),
        (lambda: with_part("xl/vbaProject.bin", b"x"), "the workbook holds macros"),
        (lambda: with_part("xl/sharedStrings.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
         "the workbook holds a DOCTYPE"),
        (lambda: with_part("xl/workbook.xml", b"<workbook"), "the workbook cannot be opened"),
        (lambda: to_xlsx(small())[:-200], "the file is no workbook"),
        (lambda: saved(Workbook()), "A2: the sheet is no table"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_plain_workbook_is_refused(make, says):
    with translation.override("en"), pytest.raises(SheetError, match=says):
        from_xlsx(make(), small(), "strategy.xlsx")


def test_a_sheet_that_is_missing_or_stands_twice_is_refused():
    book = book_of(Document.read(STARTER))
    del book["contact"]
    with translation.override("en"):
        with pytest.raises(SheetError, match="0 sheets for the decision contact"):
            from_xlsx(saved(book), Document.read(STARTER))
        book.copy_worksheet(book["segment"])
        with pytest.raises(SheetError, match="2 sheets for the decision segment"):
            from_xlsx(saved(book), Document.read(STARTER))


# Any table

CELLS = st.sampled_from(
    ["-", "[1..30]", "(30..60]", ">= 5", "< -2.50", "1,2,[5..9]", "not(7)", "[1.5..2)", "0"]
)
TEXTS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0xFFFD, exclude_categories=["Cs"]), max_size=12
)
STRINGS = st.builds('"{}"'.format, TEXTS.map(lambda t: t.replace("\\", "").replace('"', "")))
NAMES = st.from_regex(r"[a-z][a-z_]{0,40}", fullmatch=True)


@st.composite
def tables(draw, name: str) -> TableText:
    """A table of any shape that a document can hold, some of its cells beyond reading."""
    asks = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    answers = draw(st.lists(NAMES, min_size=1, max_size=2, unique=True))
    cells = [draw(st.sampled_from([CELLS, STRINGS])) for _ in asks]
    rows = draw(st.integers(0, 6))
    return TableText(
        id="",
        name=name,
        label=draw(st.sampled_from([name, "表 | Table"])),
        hit_policy=draw(st.sampled_from(["FIRST", "UNIQUE", "COLLECT"])),
        aggregation="",
        inputs=tuple(
            InputText("", ask, ask, draw(st.sampled_from(["", "string"]))) for ask in asks
        ),
        outputs=tuple(
            OutputText("", answer, answer, "", "", draw(st.sampled_from(["", '"A"'])))
            for answer in answers
        ),
        rules=tuple(
            RuleText(
                f"{name}-{row}",
                tuple(draw(cell) for cell in cells),
                tuple(draw(STRINGS) for _ in answers),
                " ".join(draw(TEXTS).split()),
            )
            for row in range(rows)
        ),
    )


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a workbook takes too long to shrink
)
@given(st.data())
def test_any_table_comes_back_as_it_went(data):
    names = data.draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    made = Document.new(
        "m", [data.draw(tables(name)) for name in names], [FactText("days", "天 | days", "number")]
    )
    content = to_xlsx(made)
    assert from_xlsx(content, made).write() == made.write()
    alone = compare(made, from_xlsx(content))
    assert [change for change in alone if change.kind != "COLUMN_KIND"] == []  # kinds are guessed
