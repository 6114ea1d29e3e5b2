"""A trial as a workbook: totals of every night, and the people who would be treated differently by facts alone."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from evenhand.cycle.trial_people import Differing
from evenhand.kernel.money import to_major
from evenhand.web.labels import label_of
from evenhand.workbench.templatetags.trial_tags import group_label, half

PEOPLE_MAX = 50_000  # rows of people; a spreadsheet with more is of no use to anybody
WIDTH = 18
_HEAD = (Font(bold=True), PatternFill("solid", fgColor="E2E8F0"))
Cell = str | int | date | Any

Listed = Iterable[tuple[date, Iterator[Differing]]]


def workbook_of(report: Mapping[str, Any], listed: Listed, language: str) -> io.BytesIO:
    """The workbook, in the words of a language; at most PEOPLE_MAX people, and a row that says so if there are more."""
    book = Workbook(write_only=True)
    words = _Words(language, report["currency"])
    nights = report["nights"]
    _sheet(book, _("Totals"), words.totals(nights))
    _sheet(book, _("Treatments"), words.flow(nights))
    _sheet(book, _("Contacts"), words.contacts(nights))
    _sheet(book, _("Groups"), words.groups(nights))
    _sheet(book, _("Rules"), words.rules(nights))
    _sheet(book, _("People"), words.people(listed))
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream


def _sheet(book: Workbook, title: str, rows: Iterator[Sequence[Cell]]) -> None:
    sheet = book.create_sheet(title)
    head = next(rows)
    for column in range(1, len(head) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = WIDTH
    sheet.freeze_panes = "A2"
    sheet.append([_headed(sheet, text) for text in head])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _headed(sheet: Any, text: Cell) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font, cell.fill = _HEAD
    return cell


def _cell(sheet: Any, value: Cell) -> Cell:
    """A text is kept as text: what the bank's codes say is never run as a formula."""
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=value)
    cell.data_type = "s"
    return cell


class _Words:
    """The rows of each sheet in one language, the heading first; money in major units of the base currency."""

    def __init__(self, language: str, currency: str) -> None:
        self.language = language
        self.currency = currency

    def label(self, kind: str, code: str) -> str:
        return label_of(kind, code, self.language)

    def money(self, minor: int) -> Cell:
        return to_major(minor, self.currency)

    def totals(self, nights: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Cell]]:
        yield (
            _("Night of"), _("People decided"), _("People concerned"), _("Open cases"), _("Treated differently"),
            _("Would notice it"), _("Chosen by hand"),
        )  # fmt: skip
        names = ("people", "concerned", "in_case", "differing", "noticed", "manual")
        for night in nights:
            yield (date.fromisoformat(night["banking_day"]), *(night[name] for name in names))

    def flow(self, nights: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Cell]]:
        yield (
            _("Night of"), _("Treatment before"), _("Treatment after"), _("People"), _("Arrears"), _("Balance"),
        )  # fmt: skip
        for night in nights:
            for row in night["treatments"]:
                yield (
                    date.fromisoformat(night["banking_day"]),
                    self.label("treatment", row["before"]),
                    self.label("treatment", row["after"]),
                    row["people"],
                    self.money(row["arrears_minor"]),
                    self.money(row["balance_minor"]),
                )

    def contacts(self, nights: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Cell]]:
        yield (
            _("Night of"), _("Channel"), _("Before"), _("After"), _("Capacity"), _("Over it before"),
            _("Over it after"),
        )  # fmt: skip
        for night in nights:
            for row in night["contacts"]:
                yield (
                    date.fromisoformat(night["banking_day"]),
                    self.label("channel", row["channel"]),
                    row["before"], row["after"], row["capacity"], row["over_before"], row["over_after"],
                )  # fmt: skip

    def groups(self, nights: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Cell]]:
        yield (
            _("Night of"), _("Group"), _("Which"), _("People"), _("Treated differently"), _("Would notice it"),
            _("Contacted before"), _("Contacted after"), _("Called before"), _("Called after"),
        )  # fmt: skip
        names = ("people", "differing", "noticed", "contacted_before", "contacted_after",
                 "called_before", "called_after")  # fmt: skip
        for night in nights:
            for kind, rows in night["groups"].items():
                for row in rows:
                    yield (
                        date.fromisoformat(night["banking_day"]),
                        self.label("group_kind", kind),
                        group_label(row["code"], kind),
                        *(row[name] for name in names),
                    )

    def rules(self, nights: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Cell]]:
        yield (
            _("Night of"), _("Table"), _("Rule before"), _("Rule after"), _("Name"), _("What it is for"), _("Before"),
            _("After"),
        )  # fmt: skip
        for night in nights:
            for table, rules in night["rules"].items():
                for rule in rules:
                    yield (
                        date.fromisoformat(night["banking_day"]),
                        self.label("strategy_table", table),
                        rule["row_before"], rule["row_after"], rule["rule_id"], half(rule["annotation"]),
                        rule["before"], rule["after"],
                    )  # fmt: skip

    def people(self, listed: Listed) -> Iterator[Sequence[Cell]]:
        yield (
            _("Night of"), _("Customer key"), _("Bucket"), _("Days past due"), _("Arrears"), _("Balance"), _("Region"),
            _("Product"), _("Segment before"), _("Segment after"), _("Treatment before"), _("Treatment after"),
            _("Channel before"), _("Channel after"), _("Tone before"), _("Tone after"), _("Offer before"),
            _("Offer after"), _("Priority before"), _("Priority after"), _("Chosen by hand"),
        )  # fmt: skip
        left = PEOPLE_MAX
        for day, rows in listed:
            for row in islice(rows, left):
                left -= 1
                yield (day, *self._person(row))
            if left == 0 and next(rows, None) is not None:
                yield (
                    _("Only the first %(number)s people are listed.") % {"number": f"{PEOPLE_MAX:,}"},
                )  # fmt: skip
                return

    def _person(self, row: Differing) -> Iterator[Cell]:
        yield str(row.customer_key)  # as text: a spreadsheet keeps fifteen digits of a number
        yield self.label("bucket", row.bucket)
        yield row.overdue_days
        yield self.money(row.arrears_minor)
        yield self.money(row.balance_minor)
        yield row.region
        yield row.product
        for kind in ("segment", "treatment", "channel", "tone", "offer"):
            for answer in (row.before, row.after):  # an older night may have had no offers
                yield self.label(kind, answer[kind]) if kind in answer else ""
        yield row.before["priority"]
        yield row.after["priority"]
        yield _("yes") if row.manual else ""
