"""A workbook as tables of texts. It is a stranger's file: checked before it is opened, and every cell typed by us."""

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from evenhand.dmn.documents.document import AGGREGATIONS, HIT_POLICIES
from evenhand.dmn.documents.tree import ID
from evenhand.dmn.reading.xml import CELL_MAX_CHARACTERS, COLUMNS_MAX, RULES_MAX
from evenhand.rulebook.sheet_cells import feel_answer, feel_test, number_text
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
    SheetColumn,
    SheetError,
    SheetRule,
    SheetTable,
    both,
    known_codes,
)

BYTES_MAX = 8 * 1024 * 1024
UNPACKED_MAX_BYTES = 64 * 1024 * 1024
PARTS_MAX = 1000
SHEETS_MAX = 50

Sheet = Any  # of openpyxl, which has no types


def read_tables(content: bytes, file: str) -> list[SheetTable]:
    """Every table of a workbook, in the order of its sheets. SheetError for anything that could mislead or harm."""
    _check_archive(content, file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parts a table does not need, such as a print setup
        try:
            book = load_workbook(io.BytesIO(content), keep_links=False)
        except Exception as error:  # openpyxl raises whatever a broken part makes it stumble over
            raise SheetError(
                _("the workbook cannot be opened (%(error)s)") % {"error": type(error).__name__},
                _("a workbook saved as .xlsx"),
                file=file,
            ) from None
    if len(book.worksheets) > SHEETS_MAX:
        raise SheetError(
            _("%(count)s sheets") % {"count": len(book.worksheets)},
            _("at most %(count)s") % {"count": SHEETS_MAX},
            file=file,
        )
    found = [
        _Reader(sheet, file).table()
        for sheet in book.worksheets
        if sheet.title not in (README_SHEET, VALUES_SHEET)
    ]
    if not found:
        raise SheetError(_("no table"), _("a sheet for each table"), file=file)
    return found


def _check_archive(content: bytes, file: str) -> None:
    """Refuse what is no plain workbook before anything unpacks or interprets it."""

    def refuse(problem: str, expected: str) -> SheetError:
        return SheetError(problem, expected, file=file)

    if len(content) > BYTES_MAX:
        raise refuse(
            _("%(size)s bytes") % {"size": f"{len(content):,}"},
            _("at most %(size)s bytes") % {"size": f"{BYTES_MAX:,}"},
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        raise refuse(_("the file is no workbook"), _("a workbook saved as .xlsx")) from None
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > PARTS_MAX or unpacked > UNPACKED_MAX_BYTES:
        raise refuse(
            _("%(size)s bytes when unpacked") % {"size": f"{unpacked:,}"},
            _("at most %(size)s bytes") % {"size": f"{UNPACKED_MAX_BYTES:,}"},
        )
    if any("vbaproject" in entry.filename.lower() for entry in entries):
        raise refuse(_("the workbook holds macros"), _("a workbook saved as .xlsx, without macros"))
    for entry in entries:
        if not entry.filename.lower().endswith((".xml", ".rels", ".vml")):
            continue
        try:
            part = archive.read(entry)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, ValueError):
            raise refuse(
                _("the file is damaged or locked"), _("a workbook saved as .xlsx")
            ) from None
        if b"<!DOCTYPE" in part or b"<!ENTITY" in part or b"\x00" in part:
            raise refuse(_("the workbook holds a DOCTYPE"), _("a workbook saved as .xlsx"))


class _Reader:
    """Reads one sheet; knows its name so that errors can be short."""

    def __init__(self, sheet: Sheet, file: str) -> None:
        self.sheet = sheet
        self.file = file

    def fail(self, problem: str, expected: str, cell: str = "") -> SheetError:
        return SheetError(problem, expected, file=self.file, sheet=self.sheet.title, cell=cell)

    def table(self) -> SheetTable:
        self.check()
        if self.text(NAME, 1) not in (both(SAYS[NAME]), SAYS[NAME].zh, SAYS[NAME].en):
            raise self.fail(
                _("the sheet is no table"),
                _("“%(text)s”, or a sheet named README or VALUES") % {"text": both(SAYS[NAME])},
                f"A{NAME}",
            )
        policy = " ".join(self.text(POLICY, 2).upper().split())
        hit_policy, aggregation = policy, ""
        if policy.startswith("COLLECT "):
            hit_policy, aggregation = policy.split(" ", 1)
        if hit_policy not in HIT_POLICIES or aggregation not in AGGREGATIONS:
            raise self.fail(
                _("there is no hit policy %(policy)s") % {"policy": policy or "—"},
                ", ".join(HIT_POLICIES),
                f"B{POLICY}",
            )
        columns = list(self.columns())
        return SheetTable(
            sheet=self.sheet.title,
            name=self.text(NAME, 2),
            title=self.text(TITLE, 2),
            policy=hit_policy,
            aggregation=aggregation,
            columns=tuple(column for _at, column in columns),
            rules=tuple(self.rules(columns)),
        )

    def check(self) -> None:
        sheet = self.sheet
        if sheet.sheet_state != "visible":
            raise self.fail(_("the sheet is hidden"), _("sheets that everybody sees"))
        if sheet.max_row > RULES_MAX + RULES_FROM or sheet.max_column > COLUMNS_MAX:
            raise self.fail(
                _("the sheet is used to cell %(cell)s")
                % {"cell": f"{get_column_letter(sheet.max_column)}{sheet.max_row}"},
                _("at most %(rows)s rows and %(columns)s columns; delete the empty ones")
                % {"rows": f"{RULES_MAX + RULES_FROM:,}", "columns": COLUMNS_MAX},
            )
        if merged := next(iter(sheet.merged_cells.ranges), None):
            raise self.fail(_("merged cells"), _("each cell by itself"), str(merged))

    def columns(self) -> Iterator[tuple[int, SheetColumn]]:
        """The columns that say what they are, with their numbers; the others must be empty."""
        seen: dict[tuple[str, str], str] = {}
        for at in range(ID_COLUMN + 1, self.sheet.max_column + 1):
            letter = get_column_letter(at)
            side = self.side(at, letter)
            if not side:
                continue
            name = " ".join(self.text(ASKS, at).split())
            if not name and side != "annotation":
                raise self.fail(_("the column has no field"), _("a name"), f"{letter}{ASKS}")
            if (side, name) in seen:
                raise self.fail(
                    _("the field %(name)s stands in column %(column)s too")
                    % {"name": name or both(SIDES[side]), "column": seen[side, name]},
                    _("each field once"),
                    f"{letter}{ASKS}",
                )
            seen[side, name] = letter
            kind = self.text(KIND, at)
            codes = known_codes(name, side)
            yield (
                at,
                SheetColumn(
                    side=side,
                    letter=letter,
                    label=" ".join(self.text(LABEL, at).split()),
                    name=name,
                    kind=kind,
                    allowed=feel_test(self.text(ALLOWED, at), kind, codes),
                    default=feel_answer(self.text(DEFAULT, at), kind, codes),
                ),
            )

    def side(self, at: int, letter: str) -> str:
        said = self.text(SIDE, at)
        for side, words in SIDES.items():
            if said.casefold() in (both(words).casefold(), words.zh, words.en.casefold()):
                return side
        used = [r for r in range(1, self.sheet.max_row + 1) if r != SIDE and self.cell(r, at)]
        if said or (used and not (at == ID_COLUMN + 1 and max(used) < SIDE)):
            raise self.fail(
                _("the column does not say what it is"),
                _(" or ").join(f"“{both(words)}”" for words in SIDES.values()),
                f"{letter}{SIDE}",
            )
        return ""

    def rules(self, columns: list[tuple[int, SheetColumn]]) -> Iterator[SheetRule]:
        for row in range(RULES_FROM, self.sheet.max_row + 1):
            rule_id = self.text(row, ID_COLUMN)
            if rule_id and not ID.fullmatch(rule_id):
                raise self.fail(
                    _("%(id)s is no rule id") % {"id": rule_id},
                    _("a letter, then letters, digits, -, _ and ."),
                    f"A{row}",
                )
            texts = tuple(self.entry(row, at, column) for at, column in columns)
            if rule_id or any(texts):
                yield SheetRule(row, rule_id, texts)

    def entry(self, row: int, at: int, column: SheetColumn) -> str:
        text = self.text(row, at, column.kind)
        if column.side == "annotation":
            return " ".join(text.split())
        codes = (*(c.strip('"') for c in _listed(column)), *known_codes(column.name, column.side))
        if column.side == "input":
            return feel_test(text, column.kind, codes)
        return feel_answer(text, column.kind, codes)

    def cell(self, row: int, at: int) -> Any:
        """What a cell holds, without making the cell."""
        found = self.sheet._cells.get((row, at))  # `sheet.cell` would make a million empty ones
        return None if found is None else found.value

    def text(self, row: int, at: int, kind: str = "") -> str:
        """A cell as text; numbers, booleans and dates as FEEL writes them."""
        found = self.sheet._cells.get((row, at))
        if found is None or found.value is None:
            return ""
        where = f"{get_column_letter(at)}{row}"
        if found.data_type == "f":
            raise self.fail(_("a formula"), _("a text: copy it and paste its value"), where)
        if found.data_type == "e":
            raise self.fail(_("the error %(value)s") % {"value": found.value}, _("a text"), where)
        text = self.typed(found.value, kind, where)
        if len(text) > CELL_MAX_CHARACTERS:
            raise self.fail(
                _("a text of %(count)s characters") % {"count": f"{len(text):,}"},
                _("at most %(count)s") % {"count": f"{CELL_MAX_CHARACTERS:,}"},
                where,
            )
        return text

    def typed(self, value: object, kind: str, where: str) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return number_text(value)
        if isinstance(value, date | time):
            return self.moment(value, kind, where)
        if isinstance(value, str):
            return value.strip()
        raise self.fail(_("a value of another kind"), _("a text"), where)

    def moment(self, value: date | time, kind: str, where: str) -> str:
        """A date in a column of dates; anywhere else the spreadsheet made one of a text such as 1-3."""
        if kind == "dateTime" and isinstance(value, datetime):
            return f'date and time("{value.isoformat()}")'
        if kind == "date" and isinstance(value, date):
            day = value.date() if isinstance(value, datetime) else value
            return f'date("{day.isoformat()}")'
        if kind == "time" and isinstance(value, time):
            return f'time("{value.isoformat()}")'
        raise self.fail(
            _("the spreadsheet made the date or time %(value)s of what was typed")
            % {"value": value.isoformat()},
            _("a text: format the cell as text and type it again, an interval as [1..3]"),
            where,
        )


def _listed(column: SheetColumn) -> list[str]:
    return [part.strip() for part in column.allowed.split(",")] if column.allowed else []
