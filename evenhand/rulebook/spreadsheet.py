"""Strategies as workbooks: what analysts take into their spreadsheet, and what comes back."""

import io
from collections.abc import Sequence
from pathlib import PurePath

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from evenhand.dmn.documents.document import HIT_POLICIES, Document
from evenhand.dmn.documents.texts import InputText, OutputText, TableText
from evenhand.kernel.text import Bilingual
from evenhand.rulebook.sheet_layout import (
    ALLOWED,
    ASKS,
    DEFAULT,
    ID_COLUMN,
    KIND,
    LABEL,
    NAME,
    POLICY,
    README_SHEET,
    RULES_FROM,
    SAYS,
    SIDE,
    SIDES,
    TITLE,
    VALUES_SHEET,
    SheetError,
    both,
    known_codes,
)
from evenhand.rulebook.sheet_merging import fresh, merged
from evenhand.rulebook.sheet_notes import NOTES
from evenhand.rulebook.sheet_reading import read_tables
from evenhand.strategy.judge import CODES

__all__ = ["CONTENT_TYPE", "SheetError", "from_xlsx", "to_xlsx"]

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_FILLS = {
    side: PatternFill("solid", fgColor=colour)
    for side, colour in (("input", "DCE9F7"), ("output", "DFF0DC"), ("annotation", "FBF3D6"))
}
_GREY = PatternFill("solid", fgColor="EEEEEE")
_LINE = Side(style="thin", color="C8C8C8")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_BOLD, _SMALL = Font(bold=True), Font(size=9, color="666666")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_PLAIN = Alignment(vertical="top")
_SPARE_ROWS = 200  # below the last rule, typed as text and offered the values
_TITLE_MAX = 31  # characters of a sheet's name

_Values = dict[tuple[str, str], str]  # table and output → the range that lists its values


def to_xlsx(document: Document) -> bytes:
    """One sheet per table, all cells text; first how to write cells, last the values that may stand there."""
    book = Workbook()
    _notes(book.active)
    titles = _sheet_titles(document.tables)
    sheets = {table.name: book.create_sheet(titles[table.name]) for table in document.tables}
    values = _values(book.create_sheet(VALUES_SHEET), document.tables)
    for table in document.tables:
        _table(sheets[table.name], table, values)
    if document.tables:
        book.active = 1
        book[README_SHEET].sheet_view.tabSelected = False
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def from_xlsx(content: bytes, base: Document | None = None, file: str = "") -> Document:
    """The document that a workbook says, made from `base` where there is one; SheetError when it cannot be taken.

    Rows are rules: without an id, or with one that stood further up, they are new; missing ones are deleted, others
    moved. A rule that lost its id keeps it when it says the same as before. Columns go by their field.
    """
    tables = read_tables(content, file)
    if base is not None:
        return merged(tables, base, file)
    return fresh(tables, PurePath(file).stem or "strategy", file)


def _sheet_titles(tables: Sequence[TableText]) -> dict[str, str]:
    """A name for each sheet: short, without signs a spreadsheet forbids, unlike the others."""
    titles: dict[str, str] = {}
    taken = {README_SHEET.casefold(), VALUES_SHEET.casefold(), "history"}
    for table in tables:
        plain = "".join("-" if sign in "[]:*?/\\'" else sign for sign in table.name)
        stem = title = plain.strip()[:_TITLE_MAX] or "table"
        number = 1
        while title.casefold() in taken:
            number += 1
            title = f"{stem[: _TITLE_MAX - 4]}-{number}"
        taken.add(title.casefold())
        titles[table.name] = title
    return titles


def _table(sheet: Worksheet, table: TableText, values: _Values) -> None:
    policy = f"{table.hit_policy} {table.aggregation}".strip()
    for row, text in ((TITLE, table.label), (NAME, table.name), (POLICY, policy)):
        _write(sheet, row, ID_COLUMN, both(SAYS[row]), font=_SMALL)
        _write(sheet, row, ID_COLUMN + 1, text, font=_BOLD)
    for row in range(SIDE, RULES_FROM):
        _write(sheet, row, ID_COLUMN, both(SAYS[row]), font=_SMALL, fill=_GREY, box=True)
    end = RULES_FROM + len(table.rules) + _SPARE_ROWS
    for at, column in enumerate(table.columns, start=ID_COLUMN + 1):
        _heading(sheet, at, column)
        spot = values.get((table.name, column.name)) if isinstance(column, OutputText) else None
        if spot:
            _offer(sheet, spot, f"{get_column_letter(at)}{RULES_FROM}:{get_column_letter(at)}{end}")
    last = ID_COLUMN + 1 + len(table.columns)
    _note_heading(sheet, last)
    for row, rule in enumerate(table.rules, start=RULES_FROM):
        for at, text in enumerate((rule.id, *rule.texts), start=ID_COLUMN):
            _write(sheet, row, at, text, font=_SMALL if at == ID_COLUMN else None, box=True)
    for row in range(RULES_FROM + len(table.rules), end):
        for at in range(ID_COLUMN, last + 1):
            sheet.cell(row, at).number_format = "@"
    _widths(sheet, table)
    _offer(sheet, '"' + ",".join(HIT_POLICIES) + '"', f"B{POLICY}", strict=False)
    sheet.row_dimensions.group(KIND, DEFAULT, hidden=True)
    sheet.freeze_panes = f"{get_column_letter(ID_COLUMN + 1)}{RULES_FROM}"
    sheet.page_setup.orientation = "landscape"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToHeight = 0  # as many pages as it takes, each the whole width
    sheet.print_title_rows = f"{LABEL}:{ASKS}"


