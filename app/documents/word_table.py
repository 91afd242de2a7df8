"""Tables of a Chinese government form in WordprocessingML, written element by element.

A row is a list of cells with absolute widths; the grid of a table is every edge that any of its rows has, so
rows of different division stand exactly under each other. Lengths are twentieths of a point (dxa), as in
the format (ISO/IEC 29500-1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from docx.oxml.ns import qn

from app.documents.word_base import VALUE, element

ROW_HEIGHT = 540
CHARACTER_WIDTH = 210  # of an ideograph in 五号, 10.5 pt
MERGE_START, MERGE_ON = "restart", "continue"

_FRAME, _RULE = "8", "4"  # eighths of a point
_BORDERS = {
    "top": _FRAME,
    "left": _FRAME,
    "bottom": _FRAME,
    "right": _FRAME,
    "insideH": _RULE,
    "insideV": _RULE,
}
_PADDING = {"top": "40", "left": "85", "bottom": "40", "right": "85"}
# A row with more lines than this may break over pages: whole, it could be taller than a page and be cut off.
_WHOLE_ROW_LINES = 25

# XML 1.0 (2.2) holds neither most controls nor lone surrogates; no escape can carry them.
_NOT_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Cell:
    """A cell ``width`` wide; ``merge`` joins it with the cells of the same place above and below.

    ``shade`` is a colour as six hexadecimal digits.
    """

    width: int
    text: str = ""
    style: str = VALUE
    shade: str | None = None
    merge: str | None = None


@dataclass(frozen=True)
class Row:
    """A row of cells, at least ``height`` high.

    ``repeat`` prints it again at the top of each page that its table runs on to, and ``with_next`` keeps it
    on the page of the row below.
    """

    cells: Sequence[Cell]
    height: int = ROW_HEIGHT
    repeat: bool = False
    with_next: bool = False

    @property
    def edges(self) -> list[int]:
        """Where its cells begin, and where the last one ends."""
        return list(accumulate((cell.width for cell in self.cells), initial=0))


def clean(text: str) -> str:
    """``text`` without the characters that XML cannot hold, its line ends as ``\\n``."""
    return _NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def paragraph(text: str, style: str, *, with_next: bool = False) -> Any:
    """A ``w:p`` of ``text`` in the style with this id; a line end within it becomes a line break."""
    properties = element("pPr", element("pStyle", val=style))
    if with_next:
        properties.append(element("keepNext"))
    # The hint gives quotation marks and dashes, which both fonts have, the full width of Chinese ones.
    run = element("r", element("rPr", element("rFonts", hint="eastAsia")))
    for index, line in enumerate(clean(text).strip("\n").split("\n")):
        if index:
            run.append(element("br"))
        words = element("t")
        words.text = line
        words.set(qn("xml:space"), "preserve")
        run.append(words)
    return element("p", properties, run)


def table(rows: Sequence[Row]) -> Any:
    """A ``w:tbl`` of ``rows`` with a heavier frame, on the grid of all their edges."""
    edges = sorted({edge for row in rows for edge in row.edges})
    borders = (element(side, val="single", sz=line, space="0", color="000000") for side, line in _BORDERS.items())
    padding = (element(side, w=width, type="dxa") for side, width in _PADDING.items())
    return element(
        "tbl",
        element(
            "tblPr",
            element("tblW", w=str(edges[-1]), type="dxa"),
            element("jc", val="center"),
            element("tblBorders", *borders),
            element("tblLayout", type="fixed"),
            element("tblCellMar", *padding),
        ),
        element("tblGrid", *(element("gridCol", w=str(right - left)) for left, right in pairwise(edges))),
        *(_row(row, edges) for row in rows),
    )


def _row(row: Row, edges: list[int]) -> Any:
    properties = element("trPr")
    if max(_lines(cell) for cell in row.cells) <= _WHOLE_ROW_LINES:
        properties.append(element("cantSplit"))
    properties.append(element("trHeight", val=str(row.height), hRule="atLeast"))
    if row.repeat:
        properties.append(element("tblHeader"))
    spans = (edges.index(right) - edges.index(left) for left, right in pairwise(row.edges))
    cells = (_cell(cell, span, row.with_next) for cell, span in zip(row.cells, spans, strict=True))
    return element("tr", properties, *cells)


def _lines(cell: Cell) -> int:
    """About how many lines the text of a cell takes, were all of it ideographs."""
    per_line = max(cell.width // CHARACTER_WIDTH - 1, 1)
    return sum(len(line) // per_line + 1 for line in cell.text.splitlines() or [""])


def _cell(cell: Cell, span: int, with_next: bool) -> Any:
    properties = element("tcPr", element("tcW", w=str(cell.width), type="dxa"))
    if span > 1:
        properties.append(element("gridSpan", val=str(span)))
    if cell.merge:
        properties.append(element("vMerge", val=cell.merge))
    if cell.shade:
        properties.append(element("shd", val="clear", color="auto", fill=cell.shade))
    properties.append(element("vAlign", val="center"))
    return element("tc", properties, paragraph(cell.text, cell.style, with_next=with_next))
