"""聘书台账 as an Excel workbook, row by row through a temporary file: memory does not grow with the register."""

from __future__ import annotations

import io
import math
from datetime import date
from typing import Any
from unicodedata import east_asian_width

from xlsxwriter import Workbook

from app.documents.ledger import COLUMNS, Ledger
from app.documents.workbook import DATE, HEADING, PLAIN, workbook
from app.domain.validity import chinese_date

A4 = 9
_HEAD_ROW = 2
_WIDTHS = [width for _, width in COLUMNS]
_LEADING, _PADDING = 13.5, 4.5
"""Points of a line of text, and around them in a cell."""
_CELL = {**PLAIN, "border": 1, "text_wrap": True}


def render_ledger(ledger: Ledger) -> bytes:
    """The workbook: title, headings that stay and are printed on each page, a row a certificate, gaps below.

    A4, landscape, as wide as the page, pages numbered.
    """
    out = io.BytesIO()
    with workbook(out, ledger.title) as book:
        sheet = book.add_worksheet(f"{ledger.year}年")
        _set_up(sheet, ledger)
        for place, (_, width) in enumerate(COLUMNS):
            sheet.set_column(place, place, width)
        last = len(COLUMNS) - 1
        title = book.add_format({**PLAIN, "font_size": 16, "bold": True, "align": "center"})
        sheet.set_row(0, 30)
        sheet.merge_range(0, 0, 0, last, ledger.title, title)
        sheet.set_row(1, 18)
        prepared = f"制表日期：{chinese_date(ledger.prepared_on)}　{ledger.counted}"
        sheet.merge_range(1, 0, 1, last, prepared, book.add_format({**PLAIN, "align": "right"}))
        heading = book.add_format({**HEADING, "text_wrap": True})
        for place, (label, _) in enumerate(COLUMNS):
            sheet.write_string(_HEAD_ROW, place, label, heading)
        row = _write_lines(book, sheet, ledger)
        note = book.add_format({**PLAIN, "font_color": "#B0201A"})
        for gap in ledger.gaps:
            row += 1
            sheet.write_string(row, 0, gap, note)
    return out.getvalue()


def _lines(value: object, width: float) -> int:
    """On how many lines a text stands in a column so wide; a Chinese character is as wide as two figures."""
    if not isinstance(value, str):
        return 1
    wide = sum(2 if east_asian_width(character) in "WFA" else 1 for character in value)
    return max(1, math.ceil(wide / (width - 1)))


def _set_up(sheet: Any, ledger: Ledger) -> None:
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.center_horizontally()
    sheet.repeat_rows(_HEAD_ROW)
    sheet.freeze_panes(_HEAD_ROW + 1, 3)
    # An ampersand begins a command there.
    name = ledger.title.replace("&", "&&")
    sheet.set_footer(f"&L{name}&C第 &P 页，共 &N 页&R制表日期：{chinese_date(ledger.prepared_on)}")


def _write_lines(book: Workbook, sheet: Any, ledger: Ledger) -> int:
    """Gives the last row that was written."""
    text, day = book.add_format(_CELL), book.add_format({**_CELL, "num_format": DATE, "align": "center"})
    number = book.add_format({**_CELL, "align": "center"})
    row = _HEAD_ROW
    for serial, line in enumerate(ledger.lines, 1):
        row += 1
        cells = line.cells(serial)
        # Said here, for not every program makes a row as high as the words that are wrapped in it.
        sheet.set_row(row, _LEADING * max(map(_lines, cells, _WIDTHS)) + _PADDING)
        for place, value in enumerate(cells):
            if isinstance(value, date):
                sheet.write_datetime(row, place, value, day)
            elif isinstance(value, int):
                sheet.write_number(row, place, value, number)
            else:
                sheet.write_string(row, place, value, text)
    return row
