"""Run as a program of its own: a workbook on the standard input, its cells as lines of JSON on the standard output.

A few kilobytes can describe a sheet of seventeen thousand million cells, or a text that stands in a million of them.
Whatever a file is made to do is done here, where memory and time are bounded, to a process that nobody misses.
Imports nothing of the product, so that it begins at once and has nothing to lose.
"""

import io
import json
import resource
import sys
from datetime import date, datetime, time
from typing import Any

import python_calamine

MEMORY = 1 << 30
"""Bytes of address space; 10,000 rows of a profile take 150 MB."""
SECONDS = 60
"""Of processor time; those rows take less than one."""
COLUMNS_AT_MOST = 200
CHARACTERS_AT_MOST = 20_000_000
"""Of all cells: what is read here is kept whole by who reads the answer."""
FULL_PRECISION = 1e15
"""From here on a number of Excel's has lost digits, or may have: it keeps fifteen."""


def main(preferred: str, rows_at_most: int) -> None:
    """Writes ``[number, [text, ...]]`` for each row that has anything; at the end whether there are no more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    book = python_calamine.load_workbook(io.BytesIO(sys.stdin.buffer.read()))
    seen = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.visible is python_calamine.SheetVisibleEnum.Visible
        and sheet.typ is python_calamine.SheetTypeEnum.WorkSheet
    ]
    sheet = book.get_sheet_by_name(preferred if preferred in seen else seen[0])
    written, characters = 0, 0
    for number, row in enumerate(sheet.to_python(skip_empty_area=False), 1):
        cells = [*map(text_of, row[:COLUMNS_AT_MOST])]
        if any(cells):
            written += 1
            characters += sum(map(len, cells))
            if characters > CHARACTERS_AT_MOST:
                raise MemoryError
            if written > rows_at_most:
                break
            print(json.dumps([number, cells], ensure_ascii=False))
    print(json.dumps(written <= rows_at_most))


def text_of(value: Any) -> str:
    """What a person sees in the cell, or would type into it."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, float)):
        if abs(value) >= FULL_PRECISION:
            return f"{value:.5E}"
        return str(int(value)) if value == int(value) else repr(value)
    return str(value)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogatepass")  # type: ignore[union-attr]
    main(sys.argv[1], int(sys.argv[2]))
