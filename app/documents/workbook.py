"""Excel workbooks as this product writes them: no cell is ever a formula or a link, and rows take no memory."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type."""
PLAIN: dict[str, Any] = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
"""How text looks."""
HEADING = {**PLAIN, "border": 1, "bold": True, "align": "center", "bg_color": "#EDF1F6"}
DATE, MOMENT = 'yyyy"年"m"月"d"日"', "yyyy-mm-dd hh:mm"
"""How days and instants look."""
_TEXT_IS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""What people typed is text, whatever it begins with."""
_FOLDER, _LONGEST = "registry-workbook-", 24 * 3600
"""What the folder of a workbook that is being written is called, and for how many seconds at most it is."""


class _Sheet(Worksheet):
    """Text is never markup. XlsxWriter takes ``<r>…</r>`` for its own and writes it as it stands, cells and formulas
    in it and all; with a blank behind it is text like any other.
    """

    def _write_string(self, row: int, col: int, string: str, cell_format: Any = None) -> Any:
        plain = f"{string} " if string.startswith("<r>") and string.endswith("</r>") else string
        return super()._write_string(row, col, plain, cell_format)


class _Workbook(Workbook):
    worksheet_class = _Sheet


@contextmanager
def workbook(out: IO[bytes], title: str, *, in_memory: bool = False) -> Iterator[Workbook]:
    """A workbook that is written to ``out`` at the end, its rows one after the other. ``out`` need not seek.

    They wait in a temporary file in clear, or ``in_memory``: what must not lie on the disk, or is written out of order.
    """
    _sweep()
    with tempfile.TemporaryDirectory(prefix=_FOLDER) as folder:
        options = {"in_memory": True} if in_memory else {"constant_memory": True, "tmpdir": folder}
        with _Workbook(out, {**_TEXT_IS_TEXT, **options}) as book:
            book.set_properties({"title": title})
            yield book


def _sweep() -> None:
    """Takes away what processes that were killed have left."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        # Another process may be at the same.
        if folder.exists() and folder.stat().st_mtime < time.time() - _LONGEST:
            shutil.rmtree(folder, ignore_errors=True)