def _heading(sheet: Worksheet, at: int, column: InputText | OutputText) -> None:
    side = "input" if isinstance(column, InputText) else "output"
    default = column.default if isinstance(column, OutputText) else ""
    said = {
        SIDE: both(SIDES[side]),
        LABEL: column.label,
        ASKS: column.name,
        KIND: column.kind,
        ALLOWED: column.allowed,
        DEFAULT: default,
    }
    for row, text in said.items():
        font = _BOLD if row == LABEL else _SMALL
        _write(sheet, row, at, text, font=font, fill=_FILLS[side], box=True)


def _note_heading(sheet: Worksheet, at: int) -> None:
    fill = _FILLS["annotation"]
    for row in range(SIDE, RULES_FROM):
        text = both(SIDES["annotation"]) if row == SIDE else ""
        _write(sheet, row, at, text, font=_SMALL, fill=fill, box=True)


def _write(
    sheet: Worksheet,
    row: int,
    at: int,
    text: str,
    *,
    font: Font | None = None,
    fill: PatternFill | None = None,
    box: bool = False,
) -> None:
    """A text that stays a text: neither `1-3` becomes a date nor `=1` a formula."""
    cell: Cell = sheet.cell(row, at)
    if text:
        cell.value = text
        cell.data_type = "s"
    cell.number_format = "@"
    cell.alignment = _WRAPPED if row in (LABEL, SIDE) or row >= RULES_FROM else _PLAIN
    if font:
        cell.font = font
    if fill:
        cell.fill = fill
    if box:
        cell.border = _BOX


def _widths(sheet: Worksheet, table: TableText) -> None:
    sheet.column_dimensions["A"].width = 22
    for at, column in enumerate(table.columns):
        texts = [rule.texts[at] for rule in table.rules]
        longest = max(map(_width, (*texts, column.label, column.name)), default=0)
        sheet.column_dimensions[get_column_letter(at + ID_COLUMN + 1)].width = min(
            max(longest + 2, 10), 30
        )
    sheet.column_dimensions[get_column_letter(len(table.columns) + ID_COLUMN + 1)].width = 60


def _width(text: str) -> int:
    """Columns a text takes: a Chinese character takes two."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)


def _offer(sheet: Worksheet, formula: str, cells: str, *, strict: bool = True) -> None:
    """Offer the values in a list; `strict` warns of another, but lets it stand: findings tell what is wrong."""
    offered = DataValidation(type="list", formula1=formula, allow_blank=True)
    offered.errorStyle = "warning" if strict else "information"
    offered.showErrorMessage = strict
    offered.add(cells)
    sheet.add_data_validation(offered)


def _values(sheet: Worksheet, tables: Sequence[TableText]) -> _Values:
    """A column for each coded output, and one for each coded fact, with the words for the codes."""
    spots: _Values = {}
    at = 1
    for table in tables:
        for column in table.columns:
            output = isinstance(column, OutputText)
            codes = known_codes(column.name, "output" if output else "input")
            texts = column.choices or tuple(f'"{code}"' for code in codes)
            heading = f"{table.name}: {column.name}"
            if not texts or (not output and (heading := column.name) in _headings(sheet)):
                continue
            words = CODES.get(column.name.rpartition(".")[2], {})
            _write(sheet, 1, at, heading, font=_BOLD, fill=_GREY)
            _write(sheet, 1, at + 1, column.label, font=_SMALL, fill=_GREY)
            for row, text in enumerate(texts, start=2):
                _write(sheet, row, at, text)
                _write(sheet, row, at + 1, _words(words, text), font=_SMALL)
            letter = get_column_letter(at)
            if output:
                place = f"${letter}$2:${letter}${len(texts) + 1}"
                spots[table.name, column.name] = f"{VALUES_SHEET}!{place}"
            sheet.column_dimensions[letter].width = 24
            sheet.column_dimensions[get_column_letter(at + 1)].width = 30
            at += 3
    sheet.freeze_panes = "A2"
    return spots


def _headings(sheet: Worksheet) -> set[str]:
    return {str(cell.value) for cell in sheet[1]}


def _words(words: "dict[str, Bilingual] | object", text: str) -> str:
    found = words.get(text.strip('"')) if isinstance(words, dict) else None
    return both(found) if found else ""


def _notes(sheet: Worksheet) -> None:
    """How to write cells, Chinese beside English."""
    sheet.title = README_SHEET
    sheet.column_dimensions["A"].width = 34
    sheet.column_dimensions["B"].width = 64
    sheet.column_dimensions["C"].width = 64
    for row, (example, said) in enumerate(NOTES, start=1):
        font = _BOLD if not example else None
        for at, text in enumerate((example, said.zh, said.en), start=1):
            _write(sheet, row, at, text, font=font)
            sheet.cell(row, at).alignment = _WRAPPED
