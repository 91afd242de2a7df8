"""统计分析 as an Excel workbook: a sheet a block, and one of what is covered where."""

from __future__ import annotations

import io

from app.documents.workbook import HEADING, PLAIN, workbook
from app.domain.statistics import Statistics

_CELL = {**PLAIN, "border": 1}
_GAP = {**_CELL, "font_color": "#B0201A", "bold": True}


def render_statistics(statistics: Statistics) -> bytes:
    """The workbook, each sheet with whose figures they are and as of which moment."""
    out = io.BytesIO()
    title = f"{statistics.place}专家统计"
    with workbook(out, title) as book:
        plain, heading = book.add_format(PLAIN), book.add_format(HEADING)
        cell, gap = book.add_format(_CELL), book.add_format(_GAP)
        about = f"{title}　{statistics.as_of}"
        for block in statistics.blocks:
            sheet = book.add_worksheet(block.title)
            sheet.set_column(0, 0, 36)
            sheet.set_column(1, 1, 12)
            sheet.write_string(0, 0, f"{about}　{block.note}", plain)
            sheet.write_string(1, 0, block.heading, heading)
            sheet.write_string(1, 1, block.unit, heading)
            for row, figure in enumerate(block.figures, 2):
                sheet.write_string(row, 0, figure.label, cell)
                sheet.write_number(row, 1, figure.count, cell)
        sheet = book.add_worksheet("领域覆盖")
        sheet.set_column(0, 1, 24)
        sheet.freeze_panes(2, 2)
        sheet.write_string(0, 0, about, plain)
        for column, label in enumerate(("行业", "重点领域", *statistics.coverage.places)):
            sheet.write_string(1, column, label, heading)
        for row, (industry, field, figures) in enumerate(statistics.coverage.rows, 2):
            sheet.write_string(row, 0, industry, cell)
            sheet.write_string(row, 1, field, cell)
            for column, figure in enumerate(figures, 2):
                sheet.write_number(row, column, figure.count, cell if figure.count else gap)
    return out.getvalue()
