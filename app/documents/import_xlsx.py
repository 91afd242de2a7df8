"""The workbook for 导入专家: the empty one that is filled in, and the one that goes back with what is wrong marked."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from app.documents.workbook import HEADING, PLAIN, workbook
from app.domain.imports import ROWS_AT_MOST

SHEET, NOTES, CHOICES = "专家信息", "填写说明", "选项"
"""Names of sheets. What is filled in is the first; the last is hidden."""
TEXT, DAY, NUMBER = "@", "yyyy-mm-dd", "0"
"""Formats of cells. As text Excel leaves the last digits of an ID number alone."""
_WIDTH, _WIDE = 16, 32
_NOTE = {"x_scale": 1.6, "y_scale": 0.8}
_WRONG = "#FFC7CE"


@dataclass(frozen=True)
class Column:
    """A column to fill in. ``listed`` options are many: they have a sheet of their own, and ``many`` may be named."""

    label: str
    required: bool = False
    help: str = ""
    kind: str = TEXT
    options: tuple[str, ...] = ()
    listed: bool = False
    many: bool = False
    wide: bool = False
    example: str = ""

    @property
    def heading(self) -> str:
        """With a star where it must be filled in."""
        return self.label + "*" * self.required


@dataclass(frozen=True)
class Line:
    """A row that goes back: a text for each column, and what is wrong by the column's place."""

    cells: Sequence[str] = field(repr=False)
    faults: Mapping[int, str] = field(default_factory=dict)


def render_import(columns: Sequence[Column], notes: Sequence[str], lines: Sequence[Line], more: Sequence[str]) -> bytes:
    """The workbook with ``lines`` below the headings; ``more`` are headings of the sender's own, kept beside ours."""
    out = io.BytesIO()
    # Names and numbers of people: nothing of it may lie on the disk in clear.
    with workbook(out, "专家信息导入", in_memory=True) as book:
        sheet = book.add_worksheet(SHEET)
        _write_headings(book, sheet, columns, more)
        wrong = book.add_format({**PLAIN, "num_format": TEXT, "bg_color": _WRONG, "border": 1})
        plain = book.add_format({**PLAIN, "num_format": TEXT})
        for row, line in enumerate(lines, 1):
            for place, text in enumerate(line.cells):
                fault = line.faults.get(place)
                sheet.write_string(row, place, text, wrong if fault else plain)
                if fault:
                    sheet.write_comment(row, place, fault, _NOTE)
        _write_notes(book, notes)
        _offer_choices(book, sheet, columns)
    return out.getvalue()


def _write_headings(book: Workbook, sheet: Any, columns: Sequence[Column], more: Sequence[str]) -> None:
    sheet.freeze_panes(1, 1)
    must = book.add_format({**HEADING, "font_color": "#B0201A"})
    may = book.add_format(HEADING)
    for place, column in enumerate(columns):
        sheet.set_column(
            place, place, _WIDE if column.wide else _WIDTH, book.add_format({**PLAIN, "num_format": column.kind})
        )
        sheet.write_string(0, place, column.heading, must if column.required else may)
        if column.help:
            sheet.write_comment(0, place, column.help, _NOTE)
    for place, heading in enumerate(more, len(columns)):
        sheet.write_string(0, place, heading, may)


def _write_notes(book: Workbook, notes: Sequence[str]) -> None:
    sheet = book.add_worksheet(NOTES)
    sheet.set_column(0, 0, 100)
    text = book.add_format({**PLAIN, "text_wrap": True, "valign": "top"})
    for row, note in enumerate(notes):
        sheet.write_string(row, 0, note, text)


def _offer_choices(book: Workbook, sheet: Any, columns: Sequence[Column]) -> None:
    """A drop-down for each column that has options: of a long list in a sheet that people can look through."""
    heading = book.add_format(HEADING)
    long = {column.label: book.add_worksheet(column.label) for column in columns if column.listed}
    hidden = book.add_worksheet(CHOICES)
    hidden.hide()
    for place, column in enumerate(columns):
        if not column.options:
            continue
        where = long.get(column.label, hidden)
        at = 0 if column.listed else place
        where.write_string(0, at, column.label, heading)
        where.set_column(at, at, 60 if column.listed else _WIDTH)
        for row, option in enumerate(column.options, 1):
            where.write_string(row, at, option)
        letter = xl_col_to_name(at)
        sheet.data_validation(
            1,
            place,
            ROWS_AT_MOST,
            place,
            {
                "validate": "list",
                "source": f"='{where.get_name()}'!${letter}$2:${letter}${len(column.options) + 1}",
                # Of what may be several, only the first can be picked: the others are written behind it.
                "show_error": not column.many,
                "error_title": column.label,
                "error_message": "请从下拉列表中选择。",
            },
        )
